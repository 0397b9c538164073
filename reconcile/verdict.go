package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// tally is what the chain shows for one payment in its own asset, by what it proves.
type tally struct {
	final   []int32 // parts that are final and lie before Window.To, in time order
	pending []int32 // parts that are not final yet
	later   []int32 // parts after Window.To: context
	total   money.Units
	counted money.Units // of it inside the judged window
	judged  bool        // a transfer of it is judged
}

func (e *engine) tally(p *payment) tally {
	var t tally
	for _, at := range e.inOrder(p) {
		m := &e.moves[e.parts[at].move]
		switch {
		case m.scope == scopeLater:
			t.later = append(t.later, at)
			continue
		case !m.final:
			t.pending = append(t.pending, at)
		default:
			t.final = append(t.final, at)
			t.total = t.total.Add(e.parts[at].units)
			if m.scope == scopeJudged {
				t.counted = t.counted.Add(e.parts[at].units)
			}
		}
		t.judged = t.judged || m.scope == scopeJudged
	}
	return t
}

// inOrder returns a payment's parts in time order, those that were attributed
// only as repeats after all others: what a book names pays first.
func (e *engine) inOrder(p *payment) []int32 {
	list := e.partsOf(p)
	if len(list) > 1 {
		slices.SortStableFunc(list, func(a, b int32) int {
			return btoi(e.parts[a].rule == RuleDuplicate) - btoi(e.parts[b].rule == RuleDuplicate)
		})
	}
	return list
}

func (e *engine) sum(parts []int32) money.Units {
	var s money.Units
	for _, at := range parts {
		s = s.Add(e.parts[at].units)
	}
	return s
}

func (e *engine) movesOf(parts []int32) []int32 {
	out := make([]int32, len(parts))
	for i, at := range parts {
		out[i] = e.parts[at].move
	}
	return out
}

// judgeOrders gives every payment its verdict.
func (e *engine) judgeOrders() {
	for i := range e.pays {
		if e.pays[i].brought {
			e.judgeCarried(int32(i))
		} else {
			e.judgeOrder(int32(i))
		}
	}
}

func (e *engine) judgeOrder(i int32) {
	p := &e.pays[i]
	v := &p.verdict
	t := e.tally(p)
	v.received, e.side = t.total, side{received: t.counted}
	if !p.judged && !t.judged && !e.anyJudged(e.foreign[i]) && !e.isAmbiguous(p) {
		v.outcome = OutcomeContext
		if e.judgeExcess(i, &t); v.kinds != 0 { // its refund is of the window
			v.outcome = OutcomeBreak
		}
		return
	}
	v.straddle = !p.judged || t.counted != t.total || len(t.later) > 0
	if p.judged && p.paid && p.trouble != NotWatched {
		v.expected = e.expected(p, &t)
	}
	foreign := e.foreignMoney(i)
	switch {
	case p.later:
		e.wait(i, CutOff, e.window.To+Day, "the order was created after the end of the window")
	case p.group >= 0 && !e.isAmbiguous(p):
		e.wait(i, CutOff, e.window.To+Day, "what may have paid it came outside the judged window")
	case p.group >= 0:
		v.received, v.expected, e.side = money.Units{}, money.Units{}, side{} // the group carries them
		e.judgeCandidate(i)
	case p.trouble != ReasonNone:
		e.wait(i, p.trouble, 0, p.note)
		if p.trouble == NotWatched || p.trouble == NotCovered {
			e.judgeBooks(i) // the books can be compared without the chain
		}
	default:
		e.judgeMoney(i, &t, &foreign)
		e.crossCheck(i, &t)
		e.judgeExcess(i, &t)
		if !e.isCutOff(i) {
			e.judgeBooks(i)
		}
	}
	e.settle(i)
	e.settleForeign(i, &foreign)
}

// isAmbiguous reports whether money of the window may have paid a payment, and
// nobody can say so.
func (e *engine) isAmbiguous(p *payment) bool {
	return p.group >= 0 && e.anyJudged(e.groups[p.group].moves)
}

// judgeCandidate: the break about who paid is the group's. An order about which
// nothing can be claimed is one of its candidates, and says no more.
func (e *engine) judgeCandidate(i int32) {
	p := &e.pays[i]
	if p.trouble != ReasonNone {
		e.wait(i, p.trouble, 0, p.note+"; it may be one of those that a payment was meant for")
		return
	}
	p.verdict.kinds.add(AmbiguousPayment)
	e.judgeBooks(i)
}

