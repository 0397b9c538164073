package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// Bounds of the search for exact sums. Beyond them nothing is accepted.
const (
	maxSumItems = 24
	maxSumSteps = 200_000
	maxSums     = 64
)

// sumOf is an exact sum that settles orders: several transfers for one order, or
// one transfer for several.
type sumOf struct {
	rule  Rule
	pays  []int32
	moves []int32
}

// matchSums applies the rules split and batch on shared addresses: several
// transfers of one sender pay one order, or one transfer pays several orders of
// one customer or payer. Only a unique exact sum is accepted: one that shares no
// order and no transfer with another. Sums inside running windows come first.
func (e *engine) matchSums() {
	free := map[place][]int32{}
	var places []place
	for i := range e.moves {
		if m := &e.moves[i]; m.usable() && len(e.paysAt(place{m.chain, m.to})) > 0 {
			k := place{m.chain, m.to}
			if free[k] == nil {
				places = append(places, k)
			}
			free[k] = append(free[k], int32(i))
		}
	}
	shared := e.sharedSenders()
	for _, k := range places {
		var open []int32
		for _, p := range e.paysAt(k) {
			if pay := &e.pays[p]; e.wants(pay) && pay.ask().Known && !pay.ask().Units.IsZero() {
				open = append(open, p)
			}
		}
		for _, late := range []bool{false, true} {
			if len(open) > 0 {
				e.acceptSums(append(e.splits(open, free[k], shared, late), e.batches(open, free[k], shared, late)...))
			}
		}
	}
}

// acceptSums takes the sums that share no order and no transfer with another.
func (e *engine) acceptSums(found []sumOf) {
	orders, transfers := map[int32]int{}, map[int32]int{}
	for _, s := range found {
		weight := 1
		if s.rule == RuleNone {
			weight = 2 // an unfinished search: whatever it touches is contested
		}
		for _, p := range s.pays {
			orders[p] += weight
		}
		for _, m := range s.moves {
			transfers[m] += weight
		}
	}
	for _, s := range found {
		contested := slices.ContainsFunc(s.pays, func(p int32) bool { return orders[p] > 1 }) ||
			slices.ContainsFunc(s.moves, func(m int32) bool { return transfers[m] > 1 })
		switch {
		case contested:
		case s.rule == RuleSplit:
			for _, m := range s.moves {
				e.give(s.pays[0], m, e.moves[m].units, RuleSplit, "the only exact sum of one sender's transfers")
			}
		case s.rule == RuleBatch:
			for _, p := range s.pays {
				e.give(p, s.moves[0], e.pays[p].ask().Units, RuleBatch, "the only orders of one customer or payer that add up to it exactly")
			}
			e.moves[s.moves[0]].shared = true
		}
	}
}

// splits finds every set of transfers of one sender that pays an order exactly.
func (e *engine) splits(open, moves []int32, shared []bool, late bool) []sumOf {
	var found []sumOf
	for _, p := range open {
		pay := &e.pays[p]
		if pay.firstPart >= 0 {
			continue
		}
		bySender := map[uint32][]int32{}
		var order []uint32
		for _, m := range moves {
			mv := &e.moves[m]
			if !mv.usable() || mv.asset != pay.asset || shared[mv.from] || !e.canPay(pay, mv) || !late && !e.inTime(pay, mv) {
				continue
			}
			if bySender[mv.from] == nil {
				order = append(order, mv.from)
			}
			bySender[mv.from] = append(bySender[mv.from], m)
		}
		for _, from := range order {
			sets, finished := exactSums(bySender[from], pay.ask().Units, func(m int32) money.Units { return e.moves[m].units })
			for _, set := range sets {
				found = append(found, sumOf{RuleSplit, []int32{p}, set})
			}
			if !finished {
				found = append(found, sumOf{RuleNone, []int32{p}, bySender[from]})
			}
		}
	}
	return found
}

