package generic

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
	"tieout/sources/tabular"
)

// read reads one file of the shop and fails the test where that gives an error.
func read(t testing.TB, o sources.FileOptions, name, content string) *sourcetest.Recorder {
	t.Helper()
	rec, err := tryRead(t, o, name, content)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func tryRead(t testing.TB, o sources.FileOptions, name, content string) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile = "shop", published(t)
	o.Files = []sources.File{sourcetest.Bytes(name, []byte(content))}
	var rec sourcetest.Recorder
	err := Orders(o).Read(context.Background(), sources.Query{Reach: reconcile.Interval{From: 1, To: 2}}, &rec)
	return &rec, err
}

func quantity(s string) money.Quantity {
	q, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return q
}

func instant(s string) reconcile.Instant {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return reconcile.InstantOf(t)
}

func TestOrderOfARow(t *testing.T) {
	rec := read(t, sources.FileOptions{Book: reconcile.BookMerchant}, "shop.csv",
		"Order Number,status,Amount Due,amount_paid,network,token,tx hash,pay_to,payer,created_at,expires_at,paid at,updated,shipped_at,price,fiat,resends,customer no,store,payment method\n"+
			"S-1,Paid,12.50,12.5,ETH,USDT,0xaa|0xbb 0xcc,0xAB,0x11;0x12,2026-03-17T10:00:00Z,2026-03-17 10:30:00 UTC,1773741900000,2026-03-17T10:06:00+01:00,2026-03-18T00:00:00Z,11.90,EUR,2,C-9,berlin,scan\n"+
			"=S-2,refunded,1,,,eip155:1/erc20:0xdac1,,,,1773741600,,,,,,,,,,\n")
	if len(rec.Rejects) > 0 {
		t.Fatal(rec.Rejects)
	}
	want := []reconcile.Order{
		{At: reconcile.At{Line: 2}, Book: reconcile.BookMerchant, Provider: "generic", OrderNo: "S-1", Status: "Paid", State: reconcile.StatePaid,
			Account: "berlin", Customer: "C-9", Method: "scan", Price: quantity("11.90"), PriceIn: "EUR",
			Due: quantity("12.50"), Recorded: quantity("12.5"), Chain: "ETH", Asset: "USDT", Symbol: "USDT",
			TXIDs: []string{"0xaa", "0xbb", "0xcc"}, PayTo: "0xAB", Payers: []string{"0x11", "0x12"},
			Created: instant("2026-03-17T10:00:00Z"), Expires: instant("2026-03-17T10:30:00Z"), PaidAt: instant("2026-03-17T10:05:00Z"),
			Updated: instant("2026-03-17T09:06:00Z"), Fulfilled: instant("2026-03-18T00:00:00Z"), Resends: 2},
		{At: reconcile.At{Line: 3}, Book: reconcile.BookMerchant, Provider: "generic", OrderNo: "=S-2", Status: "refunded", State: reconcile.StatePaid,
			Flags: reconcile.FlagRefunded, Due: quantity("1"), Asset: "eip155:1/erc20:0xdac1", Created: instant("2026-03-17T10:00:00Z"), Resends: -1},
	}
	if diff := cmp.Diff(want, rec.Orders, cmp.AllowUnexported(money.Quantity{}, money.Units{})); diff != "" {
		t.Error(diff)
	}
	if len(rec.Covers) != 1 || rec.Covers[0].Span.To != 2 {
		t.Errorf("covers %v, want all that was asked", rec.Covers)
	}
}

