package generic

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// stall is a format that renames columns across one another.
var stall = &sources.Format{
	Columns: map[string][]string{"order_id": {"Receipt"}, "order_no": {"order_id", "No"}, "status": {"steps[].word", "Word"}, "asset": {"Coin"}, "amount_paid": {"Got"},
		"price": {"Asked"}, "price_currency": {"currency"}, "txid": {"Tx"}, "created_at": {"Born"}},
	Assets: map[string]string{"BIT": "eip155:1/erc20:0x00000000000000000000000000000000000000b1"},
	Zone:   time.UTC,
}

func readFormat(f *sources.Format, o sources.FileOptions, files ...sources.File) (*sourcetest.Recorder, error) {
	o.Name, o.Format, o.Files = "stall", f, files
	o.Profile = &reconcile.Profile{Name: "stall", Statuses: map[string]map[string]reconcile.State{"": {"DONE": reconcile.StatePaid, "OPEN": reconcile.StateCreated, "LOST": reconcile.StateExpired}}}
	var rec sourcetest.Recorder
	err := Orders(o).Read(context.Background(), sources.Query{}, &rec)
	return &rec, err
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		columns             map[string]string
		want, problem       string
	}{
		{"headers of its own, and a plain one", "a.csv", "Receipt,order_id,Word,Coin,Got,amount_due,Asked,currency,Born\n1,S-1,done,bit,2,3,9,EUR,2026-03-17 10:00:00\n", nil, "1 S-1 paid due 3 paid 2 eip155:1/erc20:0x00000000000000000000000000000000000000b1 bit 9 EUR 2026-03-17T10:00:00Z", ""},
		{"another header for the same", "a.csv", "Receipt,No,Word\n1,S-1,done\n", nil, "1 S-1 paid due  paid       ", ""},
		{"priced in the coin itself", "a.csv", "Receipt,Word,Coin,Asked,currency\n1,open,BIT,9,bit\n", nil, "1  created due 9 paid  eip155:1/erc20:0x00000000000000000000000000000000000000b1 BIT 9 bit ", ""},
		{"nothing paid yet is no claim", "a.csv", "Receipt,Word,Got\n1,open,0\n", nil, "1  created due  paid       ", ""},
		{"a timeline ends with what holds", "a.jsonl", `{"Receipt":1,"steps":[{"word":"open"},{"word":"done"}]}` + "\n" + `{"Receipt":2,"steps":[]}` + "\n", nil, "1  paid due  paid       ", ""},
		{"mapped by the plain name", "a.csv", "Bon,Word\nS-1,done\n", map[string]string{"order_no": "Bon"}, " S-1 paid due  paid       ", ""},
		{"mapped by the plain name that is a header elsewhere", "a.csv", "Bon,Word\n1,done\n", map[string]string{"order_id": "Bon"}, "1  paid due  paid       ", ""},
		{"no status", "a.csv", "Receipt,status\n1,done\n", nil, "", `column "steps[].word"`},
	} {
		rec, err := readFormat(stall, sources.FileOptions{Columns: c.columns}, sourcetest.Bytes(c.file, []byte(c.content)))
		got := ""
		if len(rec.Orders) > 0 {
			o := rec.Orders[0]
			got = fmt.Sprintf("%s %s %s due %s paid %s %s %s %s %s %s", o.OrderID, o.OrderNo, o.State, o.Due, o.Recorded, o.Asset, o.Symbol, o.Price, o.PriceIn, o.Created)
		}
		switch {
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%s: %v", c.name, err)
		case c.problem == "" && (err != nil || strings.Trim(got, " ") != strings.Trim(c.want, " ")):
			t.Errorf("%s: %q %v %v", c.name, got, err, rec.Rejects)
		}
	}
}

// perRow is the same with a row for each payment.
func perRow() *sources.Format {
	f := *stall
	f.PerPayment = true
	return &f
}

func TestConformFormat(t *testing.T) {
	content := "Receipt,No,Word,Coin,Got,Tx\n1,S-1,done,BIT,2,0xa1\n2,S-2,done,BIT,3,0xa2\n3,S-3,open,BIT,,\n,,done,BIT,1,0xa9\n"
	lines := `{"Receipt":"4","No":"S-4","Word":"done","Got":1,"Tx":"0xa4"}` + "\n" + `{"Receipt":"5","Word":"open"}` + "\n"
	for name, f := range map[string]*sources.Format{"orders": stall, "payments": perRow()} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Conform(t, func(files ...sources.File) sources.Source {
				return Orders(sources.FileOptions{Name: "stall", Format: f, Profile: &reconcile.Profile{Name: "stall"}, Files: files})
			}, map[string][]byte{"a.csv": []byte(content), "b.jsonl": []byte(lines)})
		})
	}
}

