package reconciletest_test

import (
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

func upper(txid string) string { return "0x" + strings.ToUpper(txid[2:]) }

// paid adds an order of the shared healthy shape: paid in time, no delivery yet.
func paid(w *rt.World, name string) *rt.Order {
	w.Transfer(name+"-paid", name, "100", "10:12")
	return w.Order(name).Claims(name + "-paid").Paid("10:13").Updated("10:13")
}

// Order against notifications and books.
var noticeScenarios = []scenario{
	{name: "missed: never arrived",
		build: func(w *rt.World) { healthy(w); paid(w, "A-1") },
		want: `
			A-1       break: missed_webhook(never_arrived) 0
			A-1-paid  agreed A-1 txid`},
	{name: "missed: refused, the provider accepts 200 only",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Answered(500)
			paid(w, "A-2")
			w.Delivery("A-2", "10:14").Answered(201)
		},
		want: `
			A-1  break: missed_webhook(refused) 0
			A-2  break: missed_webhook(refused) 0`},
	{name: "missed: BVNK accepts any 2xx",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("COMPLETE").Paid("10:13")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Delivery("A-1", "10:14").Provider("bvnk").Status("COMPLETE").Answered(202)
		},
		want: `A-1  agreed`},
	{name: "missed: refused, then accepted",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Answered(503)
			w.Delivery("A-1", "10:44")
		},
		want: `A-1  agreed`},
	{name: "missed: only a forged delivery, which is a break of its own",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Forged()
		},
		want: `
			A-1        break: missed_webhook(bad_signature) 0
			A-1-paid   agreed A-1 txid
			claim A-1  unverified_webhook 0`},
	{name: "unverified: beside a delivery that verifies it never enters the order",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14")
			w.Delivery("A-1", "11:14").Forged()
			w.Delivery("A-1", "11:15").Forged()
		},
		want: `
			A-1        agreed
			claim A-1  unverified_webhook 0`},
	{name: "unverified: for an order that nobody has",
		build: func(w *rt.World) {
			healthy(w)
			w.Delivery("B-9", "10:14").Forged()
		},
		want: `claim B-9  unverified_webhook 0`},
	{name: "unverified: for a status that does not notify, nothing was missed",
		build: func(w *rt.World) {
			healthy(w)
			w.Order("A-1").Status("EXPIRED").Updated("10:31")
			w.Delivery("A-1", "10:32").Status("EXPIRED").Forged()
		},
		want: `
			A-1        agreed
			claim A-1  unverified_webhook 0`},
	{name: "missed: our answer was not logged, nothing is claimed",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Answered(0)
		},
		want: `A-1  agreed`},
	{name: "missed: pending was delivered, the final status never",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:11").Status("PENDING")
		},
		want: `A-1  break: missed_webhook(never_arrived) 0`},
	{name: "missed: BlockATM notifies failures, not expiries and cancellations",
		build: func(w *rt.World) {
			healthy(w)
			w.Order("A-1").Status("FAILED").Updated("10:31")
			w.Order("A-2").Status("EXPIRED").Updated("10:31")
			w.Order("A-3").Status("CANCELLED").Updated("10:31")
		},
		want: `
			A-1  break: missed_webhook(never_arrived) 0
			A-2  agreed
			A-3  agreed`},
	{name: "missed: all final states where the policy says so",
		build: func(w *rt.World) {
			w.Policy.AllFinalWebhooks = true
			healthy(w)
			w.Order("A-2").Status("EXPIRED").Updated("10:31")
			w.Order("A-3").Status("CANCELLED").Updated("10:31")
		},
		want: `
			A-2  break: missed_webhook(never_arrived) 0
			A-3  break: missed_webhook(never_arrived) 0`},
	{name: "missed: without a webhook log nothing is claimed",
		build: func(w *rt.World) { paid(w, "A-1") },
		want:  `A-1  agreed`},
	{name: "missed: not where the log is incomplete",
		build: func(w *rt.World) {
			paid(w, "A-1")
			w.WebhookLog()
			w.Covers(rt.Webhooks, "03-09 00:00", "03-12 00:00")
		},
		want: `A-1  undetermined: not_covered 0 | undetermined: not_covered`},
	{name: "missed: a late event of BVNK, beside the late payment",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED").Updated("10:46")
			w.Transfer("t1", "A-1", "100", "10:45")
			w.Order("A-2").Provider("bvnk").Status("EXPIRED").Updated("10:46")
			w.Transfer("t2", "A-2", "100", "10:45")
			w.Delivery("A-2", "10:46").Provider("bvnk").Status("EXPIRED").Late()
		},
		want: `
			A-1  break: late_payment +100, missed_webhook(never_arrived) 0
			A-2  break: late_payment +100`},
	{name: "missed: explains a merchant book that lags",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1").Status("CREATED")
		},
		want: `A-1  break: missed_webhook(never_arrived) 0`},
	{name: "missed: of a lost order nothing was due to be sent",
		build: func(w *rt.World) {
			healthy(w)
			w.Order("A-1").Status("EXPIRED").Updated("10:31")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: lost_order +100`},
	{name: "not applied: accepted, and the merchant's book is still open",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1").Status("CREATED")
			w.Delivery("A-1", "10:14")
		},
		want: `
			A-1       break: webhook_not_applied 0
			A-1-paid  agreed A-1 txid`},
	{name: "not applied: another final state is a conflict of statuses",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1").Status("CANCELLED")
			w.Delivery("A-1", "10:14")
		},
		want: `A-1  break: status_conflict 0`},
	{name: "not applied: our answer was not logged",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1").Status("CREATED")
			w.Delivery("A-1", "10:14").Answered(0)
		},
		want: `A-1  break: status_conflict 0 | agreed`},
	{name: "awaiting the webhook explains a merchant book that lags",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 22:00").Expires("03-10 22:30").Claims("t1").Paid("03-10 22:13")
			w.Merchant("A-1").Created("03-10 22:00").Status("CREATED")
			w.Transfer("t1", "A-1", "100", "03-10 22:12")
			w.WebhookLog()
		},
		want: `A-1  open: awaiting_webhook 0`},
	{name: "conflict: a delivery's amount contradicts the chain", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Amount("90")
		},
		want: `A-1  break: webhook_conflict 0`},
	{name: "conflict: a delivery names another transaction", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Claims("another")
		},
		want: `A-1  break: webhook_conflict 0`},
	{name: "conflict: the provider's amount is wrong, too", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1").Recorded("90")
			w.Delivery("A-1", "10:14").Amount("90")
			paid(w, "A-2").Recorded("90")
			w.Delivery("A-2", "10:14").Amount("100")
		},
		want: `
			A-1  break: amount_misreported 0, webhook_conflict 0
			A-2  break: amount_misreported 0`},
	{name: "conflict: a later event goes backwards", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Requested("10:14")
			w.Delivery("A-1", "10:20").Status("PENDING").Requested("10:20")
		},
		want: `A-1  break: webhook_conflict 0`},
	{name: "an earlier event that arrives later is out of order", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Requested("10:14")
			w.Delivery("A-1", "10:20").Status("PENDING").Requested("10:11")
		},
		want: `A-1  agreed`},
	{name: "unknown: a verified delivery for an order that no book has", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			w.Delivery("B-9", "10:14")
		},
		want: `claim B-9  unknown_webhook 0`},
	{name: "conflict of statuses: paid in our book only",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1")
		},
		want: `A-1  break: status_conflict 0`},
	{name: "conflict of statuses: paid at the provider only",
		build: func(w *rt.World) {
			paid(w, "A-1")
			w.Merchant("A-1").Status("CANCELLED")
		},
		want: `
			A-1       break: status_conflict 0
			A-1-paid  agreed A-1 txid | break A-1 txid`},
	{name: "conflict of statuses: not where the lost order explains it",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  break: lost_order +100`},
	{name: "missing order: in the provider's book alone, with money",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14")
		},
		want: `A-1  break: missing_order 0`},
	{name: "missing order: unpaid and without money is none",
		build: func(w *rt.World) {
			healthyShop(w)
			w.Order("A-1").Status("EXPIRED").Updated("10:31")
			w.Merchant("A-2").PayTo("A-2").Status("EXPIRED")
		},
		want: `
			A-1  agreed
			A-2  agreed`},
	{name: "missing order: in the merchant's book alone",
		build: func(w *rt.World) {
			healthyShop(w)
			w.Merchant("A-1").PayTo("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1  break: missing_order 0
			t1   agreed A-1 address`},
	{name: "missing order: not without a second book",
		build: func(w *rt.World) {
			w.Merchant("A-1").PayTo("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `A-1  agreed`},
	{name: "missing order: not where the other book is incomplete",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("ok-1").Created("03-09 10:00").Expires("03-09 10:30").Claims("ok-1-paid")
			w.Transfer("ok-1-paid", "ok-1", "100", "03-09 10:12")
			w.Merchant("ok-1").Created("03-09 10:00")
			w.Covers(rt.Shop, "03-09 00:00", "03-12 00:00")
		},
		want: `A-1  undetermined: not_covered 0 | undetermined: not_covered | agreed`},
	{name: "missing order: not where the book of one of two providers is incomplete",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Merchant("A-1")
			w.Order("B-1").Provider("bvnk").Status("COMPLETE").Created("03-07 10:00").Expires("03-07 10:30").Claims("t2")
			w.Transfer("t2", "B-1", "100", "03-07 10:12")
			w.Merchant("B-1").Created("03-07 10:00")
			w.Declares("bvnk", "03-01 00:00", "03-08 00:00")
			w.Merchant("B-2").Created("03-09 10:00").PayTo("B-2")
			w.Transfer("t3", "B-2", "100", "03-09 10:05")
		},
		want: `
			A-1  agreed
			B-1  agreed
			B-2  undetermined: not_covered 0`},
	{name: "stale: open long after the payment window", part3: true,
		build: func(w *rt.World) {
			w.Policy.AfterExpiry = 24 * reconcile.Hour
			w.Order("A-1").Status("PENDING").Created("03-08 23:00").Expires("03-08 23:30")
			w.Order("A-2").Status("PENDING").Created("03-09 00:00").Expires("03-09 00:30")
		},
		want: `
			A-1  break: stale_order 0
			A-2  open: awaiting_payment 0`},
	{name: "a log that fails from one moment on is one fault of the source",
		build: func(w *rt.World) {
			for i := range 12 {
				name := "any-" + string(rune('a'+i))
				at := rt.Clock("10:00") + reconcile.Instant(i)*reconcile.Hour
				w.Order(name).CreatedAt(at).Expires("").PaidAt(at).Claims(name + "-paid")
				w.Transfer(name+"-paid", name, "100", "10:00").At(at)
				d := w.Delivery(name, "10:00").At(at)
				if i >= 4 {
					d.Forged()
				}
			}
		},
		want: `
			any-d    agreed
			any-e    undetermined: not_covered 0
			any-l    undetermined: not_covered 0
			do any-e -
			do any-l -
			call 5   undetermined: source_fault
			call 12  undetermined: source_fault`,
		check: func(t testing.TB, out rt.Outcome) {
			if a := out.Result.Actions(); len(a) > 0 {
				t.Errorf("one wrong secret asks for %d actions: %+v", len(a), a)
			}
		}},
	{name: "rejected: a delivery for an order whose row could not be read",
		build: func(w *rt.World) {
			healthy(w)
			w.Unread = []reconcile.Reject{
				{At: reconcile.At{Line: 9}, Column: "amount", Value: "1,5", Reason: "ambiguous", OrderID: "P-A-2", OrderNo: "A-2"},
				{At: reconcile.At{Line: 10}, Column: "order", Value: "\x00", Reason: "illegible", TXID: rt.TXID("t3")}}
			w.Delivery("A-2", "10:06")
			w.Delivery("A-3", "10:07").Claims("t3")
			w.Delivery("A-2", "10:08").Forged()
		},
		want: `
			call 3     undetermined: rejected_row
			call 4     undetermined: rejected_row
			call 5     break: unverified_webhook
			claim A-2  unverified_webhook 0`},
	{name: "unsettled: a credit is not compared while the rest is not final",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Merchant("A-1").Recorded("100")
			w.Transfer("t1", "A-1", "60", "10:05")
			w.Transfer("t2", "A-1", "40", "10:06").Pending()
		},
		want: `A-1  open: awaiting_finality -40`},
	{name: "unsettled: neither credit nor delivery is compared where the chain was not read to the end",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Merchant("A-1").Recorded("100")
			w.Transfer("t1", "A-1", "60", "10:05")
			w.Delivery("A-1", "10:07").Amount("100")
			w.Order("A-2")
			w.Transfer("t2", "A-2", "60", "10:05")
			w.Merchant("A-2").Recorded("100")
			w.Delivery("A-2", "10:07").Claims("unread")
			w.Covers(rt.Chain, "03-07 00:00", "10:06")
		},
		want: `
			A-1     undetermined: not_covered -40
			A-2     undetermined: not_covered -40
			call 1  agreed
			call 2  agreed`},
	{name: "unsettled: a delivery is judged against the order where the chain is not known at all",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Delivery("A-1", "10:07").Amount("90")
			w.Covers(rt.Chain, "03-07 00:00", "10:06")
		},
		want: `A-1  break: webhook_conflict 0; not_covered -100`},
	{name: "unknown status: a word of our own book is not read as unpaid",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1").Status("WEIRD")
			w.Delivery("A-1", "10:14")
			paid(w, "A-2")
			w.Merchant("A-2").Status("WEIRD")
			w.Order("A-3").Status("EXPIRED")
			w.Merchant("A-3").Status("WEIRD")
		},
		want: `
			A-1       undetermined: unknown_status 0
			A-2       undetermined: unknown_status 0
			A-3       undetermined: unknown_status 0
			A-1-paid  agreed A-1 txid
			do A-1    -
			do A-2    -`},
	{name: "unknown status: nothing is applied from the API where nobody knows what our book did",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 18:00").Expires("03-10 18:30").Claims("t1").Paid("03-10 18:13")
			w.Merchant("A-1").Created("03-10 18:00").Status("WEIRD")
			w.Transfer("t1", "A-1", "100", "03-10 18:12")
			w.WebhookLog()
		},
		want: `
			A-1     undetermined: unknown_status 0
			do A-1  -`},
	{name: "unknown status: of our own book hides no money",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Merchant("A-1").Status("WEIRD")
		},
		want: `A-1  break: missing_transfer -100; unknown_status 0`},
	{name: "old order: a judged late payment of BVNK has a late event",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED").Created("03-06 10:00").Expires("03-06 10:30")
			w.Transfer("t1", "A-1", "100", "10:05")
			w.Order("A-2").Provider("bvnk").Status("EXPIRED").Created("03-06 10:00").Expires("03-06 10:30")
			w.Transfer("t2", "A-2", "100", "10:05")
			w.Delivery("A-2", "10:06").Provider("bvnk").Status("EXPIRED").Late()
		},
		want: `
			A-1  break: late_payment +100, missed_webhook(never_arrived) 0
			A-2  break: late_payment +100`},
	{name: "old order: paid inside the window, its notification and our book are judged",
		build: func(w *rt.World) {
			healthyShop(w)
			for _, name := range []string{"A-1", "A-2", "A-3"} {
				w.Order(name).Created("03-06 23:50").Expires("03-07 00:20").Claims(name + "-paid").Paid("03-07 00:05")
				w.Transfer(name+"-paid", name, "100", "03-07 00:04")
			}
			w.Merchant("A-1").Created("03-06 23:50")
			w.Merchant("A-2").Created("03-06 23:50").Status("CANCELLED")
			w.Delivery("A-2", "03-07 00:06")
			w.Delivery("A-3", "03-07 00:06")
		},
		want: `
			A-1  break: missed_webhook(never_arrived) 0; cut_off +100
			A-2  break: status_conflict 0; cut_off +100
			A-3  break: missing_order 0; cut_off +100`},
	{name: "old order: what was told and credited before the window is not news",
		build: func(w *rt.World) {
			healthyShop(w)
			w.Order("A-1").Created("03-05 10:00").Expires("03-05 10:30").Claims("t1").Paid("03-05 10:12")
			w.Merchant("A-1").Created("03-05 10:00").Status("CANCELLED")
			w.Transfer("t1", "A-1", "100", "03-05 10:11")
			w.Transfer("t2", "A-1", "100", "10:05")
		},
		want: `A-1  break: duplicate_payment +100, late_payment 0`},
	{name: "unchecked: without a secret a delivery is evidence, and nobody says that it verifies", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "100", "10:05")
			w.Delivery("A-1", "10:06").Amount("90").Unchecked()
			w.Delivery("B-9", "10:07").Unchecked()
		},
		want: `
			A-1        break: webhook_conflict 0
			claim B-9  unknown_webhook 0`,
		check: func(t testing.TB, out rt.Outcome) {
			for _, b := range out.Result.Breaks() {
				if !strings.Contains(b.Explanation, "its signature was not checked") || strings.Contains(b.Kind.Info().Meaning, "erified") {
					t.Errorf("%v: %s %s", b.Kind, b.Kind.Info().Meaning, b.Explanation)
				}
			}
		}},
}

// healthyShop is healthy with the merchant's rows beside them.
func healthyShop(w *rt.World) {
	healthy(w)
	for _, name := range []string{"ok-1", "ok-2", "ok-3"} {
		w.Merchant(name)
	}
}
