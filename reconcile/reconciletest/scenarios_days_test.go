package reconciletest_test

import (
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// saga is a situation over several business dates, and what is open, gone or
// rejected at each close. Lines are those of rt.Diary; what is to be done stands
// only where it matters, "do -" says that nothing is.
type saga struct {
	name string
	days []day
}

type day struct {
	date string
	do   func(d *rt.Diary, t testing.TB) // what happened before its end
	want string
}

func TestDays(t *testing.T) {
	for _, s := range allSagas() {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

// A table that cannot fail proves nothing.
func TestDaysCanFail(t *testing.T) {
	for _, s := range allSagas() {
		s.days = slices.Clone(s.days)
		s.days[len(s.days)-1].want += "\nZ-9 overpaid +1"
		if passes(t, s.run) {
			t.Errorf("%s passes with an item that is not there", s.name)
		}
	}
}

func allSagas() []saga { return slices.Concat(sagas, refundSagas) }

func (s saga) run(t testing.TB) {
	d := rt.NewDiary()
	for _, day := range s.days {
		if day.do != nil {
			day.do(d, t)
		}
		compareDay(t, day, d.Run(t, day.date))
	}
}

func compareDay(t testing.TB, day day, got []string) {
	t.Helper()
	var want []string
	acts := strings.Contains(day.want, "do ")
	for line := range strings.Lines(day.want) {
		if line = strings.TrimSpace(line); line != "" && line != "do -" {
			want = append(want, line)
		}
	}
	if !acts {
		got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "do ") })
	}
	slices.Sort(want)
	if !slices.EqualFunc(want, got, sameLine) {
		t.Errorf("%s\n\twant %s\n\tgot  %s", day.date, strings.Join(want, "\n\t     "), strings.Join(got, "\n\t     "))
	}
}

// sameLine compares lines; a wanted one may leave out the end of a sentence.
func sameLine(want, got string) bool {
	return want == got || strings.HasPrefix(want, "rejected ") && strings.HasPrefix(got, want)
}

func word(name string, change func(o *rt.Order)) func(*rt.Diary, testing.TB) {
	return func(d *rt.Diary, _ testing.TB) { change(d.World.Find(name)) }
}

func world(build func(w *rt.World)) func(*rt.Diary, testing.TB) {
	return func(d *rt.Diary, _ testing.TB) { build(d.World) }
}

func answers(item string, a reconcile.Answer) func(*rt.Diary, testing.TB) {
	return func(d *rt.Diary, t testing.TB) { d.Answer(t, item, a) }
}

func together(steps ...func(*rt.Diary, testing.TB)) func(*rt.Diary, testing.TB) {
	return func(d *rt.Diary, t testing.TB) {
		for _, step := range steps {
			step(d, t)
		}
	}
}

// lost is an expired order of 100 that was paid in time, on 8 March.
func lost(w *rt.World) {
	w.Order("A-1").Status("EXPIRED")
	w.Transfer("t1", "A-1", "100", "10:12")
}

// over is a paid order of 100 that received 120, on 8 March.
func over(w *rt.World) {
	w.Order("A-1").Claims("t1")
	w.Transfer("t1", "A-1", "120", "10:12")
}

// alone is a paid order of which only our book says that 100 are due, and what came
// for it. Another order stands in both books.
func alone(w *rt.World, came string) {
	w.Order("A-1").Due("").Recorded(came).Claims("t1")
	w.Merchant("A-1")
	w.Transfer("t1", "A-1", came, "10:12")
	w.Order("ok")
	w.Merchant("ok")
	w.Transfer("t9", "ok", "100", "10:12")
}

// noRow takes the order away from our book.
func noRow(w *rt.World) { w.DropFrom("A-1", reconcile.BookMerchant) }

