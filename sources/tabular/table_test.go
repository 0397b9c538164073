package tabular

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answer is a table in memory. A cell that begins with # is a number, with ! unfit;
// one that begins with ~ shows that its column cannot be used.
type answer struct {
	header  []string
	rows    [][]string
	refused string // header of a column that cannot be used
	broken  error  // after the rows
	at      int
}

func (a *answer) Header() []string { return a.header }

func (a *answer) Refuse(i int) string {
	seen := slices.ContainsFunc(a.rows[:a.at], func(row []string) bool { return row[i] == "~" })
	if a.header[i] == a.refused || seen {
		return "it is floating point"
	}
	return ""
}

func (a *answer) Next() error {
	if a.at == len(a.rows) {
		if a.broken != nil {
			return a.broken
		}
		return io.EOF
	}
	a.at++
	return nil
}

func (a *answer) Cell(i int) (text string, number bool, unfit string) {
	switch text = a.rows[a.at-1][i]; {
	case strings.HasPrefix(text, "#"):
		return text[1:], true, ""
	case text == "~" || text == "!":
		return text, false, "it cannot be used"
	}
	return text, false, ""
}

func TestReadTable(t *testing.T) {
	contract := Contract{Columns: []Column{{Name: "no", Required: true}, {Name: "due", Aliases: []string{"amount"}}, {Name: "paid"}}}
	for _, c := range []struct {
		name    string
		table   answer
		rows    []string
		problem string
		extra   []string
	}{
		{name: "rows", table: answer{header: []string{"colour", "Amount", "no"}, rows: [][]string{{"red", "#5", "A"}, {"", "x", " B "}}},
			rows: []string{"1 A 5 true", "2 B x false"}, extra: []string{"colour"}},
		{name: "no rows", table: answer{header: []string{"no"}}},
		{name: "no rows, and a column is missing", table: answer{header: []string{"due"}}, problem: `query column "no": required`},
		{name: "twice", table: answer{header: []string{"no", "NO"}}, problem: "twice"},
		{name: "two for one", table: answer{header: []string{"no", "due", "amount"}}, problem: "means the same"},
		{name: "a column that cannot be used", table: answer{header: []string{"no", "due"}, refused: "due"}, problem: `query column "due": it is floating point`},
		{name: "one that nobody asked for", table: answer{header: []string{"no", "colour"}, refused: "colour", rows: [][]string{{"A", "!"}}}, rows: []string{"1 A  false"}, extra: []string{"colour"}},
		{name: "a value that cannot be used", table: answer{header: []string{"no", "due"}, rows: [][]string{{"A", "!"}, {"B", "#7"}}}, rows: []string{"1 A ! false it cannot be used", "2 B 7 true"}},
		{name: "a value that shows a column that cannot", table: answer{header: []string{"no", "due"}, rows: [][]string{{"A", "#1"}, {"B", "~"}, {"C", "#2"}}},
			rows: []string{"1 A 1 true"}, problem: `query line 2 column "due": it is floating point`},
		{name: "broken off", table: answer{header: []string{"no"}, rows: [][]string{{"A"}}, broken: errors.New("connection lost")}, rows: []string{"1 A  false"}, problem: "query: connection lost"},
	} {
		var rows []string
		sum, err := ReadTable("query", &c.table, contract, Handler{Row: func(r *Row) error {
			rows = append(rows, strings.TrimRight(fmt.Sprintf("%d %s %s %t %s", r.Line(), r.Text(0), r.Text(1), r.Number(1), r.Unfit(1)), " "))
			return nil
		}})
		if diff := cmp.Diff(c.rows, rows) + cmp.Diff(c.extra, sum.Extra); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v", c.name, err)
		}
		if sum.Format != "table" || sum.Rows != len(rows) {
			t.Errorf("%s: %+v", c.name, sum)
		}
	}
}
