package store

import (
	"context"
	"fmt"

	"tieout/reconcile"
)

// answer is a reconcile.Answer as JSON.
type answer struct {
	ID, Asset, Action, Reason, By, Until, Cap, Date string
	At                                              int64
	File, SHA256                                    string
	Row                                             int
}

func answerOf(a reconcile.Answer) answer {
	return answer{a.ID, a.Asset, string(a.Action), a.Reason, a.By, a.Until, exact(a.Cap), a.Date, int64(a.At), a.File, a.SHA256, a.Row}
}

func (a answer) value() (reconcile.Answer, error) {
	limit, err := quantity(a.Cap)
	if err != nil {
		return reconcile.Answer{}, &CorruptError{fmt.Errorf("the answer to %s: %w", a.ID, err)}
	}
	return reconcile.Answer{ID: a.ID, Asset: a.Asset, Action: reconcile.Disposition(a.Action), Reason: a.Reason, By: a.By, Until: a.Until, Cap: limit,
		Date: a.Date, At: reconcile.Instant(a.At), File: a.File, SHA256: a.SHA256, Row: a.Row}, nil
}

// AddAnswers keeps what people answered, in order, and returns how many of the
// answers are new: the same row of the same file counts once. They count for the
// runs of business dates after the one that they answer, or after the newest that
// has run by now: what ran before can no longer have known them.
func (l *Lease) AddAnswers(ctx context.Context, list []reconcile.Answer) (added int, err error) {
	err = l.write(ctx, func(t *tx) error {
		added = 0
		newest, err := t.run(`r.merchant = ? AND r.state = 'published' ORDER BY r.date DESC LIMIT 1`, l.Merchant)
		if err != nil {
			return err
		}
		for _, v := range list {
			a, effective := answerOf(v), v.Date
			if newest != nil {
				effective = max(effective, newest.Date)
			}
			known, err := t.knows(l.Merchant, a)
			if err != nil {
				return err
			}
			if known {
				continue
			}
			if err := t.insertAnswer(l.Merchant, a, effective); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, err
}

// knows reports whether the same row of the same file was taken in already.
func (t *tx) knows(merchant string, a answer) (bool, error) {
	if a.SHA256 == "" {
		return false, nil
	}
	var id int64
	return t.row([]any{&id}, `SELECT id FROM tieout_answers WHERE merchant = ? AND sha256 = ? AND row_no = ? AND item_id = ? AND asset = ?`,
		merchant, a.SHA256, a.Row, a.ID, a.Asset)
}

func (t *tx) insertAnswer(merchant string, a answer, effective string) error {
	_, err := t.exec(`INSERT INTO tieout_answers (merchant, item_id, asset, action, reason, by_whom, until, cap, date, effective, at, file, sha256, row_no)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		merchant, a.ID, a.Asset, a.Action, a.Reason, a.By, a.Until, a.Cap, a.Date, effective, a.At, a.File, a.SHA256, a.Row)
	return err
}

// Answers returns every answer that was ever given, in the order in which they
// count; to one item, unless id is "".
func (s *Store) Answers(ctx context.Context, merchant, id string) (list []reconcile.Answer, err error) {
	err = s.read(ctx, func(t *tx) error {
		list, err = t.answers(`merchant = ? AND (? = '' OR item_id = ?)`, merchant, id, id)
		return err
	})
	return list, err
}

func (t *tx) answers(where string, args ...any) (list []reconcile.Answer, err error) {
	err = t.rows(func(scan func(...any) error) error {
		var a answer
		if err := scan(&a.ID, &a.Asset, &a.Action, &a.Reason, &a.By, &a.Until, &a.Cap, &a.Date, &a.At, &a.File, &a.SHA256, &a.Row); err != nil {
			return err
		}
		v, err := a.value()
		list = append(list, v)
		return err
	}, `SELECT item_id, asset, action, reason, by_whom, until, cap, date, at, file, sha256, row_no FROM tieout_answers WHERE `+where+` ORDER BY id`, args...)
	return list, err
}
