package store

import (
	"context"
	"encoding/json"

	"tieout/reconcile"
)

// SignOff says who prepared and who reviewed a run.
type SignOff struct {
	Prepared Signature         `json:"prepared"`
	Reviewed Signature         `json:"reviewed"`
	Single   bool              `json:"single"` // one person signed for both
	At       reconcile.Instant `json:"at"`     // when it was taken in
	File     string            `json:"file"`   // where it was read
	SHA256   string            `json:"sha256"`
}

// Signature is a name, the day on which it was given, and what was noted beside it.
type Signature struct {
	By   string `json:"by"`
	On   string `json:"on"` // YYYY-MM-DD
	Note string `json:"note"`
}

// SignOff records who signed the published run of a date off; revision 0 is
// whichever is published. Another revision than the published one is refused: it is
// not what was signed.
func (l *Lease) SignOff(ctx context.Context, date string, revision int, s SignOff) error {
	return l.write(ctx, func(t *tx) error { return t.signOff(l.Merchant, date, revision, &s) })
}

func (t *tx) signOff(merchant, date string, revision int, s *SignOff) error {
	r, err := t.run(`r.merchant = ? AND r.date = ? AND r.state = 'published'`, merchant, date)
	if err != nil {
		return err
	}
	if r == nil || revision != 0 && r.Revision != revision {
		return &NoRunError{date, revision}
	}
	newest, err := t.run(`r.merchant = ? AND r.state = 'published' ORDER BY r.date DESC LIMIT 1`, merchant)
	if err != nil {
		return err
	}
	return t.sign(r.ID, s, newest.Date)
}

// keptSignOff is a sign-off as JSON, with the newest business date when it was taken
// in: the runs of later dates know of it.
type keptSignOff struct {
	SignOff
	Since string `json:"since"`
}

func (t *tx) sign(run int64, s *SignOff, since string) error {
	body, err := json.Marshal(keptSignOff{*s, since})
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO tieout_signoffs (run_id, body) VALUES (?, ?) ON CONFLICT (run_id) DO UPDATE SET body = excluded.body`, run, string(body))
	return err
}
