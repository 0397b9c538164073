// Package fetch asks a provider's API over the transport's limits: what may pass is
// tried again, as late as the server wishes, and no error shows a key.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/sources/internal/transport"
)

// Client asks one API.
type Client struct {
	HTTP    *http.Client
	Secrets []string                                   // what no error may show, wherever a server repeats it
	Sleep   func(context.Context, time.Duration) error // nil = transport.Sleep
}

// Again wraps an error of an answer that another try may mend: a message in place
// of rows, a body that was cut.
type Again struct{ Err error }

func (e *Again) Error() string { return e.Err.Error() }
func (e *Again) Unwrap() error { return e.Err }

const (
	tries   = 5
	longest = 5 * time.Minute // more than this no server is waited for
)

// Get asks for an address until read takes the body of the answer, at most five
// times. sign completes each request anew, for a signature holds but once. An
// answer that is not 200 is a *transport.StatusError.
func (c *Client) Get(ctx context.Context, address string, sign func(*http.Request), read func(body []byte) error) error {
	wait := time.Second
	for try := 1; ; try++ {
		err := c.once(ctx, address, sign, read)
		if err == nil || ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		pause, passes := passing(err)
		switch {
		case !passes:
			return c.masked(err)
		case pause > longest:
			return fmt.Errorf("%w (and it asks to come back only in %s)", c.masked(err), pause)
		case try == tries:
			return fmt.Errorf("%w (after %d tries)", c.masked(err), tries)
		}
		if err := c.sleep(ctx, max(pause, wait)); err != nil {
			return err
		}
		wait *= 2
	}
}

func (c *Client) sleep(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	return transport.Sleep(ctx, d)
}

func (c *Client) once(ctx context.Context, address string, sign func(*http.Request), read func([]byte) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return transport.Redact(err)
	}
	r.Header.Set("Accept", "application/json")
	sign(r)
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	return read(body)
}

// passing reports whether an error may be gone on another try, and how long the
// server wants to be left alone.
func passing(err error) (pause time.Duration, passes bool) {
	if errors.Is(err, transport.ErrBodyTooLarge) {
		return 0, false
	}
	if status, ok := errors.AsType[*transport.StatusError](err); ok {
		return status.RetryAfter, status.Status == http.StatusTooManyRequests || status.Status == http.StatusRequestTimeout || status.Status >= 500
	}
	if _, ok := errors.AsType[*Again](err); ok {
		return 0, true
	}
	_, ofTransport := errors.AsType[*url.Error](err)
	return 0, ofTransport || errors.Is(err, io.ErrUnexpectedEOF)
}

// masked is an error without addresses and secrets. Its text is what it was; a
// *transport.StatusError stays one.
func (c *Client) masked(err error) error {
	var pairs []string
	for _, secret := range c.Secrets {
		if secret != "" {
			pairs = append(pairs, secret, "***", url.QueryEscape(secret), "***")
		}
	}
	mask := strings.NewReplacer(pairs...)
	if status, ok := errors.AsType[*transport.StatusError](err); ok {
		shown := *status
		shown.Body = mask.Replace(status.Body)
		return &shown
	}
	shown := mask.Replace(transport.Redact(err).Error())
	if shown == err.Error() {
		return err
	}
	return errors.New(shown)
}
