// Package tabular reads rows with their positions from CSV (any usual delimiter
// and encoding), XLSX, JSON arrays and JSON lines, gzipped or not, under a header
// contract. It knows nothing of orders or transfers.
//
// A file is refused as a whole (an *Error with file, sheet, line and column) when
// its header breaks the contract; a row that cannot be read is handed to the
// caller as an *Error and the file goes on. Nothing is skipped in silence.
package tabular

import (
	"fmt"
	"io"
)

// Column is one column of a contract. Names are compared with case, spaces,
// underscores, hyphens and invisible characters ignored. JSON has no header: the
// first good row stands for one, and a later row that lacks a required path is a
// bad row.
type Column struct {
	Name     string   // canonical name: "order_no", or a JSON path "paidCurrency.amount", "transactions[].hash"
	Aliases  []string // other headers that mean the same
	Required bool
}

// Contract lists the columns that a reader understands. Columns of the file
// that it does not name are reported as Extra and otherwise left alone.
type Contract struct{ Columns []Column }

// Options are the reader's knobs; the zero value detects everything.
type Options struct {
	Comma    rune   // CSV delimiter; 0 = detect among , ; tab |
	Sheet    string // XLSX sheet; "" = the only one with rows, else an error that lists them
	Envelope string // JSON: dotted path to the array of rows; "" = the root array, data, data.list, list, result
}

// Opener opens the file anew, from its beginning.
type Opener func() (io.ReadCloser, error)

// Summary is what a file turned out to be.
type Summary struct {
	Format  string   // csv, xlsx, json, jsonl; with +gzip where packed
	Sheet   string   // "" without sheets
	Header  []string // as written
	Extra   []string // headers that the contract does not name
	Rows    int      // data rows seen, rejected ones included
	Warning []string // e.g. "the last line has no line end: the file may be cut"

	// Of an API's answer that was saved in its envelope; 0 and false otherwise.
	Announced int  // rows of all pages together, as the answer says
	Page      int  // which of them it is, from 1
	Single    bool // it is about one row, and no list
}

// Handler takes what Read finds. Row and Bad together see every data row once.
type Handler struct {
	Header func(Summary) error // optional: called once before the first row; not for JSON without rows
	Row    func(*Row) error    // an error stops the file and is returned
	Bad    func(*Error) error  // a row that cannot be read
}

// Read reads one file under a contract. name is what errors show.
func Read(name string, open Opener, c Contract, o Options, h Handler) (Summary, error) {
	return read(name, open, c, o, h)
}

// Row is one data row. It and its texts are valid until the handler returns.
type Row struct{ row }

// Text returns the cell of the contract's i-th column with surrounding space
// removed, "" when the column is absent, null or empty. The values of a JSON path
// with [] in it are joined by |.
func (r *Row) Text(i int) string { return r.text(i) }

// Verbatim returns the cell exactly as it is, for what was signed. A nested JSON
// object or array is its own text, here and in Text.
func (r *Row) Verbatim(i int) string { return r.verbatim(i) }

// Has reports whether the file has the contract's i-th column at all (for JSON:
// whether this row has it, null included).
func (r *Row) Has(i int) bool { return r.has(i) }

// Number reports whether the cell is a number by its own type (a JSON number, a
// numeric XLSX cell), so that an exponent in it is no damage.
func (r *Row) Number(i int) bool { return r.number(i) }

// Nested reports whether the cell is a JSON object or array, so that its text is
// JSON and not a text that looks like it.
func (r *Row) Nested(i int) bool { return r.nested(i) }

// Unfit says why a cell of a Table cannot be used, "" when it can and in files.
func (r *Row) Unfit(i int) string { return r.unusable(i) }

// List returns the values of a JSON path with [] in it, nil when there are
// none; for other cells the single value, if any.
func (r *Row) List(i int) []string { return r.list(i) }

// Line is the physical line (CSV, JSON lines), the row (XLSX) or the line on
// which the object starts (JSON array), from 1.
func (r *Row) Line() int { return r.line() }

// Header returns the i-th column's header as the file writes it, for messages.
func (r *Row) Header(i int) string { return r.header(i) }

// Raw returns the row as read, for rejects; cut at 2 KiB.
func (r *Row) Raw() string { return r.raw() }

// Errorf returns an *Error at the i-th column of this row.
func (r *Row) Errorf(i int, format string, args ...any) *Error {
	return r.errorf(i, fmt.Sprintf(format, args...))
}

// Error is what is wrong with a file or a row, where, and what to do.
type Error struct {
	File, Sheet string
	Line        int    // 0 when it concerns the whole file
	Column      string // header as written; "" when it concerns the whole row
	Value       string // the offending text, clipped
	Reason      string
	Raw         string // the row, for rejects; "" for a whole file
}

// Error formats as: orders.csv line 12 column "amount": reason.
func (e *Error) Error() string {
	s := e.File
	if e.Sheet != "" {
		s += fmt.Sprintf(" sheet %q", e.Sheet)
	}
	if e.Line > 0 {
		s += fmt.Sprintf(" line %d", e.Line)
	}
	if e.Column != "" {
		s += fmt.Sprintf(" column %q", e.Column)
	}
	return s + ": " + e.Reason
}
