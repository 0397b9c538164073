package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// book is a ledger in memory, with runs that end as a test says.
type book struct {
	entries []Entry
	err     error
	ran     []string
	ends    func(d Date, n int) Status // n-th run of all; nil = complete
}

func (b *book) Dates(context.Context) ([]Entry, error) { return b.entries, b.err }

func (b *book) run(_ context.Context, d Date) Status {
	b.ran = append(b.ran, d.String()[8:])
	status := Status(0)
	if b.ends != nil {
		status = b.ends(d, len(b.ran))
	}
	if status < Unconfigured {
		b.set(d, Done)
	} else if status == Partial {
		b.set(d, Incomplete)
	}
	return status
}

func (b *book) set(d Date, s State) {
	i := 0
	for ; i < len(b.entries) && b.entries[i].Date < d; i++ {
	}
	if i < len(b.entries) && b.entries[i].Date == d {
		b.entries[i].State = s
		return
	}
	b.entries = append(b.entries[:i], append([]Entry{{d, s}}, b.entries[i:]...)...)
}

// clock is a wall clock that tests move; sleeping moves it too.
type clock struct {
	at    time.Time
	until time.Time // Sleep reports the end there
}

func (c *clock) now() time.Time { return c.at }

func (c *clock) sleep(_ context.Context, d time.Duration) error {
	if c.at = c.at.Add(d); !c.at.Before(c.until) {
		return errors.New("the test is over")
	}
	return nil
}

func loopOf(t testing.TB, b *book, c *clock, log *strings.Builder) *Loop {
	return &Loop{Plan: Plan{Cron: cronOf(t, "15 2 * * *"), Zone: time.UTC}, Ledger: b, Run: b.run,
		Now: c.now, Sleep: c.sleep, Log: slog.New(slog.NewTextHandler(log, nil))}
}

// TestWatch: a loop over some days, with what each went through.
func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		first State // of the 10th
		ends  func(d Date, n int) Status
		until string
		want  string
	}{
		{"four quiet days", Done, nil, "2026-03-15T00:00:00Z", "11 12 13"},
		{"the first day fails, the second waits and goes", Done, func(_ Date, n int) Status { return []Status{Unwritten, 0, 0}[min(n-1, 2)] }, "2026-03-14T00:00:00Z", "11 11 12"},
		{"one date never adds up: younger ones go on", Done, func(d Date, _ int) Status {
			if d.String() == "2026-03-11" {
				return Internal
			}
			return 0
		}, "2026-03-15T00:00:00Z", "11 11 12 11 13"},
		{"locked for some minutes", Done, func(_ Date, n int) Status {
			if n < 4 {
				return Later
			}
			return 0
		}, "2026-03-13T00:00:00Z", "11 11 11 11"},
		{"incomplete, then complete at the next scheduled instant", Done, func(_ Date, n int) Status {
			if n == 1 {
				return Partial
			}
			return 0
		}, "2026-03-14T00:00:00Z", "11 11 12"},
		{"incomplete before a restart: it waits for the scheduled instant", Incomplete, nil, "2026-03-13T00:00:00Z", "10 11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log strings.Builder
			b := &book{entries: []Entry{{date(t, "2026-03-10"), c.first}}, ends: c.ends}
			clock := &clock{instant(t, "2026-03-11T09:00:00Z"), instant(t, c.until)}
			loopOf(t, b, clock, &log).Watch(t.Context())
			if got := strings.Join(b.ran, " "); got != c.want {
				t.Errorf("ran %s, want %s\n%s", got, c.want, log.String())
			}
		})
	}
}

// TestFailuresOfFirstDay: with an empty ledger the first date stays owed while it
// fails, and days later is still the first to run.
func TestFailuresOfFirstDay(t *testing.T) {
	b := &book{}
	clock := &clock{instant(t, "2026-03-11T09:00:00Z"), instant(t, "2026-03-13T09:00:00Z")}
	b.ends = func(Date, int) Status {
		if clock.at.Before(instant(t, "2026-03-13T00:00:00Z")) {
			return Unconfigured
		}
		return 0
	}
	loopOf(t, b, clock, &strings.Builder{}).Watch(t.Context())
	want := []Entry{{date(t, "2026-03-10"), Done}, {date(t, "2026-03-11"), Done}, {date(t, "2026-03-12"), Done}}
	if diff := cmp.Diff(want, b.entries); diff != "" {
		t.Error(diff)
	}
}

// TestPanic: a defect in a run or in the ledger is told and does not end the loop.
func TestPanic(t *testing.T) {
	var log strings.Builder
	b := &book{entries: []Entry{{date(t, "2026-03-10"), Done}}}
	clock := &clock{instant(t, "2026-03-12T02:15:00Z"), instant(t, "2026-03-14T03:00:00Z")}
	b.ends = func(_ Date, n int) Status {
		if n == 1 {
			panic("a defect")
		}
		return 0
	}
	l := loopOf(t, b, clock, &log)
	l.Watch(t.Context())
	if got := strings.Join(b.ran, " "); got != "11 11 12 13" {
		t.Errorf("ran %s", got)
	}
	if r := l.Report(); r.Panics != 1 || !strings.Contains(log.String(), "a defect") {
		t.Errorf("%d panics reported, log %s", r.Panics, log.String())
	}
	l = loopOf(t, b, clock, &log)
	l.Ledger = broken{}
	l.tick(t.Context())
	if r := l.Report(); r.Panics != 1 || r.Readable {
		t.Errorf("a panic in the ledger: %+v", r)
	}
}

