package reconcile

import "time"

// Instant is a point in time in nanoseconds since 1970 UTC; 0 means unknown.
// It is a number so that rows stay flat and comparisons cost nothing.
type Instant int64

// Spans of time in the unit of Instant.
const (
	Second = Instant(time.Second)
	Minute = Instant(time.Minute)
	Hour   = Instant(time.Hour)
	Day    = 24 * Hour
)

// InstantOf returns the instant of t, 0 for the zero time.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixNano())
}

// Known reports whether the instant was given.
func (t Instant) Known() bool { return t != 0 }

// Time returns t in UTC.
func (t Instant) Time() time.Time { return time.Unix(0, int64(t)).UTC() }

// String is RFC 3339 in UTC with as many fraction digits as needed; "" when unknown.
func (t Instant) String() string {
	if t == 0 {
		return ""
	}
	return t.Time().Format(time.RFC3339Nano)
}

// Interval is the half-open time span [From, To).
type Interval struct{ From, To Instant }

// Contains reports whether t lies in [From, To).
func (v Interval) Contains(t Instant) bool { return v.From <= t && t < v.To }
