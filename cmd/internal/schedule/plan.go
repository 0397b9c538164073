package schedule

import (
	"iter"
	"slices"
	"time"
)

// Plan is what a merchant's dates are owed by.
type Plan struct {
	Cron  *Cron
	Zone  *time.Location
	First Date // no date before it is owed; 0 = the oldest of the ledger
	Limit int  // dates that are due in one answer; 0 = all
}

// State is what the ledger says of a date.
type State uint8

const (
	// Done: the date ran and its report is published.
	Done State = iota + 1
	// Incomplete: its report is published and says that evidence is missing.
	Incomplete
	// Stale: an older date ran again since; what it opened with has changed.
	Stale
	// Failed: it was tried and nothing is published.
	Failed
)

// Entry is a date in the ledger. A date without an entry never ran.
type Entry struct {
	Date  Date
	State State
}

// stateOf is what the ledger says of a date; 0 when it never ran.
func stateOf(d Date, ledger []Entry) State {
	i, found := slices.BinarySearchFunc(ledger, d, func(e Entry, d Date) int { return int(e.Date - d) })
	if !found {
		return 0
	}
	return ledger[i].State
}

// look says which dates are due at an instant, oldest first, and when to look
// again: now where the limit left some out. ledger is sorted by date; tries are
// the failures that are remembered, and may be nil.
func (p Plan) look(now time.Time, ledger []Entry, tries map[Date]try) (due []Date, again time.Time) {
	again = p.Cron.Next(now, p.Zone)
	sooner := func(t time.Time) {
		if t.Before(again) {
			again = t
		}
	}
	for d := range p.owed(LastOver(now, p.Zone), ledger, func(d Date) bool { return p.rests(d, now) }) {
		before, tried := tries[d]
		switch {
		case tried && !before.ready(now):
			sooner(before.again)
			if before.holds() {
				return due, again
			}
			continue
		case !tried && p.dueAt(d).After(now):
			sooner(p.dueAt(d))
			return due, again // and so is every younger one
		case p.Limit > 0 && len(due) == p.Limit:
			return due, now
		}
		due = append(due, d)
	}
	return due, again
}

// since fills in First: the oldest date of the ledger, or where that is empty the
// newest date that is over.
func (p Plan) since(ledger []Entry, now time.Time) Plan {
	switch {
	case p.First != 0:
	case len(ledger) > 0:
		p.First = ledger[0].Date
	default:
		p.First = LastOver(now, p.Zone)
	}
	return p
}

// Owed lists the dates that are over at an instant and have no report, one that is
// stale, or one that is incomplete and still worth another try, whatever the
// schedule says; oldest first.
func (p Plan) Owed(now time.Time, ledger []Entry) []Date {
	p = p.since(ledger, now)
	return slices.Collect(p.owed(LastOver(now, p.Zone), ledger, func(d Date) bool { return p.rests(d, now) }))
}

// Missing lists the dates from First to last that have no report, one that is
// stale, or one that is incomplete; oldest first.
func (p Plan) Missing(last Date, ledger []Entry) []Date {
	return slices.Collect(p.owed(last, ledger, func(Date) bool { return false }))
}

// owed goes through the dates from First to last that are not done. rests says
// which incomplete ones are left alone.
func (p Plan) owed(last Date, ledger []Entry, rests func(Date) bool) iter.Seq[Date] {
	return func(yield func(Date) bool) {
		for d := p.First; d <= last; d++ {
			for len(ledger) > 0 && ledger[0].Date < d {
				ledger = ledger[1:]
			}
			var state State
			if len(ledger) > 0 && ledger[0].Date == d {
				state = ledger[0].State
			}
			if state == Done || state == Incomplete && rests(d) || !d.Exists(p.Zone) {
				continue
			}
			if !yield(d) {
				return
			}
		}
	}
}

// dueAt is the first scheduled instant once the date is over.
func (p Plan) dueAt(d Date) time.Time { return p.Cron.From(d.End(p.Zone), p.Zone) }

// rests reports whether an incomplete date is left to people: what has not arrived
// for so long will not arrive by waiting.
func (p Plan) rests(d Date, now time.Time) bool {
	return now.After(d.End(p.Zone).Add(10 * 24 * time.Hour))
}
