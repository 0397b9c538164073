package reconcile

import (
	"math"
	"slices"
)

// undecided lists the transfers that nobody can place and, for each customer who
// may have sent them, as many orders as could take one, by preference.
func (c *component) undecided(open alternatives, taken []bool) (pays, moves []int32) {
	slots := map[int64]int{} // how many undecided transfers each customer may have sent
	for m, classes := range open.classes {
		if len(classes) > 0 {
			moves = append(moves, c.moves[m])
		}
		for class := range classes {
			slots[class]++
		}
	}
	for p, class := range c.class { // the orders stand by preference
		mayPay := func(m int32) bool { return open.classes[m][class] }
		if !taken[p] && slots[class] > 0 && slices.ContainsFunc(c.offers[p].moves, mayPay) {
			slots[class]--
			pays = append(pays, c.pays[p])
		}
	}
	return pays, moves
}

// hasTwin reports whether another order of the same customer could have taken the transfer.
func (e *engine) hasTwin(c *component, p, m int32) bool {
	return slices.ContainsFunc(c.peers, func(q int32) bool {
		return q != p && e.class(q) == e.class(p) && c.fits(&e.pays[q], &e.moves[m])
	})
}

// class is who an order belongs to: orders of one customer are interchangeable,
// an order without a customer stands for itself.
func (e *engine) class(p int32) int64 {
	if c := e.pays[p].customer; c != 0 {
		return int64(c)
	}
	return -1 - int64(p)
}

// alternatives are the other answers to who paid whom that are as good as the
// best, and how much worse the next best is.
type alternatives struct {
	classes []map[int64]bool // by transfer: the customers who may have sent it, empty when decided
	margin  int64            // loss of the best other answer, noOther when there is none
}

// noOther is the margin where no other answer exists.
const noOther = -1

// alternatives lets every transfer go to every other customer once, and to
// nobody, and compares the best score that is left. One search from a transfer
// answers for all of them. Transfers of one sender are interchangeable as far as
// they leave the customers what they had.
func (e *engine) alternatives(s *matching) alternatives {
	out := alternatives{make([]map[int64]bool, len(s.moves)), noOther}
	for m := range int32(len(s.moves)) {
		s.search(s.move(m), -1, out.ofInterest())
		if s.orderOf[m] >= 0 && s.via[s.bench] >= 0 {
			if loss := s.price[s.move(m)].plus(s.dist[s.bench]); loss.score == 0 {
				out.add(s, e.changed(s, s.detours(m, s.bench)))
			}
		}
		for p := range int32(len(s.pays)) {
			i, fits := s.offers[p].find(int(m))
			if !fits || s.via[p] < 0 || s.class[p] == s.classOf(s.orderOf[m]) {
				continue
			}
			loss := s.dist[p].plus(s.loss(p, m, i < s.offers[p].timely))
			if !loss.less(out.ofInterest()) {
				continue
			}
			changed := e.changed(s, s.detours(m, p))
			if len(changed) > 0 && (out.margin == noOther || loss.score < out.margin) {
				out.margin = loss.score
			}
			if loss.score == 0 {
				out.add(s, changed)
			}
		}
	}
	return out
}

// ofInterest is what another answer must not lose to say anything new: answers that
// lose nothing all count, of the others only the best does.
func (a *alternatives) ofInterest() weight {
	if a.margin == noOther {
		return weight{math.MaxInt64, 0}
	}
	return weight{max(a.margin, 1), math.MinInt64}
}

// nobody is the class of a transfer that pays no order of the component.
const nobody = int64(-1 << 62)

func (c *component) classOf(p int32) int64 {
	if p < 0 {
		return nobody
	}
	return c.class[p]
}

func (a *alternatives) add(s *matching, changed []detour) {
	for _, d := range changed {
		if a.classes[d.move] == nil {
			a.classes[d.move] = map[int64]bool{}
		}
		for _, p := range []int32{s.orderOf[d.move], d.order} {
			if p >= 0 {
				a.classes[d.move][s.class[p]] = true
			}
		}
	}
}

// changed keeps the detours that give a transfer to another customer.
// A transfer that only changes places with another of the same sender, one
// paying and the other not, is no difference.
func (e *engine) changed(s *matching, detours []detour) []detour {
	type pair struct {
		from  uint32
		class int64
	}
	var moved map[pair]int // payments of a sender to a customer, more or less, of transfers that pay only once
	once := func(d detour) (pair, int) {
		switch was, is := s.classOf(s.orderOf[d.move]), s.classOf(d.order); {
		case was == is:
		case was == nobody:
			return pair{e.moves[s.moves[d.move]].from, is}, 1
		case is == nobody:
			return pair{e.moves[s.moves[d.move]].from, was}, -1
		}
		return pair{}, 0
	}
	for _, d := range detours {
		if k, n := once(d); n != 0 {
			if moved == nil {
				moved = map[pair]int{}
			}
			moved[k] += n
		}
	}
	return slices.DeleteFunc(detours, func(d detour) bool {
		k, n := once(d)
		return n != 0 && moved[k] == 0 || s.classOf(s.orderOf[d.move]) == s.classOf(d.order)
	})
}
