// Package transport is the one way to the network for sources that ask an API.
// It keeps a rate, waits when the server says so, tries again what may pass,
// bounds time and size of an answer, follows no redirect, connects to no
// metadata service, and never prints an address with a key in it.
//
// Requests must be safe to repeat: sources only read.
package transport

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// Options are the knobs of one endpoint. Zero values take the defaults.
type Options struct {
	Name     string        // what errors call the endpoint; "" = scheme://host/...
	Rate     float64       // requests a second; 0 = 8, negative = no limit
	Timeout  time.Duration // of one attempt, its body included; 0 = 20 s
	MaxBody  int64         // bytes of an answer after unpacking; 0 = 64 MiB
	Attempts int           // of one request in all; 0 = 8

	Base   http.RoundTripper                          // nil = Dialer's connections
	Sleep  func(context.Context, time.Duration) error // nil = Sleep
	Jitter func() float64                             // in [0, 1); nil = random
	Now    func() time.Time                           // for Retry-After dates; nil = time.Now
}

// Client is a source's HTTP client for one endpoint. It is safe for concurrent use.
type Client struct {
	o     Options
	limit *rate.Limiter
}

// New returns a client.
func New(o Options) *Client {
	if o.Rate == 0 {
		o.Rate = 8
	}
	limit := rate.NewLimiter(rate.Inf, 1)
	if o.Rate > 0 {
		limit = rate.NewLimiter(rate.Limit(o.Rate), 1)
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 20
	}
	if o.Attempts == 0 {
		o.Attempts = 8
	}
	if o.Base == nil {
		o.Base = guarded()
	}
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{o: o, limit: limit}
}

// HTTP returns the client in the shape that libraries take.
func (c *Client) HTTP() *http.Client {
	return &http.Client{
		Transport:     c,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip sends the request until it is answered in a way that another attempt
// would not change. The body of the answer has been read whole: what comes back
// is either complete or an error.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	for attempt := 1; ; attempt++ {
		if err := c.limit.Wait(ctx); err != nil {
			return nil, c.redacted(err)
		}
		resp, err := c.once(req)
		record(ctx, resp, err)
		pause, again := c.retry(resp, err, attempt)
		if !again || ctx.Err() != nil {
			return resp, c.redacted(err)
		}
		if err := c.o.Sleep(ctx, pause); err != nil {
			return nil, c.redacted(err)
		}
	}
}

// once makes one attempt and reads its answer whole.
func (c *Client) once(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.o.Timeout)
	defer cancel()
	attempt := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		attempt.Body = body
	}
	resp, err := c.o.Base.RoundTrip(attempt)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.o.MaxBody+1))
	switch {
	case err != nil:
		return nil, &CutError{len(body), err}
	case int64(len(body)) > c.o.MaxBody:
		return nil, &SizeError{c.o.MaxBody}
	}
	resp.Body, resp.ContentLength = &replay{body: body}, int64(len(body))
	return resp, nil
}

// Sleep waits for d or until the context ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Timeout reports whether an error means that the server took too long.
func Timeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
