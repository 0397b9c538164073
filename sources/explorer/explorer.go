// Package explorer reads transfers from files: what indexers write
// (ethereum-etl, cryo, as Parquet too), what block explorers export (the Etherscan family,
// Blockscout, Tronscan, OKLink) or answer over their APIs, and any table whose
// columns the configuration maps.
//
// A file is recognised by the set of its headers, never by their position or by
// its name; formats.go is the table of what is known. Three things make these
// files weaker witnesses than a node, and each is said rather than smoothed over.
// Most have no log index, so equal rows are separate occurrences that the core
// numbers. Exports are cut at round numbers of rows without a word, so a file
// that has exactly so many covers only the time between its first and its last
// row. And an export of one account says nothing about any other, so what it
// covers carries that account's address.
package explorer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// Transfers returns a source that reads transfers from o.Files. Chains are
// resolved in cat, which also knows their native coins and how many
// confirmations make a transfer final.
//
// Rows of failed transactions are no transfers: they are counted out of scope,
// and their transactions are handed over as reverted. Out of scope are also rows
// that move nothing by their kind (delegate and static calls) or that move a
// TRC-10 token, and rows that o.Only leaves out.
//
// Read returns an error, and covers nothing, when a file cannot be opened, is in
// no known format, or lacks what only the configuration can add: a chain, a time
// zone, an asset, or the times of its blocks. The other files are read all the same.
func Transfers(o sources.FileOptions, cat *reconcile.Catalogue) sources.Source {
	files := make([]sources.File, len(o.Files))
	for i, f := range o.Files {
		files[i] = Table(f)
	}
	o.Files = files
	return &source{options: o, catalogue: cat}
}

type source struct {
	options   sources.FileOptions
	catalogue *reconcile.Catalogue
}

func (s *source) Info() reconcile.SourceInfo {
	return reconcile.SourceInfo{Name: s.options.Name, Kind: reconcile.SourceTransfers}
}

// Read looks at all headers first: which files are blocks decides whether the
// others can be given a time.
func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	formats, err := withMapping(s.options.Columns)
	if err != nil {
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	var failed []error
	var files []layout
	blocks := blockTimes{}
	for _, file := range s.options.Files {
		l, err := s.look(file, formats)
		switch {
		case err != nil:
			failed = append(failed, err)
		case l.format != nil && l.format.moves == nothing:
			failed = append(failed, s.readBlocks(ctx, l, blocks))
		default:
			files = append(files, l)
		}
	}
	c := coverage{source: s, query: q, parts: map[group][]*extent{}, left: map[end]reconcile.Interval{}}
	for _, l := range files {
		failed = append(failed, s.readTransfers(ctx, l, blocks, &c, into))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	c.register(into)
	into.Proof("declared")
	return nil
}

// layout is a file whose format is known.
type layout struct {
	file    sources.File
	format  *format // nil for a file without rows and header, which has none
	header  []string
	columns map[field]string // the header that holds a field, as written

	workbook bool // its numbers keep 15 digits
}

// errSeen stops reading once the header is known.
var errSeen = errors.New("the header is known")

// look reads a file's header and recognises its format.
func (s *source) look(file sources.File, formats []format) (layout, error) {
	l := layout{file: file}
	read := func(o tabular.Options) (tabular.Summary, error) {
		return tabular.Read(file.Path, file.Open, tabular.Contract{}, o, tabular.Handler{
			Header: func(sum tabular.Summary) error {
				l.header, l.workbook = slices.Clone(sum.Header), strings.HasPrefix(sum.Format, "xlsx")
				return errSeen
			},
			Bad: func(*tabular.Error) error { return nil },
		})
	}
	options := s.reading()
	sum, err := read(options)
	if comma := lostDelimiter(l.header); comma != 0 && options.Comma == 0 {
		options.Comma = comma
		sum, err = read(options)
	}
	switch {
	case err != nil && !errors.Is(err, errSeen):
		return l, err
	case l.header == nil && sum.Rows > 0:
		return l, &tabular.Error{File: file.Path, Reason: fmt.Sprintf("none of its %d rows can be read", sum.Rows)}
	case l.header == nil:
		return l, nil
	}
	m := recognise(formats, l.header)
	l.format, l.columns = m.format, m.columns
	if reason := m.refusal(l.header); reason != "" {
		return l, &tabular.Error{File: file.Path, Reason: reason}
	}
	return l, nil
}

// lostDelimiter returns the delimiter inside a header that looks like one column:
// it was passed over because the header it makes is refused, and that refusal,
// a column that stands there twice, is what has to be said.
func lostDelimiter(header []string) rune {
	if len(header) == 1 {
		if i := strings.IndexAny(header[0], ",;\t|"); i >= 0 {
			return rune(header[0][i])
		}
	}
	return 0
}

func (s *source) reading() tabular.Options {
	return tabular.Options{Comma: s.options.Comma, Sheet: s.options.Sheet}
}

// each reads the rows of a file under a contract, until ctx is done.
func (s *source) each(ctx context.Context, l layout, c tabular.Contract, h tabular.Handler) (tabular.Summary, error) {
	row, n := h.Row, 0
	h.Row = func(r *tabular.Row) error {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("%s: %w", l.file.Path, ctx.Err())
		}
		return row(r)
	}
	if err := ctx.Err(); err != nil {
		return tabular.Summary{}, fmt.Errorf("%s: %w", l.file.Path, err)
	}
	return tabular.Read(l.file.Path, l.file.Open, c, s.reading(), h)
}

// readTransfers hands over the rows of one file and notes what it covers.
func (s *source) readTransfers(ctx context.Context, l layout, blocks blockTimes, c *coverage, into sources.Sink) error {
	if l.format == nil {
		c.empty(l.file.Path)
		return nil
	}
	rows, err := s.newRowReader(l, blocks)
	if err != nil {
		return err
	}
	id := into.File(l.file.Path, s.options.Sheet)
	e := newExtent(l)
	sum, err := s.each(ctx, l, rows.contract, tabular.Handler{
		Row: func(r *tabular.Row) error {
			rows.read(r, id, e, c.query, into)
			return nil
		},
		Bad: func(bad *tabular.Error) error {
			e.rejected++
			into.AddReject(reject(bad, id, "", ""))
			return nil
		},
	})
	if err != nil {
		return err
	}
	e.rows = sum.Rows
	into.Note(fmt.Sprintf("%s: %s, %d rows", l.file.Path, l.format.name, sum.Rows))
	for _, warning := range sum.Warning {
		into.Note(l.file.Path + ": " + warning)
	}
	c.add(e, rows)
	return nil
}

// reject turns an unreadable row into a reject with its legible keys.
func reject(e *tabular.Error, file reconcile.FileID, txid, address string) *reconcile.Reject {
	return &reconcile.Reject{
		At: reconcile.At{File: file, Line: e.Line}, Column: e.Column, Value: e.Value, Reason: e.Reason, Raw: e.Raw,
		TXID: txid, Address: address,
	}
}
