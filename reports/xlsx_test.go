package reports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

func workbookOf(t testing.TB, b *book) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := writeXLSX(&out, b, XLSXOptions{TempDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func opened(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// part returns the XML of a sheet, by its place from 1.
func part(t testing.TB, data []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sheetXML finds a sheet's part by its name.
func sheetXML(t testing.TB, data []byte, sheet string) string {
	t.Helper()
	names := opened(t, data).GetSheetList()
	i := slices.Index(names, sheet)
	if i < 0 {
		t.Fatalf("no sheet %q in %q", sheet, names)
	}
	id := regexp.MustCompile(`<sheet name="` + sheet + `" sheetId="\d+" [^>]*r?:?id="(rId\d+)"`).FindStringSubmatch(part(t, data, "xl/workbook.xml"))
	if id == nil {
		t.Fatalf("sheet %q is not in the workbook", sheet)
	}
	for _, rel := range regexp.MustCompile(`<Relationship [^>]*>`).FindAllString(part(t, data, "xl/_rels/workbook.xml.rels"), -1) {
		if strings.Contains(rel, `Id="`+id[1]+`"`) {
			target := regexp.MustCompile(`Target="/?(?:xl/)?([^"]+)"`).FindStringSubmatch(rel)
			return part(t, data, "xl/"+target[1])
		}
	}
	t.Fatalf("no part for sheet %q", sheet)
	return ""
}

func TestSheets(t *testing.T) {
	f := opened(t, workbookOf(t, awkward()))
	want := []string{"Summary", "Actions", "Breaks", "Open items", "Days", "Roll-forward", "Resolved", "Matches", "Unmatched transfers", "Rejects", "Scorecard", "Calendar", "Answers", "Sources", "Sign-off"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
}

// Every cell of every table sheet reads back as the text or number of its table.
func TestXLSXReadsBack(t *testing.T) {
	for name, b := range map[string]*book{"awkward": awkward(), "generated": bookOf(sample(t, 300))} {
		f := opened(t, workbookOf(t, b))
		for i := range sheets {
			s := &sheets[i]
			columns, _ := s.order()
			row := headerRow
			for raw := range s.table.rows(b) {
				row++
				for at0, c := range columns {
					got, err := f.GetCellValue(s.name, at(at0+1, row), excelize.Options{RawCellValue: true})
					if err != nil {
						t.Fatal(err)
					}
					if want := visible(raw[c]); got != want {
						t.Errorf("%s, %s of %s: read %q, want %q", s.name, at(at0+1, row), name, got, want)
					}
				}
			}
			if row == headerRow && len(s.empty) > 0 {
				if got, _ := f.GetCellValue(s.name, at(1, firstRow)); got != s.empty {
					t.Errorf("%s of %s is empty and says %q", s.name, name, got)
				}
			}
		}
	}
}

// What excelize drops when it comes too late must be in the file.
func TestSheetFeatures(t *testing.T) {
	b := awkward()
	data := workbookOf(t, b)
	for i := range sheets {
		s := &sheets[i]
		xml := sheetXML(t, data, s.name)
		wants := []string{`<autoFilter ref="$A$2:`, `ySplit="2"`, `state="frozen"`, `orientation="landscape"`, `fitToPage="1"`, `<cols>`, `<headerFooter`}
		switch s.name {
		case "Actions":
			wants = append(wants, "<conditionalFormatting", "<hyperlinks>")
		case "Breaks":
			wants = append(wants, "<conditionalFormatting", "<hyperlinks>", "<dataValidations", "accept,resolved,write_off,suppress")
		case "Open items":
			wants = append(wants, "<hyperlinks>")
		}
		for _, want := range wants {
			if !strings.Contains(strings.ReplaceAll(xml, `="true"`, `="1"`), want) {
				t.Errorf("sheet %s has no %s", s.name, want)
			}
		}
	}
	f := opened(t, data)
	if got := len(f.GetDefinedName()); got < 2*len(sheets) {
		t.Errorf("%d defined names, want print titles and areas of %d sheets", got, len(sheets))
	}
	columns, _ := sheets[0].order()
	cell := at(slices.Index(columns, actionsTable.column("txid"))+1, firstRow)
	if ok, target, err := f.GetCellHyperLink("Actions", cell); !ok || target != "https://etherscan.io/tx/"+txOne {
		t.Errorf("the first action links to %q (%v, %v)", target, ok, err)
	}
	if ok, target, _ := f.GetCellHyperLink("Actions", strings.Replace(cell, "3", "4", 1)); ok {
		t.Errorf("a text that is no transaction links to %q", target)
	}
	if p, err := f.GetDocProps(); err != nil || p.Created != closing || p.Modified != closing {
		t.Errorf("the file is dated %+v, want the end of the window", p)
	}
}

// No text of the input may ever be a formula; the only formulas are ours.
func TestNoFormulaFromData(t *testing.T) {
	data := workbookOf(t, awkward())
	ours := regexp.MustCompile(`^(ROUND\(C\d+-D\d+(-[F-K]\d+)*,\d+\)|C\d+-SUM\(D\d+:H\d+\)|ROUND\(C\d+(\+[D-G]\d+){4}(-[H-K]\d+){4},\d+\)|C\d+(\+[DEG]\d+){3}(-[H-K]\d+){4}|ROUND\(E\d+-F\d+,\d+\)|ROUND\(G\d+-SUM\(H\d+:N\d+\)\+O\d+,\d+\))$`)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	formulas := 0
	for _, file := range z.File {
		if !strings.HasPrefix(file.Name, "xl/worksheets/sheet") {
			continue
		}
		for _, m := range regexp.MustCompile(`<f[^>]*>([^<]*)</f>`).FindAllStringSubmatch(part(t, data, file.Name), -1) {
			formulas++
			if !ours.MatchString(m[1]) {
				t.Errorf("%s has the formula %q", file.Name, m[1])
			}
		}
	}
	if formulas == 0 {
		t.Error("the tie-out has no formula at all")
	}
	f := opened(t, data)
	columns, _ := sheets[2].order()
	order := slices.Index(columns, openItemsTable.column("order_no")) + 1
	for row := firstRow; row < firstRow+len(evil); row++ {
		value, _ := f.GetCellValue("Open items", at(order, row))
		style, err := f.GetCellStyle("Open items", at(order, row))
		if err != nil {
			t.Fatal(err)
		}
		prefix := f.Styles.CellXfs.Xf[style].QuotePrefix
		if got := prefix != nil && *prefix; got != startsFormula(value) && !strings.HasPrefix(value, "⟦") {
			t.Errorf("%q has a quote prefix: %v", value, got)
		}
	}
}

// The roll-forward's checks are formulas over its cells that come to nothing, and
// the answers in force stand in the columns that people fill in.
func TestRollForwardSheet(t *testing.T) {
	d := carried(t)
	f := opened(t, workbookOf(t, bookOf(d)))
	if text, _ := f.GetCellValue("Roll-forward", "A2"); text != "The opening is the closing of 2026-03-08." {
		t.Errorf("the sheet says %q", text)
	}
	checked := 0
	for row := 1; row < 40; row++ {
		cell := at(12, row)
		if formula, _ := f.GetCellFormula("Roll-forward", cell); formula != "" {
			checked++
			if value, err := f.CalcCellValue("Roll-forward", cell); err != nil || strings.Trim(value, "0.") != "" {
				t.Errorf("%s of %s is %q (%v), want 0", cell, formula, value, err)
			}
		}
	}
	if checked != 8 { // breaks and open items of one asset: items, plus, minus, net
		t.Errorf("%d checks, want 8", checked)
	}
	columns, _ := sheets[1].order()
	for name, want := range map[string]string{"disposition": "suppress", "by": "anna", "until": "2026-03-31", "cap": "20"} {
		cell := at(slices.Index(columns, breaksTable.column(name))+1, firstRow)
		if got, _ := f.GetCellValue("Breaks", cell); got != want {
			t.Errorf("the column %s of the break says %q, want %q", name, got, want)
		}
	}
	style, err := f.GetCellStyle("Breaks", at(slices.Index(columns, breaksTable.column("disposition"))+1, firstRow))
	if err != nil {
		t.Fatal(err)
	}
	if p := f.Styles.CellXfs.Xf[style].Protection; p == nil || p.Locked == nil || *p.Locked {
		t.Error("the disposition of a break is locked when somebody protects the sheet")
	}
	if got, _ := f.GetCellValue("Resolved", at(1, firstRow)); got != "lost_order" {
		t.Errorf("the first resolved item is %q, want lost_order", got)
	}
}

// The registers show when an answer was taken in to the second, whole, and the row of
// a file only where there is a file.
func TestAnswerSheets(t *testing.T) {
	b := awkward()
	given := reconcile.Answer{ID: "B-1", Action: reconcile.Accept, By: "ann", At: clock("2026-03-04T15:52:07.457428012Z")}
	filed := reconcile.Answer{ID: "B-2", Action: reconcile.Accept, By: "ben", At: clock("2026-03-04T15:52:07Z"), File: "a.xlsx", Row: 12}
	b.facts.Past.Answers = []GivenAnswer{{Since: "2026-03-03", Answer: given}, {Since: "2026-03-03", Answer: filed}}
	b.refused = []reconcile.RejectedAnswer{{Answer: given, Why: "late"}, {Answer: filed, Why: "late"}}
	f := opened(t, workbookOf(t, b))
	found := map[string][]string{}
	for sheet, columns := range map[string][]int{"Answers": {7, 9, 10}, "Roll-forward": {5, 6}} {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for n, row := range rows {
			if len(row) == 0 || row[0] != given.ID && row[0] != filed.ID {
				continue
			}
			for _, c := range columns {
				text, err := f.GetCellValue(sheet, at(c+1, n+1)) // rows are cut after their last text
				if err != nil {
					t.Fatal(err)
				}
				found[sheet+" "+row[0]] = append(found[sheet+" "+row[0]], text)
			}
		}
	}
	want := map[string][]string{
		"Answers B-1": {"2026-03-04T15:52:07Z", "command line", ""}, "Answers B-2": {"2026-03-04T15:52:07Z", "a.xlsx", "12"},
		"Roll-forward B-1": {"command line", ""}, "Roll-forward B-2": {"a.xlsx", "12"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTieOutIsAFormulaOverItsCells(t *testing.T) {
	b := bookOf(sample(t, 300))
	usd := money.Asset{ID: "eip155:56/erc20:0x55d398326f99059ff775485246999027b3197955", Symbol: "USDT", Decimals: 18}
	for _, c := range [][3]string{ // no double is a tenth, and 18 decimals do not round the difference away
		{"300000000000000000", "100000000000000000", "200000000000000000"},
		{"1234567890123450000000", "1000000000000000000000", "234567890123450000000"},
		{"100000000000000000001", "100000000000000000000", "1"},
	} {
		b.tieOut = append(b.tieOut, reconcile.TieOutLine{Asset: usd, Chain: "eip155:56", Received: units(c[0]), Expected: units(c[1]), Breaks: units(c[2])})
	}
	f := opened(t, workbookOf(t, b))
	rows, err := f.GetRows("Summary", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, row := range rows {
		if len(row) < 14 || row[1] != "eip155:56" || row[2] == "100.000000000000000001" {
			continue
		}
		if got, err := f.CalcCellValue("Summary", at(5, i+1), excelize.Options{RawCellValue: true}); err != nil || got != row[5] {
			t.Errorf("row %d: the difference is computed as %q, the breaks are %q (%v)", i+1, got, row[5], err)
		}
	}
	for i, row := range rows {
		if len(row) < 14 || !strings.HasPrefix(row[1], "eip155:") {
			continue
		}
		found++
		if row[2] == "100.000000000000000001" { // beyond a double, so a text
			continue
		}
		formula, _ := f.GetCellFormula("Summary", at(12, i+1))
		if !strings.HasPrefix(formula, "ROUND(C") {
			t.Errorf("row %d: the residual is %q", i+1, formula)
		}
		if got, err := f.CalcCellValue("Summary", at(12, i+1), excelize.Options{RawCellValue: true}); err != nil || got != "0" {
			t.Errorf("row %d: the residual is computed as %q (%v)", i+1, got, err)
		}
		if err := f.SetCellValue("Summary", at(3, i+1), 1e9); err != nil {
			t.Fatal(err)
		}
		if got, _ := f.CalcCellValue("Summary", at(12, i+1), excelize.Options{RawCellValue: true}); got == "0" {
			t.Errorf("row %d: the residual does not move with the received amount", i+1)
		}
	}
	if found == 0 {
		t.Error("the tie-out is not on the summary")
	}
}

// Amounts beyond what a double holds are texts, and so is their residual.
func TestLargeAmountsAreTexts(t *testing.T) {
	data := workbookOf(t, awkward())
	for _, sheet := range []string{"Summary", "Breaks", "Open items", "Matches", "Unmatched transfers"} {
		if !strings.Contains(sheetXML(t, data, sheet), largest[:60]) {
			t.Errorf("%s has lost digits of an amount of 78", sheet)
		}
	}
}

// A clipped amount would read as another amount.
func TestFiguresShrinkToFit(t *testing.T) {
	f := opened(t, workbookOf(t, awkward()))
	columns, _ := sheets[1].order()
	for _, name := range []string{"expected", "difference"} {
		for row := firstRow; row < firstRow+2; row++ {
			id, err := f.GetCellStyle("Breaks", at(slices.Index(columns, breaksTable.column(name))+1, row))
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil || style.Alignment == nil || !style.Alignment.ShrinkToFit {
				t.Errorf("%s in row %d does not shrink to its cell (%v)", name, row, err)
			}
		}
	}
}

func TestExact(t *testing.T) {
	for raw, want := range map[string]bool{
		"0": true, "-1.5": true, "123456789.123456": true, "0.000000000000000001": true, "999999999999999": true,
		"1234567890.123456": false, "1000000000000000": false, "0.0000000000000000001": false, largest: false, "": false, "1e5": false, "0x10": false,
	} {
		if _, got := exact(raw); got != want {
			t.Errorf("exact(%q) = %v, want %v", raw, got, want)
		}
	}
}

// What exact lets through stands in the cell digit by digit.
func TestExactLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := units(rapid.StringMatching(`[1-9][0-9]{0,17}`).Draw(t, "digits"))
		raw := u.Decimal(rapid.IntRange(0, 20).Draw(t, "decimals"))
		if f, ok := exact(raw); ok {
			file := excelize.NewFile()
			defer file.Close()
			if err := file.SetCellValue("Sheet1", "A1", f); err != nil {
				t.Fatal(err)
			}
			if got, _ := file.GetCellValue("Sheet1", "A1", excelize.Options{RawCellValue: true}); got != raw {
				t.Fatalf("%s stands in the cell as %s", raw, got)
			}
		}
	})
}

func TestCut(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		whole bool
	}{
		"as long as a cell":             {strings.Repeat("a", maxUnits), true},
		"one more":                      {strings.Repeat("a", maxUnits+1), false},
		"letters of two units, fitting": {strings.Repeat("🙂", maxUnits/2), true},
		"letters of two units":          {strings.Repeat("🙂", maxUnits/2+1), false},
		"off by one, two units":         {"a" + strings.Repeat("🙂", maxUnits), false},
		"letters of three bytes":        {strings.Repeat("株", maxUnits), true},
	} {
		got := cut(tt.text, "rejects.csv")
		n := len(utf16.Encode([]rune(got)))
		if n > maxUnits || strings.Contains(got, "\ufffd") {
			t.Errorf("%s: %d units, or a broken letter", name, n)
		}
		if tt.whole != (got == tt.text) || !tt.whole && !strings.HasSuffix(got, "(cut here; rejects.csv has all of it)") {
			t.Errorf("%s: whole is %v, ends in %q", name, got == tt.text, got[len(got)-40:])
		}
	}
}

// A sheet that is capped says so, and where the rest is.
func TestMatchesAreCapped(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 50,000 rows")
	}
	b := awkward()
	n := matchLimit + 7
	b.matches = func(yield func(reconcile.MatchRow) bool) {
		for range n {
			if !yield(reconcile.MatchRow{OrderNo: "N-1", Asset: usdt, Rule: reconcile.RuleTXID, LogIndex: -1}) {
				return
			}
		}
	}
	xml := sheetXML(t, workbookOf(t, b), "Matches")
	if want := "Matches: 50,007 rows. Which transfer paid which order, and by which rule. The first 50,000 are shown; matches.csv has all of them."; !strings.Contains(xml, want) {
		t.Errorf("the sheet does not say %q", want)
	}
	if got := strings.Count(xml, "<row "); got != matchLimit+headerRow {
		t.Errorf("%d rows, want %d and the header", got, matchLimit)
	}
}

func TestLinksAreCapped(t *testing.T) {
	b := awkward()
	b.open = slices.Repeat(b.open[:1], maxLinks+2)
	xml := sheetXML(t, workbookOf(t, b), "Open items")
	if want := "The first 5,000 link to the explorer."; !strings.Contains(xml, want) {
		t.Errorf("the sheet does not say %q", want)
	}
	if got := strings.Count(xml, "<hyperlink "); got != maxLinks {
		t.Errorf("%d links, want %d", got, maxLinks)
	}
}

func TestXLSXIsTheSameTwice(t *testing.T) {
	first := sha256.Sum256(workbookOf(t, bookOf(sample(t, 200))))
	for range 5 {
		if sha256.Sum256(workbookOf(t, bookOf(sample(t, 200)))) != first {
			t.Fatal("two writings of one document differ")
		}
	}
}

// The spill files of long sheets go to the given folder and are gone afterwards.
func TestTempDirIsEmptyAfterwards(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 50,000 rows")
	}
	dir := t.TempDir()
	b := awkward()
	match := reconcile.MatchRow{OrderNo: strings.Repeat("n", 200), TXID: txOne, Explanation: strings.Repeat("why ", 60), LogIndex: 1, Asset: usdt}
	spilled := false
	b.matches = func(yield func(reconcile.MatchRow) bool) {
		for range matchLimit {
			if !yield(match) {
				return
			}
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		spilled = spilled || len(files) > 0
	}
	var out bytes.Buffer
	if err := writeXLSX(&out, b, XLSXOptions{TempDir: dir}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 || !spilled {
		t.Errorf("spilled is %v, left over: %v (%v)", spilled, left, err)
	}
}

// Without the folder excelize would keep everything in memory and say nothing.
func TestTempDirMustBeThere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if err := writeXLSX(io.Discard, awkward(), XLSXOptions{TempDir: missing}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a folder that is not there gave %v", err)
	}
}

func TestIncompleteStandsFirst(t *testing.T) {
	f := opened(t, workbookOf(t, awkward()))
	rows, err := f.GetRows("Summary")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(rows[3][0], "INCOMPLETE") || rows[4][0] != "•  =archive: the file ends at noon" {
		t.Errorf("the first page starts with %q", rows[:6])
	}
}
