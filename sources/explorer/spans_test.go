package explorer

import (
	"testing"

	"pgregory.net/rapid"

	"tieout/reconcile"
)

// The three operations agree with looking at each moment by itself.
func TestSpans(t *testing.T) {
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) reconcile.Interval {
		return reconcile.Interval{From: reconcile.Instant(rapid.IntRange(0, 30).Draw(t, "from")), To: reconcile.Instant(rapid.IntRange(0, 30).Draw(t, "to"))}
	}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		a, b := spans.Draw(t, "a"), spans.Draw(t, "b")
		for m := range reconcile.Instant(31) {
			inA, inB := holds(a, m), holds(b, m)
			for name, got := range map[string]struct {
				list []reconcile.Interval
				want bool
			}{"union": {union(append(a[:len(a):len(a)], b...)), inA || inB}, "intersect": {intersect(a, b), inA && inB}, "subtract": {subtract(a, b), inA && !inB}} {
				if holds(got.list, m) != got.want {
					t.Fatalf("%s of %v and %v is %v: wrong at %d", name, a, b, got.list, m)
				}
				for i := 1; i < len(got.list); i++ {
					if got.list[i].From <= got.list[i-1].To {
						t.Fatalf("%s of %v and %v is %v: not disjoint and sorted", name, a, b, got.list)
					}
				}
			}
		}
	})
}

func holds(list []reconcile.Interval, m reconcile.Instant) bool {
	for _, v := range list {
		if v.Contains(m) {
			return true
		}
	}
	return false
}
