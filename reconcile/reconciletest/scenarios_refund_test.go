package reconciletest_test

import (
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// overpaid is a paid order of 100 that received 120 from anna.
func overpaid(w *rt.World) {
	w.Order("A-1").Claims("t1")
	w.Transfer("t1", "A-1", "120", "10:12").From("anna")
}

// explains checks that the explanation of a break of A-1 holds a text.
func explains(kind reconcile.Kind, text string) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		for _, b := range out.Result.Breaks() {
			if b.Kind == kind && strings.Contains(b.Explanation, text) {
				return
			}
		}
		t.Errorf("no %v says %q: %+v", kind, text, out.Result.Breaks())
	}
}

var refundScenarios = []scenario{
	// Outgoing payments.
	{name: "refund: an outgoing payment that no refund explains",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "supplier", "30", "11:00").From("A-1")
			w.RefundBook()
		},
		want: `
			A-1     agreed
			out     break: unmatched_refund 0
			do out  refund_or_credit, finance`,
		check: explains(reconcile.UnmatchedRefund, "no refund explains it")},
	{name: "refund: without a book nothing is said of outgoing payments",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "supplier", "30", "11:00").From("A-1")
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},
	{name: "refund: a payment from the treasury needs a refund too, a sweep and a top-up do not",
		build: func(w *rt.World) {
			w.Own("treasury", "vault")
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("sweep", "treasury", "70", "11:00").From("A-1")
			w.Transfer("topup", "A-1", "5", "11:01").From("treasury")
			w.Transfer("moved", "vault", "9", "11:02").From("treasury")
			w.Transfer("out", "supplier", "30", "11:03").From("treasury")
			w.RefundBook()
		},
		want: `
			A-1    agreed
			sweep  excluded: sweep
			topup  excluded: top_up
			moved  excluded: sweep
			out    break: unmatched_refund 0`},
	{name: "refund: its transaction explains the payment",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anybody", "30", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "30", "10:50").By("out")
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},
	{name: "refund: a refund that names a smaller amount does not explain a larger payment",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anybody", "90", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "30", "10:50").By("out")
		},
		want: `
			A-1  agreed
			out  break: unmatched_refund 0`,
		check: explains(reconcile.UnmatchedRefund, "come to less")},
	{name: "refund: one transaction pays several refunds, and one payment too many",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Order("A-2").Claims("t2")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t2", "A-2", "100", "10:13")
			for _, amount := range []string{"10", "20", "30"} {
				w.Transfer("out", "anna", amount, "11:00").From("A-1")
			}
			w.Refund("R-1", "A-1", "10", "10:50").By("out")
			w.Refund("R-2", "A-2", "20", "10:50").By("out")
		},
		want: `
			A-1    agreed
			A-2    agreed
			out#0  excluded: outgoing
			out#1  excluded: outgoing
			out#2  break: unmatched_refund`},
	{name: "refund: without a transaction its amount and the payer explain the payment",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").From("anna")
			w.Transfer("out", "anna", "30", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "30", "10:50")
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},
	{name: "refund: never on the amount alone",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").From("anna")
			w.Transfer("out", "berta", "30", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "30", "10:50")
		},
		want: `
			A-1  agreed
			out  break: unmatched_refund 0`},
	{name: "refund: nothing is said where the book is not complete",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anna", "30", "11:00").From("A-1")
			w.RefundBook()
			w.Declares(rt.Refunds, "10:30", "12:00")
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},
	{name: "refund: nothing is said where the book could not be read",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anna", "30", "11:00").From("A-1")
			w.RefundBook()
			w.Fails(rt.Refunds, "no such file")
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},
	{name: "refund: a row that could not be read may explain any payment",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anna", "30", "11:00").From("A-1")
			w.RefundBook()
			w.Spoilt = []reconcile.Reject{{Column: "amount", Value: "1,5", Reason: "it is ambiguous"}}
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},
	{name: "refund: a row that could not be read explains the payment that it names",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anna", "30", "11:00").From("A-1")
			w.Transfer("more", "anna", "40", "11:01").From("A-1")
			w.RefundBook()
			w.Spoilt = []reconcile.Reject{{Column: "amount", Value: "1,5", Reason: "it is ambiguous", TXID: rt.TXID("out")}}
		},
		want: `
			A-1   agreed
			out   excluded: outgoing
			more  break: unmatched_refund 0`},
	{name: "refund: worthless and foreign tokens go out in our name",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("zero", "poison", "0", "11:00").From("A-1")
			w.Transfer("fake", "poison", "100", "11:01").From("A-1").On(rt.Ethereum, "FAKE")
			w.Transfer("soon", "anna", "50", "11:02").From("A-1").Pending()
			w.RefundBook()
		},
		want: `
			A-1   agreed
			zero  excluded: outgoing
			fake  excluded: outgoing
			soon  excluded: outgoing`},

	// What came too much, and went back.
	{name: "refund: what went back asks for nothing more",
		build: func(w *rt.World) {
			overpaid(w)
			w.Transfer("out", "anna", "20", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "20", "10:50").By("out")
		},
		want: `
			A-1     break: overpaid +20
			out     excluded: outgoing
			do A-1  -`,
		check: explains(reconcile.Overpaid, "20 USDT was given back (refund R-1)")},
	{name: "refund: a part of it leaves the rest",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "5", "10:50")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`,
		check: func(t testing.TB, out rt.Outcome) {
			explains(reconcile.Overpaid, "15 USDT is left")(t, out)
			if a := out.Result.Actions()[0]; a.Amount.Units.Decimal(6) != "15" || !strings.Contains(a.Sentence, "115 USDT") {
				t.Errorf("the action is about %s: %s", a.Amount.Units.Decimal(6), a.Sentence)
			}
		}},
	{name: "refund: a part of a cancelled order's money leaves the rest to be given back",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1").Status("CANCELLED")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "30", "10:50")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  refund_or_credit`,
		check: both(says("A-1", "Already given back: 30 USDT (R-1)."), says("A-1", "refund or credit 70 USDT"))},
	{name: "refund: one that is under way does not count yet",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t2", "A-1", "100", "10:20")
			w.Refund("R-1", "A-1", "100", "10:50").Status("PENDING")
		},
		want: `
			A-1     break: duplicate_payment +100
			do A-1  refund_or_credit, finance`,
		check: func(t testing.TB, out rt.Outcome) {
			if a := out.Result.Actions()[0]; !strings.Contains(a.Sentence, "under way (R-1): count that sum as given back unless it fails") {
				t.Error(a.Sentence)
			}
		}},
	{name: "refund: one whose transaction failed did not happen",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "20", "10:50").By("out")
			w.Facts = []reconcile.TXFact{{Chain: rt.Ethereum, TXID: rt.TXID("out"), Status: reconcile.TXReverted}}
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`,
		check: explains(reconcile.Overpaid, "refund R-1 does not count: its transaction failed or is not on the chain")},
	{name: "refund: one whose transaction nobody has seen did happen",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "20", "10:50").By("out")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  -`},
	{name: "refund: one that was made after the window is of tomorrow",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "20", "03-11 09:00")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`},
	{name: "refund: one that was refused did not happen",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "20", "10:50").Status("FAILED")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`},
	{name: "refund: an unknown status proves nothing",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "20", "10:50").Status("HALFWAY")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`,
		check: explains(reconcile.Overpaid, "its status “HALFWAY” is not in the profile")},
	{name: "refund: money of another currency closes nothing",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "A-1", "20", "10:50").Symbol("EUR")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`,
		check: explains(reconcile.Overpaid, "refund R-1 does not count: nobody can tell its amount")},
	{name: "refund: an id and a number of two orders are about neither",
		build: func(w *rt.World) {
			overpaid(w)
			w.Order("A-2").Claims("t2")
			w.Transfer("t2", "A-2", "100", "10:13")
			w.Refund("R-1", "A-1", "20", "10:50").OrderID("P-A-2")
		},
		want: `
			A-1     break: overpaid +20
			A-2     agreed
			do A-1  credit_actual, finance`},
	{name: "refund: each goes to the break of its amount",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "120", "10:12")
			w.Transfer("t2", "A-1", "100", "10:20")
			w.Refund("R-1", "A-1", "100", "10:50")
		},
		want: `
			A-1     break: duplicate_payment +100, overpaid +20
			do A-1  credit_actual, finance`},
	{name: "refund: late money that went back asks for nothing",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:45")
			w.Refund("R-1", "A-1", "100", "11:00")
		},
		want: `
			A-1     break: late_payment +100
			do A-1  -`},
	{name: "refund: all of a lost and late order went back",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "60", "10:45")
			w.Refund("R-1", "A-1", "60", "11:00")
		},
		want: `
			A-1     break: late_payment 0, lost_order +100, underpaid -40
			do A-1  -`},
	{name: "refund: a sale that was taken back is no difference",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Merchant("A-1").Recorded("70")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "30", "11:00")
		},
		want: `A-1  agreed`},
	{name: "refund: without it the credit is wrong",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Merchant("A-1").Recorded("70")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: credit_mismatch 0`},

	{name: "refund: without an order its receiver and the amount say what it gives back",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "", "20", "10:50").In(rt.Ethereum, "USDT").To("anna")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  -`},
	{name: "refund: without an order and to somebody else, of another amount or before the money came it gives nothing back",
		build: func(w *rt.World) {
			overpaid(w)
			w.Refund("R-1", "", "20", "10:50").In(rt.Ethereum, "USDT").To("berta")
			w.Refund("R-2", "", "19", "10:50").In(rt.Ethereum, "USDT").To("anna")
			w.Refund("R-3", "", "20", "10:11").In(rt.Ethereum, "USDT").To("anna")
		},
		want: `
			A-1     break: overpaid +20
			do A-1  credit_actual, finance`},
	{name: "refund: one gives back one of two equal duplicates",
		build: func(w *rt.World) {
			for _, name := range []string{"A-1", "A-2"} {
				w.Order(name).Claims("t" + name)
				w.Transfer("t"+name, name, "100", "10:12").From("anna")
				w.Transfer("u"+name, name, "100", "10:14").From("anna")
			}
			w.Refund("R-1", "", "100", "10:50").In(rt.Ethereum, "USDT").To("anna")
		},
		want: `
			A-1     break: duplicate_payment +100
			A-2     break: duplicate_payment +100
			do A-1  -
			do A-2  refund_or_credit, finance`},
	{name: "refund: money that no order explains went back to its sender",
		build: func(w *rt.World) {
			w.Watch("till")
			w.Order("A-1").PayTo("till").Claims("t1")
			w.Transfer("t1", "till", "100", "10:12")
			w.Order("ok-2").PayTo("till").Claims("t3")
			w.Transfer("t3", "till", "100", "10:12")
			w.Transfer("t2", "till", "33", "10:14").From("berta")
			w.Refund("R-1", "", "33", "10:50").In(rt.Ethereum, "USDT").To("berta")
		},
		want: `
			A-1    agreed
			ok-2   agreed
			t2     break: unknown_transfer +33
			do t2  -`},
	{name: "refund: its receiver explains a payment, where it names no transaction",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "berta", "30", "11:00").From("A-1")
			w.Refund("R-1", "", "30", "10:50").In(rt.Ethereum, "USDT").To("berta")
		},
		want: `
			A-1  agreed
			out  excluded: outgoing`},

	// More than came.
	{name: "refund: more went back than came",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "100", "10:50")
			w.Refund("R-2", "A-1", "30", "10:55")
		},
		want: `
			A-1     break: refund_exceeds 0
			do A-1  refund_or_credit, finance`,
		check: func(t testing.TB, out rt.Outcome) {
			explains(reconcile.RefundExceeds, "of 130 USDT were made (R-1, R-2), 100 USDT came: 30 USDT too much")(t, out)
			if v := out.Result.Breaks()[0].Value.String(); v != "30" {
				t.Errorf("%s are at risk, not 30", v)
			}
		}},
	{name: "refund: the same row twice is one refund",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "100", "10:50")
			w.Refund("R-1", "A-1", "100", "10:50")
			w.Refund("R-1", "A-1", "100", "10:50").Status("PENDING")
		},
		want: `A-1  agreed`},
	{name: "refund: the newest row of a refund counts",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "300", "10:50").Updated("10:51")
			w.Refund("R-1", "A-1", "300", "10:50").Updated("10:59").Status("FAILED")
		},
		want: `A-1  agreed`},
	{name: "refund: what came may be more than was read",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "130", "10:50")
			w.Covers(rt.Chain, "10:00", "12:00")
		},
		want: `A-1  agreed`},
	{name: "refund: one of today of an order before the window",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-05 10:12")
			w.Refund("R-1", "A-1", "130", "10:50")
		},
		want: `
			A-1  break: refund_exceeds 0
			t1   context A-1 txid`},
	{name: "refund: an old one of an order before the window is context too",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-05 10:12")
			w.Refund("R-1", "A-1", "130", "03-05 10:50")
		},
		want: `A-1  context`},
	{name: "refund: two books that tell of one transaction tell of one refund",
		build: func(w *rt.World) {
			overpaid(w)
			w.Transfer("out", "anna", "10", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "10", "10:50").By("out")
			w.Refund("P-1", "A-1", "10", "10:49").By("out").Of("blockatm")
		},
		want: `
			A-1  break: overpaid +20
			out  excluded: outgoing`,
		check: explains(reconcile.Overpaid, "10 USDT is left")},
	{name: "refund: two books that tell of one transaction do not give back more than came",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "100", "10:50").By("out")
			w.Refund("P-1", "A-1", "100", "10:49").By("out").Of("blockatm")
		},
		want: `A-1  agreed`},
	{name: "refund: a book without the order tells of the refund that another book has",
		build: func(w *rt.World) {
			for _, name := range []string{"A-1", "A-2"} {
				w.Order(name).Claims("t" + name)
				w.Transfer("t"+name, name, "120", "10:12").From("anna")
			}
			w.Transfer("out", "anna", "20", "11:00").From("A-2")
			w.Refund("R-1", "A-2", "20", "10:50").By("out")
			w.Refund("P-1", "", "20", "10:49").By("out").In(rt.Ethereum, "USDT").To("anna").Of("blockatm")
		},
		want: `
			A-1     break: overpaid +20
			A-2     break: overpaid +20
			out     excluded: outgoing
			do A-1  credit_actual, finance
			do A-2  -`},
	{name: "refund: two books tell of one refund, and its transaction paid twice",
		build: func(w *rt.World) {
			overpaid(w)
			w.Transfer("out", "anna", "20", "11:00").From("A-1")
			w.Transfer("out", "berta", "20", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "20", "10:50").By("out")
			w.Refund("P-1", "A-1", "20", "10:49").By("out").Of("blockatm")
		},
		want: `
			A-1    break: overpaid +20
			out#0  excluded: outgoing
			out#1  break: unmatched_refund`},
	{name: "refund: two of one book and one transaction are two",
		build: func(w *rt.World) {
			overpaid(w)
			w.Transfer("out", "anna", "20", "11:00").From("A-1")
			w.Refund("R-1", "A-1", "10", "10:50").By("out")
			w.Refund("R-2", "A-1", "10", "10:50").By("out")
		},
		want: `
			A-1     break: overpaid +20
			out     excluded: outgoing
			do A-1  -`},
	{name: "refund: rows of one transaction that name neither a refund nor an order are told apart by their receivers",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "anna", "30", "11:00").From("A-1")
			w.Transfer("out", "berta", "40", "11:00").From("A-1")
			w.Refund("", "", "30", "10:50").By("out").In(rt.Ethereum, "USDT").To("anna")
			w.Refund("", "", "40", "10:50").By("out").In(rt.Ethereum, "USDT").To("berta")
		},
		want: `
			A-1    agreed
			out#0  excluded: outgoing
			out#1  excluded: outgoing`},
}

