package cases

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

func TestUntouchedWorkbookSaysNothing(t *testing.T) {
	r := read(t, "report.xlsx", workbook(), options)
	if len(r.Answers) > 0 || len(r.Problems) > 0 || r.SignOff != nil {
		t.Errorf("answers %v, problems %v, sign-off %v", r.Answers, r.Problems, r.SignOff)
	}
	if r.AsOf != asOf || len(r.SHA256) != 64 {
		t.Errorf("as of %q, hash %q", r.AsOf, r.SHA256)
	}
}

// answered fills in six rows as people do: drop-down words, dates as texts and as
// days of the calendar, amounts as texts and as numbers.
func answered(t testing.TB, f *excelize.File) {
	fill(t, f, firstRow, map[string]any{"Disposition": "accept", "By": "Ann"})
	fill(t, f, firstRow+1, map[string]any{"Disposition": "write_off", "By": "Ann", "Reason": "=too small, says the board"})
	fill(t, f, firstRow+2, map[string]any{"Disposition": "suppress", "By": "Bo", "Reason": "known outage", "Until": "2026-04-01", "Cap": "12.50"})
	fill(t, f, firstRow+3, map[string]any{"Disposition": "suppress", "By": "Bo", "Reason": "known outage", "Until": time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC), "Cap": 1.1})
	fill(t, f, firstRow+4, map[string]any{"Disposition": " Resolved ", "By": " Ann "})
	fill(t, f, firstRow+5, map[string]any{"By": "Ann", "Reason": "to be looked at tomorrow"})
}

