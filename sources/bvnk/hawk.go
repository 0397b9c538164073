package bvnk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// hawk signs requests in the Hawk scheme (github.com/mozilla/hawk, version 1): a MAC
// over time, nonce, method, path and host, so that the key itself is never sent.
type hawk struct {
	id, key string
	ahead   time.Duration // how far the server's clock is before ours
}

// authorization is the header of a request without a body.
func (h *hawk) authorization(method string, u *url.URL, now time.Time, nonce string) string {
	ts := strconv.FormatInt(now.Add(h.ahead).Unix(), 10)
	mac := h.mac("hawk.1.header", ts, nonce, method, u.RequestURI(), strings.ToLower(u.Hostname()), port(u), "", "")
	return fmt.Sprintf(`Hawk id="%s", ts="%s", nonce="%s", mac="%s"`, h.id, ts, nonce, mac)
}

// mac is the signature of lines, each of which ends in a line feed.
func (h *hawk) mac(lines ...string) string {
	m := hmac.New(sha256.New, []byte(h.key))
	for _, line := range lines {
		m.Write([]byte(line + "\n"))
	}
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// nonce makes a text that no other request of this second has.
func nonce() string {
	var b [9]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

var attribute = regexp.MustCompile(`(ts|tsm)="([^"]*)"`)

// tolerated is how far clocks may lie apart in Hawk, which allows a minute.
const tolerated = 50 * time.Second

// adjust takes over the server's clock from its refusal, and reports whether that
// can be what it refused. The challenge names the time and signs it; without one the
// Date header is believed, since a wrong one does no more than fail again.
func (h *hawk) adjust(challenge, date string, now time.Time) bool {
	said := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(challenge, -1) {
		said[m[1]] = m[2]
	}
	var theirs time.Time
	if seconds, err := strconv.ParseInt(said["ts"], 10, 64); err == nil {
		if !hmac.Equal([]byte(said["tsm"]), []byte(h.mac("hawk.1.ts", said["ts"]))) {
			return false // somebody else's word, or another key
		}
		theirs = time.Unix(seconds, 0)
	} else if theirs, err = http.ParseTime(date); err != nil {
		return false
	}
	ahead := theirs.Sub(now)
	if (ahead - h.ahead).Abs() < tolerated {
		return false
	}
	h.ahead = ahead
	return true
}
