package reconcile

// best narrows a component to the pairs of its best pairings, all of them, and
// drops the others: what is left falls into pieces that have nothing to do with
// each other. done is false where even one best pairing is too much work to find.
func (c *component) best() (narrowed *component, done bool) {
	s := newMatching(c)
	for p := range c.pays {
		if s.add(int32(p)); s.looks > maxWork {
			return nil, false
		}
	}
	loops := s.loops()
	narrowed = &component{rival: c.rival, pays: c.pays, moves: c.moves, class: c.class, peers: c.peers, line: c.line}
	for p := range int32(len(c.pays)) {
		o := offer{known: c.offers[p].known}
		fit := c.picker()
		for i, m := range c.offers[p].moves {
			timely := i < c.offers[p].timely
			if loops[p] != loops[s.move(m)] || s.loss(p, m, timely).score != 0 {
				continue
			}
			fit.add(m)
			if timely {
				o.timely = fit.n
			}
		}
		o.moves = fit.list()
		narrowed.offers = append(narrowed.offers, o)
	}
	return narrowed, true
}

// loops numbers the nodes such that two have one number when a change of the
// pairing that loses no score leads from one to the other and back: then, and only
// then, a pair without loss belongs to some best pairing.
func (s *matching) loops() []int32 {
	s.most = weight{} // steps that lose score need not be shown
	t := tarjan{matching: s, order: make([]int32, s.bench+1), low: make([]int32, s.bench+1), loop: make([]int32, s.bench+1)}
	for n := range s.bench + 1 {
		if t.order[n] == 0 {
			t.visit(n)
		}
	}
	return t.loop
}

// tarjan finds the strongly connected parts of a directed graph.
type tarjan struct {
	*matching
	order, low []int32 // from 1, by first visit
	loop       []int32 // from 1, 0 while it is not known
	stack      []int32
	seen, last int32
}

func (t *tarjan) visit(n int32) {
	t.seen++
	t.order[n], t.low[n] = t.seen, t.seen
	t.stack = append(t.stack, n)
	t.steps(n, 0, func(to int32, loss weight) {
		switch {
		case loss.score > 0:
		case t.order[to] == 0:
			t.visit(to)
			t.low[n] = min(t.low[n], t.low[to])
		case t.loop[to] == 0:
			t.low[n] = min(t.low[n], t.order[to])
		}
	})
	if t.low[n] != t.order[n] {
		return
	}
	t.last++
	for t.loop[n] == 0 {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.loop[top] = t.last
	}
}
