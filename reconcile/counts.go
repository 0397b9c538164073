package reconcile

// Counts says how many orders, transfers, deliveries and pairs there are, by what
// they ended in: what the rows of a Result come to, without rendering them.
type Counts struct {
	Orders, Transfers, Deliveries map[Outcome]int
	Excluded                      map[Reason]int // transfers that are excluded
	Matches                       map[Rule]int
	Unmatched                     int // transfers that wait for an order
}

// Counts counts the result.
func (r *Result) Counts() Counts {
	e := r.e
	c := Counts{Orders: map[Outcome]int{}, Transfers: map[Outcome]int{}, Deliveries: map[Outcome]int{}, Excluded: map[Reason]int{}, Matches: map[Rule]int{}}
	for i := range e.pays {
		c.Orders[e.pays[i].verdict.outcome]++
		for at := e.pays[i].firstPart; at >= 0; at = e.parts[at].next {
			c.Matches[e.ruleOf(&e.parts[at])]++
		}
	}
	for i := range e.moves {
		m := &e.moves[i]
		c.Transfers[m.outcome]++
		switch m.outcome {
		case OutcomeExcluded:
			c.Excluded[m.reason]++
		case OutcomeBreak, OutcomeOpen, OutcomeUndetermined:
			if !e.namesOrder(m) {
				c.Unmatched++
			}
		}
	}
	for i := range e.delivs {
		c.Deliveries[e.delivs[i].outcome]++
	}
	return c
}

// namesOrder reports whether the row of a transfer names an order: it was attributed
// to a single one, and that one has an id or a number.
func (e *engine) namesOrder(m *move) bool {
	return m.owner >= 0 && !m.shared && (e.pays[m.owner].id != 0 || e.pays[m.owner].no != 0)
}

// ruleOf is the rule that a pair shows: a repeated payment is one, whatever
// attributed it.
func (e *engine) ruleOf(pt *part) Rule {
	if e.moves[pt.move].kinds.has(DuplicatePayment) {
		return RuleDuplicate
	}
	return pt.rule
}
