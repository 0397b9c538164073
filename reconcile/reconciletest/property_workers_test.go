package reconciletest_test

import (
	"runtime"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// However many processors work on a world, it comes out the same: also one that is
// large enough to be worked on in pieces.
func TestWorkersDoNotShow(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	c := rt.Generate(rt.Plan{Seed: 11, Orders: 8000, Troubled: 900})
	var want rows
	for _, workers := range []int{1, 2, 3, 7} {
		runtime.GOMAXPROCS(workers)
		got := run(t, c)
		if workers == 1 {
			want = got
			continue
		}
		diff(t, "the number of processors", want, got)
	}
	if unknown := countKind(want, reconcile.UnknownTransfer); len(want.Breaks) < 4000 || unknown < 100 {
		t.Errorf("%d breaks, %d of them unknown transfers: too few to be cut into pieces", len(want.Breaks), unknown)
	}
}

func countKind(r rows, k reconcile.Kind) (n int) {
	for i := range r.Breaks {
		if r.Breaks[i].Kind == k {
			n++
		}
	}
	return n
}
