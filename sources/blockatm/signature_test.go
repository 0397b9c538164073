package blockatm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tieout/sources"
)

const (
	sampleSecret = "sck_QOoPSlHDSsgXYeNyTP2i0ug1HKLRjHw9Ug7mCc1Q0"
	sampleTime   = "1743060268000"
	signingBody  = `{"amount":999,"cashierId":91,"chainId":"11155111","custNo":"cust00001","fromAddress":"0xa9e358e33a57e67c9b84618a52f0194c345c8e35","id":8210003764,"network":"Ethereum","status":9,"symbol":"USDT","txId":"0x1da59f33aa6f6b435514126e26d5622c3e377e4762579aa0ac0130139625853d"}`

	sampleKey   = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjqDDEF5uuVoAFCxftskpMszLQMro888rFlrowcTzVibc4J2PgDywFZYXc6x21yHcenJ2bCZ/03XkMrbKqqEwA=="
	sampleECDSA = "MEYCIQDHxQ0IhgUNbRqTKbU71fBkp+lAJlMXEQYt6mDQfWRY7gIhAMWIpVoG6qBhgIPi30x30wLlAaxyhptZfm6nMRz75VxA"
	v1Body      = `{"type":1,"txId":"1t","amount":"13.410037","chainId":"5","custNo":"OrderNO_123456","fee":"2","network":"TRON","orderNo":null,"platOrderNo":"8210000374","status":1,"symbol":"USDT"}`
)

// vectors are the provider's inputs. "Published" ones have a published result;
// "computed" ones have a result that follows from the written rule, so they prove
// that the rule is followed, not that the live service does.
var vectors = []struct{ name, header, signature, at, body, secret, scheme string }{
	{"V1-1, published", headerV1, sampleECDSA, "1696947336603", v1Body, sampleKey, schemeV1},
	{"V2-1 sorted, computed", headerV2, "dc6eb4a1d14c5db3f48c6d66f8ba4697d1ddd99bf8bbaf87eefcb4bf5db3d963", sampleTime, signingBody, sampleSecret, schemeSorted},
	{"V2-2 raw, computed", headerV2, "ddf299c3542d9cc3a85837c7c1a8b7a6d3f4443bd5f4a09d268e137bd6510635", "1693212861000", `{"amount":"13.41"}`, "your_webhook_secret", schemeRaw},
	{"V2-3 raw, computed", headerV2, "0bebc162f85ae1b570ce941c271c071f42baa8369b0cdbe4fd53165a0d13499a", sampleTime, signingBody, sampleSecret, schemeRaw},
	{"V2-4 sorted with spaces in a value, computed", headerV2, "18c25259e7802bbb1b0a62198600aeafd14d7dcfc20bc36a5121c39e422c4551", sampleTime,
		`{"toAddress":"0xc87dd49427a188bf2b601c1d5cd2aaf36bd553d2","symbol":"USDT","remark":"demo for create payout order","merchantId":286000260,"custNo":"473_860001","chainId":"11155111","bizOrderNo":"B234569885XASA953ASDSAD","amount":"44"}`,
		sampleSecret, schemeSorted},
}

func TestVectors(t *testing.T) {
	for _, c := range vectors {
		var v verifier
		request := func(signature, at, body string) sources.Request {
			return sources.Request{Header: map[string]string{c.header: signature, headerTime: at}, Body: []byte(body)}
		}
		if scheme, ok := v.verify(request(c.signature, c.at, c.body), c.secret); !ok || scheme != c.scheme {
			t.Errorf("%s: %s %v", c.name, scheme, ok)
		}
		if scheme, ok := v.verify(request(" "+strings.ToUpper(c.signature)+"\n", c.at, c.body), c.secret); c.header == headerV2 && (!ok || scheme != c.scheme) {
			t.Errorf("%s in capitals and with space: %s %v", c.name, scheme, ok)
		}
		for what, r := range map[string]sources.Request{
			"a longer body":       request(c.signature, c.at, c.body[:len(c.body)-1]+`,"z":"1"}`),
			"another amount":      request(c.signature, c.at, strings.Replace(c.body, `"amount":`, `"amount":1`, 1)),
			"another time":        request(c.signature, "1743060268001", c.body),
			"no time":             request(c.signature, "", c.body),
			"half a signature":    request(c.signature[:len(c.signature)/2], c.at, c.body),
			"an empty signature":  request("", c.at, c.body),
			"no signature at all": request("00", c.at, c.body),
			"a text as signature": request("valid", c.at, c.body),
		} {
			if _, ok := v.verify(r, c.secret); ok {
				t.Errorf("%s verifies with %s", c.name, what)
			}
		}
		for _, secret := range []string{"", "another", c.secret[1:], sampleKey[:40], base64.StdEncoding.EncodeToString([]byte("no key"))} {
			if _, ok := v.verify(request(c.signature, c.at, c.body), secret); ok {
				t.Errorf("%s verifies with the secret %q", c.name, secret)
			}
		}
	}
}

