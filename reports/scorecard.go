package reports

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

// scorecard shows what the providers did, in the window and on each business date,
// and the incidents.
func (wb *workbook) scorecard() error {
	p, err := wb.newPage("Scorecard", 22, 19, 15, 14, 18, 21, 21, 12, 12, 14, 21, 21, 14, 44)
	if err != nil {
		return err
	}
	p.tall(26, excelize.Cell{StyleID: wb.look.title, Value: "Scorecard of the providers"})
	p.note("Orders created in the window, by the date of their creation; deliveries by the date of their receipt. What people have answered changes nothing here.")
	wb.incidents(p)
	if len(wb.book.scores) == 0 {
		p.heading("No provider's order and no delivery lies in the window.")
		return p.flush()
	}
	for _, part := range scoreParts {
		p.heading(part.title)
		for _, note := range part.notes {
			p.note(note)
		}
		p.header(append([]string{"Provider", "Date"}, part.columns...)...)
		for i := range wb.book.scores {
			s := &wb.book.scores[i]
			for _, cells := range part.rows(wb, s) {
				p.line(append([]any{p.label(s.Provider), wb.text(dateOf(s))}, cells...)...)
			}
		}
	}
	return p.flush()
}

// dateOf names the time that a line is about.
func dateOf(s *reconcile.ScoreLine) string {
	switch {
	case s.Date == "":
		return "the window"
	case !s.Whole:
		return s.Date + " (in part)"
	}
	return s.Date
}

// scorePart is one table of the scorecard; a line of the core has one row in it, or
// several.
type scorePart struct {
	title   string
	notes   []string
	columns []string
	rows    func(*workbook, *reconcile.ScoreLine) [][]any
}

var scoreParts = []scorePart{
	{
		title: "Orders",
		notes: []string{"Exceptions: orders with a break, of those that agree or break. Figures contradicted: amount_misreported or due_conflict."},
		columns: []string{">Orders", ">Called paid", ">Agreed", ">With a break", ">Open", ">Undeter-\nmined", ">Exceptions\n%",
			">Lost orders", ">Figures contradicted", ">Resends", ">counted for\nso many orders"},
		rows: func(wb *workbook, s *reconcile.ScoreLine) [][]any {
			cells := wb.counts(s.Orders, s.Paid, s.Agreed, s.Broken, s.Open, s.Undetermined)
			cells = append(cells, wb.amount(shortest(percent(s.Broken, s.Decided()))))
			return [][]any{append(cells, append(wb.counts(s.Lost, s.Mismatched), wb.resends(s)...)...)}
		},
	}, {
		title: "Notifications of orders",
		notes: []string{"Missed: never accepted, and the provider's retries are over. Missed %: of those that were accepted or missed; of the others neither can be said."},
		columns: []string{">Due", ">Accepted", ">of them not\nfollowed by our book", ">Answer not logged", ">Retries running", ">Log not\ncomplete", ">Missed",
			">Missed %", ">Never arrived", ">Refused by us", ">Signature", "Log"},
		rows: func(wb *workbook, s *reconcile.ScoreLine) [][]any {
			if !s.Logged {
				return [][]any{wb.noLog(11)}
			}
			cells := wb.counts(s.Notified, s.Accepted, s.NotApplied, s.Seen, s.Retrying, s.NotCovered, s.Missed())
			cells = append(cells, wb.amount(shortest(percent(s.Missed(), s.Told()))))
			return [][]any{append(cells, wb.counts(s.NeverArrived, s.Refused, s.BadSignature)...)}
		},
	}, {
		title: "Deliveries",
		columns: []string{">Received", ">Came again", ">Out of order", ">Status backwards", ">Contradict", ">Refused\nby us", ">Do not\nverify", ">Of no order",
			">While the signatures of\ntheir source failed", "Log"},
		rows: func(wb *workbook, s *reconcile.ScoreLine) [][]any {
			if !s.Logged {
				return [][]any{wb.noLog(9)}
			}
			return [][]any{wb.counts(s.Deliveries, s.Repeated, s.OutOfOrder, s.Backwards, s.Conflicting, s.RefusedDeliveries, s.Unverified, s.Unknown, s.Faulty)}
		},
	}, {
		title: "How long it took until an order's first delivery that says paid came, in seconds",
		notes: []string{"After the block: of the transfer with which the due had come. After paid: the provider's own paid time. A percentile is a delay that was measured (nearest rank).",
			"Only where the log is complete from that event on. Early: the delivery came before the event, or two clocks differ."},
		columns: []string{"Counted", ">Measured", ">Early", ">p50", ">p95", ">p99", ">Longest"},
		rows: func(wb *workbook, s *reconcile.ScoreLine) [][]any {
			return append(wb.latency("after the block", &s.AfterBlock), wb.latency("after paid", &s.AfterPaid)...)
		},
	},
}

