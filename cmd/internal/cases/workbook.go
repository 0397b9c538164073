package cases

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook that is read back: what it may unpack to, and how much of
// one part is held in memory. Both are far beyond a report's.
const (
	maxWorkbook = 1 << 30
	maxPart     = 64 << 20
)

// mostRows is how many rows a sheet can have. A file may claim any number, and the
// library would count up to it.
const mostRows = 1 << 20

// headerWithin is in how many rows from the top the headings are looked for:
// people put notes above them.
const headerWithin = 12

// workbook reads report.xlsx as a spreadsheet saved it.
func (r *fileReader) workbook(content []byte) (err error) {
	defer func() {
		if v := recover(); v != nil { // a library's answer to damage that it did not expect
			err = r.fail("the workbook is damaged (%v): save it again as .xlsx", v)
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxPart, RawCellValue: true})
	if err != nil {
		return r.fail("the workbook cannot be opened: %v", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		r.from1904 = *props.Date1904
	}
	if err := r.signOff(book); err != nil {
		return err
	}
	answered := false
	for i := range tables {
		found, err := r.sheet(book, &tables[i])
		if err != nil {
			return err
		}
		answered = answered || found
	}
	if !answered {
		return r.fail("it has no sheet Breaks with the columns Break ID and Disposition; its sheets are %s", strings.Join(book.GetSheetList(), ", "))
	}
	return nil
}

// sheetNamed finds a sheet whatever the case of its name, "" without one.
func sheetNamed(book *excelize.File, wanted string) string {
	for _, s := range book.GetSheetList() {
		if name(s) == name(wanted) {
			return s
		}
	}
	return ""
}

// sheet reads one sheet of answers; found is false where there is none.
func (r *fileReader) sheet(book *excelize.File, t *layout) (found bool, err error) {
	at := sheetNamed(book, t.sheet)
	if at == "" {
		return false, nil
	}
	rows, err := book.Rows(at)
	if err != nil {
		return false, r.fail("the sheet %s cannot be read: %v", at, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var columns map[string]int
	for number := 1; rows.Next(); number++ {
		if number > mostRows {
			return false, r.fail("the sheet %s says that it has more rows than a sheet can have", at)
		}
		cells, err := rows.Columns()
		if err != nil {
			return false, r.fail("the sheet %s cannot be read from row %d on: %v", at, number, err)
		}
		if columns == nil {
			if number > headerWithin {
				return false, nil
			}
			bound, at, err := r.bind(cells)
			if err != nil {
				return false, err
			}
			if bound == t {
				columns = at
			}
			continue
		}
		r.take(&row{number: number, cells: cells, columns: columns, file: r, layout: t, sheet: at, numeric: numeric(book, at, number)})
	}
	if err := rows.Error(); err != nil {
		return false, r.fail("the sheet %s cannot be read to its end: %v", at, err)
	}
	return columns != nil, nil
}

// numeric tells whether a cell of a row holds a number.
func numeric(book *excelize.File, sheet string, number int) func(int) bool {
	return func(column int) bool {
		cell, err := excelize.CoordinatesToCellName(column+1, number)
		if err != nil {
			return false
		}
		kind, err := book.GetCellType(sheet, cell)
		return err == nil && (kind == excelize.CellTypeNumber || kind == excelize.CellTypeUnset)
	}
}

// decimalOf writes a number of a spreadsheet as the decimal that was typed: with
// at most fifteen digits, without an exponent. What is no number stays as it is.
func decimalOf(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	f, err = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
