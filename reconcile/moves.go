package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"tieout/reconcile/money"
)

// judgeGroups names ambiguous payments: one break per group, carrying received -
// expected of all of it. A group without money of the window is another period's.
func (e *engine) judgeGroups() {
	for _, g := range e.groups {
		if !e.anyJudged(g.moves) {
			continue
		}
		var received, expected money.Units
		subject := g.pays[0]
		for _, m := range g.moves {
			if mv := &e.moves[m]; mv.final && mv.scope == scopeJudged {
				received = received.Add(mv.units)
			}
		}
		for _, p := range g.pays {
			if e.subject(&e.pays[p]) < e.subject(&e.pays[subject]) {
				subject = p
			}
			if pay := &e.pays[p]; pay.judged && pay.paid && pay.ask().Known {
				expected = expected.Add(pay.ask().Units)
				e.expectedInGroups[pay.asset] = e.expectedInGroups[pay.asset].Add(pay.ask().Units)
			}
		}
		note := fmt.Sprintf("%d orders and %d transfers of %s fit equally well: %s", len(g.pays), len(g.moves),
			e.amount(g.asset, e.moves[g.moves[0]].units), e.names(g.pays))
		if g.note != "" {
			note = g.note + ": " + e.names(g.pays)
		}
		for _, m := range g.moves {
			if mv := &e.moves[m]; mv.scope == scopeJudged { // the others explain, and are another period's
				mv.kinds.add(AmbiguousPayment)
			}
		}
		e.breaks = append(e.breaks, finding{kind: AmbiguousPayment, pay: subject, move: -1, asset: g.asset, diff: received.Sub(expected),
			expected: Figure{expected, true}, observed: Figure{received, true}, moves: g.moves,
			since: e.moves[g.moves[0]].time, note: note})
	}
}

// names lists orders for people, at most ten.
func (e *engine) names(pays []int32) string {
	text := ""
	for n, p := range pays {
		if n == 10 {
			return text + fmt.Sprintf(" and %d more", len(pays)-n)
		}
		if n > 0 {
			text += ", "
		}
		text += e.label(&e.pays[p])
	}
	return text
}

// judgeMoves gives every transfer its verdict.
func (e *engine) judgeMoves() {
	troubled, first := e.troubledAddresses(), len(e.breaks)
	defer func() { e.tellNearest(e.breaks[first:]) }()
	for i := range e.moves {
		m := &e.moves[i]
		switch {
		case m.scope != scopeJudged:
			m.outcome = OutcomeContext
			if m.kinds != 0 && m.owner >= 0 && e.pays[m.owner].judged {
				m.kinds = 0
			}
		case m.excluded == Outgoing && e.judgeOutgoing(int32(i)):
			m.outcome = OutcomeBreak
		case m.excluded != ReasonNone:
			m.outcome, m.reason = OutcomeExcluded, m.excluded
		case m.kinds != 0:
			m.outcome = OutcomeBreak
		case m.owner >= 0:
			e.judgeOwned(m)
		default:
			e.judgeUnowned(int32(i), troubled)
		}
	}
}

// judgeOwned: a transfer shares its order's open or undetermined money item, and
// agrees otherwise: breaks on notifications are no fault of the transfer.
func (e *engine) judgeOwned(m *move) {
	m.outcome = OutcomeAgreed
	if !m.final {
		m.outcome, m.reason = OutcomeOpen, AwaitingFinality
		return
	}
	switch v := e.pays[m.owner].verdict; v.reason {
	case ReasonNone, AwaitingWebhook, AwaitingApplication:
	case AwaitingPayment, OnHold, AwaitingFinality, AwaitingConfirmation, CutOff:
		m.outcome, m.reason = OutcomeOpen, v.reason
	default:
		if e.pays[m.owner].trouble != ReasonNone {
			m.outcome, m.reason = OutcomeUndetermined, v.reason
		}
	}
}

// judgeUnowned names money that no order explains; it needs the books complete.
func (e *engine) judgeUnowned(i int32, troubled map[uint32]bool) {
	m := &e.moves[i]
	item := openItem{pay: -1, move: i, asset: m.asset, amount: m.units, since: m.time}
	switch {
	case !m.final:
		m.outcome, m.reason = OutcomeOpen, AwaitingFinality
		item.amount, item.note = money.Units{}, "on chain, not final; no order explains it yet"
	case troubled[m.to] || e.rejectedTX[m.txid]:
		m.outcome, m.reason = OutcomeUndetermined, RejectedRow
		item.note = "an order row that names its address or transaction could not be read"
	case !e.cases.knowsOfMove(i, UnknownTransfer) && !e.booksComplete(m.time):
		m.outcome, m.reason = OutcomeUndetermined, NotCovered
		item.note = "no order explains it, but the order books were not complete for its time"
	default:
		m.outcome = OutcomeBreak
		m.kinds.add(UnknownTransfer)
		e.breaks = append(e.breaks, finding{kind: UnknownTransfer, pay: -1, move: i, asset: m.asset, diff: m.units,
			observed: Figure{m.units, true}, moves: []int32{i}, since: m.time})
		return
	}
	if m.brought && m.outcome == OutcomeUndetermined { // what the earlier run said of it stands
		m.scope, m.brought, m.outcome, m.reason = scopeEarlier, false, OutcomeContext, ReasonNone
		return
	}
	item.state = m.reason
	e.items = append(e.items, item)
}

