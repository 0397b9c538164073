package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tieout/sources/internal/transport"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "k3yk3yk3yk3y"

// serve answers every request with one status and body, in which ID stands for
// the id of the request.
func serve(t *testing.T, status int, body string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ ID json.RawMessage }
		json.NewDecoder(r.Body).Decode(&ask)
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(body, "ID", string(ask.ID)))
	}))
	t.Cleanup(server.Close)
	return dial(t, server.URL+"/v3/"+key)
}

func dial(t *testing.T, address string) *Client {
	t.Helper()
	c, err := Dial(address, transport.Options{Name: "node", Rate: -1,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestCall(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		result string
		want   Error // Err is not compared
		text   string
	}{
		"a result":      {200, `{"jsonrpc":"2.0","id":ID,"result":[1]}`, `[1]`, Error{}, ""},
		"null":          {200, `{"jsonrpc":"2.0","id":ID,"result":null}`, `null`, Error{}, ""},
		"an error":      {200, `{"jsonrpc":"2.0","id":ID,"error":{"code":-32005,"message":"too much","data":{"to":"0x1"}}}`, "", Error{Code: -32005, Message: "too much", Data: `{"to":"0x1"}`, Status: 200}, "endpoint node: m: too much (code -32005)"},
		"text as data":  {200, `{"jsonrpc":"2.0","id":ID,"error":{"code":3,"message":"no","data":"0x08"}}`, "", Error{Code: 3, Message: "no", Data: "0x08", Status: 200}, "endpoint node: m: no (code 3)"},
		"error and 400": {400, `{"error":{"code":-32600,"message":"10 block range"}}`, "", Error{Code: -32600, Message: "10 block range", Body: `{"error":{"code":-32600,"message":"10 block range"}}`, Status: 400}, "endpoint node: m: 10 block range (code -32600)"},
		"no envelope":   {200, `{"Error":"lack of computing resources"}`, "", Error{Status: 200, Body: `{"Error":"lack of computing resources"}`}, `endpoint node: m: json-rpc error 0: {"Error":"lack of computing resources"}`},
		"a page":        {200, `<html>hi</html>`, "", Error{Status: 200, Body: `<html>hi</html>`}, "endpoint node: m: invalid character '<' looking for beginning of value: <html>hi</html>"},
		"forbidden":     {403, `key ` + key + ` unknown`, "", Error{Status: 403, Body: "key *** unknown"}, "endpoint node: m: HTTP 403 key *** unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := serve(t, tt.status, tt.body).Call(t.Context(), "m", 1)
			if string(got) != tt.result {
				t.Errorf("result %q, want %q", got, tt.result)
			}
			if tt.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v is no *Error", err)
			}
			if e.Error() != tt.text {
				t.Errorf("text %q, want %q", e.Error(), tt.text)
			}
			tt.want.Endpoint, tt.want.Method, e.Err = "node", "m", nil
			if diff := cmp.Diff(tt.want, *e); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := dial(t, server.URL+"/v3/"+key).Call(t.Context(), "m")
	if err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "endpoint node: m:") {
		t.Errorf("error %v", err)
	}
}

func TestDialRefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"", "ftp://host/" + key, "https://", "https://[" + key, "/" + key} {
		if _, err := Dial(address, transport.Options{Name: "node"}); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%q: error %v", address, err)
		}
	}
}

// TestBatch asks for 120 things of a server that answers backwards, leaves some
// out, repeats some and makes some up.
func TestBatch(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asks []struct {
			ID     json.RawMessage
			Params []int
		}
		json.NewDecoder(r.Body).Decode(&asks)
		requests++
		if len(asks) > 50 {
			t.Errorf("%d calls in a request", len(asks))
		}
		var out []string
		for i := len(asks) - 1; i >= 0; i-- {
			switch n := asks[i].Params[0]; {
			case n%10 == 3: // left out
			case n%10 == 4:
				out = append(out, fmt.Sprintf(`{"id":%s,"error":{"code":-32000,"message":"header not found"}}`, asks[i].ID))
			case n%10 == 5:
				out = append(out, fmt.Sprintf(`{"id":%s,"result":null}`, asks[i].ID))
			default:
				out = append(out, fmt.Sprintf(`{"id":%s,"result":%d}`, asks[i].ID, n), `{"id":"made up","result":7}`, `null`)
			}
		}
		fmt.Fprintf(w, "[%s]", strings.Join(out, ","))
	}))
	t.Cleanup(server.Close)
	calls := make([]Request, 120)
	for i := range calls {
		calls[i] = Request{Method: "m", Params: []any{i}}
	}
	dial(t, server.URL).Batch(t.Context(), calls)
	if requests != 3 {
		t.Errorf("%d requests, want 3", requests)
	}
	for i, call := range calls {
		want, wantErr := fmt.Sprint(i), ""
		switch i % 10 {
		case 3:
			want, wantErr = "", "response batch did not contain a response to this call"
		case 4:
			want, wantErr = "", "header not found"
		case 5:
			want = "null"
		}
		if string(call.Result) != want || (call.Err == nil) != (wantErr == "") || wantErr != "" && !strings.Contains(call.Err.Error(), wantErr) {
			t.Errorf("call %d: %q, %v", i, call.Result, call.Err)
		}
	}
}

func TestBatchRefusedAsAWhole(t *testing.T) {
	calls := []Request{{Method: "m"}, {Method: "m"}}
	serve(t, 200, `{"id":null,"error":{"code":-32600,"message":"batch too large"}}`).Batch(t.Context(), calls)
	for _, call := range calls {
		var e *Error
		if !errors.As(call.Err, &e) || e.Message != "batch too large" || call.Result != nil {
			t.Errorf("error %v, result %q", call.Err, call.Result)
		}
	}
}

func FuzzCall(f *testing.F) {
	for _, body := range []string{`{"id":1,"result":[]}`, `[]`, `null`, `{"error":{"code":1}}`, `{"error":"x"}`, "\x1f\x8b", `{"result":{}`} {
		f.Add(body)
	}
	answer := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	f.Cleanup(server.Close)
	c, err := Dial(server.URL, transport.Options{Name: "node", Rate: -1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.Close)
	f.Fuzz(func(t *testing.T, body string) {
		answer = body
		got, err := c.Call(t.Context(), "m")
		if (err == nil) != json.Valid(got) {
			t.Errorf("%q: result %q with error %v", body, got, err)
		}
	})
}
