package bvnk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"tieout/sources"
)

// TestSignatures follows the written rules with computed signatures: the provider
// publishes no vector.
func TestSignatures(t *testing.T) {
	const secret = "whsec-synthetic"
	sum := func(message string) []byte {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(message))
		return h.Sum(nil)
	}
	body := string(fixture(t, "webhook-v1-processing.json"))
	v := new(verifier) // of all of them, so that what it remembers must not matter
	for _, c := range []struct{ name, message, url, contentType, scheme string }{
		{"portal", body, "", "application/json", schemeBody},
		{"portal, whatever the URL", body, "https://shop.example/hook", "application/json", schemeBody},
		{"full URL", "https://shop.example/hook?x=1application/json" + body, "https://shop.example/hook?x=1", "application/json", schemeURL},
		{"path and query", "/hook?x=1application/json" + body, "https://shop.example/hook?x=1", "application/json", schemeURL},
		{"path", "/hookapplication/json" + body, "https://shop.example/hook?x=1", "application/json", schemeURL},
		{"content type with parameters", "/hookapplication/json; charset=utf-8" + body, "https://shop.example/hook", "application/json; charset=utf-8", schemeURL},
		{"parameters that were not signed", "/hookapplication/json" + body, "https://shop.example/hook", "application/json;charset=utf-8", schemeURL},
		{"content type not logged", "/hookapplication/json" + body, "https://shop.example/hook", "", schemeURL},
	} {
		for encoding, text := range map[string]string{
			"hex": hex.EncodeToString(sum(c.message)), "HEX": strings.ToUpper(hex.EncodeToString(sum(c.message))), "base64": base64.StdEncoding.EncodeToString(sum(c.message)),
			"raw base64": base64.RawStdEncoding.EncodeToString(sum(c.message)), "URL base64": base64.URLEncoding.EncodeToString(sum(c.message)),
		} {
			r := sources.Request{URL: c.url, Header: map[string]string{headerSignature: text}, Body: []byte(body)}
			if c.contentType != "" {
				r.Header["content-type"] = c.contentType
			}
			if scheme, ok := v.verify(r, secret); !ok || scheme != c.scheme {
				t.Errorf("%s in %s: %s %v", c.name, encoding, scheme, ok)
			}
			if _, ok := v.verify(r, "other"); ok {
				t.Errorf("%s in %s verifies with another secret", c.name, encoding)
			}
			r.Body = append(r.Body, ' ')
			if _, ok := v.verify(r, secret); ok {
				t.Errorf("%s in %s verifies another body", c.name, encoding)
			}
		}
	}
}

func TestWhatNeverVerifies(t *testing.T) {
	empty := hmac.New(sha256.New, nil)
	empty.Write([]byte("{}"))
	for _, c := range []struct{ name, secret, signature string }{
		{"an empty secret, which anybody could sign with", "", hex.EncodeToString(empty.Sum(nil))},
		{"no signature", "s", ""}, {"half a signature", "s", "abcd"}, {"no encoding at all", "s", "signature: no"},
	} {
		r := sources.Request{URL: "https://shop.example/", Header: map[string]string{headerSignature: c.signature}, Body: []byte("{}")}
		if _, ok := new(verifier).verify(r, c.secret); ok {
			t.Errorf("%s verifies", c.name)
		}
	}
	if signed(sources.Request{Header: map[string]string{}}) || !signed(sources.Request{Header: map[string]string{headerSignature: "x"}}) {
		t.Error("a request is signed when it carries the header")
	}
}

// BenchmarkVerify checks a body of the usual length, signed in the form that is tried
// last: what it costs over reading the log.
func BenchmarkVerify(b *testing.B) {
	const secret, url = "whsec-synthetic", "https://shop.example/hook?x=1"
	body := fixture(b, "webhook-v1-processing.json")
	for name, head := range map[string]string{"portal": "", "path": "/hookapplication/json"} {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write(append([]byte(head), body...))
		r := sources.Request{URL: url, Header: map[string]string{headerSignature: hex.EncodeToString(h.Sum(nil)), "content-type": "application/json"}, Body: body}
		b.Run(name, func(b *testing.B) {
			v := new(verifier)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := v.verify(r, secret); !ok {
					b.Fatal("it does not verify")
				}
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("aGk=", "https://shop.example/%zz?x", "application/json; x", []byte("{}"))
	f.Fuzz(func(t *testing.T, signature, url, kind string, body []byte) {
		r := sources.Request{URL: url, Header: map[string]string{headerSignature: signature, "content-type": kind}, Body: body}
		if scheme, ok := new(verifier).verify(r, "secret nobody guesses"); ok {
			t.Errorf("forged as %s", scheme)
		}
	})
}
