package reconciletest_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// lag is how much later than it happened the evidence of a row is at hand: nothing
// for most of them, up to three days for others. It depends on the row alone.
func lag(seed uint64, name string) reconcile.Instant {
	h := fnv.New64a()
	fmt.Fprint(h, seed, name)
	return []reconcile.Instant{0, 0, 0, reconcile.Day, 2 * reconcile.Day, 3 * reconcile.Day}[h.Sum64()%6]
}

// known is the case as it is known at a time: rows whose evidence is at hand, books
// with the status that an order had then.
func known(c *rt.Case, seed uint64, at reconcile.Instant) *rt.Case {
	settled := map[string]reconcile.Instant{}
	for i := range c.Sources {
		for _, o := range c.Sources[i].Orders {
			if o.Book == reconcile.BookProvider {
				settled[o.OrderNo] = max(o.PaidAt, o.Updated, o.Created) + lag(seed, "status of "+o.OrderNo)
			}
		}
	}
	out := *c
	out.Sources = slices.Clone(c.Sources)
	for i := range out.Sources {
		s := &out.Sources[i]
		s.Orders = slices.DeleteFunc(slices.Clone(s.Orders), func(o reconcile.Order) bool { return o.Created >= at })
		for j := range s.Orders {
			if o := &s.Orders[j]; settled[o.OrderNo] >= at {
				o.Status, o.State, o.TXIDs, o.PaidAt, o.Updated = "waiting", reconcile.StateCreated, nil, 0, 0
			}
		}
		s.Transfers = slices.DeleteFunc(slices.Clone(s.Transfers), func(t reconcile.Transfer) bool { return t.BlockTime+lag(seed, t.TXID) >= at })
		s.Deliveries = slices.DeleteFunc(slices.Clone(s.Deliveries), func(d reconcile.Delivery) bool {
			return d.Received+lag(seed, "delivery of "+d.OrderNo) >= at
		})
		s.Refunds = slices.DeleteFunc(slices.Clone(s.Refunds), func(r reconcile.Refund) bool { return r.Created+lag(seed, r.RefundID) >= at })
	}
	return &out
}

// carry runs a case with an opening as of a moment, and checks what must hold.
func carry(t rapid.TB, c *rt.Case, opening reconcile.Opening, lookback, to reconcile.Instant) *reconcile.Result {
	t.Helper()
	day := *c
	day.Policy.Opening = opening
	day.Policy.Window = reconcile.Interval{From: to - lookback, To: to}
	r, err := day.Run()
	if err != nil {
		t.Fatalf("reconcile: %v", err)
	}
	if err := rt.Check(r); err != nil {
		t.Errorf("%v", err)
	}
	return r
}

// openSet is what is open, with its figures.
func openSet(o reconcile.Opening) map[string]string {
	set := map[string]string{}
	for _, it := range o.Items {
		if !it.Closed() {
			set[it.Kind+it.State+" of "+it.Subject+" in "+it.Asset.Symbol] = signedUnits(it.Difference, it.Asset)
		}
	}
	return set
}

// Evidence that arrives over the days, in whatever order, ends in what one run over
// all of it finds. What is settled already when it is first seen is closed on the
// date after: both look once more.
func TestLateEvidenceConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		seed := rapid.Uint64().Draw(t, "lags")
		end := rt.Window.To + 4*reconcile.Day
		// Evidence that is later than the lookback finds nobody who looks.
		lookback := rapid.SampledFrom([]reconcile.Instant{5, 6, 8}).Draw(t, "lookback") * reconcile.Day
		var o reconcile.Opening
		for to := rt.Window.From + reconcile.Day; to <= end; to += reconcile.Day {
			former := openSet(o)
			r := carry(t, known(c, seed, to), o, lookback, to)
			checkOpening(t, former, r)
			o = r.Closing()
		}
		o = carry(t, c, o, lookback, end).Closing()

		whole := carry(t, c, reconcile.Opening{}, end-rt.Window.From, end).Closing()
		whole = carry(t, c, whole, end-rt.Window.From, end).Closing()
		if want, got := withoutEdges(openSet(whole)), withoutEdges(openSet(o)); !maps.Equal(want, got) {
			t.Errorf("day by day ends otherwise than all at once:\n%s", cmp.Diff(want, got))
		}
	})
}

// withoutEdges leaves out what is cut off: every window has its own edges.
func withoutEdges(set map[string]string) map[string]string {
	maps.DeleteFunc(set, func(name, _ string) bool { return strings.HasPrefix(name, reconcile.CutOff.String()+" ") })
	return set
}

// checkOpening: today's opening is yesterday's closing.
func checkOpening(t rapid.TB, former map[string]string, r *reconcile.Result) {
	n := 0
	for _, l := range r.RollForward() {
		n += l.Opening.Count
	}
	if n != len(former) {
		t.Errorf("%s opens with %d items, the date before closed with %d", r.Date(), n, len(former))
	}
}

