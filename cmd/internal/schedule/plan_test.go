package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func dates(t testing.TB, texts ...string) []Date {
	t.Helper()
	var list []Date
	for _, text := range texts {
		list = append(list, date(t, text))
	}
	return list
}

func TestLook(t *testing.T) {
	day := func(n int) Date { return date(t, "2026-03-10") + Date(n) }
	done := func(ns ...int) []Entry {
		var l []Entry
		for _, n := range ns {
			l = append(l, Entry{day(n), Done})
		}
		return l
	}
	for _, c := range []struct {
		name, cron, now string
		ledger          []Entry
		limit           int
		due             []Date
		again           string
	}{
		{"over and not yet scheduled", "15 2 * * *", "2026-03-12T02:14:59Z", done(0), 0, nil, "2026-03-12T02:15:00Z"},
		{"over and scheduled", "15 2 * * *", "2026-03-12T02:15:00Z", done(0), 0, dates(t, "2026-03-11"), "2026-03-13T02:15:00Z"},
		{"scheduled at the end of the date itself", "0 0 * * *", "2026-03-12T00:00:00Z", done(0), 0, dates(t, "2026-03-11"), "2026-03-13T00:00:00Z"},
		{"all done", "15 2 * * *", "2026-03-12T09:00:00Z", done(0, 1), 0, nil, "2026-03-13T02:15:00Z"},
		{"missed while down", "15 2 * * *", "2026-03-14T01:00:00Z", done(0), 0, dates(t, "2026-03-11", "2026-03-12"), "2026-03-14T02:15:00Z"},
		{"a hole in the middle", "15 2 * * *", "2026-03-14T03:00:00Z", done(0, 2, 3), 0, dates(t, "2026-03-11"), "2026-03-15T02:15:00Z"},
		{"stale after an older date ran again", "15 2 * * *", "2026-03-13T03:00:00Z", []Entry{{day(0), Done}, {day(1), Stale}, {day(2), Stale}}, 0,
			dates(t, "2026-03-11", "2026-03-12"), "2026-03-14T02:15:00Z"},
		{"once a week", "0 6 * * 1", "2026-03-16T06:00:00Z", done(0, 1, 2), 0, dates(t, "2026-03-13", "2026-03-14", "2026-03-15"), "2026-03-23T06:00:00Z"},
		{"more than one wake takes", "15 2 * * *", "2026-03-20T03:00:00Z", done(0), 2, dates(t, "2026-03-11", "2026-03-12"), "2026-03-20T03:00:00Z"},
		{"the clock is before everything that is done", "15 2 * * *", "2026-03-01T03:00:00Z", done(0, 1), 0, nil, "2026-03-02T02:15:00Z"},
		{"incomplete for long: it rests", "15 2 * * *", "2026-03-25T03:00:00Z", append([]Entry{{day(0), Incomplete}}, done(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)...), 0, nil, "2026-03-26T02:15:00Z"},
	} {
		p := Plan{Cron: cronOf(t, c.cron), Zone: time.UTC, Limit: c.limit}
		now := instant(t, c.now)
		due, again := p.since(c.ledger, now).look(now, c.ledger, nil)
		if diff := cmp.Diff(c.due, due); diff != "" {
			t.Errorf("%s: due: %s", c.name, diff)
		}
		if !again.Equal(instant(t, c.again)) {
			t.Errorf("%s: looks again at %s, want %s", c.name, again, c.again)
		}
	}
}

