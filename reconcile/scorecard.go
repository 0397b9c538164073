package reconcile

import (
	"cmp"
	"slices"
)

// ScoreLine are the figures of one provider, over the window or one business date of
// it. Orders stand on the date of their creation, deliveries on that of their receipt;
// what was brought forward from before the window is not counted again. The dates add
// up to the window, percentiles apart. What people have answered changes nothing here.
type ScoreLine struct {
	Provider string
	Date     string // "" = the window
	Whole    bool   // the window holds all of the date; true for the window
	Logged   bool   // a webhook log of the provider is there: else nothing is said of notifications

	// Orders of the provider's book that are judged, by outcome.
	Orders, Agreed, Broken, Open, Undetermined int
	Paid                                       int // called paid
	Lost                                       int // lost_order
	Mismatched                                 int // amount_misreported or due_conflict: figures of the provider that others contradict

	// Orders whose notification is judged, by fate.
	Notified                            int // all of them
	Accepted, NotApplied                int // Accepted holds those that our book did not follow
	Seen, Retrying, NotCovered          int
	NeverArrived, Refused, BadSignature int // missed_webhook by cause

	// Notifications that an operator had sent again, of the orders whose book says so.
	Resends, ResendsKnown int

	// Deliveries that were received.
	Deliveries                                   int
	Repeated, OutOfOrder, Backwards, Conflicting int
	RefusedDeliveries, Unverified, Unknown       int // we did not answer well; the signature fails; for an order that no book has
	Faulty                                       int // received while no signature of their source verified

	AfterBlock, AfterPaid Latency // of the first delivery that says paid
}

// Missed is how many notifications never were accepted, proven.
func (s *ScoreLine) Missed() int { return s.NeverArrived + s.Refused + s.BadSignature }

// Decided is how many orders were judged to the end: those that agree or break.
func (s *ScoreLine) Decided() int { return s.Agreed + s.Broken }

// Told is how many notifications were accepted or missed, without those of which
// neither can be said.
func (s *ScoreLine) Told() int { return s.Accepted + s.Missed() }

// score is a line with the lags that its percentiles are read from.
type score struct {
	ScoreLine
	afterBlock, afterPaid []Instant
}

// scores are the lines of each provider, by the number of the date; that of the
// window is 0.
type scores struct {
	calendar
	lines map[uint32][]score
}

// scorecard counts what the providers did.
func (e *engine) scorecard() []ScoreLine {
	s := &scores{calendar: calendar{days: e.businessDays()}, lines: map[uint32][]score{}}
	for i := range e.pays {
		if p := &e.pays[i]; p.prov >= 0 && p.judged && p.verdict.outcome != OutcomeContext {
			o := e.in.order(p.prov)
			for _, l := range s.at(o.provider, cmp.Or(p.created, e.window.To-1)) {
				l.order(p, int(o.resends))
			}
		}
	}
	for i := range e.delivs {
		if d := &e.delivs[i]; d.judged {
			row := e.in.delivery(d.row)
			afterBlock, afterPaid := e.lags(d)
			for _, l := range s.at(row.provider, row.received) {
				l.delivery(d, row)
				l.afterBlock, l.afterPaid = afterBlock.appendTo(l.afterBlock), afterPaid.appendTo(l.afterPaid)
			}
		}
	}
	return s.read(e)
}

// at returns the lines on which a figure counts: that of the window and of its date.
func (s *scores) at(provider uint32, t Instant) [2]*score {
	lines := s.lines[provider]
	if lines == nil {
		lines = make([]score, len(s.days)+1)
		s.lines[provider] = lines
	}
	return [2]*score{&lines[0], &lines[max(1, s.day(t))]}
}

func (s *scores) read(e *engine) []ScoreLine {
	var list []ScoreLine
	for provider, lines := range s.lines {
		for day := range lines {
			l := &lines[day]
			if l.Orders+l.Deliveries == 0 {
				continue
			}
			l.Provider, l.Whole = e.in.words.text(provider), true
			l.Logged, _ = e.logged(l.Provider, Interval{})
			if day > 0 {
				d := &s.days[day-1]
				l.Date, l.Whole = d.Date, e.window.From <= d.Span.From && d.Span.To <= e.window.To
			}
			l.AfterBlock, l.AfterPaid = latencyOf(l.afterBlock), latencyOf(l.afterPaid)
			list = append(list, l.ScoreLine)
		}
	}
	slices.SortFunc(list, func(a, b ScoreLine) int {
		return cmp.Or(compareStrings(a.Provider, b.Provider), compareStrings(a.Date, b.Date))
	})
	return list
}

func (l *score) order(p *payment, resends int) {
	v := &p.verdict
	l.Orders++
	l.Agreed += btoi(v.outcome == OutcomeAgreed)
	l.Broken += btoi(v.outcome == OutcomeBreak)
	l.Open += btoi(v.outcome == OutcomeOpen)
	l.Undetermined += btoi(v.outcome == OutcomeUndetermined)
	l.Paid += btoi(p.paid)
	l.Lost += btoi(v.kinds.has(LostOrder))
	l.Mismatched += btoi(v.kinds.has(AmountMisreported) || v.kinds.has(DueConflict))
	if resends >= 0 {
		l.Resends, l.ResendsKnown = l.Resends+resends, l.ResendsKnown+1
	}
	l.notice(v.fate)
}

func (l *score) notice(f Fate) {
	if f == FateNone {
		return
	}
	l.Notified++
	l.Accepted += btoi(f == FateAccepted || f == FateApplying || f == FateNotApplied)
	l.NotApplied += btoi(f == FateNotApplied)
	l.Seen += btoi(f == FateSeen)
	l.Retrying += btoi(f == FateRetrying)
	l.NotCovered += btoi(f == FateNotCovered)
	l.NeverArrived += btoi(f == FateNeverArrived)
	l.Refused += btoi(f == FateRefused)
	l.BadSignature += btoi(f == FateBadSignature)
}

func (l *score) delivery(d *delivered, row deliveryRow) {
	l.Deliveries++
	l.Repeated += btoi(d.reason == Duplicate)
	l.OutOfOrder += btoi(d.reason == OutOfOrder)
	l.Backwards += btoi(d.reason == Backwards)
	l.Conflicting += btoi(d.kinds.has(WebhookConflict))
	l.RefusedDeliveries += btoi(d.reason == Refused)
	l.Unverified += btoi(d.kinds.has(UnverifiedWebhook))
	l.Unknown += btoi(d.kinds.has(UnknownWebhook))
	l.Faulty += btoi(d.reason == SourceFault)
}

// appendTo appends a lag that is known.
func (g Lag) appendTo(list []Instant) []Instant {
	if g.Known {
		list = append(list, g.Span)
	}
	return list
}
