package cases

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reports"
)

const header = "break_id,kind,asset,difference,disposition,reason,by,until,cap\n"

func ofRow(t testing.TB, cells string) *Reading {
	t.Helper()
	return read(t, "breaks.csv", []byte(header+cells+"\n"), Options{AsOf: asOf, At: now})
}

func TestGoodRows(t *testing.T) {
	for cells, want := range map[string]string{
		"B-0123456789abcdef,lost_order,a,-1,accept,,Ann,,":                     "B-0123456789abcdef a accept  Ann   shown 1",
		"B-0123456789abcdef,lost_order,,1,Accepted,seen,Ann,,":                 "B-0123456789abcdef  accept seen Ann   shown 1",
		"b-0123456789ABCDEF,lost_order,a,x,RESOLVE,,Ann,,":                     "B-0123456789abcdef a resolved  Ann   shown ",
		"B-0123456789abcdef,lost_order,a,1,write-off,small,Ann,,":              "B-0123456789abcdef a write_off small Ann   shown 1",
		"B-0123456789abcdef,lost_order,a,1,suppress,known,Ann,31.3.2026,7":     "B-0123456789abcdef a suppress known Ann 2026-03-31 7 shown 1",
		"B-0123456789abcdef,lost_order,a,1,suppress,known,Ann,3/31/2026,":      "B-0123456789abcdef a suppress known Ann 2026-03-31  shown 1",
		"B-0123456789abcdef,lost_order,a,1,suppress,known,Ann,2026-03-10,":     "B-0123456789abcdef a suppress known Ann 2026-03-10  shown 1",
		"B-0123456789abcdef,lost_order,a,1,suppress,known,Ann,,0":              "B-0123456789abcdef a suppress known Ann  0 shown 1",
		"B-0123456789abcdef,lost_order,a,1,accept,,Ann,2026-04-01,5":           "B-0123456789abcdef a accept  Ann 2026-04-01 5 shown 1",
		"B-0123456789abcdef,lost_order,a,1,reopen,,Ann,2026-04-01,5":           "B-0123456789abcdef a reopen  Ann   shown 1",
		"B-0123456789abcdef,lost_order,a,1,reopen,,Ann,,":                      "B-0123456789abcdef a reopen  Ann   shown 1",
		"B-0123456789abcdef,lost_order,a,1,accept,'=1+1,'=Ann,,":               "B-0123456789abcdef a accept =1+1 =Ann   shown 1",
		"B-0123456789abcdef,lost_order,a,1,,a reason alone is no answer,Ann,,": "",
		"B-0123456789abcdef,lost_order,a,1":                                    "",
		"":                                                                     "",
	} {
		r := ofRow(t, cells)
		if len(r.Problems) > 0 {
			t.Errorf("%s: %v", cells, r.Problems)
		}
		got := ""
		for _, a := range r.Answers {
			got += fmt.Sprintf("%s %s %s %s %s %s %s shown %s", a.ID, a.Asset, a.Action, a.Reason, a.By, a.Until, a.Cap, a.Shown)
			if a.Row != 2 {
				t.Errorf("%s: row %d, want 2", cells, a.Row)
			}
		}
		if got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", cells, got, want)
		}
	}
}

