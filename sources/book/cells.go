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
}

// Fail makes a cell the row's problem, unless there is one already.
func (c *Cells) Fail(column int, reason string) {
	if c.failed == nil {
		c.failed = c.row.Errorf(column, "%s", reason)
	}
}

// Profile is the profile of the book's provider.
func (c *Cells) Profile() *reconcile.Profile { return c.options.Profile }

// Text returns a cell, "" when it is absent or empty.
func (c *Cells) Text(column int) string { return c.row.Text(column) }

// Has reports whether the row has the column at all.
func (c *Cells) Has(column int) bool { return c.row.Has(column) }

// List returns the values of a JSON path with [], or the single value of a cell.
func (c *Cells) List(column int) []string { return c.row.List(column) }

// ID returns an identifier; one that a spreadsheet has damaged is a problem.
func (c *Cells) ID(column int) string {
	id, err := sources.CleanID(c.row.Text(column))
	if err != nil {
		c.Fail(column, err.Error())
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

// Time returns an instant in any unambiguous form, 0 when the cell is empty. A
// time without a zone needs the source's declared one.
func (c *Cells) Time(column int) reconcile.Instant {
	text := c.row.Text(column)
	if text == "" || text == "0" {
		return 0
	}
	at, err := sources.ParseTime(text, c.options.Zone)
	if err != nil {
		c.Fail(column, err.Error())
	}
	return at
}

// TXIDs splits a cell (or a JSON list) of transaction ids at | ; , and space.
// Text that cannot be a transaction id (a placeholder of dots) is left out.
func (c *Cells) TXIDs(column int) []string {
	var list []string
	for _, cell := range c.row.List(column) {
		for _, id := range strings.FieldsFunc(cell, func(r rune) bool { return r == '|' || r == ';' || r == ',' || r == ' ' }) {
			if !strings.Contains(id, "..") && !strings.Contains(id, "…") && strings.TrimLeft(id, "0x") != "" {
				list = append(list, id)
			}
		}
	}
	return list
}

// Addresses splits a cell (or a JSON list) of addresses; empty ones are no
// addresses.
func (c *Cells) Addresses(column int) []string {
	var list []string
	for _, cell := range c.row.List(column) {
		list = append(list, strings.FieldsFunc(cell, func(r rune) bool { return r == '|' || r == ';' || r == ',' || r == ' ' })...)
	}
	return list
}
