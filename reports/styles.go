package reports

import (
	"slices"

	"github.com/xuri/excelize/v2"
)

// styles are the looks of cells, each made once a workbook.
type styles struct {
	title, section             int
	header, headerRight        int
	text, wrap, mono, url      int
	textQ, wrapQ, monoQ, urlQ  int // the same with a quote prefix, see quoted
	amount, amountText, number int
	label, good, alarm, note   int
	answer, answerQ            int
}

const (
	ink    = "1F3864" // headings
	paper  = "FFFFFF"
	yellow = "FFF2CC" // to be filled in by people

	numFmtText = 49 // a cell that is text whatever it looks like
)

// exactAmount shows a number with all its decimals, at least two, grouped by
// thousands; what is negative is red.
const exactAmount = `#,##0.00################;[Red]-#,##0.00################`

// severityLooks are the colours of severity words, most urgent first.
var severityLooks = []struct{ word, ink, fill string }{
	{"critical", paper, "C00000"},
	{"high", "9C0006", "FFC7CE"},
	{"medium", "7F6000", "FFEB9C"},
	{"low", "375623", "E2EFDA"},
}

func makeStyles(f *excelize.File) (styles, error) {
	var failed error
	add := func(s excelize.Style) int {
		id, err := f.NewStyle(&s)
		if err != nil && failed == nil {
			failed = err
		}
		return id
	}
	format := exactAmount
	plain := &excelize.Alignment{Vertical: "center"}
	left := &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1} // away from the figure before it
	// A figure that is too long for its cell shrinks: a clipped amount reads as
	// another amount.
	right := &excelize.Alignment{Vertical: "center", Horizontal: "right", ShrinkToFit: true}
	wrap := &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1, WrapText: true}
	middle := &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1, WrapText: true}
	middleRight := &excelize.Alignment{Vertical: "center", Horizontal: "right", WrapText: true}
	s := styles{
		title:       add(excelize.Style{Font: face(16, ink, true), Alignment: plain}),
		section:     add(excelize.Style{Font: face(12, ink, true), Alignment: plain}),
		header:      add(excelize.Style{Font: face(10, paper, true), Fill: solid(ink), NumFmt: numFmtText, Alignment: middle}),
		headerRight: add(excelize.Style{Font: face(10, paper, true), Fill: solid(ink), NumFmt: numFmtText, Alignment: middleRight}),
		text:        add(excelize.Style{Font: face(10, "", false), NumFmt: numFmtText, Alignment: left}),
		wrap:        add(excelize.Style{Font: face(10, "", false), NumFmt: numFmtText, Alignment: wrap}),
		mono:        add(excelize.Style{Font: typewriter(""), NumFmt: numFmtText, Alignment: left}),
		url:         add(excelize.Style{Font: typewriter("0563C1"), NumFmt: numFmtText, Alignment: left}),
		amount:      add(excelize.Style{Font: face(10, "", false), CustomNumFmt: &format, Alignment: right}),
		amountText:  add(excelize.Style{Font: face(10, "", false), NumFmt: numFmtText, Alignment: right}),
		number:      add(excelize.Style{Font: face(10, "", false), NumFmt: 1, Alignment: right}),
		label:       add(excelize.Style{Font: face(10, "", true), NumFmt: numFmtText, Alignment: wrap}),
		good:        add(excelize.Style{Font: face(11, "006100", true), Fill: solid("C6EFCE"), Alignment: wrap}),
		alarm:       add(excelize.Style{Font: face(11, "9C0006", true), Fill: solid("FFC7CE"), Alignment: wrap}),
		note:        add(excelize.Style{Font: face(10, "595959", false), Alignment: plain}),
		answer: add(excelize.Style{Font: face(10, "", false), Fill: solid(yellow), NumFmt: numFmtText, Alignment: left, Border: hairlines(),
			Protection: &excelize.Protection{Locked: false}}), // stays open to answers when somebody protects the sheet
	}
	if failed != nil {
		return styles{}, failed
	}
	s.answerQ = quoted(f, s.answer)
	s.textQ, s.wrapQ, s.monoQ, s.urlQ = quoted(f, s.text), quoted(f, s.wrap), quoted(f, s.mono), quoted(f, s.url)
	return s, nil
}

// quoted returns a copy of a style with Excel's quote prefix: a text that starts
// like a formula stays text even when somebody edits the cell or copies it.
// excelize has no option for it.
func quoted(f *excelize.File, style int) int {
	xfs := f.Styles.CellXfs
	xf := xfs.Xf[style]
	yes := true
	xf.QuotePrefix = &yes
	xfs.Xf = append(slices.Clip(xfs.Xf), xf)
	xfs.Count = len(xfs.Xf)
	return len(xfs.Xf) - 1
}

func face(size float64, colour string, bold bool) *excelize.Font {
	return &excelize.Font{Family: "Calibri", Size: size, Color: colour, Bold: bold}
}

// typewriter is the face of hashes and addresses, underlined where it links.
func typewriter(colour string) *excelize.Font {
	f := &excelize.Font{Family: "Consolas", Size: 9, Color: colour}
	if colour != "" {
		f.Underline = "single"
	}
	return f
}

func solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}

func hairlines() []excelize.Border {
	var lines []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		lines = append(lines, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	return lines
}
