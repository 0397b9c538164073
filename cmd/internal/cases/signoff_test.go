package cases

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tieout/reports"
)

// sign fills in the sheet Sign-off.
func sign(t testing.TB, f *excelize.File, prepared string, preparedOn any, reviewed string, reviewedOn any) {
	t.Helper()
	rows, err := f.GetRows(signOffSheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if len(row) == 0 {
			continue
		}
		by, on := "", any(nil)
		switch name(row[0]) {
		case "prepared_by":
			by, on = prepared, preparedOn
		case "reviewed_by":
			by, on = reviewed, reviewedOn
		default:
			continue
		}
		for column, value := range map[int]any{2: by, 3: on} {
			cell, err := excelize.CoordinatesToCellName(column, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if value != nil && value != "" {
				if err := f.SetCellValue(signOffSheet, cell, value); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestSignOff(t *testing.T) {
	day := time.Date(2026, 3, 11, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name               string
		prepared           string
		preparedOn         any
		reviewed           string
		reviewedOn         any
		single             bool
		signed, wantReason string
	}{
		{name: "nobody"},
		{name: "two people", prepared: "Ann Lee", preparedOn: "2026-03-11", reviewed: "Bo Kim", reviewedOn: day, signed: "yes"},
		{name: "the preparer alone", prepared: "Ann Lee", preparedOn: "2026-03-11", signed: "no"},
		{name: "one person twice", prepared: "Ann Lee", preparedOn: day, reviewed: "ann  lee.", reviewedOn: day, wantReason: "the preparer may not be the reviewer: another person has to review (signoff: single in the configuration is for firms of one)"},
		{name: "one person twice, a firm of one", prepared: "Ann", preparedOn: day, reviewed: "Ann", reviewedOn: day, single: true, signed: "yes"},
		{name: "one person once, a firm of one", prepared: "Ann", preparedOn: day, single: true, signed: "yes"},
		{name: "the reviewer alone", reviewed: "Bo", reviewedOn: day, wantReason: "reviewed, but nobody has signed as preparer"},
		{name: "no date", prepared: "Ann", wantReason: "there is a name without the date of the signature"},
		{name: "no name", preparedOn: day, wantReason: "there is a date without a name"},
		{name: "a bad date", prepared: "Ann", preparedOn: "yesterday", wantReason: "is no date: write it as 2026-03-31"},
		{name: "before the date itself", prepared: "Ann", preparedOn: "2026-03-09", wantReason: "is before the business date 2026-03-10 that is signed"},
	} {
		content := edited(t, func(f *excelize.File) { sign(t, f, c.prepared, c.preparedOn, c.reviewed, c.reviewedOn) })
		o := options
		o.Single = c.single
		r := read(t, "report.xlsx", content, o)
		got := ""
		switch {
		case r.SignOff.Signed():
			got = "yes"
		case r.SignOff != nil:
			got = "no"
		}
		reason := ""
		for _, p := range r.Problems {
			reason += p.Reason
			if p.Sheet != signOffSheet || p.Row == 0 {
				t.Errorf("%s: the problem is nowhere: %+v", c.name, p)
			}
		}
		if got != c.signed || reason != c.wantReason {
			t.Errorf("%s: signed %q, want %q; problem %q, want %q", c.name, got, c.signed, reason, c.wantReason)
		}
	}
}

// The sheet says which revision is signed, and that one person may do it alone.
func TestSheetSaysWhatIsSigned(t *testing.T) {
	d := document()
	d.Facts.Revision, d.Facts.Single = 3, true
	var out bytes.Buffer
	if err := reports.WriteXLSX(&out, d, reports.XLSXOptions{}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sign(t, f, "Ann", "2026-03-11", "", nil)
	rows, err := f.GetRows(signOffSheet)
	if err != nil || !slices.ContainsFunc(rows, func(r []string) bool { return len(r) > 0 && strings.Contains(r[0], "signoff: single") }) {
		t.Errorf("the sheet does not disclose it: %v %q", err, rows)
	}
	out.Reset()
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	o := options
	o.Single = true
	if r := read(t, "report.xlsx", out.Bytes(), o); !r.SignOff.Signed() || r.SignOff.Revision != 3 {
		t.Errorf("%+v %v", r.SignOff, r.Problems)
	}
}
