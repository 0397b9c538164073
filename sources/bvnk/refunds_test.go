package bvnk

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

const refundHash = "0x7777777777777777777777777777777777777777777777777777777777777777"

func readRefunds(t testing.TB, o sources.FileOptions, files ...sources.File) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile, o.Files = "refunds", published(t), files
	var rec sourcetest.Recorder
	s := Refunds(o)
	if s.Info().Kind != reconcile.SourceRefunds {
		t.Errorf("the source is of %v", s.Info().Kind)
	}
	err := s.Read(context.Background(), sources.Query{Reach: reconcile.Interval{From: 1, To: 2}}, &rec)
	return &rec, err
}

// The refund is the data of the documented webhook; a pay-in and a payout stand
// beside it.
const outgoingPayments = `[
{"uuid": "AD5C2CFC-6ec3-4e51-96f1-03dfad8efc11", "reference": "S-1", "type": "IN", "subType": "merchantPayIn", "status": "COMPLETE"},
{"uuid": "bf651b97-722f-400b-b96f-3e56fe182cfe", "reference": "own", "type": "OUT", "subType": "merchantRefund", "status": "COMPLETE", "dateCreated": 1753349709000,
 "paidCurrency": {"currency": "USDC", "amount": 2, "actual": 1.5}, "address": {"address": "0xe64c920a27ef8424022bb354e2b9de692c93f7c1", "protocol": "ERC20"},
 "transactions": [{"hash": "` + refundHash + `"}], "refund": {"uuid": "AD5C2CFC-6ec3-4e51-96f1-03dfad8efc11", "reference": "S-1"}},
{"uuid": "11111111-722f-400b-b96f-3e56fe182cfe", "reference": "S-1", "type": "OUT", "subType": "merchantPayOut", "status": "PROCESSING", "dateCreated": 1753349709000,
 "paidCurrency": {"currency": "USDC", "amount": 7, "actual": 0}, "transactions": [], "refund": null}]`

func TestOutgoingPayments(t *testing.T) {
	rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("payments.json", []byte(outgoingPayments)))
	if err != nil || rec.Scope != 1 || len(rec.Rejects) != 0 {
		t.Fatalf("%+v, %v", rec, err)
	}
	at := reconcile.InstantOf(time.UnixMilli(1753349709000))
	want := []reconcile.Refund{
		{Provider: "bvnk", RefundID: "bf651b97-722f-400b-b96f-3e56fe182cfe", OrderID: "ad5c2cfc-6ec3-4e51-96f1-03dfad8efc11", OrderNo: "S-1",
			Chain: "ERC20", Asset: "USDC", Symbol: "USDC", Amount: money.NewQuantity(money.FromUint64(15), 1),
			To: "0xe64c920a27ef8424022bb354e2b9de692c93f7c1", TXIDs: []string{refundHash},
			Status: "COMPLETE", State: reconcile.StatePaid, Created: at},
		// A payout's reference is its own: it gives nothing back of the order of that number.
		{Provider: "bvnk", RefundID: "11111111-722f-400b-b96f-3e56fe182cfe", Asset: "USDC", Symbol: "USDC", Amount: money.NewQuantity(money.FromUint64(7), 0),
			Status: "PROCESSING", State: reconcile.StateDetected, Created: at},
	}
	for i := range rec.Refunds {
		rec.Refunds[i].At = reconcile.At{}
	}
	if diff := cmp.Diff(want, rec.Refunds, cmp.AllowUnexported(money.Quantity{}, money.Units{})); diff != "" {
		t.Error(diff)
	}
	if rec.Proofs[0] != "declared" || len(rec.Covers) != 1 {
		t.Errorf("proof %v, covers %v", rec.Proofs, rec.Covers)
	}
}

const ledgerHeader = "Account Name,Account Reference,Currency,Running Balance,Date Created,Transaction ID,Transaction Type,Description,Amount,Transaction Hash,Transaction UUID,Payment Type,Payment Status,Merchant Reference,To Currency Code\n"

// ledgerOf is an export of one account: 120 come in with a fee of 1, 20 go back with
// a fee of 0.5, 50 come in.
func ledgerOf(lines ...string) string { return ledgerHeader + strings.Join(lines, "\n") + "\n" }

