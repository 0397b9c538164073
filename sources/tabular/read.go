package tabular

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// reader is one pass over one file.
type reader struct {
	name     string
	contract Contract
	options  Options
	handler  Handler
	sum      Summary
	row      Row
}

func read(name string, open Opener, c Contract, o Options, h Handler) (Summary, error) {
	r := &reader{name: name, contract: c, options: o, handler: h}
	r.row.file = name
	file, err := open()
	if err != nil {
		return r.sum, fmt.Errorf("%s: it cannot be opened: %w", name, err)
	}
	defer file.Close()
	err = r.read(bufio.NewReaderSize(file, 4<<10))
	r.sum.Sheet = r.row.sheet
	return r.sum, err
}

// read peels off compression and encoding, and reads what is inside by what it
// looks like: the name of a file proves nothing.
func (r *reader) read(packed *bufio.Reader) error {
	plain, packing, err := unpack(packed)
	if err != nil {
		return r.fail(err)
	}
	if isZIP(plain) {
		r.sum.Format = "xlsx" + packing
		return r.xlsx(plain)
	}
	if what := foreign(plain); what != "" {
		return r.fail(&Error{Reason: what})
	}
	w := newWindow(decode(plain))
	switch look(w) {
	case looksEmpty:
		return r.fail(&Error{Reason: "it is empty"})
	case looksArray, looksObject:
		r.sum.Format = "json" + packing
		return r.json(w)
	case looksLines:
		r.sum.Format = "jsonl" + packing
		return r.jsonLines(w)
	default:
		r.sum.Format = "csv" + packing
		return r.csv(w)
	}
}

// maxColumns is what the widest sheet has.
const maxColumns = 16384

// bind binds the contract to a header and checks that nothing required is missing.
func (r *reader) bind(header []string) (binding, *Error) {
	if len(header) > maxColumns {
		return binding{}, &Error{Reason: fmt.Sprintf("the header has %d columns, at most %d are read", len(header), maxColumns)}
	}
	b, refused := bind(r.contract, header)
	if refused == nil {
		refused = b.missing(r.contract, header)
	}
	return b, refused
}

// begin tells the caller what the file turned out to be.
func (r *reader) begin() error {
	r.sum.Extra = r.row.cols.extra
	r.sum.Sheet = r.row.sheet
	if r.handler.Header == nil {
		return nil
	}
	return r.handler.Header(r.sum)
}

// hand gives the current row to the caller, as a row or, with a reason, as a bad
// one. A caller that takes no bad rows cannot go on: nothing is skipped.
func (r *reader) hand(why string) error {
	if why != "" {
		return r.handBad(r.row.bad(why))
	}
	r.sum.Rows++
	if r.handler.Row == nil {
		return nil
	}
	return r.handler.Row(&r.row)
}

func (r *reader) handBad(e *Error) error {
	r.sum.Rows++
	if r.handler.Bad == nil {
		return e
	}
	return r.handler.Bad(e)
}

// fail completes an error with the file it is about.
func (r *reader) fail(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Reason: err.Error()}
	}
	e.File, e.Sheet = r.name, r.row.sheet
	return e
}

func (r *reader) warn(format string, args ...any) {
	r.sum.Warning = append(r.sum.Warning, strings.TrimSpace(fmt.Sprintf(format, args...)))
}
