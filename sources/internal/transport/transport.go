// Package transport is the one way out over HTTP: rate limit, body cap, timeouts,
// no redirects, and errors that never show more of an address than its host.
package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// Options are the limits of one endpoint.
type Options struct {
	Rate    float64       // requests a second; 0 = 8, below what public nodes punish
	Timeout time.Duration // of one request; 0 = 20 s
	MaxBody int64         // bytes of one answer; 0 = 64 MiB
}

// StatusError is an answer that is not 200.
type StatusError struct {
	Status     int
	Body       string        // its beginning
	RetryAfter time.Duration // 0 when the server does not say
	Challenge  string        // its WWW-Authenticate header
	Date       string        // its Date header: the server's clock
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("HTTP %d: %s", e.Status, strings.TrimSpace(e.Body))
}

// ErrBodyTooLarge says that an answer exceeded the cap.
var ErrBodyTooLarge = errors.New("the answer is larger than the limit")

// New returns a client with these limits.
func New(o Options) *http.Client {
	if o.Rate == 0 {
		o.Rate = 8
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 20
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: allow}
	base := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: o.Timeout}
	return &http.Client{
		Timeout:       o.Timeout,
		Transport:     &limited{base: base, limiter: rate.NewLimiter(rate.Limit(o.Rate), max(1, int(o.Rate))), maxBody: o.MaxBody},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// allow refuses link-local and metadata addresses, whatever name led to them.
func allow(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	ip = ip.Unmap()
	if ip.IsLinkLocalUnicast() || ip == netip.MustParseAddr("fd00:ec2::254") || ip == netip.MustParseAddr("100.100.100.200") {
		return fmt.Errorf("the address %s is link-local or a metadata service and is never asked", ip)
	}
	return nil
}

type limited struct {
	base    http.RoundTripper
	limiter *rate.Limiter
	maxBody int64
}

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.limiter.Wait(r.Context()); err != nil {
		return nil, err
	}
	answer, err := l.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 4096)) // what can be read of it is enough
		date := answer.Header.Get("Date")
		return nil, &StatusError{answer.StatusCode, string(body), retryAfter(answer.Header.Get("Retry-After"), date), answer.Header.Get("WWW-Authenticate"), date}
	}
	answer.Body = &capped{answer.Body, l.maxBody}
	return answer, nil
}

// retryAfter reads both forms: seconds, and a date against the server's own clock.
func retryAfter(value, date string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	now, errNow := http.ParseTime(date)
	if err != nil || errNow != nil || at.Before(now) {
		return 0
	}
	return at.Sub(now)
}

type capped struct {
	io.ReadCloser
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left+1)]) // one more tells the end from too much
	if c.left -= int64(n); c.left < 0 {
		return 0, ErrBodyTooLarge
	}
	return n, err
}

// Redact returns an error that shows of every URL in it only scheme and host: keys
// stand in paths and queries.
func Redact(err error) error {
	var e *url.Error
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%s %s: %w", strings.ToUpper(e.Op), Host(e.URL), Redact(e.Err))
}

// Mask replaces what may be a key in a URL wherever it turns up: user and password
// of any length, and long enough parts of path and query, each as it stands in the
// URL and as it reads.
func Mask(raw string) *strings.Replacer {
	u, err := url.Parse(raw)
	if err != nil {
		return strings.NewReplacer()
	}
	const shortest = 8
	var keys []string
	for _, part := range strings.FieldsFunc(u.EscapedPath()+"/"+u.RawQuery, func(r rune) bool { return strings.ContainsRune("/&=", r) }) {
		if len(part) >= shortest {
			keys = append(keys, spellings(part)...)
		}
	}
	for part := range strings.SplitSeq(u.User.String(), ":") {
		keys = append(keys, spellings(part)...)
	}
	// Of two that start alike the longer one goes first, lest its end be left.
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, key := range slices.Compact(keys) {
		if key != "" {
			pairs = append(pairs, key, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

// spellings are a part of a URL as it is escaped and as it reads, in a path and in
// a query.
func spellings(part string) []string {
	list := []string{part}
	if text, err := url.PathUnescape(part); err == nil {
		list = append(list, text, url.PathEscape(text), url.QueryEscape(text))
	}
	if text, err := url.QueryUnescape(part); err == nil {
		list = append(list, text)
	}
	return list
}

// Host returns scheme and host of a URL.
func Host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "the endpoint"
	}
	return u.Scheme + "://" + u.Host
}

// Sleep waits, or returns the context's error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
