package cases

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Given is an answer with what its row showed to the person who gave it.
type Given struct {
	reconcile.Answer
	Sheet string
	Shown money.Quantity // |difference| or |amount| in the file; unknown when it cannot be told
}

// layout is one kind of table that is answered in.
type layout struct {
	sheet  string // its name in the workbook
	id     string // the column with the id
	figure string // and the one with the signed figure
	until  string // the end of a suppression
}

// layouts of tables. What an open item calls until is when it should resolve by
// itself, so that its suppression ends in a column of its own.
var tables = []layout{
	{sheet: "Breaks", id: "break_id", figure: "difference", until: "until"},
	{sheet: "Open items", id: "item_id", figure: "amount", until: "answer_until"},
}

// idOf says how ids look.
var idOf = regexp.MustCompile(`^[BI]-[0-9a-f]{16}$`)

// row is a row of a table of answers. Its cells are what the file holds.
type row struct {
	number  int // as a spreadsheet counts
	cells   []string
	numeric func(column int) bool // whether a cell is a number of a spreadsheet; nil = it is text
	columns map[string]int
	file    *fileReader
	layout  *layout
	sheet   string // as it is called in the file
	found   []Problem
}

// get is a cell by its column's name, "" where either is missing.
func (r *row) get(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.file.plain(r.cells[i]))
}

// fail notes what is wrong with a cell.
func (r *row) fail(column, reason string) {
	r.found = append(r.found, Problem{File: r.file.name, Sheet: r.sheet, Row: r.number, Column: column, Value: r.get(column), Reason: reason})
}

// answer reads the row; given is false for one without a disposition. A row that
// says anything wrong is not taken at all.
func (r *row) answer() (g Given, given bool) {
	word := r.get("disposition")
	if word == "" {
		return Given{}, false
	}
	action, hint := ParseDisposition(word)
	if hint != "" {
		r.fail("disposition", hint)
	}
	g = Given{Sheet: r.sheet, Shown: magnitude(r.figure(r.layout.figure)), Answer: reconcile.Answer{
		ID: r.id(), Asset: r.get("asset"), Action: action, Reason: r.get("reason"), By: r.get("by"),
		Date: r.file.asOf, At: r.file.options.At, File: r.file.name, SHA256: r.file.sha256, Row: r.number,
	}}
	if g.By == "" {
		r.fail("by", "who decided this? write a name")
	}
	if g.Reason == "" && needsReason(action) {
		r.fail("reason", "a "+string(action)+" needs a reason")
	}
	r.limits(&g)
	return g, true
}

// id reads the id of the break or item.
func (r *row) id() string {
	id := r.get(r.layout.id)
	if len(id) > 2 {
		id = strings.ToUpper(id[:2]) + strings.ToLower(id[2:])
	}
	if !idOf.MatchString(id) {
		r.fail(r.layout.id, "is no id such as B-0123456789abcdef: take the row from the report again")
	}
	return id
}

// limits reads how long a decision counts, and up to which figure. Taking one back
// needs neither: what is left in the cells is of the decision that is taken back.
func (r *row) limits(g *Given) {
	if g.Action == reconcile.Reopen {
		return
	}
	if text := r.get(r.layout.until); text != "" {
		date, err := parseDate(text, r.file.from1904)
		switch {
		case err != nil:
			r.fail(r.layout.until, err.Error())
		case closes(g.Action):
			r.fail(r.layout.until, "a "+string(g.Action)+" has no end: clear the cell, or suppress instead")
		case r.file.asOf != "" && date < r.file.asOf:
			r.fail(r.layout.until, "is over before the report of "+r.file.asOf+" that it answers")
		}
		g.Until = date
	}
	if text := r.figure("cap"); text != "" {
		limit, err := money.Parse(text)
		if err != nil {
			r.fail("cap", "is no amount: "+cmp.Or(errors.Unwrap(err), err).Error())
		}
		g.Cap = limit
	}
}

// figure is a cell that holds a number: a spreadsheet keeps it as a double, whose
// digits beyond the fifteenth mean nothing.
func (r *row) figure(column string) string {
	text := r.get(column)
	if i, ok := r.columns[column]; ok && r.numeric != nil && text != "" && r.numeric(i) {
		return decimalOf(text)
	}
	return text
}

// magnitude is the size of a signed figure, unknown when it is none.
func magnitude(text string) money.Quantity {
	q, err := money.Parse(strings.TrimPrefix(text, "-"))
	if err != nil {
		return money.Quantity{}
	}
	return q
}
