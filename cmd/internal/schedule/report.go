package schedule

import (
	"maps"
	"slices"
	"time"
)

// Report is what a loop is doing, for people who ask.
type Report struct {
	Ticked   time.Time // when the loop last compared the clock
	Readable bool      // the ledger could be read when it was last asked
	Next     time.Time // when the loop looks again
	Due      int       // dates that waited at the last look
	Running  Date      // 0 = none
	Cut      bool      // the loop was stopped in the middle of a run
	Newest   Entry     // the newest date with a report; its Date is 0 for none
	Owed     []Failure // dates that ran and are owed still, oldest first
	Panics   int       // defects that were caught
}

// Failure is a date that ran and is owed still.
type Failure struct {
	Date   Date
	Status Status
	Tries  int
	Again  time.Time
}

// Report returns what the loop is doing; it may be called while Watch runs.
func (l *Loop) Report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.report
	r.Owed = slices.Clone(r.Owed)
	return r
}

func (l *Loop) update(change func(*Report)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.report)
}

func (r *Report) note(ledger []Entry, tries map[Date]try) {
	r.Newest = Entry{}
	for _, e := range slices.Backward(ledger) {
		if e.State != Failed {
			r.Newest = e
			break
		}
	}
	r.Owed = nil
	for _, d := range slices.Sorted(maps.Keys(tries)) {
		t := tries[d]
		r.Owed = append(r.Owed, Failure{d, t.status, t.count, t.again})
	}
}
