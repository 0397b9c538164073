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

// Import is what people answered in one file.
type Import struct {
	File, SHA256 string // "" on the command line
	At           reconcile.Instant
	Answers      []reconcile.Answer
	SignOff      *SignOff // nil when nobody signed
	Date         string   // business date that was signed
	Revision     int      // and its revision, 0 = the published one
}

// Keep keeps a file's answers and its signatures, all or nothing.
func (l *Lease) Keep(ctx context.Context, in Import) error {
	return l.write(ctx, func(t *tx) error {
		if _, err := t.addAnswers(l.Merchant, in.Answers); err != nil {
			return err
		}
		if in.SignOff != nil {
			if err := t.signOff(l.Merchant, in.Date, in.Revision, in.SignOff); err != nil {
				return err
			}
		}
		if in.SHA256 == "" {
			return nil
		}
		_, err := t.exec(`INSERT INTO tieout_imports (merchant, sha256, file, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, l.Merchant, in.SHA256, in.File, int64(in.At))
		return err
	})
}

// Imported reports whether a file was kept before.
func (s *Store) Imported(ctx context.Context, merchant, sha256 string) (known bool, err error) {
	err = s.read(ctx, func(t *tx) error {
		var file string
		known, err = t.row([]any{&file}, `SELECT file FROM tieout_imports WHERE merchant = ? AND sha256 = ?`, merchant, sha256)
		return err
	})
	return known, err
}

// AddAnswers keeps what people answered, in order, and returns how many of the
// answers are new: the same row of the same file counts once. They count for the
// runs of business dates after the one that they answer, or after the newest that
// has run by now: what ran before can no longer have known them.
func (l *Lease) AddAnswers(ctx context.Context, list []reconcile.Answer) (added int, err error) {
	err = l.write(ctx, func(t *tx) error {
		added, err = t.addAnswers(l.Merchant, list)
		return err
	})
	return added, err
}

func (t *tx) addAnswers(merchant string, list []reconcile.Answer) (added int, err error) {
	newest, err := t.run(`r.merchant = ? AND r.state = 'published' ORDER BY r.date DESC LIMIT 1`, merchant)
	if err != nil {
		return 0, err
	}
	for _, v := range list {
		a, effective := answerOf(v), v.Date
		if newest != nil {
			effective = max(effective, newest.Date)
		}
		known, err := t.knows(merchant, a)
		if err != nil {
			return 0, err
		}
		if known {
			continue
		}
		if err := t.insertAnswer(merchant, a, effective); err != nil {
			return 0, err
		}
		added++
	}
	return added, nil
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

// Given is an answer with the business date after which it counts.
type Given struct {
	reconcile.Answer
	Effective string
}

// Given returns every answer with the date after which it counts.
func (s *Store) Given(ctx context.Context, merchant string) (list []Given, err error) {
	err = s.read(ctx, func(t *tx) error {
		list, err = t.given(merchant)
		return err
	})
	return list, err
}

func (t *tx) given(merchant string) ([]Given, error) {
	answers, err := t.answers(`merchant = ?`, merchant)
	if err != nil {
		return nil, err
	}
	var list []Given
	for _, a := range answers {
		list = append(list, Given{Answer: a})
	}
	n := 0
	err = t.rows(func(scan func(...any) error) error {
		n++
		return scan(&list[n-1].Effective)
	}, `SELECT effective FROM tieout_answers WHERE merchant = ? ORDER BY id`, merchant)
	return list, err
}
