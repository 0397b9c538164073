package bvnk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

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

// verify checks x-signature. Not published are the encoding (hex or base64),
// whether the full URL or its path is signed, and whether the content type is
// signed with its parameters: each is tried. An empty secret verifies nothing.
func verify(r sources.Request, secret string) (scheme string, ok bool) {
	given := decodings(strings.TrimSpace(r.Header[headerSignature]))
	if secret == "" || len(given) == 0 {
		return schemeBody, false
	}
	h := hmac.New(sha256.New, []byte(secret))
	matches := func(head string) bool {
		h.Reset()
		h.Write([]byte(head))
		h.Write(r.Body)
		sum := h.Sum(nil)
		return slices.ContainsFunc(given, func(g []byte) bool { return hmac.Equal(g, sum) })
	}
	if matches("") {
		return schemeBody, true
	}
	for _, target := range targets(r.URL) {
		for _, kind := range contentTypes(r.Header["content-type"]) {
			if matches(target + kind) {
				return schemeURL, true
			}
		}
	}
	return schemeBody, false
}

// decodings are the bytes that a signature's text may stand for.
func decodings(text string) [][]byte {
	var list [][]byte
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
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
