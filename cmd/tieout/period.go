package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/cmd/internal/schedule"
	"tieout/reconcile"
)

// period is what a run judges: a business date with its lookback, or a window of
// one's own.
type period struct {
	name   string // the report's directory: 2026-03-17, or <from>--<to>
	window reconcile.Interval

	date    string // business date that is carried forward; "" = nothing is
	opens   string // business date whose opening it starts from; "" = from nothing
	interim bool   // up to now
}

// periodOf resolves --as-of or --from and --to. A business date is cut in the
// merchant's time zone; days of 23 and 25 hours come out right.
func periodOf(f runFlags, zone *time.Location, lookback reconcile.Instant, now time.Time) (period, error) {
	switch own := f.from != "" || f.to != ""; {
	case f.interim && (own || f.asOf != "" || f.restate):
		return period{}, &usageError{text: "--interim is up to now: it goes without --as-of, --from, --to and --restate"}
	case f.interim:
		return upToNow(zone, lookback, now), nil
	case own && f.restate:
		return period{}, &usageError{text: "--restate is for a business date: it goes without --from and --to"}
	case own:
		return ownWindow(f, zone, now)
	}
	date := schedule.LastOver(now, zone)
	if f.asOf != "" {
		parsed, err := schedule.ParseDate(f.asOf)
		if err != nil {
			return period{}, &usageError{text: "--as-of " + err.Error()}
		}
		date = parsed
	}
	if err := judgeable(date, zone, now); err != nil {
		return period{}, err
	}
	to := reconcile.InstantOf(date.End(zone))
	return period{name: date.String(), window: reconcile.Interval{From: to - lookback, To: to}, date: date.String(), opens: date.String()}, nil
}

// upToNow is today, as far as it has come. Its report stands beside the dates under
// a name of its own.
func upToNow(zone *time.Location, lookback reconcile.Instant, now time.Time) period {
	today := now.In(zone).Format(time.DateOnly)
	to := reconcile.InstantOf(now.Truncate(time.Minute))
	return period{name: today + "-interim", window: reconcile.Interval{From: to - lookback, To: to}, opens: today, interim: true}
}

// judgeable refuses a date that is not over, or that the zone never had.
func judgeable(date schedule.Date, zone *time.Location, now time.Time) error {
	switch {
	case date.End(zone).After(now):
		return &usageError{fmt.Sprintf("--as-of %s: that date is not over yet in %s", date, zone), "--from and --to judge a window that ends earlier"}
	case !date.Exists(zone):
		return &usageError{text: fmt.Sprintf("--as-of %s: that never was a date in %s: its clocks skipped it", date, zone)}
	}
	return nil
}

// whole are the business dates of which the window holds everything, oldest first;
// none in a window of one's own.
func (p period) whole(zone *time.Location) []reconcile.BusinessDay {
	if p.opens == "" {
		return nil
	}
	return slices.DeleteFunc(businessDays(p.window, zone), func(d reconcile.BusinessDay) bool {
		return d.Span.From < p.window.From || d.Span.To > p.window.To
	})
}

// businessDays are the dates of the zone that a window touches.
func businessDays(v reconcile.Interval, zone *time.Location) []reconcile.BusinessDay {
	var list []reconcile.BusinessDay
	for d := schedule.DateAt(v.From.Time(), zone); ; d++ {
		span := reconcile.Interval{From: reconcile.InstantOf(d.Begin(zone)), To: reconcile.InstantOf(d.End(zone))}
		if span.From >= v.To {
			return list
		}
		if d.Exists(zone) {
			list = append(list, reconcile.BusinessDay{Date: d.String(), Span: span})
		}
	}
}

func ownWindow(f runFlags, zone *time.Location, now time.Time) (period, error) {
	if f.asOf != "" || f.from == "" || f.to == "" {
		return period{}, &usageError{text: "--from and --to go together, and without --as-of"}
	}
	from, err := timeOrDate(f.from, zone)
	to, errTo := timeOrDate(f.to, zone)
	if err != nil || errTo != nil || !from.Before(to) {
		return period{}, &usageError{text: fmt.Sprintf("--from %s --to %s: dates or times such as 2026-03-17T00:00:00Z are expected, from before to", f.from, f.to)}
	}
	if to.After(now) {
		return period{}, &usageError{fmt.Sprintf("--to %s: that time is not over yet", f.to), "what is still to come cannot be covered; a window ends now or earlier"}
	}
	name := strings.NewReplacer(":", "", "+", "_").Replace(f.from + "--" + f.to)
	return period{name: name, window: reconcile.Interval{From: reconcile.InstantOf(from), To: reconcile.InstantOf(to)}}, nil
}

// timeOrDate reads a time, or a date as the beginning of that day in the zone.
func timeOrDate(text string, zone *time.Location) (time.Time, error) {
	if date, err := schedule.ParseDate(text); err == nil {
		return date.Begin(zone), nil
	}
	return time.Parse(time.RFC3339, text)
}