// TestNothingRanYet: with an empty ledger the newest date that is over is owed,
// unless the configuration says since when.
func TestNothingRanYet(t *testing.T) {
	p := Plan{Cron: cronOf(t, "15 2 * * *"), Zone: time.UTC}
	now := instant(t, "2026-03-12T09:00:00Z")
	if diff := cmp.Diff(dates(t, "2026-03-11"), p.Owed(now, nil)); diff != "" {
		t.Error(diff)
	}
	p.First = date(t, "2026-03-09")
	if diff := cmp.Diff(dates(t, "2026-03-09", "2026-03-10", "2026-03-11"), p.Owed(now, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestAgain: how long a failed date waits, and how long younger ones wait for it.
func TestAgain(t *testing.T) {
	p := Plan{Cron: cronOf(t, "15 2 * * *"), Zone: time.UTC}
	for _, c := range []struct {
		name   string
		status Status
		want   []string // the times of the tries, each as soon as it may be
		held   int      // tries for which younger dates wait
	}{
		{"locked", Later, []string{"17T02:15", "17T02:16", "17T02:18", "17T02:22", "17T02:30", "17T02:46", "17T03:16", "17T03:46"}, 4},
		{"disk full", Unwritten, []string{"17T02:15", "17T02:20", "17T02:30", "17T02:50", "17T03:30", "17T04:50", "17T07:30", "17T12:50", "17T18:50"}, 1},
		{"does not add up", Internal, []string{"17T02:15", "18T02:15", "19T02:15"}, 1},
		{"incomplete", Partial, []string{"17T02:15", "18T02:15", "19T02:15", "20T02:15", "21T02:15", "22T02:15"}, 0},
	} {
		now, before := instant(t, "2026-03-17T02:15:00Z"), try{}
		for i, want := range c.want {
			if got := now.Format("02T15:04"); got != want {
				t.Errorf("%s: try %d at %s, want %s", c.name, i+1, got, want)
			}
			before = p.fail(before, c.status, now)
			if held := i < c.held; before.holds() != held {
				t.Errorf("%s: after try %d younger dates are held back: %v", c.name, i+1, before.holds())
			}
			if before.ready(now) || !before.ready(before.again) || !before.ready(now.Add(-time.Hour)) {
				t.Errorf("%s: ready at the wrong times after try %d", c.name, i+1)
			}
			now = before.again
		}
	}
	monthly := Plan{Cron: cronOf(t, "0 3 1 * *"), Zone: time.UTC}
	at := instant(t, "2026-03-02T00:00:00Z")
	if got := monthly.fail(try{}, Internal, at).again; !got.Equal(at.Add(24 * time.Hour)) {
		t.Errorf("between rare scheduled instants a failure waits until %s", got)
	}
}

// TestYoungerDatesAreNotHeldForEver: statuses that alternate hold nobody longer.
func TestYoungerDatesAreNotHeldForEver(t *testing.T) {
	p := Plan{Cron: cronOf(t, "15 2 * * *"), Zone: time.UTC}
	at, before := instant(t, "2026-03-17T02:15:00Z"), try{}
	for i := range 5 {
		before = p.fail(before, []Status{Later, Unwritten}[i%2], at)
	}
	if before.holds() {
		t.Error("five failures, and younger dates still wait")
	}
}

// TestOwedWithoutSchedule: what a person asks for does not wait for the schedule,
// and takes up what rests.
func TestOwedWithoutSchedule(t *testing.T) {
	p := Plan{Zone: zone(t, "Pacific/Apia")}
	now := instant(t, "2012-01-08T09:00:00Z")
	ledger := []Entry{{date(t, "2011-12-20"), Incomplete}, {date(t, "2011-12-29"), Stale}, {date(t, "2012-01-01"), Incomplete}}
	for d := ledger[0].Date + 1; d < ledger[1].Date; d++ {
		ledger = append(ledger, Entry{d, Done})
	}
	slices.SortFunc(ledger, func(a, b Entry) int { return int(a.Date - b.Date) })
	want := dates(t, "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02", "2012-01-03", "2012-01-04", "2012-01-05", "2012-01-06", "2012-01-07")
	if diff := cmp.Diff(want, p.Owed(now, ledger)); diff != "" {
		t.Error("owed:", diff)
	}
	p.First = date(t, "2011-12-15")
	want = dates(t, "2011-12-15", "2011-12-16", "2011-12-17", "2011-12-18", "2011-12-19", "2011-12-20", "2011-12-29", "2011-12-31")
	if diff := cmp.Diff(want, p.Missing(date(t, "2011-12-31"), ledger)); diff != "" {
		t.Error("missing:", diff)
	}
}
