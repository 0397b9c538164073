package blockatm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"tieout/sources"
)

// The headers of a webhook, in lower case.
const (
	headerV2   = "blockatm-signature-v2"
	headerV1   = "blockatm-signature-v1"
	headerTime = "blockatm-request-time"
)

// The signature schemes. The documentation describes two for V2 that contradict
// each other and publishes no vector for either: both are tried, and which one
// matched is recorded.
const (
	schemeSorted = "blockatm_v2_sorted"
	schemeRaw    = "blockatm_v2_raw"
	schemeV1     = "blockatm_v1_ecdsa"
)

// signed reports whether a request carries a signature of either generation.
func signed(r sources.Request) bool { return r.Header[headerV2] != "" || r.Header[headerV1] != "" }

// verify checks a request's signature. How old its request time is decides
// nothing: whether a retry or a resend carries a fresh one is not published, and
// refusing a genuine delivery costs more than the replay of a logged one.
func verify(r sources.Request, secret string) (scheme string, ok bool) {
	at := r.Header[headerTime]
	if signature := r.Header[headerV1]; signature != "" && r.Header[headerV2] == "" {
		message, err := sortedMessage(r.Body, at)
		return schemeV1, err == nil && verifyECDSA(message, signature, secret)
	}
	given, err := hex.DecodeString(strings.TrimSpace(r.Header[headerV2]))
	if err != nil {
		return schemeSorted, false
	}
	if message, err := sortedMessage(r.Body, at); err == nil && hmac.Equal(given, sum(secret, message)) {
		return schemeSorted, true
	}
	raw := append(slices.Clone(r.Body), "&time="+at...)
	return schemeRaw, hmac.Equal(given, sum(secret, raw))
}

func sum(secret string, message []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(message)
	return h.Sum(nil)
}

// verifyECDSA checks a V1 signature: base64 of ASN.1 over SHA-256 of the message,
// the key base64 of an X.509 public key on P-256.
func verifyECDSA(message []byte, signature, key string) bool {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return false
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	asn1, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signature))
	if !ok || err != nil {
		return false
	}
	digest := sha256.Sum256(message)
	return ecdsa.VerifyASN1(public, digest[:], asn1)
}

// sortedMessage is key=value of every member, sorted by key and joined by &, then
// the time. Null members are left out, empty texts are not; numbers keep their
// literal text; members of nested objects stand in place of their parent.
func sortedMessage(body []byte, at string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(visible(body)))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("the body holds more than one object")
	}
	message := appendObject(nil, object)
	if len(message) > 0 {
		message = append(message, '&')
	}
	return append(append(message, "time="...), at...), nil
}

func appendObject(b []byte, object map[string]any) []byte {
	keys := make([]string, 0, len(object))
	for k := range object {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		b = appendMember(b, k, object[k])
	}
	return b
}

func appendMember(b []byte, key string, value any) []byte {
	switch v := value.(type) {
	case nil:
		return b
	case map[string]any:
		return appendObject(b, v)
	case []any:
		for _, item := range v {
			b = appendMember(b, "", item)
		}
		return b
	case string:
		return appendPair(b, key, v)
	case json.Number:
		return appendPair(b, key, v.String())
	case bool:
		if v {
			return appendPair(b, key, "true")
		}
		return appendPair(b, key, "false")
	}
	return b
}

func appendPair(b []byte, key, value string) []byte {
	if len(b) > 0 {
		b = append(b, '&')
	}
	if key != "" {
		b = append(append(b, key...), '=')
	}
	return append(b, value...)
}

// visible drops the zero-width spaces that the documentation's samples carry
// between tokens; inside a value they would be somebody's text and are kept by
// JSON's own rules only where they stand in a string.
func visible(body []byte) []byte {
	if !bytes.Contains(body, []byte("\u200b")) {
		return body
	}
	var out []byte
	inString, escaped := false, false
	for i := 0; i < len(body); i++ {
		c := body[i]
		if !inString && bytes.HasPrefix(body[i:], []byte("\u200b")) {
			i += len("\u200b") - 1
			continue
		}
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = inString
		case c == '"':
			inString = !inString
		}
		out = append(out, c)
	}
	return out
}
