package blockatm

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/sources"
)

// The headers of a webhook, in lower case.
const (
	headerV2    = "blockatm-signature-v2"
	headerV1    = "blockatm-signature-v1"
	headerTime  = "blockatm-request-time"
	headerEvent = "blockatm-event"
)

// The signature schemes. For V2 the documentation describes two that contradict
// each other and publishes no result for either: the pages of 2025 and the FAQ
// sign the sorted members, the verification page of 2026 the raw body. Either is
// accepted, and which one matched is recorded.
const (
	schemeV2     = "blockatm_v2" // both were tried, neither matched
	schemeSorted = "blockatm_v2_sorted"
	schemeRaw    = "blockatm_v2_raw"
	schemeV1     = "blockatm_v1_ecdsa"
)

// replayWindow is the longest that the documentation lets a receiver wait between
// the signed request time and the receipt. A log is read long after both, and
// nobody says whether a retry 24 hours later or a resend within 72 carries a fresh
// time. So a time outside the window never makes a signature invalid: a genuine
// payment would be called forged. It is mentioned on the sources page instead.
const replayWindow = 15 * time.Minute

// signed reports whether a request carries a signature of either generation.
func signed(r sources.Request) bool { return r.Header[headerV2] != "" || r.Header[headerV1] != "" }

// verifier checks signatures. It keeps the keys that it has prepared, for the same
// few secrets check every line of a log, and the body that was decoded last. It may be
// used from several goroutines.
type verifier struct {
	bodies bodies
	mu     sync.Mutex
	keys   map[string]*key
	text   []byte   // the message at hand
	sorted []member // its members
	order  []int    // of the members of the body that was sorted last
}

// key is a prepared secret: of a shared one the HMAC, of a public one the key.
type key struct {
	mac    hash.Hash
	public *ecdsa.PublicKey
	sorts  bool // the sorted form matched last: it is tried first
}

// verify checks a request against one secret: the cashier's webhook secret for V2,
// the console's public key (X.509, in base64 or PEM) for V1.
func (v *verifier) verify(r sources.Request, secret string) (scheme string, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	k := v.key(secret)
	if given := r.Header[headerV2]; given != "" {
		return v.verifyV2(r, k, given)
	}
	return schemeV1, v.verifyV1(r, k, r.Header[headerV1])
}

// key prepares a secret. A public key is no shared secret: whoever knows it could
// sign with it, so it verifies V1 only. An empty secret verifies nothing.
func (v *verifier) key(secret string) *key {
	if k, ok := v.keys[secret]; ok {
		return k
	}
	public, isPublic := publicKey(secret)
	k := &key{public: public}
	if !isPublic && secret != "" {
		k.mac = hmac.New(sha256.New, []byte(secret))
	}
	if v.keys == nil {
		v.keys = map[string]*key{}
	}
	v.keys[secret] = k
	return k
}

// armour is what PEM puts around a key.
var armour = regexp.MustCompile(`-----(?:BEGIN|END) [^-]+-----`)

// publicKey reads a key of any form that people keep one in: PEM, whatever became
// of its line ends on the way through an environment, or the bare encoding, with
// the quotes or the 0x around it. What is a key of another kind, or armoured as
// one, is public too, and verifies nothing.
func publicKey(secret string) (key *ecdsa.PublicKey, isPublic bool) {
	isPublic = armour.MatchString(secret)
	text := armour.ReplaceAllString(secret, "")
	text = strings.Join(strings.Fields(strings.NewReplacer(`\r`, " ", `\n`, " ", `"`, " ", "'", " ").Replace(text)), "")
	for _, decode := range []func(string) ([]byte, error){
		base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
		func(s string) ([]byte, error) { return hex.DecodeString(strings.TrimPrefix(s, "0x")) },
	} {
		raw, err := decode(text)
		if err != nil {
			continue
		}
		if parsed := parseKey(raw); parsed != nil {
			if key, _ = parsed.(*ecdsa.PublicKey); key != nil && key.Curve != elliptic.P256() {
				key = nil
			}
			return key, true
		}
	}
	return nil, isPublic
}

