package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheet is a table on a sheet of the workbook.
type sheet struct {
	name  string
	about string // what the rows are, a sentence
	empty string // what it says without rows
	table *table
	count func(*book) int

	// lead are the columns that come first and are printed; the table's others
	// follow to the right, on the screen only.
	lead   []string
	links  string   // the column of TXIDs that open the explorer, "" for none
	answer []string // the columns that people fill in
	limit  int      // how many rows are shown at most, 0 = as many as fit
}

// matchLimit is how many clean pairs are shown: people look single ones up, and
// all of them in Excel would cost more than the rest of the run.
const matchLimit = 50_000

// dispositions are the answers to a break that the next run reads back.
var dispositions = []string{"accept", "resolved", "write_off", "suppress"}

var sheets = []sheet{
	{
		name: "Actions", about: "One row per thing to do, the most urgent first. Hours left count from the end of the window.",
		empty: "There is nothing to do.", table: &actionsTable, count: func(b *book) int { return len(b.actions) },
		lead: []string{"priority", "severity", "deadline", "hours_left", "who", "sentence", "order_no", "amount", "symbol", "value", "action"}, links: "txid",
	}, {
		name: "Breaks", about: "One row per difference and asset. The yellow columns are for your answer.",
		empty: "No difference was found.", table: &breaksTable, count: func(b *book) int { return len(b.breaks) },
		lead: []string{"kind", "severity", "order_no", "provider", "expected", "observed", "difference", "symbol", "value", "age_days", "deadline", "explanation",
			"disposition", "reason", "by", "until", "cap"},
		links: "txids", answer: []string{"disposition", "reason", "by", "until", "cap"},
	}, {
		name: "Open items", about: "Timing differences that may still resolve by themselves, and what could not be judged. The yellow columns are for your answer.",
		empty: "Nothing is open.", table: &openItemsTable, count: func(b *book) int { return len(b.open) },
		lead: []string{"state", "order_no", "provider", "amount", "symbol", "value", "first_seen", "age_days", "bucket", "until", "note",
			"disposition", "reason", "by", "answer_until", "cap"},
		links: "txids", answer: []string{"disposition", "reason", "by", "answer_until", "cap"},
	}, {
		name: "Resolved", about: "What left the open items since the run before, each shown once, with what resolved it.",
		empty: "Nothing was resolved.", table: &resolvedTable, count: func(b *book) int { return len(b.resolved) },
		lead: []string{"kind", "how", "order_no", "provider", "difference", "symbol", "first_date", "what", "by"}, links: "txids",
	}, {
		name: "Matches", about: "Which transfer paid which order, and by which rule.",
		empty: "No transfer was attributed to an order.", table: &matchesTable, count: func(b *book) int { return totalOf(b.total().Matches) },
		lead: []string{"order_no", "order_id", "provider", "amount", "symbol", "rule", "margin", "chain", "txid", "explanation"}, limit: matchLimit,
	}, {
		name: "Unmatched transfers", about: "Money that came and belongs to no order that is known.",
		empty: "Every transfer belongs to an order.", table: &unmatchedTable, count: func(b *book) int { return b.total().Unmatched },
		lead: []string{"block_time", "chain", "amount", "symbol", "outcome", "kinds", "from", "txid", "note"}, links: "txid", limit: matchLimit,
	}, {
		name: "Rejects", about: "Input rows that could not be read, with the remedy.",
		empty: "Every input row could be read.", table: &rejectsTable, count: func(b *book) int { return len(b.rejects) },
		lead: []string{"source", "file", "sheet", "line", "column", "value", "reason"},
	},
}

// lettersPerWidth is how many letters of a sentence go where one digit of the
// workbook's standard font does.
const lettersPerWidth = 1.15

// mostLines is how many lines of a sentence a row shows before the reader has to
// open the cell.
const mostLines = 8

// Rows of a table sheet: what it is, the header, then the data.
const (
	headerRow = 2
	firstRow  = 3
)

// order returns the table's columns in the order of the sheet, and how many of
// them are printed.
func (s *sheet) order() (columns []int, printed int) {
	for _, name := range s.lead {
		columns = append(columns, s.table.column(name))
	}
	printed = len(columns)
	for i := range s.table.columns {
		if !slices.Contains(columns, i) {
			columns = append(columns, i)
		}
	}
	return columns, printed
}

// table writes a table sheet in one pass.
func (wb *workbook) table(s *sheet) error {
	sw, err := wb.open(s.name)
	if err != nil {
		return err
	}
	columns, printed := s.order()
	if err := wb.head(s, sw, columns); err != nil {
		return err
	}
	limit := maxRows - firstRow
	if s.limit > 0 {
		limit = min(limit, s.limit)
	}
	row, links := headerRow, 0
	for raw := range s.table.rows(wb.book) {
		if row-headerRow == limit {
			break
		}
		row++
		cells, lines := make([]any, len(columns)), 1
		for i, c := range columns {
			cells[i] = wb.tableCell(s, c, raw[c])
			if h := s.table.columns[c]; h.wraps() && i < printed {
				lines = max(lines, linesOf(raw[c], int(h.width*lettersPerWidth)))
			}
		}
		if links < maxLinks && s.links != "" {
			linked, err := wb.addLink(s, columns, raw, cells, row)
			if err != nil {
				return err
			}
			links += linked
		}
		if err := sw.SetRow(at(1, row), cells, excelize.RowOpts{Height: heightOf(min(lines, mostLines))}); err != nil {
			return err
		}
	}
	if row == headerRow {
		if err := sw.SetRow(at(1, firstRow), []any{excelize.Cell{StyleID: wb.look.note, Value: s.empty}}); err != nil {
			return err
		}
	}
	return wb.close(s, sw, columns, printed, row)
}

