package reports

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// convert runs LibreOffice on a report and returns the folder with what it made.
func convert(t *testing.T, data []byte, to string) string {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIPPED: no soffice on this machine, so no foreign program has opened the workbook (apt-get install libreoffice-calc)")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "report.xlsx"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), soffice, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--convert-to", to, "--outdir", dir, filepath.Join(dir, "report.xlsx")).CombinedOutput()
	if err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	return dir
}

// A foreign spreadsheet sees the literal texts of the corpus: nothing is
// evaluated, nothing decoded, nothing turned into a number or a date.
func TestLibreOfficeSeesTextsOnly(t *testing.T) {
	b := awkward()
	// Every sheet as CSV: separator, quote, UTF-8, from line 1, columns as they are
	// shown, all sheets.
	dir := convert(t, workbookOf(t, b), `csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1`)
	for i := range sheets {
		s := &sheets[i]
		file, err := os.Open(filepath.Join(dir, "report-"+s.name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r := csv.NewReader(file)
		r.FieldsPerRecord = -1
		got, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		columns, _ := s.order()
		row := headerRow
		for raw := range s.table.rows(b) {
			for j, c := range columns {
				if s.table.columns[c].right() {
					continue // shown with its thousands apart
				}
				if want := visible(raw[c]); got[row][j] != want {
					t.Errorf("%s, row %d, %s: LibreOffice shows %q, want %q", s.name, row+1, s.table.columns[c].name, got[row][j], want)
				}
			}
			row++
		}
	}
}

func TestLibreOfficePrintsIt(t *testing.T) {
	dir := convert(t, workbookOf(t, bookOf(sample(t, 120))), "pdf")
	pdf, err := os.ReadFile(filepath.Join(dir, "report.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", filepath.Join(dir, "report.pdf"), "-").Output()
	if err != nil {
		t.Skipf("SKIPPED: %d bytes of PDF were made, but there is no pdftotext to read them: %v", len(pdf), err)
	}
	for _, want := range []string{"Reconciliation of Demo & Sons, 2026-03-10", "COMPLETE", "What to do first", "Residual", "Page 1 of", "Prepared by"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the printed report does not say %q", want)
		}
	}
	if strings.Contains(string(text), "###") || strings.Contains(string(text), "Err:") {
		t.Error("a cell is too narrow, or a formula fails")
	}
}