var refundSagas = []saga{
	{"refund: comes days later and closes what came too much", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.RefundBook() }), `A-1 overpaid +20`},
		{"03-10", world(func(w *rt.World) { w.Refund("R-1", "A-1", "20", "03-10 09:00") }), "gone A-1 overpaid +20 by evidence\ndo -"},
		{"03-11", nil, `do -`},
		{"03-12", nil, ``},
	}},
	{"refund: closes an item that left the window", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.RefundBook() }), `A-1 overpaid +20`},
		{"03-15", nil, `A-1 overpaid +20`},
		{"03-16", world(func(w *rt.World) { w.Refund("R-1", "A-1", "20", "03-16 09:00") }), `gone A-1 overpaid +20 by evidence`},
	}},
	{"refund: half of it stays open, the other half closes it", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.RefundBook() }), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Refund("R-1", "A-1", "15", "03-09 09:00") }), `A-1 overpaid +20`},
		{"03-10", world(func(w *rt.World) { w.Refund("R-2", "A-1", "5", "03-10 09:00") }), `gone A-1 overpaid +20 by evidence`},
	}},
	{"refund: found with the break, it closes it on the date after", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.Refund("R-1", "A-1", "20", "11:00") }), "A-1 overpaid +20\ndo -"},
		{"03-09", nil, `gone A-1 overpaid +20 by evidence`},
	}},
	{"refund: the exact word of the book stands above a status", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.RefundBook() }), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Find("A-1").Refunded(); w.Refund("R-1", "A-1", "15", "03-09 09:00") }), `A-1 overpaid +20`},
	}},
	{"refund: it bounced, and the break is back", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.RefundBook() }), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Refund("R-1", "A-1", "20", "03-09 09:00") }), `gone A-1 overpaid +20 by evidence`},
		{"03-10", world(func(w *rt.World) { w.FindRefund("R-1").Status("FAILED") }), "A-1 overpaid +20\nreopened 1"},
	}},
	{"refund: a later book that lacks it reopens nothing", []day{
		{"03-08", world(func(w *rt.World) { overpaid(w); w.RefundBook() }), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Refund("R-1", "A-1", "20", "03-09 09:00") }), `gone A-1 overpaid +20 by evidence`},
		{"03-10", world(func(w *rt.World) { w.Forget("R-1") }), `do -`},
		{"03-11", world(func(w *rt.World) { w.Fails(rt.Refunds, "no such file") }), `do -`},
	}},
	{"refund: what it closed is back when more comes", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t2", "A-1", "40", "10:20")
			w.RefundBook()
		}), `A-1 duplicate_payment +40`},
		{"03-09", world(func(w *rt.World) { w.Refund("R-1", "A-1", "40", "03-09 09:00") }), `gone A-1 duplicate_payment +40 by evidence`},
		{"03-10", world(func(w *rt.World) { w.Forget("R-1"); w.Transfer("t3", "A-1", "50", "10:25") }), "A-1 duplicate_payment +90\nreopened 1"},
	}},
	{"refund: a transfer that one order's refund explains gives back nothing of another", []day{
		{"03-08", world(func(w *rt.World) {
			for _, name := range []string{"A-1", "A-2"} {
				w.Order(name).PayTo("cashier").Claims("t"+name, "u"+name)
				w.Transfer("t"+name, "cashier", "100", "10:12").From("anna")
				w.Transfer("u"+name, "cashier", "100", "10:14").From("anna")
			}
			w.RefundBook()
		}), "A-1 duplicate_payment +100\nA-2 duplicate_payment +100"},
		{"03-09", world(func(w *rt.World) {
			w.Transfer("out", "anna", "100", "03-09 09:00").From("cashier")
			w.Refund("R-1", "A-1", "100", "03-09 08:00").By("out")
		}), "A-2 duplicate_payment +100\ngone A-1 duplicate_payment +100 by evidence"},
	}},
	{"refund: one without an order closes one item for ever", []day{
		{"03-08", world(func(w *rt.World) {
			for _, name := range []string{"A-1", "A-2"} {
				w.Order(name).Claims("t" + name)
				w.Transfer("t"+name, name, "100", "10:12").From("anna")
			}
			w.Transfer("u1", "A-1", "100", "10:14").From("anna")
			w.RefundBook()
		}), "A-1 duplicate_payment +100"},
		{"03-09", world(func(w *rt.World) { w.Refund("R-1", "", "100", "03-09 09:00").In(rt.Ethereum, "USDT").To("anna") }),
			"gone A-1 duplicate_payment +100 by evidence"},
		{"03-10", world(func(w *rt.World) { w.Drop("u1"); w.Transfer("u2", "A-2", "100", "10:16").From("anna") }), "A-2 duplicate_payment +100"},
		{"03-11", nil, "A-2 duplicate_payment +100"},
	}},
	{"refund: an outgoing payment is explained the day after", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "supplier", "30", "11:00").From("A-1")
			w.RefundBook()
		}), `out unmatched_refund 0`},
		{"03-09", world(func(w *rt.World) { w.Fails(rt.Refunds, "no such file") }), `out unmatched_refund 0`},
		{"03-10", world(func(w *rt.World) { w.Repair(rt.Refunds); w.Refund("R-1", "A-1", "30", "10:00").By("out") }), `gone out unmatched_refund 0 by evidence`},
		{"03-11", nil, ``},
	}},
	{"refund: an outgoing payment that nobody explains stays, in the window and after it", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("out", "supplier", "30", "11:00").From("A-1")
			w.RefundBook()
		}), `out unmatched_refund 0`},
		{"03-09", nil, `out unmatched_refund 0`},
		{"03-20", nil, `out unmatched_refund 0`},
		{"03-21", world(func(w *rt.World) { w.Own("supplier") }), `gone out unmatched_refund 0 by evidence`},
	}},
	{"refund: more than came is still more when nobody shows it any more", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "130", "11:00")
		}), `A-1 refund_exceeds 0`},
		{"03-09", world(func(w *rt.World) { w.Forget("R-1") }), `A-1 refund_exceeds 0 (not seen)`},
		{"03-10", world(func(w *rt.World) { w.Refund("R-1", "A-1", "130", "11:00"); w.Fails(rt.Chain, "no such file") }),
			"A-1 not_covered 0\nA-1 refund_exceeds 0 (not seen)"},
		{"03-20", world(func(w *rt.World) { w.Repair(rt.Chain) }), "A-1 refund_exceeds 0\ngone A-1 not_covered 0 by evidence"},
		{"03-21", world(func(w *rt.World) { w.FindRefund("R-1").Status("FAILED") }), `gone A-1 refund_exceeds 0 by evidence`},
	}},
	{"refund: more than came, until the rest came", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("COMPLETE")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Refund("R-1", "A-1", "130", "11:00")
		}), `A-1 refund_exceeds 0`},
		{"03-09", world(func(w *rt.World) { w.Transfer("t2", "A-1", "30", "03-09 10:00") }),
			"A-1 duplicate_payment +30\nA-1 late_payment 0\ngone A-1 refund_exceeds 0 by evidence"},
	}},
}