// TestURLVector is published with its result, and signs with the same HMAC.
func TestURLVector(t *testing.T) {
	k := new(verifier).key("sk_ci_QOoPSlHDSsgXYeNyTP2i0ug1HKLRjHw9Ug7mCc1Q0")
	given, err := hex.DecodeString("5b2419abcb925389c3f6cb42f35eed85ec36b95578a9d25ee500f9fafdeb08dc")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the prepared key is used again
		if !k.signs([]byte("apiKey=pk_payment_my3T68cbuIXf1x3QOEbWtFEfcJPxeBr8wTewDVM&custNo=C86002201&orderNo=C202503225"), given) {
			t.Error("it does not verify")
		}
	}
}

// forms are the ways in which people keep a public key.
func forms(der []byte) map[string]string {
	armoured := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return map[string]string{
		"base64": base64.StdEncoding.EncodeToString(der), "base64 with space": " " + base64.StdEncoding.EncodeToString(der) + "\n",
		"base64 without padding": base64.RawStdEncoding.EncodeToString(der), "URL base64": base64.RawURLEncoding.EncodeToString(der),
		"hex": hex.EncodeToString(der), "PEM": armoured, "PEM with line ends of Windows": strings.ReplaceAll(armoured, "\n", "\r\n"),
		"PEM in one line": strings.ReplaceAll(armoured, "\n", " "), "PEM with written line ends": strings.ReplaceAll(armoured, "\n", `\n`),
		"base64 in quotes": `"` + base64.StdEncoding.EncodeToString(der) + `"`, "base64 in single quotes": "'" + base64.StdEncoding.EncodeToString(der) + "'\n",
		"hex with 0x": "0x" + hex.EncodeToString(der),
	}
}

// signsV2 reports whether a V2 signature that is computed with the secret verifies.
func signsV2(secret string) bool {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%s&time=%s", signingBody, sampleTime)
	r := sources.Request{Header: map[string]string{headerV2: hex.EncodeToString(h.Sum(nil)), headerTime: sampleTime}, Body: []byte(signingBody)}
	_, ok := new(verifier).verify(r, secret)
	return ok
}

// TestPublicKeyIsNoSecret: a V1 key is public, so whoever knows it can compute an
// HMAC with it. Neither its text in any form nor an empty secret may verify V2, and
// in every form it verifies V1.
func TestPublicKeyIsNoSecret(t *testing.T) {
	der, err := base64.StdEncoding.DecodeString(sampleKey)
	if err != nil {
		t.Fatal(err)
	}
	keys := forms(der)
	for form, secret := range forms(der[len(der)-65:]) { // the point alone
		keys["point, "+form] = secret
	}
	for form, secret := range keys {
		if signsV2(secret) {
			t.Errorf("%s verifies V2", form)
		}
		r := sources.Request{Header: map[string]string{headerV1: sampleECDSA, headerTime: "1696947336603"}, Body: []byte(v1Body)}
		if _, ok := new(verifier).verify(r, secret); !ok {
			t.Errorf("%s does not verify V1", form)
		}
	}
	if signsV2("") {
		t.Error("an empty secret verifies V2")
	}
	if !signsV2(sampleSecret) {
		t.Error("a shared secret does not verify V2")
	}
}

// TestOtherCurves: V1 keys are on P-256. Other keys verify nothing, and are public
// all the same.
func TestOtherCurves(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edKey, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, public := range map[string]any{"P-384": &p384.PublicKey, "RSA": &rsaKey.PublicKey, "Ed25519": edKey} {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		for form, secret := range forms(der) {
			if key, isPublic := publicKey(secret); key != nil || !isPublic {
				t.Errorf("%s in %s: key %v, public %v", name, form, key, isPublic)
			}
			if signsV2(secret) {
				t.Errorf("%s in %s verifies V2", name, form)
			}
		}
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, &p384.PublicKey, p384)
	if err != nil {
		t.Fatal(err)
	}
	for name, der := range map[string][]byte{"PKCS #1": x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey), "a certificate": certificate} {
		for form, secret := range forms(der) {
			if signsV2(secret) {
				t.Errorf("%s in %s verifies V2", name, form)
			}
		}
	}
	if signsV2("-----BEGIN PUBLIC KEY-----\ncut") {
		t.Error("what is armoured as a key verifies V2")
	}
}

