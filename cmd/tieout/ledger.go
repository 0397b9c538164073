package main

import (
	"context"
	"errors"
	"fmt"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/schedule"
	"tieout/cmd/internal/store"
)

// ledgerOf is where the business dates that ran are told from.
func ledgerOf(conf *config.Config) schedule.Ledger {
	return ledger{conf}
}

// ledger reads the state, which knows what became stale since, and brings it up to date
// where an older version wrote it: who asks is about to run what is due. Before the
// first run there is none; what is published then, without one, is told from the reports.
type ledger struct{ conf *config.Config }

func (l ledger) Dates(ctx context.Context) ([]schedule.Entry, error) {
	s, err := store.View(ctx, l.conf.State().Reveal())
	if errors.Is(err, store.ErrNone) {
		return reportLedger{l.conf.ReportsTo, l.conf.Merchant}.Dates(ctx)
	}
	if older := (*store.OlderError)(nil); errors.As(err, &older) {
		s, err = store.Open(ctx, l.conf.State().Reveal())
	}
	if err != nil {
		return nil, err
	}
	runs, err := s.Runs(ctx, l.conf.Merchant)
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	reports, err := l.reports()
	if err != nil {
		return nil, err
	}
	var list []schedule.Entry
	for _, r := range runs {
		date, err := schedule.ParseDate(r.Date)
		if err != nil {
			return nil, fmt.Errorf("the run of %w", err)
		}
		list = append(list, schedule.Entry{Date: date, State: stateOfDate(&r)})
	}
	for i := range list {
		young := list[len(list)-1].Date-list[i].Date < owedDays
		if r := &runs[i]; young && r.Signed == nil && reports[r.Date] != r.Manifest {
			list[i].State = schedule.Stale
		}
	}
	return list, nil
}

// owedDays is how long a report that was removed is owed again: what people prune is
// older, and its inputs may be gone.
const owedDays = 31

// reports is the SHA-256 of the manifest of each date's report that lies there. One
// that was removed since it was published is owed again.
func (l ledger) reports() (map[string]string, error) {
	published, err := files.List(l.conf.ReportsTo, l.conf.Merchant)
	if err != nil {
		return nil, err
	}
	manifests := map[string]string{}
	for _, p := range published {
		manifests[p.Date] = p.SHA256
	}
	return manifests, nil
}

// stateOfDate says how a date stands. One that is signed off is not run again by
// itself, however stale it is.
func stateOfDate(r *store.Run) schedule.State {
	switch {
	case r.Signed != nil:
		return schedule.Done
	case r.Stale:
		return schedule.Stale
	case r.Status != "complete":
		return schedule.Incomplete
	}
	return schedule.Done
}

// reportLedger reads the published reports themselves. They know what is done and
// what is incomplete, not what became stale since.
type reportLedger struct{ root, merchant string }

func (l reportLedger) Dates(context.Context) ([]schedule.Entry, error) {
	published, err := files.List(l.root, l.merchant)
	if err != nil {
		return nil, err
	}
	var list []schedule.Entry
	for _, p := range published {
		date, err := schedule.ParseDate(p.Date)
		if err != nil {
			return nil, fmt.Errorf("the report of %w", err)
		}
		state := schedule.Incomplete
		if p.Complete {
			state = schedule.Done
		}
		list = append(list, schedule.Entry{Date: date, State: state})
	}
	return list, nil
}
