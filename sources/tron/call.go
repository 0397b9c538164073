package tron

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"tieout/sources/internal/jsonrpc"
	"tieout/sources/internal/transport"
)

// Bounds of patience with one endpoint.
const (
	maxTries    = 8
	firstWait   = 500 * time.Millisecond
	longWait    = 30 * time.Second
	blockWait   = 3 * time.Second // one block
	maxBehind   = 4               // questions to a node that is behind
	maxFailures = 3               // questions in a row that fail before the rest is not asked
)

// errUnfit says that an answer does not fit its question. A balancer may have a better
// node behind it, so the question is asked again.
var errUnfit = errors.New("the answer does not fit the question")

// patiently does what is asked until it succeeds, waiting as the endpoint wants. It
// gives up on errors that waiting cannot cure; ranged says that fewer blocks can be
// asked for, which cures more than waiting.
func (s *source) patiently(ctx context.Context, ranged bool, ask func() error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := ask()
		if err == nil || ctx.Err() != nil {
			return err
		}
		c := classify(err, ranged)
		if !patient(c, err, try) {
			return err
		}
		delay := wait/2 + rand.N(wait/2) // clients that were refused together come back apart
		switch {
		case c == suspended:
			delay = time.Duration(pause(err)) * time.Second
		case c == behind || errors.Is(err, errUnfit):
			delay = time.Duration(try) * blockWait
		}
		if err := s.options.wait(ctx, max(delay, retryAfter(err))); err != nil {
			return err
		}
		wait = min(2*wait, longWait)
	}
}

// patient reports whether another try may help.
func patient(c class, err error, try int) bool {
	switch {
	case errors.Is(err, errUnfit) || c == behind:
		return try < maxBehind
	case c == limited || c == suspended:
		return try < maxTries
	case c == retry:
		return try < 5
	}
	return false
}

func retryAfter(err error) time.Duration {
	var e *jsonrpc.Error
	var h *transport.StatusError
	switch {
	case errors.As(err, &e):
		return min(e.RetryAfter, 2*time.Minute)
	case errors.As(err, &h):
		return min(h.RetryAfter, 2*time.Minute)
	}
	return 0
}

// client is the way to one endpoint: with its key, and with answers that say 200 and
// mean an error made errors.
func (s *source) client(e Endpoint) *http.Client {
	c := transport.New(transport.Options{Rate: s.options.Rate})
	c.Transport = &keyed{c.Transport, e.Key}
	return c
}

type keyed struct {
	base http.RoundTripper
	key  string
}

// keyHeader is how TronGrid is told who asks.
const keyHeader = "TRON-PRO-API-KEY"

func (k *keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	if k.key != "" {
		r = r.Clone(r.Context())
		r.Header.Set(keyHeader, k.key)
	}
	answer, err := k.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return refusal(answer)
}

// refusal looks for what java-tron says when it is too busy: 200, with {"Error": ...}
// in place of an answer. It must not pass for an answer without a result.
func refusal(answer *http.Response) (*http.Response, error) {
	body := bufio.NewReader(answer.Body)
	start, _ := body.Peek(64) // fewer bytes, and no error worth more than the body's own
	rest, object := bytes.CutPrefix(bytes.TrimSpace(start), []byte("{"))
	if object && bytes.HasPrefix(bytes.TrimSpace(rest), []byte(`"Error"`)) {
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(body, 4096)) // what can be read of it is enough
		return nil, &transport.StatusError{Status: answer.StatusCode, Body: string(text)}
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{body, answer.Body}
	return answer, nil
}
