package store

import (
	"context"
	"encoding/json"

	"tieout/reconcile"
)

// Draft is a run that is ready to be published.
type Draft struct {
	Run              // its ID and State are set by Commit
	Opening, Closing reconcile.Opening
	Days             reconcile.DatedTieOut // of the whole dates of its window
	Breaks, Open     int                   // how many are open
}

// Commit writes a run as pending, and returns it. Nothing that counts changes: it is
// for Publish to make it count once its report has taken its place, or for Undo.
func (l *Lease) Commit(ctx context.Context, d *Draft) (Run, error) {
	err := l.write(ctx, func(t *tx) error { return t.insert(l, d, Pending) })
	return d.Run, err
}

func (t *tx) insert(l *Lease, d *Draft, state RunState) error {
	d.Merchant, d.State = l.Merchant, state
	inputs, err := json.Marshal(d.Inputs)
	if err != nil {
		return err
	}
	volumes, err := json.Marshal(d.Volumes)
	if err != nil {
		return err
	}
	matched, err := packMatched(d.Closing.Matched)
	if err != nil {
		return err
	}
	days, err := packDays(&d.Days)
	if err != nil {
		return err
	}
	_, err = t.row([]any{&d.ID}, `INSERT INTO tieout_runs (merchant, date, revision, state, stale, status, exit, digest, manifest, replaces,
		previous_date, previous_manifest, root, temp, token, inputs, matched, volumes,
		days, breaks, open_items) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		d.Merchant, d.Date, d.Revision, string(state), flag(d.Stale), d.Status, d.Exit, d.Digest, d.Manifest, d.Replaces,
		d.Previous.Date, d.Previous.Manifest, d.Root, d.Temp, l.token, string(inputs), matched, string(volumes), days, d.Breaks, d.Open)
	if err != nil {
		return err
	}
	if err := t.insertItems(d.ID, d.Closing.Items); err != nil {
		return err
	}
	return t.insertEvents(d)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Publish makes a pending run count: the former revision of its date is superseded,
// and later dates are stale until they run again. Matched transfers of runs before
// the date forget are not needed any more. A run that counts already stays as it is.
func (l *Lease) Publish(ctx context.Context, r Run, forget string) error {
	return l.write(ctx, func(t *tx) error {
		now, err := t.run(`r.id = ?`, r.ID)
		if err != nil {
			return err
		}
		if now == nil || now.State == Superseded {
			return &NoRunError{r.Date, r.Revision}
		}
		if now.State == Published {
			return nil
		}
		for _, step := range []struct {
			query string
			args  []any
		}{
			{`UPDATE tieout_runs SET state = 'superseded', stale = 0, matched = NULL WHERE merchant = ? AND date = ? AND state = 'published'`, []any{l.Merchant, r.Date}},
			{`UPDATE tieout_runs SET state = 'published' WHERE id = ?`, []any{r.ID}},
			{`UPDATE tieout_runs SET stale = 1 WHERE merchant = ? AND date > ? AND state = 'published'`, []any{l.Merchant, r.Date}},
			{`UPDATE tieout_runs SET matched = NULL WHERE merchant = ? AND date < ?`, []any{l.Merchant, forget}},
		} {
			if _, err := t.exec(step.query, step.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Undo removes a pending run. What was published before counts as before.
func (l *Lease) Undo(ctx context.Context, r Run) error {
	return l.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM tieout_runs WHERE id = ? AND state = 'pending'`, r.ID)
		return err
	})
}

// Confirm says that a stale run came out as it stands.
func (l *Lease) Confirm(ctx context.Context, r Run) error {
	return l.write(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE tieout_runs SET stale = 0 WHERE id = ?`, r.ID)
		return err
	})
}

// Replace puts a ledger that was computed anew in the place of the merchant's whole
// ledger, in one transaction. Answers stay; sign-offs of runs whose manifest is the
// same stay too, and count more than those of the drafts.
func (l *Lease) Replace(ctx context.Context, drafts []*Draft) error {
	return l.write(ctx, func(t *tx) error {
		former, err := t.runs(`r.merchant = ? AND o.run_id IS NOT NULL ORDER BY r.id`, l.Merchant)
		if err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM tieout_runs WHERE merchant = ?`, l.Merchant); err != nil {
			return err
		}
		for _, d := range drafts {
			if err := t.insert(l, d, Published); err != nil {
				return err
			}
			signed, since := d.Signed, d.SignedSince
			for _, f := range former {
				if f.Manifest == d.Manifest {
					signed, since = f.Signed, f.SignedSince
				}
			}
			if signed == nil {
				continue
			}
			if err := t.sign(d.ID, signed, since); err != nil {
				return err
			}
		}
		return nil
	})
}
