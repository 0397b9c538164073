package tabular

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func gzipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inUTF16(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func TestReadFormats(t *testing.T) {
	const orders = "order_no,amount\nA1,3\nÄ😀,4\n"
	const rows = "2: A1 | 3\n3: Ä😀 | 4\n"
	workbook := workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}, {"A1", 3}}})
	for _, tt := range []struct{ name, in, format, want string }{
		{"plain", orders, "csv", rows},
		{"gzip", gzipped(t, orders), "csv+gzip", rows},
		{"gzip of JSON lines", gzipped(t, "{\"order_no\":\"A1\",\"amount\":3}\n{\"order_no\":\"A2\",\"amount\":4}\n"), "jsonl+gzip", "1: A1 | 3\n2: A2 | 4\n"},
		{"gzip of a workbook", gzipped(t, workbook), "xlsx+gzip", "2: A1 | 3\n"},
		{"gzip in gzip", gzipped(t, gzipped(t, orders)), "", "ERROR orders: it is gzip inside gzip: unpack it once\n"},
		{"gzip of nothing", gzipped(t, ""), "", "ERROR orders: it is empty\n"},
		{"no gzip", "\x1f\x8bxx", "", "ERROR orders: it starts like gzip but is none: unexpected EOF\n"},
		{"UTF-8 with byte order mark", "\ufeff" + orders, "csv", rows},
		{"UTF-16 little endian with mark", inUTF16(binary.LittleEndian, "\ufeff"+orders), "csv", rows},
		{"UTF-16 big endian with mark", inUTF16(binary.BigEndian, "\ufeff"+orders), "csv", rows},
		{"UTF-16 little endian without mark", inUTF16(binary.LittleEndian, orders), "csv", rows},
		{"UTF-16 big endian without mark", inUTF16(binary.BigEndian, orders), "csv", rows},
		{"UTF-16 with half a pair", inUTF16(binary.LittleEndian, "order_no,amount\nA") + "\x00\xd8" + inUTF16(binary.LittleEndian, ",3\nA2,4\n"), "csv", "BAD orders line 2: " + notUTF8 + "\n3: A2 | 4\n"},
		{"UTF-16 with half a pair before a line end", inUTF16(binary.LittleEndian, "order_no,amount\nA1,3") + "\x00\xd8" + inUTF16(binary.LittleEndian, "\nA2,4\n"), "csv", "BAD orders line 2: " + notUTF8 + "\n3: A2 | 4\n"},
		{"UTF-16 cut inside a unit", inUTF16(binary.LittleEndian, "order_no,amount\nA1,3\nA2,4") + "x", "csv", "2: A1 | 3\nBAD orders line 3: " + notUTF8 + "\nWARNING line 3, the last one, has no line end: the file may be cut\n"},
		{"Windows-1252 is not guessed", "order_no,amount\n\xc4rger,3\n", "csv", "BAD orders line 2: " + notUTF8 + "\n"},
		{"zstd", "\x28\xb5\x2f\xfd....", "", "ERROR orders: it is packed with zstd: unpack it, or pack it with gzip\n"},
		{"parquet", "PAR1....", "", "ERROR orders: it is a Parquet file, which is not a text table: convert it to CSV\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(tt.in, contract("*order_no", "*amount"), Options{})
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if tt.format != "" && got.sum.Format != tt.format {
				t.Errorf("format %q, want %q", got.sum.Format, tt.format)
			}
		})
	}
}

// Rows in front of the damage are delivered; the rest is an error that says so.
func TestGzipCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lines := []string{"order_no,amount"}
	for range 100_000 {
		lines = append(lines, strings.Repeat("x", 1+r.IntN(9))+",1")
	}
	whole := gzipped(t, strings.Join(lines, "\n")+"\n")
	got := readAll(whole[:len(whole)/2], contract("*order_no"), Options{})
	if len(got.rows) == 0 || got.err == nil || !strings.Contains(got.err.Error(), "the gzip stream ends early") {
		t.Errorf("%d rows, error %v", len(got.rows), got.err)
	}
	for i, row := range got.rows {
		if want, _, _ := strings.Cut(lines[i+1], ","); !strings.HasSuffix(row, ": "+want) {
			t.Fatalf("row %d is %q, want %q", i, row, want)
		}
	}
}

func TestGzipBomb(t *testing.T) {
	bomb := gzipped(t, "order_no\n"+strings.Repeat(strings.Repeat("0", 99)+"\n", 200_000))
	got := readAll(bomb, contract("*order_no"), Options{})
	if got.err == nil || !strings.Contains(got.err.Error(), "made to burst") {
		t.Errorf("error %v", got.err)
	}
}

