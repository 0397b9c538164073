package tabular

import "io"

// Table is rows that were never a file: what a database answers. Next moves to the
// first row and then from row to row; io.EOF is the end, any other error ends the
// reading. Cell returns a value of the row as text, "" for none, whether it is a
// number by its type, and why it cannot be used, "" when it can; Refuse says the same
// of a whole column. What a column that the contract does not name holds, nobody asks.
type Table interface {
	Header() []string
	Refuse(column int) string
	Next() error
	Cell(column int) (text string, number bool, unfit string)
}

// ReadTable reads a table under a contract, as Read does a file. A row's line is its
// number, from 1. name is what errors show.
func ReadTable(name string, t Table, c Contract, h Handler) (Summary, error) {
	r := &reader{name: name, contract: c, handler: h, sum: Summary{Format: "table", Header: t.Header()}}
	r.row.file = name
	return r.sum, r.table(t)
}

func (r *reader) table(t Table) error {
	var refused *Error
	if r.row.cols, refused = r.bind(r.sum.Header); refused != nil {
		return r.fail(refused)
	}
	if err := r.refuse(t); err != nil {
		return err
	}
	if err := r.begin(); err != nil {
		return err
	}
	r.row.cells, r.row.unfit = make([]cell, len(r.sum.Header)), make([]string, len(r.sum.Header))
	for {
		switch err := t.Next(); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return r.fail(err)
		}
		r.row.at++
		if r.fill(t) {
			if err := r.refuse(t); err != nil {
				return err
			}
		}
		if err := r.hand(""); err != nil {
			return err
		}
	}
}

// fill takes over the cells of a row and reports whether one of them is unfit.
func (r *reader) fill(t Table) (unfit bool) {
	for i := range r.row.cells {
		text, isNumber, why := t.Cell(i)
		c := cell{text: text}
		if isNumber {
			c.kind = number
		}
		r.row.cells[i], r.row.unfit[i] = c, why
		unfit = unfit || why != ""
	}
	return unfit
}

// refuse ends the reading where a column that the contract names cannot be used.
func (r *reader) refuse(t Table) error {
	for i, at := range r.row.cols.at {
		if at < 0 {
			continue
		}
		if why := t.Refuse(at); why != "" {
			return r.fail(&Error{Line: r.row.at, Column: r.row.cols.header[i], Reason: why})
		}
	}
	return nil
}
