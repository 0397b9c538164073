package tabular

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// Our scanner and the standard library's must agree on every input: the same
// fields where both accept it, and no field where one of them refuses it, but for
// what we refuse on purpose.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a,b\r\n\"1\r\n\",\"\"\"\"\r\n", "\n\na\n\n", "a\"b,c\n", "\"a\"b\n", "\"a\n", "a,", "\"\"", "\r\n", "a\r", "\"a\"\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !utf8.Valid(in) || bytes.Contains(bytes.ReplaceAll(in, []byte("\r\n"), nil), []byte("\r")) {
			t.Skip("refused on purpose")
		}
		std := csv.NewReader(bytes.NewReader(in))
		std.FieldsPerRecord = -1
		want, stdErr := std.ReadAll()
		got, refused := scanAll(bytes.NewReader(in))
		if (stdErr != nil) != refused {
			t.Fatalf("encoding/csv says %v, we refuse: %v", stdErr, refused)
		}
		if stdErr == nil && !cmp.Equal(want, got) {
			t.Fatal(cmp.Diff(want, got))
		}
		again, _ := scanAll(&dripping{string(in)})
		if !cmp.Equal(got, again) {
			t.Fatalf("in pieces: %s", cmp.Diff(got, again))
		}
	})
}

// scanAll splits comma-separated records; line ends inside fields become LF, as
// encoding/csv has them.
func scanAll(in io.Reader) (records [][]string, refused bool) {
	s := &csvScanner{w: newWindow(in), comma: ',', eol: '\n', other: '\r'}
	for {
		why, err := s.next()
		if err == io.EOF {
			return records, refused
		}
		if err != nil {
			return records, true
		}
		if why != "" {
			refused = true
			continue
		}
		var record []string
		for _, c := range s.cells {
			record = append(record, strings.Clone(strings.ReplaceAll(c.text, "\r\n", "\n")))
		}
		records = append(records, record)
	}
}

// Our parser accepts what the standard library accepts, and finds the same values.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":"1"}`, `{"a":1.5e+7,"b":{"c":null}}`, `{"b":{"c":["\ud83d\ude00",true]}}`, `{"a":"\u00e9\n"}`, `{"a":01}`, `{"a":1,}`, "{\u200b}", `{"a":"x`, `{"a":-}`,
	} {
		f.Add([]byte(seed))
	}
	c := contract("a", "b.c")
	f.Fuzz(func(t *testing.T, in []byte) {
		p := objectParser{src: in, cells: make([]cell, 2), lists: make([][]string, 2)}
		p.reset(in)
		p.value(paths(c))
		rest := blank(in[p.at:])
		accepted := p.failed == nil && p.at+rest == len(in)
		valid := json.Valid(in) && len(bytes.TrimSpace(in)) > 0 && bytes.TrimSpace(in)[0] == '{'
		switch {
		case valid && !accepted && (p.failed == nil || !strings.Contains(p.failed.Error(), " more than ")):
			t.Fatalf("valid, but refused: %v", p.failed)
		case accepted && !json.Valid(in) && !strings.ContainsFunc(string(in), func(r rune) bool { return invisible(r) || r == 0xa0 }):
			t.Fatal("accepted, but not valid")
		case !accepted || !valid || p.why != "":
			return
		}
		d := json.NewDecoder(bytes.NewReader(in))
		d.UseNumber()
		var want map[string]any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		for key, v := range want {
			if s, ok := v.(string); ok && key == "a" && p.cells[0].text != s {
				t.Fatalf("a is %q, want %q", p.cells[0].text, s)
			}
			if n, ok := v.(json.Number); ok && key == "a" && (p.cells[0].text != n.String() || p.cells[0].kind != number) {
				t.Fatalf("a is %q, want the number %q", p.cells[0].text, n)
			}
		}
	})
}

// No bytes may make Read panic, lose count of the rows, or depend on how they come in.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"order_no,amount\nA1,3\n", "[{\"order_no\":1}]", "{\"order_no\":1}\n{\"order_no\":2}\n", "{\"data\":{\"list\":[{\"order_no\":\"x\"}],\"total\":3},\"success\":true}",
		"sep=;\norder_no;amount\n1;2", "\xff\xfeo\x00", "\x1f\x8b\x08", "PK\x03\x04",
	} {
		f.Add([]byte(seed))
	}
	c := contract("*order_no", "amount")
	f.Fuzz(func(t *testing.T, in []byte) {
		whole := readAll(string(in), c, Options{})
		if whole.err == nil && len(whole.rows) != whole.sum.Rows {
			t.Fatalf("%d rows counted, %d handed over", whole.sum.Rows, len(whole.rows))
		}
		if bytes.HasPrefix(in, []byte("\x1f\x8b")) {
			return // the standard library's errors differ by how bytes come in
		}
		pieces := readFrom(func() (io.ReadCloser, error) { return io.NopCloser(&dripping{string(in)}), nil }, c, Options{})
		if whole.String() != pieces.String() {
			t.Fatal(cmp.Diff(whole.String(), pieces.String()))
		}
	})
}

// The XML of a sheet comes from anywhere.
func FuzzXLSX(f *testing.F) {
	f.Add("<sheetData>" + headerXML + fmt.Sprintf(rowXML, "1.5") + "</sheetData>")
	f.Add(`<dimension ref="A1:B2"/><sheetData><row><c><f>1</f></c></row></sheetData>`)
	f.Add(`<sheetData><row r="3"><c r="B2" t="s"><v>0</v></c></row>`)
	c := contract("*order_no", "amount")
	f.Fuzz(func(t *testing.T, inside string) {
		got := readAll(sheetOf(t, inside), c, Options{})
		if got.err == nil && len(got.rows) != got.sum.Rows {
			t.Fatalf("%d rows counted, %d handed over", got.sum.Rows, len(got.rows))
		}
	})
}