func TestDelimiter(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		c    Contract
		o    Options
		want string
	}{
		{"named in the options", "a;b\n1;2\n", contract("a", "b"), Options{Comma: ';'}, "2: 1 | 2\n"},
		{"an unusual one", "a^b\n1^2\n", contract("a", "b"), Options{Comma: '^'}, "2: 1 | 2\n"},
		{"named wrongly", "a;b\n1;2\n", contract("*a", "b"), Options{Comma: ','}, "ERROR orders line 1 column \"a\": required, but the header does not have it: the file has \"a;b\"\n"},
		{"one that cannot be", "a\n", contract("a"), Options{Comma: '€'}, "ERROR orders: delimiter '€': it must be one ASCII character and no quote or line end\n"},
		{"a single column", "address\n0x1\n", contract("*address"), Options{}, "2: 0x1\n"},
		{"commas inside semicolon-separated headers", "a;b,c;d\n1;2;3\n", contract("*a", "d"), Options{}, "2: 1 | 3\n"},
		{"no contract decides", "x;y,z\n1;2,3\n", contract("a"), Options{}, "ERROR orders line 1: the delimiter may be ',' or ';': name it in the source's options\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readAll(tt.in, tt.c, tt.o).String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestSummaryAndRow(t *testing.T) {
	c := contract("*order_no", "amount", "transactions[].hash=txid", "absent")
	type seen struct {
		Header  Summary
		Numbers []bool
		Has     []bool
		Lists   [][]string
		Headers []string
		Raw     string
		Err     string
	}
	look := func(in string) (got seen) {
		_, err := Read("orders", file(in), c, Options{}, Handler{
			Header: func(s Summary) error { got.Header = s; return nil },
			Row: func(r *Row) error {
				for i := range c.Columns {
					got.Numbers = append(got.Numbers, r.Number(i))
					got.Has = append(got.Has, r.Has(i))
					got.Lists = append(got.Lists, r.List(i))
					got.Headers = append(got.Headers, strings.Clone(r.Header(i)))
				}
				got.Raw = r.Raw()
				got.Err = r.Errorf(1, "%q is ambiguous", r.Text(1)).Error()
				return nil
			},
		})
		if err != nil {
			t.Error(err)
		}
		return got
	}
	for _, tt := range []struct {
		name, in string
		want     seen
	}{
		{"csv", "Order No,AMOUNT,txid,Remark\nA1,\"1,5\",0x1,x\n", seen{
			Summary{Format: "csv", Header: []string{"Order No", "AMOUNT", "txid", "Remark"}, Extra: []string{"Remark"}},
			[]bool{false, false, false, false}, []bool{true, true, true, false}, [][]string{{"A1"}, {"1,5"}, {"0x1"}, nil},
			[]string{"Order No", "AMOUNT", "txid", "absent"}, "A1,\"1,5\",0x1,x", `orders line 2 column "AMOUNT": "1,5" is ambiguous`,
		}},
		{"json", `[{"orderNo":"A1","amount":15,"transactions":[{"hash":"0x1"},{"hash":"0x2"}],"remark":{"a":1}}]`, seen{
			Summary{Format: "json", Header: []string{"orderNo", "amount", "transactions.hash", "remark"}, Extra: []string{"remark"}},
			[]bool{false, true, false, false}, []bool{true, true, true, false}, [][]string{{"A1"}, {"15"}, {"0x1", "0x2"}, nil},
			[]string{"orderNo", "amount", "transactions.hash", "absent"},
			`{"orderNo":"A1","amount":15,"transactions":[{"hash":"0x1"},{"hash":"0x2"}],"remark":{"a":1}}`, `orders line 1 column "amount": "15" is ambiguous`,
		}},
		{"xlsx", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount", "txid"}, {"A1", 15, "0x1"}}}), seen{
			Summary{Format: "xlsx", Sheet: "Orders", Header: []string{"order_no", "amount", "txid"}},
			[]bool{false, true, false, false}, []bool{true, true, true, false}, [][]string{{"A1"}, {"15"}, {"0x1"}, nil},
			[]string{"order_no", "amount", "txid", "absent"}, "A1\t15\t0x1", `orders sheet "Orders" line 2 column "amount": "15" is ambiguous`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, look(tt.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What a delivery was signed over must not lose its last line end.
func TestVerbatim(t *testing.T) {
	var got string
	_, err := Read("log", file(`{"body":" {\"a\":1}\n","x":{"y": [1, 2]}}`), contract("body", "x"), Options{}, Handler{Row: func(r *Row) error {
		got = r.Verbatim(0) + "|" + r.Text(0) + "|" + r.Text(1)
		return nil
	}})
	if want := " {\"a\":1}\n|{\"a\":1}|{\"y\": [1, 2]}"; got != want || err != nil {
		t.Errorf("got %q, want %q, error %v", got, want, err)
	}
}

func TestHandlersStopTheFile(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	_, err := Read("orders", file("a\n1\n2\n"), contract("a"), Options{}, Handler{Row: func(*Row) error { n++; return stop }})
	if err != stop || n != 1 {
		t.Errorf("Row: %v after %d rows", err, n)
	}
	_, err = Read("orders", file("a\n1,2\n"), contract("a"), Options{}, Handler{})
	if err == nil {
		t.Error("a bad row that nobody takes must be an error")
	}
	_, err = Read("orders", func() (io.ReadCloser, error) { return nil, stop }, contract("a"), Options{}, Handler{})
	if !errors.Is(err, stop) {
		t.Errorf("opening: %v", err)
	}
}

// Small reads must not change what is seen: records lie across every boundary.
func TestReadInPieces(t *testing.T) {
	c := contract("*order_no", "amount", "note")
	for name, in := range map[string]string{
		"csv":   "order_no,amount,note\r\nA1,3,\"a\r\n\"\"b\"\"\"\r\n\r\nA2,4,😀\r\nA3,\"5\"x,\r\n",
		"jsonl": "{\"order_no\":\"A1\",\"amount\":12}\n{\"order_no\":\"\\ud83d\\ude00\"}\n",
		"json":  "\ufeff[{\"order_no\":\"A1\",\"amount\":-1.5e+3}, {\"order_no\":null}, 123]\n",
		"utf16": inUTF16(binary.LittleEndian, "\ufefforder_no,amount,note\n😀,1,2\n"),
	} {
		want := readAll(in, c, Options{}).String()
		got := readFrom(func() (io.ReadCloser, error) { return io.NopCloser(&dripping{in}), nil }, c, Options{})
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s (-whole +in pieces)\n%s", name, diff)
		}
	}
}

// dripping reads a byte at a time.
type dripping struct{ rest string }

func (d *dripping) Read(p []byte) (int, error) {
	if d.rest == "" {
		return 0, io.EOF
	}
	p[0] = d.rest[0]
	d.rest = d.rest[1:]
	return 1, nil
}
