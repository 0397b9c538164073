package reconciletest_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/reconcile/money"
	rt "tieout/reconcile/reconciletest"
)

// withAccounts gives every order one of three cashiers, or none, in whatever books
// it stands.
func withAccounts(c *rt.Case) {
	for i := range c.Sources {
		for j := range c.Sources[i].Orders {
			o := &c.Sources[i].Orders[j]
			h := fnv.New32a()
			fmt.Fprint(h, o.OrderNo)
			o.Account = []string{"", "c1", "c2", "c3"}[h.Sum32()%4]
		}
	}
}

// drawDays cuts dates of 23, 24 and 25 hours that begin before a window and end
// after it.
func drawDays(t *rapid.T, v reconcile.Interval) []reconcile.BusinessDay {
	from := v.From - reconcile.Instant(rapid.IntRange(0, 23).Draw(t, "offset"))*reconcile.Hour
	var list []reconcile.BusinessDay
	for n := 0; from < v.To; n++ {
		to := from + reconcile.Instant(rapid.SampledFrom([]int{23, 24, 25}).Draw(t, "hours"))*reconcile.Hour
		list = append(list, reconcile.BusinessDay{Date: fmt.Sprintf("2026-03-%02d", 6+n), Span: reconcile.Interval{From: from, To: to}})
		from = to
	}
	return list
}

// However a window is cut into dates, each shows the money that its transfers bring
// and what its orders ask for, and together they are the window.
func TestDatesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		withAccounts(c)
		c.Policy.Days = drawDays(t, c.Policy.Window)
		r, err := c.Run()
		if err != nil {
			t.Fatalf("reconcile: %v", err)
		}
		if err := rt.Check(r); err != nil {
			t.Errorf("%v", err)
		}
		dateOf := func(at reconcile.Instant) string {
			date := ""
			for _, d := range c.Policy.Days {
				if d.Span.From <= at {
					date = d.Date
				}
			}
			return date
		}
		sums := sumsOf(r.Days())
		for row := range r.Transfers() {
			out := slices.Contains(row.Kinds, reconcile.UnmatchedRefund)
			if row.Final && !out && row.Outcome != reconcile.OutcomeContext && row.Outcome != reconcile.OutcomeExcluded {
				take(sums, "received on "+dateOf(row.BlockTime), row.Asset.ID, row.Amount)
			}
		}
		for row := range r.Orders() {
			take(sums, "expected on "+dateOf(row.Created)+" of "+row.Account, row.Asset.ID, row.Expected)
			take(sums, "tolerance on "+dateOf(row.Created)+" of "+row.Account, row.Asset.ID, row.Tolerance)
		}
		for k, rest := range sums {
			if !rest.IsZero() {
				t.Errorf("%s: the rows leave %s", k, rest)
			}
		}
	})
}

func sumsOf(lines []reconcile.DayLine) map[string]money.Units {
	sums := map[string]money.Units{}
	for i := range lines {
		l := &lines[i]
		take(sums, "received on "+l.Date, l.Asset.ID, l.Received.Neg())
		take(sums, "expected on "+l.Date+" of "+l.Account, l.Asset.ID, l.Expected.Neg())
		take(sums, "tolerance on "+l.Date+" of "+l.Account, l.Asset.ID, l.Tolerance.Neg())
	}
	return sums
}

func take(sums map[string]money.Units, what, asset string, u money.Units) {
	sums[what+" in "+asset] = sums[what+" in "+asset].Sub(u)
}