func (e *engine) anyJudged(moves []int32) bool {
	return slices.ContainsFunc(moves, func(m int32) bool { return e.moves[m].scope == scopeJudged })
}

func (e *engine) isCutOff(p int32) bool {
	n := int(e.pays[p].verdict.items)
	return slices.ContainsFunc(e.items[len(e.items)-n:], func(it openItem) bool { return it.state == CutOff })
}

// expected is what a judged order that is called paid should have brought.
func (e *engine) expected(p *payment, t *tally) money.Units {
	switch {
	case p.due.Known:
		return p.due.Units
	case p.recorded.Known:
		return p.recorded.Units
	}
	return t.counted
}

func (e *engine) judgeMoney(i int32, t *tally, foreign *foreignMoney) {
	p := &e.pays[i]
	if p.onHold && !p.paid {
		e.wait(i, OnHold, 0, "the provider screens the funds; answer its request for information")
		return
	}
	e.judgeForeign(i, t, foreign)
	switch {
	case p.paid:
		e.judgePaid(i, t, foreign.any())
	default:
		e.judgeUnpaid(i, t, foreign.any())
	}
	e.judgeVanished(i, t)
}

// judgePaid compares an order that is called paid with what came.
func (e *engine) judgePaid(i int32, t *tally, foreign bool) {
	p := &e.pays[i]
	base := p.ask()
	switch {
	case len(t.final) == 0 && len(t.pending) > 0:
		e.wait(i, AwaitingFinality, 0, "the transfer is on chain but not final")
		return
	case len(t.final) == 0 && (len(t.later) > 0 || e.paidLater(p)):
		e.wait(i, CutOff, e.window.To+Day, "paid after the end of the window")
		return
	case len(t.final) == 0:
		if !foreign && p.judged {
			e.judgeNothing(i)
		}
		return
	case base.Known && e.short(p, base.Units, t.total):
		e.judgeShort(i, t, base.Units, foreign)
	case base.Known:
		e.judgeFull(i, t, base.Units)
	}
	e.judgeLate(i, t)
}

// short reports whether total is less than due beyond the tolerance.
func (e *engine) short(p *payment, due, total money.Units) bool {
	return due.Sub(total).Cmp(e.tolerance(p.asset, due)) > 0
}

// judgeShort handles an order that received less than its due: money may still
// be on its way, and without coverage nothing negative is said.
func (e *engine) judgeShort(i int32, t *tally, due money.Units, foreign bool) {
	p := &e.pays[i]
	withPending := t.total.Add(e.sum(t.pending))
	switch {
	case len(t.pending) > 0 && (foreign || !e.short(p, due, withPending)):
		e.wait(i, AwaitingFinality, 0, "the rest is on chain but not final")
	case len(t.later) > 0 && (foreign || !e.short(p, due, withPending.Add(e.sum(t.later)))):
		e.wait(i, CutOff, e.window.To+Day, "the rest came after the end of the window")
	case foreign: // wrong_asset, or the item of what is not final or came later, carries what is missing
	case !e.coveredFor(p):
		e.wait(i, NotCovered, 0, "less than the due was seen, but the chain was not read completely")
	case !p.due.Known:
		e.find(i, finding{kind: AmountMisreported, diff: t.total.Sub(due), expected: Figure{due, true}, observed: Figure{t.total, true},
			moves: e.movesOf(t.final), note: "the provider recorded " + e.amount(p.asset, due) + ", the chain shows " + e.amount(p.asset, t.total)})
	default:
		e.find(i, finding{kind: Underpaid, diff: t.total.Sub(due), expected: Figure{due, true}, observed: Figure{t.total, true},
			moves: e.movesOf(t.final), note: e.amount(p.asset, t.total) + " came of " + e.amount(p.asset, due) + " due, " +
				e.amount(p.asset, due.Sub(t.total)) + " short"})
	}
}

