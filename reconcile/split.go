package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// Bounds of the search for exact sums. Beyond them nothing is accepted.
const (
	maxSumItems = 24
	maxSumSteps = 200_000
)

// matchSums applies the rules split and batch on shared addresses: several
// transfers of one sender pay one order, or one transfer pays several orders of
// one customer or payer. Only a unique exact sum is accepted.
func (e *engine) matchSums() {
	free := map[place][]int32{}
	var places []place
	for i := range e.moves {
		if m := &e.moves[i]; m.usable() {
			k := place{m.chain, m.to}
			if free[k] == nil {
				places = append(places, k)
			}
			free[k] = append(free[k], int32(i))
		}
	}
	senders := e.customersBySender()
	for _, k := range places {
		var open []int32
		for _, p := range e.byPlace[k] {
			if pay := &e.pays[p]; pay.firstPart < 0 && pay.group < 0 && pay.asset != 0 && pay.ask().Known && !pay.ask().Units.IsZero() {
				open = append(open, p)
			}
		}
		if len(open) > 0 {
			e.matchSplits(open, free[k], senders)
			e.matchBatches(open, free[k], senders)
		}
	}
}

// matchSplits finds orders that exactly one set of transfers of one sender pays.
// A set that would pay two orders is no proof for either.
func (e *engine) matchSplits(open, moves []int32, senders map[uint32]int) {
	type solution struct {
		p   int32
		set []int32
	}
	var found []solution
	wanted := map[int32]int{} // how many orders want each transfer
	for _, p := range open {
		set, count := e.splitOf(p, moves, senders)
		if count != 1 {
			continue
		}
		found = append(found, solution{p, set})
		for _, m := range set {
			wanted[m]++
		}
	}
	for _, s := range found {
		if slices.ContainsFunc(s.set, func(m int32) bool { return wanted[m] > 1 || !e.moves[m].usable() }) {
			continue
		}
		for _, m := range s.set {
			e.give(s.p, m, e.moves[m].units, RuleSplit, "the only exact sum of one sender's transfers")
		}
	}
}

// splitOf returns the set of transfers that pays an order, and how many such
// sets there are over all senders (two stands for two or more, or for an
// unfinished search).
func (e *engine) splitOf(p int32, moves []int32, senders map[uint32]int) (set []int32, count int) {
	pay := &e.pays[p]
	bySender := map[uint32][]int32{}
	var order []uint32
	for _, m := range moves {
		mv := &e.moves[m]
		if !mv.usable() || mv.asset != pay.asset || senders[mv.from] > 1 || e.edge(pay, mv) == 0 {
			continue
		}
		if bySender[mv.from] == nil {
			order = append(order, mv.from)
		}
		bySender[mv.from] = append(bySender[mv.from], m)
	}
	for _, from := range order {
		list := bySender[from]
		units := make([]money.Units, len(list))
		for i, m := range list {
			units[i] = e.moves[m].units
		}
		picked, n := exactSums(units, pay.ask().Units)
		count += n
		if n == 1 {
			set = set[:0]
			for _, i := range picked {
				set = append(set, list[i])
			}
		}
	}
	return set, count
}

// matchBatches finds transfers that exactly one set of orders of one customer,
// or of one known payer, adds up to. Orders that two transfers could pay alike
// stay open; orders still running are looked at before expired ones.
func (e *engine) matchBatches(open, moves []int32, senders map[uint32]int) {
	for _, late := range []bool{false, true} {
		type solution struct {
			m   int32
			set []int32
		}
		var found []solution
		wanted := map[int32]int{} // how many transfers each order could share
		for _, m := range moves {
			if !e.moves[m].usable() {
				continue
			}
			set, count := e.batchOf(e.batchCandidates(open, &e.moves[m], senders, late), e.moves[m].units)
			if count != 1 {
				continue
			}
			found = append(found, solution{m, set})
			for _, p := range set {
				wanted[p]++
			}
		}
		for _, s := range found {
			if slices.ContainsFunc(s.set, func(p int32) bool { return wanted[p] > 1 }) {
				continue
			}
			for _, p := range s.set {
				e.give(p, s.m, e.pays[p].ask().Units, RuleBatch, "the only orders of one customer or payer that add up to it exactly")
			}
			e.moves[s.m].shared = true
		}
	}
}

