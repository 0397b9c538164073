package reports

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

// movements are the columns of the roll-forward in the order of its sum, with the
// sign that each has in it.
var movements = []struct {
	name string
	sign string
	of   func(l *reconcile.RollLine) *reconcile.RollFigure
}{
	{"Opening", "", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.Opening }},
	{"+ New", "+", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.New }},
	{"+ Reopened", "+", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.Reopened }},
	{"± Changed", "+", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.Changed }},
	{"+ Moved in", "+", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.MovedIn }},
	{"− Moved out", "-", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.MovedOut }},
	{"− Resolved", "-", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.Resolved }},
	{"− Written off", "-", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.WrittenOff }},
	{"= Closing", "", func(l *reconcile.RollLine) *reconcile.RollFigure { return &l.Closing }},
}

// changedColumn is the movement whose count enters no sum.
const changedColumn = 3

// rollForward shows how the opening became the closing, what of it the rows of this
// run do not show, and the answers that do not count.
func (wb *workbook) rollForward() error {
	b := wb.book
	p, err := wb.newPage("Roll-forward", 24, 10, 15, 15, 15, 15, 15, 15, 15, 15, 15, 12, 18, 18)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Roll-forward"})
	if b.opened == "" {
		p.note("A first run: it opens with nothing.")
	} else {
		p.note("The opening is the closing of " + visible(b.opened) + ".")
	}
	for _, section := range []reconcile.Section{reconcile.SectionBreaks, reconcile.SectionOpen} {
		wb.rollSection(p, section)
	}
	wb.carriedItems(p)
	wb.refusedAnswers(p)
	return p.flush()
}

func (wb *workbook) rollSection(p *page, section reconcile.Section) {
	p.heading(title(string(section)) + ": opening + new + reopened ± changed ± moved − resolved − written off = closing")
	header := []string{"Asset", ""}
	for _, m := range movements {
		header = append(header, ">"+m.name)
	}
	p.header(append(header, ">Difference\n(must be 0)", ">Of closing,\nnot in the rows", ">Answered, still\nin the tie-out")...)
	none := true
	for i := range wb.book.roll {
		if l := &wb.book.roll[i]; l.Section == section {
			wb.rollLine(p, l)
			none = false
		}
	}
	if none {
		p.note("Nothing was open, and nothing is.")
	}
}

// rollLine writes one asset: the number of items, and their figures.
func (wb *workbook) rollLine(p *page, l *reconcile.RollLine) {
	d := l.Asset.Decimals
	name := cmp.Or(assetName(l.Asset), "without an asset")
	if l.Chain != "" {
		name += " " + l.Chain
	}
	cells := []any{p.label(name), wb.text("items")}
	for _, m := range movements {
		cells = append(cells, wb.count(m.of(l).Count))
	}
	check := wb.count(0)
	check.Formula = wb.rollFormula(p.row+1, true)
	p.line(append(cells, check, wb.count(l.Carried.Count), wb.count(l.Answered.Count))...)
	for _, side := range []struct {
		name string
		of   func(f *reconcile.RollFigure) interface{ Decimal(int) string }
	}{
		{"plus", func(f *reconcile.RollFigure) interface{ Decimal(int) string } { return f.Plus }},
		{"minus", func(f *reconcile.RollFigure) interface{ Decimal(int) string } { return f.Minus }},
		{"net", func(f *reconcile.RollFigure) interface{ Decimal(int) string } { return f.Net }},
	} {
		var figures []string
		cells := []any{nil, wb.text(side.name)}
		for _, m := range movements {
			figure := side.of(m.of(l)).Decimal(d)
			figures = append(figures, figure)
			cells = append(cells, wb.amount(figure))
		}
		check := wb.computed("0", wb.rollFormula(p.row+1, false), figures)
		p.line(append(cells, check, wb.amount(side.of(&l.Carried).Decimal(d)), wb.amount(side.of(&l.Answered).Decimal(d)))...)
	}
}

