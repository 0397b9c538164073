package blockatm

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseBody(t *testing.T) {
	for _, c := range []struct{ name, body, problem string }{
		{"empty object", " { } ", ""},
		{"every type", `{"a":null,"b":true,"c":false,"d":-0.5e+3,"e":"\u00e9\n","f":[1,[],{}],"g":{"h":{}}}`, ""},
		{"zero-width spaces between tokens", "{\u200b\"a\"\u200b:\u200b1\u200b}\u200b", ""},
		{"bytes that are no UTF-8 in a text", "{\"a\":\"\xff\"}", ""},
		{"nothing", "", "not a JSON object"},
		{"an array", "[]", "not a JSON object"},
		{"a form", "id=1&status=9", "not a JSON object"},
		{"cut in a key", `{"id`, "ends in the middle"},
		{"cut in an escape", `{"id\`, "ends in the middle"},
		{"cut behind a key", `{"id"`, "ends in the middle"},
		{"cut behind a colon", `{"id":`, "ends in the middle"},
		{"cut behind a value", `{"id":1`, "ends in the middle"},
		{"cut in a word", `{"id":nul`, "'n' where a value"},
		{"two objects", `{"id":1}{"id":2}`, "'{' where the end of the object"},
		{"a zero byte behind the end", "{}\x00", `'\x00' where the end of the object`},
		{"no comma", `{"id":1 "a":2}`, `'"' where a comma or }`},
		{"trailing comma", `{"id":1,}`, "'}' where a key"},
		{"bare key", `{id:1}`, "'i' where a key"},
		{"leading zero", `{"id":01}`, "'1' where a comma or }"},
		{"bare point", `{"id":1.}`, "'}' where a digit"},
		{"a lone minus", `{"id":-}`, "'}' where a digit"},
		{"hexadecimal", `{"id":0x1}`, "'x' where a comma or }"},
		{"not a number", `{"id":NaN}`, "'N' where a value"},
		{"a raw line end in a text", "{\"id\":\"a\nb\"}", `'\n' where a character`},
		{"an unknown escape", `{"id":"\x"}`, "not valid JSON"},
		{"an escape that is cut by its quote", `{"id":"\u00\"é"}`, "not valid JSON"},
		{"a key twice", `{"id":1,"amount":"5","amount":"50"}`, `the key "amount" twice`},
		{"a key twice, once escaped", `{"id":1,"\u0069d":2}`, `the key "id" twice`},
		{"no-break space", "{\u00a0}", "where a key"},
		{"endless nesting", strings.Repeat(`{"a":`, 5000), "nested more than 32 deep"},
		{"endless arrays", `{"a":` + strings.Repeat(`[`, 5000), "nested more than 32 deep"},
	} {
		_, err := parseBody(c.body)
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, want %q", c.name, err, c.problem)
		}
	}
	many := "{" + strings.TrimSuffix(strings.Repeat(`"":0,`, 2), ",") + "}"
	if _, err := parseBody(many); err == nil {
		t.Error("two empty keys are one key twice")
	}
}

// FuzzParseBody compares with the standard library, which takes the same bodies
// but for keys that stand twice, limits and zero-width spaces.
func FuzzParseBody(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,{"b":"\ud83d\ude00"}],"c":null}`, `{"a":1e400}`, "{\u200b}", `{"a":{"a":{}}}`, `{"a":-}`, `{"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, err := parseBody(string(body))
		valid := json.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
		switch {
		case err == nil && !valid && !bytes.Contains(body, []byte(zeroWidth)):
			t.Errorf("%q is no JSON object", body)
		case err != nil && valid && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "more than"):
			t.Errorf("%q: %v", body, err)
		case err != nil || !valid || !utf8.Valid(body):
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(body, &want) != nil || len(want) != len(members) {
			return // invalid surrogates make keys equal
		}
		for _, m := range members {
			var s string
			if m.kind == text && (json.Unmarshal(want[m.key], &s) != nil || s != m.text) {
				t.Errorf("%q: member %q is %q, want %s", body, m.key, m.text, want[m.key])
			}
			if m.kind == number && string(bytes.TrimSpace(want[m.key])) != m.text {
				t.Errorf("%q: member %q is %q, want %s", body, m.key, m.text, want[m.key])
			}
		}
	})
}
