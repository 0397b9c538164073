package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// xlsx reads one sheet of a workbook. Excelize gives the cells' texts; what it
// does not tell (types, formulas without a value, damage in the middle of a
// sheet, which it takes for the end) comes from a second look at the same XML.
//
// A cell with a date format holds a day number without zone. It stays a number,
// and a source that needs a time refuses it: the column must be text.
func (r *reader) xlsx(plain io.Reader) error {
	packed, err := io.ReadAll(io.LimitReader(plain, maxWorkbook+1))
	if err != nil {
		return r.fail(err)
	}
	archive, err := openWorkbook(packed)
	if err != nil {
		return r.fail(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(packed), excelize.Options{
		UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxPart, RawCellValue: true,
	})
	if err != nil {
		return r.fail(fmt.Errorf("the workbook cannot be opened: %w", err))
	}
	defer book.Close()
	sheet, err := archive.chooseSheet(r.options.Sheet)
	if err != nil {
		return r.fail(err)
	}
	r.row.sheet = sheet.name
	rows, err := book.Rows(sheet.name)
	if err != nil {
		return r.fail(err)
	}
	defer rows.Close()
	scan, err := archive.scan(sheet)
	if err != nil {
		return r.fail(err)
	}
	defer scan.Close()
	return r.sheet(&sheetRows{rows: rows, scan: scan})
}

// sheet reads header and rows of a sheet.
func (r *reader) sheet(s *sheetRows) error {
	names, err := s.next()
	if err == io.EOF && s.scan.lastRow > 0 {
		return r.fail(fmt.Errorf("the sheet says that it has %d rows, but none can be read: save it again as .xlsx, or as CSV", s.scan.lastRow))
	}
	if err == io.EOF {
		return r.fail(&Error{Reason: "the sheet is empty"})
	}
	if err != nil {
		return r.fail(err)
	}
	for _, name := range names {
		r.sum.Header = append(r.sum.Header, strings.TrimSpace(name))
	}
	cols, refused := r.bind(r.sum.Header)
	if refused != nil {
		refused.Line = s.at
		return r.fail(refused)
	}
	r.row.cols = cols
	headerRow := s.at
	if err := r.begin(); err != nil {
		return err
	}
	for {
		texts, err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return r.fail(err)
		}
		if err := r.handSheetRow(s, texts); err != nil {
			return err
		}
	}
	if r.sum.Rows == 0 && (s.scan.lastRow > headerRow || s.blank > 0) {
		return r.fail(errors.New("the sheet says that it has rows below its header, but none has a value: save it again as .xlsx, or as CSV"))
	}
	if r.sum.Rows == 0 {
		r.warn("it has a header and no rows")
	}
	return nil
}

// handSheetRow hands over a row of a sheet, whose empty cells at the end do not
// exist in the file.
func (r *reader) handSheetRow(s *sheetRows, texts []string) error {
	width := len(r.sum.Header)
	r.row.at = s.at
	r.row.cells = r.row.cells[:0]
	for i := range max(width, len(texts)) {
		c := cell{}
		if i < len(texts) {
			c.text = texts[i]
		}
		if s.scan.types[i] == numericCell {
			c.text, c.kind = plainNumber(c.text), number
		}
		r.row.cells = append(r.row.cells, c)
	}
	if len(texts) > width {
		return r.hand(fmt.Sprintf("it has a value in column %d, the header has %d", len(texts), width))
	}
	for i, at := range r.row.cols.at {
		if at < 0 {
			continue
		}
		if s.scan.types[at] == formulaCell {
			return r.handBad(r.row.errorf(i, "it is a formula without a stored value: open the workbook in a spreadsheet program and save it, or export values"))
		}
		if r.row.cells[at].kind == number && significant(r.row.cells[at].text) > 15 {
			return r.handBad(r.row.errorf(i, "it is a number of more than 15 digits, which spreadsheets do not hold: precision was lost in the export; ask for CSV, or for the column as text"))
		}
	}
	return r.hand("")
}

// sheetRows walks excelize's rows and our own scan of the same sheet in step.
type sheetRows struct {
	rows  *excelize.Rows
	scan  *sheetScan
	at    int // row of the sheet, from 1
	blank int // rows that have cells but no text in them
}

// next returns the texts of the next row that has any, io.EOF at the end. What
// only one of the two readers sees is an error.
func (s *sheetRows) next() ([]string, error) {
	for {
		err := s.scan.next()
		if err == io.EOF {
			return nil, s.ended()
		}
		if err != nil {
			return nil, fmt.Errorf("the sheet's XML is damaged behind row %d: %w", s.at, err)
		}
		texts, err := s.advance(s.scan.row)
		if err != nil {
			return nil, err
		}
		if filled(texts) || s.scan.formulas() {
			return texts, nil
		}
		s.blank++
	}
}

// advance moves excelize to a row; those before it must be empty.
func (s *sheetRows) advance(to int) (texts []string, err error) {
	for s.at < to {
		if !s.rows.Next() {
			return nil, s.unreadable(to)
		}
		s.at++
		if texts, err = s.rows.Columns(); err != nil {
			return nil, fmt.Errorf("row %d cannot be read: %w", s.at, err)
		}
		if s.at < to && filled(texts) {
			return nil, s.unreadable(s.at)
		}
	}
	return texts, nil
}

// ended checks that excelize has no more rows either.
func (s *sheetRows) ended() error {
	for s.rows.Next() {
		s.at++
		if texts, err := s.rows.Columns(); err != nil || filled(texts) {
			return s.unreadable(s.at)
		}
	}
	if err := s.rows.Error(); err != nil {
		return fmt.Errorf("row %d cannot be read: %w", s.at+1, err)
	}
	return io.EOF
}

func (s *sheetRows) unreadable(row int) error {
	return fmt.Errorf("row %d cannot be read: save the workbook again as .xlsx, or as CSV", row)
}

func filled(texts []string) bool {
	for _, t := range texts {
		if t != "" {
			return true
		}
	}
	return false
}

// plainNumber undoes what floating point does to a number on its way into a
// workbook: 1.1 is stored as 1.1000000000000001, and 0.0000001 as 1E-7. A decimal
// of up to 15 digits survives that way unharmed, so it can be had back exactly;
// any other number, and every integer as written, is left as it is.
func plainNumber(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	const longest = 40 // digits that an amount can need; beyond, an exponent is clearer
	if short := strconv.FormatFloat(f, 'f', -1, 64); significant(short) <= 15 && len(short) <= longest {
		return short
	}
	return text
}

// significant counts the digits of a number without the zeros around them.
func significant(text string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	digits := strings.Trim(strings.Replace(strings.TrimLeft(mantissa, "+-"), ".", "", 1), "0")
	return len(digits)
}