// TestBadCells: each is a reject with line, column, value, reason and the legible
// keys of the order it belongs to, and the rows around it are read.
func TestBadCells(t *testing.T) {
	const header = "order_no,status,order_id,amount_due,created_at,resends,txid,pay_to"
	good := []string{"S-7", "paid", "77", "1", "2026-03-17T10:00:00Z", "0", "0xaa", "0xbb"}
	for _, c := range []struct{ column, value, reason string }{
		{"amount_due", "1,234.56", "ambiguous"}, {"amount_due", "1.234,56", "ambiguous"}, {"amount_due", "1e-7", "scientific"},
		{"amount_due", "NaN", "no digit"}, {"amount_due", "-5", "negative"}, {"amount_due", strings.Repeat("7", 80), "78 digits"},
		{"amount_due", "12 USDT", "ambiguous"}, {"amount_due", "$12", "no digit"}, {"amount_due", ".5", "both sides"}, {"amount_due", "1.2.3", "ambiguous"},
		{"order_id", "8.21E+09", "digits"}, {"order_no", "8.21E+09", "digits"}, {"txid", "1.5E+70", "digits"},
		{"created_at", "2026-03-17 10:00:00", "timezone"}, {"created_at", "03/04/2026", "told apart"}, {"created_at", "46098.4", "day number"},
		{"status", "", "empty"}, {"resends", "some", "resends"}, {"resends", "-1", "resends"}, {"resends", "1.5", "resends"},
	} {
		row := slices.Clone(good)
		row[slices.Index(strings.Split(header, ","), c.column)] = c.value
		rec := read(t, sources.FileOptions{}, "shop.csv", header+"\nS-1,paid,1,1,2026-03-17T10:00:00Z,0,,\n\""+strings.Join(row, "\",\"")+"\"\nS-9,paid,9,1,2026-03-17T10:00:00Z,0,,\n")
		if len(rec.Orders) != 2 || len(rec.Rejects) != 1 {
			t.Errorf("%s=%q: %d orders, rejects %v", c.column, c.value, len(rec.Orders), rec.Rejects)
			continue
		}
		r := rec.Rejects[0]
		if r.At.Line != 3 || r.Column != c.column || r.Value != c.value || !strings.Contains(r.Reason, c.reason) || !strings.Contains(r.Raw, "S-7") && c.column != "order_no" {
			t.Errorf("%s=%q: rejected as %+v", c.column, c.value, r)
		}
		for column, got := range map[string]string{"order_no": r.OrderNo, "order_id": r.OrderID, "txid": r.TXID, "pay_to": r.Address} {
			if i := slices.Index(strings.Split(header, ","), column); column != c.column && got != good[i] {
				t.Errorf("%s=%q: the reject's %s is %q", c.column, c.value, column, got)
			}
		}
	}
}

// TestStyles: a declared style is what lifts the ambiguity, and only in text.
func TestStyles(t *testing.T) {
	german := money.Style{Decimal: ',', Group: '.'}
	for _, c := range []struct {
		name, file, content string
		style               money.Style
		want                string // due, or reason of the reject
	}{
		{"declared comma", "a.csv", "order_no;status;amount_due\nS;paid;1.234,56\n", german, "1234.56"},
		{"a point where a comma is declared", "a.csv", "order_no;status;amount_due\nS;paid;1234.56\n", german, "grouped by three"},
		{"declared grouping", "a.csv", "order_no\tstatus\tamount_due\nS\tpaid\t1,234.56\n", money.Style{Decimal: '.', Group: ','}, "1234.56"},
		{"a JSON number ignores it", "a.jsonl", `{"order_no":"S","status":"paid","amount_due":1.5}`, german, "1.5"},
		{"a JSON number's exponent", "a.jsonl", `{"order_no":"S","status":"paid","amount_due":2E+6}`, money.Style{}, "2000000"},
		{"a JSON text's exponent", "a.jsonl", `{"order_no":"S","status":"paid","amount_due":"2E+6"}`, money.Style{}, "scientific"},
		{"23 digits", "a.jsonl", `{"order_no":"S","status":"paid","amount_due":326992.94022242059793929}`, money.Style{}, "326992.94022242059793929"},
		{"a negative JSON number", "a.jsonl", `{"order_no":"S","status":"paid","amount_due":-1}`, money.Style{}, "negative"},
		{"a JSON number as order number", "a.jsonl", `{"order_no":20260317000000012345,"status":"paid"}`, money.Style{}, ""},
	} {
		rec := read(t, sources.FileOptions{Style: c.style}, c.file, c.content+"\n")
		switch {
		case len(rec.Orders) == 1 && rec.Orders[0].Due.String() == c.want:
		case len(rec.Rejects) == 1 && strings.Contains(rec.Rejects[0].Reason, c.want) && c.want != "":
		default:
			t.Errorf("%s: %+v, rejects %+v", c.name, rec.Orders, rec.Rejects)
		}
	}
}

