package reconciletest_test

import (
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// Decided edge cases that stand in no other table.
var edgeScenarios = []scenario{
	{name: "nobody paid and the books agree",
		build: func(w *rt.World) {
			for name, word := range map[string]string{"A-1": "EXPIRED", "A-2": "CANCELLED", "A-3": "FAILED"} {
				w.Order(name).Status(word)
				w.Merchant(name).Status(word)
			}
		},
		want: `
			A-1  agreed
			A-2  agreed
			A-3  agreed`},
	{name: "nothing on chain: one kind, the most specific",
		build: func(w *rt.World) {
			// The claimed transaction is another order's, and the wrong token came.
			w.Order("A-1").PayTo("cashier").Claims("t1")
			w.Order("A-2").Claims("t1").Created("10:02").Expires("10:32")
			w.Transfer("t1", "cashier", "100", "10:12")
			w.Transfer("t2", "A-2", "100", "10:13").On(rt.Ethereum, "USDC")
		},
		want: `
			A-1  agreed
			A-2  break: wrong_asset +100 USDC, wrong_asset -100`},
	{name: "identical order rows count once",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want:  `A-1  agreed`,
		check: counters("blockatm", func(s reconcile.SourceRow) int { return s.Duplicates + s.Superseded }, 1)},
	{name: "the newest row of an order wins",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1").Updated("10:14")
			w.Order("A-1").Status("PENDING").Updated("10:01")
			w.Order("A-2").Status("PENDING").Updated("10:01")
			w.Order("A-2").Claims("t2").Updated("10:14")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t2", "A-2", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed`,
		check: counters("blockatm", func(s reconcile.SourceRow) int { return s.Superseded }, 2)},
	{name: "one order number on several provider ids: each is judged, the shop's row goes to the paid one",
		build: func(w *rt.World) {
			w.Order("A-1/first").Number("A-1").Status("EXPIRED").Created("10:00").Expires("10:30")
			w.Order("A-1/second").Number("A-1").Created("10:40").Expires("11:10").Claims("t2")
			w.Order("A-1/third").Number("A-1").Status("EXPIRED").Created("11:20").Expires("11:50")
			w.Merchant("A-1")
			w.Transfer("t2", "A-1/second", "100", "10:50")
		},
		want: `
			A-1/first   agreed
			A-1/second  agreed
			A-1/third   agreed`},
	{name: "one order number on several provider ids: none paid, the newest",
		build: func(w *rt.World) {
			w.Order("A-1/first").Number("A-1").Status("EXPIRED").Created("10:00").Expires("10:30")
			w.Order("A-1/second").Number("A-1").Status("EXPIRED").Created("10:40").Expires("11:10")
			w.Merchant("A-1").Status("PAID")
		},
		want: `
			A-1/first   agreed
			A-1/second  break: status_conflict 0`},
	{name: "equal transfers with a log index count once",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").Log(7)
			w.Transfer("t1", "A-1", "100", "10:12").Log(7)
		},
		want:  `A-1  agreed`,
		check: counters("chain", func(s reconcile.SourceRow) int { return s.Duplicates }, 1)},
	{name: "equal transfers without a log index inside one file are two",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").From("alice").NoLog()
			w.Transfer("t1", "A-1", "100", "10:12").From("alice").NoLog()
		},
		want: `
			A-1   break: duplicate_payment +100
			t1#1  agreed A-1 txid
			t1#2  break A-1 duplicate`},
	{name: "equal transfers in two sources are as many as the larger shows",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "50", "10:12").From("alice").NoLog()
			w.Transfer("t1", "A-1", "50", "10:12").From("alice").NoLog()
			w.Transfer("t1", "A-1", "50", "10:12").From("alice").NoLog().In("archive")
		},
		want: `A-1  agreed`},
	{name: "a source with log indexes lends them",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").From("alice").Log(9)
			w.Transfer("t1", "A-1", "100", "10:12").From("alice").NoLog().In("archive")
		},
		want: `
			A-1  agreed`,
		check: func(t testing.TB, out rt.Outcome) {
			n := 0
			for row := range out.Result.Transfers() {
				n++
				if row.LogIndex != 9 {
					t.Errorf("the transfer has log index %d, want 9", row.LogIndex)
				}
			}
			if n != 1 {
				t.Errorf("there are %d transfers, want 1", n)
			}
		}},
	{name: "dust that a claim or an open due explains is a payment",
		build: func(w *rt.World) {
			w.Order("A-1").Due("0.005").Claims("t1")
			w.Transfer("t1", "A-1", "0.005", "10:12")
			w.Order("A-2").Due("0.005").Status("EXPIRED")
			w.Transfer("t2", "A-2", "0.005", "10:12")
			w.Order("A-3").Status("EXPIRED")
			w.Transfer("t3", "A-3", "0.005", "10:12")
		},
		want: `
			A-1  agreed
			A-2  break: lost_order +0.005
			A-3  agreed
			t3   excluded: dust`},
	{name: "no dust for an asset without a rate",
		build: func(w *rt.World) {
			w.Order("A-1").On(rt.Ethereum, "ETH").Due("0.000001").Status("EXPIRED")
			w.Transfer("t1", "A-1", "0.000002", "10:12").On(rt.Ethereum, "ETH").NoLog()
		},
		want: `A-1  break: lost_order +0.000001 ETH, overpaid +0.000001 ETH`},
	{name: "a token that nobody knows, in units without decimals",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "1345.350308", "10:12").On(rt.Ethereum, "FAKE")
		},
		want: `
			A-1  break: missing_transfer -100
			t1   excluded: not_accepted`},
	{name: "without an order number: by the transaction, no order is missing",
		build: func(w *rt.World) {
			w.Order("A-1").Number("").Claims("t1")
			w.Merchant("S-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("A-2").Number("").Claims("t2")
			w.Transfer("t2", "A-2", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed`},
	{name: "without an order number: one transaction makes no two numbers of our book one order",
		build: func(w *rt.World) {
			w.Order("A-1").Number("").Claims("t1")
			w.Merchant("S-1").Claims("t1").PayTo("A-1")
			w.Merchant("S-2").Claims("t1").PayTo("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1  agreed
			S-2  break: missing_order 0, txid_reused -100`},
	{name: "older order: paid late by design before the window, and once more inside it",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED").Created("03-05 10:00").Expires("03-05 10:30")
			w.Transfer("t1", "A-1", "100", "03-06 10:00")
			w.Transfer("t2", "A-1", "100", "10:05")
		},
		want: `A-1  break: duplicate_payment +100, late_payment 0`},
	{name: "late, in time, and over at once, at BVNK called complete",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("COMPLETE")
			w.Transfer("t1", "A-1", "60", "10:12")
			w.Transfer("t2", "A-1", "70", "10:40")
		},
		want: `A-1  break: late_payment 0, overpaid +30`},
	{name: "an order in two books is one payment with one row",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Merchant("A-1")
			w.Merchant("A-2").OrderID("P-A-2").Number("S-2")
			w.Order("A-2").Number("").Claims("t2")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t2", "A-2", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed`,
		check: func(t testing.TB, out rt.Outcome) {
			n := 0
			for range out.Result.Orders() {
				n++
			}
			if n != 2 {
				t.Errorf("there are %d orders, want 2", n)
			}
		}},
	{name: "an order that breaks on notifications only keeps its transfer agreed",
		build: func(w *rt.World) { healthy(w); paid(w, "A-1") },
		want: `
			A-1       break: missed_webhook(never_arrived) 0
			A-1-paid  agreed A-1 txid`},
	{name: "received is what was allocated in the order's own asset",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Ethereum, "USDC")
			w.Order("A-2").Status("EXPIRED")
			w.Transfer("t2", "A-2", "120", "10:45")
		},
		want: `
			A-1  break: wrong_asset +100 USDC, wrong_asset -100
			A-2  break: late_payment 0, lost_order +100, overpaid +20`,
		check: func(t testing.TB, out rt.Outcome) {
			want := map[string]string{"A-1": "0", "A-2": "120"}
			for row := range out.Result.Orders() {
				if got := signedUnits(row.Received.Units, row.Asset); got != want[row.OrderNo] {
					t.Errorf("%s received %s, want %s", row.OrderNo, got, want[row.OrderNo])
				}
			}
		}},
}

// counters checks a counter of a source.
func counters(source string, count func(reconcile.SourceRow) int, want int) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		t.Helper()
		for _, s := range out.Result.Sources() {
			if s.Name == source {
				if got := count(s); got != want {
					t.Errorf("source %s counts %d, want %d: %+v", source, got, want, s)
				}
				return
			}
		}
		t.Errorf("there is no source %s", source)
	}
}
