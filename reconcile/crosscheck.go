package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// crossCheck compares what the books say of a settled order with one another and
// with the chain. It never contributes to the identity.
func (e *engine) crossCheck(i int32, t *tally) {
	p := &e.pays[i]
	if !p.judged {
		return
	}
	if t := e.toldBy(p); t.conflict() && (p.paid || p.firstPart >= 0 || !p.state.Final()) {
		e.find(i, finding{kind: DueConflict, expected: t.merchDue, observed: t.provDue,
			note: "our book says " + e.amount(p.asset, t.merchDue.Units) + " is due, the provider says " + e.amount(p.asset, t.provDue.Units)})
	}
	if len(t.final) == 0 || p.isMisjudged() {
		return
	}
	e.checkRecorded(i, t)
	e.checkCredited(i, t)
}

// isMisjudged reports whether a break on the amount stands already: a wrong
// claim beside it is said in the explanation, not as a further break.
func (p *payment) isMisjudged() bool {
	k := p.verdict.kinds
	return k.has(Underpaid) || k.has(Overpaid) || k.has(WrongAsset) || k.has(WrongChain) || k.has(AmountMisreported)
}

// isUnsettled reports whether an open or undetermined item about the money stands:
// what is known to have come is not final, not covered or not all, so nothing is
// held against it. It is asked before the notifications add items of their own.
func (p *payment) isUnsettled() bool { return p.verdict.items > 0 }

// checkRecorded compares the provider's recorded amount and transaction with
// those that settled the order.
func (e *engine) checkRecorded(i int32, t *tally) {
	p := &e.pays[i]
	if !p.paid || p.prov < 0 || !p.due.Known || p.isUnsettled() {
		return
	}
	if p.recorded.Known && !e.near(p, p.recorded.Units, t.total) && !e.near(p, p.recorded.Units, e.sum(e.paying(p, t))) {
		e.find(i, finding{kind: AmountMisreported, expected: Figure{t.total, true}, observed: p.recorded, moves: e.movesOf(t.final),
			note: "the provider recorded " + e.amount(p.asset, p.recorded.Units) + ", the chain shows " + e.amount(p.asset, t.total)})
		return
	}
	if claims := e.in.list(e.in.order(p.prov).txids); len(claims) > 0 && !e.paidBy(p, claims) {
		e.find(i, finding{kind: AmountMisreported, expected: Figure{t.total, true}, observed: p.recorded, moves: e.movesOf(t.final),
			note: "the provider names transaction " + e.in.txid(p.chain, claims[0]) + ", another one paid the order"})
	}
}

// near reports whether two amounts of an order differ by no more than the tolerance.
func (e *engine) near(p *payment, a, b money.Units) bool {
	return a.Sub(b).Abs().Cmp(e.tolerance(p.asset, b)) <= 0
}

// paidBy reports whether one of the transactions paid the order.
func (e *engine) paidBy(p *payment, txs []uint32) bool {
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		if slices.Contains(txs, e.moves[e.parts[at].move].txid) {
			return true
		}
	}
	return false
}

// checkCredited compares what our own book credited with what came, where no
// break explains a difference.
func (e *engine) checkCredited(i int32, t *tally) {
	p := &e.pays[i]
	credited := e.toldBy(p).credited
	if !credited.Known || p.isUnsettled() || e.merchantState(p) != StatePaid || e.near(p, credited.Units, t.total) {
		return
	}
	if done, _ := e.sumRefunds(i, p.asset); !done.IsZero() && e.near(p, credited.Units, t.total.Sub(done)) {
		return // what was given back is not credited any more
	}
	for _, k := range p.verdict.kinds.list() {
		if k.Info().Money && k != LatePayment {
			return
		}
	}
	e.find(i, finding{kind: CreditMismatch, expected: Figure{t.total, true}, observed: credited, moves: e.movesOf(t.final),
		note: "our book credited " + e.amount(p.asset, credited.Units) + ", the chain shows " + e.amount(p.asset, t.total)})
}

// judgeContent finds deliveries that contradict the chain or, where the chain is not
// known, the order: amount, transaction, or a status going backwards. A forged one
// contradicts nothing; one that was not checked does, and the break says so.
func (e *engine) judgeContent(i int32) {
	p := &e.pays[i]
	reached, reachedAt := 0, Instant(0) // the furthest status so far, by the provider's own time
	for at := e.firstDelivery[i]; at >= 0; at = e.delivs[at].next {
		d := e.in.delivery(e.delivs[at].row)
		if d.signature == SignatureInvalid || e.delivs[at].reason == SourceFault {
			continue
		}
		note := e.contradiction(p, d)
		if rank := stateRank(d.state); rank < reached {
			switch {
			case d.requested.Known() && d.requested < reachedAt:
				e.delivs[at].reason = OutOfOrder
			case d.requested.Known() && reachedAt.Known() && d.requested > reachedAt && note == "":
				note, e.delivs[at].reason = "its status "+quote(e.in.words.text(d.status))+" goes backwards", Backwards
			}
		} else if rank > reached || d.requested > reachedAt {
			reached, reachedAt = rank, d.requested
		}
		if note == "" || !p.judged && !e.delivs[at].judged {
			continue
		}
		e.mark(at, WebhookConflict)
		if !p.verdict.kinds.has(WebhookConflict) {
			e.find(i, finding{kind: WebhookConflict, since: d.received, note: "the delivery of " + d.received.String() + " contradicts it: " + note + unchecked(d)})
		}
	}
}

func (e *engine) contradiction(p *payment, d deliveryRow) string {
	txs := e.in.list(d.txids)
	switch {
	case p.firstPart >= 0 && p.isUnsettled():
		return ""
	case len(txs) > 0 && p.firstPart >= 0 && !e.paidBy(p, txs):
		return "it names another transaction than the one that paid"
	case len(txs) > 0 && p.firstPart < 0 && p.claims.n > 0 && !slices.ContainsFunc(txs, func(tx uint32) bool { return slices.Contains(e.in.list(p.claims), tx) }):
		return "it names another transaction than the books"
	case d.state != StatePaid || p.asset == 0 || p.isMisjudged() && !p.verdict.kinds.has(AmountMisreported):
		return ""
	}
	told, err := e.in.quantity(d.amount).Bind(max(e.in.assets[p.asset].Decimals, 0))
	if d.amount.kind == 0 || err != nil {
		return ""
	}
	known := p.ask()
	if p.firstPart >= 0 {
		var sum money.Units
		for at := p.firstPart; at >= 0; at = e.parts[at].next {
			sum = sum.Add(e.parts[at].units)
			if e.near(p, told, sum) || e.near(p, told, e.parts[at].units) {
				return ""
			}
		}
		known = Figure{sum, true}
	}
	if !known.Known || e.near(p, told, known.Units) {
		return ""
	}
	return "it says " + e.amount(p.asset, told) + ", the witnesses say " + e.amount(p.asset, known.Units)
}