// TestAnyAmountInAnyStyle: what is written exactly is read exactly.
func TestAnyAmountInAnyStyle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[1-9][0-9]{0,17}(\.[0-9]{1,18})?`).Draw(rt, "amount")
		o := sources.FileOptions{}
		written := text
		if rapid.Bool().Draw(rt, "comma") {
			o.Style = money.Style{Decimal: ','}
			written = strings.Replace(text, ".", ",", 1)
		}
		rec := read(t, o, "shop.csv", "order_no;status;amount_due\nS-1;paid;"+written+"\n")
		if len(rec.Orders) != 1 || rec.Orders[0].Due != quantity(text) {
			rt.Fatalf("%s: %+v %+v", written, rec.Orders, rec.Rejects)
		}
	})
}

func TestZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	rec := read(t, sources.FileOptions{Zone: berlin}, "shop.csv", "order_no,status,created_at\nS-1,paid,2026-07-01 12:00:00\nS-2,paid,2026-10-25 02:30:00\n")
	if len(rec.Orders) != 1 || rec.Orders[0].Created != instant("2026-07-01T10:00:00Z") {
		t.Errorf("a summer's noon in Berlin: %+v", rec.Orders)
	}
	if len(rec.Rejects) != 1 || !strings.Contains(rec.Rejects[0].Reason, "twice") {
		t.Errorf("an hour that clocks show twice: %+v", rec.Rejects)
	}
}

func TestAssets(t *testing.T) {
	for written, symbol := range map[string]string{
		"USDT": "USDT", "usdc.e": "usdc.e", "": "",
		"0xdAC17F958D2ee523a2206206994597C13D831ec7":                     "",
		"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t":                             "",
		"eip155:1/slip44:60":                                             "",
		"tron:0x2b6653dc/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t":       "",
		"eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7":      "",
		"TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT": "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT",
	} {
		rec := read(t, sources.FileOptions{}, "shop.csv", "order_no,status,asset\nS-1,paid,"+written+"\n")
		if got := rec.Orders[0]; got.Asset != written || got.Symbol != symbol {
			t.Errorf("%q: asset %q, symbol %q", written, got.Asset, got.Symbol)
		}
	}
}

// TestNothingWritten: the usual ways to write none are none, so that two orders
// without a number are not one order and nobody looks for the transaction "N/A".
func TestNothingWritten(t *testing.T) {
	for _, none := range []string{"", "-", "--", "N/A", "na", "null", "None", `\N`, "—"} {
		rec := read(t, sources.FileOptions{}, "shop.csv", "order_id,order_no,status,txid,pay_to,payer\n7,"+none+",paid,"+none+","+none+","+none+"\n"+none+","+none+",paid,,,\n")
		if len(rec.Orders) != 1 || len(rec.Rejects) != 1 {
			t.Fatalf("%q: %+v %+v", none, rec.Orders, rec.Rejects)
		}
		if o := rec.Orders[0]; o.OrderNo != "" || o.TXIDs != nil || o.PayTo != "" || o.Payers != nil {
			t.Errorf("%q was taken for something: %+v", none, o)
		}
	}
	rec := read(t, sources.FileOptions{}, "shop.csv", "order_no,status,txid\nS-1,paid,0x....\nS-2,paid,0x0000\nS-3,paid,0xabc…\nS-4,paid,0xaa; pending\n")
	for _, o := range rec.Orders[:3] {
		if len(o.TXIDs) > 0 {
			t.Errorf("%s: a placeholder became the transaction %q", o.OrderNo, o.TXIDs)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"renamed, with a suggestion", "order_no,statsu,amount_due\nS-1,paid,1\n", []string{"shop.csv", "status", `did you mean "statsu"`}},
		{"missing", "order_no,amount_due\nS-1,1\n", []string{"shop.csv", "status", "order_no"}},
		{"duplicate, with its places", "order_no,status,status\nS-1,paid,1\n", []string{"shop.csv", "columns 2 and 3"}},
		{"two names for one column", "order_no,status,amount_due,order amount\nS-1,paid,1,2\n", []string{"shop.csv", "order amount", "amount_due", "columns:"}},
		{"nothing to call an order by", "customer,status,txid\nc,paid,0xaa\n", []string{"shop.csv", "order_id, order_no", "columns:"}},
		{"empty", "", []string{"shop.csv", "empty"}},
	} {
		rec, err := tryRead(t, sources.FileOptions{}, "shop.csv", c.content)
		if err == nil || len(rec.Covers) > 0 || rec.Rows() > 0 {
			t.Errorf("%s: %v, covers %v, %d rows", c.name, err, rec.Covers, rec.Rows())
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v\ndoes not say %s", c.name, err, part)
			}
		}
	}
}

// TestSuspiciousFiles: what may be cut is read and said.
func TestSuspiciousFiles(t *testing.T) {
	rec := read(t, sources.FileOptions{}, "shop.csv", "order_no,status\nS-1,paid\nS-2,pai")
	if len(rec.Notes) != 1 || !strings.Contains(rec.Notes[0], "cut") {
		t.Errorf("a last line without its end: notes %q", rec.Notes)
	}
	rec = read(t, sources.FileOptions{}, "shop.csv", "order_no,status\n")
	if rec.Rows() > 0 || len(rec.Notes) == 0 {
		t.Errorf("a header alone: %d rows, notes %q", rec.Rows(), rec.Notes)
	}
}

func TestMappingAndFilter(t *testing.T) {
	o := sources.FileOptions{
		Columns: map[string]string{"order_no": "order_id", "amount_due": "Amount due (USDT)"},
		Only:    map[string][]string{"Gateway": {"crypto", "usdt"}},
	}
	rec := read(t, o, "shop.csv", "order_id,status,gateway,Amount due (USDT)\nS-1,paid,Crypto,5\nS-2,paid,card,x\nS-3,paid,USDT,6\n")
	if len(rec.Orders) != 2 || rec.Scope != 1 || len(rec.Rejects) > 0 {
		t.Fatalf("%d orders, %d out of scope, %+v", len(rec.Orders), rec.Scope, rec.Rejects)
	}
	if got := rec.Orders[0]; got.OrderNo != "S-1" || got.OrderID != "" || got.Due.String() != "5" {
		t.Errorf("the shop's order_id is its order number: %+v", got)
	}
}

// TestRefundWords: a refund is a qualifier of a payment, never of a word that
// nobody knows.
func TestRefundWords(t *testing.T) {
	for word, want := range map[string]reconcile.OrderFlags{"Refunded": reconcile.FlagRefunded, "partially refunded": reconcile.FlagRefunded, "paid": 0, "refund_pending": 0, "expired": 0} {
		if o := read(t, sources.FileOptions{}, "shop.csv", "order_no,status\nS-1,"+word+"\n").Orders[0]; o.Flags != want {
			t.Errorf("%s: flags %d of a %s order", word, o.Flags, o.State)
		}
	}
}

// TestTextStays: what a customer may have written reaches the core as it is, for
// two references that only look alike are two.
func TestTextStays(t *testing.T) {
	refs := []string{"S\u200b1", "S\u202e2", "=1+1", "+49", "@x", "0012", "Ünïcödé", "a\tb"}
	for _, ref := range refs {
		rec := read(t, sources.FileOptions{}, "shop.csv", "order_no,status\n\""+ref+"\",weird\n")
		if len(rec.Orders) != 1 || rec.Orders[0].OrderNo != ref {
			t.Errorf("%q: %+v %+v", ref, rec.Orders, rec.Rejects)
		} else if o := rec.Orders[0]; o.State != reconcile.StateUnknown || o.Status != "weird" {
			t.Errorf("an unknown word is %s %q", o.State, o.Status)
		}
	}
}

// TestWorkbookIDs: a number cell holds 15 digits; the 16th was made up by the
// spreadsheet.
func TestWorkbookIDs(t *testing.T) {
	f := excelize.NewFile()
	for i, row := range [][]any{{"order_no", "status", "amount_due"}, {82100036161234, "paid", 12.5}, {1234567890123456, "paid", 1}, {"1234567890123456", "paid", 1}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rec := read(t, sources.FileOptions{}, "shop.xlsx", b.String())
	if len(rec.Orders) != 2 || rec.Orders[0].OrderNo != "82100036161234" || rec.Orders[0].Due.String() != "12.5" || rec.Orders[1].OrderNo != "1234567890123456" {
		t.Errorf("orders %+v", rec.Orders)
	}
	if len(rec.Rejects) != 1 || rec.Rejects[0].At.Line != 3 || !strings.Contains(rec.Rejects[0].Reason, "15 digits") {
		t.Errorf("rejects %+v", rec.Rejects)
	}
}

func TestConform(t *testing.T) {
	p := published(t)
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Orders(sources.FileOptions{Name: "shop", Profile: p, Files: files})
	}, map[string][]byte{
		"shop.csv":   []byte("order_no,status,amount_due,created_at\nS-1,paid,1.5,2026-03-17T10:00:00Z\nS-2,expired,2,2026-03-17T10:00:00Z\nS-3,paid,x,\n"),
		"shop.jsonl": []byte(`{"order_no":"S-1","status":"paid","amount_due":2E+1}` + "\n" + `{"order_no":"S-2","status":"expired"}` + "\n"),
	})
}

// FuzzOrders: no file, however broken, makes a row disappear or an order without a
// name, a status or with money below zero.
func FuzzOrders(f *testing.F) {
	f.Add([]byte("order_no,status,amount_due,txid\nS-1,paid,1.5,0xaa|0xbb\n\"S-2\",expired,1e5,\n"))
	f.Add([]byte(`[{"order_id":1,"status":"paid","amount_due":2E+6,"txid":null}]`))
	f.Add([]byte("\xef\xbb\xbforder_no;status;payer;paid_at\n\u202eS;paid;-;1773741600\n"))
	f.Add([]byte("order_no,status,||\nS-1,paid,\n")) // only the contract tells the delimiter
	p := published(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		file := sourcetest.Bytes("shop", content)
		var rec sourcetest.Recorder
		err := Orders(sources.FileOptions{Name: "shop", Profile: p, Files: []sources.File{file}}).Read(context.Background(), sources.Query{}, &rec)
		for _, o := range rec.Orders {
			if o.OrderID == "" && o.OrderNo == "" || o.Status == "" || o.Due.Coef().Sign() < 0 || o.Recorded.Coef().Sign() < 0 || slices.Contains(o.TXIDs, "") {
				t.Errorf("%q became %+v", content, o)
			}
		}
		if err != nil {
			return
		}
		sum, err := tabular.Read("shop", file.Open, tabular.Contract{Columns: Columns}, tabular.Options{}, tabular.Handler{Bad: func(*tabular.Error) error { return nil }})
		if err != nil || sum.Rows != rec.Rows() {
			t.Errorf("%d rows of %d, %v: %q", rec.Rows(), sum.Rows, err, content)
		}
	})
}

// BenchmarkOrders is the path of a large export.
func BenchmarkOrders(b *testing.B) {
	const rows = 100_000
	var file bytes.Buffer
	file.WriteString("order_no,status,amount_due,asset,chain,txid,pay_to,created_at,expires_at,updated_at\n")
	for i := range rows {
		fmt.Fprintf(&file, "S-%08d,paid,%d.%06d,USDT,ETH,0x%064x,0x%040x,2026-03-17T10:%02d:00Z,2026-03-17T11:00:00Z,2026-03-17T10:59:00Z\n", i, i%1000, i, i, i, i%60)
	}
	o := sources.FileOptions{Name: "shop", Profile: published(b), Files: []sources.File{sourcetest.Bytes("shop.csv", file.Bytes())}}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		var n count
		if err := Orders(o).Read(context.Background(), sources.Query{}, &n); err != nil || n.orders != rows {
			b.Fatal(n.orders, err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "orders/s")
}

// count is a sink that only counts, so that the reader alone is measured.
type count struct {
	sourcetest.Recorder
	orders int
}

func (c *count) AddOrder(*reconcile.Order) { c.orders++ }
