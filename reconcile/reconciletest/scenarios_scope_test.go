package reconciletest_test

import (
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// The judged window and its edges, and what was not read.
var scopeScenarios = []scenario{
	{name: "upper edge: called paid, with money after the window",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:58").Expires("03-11 00:28").Claims("t1").Paid("03-11 00:06")
			w.Transfer("t1", "A-1", "100", "03-11 00:05")
		},
		want: `
			A-1  open: cut_off -100
			t1   context A-1 txid`,
		check: cutOff("-100")},
	{name: "upper edge: called paid, with a payment time after the window",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:58").Expires("03-11 00:28").Paid("03-11 00:06")
		},
		want: `A-1  open: cut_off -100`},
	{name: "upper edge: called paid, changed after the window",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:58").Expires("03-11 00:28").Updated("03-11 00:06")
		},
		want: `A-1  open: cut_off -100`},
	{name: "upper edge: waiting, with money after the window",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING").Created("03-10 23:58").Expires("03-11 00:28")
			w.Transfer("t1", "A-1", "100", "03-11 00:05")
		},
		want: `
			A-1  open: cut_off 0 | open: awaiting_payment 0
			t1   context A-1 address`},
	{name: "upper edge: an order created after it is out of scope",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("B-1").Created("03-11 00:00").Expires("03-11 00:30").Claims("t2")
			w.Transfer("t2", "B-1", "100", "03-11 00:05")
		},
		want: `
			A-1  agreed
			B-1  - | context`},
	{name: "upper edge: the last moment inside and the first outside",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:30").Expires("03-11 00:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-10 23:59:59")
			w.Order("A-2").Created("03-10 23:30").Expires("03-11 00:30").Claims("t2")
			w.Transfer("t2", "A-2", "100", "03-11 00:00")
		},
		want: `
			A-1  agreed
			A-2  open: cut_off -100
			t2   context A-2 txid`},
	{name: "lower edge: an older order paid inside agrees, and is cut off",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-06 23:50").Expires("03-07 00:20").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-07 00:05")
		},
		want: `
			A-1  open: cut_off +100`,
		check: cutOff("100")},
	{name: "lower edge: a judged transfer gives an older order its breaks",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "03-08 09:00")
		},
		want: `
			A-1  break: late_payment 0, lost_order +100
			t1   break A-1 address`},
	{name: "lower edge: a judged second transfer of an older order",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-05 10:12")
			w.Transfer("t2", "A-1", "100", "03-08 09:00")
		},
		want: `A-1  break: duplicate_payment +100, late_payment 0`},
	{name: "lower edge: an unexplained transfer before the window is context",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Watch("A-1", "cashier")
			w.Transfer("t2", "cashier", "9", "03-06 10:00")
			w.Transfer("t3", "cashier", "9", "03-11 10:00")
		},
		want: `
			A-1  agreed
			t2   context
			t3   context`},
	{name: "coverage: up to the end of the window is enough",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Covers(rt.Chain, "03-06 00:00", "03-11 00:00")
		},
		want: `A-1  break: missing_transfer -100`},
	{name: "coverage: up to the time of payment is enough",
		build: func(w *rt.World) {
			w.Order("A-1").Paid("10:13")
			w.Covers(rt.Chain, "03-07 00:00", "03-08 11:00")
		},
		want: `A-1  break: missing_transfer -100`},
	{name: "coverage: without a payment time, up to the end of the payment window",
		build: func(w *rt.World) {
			w.Policy.AfterExpiry = 2 * reconcile.Hour
			w.Order("A-1")
			w.Order("A-2").Created("11:00").Expires("11:30")
			w.Covers(rt.Chain, "03-07 00:00", "03-08 12:40")
		},
		want: `
			A-1  break: missing_transfer -100
			A-2  undetermined: not_covered -100`},
	{name: "coverage: from a little before the order's creation",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Order("A-2").Created("10:06").Expires("10:36")
			w.Covers(rt.Chain, "03-08 10:00", "03-12 00:00")
		},
		want: `
			A-1  undetermined: not_covered -100
			A-2  break: missing_transfer -100`},
	{name: "coverage: money that came speaks for itself",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Covers(rt.Chain, "03-08 10:00", "03-08 11:00")
		},
		want: `A-1  break: lost_order +100`},
	{name: "coverage: no underpayment where the rest may not have been read",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "60", "10:12")
			w.Covers(rt.Chain, "03-08 09:00", "03-08 10:20")
		},
		want: `A-1  undetermined: not_covered -40`},
	{name: "coverage: a claimed transaction is not missed on a chain that was not read",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Covers(rt.Chain, "03-09 00:00", "03-12 00:00")
		},
		want: `A-1  undetermined: not_covered -100`},
	{name: "coverage: a garbled transfer row",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Garbled = []reconcile.Reject{{At: reconcile.At{Line: 3}, Column: "value", Value: "1e-7", Reason: "an exponent"}}
		},
		want: `A-1  undetermined: not_covered -100`},
	{name: "coverage: a garbled transfer row whose transaction is legible",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Garbled = []reconcile.Reject{{At: reconcile.At{Line: 3}, Column: "value", Value: "1e-7", Reason: "an exponent", TXID: rt.TXID("t1")}}
		},
		want: `A-1  undetermined: rejected_row -100 | undetermined: not_covered -100`},
}

// cutOff checks the tie-out's cut-off line.
func cutOff(want string) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		for _, l := range out.Result.TieOut() {
			if l.Asset.ID == rt.Asset(rt.Ethereum, "USDT").ID && signedUnits(l.CutOff, l.Asset) != want {
				t.Errorf("the cut-off line is %s, want %s", signedUnits(l.CutOff, l.Asset), want)
			}
		}
	}
}
