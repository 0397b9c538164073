// Package book reads order books and refund books from files: the loop over files, the header
// contract with the configuration's column mapping, the `only:` filter, and the
// cells of a row with their rejects. A provider's package gives the columns and
// turns one row into one order.
package book

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

// Shape is what a provider knows of its own files.
type Shape struct {
	Columns  []tabular.Column
	Keys     []int  // columns of which a table has at least one; JSON is held to it row by row
	Envelope string // JSON path to the rows, "" = the usual ones

	// Names are what the configuration's columns: calls them, where that is not what
	// they are called in the files; nil = it is.
	Names []string

	// Order fills o from a row and reports whether the row is an order of this
	// book at all; false counts it out of scope. What cannot be read it reports
	// through the cells: the row is then rejected with the first such problem.
	Order func(c *Cells, o *reconcile.Order) (inScope bool)
	// Refund is the same of a refund book, which has no orders.
	Refund func(c *Cells, r *reconcile.Refund) (inScope bool)
}

// Orders returns a source that reads o.Files in that shape. Read returns an
// error, and covers nothing, when a file cannot be opened or its header breaks
// the contract; the other files are read all the same.
func Orders(o sources.FileOptions, shape Shape) sources.Source { return &source{o, shape} }

// Refunds is Orders for a refund book, whose shape has Refund.
func Refunds(o sources.FileOptions, shape Shape) sources.Source { return &source{o, shape} }

type source struct {
	options sources.FileOptions
	shape   Shape
}

