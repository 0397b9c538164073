package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// closedBy says what closes a break although the rows still show it: the books
// gave or sent the money back, or credited what came. "" while nothing does.
func (e *engine) closedBy(f fresh) string {
	if f.kind == KindNone || f.pay < 0 && f.move < 0 {
		return ""
	}
	if f.kind == UnmatchedRefund {
		return ""
	}
	if f.move >= 0 {
		if f.finding != nil && f.finding.back.why != "" {
			return f.finding.back.why
		}
		return e.sentBack(&e.moves[f.move], f.diff)
	}
	p := &e.pays[f.pay]
	switch f.kind {
	case LatePayment:
		if p.paid {
			return "the books call the order paid"
		}
		return cmp.Or(f.finding.back.why, e.creditedWhatCame(p))
	case Overpaid, DuplicatePayment:
		if why := cmp.Or(e.givenBack(f, p), e.creditedWhatCame(p)); why != "" {
			return why
		}
		return e.sentBackFor(f)
	case Underpaid:
		return cmp.Or(f.finding.back.why, e.creditedWhatCame(p))
	case LostOrder:
		return e.givenBack(f, p)
	case WrongAsset, WrongChain, AmbiguousPayment:
		if f.finding.back.why != "" {
			return f.finding.back.why
		}
		return e.sentBackFor(f)
	}
	return ""
}

// givenBack says that the money of a break went back: exactly, where the refund book
// knows of it, else by the word of a book of orders.
func (e *engine) givenBack(f fresh, p *payment) string {
	if len(f.finding.back.stands) > 0 {
		return f.finding.back.why
	}
	return e.refunded(p)
}

// refunded says which book calls an order refunded.
func (e *engine) refunded(p *payment) string {
	for _, row := range []int32{p.prov, p.merch} {
		if row >= 0 && e.in.order(row).flags&FlagRefunded != 0 {
			return "the " + e.in.order(row).book.String() + "'s book calls the order refunded"
		}
	}
	return ""
}

// creditedWhatCame says that our own book credited exactly what was received.
func (e *engine) creditedWhatCame(p *payment) string {
	credited := e.toldBy(p).credited
	if e.merchantState(p) != StatePaid || !credited.Known || p.verdict.received.IsZero() || !e.near(p, credited.Units, p.verdict.received) {
		return ""
	}
	return "our book credited what was received, " + e.amount(p.asset, credited.Units)
}

// returnKey is money that goes back the way it came.
type returnKey struct {
	asset    int32
	from, to uint32
	units    money.Units
}

// sentBack says that a transfer of ours returned exactly an amount from the address
// it came to, to whom it came from. Each return closes one item; one that a refund
// explains is that refund's.
func (e *engine) sentBack(m *move, units money.Units) string {
	c := e.cases
	if c.returned == nil {
		c.returned = map[returnKey][]Instant{}
		for i := range e.moves {
			if out := &e.moves[i]; out.excluded == Outgoing && out.final && out.scope != scopeLater && e.refunds.explains[int32(i)] == "" {
				k := returnKey{out.asset, out.from, out.to, out.units}
				c.returned[k] = append(c.returned[k], out.time)
			}
		}
	}
	k := returnKey{m.asset, m.to, m.from, units}
	list := c.returned[k]
	n := slices.IndexFunc(list, func(at Instant) bool { return at >= m.time })
	if n < 0 {
		return ""
	}
	at := list[n]
	c.returned[k] = slices.Delete(slices.Clone(list), n, n+1)
	return e.amount(m.asset, units) + " went back to the sender at " + at.String()
}

func (e *engine) sentBackFor(f fresh) string {
	moves := f.finding.moves
	if len(moves) == 0 {
		return ""
	}
	return e.sentBack(&e.moves[moves[len(moves)-1]], f.diff)
}

// claimKnown resolves a webhook for an order that no book had: one has it now.
func (e *engine) claimKnown(it *brought) string {
	if it.kind() != UnknownWebhook {
		return ""
	}
	key, known := e.in.keys.find(it.OrderNo)
	if !known || key == 0 || e.cases.index[0].head[key] < 0 && e.cases.index[1].head[key] < 0 {
		return ""
	}
	return "a book has the order now"
}

// resolvedBy says what took away a break that is not named any more, "" where
// nothing does.
func (e *engine) resolvedBy(it *brought) string {
	switch it.kind() {
	case UnmatchedRefund:
		return e.refundFor(it.move)
	case RefundExceeds:
		return e.refundsFit(it.pay)
	}
	if it.move >= 0 {
		return e.explained(&e.moves[it.move])
	}
	p := &e.pays[it.pay]
	t := e.tally(p)
	switch k := it.kind(); k {
	case MissingTransfer, TXIDNotFound, WrongAddress, FailedTransaction, TXIDReused, ReorgedTransfer:
		return e.nothingMissing(it, p, &t)
	case LostOrder:
		switch {
		case p.paid:
			return "the books call the order paid"
		case e.refunded(p) != "":
			return e.refunded(p)
		}
		return e.attributedElsewhere(it)
	case AmbiguousPayment:
		if p.group < 0 {
			return "the money is attributed: nothing about it is ambiguous any more"
		}
	case Underpaid:
		if base := p.ask(); base.Known && !e.short(p, base.Units, t.total) {
			return "topped up: " + e.amount(p.asset, t.total) + " of " + e.amount(p.asset, base.Units) + " has come"
		}
		return e.attributedElsewhere(it)
	case Overpaid, DuplicatePayment, WrongAsset, WrongChain, LatePayment:
		if why := e.attributedElsewhere(it); why != "" {
			return why
		}
		if base := p.ask(); k <= DuplicatePayment && base.Known && len(t.final) > 0 && e.near(p, t.total, base.Units) {
			return "what came is what is due now, " + e.amount(p.asset, base.Units)
		}
	default:
		return e.booksAgree(it, p, &t)
	}
	return ""
}

