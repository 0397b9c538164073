package bvnk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/url"
	"slices"
	"strings"
	"sync"

	"tieout/sources"
)

const headerSignature = "x-signature"

// The signature schemes: portal webhooks sign the payload, those of a merchant id
// sign URL, content type and payload without a separator.
const (
	schemeBody = "bvnk_body"
	schemeURL  = "bvnk_url_body"
)

func signed(r sources.Request) bool { return r.Header[headerSignature] != "" }

// verifier checks signatures. It keeps the secrets that it has prepared, and what may
// stand before a body: both are the same on every line of a log. It may be used from
// several goroutines.
type verifier struct {
	mu        sync.Mutex
	keys      map[string]*key
	url, kind string
	heads     []string // of url and kind
}

// key is a prepared secret.
type key struct {
	mac  hash.Hash
	last int // the head that matched last: it is tried first
}

// verify checks x-signature. Not published are the encoding (hex or base64),
// whether the full URL or its path is signed, and whether the content type is
// signed with its parameters: each is tried. An empty secret verifies nothing.
func (v *verifier) verify(r sources.Request, secret string) (scheme string, ok bool) {
	given := decodings(strings.TrimSpace(r.Header[headerSignature]))
	if secret == "" || len(given) == 0 {
		return schemeBody, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	k, heads := v.key(secret), v.headsOf(r)
	if k.last < len(heads) && k.signs(heads[k.last], r.Body, given) {
		return schemeOf(k.last), true
	}
	for i, head := range heads {
		if i != k.last && k.signs(head, r.Body, given) {
			k.last = i
			return schemeOf(i), true
		}
	}
	return schemeBody, false
}

func (v *verifier) key(secret string) *key {
	k := v.keys[secret]
	if k == nil {
		k = &key{mac: hmac.New(sha256.New, []byte(secret))}
		if v.keys == nil {
			v.keys = map[string]*key{}
		}
		v.keys[secret] = k
	}
	return k
}

// headsOf are the texts that may be signed before the body: none, and every form of
// URL and content type.
func (v *verifier) headsOf(r sources.Request) []string {
	if kind := r.Header["content-type"]; v.heads == nil || r.URL != v.url || kind != v.kind {
		v.url, v.kind = strings.Clone(r.URL), strings.Clone(kind)
		v.heads = []string{""}
		for _, target := range targets(v.url) {
			for _, kind := range contentTypes(v.kind) {
				v.heads = append(v.heads, target+kind)
			}
		}
	}
	return v.heads
}

func schemeOf(head int) string {
	if head == 0 {
		return schemeBody
	}
	return schemeURL
}

// signs reports whether one of the given is the HMAC-SHA256 of head and body, in
// constant time.
func (k *key) signs(head string, body []byte, given [][]byte) bool {
	var sum [sha256.Size]byte
	k.mac.Reset()
	k.mac.Write([]byte(head))
	k.mac.Write(body)
	k.mac.Sum(sum[:0])
	return slices.ContainsFunc(given, func(g []byte) bool { return hmac.Equal(g, sum[:]) })
}

// decodings are the bytes that a signature's text may stand for. What is hex of a
// signature is too long for base64 of one.
func decodings(text string) [][]byte {
	if b, err := hex.DecodeString(text); err == nil && len(b) == sha256.Size {
		return [][]byte{b}
	}
	var list [][]byte
	for _, decode := range []func(string) ([]byte, error){
		base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if b, err := decode(text); err == nil && len(b) == sha256.Size {
			list = append(list, b)
		}
	}
	return list
}

// targets are the forms of a webhook URL that may be signed.
func targets(full string) []string {
	if full == "" {
		return nil
	}
	list := []string{full}
	if u, err := url.Parse(full); err == nil {
		list = append(list, u.RequestURI(), u.EscapedPath())
	}
	return list
}

// contentTypes are the forms of the content type that may be signed; a log that
// does not hold the header is tried with the only one there is.
func contentTypes(header string) []string {
	if header == "" {
		return []string{"application/json"}
	}
	bare, _, _ := strings.Cut(header, ";")
	return []string{header, strings.TrimSpace(bare)}
}
