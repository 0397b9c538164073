package reconcile

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawComponent draws a few orders and transfers with any pairs between them; each
// transfer has a sender of its own.
func drawComponent(t *rapid.T) (*engine, *component) {
	pays, moves := rapid.IntRange(1, 5).Draw(t, "pays"), rapid.IntRange(1, 5).Draw(t, "moves")
	e, c := &engine{}, &component{}
	for m := range int32(moves) {
		e.moves = append(e.moves, move{from: uint32(m) + 1})
		c.moves, c.line = append(c.moves, m), append(c.line, m)
	}
	for p := range int32(pays) {
		fit := c.picker()
		for m := range int32(moves) {
			if rapid.Bool().Draw(t, "fits") {
				fit.add(m)
			}
		}
		o := offer{moves: fit.list(), known: rapid.IntRange(0, 4).Draw(t, "known") == 0}
		o.timely = rapid.IntRange(0, len(o.moves)).Draw(t, "timely")
		c.pays, c.offers = append(c.pays, p), append(c.offers, o)
		c.class = append(c.class, rapid.Int64Range(1, 4).Draw(t, "class"))
	}
	return e, c
}

// solved returns the best pairing.
func solved(c *component, ties bool) *matching {
	s := newMatching(c)
	s.ties = ties
	for p := range c.pays {
		s.add(int32(p))
	}
	return s
}

// eachPairing calls visit with every pairing, by transfer, and its weight.
func eachPairing(s *matching, visit func(orderOf []int32, w weight)) {
	orderOf := slices.Repeat([]int32{-1}, len(s.moves))
	var from func(m int, w weight)
	from = func(m int, w weight) {
		if m == len(orderOf) {
			visit(orderOf, w)
			return
		}
		from(m+1, w)
		for p := range int32(len(s.pays)) {
			if i, fits := s.offers[p].find(m); fits && !slices.Contains(orderOf, p) {
				orderOf[m] = p
				from(m+1, w.plus(s.worth(p, int32(m), i < s.offers[p].timely)))
				orderOf[m] = -1
			}
		}
	}
	from(0, weight{})
}

// weigh returns the weight of the pairing that was found, and checks that it is one.
func weigh(t *rapid.T, s *matching) (sum weight) {
	used := map[int32]bool{}
	for m, p := range s.orderOf {
		if p < 0 {
			continue
		}
		i, fits := s.offers[p].find(m)
		if !fits || used[p] || s.moveOf[p] != int32(m) {
			t.Fatalf("order %d and transfer %d are no pair, or not the only one: %v, %v", p, m, s.orderOf, s.moveOf)
		}
		used[p] = true
		sum = sum.plus(s.worth(p, int32(m), i < s.offers[p].timely))
	}
	return sum
}

// The pairing has the weight that trying every pairing finds.
func TestMatchingIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, c := drawComponent(t)
		s := solved(c, rapid.Bool().Draw(t, "ties"))
		var best weight
		eachPairing(s, func(_ []int32, w weight) {
			if best.less(w) {
				best = w
			}
		})
		if got := weigh(t, s); got != best {
			t.Fatalf("the pairing %v weighs %v, the best %v", s.orderOf, got, best)
		}
	})
}

// What is decided, who may have sent what is not, and how much worse the next
// answer is: as trying every pairing finds it.
func TestAlternatives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, c := drawComponent(t)
		s := solved(c, true)
		best := weigh(t, s)
		want := alternatives{make([]map[int64]bool, len(c.moves)), noOther}
		eachPairing(s, func(orderOf []int32, w weight) {
			loss := best.score - w.score
			for m, p := range orderOf {
				was, is := c.classOf(s.orderOf[m]), c.classOf(p)
				if was == is {
					continue
				}
				if is != nobody && (want.margin == noOther || loss < want.margin) {
					want.margin = loss
				}
				for _, class := range []int64{was, is} {
					if loss == 0 && want.classes[m] == nil {
						want.classes[m] = map[int64]bool{}
					}
					if loss == 0 && class != nobody {
						want.classes[m][class] = true
					}
				}
			}
		})
		got := e.alternatives(s)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(alternatives{})); diff != "" {
			t.Fatalf("pairing %v (-want +got)\n%s", s.orderOf, diff)
		}
	})
}

// A component is narrowed to the pairs of the best pairings, neither more nor less.
func TestBestPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, c := drawComponent(t)
		s := newMatching(c)
		most, want := int64(math.MinInt64), map[detour]bool{}
		eachPairing(s, func(orderOf []int32, w weight) {
			if w.score > most {
				most = w.score
				clear(want)
			}
			for m, p := range orderOf {
				if w.score == most && p >= 0 {
					want[detour{int32(m), p}] = true
				}
			}
		})
		narrowed, done := c.best()
		got := map[detour]bool{}
		for p, o := range narrowed.offers {
			for i, m := range o.moves {
				got[detour{m, int32(p)}] = true
				was, _ := c.offers[p].find(int(m))
				if before, after := c.offers[p].score(was < c.offers[p].timely), o.score(i < o.timely); before != after {
					t.Errorf("order %d, transfer %d: the score was %d, is %d", p, m, before, after)
				}
			}
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(detour{})); diff != "" || !done {
			t.Fatalf("done %v, pairs (-want +got)\n%s", done, diff)
		}
	})
}

// scored is an order, a transfer and the score of the two.
type scored struct {
	pay, move int32
	score     int64
}

func pairsOf(c *component) map[scored]bool {
	list := map[scored]bool{}
	for p, o := range c.offers {
		for i, m := range o.moves {
			list[scored{c.pays[p], c.moves[m], o.score(i < o.timely)}] = true
		}
	}
	return list
}

// Connected components hold every pair once, share no order and no transfer, and
// fall apart no further.
func TestConnected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, c := drawComponent(t)
		want, got := pairsOf(c), map[scored]bool{}
		home, homeOfMove := map[int32]*component{}, map[int32]*component{}
		for _, part := range c.connected() {
			for k := range pairsOf(part) {
				if home[k.pay] != nil && home[k.pay] != part || homeOfMove[k.move] != nil && homeOfMove[k.move] != part {
					t.Fatalf("%v lies in two components", k)
				}
				home[k.pay], homeOfMove[k.move], got[k] = part, part, true
			}
			if again := part.connected(); len(again) != 1 {
				t.Fatalf("a component of %v falls into %d", pairsOf(part), len(again))
			}
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(scored{})); diff != "" {
			t.Fatalf("pairs (-want +got)\n%s", diff)
		}
	})
}

// Transfers that stand side by side are not listed once more for each order.
func TestOffersShareTheLine(t *testing.T) {
	c := &component{line: []int32{0, 1, 2, 3, 4}}
	side, apart := c.picker(), c.picker()
	for m := range int32(3) {
		side.add(m + 1)
		apart.add(2 * m)
	}
	if list := side.list(); !slices.Equal(list, []int32{1, 2, 3}) || &list[0] != &c.line[1] {
		t.Errorf("side by side: %v, want a piece of the line", list)
	}
	if list := apart.list(); !slices.Equal(list, []int32{0, 2, 4}) || !slices.Equal(c.line, []int32{0, 1, 2, 3, 4}) {
		t.Errorf("apart: %v on the line %v", list, c.line)
	}
}