func (s *source) Info() reconcile.SourceInfo {
	info := reconcile.SourceInfo{Name: s.options.Name, Kind: reconcile.SourceProviderBook, Provider: s.options.Profile.Name}
	switch {
	case s.shape.Refund != nil:
		info.Kind = reconcile.SourceRefunds
	case s.options.Book == reconcile.BookMerchant:
		info.Kind = reconcile.SourceMerchantBook
	}
	return info
}

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	c, err := s.contract()
	if err != nil {
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	var failed []error
	var saved answers
	for _, file := range s.options.Files {
		sum, err := s.readFile(ctx, q, file, c, into)
		if err != nil {
			failed = append(failed, err)
		}
		saved.add(sum)
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if why := saved.lacking(); why != "" {
		into.Gap(reconcile.Gap{Reason: why})
	}
	for _, span := range s.options.Spans(q) {
		into.Cover(reconcile.Coverage{Span: span})
	}
	into.Proof("declared")
	return nil
}

// contract is what the files of one source are held to.
type contract struct {
	columns tabular.Contract
	mapped  []int    // columns that the configuration names a header for
	filters []filter // all of them must keep a row
}

// filter keeps the rows whose column holds one of the values.
type filter struct {
	column int
	values []string
}

// contract applies the configuration's column mapping and finds the columns that
// its filters name.
func (s *source) contract() (contract, error) {
	columns := slices.Clone(s.shape.Columns)
	var c contract
	for _, name := range sortedKeys(s.options.Columns) {
		i := s.shape.called(name)
		switch {
		case i < 0:
			return contract{}, fmt.Errorf("columns: %q is no column of this source; it has %s", name, names(s.shape.Columns))
		case slices.Contains(c.mapped, i):
			return contract{}, fmt.Errorf("columns: %q is another name of %s, which is mapped already; keep one of them", name, s.shape.Columns[i].Name)
		}
		header := s.options.Columns[name]
		for _, j := range c.mapped {
			if same(columns[j].Name, header) {
				return contract{}, fmt.Errorf("columns: %s and %s are both mapped to %q; a header can only be one of them", s.shape.Columns[j].Name, name, header)
			}
		}
		columns[i].Name, columns[i].Aliases = header, nil
		c.mapped = append(c.mapped, i)
	}
	for _, i := range c.mapped { // what the configuration claims is nobody's alias any more
		for j := range columns {
			if j != i {
				columns[j] = without(columns[j], columns[i].Name)
			}
		}
	}
	for _, header := range sortedKeys(s.options.Only) {
		i := called(columns, header)
		if i < 0 {
			i = len(columns)
			columns = append(columns, tabular.Column{Name: header, Required: true})
		}
		c.filters = append(c.filters, filter{i, s.options.Only[header]})
	}
	c.columns.Columns = columns
	return c, nil
}

// Renamed returns a shape whose files call some columns otherwise: headers are the
// names in the files, by the shape's own name. A header that means another column
// there is no alias any more. A name that the shape lacks is not used.
func (s Shape) Renamed(headers map[string][]string) Shape {
	columns := slices.Clone(s.Columns)
	s.Names = make([]string, len(columns))
	for i := range columns {
		s.Names[i] = columns[i].Name
	}
	for i, name := range s.Names {
		if h := headers[name]; len(h) > 0 {
			columns[i].Name, columns[i].Aliases = h[0], h[1:]
		}
	}
	for i, name := range s.Names {
		for _, header := range headers[name] {
			for j := range columns {
				if j != i && !slices.ContainsFunc(headers[s.Names[j]], func(h string) bool { return same(h, header) }) {
					columns[j] = without(columns[j], header)
				}
			}
		}
	}
	s.Columns = columns
	return s
}

// called finds a column by the name that a configuration gives it.
func (s *Shape) called(name string) int {
	if i := slices.IndexFunc(s.Names, func(n string) bool { return same(n, name) }); i >= 0 {
		return i
	}
	return called(s.Columns, name)
}

// called returns the column of that name or, where none has it, that alias; -1
// without one. A configuration may say order_no to every book, whatever the
// provider's own word is.
func called(columns []tabular.Column, name string) int {
	i := slices.IndexFunc(columns, func(c tabular.Column) bool { return same(c.Name, name) })
	if i < 0 {
		i = slices.IndexFunc(columns, func(c tabular.Column) bool {
			return slices.ContainsFunc(c.Aliases, func(a string) bool { return same(a, name) })
		})
	}
	return i
}

// without returns a column that no longer answers to a header. One whose own name
// it was can still be found by its aliases; one without any is found nowhere.
func without(c tabular.Column, header string) tabular.Column {
	answers := slices.DeleteFunc(append([]string{c.Name}, c.Aliases...), func(name string) bool { return same(name, header) })
	if len(answers) == 0 {
		return tabular.Column{Required: c.Required}
	}
	return tabular.Column{Name: answers[0], Aliases: answers[1:], Required: c.Required}
}

// same compares headers as tabular does: case, spaces and underscores ignored.
func same(a, b string) bool {
	squeeze := strings.NewReplacer(" ", "", "_", "", "-", "")
	return strings.EqualFold(squeeze.Replace(a), squeeze.Replace(b))
}

func names(columns []tabular.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (s *source) readFile(ctx context.Context, q sources.Query, file sources.File, c contract, into sources.Sink) (tabular.Summary, error) {
	id, registered := reconcile.FileID(0), false
	register := func(sheet string) {
		if !registered {
			id, registered = into.File(file.Path, sheet), true
		}
	}
	var order reconcile.Order
	cells := Cells{options: &s.options}
	unseen := slices.Clone(c.mapped)
	checked, table, keyed := false, false, len(s.shape.Keys) == 0
	sum, err := s.scan(ctx, q, file, c, tabular.Handler{
		Header: func(sum tabular.Summary) error {
			register(sum.Sheet)
			table = !strings.HasPrefix(sum.Format, "json")
			if file.Rows != nil {
				return s.keyless(file, sum.Header, c)
			}
			return nil
		},
		Row: func(row *tabular.Row) error {
			register("")
			if len(unseen) > 0 {
				unseen = slices.DeleteFunc(unseen, row.Has)
			}
			if !checked && table {
				if e := s.lacks(row, unseen); e != nil {
					return e
				}
			}
			checked, keyed = true, keyed || slices.ContainsFunc(s.shape.Keys, row.Has)
			if !keeps(c.filters, row) {
				into.OutOfScope(1)
				return ctx.Err()
			}
			at := reconcile.At{File: id, Line: row.Line()}
			cells.row, cells.failed, cells.words = row, nil, cells.words[:0]
			if file.Rows != nil {
				cells.unfit(len(c.columns.Columns))
			}
			if s.shape.Refund != nil {
				s.takeRefund(&cells, at, into)
				return ctx.Err()
			}
			order = reconcile.Order{At: at, Book: s.options.Book, Provider: s.options.Profile.Name, Resends: -1}
			switch inScope := s.shape.Order(&cells, &order); {
			case !inScope:
				into.OutOfScope(1)
			case cells.failed != nil:
				into.AddReject(reject(order.At, cells.failed, &order))
			default:
				into.AddOrder(&order)
			}
			return ctx.Err()
		},
		Bad: func(e *tabular.Error) error {
			register(e.Sheet)
			into.AddReject(reject(reconcile.At{File: id, Line: e.Line}, e, &reconcile.Order{}))
			return nil
		},
	})
	if !checked || err != nil {
		unseen = nil
	}
	s.remark(file, sum, c, unseen, into)
	if err == nil && checked && !keyed {
		err = &tabular.Error{File: file.Path, Reason: fmt.Sprintf("none of its rows has any of %s, so it holds no orders; it may be an error that an API answered with", s.keys())}
	}
	return sum, err
}

// remark notes what is odd about a file that was read: unseen are the columns that
// the configuration names and no row has.
func (s *source) remark(file sources.File, sum tabular.Summary, c contract, unseen []int, into sources.Sink) {
	for _, warning := range sum.Warning {
		into.Note(file.Path + ": " + warning)
	}
	if len(sum.Extra) > 0 {
		into.Note(fmt.Sprintf("%s: columns that are not used: %s", file.Path, strings.Join(sum.Extra, ", ")))
	}
	for _, i := range unseen {
		into.Note(fmt.Sprintf("%s: no row has %q, which columns: names as %s", file.Path, c.columns.Columns[i].Name, s.shape.Columns[i].Name))
	}
}

// takeRefund hands over a row of a refund book.
func (s *source) takeRefund(cells *Cells, at reconcile.At, into sources.Sink) {
	r := reconcile.Refund{At: at, Provider: s.options.Profile.Name}
	switch inScope := s.shape.Refund(cells, &r); {
	case !inScope:
		into.OutOfScope(1)
	case cells.failed != nil:
		into.AddReject(reject(at, cells.failed, &reconcile.Order{OrderID: r.OrderID, OrderNo: r.OrderNo, TXIDs: r.TXIDs}))
	default:
		into.AddRefund(&r)
	}
}

// scan reads a file, or a table in its place, under the contract.
func (s *source) scan(ctx context.Context, q sources.Query, file sources.File, c contract, h tabular.Handler) (tabular.Summary, error) {
	if file.Rows == nil {
		return tabular.Read(file.Path, file.Open, c.columns, tabular.Options{Comma: s.options.Comma, Sheet: s.options.Sheet, Envelope: s.shape.Envelope}, h)
	}
	rows, err := file.Rows(ctx, q)
	if err != nil {
		return tabular.Summary{}, err
	}
	sum, err := tabular.ReadTable(file.Path, rows, c.columns, h)
	return sum, errors.Join(err, rows.Close())
}

// lacks refuses a table without a column that the configuration or the shape
// counts on. It is asked at the first row: a table has a column in all or in none.
func (s *source) lacks(row *tabular.Row, unseen []int) *tabular.Error {
	fault := func(column int, reason string) *tabular.Error {
		e := row.Errorf(column, "%s", reason)
		e.Line, e.Value, e.Raw = 0, "", ""
		return e
	}
	if len(unseen) > 0 {
		return fault(unseen[0], fmt.Sprintf("the file has no such header, and columns: names it as %s: correct the name, or remove it where the file has no such column",
			s.shape.Columns[unseen[0]].Name))
	}
	if keys := s.shape.Keys; len(keys) > 0 && !slices.ContainsFunc(keys, row.Has) {
		return fault(keys[0], fmt.Sprintf("the header has none of %s, and rows need one of them: map it with `columns:`", s.keys()))
	}
	return nil
}

// keyless refuses a query without any of the columns that tell its rows apart. It is
// seen by its columns alone, so that one without rows is refused as well.
func (s *source) keyless(file sources.File, header []string, c contract) error {
	for _, k := range s.shape.Keys {
		column := c.columns.Columns[k]
		for _, name := range append([]string{column.Name}, column.Aliases...) {
			if slices.ContainsFunc(header, func(h string) bool { return same(h, name) }) {
				return nil
			}
		}
	}
	if len(s.shape.Keys) == 0 {
		return nil
	}
	return &tabular.Error{File: file.Path, Column: s.shape.Columns[s.shape.Keys[0]].Name,
		Reason: fmt.Sprintf("it has none of %s, and rows need one of them: name it so with `as`, or map it with `columns:`", s.keys())}
}

// keys lists the columns of which a row needs one.
func (s *source) keys() string {
	list := make([]string, len(s.shape.Keys))
	for i, k := range s.shape.Keys {
		list[i] = s.shape.Columns[k].Name
	}
	return strings.Join(list, ", ")
}

func keeps(filters []filter, row *tabular.Row) bool {
	for _, f := range filters {
		if !slices.ContainsFunc(f.values, func(v string) bool { return strings.EqualFold(v, row.Text(f.column)) }) {
			return false
		}
	}
	return true
}

// reject turns a row's first problem into a reject that keeps its legible keys.
func reject(at reconcile.At, e *tabular.Error, o *reconcile.Order) *reconcile.Reject {
	r := &reconcile.Reject{At: at, Column: e.Column, Value: e.Value, Reason: e.Reason, Raw: e.Raw,
		OrderID: o.OrderID, OrderNo: o.OrderNo, Address: o.PayTo}
	if len(o.TXIDs) > 0 {
		r.TXID = o.TXIDs[0]
	}
	return r
}
