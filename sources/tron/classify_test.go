package tron

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tieout/sources/internal/jsonrpc"
	"tieout/sources/internal/transport"
)

// TestClassify: the texts are those that java-tron and TronGrid are known to send.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		err  error
		want class
	}{
		{&jsonrpc.Error{Code: -32602, Message: "exceed max block range: 5000"}, tooBig},
		{&jsonrpc.Error{Code: -32005, Message: "query returned more than 10000 results"}, tooBig},
		{&jsonrpc.Error{Code: -32003, Message: "Response exceeds the limit of 26214400"}, tooBig},
		{&jsonrpc.Error{Code: -32614, Status: 413, Message: "eth_getLogs is limited to a 10,000 range"}, tooBig},
		{&jsonrpc.Error{Code: -32000, Message: "words that nobody has seen"}, tooBig},
		{&jsonrpc.Error{Message: transport.ErrBodyTooLarge.Error()}, tooBig},
		{transport.ErrBodyTooLarge, tooBig},
		{&jsonrpc.Error{Status: 504}, tooBig},
		{&jsonrpc.Error{Code: -32602, Message: "exceed max addresses: 1000"}, filterBig},
		{&jsonrpc.Error{Code: -32602, Message: "exceed max topics: 1000"}, filterBig},
		{&jsonrpc.Error{Code: -32602, Message: "topics size should be <= 4"}, filterBig},
		{&jsonrpc.Error{Code: -32602, Message: "TAG finalized not supported"}, fatal},
		{&jsonrpc.Error{Code: -32601, Message: "the method eth_getBlockReceipts does not exist/is not available"}, fatal},
		{&transport.StatusError{Status: 401, Body: "no"}, fatal},
		{&transport.StatusError{Status: 403, Body: `{"success":false,"error":"The key exceeds the frequency limit(15), and the query server is suspended for 30s","statusCode":403}`}, suspended},
		{&transport.StatusError{Status: 200, Body: `{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}`}, suspended},
		{&jsonrpc.Error{Status: 200, Body: `{"Error":"class com.lack of computing resources"}`}, limited},
		{&transport.StatusError{Status: 429}, limited},
		{&transport.StatusError{Status: 503}, limited},
		{&jsonrpc.Error{Code: -32000, Message: "header not found"}, behind},
		{&transport.StatusError{Status: 500}, retry},
		{errors.New("connection reset by peer"), retry},
	} {
		if got := classify(fmt.Errorf("asked: %w", c.err), true); got != c.want {
			t.Errorf("%v = %s, want %s", c.err, got, c.want)
		}
	}
}

// TestPause: a suspension lasts as long as it says, and half a minute where it does
// not.
func TestPause(t *testing.T) {
	for text, want := range map[string]int{"the query server is suspended for 5s": 6, "suspended for 99999s": 301, "exceeds the frequency limit": 31, "suspended for 30s": 31} {
		if got := pause(errors.New(text)); got != want {
			t.Errorf("%q: %d s, want %d", text, got, want)
		}
	}
	if got := retryAfter(&transport.StatusError{RetryAfter: time.Hour}); got != 2*time.Minute {
		t.Errorf("%s", got)
	}
}