var ledgerLines = []string{
	"Main,W-1,USDT,1120,2026-03-16T10:00:00Z,1,deposit,pay-in,120,,u-1,merchantPayIn,COMPLETE,S-1,",
	"Main,W-1,USDT,1119,2026-03-16T10:00:01Z,2,fee,processing fee,-1,,u-1,merchantPayIn,COMPLETE,S-1,",
	"Main,W-1,USDT,1099,2026-03-16T11:00:00Z,3,withdrawal,refund,-20," + refundHash + ",u-2,merchantRefund,COMPLETE,S-1,",
	"Main,W-1,USDT,1098.50,2026-03-16T11:00:01Z,4,fee,network fee,-0.5," + refundHash + ",u-2,merchantRefund,COMPLETE,S-1,",
	"Main,W-1,USDT,1148.50,2026-03-16T12:00:00Z,5,deposit,pay-in,50,,u-3,merchantPayIn,COMPLETE,S-2,",
}

func backwards(lines []string) []string {
	var list []string
	for _, line := range lines {
		list = append([]string{line}, list...)
	}
	return list
}

func TestLedgerWithoutAGap(t *testing.T) {
	for name, content := range map[string]string{
		"forwards":  ledgerOf(ledgerLines...),
		"backwards": ledgerOf(backwards(ledgerLines)...),
		"unsigned":  strings.ReplaceAll(ledgerOf(ledgerLines...), ",-", ","),
		"two accounts side by side": ledgerOf(ledgerLines[0], "Main,W-2,EUR,-5,2026-03-16T10:30:00Z,9,fee,x,-5,,,,,,", ledgerLines[1],
			"Main,W-2,EUR,1.25,2026-03-16T10:40:00Z,10,deposit,x,6.25,,,,,,", ledgerLines[2], ledgerLines[3], ledgerLines[4]),
	} {
		rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("ledger.csv", []byte(content)))
		if err != nil || len(rec.Gaps) > 0 || len(rec.Rejects) > 0 {
			t.Errorf("%s: gaps %v, rejects %v, %v", name, rec.Gaps, rec.Rejects, err)
			continue
		}
		if rec.Proofs[len(rec.Proofs)-1] != "running balance" || !strings.Contains(strings.Join(rec.Notes, " "), "is unbroken over 5 rows, from 2026-03-16T10:00:00Z to 2026-03-16T12:00:00Z") {
			t.Errorf("%s: proof %v, notes %v", name, rec.Proofs, rec.Notes)
		}
		if len(rec.Refunds) != 1 || rec.Refunds[0].RefundID != "u-2" || rec.Refunds[0].Amount.String() != "20" || rec.Refunds[0].TXIDs[0] != refundHash || rec.Refunds[0].OrderNo != "" {
			t.Errorf("%s: refunds %+v", name, rec.Refunds)
		}
	}
}

// Whichever row between the first and the last is taken away, the next one is named.
func TestLedgerWithAGap(t *testing.T) {
	for n := 1; n < len(ledgerLines)-1; n++ {
		kept := append(append([]string{}, ledgerLines[:n]...), ledgerLines[n+1:]...)
		for name, lines := range map[string][]string{"forwards": kept, "backwards": backwards(kept)} {
			rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("ledger.csv", []byte(ledgerOf(lines...))))
			line := n + 2
			if name == "backwards" {
				line = len(kept) - n + 2
			}
			if err != nil || len(rec.Gaps) != 1 || !strings.Contains(rec.Gaps[0].Reason, "ledger.csv line "+string(rune('0'+line))+` column "Running Balance": the balance of W-1 USDT goes from`) {
				t.Errorf("%s without row %d: gaps %+v, %v", name, n, rec.Gaps, err)
				continue
			}
			if rec.Proofs[len(rec.Proofs)-1] != "declared" {
				t.Errorf("%s without row %d: proof %v", name, n, rec.Proofs)
			}
			if g := rec.Gaps[0].Span; !g.Contains(instant("2026-03-16T10:00:01Z")) && !g.Contains(instant("2026-03-16T11:00:00Z")) && !g.Contains(instant("2026-03-16T11:00:01Z")) {
				t.Errorf("%s without row %d: the gap is %v", name, n, g)
			}
		}
	}
}

func TestLedgerThatWasChanged(t *testing.T) {
	changed := strings.Replace(ledgerOf(ledgerLines...), ",-20,", ",-25,", 1)
	rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("ledger.csv", []byte(changed)))
	if err != nil || len(rec.Gaps) != 1 || !strings.Contains(rec.Gaps[0].Reason, "goes from 1119 (line 3) to 1099 (line 4), and the amount is -25") {
		t.Errorf("gaps %+v, %v", rec.Gaps, err)
	}
}

func TestLedgerRowThatCannotBeRead(t *testing.T) {
	for _, broken := range []string{strings.Replace(ledgerLines[2], ",-20,", ",x,", 1), strings.Replace(ledgerLines[2], ",1099,", ",,", 1),
		strings.Replace(ledgerLines[2], "2026-03-16T11:00:00Z", "", 1)} {
		rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("ledger.csv", []byte(ledgerOf(ledgerLines[0], ledgerLines[1], broken, ledgerLines[3], ledgerLines[4]))))
		if err != nil || len(rec.Rejects) != 1 || rec.Rejects[0].At.Line != 4 || len(rec.Refunds) != 0 {
			t.Errorf("%s: %+v, %v", broken, rec, err)
		}
	}
}

