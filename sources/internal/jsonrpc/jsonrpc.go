// Package jsonrpc calls a node: go-ethereum's rpc client over the transport's
// limits, with answers as raw JSON and errors as the node meant them.
package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"tieout/sources/internal/transport"
)

// Error is a failed call: what the node answered, or how the transport failed.
type Error struct {
	Method     string
	Code       int    // JSON-RPC error code, 0 without one
	Message    string // error text, or the transport's
	Data       string // error.data as JSON, "" without
	Status     int    // HTTP status when it was not 200
	Body       string // beginning of the body of such an answer
	RetryAfter time.Duration
	cause      error
}

func (e *Error) Error() string {
	switch {
	case e.Status != 0:
		return fmt.Sprintf("%s: HTTP %d %s", e.Method, e.Status, e.Body)
	case e.Code != 0:
		return fmt.Sprintf("%s: %s (%d)", e.Method, e.Message, e.Code)
	}
	return fmt.Sprintf("%s: %s", e.Method, e.Message)
}

func (e *Error) Unwrap() error { return e.cause }

// Text is everything that may tell what is wrong.
func (e *Error) Text() string { return e.Message + " " + e.Data + " " + e.Body }

// Client calls one endpoint.
type Client struct {
	rpc  *rpc.Client // batches
	http *http.Client
	url  string
	mask *strings.Replacer // some servers repeat the key in what they answer
}

// Dial makes a client; nothing is sent yet.
func Dial(ctx context.Context, url string, client *http.Client) (*Client, error) {
	c, err := rpc.DialOptions(ctx, url, rpc.WithHTTPClient(client))
	if err != nil {
		return nil, transport.Redact(err)
	}
	return &Client{c, client, url, transport.Mask(url)}, nil
}

// Close ends the client.
func (c *Client) Close() { c.rpc.Close() }

// Reader is a result that reads its own JSON, faster than encoding/json. It refuses
// whatever it does not know to be whole, null above all; that is then read in the
// common way.
type Reader interface{ ReadJSON(raw []byte) error }

// Call calls a method and decodes its result. A null result leaves out untouched
// and found is false: a node that does not have a thing, which is no proof that it
// does not exist.
func (c *Client) Call(ctx context.Context, out any, method string, args ...any) (found bool, err error) {
	body, err := c.post(ctx, method, args)
	if err != nil {
		return false, c.wrap(ctx, method, err)
	}
	if own, ok := out.(Reader); ok {
		if raw, ok := plain(body); ok && string(raw) != "null" && own.ReadJSON(raw) == nil {
			return true, nil
		}
	}
	raw, err := c.open(method, body)
	if err != nil {
		return false, err
	}
	return decode(method, raw, out)
}

// post sends one call and returns the body of the answer.
func (c *Client) post(ctx context.Context, method string, args []any) ([]byte, error) {
	if args == nil {
		args = []any{}
	}
	question, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": args})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	body.Grow(int(min(max(answer.ContentLength, 0), 1<<20)) + bytes.MinRead)
	_, err = body.ReadFrom(answer.Body)
	return body.Bytes(), err
}

// plain returns the result of an answer that is written as nodes write it, without
// looking at it: whoever reads it must find it whole.
func plain(body []byte) ([]byte, bool) {
	body = bytes.TrimSpace(body)
	for _, head := range []string{`{"jsonrpc":"2.0","id":1,"result":`, `{"id":1,"jsonrpc":"2.0","result":`} {
		if rest, ok := bytes.CutPrefix(body, []byte(head)); ok {
			return bytes.CutSuffix(rest, []byte("}"))
		}
	}
	return nil, false
}

// open takes the result out of an answer, or its error.
func (c *Client) open(method string, body []byte) (json.RawMessage, error) {
	var answer struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
			Data    json.RawMessage
		}
	}
	e := &Error{Method: method}
	switch err := json.Unmarshal(body, &answer); {
	case err != nil:
		e.Message, e.cause = err.Error(), err
		if json.Valid(body) { // it says something, in a shape of its own
			e.Body = string(body[:min(len(body), 1000)])
		}
	case answer.Error != nil:
		e.Code, e.Message, e.Data = answer.Error.Code, answer.Error.Message, string(answer.Error.Data)
	case answer.Result == nil:
		e.Message, e.Body = "the answer has no result", string(body[:min(len(body), 1000)])
	default:
		return answer.Result, nil
	}
	e.Message, e.Data, e.Body = c.mask.Replace(e.Message), c.mask.Replace(e.Data), c.mask.Replace(e.Body)
	return nil, e
}

func decode(method string, raw json.RawMessage, out any) (bool, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return false, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return false, &Error{Method: method, Message: "the answer cannot be read: " + err.Error(), cause: err}
	}
	return true, nil
}

// Request is one call of a batch; Err is its own failure.
type Request struct {
	Method string
	Args   []any
	Out    any
	Found  bool
	Err    error
}

// Batch sends calls together. The error is that of the whole batch; each request
// has its own besides, and one that the node left unanswered has an error too.
func (c *Client) Batch(ctx context.Context, requests []Request) error {
	elems := make([]rpc.BatchElem, len(requests))
	raws := make([]json.RawMessage, len(requests))
	for i, r := range requests {
		elems[i] = rpc.BatchElem{Method: r.Method, Args: r.Args, Result: &raws[i]}
	}
	if err := c.rpc.BatchCallContext(ctx, elems); err != nil {
		return c.wrap(ctx, "batch", err)
	}
	for i := range requests {
		r := &requests[i]
		if elems[i].Error != nil {
			r.Err = c.wrap(ctx, r.Method, elems[i].Error)
			continue
		}
		r.Found, r.Err = decode(r.Method, raws[i], r.Out)
	}
	return nil
}

func (c *Client) wrap(ctx context.Context, method string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Method: method, cause: err}
	var (
		status *transport.StatusError
		coded  rpc.Error
		data   rpc.DataError
	)
	switch {
	case errors.As(err, &status):
		e.Status, e.Body, e.RetryAfter = status.Status, status.Body, status.RetryAfter
	case errors.As(err, &coded):
		e.Code, e.Message = coded.ErrorCode(), coded.Error()
		if errors.As(err, &data) && data.ErrorData() != nil {
			if b, err := json.Marshal(data.ErrorData()); err == nil {
				e.Data = string(b)
			}
		}
	default:
		e.Message = transport.Redact(err).Error()
		e.cause = nil // it may hold the URL
	}
	e.Message, e.Data, e.Body = c.mask.Replace(e.Message), c.mask.Replace(e.Data), c.mask.Replace(e.Body)
	return e
}
