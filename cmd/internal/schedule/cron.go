package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron says when to look: one or more expressions of five fields, or descriptors
// such as @daily. They are read as wall clocks of a zone that is given with each
// question; a time that a clock skips counts when the gap ends, one that comes
// twice counts once.
type Cron struct {
	texts []string
	specs []cron.Schedule
}

// longest is how far apart two scheduled instants may be.
const longest = 366 * 24 * time.Hour

// ParseCron reads expressions. Each must come at least once a year.
func ParseCron(expressions ...string) (*Cron, error) {
	if len(expressions) == 0 {
		return nil, errors.New("a cron expression is expected, such as 15 2 * * *")
	}
	c := &Cron{texts: expressions}
	for _, text := range expressions {
		spec, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("cron expression %q: %w", text, err)
		}
		c.specs = append(c.specs, spec)
	}
	return c, nil
}

// parse refuses what the library would panic on or silently never run.
func parse(text string) (spec cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it cannot be read: five fields are expected, minute hour day-of-month month day-of-week")
		}
	}()
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "TZ=") || strings.HasPrefix(trimmed, "CRON_TZ="):
		return nil, errors.New("the time zone does not stand in the expression; timezone: says it")
	case strings.HasPrefix(trimmed, "@every"):
		return nil, errors.New("@every counts from the start of a process and not by the clock; name times, such as 15 2 * * * or @hourly")
	case strings.HasPrefix(trimmed, "@") || len(strings.Fields(trimmed)) == 5:
	default:
		return nil, errors.New("five fields are expected, minute hour day-of-month month day-of-week, or a descriptor such as @daily")
	}
	fields := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	spec, err = fields.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	return spec, often(spec)
}

// often refuses what does not come every year, such as the 30th of February. It
// asks over four years, so that the answer is the same on every day.
func often(spec cron.Schedule) error {
	for month := range 48 {
		from := time.Date(2024, time.January+time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		if next := spec.Next(from); next.IsZero() || next.Sub(from) > longest {
			return errors.New("it does not come every year")
		}
	}
	return nil
}

// String is the expressions as they were written.
func (c *Cron) String() string { return strings.Join(c.texts, ", ") }

// Next is the first scheduled instant after t, by the clocks of a zone.
func (c *Cron) Next(t time.Time, zone *time.Location) time.Time {
	var first time.Time
	for _, spec := range c.specs {
		if at := next(spec, t, zone); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// From is the first scheduled instant at t or after it.
func (c *Cron) From(t time.Time, zone *time.Location) time.Time { return c.Next(t.Add(-1), zone) }

// next asks in wall clocks, written as UTC, where every time comes exactly once. A
// wall clock that was first shown before t, in an hour that comes twice, is over.
func next(spec cron.Schedule, t time.Time, zone *time.Location) time.Time {
	wall := wallOf(t, zone)
	for {
		wall = spec.Next(wall)
		if at := reach(wall, zone); at.After(t) {
			return at
		}
	}
}

// Notes says what is allowed and easily misread, a sentence each.
func (c *Cron) Notes() []string {
	var notes []string
	for _, text := range c.texts {
		f := strings.Fields(text)
		if len(f) == 5 && !strings.HasPrefix(f[2], "*") && !strings.HasPrefix(f[4], "*") && f[2] != "?" && f[4] != "?" {
			notes = append(notes, fmt.Sprintf("%q names a day of the month and a day of the week: it comes on both, not only where they fall together", text))
		}
	}
	return notes
}
