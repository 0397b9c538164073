package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tieout/cmd/internal/store/storetest"
)

// TestFortnightOnPostgres lives the scripted fortnight on a real PostgreSQL: it
// comes out to the row as it does on SQLite.
func TestFortnightOnPostgres(t *testing.T) {
	url := storetest.Start(t).Database("fortnight")
	testscript.Run(t, scripts(func(env *testscript.Env) error {
		env.Setenv("TIEOUT_STATE", url)
		return nil
	}, "fortnight.txtar"))
}

// day prints what is open after a business date, and what was resolved on it: day DIR.
func day(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: day DIR")
	}
	dir := ts.MkAbs(args[0])
	out := &strings.Builder{}
	for _, t := range []struct {
		file    string
		columns []string
	}{
		{"breaks.csv", []string{"kind", "order_no", "difference", "age_days", "disposition", "action", "deadline"}},
		{"open_items.csv", []string{"state", "order_no", "amount", "age_days", "until"}},
		{"actions.csv", []string{"action", "order_no", "deadline"}},
	} {
		for _, row := range columnsOf(ts, filepath.Join(dir, t.file), t.columns) {
			fmt.Fprintln(out, strings.TrimSuffix(t.file, ".csv")+":", strings.Join(row, " | "))
		}
	}
	content, err := os.ReadFile(filepath.Join(dir, "result.json"))
	ts.Check(err)
	var result struct {
		Resolved []struct{ Kind, How, OrderNo, Difference, What, By string }
	}
	ts.Check(json.Unmarshal(content, &result))
	for _, r := range result.Resolved {
		fmt.Fprintln(out, "resolved:", r.Kind, "|", r.Difference, "|", r.How, "by", r.By, "|", r.What)
	}
	_, err = ts.Stdout().Write([]byte(out.String()))
	ts.Check(err)
}

// dates prints the month to date of a report, its calendar and its register of
// answers: dates DIR.
func dates(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: dates DIR")
	}
	content, err := os.ReadFile(filepath.Join(ts.MkAbs(args[0]), "result.json"))
	ts.Check(err)
	var result struct {
		TieOut struct {
			Days []map[string]any
			To   struct {
				Dates, Missing []string
				Lines          []map[string]any
			} `json:"month_to_date"`
		} `json:"tie_out"`
		Calendar []struct {
			Date, State string
			Revision    int
			Breaks      int
			Open        int `json:"open_items"`
			Stale       bool
			Prepared    string `json:"prepared_by"`
		}
		Answers []struct {
			ID, Action, By, Reason, Until, Cap, Since string
			InForce                                   bool `json:"in_force"`
		}
	}
	ts.Check(json.Unmarshal(content, &result))
	out := &strings.Builder{}
	month := result.TieOut.To
	fmt.Fprintf(out, "month: %d dates, without %d\n", len(month.Dates), len(month.Missing))
	for _, l := range month.Lines {
		fmt.Fprintln(out, "to date:", figures(l))
	}
	for _, l := range result.TieOut.Days {
		fmt.Fprintln(out, "day:", cmp.Or(l["date"].(string), "early"), figures(l))
	}
	for _, d := range result.Calendar {
		fmt.Fprintln(out, "calendar:", d.Date, "|", d.State, "|", d.Revision, "|", d.Breaks, "|", d.Open, "|", d.Stale, "|", d.Prepared)
	}
	for _, a := range result.Answers {
		fmt.Fprintln(out, "answer:", a.Action, "|", a.By, "|", a.Reason, "|", a.Until, "|", a.Cap, "|", a.Since, "|", a.InForce)
	}
	_, err = ts.Stdout().Write([]byte(out.String()))
	ts.Check(err)
}

// figures are those of a line that are not zero.
func figures(l map[string]any) string {
	text := fmt.Sprint(l["symbol"])
	for _, name := range []string{"received", "expected", "breaks", "open", "cut_off", "answered", "in", "out"} {
		if l[name] != "0" {
			text += fmt.Sprint(" | ", name, " ", l[name])
		}
	}
	return text
}

// columnsOf reads some columns of a table by their headings.
func columnsOf(ts *testscript.TestScript, file string, columns []string) [][]string {
	f, err := os.Open(file)
	ts.Check(err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	ts.Check(err)
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var list [][]string
	for _, row := range rows[1:] {
		var cells []string
		for _, name := range columns {
			cells = append(cells, row[at[name]])
		}
		list = append(list, cells)
	}
	return list
}
