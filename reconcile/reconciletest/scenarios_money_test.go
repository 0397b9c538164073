package reconciletest_test

import (
	"testing"

	"tieout/reconcile"
	"tieout/reconcile/money"
	rt "tieout/reconcile/reconciletest"
)

func signedUnits(u money.Units, a money.Asset) string { return u.Decimal(a.Decimals) }

// Order against chain: each kind with its signed difference.
var moneyScenarios = []scenario{
	{name: "lost: expired at BlockATM, paid in time",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1  break: lost_order +100
			t1   break A-1 address`},
	{name: "lost: still waiting after the confirmation grace",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: lost_order +100`},
	{name: "lost: waiting and not expired, but the due has come",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PROCESSING").Created("03-10 12:00").Expires("03-11 12:00")
			w.Transfer("t1", "A-1", "100", "03-10 15:00")
		},
		want: `A-1  break: lost_order +100`},
	{name: "lost: cancelled and failed orders",
		build: func(w *rt.World) {
			w.Order("A-1").Status("CANCELLED")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("A-2").Status("FAILED")
			w.Transfer("t2", "A-2", "100", "10:13")
		},
		want: `
			A-1  break: lost_order +100
			A-2  break: lost_order +100`},
	{name: "lost: the due is unknown",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Due("")
			w.Transfer("t1", "A-1", "80", "10:12")
		},
		want: `A-1  break: lost_order +80`},
	{name: "lost: the merchant's due where the provider's is unknown",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Due("")
			w.Merchant("A-1").Due("100").Status("EXPIRED")
			w.Transfer("t1", "A-1", "80", "10:12")
		},
		want: `A-1  break: lost_order +100, underpaid -20`},
	{name: "lost: in time, too little",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "60", "10:12")
		},
		want: `A-1  break: lost_order +100, underpaid -40`},
	{name: "lost: in time, too much",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "120", "10:12")
		},
		want: `A-1  break: lost_order +100, overpaid +20`},
	{name: "lost: expired, then too much: each with its own figure",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "120", "10:45")
		},
		want: `A-1  break: late_payment 0, lost_order +100, overpaid +20`},
	{name: "lost: expired at BlockATM, paid after expiry",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:45")
		},
		want: `A-1  break: late_payment 0, lost_order +100`},
	{name: "late: BVNK keeps the order expired by design",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:45")
		},
		want: `
			A-1  break: late_payment +100
			t1   break A-1 address`},
	{name: "late: at BVNK, too much and too little",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "120", "10:45")
			w.Order("A-2").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t2", "A-2", "40", "10:45")
		},
		want: `
			A-1  break: late_payment +100, overpaid +20
			A-2  break: late_payment +100, underpaid -60`},
	{name: "late: at BVNK, the due unknown",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED").Due("")
			w.Transfer("t1", "A-1", "55", "10:45")
		},
		want: `A-1  break: late_payment +55`},
	{name: "lost: expired at BVNK, paid in time",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: lost_order +100`},
	{name: "late: the books already call the order paid",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:45")
		},
		want:  `A-1  break: late_payment 0`,
		check: severity("A-1", reconcile.LatePayment, reconcile.Low)},
	{name: "late: not against an expiry that was only assumed",
		build: func(w *rt.World) {
			w.Order("A-1").Expires("").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:45")
		},
		want: `A-1  agreed`},
	{name: "under and over",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "99.5", "10:12")
			w.Order("A-2").Claims("t2")
			w.Transfer("t2", "A-2", "100.5", "10:12")
		},
		want: `
			A-1  break: underpaid -0.5
			A-2  break: overpaid +0.5
			t1   break A-1 txid
			t2   break A-2 txid`},
	{name: "over: BVNK shows COMPLETE, the amounts decide",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("COMPLETE")
			w.Transfer("t1", "A-1", "130", "10:12")
		},
		want: `A-1  break: overpaid +30`},
	{name: "under: BVNK calls UNDERPAID paid",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("UNDERPAID")
			w.Transfer("t1", "A-1", "70", "10:12")
		},
		want: `A-1  break: underpaid -30`},
	{name: "a label is a claim: UNDERPAID, and the full amount came",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("UNDERPAID")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  agreed`},
	{name: "a difference inside the absolute tolerance",
		build: func(w *rt.World) {
			w.Policy.Tolerance.Absolute = rt.Quantity("0.5")
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "99.5", "10:12")
			w.Order("A-2").Claims("t2")
			w.Transfer("t2", "A-2", "99.499999", "10:12")
		},
		want: `
			A-1  agreed
			A-2  break: underpaid -0.500001`,
		check: func(t testing.TB, out rt.Outcome) {
			for _, l := range out.Result.TieOut() {
				if l.Asset.Symbol == "USDT" && l.Chain == rt.Ethereum && signedUnits(l.Tolerance, l.Asset) != "-0.5" {
					t.Errorf("the tolerance line is %s, want -0.5", signedUnits(l.Tolerance, l.Asset))
				}
			}
		}},
	{name: "a difference inside the percentage: the larger of the two counts",
		build: func(w *rt.World) {
			w.Policy.Tolerance = reconcile.Tolerance{Absolute: rt.Quantity("0.1"), PercentMicros: 250000}
			w.Order("A-1").Due("1000").Claims("t1")
			w.Transfer("t1", "A-1", "1002.5", "10:12")
			w.Order("A-2").Due("1000").Claims("t2")
			w.Transfer("t2", "A-2", "1002.500001", "10:12")
			w.Order("A-3").Due("1").Claims("t3")
			w.Transfer("t3", "A-3", "0.9", "10:12")
		},
		want: `
			A-1  agreed
			A-2  break: overpaid +2.500001
			A-3  agreed`},
	{name: "duplicate: a further transfer of the same amount",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "100", "10:20")
		},
		want: `
			A-1  break: duplicate_payment +100
			t2   break A-1 duplicate`},
	{name: "duplicate: a further transfer, whatever its amount, after the expiry",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "30", "10:45")
		},
		want: `A-1  break: duplicate_payment +30, late_payment 0`},
	{name: "duplicate: several further transfers are one break",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "100", "10:15")
			w.Transfer("t3", "A-1", "5", "10:20")
		},
		want: `A-1  break: duplicate_payment +105`},
	{name: "duplicate: of a lost order",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "100", "10:20")
		},
		want: `A-1  break: duplicate_payment +100, lost_order +100`},
	{name: "a further transfer inside the tolerance",
		build: func(w *rt.World) {
			w.Policy.Tolerance.Absolute = rt.Quantity("0.5")
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "0.3", "10:20")
		},
		want: `A-1  agreed`},
	{name: "missing: the books say paid, the chain shows nothing",
		build: func(w *rt.World) { w.Order("A-1") },
		want:  `A-1  break: missing_transfer -100`},
	{name: "missing: also where the merchant's book alone says so",
		build: func(w *rt.World) {
			w.Merchant("A-1").PayTo("A-1")
			w.Order("ok-1").Claims("ok-1-paid")
			w.Merchant("ok-1")
			w.Transfer("ok-1-paid", "ok-1", "100", "10:12")
		},
		want: `A-1  break: missing_order 0, missing_transfer -100`},
	{name: "unknown: money that no order explains",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Watch("A-1", "cashier")
			w.Transfer("t2", "cashier", "33", "10:30")
		},
		want: `
			A-1  agreed
			t2   break: unknown_transfer +33`},
	{name: "unknown: not where the order books are incomplete",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-09 10:00").Expires("03-09 10:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-09 10:12")
			w.Covers(rt.Books, "03-09 00:00", "03-12 00:00")
			w.Watch("A-1", "cashier")
			w.Transfer("t2", "cashier", "33", "10:30")
		},
		want: `
			A-1  agreed
			t2   undetermined: not_covered +33`},
	{name: "unknown: not where another provider's book is incomplete",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("B-1").Provider("bvnk").Status("COMPLETE").Created("03-07 10:00").Expires("03-07 10:30").Claims("t2")
			w.Transfer("t2", "B-1", "100", "03-07 10:12")
			w.Declares("bvnk", "03-01 00:00", "03-08 00:00")
			w.Watch("A-1", "B-1", "cashier")
			w.Transfer("t3", "cashier", "33", "03-09 10:00")
		},
		want: `
			A-1  agreed
			B-1  agreed
			t3   undetermined: not_covered +33`},
	{name: "unknown: the book begins when the order that explains it ran already",
		build: func(w *rt.World) {
			w.Order("A-1").Created("12:00").Expires("12:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "12:12")
			w.Covers(rt.Books, "10:00", "03-12 00:00")
			w.Watch("A-1", "cashier")
			w.Transfer("t2", "cashier", "33", "10:01")
		},
		want: `
			A-1  agreed
			t2   undetermined: not_covered +33`},
	{name: "unknown: not where our own book could not be read",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Merchant("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Fails(rt.Shop, "the file is gone")
			w.Watch("A-1", "cashier")
			w.Transfer("t2", "cashier", "33", "10:30")
		},
		want: `
			A-1  agreed
			t2   undetermined: not_covered +33`},
	{name: "unknown: not what an order pays to that could not be read",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Unread = []reconcile.Reject{{At: reconcile.At{Line: 9}, Column: "amount", Value: "1,5", Reason: "ambiguous", OrderNo: "A-2", Address: rt.Address("A-2")}}
			w.Transfer("t2", "A-2", "33", "10:30")
		},
		want: `
			A-1  agreed
			t2   undetermined: rejected_row +33`},
	{name: "missing: a gap of the transfers that names no chain",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Gaps = []reconcile.Gap{{Span: reconcile.Interval{From: rt.Clock("09:00"), To: rt.Clock("12:00")}, Reason: "outage"}}
		},
		want: `A-1  undetermined: not_covered -100`},
	{name: "missing: a gap of the transfers that names no time",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Gaps = []reconcile.Gap{{Chain: rt.Ethereum, Reason: "all of it"}}
		},
		want: `A-1  undetermined: not_covered -100`},
	{name: "wrong asset: of an order called paid",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Ethereum, "USDC")
		},
		want: `
			A-1  break: wrong_asset +100 USDC, wrong_asset -100
			t1   break: wrong_asset`},
	{name: "wrong asset: of an order called expired, without a lost order",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Ethereum, "USDC")
		},
		want: `
			A-1  break: wrong_asset +100 USDC
			t1   break: wrong_asset`},
	{name: "wrong asset: what is missing of the due, without an underpayment",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "40", "10:12")
			w.Transfer("t2", "A-1", "60", "10:14").On(rt.Ethereum, "USDC")
		},
		want: `
			A-1  break: wrong_asset +60 USDC, wrong_asset -60
			t2   break: wrong_asset`},
	{name: "wrong chain: the order's address on another watched chain", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Polygon, "USDT")
			w.Order("A-2").Status("EXPIRED")
			w.Transfer("t2", "A-2", "100", "10:12").On(rt.Polygon, "USDT")
		},
		want: `
			A-1  break: wrong_chain +100 on polygon, wrong_chain -100
			A-2  break: wrong_chain +100 on polygon
			t1   break: wrong_chain
			t2   break: wrong_chain`},
	{name: "wrong address: the claimed transaction pays somebody else",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "elsewhere", "100", "10:12")
		},
		want: `
			A-1  break: wrong_address -100
			t1   excluded: not_watched`},
	{name: "wrong address: of an order not called paid",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Claims("t1")
			w.Transfer("t1", "elsewhere", "100", "10:12")
		},
		want: `A-1  break: wrong_address 0`},
	{name: "wrong address: a fact says that the transaction exists",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Facts = []reconcile.TXFact{{Chain: rt.Ethereum, TXID: rt.TXID("t1"), Status: reconcile.TXFound}}
		},
		want: `A-1  break: wrong_address -100`},
	{name: "wrong address: it paid another order, which keeps it",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Order("A-2")
			w.Transfer("t1", "A-2", "100", "10:12")
		},
		want: `
			A-1  break: wrong_address -100
			A-2  agreed
			t1   agreed A-2 address`},
	{name: "not found: the claimed transaction is on no covered chain",
		build: func(w *rt.World) { w.Order("A-1").Claims("t1") },
		want:  `A-1  break: txid_not_found -100`},
	{name: "not found: a fact says that the transaction is absent",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Facts = []reconcile.TXFact{{Chain: rt.Ethereum, TXID: rt.TXID("t1"), Status: reconcile.TXAbsent}}
		},
		want: `A-1  break: txid_not_found -100`},
	{name: "not found: only of orders called paid",
		build: func(w *rt.World) { w.Order("A-1").Status("EXPIRED").Claims("t1") },
		want:  `A-1  agreed`},
	{name: "failed: the claimed transaction reverted", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Order("A-2").Status("EXPIRED").Claims("t2")
			w.Facts = []reconcile.TXFact{
				{Chain: rt.Ethereum, TXID: rt.TXID("t1"), Status: reconcile.TXReverted},
				{Chain: rt.Ethereum, TXID: rt.TXID("t2"), Status: reconcile.TXReverted},
			}
		},
		want: `
			A-1  break: failed_transaction -100
			A-2  agreed`},
	{name: "reused: one transfer claimed by two orders, the first by creation keeps it",
		build: func(w *rt.World) {
			w.Order("A-2").PayTo("cashier").Claims("t1").Created("10:02").Expires("10:32")
			w.Order("A-1").PayTo("cashier").Claims("t1")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  break: txid_reused -100
			t1   agreed A-1 txid`},
	{name: "reused: the one with the exact amount keeps it",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Claims("t1").Due("50")
			w.Order("A-2").PayTo("cashier").Claims("t1").Created("10:02").Expires("10:32")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  break: txid_reused -50
			A-2  agreed
			t1   agreed A-2 txid`},
	{name: "reused: an order that is not called paid claims it too, and nothing is said",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Claims("t1")
			w.Order("A-2").PayTo("cashier").Claims("t1").Status("EXPIRED").Created("10:02").Expires("10:32")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed`},
	{name: "one transaction for several orders whose sums agree is a batch", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Claims("t1").Due("40")
			w.Order("A-2").PayTo("cashier").Claims("t1").Due("60").Created("10:02").Expires("10:32")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed
			t1   agreed A-1 batch A-2 batch`},
	{name: "misreported: the provider's amount differs from the chain's", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1").Recorded("90")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: amount_misreported 0`},
	{name: "misreported: the due is unknown", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Due("").Claims("t1").Recorded("100")
			w.Transfer("t1", "A-1", "90", "10:12")
		},
		want: `A-1  break: amount_misreported -10`},
	{name: "misreported: the provider names another transaction", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("typo")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: amount_misreported 0`},
	{name: "misreported: beside an underpayment only said", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1").Recorded("100")
			w.Transfer("t1", "A-1", "90", "10:12")
		},
		want: `A-1  break: underpaid -10`},
	{name: "the due is unknown: the recorded amount stands in",
		build: func(w *rt.World) {
			w.Order("A-1").Due("").Claims("t1").Recorded("80")
			w.Transfer("t1", "A-1", "80", "10:12")
			w.Order("A-2").Due("").Claims("t2")
			w.Transfer("t2", "A-2", "70", "10:12")
		},
		want: `
			A-1  agreed
			A-2  agreed`},
	{name: "the due is unknown and nothing came: the recorded amount is missing",
		build: func(w *rt.World) { w.Order("A-1").Due("").Recorded("80") },
		want:  `A-1  break: missing_transfer -80`},
	{name: "the books disagree on the due: the merchant's counts", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Due("1").Claims("t1")
			w.Merchant("A-1").Due("100")
			w.Transfer("t1", "A-1", "1", "10:12")
			w.Order("A-2").Due("90").Claims("t2")
			w.Merchant("A-2").Due("100")
			w.Transfer("t2", "A-2", "100", "10:12")
		},
		want: `
			A-1  break: due_conflict 0, underpaid -99
			A-2  break: due_conflict 0`},
	{name: "credited another amount than came", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Merchant("A-1").Recorded("95")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: credit_mismatch 0`},
	{name: "credited what came, which is not what was due", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Merchant("A-1").Recorded("95")
			w.Transfer("t1", "A-1", "95", "10:12")
		},
		want: `A-1  break: underpaid -5 | agreed`},
	{name: "amounts of 2^256-1 and of one base unit",
		build: func(w *rt.World) {
			w.Policy.Rates = nil
			max := "115792089237316195423570985008687907853269984665640564039457584007913129.639935"
			w.Order("A-1").Due(max).Claims("t1")
			w.Transfer("t1", "A-1", max, "10:12")
			w.Order("A-2").Due("0.000001").Claims("t2")
			w.Transfer("t2", "A-2", max, "10:12")
		},
		want: `
			A-1  agreed
			A-2  break: overpaid +115792089237316195423570985008687907853269984665640564039457584007913129.639934`},
	{name: "wrong asset: it came after the end of the window",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:50").Expires("03-11 00:20")
			w.Transfer("t1", "A-1", "100", "03-11 00:05").On(rt.Ethereum, "USDC")
		},
		want: `A-1  open: cut_off -100`},
	{name: "wrong asset: it came before the window, the order after its start",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-07 00:01").Expires("03-07 00:31")
			w.Transfer("t1", "A-1", "100", "03-06 23:58").On(rt.Ethereum, "USDC")
		},
		want: `A-1  break: wrong_asset +100 USDC, wrong_asset -100; cut_off -100 USDC`},
	{name: "wrong asset: the order was created after the end of the window",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING").Created("03-11 00:01").Expires("03-11 00:31")
			w.Transfer("t1", "A-1", "100", "03-10 23:58").On(rt.Ethereum, "USDC")
		},
		want: `A-1  open: cut_off +100 USDC, cut_off 0`},
	{name: "wrong asset: on hold",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("PROCESSING").Held()
			w.Transfer("t1", "A-1", "100", "10:05").On(rt.Ethereum, "USDC")
		},
		want: `A-1  open: on_hold +100 USDC, on_hold 0`},
	{name: "wrong asset: the due itself is on its way",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "20", "10:05").On(rt.Ethereum, "USDC")
			w.Transfer("t2", "A-1", "100", "10:06").Pending()
		},
		want: `A-1  break: wrong_asset +20 USDC; awaiting_finality -100`},
	{name: "wrong asset: a part came, a part is on its way, a part is wrong",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "30", "10:05")
			w.Transfer("t2", "A-1", "40", "10:06").Pending()
			w.Transfer("t3", "A-1", "20", "10:07").On(rt.Ethereum, "USDC")
		},
		want: `A-1  break: wrong_asset +20 USDC, wrong_asset -30; awaiting_finality -40`},
	{name: "wrong asset: the rest is within the tolerance",
		build: func(w *rt.World) {
			w.Policy.Tolerance.Absolute = rt.Quantity("0.5")
			w.Order("A-1")
			w.Transfer("t1", "A-1", "99.5", "10:05")
			w.Transfer("t2", "A-1", "20", "10:07").On(rt.Ethereum, "USDC")
		},
		want: `A-1  break: wrong_asset +20 USDC`},
	{name: "wrong asset: an unpaid order's, after the end of the window",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Created("03-10 23:50").Expires("03-11 00:20")
			w.Transfer("t1", "A-1", "100", "03-11 00:05").On(rt.Ethereum, "USDC")
		},
		want: `A-1  open: cut_off 0`},
}
