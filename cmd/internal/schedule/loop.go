package schedule

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Tick is how often a loop compares the wall clock with what it waits for. A timer
// for the whole wait would be late by all the time that the machine slept, and
// would not see the clock being set.
const Tick = 30 * time.Second

// perWake is how many dates run before a loop starts over.
const perWake = 31

// Ledger tells which dates ran.
type Ledger interface {
	// Dates lists the entries of one merchant, sorted by date.
	Dates(context.Context) ([]Entry, error)
}

// Loop runs the dates of one merchant as they become due, one at a time. Fill in
// the exported fields and call Watch once.
type Loop struct {
	Plan   Plan
	Ledger Ledger
	Run    func(context.Context, Date) Status
	Now    func() time.Time // the wall clock
	Sleep  func(context.Context, time.Duration) error
	Log    *slog.Logger

	tries  map[Date]try
	first  Date      // the first date that is owed, once it is known
	looked time.Time // when the loop last looked
	next   time.Time // when it looks again

	mu     sync.Mutex // guards report, which others read
	report Report
}

// Watch looks until the context ends. What runs then is cancelled, and Watch
// returns when it has ended.
func (l *Loop) Watch(ctx context.Context) {
	for ctx.Err() == nil {
		l.tick(ctx)
		if l.Sleep(ctx, Tick) != nil {
			return
		}
	}
}

// tick looks when it is time to, or when the clock went back behind the last look.
func (l *Loop) tick(ctx context.Context) {
	now := l.now()
	l.update(func(r *Report) { r.Ticked = now })
	if now.Before(l.next) && !now.Before(l.looked) {
		return
	}
	l.looked = now
	next, err := l.wake(ctx)
	if err != nil && ctx.Err() == nil {
		l.Log.Error("what is due cannot be told", "error", err.Error())
		next = now
	}
	l.next = next
	l.update(func(r *Report) { r.Next, r.Readable = next, err == nil })
}

// now drops the monotonic reading, which does not see the machine asleep.
func (l *Loop) now() time.Time { return l.Now().Round(0) }

// wake runs what is due, oldest first, and reads the ledger anew before each date:
// somebody else may have run it.
func (l *Loop) wake(ctx context.Context) (next time.Time, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = l.panicked(v)
		}
	}()
	for range perWake {
		ledger, err := l.Ledger.Dates(ctx)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return time.Time{}, err
		}
		now := l.now()
		plan := l.planned(ledger, now)
		l.remember(plan, ledger, now)
		due, next := plan.look(now, ledger, l.tries)
		l.update(func(r *Report) { r.Readable, r.Due, r.Next = true, len(due), next })
		if len(due) == 0 {
			return next, nil
		}
		l.run(ctx, plan, due[0])
	}
	return l.now(), nil
}

// planned fixes the first date when nothing has run yet, so that one that fails
// on its first day is owed still on the second.
func (l *Loop) planned(ledger []Entry, now time.Time) Plan {
	plan := l.Plan.since(ledger, now)
	if l.Plan.First == 0 {
		if l.first != 0 {
			plan.First = min(plan.First, l.first)
		}
		l.first = plan.First
	}
	plan.Limit = perWake
	return plan
}

// remember drops the tries of dates that are done, and counts a report that was
// incomplete before this process began as a first one: it waits for the next
// scheduled instant like any other.
func (l *Loop) remember(plan Plan, ledger []Entry, now time.Time) {
	if l.tries == nil {
		l.tries = map[Date]try{}
	}
	for _, e := range ledger {
		if e.State == Incomplete && l.tries[e.Date].count == 0 && !plan.rests(e.Date, now) {
			l.tries[e.Date] = plan.fail(try{}, Partial, now)
		}
	}
	for d := range l.tries {
		state := stateOf(d, ledger)
		if state == Done || state == Incomplete && plan.rests(d, now) {
			delete(l.tries, d)
		}
	}
	l.update(func(r *Report) { r.note(ledger, l.tries) })
}

// run runs one date and remembers how it ended. One that was stopped with the
// process did not fail.
func (l *Loop) run(ctx context.Context, plan Plan, d Date) {
	l.update(func(r *Report) { r.Running = d })
	status := l.recovered(ctx, d)
	l.update(func(r *Report) { r.Running, r.Ticked = 0, l.now() })
	if ctx.Err() != nil && status == Later {
		l.Log.Info("the run was stopped", "date", d.String())
		l.update(func(r *Report) { r.Cut = true })
		return
	}
	t := plan.fail(l.tries[d], status, l.now())
	l.tries[d] = t
	if status < Unconfigured {
		l.Log.Info("the business date ran", "date", d.String(), "status", int(status))
		return
	}
	l.Log.Warn("the business date ran and is owed still", "date", d.String(), "status", int(status), "tries", t.count, "again", t.again.UTC().Format(time.RFC3339))
}

// recovered is a run whose panic is a failure of that run alone.
func (l *Loop) recovered(ctx context.Context, d Date) (status Status) {
	defer func() {
		if v := recover(); v != nil {
			l.Log.Error("the run failed", "date", d.String(), "error", l.panicked(v).Error())
			status = Internal
		}
	}()
	return l.Run(ctx, d)
}

func (l *Loop) panicked(v any) error {
	l.update(func(r *Report) { r.Panics++ })
	return fmt.Errorf("internal error: %v\n%s", v, debug.Stack())
}
