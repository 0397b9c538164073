package reconciletest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

func spanText(span reconcile.Instant) string { return time.Duration(span).String() }

// window returns a provider's line of the window.
func window(t testing.TB, r *reconcile.Result, provider string) reconcile.ScoreLine {
	t.Helper()
	for _, s := range r.Scorecard() {
		if s.Provider == provider && s.Date == "" {
			return s
		}
	}
	t.Fatalf("no line of %s", provider)
	return reconcile.ScoreLine{}
}

func TestScorecard(t *testing.T) {
	w := rt.New()
	for i, name := range []string{"A-1", "A-2", "A-3", "A-4"} {
		paid(w, name)
		w.Delivery(name, fmt.Sprintf("10:12:%02d", 10*i+10)) // 10, 20, 30 and 40 s after the block
	}
	w.Delivery("A-1", "10:20")
	paid(w, "B-1")
	paid(w, "B-2").Resends(2)
	w.Delivery("B-2", "10:13").Answered(500)
	paid(w, "B-3").Resends(0)
	w.Delivery("B-3", "10:13").Forged()
	w.Delivery("nobody's", "10:14")
	w.Order("lost").Status("EXPIRED")
	w.Transfer("t-lost", "lost", "100", "10:12")
	w.Order("wrong figure").Created("03-09 10:00").Expires("03-09 10:30").Claims("t-wrong").Recorded("90").Paid("03-09 10:13")
	w.Transfer("t-wrong", "wrong figure", "100", "03-09 10:12")
	w.Delivery("wrong figure", "03-09 10:13")
	got := window(t, w.Run(t).Result, "blockatm")
	want := reconcile.ScoreLine{Provider: "blockatm", Whole: true, Logged: true,
		Orders: 9, Agreed: 4, Broken: 5, Paid: 8, Lost: 1, Mismatched: 1,
		Notified: 8, Accepted: 5, NeverArrived: 1, Refused: 1, BadSignature: 1,
		Resends: 2, ResendsKnown: 2,
		Deliveries: 9, Repeated: 1, RefusedDeliveries: 1, Unverified: 1, Unknown: 1,
		AfterBlock: reconcile.Latency{Count: 6, P50: 30 * reconcile.Second, P95: reconcile.Minute, P99: reconcile.Minute, Max: reconcile.Minute},
		AfterPaid:  reconcile.Latency{Count: 6, Early: 4, P50: -30 * reconcile.Second}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the line of the window (-want +got):\n%s", diff)
	}
}

// Without a webhook log nothing is said of notifications, and orders are counted.
func TestScorecardWithoutLog(t *testing.T) {
	w := rt.New()
	paid(w, "A-1")
	if s := window(t, w.Run(t).Result, "blockatm"); s.Logged || s.Orders != 1 || s.Notified != 0 || s.Missed() != 0 {
		t.Errorf("without a log: %+v", s)
	}
}

// The dates add up to the window, the lines to the rows, and no percentile is one
// that was not measured.
func TestScorecardAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		r, err := c.Run()
		if err != nil {
			t.Fatalf("reconcile: %v", err)
		}
		if err := rt.Check(r); err != nil {
			t.Errorf("%v", err)
		}
		missed, unjudged := map[string]int{}, map[string]int{}
		for _, b := range r.Breaks() {
			if b.Kind == reconcile.MissedWebhook {
				missed[b.Provider]++
			}
		}
		measured := map[string][]reconcile.Instant{}
		for row := range r.Deliveries() {
			if row.AfterBlock.Known {
				measured[row.Provider] = append(measured[row.Provider], row.AfterBlock.Span)
			}
		}
		for row := range r.Orders() {
			if row.Outcome != reconcile.OutcomeContext && !r.Window.Contains(row.Created) && slices.Contains(row.Kinds, reconcile.MissedWebhook) {
				unjudged[row.Provider]++ // created before the window
			}
		}
		for _, s := range r.Scorecard() {
			if s.Date != "" {
				continue
			}
			if got := s.Missed() + unjudged[s.Provider]; got != missed[s.Provider] {
				t.Errorf("%s: %d missed webhooks, %d breaks", s.Provider, got, missed[s.Provider])
			}
			if diff := cmp.Diff(ranked(measured[s.Provider]), s.AfterBlock); diff != "" {
				t.Errorf("%s: percentiles (-by counting +got):\n%s", s.Provider, diff)
			}
		}
	})
}

// ranked finds percentiles by counting, for each lag, how many do not exceed it.
func ranked(lags []reconcile.Instant) reconcile.Latency {
	l := reconcile.Latency{Count: len(lags)}
	at := func(percent int) reconcile.Instant {
		best := reconcile.Instant(1<<63 - 1)
		for _, x := range lags {
			within := 0
			for _, y := range lags {
				if y <= x {
					within++
				}
			}
			if within*100 >= percent*len(lags) {
				best = min(best, x)
			}
		}
		return best
	}
	if len(lags) > 0 {
		l.P50, l.P95, l.P99, l.Max = at(50), at(95), at(99), slices.Max(lags)
	}
	for _, x := range lags {
		if x < 0 {
			l.Early++
		}
	}
	return l
}

