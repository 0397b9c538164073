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
	var orders, transfers, deliveries [len(outcomeNames)]int
	var excluded [len(reasonNames)]int
	var rules [len(ruleNames)]int
	var c Counts
	for i := range e.pays {
		orders[e.pays[i].verdict.outcome]++
		for at := e.pays[i].firstPart; at >= 0; at = e.parts[at].next {
			rules[e.ruleOf(&e.parts[at])]++
		}
	}
	for i := range e.moves {
		m := &e.moves[i]
		transfers[m.outcome]++
		switch m.outcome {
		case OutcomeExcluded:
			excluded[m.reason]++
		case OutcomeBreak, OutcomeOpen, OutcomeUndetermined:
			if !e.namesOrder(m) {
				c.Unmatched++
			}
		}
	}
	for i := range e.delivs {
		deliveries[e.delivs[i].outcome]++
	}
	c.Orders, c.Transfers, c.Deliveries = byName[Outcome](orders[:]), byName[Outcome](transfers[:]), byName[Outcome](deliveries[:])
	c.Excluded, c.Matches = byName[Reason](excluded[:]), byName[Rule](rules[:])
	return c
}

// byName lists the counts that are not zero.
func byName[K ~uint8](counts []int) map[K]int {
	m := map[K]int{}
	for k, n := range counts {
		if n > 0 {
			m[K(k)] = n
		}
	}
	return m
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
