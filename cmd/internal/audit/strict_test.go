package audit

import (
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"a": [1, "two", true, null, {"b": {}}]}`, ""},
		{`{"a": 1, "a": 2}`, "twice"},
		{`{"a": {"b": 1, "b": 1}}`, "twice"},
		{`{} {}`, "follows"},
		{`{"a": `, "EOF"},
		{`{"a" 1}`, "invalid"},
		{strings.Repeat("[", 40) + strings.Repeat("]", 40), "deeply"},
	} {
		_, err := decode([]byte(c.text))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzDecode: whatever result.json holds, reading it ends without a panic, and one
// of another date is refused.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(rolledJSON))
	f.Add([]byte(`{"schema": 1, "counts": {"orders": {"agreed": "1"}}, "tie_out": {"assets": [1, {}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := decode(text)
		keys, ok := v.(map[string]any)
		if err != nil || !ok {
			return
		}
		d := &Date{Name: "2026-03-17"}
		m := d.fill(object{d: d, keys: keys})
		if d.checkManifest(m); m.asOf != d.Name && d.Failed == 0 {
			t.Errorf("the manifest of %q was taken for that of %s", m.asOf, d.Name)
		}
		b := newBook(d, m)
		b.checkTieOut()
		b.checkRolls()
		b.checkCounts()
		b.checkSources()
	})
}

func TestUnescape(t *testing.T) {
	for cell, want := range map[string]string{"'=1": "=1", "''=1": "'=1", "'a": "'a", "=1": "=1", "' -1": " -1", "": "", "'": "'", "'\u200b@x": "\u200b@x"} {
		if got := unescape(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}