var sagas = []saga{
	{"on hold: after a week the provider is asked", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("PROCESSING").Held()
			w.Transfer("t1", "A-1", "100", "10:12")
		}), "A-1 on_hold +100\ndo -"},
		{"03-14", nil, "A-1 on_hold +100\ndo -"},
		{"03-15", nil, "A-1 on_hold +100\ndo A-1 ask_provider"},
		{"03-16", word("A-1", func(o *rt.Order) { o.Status("COMPLETE"); o.NotHeld() }), "gone A-1 on_hold +100 by evidence\ndo -"},
	}},
	// What resolves by itself, kind by kind.
	{"lost: called paid", []day{
		{"03-08", world(lost), `A-1 lost_order +100`},
		{"03-09", nil, `A-1 lost_order +100`},
		{"03-10", word("A-1", func(o *rt.Order) { o.Status("SUCCESS").Claims("t1") }), `gone A-1 lost_order +100 by evidence`},
		{"03-11", nil, ``},
	}},
	{"lost: refunded by our book", []day{
		{"03-08", world(func(w *rt.World) { lost(w); w.Merchant("A-1").Status("EXPIRED") }), `A-1 lost_order +100`},
		{"03-09", world(func(w *rt.World) { w.FindIn("A-1", reconcile.BookMerchant).Refunded() }), `gone A-1 lost_order +100 by evidence`},
		{"03-10", nil, ``},
	}},
	{"under: topped up", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1"); w.Transfer("t1", "A-1", "60", "10:12") }), `A-1 underpaid -40`},
		{"03-09", world(func(w *rt.World) { w.Transfer("t2", "A-1", "40", "03-09 09:00") }),
			"A-1 late_payment 0\ngone A-1 underpaid -40 by evidence"},
		{"03-10", nil, `gone A-1 late_payment 0 by evidence`},
	}},
	{"under: half of the rest changes the figure", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Expires("03-10 10:00")
			w.Transfer("t1", "A-1", "60", "10:12")
		}), `A-1 underpaid -40`},
		{"03-09", world(func(w *rt.World) { w.Transfer("t2", "A-1", "15", "03-09 09:00") }), `A-1 underpaid -25`},
	}},
	{"under: credited what came", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1")
			w.Merchant("A-1").Recorded("100")
			w.Transfer("t1", "A-1", "60", "10:12")
		}), `A-1 underpaid -40`},
		{"03-09", world(func(w *rt.World) { w.FindIn("A-1", reconcile.BookMerchant).Recorded("60") }), `gone A-1 underpaid -40 by evidence`},
		{"03-10", nil, ``},
	}},
	{"over: refunded, and then for ever answered", []day{
		{"03-08", world(over), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Find("A-1").Refunded() }), "gone A-1 overpaid +20 by evidence\ndo -"},
		{"03-10", nil, `do -`},
		{"03-11", nil, ``},
		{"03-12", nil, ``}, // the order left the window
	}},
	{"over: the refund was a mistake, and the break is back", []day{
		{"03-08", world(over), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Find("A-1").Refunded() }), `gone A-1 overpaid +20 by evidence`},
		{"03-10", world(func(w *rt.World) { w.Find("A-1").NotRefunded() }), "A-1 overpaid +20\nreopened 1"},
	}},
	{"over: a refund is not taken back by an answer", []day{
		{"03-08", world(over), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.Find("A-1").Refunded() }), `gone A-1 overpaid +20 by evidence`},
		{"03-10", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Reopen, By: "anna"}), "rejected reopen of A-1 overpaid: No person closed it"},
	}},
	{"over: credited what came", []day{
		{"03-08", world(func(w *rt.World) { over(w); w.Merchant("A-1").Recorded("100") }), `A-1 overpaid +20`},
		{"03-09", world(func(w *rt.World) { w.FindIn("A-1", reconcile.BookMerchant).Recorded("120") }), `gone A-1 overpaid +20 by evidence`},
	}},
	{"duplicate: sent back to the payer", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12").From("anna")
			w.Transfer("t2", "A-1", "100", "10:20").From("anna")
		}), `A-1 duplicate_payment +100`},
		{"03-09", world(func(w *rt.World) { w.Transfer("t3", "anna", "100", "03-09 11:00").From("A-1") }), `gone A-1 duplicate_payment +100 by evidence`},
		{"03-10", nil, ``},
	}},
	{"duplicate: one more comes while the first is not read", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Transfer("t2", "A-1", "100", "10:20")
		}), `A-1 duplicate_payment +100`},
		{"03-16", world(func(w *rt.World) { w.Drop("t2"); w.Transfer("t3", "A-1", "50", "03-14 10:00") }), "A-1 duplicate_payment +100\nA-1 late_payment 0"},
		{"03-18", world(func(w *rt.World) { w.Transfer("t2", "A-1", "100", "10:20") }), "A-1 duplicate_payment +150\ngone A-1 late_payment 0 by evidence"},
	}},
	{"late: called paid", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:45")
		}), `A-1 late_payment +100`},
		{"03-09", word("A-1", func(o *rt.Order) { o.Status("COMPLETE") }), `gone A-1 late_payment +100 by evidence`},
		{"03-10", nil, ``},
	}},
	{"late: credited", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Provider("bvnk").Status("EXPIRED")
			w.Merchant("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:45")
		}), `A-1 late_payment +100`},
		{"03-09", world(func(w *rt.World) { w.FindIn("A-1", reconcile.BookMerchant).Status("PAID").Recorded("100") }), `gone A-1 late_payment +100 by evidence`},
	}},
	{"missing: the transfer is found", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1") }), `A-1 missing_transfer -100`},
		{"03-09", world(func(w *rt.World) { w.Transfer("t1", "A-1", "100", "10:12") }), `gone A-1 missing_transfer -100 by evidence`},
	}},
	{"missing: no longer called paid", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1") }), `A-1 missing_transfer -100`},
		{"03-09", word("A-1", func(o *rt.Order) { o.Status("EXPIRED") }), `gone A-1 missing_transfer -100 by evidence`},
	}},
	{"missing: its transaction is named now, and not there either", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1") }), `A-1 missing_transfer -100`},
		{"03-09", word("A-1", func(o *rt.Order) { o.Claims("nowhere") }), "A-1 txid_not_found -100\ngone A-1 missing_transfer -100 to txid_not_found"},
	}},
	{"unknown: an order explains it", []day{
		{"03-08", world(func(w *rt.World) {
			w.Watch("A-1")
			w.Order("ok").PayTo("B")
			w.Watch("B")
			w.Transfer("t0", "B", "100", "10:11")
			w.Transfer("t1", "A-1", "100", "10:12")
		}),
			`t1 unknown_transfer +100`},
		{"03-09", world(func(w *rt.World) { w.Order("A-1") }), `gone t1 unknown_transfer +100 by evidence`},
	}},
	{"unknown: sent back", []day{
		{"03-08", world(func(w *rt.World) {
			w.Watch("A-1")
			w.Order("ok").PayTo("B")
			w.Watch("B")
			w.Transfer("t0", "B", "100", "10:11")
			w.Transfer("t1", "A-1", "100", "10:12").From("anna")
		}),
			`t1 unknown_transfer +100`},
		{"03-09", world(func(w *rt.World) { w.Transfer("t2", "anna", "100", "03-09 10:00").From("A-1") }), `gone t1 unknown_transfer +100 by evidence`},
	}},
	{"unknown: one of two is sent back, and what went out before is no return", []day{
		{"03-08", world(func(w *rt.World) {
			stray(w)
			w.Drop("t1")
			w.Transfer("before", "anna", "100", "09:00").From("A-1")
			w.Transfer("t1", "A-1", "100", "10:12").From("anna")
			w.Transfer("t2", "A-1", "100", "10:13").From("anna")
		}), "t1 unknown_transfer +100\nt2 unknown_transfer +100"},
		{"03-09", nil, "t1 unknown_transfer +100\nt2 unknown_transfer +100"},
		{"03-10", world(func(w *rt.World) { w.Transfer("t3", "anna", "100", "03-10 10:00").From("A-1") }), "t2 unknown_transfer +100\ngone t1 unknown_transfer +100 by evidence"},
		{"03-11", nil, "t2 unknown_transfer +100"},
	}},
	{"ambiguous: one of the orders names the transaction", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").PayTo("desk").Customer("anna")
			w.Order("A-2").Status("EXPIRED").PayTo("desk").Customer("ben")
			w.Transfer("t1", "desk", "100", "10:12")
		}), `A-1 ambiguous_payment +100`},
		{"03-09", word("A-2", func(o *rt.Order) { o.Claims("t1") }), "A-2 lost_order +100\ngone A-1 ambiguous_payment +100 by evidence"},
	}},
	{"missed: the delivery is in the log after all", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Created("03-06 10:00").Expires("03-06 10:30").Paid("03-06 10:13")
			w.Transfer("t1", "A-1", "100", "03-06 10:12")
		}), `A-1 missed_webhook 0`},
		{"03-09", world(func(w *rt.World) { w.Delivery("A-1", "03-06 10:14") }), `gone A-1 missed_webhook 0 by evidence`},
	}},
	{"missed: without a log nothing is resolved", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Created("03-06 10:00").Expires("03-06 10:30").Paid("03-06 10:13")
			w.Transfer("t1", "A-1", "100", "03-06 10:12")
		}), `A-1 missed_webhook 0`},
		{"03-09", world(func(w *rt.World) { w.Deaf() }), `A-1 missed_webhook 0 (not seen)`},
	}},

	// What is open becomes a break, or resolves.
	{"open: not final, then final and lost", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12").Pending()
		}), `A-1 awaiting_finality 0`},
		{"03-09", world(func(w *rt.World) { w.Drop("t1"); w.Transfer("t1", "A-1", "100", "10:12") }),
			"A-1 lost_order +100\ngone A-1 awaiting_finality 0 to lost_order"},
	}},
	{"open: not final, and then nobody read the chain", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED")
			w.Transfer("t1", "A-1", "100", "10:12").Pending()
		}), `A-1 awaiting_finality 0`},
		{"03-09", world(func(w *rt.World) { w.Drop("t1"); w.Covers(rt.Chain, "03-08 12:00", "03-30 00:00") }), `A-1 awaiting_finality 0 (not seen)`},
		{"03-10", world(func(w *rt.World) { w.Covers(rt.Chain, "03-01 00:00", "03-30 00:00") }), `gone A-1 awaiting_finality 0 by evidence`},
	}},
	{"open: not final, of nobody, and gone", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("ok").PayTo("B")
			w.Transfer("t0", "B", "100", "10:11")
			w.Watch("A-1", "B")
			w.Transfer("t1", "A-1", "100", "10:12").Pending()
		}), `t1 awaiting_finality 0`},
		{"03-09", world(func(w *rt.World) { w.Drop("t1"); w.Declares(rt.Chain, "03-08 12:00", "03-30 00:00") }), `t1 awaiting_finality 0 (not seen)`},
		{"03-10", world(func(w *rt.World) { w.Covers(rt.Chain, "03-01 00:00", "03-30 00:00") }), `gone t1 awaiting_finality 0 by evidence`},
	}},
	{"open: waiting for the webhook, which comes", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Paid("10:13")
			w.Transfer("t1", "A-1", "100", "10:12")
		}), `A-1 awaiting_webhook 0`},
		{"03-09", world(func(w *rt.World) { w.Delivery("A-1", "03-09 11:00") }), `gone A-1 awaiting_webhook 0 by evidence`},
	}},
	{"open: waiting for the webhook, which never comes", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Paid("10:13")
			w.Transfer("t1", "A-1", "100", "10:12")
		}), `A-1 awaiting_webhook 0`},
		{"03-09", nil, "A-1 missed_webhook 0\ngone A-1 awaiting_webhook 0 to missed_webhook"},
	}},
	{"open: an order of midnight", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:58").Expires("03-09 00:28").Paid("03-09 00:05")
			w.Transfer("t1", "A-1", "100", "03-09 00:05")
		}), `A-1 cut_off -100`},
		{"03-09", nil, `gone A-1 cut_off -100 by evidence`},
	}},
	{"undetermined: the chain was not read, then it was", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1"); w.Covers(rt.Chain, "03-09 00:00", "03-10 00:00") }), `A-1 not_covered -100`},
		{"03-09", world(func(w *rt.World) { w.Covers(rt.Chain, "03-01 00:00", "03-20 00:00") }), "A-1 missing_transfer -100\ngone A-1 not_covered -100 to missing_transfer"},
	}},

	{"undetermined: a word that nobody knows takes no break away", []day{
		{"03-08", world(lost), `A-1 lost_order +100`},
		{"03-09", word("A-1", func(o *rt.Order) { o.Status("HELD BACK") }), "A-1 lost_order +100 (not seen)\nA-1 unknown_status +100"},
		{"03-10", word("A-1", func(o *rt.Order) { o.Status("SUCCESS") }), "gone A-1 lost_order +100 by evidence\ngone A-1 unknown_status +100 by evidence"},
	}},
	{"open: a webhook that came turns into nothing else", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Paid("10:13")
			w.Transfer("t1", "A-1", "100", "10:12")
		}), `A-1 awaiting_webhook 0`},
		{"03-09", world(func(w *rt.World) { w.Delivery("A-1", "03-09 11:00"); w.Find("A-1").Due("90") }), "A-1 overpaid +10\ngone A-1 awaiting_webhook 0 by evidence"},
	}},

	// Absence resolves nothing.
	{"absence: the order is in no file any more", []day{
		{"03-08", world(lost), `A-1 lost_order +100`},
		{"03-09", world(func(w *rt.World) { w.Drop("A-1"); w.Drop("t1"); w.Order("ok"); w.Transfer("t9", "ok", "100", "10:12") }), `A-1 lost_order +100 (not seen)`},
		{"03-15", nil, `A-1 lost_order +100 (not seen)`},
		{"03-16", world(func(w *rt.World) { lost(w); w.Find("A-1").Status("SUCCESS") }), `gone A-1 lost_order +100 by evidence`},
	}},
	{"absence: the transfers are not read any more, the order is", []day{
		{"03-08", world(over), `A-1 overpaid +20`},
		{"03-20", world(func(w *rt.World) { w.Drop("t1"); w.Covers(rt.Chain, "03-15 00:00", "03-21 00:00") }), `A-1 overpaid +20 (not seen)`},
	}},
	{"absence: our book, which said what was due of too little, lacks the order for a while", []day{
		{"03-08", world(func(w *rt.World) { alone(w, "60") }), `A-1 underpaid -40`},
		{"03-09", world(noRow), "A-1 missing_order 0\nA-1 underpaid -40 (not seen)"},
		{"03-20", nil, "A-1 missing_order 0 (not seen)\nA-1 underpaid -40 (not seen)"},
		{"03-21", world(func(w *rt.World) { w.Merchant("A-1") }), "A-1 underpaid -40\ngone A-1 missing_order 0 by evidence"},
	}},
	{"absence: our book said what was due of too much", []day{
		{"03-08", world(func(w *rt.World) { alone(w, "120") }), `A-1 overpaid +20`},
		{"03-09", world(noRow), "A-1 missing_order 0\nA-1 overpaid +20 (not seen)"},
		{"03-10", world(func(w *rt.World) { w.Merchant("A-1").Due("120") }), "gone A-1 missing_order 0 by evidence\ngone A-1 overpaid +20 by evidence"},
	}},
	{"absence: our book said what was due of money that came twice", []day{
		{"03-08", world(func(w *rt.World) {
			alone(w, "100")
			w.Find("A-1").Recorded("200")
			w.Transfer("t2", "A-1", "100", "10:13")
		}), `A-1 duplicate_payment +100`},
		{"03-09", world(noRow), "A-1 duplicate_payment +100 (not seen)\nA-1 missing_order 0"},
	}},
	{"absence: our book said what was due of a lost order", []day{
		{"03-08", world(func(w *rt.World) {
			alone(w, "60")
			w.Find("A-1").Status("EXPIRED")
			w.FindIn("A-1", reconcile.BookMerchant).Status("EXPIRED")
		}), "A-1 lost_order +100\nA-1 underpaid -40"},
		{"03-09", world(noRow), "A-1 lost_order +100\nA-1 missing_order 0\nA-1 underpaid -40 (not seen)"},
		{"03-10", nil, "A-1 lost_order +100\nA-1 missing_order 0\nA-1 underpaid -40 (not seen)"},
		{"03-11", word("A-1", func(o *rt.Order) { o.Status("SUCCESS") }), "A-1 missing_order 0\nA-1 underpaid -40 (not seen)\ngone A-1 lost_order +100 by evidence"},
	}},
	{"absence: our book said what was credited", []day{
		{"03-08", world(func(w *rt.World) { alone(w, "100"); w.FindIn("A-1", reconcile.BookMerchant).Recorded("90") }), `A-1 credit_mismatch 0`},
		{"03-09", world(noRow), "A-1 credit_mismatch 0 (not seen)\nA-1 missing_order 0"},
	}},
	{"absence: our book said otherwise", []day{
		{"03-08", world(func(w *rt.World) { alone(w, "100"); w.FindIn("A-1", reconcile.BookMerchant).Status("CANCELLED") }), `A-1 status_conflict 0`},
		{"03-09", world(noRow), "A-1 missing_order 0\nA-1 status_conflict 0 (not seen)"},
	}},
	{"absence: one of the orders that could have been paid", []day{
		{"03-08", world(func(w *rt.World) {
			for _, name := range []string{"A-1", "A-2"} {
				w.Order(name).PayTo("shared").Customer("customer of " + name)
			}
			w.Transfer("t1", "shared", "100", "10:12")
		}), `A-1 ambiguous_payment -100`},
		{"03-09", world(func(w *rt.World) { w.DropFrom("A-2", reconcile.BookProvider) }), `A-1 ambiguous_payment -100 (not seen)`},
		{"03-20", nil, `A-1 ambiguous_payment -100 (not seen)`},
		{"03-21", world(func(w *rt.World) { w.Order("A-2").PayTo("shared").Customer("customer of A-2").Claims("t1") }),
			"A-1 missing_transfer -100\ngone A-1 ambiguous_payment -100 by evidence"},
	}},
	{"absence: two of three orders that could have been paid, one after the other", []day{
		{"03-08", world(func(w *rt.World) {
			for _, name := range []string{"A-1", "A-2", "A-3"} {
				w.Order(name).PayTo("shared").Customer("customer of " + name)
			}
			w.Transfer("t1", "shared", "100", "10:12")
		}), `A-1 ambiguous_payment -200`},
		{"03-09", world(func(w *rt.World) { w.DropFrom("A-3", reconcile.BookProvider) }), `A-1 ambiguous_payment -200`},
		{"03-10", world(func(w *rt.World) { w.DropFrom("A-2", reconcile.BookProvider) }), `A-1 ambiguous_payment -200 (not seen)`},
		{"03-11", world(func(w *rt.World) { w.Order("A-2").PayTo("shared").Customer("customer of A-2") }), `A-1 ambiguous_payment -200`},
	}},
	{"absence: our book lacks the order, the provider asks for the same", []day{
		{"03-08", world(func(w *rt.World) { alone(w, "60"); w.Find("A-1").Due("100").Recorded("") }), `A-1 underpaid -40`},
		{"03-09", world(func(w *rt.World) { noRow(w); w.Transfer("t2", "A-1", "40", "03-09 09:00") }),
			"A-1 late_payment 0\nA-1 missing_order 0\ngone A-1 underpaid -40 by evidence"},
	}},
	{"old: judged as a whole, however old", []day{
		{"03-08", world(over), `A-1 overpaid +20`},
		{"03-20", nil, `A-1 overpaid +20`},
		{"03-21", world(func(w *rt.World) { w.Find("A-1").Refunded() }), `gone A-1 overpaid +20 by evidence`},
	}},
	{"old: the chain proved the shortfall then, and covers the days since", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1").Expires("03-25 10:00"); w.Transfer("t1", "A-1", "60", "10:12") }), `A-1 underpaid -40`},
		{"03-11", world(func(w *rt.World) { w.Covers(rt.Chain, "03-08 09:00", "03-30 00:00") }), `A-1 underpaid -40`},
		{"03-13", world(func(w *rt.World) { w.Covers(rt.Chain, "03-10 00:00", "03-30 00:00") }), `A-1 underpaid -40`},
		{"03-14", world(func(w *rt.World) {
			w.Transfer("t2", "A-1", "40", "03-14 10:00")
			w.Covers(rt.Chain, "03-10 00:00", "03-30 00:00")
		}), `gone A-1 underpaid -40 by evidence`},
	}},
	{"old: the log proved the silence then", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Created("03-06 10:00").Expires("03-06 10:30").Paid("03-06 10:13")
			w.Transfer("t1", "A-1", "100", "03-06 10:12")
		}), `A-1 missed_webhook 0`},
		{"03-14", world(func(w *rt.World) { w.Declares(rt.Webhooks, "03-11 00:00", "03-30 00:00") }), `A-1 missed_webhook 0`},
	}},
	{"old: the other book proved that it lacks the order", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "100", "10:12")
			w.Order("ok")
			w.Transfer("t2", "ok", "100", "10:12")
			w.Merchant("ok")
		}), `A-1 missing_order 0`},
		{"03-14", world(func(w *rt.World) { w.Declares(rt.Shop, "03-11 00:00", "03-30 00:00") }), `A-1 missing_order 0`},
	}},
	{"old: the books proved that they lack an order for the money", []day{
		{"03-08", world(stray), `t1 unknown_transfer +100`},
		{"03-14", world(func(w *rt.World) { w.Declares(rt.Books, "03-11 00:00", "03-30 00:00") }), `t1 unknown_transfer +100`},
	}},
	{"old: what could not be told then is not told now, and makes no date incomplete", []day{
		{"03-08", world(func(w *rt.World) { stray(w); w.Declares(rt.Books, "03-08 11:00", "03-30 00:00") }), `t1 not_covered +100`},
		{"03-14", world(func(w *rt.World) { w.Declares(rt.Books, "03-09 00:00", "03-30 00:00") }), `t1 not_covered +100 (not seen)`},
	}},
	{"old: a transfer that pays two orders is judged with both", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			for _, name := range []string{"A-1", "A-2"} {
				w.Order(name).PayTo("desk").Created("03-06 10:00").Expires("03-06 10:30").Paid("03-06 10:13").Claims("t1")
			}
			w.Transfer("t1", "desk", "200", "03-06 10:12")
			w.Delivery("A-1", "03-06 10:14")
		}), `A-2 missed_webhook 0`},
		{"03-14", nil, `A-2 missed_webhook 0`},
	}},
	{"old: candidates are judged together", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Status("EXPIRED").PayTo("desk").Customer("anna")
			w.Order("A-2").Status("EXPIRED").PayTo("desk").Customer("ben")
			w.Transfer("t1", "desk", "100", "10:12")
		}), `A-1 ambiguous_payment +100`},
		{"03-14", nil, `A-1 ambiguous_payment +100`},
	}},
	{"old: days that nobody read say nothing", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1").Expires("03-25 10:00"); w.Transfer("t1", "A-1", "60", "10:12") }), `A-1 underpaid -40`},
		{"03-20", world(func(w *rt.World) { w.Covers(rt.Chain, "03-17 00:00", "03-30 00:00") }), `A-1 underpaid -40 (not seen)`},
	}},
	{"renamed: our book had the order first", []day{
		{"03-08", world(func(w *rt.World) {
			w.Merchant("A-1").PayTo("A-1").Expires("10:30")
			w.Order("ok").PayTo("B")
			w.Transfer("t0", "B", "100", "10:12")
			w.Merchant("ok")
		}), "A-1 missing_order 0\nA-1 missing_transfer -100"},
		{"03-09", world(func(w *rt.World) { w.Order("A-1") }), "A-1 missing_transfer -100\ngone A-1 missing_order 0 by evidence"},
		{"03-10", world(func(w *rt.World) { w.Transfer("t1", "A-1", "100", "10:12") }), "gone A-1 missing_transfer -100 by evidence"},
	}},

	// What people decide.
	{"accept: stays open, out of the queue", []day{
		{"03-08", world(over), "A-1 overpaid +20\ndo A-1 credit_actual"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Accept, By: "anna"}), "A-1 overpaid +20 [accept]\ndo -"},
		{"03-10", nil, "A-1 overpaid +20 [accept]\ndo -"},
		{"03-20", nil, "A-1 overpaid +20 [accept]\ndo -"},
	}},
	{"accept: taken back", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Accept, By: "anna"}), "A-1 overpaid +20 [accept]"},
		{"03-10", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Reopen, By: "anna"}), "A-1 overpaid +20\ndo A-1 credit_actual"},
	}},
	{"resolved: closes, and reopens when the figure grows", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1").Claims("t1").Expires("03-12 10:00")
			w.Transfer("t1", "A-1", "120", "10:12")
		}), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Resolved, By: "anna"}), "gone A-1 overpaid +20 by anna\ndo -"},
		{"03-10", nil, "do -"},
		{"03-11", world(func(w *rt.World) { w.Find("A-1").Due("90") }), "A-1 overpaid +30\nreopened 1\ndo A-1 credit_actual"},
	}},
	{"write_off: closes and is named", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "ben"}), "gone A-1 overpaid +20 written_off by ben\ndo -"},
		{"03-10", nil, "do -"},
		{"03-20", nil, "do -"},
	}},
	{"write_off: not forgotten on a day without the file", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "ben"}), "gone A-1 overpaid +20 written_off by ben"},
		{"03-10", world(func(w *rt.World) { w.Drop("A-1"); w.Drop("t1"); w.Order("ok"); w.Transfer("t9", "ok", "100", "10:12") }), ""},
		{"03-11", world(over), ""},
	}},
	{"write_off: taken back", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "ben"}), "gone A-1 overpaid +20 written_off by ben"},
		{"03-10", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Reopen, By: "anna"}), "A-1 overpaid +20\nreopened 1"},
	}},
	{"write_off: of an item that no file shows", []day{
		{"03-08", world(lost), `A-1 lost_order +100`},
		{"03-09", world(func(w *rt.World) { w.Drop("A-1"); w.Drop("t1"); w.Order("ok"); w.Transfer("t9", "ok", "100", "10:12") }), `A-1 lost_order +100 (not seen)`},
		{"03-10", answers("A-1 lost_order", reconcile.Answer{Action: reconcile.WriteOff, By: "ben"}), "gone A-1 lost_order +100 written_off by ben"},
		{"03-11", nil, ""},
	}},
	{"write_off: of an old item, taken back", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-14", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "ben"}), "gone A-1 overpaid +20 written_off by ben"},
		{"03-15", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Reopen, By: "anna"}), "A-1 overpaid +20\nreopened 1"},
	}},
	{"accept: what still waits is not asked for either", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			w.Order("A-1").Created("03-08 14:00").Expires("03-08 14:30").Paid("03-08 14:13")
			w.Transfer("t1", "A-1", "100", "03-08 14:12")
			w.Merchant("A-1").Status("CREATED")
		}), "A-1 awaiting_webhook 0\ndo A-1 apply_from_api"},
		{"03-08", answers("A-1 awaiting_webhook", reconcile.Answer{Action: reconcile.Accept, By: "anna"}), "A-1 awaiting_webhook 0 [accept]\ndo -"},
	}},
	{"accept: one of an outage, and the others are two", []day{
		{"03-08", world(func(w *rt.World) {
			w.WebhookLog()
			for i, name := range []string{"A-1", "A-2", "A-3"} {
				at := []string{"10:13", "10:14", "10:15"}[i]
				w.Order(name).Created("03-06 10:00").Expires("03-06 10:30").Paid("03-06 " + at)
				w.Transfer("t"+name, name, "100", "03-06 "+at)
			}
		}), "A-1 missed_webhook 0\nA-2 missed_webhook 0\nA-3 missed_webhook 0\ndo  resend_notification"},
		{"03-08", answers("A-3 missed_webhook", reconcile.Answer{Action: reconcile.Accept, By: "anna"}),
			"A-1 missed_webhook 0\nA-2 missed_webhook 0\nA-3 missed_webhook 0 [accept]\ndo A-1 resend_notification\ndo A-2 resend_notification"},
	}},
	{"suppress: until a date", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Suppress, By: "anna", Until: "2026-03-10"}), "A-1 overpaid +20 [suppress]\ndo -"},
		{"03-10", nil, "A-1 overpaid +20 [suppress]\ndo -"},
		{"03-11", nil, "A-1 overpaid +20\ndo A-1 credit_actual"},
	}},
	{"suppress: until the figure grows", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Suppress, By: "anna"}), "A-1 overpaid +20 [suppress]"},
		{"03-10", word("A-1", func(o *rt.Order) { o.Due("95") }), "A-1 overpaid +25\ndo A-1 credit_actual"},
	}},
	{"suppress: up to a cap", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Suppress, By: "anna", Cap: rt.Quantity("25")}), "A-1 overpaid +20 [suppress]"},
		{"03-10", word("A-1", func(o *rt.Order) { o.Due("95") }), "A-1 overpaid +25 [suppress]\ndo -"},
		{"03-11", word("A-1", func(o *rt.Order) { o.Due("94") }), "A-1 overpaid +26\ndo A-1 credit_actual"},
	}},
	{"answers: two files, two persons, two decisions", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", together(answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Accept, By: "anna", File: "a.xlsx", SHA256: "1", Row: 3}),
			answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "ben", File: "b.xlsx", SHA256: "2", Row: 4})),
			`A-1 overpaid +20
			rejected accept of A-1 overpaid: It conflicts with b.xlsx row 4, which says write_off: neither counts.
			rejected write_off of A-1 overpaid: It conflicts with a.xlsx row 3, which says accept: neither counts.`},
	}},
	{"answers: one person changes their mind", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", together(answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "anna", File: "a.xlsx", SHA256: "1", Row: 3}),
			answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Reopen, By: "anna", File: "b.xlsx", SHA256: "2", Row: 3}),
			answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Accept, By: "anna", File: "c.xlsx", SHA256: "3", Row: 3})),
			"A-1 overpaid +20 [accept]"},
	}},
	{"answers: the figure changed since", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", word("A-1", func(o *rt.Order) { o.Due("95") }), "A-1 overpaid +25"},
		{"03-10", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Accept, By: "anna", Date: "2026-03-08"}),
			"A-1 overpaid +25\nrejected accept of A-1 overpaid: Stale: its figure changed on 2026-03-09, after the report of 2026-03-08."},
	}},
	{"answers: the figure changes on the very day", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", together(answers("A-1 overpaid", reconcile.Answer{Action: reconcile.WriteOff, By: "anna"}), word("A-1", func(o *rt.Order) { o.Due("95") })),
			"A-1 overpaid +25\nrejected write_off of A-1 overpaid: Stale: its figure changed on 2026-03-09"},
	}},
	{"answers: it resolved meanwhile", []day{
		{"03-08", world(lost), "A-1 lost_order +100"},
		{"03-09", together(answers("A-1 lost_order", reconcile.Answer{Action: reconcile.WriteOff, By: "anna"}), word("A-1", func(o *rt.Order) { o.Status("SUCCESS") })),
			"gone A-1 lost_order +100 by evidence\nrejected write_off of A-1 lost_order: Stale: it is closed already, the books call the order paid."},
	}},
	{"answers: one for both assets of a break", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1"); w.Transfer("t1", "A-1", "100", "10:12").On(rt.Ethereum, "USDC") }),
			"A-1 wrong_asset -100\nA-1 wrong_asset +100 USDC"},
		{"03-09", answers("A-1 wrong_asset", reconcile.Answer{Action: reconcile.Accept, By: "anna"}), "A-1 wrong_asset -100 [accept]\nA-1 wrong_asset +100 USDC [accept]"},
		{"03-10", answers("A-1 wrong_asset", reconcile.Answer{Action: reconcile.WriteOff, By: "anna", Asset: rt.Asset(rt.Ethereum, "USDC").ID}),
			"A-1 wrong_asset -100 [accept]\ngone A-1 wrong_asset +100 USDC written_off by anna"},
	}},
	{"answers: a date that runs again is answered before it", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-08", func(d *rt.Diary, _ testing.TB) {
			id := d.Opening.Items[0].ID
			d.Opening = reconcile.Opening{Date: "2026-03-07", Answers: []reconcile.Answer{{ID: id, Action: reconcile.WriteOff, By: "anna", Date: "2026-03-08"}}}
		}, "gone A-1 overpaid +20 written_off by anna\ndo -"},
		{"03-09", nil, "do -"},
	}},
	{"answers: a file that shows what closed by itself", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", world(func(w *rt.World) { w.Find("A-1").Refunded() }), "gone A-1 overpaid +20 by evidence"},
		{"03-10", together(world(func(w *rt.World) { w.Find("A-1").NotRefunded() }),
			answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Resolved, By: reconcile.ByEvidence})), "A-1 overpaid +20\nreopened 1"},
	}},
	{"open: written off where nobody will ever know", []day{
		{"03-08", world(func(w *rt.World) { w.Order("A-1"); w.Covers(rt.Chain, "03-09 00:00", "03-30 00:00") }), `A-1 not_covered -100`},
		{"03-09", answers("A-1 not_covered", reconcile.Answer{Action: reconcile.WriteOff, By: "ben"}), "gone A-1 not_covered -100 written_off by ben"},
		{"03-10", nil, ``},
	}},
	{"answers: nothing of that name", []day{
		{"03-08", world(func(w *rt.World) { w.Order("ok"); w.Transfer("t1", "ok", "100", "10:12") }), ""},
		{"03-09", func(d *rt.Diary, _ testing.TB) {
			d.Opening.Answers = []reconcile.Answer{{ID: "B-0000000000000000", Action: reconcile.Accept, Date: "2026-03-08"}}
		}, "rejected accept of nothing: There is no open item B-0000000000000000."},
	}},
	{"answers: what the file shows already is no answer", []day{
		{"03-08", world(over), "A-1 overpaid +20"},
		{"03-09", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Resolved, By: "anna"}), "gone A-1 overpaid +20 by anna"},
		{"03-10", answers("A-1 overpaid", reconcile.Answer{Action: reconcile.Resolved, By: "anna"}), ""},
	}},

	// The chain takes back.
	{"reorg: the transfer is gone, and the order called paid", []day{
		{"03-08", world(agreed), ``},
		{"03-09", world(func(w *rt.World) { w.Drop("t1") }), `A-1 reorged_transfer -100`},
		{"03-10", nil, `A-1 reorged_transfer -100`},
		{"03-20", nil, `A-1 reorged_transfer -100`},
		{"03-21", world(func(w *rt.World) { w.Transfer("t2", "A-1", "100", "10:14") }), `gone A-1 reorged_transfer -100 by evidence`},
	}},
	{"reorg: mined again in another block", []day{
		{"03-08", world(agreed), ``},
		{"03-09", world(func(w *rt.World) { w.Drop("t1"); w.Transfer("t1", "A-1", "100", "10:13").Log(7).Block("0xbb") }), ``},
	}},
	{"reorg: not said without coverage", []day{
		{"03-08", world(agreed), ``},
		{"03-09", world(func(w *rt.World) { w.Drop("t1"); w.Covers(rt.Chain, "03-08 12:00", "03-20 00:00") }), `A-1 not_covered -100`},
		{"03-10", world(func(w *rt.World) { w.Covers(rt.Chain, "03-01 00:00", "03-20 00:00") }), "A-1 reorged_transfer -100\ngone A-1 not_covered -100 to reorged_transfer"},
	}},
	{"reorg: a part is gone", []day{
		{"03-08", world(func(w *rt.World) {
			w.Order("A-1")
			w.Transfer("t1", "A-1", "60", "10:12")
			w.Transfer("t2", "A-1", "40", "10:14")
		}), ``},
		{"03-09", world(func(w *rt.World) { w.Drop("t2") }), "A-1 reorged_transfer 0\nA-1 underpaid -40"},
	}},
	{"reorg: of an order that nobody called paid", []day{
		{"03-08", world(lost), `A-1 lost_order +100`},
		{"03-09", world(func(w *rt.World) { w.Drop("t1") }), "A-1 reorged_transfer 0\ngone A-1 lost_order +100 to reorged_transfer"},
		{"03-10", nil, "gone A-1 reorged_transfer 0 by evidence"},
	}},
}

// agreed is a paid order of 100 that agrees.
func agreed(w *rt.World) {
	w.Order("A-1").Claims()
	w.Transfer("t1", "A-1", "100", "10:12").Block("0xaa")
}

// stray is 100 that no order explains, beside a sale.
func stray(w *rt.World) {
	w.Order("ok").PayTo("B").Created("03-08 12:00").Expires("03-08 12:30")
	w.Watch("A-1", "B")
	w.Transfer("t0", "B", "100", "12:11")
	w.Transfer("t1", "A-1", "100", "10:12")
}
