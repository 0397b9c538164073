package reconciletest_test

import (
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// How a payment is attributed.
var attributionScenarios = []scenario{
	{name: "txid: in whatever spelling",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").ClaimsText(upper(rt.TXID("t1")))
			w.Order("A-2").PayTo("cashier").Due("55").ClaimsText(rt.TXID("t2")[2:])
			w.Transfer("t1", "cashier", "100", "10:12")
			w.Transfer("t2", "cashier", "55", "10:12")
		},
		want: `
			t1   agreed A-1 txid
			t2   agreed A-2 txid
			A-1  agreed
			A-2  agreed`},
	{name: "txid: named by the merchant's book or by a delivery",
		build: func(w *rt.World) {
			healthy(w)
			w.Order("A-1").PayTo("cashier").Paid("10:13")
			w.Merchant("A-1").Claims("t1")
			w.Order("A-2").PayTo("cashier").Paid("10:13")
			w.Merchant("A-2")
			for _, n := range []string{"ok-1", "ok-2", "ok-3"} {
				w.Merchant(n).Created("")
			}
			w.Delivery("A-1", "10:14")
			w.Delivery("A-2", "10:14").Claims("t2")
			w.Transfer("t1", "cashier", "100", "10:12")
			w.Transfer("t2", "cashier", "100", "10:12")
		},
		want: `
			t1   agreed A-1 txid
			t2   agreed A-2 txid
			A-1  agreed
			A-2  agreed`},
	{name: "txid: a transaction holds several transfers, each is its own",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Order("A-2").Claims("t1").Due("50")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t1", "A-2", "50", "10:12")
			w.Transfer("t1", "stranger", "7", "10:12")
		},
		want: `
			A-1   agreed
			A-2   agreed
			t1#0  agreed A-1 txid
			t1#1  agreed A-2 txid
			t1#2  excluded: not_watched`},
	{name: "txid: the asset must agree, too",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Ethereum, "USDC")
		},
		want: `
			A-1  break: wrong_asset +100 USDC, wrong_asset -100
			t1   break: wrong_asset`},
	{name: "deposit event: the contract's log names the order",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("contract").Customer("c1")
			w.Order("A-2").PayTo("contract").Customer("c2")
			w.Transfer("t2", "contract", "100", "10:12").Refers("A-2")
			w.Transfer("t1", "contract", "100", "10:13").Refers("A-1")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   agreed A-1 deposit_event
			t2   agreed A-2 deposit_event`},
	{name: "address: for ever where the profile promises it",
		build: func(w *rt.World) {
			w.Policy.AfterExpiry = reconcile.Hour
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "40", "18:00")
		},
		want: `A-1  break: late_payment +100, underpaid -60`},
	{name: "address: past the window only with the exact due",
		build: func(w *rt.World) {
			w.Policy.AfterExpiry = reconcile.Hour
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "18:00")
			w.Order("A-2").Status("EXPIRED")
			w.Transfer("t2", "A-2", "40", "18:00")
		},
		want: `
			A-1  break: late_payment 0, lost_order +100
			A-2  agreed
			t2   break: unknown_transfer +40`},
	{name: "address: past the window, or with a transaction that is claimed",
		build: func(w *rt.World) {
			w.Policy.AfterExpiry = reconcile.Hour
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "40", "18:00")
		},
		want: `A-1  break: late_payment 0, underpaid -60`},
	{name: "address: a transfer from before the order",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "40", "09:54")
			w.Order("A-2").Status("EXPIRED")
			w.Transfer("t2", "A-2", "100", "09:56")
		},
		want: `
			A-1  agreed
			A-2  break: lost_order +100
			t1   break: unknown_transfer +40`},
	{name: "exact amount: shared address, inside the window",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier")
			w.Order("A-2").PayTo("cashier").Due("100.01")
			w.Transfer("t1", "cashier", "100.01", "10:12")
			w.Transfer("t2", "cashier", "100", "10:13")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t2   agreed A-1 exact_amount
			t1   agreed A-2 exact_amount`},
	{name: "exact amount: not outside the window, nor another amount",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Status("EXPIRED").Due("50")
			w.Transfer("t1", "cashier", "100", "09:50")
			w.Transfer("t2", "cashier", "49.5", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   break: unknown_transfer +100
			t2   break: unknown_transfer +49.5`,
		check: func(t testing.TB, out rt.Outcome) {
			for row := range out.Result.Transfers() {
				if row.Note == "" {
					t.Errorf("%s has no nearest miss", out.Name(row))
				}
			}
		}},
	{name: "exact amount: the payer decides where he is known",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Payer("alice")
			w.Order("A-2").PayTo("cashier").Customer("c2").Payer("bob")
			w.Transfer("t1", "cashier", "100", "10:12").From("bob")
			w.Transfer("t2", "cashier", "100", "10:13").From("alice")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t2   agreed A-1 exact_amount
			t1   agreed A-2 exact_amount`},
	{name: "exact amount: a running order beats an expired one",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED").Created("09:00").Expires("09:30")
			w.Order("A-2").PayTo("cashier").Customer("c2")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   agreed A-2 exact_amount`},
	{name: "exact amount: globally, where the first come would be wrong",
		build: func(w *rt.World) {
			// t1 fits both orders, t2 only A-1: first come first served would leave t2 and A-2.
			w.Policy.AfterExpiry = 0
			w.Order("A-1").PayTo("cashier").Customer("c1").Created("10:00").Expires("11:00")
			w.Order("A-2").PayTo("cashier").Customer("c2").Created("10:00").Expires("10:30")
			w.Transfer("t1", "cashier", "100", "10:12")
			w.Transfer("t2", "cashier", "100", "10:45")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t2   agreed A-1 exact_amount
			t1   agreed A-2 exact_amount`},
	{name: "one customer's equal orders: the one called paid first, then by creation",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c1").Created("10:01").Expires("10:31")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   agreed A-2 exact_amount`},
	{name: "one customer's equal orders, none called paid: the first created is served",
		build: func(w *rt.World) {
			w.Order("A-2").PayTo("cashier").Customer("c1").Status("EXPIRED").Created("10:01").Expires("10:31")
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: lost_order +100
			A-2  agreed
			t1   break A-1 exact_amount`},
	{name: "one customer's equal orders: open before expired before cancelled",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("CANCELLED")
			w.Order("A-2").PayTo("cashier").Customer("c1").Status("EXPIRED").Created("10:01").Expires("10:31")
			w.Order("A-3").PayTo("cashier").Customer("c1").Status("PENDING").Created("10:02").Expires("10:32")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			A-3  break: lost_order +100
			t1   break A-3 exact_amount`},
	{name: "ambiguous: equal orders of two customers, one transfer", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c2").Status("EXPIRED").Created("10:01").Expires("10:31")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: ambiguous_payment +100
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment`},
	{name: "ambiguous: nearness in time is no evidence", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c2").Status("EXPIRED").Created("10:11").Expires("10:41")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: ambiguous_payment +100
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment`},
	{name: "ambiguous: a group with orders called paid has one break and nothing is missing beside it", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1")
			w.Order("A-2").PayTo("cashier").Customer("c2").Created("10:01").Expires("10:31")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: ambiguous_payment -100
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment`},
	{name: "ambiguous: two customers, two transfers, either way round", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1")
			w.Order("A-2").PayTo("cashier").Customer("c2").Created("10:01").Expires("10:31")
			w.Transfer("t1", "cashier", "100", "10:12")
			w.Transfer("t2", "cashier", "100", "10:13")
		},
		want: `
			A-1  break: ambiguous_payment 0
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment
			t2   break: ambiguous_payment`},
	{name: "ambiguous: between two older orders, money of the window is a break all the same",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").PayTo("cashier").Customer("c1").Created("03-06 23:50").Expires("03-07 00:20")
			w.Order("A-2").Status("EXPIRED").PayTo("cashier").Customer("c2").Created("03-06 23:50").Expires("03-07 00:20")
			w.Transfer("t1", "cashier", "100", "03-07 00:05")
		},
		want: `
			A-1  break: ambiguous_payment +100
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment`},
	{name: "ambiguous: what came after the window may be its money too, and is no break",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").PayTo("cashier").Customer("c1").Created("03-10 20:00").Expires("03-10 20:30")
			w.Order("A-2").Status("EXPIRED").PayTo("cashier").Customer("c2").Created("03-10 20:01").Expires("03-10 20:31")
			w.Transfer("t1", "cashier", "100", "03-10 20:05")
			w.Transfer("t2", "cashier", "100", "03-11 00:05")
		},
		want: `
			A-1  break: ambiguous_payment +100
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment
			t2   context`},
	{name: "ambiguous: an order of unknown status is a candidate, and nothing is claimed of it",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").PayTo("cashier").Customer("c1")
			w.Order("A-2").Status("WEIRD").PayTo("cashier").Customer("c2")
			w.Transfer("t1", "cashier", "100", "10:05")
		},
		want: `
			A-1  break: ambiguous_payment +100
			A-2  undetermined: unknown_status 0
			t1   break: ambiguous_payment`},
	{name: "ambiguous: within one tier only", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED").Created("09:00").Expires("09:30")
			w.Order("A-2").PayTo("cashier").Customer("c2").Status("EXPIRED").Created("09:01").Expires("09:31")
			w.Order("A-3").PayTo("cashier").Customer("c3")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			A-3  agreed
			t1   agreed A-3 exact_amount`},
	{name: "near amount: shared address, within the tolerance", part3: true,
		build: func(w *rt.World) {
			w.Policy.Tolerance.Absolute = rt.Quantity("0.5")
			w.Order("A-1").PayTo("cashier")
			w.Order("A-2").PayTo("cashier").Due("200")
			w.Transfer("t1", "cashier", "99.6", "10:12")
			w.Transfer("t2", "cashier", "200", "10:13")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   agreed A-1 near_amount
			t2   agreed A-2 exact_amount`},
	{name: "split: transfers that only together reach the due, at the order's own address",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "60", "10:12")
			w.Transfer("t2", "A-1", "40", "10:14")
		},
		want: `A-1  agreed`},
	{name: "split: the transfer that crosses the due makes the excess",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "60", "10:12")
			w.Transfer("t2", "A-1", "70", "10:14")
			w.Transfer("t3", "A-1", "5", "10:16")
		},
		want: `A-1  break: duplicate_payment +5, overpaid +30`},
	{name: "split: at a shared address, of one payer", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Payer("alice")
			w.Order("A-2").PayTo("cashier").Customer("c2").Payer("bob").Due("77")
			w.Transfer("t1", "cashier", "60", "10:12").From("alice")
			w.Transfer("t2", "cashier", "40", "10:14").From("alice")
			w.Transfer("t3", "cashier", "77", "10:14").From("bob")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   agreed A-1 split
			t2   agreed A-1 split
			t3   agreed A-2 exact_amount`},
	{name: "split: two solutions are none", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Payer("alice").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c2").Payer("bob").Due("77").Status("EXPIRED")
			w.Transfer("t1", "cashier", "60", "10:12").From("alice")
			w.Transfer("t2", "cashier", "40", "10:14").From("alice")
			w.Transfer("t3", "cashier", "40", "10:15").From("alice")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   break: unknown_transfer +60
			t2   break: unknown_transfer +40
			t3   break: unknown_transfer +40`},
	{name: "batch: one transfer of one payer for several orders", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Payer("alice").Due("30")
			w.Order("A-2").PayTo("cashier").Customer("c1").Payer("alice").Due("45")
			w.Order("A-3").PayTo("cashier").Customer("c2").Payer("bob").Due("75.5")
			w.Transfer("t1", "cashier", "75", "10:12").From("alice")
			w.Transfer("t2", "cashier", "75.5", "10:12").From("bob")
		},
		want: `
			A-1  agreed
			A-2  agreed
			A-3  agreed
			t1   agreed A-1 batch A-2 batch
			t2   agreed A-3 exact_amount`},
	{name: "batch: never across customers", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Due("30").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c2").Due("45").Status("EXPIRED")
			w.Transfer("t1", "cashier", "75", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   break: unknown_transfer +75`},
	{name: "a wallet payment's two logs are one payment",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").Refers("A-1")
		},
		want: `
			A-1  agreed
			t1   agreed A-1 txid`},
	{name: "never on amount alone",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("").Status("EXPIRED")
			w.Watch("cashier")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			t1   break: unknown_transfer +100`},
	{name: "a claim that lies elsewhere does not hide money that fits", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Claims("t9")
			w.Order("A-2").PayTo("cashier").Due("7").Status("EXPIRED")
			w.Transfer("t9", "elsewhere", "100", "10:12")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: amount_misreported 0
			A-2  agreed`},
	{name: "one sender of two customers' equal payments is no evidence", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1")
			w.Order("A-2").PayTo("cashier").Customer("c2")
			w.Transfer("t1", "cashier", "100", "10:12").From("exchange")
			w.Transfer("t2", "cashier", "100", "10:14").From("exchange")
		},
		want: `
			A-1  break: ambiguous_payment 0
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment
			t2   break: ambiguous_payment`},
	{name: "batch: two transfers that could be it are none", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Due("10").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c1").Due("10").Status("EXPIRED")
			w.Transfer("t1", "cashier", "20", "11:35")
			w.Transfer("t2", "cashier", "20", "11:52")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   break: unknown_transfer +20
			t2   break: unknown_transfer +20`},
	{name: "ambiguous: a customer's other order is not drawn in", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1")
			w.Order("A-2").PayTo("cashier").Customer("c2").Created("10:01").Expires("10:31")
			w.Order("A-3").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Order("A-4").PayTo("cashier").Customer("c2").Status("CANCELLED").Created("10:01").Expires("10:31")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: ambiguous_payment -100
			A-2  break: ambiguous_payment
			A-3  agreed
			A-4  agreed`},
	{name: "ambiguous: what all assignments give to one customer is decided", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Created("10:40").Expires("11:10")
			w.Order("A-2").PayTo("cashier").Customer("c1").Created("10:41").Expires("11:10")
			w.Order("A-3").PayTo("cashier").Customer("c2").Created("10:00").Expires("10:30")
			w.Transfer("t1", "cashier", "100", "10:50")
			w.Transfer("t2", "cashier", "100", "12:00")
		},
		want: `
			A-1  agreed
			A-2  break: ambiguous_payment -100
			A-3  break: ambiguous_payment
			t1   agreed A-1 exact_amount
			t2   break: ambiguous_payment`},
	{name: "a claimed payment is the payment, an earlier one of its sender is the duplicate", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Claims("t2")
			w.Order("A-2").PayTo("cashier").Customer("c2").Due("7").Status("EXPIRED")
			w.Transfer("t1", "cashier", "100", "10:12").From("alice")
			w.Transfer("t2", "cashier", "100", "10:20").From("alice")
		},
		want: `
			A-1  break: duplicate_payment +100
			A-2  agreed
			t1   break A-1 duplicate
			t2   agreed A-1 txid | break A-1 txid`},
	{name: "ambiguous: two of three senders paid one customer's two orders, nobody knows which", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c1").Status("EXPIRED").Created("10:01")
			w.Transfer("t1", "cashier", "100", "12:03")
			w.Transfer("t2", "cashier", "100", "12:08")
			w.Transfer("t3", "cashier", "100", "12:21")
		},
		want: `
			A-1  break: ambiguous_payment +300
			A-2  break: ambiguous_payment
			t1   break: ambiguous_payment
			t2   break: ambiguous_payment
			t3   break: ambiguous_payment`},
	{name: "split or batch: a split and a batch that share an order are neither", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Payer("alice").Due("20").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c1").Payer("alice").Due("30").Status("EXPIRED")
			w.Transfer("t1", "cashier", "10", "11:10").From("alice")
			w.Transfer("t2", "cashier", "10", "12:10").From("alice")
			w.Transfer("t3", "cashier", "50", "10:54").From("alice")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   break: unknown_transfer +10
			t2   break: unknown_transfer +10
			t3   break: unknown_transfer +50`},
	{name: "batch: two batches that share an order are neither", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Due("20").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c1").Due("10").Status("EXPIRED")
			w.Order("A-3").PayTo("cashier").Customer("c1").Due("15").Status("EXPIRED")
			w.Transfer("t1", "cashier", "30", "11:10")
			w.Transfer("t2", "cashier", "45", "11:20")
		},
		want: `
			A-1  agreed
			A-2  agreed
			A-3  agreed
			t1   break: unknown_transfer +30
			t2   break: unknown_transfer +45`},
	{name: "batch: orders whose windows run beat expired ones", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Due("20").Created("11:20").Expires("11:50")
			w.Order("A-2").PayTo("cashier").Customer("c1").Due("10").Created("11:20").Expires("11:50")
			w.Order("A-3").PayTo("cashier").Customer("c2").Due("18").Status("EXPIRED")
			w.Order("A-4").PayTo("cashier").Customer("c2").Due("12").Status("EXPIRED")
			w.Transfer("t1", "cashier", "30", "11:30")
		},
		want: `
			A-1  agreed
			A-2  agreed
			A-3  agreed
			A-4  agreed
			t1   agreed A-1 batch A-2 batch`},
}