type broken struct{}

func (broken) Dates(context.Context) ([]Entry, error) { panic("a broken ledger") }

// TestUnreadableLedger: nothing runs while nobody can say what is done, and the
// loop asks again at its next tick.
func TestUnreadableLedger(t *testing.T) {
	b := &book{entries: []Entry{{date(t, "2026-03-10"), Done}}, err: errors.New("no connection")}
	clock := &clock{at: instant(t, "2026-03-12T03:00:00Z")}
	l := loopOf(t, b, clock, &strings.Builder{})
	l.tick(t.Context())
	if len(b.ran) > 0 || l.Report().Readable {
		t.Errorf("ran %v, %+v", b.ran, l.Report())
	}
	b.err, clock.at = nil, clock.at.Add(Tick)
	l.tick(t.Context())
	if r := l.Report(); len(b.ran) != 1 || !r.Readable || r.Newest.Date.String() != "2026-03-11" || r.Next.IsZero() {
		t.Errorf("ran %v, %+v", b.ran, r)
	}
}

// TestStop: a loop that is stopped cancels its run, returns, and does not count the
// run as failed. The clock is the test's own: time passes when all wait.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		l := loopOf(t, b, nil, &strings.Builder{})
		l.Now, l.Sleep = time.Now, Sleep
		l.Run = func(ctx context.Context, _ Date) Status {
			<-ctx.Done()
			return Later
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan time.Time)
		go func() {
			l.Watch(ctx)
			ended <- time.Now()
		}()
		time.Sleep(30 * time.Hour)
		if r := l.Report(); r.Running == 0 {
			t.Fatalf("nothing runs: %+v", r)
		}
		asked := time.Now()
		stop()
		if took := (<-ended).Sub(asked); took != 0 {
			t.Errorf("it took %s to stop", took)
		}
		if r := l.Report(); r.Running != 0 || !r.Cut || len(r.Owed) > 0 {
			t.Errorf("%+v", r)
		}
	})
}

// TestDoubleTrigger: two loops over one ledger; the one that comes second finds the
// date done.
func TestDoubleTrigger(t *testing.T) {
	b := &book{entries: []Entry{{date(t, "2026-03-10"), Done}}}
	clock := &clock{at: instant(t, "2026-03-13T03:00:00Z")}
	first, second := loopOf(t, b, clock, &strings.Builder{}), loopOf(t, b, clock, &strings.Builder{})
	first.Run = func(ctx context.Context, d Date) Status {
		second.Run = func(context.Context, Date) Status { return Later } // the lock is taken
		second.tick(ctx)
		second.Run = b.run
		return b.run(ctx, d)
	}
	first.tick(t.Context())
	clock.at = clock.at.Add(time.Minute)
	second.tick(t.Context())
	if got := fmt.Sprint(b.ran); got != "[11 12]" {
		t.Errorf("ran %s", got)
	}
}

// TestRunByHandMeanwhile: while one date runs somebody else runs the next; the
// ledger is read again before each.
func TestRunByHandMeanwhile(t *testing.T) {
	b := &book{entries: []Entry{{date(t, "2026-03-10"), Done}}}
	l := loopOf(t, b, &clock{at: instant(t, "2026-03-14T03:00:00Z")}, &strings.Builder{})
	l.Run = func(ctx context.Context, d Date) Status {
		b.set(date(t, "2026-03-12"), Done)
		return b.run(ctx, d)
	}
	l.tick(t.Context())
	if got := fmt.Sprint(b.ran); got != "[11 13]" {
		t.Errorf("ran %s", got)
	}
}

// TestWallClock: instants carry no reading of the clock that stands still while the
// machine sleeps.
func TestWallClock(t *testing.T) {
	l := &Loop{Now: time.Now}
	if got := l.now().String(); strings.Contains(got, "m=") {
		t.Error(got)
	}
}

// TestClockSetBack: a loop that looked while the clock was ahead does not wait until
// that time comes again.
func TestClockSetBack(t *testing.T) {
	b := &book{}
	for d := date(t, "2026-03-10"); d < date(t, "2026-04-01"); d++ {
		b.set(d, Done)
	}
	clock := &clock{at: instant(t, "2026-04-01T07:00:00Z")} // three weeks ahead
	l := loopOf(t, b, clock, &strings.Builder{})
	l.Plan.Cron = cronOf(t, "0 6 1 * *")
	l.tick(t.Context())
	if got := l.Report().Next; !got.Equal(instant(t, "2026-05-01T06:00:00Z")) {
		t.Errorf("ahead: it looks again at %s", got)
	}
	clock.at = instant(t, "2026-03-11T09:01:00Z")
	l.tick(t.Context())
	if got := l.Report().Next; !got.Equal(instant(t, "2026-04-01T06:00:00Z")) {
		t.Errorf("it looks again at %s", got)
	}
}
