package generic

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

var profile = &reconcile.Profile{Name: "generic", Statuses: map[string]map[string]reconcile.State{"": {
	"PAID": reconcile.StatePaid, "REFUNDED": reconcile.StatePaid, "EXPIRED": reconcile.StateExpired, "PENDING": reconcile.StateCreated}}}

func read(t *testing.T, o sources.FileOptions, content string) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile = "shop", profile
	o.Files = []sources.File{sourcetest.Bytes("shop.csv", []byte(content))}
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

func TestOrderOfARow(t *testing.T) {
	rec, err := read(t, sources.FileOptions{Book: reconcile.BookMerchant}, "Order Number,status,Amount Due,amount_paid,network,token,tx hash,pay_to,created_at,expires_at,resends\n"+
		"S-1,Paid,12.50,12.5,ETH,USDT,0xaa|0xbb,0xAB,2026-03-17T10:00:00Z,2026-03-17 10:30:00 UTC,2\n"+
		"=S-2,refunded,1,,,eip155:1/erc20:0xdac1,,,1773741600,,\n")
	if err != nil || len(rec.Rejects) > 0 {
		t.Fatal(err, rec.Rejects)
	}
	at := func(s string) reconcile.Instant { v, _ := time.Parse(time.RFC3339, s); return reconcile.InstantOf(v) }
	want := []reconcile.Order{
		{At: reconcile.At{Line: 2}, Book: reconcile.BookMerchant, Provider: "generic", OrderNo: "S-1", Status: "Paid", State: reconcile.StatePaid,
			Due: quantity("12.50"), Recorded: quantity("12.5"), Chain: "ETH", Asset: "USDT", Symbol: "USDT", TXIDs: []string{"0xaa", "0xbb"}, PayTo: "0xAB",
			Created: at("2026-03-17T10:00:00Z"), Expires: at("2026-03-17T10:30:00Z"), Resends: 2},
		{At: reconcile.At{Line: 3}, Book: reconcile.BookMerchant, Provider: "generic", OrderNo: "=S-2", Status: "refunded", State: reconcile.StatePaid,
			Flags: reconcile.FlagRefunded, Due: quantity("1"), Asset: "eip155:1/erc20:0xdac1", Created: at("2026-03-17T10:00:00Z"), Resends: -1},
	}
	if diff := cmp.Diff(want, rec.Orders, cmp.AllowUnexported(money.Quantity{}, money.Units{})); diff != "" {
		t.Error(diff)
	}
	if len(rec.Covers) != 1 {
		t.Errorf("covers %v, want the whole reach", rec.Covers)
	}
}

// TestBadCells: each is a reject with line, column, reason and the order it
// belongs to, and the rows around it are read.
func TestBadCells(t *testing.T) {
	for _, c := range []struct{ column, value, reason string }{
		{"amount_due", "1,234.56", "ambiguous"}, {"amount_due", "1.234,56", "ambiguous"}, {"amount_due", "1e-7", "scientific"},
		{"amount_due", "NaN", "digit"}, {"amount_due", "-5", "negative"}, {"amount_due", strings.Repeat("7", 80), "78 digits"},
		{"order_id", "8.21E+09", ""}, {"created_at", "2026-03-17 10:00:00", "timezone"}, {"created_at", "03/04/2026", ""}, {"status", "", "empty"},
		{"resends", "some", "resends"},
	} {
		row := map[string]string{"order_no": "S-7", "status": "paid", "order_id": "77", "amount_due": "1", "created_at": "2026-03-17T10:00:00Z", "resends": "0"}
		row[c.column] = c.value
		line := []string{row["order_no"], row["status"], row["order_id"], `"` + row["amount_due"] + `"`, row["created_at"], row["resends"]}
		rec, err := read(t, sources.FileOptions{}, "order_no,status,order_id,amount_due,created_at,resends\nS-1,paid,1,1,2026-03-17T10:00:00Z,0\n"+strings.Join(line, ",")+"\nS-9,paid,9,1,2026-03-17T10:00:00Z,0\n")
		if err != nil || len(rec.Orders) != 2 || len(rec.Rejects) != 1 {
			t.Errorf("%s=%q: %d orders, rejects %v, %v", c.column, c.value, len(rec.Orders), rec.Rejects, err)
			continue
		}
		r := rec.Rejects[0]
		if r.At.Line != 3 || r.Column != c.column || r.OrderNo != "S-7" || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s=%q: rejected as %+v", c.column, c.value, r)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"order_no,amount_due", `status`}, {"order_no,status,status", "status"}, {"order_no;stat", "status"},
	} {
		if _, err := read(t, sources.FileOptions{}, c.header+"\nS-1,paid,1\n"); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "shop.csv") {
			t.Errorf("%s: %v", c.header, err)
		}
	}
	rec, err := read(t, sources.FileOptions{Columns: map[string]string{"order_no": "Merchant Order No."}, Only: map[string][]string{"Gateway": {"crypto"}}},
		"Merchant Order No.,status,gateway\nS-1,paid,Crypto\nS-2,paid,card\n")
	if err != nil || len(rec.Orders) != 1 || rec.Scope != 1 {
		t.Errorf("mapping and filter: %d orders, %d out of scope, %v", len(rec.Orders), rec.Scope, err)
	}
	if _, err := read(t, sources.FileOptions{Columns: map[string]string{"oder_no": "x"}}, "order_no,status\n"); err == nil || !strings.Contains(err.Error(), "oder_no") {
		t.Errorf("an unknown column name: %v", err)
	}
}

func TestInvisibleCharactersStay(t *testing.T) {
	rec, err := read(t, sources.FileOptions{}, "order_no,status\nS\u200b1,paid\nS\u202e2,weird\n")
	if err != nil || len(rec.Orders) != 2 || rec.Orders[0].OrderNo != "S\u200b1" || rec.Orders[1].State != reconcile.StateUnknown {
		t.Errorf("%+v %v", rec.Orders, err)
	}
}

func TestConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Orders(sources.FileOptions{Name: "shop", Profile: profile, Files: files})
	}, map[string][]byte{
		"shop.csv":   []byte("order_no,status,amount_due,created_at\nS-1,paid,1.5,2026-03-17T10:00:00Z\nS-2,expired,2,2026-03-17T10:00:00Z\nS-3,paid,x,\n"),
		"shop.jsonl": []byte(`{"order_no":"S-1","status":"paid","amount_due":2E+1}` + "\n" + `{"order_no":"S-2","status":"expired"}` + "\n"),
	})
}
