package tabular

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSV(t *testing.T) {
	orders := contract("*order_no=Merchant Order No.", "*amount", "note")
	for _, tt := range []struct{ name, in, want string }{
		{"columns in any order, names in any spelling", "NOTE,Order No,AMOUNT\nhi,A1,12.50\n", "2: A1 | 12.50 | hi\n"},
		{"an alias", "merchant order no.;amount\nA1;3\n", "2: A1 | 3 | \n"},
		{"tabs, an empty first field", "note\torder_no\tamount\n\tA1\t3\n", "2: A1 | 3 | \n"},
		{"pipes", "order_no|amount\nA1|3\n", "2: A1 | 3 | \n"},
		{"a delimiter inside a quoted header", "\"note, if any\",order_no,amount\nx,A1,3\n", "2: A1 | 3 | \n"},
		{"the delimiter is declared in the file", "sep=;\norder_no;amount\nA1;3\n", "3: A1 | 3 | \n"},
		{"CRLF", "order_no,amount\r\nA1,3\r\nA2,4\r\n", "2: A1 | 3 | \n3: A2 | 4 | \n"},
		{"CR", "order_no,amount\rA1,3\rA2,4\r", "2: A1 | 3 | \n3: A2 | 4 | \n"},
		{"byte order mark before a quoted header", "\ufeff\"order_no\",amount\nA1,3\n", "2: A1 | 3 | \n"},
		{"zero-width space in the header", "order\u200b_no,amount\nA1,3\n", "2: A1 | 3 | \n"},
		{"invisible characters in an id stay", "order_no,amount\nA\u200b1,3\n", "2: A\u200b1 | 3 | \n"},
		{"blank lines", "\n\norder_no,amount\n\nA1,3\n\n", "5: A1 | 3 | \n"},
		{"line numbers behind quoted line ends", "order_no,amount,note\nA1,3,\"one\ntwo\nthree\"\nA2,4,x\n", "2: A1 | 3 | one\ntwo\nthree\n5: A2 | 4 | x\n"},
		{"doubled quotes", "order_no,amount,note\nA1,3,\"say \"\"hi\"\", \"\"you\"\"\"\n", "2: A1 | 3 | say \"hi\", \"you\"\n"},
		{"empty quoted fields", "order_no,amount,note\nA1,\"\",\"\"\n", "2: A1 |  | \n"},
		{"too few fields", "order_no,amount,note\nA1,3\nA2,4,x\n", "BAD orders line 2: it has 2 fields, the header has 3\n3: A2 | 4 | x\n"},
		{"a surplus delimiter", "order_no,amount\nA1,3,\n", "BAD orders line 2: it has 3 fields, the header has 2: the line ends in a surplus delimiter; ask for an export whose header and rows agree\n"},
		{"a column without header", "order_no,amount\nA1,3,4\n", "BAD orders line 2: it has 3 fields, the header has 2: a column has no header, or a field that contains the delimiter is not quoted\n"},
		{"a stray quote", "order_no,amount\nA\"1,3\nA2,4\n", "BAD orders line 2: " + bareQuote + "\n3: A2 | 4 | \n"},
		{"text behind a quote", "order_no,amount\n\"A1\"x,3\nA2,4\n", "BAD orders line 2: " + afterQuote + "\n3: A2 | 4 | \n"},
		{"two quotes that do not pair", "order_no,amount\n\"A1,3\nA2,\"4\"\nA3,5\n", "BAD orders line 2: " + afterQuote + "\n4: A3 | 5 | \n"},
		{"an open quote", "order_no,amount,note\nA1,3,x\nA2,4,\"y\nA3,5,z\n", "2: A1 | 3 | x\nERROR orders line 3: " + openQuote + "\n"},
		{"an open quote behind a quoted line end", "order_no,amount,note\n\"A\n1\",3,\"x\n", "ERROR orders line 3: " + openQuote + "\n"},
		{"invalid UTF-8", "order_no,amount\nA\xff,3\nA2,4\n", "BAD orders line 2: " + notUTF8 + "\n3: A2 | 4 | \n"},
		{"a stray CR", "order_no,amount\nA1\rA2,3\n", "BAD orders line 2: " + strayLineEnd + "\n"},
		{"no line end at the end", "order_no,amount\nA1,3\nA2,4", "2: A1 | 3 | \n3: A2 | 4 | \nWARNING line 3, the last one, has no line end: the file may be cut\n"},
		{"cut inside a row", "order_no,amount\nA1,3\nA2", "2: A1 | 3 | \nBAD orders line 3: it has 1 fields, the header has 2\nWARNING line 3, the last one, has no line end: the file may be cut\n"},
		{"only a header", "order_no,amount\n", "WARNING it has a header and no rows\n"},
		{"an oversized field", "order_no,amount\n" + strings.Repeat("A", maxField+1) + ",3\nA2,4\n", "BAD orders line 2: " + fieldTooLong + "\n3: A2 | 4 | \n"},
		{"an oversized record", "order_no,amount\n" + strings.Repeat("A,", maxRecord) + "\nA2,4\n", "BAD orders line 2: " + recordTooLong + "\n3: A2 | 4 | \n"},
		{"an oversized record that ends within the buffer", "order_no,amount\n" + strings.Repeat("A,", maxRecord/2) + "\nA2,4\n", "BAD orders line 2: " + recordTooLong + "\n3: A2 | 4 | \n"},
		{"an oversized last record", "order_no,amount\nA1,3\n" + strings.Repeat("A,", maxRecord), "2: A1 | 3 | \nBAD orders line 3: " + recordTooLong + "\n"},
		{"an oversized quoted record", "order_no,amount\n\"A\"" + strings.Repeat(",A", maxRecord) + "\nA2,4\n", "BAD orders line 2: " + recordTooLong + "\n3: A2 | 4 | \n"},
		{"a quote that stays open for too long", "order_no,amount\nA1,\"" + strings.Repeat("A\n", maxRecord), "ERROR orders line 2: " + openQuote + "\n"},
		{"a field as large as allowed", "order_no,amount\n\"" + strings.Repeat("A", maxField) + "\",3\n", "2: " + strings.Repeat("A", maxField) + " | 3 | \n"},
		{"empty", "", "ERROR orders: it is empty\n"},
		{"white space only", " \n\t\n", "ERROR orders: it is empty\n"},
		{"a duplicate header", "order_no,amount,Amount\nA1,1,99\n", "ERROR orders line 1 column \"Amount\": the header has it twice, in columns 2 and 3: remove or rename one of them\n"},
		{"two headers for one column", "order_no,Merchant Order No.,amount\nA1,A1,99\n", "ERROR orders line 1 column \"Merchant Order No.\": it means the same as column \"order_no\" (order_no): remove one, or say with `columns:` which to use\n"},
		{"a renamed column", "order_no,amont\nA1,1\n", "ERROR orders line 1 column \"amount\": required, but the header does not have it: did you mean \"amont\"? map it with `columns:`; the file has \"order_no\", \"amont\"\n"},
		{"another file altogether", "name;age\nx;3\n", "ERROR orders line 1 column \"order_no\": required, but the header does not have it: the file has \"name\", \"age\"\n"},
		{"columns without end", strings.Repeat("x,", maxColumns) + "y\n", "ERROR orders line 1: the header has 16385 columns, at most 16384 are read\n"},
		{"a column without name", ",order_no,amount\n0,A1,3\n", "2: A1 | 3 | \n"},
		{"a binary file", "\x7fELF\x02\x01\x01\x00\x00\nxx", "ERROR orders line 1: the first line has NUL bytes: this is a binary file, not a table\n"},
		{"a web page", "<html><body>Sign in", "ERROR orders: it is an HTML page, probably an error or log-in page saved as a file: download it again\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readAll(tt.in, orders, Options{}).String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The start of a record that is thrown away goes into its reject, not what was
// read while looking for its end.
func TestCSVOversizedRaw(t *testing.T) {
	var raw string
	_, err := Read("orders", file("a,b\n"+strings.Repeat("A,", maxRecord)+strings.Repeat("B,", maxRecord)+"\n1,2\n"), contract("a"), Options{}, Handler{
		Bad: func(e *Error) error { raw = e.Raw; return nil },
	})
	if err != nil || raw != strings.Repeat("A,", maxRaw/2) {
		t.Errorf("raw starts with %.20q, error %v", raw, err)
	}
}
