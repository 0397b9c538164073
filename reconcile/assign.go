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

// undecided lists the transfers that nobody can place and, for each customer who
// may have sent them, as many orders as could take one, by preference.
func (e *engine) undecided(c *component, open alternatives, taken []bool) (pays, moves []int32) {
	slots := map[int64]int{} // how many undecided transfers each customer may have sent
	listed := make([]bool, len(c.pays))
	for m, classes := range open.classes {
		if len(classes) > 0 {
			moves = append(moves, c.moves[m])
		}
		for class := range classes {
			slots[class]++
		}
	}
	for p := range c.pays { // c.pays stands in order of preference
		class := e.class(c.pays[p])
		if taken[p] || slots[class] == 0 {
			continue
		}
		for m, classes := range open.classes {
			if classes[class] && c.score[p][m] > 0 {
				listed[p] = true
			}
		}
		if listed[p] {
			slots[class]--
			pays = append(pays, c.pays[p])
		}
	}
	return pays, moves
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

// hasTwin reports whether another order of the same customer could have taken the transfer.
func (e *engine) hasTwin(c *component, p, m int) bool {
	for q := range c.pays {
		if q != p && c.score[q][m] > 0 && e.class(c.pays[q]) == e.class(c.pays[p]) {
			return true
		}
	}
	return false
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
	margin  int64            // loss of the best other answer, -1 when there is none
}

// nobody is the class of a transfer that pays no order of the component.
const nobody = int64(-1 << 62)

func (e *engine) classOf(c *component, assignment []int, m int) int64 {
	if assignment[m] < 0 {
		return nobody
	}
	return e.class(c.pays[assignment[m]])
}

// alternatives lets every transfer go to every other customer once, and to
// nobody, and compares the best score that is left. Transfers of one sender are interchangeable as
// far as they leave the customers what they had.
func (e *engine) alternatives(c *component, best []int) alternatives {
	out := alternatives{make([]map[int64]bool, len(c.moves)), -1}
	total := c.total(best)
	try := func(p, m int) {
		other := c.assign(c.prefer, &[2]int{p, m})
		changed := e.changed(c, best, other)
		if len(changed) == 0 {
			return
		}
		loss := total - c.total(other)
		if p >= 0 && (out.margin < 0 || loss < out.margin) {
			out.margin = loss
		}
		if loss == 0 {
			out.add(e, c, changed, best, other)
		}
	}
	for m := range c.moves {
		if best[m] >= 0 {
			try(-1, m)
		}
		for p := range c.pays {
			if c.score[p][m] > 0 && e.classOf(c, best, m) != e.class(c.pays[p]) {
				try(p, m)
			}
		}
	}
	return out
}

func (a *alternatives) add(e *engine, c *component, changed []int, assignments ...[]int) {
	for _, m := range changed {
		if a.classes[m] == nil {
			a.classes[m] = map[int64]bool{}
		}
		for _, assignment := range assignments {
			if class := e.classOf(c, assignment, m); class != nobody {
				a.classes[m][class] = true
			}
		}
	}
}

// changed lists the transfers that two assignments give to different customers.
// A transfer that only changes places with another of the same sender, one
// paying and the other not, is no difference.
func (e *engine) changed(c *component, a, b []int) []int {
	type pair struct {
		from  uint32
		class int64
	}
	moved := map[pair]int{} // payments of a sender to a customer, b less a, of transfers that pay only once
	var list []int
	for m := range c.moves {
		was, is := e.classOf(c, a, m), e.classOf(c, b, m)
		switch from := e.moves[c.moves[m]].from; {
		case was == is:
		case was == nobody:
			moved[pair{from, is}]++
		case is == nobody:
			moved[pair{from, was}]--
		default:
			list = append(list, m)
		}
	}
	for m := range c.moves {
		was, is := e.classOf(c, a, m), e.classOf(c, b, m)
		if was != is && (was == nobody || is == nobody) && moved[pair{e.moves[c.moves[m]].from, max(was, is)}] != 0 {
			list = append(list, m)
		}
	}
	return list
}

func (c *component) total(assignment []int) int64 {
	var sum int64
	for m, p := range assignment {
		if p >= 0 {
			sum += c.score[p][m]
		}
	}
	return sum
}

// assign solves the assignment problem exactly (Kuhn and Munkres with
// potentials, on the smaller side) and returns for each transfer its order or
// -1. With force, that order and transfer are paired first; order -1 leaves the
// transfer out.
func (c *component) assign(weight [][]int64, force *[2]int) []int {
	out := make([]int, len(c.moves))
	for m := range out {
		out[m] = -1
	}
	var rows, cols []int // transfers and orders that are free
	for m := range c.moves {
		if force == nil || m != force[1] {
			rows = append(rows, m)
		}
	}
	for p := range c.pays {
		if force == nil || p != force[0] {
			cols = append(cols, p)
		}
	}
	if force != nil {
		out[force[1]] = force[0]
	}
	at := func(i, j int) int64 { return -weight[cols[j]][rows[i]] }
	n, m := len(rows), len(cols)
	if n > m {
		at, n, m = func(i, j int) int64 { return -weight[cols[i]][rows[j]] }, m, n
	}
	for j, i := range hungarian(n, m, at) {
		if i < 0 {
			continue
		}
		row, col := i, j
		if len(rows) > len(cols) {
			row, col = j, i
		}
		if weight[cols[col]][rows[row]] > 0 {
			out[rows[row]] = cols[col]
		}
	}
	return out
}

// hungarian minimises the cost of pairing n rows with m >= n columns and returns
// for each column its row or -1.
func hungarian(n, m int, cost func(i, j int) int64) []int {
	const far = int64(1) << 62
	u, v := make([]int64, n+1), make([]int64, m+1)
	rowOf := make([]int, m+1) // 1-based; 0 = free
	way := make([]int, m+1)
	for i := 1; i <= n; i++ {
		rowOf[0] = i
		j0 := 0
		dist := slices.Repeat([]int64{far}, m+1)
		used := make([]bool, m+1)
		for rowOf[j0] != 0 {
			used[j0] = true
			i0, delta, j1 := rowOf[j0], far, 0
			for j := 1; j <= m; j++ {
				if used[j] {
					continue
				}
				if cur := cost(i0-1, j-1) - u[i0] - v[j]; cur < dist[j] {
					dist[j], way[j] = cur, j0
				}
				if dist[j] < delta {
					delta, j1 = dist[j], j
				}
			}
			for j := 0; j <= m; j++ {
				if used[j] {
					u[rowOf[j]] += delta
					v[j] -= delta
				} else {
					dist[j] -= delta
				}
			}
			j0 = j1
		}
		for j0 != 0 {
			rowOf[j0] = rowOf[way[j0]]
			j0 = way[j0]
		}
	}
	out := make([]int, m)
	for j := range out {
		out[j] = rowOf[j+1] - 1
	}
	return out
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
