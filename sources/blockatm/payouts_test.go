package blockatm

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

const collectionV2 = `{"id":8210003617,"orderNo":"S-1","cashierId":7,"status":"SUCCESS","amount":"10","symbol":"USDT","chainId":"1"}`

func readPayouts(t testing.TB, o sources.FileOptions, lines ...string) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile = "payouts", published(t)
	o.Files = []sources.File{sourcetest.Bytes("payouts.jsonl", []byte(strings.Join(lines, "\n")+"\n"))}
	var rec sourcetest.Recorder
	s := Refunds(o)
	if s.Info().Kind != reconcile.SourceRefunds {
		t.Errorf("the source is of %v", s.Info().Kind)
	}
	err := s.Read(context.Background(), sources.Query{Reach: reconcile.Interval{From: 1, To: 2}}, &rec)
	return &rec, err
}

func TestPayouts(t *testing.T) {
	rec, err := readPayouts(t, sources.FileOptions{}, payoutV2, payoutBatch, collectionV2)
	if err != nil || rec.Scope != 1 {
		t.Fatalf("%+v, %v", rec, err)
	}
	want := []reconcile.Refund{{At: reconcile.At{Line: 1}, Provider: "blockatm", RefundID: "B202505220012", Chain: "1", Asset: "USDT", Symbol: "USDT",
		Amount: money.NewQuantity(money.FromUint64(200000), 2), To: "0xa9e358E33a57E67c9B84618a52f0194C345C8e35", TXIDs: []string{tx1},
		Status: "SUCCESS", State: reconcile.StatePaid, Created: reconcile.InstantOf(time.UnixMilli(1693212861016))}}
	if diff := cmp.Diff(want, rec.Refunds, cmp.AllowUnexported(money.Quantity{}, money.Units{})); diff != "" {
		t.Error(diff)
	}
	if len(rec.Rejects) != 1 || rec.Rejects[0].Column != "detailList" || rec.Rejects[0].TXID == "" {
		t.Errorf("rejects %+v", rec.Rejects)
	}
	mapped := sources.FileOptions{Columns: map[string]string{"refunded_order_no": "custNo"}}
	if rec, err := readPayouts(t, mapped, payoutV2); err != nil || rec.Refunds[0].OrderNo != "CustNo_2022140101" {
		t.Errorf("%+v, %v", rec, err)
	}
}

func TestPayoutStatus(t *testing.T) {
	for _, c := range []struct {
		row  string
		want reconcile.State
	}{
		{`"id":1,"status":"REFUSE"`, reconcile.StateFailed},
		{`"id":1,"status":"Pending"`, reconcile.StateDetected},
		{`"id":1,"status":1`, reconcile.StatePaid},
		{`"id":1,"status":2`, reconcile.StateFailed},
		{`"id":1,"status":3`, reconcile.StateUnknown},
		{`"platOrderNo":"D1","status":1`, reconcile.StateUnknown}, // a success on one page, under way on another
		{`"platOrderNo":"D1","status":2`, reconcile.StateUnknown},
		{`"platOrderNo":"D1","status":-1`, reconcile.StateFailed},
		{`"platOrderNo":"D1","status":0`, reconcile.StateDetected},
		{`"status":0`, reconcile.StateDetected}, // both generations say so
		{`"status":1`, reconcile.StateUnknown},
		{`"id":1,"status":"DONE"`, reconcile.StateUnknown},
	} {
		rec, err := readPayouts(t, sources.FileOptions{}, `{"bizOrderNo":"P-1","amount":"1",`+c.row+`}`)
		if err != nil || len(rec.Refunds) != 1 || rec.Refunds[0].State != c.want {
			t.Errorf("%s: %+v, %v", c.row, rec, err)
		}
	}
}

func TestPayoutsConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Refunds(sources.FileOptions{Name: "payouts", Profile: published(t), Files: files})
	}, map[string][]byte{"a.jsonl": []byte(payoutV2 + "\n" + payoutBatch + "\n"), "b.csv": []byte("bizOrderNo,id,amount,status,txId\nB-1,7,2.5,SUCCESS," + tx1 + "\n")})
}

func FuzzPayouts(f *testing.F) {
	f.Add([]byte(payoutV2 + "\n" + payoutBatch + "\n" + collectionV2))
	f.Add([]byte("bizOrderNo,id,amount,status,txId\nB-1,7,2.5,SUCCESS," + tx1 + "\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		o := sources.FileOptions{Name: "payouts", Profile: published(t), Files: []sources.File{sourcetest.Bytes("payouts", content)}}
		var rec sourcetest.Recorder
		err := Refunds(o).Read(context.Background(), sources.Query{Reach: reconcile.Interval{From: 1, To: 2}}, &rec)
		if err != nil && len(rec.Covers) > 0 {
			t.Errorf("an error (%v), and yet it covers %v", err, rec.Covers)
		}
		for _, r := range rec.Refunds {
			if r.RefundID == "" || r.Status == "" {
				t.Errorf("%+v is no payout", r)
			}
		}
	})
}
