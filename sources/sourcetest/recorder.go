// Package sourcetest is what every source is tested with: a sink that remembers,
// files made of bytes, and a suite of promises that each file source keeps.
package sourcetest

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
)

// Recorder is a sources.Sink that keeps everything it is given. It copies the
// texts of each row, as a sink must.
type Recorder struct {
	Files      []RecordedFile // by FileID
	Orders     []reconcile.Order
	Transfers  []reconcile.Transfer
	Deliveries []reconcile.Delivery
	Refunds    []reconcile.Refund
	Rejects    []reconcile.Reject
	Scope      int // rows out of scope
	Facts      []reconcile.TXFact
	Covers     []reconcile.Coverage
	Gaps       []reconcile.Gap
	Notes      []string
	Proofs     []string
}

var _ sources.Sink = (*Recorder)(nil)

// RecordedFile is a file, and sheet, that a source registered.
type RecordedFile struct{ Path, Sheet string }

// Rows counts the rows that were handed over, in whatever way.
func (r *Recorder) Rows() int {
	return len(r.Orders) + len(r.Transfers) + len(r.Deliveries) + len(r.Refunds) + len(r.Rejects) + r.Scope
}

func (r *Recorder) File(path, sheet string) reconcile.FileID {
	r.Files = append(r.Files, RecordedFile{strings.Clone(path), strings.Clone(sheet)})
	return reconcile.FileID(len(r.Files) - 1)
}

func (r *Recorder) AddOrder(o *reconcile.Order) {
	c := *o
	own(&c.Provider, &c.OrderID, &c.OrderNo, &c.Account, &c.Customer, &c.Method, &c.Chain, &c.Asset, &c.Symbol,
		&c.SettledIn, &c.PriceIn, &c.Status, &c.PayTo)
	c.TXIDs, c.Payers = ownAll(o.TXIDs), ownAll(o.Payers)
	r.Orders = append(r.Orders, c)
}

func (r *Recorder) AddTransfer(t *reconcile.Transfer) {
	c := *t
	own(&c.Chain, &c.TXID, &c.Trace, &c.BlockHash, &c.Asset, &c.Symbol, &c.From, &c.To, &c.OrderRef)
	r.Transfers = append(r.Transfers, c)
}

func (r *Recorder) AddDelivery(d *reconcile.Delivery) {
	c := *d
	own(&c.Provider, &c.OrderID, &c.OrderNo, &c.Event, &c.Status, &c.Chain, &c.Asset, &c.Symbol, &c.Scheme)
	c.TXIDs = ownAll(d.TXIDs)
	r.Deliveries = append(r.Deliveries, c)
}

func (r *Recorder) AddRefund(f *reconcile.Refund) {
	c := *f
	own(&c.Provider, &c.RefundID, &c.OrderID, &c.OrderNo, &c.Chain, &c.Asset, &c.Symbol, &c.Status, &c.To)
	c.TXIDs = ownAll(f.TXIDs)
	r.Refunds = append(r.Refunds, c)
}

func (r *Recorder) AddReject(j *reconcile.Reject) {
	c := *j
	own(&c.Column, &c.Value, &c.Reason, &c.Raw, &c.OrderID, &c.OrderNo, &c.TXID, &c.Address)
	r.Rejects = append(r.Rejects, c)
}

func (r *Recorder) OutOfScope(n int)           { r.Scope += n }
func (r *Recorder) AddFact(f reconcile.TXFact) { r.Facts = append(r.Facts, f) }
func (r *Recorder) Cover(c reconcile.Coverage) { r.Covers = append(r.Covers, c) }
func (r *Recorder) Gap(g reconcile.Gap)        { r.Gaps = append(r.Gaps, g) }
func (r *Recorder) Note(text string)           { r.Notes = append(r.Notes, strings.Clone(text)) }
func (r *Recorder) Proof(level string)         { r.Proofs = append(r.Proofs, level) }

// own replaces texts that may alias a buffer by copies.
func own(texts ...*string) {
	for _, t := range texts {
		*t = strings.Clone(*t)
	}
}

func ownAll(texts []string) []string {
	c := slices.Clone(texts)
	for i := range c {
		own(&c[i])
	}
	return c
}

// Bytes is a file of that content.
func Bytes(path string, content []byte) sources.File {
	return sources.File{Path: path, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}