// nothingMissing: money is there, or nobody says that it should be.
func (e *engine) nothingMissing(it *brought, p *payment, t *tally) string {
	switch {
	case !p.paid:
		return "no book calls the order paid any more"
	case len(t.final) > 0:
		return "a transfer is there: " + e.amount(p.asset, t.total) + " came"
	case len(e.foreign[it.pay]) > 0:
		return "a transfer is there, in another asset"
	}
	return ""
}

// attributedElsewhere names the order that the money of an item pays now.
func (e *engine) attributedElsewhere(it *brought) string {
	other := int32(-1)
	for _, text := range it.TXIDs {
		tx := e.txNumber(text)
		for m := e.movesByTX.head[tx]; tx != 0 && m >= 0; m = e.movesByTX.next[m] {
			switch owner := e.moves[m].owner; {
			case owner < 0:
			case owner == it.pay:
				return ""
			default:
				other = owner
			}
		}
	}
	if other < 0 {
		return ""
	}
	return "order " + e.label(&e.pays[other]) + " explains the money"
}

// explained says what a transfer without an order turned out to be.
func (e *engine) explained(m *move) string {
	switch {
	case m.owner >= 0:
		return "order " + e.label(&e.pays[m.owner]) + " explains it"
	case m.group >= 0:
		return "orders that could have been paid by it are known; see ambiguous_payment"
	case m.excluded != ReasonNone:
		return "it is no customer payment: " + m.excluded.String()
	}
	return ""
}

// refundFor says what explains an outgoing payment now.
func (e *engine) refundFor(i int32) string {
	if m := &e.moves[i]; m.excluded != Outgoing {
		return e.explained(m)
	}
	if name := e.refunds.explains[i]; name != "" {
		return name + " explains it"
	}
	return ""
}

// refundsFit says that an order received at least what its refunds come to.
func (e *engine) refundsFit(i int32) string {
	p := &e.pays[i]
	t := e.tally(p)
	done, _ := e.sumRefunds(i, p.asset)
	if done.Sub(t.total).Cmp(e.tolerance(p.asset, t.total)) > 0 {
		return ""
	}
	return "refunds of " + e.amount(p.asset, done) + " stand against " + e.amount(p.asset, t.total) + " that came"
}

// booksAgree says what took away a break between books, notifications and figures.
func (e *engine) booksAgree(it *brought, p *payment, t *tally) string {
	ours := e.merchantState(p)
	both := p.prov >= 0 && p.merch >= 0
	switch k := it.kind(); {
	case k == MissedWebhook && p.prov >= 0 && !e.notifies(p):
		return "the provider's status changed to one that does not notify"
	case k == MissedWebhook && p.prov >= 0:
		return e.heardSince(it.pay)
	case k == WebhookNotApplied && ours.Final():
		return "our book says " + ours.String()
	case k == StatusConflict && both && (ours == StatePaid) == p.paid:
		return "the books agree: " + p.state.String()
	case k == MissingOrder && both:
		return "the order stands in both books"
	case k == MissingOrder && !p.paid && p.firstPart < 0:
		return "no book calls the order paid, and no money came"
	case k == StaleOrder && p.state.Final():
		return "the provider closed the order: " + p.state.String()
	case k == StaleOrder && len(t.final) > 0:
		return e.amount(p.asset, t.total) + " came"
	case k == StaleOrder && !e.isUndetermined(it):
		return "the order is " + e.verdictNow(it.pay) + " now"
	case k == DueConflict && e.toldBy(p).dueAgrees():
		return "the books agree on the amount due"
	case k == AmountMisreported && p.prov >= 0 && len(t.final) > 0:
		return "the recorded amount and the chain agree"
	case k == CreditMismatch && e.toldBy(p).credited.Known && len(t.final) > 0:
		return "the credited amount and the chain agree"
	case k == WebhookConflict && e.firstDelivery[it.pay] >= 0:
		return "the notifications and the chain agree"
	}
	return ""
}

// heardSince says which delivery of an order's status was accepted after all.
func (e *engine) heardSince(i int32) string {
	p := &e.pays[i]
	h := e.hear(i, func(d deliveryRow) bool { return d.state == p.state || d.late && p.profile.NotifiesLate })
	switch {
	case h.accepted >= 0:
		return "a delivery was accepted at " + e.in.delivery(e.delivs[h.accepted].row).received.String()
	case h.seen >= 0:
		return "a delivery was seen at " + e.in.delivery(e.delivs[h.seen].row).received.String()
	}
	return ""
}

// verdictNow is what an order is called now.
func (e *engine) verdictNow(i int32) string {
	v := &e.pays[i].verdict
	if v.kinds == 0 {
		return v.outcome.String()
	}
	names := make([]string, 0, 4)
	for _, k := range v.kinds.list() {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

// settledAs says how what an open item was about ended.
func (e *engine) settledAs(it *brought) string {
	if it.move >= 0 {
		return cmp.Or(e.explained(&e.moves[it.move]), "it is "+e.moves[it.move].outcome.String()+" now")
	}
	p := &e.pays[it.pay]
	switch {
	case p.verdict.outcome == OutcomeAgreed && p.paid && p.firstPart >= 0:
		return "paid " + e.amount(p.asset, p.verdict.received) + ", and the witnesses agree"
	case p.verdict.outcome == OutcomeAgreed:
		return "the witnesses agree: " + p.state.String()
	}
	return "what was awaited has come; its order has another item"
}
