package reconcile

import (
	"fmt"
	"slices"

	"tieout/reconcile/money"
)

// InvariantError says that the numbers do not add up. Nothing may be published.
type InvariantError struct{ Violations []string }

func (e *InvariantError) Error() string {
	more := ""
	if n := len(e.Violations) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return "the reconciliation does not add up: " + e.Violations[0] + more
}

func (e *engine) violate(format string, args ...any) {
	if len(e.violations) < 100 {
		e.violations = append(e.violations, fmt.Sprintf(format, args...))
	}
}

// prove adds up both sides of the identity independently of the verdicts,
// per asset: received from the transfers, expected from the orders, the parts
// from breaks and items. It also checks that every order, transfer and delivery
// ended in an outcome and every row is accounted for.
func (e *engine) prove() []TieOutLine {
	lines := make([]TieOutLine, len(e.in.assets))
	for i := range lines {
		lines[i].Asset = e.asset(int32(i))
		lines[i].Chain = e.in.chains[e.in.assets[i].chain]
		lines[i].Tolerance = e.tolerated[i]
		lines[i].Expected = e.expectedInGroups[i]
	}
	e.addReceived(lines)
	e.addExpected(lines)
	for i := range e.breaks {
		l, sum := &lines[e.breaks[i].asset], &e.breaks[i].diff
		if e.breaks[i].past.closed() {
			l.Answered = l.Answered.Add(*sum)
		} else {
			l.Breaks = l.Breaks.Add(*sum)
		}
	}
	for i := range e.items {
		it := &e.items[i]
		l := &lines[it.asset]
		switch {
		case it.past.closed():
			l.Answered = l.Answered.Add(it.amount)
		case it.state == CutOff:
			l.CutOff = l.CutOff.Add(it.amount)
		case it.state.undetermined():
			l.NotCovered = l.NotCovered.Add(it.amount)
		default:
			l.Open = l.Open.Add(it.amount)
		}
	}
	var out []TieOutLine
	for i := range lines {
		l := &lines[i]
		l.Residual = l.Received.Sub(l.Expected).Sub(l.Breaks).Sub(l.Open).Sub(l.CutOff).Sub(l.Tolerance).Sub(l.NotCovered).Sub(l.Answered)
		if !l.Residual.IsZero() {
			e.violate("tie-out of %s: received %s - expected %s leaves a residual of %s base units", l.Asset.ID, l.Received, l.Expected, l.Residual)
		}
		if i > 0 && (l.Orders+l.Transfers > 0 || !l.Breaks.IsZero()) {
			l.ReceivedValue, l.ExpectedValue = e.value(int32(i), l.Received), e.value(int32(i), l.Expected)
			out = append(out, *l)
		}
	}
	e.days = e.proveDays(lines)
	e.rolled = e.roll()
	e.checkBridge(lines)
	slices.SortFunc(out, func(a, b TieOutLine) int { return compareStrings(a.Asset.ID, b.Asset.ID) })
	e.checkConservation()
	return out
}

func (e *engine) addReceived(lines []TieOutLine) {
	for i := range e.moves {
		m := &e.moves[i]
		if m.outcome == OutcomeNone {
			e.violate("transfer %s has no outcome", e.in.txid(m.chain, m.txid))
		}
		if m.scope != scopeJudged || !m.final || m.excluded != ReasonNone {
			continue
		}
		l := &lines[m.asset]
		l.Received = l.Received.Add(m.units)
		l.Transfers++
	}
}

func (e *engine) addExpected(lines []TieOutLine) {
	for i := range e.pays {
		p := &e.pays[i]
		if p.verdict.outcome == OutcomeNone {
			e.violate("order %s has no outcome", e.subject(p))
		}
		if p.verdict.outcome == OutcomeContext {
			continue
		}
		l := &lines[p.asset]
		l.Orders++
		l.Expected = l.Expected.Add(p.verdict.expected)
		if p.trouble == NotWatched && p.paid && p.ask().Known {
			l.NotReconciled = l.NotReconciled.Add(p.ask().Units)
		}
	}
}

// checkConservation checks that no transfer was given away twice and that the
// rows of every source add up.
func (e *engine) checkConservation() {
	given := make([]money.Units, len(e.moves))
	for i := range e.parts {
		given[e.parts[i].move] = given[e.parts[i].move].Add(e.parts[i].units)
	}
	for i, units := range given {
		if m := &e.moves[i]; !units.IsZero() && units != m.units {
			e.violate("transfer %s of %s base units was allocated %s", e.in.txid(m.chain, m.txid), m.units, units)
		}
	}
	for i := range e.delivs {
		if e.delivs[i].outcome == OutcomeNone {
			e.violate("a delivery of %s has no outcome", e.in.delivery(e.delivs[i].row).received)
		}
	}
	e.checkRefunds()
	slices.Sort(e.violations)
}

// checkRefunds checks that every row of a refund book counts once, or is accounted
// for otherwise.
func (e *engine) checkRefunds() {
	counted := map[int32]int{}
	for i := range e.refunds.list {
		counted[e.in.refunds[e.refunds.list[i].row].source]++
	}
	for i := range e.lateRejects {
		counted[e.lateRejects[i].source]--
	}
	for i := range e.in.sources {
		s := &e.in.sources[i]
		if n := s.Read - s.Duplicates - s.Superseded - s.OutOfScope - s.Rejected; s.info.Kind == SourceRefunds && n != counted[int32(i)] {
			e.violate("refunds of %s: %d rows count, %d have a verdict", s.Name, n, counted[int32(i)])
		}
	}
}

func (e *engine) asset(i int32) money.Asset {
	a := e.in.assets[i].Asset
	if a.Decimals < 0 { // no file says: base units, and no symbol to misread them by
		a.Decimals, a.Symbol = 0, ""
	}
	return a
}
