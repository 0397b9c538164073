package bvnk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
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

// verify checks x-signature. Neither the encoding (hex or base64) nor whether the
// full URL or its path is signed is published, so each is tried.
func verify(r sources.Request, secret string) (scheme string, ok bool) {
	given := decodings(strings.TrimSpace(r.Header[headerSignature]))
	matches := func(parts ...string) bool {
		h := hmac.New(sha256.New, []byte(secret))
		for _, p := range parts {
			h.Write([]byte(p))
		}
		sum := h.Sum(nil)
		for _, g := range given {
			if hmac.Equal(g, sum) {
				return true
			}
		}
		return false
	}
	body := string(r.Body)
	if matches(body) {
		return schemeBody, true
	}
	for _, target := range targets(r.URL) {
		if matches(target, r.Header["content-type"], body) {
			return schemeURL, true
		}
	}
	return schemeBody, false
}

func decodings(text string) [][]byte {
	var list [][]byte
	if b, err := hex.DecodeString(text); err == nil {
		list = append(list, b)
	}
	if b, err := base64.StdEncoding.DecodeString(text); err == nil {
		list = append(list, b)
	}
	return list
}

// targets are the forms of a webhook URL that may be signed.
func targets(full string) []string {
	if full == "" {
		return nil
	}
	u, err := url.Parse(full)
	if err != nil {
		return []string{full}
	}
	return []string{full, u.RequestURI()}
}
