package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"io"
	"slices"
)

// rows are the rows of an answer, read one by one as they come.
type rows struct {
	*session
	answer  *stdsql.Rows
	header  []string
	columns []column
	dated   []int // the columns in which SQLite's driver makes times of texts
	dest    []any // the columns, for Scan
	n       int   // rows read
}

func newRows(s *session, answer *stdsql.Rows, d Dialect) (*rows, error) {
	types, err := answer.ColumnTypes()
	if err != nil {
		return nil, err
	}
	r := &rows{session: s, answer: answer, columns: make([]column, len(types))}
	for i, t := range types {
		r.header = append(r.header, t.Name())
		r.columns[i] = columnOf(d, t.DatabaseTypeName())
		r.dest = append(r.dest, &r.columns[i])
		if d == SQLite && slices.Contains([]string{"DATE", "DATETIME", "TIMESTAMP"}, t.DatabaseTypeName()) {
			r.dated = append(r.dated, i)
		}
	}
	return r, nil
}

// again asks once more, for the same columns in another form.
func (r *rows) again(ctx context.Context, query string, args []any) error {
	if err := r.answer.Close(); err != nil {
		return err
	}
	answer, err := r.tx.QueryContext(ctx, query, args...)
	if err == nil {
		r.answer = answer
	}
	return err
}

// Header implements sources.Rows.
func (r *rows) Header() []string { return r.header }

// Refuse implements sources.Rows.
func (r *rows) Refuse(column int) string { return r.columns[column].refused }

// Next implements sources.Rows.
func (r *rows) Next() error {
	if !r.answer.Next() {
		if err := r.answer.Err(); err != nil {
			return r.explain(err)
		}
		return io.EOF
	}
	r.n++
	return r.answer.Scan(r.dest...)
}

// Cell implements sources.Rows.
func (r *rows) Cell(column int) (text string, number bool, unfit string) {
	c := &r.columns[column]
	return c.text, c.number, c.unfit
}

// Close implements sources.Rows. A reader that stopped early leaves rows behind;
// ending their query is no error.
func (r *rows) Close() error {
	r.cancel()
	return errors.Join(r.answer.Close(), r.session.Close())
}
