package webhook

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeaders(t *testing.T) {
	var h headerReader
	for _, c := range []struct {
		name, text string
		want       map[string]string // nil = refused
	}{
		{"none", "", map[string]string{}},
		{"no object", "{ }", map[string]string{}},
		{"an empty list", "[]", map[string]string{}},
		{"texts", `{"X-Sig":"a b","x-time": "1"}`, map[string]string{"x-sig": "a b", "x-time": "1"}},
		{"lists", ` { "X-Sig" : [ "a" , "b" ] , "Y" : [ ] } `, map[string]string{"x-sig": "a", "y": ""}},
		{"escapes", `{"X-\u0053ig":"\"a\\\u00e9","Y":["\n"]}`, map[string]string{"x-sig": `"a\é`, "y": "\n"}},
		{"numbers, words and null", `{"Length":12,"On":true,"Sig":null,"Many":[null,7]}`, map[string]string{"length": "12", "on": "true", "sig": "", "many": ""}},
		{"one header in two spellings: the first", `{"X-Sig":"a","x-sig":"b"}`, map[string]string{"x-sig": "a"}},
		{"the row before is forgotten", `{"Z":"1"}`, map[string]string{"z": "1"}},
		{"a text", `"dropped"`, nil},
		{"a list", `["a"]`, nil},
		{"an object inside", `{"a":{"b":"c"}}`, nil},
		{"a list inside a list", `{"a":[["b"]]}`, nil},
		{"cut", `{"a":"b`, nil},
		{"cut in an escape", `{"a":"b\`, nil},
		{"cut behind a comma", `{"a":"b",`, nil},
		{"no colon", `{"a","b"}`, nil},
		{"a bare word", `{"a":b}`, nil},
		{"more behind it", `{"a":"b"}{}`, nil},
		{"a zero byte behind it", "{}\x00", nil},
	} {
		got, err := h.read(c.text)
		switch {
		case c.want == nil:
			if err == nil {
				t.Errorf("%s: %s was accepted: %v", c.name, c.text, got)
			}
		case err != nil || !maps.Equal(c.want, got):
			t.Errorf("%s: %v %v, want %v", c.name, got, err, c.want)
		}
	}
}

// FuzzHeaders compares with the standard library on objects of texts and lists.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{`{"X-Sig":["a","b"],"y":"\u00e9"}`, `{"a":null,"b":[1]}`, `{"a" :[ ] }`, `{"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var h headerReader
		got, err := h.read(text)
		var texts map[string]string
		if json.Unmarshal([]byte(text), &texts) != nil || strings.TrimSpace(text) == "null" || strings.Contains(text, "null") {
			return
		}
		want := map[string]string{}
		for name, value := range texts {
			if lower := strings.ToLower(name); want[lower] == "" && !twice(texts, lower) {
				want[lower] = strings.ToValidUTF8(value, "\ufffd")
			}
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for name, value := range want {
			if got := strings.ToValidUTF8(got[name], "\ufffd"); got != value && !strings.Contains(value, "\ufffd") {
				t.Errorf("%q: %s", text, cmp.Diff(value, got))
			}
		}
	})
}

// twice reports whether a name stands in several spellings.
func twice(texts map[string]string, lower string) bool {
	n := 0
	for name := range texts {
		if strings.ToLower(name) == lower {
			n++
		}
	}
	return n > 1
}