// The order of rows, and of the items and answers that were handed over, does not matter.
func TestPermutationWithOpening(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		seed := rapid.Uint64().Draw(t, "lags")
		half := rt.Window.From + 2*reconcile.Day
		o := carry(t, known(c, seed, half), reconcile.Opening{}, 4*reconcile.Day, half).Closing()
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 5))
		for _, it := range o.Items {
			if random.IntN(4) == 0 {
				action := []reconcile.Disposition{reconcile.Accept, reconcile.Resolved, reconcile.WriteOff, reconcile.Suppress}[random.IntN(4)]
				o.Answers = append(o.Answers, reconcile.Answer{ID: it.ID, Asset: it.Asset.ID, Action: action, By: "anna", Date: o.Date})
			}
		}
		want := carry(t, c, o, 4*reconcile.Day, rt.Window.To)
		shuffle(random, c)
		shuffled(random, o.Items)
		shuffled(random, o.Matched)
		got := carry(t, c, o, 4*reconcile.Day, rt.Window.To)
		diff(t, "another order of rows and items", allRows(want), allRows(got))
		for what, pair := range map[string][2]any{
			"closing": {want.Closing(), got.Closing()}, "roll-forward": {want.RollForward(), got.RollForward()},
			"resolved": {want.ResolvedItems(), got.ResolvedItems()}, "rejected": {want.RejectedAnswers(), got.RejectedAnswers()},
			"carried": {want.CarriedItems(), got.CarriedItems()},
		} {
			if text := cmp.Diff(pair[0], pair[1], exact); text != "" {
				t.Errorf("another order of rows and items changes the %s:\n%.3000s", what, text)
			}
		}
	})
}

// A date that opens with nothing says what it said without an opening.
func TestOpeningWithNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want := run(t, c)
		c.Policy.Opening = reconcile.Opening{Date: "2026-03-05"}
		diff(t, "an opening without items", want, run(t, c))
	})
}

// The same date again, opened with its own closing, changes nothing that is open,
// save that what was settled when it was first seen is closed.
func TestNothingHappened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		first := carry(t, c, reconcile.Opening{}, 4*reconcile.Day, rt.Window.To)
		second := carry(t, c, first.Closing(), 4*reconcile.Day, rt.Window.To)
		third := carry(t, c, second.Closing(), 4*reconcile.Day, rt.Window.To)
		if want, got := openSet(second.Closing()), openSet(third.Closing()); !maps.Equal(want, got) {
			t.Errorf("a day without news changes what is open:\n%s", cmp.Diff(want, got))
		}
		for _, l := range third.RollForward() {
			if l.New.Count+l.Reopened.Count+l.Changed.Count+l.MovedIn.Count+l.Resolved.Count > 0 {
				t.Errorf("a day without news moves the roll-forward: %+v", l)
			}
		}
	})
}

// Whatever people answer and whatever is missing on a date, the books of what is
// open balance: carry checks it.
func TestRollForwardAlwaysBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		seed := rapid.Uint64().Draw(t, "lags")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "answers and losses"), 6))
		lookback := rapid.SampledFrom([]reconcile.Instant{1, 2, 4}).Draw(t, "lookback") * reconcile.Day
		var o reconcile.Opening
		for to := rt.Window.From + reconcile.Day; to <= rt.Window.To+5*reconcile.Day; to += reconcile.Day {
			former := openSet(o)
			day := known(c, seed, to)
			lose(random, day)
			o.Answers = drawAnswers(random, o)
			r := carry(t, day, o, lookback, to)
			checkOpening(t, former, r)
			checkAnswers(t, r)
			o = r.Closing()
		}
	})
}

// lose takes rows away, and what the sources claim to cover.
func lose(random *rand.Rand, c *rt.Case) {
	share := random.IntN(30)
	gone := func() bool { return random.IntN(100) < share }
	for i := range c.Sources {
		s := &c.Sources[i]
		s.Orders = slices.DeleteFunc(s.Orders, func(reconcile.Order) bool { return gone() })
		s.Transfers = slices.DeleteFunc(s.Transfers, func(reconcile.Transfer) bool { return gone() })
		s.Deliveries = slices.DeleteFunc(s.Deliveries, func(reconcile.Delivery) bool { return gone() })
		s.Refunds = slices.DeleteFunc(s.Refunds, func(reconcile.Refund) bool { return gone() })
		switch random.IntN(12) {
		case 0:
			s.Failed = "no such file"
		case 1:
			s.Gaps = append(slices.Clone(s.Gaps), reconcile.Gap{Span: reconcile.Interval{From: rt.Window.From, To: rt.Window.From + 3*reconcile.Day}, Reason: "not exported"})
		}
	}
}

func drawAnswers(random *rand.Rand, o reconcile.Opening) []reconcile.Answer {
	actions := []reconcile.Disposition{reconcile.Accept, reconcile.Resolved, reconcile.WriteOff, reconcile.Suppress, reconcile.Reopen}
	var list []reconcile.Answer
	for _, it := range o.Items {
		for random.IntN(4) == 0 {
			a := reconcile.Answer{ID: it.ID, Action: actions[random.IntN(len(actions))], By: []string{"anna", "ben"}[random.IntN(2)], Date: o.Date}
			if random.IntN(2) == 0 {
				a.Asset = it.Asset.ID
			}
			if random.IntN(3) == 0 {
				a.File, a.Row = []string{"a.xlsx", "b.xlsx"}[random.IntN(2)], random.IntN(9)+1
			}
			if a.Action == reconcile.Suppress && random.IntN(2) == 0 {
				a.Until = o.Date
			}
			list = append(list, a)
		}
	}
	return list
}

// checkAnswers: what is answered is in no queue.
func checkAnswers(t rapid.TB, r *reconcile.Result) {
	answered := map[string]bool{}
	open := map[string]bool{}
	for _, b := range r.Breaks() {
		if b.Answer != nil {
			answered[b.ID] = true
		} else {
			open[b.ID] = true
		}
	}
	for _, a := range r.Actions() {
		for _, id := range a.BreakIDs {
			if answered[id] && !open[id] {
				t.Errorf("%s is answered, and %s is asked for it", id, a.Action)
			}
		}
	}
}
