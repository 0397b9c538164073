package app

import (
	"context"
	"errors"
	"time"

	"tieout/reconcile"
	"tieout/reports"
)

// State is what passes from one business date to the next, in the hands of this run.
type State interface {
	// Standing is the run that counts for this business date now; the zero value
	// when the date never ran.
	Standing() Standing
	// Commit writes the closing as a pending run, which does not count yet.
	Commit(ctx context.Context, d Draft) error
	// Publish makes it count, once its report has taken its place.
	Publish(ctx context.Context) error
	// Settle makes it count or removes it, as its report stands or does not.
	Settle(ctx context.Context) error
	// Confirm says that the standing run came out again as it stands.
	Confirm(ctx context.Context) error
}

// Standing is a run that counts.
type Standing struct {
	Revision int // 0 = there is none
	Manifest string
	Replaces string
}

// Draft is a run whose report is written and not published.
type Draft struct {
	Facts    reports.Facts
	Closing  reconcile.Opening
	Days     reconcile.DatedTieOut // of the dates of which the window holds everything
	Breaks   int                   // how many are open
	Open     int                   // and open items
	Volumes  []reconcile.Volume
	Manifest string
	Temp     string
}

// DraftOf is the draft of a report that was written.
func DraftOf(doc *reports.Document, p Publisher) Draft {
	return Draft{Facts: doc.Facts, Closing: doc.Result.Closing(), Days: doc.Result.WholeDates(), Volumes: doc.Result.Volumes(), Breaks: doc.Totals.Breaks, Open: doc.Totals.OpenItems,
		Manifest: p.Manifest(), Temp: p.Temp()}
}

// settling is how long the end of a publication may take when the run was told to
// stop meanwhile.
const settling = 8 * time.Second

// publish writes the report and puts it in its place, together with the state.
//
// A date that ran already is written as the revision that stands. If that is the
// same to the byte, what went in was the same, and nothing changes; else it is
// written once more, as the next revision.
func (j *Job) publish(ctx context.Context, doc *reports.Document) (published bool, err error) {
	if j.State == nil {
		p, err := j.draft(doc)
		if err != nil {
			return false, err
		}
		return p.Publish()
	}
	now := j.State.Standing()
	doc.Facts.Revision, doc.Facts.Replaces = max(1, now.Revision), now.Replaces
	p, err := j.draft(doc)
	if err != nil {
		return false, err
	}
	switch {
	case now.Revision == 0:
		return j.commit(ctx, p, doc)
	case p.Manifest() == now.Manifest:
		published, err := p.Publish() // of a file that was removed or changed since
		return published, errors.Join(err, j.State.Confirm(ctx))
	}
	if err := p.Abort(); err != nil {
		return false, err
	}
	doc.Facts.Revision, doc.Facts.Replaces = now.Revision+1, now.Manifest
	if p, err = j.draft(doc); err != nil {
		return false, err
	}
	return j.commit(ctx, p, doc)
}

// draft writes the whole report beside its place. One that is not whole goes away
// again, also when a writer panics.
func (j *Job) draft(doc *reports.Document) (_ Publisher, err error) {
	p, err := j.Begin()
	if err != nil {
		return nil, err
	}
	whole := false
	defer func() {
		if !whole {
			err = errors.Join(err, p.Abort())
		}
	}()
	if err := j.write(p, doc); err != nil {
		return nil, err
	}
	whole = true
	return p, nil
}

// commit ties the state to the report: first the closing, which does not count yet,
// then the report, then the closing counts. After a crash between any two of them
// the next run finds the closing and settles it.
func (j *Job) commit(ctx context.Context, p Publisher, doc *reports.Document) (published bool, err error) {
	if err := p.Seal(); err != nil {
		return false, errors.Join(err, p.Abort())
	}
	d := DraftOf(doc, p)
	if err := j.State.Commit(ctx, d); err != nil {
		return false, errors.Join(err, p.Abort())
	}
	if ctx.Err() != nil { // stopped, or the lease was lost
		return false, errors.Join(context.Cause(ctx), p.Abort(), j.settle(ctx))
	}
	published, err = p.Publish()
	if err != nil {
		return false, errors.Join(err, j.settle(ctx))
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer stop()
	return published, j.State.Publish(ctx)
}

func (j *Job) settle(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer stop()
	return j.State.Settle(ctx)
}