// TestPaymentsAddUp: however payments are spread over files, and however often one is
// exported, an order is the sum of its own.
func TestPaymentsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type payment struct {
			order, id, amount int
		}
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) payment {
			return payment{rapid.IntRange(1, 3).Draw(t, "order"), rapid.IntRange(0, 9).Draw(t, "id"), 0}
		}), 1, 12).Draw(t, "rows")
		sums, seen := map[string]int{}, map[payment]bool{}
		files := [2]string{"Receipt,Word,Coin,Got,Tx\n", "Receipt,Word,Coin,Got,Tx\n"}
		for i, p := range list {
			p.amount = p.id + 1 // a payment is exported with one amount always
			if !seen[p] {
				seen[p] = true
				sums[fmt.Sprint(p.order)] += p.amount
			}
			files[i%2] += fmt.Sprintf("%d,done,BIT,%d,0x%d%03d-0\n", p.order, p.amount, p.order, p.id)
		}
		rec, err := readFormat(perRow(), sources.FileOptions{}, sourcetest.Bytes("a.csv", []byte(files[0])), sourcetest.Bytes("b.csv", []byte(files[1])))
		if len(list) == 1 { // the second file is a header alone, which the reader may refuse
			return
		}
		if err != nil || len(rec.Orders) != len(list) {
			t.Fatalf("%d rows of %d, %v", len(rec.Orders), len(list), err)
		}
		for _, o := range rec.Orders {
			if got := o.Recorded.String(); got != fmt.Sprint(sums[o.OrderID]) || !slices.IsSorted(o.TXIDs) {
				t.Fatalf("order %s is paid %s of %d by %v", o.OrderID, got, sums[o.OrderID], o.TXIDs)
			}
		}
	})
}

var hookFormat = &sources.WebhookFormat{Header: "x-sig", Hash: "sha256", Encoding: "hex", Sorted: true,
	Members: map[string][]string{"order_id": {"id", "a.id"}, "order_no": {"no"}, "status": {"steps[].word", "word"}, "amount": {"got"}, "txid": {"tx"}, "time": {"at"}}}

func TestDecoder(t *testing.T) {
	d := Decoder(&reconcile.Profile{Name: "stall", Statuses: map[string]map[string]reconcile.State{"": {"DONE": reconcile.StatePaid}}}, hookFormat)
	for _, c := range []struct{ name, body, said, part string }{
		{"plain", `{"id":1,"no":"S-1","word":"done","got":"2.50","tx":"0xa","at":1773741600}`, "1 S-1 paid 2.5 [0xa] 2026-03-17T10:00:00Z", ""},
		{"the second path", `{"id":" ","a":{"id":"x"},"steps":[{"word":"new"},{"word":"done"}]}`, "x  paid  [] ", ""},
		{"a word that nobody knows", `{"id":1,"word":"asleep"}`, "1  unknown  [] ", ""},
		{"about something else", `{"report":"ready"}`, "", "out of scope"},
		{"no status", `{"id":1,"word":{}}`, "", "body"},
		{"an amount in text with an exponent", `{"id":1,"word":"done","got":"1e2"}`, "", "body.got"},
		{"an amount as a number with one", `{"id":1,"word":"done","got":1e2}`, "1  paid 100 [] ", ""},
		{"a time that is none", `{"id":1,"word":"done","at":"noon"}`, "", "body.at"},
		{"cut", `{"id":1`, "", "body"},
		{"two documents", `{"id":1,"word":"done"}{"id":2}`, "", "body"},
		{"no object", `[1]`, "", "out of scope"},
	} {
		var got reconcile.Delivery
		err := d.Decode(sources.Request{Body: []byte(c.body)}, &got)
		said := fmt.Sprintf("%s %s %s %s %s %s", got.OrderID, got.OrderNo, got.State, got.Amount, got.TXIDs, got.Requested)
		var e *sources.RequestError
		switch {
		case c.part == "" && (err != nil || said != c.said):
			t.Errorf("%s: %q %v", c.name, said, err)
		case c.part == "out of scope" && !errors.Is(err, sources.ErrOutOfScope):
			t.Errorf("%s: %v", c.name, err)
		case c.part != "" && c.part != "out of scope" && (!errors.As(err, &e) || e.Part != c.part):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// FuzzDecoder: whatever comes, a delivery that is read names an order and a status,
// only the right secret verifies, and the order of keys changes nothing.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte(`{"id":1,"no":"S-1","word":"done","got":2.5e3,"a":{"id":"<&>","b":[1,null,true]}}`))
	f.Add([]byte(`{"steps":[{"word":"x"}],"no":"é\u2028\ud800"}`))
	d := Decoder(&reconcile.Profile{Name: "stall"}, hookFormat)
	f.Fuzz(func(t *testing.T, body []byte) {
		var got reconcile.Delivery
		if err := d.Decode(sources.Request{Body: body}, &got); err == nil && (got.OrderID == "" && got.OrderNo == "" || got.Status == "") {
			t.Errorf("read without a name or a status: %+v", got)
		}
		v, err := parse(body)
		if err != nil {
			return
		}
		sorted := appendSorted(nil, v, false)
		m := hmac.New(sha256.New, []byte("secret"))
		m.Write(sorted)
		r := sources.Request{Body: body, Header: map[string]string{"x-sig": hex.EncodeToString(m.Sum(nil))}}
		if _, ok := d.Verify(r, "secret"); !ok {
			t.Error("its own signature does not verify")
		}
		if _, ok := d.Verify(r, "secreT"); ok {
			t.Error("another secret verifies")
		}
		again, err := parse(sorted)
		if err != nil || string(appendSorted(nil, again, false)) != string(sorted) {
			t.Errorf("sorted twice it is another text: %s, %v", sorted, err)
		}
	})
}
