package main

import (
	"fmt"
	"strings"
	"time"

	"tieout/reconcile"
)

// period is what a run judges: a business date with its lookback, or a window of
// one's own.
type period struct {
	name   string // the report's directory: 2026-03-17, or <from>--<to>
	window reconcile.Interval
}

// periodOf resolves --as-of or --from and --to. A business date is cut in the
// merchant's time zone; days of 23 and 25 hours come out right.
func periodOf(f runFlags, zone *time.Location, lookback reconcile.Instant, now time.Time) (period, error) {
	if f.from != "" || f.to != "" {
		return ownWindow(f)
	}
	date := now.In(zone).AddDate(0, 0, -1)
	if f.asOf != "" {
		parsed, err := time.ParseInLocation(time.DateOnly, f.asOf, zone)
		if err != nil {
			return period{}, &usageError{fmt.Sprintf("--as-of %q: a date such as 2026-03-17 is expected", f.asOf)}
		}
		date = parsed
	}
	end := time.Date(date.Year(), date.Month(), date.Day()+1, 0, 0, 0, 0, zone)
	if end.After(now) {
		return period{}, &usageError{fmt.Sprintf("--as-of %s is not over yet in %s", date.Format(time.DateOnly), zone)}
	}
	to := reconcile.InstantOf(end)
	return period{date.Format(time.DateOnly), reconcile.Interval{From: to - lookback, To: to}}, nil
}

func ownWindow(f runFlags) (period, error) {
	if f.asOf != "" || f.from == "" || f.to == "" {
		return period{}, &usageError{"--from and --to go together, and without --as-of"}
	}
	from, err := time.Parse(time.RFC3339, f.from)
	to, errTo := time.Parse(time.RFC3339, f.to)
	if err != nil || errTo != nil || !from.Before(to) {
		return period{}, &usageError{"--from and --to are times such as 2026-03-17T00:00:00Z, from before to"}
	}
	name := strings.NewReplacer(":", "", "+", "_").Replace(f.from + "--" + f.to)
	return period{name, reconcile.Interval{From: reconcile.InstantOf(from), To: reconcile.InstantOf(to)}}, nil
}
