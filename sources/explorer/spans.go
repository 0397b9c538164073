package explorer

import (
	"cmp"
	"slices"

	"tieout/reconcile"
)

// union merges intervals into disjoint sorted ones, without the empty ones.
func union(list []reconcile.Interval) (merged []reconcile.Interval) {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b reconcile.Interval) int { return cmp.Compare(a.From, b.From) })
	for _, v := range list {
		switch n := len(merged); {
		case v.To <= v.From:
		case n > 0 && v.From <= merged[n-1].To:
			merged[n-1].To = max(merged[n-1].To, v.To)
		default:
			merged = append(merged, v)
		}
	}
	return merged
}

// intersect returns what lies in both of two lists of intervals.
func intersect(a, b []reconcile.Interval) (both []reconcile.Interval) {
	for _, v := range a {
		for _, w := range b {
			if part := (reconcile.Interval{From: max(v.From, w.From), To: min(v.To, w.To)}); part.From < part.To {
				both = append(both, part)
			}
		}
	}
	return union(both)
}

// subtract returns what of a list of intervals lies in none of the other.
func subtract(list, less []reconcile.Interval) []reconcile.Interval {
	rest := union(list)
	for _, w := range less {
		var next []reconcile.Interval
		for _, v := range rest {
			next = append(next, reconcile.Interval{From: v.From, To: min(v.To, w.From)}, reconcile.Interval{From: max(v.From, w.To), To: v.To})
		}
		rest = union(next)
	}
	return rest
}
