package reconcile

// baseSeverity ranks each kind before value and deadline are looked at.
var baseSeverity = [kindCount]Severity{
	LostOrder:         Medium,   // a customer paid and got nothing
	Underpaid:         Medium,   // the books credit more than came
	Overpaid:          Low,      // money to give back or credit
	LatePayment:       Medium,   // a customer's money waits
	DuplicatePayment:  Medium,   // a customer paid twice
	MissingTransfer:   Critical, // goods may be shipped unpaid today
	UnknownTransfer:   Medium,   // somebody's money, nobody's order
	AmbiguousPayment:  Medium,   //
	WrongAsset:        Medium,   // recovery takes time
	WrongChain:        Medium,   //
	WrongAddress:      Critical, // as missing_transfer
	TXIDNotFound:      Critical, //
	FailedTransaction: Critical, //
	TXIDReused:        Critical, // one payment ships two orders
	AmountMisreported: Low,      // settled, but somebody's figure is wrong
	DueConflict:       High,     // a price may have been tampered with
	ReorgedTransfer:   Critical, //
	UnmatchedRefund:   High,     // money left without an order for it
	RefundExceeds:     High,     //
	CreditMismatch:    Medium,   //
	MissedWebhook:     Medium,   // the shop does not know that it was paid
	WebhookNotApplied: Medium,   //
	WebhookConflict:   Medium,   //
	UnverifiedWebhook: High,     // somebody may forge payments
	UnknownWebhook:    Medium,   //
	StatusConflict:    Medium,   // critical where only our book says paid, see severity
	MissingOrder:      Medium,   //
	StaleOrder:        Low,      //
}

// severity ranks a break: critical where money or goods may be gone within the
// day, high where a deadline is near or the value material.
func (e *engine) severity(f *finding) Severity {
	if f.low {
		return Low
	}
	s := baseSeverity[f.kind]
	if f.kind == StatusConflict && !e.pays[f.pay].paid {
		s = Critical // our book says paid, and nobody else does
	}
	if v := e.risk(f); v.Known() && e.policy.Materiality.Known() && v.Cmp(e.policy.Materiality) >= 0 {
		s = max(s, High)
	}
	if f.deadline.Known() && f.deadline >= e.window.To && f.deadline < e.window.To+Day {
		s = max(s, High)
		if f.kind == LostOrder {
			s = Critical // after that the operator cannot complete it any more
		}
	}
	return s
}