// judgeFull walks the transfers of an order that received its due: the one that
// crosses it may be too much, every further one is a duplicate.
func (e *engine) judgeFull(i int32, t *tally, due money.Units) {
	p := &e.pays[i]
	tol := e.tolerance(p.asset, due)
	var sum, again money.Units
	var paying, repeats []int32
	crossed := false
	for _, at := range t.final {
		units := e.parts[at].units
		switch {
		case !crossed:
			sum = sum.Add(units)
			paying = append(paying, at)
			crossed = due.Sub(sum).Cmp(tol) <= 0
		case units.Cmp(tol) <= 0:
			e.tolerate(p, units)
		default:
			again = again.Add(units)
			repeats = append(repeats, at)
		}
	}
	crossing := e.moves[e.parts[paying[len(paying)-1]].move]
	switch excess := sum.Sub(due); {
	case excess.Cmp(tol) <= 0:
		e.tolerate(p, excess)
	case !p.judged && crossing.scope != scopeJudged: // an earlier period's break
	case !p.due.Known:
		e.find(i, finding{kind: AmountMisreported, diff: excess, expected: Figure{due, true}, observed: Figure{sum, true},
			moves: e.movesOf(paying), note: "the provider recorded " + e.amount(p.asset, due) + ", the chain shows " + e.amount(p.asset, sum)})
	default:
		e.find(i, finding{kind: Overpaid, diff: excess, expected: Figure{due, true}, observed: Figure{sum, true},
			moves: e.movesOf(paying), note: e.amount(p.asset, sum) + " came for " + e.amount(p.asset, due) + " due, " + e.amount(p.asset, excess) + " too much"})
	}
	repeats = e.judgedOnly(p, repeats)
	if len(repeats) > 0 {
		again = e.sum(repeats)
		e.find(i, finding{kind: DuplicatePayment, diff: again, expected: Figure{due, true}, observed: Figure{t.total, true}, moves: e.movesOf(repeats),
			note: e.amount(p.asset, again) + " came again after the order was fully paid"})
	}
}

// judgedOnly drops, for an order older than the window, what an earlier period judged.
func (e *engine) judgedOnly(p *payment, parts []int32) []int32 {
	if p.judged {
		return parts
	}
	return slices.DeleteFunc(slices.Clone(parts), func(at int32) bool { return e.moves[e.parts[at].move].scope != scopeJudged })
}

// tolerate books a difference inside the tolerance on the identity's own line.
func (e *engine) tolerate(p *payment, units money.Units) {
	if units.IsZero() {
		return
	}
	e.side.named, p.verdict.within = e.side.named.Add(units), p.verdict.within.Add(units)
	e.tolerated[p.asset] = e.tolerated[p.asset].Add(units)
}

// judgeLate says that an order called paid was paid after its expiry. Nothing is
// at risk, and an assumed expiry proves nothing.
func (e *engine) judgeLate(i int32, t *tally) {
	p := &e.pays[i]
	late := e.judgedOnly(p, e.lateParts(p, t.final))
	if len(late) == 0 || p.assumed {
		return
	}
	e.find(i, finding{kind: LatePayment, moves: e.movesOf(late), observed: Figure{e.sum(late), true}, low: true,
		note: "paid after the expiry at " + p.expires.String() + "; the books call it paid already"})
}

func (e *engine) lateParts(p *payment, parts []int32) []int32 {
	var late []int32
	for _, at := range parts {
		if p.expires.Known() && e.moves[e.parts[at].move].time > p.expires {
			late = append(late, at)
		}
	}
	return late
}

// judgeUnpaid looks at an order that no book calls paid.
func (e *engine) judgeUnpaid(i int32, t *tally, foreign bool) {
	p := &e.pays[i]
	switch {
	case len(t.final) > 0:
		e.judgeUnpaidMoney(i, t)
	case len(t.pending) > 0:
		e.wait(i, AwaitingFinality, 0, "the transfer is on chain but not final")
	case len(t.later) > 0:
		e.wait(i, CutOff, e.window.To+Day, "paid after the end of the window")
	case foreign || !p.judged:
	case p.state.Final():
		e.judgeWrongClaim(i)
	default:
		e.judgeStillOpen(i)
	}
}

func (e *engine) judgeStillOpen(i int32) {
	p := &e.pays[i]
	stale := p.expires + e.policy.AfterExpiry + e.policy.StaleAfter
	switch {
	case !p.expires.Known() || e.window.To < p.expires:
		e.wait(i, AwaitingPayment, p.expires, "waiting for the customer's payment")
	case e.window.To < stale:
		e.wait(i, AwaitingPayment, stale, "expired without money, but the books still hold it open")
	case !e.coveredFor(p):
		e.wait(i, NotCovered, 0, "open long after its expiry, but the chain was not read completely")
	default:
		e.find(i, finding{kind: StaleOrder, note: "expired at " + p.expires.String() + ", no money came, and the books still hold it open"})
	}
}

