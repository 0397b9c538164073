package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

// summaryActions is how many actions the first page and the terminal show.
const summaryActions = 7

// summary is the first page: may it be trusted, does it add up, what differs,
// what to do first.
func (wb *workbook) summary() error {
	b := wb.book
	p, err := wb.newPage("Summary", 28, 22, 16, 16, 16, 16, 15, 15, 15, 15, 15, 15, 11, 11)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: cut(visible("Reconciliation of "+b.facts.Merchant+", "+b.facts.AsOf), "result.json")})
	p.note(visible(fmt.Sprintf("Judged from %s to %s (business dates in %s), by %s.", b.window.From, b.window.To, cmp.Or(b.facts.Zone, b.zone, "UTC"), b.facts.Tool)))
	wb.verdict(p)
	wb.firstThings(p)
	wb.identity(p)
	wb.kinds(p)
	wb.outcomes(p)
	wb.openStates(p)
	wb.controls(p)
	return p.flush()
}

// verdict says first whether the run is complete, and why not.
func (wb *workbook) verdict(p *page) {
	b := wb.book
	p.gap()
	if b.facts.Interim {
		p.banner(wb.look.alarm, "PRELIMINARY: an interim run, up to now. Nothing of it is carried forward.", 180)
	}
	if b.complete() {
		p.banner(wb.look.good, "COMPLETE: every source was there and covered the window.", 180)
	} else {
		p.banner(wb.look.alarm, "INCOMPLETE: a source was missing or not fully covered. Nothing is called missing where it could not be seen.", 180)
		for _, why := range b.incomplete {
			p.banner(wb.look.alarm, "•  "+why, 180)
		}
	}
	if !b.holds() {
		p.banner(wb.look.alarm, "THE TIE-OUT DOES NOT HOLD: a residual is not zero. Do not use this report.", 180)
	}
	if n := len(b.rejects); n > 0 {
		p.banner(wb.look.alarm, plural(n, "input row")+" could not be read: see the sheet Rejects.", 180)
	}
}

// firstThings are the most urgent actions.
func (wb *workbook) firstThings(p *page) {
	actions := wb.book.actions
	p.heading(fmt.Sprintf("What to do first (%s in all, on the sheet Actions)", plural(len(actions), "action")))
	if len(actions) == 0 {
		p.note("There is nothing to do.")
		return
	}
	p.wideHeader("Who", "Deadline (UTC)", ">Hours left", ">Value "+wb.book.currency, "What")
	for i := range min(len(actions), summaryActions) {
		r := &actions[i]
		p.tall(heightOf(linesOf(r.Sentence, 140)), wb.text(r.Who), wb.text(r.Deadline.String()), wb.number(string(appendHoursLeft(nil, r))), wb.amount(r.Value.String()),
			wb.textCell(wb.look.wrap, wb.look.wrapQ, r.Sentence, "actions.csv"))
		p.merge(5, p.width)
	}
}

// identityHeader are the columns of a tie-out.
var identityHeader = []string{"Asset", "Chain", ">Received", ">Expected", ">Received − expected", ">Breaks", ">Open items", ">Cut-off", ">Tolerance", ">Not covered",
	">Answered", ">Residual\n(must be 0)", ">Orders", ">Transfers"}

// identity prints the tie-out of each asset. The last figure is computed by the
// reader's own spreadsheet over the cells beside it.
func (wb *workbook) identity(p *page) {
	p.heading("Does it add up?  Received − expected = breaks + open + cut-off + tolerance + not covered + answered")
	if len(wb.book.tieOut) == 0 {
		p.note("No asset was received or expected.")
		return
	}
	p.header(identityHeader...)
	for i := range wb.book.tieOut {
		wb.identityLine(p, &wb.book.tieOut[i])
	}
	if outside := wb.book.outside(); outside != "" {
		p.banner(wb.look.alarm, notReconciled+" "+outside+".", 180)
	}
	wb.monthIdentity(p)
}

// monthIdentity is the tie-out of the month to date, all accounts together.
func (wb *workbook) monthIdentity(p *page) {
	m := wb.book.month
	if m == nil {
		return
	}
	p.heading(m.title())
	if len(m.lines) == 0 {
		p.note("No asset was received or expected.")
		return
	}
	p.note("The cut-off holds what leads from one date to another; the sheet Days has each date and account.")
	p.header(identityHeader...)
	for _, l := range allAccounts(m.lines) {
		wb.identityLine(p, &reconcile.TieOutLine{Asset: l.Asset, Chain: l.Chain, Received: l.Received, Expected: l.Expected, Breaks: l.Breaks, Open: l.Open,
			CutOff: l.CutOff.Add(l.In).Sub(l.Out), Tolerance: l.Tolerance, NotCovered: l.NotCovered, Answered: l.Answered, Residual: l.Residual(),
			Orders: l.Orders, Transfers: l.Transfers})
	}
}

