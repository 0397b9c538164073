package reconciletest_test

import (
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// Each outcome, and each reason of being open or undetermined.
var outcomeScenarios = []scenario{
	{name: "all witnesses say the same",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1").Paid("10:13")
			w.Merchant("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Delivery("A-1", "10:14").Amount("100").Claims("t1")
		},
		want: `
			A-1     agreed
			t1      agreed A-1 txid
			call 1  agreed
			do A-1  -`},
	{name: "nothing has come and the order runs",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING").Created("03-10 23:50").Expires("03-11 00:20")
		},
		want: `
			A-1     open: awaiting_payment 0
			do A-1  -`},
	{name: "less than the due has come and the order runs",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING").Created("03-10 12:00").Expires("03-11 12:00")
			w.Transfer("t1", "A-1", "40", "03-10 15:00")
		},
		want: `
			A-1  open: awaiting_payment +40`},
	{name: "nothing came, expired but not stale, and the books hold it open",
		build: func(w *rt.World) { w.Order("A-1").Status("PENDING") },
		want: `
			A-1  open: awaiting_payment 0`},
	{name: "an accepted delivery inside the apply grace",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:30").Expires("03-11 00:00").Claims("t1").Paid("03-10 23:48")
			w.Merchant("A-1").Created("03-10 23:30").Status("CREATED")
			w.Transfer("t1", "A-1", "100", "03-10 23:45")
			w.Delivery("A-1", "03-10 23:50")
		},
		want: `
			A-1     open: awaiting_application 0
			do A-1  -`},
	{name: "the provider screens the funds",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("PROCESSING").Held()
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1  open: on_hold +100`},
	{name: "a correct payment that is not final",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:40").Expires("03-11 00:10").Claims("t1").Paid("03-10 23:55")
			w.Transfer("t1", "A-1", "100", "03-10 23:52").Pending()
		},
		want: `
			A-1     open: awaiting_finality -100
			t1      open A-1 txid
			do A-1  -`},
	{name: "a payment that is not final for an order that waits",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING").Created("03-10 23:30").Expires("03-11 00:00")
			w.Transfer("t1", "A-1", "100", "03-10 23:52").Pending()
		},
		want: `
			A-1  open: awaiting_finality 0
			t1   open A-1 address`},
	{name: "final, while the provider's confirmation grace runs",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PENDING").Created("03-10 23:40").Expires("03-11 00:10")
			w.Transfer("t1", "A-1", "100", "03-10 23:50")
		},
		want: `
			A-1  open: awaiting_confirmation +100`},
	{name: "the provider still retries",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 22:00").Expires("03-10 22:30").Claims("t1").Paid("03-10 22:13")
			w.Transfer("t1", "A-1", "100", "03-10 22:12")
			w.WebhookLog()
		},
		want: `
			A-1     open: awaiting_webhook 0
			t1      agreed A-1 txid
			do A-1  -`},
	{name: "the provider still retries, but patience is over: apply it now",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 18:00").Expires("03-10 18:30").Claims("t1").Paid("03-10 18:13")
			w.Transfer("t1", "A-1", "100", "03-10 18:12")
			w.WebhookLog()
		},
		want: `
			A-1     open: awaiting_webhook 0
			do A-1  apply_from_api`},
	{name: "BVNK retries for 25 hours",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("COMPLETE").Created("03-09 23:00").Expires("03-09 23:30").Paid("03-09 23:10")
			w.Transfer("t1", "A-1", "100", "03-09 23:09")
			w.Order("A-2").Provider("bvnk").Status("COMPLETE").Created("03-09 22:40").Expires("03-09 23:10").Paid("03-09 22:50")
			w.Transfer("t2", "A-2", "100", "03-09 22:49")
			w.WebhookLog()
		},
		want: `
			A-1  open: awaiting_webhook 0
			A-2  break: missed_webhook(never_arrived) 0`},
	{name: "BlockATM retries for 26 hours and 36 minutes",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-09 21:20").Expires("03-09 21:50").Paid("03-09 21:25")
			w.Transfer("t1", "A-1", "100", "03-09 21:24")
			w.Order("A-2").Created("03-09 21:10").Expires("03-09 21:40").Paid("03-09 21:23")
			w.Transfer("t2", "A-2", "100", "03-09 21:22")
			w.WebhookLog()
		},
		want: `
			A-1  open: awaiting_webhook 0
			A-2  break: missed_webhook(never_arrived) 0`},
	{name: "no transfers were read for the payment's time",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Covers(rt.Chain, "03-09 00:00", "03-12 00:00")
		},
		want: `
			A-1  undetermined: not_covered -100`},
	{name: "a source that is complete, but not for the order's time",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Declares(rt.Chain, "03-09 00:00", "03-12 00:00")
		},
		want: `
			A-1  undetermined: not_covered -100`,
		check: func(t testing.TB, out rt.Outcome) {
			if why := out.Result.Incomplete(); len(why) != 1 || !strings.Contains(why[0], "order A-1") {
				t.Errorf("incomplete: %q", why)
			}
		}},
	{name: "the transfer source failed",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Fails(rt.Chain, "the endpoint answered 500")
		},
		want: `
			A-1  undetermined: not_covered -100`},
	{name: "a status word that nobody knows",
		build: func(w *rt.World) {
			w.Order("A-1").Status("LIMBO")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1  undetermined: unknown_status +100`},
	{name: "a row of the order could not be read",
		build: func(w *rt.World) {
			w.Order("ok-1").Claims("ok-1-paid")
			w.Transfer("ok-1-paid", "ok-1", "100", "10:12")
			w.Merchant("ok-1")
			w.Merchant("A-1").PayTo("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Unread = []reconcile.Reject{{At: reconcile.At{Line: 9}, Column: "amount", Value: "1,5", Reason: "ambiguous", OrderNo: "A-1"}}
		},
		want: `
			A-1  undetermined: rejected_row 0 | undetermined: rejected_row`},
	{name: "paid on a chain without a source",
		build: func(w *rt.World) { w.Order("A-1").On(rt.Optimism, "USDT").Claims("t1") },
		want: `
			A-1  undetermined: not_watched 0 | undetermined: not_watched`,
		check: func(t testing.TB, out rt.Outcome) {
			for _, l := range out.Result.TieOut() {
				if l.Asset.ID == rt.Asset(rt.Optimism, "USDT").ID {
					if got := signedUnits(l.NotReconciled, l.Asset); got != "100" || !l.Expected.IsZero() {
						t.Errorf("tie-out has %s not reconciled and expects %v; want 100 and nothing", got, l.Expected)
					}
					return
				}
			}
			t.Error("the tie-out has no line for the asset without a source")
		}},
	{name: "a claimed transaction pays an address that no book names",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("").Claims("t1")
			w.Transfer("t1", "elsewhere", "100", "10:12")
		},
		want: `
			A-1  undetermined: address_unknown -100`},
	{name: "no claim, and nobody says where the money would arrive",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("")
			w.Order("A-2").Claims("t1")
			w.Transfer("t1", "A-2", "100", "10:12")
		},
		want: `
			A-1  undetermined: address_unknown -100
			A-2  agreed
			t1   agreed A-2 txid`},
	{name: "no address in the books, but a list of all that receive",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("")
			w.Watch("cashier")
		},
		want: `A-1  break: missing_transfer -100`},
	{name: "no address in the books, and the chain says that the claim does not exist",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("").Claims("t1")
			w.Facts = []reconcile.TXFact{{Chain: rt.Ethereum, TXID: rt.TXID("t1"), Status: reconcile.TXAbsent}}
		},
		want: `A-1  break: txid_not_found -100`},
	{name: "an unpaid order whose address is not on the list",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Watch("cashier")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1  undetermined: not_watched 0 | undetermined: not_watched
			t1   excluded: not_watched`},
	{name: "a list for one chain leaves the others to the books",
		build: func(w *rt.World) {
			w.Order("A-1").On(rt.Polygon, "USDT").Status("EXPIRED")
			w.Watch("cashier")
			w.Policy.WatchBooks = []string{rt.Polygon}
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Polygon, "USDT")
		},
		want: `
			A-1  break: lost_order +100 on polygon
			t1   break A-1 address`},
	{name: "a pair before the window is context",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30").Claims("t1")
			w.Transfer("t1", "A-1", "100", "03-05 10:12")
		},
		want: `
			A-1  context
			t1   context A-1 txid`},
	{name: "nothing negative is said of an order before the window",
		build: func(w *rt.World) { w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30") },
		want:  `A-1  context`},
	{name: "transfers that are no customer payments",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Claims("t1")
			w.Own("treasury")
			w.Transfer("t1", "cashier", "100", "10:12")
			w.Transfer("sweep", "treasury", "90", "11:00").From("cashier")
			w.Transfer("outgoing", "supplier", "3", "11:01").From("cashier")
			w.Transfer("topup", "cashier", "7", "11:02").From("treasury")
			w.Transfer("zero", "cashier", "0", "11:03")
			w.Transfer("dust", "cashier", "0.009999", "11:04")
			w.Transfer("fake", "cashier", "100", "11:05").On(rt.Ethereum, "FAKE")
			w.Transfer("elsewhere", "stranger", "100", "11:06")
		},
		want: `
			A-1        agreed
			t1         agreed A-1 txid
			sweep      excluded: sweep
			outgoing   excluded: outgoing
			topup      excluded: top_up
			zero       excluded: zero_value
			dust       excluded: dust
			fake       excluded: not_accepted
			elsewhere  excluded: not_watched`},
}
