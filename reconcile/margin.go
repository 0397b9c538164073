package reconcile

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

// hasTwin reports whether another order of the same customer could have taken the transfer.
func (e *engine) hasTwin(c *component, p, m int) bool {
	for q := range c.pays {
		if q != p && c.score[q][m] > 0 && e.class(c.pays[q]) == e.class(c.pays[p]) {
			return true
		}
	}
	return false
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

// nobody is the class of a transfer that pays no order of the component.
const nobody = int64(-1 << 62)

func (e *engine) classOf(c *component, assignment []int, m int) int64 {
	if assignment[m] < 0 {
		return nobody
	}
	return e.class(c.pays[assignment[m]])
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
