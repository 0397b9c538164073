// Package sources holds the port through which everything enters: a Source
// reads one foreign shape and hands rows to a Sink, which is a source's own
// intake of a reconcile.Builder.
//
// To add a source: (1) make a package that knows one shape, with a function
// from its options to a Source; (2) read bytes through sources/tabular or
// sources/internal/transport, so that limits, positions and redaction are the
// same everywhere; (3) hand over every row, or reject it with file, line and
// column; nothing is skipped; (4) say what is covered, and call what could not
// be read a gap; (5) pass sources/sourcetest and add a line to the table in the
// import-rule test.
package sources

import (
	"context"
	"io"

	"tieout/reconcile"
)

// Source reads one configured witness. Read hands its rows to the sink in any
// order and registers what it covers; rows that cannot be read are rejects. An
// error means that the source as a whole failed: the caller records a gap for
// it and the run is incomplete. Read is called once.
type Source interface {
	Info() reconcile.SourceInfo
	Read(ctx context.Context, q Query, into Sink) error
}

// Sink takes what one source reads. Every row that was read is handed over
// exactly once: as an order, a transfer, a delivery, a refund, a reject, or counted
// out of scope. Texts of a row may alias a buffer; the sink copies them before it
// returns. A Sink is used from one goroutine.
type Sink interface {
	// File registers a file (and sheet, "" for none) and returns its number for At.
	File(path, sheet string) reconcile.FileID

	AddOrder(*reconcile.Order)
	AddTransfer(*reconcile.Transfer)
	AddDelivery(*reconcile.Delivery)
	AddRefund(*reconcile.Refund)
	AddReject(*reconcile.Reject)
	// OutOfScope counts rows that the source's `only:` filter or its direction
	// leaves out on purpose.
	OutOfScope(n int)
	// AddFact answers a claim of the query that no transfer explains.
	AddFact(reconcile.TXFact)

	Cover(reconcile.Coverage) // this is complete
	Gap(reconcile.Gap)        // this is not: the run is incomplete
	Note(text string)         // a sentence for the sources page
	Proof(level string)       // what was proven of completeness: declared, none, basic, ...
}

// Query is what a run asks of a source. Books and webhook logs ignore Watch and
// Claims: they are what the books say, so only transfer sources get them. Books of
// files ignore Named.
type Query struct {
	Window reconcile.Interval // the judged span; To is the end of the business date
	Reach  reconcile.Interval // the wider span of context: rows in it explain others
	Watch  []Watch            // receiving addresses by chain, sorted
	Claims func() []Claim     // transactions that books or deliveries name, sorted; a long list, made when asked for; nil = none
	Named  func() []Named     // order books only: the orders that our own books and earlier dates name; nil = none
}

// Named is an order that a source may be asked for by name.
type Named struct {
	Provider         string // profile name; "" when our own book does not say with whom it was paid
	OrderID, OrderNo string
	Created          reconcile.Instant // 0 when it is not known
	Open             bool              // an earlier date left it open: it is judged again however old it is
}

// Watch is the list of receiving addresses of one chain, canonical and sorted.
type Watch struct {
	Chain     string
	Addresses []string
}

// Claim is a transaction that a book or a delivery names. Chain is "" when the
// book does not say on which chain.
type Claim struct{ Chain, TXID string }

// File is an input file as the caller resolved it. Path is what errors and
// reports show; Open may be called more than once. A table that is no file has Rows
// in the place of Open; the number of a row stands for its line.
type File struct {
	Path string
	Open func() (io.ReadCloser, error)
	Rows func(ctx context.Context, q Query) (Rows, error)
}
