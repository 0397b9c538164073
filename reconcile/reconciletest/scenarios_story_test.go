package reconciletest_test

import (
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// tale is a situation and what the log tells of order A-1: fate, marks in brackets,
// and the sentence.
type tale struct {
	name  string
	build func(*rt.World)
	want  string
}

// shopHas gives our own book the order, under a status.
func shopHas(w *rt.World, status string) { w.Merchant("A-1").Status(status) }

var tales = []tale{
	{"accepted at once", func(w *rt.World) { w.Delivery("A-1", "10:14") },
		"accepted [] Accepted at the first attempt."},
	{"accepted after two refusals", func(w *rt.World) {
		w.Delivery("A-1", "10:14").Answered(500)
		w.Delivery("A-1", "10:15").Answered(502)
		w.Delivery("A-1", "10:20")
	}, "accepted [refused] Accepted at 2026-03-08T10:20:00Z at attempt 3; we had answered 500, 502 before."},
	{"the same again, after it was accepted", func(w *rt.World) {
		w.Delivery("A-1", "10:14")
		w.Delivery("A-1", "10:15")
		w.Delivery("A-1", "10:20")
	}, "accepted [duplicated] Accepted at 2026-03-08T10:14:00Z; the same came again, 2 times."},
	{"refused after it was accepted is no refusal before", func(w *rt.World) {
		w.Delivery("A-1", "10:14")
		w.Delivery("A-1", "10:15").Answered(500)
	}, "accepted [refused] Accepted at 2026-03-08T10:14:00Z."},
	{"accepted, and our book does not follow", func(w *rt.World) {
		shopHas(w, "PENDING")
		w.Delivery("A-1", "10:14")
	}, "not_applied [] Accepted at 2026-03-08T10:14:00Z; our book still says pending."},
	{"our answer was not logged", func(w *rt.World) { w.Delivery("A-1", "10:14").Answered(0) },
		"seen [] Delivered at 2026-03-08T10:14:00Z; our answer was not logged, so whether it was accepted is not claimed."},
	{"never sent, or lost", func(w *rt.World) { w.WebhookLog() },
		"never_arrived [] Nothing arrived from 2026-03-08T10:13:00Z to 2026-03-09T12:49:00Z, when the retries ended: it was never sent, or lost on the way."},
	{"nothing in a log that has a gap", func(w *rt.World) {
		w.WebhookLog()
		w.Covers(rt.Webhooks, "03-08 11:00", "03-12 00:00")
	}, "not_covered [] None is known to be accepted: no attempt was logged; the log is not complete from 2026-03-08T10:13:00Z to 2026-03-09T12:49:00Z, so nothing is claimed."},
	{"refused in a log that has a gap", func(w *rt.World) {
		w.Delivery("A-1", "10:14").Answered(500)
		w.Covers(rt.Webhooks, "03-07 00:00", "03-08 11:00")
	}, "not_covered [refused] None is known to be accepted: 1 of at most 6 attempts came, the last at 2026-03-08T10:14:00Z, and we answered 500; " +
		"the log is not complete from 2026-03-08T10:13:00Z to 2026-03-09T12:49:00Z, so nothing is claimed."},
	{"refused until the end", func(w *rt.World) {
		w.Delivery("A-1", "10:14").Answered(500)
		w.Delivery("A-1", "10:15").Answered(500)
	}, "refused [refused] Never accepted: 2 of at most 6 attempts came, the last at 2026-03-08T10:15:00Z, and we answered 500; the retries ended at 2026-03-09T12:49:00Z."},
	{"refused more often than the provider tries by itself", func(w *rt.World) {
		for _, at := range []string{"10:14", "10:15", "10:16", "10:17", "10:18", "10:19", "10:20"} {
			w.Delivery("A-1", at).Answered(500)
		}
	}, "refused [refused] Never accepted: 7 attempts came, the last at 2026-03-08T10:20:00Z, and we answered 500; the retries ended at 2026-03-09T12:49:00Z."},
	{"only forged", func(w *rt.World) { w.Delivery("A-1", "10:14").Forged() },
		"bad_signature [bad_signature] No delivery came that verifies; the retries ended at 2026-03-09T12:49:00Z; deliveries in its name that do not verify: 1."},
	{"one forged beside the genuine one", func(w *rt.World) {
		w.Delivery("A-1", "10:14")
		w.Delivery("A-1", "10:15").Forged()
	}, "accepted [bad_signature] Accepted at 2026-03-08T10:14:00Z; deliveries in its name that do not verify: 1."},
	{"an earlier event arrives later", func(w *rt.World) {
		w.Delivery("A-1", "10:14")
		w.Delivery("A-1", "10:15").Status("PENDING").Requested("10:11")
	}, "accepted [out_of_order] Accepted at 2026-03-08T10:14:00Z; an earlier event arrived later."},
	{"a later event goes back", func(w *rt.World) {
		w.Delivery("A-1", "10:14")
		w.Delivery("A-1", "10:45").Status("EXPIRED")
	}, "accepted [contradicts|status_backwards] Accepted at 2026-03-08T10:14:00Z; a later event went back to a status that the order had left behind."},
	{"another amount than the chain's", func(w *rt.World) { w.Delivery("A-1", "10:14").Amount("90") },
		"accepted [contradicts] Accepted at 2026-03-08T10:14:00Z; a delivery contradicts the order or the chain."},
	{"no log at all", func(*rt.World) {}, " [] "},
}

func TestTales(t *testing.T) {
	for _, c := range tales {
		t.Run(c.name, func(t *testing.T) {
			w := rt.New()
			paid(w, "A-1")
			c.build(w)
			if got := taleOf(w.Run(t), "A-1"); got != c.want {
				t.Errorf("A-1: %s\nwant %s", got, c.want)
			}
		})
	}
}

func taleOf(out rt.Outcome, order string) string {
	for row := range out.Result.Orders() {
		if row.OrderNo == order {
			return row.Webhook.String() + " [" + row.WebhookMarks.String() + "] " + row.WebhookStory
		}
	}
	return "no such order"
}

// Orders whose notification nobody judges, or whose retries still run.
func TestTalesOfOtherOrders(t *testing.T) {
	w := rt.New()
	w.Order("expired").Status("EXPIRED").Updated("10:31")
	w.Order("expired, told").Status("EXPIRED").Updated("10:31")
	w.Delivery("expired, told", "10:32").Status("EXPIRED").Provider("blockatm")
	w.Order("expired, refused").Status("EXPIRED").Updated("10:31")
	w.Delivery("expired, refused", "10:32").Status("EXPIRED").Answered(500)
	w.Order("unknown").Status("WEIRD")
	w.Order("new").Created("03-10 20:00").Expires("03-10 20:30").Paid("03-10 20:10").Claims("t-new")
	w.Transfer("t-new", "new", "100", "03-10 20:09")
	w.Delivery("new", "03-10 20:11").Answered(500)
	w.Order("late").Provider("bvnk").Status("EXPIRED")
	w.Transfer("t-late", "late", "100", "10:45")
	w.Delivery("late", "10:50").Provider("bvnk").Status("EXPIRED").Late().Answered(200)
	w.Order("late, untold").Provider("bvnk").Status("EXPIRED")
	w.Transfer("t-untold", "late, untold", "100", "10:45")
	w.Merchant("ours alone")
	out := w.Run(t)
	for order, want := range map[string]string{
		"expired":       "not_expected [] Its status need not be notified, and no delivery of it was logged.",
		"expired, told": "accepted [] Accepted at the first attempt.",
		"expired, refused": "refused [refused] Never accepted: 1 of at most 6 attempts came, the last at 2026-03-08T10:32:00Z, and we answered 500; " +
			"the retries ended at 2026-03-09T13:07:00Z.",
		"unknown": "undetermined [] What should have been notified cannot be said: the order itself is not judged.",
		"new": "retrying [refused] Not accepted yet: 1 of at most 6 attempts came, the last at 2026-03-10T20:11:00Z, and we answered 500; " +
			"the provider retries until 2026-03-11T22:46:00Z.",
		"late": "accepted [] Accepted at the first attempt.",
		"late, untold": "never_arrived [] Nothing arrived from 2026-03-08T10:45:00Z to 2026-03-09T11:45:00Z, when the retries ended: " +
			"it was never sent, or lost on the way.",
		"ours alone": " [] ",
	} {
		if got := taleOf(out, order); got != want {
			t.Errorf("%s: %s\nwant %s", order, got, want)
		}
	}
}

// A delivery is counted by its order and status, and timed from the chain's and the
// provider's word, never from our own.
func TestLags(t *testing.T) {
	w := rt.New()
	paid(w, "A-1")
	w.Merchant("A-1").Paid("10:14")
	w.Delivery("A-1", "10:11").Status("PENDING")
	w.Delivery("A-1", "10:14").Answered(500)
	w.Delivery("A-1", "10:15")
	w.Order("A-2").Claims("split-1", "split-2")
	w.Transfer("split-1", "A-2", "60", "10:05")
	w.Transfer("split-2", "A-2", "40", "10:07")
	w.Delivery("A-2", "10:06:59")
	w.Order("A-3").Claims("again").Paid("10:09")
	w.Transfer("again", "A-3", "100", "10:08")
	w.Transfer("and-again", "A-3", "100", "10:20")
	w.Delivery("A-3", "10:10").Forged()
	w.Delivery("A-3", "10:12")
	var got []string
	for row := range w.Run(t).Result.Deliveries() {
		got = append(got, strings.Join([]string{row.OrderNo, row.Received.Time().Format("15:04:05"), lagText(row.AfterBlock), lagText(row.AfterPaid), string(rune('0' + row.Attempt))}, " "))
	}
	want := []string{
		"A-2 10:06:59 -1s - 1",
		"A-3 10:10:00 - - 0",
		"A-1 10:11:00 - - 1",
		"A-3 10:12:00 4m0s 3m0s 1",
		"A-1 10:14:00 2m0s 1m0s 1",
		"A-1 10:15:00 - - 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("deliveries with what they took:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func lagText(g reconcile.Lag) string {
	if !g.Known {
		return "-"
	}
	return spanText(g.Span)
}

// A first delivery that the log may have lost is not timed: the one that is there may
// be a retry.
func TestLagsNeedTheLog(t *testing.T) {
	w := rt.New()
	paid(w, "A-1")
	w.Delivery("A-1", "12:14")
	w.Covers(rt.Webhooks, "03-08 11:00", "03-12 00:00")
	for row := range w.Run(t).Result.Deliveries() {
		if row.AfterBlock.Known || row.AfterPaid.Known {
			t.Errorf("timed though the log begins after the event: %+v", row)
		}
	}
}
