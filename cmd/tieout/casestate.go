package main

import (
	"context"
	"errors"
	"time"

	"tieout/cmd/internal/cases"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
)

// caseView is the state of a merchant as package cases asks for it. Without a lease
// it is for reading alone.
type caseView struct {
	conf  *config.Config
	store *store.Store
	lease *store.Lease
}

// far is later than every business date.
const far = "9999-12-31"

// Next is what a run of the next business date starts from.
func (v *caseView) Next(ctx context.Context) (reconcile.Opening, error) {
	return v.store.Opening(ctx, v.conf.Merchant, far)
}

// Answers are all that were ever given.
func (v *caseView) Answers(ctx context.Context) ([]reconcile.Answer, error) {
	return v.store.Answers(ctx, v.conf.Merchant, "")
}

// Imported reports whether a file was taken in before.
func (v *caseView) Imported(ctx context.Context, sha256 string) (bool, error) {
	return v.store.Imported(ctx, v.conf.Merchant, sha256)
}

// Revision is that of the published run of a date, 0 without one.
func (v *caseView) Revision(ctx context.Context, date string) (int, error) {
	runs, err := v.store.Runs(ctx, v.conf.Merchant)
	for _, r := range runs {
		if r.Date == date {
			return r.Revision, err
		}
	}
	return 0, err
}

// Keep keeps what was taken, all or nothing.
func (v *caseView) Keep(ctx context.Context, t cases.Taken) error {
	in := store.Import{File: t.File, SHA256: t.SHA256, At: t.At, Answers: t.Answers}
	if s := t.SignOff; s != nil {
		in.Date, in.Revision = s.Date, s.Revision
		in.SignOff = &store.SignOff{Prepared: signature(s.Prepared), Reviewed: signature(s.Reviewed), Single: s.Single, At: t.At, File: s.File, SHA256: s.SHA256}
	}
	return v.lease.Keep(ctx, in)
}

func signature(s cases.Signature) store.Signature {
	return store.Signature{By: s.By, On: s.On, Note: s.Note}
}

// end is when a business date ends in the merchant's time zone.
func (v *caseView) end(date string) reconcile.Instant {
	t, err := time.ParseInLocation(time.DateOnly, date, v.conf.Zone)
	if err != nil {
		return 0
	}
	return reconcile.InstantOf(time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, v.conf.Zone))
}

// history is what happened to an id in the runs that count.
func (v *caseView) history(ctx context.Context, id string) ([]cases.Event, error) {
	events, err := v.store.History(ctx, v.conf.Merchant, id)
	var list []cases.Event
	for _, e := range events {
		list = append(list, cases.Event{Date: e.Date, Asset: e.Asset, What: string(e.What), Figure: v.figure(e), Detail: e.Detail})
	}
	return list, err
}

// figure writes an event's difference in units of its asset; of an asset that is
// not in the table any more, in base units.
func (v *caseView) figure(e store.Event) string {
	for _, a := range v.conf.Catalogue.Assets {
		if a.Asset.ID == e.Asset {
			return e.Difference.Decimal(a.Asset.Decimals) + " " + a.Asset.Symbol
		}
	}
	return e.Difference.String() + " base units"
}

// viewCases opens the state for reading alone.
func (c *command) viewCases(ctx context.Context, do func(*caseView) error) (err error) {
	conf, err := c.load()
	if err != nil {
		return err
	}
	s, err := store.View(ctx, conf.State().Reveal())
	if err != nil {
		return noState(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return mistaken(do(&caseView{conf: conf, store: s}))
}

// changeCases opens the state and holds the merchant's lease: no run goes on
// meanwhile. A state that does not exist yet is not made here.
func (c *command) changeCases(ctx context.Context, do func(*caseView) error) (err error) {
	conf, err := c.load()
	if err != nil {
		return err
	}
	viewed, err := store.View(ctx, conf.State().Reveal())
	if errors.Is(err, store.ErrNone) {
		return noState(err)
	}
	if err == nil { // any other error is said by Open, which also brings an older state up to date
		err = viewed.Close()
	}
	if err != nil && viewed != nil {
		return err
	}
	s, err := store.Open(ctx, conf.State().Reveal())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	lease, err := s.Lock(ctx, conf.Merchant, holder())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lease.Release()) }()
	return mistaken(do(&caseView{conf: conf, store: s, lease: lease}))
}

func noState(err error) error {
	if errors.Is(err, store.ErrNone) {
		return &usageError{err.Error(), "tieout run carries the first business date forward"}
	}
	return err
}
