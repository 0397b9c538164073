package book

import (
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/tabular"
)

// Cells reads the cells of one row. The first cell that cannot be read is the
// row's problem; reading goes on, so that the legible keys reach the reject.
type Cells struct {
	row     *tabular.Row
	options *sources.FileOptions
	failed  *tabular.Error
	words   []string // what lists of this row were split into; the next row overwrites them
}

// Fail makes a cell the row's problem, unless there is one already.
func (c *Cells) Fail(column int, reason string) {
	if c.failed == nil {
		c.failed = c.row.Errorf(column, "%s", reason)
	}
}

// unfit makes the first cell that cannot be used the row's problem.
func (c *Cells) unfit(columns int) {
	for i := range columns {
		if why := c.row.Unfit(i); why != "" {
			c.Fail(i, why)
		}
	}
}

// Profile is the profile of the book's provider.
func (c *Cells) Profile() *reconcile.Profile { return c.options.Profile }

// Format is what the profile file says of the book's format, nil when it says nothing.
func (c *Cells) Format() *sources.Format { return c.options.Format }

// Text returns a cell, "" when it is absent or empty.
func (c *Cells) Text(column int) string { return c.row.Text(column) }

// Has reports whether the row has the column at all.
func (c *Cells) Has(column int) bool { return c.row.Has(column) }

// List returns the values of a JSON path with [], or the single value of a cell.
func (c *Cells) List(column int) []string { return c.row.List(column) }

// ID returns an identifier, "" also for the usual ways to write none: orders
// that share a "N/A" are not one order. One that a spreadsheet has damaged is a
// problem.
func (c *Cells) ID(column int) string {
	id, err := sources.CleanID(c.row.Text(column))
	if err != nil {
		c.Fail(column, err.Error())
	}
	if none(id) {
		return ""
	}
	return id
}

// Amount returns an amount in the source's declared style; unknown when the cell
// is empty. Exponents are only taken from cells that are numbers by type.
func (c *Cells) Amount(column int) money.Quantity {
	text := c.row.Text(column)
	if text == "" {
		return money.Quantity{}
	}
	style := c.options.Style
	if c.row.Number(column) {
		style = money.Style{Exponent: true}
	}
	q, err := style.Parse(text)
	if err != nil {
		c.Fail(column, err.Error())
	}
	return q
}

// Time returns an instant in any unambiguous form, 0 when the cell is empty or
// zero. A time without a zone needs the source's declared one.
func (c *Cells) Time(column int) reconcile.Instant { return c.time(column, c.row.Text(column)) }

// Latest returns the latest instant of a JSON path with [], or of a cell that
// lists times with | or ; between them.
func (c *Cells) Latest(column int) reconcile.Instant {
	var latest reconcile.Instant
	for text := range strings.FieldsFuncSeq(c.row.Text(column), func(r rune) bool { return r == '|' || r == ';' }) {
		latest = max(latest, c.time(column, strings.TrimSpace(text)))
	}
	return latest
}

func (c *Cells) time(column int, text string) reconcile.Instant {
	if text == "" || text == "0" {
		return 0
	}
	at, err := sources.ParseTime(text, c.options.Zone)
	if err != nil {
		c.Fail(column, err.Error())
	}
	return at
}

// TXIDs splits a cell (or a JSON list) of transaction ids at | ; , and space. A
// placeholder is no transaction: the usual ways to write none, dots, zeros. An id
// in scientific notation is a problem. The list is valid until the next row.
func (c *Cells) TXIDs(column int) []string {
	return c.split(column, func(id string) bool {
		if _, err := sources.CleanID(id); err != nil {
			c.Fail(column, err.Error())
		}
		return !strings.Contains(id, "..") && !strings.Contains(id, "…") && !zeros(id)
	})
}

// Addresses splits a cell (or a JSON list) of addresses as TXIDs does; empty ones
// and placeholders are no addresses.
func (c *Cells) Addresses(column int) []string {
	return c.split(column, func(string) bool { return true })
}

// Address returns an address, "" also for the usual ways to write none.
func (c *Cells) Address(column int) string {
	if text := c.row.Text(column); !none(text) {
		return text
	}
	return ""
}

func (c *Cells) split(column int, keep func(string) bool) []string {
	first := len(c.words)
	for rest := c.row.Text(column); rest != ""; {
		word := rest
		if end := separator(rest); end >= 0 {
			word, rest = rest[:end], rest[end+1:]
		} else {
			rest = ""
		}
		if word != "" && !none(word) && keep(word) {
			c.words = append(c.words, word)
		}
	}
	if len(c.words) == first {
		return nil
	}
	return c.words[first:len(c.words):len(c.words)]
}

// separator finds what stands between the entries of a list in one cell, -1 for none.
func separator(text string) int {
	for i := range len(text) {
		switch text[i] {
		case '|', ';', ',', ' ', '\t', '\r', '\n':
			return i
		}
	}
	return -1
}

// zeros reports whether an id has no digit but zeros.
func zeros(id string) bool {
	for i := range len(id) {
		if c := id[i]; c != '0' && c != 'x' && c != 'X' {
			return false
		}
	}
	return true
}

// none reports the usual ways in which exports write that there is nothing.
func none(text string) bool {
	switch len(text) {
	case 1:
		return text == "-"
	case 2:
		return text == "--" || text == `\N` || strings.EqualFold(text, "NA")
	case 3:
		return text == "—" || strings.EqualFold(text, "N/A") || strings.EqualFold(text, "nil")
	case 4:
		return strings.EqualFold(text, "null") || strings.EqualFold(text, "none")
	}
	return false
}
