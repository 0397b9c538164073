package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is one scripted answer of a server.
type answer struct {
	status int
	header map[string]string
	body   string
	err    error
	cut    bool // the body breaks off
}

// script answers requests in turn, the last one for ever.
type script struct {
	answers []answer
	asked   []string // bodies that came
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	a := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked = append(s.asked, string(body))
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{}
	for k, v := range a.header {
		header.Set(k, v)
	}
	var reader io.Reader = strings.NewReader(a.body)
	if a.cut {
		reader = io.MultiReader(reader, broken{})
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(reader), Request: r}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type slow struct{}

func (slow) Error() string   { return "slow" }
func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

func TestAttempts(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ok := answer{status: 200, body: "fine"}
	half := func(n int) []time.Duration { // backoff without its random half
		var list []time.Duration
		for i := range n {
			list = append(list, min(30*time.Second, 500*time.Millisecond<<i)/2)
		}
		return list
	}
	tests := map[string]struct {
		answers []answer
		pauses  []time.Duration
		status  int
		err     string
	}{
		"at once":                {answers: []answer{ok}, status: 200},
		"429 in seconds":         {answers: []answer{{status: 429, header: map[string]string{"Retry-After": "7"}}, ok}, pauses: []time.Duration{7 * time.Second}, status: 200},
		"429 until a date":       {answers: []answer{{status: 429, header: map[string]string{"Retry-After": "Fri, 20 Nov 2026 12:00:42 GMT"}}, ok}, pauses: []time.Duration{42 * time.Second}, status: 200},
		"429 until a past date":  {answers: []answer{{status: 429, header: map[string]string{"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}}, ok}, pauses: []time.Duration{0}, status: 200},
		"429 too long":           {answers: []answer{{status: 429, header: map[string]string{"Retry-After": "3600"}}}, status: 429},
		"429 with nonsense":      {answers: []answer{{status: 429, header: map[string]string{"Retry-After": "-5"}}, ok}, pauses: half(1), status: 200},
		"429 for ever":           {answers: []answer{{status: 429}}, pauses: half(7), status: 429},
		"503 for ever":           {answers: []answer{{status: 503}}, pauses: half(2), status: 503},
		"504 means ask for less": {answers: []answer{{status: 504}}, status: 504},
		"413 means ask for less": {answers: []answer{{status: 413}}, status: 413},
		"redirects are answers":  {answers: []answer{{status: 302, header: map[string]string{"Location": "http://elsewhere"}}}, status: 302},
		"reset, then fine":       {answers: []answer{{err: errors.New("reset")}, ok}, pauses: half(1), status: 200},
		"reset for ever":         {answers: []answer{{err: errors.New("reset")}}, pauses: half(2), err: "node: reset"},
		"cut, then fine":         {answers: []answer{{status: 200, body: "fi", cut: true}, ok}, pauses: half(1), status: 200},
		"cut for ever":           {answers: []answer{{status: 200, body: "fi", cut: true}}, pauses: half(2), err: "node: the answer broke off after 2 bytes: unexpected EOF"},
		"too slow":               {answers: []answer{{err: slow{}}}, err: "node: slow"},
		"too large":              {answers: []answer{{status: 200, body: strings.Repeat("x", 101)}}, err: "node: the answer is larger than 100 bytes"},
		"just not too large":     {answers: []answer{{status: 200, body: strings.Repeat("x", 100)}}, status: 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var pauses []time.Duration
			server := &script{answers: tt.answers}
			client := New(Options{Name: "node", Rate: -1, MaxBody: 100, Base: server,
				Sleep:  func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil },
				Jitter: func() float64 { return 0 }, Now: func() time.Time { return now }}).HTTP()
			resp, err := client.Post("http://node.test/secretkey", "application/json", strings.NewReader("ask"))
			if err != nil {
				if got := Redact("node", err).Error(); got != tt.err {
					t.Errorf("error %q, want %q", got, tt.err)
				}
			} else if resp.StatusCode != tt.status || tt.err != "" {
				t.Errorf("status %d, want %d and error %q", resp.StatusCode, tt.status, tt.err)
			}
			if diff := cmp.Diff(tt.pauses, pauses); diff != "" {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
			for i, body := range server.asked {
				if body != "ask" {
					t.Errorf("attempt %d sent %q", i+1, body)
				}
			}
		})
	}
}

func TestBackoffStaysInItsHalf(t *testing.T) {
	for attempt := 1; attempt <= 40; attempt++ {
		low, high := Backoff(attempt, 0), Backoff(attempt, 0.999999)
		if low <= 0 || high > 30*time.Second || high > 2*low {
			t.Errorf("attempt %d: between %v and %v", attempt, low, high)
		}
	}
}

func TestCanceledWhilePausing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := &script{answers: []answer{{status: 429}}}
	client := New(Options{Name: "node", Rate: -1, Base: server,
		Sleep: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }}).HTTP()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://node.test", strings.NewReader(""))
	if _, err := client.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation", err)
	}
	if len(server.asked) != 1 {
		t.Errorf("%d attempts after the cancellation", len(server.asked)-1)
	}
}

func TestAnAnswerIsUnpackedWithinTheLimit(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, strings.Repeat("a", 1<<20))
	z.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed.Bytes())
	}))
	defer server.Close()
	client := New(Options{Name: "bomb", Rate: -1, MaxBody: 1 << 16})
	defer client.HTTP().CloseIdleConnections()
	defer client.o.Base.(*http.Transport).CloseIdleConnections()
	_, err := client.HTTP().Get(server.URL)
	var size *SizeError
	if !errors.As(err, &size) {
		t.Errorf("error %v, want a *SizeError", err)
	}
}

