package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tieout/sources/internal/transport"
)

const key = "k3yk3yk3yk3y"

// node answers every request with one status and body, in which ID stands for the
// id of the request.
func node(t *testing.T, status int, body string) *Client {
	t.Helper()
	return dial(t, func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ ID json.RawMessage }
		if json.NewDecoder(r.Body).Decode(&ask) != nil {
			ask.ID = json.RawMessage("null") // a batch
		}
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(body, "ID", string(ask.ID)))
	})
}

func dial(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := Dial(t.Context(), server.URL+"/v3/"+key, transport.New(transport.Options{Rate: 1e6, MaxBody: 1000}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestCall(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		found  bool
		out    []int
		want   *Error
	}{
		"a result":                {200, `{"jsonrpc":"2.0","id":ID,"result":[1]}`, true, []int{1}, nil},
		"null":                    {200, `{"jsonrpc":"2.0","id":ID,"result":null}`, false, nil, nil},
		"an error":                {200, `{"jsonrpc":"2.0","id":ID,"error":{"code":-32005,"message":"too much","data":{"to":"0x1"}}}`, false, nil, &Error{Code: -32005, Message: "too much", Data: `{"to":"0x1"}`}},
		"HTTP 400":                {400, `{"error":{"message":"10 block range"}}`, false, nil, &Error{Status: 400, Body: `{"error":{"message":"10 block range"}}`}},
		"its own key":             {403, "the key " + key + " is unknown", false, nil, &Error{Status: 403, Body: "the key *** is unknown"}},
		"a page":                  {200, "<html>", false, nil, &Error{Message: "invalid character '<' looking for beginning of value"}},
		"another type":            {200, `{"jsonrpc":"2.0","id":ID,"result":{}}`, false, nil, &Error{Message: "the answer cannot be read: json: cannot unmarshal object into Go value of type []int"}},
		"no result":               {200, `{"jsonrpc":"2.0","id":ID}`, false, nil, &Error{Message: "the answer has no result", Body: `{"jsonrpc":"2.0","id":1}`}},
		"an error in its own way": {200, `{"error":"too many requests"}`, false, nil, &Error{Message: "json: cannot unmarshal string into Go struct field .Error of type struct { Code int; Message string; Data json.RawMessage }", Body: `{"error":"too many requests"}`}},
		"too large":               {200, `{"jsonrpc":"2.0","id":ID,"result":[` + strings.Repeat("1,", 1000) + `1]}`, false, nil, &Error{Message: transport.ErrBodyTooLarge.Error()}},
	} {
		t.Run(name, func(t *testing.T) {
			var out []int
			found, err := node(t, c.status, c.body).Call(t.Context(), &out, "m", 1)
			if found != c.found || !cmp.Equal(out, c.out) {
				t.Errorf("found %v, result %v", found, out)
			}
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			c.want.Method = "m"
			if diff := cmp.Diff(c.want, e, cmpopts.IgnoreUnexported(Error{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// own reads numbers by itself, as long as there is no white space, and takes whatever
// else for none.
type own []int

func (o *own) ReadJSON(raw []byte) error {
	if bytes.ContainsAny(raw, " x") {
		return errors.New("not by hand")
	}
	*o = own{}
	_ = json.Unmarshal(raw, (*[]int)(o))
	return nil
}

// TestReader: a result that reads itself is asked only for what is one, and never for
// null.
func TestReader(t *testing.T) {
	for body, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"result":[1,2]}`:                       "true [1 2]",
		`{"id":1,"jsonrpc":"2.0","result":[1]}` + "\n":                  "true [1]",
		`{"jsonrpc":"2.0","id":1,"result":[1, 2]}`:                      "true [1 2]",
		`{"jsonrpc":"2.0","id":1,"result":null}`:                        "false []",
		`{"jsonrpc":"2.0","id":1,"result":[1],"x":2}`:                   "true [1]",
		`{"result":[3],"id":1,"jsonrpc":"2.0"}`:                         "true [3]",
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}`:    "error",
		`{"jsonrpc":"2.0","id":1,"result":[1 x`:                         "error",
		`{"jsonrpc":"2.0","id":1,"result":[1],"error":{"message":"x"}}`: "error",
	} {
		var out own
		found, err := node(t, 200, body).Call(t.Context(), &out, "m")
		got := fmt.Sprint(found, " ", out)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%v)", body, got, want, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	c, err := Dial(t.Context(), "http://127.0.0.1:1/v3/"+key, transport.New(transport.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var out any
	if _, err := c.Call(t.Context(), &out, "m"); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("error %v", err)
	}
}

// TestBatch asks a server that answers backwards, leaves some out, repeats some and
// makes some up.
func TestBatch(t *testing.T) {
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		var asks []struct {
			ID     json.RawMessage
			Params []int
		}
		if err := json.NewDecoder(r.Body).Decode(&asks); err != nil {
			t.Error(err)
		}
		var out []string
		for i := len(asks) - 1; i >= 0; i-- {
			switch n := asks[i].Params[0]; n {
			case 3: // left out
			case 4:
				out = append(out, fmt.Sprintf(`{"id":%s,"error":{"code":-32000,"message":"header not found"}}`, asks[i].ID))
			case 5:
				out = append(out, fmt.Sprintf(`{"id":%s,"result":null}`, asks[i].ID))
			default:
				out = append(out, fmt.Sprintf(`{"id":%s,"result":%d}`, asks[i].ID, n), `{"id":"made up","result":7}`, `null`)
			}
		}
		fmt.Fprintf(w, "[%s]", strings.Join(out, ","))
	})
	requests, out := make([]Request, 9), make([]int, 9)
	for i := range requests {
		requests[i] = Request{Method: "m", Args: []any{i}, Out: &out[i]}
	}
	if err := c.Batch(t.Context(), requests); err != nil {
		t.Fatal(err)
	}
	for i, r := range requests {
		want, failed := i, false
		switch i {
		case 3, 4:
			want, failed = 0, true
		case 5:
			want = 0
		}
		if out[i] != want || (r.Err != nil) != failed || r.Found != (i < 3 || i > 5) {
			t.Errorf("call %d: %d, found %v, %v", i, out[i], r.Found, r.Err)
		}
	}
}

func TestABatchRefusedAsAWhole(t *testing.T) {
	var out any
	requests := []Request{{Method: "m", Out: &out}}
	if err := node(t, 200, `{"id":null,"error":{"code":-32600,"message":"batch too large"}}`).Batch(t.Context(), requests); err == nil || requests[0].Found {
		t.Errorf("error %v, found %v", err, requests[0].Found)
	}
}
