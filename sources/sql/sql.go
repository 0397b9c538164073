// Package sql reads an order book by a query from a merchant's own database:
// PostgreSQL, MySQL or MariaDB, SQLite. The columns of the answer stand for the
// headers of a file and are held to the same contract; the caller brings the driver
// and the provider whose columns they are.
//
// Three things are promised. Nothing is written: the query is one SELECT in a
// transaction that is read-only by the database's own rules. Nothing is rounded: an
// amount is taken from a decimal, an integer or a text, and a float is refused. And a
// book that breaks off is no short book: whatever ends the rows early is an error, and
// an answer without a single row covers nothing.
package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"time"

	"tieout/reconcile"
	"tieout/sources"
)

// Options configure a book in a database. Of FileOptions its files, Comma and Sheet
// have no meaning; Zone is that of columns without one.
type Options struct {
	sources.FileOptions
	Statement *Statement
	Open      func() (*stdsql.DB, error) // with a driver of the statement's dialect
	Timeout   time.Duration              // of reading it all; 0 = none
}

// Orders returns a source over the rows of the statement, read as orders reads the
// rows of a file. Read returns an error, and covers nothing, when the database cannot
// be asked, when the answer breaks the contract or breaks off. An answer without rows
// is a gap, unless o.Covers declares what it is complete for.
func Orders(o Options, orders func(sources.FileOptions) sources.Source) sources.Source {
	return &source{o, orders, (*Options).query}
}

// Columns returns a source that asks for the columns alone: reading it shows whether
// the answer keeps the contract, and which columns nobody uses. It covers nothing.
func Columns(o Options, orders func(sources.FileOptions) sources.Source) sources.Source {
	return &source{o, orders, (*Options).columns}
}

// Probe connects, begins a read-only transaction, and says which program answered.
func Probe(ctx context.Context, o Options) (server string, err error) {
	ctx, s, err := o.begin(ctx)
	if err != nil {
		return "", err
	}
	err = s.tx.QueryRowContext(ctx, o.Statement.dialect.server()).Scan(&server)
	return server, errors.Join(err, s.Close())
}

type source struct {
	options Options
	orders  func(sources.FileOptions) sources.Source
	query   func(*Options, context.Context, sources.Query) (*rows, error)
}

func (s *source) Info() reconcile.SourceInfo { return s.orders(s.options.FileOptions).Info() }

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	var answer *rows
	o := s.options.FileOptions
	o.Files = []sources.File{{Path: "query", Rows: func(ctx context.Context, q sources.Query) (_ sources.Rows, err error) {
		answer, err = s.query(&s.options, ctx, q)
		return answer, err
	}}}
	held := &heldBack{Sink: into}
	if err := s.orders(o).Read(ctx, q, held); err != nil {
		return err
	}
	if answer.n == 0 && len(o.Covers) == 0 {
		into.Gap(reconcile.Gap{Reason: s.empty(q)})
		return nil
	}
	held.release()
	if !s.options.Statement.Windowed() {
		into.Note("the query has neither :from nor :to, so every run reads the whole book")
	}
	return nil
}

// empty says why an answer without rows proves nothing. Databases compare values of
// two types without a word and find none equal.
func (s *source) empty(q sources.Query) string {
	if !s.options.Statement.Windowed() {
		return "the query found no row at all; where the book is empty, covers: on the source says so"
	}
	return fmt.Sprintf("the query found no row at all from %s to %s: does it compare times with :from and :to, unix seconds with :from_unix and :to_unix,"+
		" milliseconds with :from_ms and :to_ms? Where there was no order, covers: on the source says so", q.Reach.From, q.Reach.To)
}

// heldBack keeps what a source says of its completeness until it is known whether
// that holds.
type heldBack struct {
	sources.Sink
	covers []reconcile.Coverage
	proofs []string
}

// Cover implements sources.Sink.
func (h *heldBack) Cover(c reconcile.Coverage) { h.covers = append(h.covers, c) }

// Proof implements sources.Sink.
func (h *heldBack) Proof(level string) { h.proofs = append(h.proofs, level) }

func (h *heldBack) release() {
	for _, c := range h.covers {
		h.Sink.Cover(c)
	}
	for _, level := range h.proofs {
		h.Sink.Proof(level)
	}
}