func TestObserve(t *testing.T) {
	server := &script{answers: []answer{{status: 500, body: "down"}, {status: 402, body: strings.Repeat("y", 5000)}}}
	client := New(Options{Rate: -1, Base: server, Sleep: func(context.Context, time.Duration) error { return nil }}).HTTP()
	var x Exchange
	req, _ := http.NewRequestWithContext(Observe(t.Context(), &x), http.MethodPost, "http://node.test", strings.NewReader(""))
	if _, err := client.Do(req); err != nil {
		t.Fatal(err)
	}
	if want := (Exchange{402, strings.Repeat("y", 2048), 5000}); x != want {
		t.Errorf("saw status %d, %d bytes with a head of %d", x.Status, x.Bytes, len(x.Head))
	}
}

func TestAllowed(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8545": true, "[::1]:8545": true, "10.0.0.7:80": true, "192.168.1.4:443": true, "93.184.216.34:443": true,
		"169.254.169.254:80": false, "[::ffff:169.254.169.254]:80": false, "[fe80::1%eth0]:80": false,
		"[fd00:ec2::254]:80": false, "100.100.100.200:80": false, "nonsense": false,
	} {
		if err := allowed(address); (err == nil) != want {
			t.Errorf("%s: %v, want allowed %v", address, err, want)
		}
	}
}

func TestMetadataServiceIsNotDialled(t *testing.T) {
	client := New(Options{Name: "node", Rate: -1})
	_, err := client.HTTP().Get("http://169.254.169.254/latest/meta-data/")
	var denied *DeniedError
	if !errors.As(err, &denied) {
		t.Errorf("error %v, want a *DeniedError", err)
	}
}

func TestNoKeyIsPrinted(t *testing.T) {
	const key = "s3cretS3cret"
	for _, address := range []string{
		"https://user:" + key + "@node.test/v3/x", "https://node.test/v3/" + key, "https://node.test/?apikey=" + key,
	} {
		inner := &url.Error{Op: "Get", URL: address + "/inner", Err: errors.New("refused")}
		for name, err := range map[string]error{
			"plain":   &url.Error{Op: "Post", URL: address, Err: errors.New("refused")},
			"nested":  &url.Error{Op: "Post", URL: address, Err: fmt.Errorf("proxy: %w", inner)},
			"wrapped": fmt.Errorf("asking: %w", &url.Error{Op: "Post", URL: address, Err: inner}),
		} {
			if got := Redact("", err).Error(); strings.Contains(got, key) || !strings.Contains(got, "https://node.test/...") || !strings.Contains(got, "refused") {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := Mask(address).Replace("your key " + key + " is bad"); got != "your key *** is bad" {
			t.Errorf("mask leaves %q", got)
		}
		if got := Label(address); got != "https://node.test/..." {
			t.Errorf("label %q", got)
		}
	}
	if err := Check("https://[" + key); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("check says %v", err)
	}
}
