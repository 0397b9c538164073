package tabular

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// file is an Opener of a text.
func file(content string) Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
}

// contract makes a contract of names; "*" in front marks a required one, "=" adds
// an alias.
func contract(names ...string) (c Contract) {
	for _, name := range names {
		name, required := strings.CutPrefix(name, "*")
		parts := strings.Split(name, "=")
		c.Columns = append(c.Columns, Column{Name: parts[0], Aliases: parts[1:], Required: required})
	}
	return c
}

// table is all that a read handed over: rows as "line: a | b" and bad rows as
// their errors, in order.
type table struct {
	sum  Summary
	rows []string
	err  error
}

func readAll(content string, c Contract, o Options) table { return readFrom(file(content), c, o) }

func readFrom(open Opener, c Contract, o Options) (t table) {
	width := len(c.Columns)
	t.sum, t.err = Read("orders", open, c, o, Handler{
		Row: func(r *Row) error {
			cells := make([]string, width)
			for i := range cells {
				cells[i] = r.Text(i)
			}
			t.rows = append(t.rows, fmt.Sprintf("%d: %s", r.Line(), strings.Join(cells, " | ")))
			return nil
		},
		Bad: func(e *Error) error {
			t.rows = append(t.rows, "BAD "+e.Error())
			return nil
		},
	})
	return t
}

// String is the table as tests show it.
func (t table) String() string {
	var b bytes.Buffer
	for _, row := range t.rows {
		fmt.Fprintln(&b, row)
	}
	for _, w := range t.sum.Warning {
		fmt.Fprintln(&b, "WARNING", w)
	}
	if t.err != nil {
		fmt.Fprintln(&b, "ERROR", t.err)
	}
	return b.String()
}
