package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tieout/reconcile/money"
)

// Scores of a pair: an order and a transfer of exactly its amount. A
// known payer beats everything; a running window beats any number of expired
// ones. Nearness in time is no evidence and has no score.
const (
	scorePayer  = 1_000_000
	scoreInTime = 1_000
	scoreLate   = 1

	// maxWork bounds the exact search of one component, in pairs looked at (a second
	// or two); beyond it the engine abstains and says so.
	maxWork = 200_000_000
)

// bill is an exact amount at an address.
type bill struct {
	place
	asset int32
	units money.Units
}

// matchExact applies the rule exact_amount: orders and transfers of one address,
// asset and amount compete, and each component is solved globally.
func (e *engine) matchExact() {
	wanted := map[bill][]int32{}
	for i := range e.pays {
		p := &e.pays[i]
		if p.payTo != 0 && p.ask().Known && e.wants(p) {
			k := bill{place{p.chain, p.payTo}, p.asset, p.ask().Units}
			wanted[k] = append(wanted[k], int32(i))
		}
	}
	pool := map[bill][]int32{}
	var order []bill
	for i := range e.moves {
		m := &e.moves[i]
		k := bill{place{m.chain, m.to}, m.asset, m.units}
		if !m.usable() || len(wanted[k]) == 0 {
			continue
		}
		if pool[k] == nil {
			order = append(order, k)
		}
		pool[k] = append(pool[k], int32(i))
	}
	for _, k := range order {
		e.solveComponents(wanted[k], pool[k], rival{RuleExactAmount, e.canPay})
	}
}

// rival is a rule whose candidates compete, with what makes a pair possible.
type rival struct {
	rule Rule
	fits func(*payment, *move) bool
}

// matchNear applies the rule near_amount: as exact_amount, for amounts inside the
// tolerance.
func (e *engine) matchNear() {
	type key struct {
		place
		asset int32
	}
	pool := map[key][]int32{}
	var order []key
	for i := range e.moves {
		m := &e.moves[i]
		k := key{place{m.chain, m.to}, m.asset}
		if !m.usable() || len(e.paysAt(k.place)) == 0 || e.tolerance(m.asset, m.units).IsZero() {
			continue
		}
		if pool[k] == nil {
			order = append(order, k)
		}
		pool[k] = append(pool[k], int32(i))
	}
	fits := func(p *payment, m *move) bool {
		return p.ask().Known && p.ask().Units.Sub(m.units).Abs().Cmp(e.tolerance(p.asset, p.ask().Units)) <= 0 && e.canPay(p, m)
	}
	for _, k := range order {
		var pays []int32
		for _, p := range e.paysAt(k.place) {
			if pay := &e.pays[p]; pay.asset == k.asset && pay.ask().Known && e.wants(pay) {
				pays = append(pays, p)
			}
		}
		if len(pays) > 0 {
			e.solveComponents(pays, pool[k], rival{RuleNearAmount, fits})
		}
	}
}

// wants reports whether an order still looks for its money.
func (e *engine) wants(p *payment) bool {
	return p.firstPart < 0 && p.group < 0 && p.asset != 0
}

// canPay reports whether the order's payment window holds a transfer from one of
// its payers, where it knows any.
func (e *engine) canPay(p *payment, m *move) bool {
	return e.payWindow(p).Contains(m.time) && (p.payers.n == 0 || slices.Contains(e.in.list(p.payers), m.from))
}

// solveComponents decides what competes under a rule, component by component.
func (e *engine) solveComponents(pays, moves []int32, r rival) {
	for _, c := range e.rivals(pays, moves, r).connected() {
		c.peers = c.pays
		e.solve(c)
	}
}

// comparePreference orders interchangeable orders without looking at a transfer:
// called paid, open before expired before cancelled, creation.
func (e *engine) comparePreference(a, b int32) int {
	p, q := &e.pays[a], &e.pays[b]
	return cmp.Or(cmp.Compare(btoi(q.paid), btoi(p.paid)), cmp.Compare(openRank(p.state), openRank(q.state)), e.compareCreation(a, b))
}

// solve finds the best assignment of a component, and what of it is not unique.
// Where that is too much work, pairs of no best assignment are dropped, and each
// piece of what is left is solved alone: between pieces nothing is undecided.
func (e *engine) solve(c *component) {
	if c.work() <= maxWork {
		e.assign(c)
		return
	}
	best, done := c.best()
	if !done {
		e.abstain(c)
		return
	}
	for _, part := range best.connected() {
		if part.piece = true; part.work() > maxWork {
			e.abstain(part)
			continue
		}
		e.assign(part)
	}
}

// work bounds the pairs that are looked at to solve a component and to check every
// alternative.
func (c *component) work() int {
	nodes := len(c.pays) + len(c.moves)
	return nodes * (nodes + c.links())
}

func (e *engine) abstain(c *component) {
	e.group(c.pays, c.moves, fmt.Sprintf("%d orders and %d transfers of one amount compete: too many to decide between exactly", len(c.pays), len(c.moves)))
}

// assign accepts the pairs of a component that no other answer contradicts.
func (e *engine) assign(c *component) {
	s := newMatching(c)
	s.ties = true
	for p := range c.pays {
		s.add(int32(p))
	}
	open := e.alternatives(s)
	taken := make([]bool, len(c.pays))
	for m, p := range s.orderOf {
		if p >= 0 && len(open.classes[m]) == 0 {
			taken[p] = true
			e.accept(c, c.pays[p], c.moves[m], open.margin)
		}
	}
	if pays, moves := c.undecided(open, taken); len(moves) > 0 {
		e.group(pays, moves, "")
	}
}

func (e *engine) accept(c *component, p, m int32, margin int64) {
	why := ""
	switch {
	case c.piece:
		why = "other assignments were possible and scored less; too many orders compete to say by how much"
	case margin != noOther:
		e.moves[m].margin = strconv.FormatInt(margin, 10)
		why = "other assignments were possible and scored less"
	}
	if e.hasTwin(c, p, m) {
		why = "the customer's orders are interchangeable; this one comes first by policy"
	}
	e.give(p, m, e.moves[m].units, c.rule, why)
}

// group records that nobody can tell which of these transfers paid which of
// these orders.
func (e *engine) group(pays, moves []int32, note string) {
	g := int32(len(e.groups))
	e.groups = append(e.groups, group{pays, moves, e.moves[moves[0]].asset, note})
	for _, p := range pays {
		e.pays[p].group = g
	}
	for _, m := range moves {
		e.moves[m].group = g
	}
}