func (wb *workbook) counts(list ...int) []any {
	cells := make([]any, len(list))
	for i, n := range list {
		cells[i] = wb.count(n)
	}
	return cells
}

// noLog says behind empty cells why they are empty.
func (wb *workbook) noLog(empty int) []any {
	return append(make([]any, empty), excelize.Cell{StyleID: wb.look.note, Value: "no webhook log"})
}

// resends are empty where no book counts them.
func (wb *workbook) resends(s *reconcile.ScoreLine) []any {
	if s.ResendsKnown == 0 {
		return []any{nil, nil}
	}
	return wb.counts(s.Resends, s.ResendsKnown)
}

// latency is one row of percentiles, none where nothing was measured.
func (wb *workbook) latency(of string, l *reconcile.Latency) [][]any {
	if l.Count == 0 {
		return nil
	}
	cells := append([]any{wb.text(of)}, wb.counts(l.Count, l.Early)...)
	for _, span := range []reconcile.Instant{l.P50, l.P95, l.P99, l.Max} {
		cells = append(cells, wb.amount(shortest(seconds(span))))
	}
	return [][]any{cells}
}

// incidents lists the breaks that one event brought about.
func (wb *workbook) incidents(p *page) {
	list := wb.book.incidents
	p.heading("Incidents: " + plural(len(list), "event") + " behind several breaks each")
	if len(list) == 0 {
		p.note("No breaks belong together.")
		return
	}
	p.note("Last before and first after: of the provider's deliveries that were accepted around an outage. Accepted meanwhile: with any, the outage was not total.")
	p.header("Incident", "Kind", "Cause", "Provider", "Account, chain", "From", "To", ">Breaks", ">To act upon", ">Value "+wb.book.currency,
		"Last before", "First after", ">Accepted\nmeanwhile", "Actions")
	for i := range list {
		r := &list[i]
		p.line(wb.text(r.ID), wb.text(r.Kind.String()), wb.text(r.Cause.String()), wb.text(r.Provider), wb.text(strings.TrimSpace(r.Account+" "+r.Chain)),
			wb.text(r.From.String()), wb.text(r.To.String()), wb.count(r.Breaks), wb.count(r.Acting), wb.amount(r.Value.String()),
			wb.text(r.Before.String()), wb.text(r.After.String()), wb.meanwhile(r), wb.text(actionsOf(r)))
	}
}

// meanwhile is empty for what is no outage.
func (wb *workbook) meanwhile(r *reconcile.IncidentRow) any {
	if r.Kind != reconcile.MissedWebhook {
		return nil
	}
	return wb.count(r.Accepted)
}

func actionsOf(r *reconcile.IncidentRow) string {
	names := make([]string, len(r.Actions))
	for i, a := range r.Actions {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

// percent is n of d in percent with two decimals, rounded half up; "" of nothing.
func percent(n, d int) string {
	if d == 0 {
		return ""
	}
	hundredths := (20_000*n + d) / (2 * d)
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

// seconds is a span in seconds to the millisecond.
func seconds(span reconcile.Instant) string {
	ms, sign := milliseconds(span), ""
	if ms < 0 {
		ms, sign = -ms, "-"
	}
	return fmt.Sprintf("%s%d.%03d", sign, ms/1000, ms%1000)
}

// shortest leaves out the decimals of a figure that say nothing, as a number cell has it.
func shortest(figure string) string {
	if !strings.Contains(figure, ".") {
		return figure
	}
	return strings.TrimSuffix(strings.TrimRight(figure, "0"), ".")
}

// notifications sums the scorecard up in a line of the terminal, "" where there is
// nothing to tell.
func (b *book) notifications() string {
	var parts []string
	for i := range b.scores {
		s := &b.scores[i]
		if s.Date != "" || !s.Logged || s.Notified == 0 {
			continue
		}
		text := fmt.Sprintf("%s %s of %s missed", oneLine(s.Provider), grouped(s.Missed()), grouped(s.Notified))
		if s.AfterBlock.Count > 0 {
			text += ", 95 % came within " + shortest(seconds(s.AfterBlock.P95)) + " s of the block"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	if n := len(b.incidents); n > 0 {
		parts = append(parts, plural(n, "incident"))
	}
	return "Notifications: " + strings.Join(parts, "; ")
}
