package reconcile

import "math"

// weight is what a pair is worth: its score and, where scores are equal, what
// breaks the tie.
type weight struct{ score, tie int64 }

func (w weight) plus(x weight) weight  { return weight{w.score + x.score, w.tie + x.tie} }
func (w weight) minus(x weight) weight { return weight{w.score - x.score, w.tie - x.tie} }
func (w weight) less(x weight) bool {
	return w.score < x.score || w.score == x.score && w.tie < x.tie
}

// matching is the pairing of the greatest weight, found by augmenting along
// shortest paths over prices (Kuhn and Munkres, for few links: a search sees no more
// than it has to). Its nodes are the orders, then the transfers, then the bench,
// where those sit that have no partner. No pair is worth more than the prices of
// its two together, those in the matching exactly that, and who sits on the bench
// has the price 0.
type matching struct {
	*component
	ties    bool     // they are broken; else any best pairing will do
	orderOf []int32  // by transfer, -1 without
	moveOf  []int32  // by order
	price   []weight // by order and transfer
	bench   int32
	looks   int // pairs looked at

	// What the last search found.
	dist  []weight // by node: the least loss of a way to it
	via   []int32  // the node before it on that way, -1 where it was not reached
	seen  []int32  // nodes that were reached
	queue []int32  // nodes to go on from
	found []detour
	place []int32 // by node: where it stands in the queue, -1 before it was in it
	most  weight  // ways that lose as much are of no interest
}

// newMatching prepares a matching of no pairs; add each order to it.
func newMatching(c *component) *matching {
	s := &matching{component: c, orderOf: make([]int32, len(c.moves)), moveOf: make([]int32, len(c.pays)), bench: int32(len(c.pays) + len(c.moves))}
	for m := range s.orderOf {
		s.orderOf[m] = -1
	}
	for p := range s.moveOf {
		s.moveOf[p] = -1
	}
	s.price, s.dist, s.via = make([]weight, s.bench), make([]weight, s.bench+1), make([]int32, s.bench+1)
	s.place = make([]int32, s.bench+1)
	for n := range s.via {
		s.via[n], s.place[n] = -1, -1
	}
	return s
}

func (s *matching) isOrder(node int32) bool { return int(node) < len(s.pays) }

// move is the node of a transfer.
func (s *matching) move(m int32) int32 { return int32(len(s.pays)) + m }

// worth is the weight of an order's pair. Ties go to the orders by preference,
// among those to the earlier transfer for the earlier one.
func (s *matching) worth(p, m int32, timely bool) weight {
	w := weight{score: s.offers[p].score(timely)}
	if s.ties {
		np, nm := int64(len(s.pays)), int64(len(s.moves))
		w.tie = (np - int64(p)) * ((np+1)*(nm+1) + nm - int64(m))
	}
	return w
}

// add lets one more order take part and restores the best pairing.
func (s *matching) add(p int32) {
	o := &s.offers[p]
	for i, m := range o.moves {
		if i == o.timely && s.price[p].score > o.score(false) {
			break // the rest are worth less than what there is
		}
		s.looks++
		if gain := s.worth(p, m, i < o.timely).minus(s.price[s.move(m)]); s.price[p].less(gain) {
			s.price[p] = gain
		}
	}
	s.search(p, s.bench, weight{math.MaxInt64, 0})
	for _, n := range s.seen {
		switch change := s.dist[s.bench].minus(s.dist[n]); {
		case !s.dist[n].less(s.dist[s.bench]):
		case s.isOrder(n):
			s.price[n] = s.price[n].minus(change)
		default:
			s.price[n] = s.price[n].plus(change)
		}
	}
	for n := s.bench; n != p; n = s.via[n] {
		switch before := s.via[n]; {
		case n == s.bench && s.isOrder(before):
			s.moveOf[before] = -1
		case n != s.bench && !s.isOrder(n):
			m := n - s.move(0)
			s.orderOf[m], s.moveOf[before] = before, m
		}
	}
}

// search finds the ways from a node on which the pairing can change, each with the
// least loss: an order takes another transfer, a transfer leaves its order to look
// for one, and on the bench one sits down or gets up. It ends at a goal, or where
// the loss would be as much as most.
func (s *matching) search(from, goal int32, most weight) {
	for _, n := range s.seen {
		s.via[n], s.place[n] = -1, -1
	}
	s.queue, s.most = s.queue[:0], most
	s.dist[from], s.via[from], s.seen = weight{}, from, append(s.seen[:0], from)
	s.push(from)
	for len(s.queue) > 0 {
		n := s.pop()
		if n == goal {
			return
		}
		s.steps(n, s.dist[n].score, func(to int32, loss weight) {
			s.reach(to, s.dist[n].plus(loss), n, goal)
		})
	}
}