func TestLedgersOfTwoMonths(t *testing.T) {
	march, april := sourcetest.Bytes("march.csv", []byte(ledgerOf(ledgerLines[:3]...))), sourcetest.Bytes("april.csv", []byte(ledgerOf(backwards(ledgerLines[3:])...)))
	rec, err := readRefunds(t, sources.FileOptions{}, april, march)
	if err != nil || len(rec.Gaps) > 0 || rec.Proofs[len(rec.Proofs)-1] != "running balance" {
		t.Errorf("gaps %+v, proof %v, %v", rec.Gaps, rec.Proofs, err)
	}
	late := sourcetest.Bytes("april.csv", []byte(ledgerOf(ledgerLines[4:]...)))
	rec, err = readRefunds(t, sources.FileOptions{}, late, march)
	if err != nil || len(rec.Gaps) != 1 || !strings.Contains(rec.Gaps[0].Reason, "april.csv line 2") || !strings.Contains(rec.Gaps[0].Reason, "ends at 1099 in march.csv line 4") {
		t.Errorf("gaps %+v, %v", rec.Gaps, err)
	}
}

func TestLedgerRefunds(t *testing.T) {
	exchanged := strings.TrimSuffix(ledgerLines[2], ",") + ",EUR"
	again := "Main,W-1,USDT,1092,2026-03-16T11:00:00Z,6,withdrawal,refund,-7," + refundHash + ",u-2,merchantRefund,COMPLETE,S-1,"
	for _, c := range []struct{ name, content, amount string }{
		{"exchanged on its way: what arrived is not known", ledgerOf(ledgerLines[0], ledgerLines[1], exchanged), ""},
		{"moved twice: which one arrived is not known", ledgerOf(ledgerLines[0], ledgerLines[1], ledgerLines[2], again), ""},
	} {
		rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("ledger.csv", []byte(c.content)))
		if err != nil || len(rec.Refunds) == 0 || len(rec.Gaps) > 0 {
			t.Errorf("%s: %+v, %v", c.name, rec, err)
			continue
		}
		for _, r := range rec.Refunds {
			if r.Amount.String() != c.amount || len(r.TXIDs) != 1 {
				t.Errorf("%s: %+v", c.name, r)
			}
		}
	}
	mapped := sources.FileOptions{Columns: map[string]string{"refunded_order_no": "Merchant Reference"}}
	if rec, err := readRefunds(t, mapped, sourcetest.Bytes("ledger.csv", []byte(ledgerOf(ledgerLines...)))); err != nil || rec.Refunds[0].OrderNo != "S-1" {
		t.Errorf("%+v, %v", rec.Refunds, err)
	}
	part := sources.FileOptions{Only: map[string][]string{"Payment Type": {"merchantRefund"}}}
	rec, err := readRefunds(t, part, sourcetest.Bytes("ledger.csv", []byte(ledgerOf(ledgerLines...))))
	if err != nil || rec.Proofs[0] != "declared" || len(rec.Gaps) > 0 || len(rec.Refunds) != 1 {
		t.Errorf("with only: %+v, %v", rec, err)
	}
}

func TestRefundsConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Refunds(sources.FileOptions{Name: "refunds", Profile: published(t), Files: files})
	}, map[string][]byte{"payments.json": []byte(outgoingPayments), "ledger.csv": []byte(ledgerOf(ledgerLines...))})
}

func FuzzRefunds(f *testing.F) {
	f.Add([]byte(outgoingPayments))
	f.Add([]byte(ledgerOf(ledgerLines...)))
	f.Add([]byte(ledgerOf(backwards(ledgerLines)...)))
	f.Fuzz(func(t *testing.T, content []byte) {
		rec, err := readRefunds(t, sources.FileOptions{}, sourcetest.Bytes("refunds", content))
		if err != nil && len(rec.Covers) > 0 {
			t.Errorf("an error (%v), and yet it covers %v", err, rec.Covers)
		}
		for _, r := range rec.Refunds {
			if r.RefundID == "" || r.Amount.Known() && r.Amount.Coef().Sign() < 0 {
				t.Errorf("%+v is no refund", r)
			}
		}
		for _, proof := range rec.Proofs {
			if proof == "running balance" && len(rec.Gaps) > 0 {
				t.Errorf("proven, and yet %v", rec.Gaps)
			}
		}
	})
}

func instant(text string) reconcile.Instant {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return reconcile.InstantOf(at)
}