func (wb *workbook) identityLine(p *page, l *reconcile.TieOutLine) {
	d := l.Asset.Decimals
	figures := []string{l.Received.Decimal(d), l.Expected.Decimal(d)}
	for _, u := range []interface{ Decimal(int) string }{l.Breaks, l.Open, l.CutOff, l.Tolerance, l.NotCovered, l.Answered} {
		figures = append(figures, u.Decimal(d))
	}
	n := p.row + 1
	difference := wb.computed(l.Received.Sub(l.Expected).Decimal(d), fmt.Sprintf("C%d-D%d", n, n), figures[:2])
	residual := wb.computed(l.Residual.Decimal(d), fmt.Sprintf("C%d-D%d-F%d-G%d-H%d-I%d-J%d-K%d", n, n, n, n, n, n, n, n), figures)
	cells := []any{p.label(assetName(l.Asset)), wb.text(l.Chain), wb.amount(figures[0]), wb.amount(figures[1]), difference}
	for _, f := range figures[2:] {
		cells = append(cells, wb.amount(f))
	}
	p.line(append(cells, residual, wb.count(l.Orders), wb.count(l.Transfers))...)
}

// computed is a formula over cells that are numbers, with our own figure as its
// value so far; where one of them is no number, it is our figure alone. It is
// rounded to the decimals that the figures have: a double is never quite a tenth,
// and what it is off by stands before the eighteenth decimal of a token.
func (wb *workbook) computed(value, formula string, over []string) excelize.Cell {
	cell := wb.amount(value)
	_, number := cell.Value.(float64)
	inexact := func(s string) bool { _, ok := exact(s); return !ok }
	whole, decimals := digits(over)
	if !number || slices.ContainsFunc(over, inexact) || whole+decimals > 15 {
		return cell
	}
	cell.Formula = fmt.Sprintf("ROUND(%s,%d)", formula, decimals)
	return cell
}

// digits is the most digits before and after the point that any of the figures has.
func digits(figures []string) (whole, decimals int) {
	for _, f := range figures {
		before, after, _ := strings.Cut(strings.TrimPrefix(f, "-"), ".")
		whole, decimals = max(whole, len(strings.TrimLeft(before, "0"))), max(decimals, len(strings.TrimRight(after, "0")))
	}
	return whole, decimals
}

func (wb *workbook) kinds(p *page) {
	t := wb.book.total()
	p.heading("What differs: " + plural(t.Breaks, "break"))
	if t.Breaks == 0 {
		p.note("Nothing differs.")
		return
	}
	p.wideHeader("Kind", ">Breaks", ">Value "+wb.book.currency, "What it means")
	for _, k := range reconcile.Kinds() {
		if tally, ok := t.BreaksByKind[k.String()]; ok {
			p.line(p.label(k.String()), wb.count(tally.Count), wb.amount(tally.Value), wb.text(k.Info().Meaning))
		}
	}
}

func (wb *workbook) outcomes(p *page) {
	t := wb.book.total()
	p.heading("How everything ended")
	header := []string{"", ">All"}
	for o := reconcile.OutcomeAgreed; o <= reconcile.OutcomeExcluded; o++ {
		header = append(header, ">"+title(o.String()))
	}
	p.header(header...)
	for _, line := range []struct {
		name   string
		counts map[string]int
	}{{"Orders", t.Orders}, {"Transfers", t.Transfers}, {"Webhook deliveries", t.Deliveries}} {
		cells := []any{p.label(line.name), wb.count(totalOf(line.counts))}
		for o := reconcile.OutcomeAgreed; o <= reconcile.OutcomeExcluded; o++ {
			cells = append(cells, wb.count(line.counts[o.String()]))
		}
		p.line(cells...)
	}
}

func (wb *workbook) openStates(p *page) {
	t := wb.book.total()
	if t.OpenItems == 0 {
		return
	}
	p.heading("Open or undetermined: " + plural(t.OpenItems, "item"))
	p.header("State", ">Items", ">Value "+wb.book.currency)
	for _, state := range slices.Sorted(maps.Keys(t.OpenByState)) {
		tally := t.OpenByState[state]
		p.line(p.label(state), wb.count(tally.Count), wb.amount(tally.Value))
	}
}

// controls are the control totals of each source, with the check as a formula.
func (wb *workbook) controls(p *page) {
	p.heading("Was every row accounted for?  Read = parsed + duplicates + superseded + out of scope + rejected")
	p.header("Source", "Kind", ">Read", ">Parsed", ">Duplicates", ">Superseded", ">Out of scope", ">Rejected", ">Unaccounted\n(must be 0)")
	for i := range wb.book.sources {
		s := &wb.book.sources[i]
		n := p.row + 1
		check := wb.count(s.Read - s.Parsed - s.Duplicates - s.Superseded - s.OutOfScope - s.Rejected)
		check.Formula = fmt.Sprintf("C%d-SUM(D%d:H%d)", n, n, n)
		p.line(p.label(s.Name), wb.text(s.Kind), wb.count(s.Read), wb.count(s.Parsed), wb.count(s.Duplicates), wb.count(s.Superseded),
			wb.count(s.OutOfScope), wb.count(s.Rejected), check)
	}
}

