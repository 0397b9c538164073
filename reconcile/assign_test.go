package reconcile

import (
	"testing"

	"pgregory.net/rapid"
)

// bestByTrying returns the largest total weight of any pairing.
func bestByTrying(weight [][]int64, usedPay []bool, move int) int64 {
	if len(weight) == 0 || move == len(weight[0]) {
		return 0
	}
	best := bestByTrying(weight, usedPay, move+1)
	for p := range weight {
		if usedPay[p] || weight[p][move] == 0 {
			continue
		}
		usedPay[p] = true
		best = max(best, weight[p][move]+bestByTrying(weight, usedPay, move+1))
		usedPay[p] = false
	}
	return best
}

// TestAssignIsOptimal: the assignment has the weight that trying every pairing
// finds, uses no order twice and pairs nothing that cannot be.
func TestAssignIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pays, moves := rapid.IntRange(1, 6).Draw(t, "pays"), rapid.IntRange(1, 6).Draw(t, "moves")
		c := &component{pays: make([]int32, pays), moves: make([]int32, moves)}
		weight := make([][]int64, pays)
		for p := range weight {
			weight[p] = rapid.SliceOfN(rapid.SampledFrom([]int64{0, 1, 1000, 1001, 1_000_001}), moves, moves).Draw(t, "weight")
		}
		c.score = weight
		var force *[2]int
		free := make([]bool, pays)
		want := bestByTrying(weight, free, 0)
		if rapid.Bool().Draw(t, "force") {
			p, m := rapid.IntRange(0, pays-1).Draw(t, "p"), rapid.IntRange(0, moves-1).Draw(t, "m")
			if weight[p][m] > 0 {
				force = &[2]int{p, m}
				want = weight[p][m] + bestByTrying(without(weight, p, m), make([]bool, pays), 0)
			}
		}
		got := c.assign(weight, force)
		used := map[int]bool{}
		for m, p := range got {
			if p < 0 {
				continue
			}
			if used[p] || weight[p][m] == 0 {
				t.Fatalf("order %d used twice or paired without an edge: %v", p, got)
			}
			used[p] = true
		}
		if total := c.total(got); total != want {
			t.Fatalf("assignment %v weighs %d, best is %d, weights %v", got, total, want, weight)
		}
	})
}

func without(weight [][]int64, p, m int) [][]int64 {
	out := make([][]int64, len(weight))
	for i := range weight {
		out[i] = append([]int64(nil), weight[i]...)
		out[i][m] = 0
		if i == p {
			clear(out[i])
		}
	}
	return out
}
