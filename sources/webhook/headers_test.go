package webhook

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

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
		{"a line end in a text", "{\"a\":\"b\nc\"}", nil},
		{"a zero byte in a name", "{\"a\x00\":\"b\"}", nil},
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

// FuzzHeaders compares with the standard library: what is no JSON is refused, and
// objects of texts, numbers, words and lists of them are read as it reads them.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{`{"X-Sig":["a","b"],"y":"\u00e9"}`, `{"a":null,"b":[1]}`, `{"a" :[ ] }`, `{"`, `{"a":1e3,"A":true,"a":"b"}`, "{\"a\":\"\n\"}", `{"a":{}}`, `[]`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := new(headerReader).read(text)
		if text == "" || text == "[]" { // no headers
			if err != nil || len(got) > 0 {
				t.Errorf("%q: %v %v", text, got, err)
			}
			return
		}
		want, ok := flat(text)
		switch {
		case !ok && err == nil:
			t.Errorf("%q was accepted: %v", text, got)
		case ok && err != nil:
			t.Errorf("%q: %v", text, err)
		case ok && utf8.ValidString(text): // else the library replaces bytes
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got)\n%s", text, diff)
			}
		}
	})
}

// flat reads headers with the standard library, the first of those that stand twice.
func flat(text string) (headers map[string]string, ok bool) {
	var whole map[string]any
	if json.Unmarshal([]byte(text), &whole) != nil || whole == nil {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	d.Token() // {
	headers = map[string]string{}
	for d.More() {
		name, _ := d.Token()
		var value any
		if d.Decode(&value) != nil {
			return nil, false
		}
		var first any = ""
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for i, v := range list {
			switch v.(type) {
			case []any, map[string]any:
				return nil, false
			case nil:
				v = ""
			}
			if i == 0 {
				first = v
			}
		}
		if lower := strings.ToLower(name.(string)); headers[lower] == "" {
			headers[lower] = fmt.Sprint(first)
		}
	}
	return headers, true
}
