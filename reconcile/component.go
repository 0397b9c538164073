package reconcile

import (
	"cmp"
	"slices"
)

// component is a set of orders and transfers that compete, each known by its
// position. What can pay what is kept by order; most orders share one list, the
// transfers by time, so that a crowded address does not cost a cell for each pair.
type component struct {
	rival
	pays   []int32 // by preference
	moves  []int32 // by time
	offers []offer // by order
	class  []int64 // by order: whose it is
	peers  []int32 // the orders with which these compete, whether a best pairing may swap them or not
	line   []int32 // 0, 1, 2 and so on, as far as there are transfers
	piece  bool    // cut out of a larger one, so that nobody knows how much worse other answers are
}

// offer is the transfers that can pay an order, by time: positions in
// component.moves. The first of them came in its running window.
type offer struct {
	moves  []int32
	timely int
	known  bool // they come from a known payer
}

// score is that of the offer's transfers that came in time, or late.
func (o *offer) score(timely bool) int64 {
	score := int64(scoreLate)
	if timely {
		score = scoreInTime
	}
	if o.known {
		score += scorePayer
	}
	return score
}

// find returns where a transfer stands in the offer.
func (o *offer) find(move int) (int, bool) { return slices.BinarySearch(o.moves, int32(move)) }

// rivals collects what competes under a rule.
func (e *engine) rivals(pays, moves []int32, r rival) *component {
	c := &component{rival: r, pays: slices.Clone(pays), moves: slices.Clone(moves), line: make([]int32, len(moves))}
	slices.SortFunc(c.pays, e.comparePreference)
	slices.SortFunc(c.moves, func(a, b int32) int {
		return cmp.Or(cmp.Compare(e.moves[a].time, e.moves[b].time), cmp.Compare(a, b))
	})
	for m := range c.line {
		c.line[m] = int32(m)
	}
	var bySender map[uint32][]int32
	for _, p := range c.pays {
		pay, from := &e.pays[p], c.line
		if pay.payers.n > 0 {
			if bySender == nil {
				bySender = e.bySender(c)
			}
			from = nil
			for _, payer := range e.in.list(pay.payers) {
				from = append(from, bySender[payer]...)
			}
			slices.Sort(from)
			from = slices.Compact(from) // a payer may be named twice
		}
		c.class = append(c.class, e.class(p))
		c.offers = append(c.offers, e.offer(c, pay, from))
	}
	return c
}

func (e *engine) bySender(c *component) map[uint32][]int32 {
	x := map[uint32][]int32{}
	for m, i := range c.moves {
		x[e.moves[i].from] = append(x[e.moves[i].from], int32(m))
	}
	return x
}

// offer picks from transfers by time those that can pay an order.
func (e *engine) offer(c *component, p *payment, from []int32) offer {
	w := e.payWindow(p)
	first, _ := slices.BinarySearchFunc(from, w.From, func(m int32, t Instant) int { return cmp.Compare(e.moves[c.moves[m]].time, t) })
	o := offer{known: p.payers.n > 0}
	fit := c.picker()
	for _, m := range from[first:] {
		mv := &e.moves[c.moves[m]]
		if !w.Contains(mv.time) {
			break
		}
		if c.fits(p, mv) {
			fit.add(m)
			if e.inTime(p, mv) {
				o.timely = fit.n
			}
		}
	}
	o.moves = fit.list()
	return o
}

// picker makes a list of ascending positions, which is a piece of the line as long
// as none is left out.
type picker struct {
	line  []int32
	first int32
	n     int
	own   []int32
}

func (c *component) picker() *picker { return &picker{line: c.line} }

func (k *picker) add(m int32) {
	switch {
	case k.n == 0:
		k.first = m
	case k.own == nil && m != k.first+int32(k.n):
		k.own = slices.Clone(k.list())
	}
	if k.own != nil {
		k.own = append(k.own, m)
	}
	k.n++
}

func (k *picker) list() []int32 {
	if k.own != nil {
		return k.own
	}
	return k.line[k.first : int(k.first)+k.n]
}

// connected cuts a component into those that share no pair, in report order, and
// drops what has no pair at all.
func (c *component) connected() []*component {
	roots := c.roots()
	part := map[int32]*component{} // by root
	for _, o := range c.offers {
		if len(o.moves) > 0 {
			part[roots.of(o.moves[0])] = nil
		}
	}
	var list []*component
	place := make([]int32, len(c.moves)) // of a transfer in its component
	for m := range c.moves {
		root := roots.of(int32(m))
		to, wanted := part[root]
		if !wanted {
			continue
		}
		if to == nil {
			to = &component{rival: c.rival, line: c.line, peers: c.peers}
			part[root], list = to, append(list, to)
		}
		place[m] = int32(len(to.moves))
		to.moves = append(to.moves, c.moves[m])
	}
	for p, o := range c.offers {
		if len(o.moves) > 0 {
			to := part[roots.of(o.moves[0])]
			fit := to.picker()
			for _, m := range o.moves {
				fit.add(place[m])
			}
			to.pays, to.class = append(to.pays, c.pays[p]), append(to.class, c.class[p])
			to.offers = append(to.offers, offer{fit.list(), o.timely, o.known})
		}
	}
	slices.SortFunc(list, func(a, b *component) int { return cmp.Compare(slices.Min(a.moves), slices.Min(b.moves)) })
	return list
}

// roots finds what is joined: each names another that it is joined to, or itself.
type roots []int32

func (c *component) roots() roots {
	r := make(roots, len(c.moves))
	copy(r, c.line)
	for i := range c.offers {
		list := c.offers[i].moves
		for _, m := range list {
			r.join(list[0], m)
		}
	}
	return r
}

func (r roots) of(m int32) int32 {
	for r[m] != m {
		r[m] = r[r[m]]
		m = r[m]
	}
	return m
}

func (r roots) join(a, b int32) { r[r.of(b)] = r.of(a) }

// links counts the pairs that are possible.
func (c *component) links() int {
	n := 0
	for i := range c.offers {
		n += len(c.offers[i].moves)
	}
	return n
}
