package tabular

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSON(t *testing.T) {
	orders := contract("*orderNo", "paidCurrency.amount=amount", "transactions[].hash")
	for _, tt := range []struct{ name, in, format, want string }{
		{"lines", `{"orderNo":"A1","amount":1.50}` + "\n" + `{"orderNo":"A2","paidCurrency":{"amount":"2"}}` + "\n", "jsonl", "1: A1 | 1.50 | \n2: A2 | 2 | \n"},
		{"lines, one broken", `{"orderNo":"A1"}` + "\n" + `{"orderNo":"A2",}` + "\n\n" + `{"orderNo":"A3"}`, "jsonl", "1: A1 |  | \nBAD orders line 2: it is not valid JSON: '}' where a key is expected\n4: A3 |  | \n"},
		{"lines, the last cut", `{"orderNo":"A1"}` + "\n" + `{"orderNo":"A2`, "jsonl", "1: A1 |  | \nERROR orders line 2: the last line ends in the middle: the file is cut; fetch it again\n"},
		{"lines, one without the required key", `{"orderNo":"A1"}` + "\n" + `{"order":"A2"}` + "\n", "jsonl", "1: A1 |  | \nBAD orders line 2: it does not have \"orderNo\", which is required\n"},
		{"lines, the first without the required key", `{"order_num":"A1"}` + "\n" + `{"order":"A2"}` + "\n", "jsonl", "ERROR orders line 1 column \"orderNo\": required, but the header does not have it: did you mean \"order_num\"? map it with `columns:`; the file has \"order_num\"\n"},
		{"array", "[\n {\"orderNo\":\"A1\",\"amount\":326992.94022242059793929},\n {\"orderNo\":null}\n]\n", "json", "2: A1 | 326992.94022242059793929 | \n3:  |  | \n"},
		{"empty array", "[]", "json", "WARNING it has no rows\n"},
		{"cut array", "[{\"orderNo\":\"A1\"},\n{\"orderNo\":\"A2\"", "json", "1: A1 |  | \nERROR orders line 2: the document ends in the middle: the file is cut; fetch it again\n"},
		{"broken array", "[{\"orderNo\":\"A1\"}\n{\"orderNo\":\"A2\"}]", "json", "1: A1 |  | \nERROR orders line 2: it is not valid JSON: '{' where a comma or ] is expected behind a row\n"},
		{"text behind the array", "[] []", "json", "ERROR orders line 1: it is not valid JSON: '[' behind the end of the document\n"},
		{"a number in the array", `[1, {"orderNo":"A1"}]`, "json", "BAD orders line 1: a row is a JSON object, and this is none\n1: A1 |  | \n"},
		{"envelope", `{"code":"200","success":true,"data":[{"orderNo":"A1"}],"trace":"x"}`, "json", "1: A1 |  | \n"},
		{"envelope with pages", `{"code":"0","data":{"total":12,"list":[{"orderNo":"A1"}]},"success":true}`, "json", "1: A1 |  | \nWARNING it says that there are 12 rows in total and holds 1: further pages are missing\n"},
		{"envelope with pages behind its rows", `{"data":{"list":[{"orderNo":"A1"}],"total":12},"total":1,"success":true}`, "json", "1: A1 |  | \nWARNING it says that there are 12 rows in total and holds 1: further pages are missing\n"},
		{"a single order with a total of its own", `{"orderNo":"A1","total":12}`, "json", "1: A1 |  | \n"},
		{"an object in data is no envelope by itself", `{"orderNo":"A1","data":{"orderNo":"B1"}}`, "json", "1: A1 |  | \n"},
		{"envelope around one order", "{\n\"data\": {\"orderNo\":\"A1\"},\n\"success\":true}", "json", "2: A1 |  | \n"},
		{"pages counted before the rows", `{"pagination":{"total":12,"limit":1},"data":[{"orderNo":"A1"}]}`, "json", "1: A1 |  | \nWARNING it says that there are 12 rows in total and holds 1: further pages are missing\n"},
		{"pages counted behind the rows", `{"data":[{"orderNo":"A1"}],"pagination":{"next":{"page":2},"total":12}}`, "json", "1: A1 |  | \nWARNING it says that there are 12 rows in total and holds 1: further pages are missing\n"},
		{"an error without success", `{"code":"ERROR_000101","data":[],"message":"System error"}`, "json", "ERROR orders: the provider answered with an error instead of rows: ERROR_000101 System error\n"},
		{"a row with a code of its own", `{"code":"66BEOV2A","orderNo":"A1"}`, "json", "1: A1 |  | \n"},
		{"envelope of an error", `{"code":"000101","success":false,"data":null,"msg":"System error"}`, "json", "ERROR orders: the provider answered with an error instead of rows: 000101 System error\n"},
		{"envelope that fails behind its rows", `{"data":[{"orderNo":"A1"}],"success":false,"message":"partial"}`, "json", "1: A1 |  | \nERROR orders: the provider answered with an error instead of rows: partial\n"},
		{"cut envelope", `{"data":[{"orderNo":"A1"}],"success":true`, "json", "1: A1 |  | \nERROR orders line 1: the document ends in the middle: the file is cut; fetch it again\n"},
		{"a single order over many lines", "{\n\"orderNo\": \"A1\",\n\"amount\": 2E+6\n}\n", "json", "1: A1 | 2E+6 | \n"},
		{"zero-width spaces between tokens", "{\u200b\"orderNo\":\u200b\"A1\",\n\u200b\"amount\": \"1\"}", "json", "1: A1 | 1 | \n"},
		{"a list", `{"orderNo":"A1","transactions":[{"hash":"0x1"},{"x":1},{"hash":null},{"hash":"0x2"}]}`, "json", "1: A1 |  | 0x1|0x2\n"},
		{"a key twice", `[{"orderNo":"A1","orderNo":"A2"}]`, "json", "BAD orders line 1: it has the key \"orderNo\" twice: which of the two values holds cannot be known\n"},
		{"a key twice, written differently", `[{"orderNo":"A1","order_no":"A2"}]`, "json", "BAD orders line 1: its key \"order_no\" means the same as another of its keys: remove one\n"},
		{"escapes", `[{"orderNo":"\u0041\/\n\ud83d\ude00"}]`, "json", "1: A/\n😀 |  | \n"},
		{"half a surrogate pair", `[{"orderNo":"\ud83d"}]`, "json", "BAD orders line 1: a string has half a surrogate pair, which is no character\n"},
		{"invalid UTF-8", "[{\"orderNo\":\"\xff\"}]", "json", "BAD orders line 1: it is not valid UTF-8: ask for an export in UTF-8\n"},
		{"a line that is too long", `{"orderNo":"A1"}` + "\n" + `{"orderNo":"` + strings.Repeat("A", maxRecord) + "\"}\n" + `{"orderNo":"A3"}`, "jsonl", "1: A1 |  | \nBAD orders line 2: it is longer than 1 MiB\n3: A3 |  | \n"},
		{"a row that is too long", `[{"orderNo":"A1"},{"orderNo":"` + strings.Repeat("A", 2*maxRecord) + `"}]`, "json", "1: A1 |  | \nERROR orders line 1: it is longer than 1 MiB, and so is refused\n"},
		{"nesting without end", `[{"orderNo":` + strings.Repeat("[", 1000), "json", "ERROR orders line 1: it is nested more than 64 deep\n"},
		{"keys without end", `[{` + manyKeys(maxKeys+1) + `}]`, "json", "ERROR orders line 1: an object has more than 4096 keys\n"},
		{"an array of rows on each line", "[1]\n[2]\n", "json", "BAD orders line 1: a row is a JSON object, and this is none\nERROR orders line 2: it is not valid JSON: '[' behind the end of the document\n"},
		{"text behind an object on its line", "{\"orderNo\":\"A1\"}\n{\"orderNo\":\"A2\"} x\n", "jsonl", "1: A1 |  | \nBAD orders line 2: it is not valid JSON: \"x\" behind the end of the object\n"},
		{"an unknown escape", `[{"orderNo":"\x41"}]`, "json", "ERROR orders line 1: it is not valid JSON: unknown escape \\x41\n"},
		{"a line end inside a string", "[{\"orderNo\":\"A\n\"}]", "json", "ERROR orders line 1: it is not valid JSON: control character '\\n' inside a string\n"},
		{"words", `[{"orderNo":true},{"orderNo":nul}]`, "json", "1: true |  | \nERROR orders line 1: it is not valid JSON: '}' where null is expected\n"},
		{"numbers", `[{"orderNo":01}]`, "json", "ERROR orders line 1: it is not valid JSON: '1' where a comma or } is expected\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(tt.in, orders, Options{})
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.sum.Format != tt.format {
				t.Errorf("format %q, want %q", got.sum.Format, tt.format)
			}
		})
	}
}

func TestEnvelope(t *testing.T) {
	c := contract("*id")
	in := `{"meta":{"data":[1]},"payload":{"items":[{"id":1},{"id":2}],"more":{"x":[]}},"tail":[]}`
	if got, want := readAll(in, c, Options{Envelope: "payload.items"}).String(), "1: 1\n1: 2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := readAll(in, c, Options{Envelope: "payload.rows"}).String(), "ERROR orders line 1: it has no array of rows at \"payload.rows\"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":0`, i)
	}
	return strings.Join(keys, ",")
}

// TestNested: an object is told from a text that looks like one.
func TestNested(t *testing.T) {
	c := contract("a")
	var got []bool
	_, err := Read("rows", file("{\"a\":{\"b\":1}}\n{\"a\":\"{}\"}\n{\"a\":[]}\n{\"a\":1}\n{\"a\":null}\n{}\n"), c, Options{}, Handler{Row: func(r *Row) error {
		got = append(got, r.Nested(0))
		return nil
	}})
	if want := []bool{true, false, true, false, false, false}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %v, want %v", got, err, want)
	}
}