// parseKey reads the encodings of a public key: X.509, the certificate of one,
// PKCS #1, and the bare point of the curve. It returns nil for anything else.
func parseKey(raw []byte) any {
	if key, err := x509.ParsePKIXPublicKey(raw); err == nil {
		return key
	}
	if certificate, err := x509.ParseCertificate(raw); err == nil {
		return certificate.PublicKey
	}
	if key, err := x509.ParsePKCS1PublicKey(raw); err == nil {
		return key
	}
	if key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw); err == nil {
		return key
	}
	return nil
}

// verifyV2 tries both forms, first the one that matched last.
func (v *verifier) verifyV2(r sources.Request, k *key, signature string) (scheme string, ok bool) {
	given, err := hex.DecodeString(strings.TrimSpace(signature))
	if err != nil || k.mac == nil {
		return schemeV2, false
	}
	for _, sorted := range [2]bool{k.sorts, !k.sorts} {
		if !v.signsV2(r, k, given, sorted) {
			continue
		}
		if k.sorts = sorted; sorted {
			return schemeSorted, true
		}
		return schemeRaw, true
	}
	return schemeV2, false
}

// signsV2 tries one form. That of the raw body needs no parsing.
func (v *verifier) signsV2(r sources.Request, k *key, given []byte, sorted bool) bool {
	at := r.Header[headerTime]
	if sorted {
		var err error
		v.text, err = v.appendSorted(v.text[:0], r.Body, at)
		return err == nil && k.signs(v.text, given)
	}
	v.text = append(append(append(v.text[:0], r.Body...), "&time="...), at...)
	return k.signs(v.text, given)
}

// signs reports whether given is the HMAC-SHA256 of the message, in constant time.
func (k *key) signs(message, given []byte) bool {
	var sum [sha256.Size]byte
	k.mac.Reset()
	k.mac.Write(message)
	return hmac.Equal(k.mac.Sum(sum[:0]), given)
}

// verifyV1 checks base64 of an ASN.1 signature over SHA-256 of the sorted members.
func (v *verifier) verifyV1(r sources.Request, k *key, signature string) bool {
	given, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signature))
	if err != nil || k.public == nil {
		return false
	}
	if v.text, err = v.appendSorted(v.text[:0], r.Body, r.Header[headerTime]); err != nil {
		return false
	}
	digest := sha256.Sum256(v.text)
	return ecdsa.VerifyASN1(k.public, digest[:], given)
}

// appendSorted appends key=value of every member, sorted by key and joined by &,
// and the request time. The details follow the provider's Java sample: null
// members are left out and empty texts are not, numbers keep their literal text,
// members of nested objects stand sorted in place of their parent, items of an
// array in their order and without a key, and nothing is URL-encoded.
func (v *verifier) appendSorted(b, body []byte, at string) ([]byte, error) {
	members, err := v.bodies.parse(body)
	if err != nil {
		return b, err
	}
	v.sort(members)
	start := len(b)
	b = appendMembers(b, v.sorted, start)
	if len(b) > start {
		b = append(b, '&')
	}
	return append(append(b, "time="...), at...), nil
}

// sort puts members into sorted, by key. A provider writes every body in the same
// order, so that of the last one mostly holds; keys are unique, so it can be seen.
func (v *verifier) sort(members []member) {
	if len(v.order) != len(members) || !v.inOrder(members) {
		v.order = v.order[:0]
		for i := range members {
			v.order = append(v.order, i)
		}
		slices.SortFunc(v.order, func(a, b int) int { return strings.Compare(members[a].key, members[b].key) })
	}
	v.sorted = v.sorted[:0]
	for _, i := range v.order {
		v.sorted = append(v.sorted, members[i])
	}
}

// inOrder reports whether the last order sorts these members, too.
func (v *verifier) inOrder(members []member) bool {
	for n := 1; n < len(v.order); n++ {
		if members[v.order[n-1]].key >= members[v.order[n]].key {
			return false
		}
	}
	return true
}

// appendObject sorts and appends members; the message began at start.
func appendObject(b []byte, members []member, start int) []byte {
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	return appendMembers(b, members, start)
}

func appendMembers(b []byte, members []member, start int) []byte {
	for i := range members {
		switch m := &members[i]; m.kind {
		case null:
		case object:
			b = appendObject(b, slices.Clone(m.members), start)
		case array:
			b = appendMembers(b, m.members, start)
		default:
			if len(b) > start {
				b = append(b, '&')
			}
			if m.key != "" {
				b = append(append(b, m.key...), '=')
			}
			b = append(b, m.text...)
		}
	}
	return b
}