// A total outage, between two deliveries that came through, is one incident that its
// breaks and its action name; breaks of another hour are not in it.
func TestOutage(t *testing.T) {
	w := rt.New()
	paid(w, "before")
	w.Delivery("before", "10:14")
	var names []string
	for i := range 5 {
		name := fmt.Sprint("A-", i)
		names = append(names, name)
		at := fmt.Sprintf("11:%02d", 10*i)
		w.Transfer(name+"-paid", name, "100", at)
		w.Order(name).Created("11:00").Expires("12:00").Claims(name + "-paid").Paid(at)
	}
	w.Merchant("A-0").Created("11:00") // paid in our book: nothing to do, and counted
	w.Transfer("after-paid", "after", "100", "12:05")
	w.Order("after").Created("12:00").Expires("12:30").Claims("after-paid").Paid("12:05")
	w.Delivery("after", "12:06")
	w.Transfer("far-paid", "far", "100", "15:05")
	w.Order("far").Created("15:00").Expires("15:30").Claims("far-paid").Paid("15:05")
	for _, name := range append(names[1:], "before", "after", "far") {
		w.Merchant(name).Status("PENDING")
	}
	r := w.Run(t).Result
	if n := len(r.Incidents()); n != 1 {
		t.Fatalf("%d incidents, want one: %+v", n, r.Incidents())
	}
	got := r.Incidents()[0]
	if got.Kind != reconcile.MissedWebhook || got.Cause != reconcile.CauseNeverArrived || got.Provider != "blockatm" ||
		got.From != rt.Clock("11:00") || got.To != rt.Clock("11:40") || got.Before != rt.Clock("10:14") || got.After != rt.Clock("12:06") ||
		got.Accepted != 0 || got.Breaks != 5 || got.Acting != 4 || got.Value.String() != "400" {
		t.Errorf("the outage: %+v", got)
	}
	members := 0
	for _, b := range r.Breaks() {
		in := slices.Contains(got.BreakIDs, b.ID)
		if in != (b.Incident == got.ID) || in != (strings.HasPrefix(b.OrderNo, "A-") && b.Kind == reconcile.MissedWebhook) {
			t.Errorf("%v of %s: incident %q", b.Kind, b.OrderNo, b.Incident)
		}
		if in {
			members++
		}
	}
	if members != 5 {
		t.Errorf("%d members", members)
	}
	for _, a := range r.Actions() {
		if (a.Incident == got.ID) != (len(a.BreakIDs) == 5) {
			t.Errorf("%v with the breaks %v: incident %q", a.Action, a.BreakIDs, a.Incident)
		}
		if a.Incident != "" && !strings.Contains(a.Reason, "before was accepted at 2026-03-08T10:14:00Z; the first after was accepted at 2026-03-08T12:06:00Z") {
			t.Errorf("the action's reason: %s", a.Reason)
		}
	}
}

// Where deliveries come through meanwhile the outage is not total, and the row says so.
func TestPartialOutage(t *testing.T) {
	w := rt.New()
	for i := range 6 {
		name, at := fmt.Sprint("A-", i), fmt.Sprintf("11:%02d", 5*i)
		w.Transfer(name+"-paid", name, "100", at)
		w.Order(name).Created("11:00").Expires("12:00").Claims(name + "-paid").Paid(at)
		if i%2 == 1 {
			w.Delivery(name, at)
		}
	}
	incidents := w.Run(t).Result.Incidents()
	if len(incidents) != 1 || incidents[0].Breaks != 3 || incidents[0].Accepted != 2 || incidents[0].Before.Known() || incidents[0].After != rt.Clock("11:25") {
		t.Errorf("incidents: %+v", incidents)
	}
}

// What nobody can place is one incident by the merchant's date, not by that of UTC.
func TestIncidentsByBusinessDate(t *testing.T) {
	w := rt.New()
	span := rt.Window
	for from := span.From - 5*reconcile.Hour; from < span.To; from += reconcile.Day { // days that begin at 19:00 UTC
		w.Policy.Days = append(w.Policy.Days, reconcile.BusinessDay{Date: (from + 12*reconcile.Hour).Time().Format(time.DateOnly),
			Span: reconcile.Interval{From: from, To: from + reconcile.Day}})
	}
	healthy(w)
	w.Delivery("X-1", "03-08 18:30").Forged()
	w.Delivery("X-2", "03-08 19:30").Forged()
	w.Delivery("X-3", "03-09 01:00").Forged()
	incidents := w.Run(t).Result.Incidents()
	if len(incidents) != 1 || incidents[0].Breaks != 2 || incidents[0].From != rt.Clock("03-08 19:30") {
		t.Errorf("incidents: %+v", incidents)
	}
}
