package bvnk

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// The example of the Hawk specification, with and without what this client leaves
// out (ext, and the hash of a body).
func TestHawkVectors(t *testing.T) {
	h := &hawk{id: "dh37fgj492je", key: "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn"}
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"GET with ext", []string{"hawk.1.header", "1353832234", "j4h3g2", "GET", "/resource/1?b=1&a=2", "example.com", "8000", "", "some-app-ext-data"}, "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="},
		{"POST with ext and the hash of a body", []string{"hawk.1.header", "1353832234", "j4h3g2", "POST", "/resource/1?b=1&a=2", "example.com", "8000", "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=", "some-app-ext-data"}, "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw="},
	} {
		if got := h.mac(c.lines...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	u, err := url.Parse("http://Example.com:8000/resource/1?b=1&a=2")
	if err != nil {
		t.Fatal(err)
	}
	mac := h.mac("hawk.1.header", "1353832234", "j4h3g2", "GET", "/resource/1?b=1&a=2", "example.com", "8000", "", "")
	want := `Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", mac="` + mac + `"`
	if got := h.authorization("GET", u, time.Unix(1353832234, 0), "j4h3g2"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestHawkHostAndPort(t *testing.T) {
	for raw, want := range map[string]string{"https://api.bvnk.com/x": "443", "http://api.bvnk.com/x": "80", "https://api.bvnk.com:8443/x": "8443"} {
		u, err := url.Parse(raw)
		if err != nil || port(u) != want {
			t.Errorf("%s: port %s, want %s; %v", raw, port(u), want, err)
		}
	}
	if a, b := nonce(), nonce(); a == b || len(a) < 6 || strings.ContainsAny(a, `"\`) {
		t.Errorf("nonces %q and %q", a, b)
	}
}

func TestHawkClock(t *testing.T) {
	now := time.Date(2026, 3, 18, 2, 15, 0, 0, time.UTC)
	h := hawk{id: "id", key: "key"}
	signed := func(ts string) string {
		return `Hawk ts="` + ts + `", tsm="` + h.mac("hawk.1.ts", ts) + `", error="Stale timestamp"`
	}
	for _, c := range []struct {
		name, challenge, date string
		adjusts               bool
		ahead                 time.Duration
	}{
		{"ten minutes ahead", signed("1773800700"), "", true, 10 * time.Minute},
		{"ten minutes behind", signed("1773799500"), "", true, -10 * time.Minute},
		{"a second is no reason", signed("1773800101"), "", false, 0},
		{"signed by somebody else", `Hawk ts="1773800700", tsm="AAAA", error="Stale timestamp"`, "", false, 0},
		{"the Date header alone", "Hawk", "Wed, 18 Mar 2026 02:25:00 GMT", true, 10 * time.Minute},
		{"a wrong key", "Hawk", "Wed, 18 Mar 2026 02:15:03 GMT", false, 0},
		{"nothing said", "", "", false, 0},
	} {
		h := hawk{id: "id", key: "key"}
		if got := h.adjust(c.challenge, c.date, now); got != c.adjusts || h.ahead != c.ahead {
			t.Errorf("%s: adjusts %v to %s, want %v to %s", c.name, got, h.ahead, c.adjusts, c.ahead)
		}
	}
}
