package cases

import (
	"bytes"
	"encoding/csv"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
	"tieout/reconcile/reconciletest"
	"tieout/reports"
)

const (
	merchant = "Demo & Sons"
	asOf     = "2026-03-10"
	usdt     = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"
)

// now is when answers are taken in.
const now = 1_773_300_000 * reconcile.Second

var options = Options{Merchant: merchant, At: now}

// document is the report of a generated day with every kind of trouble.
var document = sync.OnceValue(func() reports.Document {
	result, err := reconciletest.Generate(reconciletest.Plan{Seed: 7, Orders: 60}).Run()
	if err != nil {
		panic(err)
	}
	return reports.Document{Result: result, Facts: reports.Facts{Tool: "tieout 0.1.0", Merchant: merchant, AsOf: asOf, Zone: "Etc/UTC", Complete: true}}
})

// workbook is the report.xlsx that people are given.
var workbook = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	if err := reports.WriteXLSX(&out, document(), reports.XLSXOptions{}); err != nil {
		panic(err)
	}
	return out.Bytes()
})

// breaksCSV is its breaks.csv as rows.
func breaksCSV(t testing.TB) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := reports.WriteCSV(&out, "breaks.csv", document()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// csvOf writes rows as a CSV file.
func csvOf(rows [][]string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(rows); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// edited opens the workbook, lets a person work in it, and saves it.
func edited(t testing.TB, edit func(*excelize.File)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(workbook()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	edit(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// firstRow is the first row of data of a sheet.
const firstRow = 3

// fill writes cells of a row of the sheet Breaks by their headings.
func fill(t testing.TB, f *excelize.File, row int, cells map[string]any) {
	t.Helper()
	for heading, value := range cells {
		if err := f.SetCellValue("Breaks", cellAt(t, f, "Breaks", heading, row), value); err != nil {
			t.Fatal(err)
		}
	}
}

func cellAt(t testing.TB, f *excelize.File, sheet, heading string, row int) string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range rows[firstRow-2] {
		if strings.EqualFold(h, heading) {
			cell, err := excelize.CoordinatesToCellName(i+1, row)
			if err != nil {
				t.Fatal(err)
			}
			return cell
		}
	}
	t.Fatalf("the sheet %s has no column %q", sheet, heading)
	return ""
}

func read(t testing.TB, name string, content []byte, o Options) *Reading {
	t.Helper()
	r, err := Read(name, content, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
