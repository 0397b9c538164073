package reconcile

import (
	"cmp"
	"fmt"

	"tieout/reconcile/money"
)

// instruct writes who does what: one imperative sentence, with what not to do.
func (e *engine) instruct(f *finding, r *ActionRow) (who, sentence string) {
	var p *payment
	label := f.claim
	if f.pay >= 0 {
		p = &e.pays[f.pay]
		label = e.label(p)
	}
	sum := ""
	if r.Amount.Known {
		sum = e.amount(f.asset, r.Amount.Units)
	}
	switch f.action {
	case CompleteTransaction:
		return e.instructComplete(p, f, label, r.TXID)
	case ResendNotification:
		return cmp.Or(p.profile.Operator, whoSupport), fmt.Sprintf("Resend the notification of order %s (%s); do not credit it by hand as well.", label, e.resendsUsed(p))
	case FixReceiverThenResend:
		then := "then have it resent (" + e.resendsUsed(p) + ")"
		if f.deadline == 0 {
			then = "then apply the order's status from the provider's order"
		}
		return whoEngineering, fmt.Sprintf("Fix the receiver first (public URL, HTTP 200, firewall, secret), %s for order %s; do not resend before.", then, label)
	case ApplyFromAPI:
		return whoEngineering, fmt.Sprintf("Apply the status of order %s from the provider's order; do not wait for another webhook.", label)
	case CreditActual:
		received := sum
		if p != nil {
			received = e.amount(p.asset, e.kept(f.pay))
		}
		return whoFinance, fmt.Sprintf("Set the credit of order %s to what was received, %s; do not credit the amount due.", label, received)
	case CreditLate:
		return whoFinance, e.instructLate(p, f.pay, label)
	case RefundOrCredit:
		return whoFinance, e.instructRefund(p, f, label, sum)
	case HoldFulfilment:
		return whoFinance, fmt.Sprintf("Do not ship order %s; if it was shipped, recover %s.", label, cmp.Or(sum, "the goods"))
	case IdentifyPayer:
		if f.kind == AmbiguousPayment {
			return whoFinance, fmt.Sprintf("Ask the customers of the candidate orders who sent %s; do not credit any of them before.", e.amount(f.asset, e.moves[f.moves[0]].units))
		}
		return whoFinance, fmt.Sprintf("Find out who sent %s (%s); do not credit it on the amount alone.", sum, r.TXID)
	case InvestigateSender:
		return whoEngineering, fmt.Sprintf("Investigate who sent the webhook that claims order %s; do not act on its content.", label)
	case AskProvider:
		return whoSupport, e.instructAsk(p, f, label, r.TXID)
	}
	return "", ""
}

func (e *engine) instructComplete(p *payment, f *finding, label, txid string) (who, sentence string) {
	reason := p.profile.ReasonUnpaid
	if p.state == StateDetected {
		reason = p.profile.ReasonStuck
	}
	try := "Complete Transaction"
	if f.deadline <= e.window.To {
		try = "try Complete Transaction (if the button is gone, ask the provider)"
	}
	confirm := ""
	if e.parts[p.firstPart].rule >= RuleExactAmount {
		confirm = " Let the customer confirm the TXID first."
	}
	return cmp.Or(p.profile.Operator, whoSupport), fmt.Sprintf(
		"Open order %s, %s with TXID %s and reason %s; one order at a time, do not credit it by hand as well.%s The window counts from %s.",
		label, try, txid, quote(reason), confirm, e.policy.ExceptionFrom)
}

func (e *engine) resendsUsed(p *payment) string {
	limit := cmp.Or(e.policy.ResendLimit, p.profile.ResendLimit)
	if used := e.in.order(p.row()).resends; used >= 0 {
		return fmt.Sprintf("%d of %d resends used", used, limit)
	}
	return fmt.Sprintf("at most %d resends", limit)
}