// judgeUnpaidMoney handles final money for an order that no book calls paid.
func (e *engine) judgeUnpaidMoney(i int32, t *tally) {
	p := &e.pays[i]
	due := p.due
	short := due.Known && e.short(p, due.Units, t.total)
	paying := e.paying(p, t)
	last := e.moves[e.parts[paying[len(paying)-1]].move].time
	byDesign := e.lateByDesign(p, t)
	switch {
	case short && p.expires.Known() && e.window.To < p.expires:
		e.wait(i, AwaitingPayment, p.expires, e.amount(p.asset, t.total)+" of "+e.amount(p.asset, due.Units)+" has come")
		return
	case !byDesign && e.window.To < last+e.policy.ConfirmationGrace:
		e.wait(i, AwaitingConfirmation, last+e.policy.ConfirmationGrace, "final on chain; the provider's confirmation may still come")
		return
	}
	e.judgeLost(i, t, byDesign)
	switch {
	case short:
		e.judgeShort(i, t, due.Units, false)
	case due.Known:
		e.judgeFull(i, t, due.Units)
	}
}

// lateByDesign reports whether the order stays expired because its money came
// too late, which the provider's profile announces.
func (e *engine) lateByDesign(p *payment, t *tally) bool {
	if !p.profile.KeepsExpired || p.state != StateExpired {
		return false
	}
	late := e.lateParts(p, t.final)
	inTime := t.total.Sub(e.sum(late))
	return len(late) > 0 && (!p.due.Known && inTime.IsZero() || p.due.Known && e.short(p, p.due.Units, inTime))
}

// judgeLost names money for an order that should be called paid: lost_order, or
// late_payment where the provider keeps the order expired by design.
func (e *engine) judgeLost(i int32, t *tally, byDesign bool) {
	p := &e.pays[i]
	amount := t.total
	if p.due.Known {
		amount = p.due.Units
	}
	late := e.judgedOnly(p, e.lateParts(p, t.final))
	fresh := e.judgedOnly(p, t.final)
	if !p.judged && len(fresh) > 0 && len(fresh) < len(t.final) && p.due.Known && !e.short(p, p.due.Units, t.total.Sub(e.sum(fresh))) {
		fresh = nil // it was lost before the window began; only the further transfers are news
	}
	if byDesign && len(fresh) > 0 {
		e.find(i, finding{kind: LatePayment, diff: amount, moves: e.movesOf(late), expected: Figure{}, observed: Figure{t.total, true},
			note: "expired at " + p.expires.String() + ", then " + e.amount(p.asset, e.sum(late)) + " came; the provider keeps the order expired by design"})
		return
	}
	if len(fresh) > 0 {
		paying := e.paying(p, t)
		e.find(i, finding{kind: LostOrder, diff: amount, moves: e.movesOf(paying), observed: Figure{e.sum(paying), true},
			note: e.amount(p.asset, e.sum(paying)) + " is final on chain, the books say " + p.state.String()})
	}
	if len(late) > 0 {
		e.find(i, finding{kind: LatePayment, moves: e.movesOf(late), observed: Figure{e.sum(late), true},
			note: e.amount(p.asset, e.sum(late)) + " came after the expiry at " + p.expires.String()})
	}
}

// paying returns the parts that reached the due; later ones are duplicates.
func (e *engine) paying(p *payment, t *tally) []int32 {
	if !p.due.Known {
		return t.final
	}
	var sum money.Units
	for n, at := range t.final {
		if sum = sum.Add(e.parts[at].units); !e.short(p, p.due.Units, sum) {
			return t.final[:n+1]
		}
	}
	return t.final
}

// paidLater reports whether the books place the payment after the window's end.
func (e *engine) paidLater(p *payment) bool {
	for _, tx := range e.in.list(p.claims) {
		for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
			if e.moves[m].scope == scopeLater {
				return true
			}
		}
	}
	at := e.paidAt(p)
	if !at.Known() && p.claims.n == 0 {
		at = e.in.order(p.row()).updated
	}
	return at >= e.window.To
}
