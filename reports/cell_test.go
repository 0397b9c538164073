package reports

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ text, escaped string }{
		{"", ""},
		{"N-1001", "N-1001"},
		{"12.50", "12.50"},
		{"a=b", "a=b"},
		{"=1+1", "'=1+1"},
		{"+49 30", "'+49 30"},
		{"-1", "'-1"},
		{"@user", "'@user"},
		{"|calc", "'|calc"},
		{"\t=1", "'\t=1"},
		{"\x00", "'\x00"},
		{"＝1", "'＝1"},
		{"  =1", "'  =1"},
		{"\u200b\ufeff=1", "'\u200b\ufeff=1"},
		{"\u202e=1", "'\u202e=1"},
		{"\u00a0=1", "'\u00a0=1"},
		{"'=1", "''=1"}, // would not come back otherwise
		{"'' =1", "''' =1"},
		{"'quoted'", "'quoted'"},
		{"'", "'"},
		{" ", " "},
	} {
		if got := Escape(tt.text); got != tt.escaped {
			t.Errorf("Escape(%q) = %q, want %q", tt.text, got, tt.escaped)
		}
		if got := Unescape(tt.escaped); got != tt.text {
			t.Errorf("Unescape(%q) = %q, want %q", tt.escaped, got, tt.text)
		}
	}
}

// texts draws texts that are likely to be near the border of the rule.
func texts() *rapid.Generator[string] {
	near := rapid.SliceOfN(rapid.SampledFrom([]string{"'", " ", "\u200b", "\u00a0", "\u2066", "=", "+", "-", "@", "|", "\t", "\r", "\n", "\x00", "＝", "a", "1", ",", `"`, ".", `\`, "\xff"}), 0, 8)
	return rapid.OneOf(rapid.Map(near, func(s []string) string { return strings.Join(s, "") }), rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func TestEscapeComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := texts().Draw(t, "text")
		escaped := Escape(x)
		if got := Unescape(escaped); got != x {
			t.Fatalf("%q was escaped to %q and came back as %q", x, escaped, got)
		}
		first := strings.TrimLeftFunc(escaped, func(r rune) bool {
			return unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r)
		})
		if first != "" && strings.ContainsRune("=+-@|\t\r\n\x00＝＋－＠", []rune(first)[0]) {
			t.Fatalf("%q was escaped to %q, which starts a formula", x, escaped)
		}
		if y := texts().Draw(t, "other"); y != x && Escape(y) == escaped {
			t.Fatalf("%q and %q both became %q", x, y, escaped)
		}
	})
}

func FuzzEscape(f *testing.F) {
	for _, s := range evil {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, x string) {
		if got := Unescape(Escape(x)); got != x {
			t.Fatalf("%q came back as %q", x, got)
		}
	})
}

func TestTypedCells(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind kind
		raw  string
		want string
	}{
		{"a negative amount is a number", amount, "-12.50", "-12.50"},
		{"an amount that is none is text", amount, "-12.50+1", "'-12.50+1"},
		{"a negative whole number", number, "-2", "-2"},
		{"an exponent is no decimal", amount, "-1e5", "'-1e5"},
		{"a point without digits", amount, "-.", "'-."},
		{"a time", instant, monday, monday},
		{"a hash", hash, txOne + "|" + txTwo, txOne + "|" + txTwo},
		{"a hash that is none", hash, "=1", "'=1"},
		{"a link that is none", link, "@x", "'@x"},
		{"free text that looks like a number", text, "-12.50", "'-12.50"},
	} {
		if got := escapeAs(tt.kind, tt.raw); got != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.name, tt.raw, got, tt.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "-0": true, "12": true, "-1.5": true, largest: true,
		"": false, "-": false, ".": false, "1.": false, ".5": false, "1.2.3": false, "--1": false, "+1": false, "1e5": false, " 1": false, "１": false,
	} {
		if got := decimal(text); got != want {
			t.Errorf("decimal(%q) = %v, want %v", text, got, want)
		}
	}
}

// Both writers of CSV files must quote alike.
func TestSealQuotesAsEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := texts().Draw(t, "text")
		k := rapid.SampledFrom([]kind{text, amount, number, instant, hash, link}).Draw(t, "kind")
		var want bytes.Buffer
		w := csv.NewWriter(&want)
		if err := w.Write([]string{"before", escapeAs(k, raw), "after"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		got := seal(append([]byte("before,"), raw...), len("before,"), k)
		if got := string(got) + ",after\n"; got != want.String() {
			t.Fatalf("%q was written as %q, encoding/csv writes %q", raw, got, want.String())
		}
	})
}

func TestVisible(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"plain", "plain"},
		{"Müller 株式会社 🙂", "Müller 株式会社 🙂"},
		{"abc\u202edef", "abc⟦U+202E⟧def"},
		{"a\u200bb\ufeff", "a⟦U+200B⟧b⟦U+FEFF⟧"},
		{"\x1b[31mred", "⟦U+001B⟧[31mred"},
		{"two\nlines\tand a tab", "two\nlines\tand a tab"},
		{"\r", "⟦U+000D⟧"},
		{"bad\xff", "bad⟦0xFF⟧"},
		{"bad\xfe", "bad⟦0xFE⟧"},
		{"really \ufffd", "really \ufffd"},
		{"\x7f\u0085\u2028", "⟦U+007F⟧⟦U+0085⟧⟦U+2028⟧"},
	} {
		if got := visible(tt.text); got != tt.want {
			t.Errorf("visible(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
