package main

import (
	"testing"
	"time"

	"tieout/reconcile"
)

// Dates are cut where the zone's clocks say, 23 and 25 hours long where those change,
// and leave nothing of a window out.
func TestBusinessDays(t *testing.T) {
	for _, c := range []struct {
		zone, from, to string
		hours          []float64
		first, last    string
	}{
		{"Etc/UTC", "2026-03-14T00:00:00Z", "2026-03-18T00:00:00Z", []float64{24, 24, 24, 24}, "2026-03-14", "2026-03-17"},
		{"Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", []float64{24, 23, 24}, "2026-03-28", "2026-03-30"},
		{"Europe/Berlin", "2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", []float64{24, 25, 24}, "2026-10-24", "2026-10-26"},
		{"Europe/Berlin", "2026-03-26T22:00:00Z", "2026-03-27T22:59:00Z", []float64{24, 24}, "2026-03-26", "2026-03-27"}, // both in part
		{"Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", []float64{24, 24}, "2011-12-29", "2011-12-31"},  // it skipped the 30th
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at := func(text string) reconcile.Instant {
			v, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			return reconcile.InstantOf(v)
		}
		window := reconcile.Interval{From: at(c.from), To: at(c.to)}
		days := businessDays(window, zone)
		if len(days) != len(c.hours) {
			t.Errorf("%s from %s to %s: %+v", c.zone, c.from, c.to, days)
			continue
		}
		for i, d := range days {
			if got := d.Span.To.Time().Sub(d.Span.From.Time()).Hours(); got != c.hours[i] {
				t.Errorf("%s: %s has %v hours, want %v", c.zone, d.Date, got, c.hours[i])
			}
			if i > 0 && days[i-1].Span.To != d.Span.From {
				t.Errorf("%s: %s does not begin where the date before ends", c.zone, d.Date)
			}
		}
		last := days[len(days)-1]
		if days[0].Date != c.first || last.Date != c.last || days[0].Span.From > window.From || last.Span.To < window.To {
			t.Errorf("%s: %s to %s do not hold the window", c.zone, days[0].Date, last.Date)
		}
	}
}
