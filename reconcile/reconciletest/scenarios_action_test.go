package reconciletest_test

import (
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// What people are told to do.
var actionScenarios = []scenario{
	{name: "complete: an expired order, before 72 hours are over",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  complete_transaction, cashier operator, by 03-11 10:00`,
		check: both(says("A-1", "User paid but not received"), func(t testing.TB, out rt.Outcome) {
			a := out.Result.Actions()[0]
			if a.TXID != rt.TXID("t1") || a.HoursLeft != 10 || a.Link == "" || a.OrderID != "P-A-1" {
				t.Errorf("the action has TXID %s, %d hours left, link %q, order %s; want t1's, 10 hours, a link and P-A-1", a.TXID, a.HoursLeft, a.Link, a.OrderID)
			}
		})},
	{name: "complete: the reason while the order is processing",
		build: func(w *rt.World) {
			w.Order("A-1").Status("PROCESSING")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  complete_transaction, cashier operator, by 03-11 10:00`,
		check: says("A-1", "On-chain confirmed but status not synced")},
	{name: "complete: the deadline's other anchors",
		build: func(w *rt.World) {
			w.Policy.ExceptionFrom = reconcile.AnchorExpired
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  complete_transaction, cashier operator, by 03-11 10:30`},
	{name: "complete: counted from the payment",
		build: func(w *rt.World) {
			w.Policy.ExceptionFrom = reconcile.AnchorPaid
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  complete_transaction, cashier operator, by 03-11 10:12`},
	{name: "complete: matched by amount alone, the customer confirms first",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Due("5").Status("EXPIRED")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			A-2     agreed
			do A-1  complete_transaction, cashier operator, by 03-11 10:00`,
		check: says("A-1", "confirm")},
	{name: "complete: past the safe anchor the button may still be there",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Created("03-07 12:00").Expires("03-07 12:30")
			w.Transfer("t1", "A-1", "100", "03-10 09:00")
		},
		want: `
			A-1     break: late_payment 0, lost_order +100`,
		check: says("A-1", "Complete Transaction")},
	{name: "complete: long past, the provider is asked",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Created("03-07 12:00").Expires("03-07 12:30")
			w.Transfer("t1", "A-1", "100", "03-07 12:10")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  ask_provider`},
	{name: "complete: not at a provider without such a step",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  ask_provider`},
	{name: "complete: not with too little",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "60", "10:12")
		},
		want: `
			A-1     break: lost_order +100, underpaid -40`,
		check: never("A-1", reconcile.CompleteTransaction)},
	{name: "complete: not a split",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "60", "10:12")
			w.Transfer("t2", "A-1", "40", "10:14")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  ask_provider`},
	{name: "complete: not where our book cancelled it",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1").Status("CANCELLED")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: lost_order +100
			do A-1  refund_or_credit`},
	{name: "complete: not where our book already credited it",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1").Status("PAID")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want:  `A-1     break: lost_order +100`,
		check: both(never("A-1", reconcile.CompleteTransaction), says("A-1", "not credit again"))},
	{name: "complete: not with a transaction that another order claims",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("A-2").Claims("t1")
		},
		want: `
			A-1     break: lost_order +100
			A-2     break: wrong_address -100`,
		check: never("A-1", reconcile.CompleteTransaction)},
	{name: "resend: within 72 hours",
		build: func(w *rt.World) { healthy(w); paid(w, "A-1") },
		want: `
			A-1     break: missed_webhook(never_arrived) 0
			do A-1  resend_notification, cashier operator, by 03-11 10:00`},
	{name: "resend: not a fourth time",
		build: func(w *rt.World) { healthy(w); paid(w, "A-1").Resends(3) },
		want: `
			A-1     break: missed_webhook(never_arrived) 0
			do A-1  apply_from_api`},
	{name: "resend: a third time, the resends used are shown",
		build: func(w *rt.World) { healthy(w); paid(w, "A-1").Resends(2) },
		want: `
			A-1     break: missed_webhook(never_arrived) 0
			do A-1  resend_notification, cashier operator, by 03-11 10:00`,
		check: says("A-1", "2")},
	{name: "resend: not past 72 hours",
		build: func(w *rt.World) {
			healthy(w)
			w.Order("A-1").Created("03-07 10:00").Expires("03-07 10:30").Claims("t1").Paid("03-07 10:13").Updated("03-07 10:13")
			w.Transfer("t1", "A-1", "100", "03-07 10:12")
		},
		want: `
			A-1     break: missed_webhook(never_arrived) 0
			do A-1  apply_from_api`},
	{name: "resend: the receiver is repaired first",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Answered(500)
		},
		want: `
			A-1     break: missed_webhook(refused) 0
			do A-1  fix_receiver_then_resend, engineering`},
	{name: "resend: the secret is repaired first",
		build: func(w *rt.World) {
			healthy(w)
			paid(w, "A-1")
			w.Delivery("A-1", "10:14").Forged()
		},
		want: `
			A-1        break: missed_webhook(bad_signature) 0
			claim A-1  unverified_webhook 0
			do A-1     fix_receiver_then_resend, engineering; investigate_sender`},
	{name: "resend: nothing to do where our book already has it",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1")
		},
		want: `
			A-1     break: missed_webhook(never_arrived) 0
			do A-1  -`,
		check: severity("A-1", reconcile.MissedWebhook, reconcile.Low)},
	{name: "apply: accepted, not applied",
		build: func(w *rt.World) {
			healthyShop(w)
			paid(w, "A-1")
			w.Merchant("A-1").Status("CREATED")
			w.Delivery("A-1", "10:14")
		},
		want: `
			A-1     break: webhook_not_applied 0
			do A-1  apply_from_api`},
	{name: "settle to the balance: credit what came",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "90", "10:12")
			w.Order("A-2").Claims("t2")
			w.Transfer("t2", "A-2", "110", "10:12")
		},
		want: `
			A-1     break: underpaid -10
			A-2     break: overpaid +10
			do A-1  credit_actual, finance
			do A-2  credit_actual, finance`},
	{name: "settle goods: hold a shortfall, refund a large excess",
		build: func(w *rt.World) {
			w.Policy.Settlement = reconcile.SettleGoods
			w.Policy.CreditLimit = rt.Quantity("5")
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "90", "10:12")
			w.Order("A-2").Claims("t2")
			w.Transfer("t2", "A-2", "110", "10:12")
			w.Order("A-3").Claims("t3")
			w.Transfer("t3", "A-3", "103", "10:12")
		},
		want: `
			A-1     break: underpaid -10
			A-2     break: overpaid +10
			A-3     break: overpaid +3
			do A-1  hold_fulfilment
			do A-2  refund_or_credit, finance
			do A-3  credit_actual, finance`},
	{name: "late: credit what was settled",
		build: func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:45")
		},
		want: `
			A-1     break: late_payment +100
			do A-1  credit_late, finance`},
	{name: "late: nothing is left to do at BlockATM once the order is complete",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:45")
		},
		want: `
			A-1     break: late_payment 0
			do A-1  -`},
	{name: "duplicate: refund or credit",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "100", "10:20")
		},
		want: `
			A-1     break: duplicate_payment +100
			do A-1  refund_or_credit, finance`},
	{name: "duplicate: the customer's other open order of that amount is named",
		build: func(w *rt.World) {
			w.Order("A-1").Customer("c1").Claims("t1")
			w.Order("A-2").Customer("c1").Status("PENDING")
			w.Transfer("t1", "A-1", "100", "10:10")
			w.Transfer("t2", "A-1", "100", "10:20")
		},
		want: `
			A-1     break: duplicate_payment +100
			A-2     open: awaiting_payment 0
			do A-1  refund_or_credit, finance`,
		check: says("A-1", "A-2")},
	{name: "wrong asset: ask the provider to recover it first",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12").On(rt.Ethereum, "USDC")
		},
		want: `
			A-1     break: wrong_asset +100 USDC
			do A-1  ask_provider`},
	{name: "hold: called paid without the money",
		build: func(w *rt.World) {
			w.Order("A-1")
			w.Order("A-2").Claims("nowhere")
			w.Order("A-3").Claims("t3")
			w.Transfer("t3", "elsewhere", "100", "10:12")
		},
		want: `
			A-1     break: missing_transfer -100
			A-2     break: txid_not_found -100
			A-3     break: wrong_address -100
			do A-1  hold_fulfilment
			do A-2  hold_fulfilment
			do A-3  hold_fulfilment`},
	{name: "hold: one transfer for two orders",
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Claims("t1")
			w.Order("A-2").PayTo("cashier").Claims("t1").Created("10:02").Expires("10:32")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1     agreed
			A-2     break: txid_reused -100
			do A-1  -
			do A-2  hold_fulfilment`},
	{name: "hold: paid in our book only",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1")
		},
		want: `
			A-1     break: status_conflict 0
			do A-1  hold_fulfilment`},
	{name: "hold: the most urgent by value",
		build: func(w *rt.World) {
			w.Order("A-1").Due("10")
			w.Order("A-2").Due("9000")
			w.Order("A-3").Due("500")
		},
		want: `
			A-1  break: missing_transfer -10
			A-2  break: missing_transfer -9000
			A-3  break: missing_transfer -500`,
		check: func(t testing.TB, out rt.Outcome) {
			want := []string{"A-2", "A-3", "A-1"}
			for i, a := range out.Result.Actions() {
				if i >= len(want) || a.OrderNo != want[i] || a.Priority != i+1 {
					t.Errorf("action %d is about %s with priority %d, want the order %v", i+1, a.OrderNo, a.Priority, want)
				}
			}
		}},
	{name: "sorted by deadline, then value",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").Due("10").Created("12:00").Expires("12:30")
			w.Transfer("t1", "A-1", "10", "12:12")
			w.Order("A-2").Status("EXPIRED").Due("10").Created("09:00").Expires("09:30")
			w.Transfer("t2", "A-2", "10", "09:12")
		},
		want: `
			A-1  break: lost_order +10
			A-2  break: lost_order +10`,
		check: func(t testing.TB, out rt.Outcome) {
			a := out.Result.Actions()
			if len(a) == 2 && (a[0].OrderNo != "A-2" || a[1].OrderNo != "A-1") {
				t.Errorf("actions are about %s, then %s; want the earlier deadline of A-2 first", a[0].OrderNo, a[1].OrderNo)
			}
		}},
	{name: "unknown money: identify the payer",
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Watch("A-1", "cashier")
			w.Transfer("t2", "cashier", "33", "10:30")
		},
		want: `
			A-1  agreed
			t2   break: unknown_transfer +33
			do t2  identify_payer`},
	{name: "missing order: ask the provider",
		build: func(w *rt.World) {
			healthyShop(w)
			w.Merchant("A-1").PayTo("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: missing_order 0
			do A-1  ask_provider`},
	{name: "ambiguous: identify the payer, once for the group", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").PayTo("cashier").Customer("c1").Status("EXPIRED")
			w.Order("A-2").PayTo("cashier").Customer("c2").Status("EXPIRED")
			w.Transfer("t1", "cashier", "100", "10:12")
		},
		want: `
			A-1     break: ambiguous_payment +100
			A-2     break: ambiguous_payment
			do A-1  identify_payer
			do A-2  -`},
	{name: "misreported: ask the provider", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Claims("t1").Recorded("90")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: amount_misreported 0
			do A-1  ask_provider`},
	{name: "a tampered price: hold", part3: true,
		build: func(w *rt.World) {
			w.Order("A-1").Due("90").Claims("t1")
			w.Merchant("A-1").Due("100")
			w.Transfer("t1", "A-1", "100", "10:12")
		},
		want: `
			A-1     break: due_conflict 0
			do A-1  hold_fulfilment`},
	{name: "one outage is one incident with one action", part3: true,
		build: func(w *rt.World) {
			healthy(w)
			for _, name := range []string{"A-1", "A-2", "A-3", "A-4"} {
				paid(w, name)
			}
		},
		want: `
			A-1  break: missed_webhook(never_arrived) 0
			A-2  break: missed_webhook(never_arrived) 0
			A-3  break: missed_webhook(never_arrived) 0
			A-4  break: missed_webhook(never_arrived) 0`,
		check: func(t testing.TB, out rt.Outcome) {
			a := out.Result.Actions()
			if len(a) != 1 || len(a[0].BreakIDs) != 4 {
				t.Errorf("there are %d actions: %+v; want one with four breaks", len(a), a)
			}
		}},
	{name: "complete: not a split that was paid again",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "60", "10:05")
			w.Transfer("t2", "A-1", "40", "10:06")
			w.Transfer("t3", "A-1", "100", "10:10")
		},
		want: `
			A-1     break: duplicate_payment +100, lost_order +100
			do A-1  ask_provider; refund_or_credit`},
	{name: "complete: one transfer that was paid again",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:05")
			w.Transfer("t2", "A-1", "40", "10:06")
		},
		want: `
			A-1     break: duplicate_payment +40, lost_order +100
			do A-1  complete_transaction, cashier operator, by 03-11 10:00; refund_or_credit`},
	{name: "complete: not where our book's status is a word that nobody knows",
		build: func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Merchant("A-1").Status("WEIRD")
			w.Transfer("t1", "A-1", "100", "10:05")
		},
		want: `
			A-1     break: lost_order +100; unknown_status 0
			do A-1  ask_provider`},
}

func both(checks ...func(testing.TB, rt.Outcome)) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		t.Helper()
		for _, check := range checks {
			check(t, out)
		}
	}
}

// never checks that an order is not given an action.
func never(order string, action reconcile.ActionCode) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		t.Helper()
		for _, a := range out.Result.Actions() {
			if a.OrderNo == order && a.Action == action {
				t.Errorf("%s is given %v: %s", order, action, a.Sentence)
			}
		}
	}
}