func (e *engine) instructLate(p *payment, pay int32, label string) string {
	kept := e.kept(pay)
	settled := e.amount(p.asset, kept)
	if p.prov >= 0 && kept == p.verdict.received {
		if q := e.in.quantity(e.in.restOf(e.in.order(p.prov)).settled); q.Known() && !q.IsZero() {
			settled = q.String() + " " + e.in.words.text(e.in.order(p.prov).settledIn) + " (settled at the new rate)"
		}
	}
	if e.policy.Late == LateAsk {
		return fmt.Sprintf("Ask the customer of order %s: credit %s or refund; do not use the old rate.", label, settled)
	}
	return fmt.Sprintf("Credit order %s with what was settled, %s; do not use the old rate.", label, settled)
}

func (e *engine) instructRefund(p *payment, f *finding, label, sum string) string {
	switch f.kind {
	case UnmatchedRefund:
		return fmt.Sprintf("Find out what %s to %s was for, and who sent it; record the refund that it was, or recover it.", sum, e.in.addrs.text(e.moves[f.move].to))
	case RefundExceeds:
		return fmt.Sprintf("Look into the refunds of order %s, which exceed what it received by %s; do not refund it again.",
			label, e.amount(f.asset, f.observed.Units.Sub(f.expected.Units)))
	case LostOrder:
		return fmt.Sprintf("Order %s is cancelled in our book: refund or credit %s; do not complete it.", label, e.amount(p.asset, e.kept(f.pay)))
	}
	other := ""
	if f.kind == DuplicatePayment {
		other = e.openTwin(f)
	}
	return fmt.Sprintf("Refund or credit %s for order %s%s; do not ship twice.", sum, label, other)
}

// openTwin names another open order of the same customer and amount: the money
// may have been meant for it.
func (e *engine) openTwin(f *finding) string {
	p := &e.pays[f.pay]
	if p.customer == 0 {
		return ""
	}
	for _, i := range e.twins()[twin{p.customer, p.asset, f.diff}] {
		if i != f.pay {
			return " (the same customer's order " + e.label(&e.pays[i]) + " of this amount is unpaid: it may be meant for that)"
		}
	}
	return ""
}

// twin is what makes two orders of one customer look alike.
type twin struct {
	customer uint32
	asset    int32
	units    money.Units
}

func (e *engine) twins() map[twin][]int32 {
	if e.unpaidTwins == nil {
		e.unpaidTwins = map[twin][]int32{}
		for i := range e.pays {
			if q := &e.pays[i]; q.customer != 0 && !q.paid && q.firstPart < 0 && q.ask().Known {
				k := twin{q.customer, q.asset, q.ask().Units}
				e.unpaidTwins[k] = append(e.unpaidTwins[k], int32(i))
			}
		}
	}
	return e.unpaidTwins
}

func (e *engine) instructAsk(p *payment, f *finding, label, txid string) string {
	support := "the provider"
	if p != nil && p.profile.Support != "" {
		support = p.profile.Support
	}
	switch f.kind {
	case LostOrder:
		if e.merchantState(p) == StatePaid {
			return fmt.Sprintf("Ask %s to correct order %s (TXID %s paid it); our book credits it already: do not credit again.", support, label, txid)
		}
		return fmt.Sprintf("Ask %s to complete order %s: TXID %s paid %s to its address, the order says %s; do not ask the customer to pay again.",
			support, label, txid, e.amount(p.asset, f.observed.Units), p.state)
	case WrongAsset, WrongChain:
		return fmt.Sprintf("Ask %s whether %s of order %s can be recovered (TXID %s); refund or credit only once the funds are in our control.",
			support, e.amount(f.asset, f.diff.Abs()), label, txid)
	case MissingOrder:
		return fmt.Sprintf("Ask %s about order %s, which stands in one book only; do not ship before the books agree.", support, label)
	case StaleOrder:
		return fmt.Sprintf("Ask %s to close order %s; do not ship it.", support, label)
	}
	return fmt.Sprintf("Ask %s about order %s: %s.", support, label, f.note)
}