// rollFormula subtracts the closing of a row from its movements.
func (wb *workbook) rollFormula(row int, counts bool) string {
	var sum strings.Builder
	for i, m := range movements {
		if counts && i == changedColumn {
			continue
		}
		sign := m.sign
		if i == len(movements)-1 {
			sign = "-"
		}
		sum.WriteString(sign + at(3+i, row))
	}
	return sum.String()
}

func (wb *workbook) carriedItems(p *page) {
	b := wb.book
	if len(b.carried) == 0 {
		return
	}
	p.heading("Carried forward, not in the rows of this run: " + plural(len(b.carried), "item") + ". They stay as they were")
	p.header("Kind", "", "Order", "Provider", ">Difference", "Symbol", "First found", "Last seen", "Answer", "Item")
	for i := range b.carried {
		it := &b.carried[i]
		answer := answerOf(it.Answer)
		p.line(p.label(it.Kind+it.State), nil, wb.text(it.OrderNo), wb.text(it.Provider), wb.amount(it.Difference.Decimal(it.Asset.Decimals)),
			wb.text(it.Asset.Symbol), wb.text(it.FirstDate), wb.text(it.LastDate), wb.text(string(answer.disposition)), wb.text(it.ID))
	}
}

func (wb *workbook) refusedAnswers(p *page) {
	b := wb.book
	if len(b.refused) == 0 {
		return
	}
	p.heading("Answers that do not count: " + plural(len(b.refused), "answer"))
	p.header("Item", "", "Answer", "By", "Of the report", "File", ">Row", "Why")
	for i := range b.refused {
		a := &b.refused[i]
		p.line(p.label(a.ID), nil, wb.text(string(a.Action)), wb.text(a.By), wb.text(a.Date), wb.text(cmp.Or(a.File, "command line")), wb.fileRow(&a.Answer), wb.text(a.Why))
	}
}

type rollJSON struct {
	Date    string         `json:"date"`
	Opening *string        `json:"opening"` // business date whose closing it opens with, null for a first run
	Lines   []rollLineJSON `json:"lines"`
	Carried []carriedJSON  `json:"carried"`
}

type rollLineJSON struct {
	Section    string     `json:"section"`
	Asset      string     `json:"asset"`
	Symbol     string     `json:"symbol"`
	Chain      string     `json:"chain"`
	Opening    figureJSON `json:"opening"`
	New        figureJSON `json:"new"`
	Reopened   figureJSON `json:"reopened"`
	Changed    figureJSON `json:"changed"` // its count is how many changed, and enters no sum
	MovedIn    figureJSON `json:"moved_in"`
	MovedOut   figureJSON `json:"moved_out"`
	Resolved   figureJSON `json:"resolved"`
	WrittenOff figureJSON `json:"written_off"`
	Closing    figureJSON `json:"closing"`
	Carried    figureJSON `json:"carried"`  // of closing, not in the rows of this run
	Answered   figureJSON `json:"answered"` // closed, still in the tie-out
}

type figureJSON struct {
	Count int    `json:"count"`
	Plus  string `json:"plus"`
	Minus string `json:"minus"`
	Net   string `json:"net"`
}

type carriedJSON struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"` // of the break, or the state of the open item
	OrderID     string `json:"order_id"`
	OrderNo     string `json:"order_no"`
	Provider    string `json:"provider"`
	Asset       string `json:"asset"`
	Symbol      string `json:"symbol"`
	Difference  string `json:"difference"`
	FirstSeen   string `json:"first_seen"`
	FirstDate   string `json:"first_date"`
	LastDate    string `json:"last_date"`
	Disposition string `json:"disposition"`
}

type goneJSON struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	How        string   `json:"how"` // resolved | written_off | moved
	OrderID    string   `json:"order_id"`
	OrderNo    string   `json:"order_no"`
	Provider   string   `json:"provider"`
	Asset      string   `json:"asset"`
	Symbol     string   `json:"symbol"`
	Difference string   `json:"difference"`
	TXIDs      []string `json:"txids"`
	FirstDate  string   `json:"first_date"`
	What       string   `json:"what"`
	By         string   `json:"by"`     // a person, or "evidence"
	Became     string   `json:"became"` // id of what it turned into
}