// sources says what each source covered, what it did not, and which files stand
// behind the report.
func (wb *workbook) sources() error {
	b := wb.book
	p, err := wb.newPage("Sources", 24, 16, 20, 24, 24, 24, 80)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Sources and evidence"})
	p.heading("Coverage: for which time each source is complete")
	p.header("Source", "Kind", "Chain", "From", "To", "Proof", "Of")
	for i := range b.sources {
		s := &b.sources[i]
		for _, c := range s.Covers {
			p.line(p.label(s.Name), wb.text(s.Kind), wb.text(c.Chain), wb.text(c.Span.From.String()), wb.text(c.Span.To.String()), wb.text(s.Proof), wb.text(coverOf(c)))
		}
		if len(s.Covers) == 0 {
			p.line(p.label(s.Name), wb.text(s.Kind), nil, nil, nil, nil, excelize.Cell{StyleID: wb.look.alarm, Value: "nothing is proven to be complete"})
		}
	}
	wb.gapsAndNotes(p)
	p.heading("Input files")
	p.header("SHA-256", "", "", "", "", ">Bytes", "File")
	for _, f := range b.facts.Inputs {
		p.line(wb.textCell(wb.look.mono, wb.look.monoQ, f.SHA256, ""), nil, nil, nil, nil, wb.number(strconv.FormatInt(f.Bytes, 10)), wb.text(f.Path))
	}
	p.heading("The run")
	p.pair("Tool", b.facts.Tool)
	p.pair("Window", b.window.From.String()+" to "+b.window.To.String())
	p.pair("Time zone", b.facts.Zone)
	p.pair("Configuration, SHA-256", b.facts.ConfigSHA256)
	p.pair("Asset table, SHA-256", b.facts.AssetsSHA256)
	return p.flush()
}

func coverOf(c reconcile.Coverage) string {
	parts := []string{"every watched address", "every accepted asset"}
	if c.Chain == "" {
		return "every row"
	}
	if c.Address != "" {
		parts[0] = c.Address
	}
	if c.Asset != "" {
		parts[1] = c.Asset
	}
	return strings.Join(parts, ", ")
}

func (wb *workbook) gapsAndNotes(p *page) {
	var gaps, notes bool
	for i := range wb.book.sources {
		gaps = gaps || len(wb.book.sources[i].Gaps) > 0
		notes = notes || len(wb.book.sources[i].Notes) > 0
	}
	if gaps {
		p.heading("Gaps: where a source is not complete, and why")
		p.header("Source", "Kind", "Chain", "From", "To", "Blocks", "Why")
	}
	for i := range wb.book.sources {
		s := &wb.book.sources[i]
		for _, g := range s.Gaps {
			p.line(p.label(s.Name), wb.text(s.Kind), wb.text(g.Chain), wb.text(g.Span.From.String()), wb.text(g.Span.To.String()), wb.text(blocksOf(g)),
				excelize.Cell{StyleID: wb.look.alarm, Value: cut(visible(g.Reason), "result.json")})
		}
	}
	if notes {
		p.heading("Notes")
		p.header("Source", "Note")
	}
	for i := range wb.book.sources {
		for _, n := range wb.book.sources[i].Notes {
			p.line(p.label(wb.book.sources[i].Name), wb.text(n))
		}
	}
}

// blocksOf is a gap's range of blocks, "" when it is not told in blocks.
func blocksOf(g reconcile.Gap) string {
	if g.Blocks == [2]uint64{} {
		return ""
	}
	return fmt.Sprintf("%d–%d", g.Blocks[0], g.Blocks[1])
}

// signOff is what two people fill in and keep.
func (wb *workbook) signOff() error {
	b := wb.book
	p, err := wb.newPage("Sign-off", 26, 34, 18, 70)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Sign-off"})
	p.pair("Merchant", b.facts.Merchant)
	p.pair("Business date", b.facts.AsOf)
	if b.facts.Revision > 0 {
		p.pair("Revision", strconv.Itoa(b.facts.Revision)) // a signature counts for that one only
	}
	p.pair("Status", b.status())
	p.pair("Breaks", grouped(b.total().Breaks))
	p.pair("Open items", grouped(b.total().OpenItems))
	who := "The preparer and the reviewer are not the same person."
	if b.facts.Single {
		who = "One person may prepare and review here (signoff: single): nobody else has to check it."
	}
	p.heading(who + " A signature says what was checked and which questions were raised.")
	p.header("", "Name and signature", "Date", "What was checked, questions raised, answers")
	for _, role := range []string{"Prepared by", "Reviewed by"} {
		empty := excelize.Cell{StyleID: wb.look.answer}
		p.tall(60, p.label(role), empty, empty, empty)
	}
	return p.flush()
}
