package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/sources/internal/transport"
)

const key = "sk-0a1b2c3d/4e5f"

// ask gets from a server that answers its n-th request, from 0, in one way. The
// requests are signed with their number.
func ask(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) (body string, signed []string, slept []time.Duration, err error) {
	t.Helper()
	n := -1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		signed = append(signed, r.Header.Get("Signature"))
		answer(w, r, n)
	}))
	defer server.Close()
	c := Client{HTTP: transport.New(transport.Options{Rate: 1e6, MaxBody: 1000}), Secrets: []string{key},
		Sleep: func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }}
	defer c.HTTP.CloseIdleConnections()
	number := 0
	err = c.Get(t.Context(), server.URL+"/list?key="+key, func(r *http.Request) {
		r.Header.Set("Signature", fmt.Sprint(number))
		number++
	}, func(b []byte) error {
		body = string(b)
		switch body {
		case "busy":
			return &Again{errors.New("busy with " + key)}
		case "wrong":
			return errors.New("wrong")
		}
		return nil
	})
	return body, signed, slept, err
}

func TestGet(t *testing.T) {
	say := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { fmt.Fprint(w, text) }
	}
	refuse := func(code int, after string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(code)
			fmt.Fprint(w, "not with "+key)
		}
	}
	cut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	}
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name    string
		answers []func(http.ResponseWriter) // the last one for ever
		tries   int
		slept   []time.Duration
		problem string
	}{
		{"at once", []func(http.ResponseWriter){say("ok")}, 1, nil, ""},
		{"too many, as long as it says", []func(http.ResponseWriter){refuse(429, "7"), say("ok")}, 2, []time.Duration{7 * time.Second}, ""},
		{"down for a while", []func(http.ResponseWriter){refuse(503, ""), refuse(502, ""), say("ok")}, 3, []time.Duration{time.Second, 2 * time.Second}, ""},
		{"a body that breaks off", []func(http.ResponseWriter){cut, say("ok")}, 2, []time.Duration{time.Second}, ""},
		{"a connection that breaks off", []func(http.ResponseWriter){hangUp, hangUp, say("ok")}, 3, []time.Duration{time.Second, 2 * time.Second}, ""},
		{"a message in place of rows", []func(http.ResponseWriter){say("busy"), say("ok")}, 2, []time.Duration{time.Second}, ""},
		{"busy for ever", []func(http.ResponseWriter){say("busy")}, 5, []time.Duration{1e9, 2e9, 4e9, 8e9}, "busy with *** (after 5 tries)"},
		{"too many for an hour", []func(http.ResponseWriter){refuse(429, "3600")}, 1, nil, "HTTP 429: not with *** (and it asks to come back only in 1h0m0s)"},
		{"what is wrong stays wrong", []func(http.ResponseWriter){say("wrong")}, 1, nil, "wrong"},
		{"not allowed", []func(http.ResponseWriter){refuse(403, "")}, 1, nil, "HTTP 403: not with ***"},
		{"too large", []func(http.ResponseWriter){say(strings.Repeat("x", 2000))}, 1, nil, "larger than the limit"},
		{"nobody answers", []func(http.ResponseWriter){hangUp}, 5, []time.Duration{1e9, 2e9, 4e9, 8e9}, "(after 5 tries)"},
	} {
		body, signed, slept, err := ask(t, func(w http.ResponseWriter, _ *http.Request, n int) { c.answers[min(n, len(c.answers)-1)](w) })
		switch {
		case c.problem == "" && (err != nil || body != "ok"):
			t.Errorf("%s: %q %v", c.name, body, err)
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%s: %v, want %q", c.name, err, c.problem)
		case err != nil && strings.Contains(err.Error(), "0a1b2c3d"):
			t.Errorf("%s: the key is shown: %v", c.name, err)
		}
		if len(signed) < c.tries || !slices.Equal(slept, c.slept) { // net/http may ask again by itself after a broken connection
			t.Errorf("%s: %d requests, slept %v; want %d, %v", c.name, len(signed), slept, c.tries, c.slept)
		}
	}
}

// TestEveryTryIsSigned: a signature holds once.
func TestEveryTryIsSigned(t *testing.T) {
	_, signed, _, err := ask(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n < 3 {
			w.WriteHeader(503)
		}
	})
	if err != nil || !slices.Equal(signed, []string{"0", "1", "2", "3"}) {
		t.Errorf("%q %v", signed, err)
	}
}

func TestGetStops(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	c := Client{HTTP: transport.New(transport.Options{Rate: 1e6}), Sleep: func(ctx context.Context, _ time.Duration) error { stop(); return ctx.Err() }}
	defer c.HTTP.CloseIdleConnections()
	if err := c.Get(ctx, server.URL, func(*http.Request) {}, func([]byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it stops", err)
	}
}
