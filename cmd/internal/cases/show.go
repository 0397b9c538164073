package cases

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"tieout/reconcile"
	"tieout/reports"
)

// Event is what happened to an item in one run.
type Event struct {
	Date   string `json:"date"`
	Asset  string `json:"asset"`
	What   string `json:"what"`
	Figure string `json:"figure"` // after it; of one that closed, before it
	Detail string `json:"detail"`
}

// Record is everything that is known of an id.
type Record struct {
	ID      string    `json:"id"`
	Cases   []Case    `json:"cases"`   // one an asset; empty when it is not carried forward any more
	Answers []Decided `json:"answers"` // all that were given, oldest first
	History []Event   `json:"history"`
}

// Look returns what is known of an id, or of the beginning of one. History may be
// nil.
func Look(ctx context.Context, state State, id string, end func(string) reconcile.Instant, history func(ctx context.Context, id string) ([]Event, error)) (*Record, error) {
	known, err := know(ctx, state)
	if err != nil {
		return nil, err
	}
	r := &Record{Cases: []Case{}, Answers: []Decided{}, History: []Event{}}
	if r.ID, err = known.resolve(id); err != nil {
		return nil, err
	}
	_, list, err := Cases(ctx, state, end)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.ID == r.ID {
			r.Cases = append(r.Cases, c)
		}
	}
	answers, err := state.Answers(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if a.ID == r.ID {
			r.Answers = append(r.Answers, Show(a))
		}
	}
	if history != nil {
		events, err := history(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		r.History = append(r.History, events...)
	}
	return r, nil
}

// WriteRecord writes a record for a terminal.
func WriteRecord(w io.Writer, r *Record) error {
	var out strings.Builder
	line := func(format string, args ...any) { out.WriteString(reports.Line(fmt.Sprintf(format, args...)) + "\n") }
	line("%s", r.ID)
	for i := range r.Cases {
		c := &r.Cases[i]
		line("  %s %s %s, %s days old, value %s", cmp.Or(c.Kind, c.State), c.Difference, c.Symbol, fmt.Sprint(c.AgeDays), cmp.Or(c.Value, "unknown"))
		line("  order %s at %s, since %s", cmp.Or(c.OrderNo, c.OrderID, "none"), cmp.Or(c.Provider, "no provider"), cmp.Or(c.FirstSeen, "an unknown time"))
		line("  %s", c.Explanation)
		line("  answer: %s", c.standing())
	}
	if len(r.Cases) == 0 {
		line("  not carried forward any more")
	}
	if len(r.Answers) > 0 {
		line("answers")
	}
	for _, a := range r.Answers {
		line("  on the report of %s: %s", a.Date, a.sentence())
	}
	if len(r.History) > 0 {
		line("history")
	}
	for _, e := range r.History {
		line("  %s  %s  %s  %s", e.Date, e.What, e.Figure, e.Detail)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// sentence says who decided what, why, and where.
func (d *Decided) sentence() string {
	text := d.Disposition + " by " + d.By
	if d.Until != "" {
		text += ", until " + d.Until
	}
	if d.Cap != "" {
		text += ", up to " + d.Cap
	}
	if d.Reason != "" {
		text += ": " + d.Reason
	}
	if d.File != "" {
		return fmt.Sprintf("%s (%s row %d)", text, d.File, d.Row)
	}
	return text + " (on the command line)"
}
