package sql

import (
	"strings"
	"time"

	"tieout/reconcile"
)

// slack is further than any zone is away from UTC, with an hour for clocks that are
// put back.
const slack = 15 * time.Hour

// ends are the window that a query is asked for: whole days that hold all of what is
// needed. More rows than needed do no harm, one too few would: a database may compare
// times as text, where "2026-03-17T08:00:00" comes after "2026-03-17 23:00:00", and
// times without a zone, where it cannot be seen whether they are in the declared zone
// or in UTC.
type ends struct{ from, to time.Time }

func endsOf(reach reconcile.Interval, zone *time.Location) ends {
	from, to := reach.From.Time(), reach.To.Time()
	if zone == nil {
		zone = time.UTC
	} else if zone != time.UTC {
		from, to = from.Add(-slack), to.Add(slack)
	}
	day := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone)
	}
	e := ends{day(from), day(to)}
	if e.to.Before(to) {
		y, m, d := to.In(zone).Date()
		e.to = time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	}
	return e
}

// args are the values of a statement's parameters. PostgreSQL knows times; the others
// are given dates as text, which lie before every time of that day however it is
// written (a time follows its date with a space or a T).
func (e ends) args(s *Statement) []any {
	list := make([]any, len(s.args))
	for i, name := range s.args {
		at := e.from
		if strings.HasPrefix(name, "to") {
			at = e.to
		}
		switch {
		case strings.HasSuffix(name, "_unix"):
			list[i] = at.Unix()
		case strings.HasSuffix(name, "_ms"):
			list[i] = at.UnixMilli()
		case s.dialect == Postgres:
			list[i] = at
		default:
			list[i] = at.Format(time.DateOnly)
		}
	}
	return list
}
