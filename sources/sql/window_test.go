package sql

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
)

func march(from, to int) reconcile.Interval {
	at := func(day int) reconcile.Instant {
		return reconcile.InstantOf(time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC))
	}
	return reconcile.Interval{From: at(from), To: at(to)}
}

func TestArgs(t *testing.T) {
	s := Statement{dialect: SQLite, args: []string{"from", "to", "to_unix", "from_ms"}}
	reach := reconcile.Interval{From: march(14, 18).From + 1, To: march(14, 18).To - 1}
	for _, c := range []struct {
		name  string
		reach reconcile.Interval
		want  []any
	}{
		{"whole days are asked as they are", march(14, 18), []any{"2026-03-14", "2026-03-18", int64(1773792000), int64(1773446400000)}},
		{"a part of a day is asked as the whole", reach, []any{"2026-03-14", "2026-03-18", int64(1773792000), int64(1773446400000)}},
	} {
		if diff := cmp.Diff(c.want, endsOf(c.reach, nil).args(&s)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestNoOrderIsLeftOut: an order whose time lies in the reach is in the window of the
// query, whatever clock its column shows, and however that is written.
func TestNoOrderIsLeftOut(t *testing.T) {
	zones := []string{"", "UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Beirut", "America/Sao_Paulo", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		zone, name := (*time.Location)(nil), rapid.SampledFrom(zones).Draw(t, "zone")
		if name != "" {
			zone, _ = time.LoadLocation(name)
		}
		from := rapid.Int64Range(0, 2e9).Draw(t, "from")
		to := from + rapid.Int64Range(1, 40*86400).Draw(t, "length")
		order := time.Unix(rapid.Int64Range(from, to-1).Draw(t, "order"), 0).UTC()
		e := endsOf(reconcile.Interval{From: reconcile.Instant(from) * reconcile.Second, To: reconcile.Instant(to) * reconcile.Second}, zone)
		if order.Before(e.from) || !order.Before(e.to) {
			t.Fatalf("%s lies outside %s - %s", order, e.from, e.to)
		}
		shown := []time.Time{order}
		if zone != nil {
			shown = append(shown, order.In(zone))
		}
		for _, clock := range shown {
			for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", time.RFC3339} {
				text := clock.Format(layout)
				if text < e.from.Format(time.DateOnly) || text >= e.to.Format(time.DateOnly) {
					t.Fatalf("%s lies outside %s - %s", text, e.from.Format(time.DateOnly), e.to.Format(time.DateOnly))
				}
			}
			naive := time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
			if naive.Before(asNaive(e.from)) || !naive.Before(asNaive(e.to)) {
				t.Fatalf("the clock's %s lies outside %s - %s", naive, e.from, e.to)
			}
		}
	})
}

// asNaive is what PostgreSQL's driver makes of a time that is compared with a
// timestamp without a zone: what the clock shows.
func asNaive(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}