// checkAnswered compares what was read with what answered filled in.
func checkAnswered(t *testing.T, r *Reading) {
	t.Helper()
	if len(r.Problems) > 0 {
		t.Fatalf("problems: %v", r.Problems)
	}
	var got []string
	for _, a := range r.Answers {
		got = append(got, strings.Join([]string{string(a.Action), a.Reason, a.By, a.Until, a.Cap.String()}, "|"))
		if a.Date != asOf || a.At != now || a.File != "report.xlsx" || a.SHA256 != r.SHA256 {
			t.Errorf("%s does not say where it comes from: %+v", a.ID, a)
		}
	}
	want := []string{"accept||Ann||", "write_off|=too small, says the board|Ann||", "suppress|known outage|Bo|2026-04-01|12.5",
		"suppress|known outage|Bo|2026-04-02|1.1", "resolved||Ann||"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	breaks := document().Result.Breaks()
	for i, a := range r.Answers {
		b := breaks[i]
		if a.ID != b.ID || a.Asset != b.Asset.ID || a.Row != firstRow+i || !a.Shown.Known() || a.Shown.String() != b.Difference.Abs().Decimal(b.Asset.Decimals) {
			t.Errorf("row %d: id %s asset %s shown %s, want %s %s %s", a.Row, a.ID, a.Asset, a.Shown, b.ID, b.Asset.ID, b.Difference.Decimal(b.Asset.Decimals))
		}
	}
}

func TestAnswersOfWorkbook(t *testing.T) {
	checkAnswered(t, read(t, "report.xlsx", edited(t, func(f *excelize.File) { answered(t, f) }), options))
}

// People save with other programs, sort, insert columns and write above the table.
func TestAnswersOfRearrangedWorkbook(t *testing.T) {
	content := edited(t, func(f *excelize.File) {
		answered(t, f)
		if err := errors.Join(f.InsertCols("Breaks", "A", 2), f.InsertRows("Breaks", 1, 1), f.SetSheetName("Breaks", "BREAKS"), f.MoveSheet("BREAKS", "Summary")); err != nil {
			t.Fatal(err)
		}
	})
	r := read(t, "report.xlsx", content, options)
	if len(r.Answers) != 5 || r.Answers[0].Row != firstRow+1 {
		t.Errorf("%d answers, the first in row %d", len(r.Answers), r.Answers[0].Row)
	}
}

func TestAnswersSavedByLibreOffice(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIPPED: no soffice on this machine, so no foreign program has saved the workbook (apt-get install libreoffice-calc)")
	}
	dir := t.TempDir()
	content := edited(t, func(f *excelize.File) {
		answered(t, f)
		sign(t, f, "Ann", "2026-03-11", "Bo", time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC))
	})
	convert := func(name, to string) []byte {
		out, err := exec.CommandContext(t.Context(), soffice, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
			"--convert-to", to, "--outdir", filepath.Join(dir, "out"), filepath.Join(dir, name)).CombinedOutput()
		if err != nil {
			t.Fatalf("soffice: %v\n%s", err, out)
		}
		made, err := os.ReadFile(filepath.Join(dir, "out", strings.TrimSuffix(name, filepath.Ext(name))+"."+to))
		if err != nil {
			t.Fatalf("soffice: %v\n%s", err, out)
		}
		return made
	}
	if err := os.WriteFile(filepath.Join(dir, "report.xlsx"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	r := read(t, "report.xlsx", convert("report.xlsx", "xlsx"), options)
	checkAnswered(t, r)
	if !r.SignOff.Signed() || r.SignOff.Reviewed.On != "2026-03-12" {
		t.Errorf("the sign-off is %+v", r.SignOff)
	}
}

func TestBadCellsOfWorkbook(t *testing.T) {
	content := edited(t, func(f *excelize.File) {
		fill(t, f, firstRow, map[string]any{"Disposition": "acept", "By": "Ann"})
		fill(t, f, firstRow+1, map[string]any{"Disposition": "accept"})
		fill(t, f, firstRow+2, map[string]any{"Disposition": "resolved", "By": "Ann"})
	})
	r := read(t, "report.xlsx", content, options)
	if len(r.Answers) != 1 || r.Answers[0].Action != reconcile.Resolved {
		t.Errorf("the good row is not taken: %v", r.Answers)
	}
	var got []string
	for i := range r.Problems {
		got = append(got, r.Problems[i].Error())
	}
	want := []string{
		`report.xlsx, sheet Breaks, row 3, column "disposition": "acept": is no disposition; did you mean accept?`,
		`report.xlsx, sheet Breaks, row 4, column "by": who decided this? write a name`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestFilesThatAreNotTaken(t *testing.T) {
	rows := csvOf(breaksCSV(t))
	for _, c := range []struct {
		name, file string
		content    []byte
		o          Options
		want       string
	}{
		{"another merchant", "r.xlsx", workbook(), Options{Merchant: "other"}, `is of the merchant "Demo & Sons"`},
		{"another date", "r.xlsx", workbook(), Options{AsOf: "2026-03-11"}, "--as-of says 2026-03-11"},
		{"no date", "breaks.csv", rows, Options{}, "does not say which report it answers"},
		{"a window of one's own", "breaks.csv", rows, Options{AsOf: "a--b"}, "no business date"},
		{"an interim report", "breaks.csv", rows, Options{Manifest: []byte(`{"as_of":"2026-03-10","interim":true}`)}, "interim"},
		{"a damaged manifest", "breaks.csv", rows, Options{Manifest: []byte(`{`)}, "result.json beside it cannot be read"},
		{"another table", "orders.csv", []byte("order_id,status\n1,paid\n"), Options{AsOf: asOf}, "no column break_id"},
		{"a damaged workbook", "r.xlsx", workbook()[:1000], options, "cannot be opened"},
		{"not UTF-8", "breaks.csv", []byte("break_id,disposition\n\xff,"), Options{AsOf: asOf}, "UTF-8"},
		{"a broken quote", "breaks.csv", []byte("break_id,disposition,by\nB-0000000000000000,\"acc,x\n"), Options{AsOf: asOf}, "nothing of it was taken"},
		{"two columns of one name", "breaks.csv", []byte("break_id,disposition,by,By\n"), Options{AsOf: asOf}, `called "by"`},
		{"empty", "breaks.csv", nil, Options{AsOf: asOf}, "no header"},
	} {
		_, err := Read(c.file, c.content, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.file) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.want)
		}
	}
}

// small is a workbook of one answered row, its parts not packed, so that a fuzzer
// changes what they say and not what packs them.
func small(t testing.TB) []byte {
	f := excelize.NewFile()
	defer f.Close()
	for sheet, rows := range map[string][][]any{
		"Breaks":     {{"Break ID", "Asset", "Difference", "Disposition", "Reason", "By", "Until", "Cap"}, {one, "a", 5, "suppress", "known", "Ann", 46113, 7.5}},
		signOffSheet: {{"Business date", asOf}, {"", "Name and signature", "Date"}, {"Prepared by", "Ann", "2026-03-11"}, {"Reviewed by", "Bo", "2026-03-11"}},
	} {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := f.SetSheetRow(sheet, cell, &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var packed bytes.Buffer
	if err := f.Write(&packed); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// stored packs the parts of a workbook again, one of them with other content.
func stored(t testing.TB, workbook []byte, part string, content []byte) []byte {
	in, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == part && content != nil {
			_, err = to.Write(content)
		} else {
			_, err = io.Copy(to, from)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// partOf is what a part of a workbook holds.
func partOf(t testing.TB, workbook []byte, part string) []byte {
	in, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := in.Open(part)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestDecimalOfANumberCell(t *testing.T) {
	for cell, want := range map[string]string{"1.1000000000000001": "1.1", "1.0000000000000001E-5": "0.00001", "0.30000000000000004": "0.3", "250": "250", "-2.50": "-2.5", "12a": "12a", "": ""} {
		if got := decimalOf(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

func TestSmallWorkbook(t *testing.T) {
	r := read(t, "report.xlsx", stored(t, small(t), "", nil), Options{})
	if len(r.Answers) != 1 || r.Answers[0].Until != "2026-04-01" || r.Answers[0].Cap.String() != "7.5" || !r.SignOff.Signed() {
		t.Errorf("%+v %+v %v", r.Answers, r.SignOff, r.Problems)
	}
}

// FuzzWorkbook writes foreign bytes in the place of each sheet, and of the whole
// file.
func FuzzWorkbook(f *testing.F) {
	base := small(f)
	for _, part := range []string{"xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml", "xl/sharedStrings.xml", "xl/workbook.xml"} {
		f.Add(part, partOf(f, base, part))
	}
	f.Add("", base)
	f.Fuzz(func(t *testing.T, part string, content []byte) {
		if part != "" {
			content = stored(t, base, part, content)
		}
		checkForeign(t, "report.xlsx", content)
	})
}