func TestBadRows(t *testing.T) {
	for cells, want := range map[string]string{
		"B-0123456789abcdef,k,a,1,supprss,x,Ann,,":                   `column "disposition": "supprss": is no disposition; did you mean suppress?`,
		"B-0123456789abcdef,k,a,1,zzz,x,Ann,,":                       `column "disposition": "zzz": is no disposition; there are accept, resolved, write_off, suppress, reopen`,
		"B-0123456789abcdef,k,a,1,accept,x,,,":                       `column "by": who decided this? write a name`,
		"B-0123456789abcdef,k,a,1,accept,x,\" \t\",,":                `column "by": who decided this? write a name`,
		"B-0123456789abcdef,k,a,1,write_off,,Ann,,":                  `column "reason": a write_off needs a reason`,
		"B-0123456789abcdef,k,a,1,suppress,,Ann,2026-04-01,":         `column "reason": a suppress needs a reason`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,soon,":              `column "until": "soon": is no date: write it as 2026-03-31`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,2026-02-30,":        `column "until": "2026-02-30": is no date: write it as 2026-03-31`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,3/4/2026,":          `column "until": "3/4/2026": can be read as two dates: write it as 2026-03-31`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,2026-03-09,":        `column "until": "2026-03-09": is over before the report of 2026-03-10 that it answers`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,,-5":                `column "cap": "-5": is no amount:`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,,1e3":               `column "cap": "1e3": is no amount:`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,,5 USDT":            `column "cap": "5 USDT": is no amount:`,
		"B-0123456789abcdef,k,a,1,resolved,x,Ann,2026-04-01,":        `column "until": "2026-04-01": a resolved has no end`,
		"B-0123456789abcdef,k,a,1,write_off,x,Ann,,five":             `column "cap": "five": is no amount:`,
		"B-01234,k,a,1,accept,x,Ann,,":                               `column "break_id": "B-01234": is no id such as`,
		",k,a,1,accept,x,Ann,,":                                      `column "break_id": is no id such as`,
		"B-0123456789abcdef,k,a,1,accept,'=HYPERLINK(1),,,":          `column "by": who decided this?`,
		"B-0123456789abcdef,k,a,1,\"=cmd|' /C calc'!A0\",x,Ann,,":    `is no disposition`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,0000-00-00,":        `is no date`,
		"B-0123456789abcdef,k,a,1,suppress,x,Ann,99999999999999999,": `is no date`,
	} {
		r := ofRow(t, cells)
		if len(r.Answers) > 0 {
			t.Errorf("%s: taken as %+v", cells, r.Answers)
		}
		var got strings.Builder
		for i := range r.Problems {
			got.WriteString(r.Problems[i].Error() + "\n")
		}
		if !strings.Contains(got.String(), want) || !strings.HasPrefix(got.String(), "breaks.csv, row 2, column") {
			t.Errorf("%s:\ngot  %s\nwant %s", cells, got.String(), want)
		}
	}
}

func TestOneBadRowLeavesTheOthers(t *testing.T) {
	r := ofRow(t, "B-0000000000000001,k,a,1,accept,,Ann,,\nB-0000000000000002,k,a,1,accpet,,Ann,,\nB-0000000000000003,k,a,1,accept,,Ann,,")
	if len(r.Answers) != 2 || r.Answers[1].Row != 4 || len(r.Problems) != 1 || r.Problems[0].Row != 3 {
		t.Errorf("answers %+v, problems %v", r.Answers, r.Problems)
	}
}

func TestContradictionsInOneFile(t *testing.T) {
	r := ofRow(t, strings.Join([]string{
		"B-0000000000000001,k,a,1,accept,,Ann,,", "B-0000000000000001,k,a,1,write_off,x,Ann,,", // one against the other
		"B-0000000000000001,k,b,1,write_off,x,Ann,,",                                       // another asset
		"B-0000000000000002,k,a,1,accept,,Ann,,", "B-0000000000000002,k,a,1,accept,,Ann,,", // the same twice
	}, "\n"))
	var rows []int
	for _, a := range r.Answers {
		rows = append(rows, a.Row)
	}
	if diff := cmp.Diff([]int{4, 5}, rows); diff != "" {
		t.Errorf("rows taken (-want +got):\n%s", diff)
	}
	if len(r.Problems) != 2 || r.Problems[0].Row != 2 || r.Problems[1].Row != 3 || !strings.Contains(r.Problems[0].Reason, "row 3 answers B-0000000000000001 otherwise") {
		t.Errorf("problems %v", r.Problems)
	}
}

// What a spreadsheet makes of a CSV file: a byte order mark, semicolons, CRLF.
func TestCSVSavedByASpreadsheet(t *testing.T) {
	content := "\ufeff" + strings.ReplaceAll(strings.ReplaceAll(header+"B-0123456789abcdef,k,a,1,accept,,Ann,,\n", ",", ";"), "\n", "\r\n")
	if r := read(t, "breaks-2026-03-10.csv", []byte(content), Options{}); len(r.Answers) != 1 || r.AsOf != asOf {
		t.Errorf("as of %q: %+v", r.AsOf, r.Answers)
	}
}

