package transport

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

const (
	backoffBase = 500 * time.Millisecond
	backoffCap  = 30 * time.Second
	maxWait     = 2 * time.Minute // the longest Retry-After that a run waits for
	briefly     = 3               // attempts for faults that may also mean "ask for less"
)

// Backoff returns the pause before the attempt after the given one (from 1):
// twice as long each time, half of it by chance, so that many clients that were
// refused together do not come back together.
func Backoff(attempt int, jitter float64) time.Duration {
	full := backoffCap
	if attempt < 7 {
		full = min(backoffCap, backoffBase<<(attempt-1))
	}
	return full/2 + time.Duration(jitter*float64(full/2))
}

// retry says whether to try again and after which pause.
func (c *Client) retry(resp *http.Response, err error, attempt int) (time.Duration, bool) {
	if attempt >= c.attempts(resp, err) {
		return 0, false
	}
	if err == nil {
		if wait, ok := retryAfter(resp.Header.Get("Retry-After"), c.o.Now()); ok {
			return wait, wait <= maxWait
		}
	}
	return Backoff(attempt, c.o.Jitter()), true
}

// attempts is how often to try in all, given how the last attempt went.
func (c *Client) attempts(resp *http.Response, err error) int {
	switch {
	case err != nil:
		var size *SizeError
		var denied *DeniedError
		if errors.As(err, &size) || errors.As(err, &denied) || Timeout(err) {
			return 1 // the caller has to ask for less, or for something else
		}
		return min(briefly, c.o.Attempts)
	case resp.StatusCode == http.StatusTooManyRequests:
		return c.o.Attempts
	case resp.StatusCode == http.StatusGatewayTimeout:
		return 1
	case resp.StatusCode >= 500:
		return min(briefly, c.o.Attempts)
	}
	return 1
}

// retryAfter reads the header in both of its forms, seconds and HTTP date.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
