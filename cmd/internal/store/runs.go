package store

import (
	"context"
	"encoding/json"
	"errors"

	"tieout/reconcile"
)

// Run is one revision of one business date.
type Run struct {
	ID       int64
	Merchant string
	Date     string // business date, YYYY-MM-DD
	Revision int    // from 1
	State    RunState
	Stale    bool // an earlier date changed since: the date is due again

	Status   string // complete or incomplete
	Exit     int
	Digest   string // SHA-256 over everything that went in
	Inputs   Inputs
	Manifest string // SHA-256 of result.json
	Replaces string // of the former revision's, "" = none
	Previous Link   // the run that it started from

	Volumes []reconcile.Volume // how many rows its sources had of the date

	Root, Temp string // where its report was made and published; Temp is a name in Root

	Signed      *SignOff // nil = not signed off
	SignedSince string   // the newest business date when the signature was taken in
}

// RunState says whether a run counts.
type RunState string

// The states of a run.
const (
	Pending    RunState = "pending"    // committed, its report is taking its place
	Published  RunState = "published"  // it counts
	Superseded RunState = "superseded" // a later revision took its place
)

// Link names a published run.
type Link struct {
	Date     string `json:"as_of"` // "" = none
	Manifest string `json:"sha256"`
}

// Inputs are what went into a run.
type Inputs struct {
	Tool    string `json:"tool"`
	Config  string `json:"config_sha256"`
	Assets  string `json:"assets_sha256"`
	Answers int    `json:"answers"` // how many counted
	Files   []File `json:"files"`
}

// File is an input file.
type File struct {
	Path   string `json:"file"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Start is what a run of a business date begins with.
type Start struct {
	Opening  reconcile.Opening
	Previous *Run  // the newest published run of an earlier date, nil = none
	Standing *Run  // the published run of the date itself, nil = none
	Earlier  []Run // the published runs of the newest earlier dates, at most Remembered, newest first
}

// Remembered is of how many earlier dates a run knows what they read.
const Remembered = 60

// Runs returns the published run of every business date, oldest first.
func (s *Store) Runs(ctx context.Context, merchant string) ([]Run, error) {
	return s.runs(ctx, `r.merchant = ? AND r.state = 'published' ORDER BY r.date`, merchant)
}

// Revisions returns every revision of a business date, oldest first.
func (s *Store) Revisions(ctx context.Context, merchant, date string) ([]Run, error) {
	return s.runs(ctx, `r.merchant = ? AND r.date = ? ORDER BY r.revision`, merchant, date)
}

// Pending returns the runs that were interrupted while they were published, or are
// at this moment.
func (s *Store) Pending(ctx context.Context, merchant string) ([]Run, error) {
	return s.runs(ctx, `r.merchant = ? AND r.state = 'pending' ORDER BY r.id`, merchant)
}

// Opening returns what a run of a business date starts from.
func (s *Store) Opening(ctx context.Context, merchant, date string) (reconcile.Opening, error) {
	start, err := s.Start(ctx, merchant, date)
	return start.Opening, err
}

// Start returns what a run of a business date starts from, and the runs that it
// follows and replaces.
func (s *Store) Start(ctx context.Context, merchant, date string) (Start, error) {
	var start Start
	err := s.read(ctx, func(t *tx) (err error) {
		if start.Standing, err = t.run(`r.merchant = ? AND r.state = 'published' AND r.date = ?`, merchant, date); err != nil {
			return err
		}
		if start.Previous, err = t.run(`r.merchant = ? AND r.state = 'published' AND r.date < ? ORDER BY r.date DESC LIMIT 1`, merchant, date); err != nil || start.Previous == nil {
			return err
		}
		if start.Earlier, err = t.runs(`r.merchant = ? AND r.state = 'published' AND r.date < ? ORDER BY r.date DESC LIMIT ?`, merchant, date, Remembered); err != nil {
			return err
		}
		o := &start.Opening
		o.Date = start.Previous.Date
		if o.Items, err = t.items(start.Previous.ID); err != nil {
			return err
		}
		if o.Matched, err = t.matched(start.Previous.ID); err != nil {
			return err
		}
		o.Answers, err = t.answers(`merchant = ? AND effective >= ? AND effective < ?`, merchant, o.Date, date)
		return err
	})
	return start, err
}

// Closing returns the items that the published run of a date carried forward.
func (s *Store) Closing(ctx context.Context, merchant, date string) (items []reconcile.Item, err error) {
	err = s.read(ctx, func(t *tx) error {
		r, err := t.run(`r.merchant = ? AND r.state = 'published' AND r.date = ?`, merchant, date)
		if err != nil {
			return err
		}
		if r == nil {
			return &NoRunError{Date: date}
		}
		items, err = t.items(r.ID)
		return err
	})
	return items, err
}

func (s *Store) runs(ctx context.Context, where string, args ...any) (list []Run, err error) {
	err = s.read(ctx, func(t *tx) error {
		list, err = t.runs(where, args...)
		return err
	})
	return list, err
}

// run returns the first run, nil without one.
func (t *tx) run(where string, args ...any) (*Run, error) {
	list, err := t.runs(where, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func (t *tx) runs(where string, args ...any) (list []Run, err error) {
	err = t.rows(func(scan func(...any) error) error {
		var (
			r       Run
			stale   int
			inputs  string
			volumes *string
			signed  *string
		)
		if err := scan(&r.ID, &r.Merchant, &r.Date, &r.Revision, &r.State, &stale, &r.Status, &r.Exit, &r.Digest, &inputs, &r.Manifest, &r.Replaces,
			&r.Previous.Date, &r.Previous.Manifest, &r.Root, &r.Temp, &volumes, &signed); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(inputs), &r.Inputs); err != nil {
			return &CorruptError{err}
		}
		r.Stale = stale != 0
		var kept *keptSignOff
		if err := errors.Join(unpack(volumes, &r.Volumes), unpack(signed, &kept)); err != nil {
			return err
		}
		if kept != nil {
			r.Signed, r.SignedSince = &kept.SignOff, kept.Since
		}
		list = append(list, r)
		return nil
	}, `SELECT r.id, r.merchant, r.date, r.revision, r.state, r.stale, r.status, r.exit, r.digest, r.inputs, r.manifest, r.replaces,
		r.previous_date, r.previous_manifest, r.root, r.temp, r.volumes, o.body
		FROM tieout_runs r LEFT JOIN tieout_signoffs o ON o.run_id = r.id WHERE `+where, args...)
	return list, err
}

// unpack reads JSON from a column that may be NULL.
func unpack(text *string, into any) error {
	if text == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(*text), into); err != nil {
		return &CorruptError{err}
	}
	return nil
}