func TestSigned(t *testing.T) {
	for _, c := range []struct {
		header map[string]string
		want   bool
	}{
		{nil, false},
		{map[string]string{headerTime: sampleTime, headerEvent: "payment"}, false},
		{map[string]string{headerV1: ""}, false},
		{map[string]string{headerV1: "x"}, true},
		{map[string]string{headerV2: "x"}, true},
	} {
		if got := signed(sources.Request{Header: c.header}); got != c.want {
			t.Errorf("%v: %v", c.header, got)
		}
	}
}

func TestSortedMessage(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"empty", `{}`, "time=7"},
		{"only null", `{"a":null,"b":{},"c":[]}`, "time=7"},
		{"null is left out, an empty text is not", `{"b":"","a":null}`, "b=&time=7"},
		{"sorted by byte, capitals first", `{"b":1,"a":2,"B":3,"_":4}`, "B=3&_=4&a=2&b=1&time=7"},
		{"numbers keep their text", `{"a":2000.00,"b":1E+3,"c":-0,"d":12345678901234567890.10}`, "a=2000.00&b=1E+3&c=-0&d=12345678901234567890.10&time=7"},
		{"booleans", `{"a":true,"b":false}`, "a=true&b=false&time=7"},
		{"a nested object in place of its parent", `{"c":1,"b":{"z":2,"y":{"x":3}},"a":4}`, "a=4&x=3&z=2&c=1&time=7"},
		{"an array in its order, scalars without a key", `{"b":[3,{"z":1,"y":2},"s",null,[4]],"a":""}`, "a=&3&y=2&z=1&s&4&time=7"},
		{"nothing is encoded", `{"a":"x y&z=ü+%"}`, "a=x y&z=ü+%&time=7"},
		{"escapes are the text that they stand for", `{"a":"\u00fc\/\"\\"}`, `a=ü/"\&time=7`},
		{"bytes that are no UTF-8 beside escapes", "{\"a\":\"\xff\\u00fc\xfe\\ud83d\\ude00\\n\xc3\"}", "a=\xffü\xfe😀\n\xc3&time=7"},
		{"a zero-width space is none between tokens and text in a value", "{\u200b\"a\":\u200b\"x\u200b\"}", "a=x\u200b&time=7"},
		{"the payout of several orders", `{"detailList":[{"orderNo":"TX1","amount":"1.00000000"},{"orderNo":"TX2","amount":"1.00000000"}],"chainId":"5"}`,
			"chainId=5&amount=1.00000000&orderNo=TX1&amount=1.00000000&orderNo=TX2&time=7"},
	} {
		got, err := new(verifier).appendSorted(nil, []byte(c.body), "7")
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, got, err, c.want)
		}
	}
}

// TestSortedIsOfMembers: the order of the members and the space between them are
// no part of the message.
func TestSortedIsOfMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(rapid.StringMatching(`[a-zA-Z_]{1,8}`), rapid.SampledFrom([]any{"", "x", nil, true, 5, "é"})).Draw(t, "members")
		compact, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		var members []string
		for k, v := range object {
			member, err := json.Marshal(map[string]any{k: v})
			if err != nil {
				t.Fatal(err)
			}
			members = append(members, strings.Trim(string(member), "{}"))
		}
		shuffled := "{\n " + strings.Join(rapid.Permutation(members).Draw(t, "order"), " ,\t") + "}"
		var v verifier // of both, so that the order it remembers must not matter
		a, errA := v.appendSorted(nil, compact, "7")
		b, errB := v.appendSorted(nil, []byte(shuffled), "7")
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %q %v\n%s: %q %v", compact, a, errA, shuffled, b, errB)
		}
	})
}

// TestVerifyFromManyGoroutines: run with -race.
func TestVerifyFromManyGoroutines(t *testing.T) {
	var v verifier
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, c := range vectors {
				r := sources.Request{Header: map[string]string{c.header: c.signature, headerTime: c.at}, Body: []byte(c.body)}
				if scheme, ok := v.verify(r, c.secret); !ok || scheme != c.scheme {
					t.Errorf("%s: %s %v", c.name, scheme, ok)
				}
			}
		})
	}
	all.Wait()
}

func FuzzSortedMessage(f *testing.F) {
	f.Add([]byte(signingBody), sampleTime)
	f.Add([]byte(`{"b":[1,{"c":"\ud83d"}],"a":{}}`), "")
	f.Fuzz(func(t *testing.T, body []byte, at string) {
		message, err := new(verifier).appendSorted([]byte("before"), body, at)
		if !bytes.HasPrefix(message, []byte("before")) {
			t.Errorf("%q: what stood before is gone", message)
		}
		if err == nil && !bytes.HasSuffix(message, []byte("time="+at)) {
			t.Errorf("%q does not end with the time", message)
		}
	})
}
