package reports

import (
	"cmp"
	"time"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

// calendarDates are the business dates of the calendar, that of this run last.
func (b *book) calendarDates() []PastDate {
	past := b.facts.Past
	if past == nil {
		return nil
	}
	own := PastDate{Date: b.date, State: DateState(b.status()), Revision: max(1, b.facts.Revision), Counted: true, Breaks: b.total().Breaks, Open: b.total().OpenItems}
	return append(past.Dates[:len(past.Dates):len(past.Dates)], own)
}

// calendar shows which business dates ran, were missed and signed.
func (wb *workbook) calendar() error {
	p, err := wb.newPage("Calendar", 16, 14, 10, 10, 12, 10, 30, 30)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Calendar of business dates"})
	dates := wb.book.calendarDates()
	if dates == nil {
		p.note("Nothing is carried forward from date to date by this run.")
		return p.flush()
	}
	p.note("As it was known when " + visible(wb.book.date) + " ran. Stale: an earlier date changed since, it has to run again. Of the date itself signatures come after its run.")
	p.gap()
	p.header("Business date", "Run", ">Revision", ">Breaks", ">Open items", "Stale", "Prepared by", "Reviewed by")
	for i := range dates {
		wb.calendarDate(p, &dates[i])
	}
	return p.flush()
}

func (wb *workbook) calendarDate(p *page, d *PastDate) {
	state := wb.text(string(d.State))
	if d.State != DateComplete {
		state.StyleID = wb.look.alarm
	}
	if d.State == DateMissed {
		p.line(p.label(d.Date), state)
		return
	}
	var breaks, open any
	if d.Counted {
		breaks, open = wb.count(d.Breaks), wb.count(d.Open)
	}
	stale := ""
	if d.Stale {
		stale = "stale"
	}
	p.line(p.label(d.Date), state, wb.count(d.Revision), breaks, open, wb.text(stale), wb.text(d.Prepared), wb.text(d.Reviewed))
}

// registered is an answer of the register.
type registered struct {
	GivenAnswer
	inForce bool
}

// answerKey is what tells two answers apart.
type answerKey struct {
	id, by, sha256 string
	action         reconcile.Disposition
	at             reconcile.Instant
	row            int
}

func keyOfAnswer(a *reconcile.Answer) answerKey {
	return answerKey{a.ID, a.By, a.SHA256, a.Action, a.At, a.Row}
}

// register lists the answers that were given lately, or are still in force.
func (b *book) register() []registered {
	if b.facts.Past == nil {
		return nil
	}
	force := b.answersInForce()
	list := []registered{}
	for _, a := range b.facts.Past.Answers {
		if in := force[keyOfAnswer(&a.Answer)]; in || a.Since >= b.facts.Past.From {
			list = append(list, registered{a, in})
		}
	}
	return list
}

// answersInForce are those that something open, or still shown, carries.
func (b *book) answersInForce() map[answerKey]bool {
	force := map[answerKey]bool{}
	add := func(a *reconcile.Answer) {
		if a != nil {
			force[keyOfAnswer(a)] = true
		}
	}
	for i := range b.breaks {
		add(b.breaks[i].Answer)
	}
	for i := range b.open {
		add(b.open[i].Answer)
	}
	for i := range b.carried {
		add(b.carried[i].Answer)
	}
	return force
}

// answerRegister shows who answered what, when and in which file.
func (wb *workbook) answerRegister() error {
	p, err := wb.newPage("Answers", 24, 14, 18, 12, 40, 13, 12, 24, 13, 34, 8, 68)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Register of answers"})
	list := wb.book.register()
	switch {
	case list == nil:
		p.note("Nothing is carried forward from date to date by this run.")
		return p.flush()
	case len(list) == 0:
		p.note("Nobody answered anything since " + visible(wb.book.facts.Past.From) + ".")
		return p.flush()
	}
	p.note("Given since " + visible(wb.book.facts.Past.From) + ", or still in force. They count for the runs after the newest business date when they were taken in.")
	p.gap()
	p.header("Item", "Answer", "By", "In force", "Reason", "Until", ">Cap", "Taken in (UTC)", "Newest date\nthen", "File", ">Row", "SHA-256 of the file")
	for i := range list[:min(len(list), dayLimit)] {
		wb.registeredAnswer(p, &list[i])
	}
	return p.flush()
}

func (wb *workbook) registeredAnswer(p *page, a *registered) {
	in := ""
	if a.inForce {
		in = "yes"
	}
	lines := linesOf(a.Reason, 44)
	p.tall(heightOf(min(lines, mostLines)), p.label(a.ID), wb.text(string(a.Action)), wb.text(a.By), wb.text(in),
		wb.textCell(wb.look.wrap, wb.look.wrapQ, a.Reason, "result.json"), wb.text(a.Until), wb.amount(a.Cap.String()), wb.text(secondOf(a.At)),
		wb.text(a.Since), wb.text(cmp.Or(a.File, "command line")), wb.fileRow(&a.Answer), wb.textCell(wb.look.mono, wb.look.monoQ, a.SHA256, ""))
}

// secondOf is an instant to the second, as people read it.
func secondOf(t reconcile.Instant) string {
	if !t.Known() {
		return ""
	}
	return t.Time().Format(time.RFC3339)
}

// fileRow is the row of the file that an answer was read from; one of the command
// line has none.
func (wb *workbook) fileRow(a *reconcile.Answer) excelize.Cell {
	if a.File == "" {
		return wb.number("")
	}
	return wb.count(a.Row)
}

type dateJSON struct {
	Date     string `json:"date"`
	State    string `json:"state"` // complete | incomplete | missed
	Revision int    `json:"revision"`
	Breaks   *int   `json:"breaks"` // null where nobody counted
	Open     *int   `json:"open_items"`
	Stale    bool   `json:"stale"`
	Prepared string `json:"prepared_by"`
	Reviewed string `json:"reviewed_by"`
}

type givenJSON struct {
	ID      string `json:"id"`
	Asset   string `json:"asset"`
	Action  string `json:"action"`
	Reason  string `json:"reason"`
	By      string `json:"by"`
	Until   string `json:"until"`
	Cap     string `json:"cap"`
	Date    string `json:"date"`  // business date of the report that was answered
	Since   string `json:"since"` // newest business date when it was taken in
	At      string `json:"at"`
	File    string `json:"file"` // "" = the command line
	SHA256  string `json:"sha256"`
	Row     int    `json:"row"`
	InForce bool   `json:"in_force"`
}

func calendarJSON(b *book) []dateJSON {
	list := []dateJSON{}
	for _, d := range b.calendarDates() {
		out := dateJSON{Date: d.Date, State: string(d.State), Revision: d.Revision, Stale: d.Stale, Prepared: d.Prepared, Reviewed: d.Reviewed}
		if d.Counted {
			out.Breaks, out.Open = &d.Breaks, &d.Open
		}
		list = append(list, out)
	}
	return list
}

func answersJSON(b *book) []givenJSON {
	list := []givenJSON{}
	for _, a := range b.register() {
		list = append(list, givenJSON{a.ID, a.Asset, string(a.Action), a.Reason, a.By, a.Until, a.Cap.String(), a.Date, a.Since, a.At.String(),
			a.File, a.SHA256, a.Row, a.inForce})
	}
	return list
}