// head writes widths, the frozen header and the line above it.
func (wb *workbook) head(s *sheet, sw *excelize.StreamWriter, columns []int) error {
	header := make([]any, len(columns))
	for i, c := range columns {
		h := s.table.columns[c]
		if err := sw.SetColWidth(i+1, i+1, h.width); err != nil {
			return err
		}
		header[i] = wb.headerCell(title(h.name), h.right())
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: headerRow, TopLeftCell: at(1, firstRow), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	n := s.count(wb.book)
	about := fmt.Sprintf("%s: %s. %s", s.name, plural(n, "row"), s.about)
	if s.limit > 0 && n > s.limit {
		about += fmt.Sprintf(" The first %s are shown; %s has all of them.", grouped(s.limit), s.table.file)
	}
	if s.links != "" && min(n, cmp.Or(s.limit, n)) > maxLinks {
		about += fmt.Sprintf(" The first %s link to the explorer.", grouped(maxLinks))
	}
	if n > maxRows-firstRow {
		about += fmt.Sprintf(" A sheet cannot hold them all; %s does.", s.table.file)
	}
	if err := sw.SetRow(at(1, 1), []any{excelize.Cell{StyleID: wb.look.section, Value: about}}, excelize.RowOpts{Height: 20}); err != nil {
		return err
	}
	return sw.SetRow(at(1, headerRow), header, excelize.RowOpts{Height: 20})
}

func (wb *workbook) tableCell(s *sheet, c int, raw string) excelize.Cell {
	h := s.table.columns[c]
	if slices.Contains(s.answer, h.name) {
		return wb.textCell(wb.look.answer, wb.look.answerQ, raw, s.table.file)
	}
	return wb.cell(h, raw, s.table.file)
}

// addLink makes the row's TXID cell open the explorer, at the first transaction
// where there are several.
func (wb *workbook) addLink(s *sheet, columns []int, raw []string, cells []any, row int) (int, error) {
	txids := s.table.column(s.links)
	first, _, _ := strings.Cut(raw[txids], "|")
	page := wb.book.txLink(raw[s.table.column("chain")], first)
	if page == "" {
		return 0, nil
	}
	i := slices.Index(columns, txids)
	cells[i] = wb.textCell(wb.look.url, wb.look.urlQ, raw[txids], s.table.file)
	return 1, wb.file.SetCellHyperLink(s.name, at(i+1, row), page, "External")
}

// close ends a table sheet. Everything about a sheet that is not a row is set
// here and before Flush: excelize drops without an error what comes later.
func (wb *workbook) close(s *sheet, sw *excelize.StreamWriter, columns []int, printed, last int) error {
	for _, step := range []func() error{
		func() error { return wb.printing(s, printed, last) },
		func() error { return wb.filter(s, len(columns), last) },
		func() error { return wb.colours(s, columns, last) },
		func() error { return wb.answers(s, columns, last) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// printing repeats the header on every page and prints the leading columns.
func (wb *workbook) printing(s *sheet, printed, last int) error {
	err := wb.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: s.name,
		RefersTo: fmt.Sprintf("'%s'!$1:$%d", s.name, headerRow)})
	if err != nil {
		return err
	}
	column, err := excelize.ColumnNumberToName(printed)
	if err != nil {
		return err
	}
	return wb.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", Scope: s.name,
		RefersTo: fmt.Sprintf("'%s'!$A$1:$%s$%d", s.name, column, max(last, firstRow))})
}

func (wb *workbook) filter(s *sheet, columns, last int) error {
	if last < firstRow {
		return nil
	}
	return wb.file.AutoFilter(s.name, at(1, headerRow)+":"+at(columns, last), nil)
}

// colours marks severities, and deadlines inside a day.
func (wb *workbook) colours(s *sheet, columns []int, last int) error {
	if last < firstRow {
		return nil
	}
	for i, c := range columns {
		area := at(i+1, firstRow) + ":" + at(i+1, last)
		switch first := at(i+1, firstRow); s.table.columns[c].name {
		case "severity":
			for _, l := range severityLooks {
				if err := wb.colour(s.name, area, first+"="+strconv.Quote(l.word), l.ink, l.fill); err != nil {
					return err
				}
			}
		case "hours_left":
			if err := wb.colour(s.name, area, "AND(ISNUMBER("+first+"),"+first+"<24)", "C00000", "FFC7CE"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (wb *workbook) colour(sheet, area, formula, ink, fill string) error {
	id, err := wb.file.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: ink, Bold: true}, Fill: solid(fill)})
	if err != nil {
		return err
	}
	return wb.file.SetConditionalFormat(sheet, area, []excelize.ConditionalFormatOptions{{Type: "formula", Criteria: formula, Format: &id}})
}

// answers offers the dispositions to choose from.
func (wb *workbook) answers(s *sheet, columns []int, last int) error {
	if len(s.answer) == 0 || last < firstRow {
		return nil
	}
	i := slices.Index(columns, s.table.column(s.answer[0])) + 1
	list := excelize.NewDataValidation(true)
	list.SetSqref(at(i, firstRow) + ":" + at(i, last))
	if err := list.SetDropList(dispositions); err != nil {
		return err
	}
	list.SetError(excelize.DataValidationErrorStyleStop, "Disposition", "Choose one of: "+strings.Join(dispositions, ", ")+".")
	list.SetInput("Disposition", "accept: known and left as it is. resolved: dealt with. write_off: given up. suppress: hidden until a date or an amount.")
	return wb.file.AddDataValidation(s.name, list)
}

// grouped writes a count with its thousands apart: 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is a count with its noun: 1 row, 2 rows.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

func totalOf(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}
