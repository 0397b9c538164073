package bvnk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

// Refunds returns a source over BVNK's outgoing payments in o.Files: refunds
// (merchantRefund) and payouts, in payment objects of v0, v1 and v3 as Orders reads
// them, and in ledger exports (CSV), whose running balance is followed. Payments
// that come in are counted out of scope, and so are a ledger's other movements.
//
// A refund is of the order that it names: the payment in `refund`. A payout names
// none, its reference is its own.
func Refunds(o sources.FileOptions) sources.Source { return &refundSource{o} }

type refundSource struct{ options sources.FileOptions }

func (s *refundSource) Info() reconcile.SourceInfo {
	return book.Refunds(s.options, book.Shape{Refund: refund}).Info()
}

// Read reads payments and ledgers apart. What the running balances say is known at
// the end of all ledgers.
func (s *refundSource) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	payments, ledgers := s.options, s.options
	payments.Files, ledgers.Files = nil, nil
	for _, f := range s.options.Files {
		if isLedger(f, s.options) {
			ledgers.Files = append(ledgers.Files, f)
		} else {
			payments.Files = append(payments.Files, f)
		}
	}
	inner := quiet{into}
	var failed []error
	if len(payments.Files) > 0 || len(ledgers.Files) == 0 {
		failed = append(failed, book.Refunds(payments, book.Shape{Columns: columns, Keys: []int{uuid, v3ID}, Refund: refund}).Read(ctx, q, inner))
	}
	proof := "declared"
	if len(ledgers.Files) > 0 {
		l := newLedger(&ledgers, into)
		failed = append(failed, book.Refunds(ledgers, book.Shape{Columns: ledgerColumns, Keys: []int{transactionUUID, transactionID}, Refund: l.movement}).Read(ctx, q, l))
		if l.finish() && len(payments.Files) == 0 {
			proof = "running balance"
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for _, span := range s.options.Spans(q) {
		into.Cover(reconcile.Coverage{Span: span})
	}
	into.Proof(proof)
	return nil
}

// quiet keeps back what a part of the files covers: it is said once for all.
type quiet struct{ sources.Sink }

func (quiet) Cover(reconcile.Coverage) {}
func (quiet) Proof(string)             {}

func refund(c *book.Cells, r *reconcile.Refund) (inScope bool) {
	if !outgoing(c.Text(kind), c.Text(direction), c.Text(subType)) {
		return false
	}
	r.TXIDs = c.TXIDs(hashes)
	r.RefundID = strings.ToLower(firstOf(c.ID(uuid), c.ID(v3ID)))
	if r.RefundID == "" {
		c.Fail(uuid, "the payment has no uuid: two refunds of one amount could not be told apart")
	}
	r.OrderID, r.OrderNo = strings.ToLower(c.ID(refundedUUID)), c.ID(refundedReference)
	if r.To = c.Address(address); c.Address(tag) != "" {
		r.To = "" // the address is everybody's
	}
	r.Chain = firstOf(c.Text(protocol), c.Text(network))
	if list := c.List(txProtocol); r.Chain == "" && len(list) > 0 {
		r.Chain = list[0]
	}
	r.Asset = firstOf(c.Text(paidCurrency), c.Text(settledCurrency))
	r.Symbol = r.Asset
	r.Status = c.Text(status)
	r.State = c.Profile().State("", r.Status)
	if r.Status == "" {
		c.Fail(status, "the status is empty")
	}
	// BVNK writes zero as long as nothing was sent. Of v3 it is what the receiver got.
	r.Amount = given(unlessZero(c.Amount(paidActual)), unlessZero(c.Amount(paidAmount)), unlessZero(c.Amount(settled)))
	r.Created, r.Updated = c.Time(dateCreated), c.Time(lastUpdated)
	return true
}

// isLedger reports whether a file is a ledger export, by its header alone. A file
// that cannot be read is not: whoever reads it says why.
func isLedger(f sources.File, o sources.FileOptions) bool {
	ledger, stop := false, errors.New("the header is all that is asked for")
	_, err := tabular.Read(f.Path, f.Open, tabular.Contract{}, tabular.Options{Comma: o.Comma, Sheet: o.Sheet}, tabular.Handler{
		Header: func(sum tabular.Summary) error {
			ledger = slices.ContainsFunc(sum.Header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), "running balance") })
			return stop
		},
		Row: func(*tabular.Row) error { return stop },
		Bad: func(*tabular.Error) error { return stop },
	})
	return ledger && errors.Is(err, stop)
}
