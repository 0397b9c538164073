package schedule

import (
	"fmt"
	"time"
)

// Date is a business date: days of the calendar since 1970-01-01. The day after d
// is d+1.
type Date int32

const secondsPerDay = 24 * 60 * 60

// ParseDate reads a date such as 2026-03-17.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q: a date such as 2026-03-17 is expected", text)
	}
	return dateOf(t), nil
}

// dateOf is the calendar's date of a wall clock, which is written as UTC.
func dateOf(wall time.Time) Date {
	y, m, d := wall.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// String is the date as 2026-03-17.
func (d Date) String() string { return d.midnight().Format(time.DateOnly) }

// midnight is the wall clock at which the date begins.
func (d Date) midnight() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Begin is the first instant at which clocks in the zone show the date or a later
// one. Dates tile time: each ends where the next begins, also where a clock never
// shows midnight, shows it twice, or goes back into the day before.
func (d Date) Begin(zone *time.Location) time.Time { return reach(d.midnight(), zone) }

// End is the first instant after the date.
func (d Date) End(zone *time.Location) time.Time { return (d + 1).Begin(zone) }

// Exists is false for a date that the zone skipped, as Samoa did 2011-12-30 when it
// changed sides of the date line.
func (d Date) Exists(zone *time.Location) bool { return d.Begin(zone).Before(d.End(zone)) }

// DateAt is the date in which an instant lies.
func DateAt(t time.Time, zone *time.Location) Date {
	d := dateOf(wallOf(t, zone))
	for !t.Before(d.End(zone)) { // the clock went back into a date that had ended
		d++
	}
	return d
}

// LastOver is the newest date that is over at an instant.
func LastOver(now time.Time, zone *time.Location) Date {
	d := DateAt(now, zone) - 1
	for !d.Exists(zone) {
		d--
	}
	return d
}

// wallOf is what a clock in the zone shows, written as UTC.
func wallOf(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// reach is the first instant at which clocks in the zone show wall or later: the
// first of two where a time comes twice, the end of the gap where it never comes.
func reach(wall time.Time, zone *time.Location) time.Time {
	t := wall.Add(-26 * time.Hour) // earlier in every zone there is
	for {
		_, offset := t.In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.Before(t) {
			at = t // clocks jumped over it
		}
		end := nextOffset(t, zone)
		if end.IsZero() || at.Before(end) {
			return at.In(zone)
		}
		t = end
	}
}

// nextOffset is an instant after t up to which the offset does not change; zero
// when it never does. The library names the first instant of a year's last day as
// the end of the year where a leap year has one more.
func nextOffset(t time.Time, zone *time.Location) time.Time {
	_, end := t.In(zone).ZoneBounds()
	if end.IsZero() || end.After(t) {
		return end.UTC()
	}
	return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}