type answerJSON struct {
	ID     string `json:"id"`
	Asset  string `json:"asset"`
	Action string `json:"action"`
	By     string `json:"by"`
	Date   string `json:"date"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Row    int    `json:"row"`
	Why    string `json:"why"`
}

func rollOf(b *book) rollJSON {
	r := rollJSON{Date: b.date, Lines: []rollLineJSON{}, Carried: []carriedJSON{}}
	if b.opened != "" {
		r.Opening = &b.opened
	}
	for i := range b.roll {
		l := &b.roll[i]
		figure := func(f reconcile.RollFigure) figureJSON {
			d := l.Asset.Decimals
			return figureJSON{f.Count, f.Plus.Decimal(d), f.Minus.Decimal(d), f.Net.Decimal(d)}
		}
		r.Lines = append(r.Lines, rollLineJSON{
			Section: string(l.Section), Asset: l.Asset.ID, Symbol: l.Asset.Symbol, Chain: l.Chain,
			Opening: figure(l.Opening), New: figure(l.New), Reopened: figure(l.Reopened), Changed: figure(l.Changed),
			MovedIn: figure(l.MovedIn), MovedOut: figure(l.MovedOut), Resolved: figure(l.Resolved), WrittenOff: figure(l.WrittenOff),
			Closing: figure(l.Closing), Carried: figure(l.Carried), Answered: figure(l.Answered),
		})
	}
	for i := range b.carried {
		it := &b.carried[i]
		r.Carried = append(r.Carried, carriedJSON{ID: it.ID, Kind: it.Kind + it.State, OrderID: it.OrderID, OrderNo: it.OrderNo, Provider: it.Provider,
			Asset: it.Asset.ID, Symbol: it.Asset.Symbol, Difference: it.Difference.Decimal(it.Asset.Decimals), FirstSeen: it.FirstSeen.String(),
			FirstDate: it.FirstDate, LastDate: it.LastDate, Disposition: string(answerOf(it.Answer).disposition)})
	}
	return r
}

func goneOf(b *book) []goneJSON {
	list := []goneJSON{}
	for i := range b.resolved {
		r := &b.resolved[i]
		rec := recordOfResolved(r)
		list = append(list, goneJSON{ID: r.ID, Kind: string(rec.Kind), How: string(r.How), OrderID: r.OrderID, OrderNo: r.OrderNo, Provider: r.Provider,
			Asset: r.Asset.ID, Symbol: r.Asset.Symbol, Difference: string(rec.Difference), TXIDs: orEmpty(r.TXIDs), FirstDate: r.FirstDate,
			What: r.What, By: string(rec.By), Became: r.Became})
	}
	return list
}

func refusedOf(b *book) []answerJSON {
	list := []answerJSON{}
	for i := range b.refused {
		a := &b.refused[i]
		list = append(list, answerJSON{a.ID, a.Asset, string(a.Action), a.By, a.Date, a.File, a.SHA256, a.Row, a.Why})
	}
	return list
}

// summarizeRollForward says in a line how many breaks were followed, once there was
// a run before. Like the roll-forward it counts one in two assets twice.
func summarizeRollForward(out *strings.Builder, b *book) {
	if b.opened == "" {
		return
	}
	var sum [6]int
	for i := range b.roll {
		if l := &b.roll[i]; l.Section == reconcile.SectionBreaks {
			for n, f := range []*reconcile.RollFigure{&l.Opening, &l.New, &l.Reopened, &l.Resolved, &l.WrittenOff, &l.Closing} {
				sum[n] += f.Count
			}
			sum[1] += l.MovedIn.Count - l.MovedOut.Count
		}
	}
	fmt.Fprintf(out, "\nBreaks since %s, by asset: %d open + %d new + %d reopened - %d resolved - %d written off = %d open\n", b.opened, sum[0], sum[1], sum[2], sum[3], sum[4], sum[5])
	if len(b.carried) > 0 {
		fmt.Fprintf(out, "%s not in the rows of this run: see the sheet Roll-forward.\n", plural(len(b.carried), "item")+" carried forward,")
	}
	if len(b.refused) > 0 {
		fmt.Fprintf(out, "%s not count: see the sheet Roll-forward.\n", plural(len(b.refused), "answer")+" did")
	}
}
