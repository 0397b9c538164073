package reconcile

import (
	"iter"

	"tieout/reconcile/money"
)

// RefundRow is one refund with its verdict.
type RefundRow struct {
	Provider, RefundID string
	OrderID, OrderNo   string // of the order that was found for it, else as the row names it
	Status             string // verbatim
	Asset              money.Asset
	Amount             Figure // unknown where nobody can tell it in an asset
	TXIDs              []string
	Created            Instant
	Outcome            Outcome // agreed: its money went, and its order or payment is known; open: under way; excluded: it did not go, or another book's row of it counts
	Note               string  // a sentence: why it does not count
}

// Refunds yields every refund with its verdict, by provider and refund id. Rows that
// repeat one are counted with their source.
func (r *Result) Refunds() iter.Seq[RefundRow] {
	return func(yield func(RefundRow) bool) {
		for i := range r.e.refunds.list {
			if !yield(r.e.refundRow(&r.e.refunds.list[i])) {
				return
			}
		}
	}
}

func (e *engine) refundRow(r *refund) RefundRow {
	row := &e.in.refunds[r.row]
	out := RefundRow{Provider: e.in.words.text(row.provider), RefundID: e.in.words.text(row.id), Status: e.in.words.text(row.status),
		OrderID: e.in.keys.text(row.orderID), OrderNo: e.in.keys.text(row.orderNo), Asset: e.asset(r.asset), Amount: r.units, Created: row.created, Note: sentence(r.note)}
	if r.pay >= 0 {
		out.OrderID, out.OrderNo = e.in.keys.text(e.pays[r.pay].id), e.in.keys.text(e.pays[r.pay].no)
	}
	for _, tx := range e.in.list(row.txids) {
		out.TXIDs = append(out.TXIDs, e.in.txid(row.chain, tx))
	}
	out.Outcome = e.refundOutcome(r)
	return out
}

func (e *engine) refundOutcome(r *refund) Outcome {
	switch {
	case r.standing == refundLater:
		return OutcomeContext
	case r.standing == refundOnWay:
		return OutcomeOpen
	case r.standing == refundVoid || r.standing == refundTold:
		return OutcomeExcluded
	case r.standing == refundUnclear || r.pay < 0 && !r.explains:
		return OutcomeUndetermined
	case r.pay >= 0 && e.pays[r.pay].verdict.kinds.has(RefundExceeds):
		return OutcomeBreak
	}
	return OutcomeAgreed
}