// Our own breaks.csv comes back with its answers, and belongs to the report beside
// whose result.json it lies.
func TestAnswersOfCSV(t *testing.T) {
	rows := breaksCSV(t)
	at := map[string]int{}
	for i, h := range rows[0] {
		at[h] = i
	}
	for i, reason := range []string{"=1+1", "'quoted", "plain", "-5"} {
		rows[i+1][at["disposition"]], rows[i+1][at["by"]], rows[i+1][at["reason"]] = "accept", "Ann", reports.Escape(reason)
	}
	r := read(t, "breaks.csv", csvOf(rows), Options{Merchant: merchant, Manifest: []byte(`{"merchant":"Demo & Sons","as_of":"2026-03-10"}`)})
	var got []string
	for _, a := range r.Answers {
		got = append(got, a.Reason)
	}
	if diff := cmp.Diff([]string{"=1+1", "'quoted", "plain", "-5"}, got); diff != "" || r.AsOf != asOf {
		t.Errorf("as of %s, reasons (-want +got):\n%s", r.AsOf, diff)
	}
}

// Open items carry an until of their own, which is no answer.
func TestAnswersOfOpenItems(t *testing.T) {
	var out bytes.Buffer
	out.WriteString("item_id,state,asset,amount,until,disposition,reason,by,answer_until\n" +
		"I-0123456789abcdef,awaiting_webhook,a,5,2026-03-01T00:00:00Z,suppress,known,Ann,2026-03-20\n")
	r := read(t, "open_items.csv", out.Bytes(), Options{AsOf: asOf})
	if len(r.Answers) != 1 || r.Answers[0].Until != "2026-03-20" {
		t.Errorf("%+v %v", r.Answers, r.Problems)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(header + "B-0123456789abcdef,k,a,1,suppress,x,Ann,2026-03-31,5\n"))
	f.Add([]byte("\ufeffItem ID;Disposition;By\r\nI-0123456789abcdef;accept;'=Ann\r\n"))
	f.Add([]byte("break_id,disposition,by\n\"B-0123456789abcdef\",\"acc\"\"ept\",\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, content []byte) { checkForeign(t, "breaks.csv", content) })
}

// FuzzCell puts foreign bytes into the cells of a row, where they meet our code.
func FuzzCell(f *testing.F) {
	f.Add("accept", "x", "Ann", "2026-03-31", "5", "1.5")
	f.Add("suppress", "x", "Ann", "46112", "1.1000000000000001", "-2e5")
	f.Add("Write-Off", "'=1", " ", "3/31/2026", "1e400", "NaN")
	f.Fuzz(func(t *testing.T, disposition, reason, by, until, limit, shown string) {
		r := &fileReader{options: options, name: "report.xlsx", asOf: asOf, plain: asItIs, taken: map[[2]string][]int{}}
		columns := map[string]int{"break_id": 0, "difference": 1, "disposition": 2, "reason": 3, "by": 4, "until": 5, "cap": 6}
		r.take(&row{number: 2, cells: []string{"B-0123456789abcdef", shown, disposition, reason, by, until, limit}, columns: columns,
			file: r, layout: &tables[0], numeric: func(int) bool { return true }})
		checkAnswers(t, &r.Reading)
	})
}

func checkForeign(t *testing.T, name string, content []byte) {
	r, err := Read(name, content, Options{AsOf: asOf})
	if (r == nil) == (err == nil) {
		t.Fatalf("reading %v, error %v", r, err)
	}
	if r != nil {
		checkAnswers(t, r)
	}
}

func checkAnswers(t *testing.T, r *Reading) {
	for _, a := range r.Answers {
		if strings.TrimSpace(a.By) == "" || a.Action == "" || !idOf.MatchString(a.ID) || needsReason(a.Action) && a.Reason == "" {
			t.Errorf("taken without what an answer needs: %+v", a)
		}
		if a.Until != "" && len(a.Until) != len(asOf) || a.Cap.Known() && a.Cap.Coef().Sign() < 0 {
			t.Errorf("limits that are none: %+v", a)
		}
	}
	if r.SignOff.Signed() && !r.SignOff.Single && person(r.SignOff.Prepared.By) == person(r.SignOff.Reviewed.By) {
		t.Errorf("signed by one person: %+v", r.SignOff)
	}
}
