package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// SizeError says that an answer is larger than the client reads. Asking for less
// helps, asking again does not.
type SizeError struct{ Limit int64 }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Limit)
}

// CutError says that an answer broke off.
type CutError struct {
	Read int // bytes that came
	Err  error
}

func (e *CutError) Error() string {
	return fmt.Sprintf("the answer broke off after %d bytes: %v", e.Read, e.Err)
}

func (e *CutError) Unwrap() error { return e.Err }

// Exchange is what a library hides of an answer: its status and how its body
// begins. Give one to a request with Observe.
type Exchange struct {
	Status int    // of the last attempt; 0 when no answer came
	Head   string // the first 2 KiB of the last body
	Bytes  int    // size of the last body
}

const headBytes = 2 << 10

type exchangeKey struct{}

// Observe returns a context whose request fills x. One context serves one request.
func Observe(ctx context.Context, x *Exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

func record(ctx context.Context, resp *http.Response, err error) {
	x, ok := ctx.Value(exchangeKey{}).(*Exchange)
	if !ok {
		return
	}
	*x = Exchange{}
	if err == nil {
		body := resp.Body.(*replay).body
		*x = Exchange{Status: resp.StatusCode, Head: string(body[:min(len(body), headBytes)]), Bytes: len(body)}
	}
}

// replay is a body that has been read already.
type replay struct {
	body []byte
	at   int
}

func (r *replay) Read(p []byte) (int, error) {
	if r.at == len(r.body) {
		return 0, io.EOF
	}
	n := copy(p, r.body[r.at:])
	r.at += n
	return n, nil
}

func (*replay) Close() error { return nil }
