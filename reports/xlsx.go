package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// XLSXOptions are the knobs of a workbook.
type XLSXOptions struct {
	TempDir string // an existing folder into which long sheets spill; "" = the system's
}

// Limits of Excel.
const (
	maxRows  = 1_048_576 // of a sheet
	maxUnits = 32_767    // UTF-16 units in a cell
)

// maxLinks is how many links a sheet gets. Excel allows 65,529, but excelize looks
// through all of a sheet's links for each new one: that many take over a minute,
// these half a second. Nobody clicks through more.
const maxLinks = 5_000

// WriteXLSX writes report.xlsx, the workbook for people: summary with the
// tie-out, actions by deadline, breaks with columns to answer in, open items,
// tie-out by business date, roll-forward, what was resolved, matches, unmatched transfers, rejects, the scorecard
// of providers with the incidents, the calendar of business dates, the answers, sources and sign-off. Data is never a
// formula. Amounts are numbers where a spreadsheet holds them exactly, else
// texts. What does not fit a sheet or a cell is cut with a pointer to its CSV file.
func WriteXLSX(w io.Writer, d Document, o XLSXOptions) error {
	return writeXLSX(w, bookOf(d), o)
}

func writeXLSX(w io.Writer, b *book, o XLSXOptions) (err error) {
	if err := checkTempDir(o.TempDir); err != nil {
		return fmt.Errorf("writing report.xlsx: %w", err)
	}
	f := excelize.NewFile(excelize.Options{TmpDir: o.TempDir})
	defer func() { err = errors.Join(err, f.Close()) }()
	f.SetZipWriter(newSortedZip)

	look, err := makeStyles(f)
	if err != nil {
		return fmt.Errorf("writing report.xlsx: %w", err)
	}
	wb := &workbook{file: f, book: b, look: look}
	steps := []func() error{wb.summary}
	for i := range sheets {
		if sheets[i].name == "Resolved" {
			steps = append(steps, wb.days, wb.rollForward)
		}
		steps = append(steps, func() error { return wb.table(&sheets[i]) })
	}
	steps = append(steps, wb.scorecard, wb.calendar, wb.answerRegister, wb.sources, wb.signOff, wb.finish)
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("writing report.xlsx: %w", err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("writing report.xlsx: %w", err)
	}
	return nil
}

// checkTempDir fails unless files can be made in dir. excelize would hold every
// long sheet in memory instead, and not say so.
func checkTempDir(dir string) error {
	f, err := os.CreateTemp(dir, "tieout-")
	if err != nil {
		return fmt.Errorf("the temporary folder cannot be used: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// workbook is a report.xlsx in the making.
type workbook struct {
	file *excelize.File
	book *book
	look styles
}

// open makes a sheet that prints landscape, as many pages as it needs in height
// and one in width, and returns the stream that its rows go to.
func (wb *workbook) open(name string) (*excelize.StreamWriter, error) {
	if _, err := wb.file.NewSheet(name); err != nil {
		return nil, err
	}
	// The stream writes the sheet's properties first: they come before it.
	yes, zero := true, 0
	err := wb.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes})
	if err != nil {
		return nil, err
	}
	landscape, width, a4 := "landscape", 1, 9
	err = wb.file.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &width, FitToHeight: &zero})
	if err != nil {
		return nil, err
	}
	side, end, edge := 0.4, 0.6, 0.3 // inches
	err = wb.file.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &end, Bottom: &end, Header: &edge, Footer: &edge})
	if err != nil {
		return nil, err
	}
	about := wb.book.facts.Merchant + ", " + wb.book.facts.AsOf
	err = wb.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{
		OddFooter: "&L" + footerText(about) + "&C&A&RPage &P of &N"})
	if err != nil {
		return nil, err
	}
	return wb.file.NewStreamWriter(name)
}

