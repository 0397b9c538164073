package tabular

import (
	"fmt"
	"strings"
)

// jsonRows turns JSON objects into rows under a contract.
type jsonRows struct {
	*reader
	paths *path
	parse objectParser
	begun bool
}

func (r *reader) jsonRows() *jsonRows {
	columns := len(r.contract.Columns)
	j := &jsonRows{reader: r, paths: paths(r.contract)}
	j.parse.cells = make([]cell, columns)
	j.parse.lists = make([][]string, columns)
	r.row.cells, r.row.lists = j.parse.cells, j.parse.lists
	r.row.cols = binding{at: make([]int, columns), header: make([]string, columns)}
	for i, col := range r.contract.Columns {
		r.row.cols.at[i], r.row.cols.header[i] = i, col.Name
	}
	return j
}

// row parses the row at the start of src and returns its length; the error says
// why src does not hold one.
func (j *jsonRows) row(src []byte) (n int, err error) {
	p := &j.parse
	p.reset(src)
	if p.peek() != '{' && p.failed == nil {
		p.spoil("a row is a JSON object, and this is none")
	}
	p.value(j.paths)
	return p.at, p.failed
}

// deliver hands over the row that was parsed from src on a line. The first good
// one is held to the contract as a header would be.
func (j *jsonRows) deliver(src []byte, line int, why string) error {
	j.reader.row.at, j.reader.row.source = line, src
	if why == "" && !j.begun {
		if err := j.first(src); err != nil {
			return err
		}
	}
	if why == "" {
		why = j.lacking()
	}
	return j.hand(why)
}

// first lists the paths of the first good row as the header.
func (j *jsonRows) first(src []byte) error {
	j.begun = true
	lister := objectParser{src: src, list: &j.sum.Header, cells: make([]cell, len(j.parse.cells)), lists: make([][]string, len(j.parse.cells))}
	lister.reset(src)
	lister.value(j.paths)
	cols := &j.reader.row.cols
	for _, written := range j.sum.Header {
		if i := j.column(written); i >= 0 {
			cols.header[i] = written
		} else {
			cols.extra = append(cols.extra, written)
		}
	}
	for i, col := range j.contract.Columns {
		if col.Required && j.parse.cells[i].kind == absent {
			e := lacks(col, j.sum.Header)
			e.Line = j.reader.row.at
			return j.fail(e)
		}
	}
	return j.begin()
}

// column returns the contract column of a path as the file writes it, or -1.
func (j *jsonRows) column(written string) int {
	at := j.paths
	for _, part := range strings.Split(written, ".") {
		if at = at.find(part); at == nil {
			return -1
		}
		if at.each != nil {
			at = at.each
		}
	}
	return at.column
}

// lacking names a required column that the row does not have.
func (j *jsonRows) lacking() string {
	for i, col := range j.contract.Columns {
		if col.Required && j.parse.cells[i].kind == absent {
			return fmt.Sprintf("it does not have %q, which is required", j.reader.row.header(i))
		}
	}
	return ""
}

// json reads one JSON document: an array of rows, an envelope around one, or a
// single row. It never holds more than one row.
func (r *reader) json(w *window) error {
	d := &document{w: w}
	place, err := d.find(r.options.Envelope)
	if err != nil {
		return r.fail(err)
	}
	if place == atObject && d.refused() {
		return r.fail(d.refusal())
	}
	j := r.jsonRows()
	if place == atArray {
		err = j.array(d)
	} else {
		err = j.single(d)
	}
	if err != nil {
		return err
	}
	if err := d.finish(); err != nil {
		return r.fail(err)
	}
	if d.refused() {
		return r.fail(d.refusal())
	}
	if r.sum.Rows == 0 {
		r.warn("it has no rows")
	}
	r.sum.Page, r.sum.Single = d.page, d.single
	if place == atArray {
		r.sum.Announced = d.total
	}
	if r.sum.Announced > r.sum.Rows {
		r.warn("it says that there are %d rows in total and holds %d: further pages are missing", d.total, r.sum.Rows)
	}
	return nil
}

// array delivers the elements of the array at the document's place.
func (j *jsonRows) array(d *document) error {
	d.skip(1)
	for first := true; ; first = false {
		b, err := d.peek()
		switch {
		case err != nil:
			return j.fail(err)
		case b == ']' && first:
			d.skip(1)
			return nil
		}
		if err := j.single(d); err != nil {
			return err
		}
		switch b, err = d.peek(); {
		case err != nil:
			return j.fail(err)
		case b == ',':
			d.skip(1)
		case b == ']':
			d.skip(1)
			return nil
		default:
			return j.fail(d.errorf("it is not valid JSON: %q where a comma or ] is expected behind a row", rune(b)))
		}
	}
}

// single delivers the row at the document's place.
func (j *jsonRows) single(d *document) error {
	n, err := d.whole(j.row)
	if err != nil {
		return j.fail(err)
	}
	if err := j.deliver(d.w.rest()[:n], d.w.line, j.parse.why); err != nil {
		return err
	}
	d.skip(n)
	return nil
}