// batchOf returns the orders that add up to a transfer, and how many such sets
// there are over all groups of candidates.
func (e *engine) batchOf(groups [][]int32, units money.Units) (set []int32, count int) {
	for _, list := range groups {
		asks := make([]money.Units, len(list))
		for i, p := range list {
			asks[i] = e.pays[p].ask().Units
		}
		picked, n := exactSums(asks, units)
		if n == 1 {
			found := make([]int32, 0, len(picked))
			for _, i := range picked {
				found = append(found, list[i])
			}
			if count == 1 && slices.Equal(found, set) {
				continue // the customer and the payer lead to the same orders
			}
			set = found
		}
		count += n
	}
	return set, count
}

// batchCandidates groups the open orders that could share a transfer: those of
// one customer, and those whose known payer sent it (unless it is an exchange).
func (e *engine) batchCandidates(open []int32, m *move, senders map[uint32]int, late bool) [][]int32 {
	byCustomer := map[uint32][]int32{}
	var customers []uint32
	var byPayer []int32
	for _, p := range open {
		pay := &e.pays[p]
		if pay.firstPart >= 0 || pay.asset != m.asset || e.edge(pay, m) == 0 || !late && !e.inTime(pay, m) {
			continue
		}
		if c := pay.customer; c != 0 {
			if byCustomer[c] == nil {
				customers = append(customers, c)
			}
			byCustomer[c] = append(byCustomer[c], p)
		}
		if len(pay.payers) > 0 && senders[m.from] <= 1 {
			byPayer = append(byPayer, p)
		}
	}
	var groups [][]int32
	for _, c := range customers {
		groups = append(groups, byCustomer[c])
	}
	return append(groups, byPayer)
}

// exactSums looks for sets of at least two amounts that add up to target
// exactly, by branch and bound over the amounts from large to small. count is 0,
// 1 or 2; 2 stands for more than one set and for a search that hit its bounds,
// since then nobody can say that a set is the only one.
func exactSums(units []money.Units, target money.Units) (picked []int, count int) {
	order := make([]int, 0, len(units))
	for i, u := range units {
		if u.Sign() > 0 && u.Cmp(target) < 0 {
			order = append(order, i)
		}
	}
	if len(order) < 2 {
		return nil, 0
	}
	if len(order) > maxSumItems {
		return nil, 2
	}
	slices.SortStableFunc(order, func(a, b int) int { return units[b].Cmp(units[a]) })
	s := sumSearch{units: units, order: order, rest: make([]money.Units, len(order)+1)}
	for i := len(order) - 1; i >= 0; i-- {
		s.rest[i] = s.rest[i+1].Add(units[order[i]])
	}
	s.search(0, target)
	if s.steps > maxSumSteps {
		return nil, 2
	}
	slices.Sort(s.found)
	return s.found, s.count
}

type sumSearch struct {
	units []money.Units
	order []int
	rest  []money.Units // sum of everything from a position on
	path  []int
	found []int
	count int
	steps int
}

func (s *sumSearch) search(at int, left money.Units) {
	s.steps++
	switch {
	case s.count > 1 || s.steps > maxSumSteps:
		return
	case left.IsZero():
		s.count++
		s.found = slices.Clone(s.path)
		return
	case at == len(s.order) || s.rest[at].Cmp(left) < 0:
		return
	}
	if u := s.units[s.order[at]]; u.Cmp(left) <= 0 {
		s.path = append(s.path, s.order[at])
		s.search(at+1, left.Sub(u))
		s.path = s.path[:len(s.path)-1]
	}
	s.search(at+1, left)
}
