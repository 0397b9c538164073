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

const refundTX = "0xdddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

func readRefunds(t testing.TB, o sources.FileOptions, name, content string) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile = "refunds", published(t)
	o.Files = []sources.File{sourcetest.Bytes(name, []byte(content))}
	var rec sourcetest.Recorder
	s := Refunds(o)
	if kind := s.Info().Kind; kind != reconcile.SourceRefunds {
		t.Errorf("the source is of %v", kind)
	}
	err := s.Read(context.Background(), sources.Query{Reach: reconcile.Interval{From: 1, To: 2}}, &rec)
	return &rec, err
}

func TestRefundOfARow(t *testing.T) {
	want := reconcile.Refund{At: reconcile.At{Line: 2}, Provider: "generic", RefundID: "R-1", OrderID: "77", OrderNo: "S-1", Amount: quantity("20.50"),
		Asset: "USDT", Symbol: "USDT", Chain: "ETH", TXIDs: []string{refundTX}, Status: "Refunded", State: reconcile.StatePaid,
		Created: instant("2026-03-18T09:00:00Z"), Updated: instant("2026-03-18T09:10:00Z")}
	for name, content := range map[string]string{
		"contract.csv": "refund_id,order_id,order_no,amount,asset,chain,txid,status,created_at,updated_at\nR-1,77,S-1,20.50,USDT,ETH," + refundTX +
			",Refunded,2026-03-18T09:00:00Z,2026-03-18T09:10:00Z\n",
		"other words.csv": "Refund No;Provider Order ID;Order Number;Refund Amount;Token;Network;Tx Hash;Refund Status;Refunded At;Updated\nR-1;77;S-1;20.50;USDT;ETH;" +
			refundTX + ";Refunded;2026-03-18 09:00:00 UTC;2026-03-18 09:10:00 UTC\n",
	} {
		rec, err := readRefunds(t, sources.FileOptions{}, name, content)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]reconcile.Refund{want}, rec.Refunds, cmp.AllowUnexported(money.Quantity{}, money.Units{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	asObject := `{"refund_id":"R-1","order_id":77,"order_no":"S-1","amount":20.50,"asset":"USDT","chain":"ETH","txid":"` + refundTX +
		`","status":"Refunded","created_at":"2026-03-18T09:00:00Z","updated_at":"2026-03-18T09:10:00Z"}`
	rec, err := readRefunds(t, sources.FileOptions{}, "refunds.jsonl", asObject+"\n")
	if err != nil || len(rec.Refunds) != 1 || rec.Refunds[0].RefundID != "R-1" || rec.Refunds[0].Amount.String() != "20.5" {
		t.Errorf("JSON lines: %+v, %v", rec, err)
	}
}

func TestRefundsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, row, column, reason string }{
		{"no name of its own", ",S-1,20,,paid,2026-03-18T09:00:00Z", "refund_id", "neither refund_id nor txid"},
		{"a negative amount", "R-1,S-1,-20,,paid,2026-03-18T09:00:00Z", "amount", "it is negative"},
		{"an ambiguous amount", `R-1,S-1,"1,5",,paid,2026-03-18T09:00:00Z`, "amount", "the separator is ambiguous"},
		{"no status", "R-1,S-1,20,,,2026-03-18T09:00:00Z", "status", "the status is empty"},
		{"a time without a zone", "R-1,S-1,20,,paid,2026-03-18 09:00:00", "created_at", "it has no zone"},
		{"a damaged number", "R-1,8.21E+09,20,,paid,2026-03-18T09:00:00Z", "order_no", "scientific notation"},
	} {
		rec, err := readRefunds(t, sources.FileOptions{}, "refunds.csv", "refund_id,order_no,amount,txid,status,created_at\n"+c.row+"\n")
		if err != nil || len(rec.Refunds) != 0 || len(rec.Rejects) != 1 {
			t.Errorf("%s: %+v, %v", c.name, rec, err)
			continue
		}
		if r := rec.Rejects[0]; r.At.Line != 2 || r.Column != c.column || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s: line %d column %q: %s", c.name, r.At.Line, r.Column, r.Reason)
		}
	}
	for name, header := range map[string]string{"amount": "refund_id,status", "status": "refund_id,amount", "refund_id": "order_no,amount,status"} {
		if _, err := readRefunds(t, sources.FileOptions{}, "refunds.csv", header+"\n1,2,3\n"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// A reject keeps the transaction that it names: that payment is not called nobody's.
func TestRejectedRefundKeepsItsTransaction(t *testing.T) {
	rec, err := readRefunds(t, sources.FileOptions{}, "refunds.csv", "refund_id,order_no,amount,txid,status\nR-1,S-1,x,"+refundTX+",paid\n")
	if err != nil || len(rec.Rejects) != 1 || rec.Rejects[0].TXID != refundTX || rec.Rejects[0].OrderNo != "S-1" {
		t.Errorf("%+v, %v", rec.Rejects, err)
	}
}

func TestRefundsLeftOut(t *testing.T) {
	o := sources.FileOptions{Only: map[string][]string{"method": {"crypto"}}, Zone: time.UTC}
	rec, err := readRefunds(t, o, "refunds.csv", "refund_id,amount,status,method\nR-1,1,paid,crypto\nR-2,2,paid,card\n")
	if err != nil || len(rec.Refunds) != 1 || rec.Scope != 1 {
		t.Errorf("%d refunds, %d out of scope, %v", len(rec.Refunds), rec.Scope, err)
	}
}

func TestRefundsConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Refunds(sources.FileOptions{Name: "refunds", Profile: published(t), Files: files})
	}, map[string][]byte{
		"a.csv": []byte("refund_id,order_no,amount,asset,chain,txid,status,created_at\nR-1,S-1,20,USDT,ETH," + refundTX +
			",paid,2026-03-18T09:00:00Z\nR-2,S-2,30,USDT,ETH,,halfway,2026-03-18T10:00:00Z\n"),
		"b.json": []byte(`[{"refund_id":"R-3","order_no":"S-3","amount":"7","status":"pending","created_at":1773824400}]`),
	})
}

func FuzzRefunds(f *testing.F) {
	f.Add([]byte("refund_id,order_no,amount,asset,chain,txid,status,created_at\nR-1,S-1,20,USDT,ETH," + refundTX + ",paid,2026-03-18T09:00:00Z\n"))
	f.Add([]byte("refund_id;amount;status\nR-1;1,5;\n"))
	f.Add([]byte(`[{"refund_id":"R-3","amount":7e2,"status":"pending"}]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		rec, err := readRefunds(t, sources.FileOptions{}, "refunds", string(content))
		if err != nil && len(rec.Covers) > 0 {
			t.Errorf("an error (%v), and yet it covers %v", err, rec.Covers)
		}
		for _, r := range rec.Refunds {
			if r.RefundID == "" && len(r.TXIDs) == 0 || r.Status == "" || r.Amount.Known() && r.Amount.Coef().Sign() < 0 {
				t.Errorf("%+v is no refund", r)
			}
		}
	})
}