// footerText keeps text from being read as a footer's codes.
func footerText(s string) string {
	s = visible(s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return strings.ReplaceAll(s, "&", "&&")
}

// finish removes the sheet that every new workbook has, and dates the file by the
// run instead of by a clock.
func (wb *workbook) finish() error {
	if err := wb.file.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	wb.file.SetActiveSheet(0)
	at := wb.book.window.To.Time().Format("2006-01-02T15:04:05Z")
	return wb.file.SetDocProps(&excelize.DocProperties{
		Title:   "Reconciliation of " + wb.book.facts.Merchant + ", " + wb.book.facts.AsOf,
		Creator: wb.book.facts.Tool, LastModifiedBy: wb.book.facts.Tool, Created: at, Modified: at})
}

// cell is one cell of a table: how it looks follows from what its column holds.
func (wb *workbook) cell(h heading, raw, file string) excelize.Cell {
	switch h.kind {
	case amount:
		return wb.amount(raw)
	case number:
		return wb.number(raw)
	case hash, link:
		return wb.textCell(wb.look.mono, wb.look.monoQ, raw, file)
	}
	if h.wraps() {
		return wb.textCell(wb.look.wrap, wb.look.wrapQ, raw, file)
	}
	return wb.textCell(wb.look.text, wb.look.textQ, raw, file)
}

// textCell is a text, never a formula: an inline string in a cell formatted as
// text, with a quote prefix where it starts like a formula.
func (wb *workbook) textCell(style, quotedStyle int, raw, file string) excelize.Cell {
	if raw == "" {
		return excelize.Cell{StyleID: style}
	}
	if startsFormula(raw) {
		style = quotedStyle
	}
	return excelize.Cell{StyleID: style, Value: cut(visible(raw), file)}
}

// text is a short text of ours or of a foreign system on a page.
func (wb *workbook) text(raw string) excelize.Cell {
	return wb.textCell(wb.look.text, wb.look.textQ, raw, "result.json")
}

// amount is an exact decimal: a number where that is exact, else a text.
func (wb *workbook) amount(raw string) excelize.Cell {
	if raw == "" {
		return excelize.Cell{StyleID: wb.look.amount}
	}
	if f, ok := exact(raw); ok {
		return excelize.Cell{StyleID: wb.look.amount, Value: f}
	}
	if !decimal(raw) {
		return wb.text(raw)
	}
	return excelize.Cell{StyleID: wb.look.amountText, Value: raw}
}

// number is a whole number, a text when it has more digits than Excel keeps.
func (wb *workbook) number(raw string) excelize.Cell {
	if raw == "" {
		return excelize.Cell{StyleID: wb.look.number}
	}
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil && len(raw) <= 15 {
		return excelize.Cell{StyleID: wb.look.number, Value: n}
	}
	if !decimal(raw) {
		return wb.text(raw)
	}
	return excelize.Cell{StyleID: wb.look.amountText, Value: raw}
}

func (wb *workbook) headerCell(name string, right bool) excelize.Cell {
	if right {
		return excelize.Cell{StyleID: wb.look.headerRight, Value: name}
	}
	return excelize.Cell{StyleID: wb.look.header, Value: name}
}

// linesOf estimates how many lines a text takes that wraps between words.
func linesOf(text string, perLine int) int {
	lines, used := 1, 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > perLine {
			lines, used = lines+1, 0
		}
		used += 1 + n
		for ; used > perLine+1; used -= perLine {
			lines++
		}
	}
	return lines
}

// heightOf is the height of that many lines, in points; Excel allows 409.
func heightOf(lines int) float64 { return min(float64(lines)*13.5+1.5, 400) }

func (wb *workbook) count(n int) excelize.Cell {
	return excelize.Cell{StyleID: wb.look.number, Value: n}
}

// exact returns a decimal as the double that a spreadsheet's number cell holds,
// unless a digit would be lost: with more than 15 significant digits, or with
// more decimals than exactAmount shows. It is the only place where an amount
// meets a float, and the float is proven to print as the amount.
func exact(raw string) (float64, bool) {
	digits := strings.TrimLeft(strings.ReplaceAll(strings.TrimPrefix(raw, "-"), ".", ""), "0")
	_, decimals, _ := strings.Cut(raw, ".")
	if !decimal(raw) || len(digits) > 15 || len(decimals) > 18 {
		return 0, false
	}
	f, err := strconv.ParseFloat(raw, 64)
	return f, err == nil && strconv.FormatFloat(f, 'f', -1, 64) == raw
}

// cut shortens a text that a cell cannot hold, which Excel would do silently.
func cut(s, file string) string {
	if len(s) <= maxUnits {
		return s // never more units than bytes
	}
	units := utf16.Encode([]rune(s))
	if len(units) <= maxUnits {
		return s
	}
	marker := "… (cut here; " + file + " has all of it)"
	keep := units[:maxUnits-len(utf16.Encode([]rune(marker)))]
	if utf16.IsSurrogate(rune(keep[len(keep)-1])) && keep[len(keep)-1] < 0xDC00 {
		keep = keep[:len(keep)-1] // not through the middle of a rune
	}
	return string(utf16.Decode(keep)) + marker
}

// at names a cell of a sheet, both counted from 1.
func at(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic("reports: " + err.Error()) // coordinates are ours
	}
	return name
}
