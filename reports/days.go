package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

// month is the tie-out of a month up to the business date.
type month struct {
	from, to string
	dates    []string // that are in it
	missing  []string // that are not: no run held the whole of them
	lines    []reconcile.DayLine
}

// monthOf adds the dates of this run to those that earlier runs stated; of a date
// that both have, this run knows more. It is nil where nothing is carried forward.
func monthOf(f *Facts, own reconcile.DatedTieOut, date string) *month {
	day, err := time.Parse(time.DateOnly, date)
	if f.Past == nil || err != nil {
		return nil
	}
	m := &month{from: date[:len("2006-01-")] + "01", to: date}
	all := f.Past.Month.With(own).Between(m.from, m.to)
	m.dates, m.lines = all.Dates, reconcile.SumDays(all.Lines)
	for d := day.AddDate(0, 0, 1-day.Day()); !d.After(day); d = d.AddDate(0, 0, 1) {
		if name := d.Format(time.DateOnly); !slices.Contains(m.dates, name) {
			m.missing = append(m.missing, name)
		}
	}
	return m
}

// title says which dates a month to date is made of.
func (m *month) title() string {
	text := fmt.Sprintf("Month to date, %s to %s, %s", m.from, m.to, plural(len(m.dates), "date"))
	if len(m.missing) > 0 {
		text += "; without " + strings.Join(spansOf(m.missing), ", ") + ", which no run held as a whole"
	}
	return text
}

// spansOf writes dates that follow one another as from–to.
func spansOf(dates []string) []string {
	var spans []string
	for i := 0; i < len(dates); {
		last := i
		for last+1 < len(dates) && follows(dates[last], dates[last+1]) {
			last++
		}
		span := dates[i]
		if last > i {
			span += "–" + dates[last]
		}
		spans = append(spans, span)
		i = last + 1
	}
	return spans
}

func follows(a, b string) bool {
	day, err := time.Parse(time.DateOnly, a)
	return err == nil && day.AddDate(0, 0, 1).Format(time.DateOnly) == b
}

// allAccounts adds up the accounts of each date and asset.
func allAccounts(lines []reconcile.DayLine) []reconcile.DayLine {
	var sums []reconcile.DayLine
	for i := 0; i < len(lines); {
		n := i
		var merged []reconcile.DayLine
		for ; n < len(lines) && lines[n].Date == lines[i].Date; n++ {
			l := lines[n]
			l.Account = ""
			merged = append(merged, l)
		}
		for _, sum := range reconcile.SumDays(merged) {
			sum.Date, sum.Whole = lines[i].Date, lines[i].Whole
			sums = append(sums, sum)
		}
		i = n
	}
	return sums
}

// early names what stands before the dates of the window.
const early = "before the window"

// days shows the identity by business date, by date and account, and month to date.
func (wb *workbook) days() error {
	b := wb.book
	p, err := wb.newPage("Days", 24, 18, 18, 18, 15, 15, 15, 15, 15, 15, 12, 12, 12, 15, 15, 12, 10, 10)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Tie-out by business date"})
	p.note("Received − expected = breaks + open + cut-off + tolerance + not covered + answered + in − out. Money stands on the date on which it came,")
	p.note("an order and what is said about it on the date of its creation. In and out lead from one to the other: what goes out of a date comes into another.")
	all := unnamed{early, ""}
	if hasAccounts(b.days) || b.month != nil && hasAccounts(b.month.lines) {
		all.account = "all accounts"
	}
	if m := b.month; m != nil {
		p.heading(m.title())
		p.note("Each date as the newest run that held the whole of it stated it.")
		all.date = "month to date"
		wb.dayTable(p, all, allAccounts(m.lines))
		if hasAccounts(m.lines) {
			wb.dayLines(p, unnamed{"month to date", "none"}, m.lines)
		}
	}
	all.date = early
	p.heading("By business date in " + cmp.Or(b.facts.Zone, b.zone, "UTC"))
	wb.dayTable(p, all, allAccounts(b.days))
	if hasAccounts(b.days) {
		p.heading("By business date and account")
		wb.dayTable(p, unnamed{early, "none"}, b.days)
	}
	return p.flush()
}

// unnamed is what stands in the place of a date or an account that a line has not.
type unnamed struct{ date, account string }

func hasAccounts(lines []reconcile.DayLine) bool {
	return slices.ContainsFunc(lines, func(l reconcile.DayLine) bool { return l.Account != "" })
}

// dayLimit is how many lines of a table by date are shown: with more accounts than
// that, people look into result.json.
const dayLimit = 50_000

// dayTable writes lines under a header.
func (wb *workbook) dayTable(p *page, names unnamed, lines []reconcile.DayLine) {
	if len(lines) == 0 {
		p.note("Nothing was received or expected.")
		return
	}
	p.header("Business date", "Account", "Asset", "Chain", ">Received", ">Expected", ">Received − expected", ">Breaks", ">Open items", ">Cut-off", ">Tolerance",
		">Not covered", ">Answered", ">+ In", ">− Out", ">Residual\n(must be 0)", ">Orders", ">Transfers")
	wb.dayLines(p, names, lines)
}

func (wb *workbook) dayLines(p *page, names unnamed, lines []reconcile.DayLine) {
	for i := range lines[:min(len(lines), dayLimit)] {
		wb.dayLine(p, names, &lines[i])
	}
	if len(lines) > dayLimit {
		p.note("The first " + grouped(dayLimit) + " of " + plural(len(lines), "line") + " are shown; result.json has all of them.")
	}
}

func (wb *workbook) dayLine(p *page, names unnamed, l *reconcile.DayLine) {
	d, n := l.Asset.Decimals, p.row+1
	var figures []string
	for _, u := range []interface{ Decimal(int) string }{l.Received, l.Expected, l.Breaks, l.Open, l.CutOff, l.Tolerance, l.NotCovered, l.Answered, l.In, l.Out} {
		figures = append(figures, u.Decimal(d))
	}
	difference := wb.computed(l.Received.Sub(l.Expected).Decimal(d), fmt.Sprintf("E%d-F%d", n, n), figures[:2])
	residual := wb.computed(l.Residual().Decimal(d), fmt.Sprintf("G%d-SUM(H%d:N%d)+O%d", n, n, n, n), figures)
	cells := []any{p.label(dateName(l, names.date)), wb.text(cmp.Or(l.Account, names.account)), wb.text(assetName(l.Asset)), wb.text(l.Chain), wb.amount(figures[0]), wb.amount(figures[1]), difference}
	for _, f := range figures[2:] {
		cells = append(cells, wb.amount(f))
	}
	p.line(append(cells, residual, wb.count(l.Orders), wb.count(l.Transfers))...)
}

// dateName is how people call the date of a line.
func dateName(l *reconcile.DayLine, undated string) string {
	switch {
	case l.Date == "":
		return undated
	case !l.Whole:
		return l.Date + " (in part)"
	}
	return l.Date
}
