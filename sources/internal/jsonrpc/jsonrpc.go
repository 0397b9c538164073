// Package jsonrpc calls JSON-RPC 2.0 methods over sources/internal/transport
// and leaves answers as raw JSON: typed decoding fails on chains whose
// transactions it does not know. Errors carry everything that the server said,
// since only its words tell what it meant.
package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ethereum/go-ethereum/rpc"

	"tieout/sources/internal/transport"
)

// batchSize is how many calls go into one request. Servers allow between 50 and
// some thousands.
const batchSize = 50

// Client calls one endpoint. It is safe for concurrent use.
type Client struct {
	name string
	rpc  *rpc.Client
	http *http.Client
	mask *strings.Replacer // a server may repeat the key in what it answers
}

// Dial returns a client; nothing is sent yet. Errors show the name of the
// options, never the address.
func Dial(address string, o transport.Options) (*Client, error) {
	if o.Name == "" {
		o.Name = transport.Label(address)
	}
	if err := transport.Check(address); err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", o.Name, err)
	}
	client := transport.New(o).HTTP()
	c, err := rpc.DialOptions(context.Background(), address, rpc.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", o.Name, transport.Redact(o.Name, err))
	}
	return &Client{name: o.Name, rpc: c, http: client, mask: transport.Mask(address)}, nil
}

// Close ends the client.
func (c *Client) Close() {
	c.rpc.Close()
	c.http.CloseIdleConnections()
}

// Call calls one method. The result is never empty: what does not exist is the
// JSON word null.
func (c *Client) Call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	var seen transport.Exchange
	var result json.RawMessage
	err := c.rpc.CallContext(transport.Observe(ctx, &seen), &result, method, params...)
	if err != nil {
		return nil, c.fault(method, err, seen)
	}
	return result, nil
}

// Request is one call of a batch. Exactly one of Result and Err is set afterwards.
type Request struct {
	Method string
	Params []any
	Result json.RawMessage
	Err    error
}

// Batch calls many methods, 50 a request. Each call has an answer of its own; a
// server that leaves one out or refuses the batch gives that call an error.
func (c *Client) Batch(ctx context.Context, calls []Request) {
	for len(calls) > 0 {
		n := min(len(calls), batchSize)
		c.batch(ctx, calls[:n])
		calls = calls[n:]
	}
}

func (c *Client) batch(ctx context.Context, calls []Request) {
	elems := make([]rpc.BatchElem, len(calls))
	for i, call := range calls {
		elems[i] = rpc.BatchElem{Method: call.Method, Args: call.Params, Result: &calls[i].Result}
	}
	var seen transport.Exchange
	err := c.rpc.BatchCallContext(transport.Observe(ctx, &seen), elems)
	for i := range calls {
		switch {
		case err != nil:
			calls[i].Err = c.fault(calls[i].Method, err, seen)
		case elems[i].Error != nil:
			calls[i].Err = c.fault(calls[i].Method, elems[i].Error, seen)
		case len(calls[i].Result) == 0:
			calls[i].Err = c.fault(calls[i].Method, errors.New("the answer has no result"), seen)
		}
	}
}

// Error is a call that failed, with all that the server said.
type Error struct {
	Endpoint, Method string
	Code             int    // JSON-RPC error code, 0 without one
	Message, Data    string // JSON-RPC error; Data is JSON where it is no text
	Status           int    // HTTP status, 0 when no answer came
	Body             string // how the answer begins, where it was no JSON-RPC answer
	Err              error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("endpoint %s: %s: ", e.Endpoint, e.Method)
	switch {
	case e.Code != 0 || e.Message != "":
		return text + fmt.Sprintf("%s (code %d)", clip(e.Message), e.Code)
	case e.Status != 0 && e.Status != http.StatusOK:
		return text + fmt.Sprintf("HTTP %d %s", e.Status, clip(e.Body))
	case e.Body != "":
		return text + fmt.Sprintf("%v: %s", e.Err, clip(e.Body))
	}
	return text + fmt.Sprint(e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Text is everything that the server said, for telling errors apart.
func (e *Error) Text() string { return e.Message + " " + e.Data + " " + e.Body }

func (c *Client) fault(method string, err error, seen transport.Exchange) *Error {
	e := &Error{Endpoint: c.name, Method: method, Status: seen.Status, Err: transport.Redact(c.name, err)}
	var coded rpc.Error
	if errors.As(err, &coded) && coded.ErrorCode() != 0 { // 0 is made up: the answer had no proper error
		e.Code, e.Message = coded.ErrorCode(), c.mask.Replace(coded.Error())
		var data rpc.DataError
		if errors.As(err, &data) && data.ErrorData() != nil {
			e.Data = c.mask.Replace(textOf(data.ErrorData()))
		}
		return e
	}
	e.Body = c.mask.Replace(seen.Head)
	var refusal struct { // many servers send their error with a status of 400 and up
		Error struct {
			Code    int
			Message string
			Data    any
		}
	}
	if json.Unmarshal([]byte(e.Body), &refusal) == nil && refusal.Error.Message != "" {
		e.Code, e.Message = refusal.Error.Code, refusal.Error.Message
		if refusal.Error.Data != nil {
			e.Data = textOf(refusal.Error.Data)
		}
	}
	return e
}

func textOf(data any) string {
	if text, ok := data.(string); ok {
		return text
	}
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Sprint(data)
	}
	return string(text)
}

func clip(text string) string {
	const most = 300
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
