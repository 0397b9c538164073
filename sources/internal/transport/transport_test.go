package transport

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// serve answers every request in one way.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func get(o Options, url string) (string, error) {
	o.Rate = 1e6
	client := New(o)
	defer client.CloseIdleConnections()
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

func TestWhatIsNot200IsAnError(t *testing.T) {
	for _, c := range []struct {
		status int
		header map[string]string
		want   StatusError
	}{
		{http.StatusTooManyRequests, map[string]string{"Retry-After": "7"}, StatusError{Status: 429, Body: "sorry", RetryAfter: 7 * time.Second}},
		{http.StatusTooManyRequests, map[string]string{"Retry-After": "Fri, 20 Nov 2026 12:00:42 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, StatusError{Status: 429, Body: "sorry", RetryAfter: 42 * time.Second}},
		{http.StatusTooManyRequests, map[string]string{"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, StatusError{Status: 429, Body: "sorry", RetryAfter: 0}},
		{http.StatusTooManyRequests, map[string]string{"Retry-After": "-5"}, StatusError{Status: 429, Body: "sorry", RetryAfter: 0}},
		{http.StatusServiceUnavailable, nil, StatusError{Status: 503, Body: "sorry", RetryAfter: 0}},
		{http.StatusFound, map[string]string{"Location": "http://127.0.0.1:1/"}, StatusError{Status: 302, Body: "sorry", RetryAfter: 0}}, // never followed
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range c.header {
				w.Header().Set(name, value)
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, "sorry")
		})
		_, err := get(Options{}, address)
		var got *StatusError
		if !errors.As(err, &got) || got.Status != c.want.Status || got.Body != c.want.Body || got.RetryAfter != c.want.RetryAfter {
			t.Errorf("HTTP %d %v: %v, want %v", c.status, c.header, err, &c.want)
		}
	}
}

func TestBodyCap(t *testing.T) {
	for size, fits := range map[int]bool{0: true, 99: true, 100: true, 101: false, 1 << 20: false} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip") // what counts is the size after unpacking
			packed := gzip.NewWriter(w)
			fmt.Fprint(packed, strings.Repeat("x", size))
			packed.Close()
		})
		body, err := get(Options{MaxBody: 100}, address)
		if fits && (err != nil || len(body) != size) || !fits && !errors.Is(err, ErrBodyTooLarge) {
			t.Errorf("%d bytes: read %d, %v", size, len(body), err)
		}
	}
}

func TestABrokenBodyIsAnError(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "only this")
	})
	if body, err := get(Options{}, address); err == nil {
		t.Errorf("%q passed for whole", body)
	}
}

func TestAllow(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8545": true, "[::1]:8545": true, "10.0.0.7:80": true, "192.168.1.4:443": true, "93.184.216.34:443": true,
		"169.254.169.254:80": false, "[::ffff:169.254.169.254]:80": false, "[fe80::1%eth0]:80": false,
		"[fd00:ec2::254]:80": false, "100.100.100.200:80": false, "nonsense": false,
	} {
		if err := allow("tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: %v, want allowed %v", address, err, want)
		}
	}
	if _, err := get(Options{}, "http://169.254.169.254/latest/meta-data/"); err == nil || !strings.Contains(err.Error(), "never asked") {
		t.Errorf("the metadata service was asked: %v", err)
	}
}

func TestNoKeyIsShown(t *testing.T) {
	const key = "s3cretS3cret"
	for _, address := range []string{"https://user:" + key + "@node.test/v3/x", "https://node.test/v3/" + key, "https://node.test/?apikey=" + key} {
		inner := &url.Error{Op: "Get", URL: address + "/inner", Err: errors.New("refused")}
		for name, err := range map[string]error{
			"plain":   &url.Error{Op: "Post", URL: address, Err: errors.New("refused")},
			"nested":  &url.Error{Op: "Post", URL: address, Err: fmt.Errorf("proxy: %w", inner)},
			"wrapped": fmt.Errorf("asking: %w", &url.Error{Op: "Post", URL: address, Err: inner}),
		} {
			if got := Redact(err).Error(); strings.Contains(got, key) || !strings.Contains(got, "https://node.test") || !strings.Contains(got, "refused") {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := Mask(address).Replace("your key " + key + " is bad"); got != "your key *** is bad" {
			t.Errorf("the mask leaves %q", got)
		}
	}
	for address, said := range map[string]string{
		"https://" + key + "@node.test/":                "denied for " + key,
		"https://" + key + ":@node.test/":               "denied for " + key,
		"https://me:pw@node.test/":                      "denied for pw",
		"https://m%40e:p%2Fw@node.test/":                "denied for p/w",
		"https://a:p%2Fw@node.test/":                    "denied for p%2Fw",
		"https://node.test/v3/abcdefgh%2B12345678":      "denied for abcdefgh+12345678",
		"https://node.test/v4/abcdefgh%2B12345678":      "denied for abcdefgh%2B12345678",
		"https://node.test/?key=abcdefgh%2B12345678":    "denied for abcdefgh+12345678",
		"https://node.test/?key=abcdefgh+12345678":      "denied for abcdefgh 12345678",
		"https://k3y:" + key + "@node.test/k3y" + key:   "denied for k3y" + key,
		"https://s3cret:" + key + "@node.test/v3/other": "denied for " + key,
	} {
		if got := Mask(address).Replace(said); got != "denied for ***" {
			t.Errorf("%s: the mask leaves %q", address, got)
		}
	}
	for _, address := range []string{"https://node.test/", "https://@node.test/", "https://:@node.test/"} {
		if got := Mask(address).Replace("as it was"); got != "as it was" {
			t.Errorf("%s: the mask makes %q", address, got)
		}
	}
	if got := Host("https://[" + key); strings.Contains(got, key) {
		t.Errorf("host %q", got)
	}
}
