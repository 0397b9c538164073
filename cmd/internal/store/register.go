package store

import (
	"context"
	"database/sql"
	"slices"

	"tieout/reconcile"
)

// Register is what was known of earlier dates, for a run to show beside its own. It
// tells a run of a date the same whenever it runs again, unless an earlier date or
// what people had said by then changed.
type Register struct {
	Month   reconcile.DatedTieOut // the month's earlier dates, each as the newest run before this date stated it
	First   string                // the first business date that ever ran, "" = there is none before
	Runs    []PastRun             // of the dates from since on, oldest first
	Answers []Given               // that count for the date, in the order in which they do
}

// PastRun is a published run of an earlier date. Its signature is only there if it
// had been taken in before the date ran.
type PastRun struct {
	Run
	Breaks, Open int
	Counted      bool // an earlier version kept no counts
}

// MonthOf is the first day of a date's month.
func MonthOf(date string) string { return date[:min(len(date), len("2006-01-"))] + "01" }

// Register returns what a run of a date knows of the dates before it; runs are those
// since another date.
func (s *Store) Register(ctx context.Context, merchant, date, since string) (reg Register, err error) {
	err = s.read(ctx, func(t *tx) (err error) {
		if _, err = t.row([]any{&reg.First}, `SELECT date FROM tieout_runs WHERE merchant = ? AND state = 'published' AND date < ? ORDER BY date LIMIT 1`, merchant, date); err != nil {
			return err
		}
		if reg.Month, err = t.daysBetween(merchant, MonthOf(date), date); err != nil {
			return err
		}
		if reg.Runs, err = t.pastRuns(merchant, since, date); err != nil {
			return err
		}
		all, err := t.given(merchant)
		reg.Answers = slices.DeleteFunc(all, func(g Given) bool { return g.Effective >= date })
		return err
	})
	return reg, err
}

// daysBetween folds what the runs of some dates stated, the newest last.
func (t *tx) daysBetween(merchant, from, to string) (d reconcile.DatedTieOut, err error) {
	err = t.rows(func(scan func(...any) error) error {
		var packed []byte
		if err := scan(&packed); err != nil {
			return err
		}
		newer, err := unpackDays(packed)
		if err == nil {
			d = d.With(newer.Between(from, to))
		}
		return err
	}, `SELECT days FROM tieout_runs WHERE merchant = ? AND state = 'published' AND date >= ? AND date < ? ORDER BY date`, merchant, from, to)
	return d, err
}

func (t *tx) pastRuns(merchant, since, date string) ([]PastRun, error) {
	runs, err := t.runs(`r.merchant = ? AND r.state = 'published' AND r.date >= ? AND r.date < ? ORDER BY r.date`, merchant, since, date)
	if err != nil {
		return nil, err
	}
	var list []PastRun
	for _, r := range runs {
		p := PastRun{Run: r}
		if r.Signed != nil && r.SignedSince >= date {
			p.Signed = nil
		}
		var breaks, open sql.NullInt64
		if _, err := t.row([]any{&breaks, &open}, `SELECT breaks, open_items FROM tieout_runs WHERE id = ?`, r.ID); err != nil {
			return nil, err
		}
		p.Breaks, p.Open, p.Counted = int(breaks.Int64), int(open.Int64), breaks.Valid
		list = append(list, p)
	}
	return list, nil
}
