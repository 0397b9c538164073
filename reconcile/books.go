package reconcile

// judgeBooks compares the books with one another and with the notifications. An
// order older than the window comes here for a judged transfer: what became of it
// before the window is an earlier period's, what the transfer brought is not.
func (e *engine) judgeBooks(i int32) {
	p := &e.pays[i]
	explained := e.judgeNotifications(i)
	if p.prov >= 0 && p.merch >= 0 && e.isNews(p) {
		e.judgeStatus(i, explained)
	}
	e.judgeMissingOrder(i)
}

// isNews reports whether the status that the provider holds was reached inside the
// window, or the order as a whole is judged.
func (e *engine) isNews(p *payment) bool {
	return p.judged || p.prov >= 0 && e.window.Contains(e.eventTime(p))
}

// judgeStatus finds books that disagree on paid or unpaid where nothing else
// explains it.
func (e *engine) judgeStatus(i int32, explained bool) {
	p := &e.pays[i]
	m := e.in.order(p.merch)
	ours := m.state == StatePaid
	switch {
	case m.state == StateUnknown:
		e.wait(i, UnknownStatus, 0, "our book's status "+quote(e.in.words.text(m.status))+" is not in its profile; whether our book agrees is not claimed")
		return
	case p.state == StateUnknown || ours == p.paid:
		return
	case ours && m.paidAt >= e.window.To, explained, e.explainedByMoney(p):
		return
	}
	note := "the provider says paid, our book says " + m.state.String()
	if ours {
		note = "our book says paid, the provider says " + p.state.String() + ", and no money came"
	}
	e.find(i, finding{kind: StatusConflict, expected: p.due, note: note})
}

// explainedByMoney reports whether a difference between chain and provider
// already says why the books disagree.
func (e *engine) explainedByMoney(p *payment) bool {
	k := p.verdict.kinds
	for _, kind := range []Kind{LostOrder, MissingTransfer, WrongAsset, WrongChain, WrongAddress, TXIDNotFound, FailedTransaction, TXIDReused, ReorgedTransfer, AmbiguousPayment} {
		if k.has(kind) {
			return true
		}
	}
	return k.has(LatePayment) && !p.paid || e.isWaitingFor(p, AwaitingConfirmation, AwaitingFinality, OnHold, NotCovered, AddressUnknown)
}

func (e *engine) isWaitingFor(p *payment, states ...Reason) bool {
	for _, it := range e.items[len(e.items)-int(p.verdict.items):] {
		for _, s := range states {
			if it.state == s {
				return true
			}
		}
	}
	return false
}

// judgeMissingOrder finds an order that stands in one book only, while both
// books were supplied and the other was complete for its time. Unpaid orders
// without money are nobody's business.
func (e *engine) judgeMissingOrder(i int32) {
	p := &e.pays[i]
	if !e.hasProvider || !e.hasMerchant {
		return
	}
	money := p.paid || p.firstPart >= 0
	switch {
	case p.prov >= 0 && p.merch >= 0, !money:
		return
	case p.prov >= 0 && p.sibling && !p.paid:
		return
	case p.prov >= 0 && p.no == 0 && !e.merchantHasIDs:
		return // a direct transfer, and our book has nothing to find it by
	}
	covered, note := e.merchantCovers(e.createdAt(p)), "it stands in the provider's book only"
	if p.prov < 0 {
		covered, note = e.providersCover(e.createdAt(p)), "it stands in our book only"
		if provider := e.providerOf(p); e.coverage.providers[provider] != nil {
			covered = e.providerCovers(provider, e.createdAt(p))
		}
	}
	if p.sibling {
		note = "a further paid attempt of an order number that our book has once"
	}
	if !covered && !e.cases.knows(i, MissingOrder) {
		if !p.judged {
			return // books need not reach back before the window
		}
		e.wait(i, NotCovered, 0, note+", but the other book was not complete for its time")
		return
	}
	e.find(i, finding{kind: MissingOrder, expected: p.due, note: note})
}