// steps calls yield with the nodes to which a change goes on from a node. Where
// score was lost on the way to it, those beyond most are left out at a stretch.
func (s *matching) steps(n int32, lost int64, yield func(to int32, loss weight)) {
	switch {
	case n == s.bench:
		for p, m := range s.moveOf {
			if m < 0 {
				yield(int32(p), weight{})
			}
		}
		for m, p := range s.orderOf {
			if p >= 0 {
				yield(s.move(int32(m)), s.price[s.move(int32(m))])
			}
		}
	case !s.isOrder(n):
		if p := s.orderOf[n-s.move(0)]; p >= 0 {
			yield(p, weight{})
		} else {
			yield(s.bench, weight{})
		}
	default:
		yield(s.bench, s.price[n])
		o := &s.offers[n]
		for i, m := range o.moves {
			if i == o.timely && lost+s.price[n].score-o.score(false) > s.most.score {
				return // the late ones
			}
			s.looks++
			yield(s.move(m), s.loss(n, m, i < o.timely))
		}
	}
}

// loss is what a pair is worth less than the prices of its two.
func (s *matching) loss(p, m int32, timely bool) weight {
	return s.price[p].plus(s.price[s.move(m)]).minus(s.worth(p, m, timely))
}

// reach notes a way to a node. From a transfer without an order the only way leads
// to the bench.
func (s *matching) reach(n int32, dist weight, before, goal int32) {
	if !dist.less(s.most) || s.via[n] >= 0 && !dist.less(s.dist[n]) {
		return
	}
	if s.via[n] < 0 {
		s.seen = append(s.seen, n)
	}
	s.dist[n], s.via[n] = dist, before
	switch {
	case n != s.bench && !s.isOrder(n) && s.orderOf[n-s.move(0)] < 0:
		s.reach(s.bench, dist, n, goal)
		return
	case n == goal:
		s.most = dist
	}
	s.push(n)
}

// push and pop keep the queue a heap, in which each node stands once.
func (s *matching) push(n int32) {
	at := s.place[n]
	if at < 0 {
		at = int32(len(s.queue))
		s.queue = append(s.queue, n)
	}
	for at > 0 && s.before(n, s.queue[(at-1)/2]) {
		s.put(at, s.queue[(at-1)/2])
		at = (at - 1) / 2
	}
	s.put(at, n)
}

func (s *matching) pop() int32 {
	top, last := s.queue[0], int32(len(s.queue)-1)
	n, at := s.queue[last], int32(0)
	s.queue = s.queue[:last]
	for child := int32(1); child < last; child = 2*at + 1 {
		if child+1 < last && s.before(s.queue[child+1], s.queue[child]) {
			child++
		}
		if !s.before(s.queue[child], n) {
			break
		}
		s.put(at, s.queue[child])
		at = child
	}
	if last > 0 {
		s.put(at, n)
	}
	return top
}

func (s *matching) put(at, n int32) { s.queue[at], s.place[n] = n, at }

// before orders nodes by loss, then by number, so that the same pairs are always
// searched in the same order. The bench, which is the last, comes first: what ends
// a search saves the rest.
func (s *matching) before(a, b int32) bool {
	if s.dist[a] != s.dist[b] {
		return s.dist[a].less(s.dist[b])
	}
	return a > b
}

// detour is a transfer that another pairing gives to another order, -1 for none.
type detour struct{ move, order int32 }

// atOrder is the order of a node, -1 for the bench.
func (s *matching) atOrder(n int32) int32 {
	if n == s.bench {
		return -1
	}
	return n
}

// detours lists until the next call what changes when a transfer goes to an order (or to the bench)
// along the way that the last search, from that transfer, found.
func (s *matching) detours(m, to int32) []detour {
	s.found = append(s.found[:0], detour{m, s.atOrder(to)})
	for n := to; n != s.move(m); n = s.via[n] {
		if n != s.bench && !s.isOrder(n) {
			s.found = append(s.found, detour{n - s.move(0), s.atOrder(s.via[n])})
		}
	}
	return s.found
}
