package schedule

import "time"

// Status is how a run ended: the exit status of `tieout run`.
type Status int

// The statuses that decide when a date is tried again. Those of 0 and 1 are
// reports too, and the ledger has them.
const (
	Unconfigured Status = 2 // usage or configuration
	Partial      Status = 3 // incomplete, and published as such
	Internal     Status = 4 // an invariant does not hold
	Later        Status = 5 // locked or temporarily unavailable
	Unwritten    Status = 6 // the output cannot be written
)

// try is what is remembered of a date that ran and is owed still.
type try struct {
	status Status
	inRow  int       // tries with this status in a row
	count  int       // tries with any
	at     time.Time // of the last
	again  time.Time // not before
}

// fail adds a failure to what is remembered of a date.
func (p Plan) fail(before try, s Status, now time.Time) try {
	t := try{status: s, inRow: 1, count: before.count + 1, at: now}
	if before.status == s {
		t.inRow = before.inRow + 1
	}
	t.again = p.again(t)
	return t
}

// again is when a failed date is tried again; package schedule says why.
func (p Plan) again(t try) time.Time {
	switch t.status {
	case Later:
		return t.at.Add(double(time.Minute, 30*time.Minute, t.inRow))
	case Unconfigured, Unwritten:
		return t.at.Add(double(5*time.Minute, 6*time.Hour, t.inRow))
	case Internal:
		next, latest := p.Cron.From(t.at.Add(time.Hour), p.Zone), t.at.Add(24*time.Hour)
		if next.After(latest) {
			return latest
		}
		return next
	}
	return p.Cron.From(t.at.Add(double(time.Hour, 24*time.Hour, t.inRow)), p.Zone)
}

// double is first, doubled with every failure after the first, up to most.
func double(first, most time.Duration, count int) time.Duration {
	for ; count > 1 && first < most; count-- {
		first *= 2
	}
	return min(first, most)
}

// ready reports whether the date may be tried. A clock that went back behind the
// last failure says nothing about how long ago that was.
func (t try) ready(now time.Time) bool { return !now.Before(t.again) || now.Before(t.at) }

// holds reports whether younger dates wait for this one.
func (t try) holds() bool {
	switch t.status {
	case Later:
		return t.count < 5
	case Unconfigured, Internal, Unwritten:
		return t.count < 2
	}
	return false
}