// batches finds every set of orders of one customer, or of one known payer, that
// adds up to a transfer exactly.
func (e *engine) batches(open, moves []int32, shared []bool, late bool) []sumOf {
	var found []sumOf
	for _, m := range moves {
		mv := &e.moves[m]
		if !mv.usable() {
			continue
		}
		first := len(found)
		for _, list := range e.batchCandidates(open, mv, shared, late) {
			sets, finished := exactSums(list, mv.units, func(p int32) money.Units { return e.pays[p].ask().Units })
			for _, set := range sets {
				known := func(s sumOf) bool { return slices.Equal(s.pays, set) } // the customer and the payer lead to the same orders
				if !slices.ContainsFunc(found[first:], known) {
					found = append(found, sumOf{RuleBatch, set, []int32{m}})
				}
			}
			if !finished {
				found = append(found, sumOf{RuleNone, list, []int32{m}})
			}
		}
	}
	return found
}

// batchCandidates groups the open orders that could share a transfer: those of
// one customer, and those whose known payer sent it (unless it is an exchange).
func (e *engine) batchCandidates(open []int32, m *move, shared []bool, late bool) [][]int32 {
	byCustomer := map[uint32][]int32{}
	var customers []uint32
	var byPayer []int32
	for _, p := range open {
		pay := &e.pays[p]
		if pay.firstPart >= 0 || pay.asset != m.asset || !e.canPay(pay, m) || !late && !e.inTime(pay, m) {
			continue
		}
		if c := pay.customer; c != 0 {
			if byCustomer[c] == nil {
				customers = append(customers, c)
			}
			byCustomer[c] = append(byCustomer[c], p)
		}
		if pay.payers.n > 0 && !shared[m.from] {
			byPayer = append(byPayer, p)
		}
	}
	var groups [][]int32
	for _, c := range customers {
		groups = append(groups, byCustomer[c])
	}
	return append(groups, byPayer)
}

// exactSums lists the sets of at least two items whose amounts add up to target
// exactly, by branch and bound over the amounts from large to small. finished is
// false when the search hit its bounds: then nobody can say that a set is the
// only one.
func exactSums(items []int32, target money.Units, units func(int32) money.Units) (sets [][]int32, finished bool) {
	s := sumSearch{finished: true}
	for _, i := range items {
		if u := units(i); u.Sign() > 0 && u.Cmp(target) < 0 {
			s.items, s.units = append(s.items, i), append(s.units, u)
		}
	}
	switch {
	case len(s.items) < 2:
		return nil, true
	case len(s.items) > maxSumItems:
		return nil, false
	}
	s.sort()
	s.search(0, target)
	return s.sets, s.finished
}

type sumSearch struct {
	items    []int32
	units    []money.Units
	rest     []money.Units // sum of everything from a position on
	path     []int32
	sets     [][]int32
	steps    int
	finished bool
}

// sort orders the items from large to small and adds up what is left at each.
func (s *sumSearch) sort() {
	order := make([]int, len(s.items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return s.units[b].Cmp(s.units[a]) })
	items, units := s.items, s.units
	s.items, s.units = make([]int32, len(order)), make([]money.Units, len(order))
	s.rest = make([]money.Units, len(order)+1)
	for i := len(order) - 1; i >= 0; i-- {
		s.items[i], s.units[i] = items[order[i]], units[order[i]]
		s.rest[i] = s.rest[i+1].Add(s.units[i])
	}
}

func (s *sumSearch) search(at int, left money.Units) {
	s.steps++
	switch {
	case s.steps > maxSumSteps || len(s.sets) >= maxSums:
		s.finished = false
		return
	case left.IsZero():
		set := slices.Clone(s.path)
		slices.Sort(set)
		s.sets = append(s.sets, set)
		return
	case at == len(s.items) || s.rest[at].Cmp(left) < 0:
		return
	}
	if s.units[at].Cmp(left) <= 0 {
		s.path = append(s.path, s.items[at])
		s.search(at+1, left.Sub(s.units[at]))
		s.path = s.path[:len(s.path)-1]
	}
	s.search(at+1, left)
}
