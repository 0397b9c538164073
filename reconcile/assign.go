package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tieout/reconcile/money"
)

// Scores of an edge between an order and a transfer of exactly its amount. A
// known payer beats everything; a running window beats any number of expired
// ones. Nearness in time is no evidence and has no score.
const (
	scorePayer  = 1_000_000
	scoreInTime = 1_000
	scoreLate   = 1

	// Ties between orders of one customer are broken below this unit: it never
	// outweighs a score.
	scoreUnit = 1 << 26

	// maxWork bounds the exact search of one component; beyond it the engine
	// abstains and says so.
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
		e.solveComponents(wanted[k], pool[k], rival{RuleExactAmount, e.edge})
	}
}

// rival is a rule whose candidates compete, with the score of a pair (0 = cannot pay).
type rival struct {
	rule Rule
	edge func(*payment, *move) int64
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
		if !m.usable() || len(e.byPlace[k.place]) == 0 || e.tolerance(m.asset, m.units).IsZero() {
			continue
		}
		if pool[k] == nil {
			order = append(order, k)
		}
		pool[k] = append(pool[k], int32(i))
	}
	edge := func(p *payment, m *move) int64 {
		if !p.ask().Known || p.ask().Units.Sub(m.units).Abs().Cmp(e.tolerance(p.asset, p.ask().Units)) > 0 {
			return 0
		}
		return e.edge(p, m)
	}
	for _, k := range order {
		var pays []int32
		for _, p := range e.byPlace[k.place] {
			if pay := &e.pays[p]; pay.asset == k.asset && pay.ask().Known && e.wants(pay) {
				pays = append(pays, p)
			}
		}
		if len(pays) > 0 {
			e.solveComponents(pays, pool[k], rival{RuleNearAmount, edge})
		}
	}
}

// wants reports whether an order still looks for its money.
func (e *engine) wants(p *payment) bool {
	return p.firstPart < 0 && p.group < 0 && p.asset != 0
}

// component is a bipartite graph of orders and transfers that compete.
type component struct {
	rival
	pays, moves []int32
	score       [][]int64 // by order and transfer, 0 = cannot pay
	prefer      [][]int64 // score with the tie-break inside one customer
}

func (e *engine) edge(p *payment, m *move) int64 {
	switch {
	case !e.payWindow(p).Contains(m.time):
		return 0
	case len(p.payers) > 0 && !slices.Contains(p.payers, m.from):
		return 0
	}
	score := int64(scoreLate)
	if e.inTime(p, m) {
		score = scoreInTime
	}
	if len(p.payers) > 0 {
		score += scorePayer
	}
	return score
}

// solveComponents splits a bucket of equal amounts into connected components.
func (e *engine) solveComponents(pays, moves []int32, r rival) {
	seenPay, seenMove := make([]bool, len(pays)), make([]bool, len(moves))
	for i := range moves {
		if seenMove[i] {
			continue
		}
		c := component{rival: r}
		e.grow(&c, pays, moves, seenPay, seenMove, i)
		if len(c.pays) > 0 {
			e.solve(&c)
		}
	}
}

// grow collects everything that is connected to one transfer.
func (e *engine) grow(c *component, pays, moves []int32, seenPay, seenMove []bool, start int) {
	seenMove[start] = true
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		c.moves = append(c.moves, moves[queue[0]])
		for p := range pays {
			if seenPay[p] || c.edge(&e.pays[pays[p]], &e.moves[moves[queue[0]]]) == 0 {
				continue
			}
			seenPay[p] = true
			c.pays = append(c.pays, pays[p])
			for m := range moves {
				if !seenMove[m] && c.edge(&e.pays[pays[p]], &e.moves[moves[m]]) > 0 {
					seenMove[m] = true
					queue = append(queue, m)
				}
			}
		}
	}
	slices.SortFunc(c.moves, func(a, b int32) int {
		return cmp.Or(cmp.Compare(e.moves[a].time, e.moves[b].time), cmp.Compare(a, b))
	})
	slices.SortFunc(c.pays, e.comparePreference)
}

// comparePreference orders interchangeable orders without looking at a transfer:
// called paid, open before expired before cancelled, creation.
func (e *engine) comparePreference(a, b int32) int {
	p, q := &e.pays[a], &e.pays[b]
	return cmp.Or(cmp.Compare(btoi(q.paid), btoi(p.paid)), cmp.Compare(openRank(p.state), openRank(q.state)), e.compareCreation(a, b))
}

// solve finds the best assignment of a component, and what of it is not unique.
func (e *engine) solve(c *component) {
	e.fillScores(c)
	if work := c.work(); work > maxWork {
		e.group(c.pays, c.moves, fmt.Sprintf("%d orders and %d transfers of one amount compete: too many to decide between exactly", len(c.pays), len(c.moves)))
		return
	}
	best := c.assign(c.prefer, nil)
	open := e.alternatives(c, best)
	taken := make([]bool, len(c.pays))
	for m, p := range best {
		if p >= 0 && len(open.classes[m]) == 0 {
			taken[p] = true
			e.accept(c, p, m, open.margin)
		}
	}
	if pays, moves := e.undecided(c, open, taken); len(moves) > 0 {
		e.group(pays, moves, "")
	}
}

func (e *engine) accept(c *component, p, m int, margin int64) {
	why := ""
	if margin >= 0 {
		e.moves[c.moves[m]].margin = strconv.FormatInt(margin, 10)
		why = "other assignments were possible and scored less"
	}
	if e.hasTwin(c, p, m) {
		why = "the customer's orders are interchangeable; this one comes first by policy"
	}
	e.give(c.pays[p], c.moves[m], e.moves[c.moves[m]].units, c.rule, why)
}

func (e *engine) fillScores(c *component) {
	c.score, c.prefer = make([][]int64, len(c.pays)), make([][]int64, len(c.pays))
	np, nm := int64(len(c.pays)), int64(len(c.moves))
	for p := range c.pays {
		c.score[p], c.prefer[p] = make([]int64, len(c.moves)), make([]int64, len(c.moves))
		for m := range c.moves {
			s := c.edge(&e.pays[c.pays[p]], &e.moves[c.moves[m]])
			if s == 0 {
				continue
			}
			rankP, rankM := np-int64(p), nm-int64(m)
			c.score[p][m] = s
			c.prefer[p][m] = s*scoreUnit + rankP*(nm+1) + rankP*rankM/(np+1)
		}
	}
}

// work estimates the cost of solving and of checking every alternative.
func (c *component) work() int {
	n, m := len(c.pays), len(c.moves)
	small, large := min(n, m), max(n, m)
	return small * small * large * n * m
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
