package trontest

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Liar stands before an endpoint and goes wrong on purpose.
type Liar struct {
	URL   string
	Rand  *rand.Rand
	Count int // for a lie to remember by
	Bites int // answers that were not the endpoint's

	mu    sync.Mutex
	truth http.Handler
	tell  Lie
}

// Lie makes of an endpoint's answer another. What is the method of JSON-RPC, batch, or
// the path; ask is the body or the query. The zero status is 200.
type Lie func(l *Liar, what, ask string, answer []byte) (status int, header http.Header, said []byte)

// Lies starts a liar before an endpoint; nil tells the truth.
func Lies(t testing.TB, truth http.Handler, seed uint64, tell Lie) *Liar {
	l := &Liar{Rand: rand.New(rand.NewPCG(seed, 1)), truth: truth, tell: tell}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.URL = server.URL
	return l
}

func (l *Liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	recorder := httptest.NewRecorder()
	l.truth.ServeHTTP(recorder, r)
	status, header, said := recorder.Code, http.Header{}, recorder.Body.Bytes()
	if l.tell != nil {
		var ask call
		what := r.URL.Path
		switch {
		case bytes.HasPrefix(body, []byte("[")):
			what = "batch"
		case json.Unmarshal(body, &ask) == nil && ask.Method != "":
			what = ask.Method
		}
		l.mu.Lock()
		code, more, lie := l.tell(l, what, string(body)+r.URL.RawQuery, said)
		lie = []byte(strings.ReplaceAll(string(lie), "$ID", string(ask.ID)))
		if code != 0 || !bytes.Equal(lie, said) {
			l.Bites++
		}
		l.mu.Unlock()
		if code != 0 {
			status = code
		}
		said = lie
		for name, values := range more {
			header[name] = values
		}
	}
	w.Header().Set("Content-Type", "application/json")
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(said)
}
