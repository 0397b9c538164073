package reports

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// page writes a sheet that is not a table: headings, sentences and small tables
// under one another. The first error stays and ends the writing.
type page struct {
	wb    *workbook
	sw    *excelize.StreamWriter
	width int // columns
	row   int // the last row written
	err   error
}

// newPage opens a sheet with columns of these widths, in characters.
func (wb *workbook) newPage(name string, widths ...float64) (*page, error) {
	sw, err := wb.open(name)
	if err != nil {
		return nil, err
	}
	for i, w := range widths {
		if err := sw.SetColWidth(i+1, i+1, w); err != nil {
			return nil, err
		}
	}
	no := false
	if err := wb.file.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &no}); err != nil {
		return nil, err
	}
	return &page{wb: wb, sw: sw, width: len(widths)}, nil
}

// line writes a row of cells; a nil leaves its cell empty.
func (p *page) line(cells ...any) { p.tall(0, cells...) }

// tall is line with a height in points, 0 for as high as the text needs.
func (p *page) tall(height float64, cells ...any) {
	p.row++
	if p.err == nil {
		p.err = p.sw.SetRow(at(1, p.row), cells, excelize.RowOpts{Height: height})
	}
}

// gap leaves a row empty.
func (p *page) gap() { p.row++ }

// heading starts a section.
func (p *page) heading(text string) {
	p.gap()
	p.line(excelize.Cell{StyleID: p.wb.look.section, Value: text})
}

// header writes the header row of a small table. A name that starts with > stands
// over figures, on the right.
func (p *page) header(names ...string) {
	cells := make([]any, len(names))
	for i, n := range names {
		name, right := strings.CutPrefix(n, ">")
		cells[i] = p.wb.headerCell(name, right)
	}
	p.tall(30, cells...)
}

// wideHeader is header with its last name over the rest of the page.
func (p *page) wideHeader(names ...string) {
	all := make([]string, p.width)
	copy(all, names)
	p.header(all...)
	p.merge(len(names), p.width)
}

// note writes a sentence of ours in grey.
func (p *page) note(text string) {
	p.line(excelize.Cell{StyleID: p.wb.look.note, Value: text})
}

// banner writes a text over the whole width, in a style that wraps.
func (p *page) banner(style int, text string, perLine int) {
	text = cut(visible(text), "result.json")
	cells := make([]any, p.width)
	for i := range cells {
		cells[i] = excelize.Cell{StyleID: style}
	}
	cells[0] = excelize.Cell{StyleID: style, Value: text}
	p.tall(heightOf(linesOf(text, perLine)), cells...)
	p.merge(1, p.width)
}

// merge joins cells of the last row. Excel does not fit the height of a row to
// merged cells, so whoever merges sets it.
func (p *page) merge(from, to int) {
	if p.err == nil {
		p.err = p.sw.MergeCell(at(from, p.row), at(to, p.row))
	}
}

// pair writes a label and a short text.
func (p *page) pair(label, text string) {
	p.line(excelize.Cell{StyleID: p.wb.look.label, Value: label}, p.wb.text(text))
}

func (p *page) label(text string) excelize.Cell {
	return excelize.Cell{StyleID: p.wb.look.label, Value: cut(visible(text), "result.json")}
}

// flush ends the sheet; nothing may be set on it afterwards.
func (p *page) flush() error {
	if p.err != nil {
		return p.err
	}
	return p.sw.Flush()
}
