package bvnk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
	"tieout/sources/tabular"
)

func read(t testing.TB, name string, content []byte) *sourcetest.Recorder {
	t.Helper()
	var rec sourcetest.Recorder
	o := sources.FileOptions{Name: "bvnk", Profile: published(t), Files: []sources.File{sourcetest.Bytes(name, content)}}
	if err := Orders(o).Read(context.Background(), sources.Query{}, &rec); err != nil {
		t.Fatal(err)
	}
	return &rec
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// inMoney is an order as people would say it; what is not known is not said.
func inMoney(o reconcile.Order) string {
	var b strings.Builder
	say := func(format string, value any) {
		if text := fmt.Sprint(value); text != "" && value != 0 {
			fmt.Fprintf(&b, format, text)
		}
	}
	say("%s", o.OrderNo)
	say(" %s", o.State)
	say(" due %s", o.Due)
	say(" received %s", o.Recorded)
	say(" of %s", o.Asset)
	say(" on %s", o.Chain)
	say(" settled %s", strings.TrimSpace(o.Settled.String()+" "+o.SettledIn))
	say(" price %s", strings.TrimSpace(o.Price.String()+" "+o.PriceIn))
	say(" paid %s", o.PaidAt)
	say(" txs %s", len(o.TXIDs))
	say(" payers %s", len(o.Payers))
	say(" by %s", o.Method)
	if o.Flags&reconcile.FlagOnHold != 0 {
		b.WriteString(" HELD")
	}
	if o.Flags&reconcile.FlagRefunded != 0 {
		b.WriteString(" REFUNDED")
	}
	return b.String()
}

func TestOrders(t *testing.T) {
	for _, c := range []struct {
		file  string
		scope int
		want  []string
	}{
		{"payments.json", 1, []string{
			"REF292970 created settled EUR price 200 EUR",
			"REF292971 created due 0.00758898 of BTC on BTC settled EUR price 200 EUR",
			"ProcessingHook pending due 2 of USDC on ERC20 settled USDC price 2 USDC txs 1",
			"RefundWebhook1 paid due 2 received 2 of USDC on ERC20 settled 1.69 EUR price 1.75 EUR paid 2025-07-24T10:17:40Z txs 2 payers 1 REFUNDED",
			"SHORT paid due 100 received 99.999999 of USDT on TRC20 settled 99.5 USDT price 100 USD paid 2025-07-24T09:38:20Z txs 1",
			"LATE expired due 5 received 5 of USDC on ERC20 settled 4.31 EUR price 4.3 EUR paid 2025-07-24T12:26:40Z txs 1",
			"HELD pending due 7 of USDC on ERC20 settled USDC price 7 USDC txs 1 HELD",
			"REFUSED cancelled due 8 of USDC on ERC20 settled USDC price 8 USDC txs 1",
			"TAGGED created due 326992.94022242059793929 of XRP on XRP settled EUR price 1 EUR",
		}},
		{"payins-v3.json", 1, []string{
			"myUniqueRef334 paid due 0.13275995 received 0.145 of ETH settled 544.98 EUR price 500 EUR",
			"myUniqueRef335 paid due 0.13275995 received 0.1 of ETH settled 375.49 EUR price 500 EUR REFUNDED",
			"myUniqueRef336 created due 0.2 of ETH price 700 EUR",
		}},
		{"channel.json", 0, []string{
			"customer-77 paid received 12.5 of USDT on ERC20 settled 11.4 EUR price 12.5 USD txs 1 payers 1 by channel",
			"customer-77 pending received 1 of USDT txs 1 by channel",
			"customer-78 unknown of USDT by channel",
		}},
	} {
		rec := read(t, c.file, fixture(t, c.file))
		var got []string
		for _, o := range rec.Orders {
			got = append(got, inMoney(o))
		}
		if diff := cmp.Diff(c.want, got); diff != "" || len(rec.Rejects) > 0 || rec.Scope != c.scope {
			t.Errorf("%s: %d out of scope, rejects %v\n%s", c.file, rec.Scope, rec.Rejects, diff)
		}
	}
}

// TestWholeOrder looks at every field of one payment.
func TestWholeOrder(t *testing.T) {
	got := read(t, "payments.json", fixture(t, "payments.json")).Orders[3]
	due, received := quantity("2"), quantity("2.000000")
	want := reconcile.Order{
		At: reconcile.At{Line: 5}, Provider: "bvnk", OrderID: "ad5c2cfc-6ec3-4e51-96f1-03dfad8efc11", OrderNo: "RefundWebhook1",
		Account: "a1050da2-b085-4a6c-a68b-8c2b1950615a", Customer: "gsyme", Chain: "ERC20", Asset: "USDC", Symbol: "USDC",
		Due: due, Recorded: received, Settled: quantity("1.69"), SettledIn: "EUR", Price: quantity("1.75"), PriceIn: "EUR",
		Status: "COMPLETE", State: reconcile.StatePaid, Flags: reconcile.FlagRefunded,
		TXIDs:   []string{"0x" + strings.Repeat("1", 64), "0x" + strings.Repeat("2", 64)},
		PayTo:   "0x27f9bfa4e6782671e9224c5debdf4350a28bc728",
		Payers:  []string{"0x1111111111111111111111111111111111111111"},
		Created: 1753352169e9, Expires: 1753352469e9, PaidAt: 1753352260e9, Resends: -1,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(money.Quantity{}, money.Units{})); diff != "" {
		t.Error(diff)
	}
}

func quantity(text string) money.Quantity {
	q, err := money.Parse(text)
	if err != nil {
		panic(err)
	}
	return q
}

// TestIDs: uuids come in either case and are one; an address that many share is
// told apart by its tag.
func TestIDs(t *testing.T) {
	rec := read(t, "payments.json", fixture(t, "payments.json"))
	if got := rec.Orders[1].OrderID; got != "fcbacea9-070f-4d69-96ce-db873999c95b" {
		t.Errorf("uuid %s", got)
	}
	if got := rec.Orders[8].PayTo; got != "rLW9gnQo7BQhU6igk5keqYnH3TVrCxGRzm:471" {
		t.Errorf("address with a tag %s", got)
	}
	if got := read(t, "channel.json", fixture(t, "channel.json")).Orders[0].PayTo; got != "0xe64c920a27ef8424022bb354e2b9de692c93f7c1" {
		t.Errorf("address of a channel %s", got)
	}
}

// TestMembers looks at single members that the files have no payment for.
func TestMembers(t *testing.T) {
	for _, c := range []struct{ name, payment, want string }{
		{"a complete payment of zero is a claim", `"status":"COMPLETE","paidCurrency":{"amount":2,"actual":0}`, "S-1 paid due 2 received 0"},
		{"network in place of protocol", `"status":"PENDING","address":{"address":"0x1","network":"ETHEREUM"}`, "S-1 created on ETHEREUM"},
		{"protocol of a transaction", `"status":"PENDING","address":null,"transactions":[{"protocol":"BASE"}]`, "S-1 created on BASE"},
		{"a refund that is not called outgoing", `"status":"COMPLETE","type":"IN","subType":"merchantRefund"`, ""},
		{"a payout", `"status":"COMPLETE","subType":"merchantPayOut"`, ""},
		{"a direction alone", `"status":"COMPLETE","direction":"OUT"`, ""},
		{"a status of next year", `"status":"SCREENING","transactions":[{"isOnHold":true}]`, "S-1 unknown"},
	} {
		rec := read(t, "p.jsonl", []byte(`{"uuid":"u-1","reference":"S-1",`+c.payment+"}\n"))
		got := ""
		for _, o := range rec.Orders {
			got = inMoney(o)
		}
		if got != c.want || rec.Rows() != 1 || len(rec.Rejects) > 0 {
			t.Errorf("%s: %q, want %q, rejects %+v", c.name, got, c.want, rec.Rejects)
		}
	}
}

// TestEveryShapeIsTheSame: the bare array, an envelope, JSON lines and single
// objects hold the same payments.
func TestEveryShapeIsTheSame(t *testing.T) {
	array := fixture(t, "payments.json")
	said := func(name string, content []byte) (list []string) {
		for _, o := range read(t, name, content).Orders {
			list = append(list, inMoney(o))
		}
		return list
	}
	want := said("a.json", array)
	if got := said("b.json", slices.Concat([]byte(`{"data":`), array, []byte("}\n"))); !slices.Equal(got, want) {
		t.Errorf("in an envelope: %q", got)
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(string(array), "[\n"), "]\n")
	lines := strings.ReplaceAll(inner, "},\n", "}\n")
	if got := said("c.jsonl", []byte(lines)); !slices.Equal(got, want) {
		t.Errorf("as lines: %q", got)
	}
	first, _, _ := strings.Cut(lines, "\n")
	if got := said("d.json", []byte(first+"\n")); !slices.Equal(got, want[:1]) {
		t.Errorf("a single object: %q", got)
	}
}

func TestTable(t *testing.T) {
	rec := read(t, "payments.csv", fixture(t, "payments.csv"))
	if len(rec.Orders) != 1 || len(rec.Rejects) != 1 || rec.Scope != 1 {
		t.Fatalf("%d orders, %d rejects, %d out of scope", len(rec.Orders), len(rec.Rejects), rec.Scope)
	}
	if got, want := inMoney(rec.Orders[0]), "S-1 paid due 2 received 2 of USDC on ERC20 paid 2025-07-24T10:17:40Z txs 2"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if r := rec.Rejects[0]; r.At.Line != 3 || r.Column != "paidCurrency.amount" || r.OrderNo != "S-2" || r.Address != "0xe64c920a27ef8424022bb354e2b9de692c93f7c1" {
		t.Errorf("the reject %+v", r)
	}
}

func TestRejects(t *testing.T) {
	for _, c := range []struct{ name, payment, column, reason string }{
		{"no name", `{"status":"PENDING"}`, "uuid", "neither uuid nor reference"},
		{"no status", `{"uuid":"u-1","status":null}`, "status", "empty"},
		{"negative", `{"uuid":"u-1","status":"PENDING","paidCurrency":{"amount":-2}}`, "paidCurrency.amount", "negative"},
		{"80 digits", `{"uuid":"u-1","status":"PENDING","paidCurrency":{"amount":` + strings.Repeat("7", 80) + `}}`, "paidCurrency.amount", "78 digits"},
		{"an amount as text with an exponent", `{"id":"u-1","status":"COMPLETED","originator":{"actual":{"amount":"1E+2"}}}`, "originator.actual.amount", "scientific"},
		{"a date without a zone", `{"uuid":"u-1","status":"PENDING","dateCreated":"2026-03-17 10:00:00"}`, "dateCreated", "timezone"},
		{"a confirmation that is no time", `{"uuid":"u-1","status":"COMPLETE","transactions":[{"dateConfirmed":17}]}`, "transactions[].dateConfirmed", "not a time"},
		{"a damaged id", `{"uuid":"u-1","reference":"8.21E+09","status":"PENDING"}`, "reference", "digits"},
	} {
		rec := read(t, "p.jsonl", []byte(`{"uuid":"ok","status":"PENDING"}`+"\n"+c.payment+"\n"))
		if len(rec.Orders) != 1 || len(rec.Rejects) != 1 {
			t.Errorf("%s: %d orders, rejects %+v", c.name, len(rec.Orders), rec.Rejects)
			continue
		}
		r := rec.Rejects[0]
		if r.At.Line != 2 || r.Column != c.column || !strings.Contains(r.Reason, c.reason) || c.column != "uuid" && r.OrderID != "u-1" {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

func TestConform(t *testing.T) {
	samples := map[string][]byte{}
	for _, name := range []string{"payments.json", "payins-v3.json", "channel.json", "payments.csv"} {
		samples[name] = fixture(t, name)
	}
	p := published(t)
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Orders(sources.FileOptions{Name: "bvnk", Profile: p, Files: files})
	}, samples)
}

// FuzzOrders: no file, however broken, makes a row disappear or gives an order that
// nobody can find.
func FuzzOrders(f *testing.F) {
	f.Add([]byte("00,stAtus,||"))                                                              // only the contract tells the delimiter
	f.Add([]byte("uuid,status,paidCurrency.amount,transactions.hash\nA,COMPLETE,2,0xa|0xb\n")) // short seeds: the fuzzer would spend its time on shortening long ones
	f.Add([]byte(`[{"uuid":"A","status":"COMPLETE","paidCurrency":{"amount":2E+0,"actual":"2"},"address":{"address":"x","tag":1},"transactions":[{"hash":"0xa","dateConfirmed":1753352200000}]}]`))
	f.Add([]byte(`{"id":"A","status":"EXPIRED","paidCurrency":"USDT","paidAmount":1,"address":"x","hash":"0xa","sources":["y"]}`))
	p := published(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		file := sourcetest.Bytes("payments", content)
		var rec sourcetest.Recorder
		err := Orders(sources.FileOptions{Name: "bvnk", Profile: p, Files: []sources.File{file}}).Read(context.Background(), sources.Query{}, &rec)
		for _, o := range rec.Orders {
			if o.OrderID == "" && o.OrderNo == "" || o.Status == "" || o.Due.IsZero() || o.Due.Coef().Sign() < 0 || o.Recorded.Coef().Sign() < 0 || strings.HasPrefix(o.PayTo, "{") {
				t.Errorf("%q became %+v", content, o)
			}
		}
		if err != nil {
			return
		}
		sum, err := tabular.Read("payments", file.Open, tabular.Contract{Columns: columns}, tabular.Options{}, tabular.Handler{Bad: func(*tabular.Error) error { return nil }})
		if err != nil || sum.Rows != rec.Rows() {
			t.Errorf("%d rows of %d, %v: %q", rec.Rows(), sum.Rows, err, content)
		}
	})
}