// tellNearest says of unknown transfers which order comes closest: they are many, and
// the search is the longest of all that is done for one.
func (e *engine) tellNearest(breaks []finding) {
	e.sortByAmount(breaks)
	inPieces(len(breaks), func(from, to int) {
		for i := from; i < to; i++ {
			f := &breaks[i]
			if f.kind != UnknownTransfer {
				continue
			}
			m := &e.moves[f.move]
			m.near = e.nearest(m)
			f.note = e.amount(m.asset, m.units) + " came to " + e.in.addrs.text(m.to) + "; no order explains it; " + m.near
		}
	})
}

// booksComplete reports whether every book would know the order that a transfer of
// that time pays.
func (e *engine) booksComplete(at Instant) bool {
	v := e.explainedBy(at)
	return (!e.hasProvider || e.providersCover(v)) && (!e.hasMerchant || e.merchantCovers(v))
}

// troubledAddresses are receiving addresses of order rows that could not be read.
func (e *engine) troubledAddresses() map[uint32]bool {
	set := map[uint32]bool{}
	for i := range e.in.rejects {
		r := &e.in.rejects[i]
		if a, ok := e.in.addrs.find(mustCanonical("", r.Address)); ok && a != 0 && e.in.isOrderBook(r.source) {
			set[a] = true
		}
	}
	return set
}

// nearest says which order comes closest to a transfer and the one condition
// that fails.
func (e *engine) nearest(m *move) string {
	k := place{m.chain, m.to}
	if len(e.paysAt(k)) == 0 {
		return "no order names its address"
	}
	best := e.nearestOrder(e.amounts[k], m)
	if best < 0 {
		return "the orders of its address are in another asset or have no known amount"
	}
	p := &e.pays[best]
	return "the nearest is order " + e.label(p) + ": " + e.failedCondition(p, m, p.ask().Units)
}

// nearestTransfer says which free transfer comes closest to an order that
// received nothing, and the one condition that fails; "" without one.
func (e *engine) nearestTransfer(p *payment) string {
	if e.freeMoves == nil {
		e.freeMoves = map[place][]int32{}
		for i := range e.moves {
			if m := &e.moves[i]; m.usable() && m.scope != scopeLater {
				k := place{m.chain, m.to}
				e.freeMoves[k] = append(e.freeMoves[k], int32(i))
			}
		}
	}
	ask := p.ask()
	if !ask.Known {
		return ""
	}
	best := int32(-1)
	var gap money.Units
	for _, i := range e.freeMoves[place{p.chain, p.payTo}] {
		m := &e.moves[i]
		if d := ask.Units.Sub(m.units).Abs(); m.asset == p.asset && (best < 0 || d.Cmp(gap) < 0) {
			best, gap = i, d
		}
	}
	if best < 0 {
		return ""
	}
	m := &e.moves[best]
	return "; the nearest is " + e.in.txid(m.chain, m.txid) + ": " + e.failedCondition(p, m, ask.Units)
}

// nearestLook is how many orders of a similar amount are looked at on each side.
const nearestLook = 16

// nearestOrder picks, among the orders next in amount, one whose window holds
// the transfer, so that the amount alone failed; else the closest amount.
func (e *engine) nearestOrder(pays []int32, m *move) int32 {
	lo, _ := slices.BinarySearchFunc(pays, m, func(p int32, m *move) int {
		return cmp.Or(cmp.Compare(e.pays[p].asset, m.asset), e.pays[p].ask().Units.Cmp(m.units))
	})
	best, inWindow := int32(-1), false
	var gap money.Units
	for i := max(0, lo-nearestLook); i < min(len(pays), lo+nearestLook); i++ {
		p := &e.pays[pays[i]]
		if p.asset != m.asset {
			continue
		}
		d, w := p.ask().Units.Sub(m.units).Abs(), e.payWindow(p).Contains(m.time)
		if best < 0 || w && !inWindow || w == inWindow && d.Cmp(gap) < 0 {
			best, inWindow, gap = pays[i], w, d
		}
	}
	return best
}

// sortByAmount prepares for every address of unknown transfers its orders with a known
// amount, by asset and amount.
func (e *engine) sortByAmount(breaks []finding) {
	var places []place
	for i := range breaks {
		if f := &breaks[i]; f.kind == UnknownTransfer {
			places = append(places, place{e.moves[f.move].chain, e.moves[f.move].to})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.chain, b.chain), cmp.Compare(a.addr, b.addr)) })
	places = slices.Compact(places)
	lists := make([][]int32, len(places))
	inPieces(len(places), func(from, to int) {
		for i := from; i < to; i++ {
			lists[i] = e.sortedByAmount(e.paysAt(places[i]))
		}
	})
	e.amounts = make(map[place][]int32, len(places))
	for i, k := range places {
		e.amounts[k] = lists[i]
	}
}

func (e *engine) sortedByAmount(pays []int32) []int32 {
	list := slices.DeleteFunc(slices.Clone(pays), func(p int32) bool { return !e.pays[p].ask().Known })
	slices.SortStableFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(e.pays[a].asset, e.pays[b].asset), e.pays[a].ask().Units.Cmp(e.pays[b].ask().Units))
	})
	return list
}

func (e *engine) failedCondition(p *payment, m *move, due money.Units) string {
	w := e.payWindow(p)
	switch short := due.Sub(m.units); {
	case short.Sign() > 0:
		return e.amount(p.asset, short) + " short"
	case short.Sign() < 0:
		return e.amount(p.asset, short.Neg()) + " too much"
	case m.time < w.From:
		return "the amount fits, but it came before the order was created at " + p.created.String()
	case m.time >= w.To:
		return "the amount fits, but it came after the payment window ended at " + (w.To - 1).String()
	case p.firstPart >= 0:
		return "the amount fits, but the order was already paid by another transfer"
	}
	return "the amount fits, but the sender is not the order's payer"
}
