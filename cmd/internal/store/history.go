package store

import (
	"context"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Event is what happened to an item in one run.
type Event struct {
	Date       string // business date of the run
	Revision   int
	Item       string // break_id or item_id
	Asset      string
	What       Happened
	Difference money.Units // after the event; of one that closed, before it
	Detail     string      // an answer, or what resolved it
}

// Happened is a kind of event.
type Happened string

// The kinds of events.
const (
	Found    Happened = "found"    // for the first time
	Reopened Happened = "reopened" // it had closed before
	Changed  Happened = "changed"  // another difference, kind or state than the day before
	Answered Happened = "answered" // a disposition came into force or ended
	Closed   Happened = "closed"   // it is carried forward no more
)

// History returns the events of an item in the runs that count, oldest first.
func (s *Store) History(ctx context.Context, merchant, id string) (list []Event, err error) {
	err = s.read(ctx, func(t *tx) error {
		list, err = t.events(merchant, id)
		return err
	})
	return list, err
}

func (t *tx) events(merchant, id string) (list []Event, err error) {
	err = t.rows(func(scan func(...any) error) error {
		var (
			e          Event
			difference string
		)
		if err := scan(&e.Date, &e.Revision, &e.Item, &e.Asset, &e.What, &difference, &e.Detail); err != nil {
			return err
		}
		if e.Difference, err = units(difference); err != nil {
			return &CorruptError{err}
		}
		list = append(list, e)
		return nil
	}, `SELECT r.date, r.revision, e.item_id, e.asset, e.what, e.difference, e.detail FROM tieout_events e JOIN tieout_runs r ON r.id = e.run_id
		WHERE e.merchant = ? AND e.item_id = ? AND r.state = 'published' ORDER BY r.date, e.n`, merchant, id)
	return list, err
}

// key is the identity of an item.
type key struct{ id, asset string }

// insertEvents writes what happened to every item between opening and closing.
func (t *tx) insertEvents(d *Draft) error {
	opening := make(map[key]*reconcile.Item, len(d.Opening.Items))
	for i := range d.Opening.Items {
		it := &d.Opening.Items[i]
		opening[key{it.ID, it.Asset.ID}] = it
	}
	var events []Event
	for i := range d.Closing.Items {
		now := &d.Closing.Items[i]
		k := key{now.ID, now.Asset.ID}
		was := opening[k]
		delete(opening, k)
		if was == nil {
			what, err := t.arrival(d, k)
			if err != nil {
				return err
			}
			events = append(events, event(now, what, now.Explanation))
			was = &reconcile.Item{Difference: now.Difference, Kind: now.Kind, State: now.State}
		}
		events = append(events, changes(was, now)...)
	}
	events = append(events, closings(d, opening)...)
	for n, e := range events {
		if _, err := t.exec(`INSERT INTO tieout_events (run_id, n, merchant, item_id, asset, what, difference, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			d.ID, n, d.Merchant, e.Item, e.Asset, string(e.What), e.Difference.String(), e.Detail); err != nil {
			return err
		}
	}
	return nil
}

// arrival tells an item that was never seen from one that comes back.
func (t *tx) arrival(d *Draft, k key) (Happened, error) {
	var id int64
	before, err := t.row([]any{&id}, `SELECT r.id FROM tieout_events e JOIN tieout_runs r ON r.id = e.run_id
		WHERE e.merchant = ? AND e.item_id = ? AND e.asset = ? AND r.state = 'published' AND r.date < ? LIMIT 1`, d.Merchant, k.id, k.asset, d.Date)
	if before {
		return Reopened, err
	}
	return Found, err
}

// changes are the events of an item that was carried forward. Closed items are
// carried on for a while, see reconcile.Item.
func changes(was, now *reconcile.Item) (list []Event) {
	if was.Difference != now.Difference || was.Kind != now.Kind || was.State != now.State {
		list = append(list, event(now, Changed, now.Explanation))
	}
	switch answer := sentence(now.Answer); {
	case closed(was) && !closed(now):
		list = append(list, event(now, Reopened, answer))
	case !closed(was) && closed(now):
		list = append(list, event(now, Closed, answer))
	case answer == "" && was.Answer != nil:
		list = append(list, event(now, Answered, "it no longer counts: "+sentence(was.Answer)))
	case answer != sentence(was.Answer):
		list = append(list, event(now, Answered, answer))
	}
	return list
}

// closings are the events of items that were brought forward open and are not there
// any more, in the order of the opening.
func closings(d *Draft, gone map[key]*reconcile.Item) (list []Event) {
	for i := range d.Opening.Items {
		it := &d.Opening.Items[i]
		if gone[key{it.ID, it.Asset.ID}] != nil && !closed(it) {
			list = append(list, event(it, Closed, ""))
		}
	}
	return list
}

func closed(it *reconcile.Item) bool {
	return it.Answer != nil && (it.Answer.Action == reconcile.Resolved || it.Answer.Action == reconcile.WriteOff)
}

func event(it *reconcile.Item, what Happened, detail string) Event {
	return Event{Item: it.ID, Asset: it.Asset.ID, What: what, Difference: it.Difference, Detail: detail}
}

// sentence writes an answer for a history; "" without one.
func sentence(a *reconcile.Answer) string {
	if a == nil {
		return ""
	}
	text := string(a.Action) + " by " + a.By
	if a.Reason != "" {
		text += ": " + a.Reason
	}
	if a.Until != "" {
		text += ", until " + a.Until
	}
	if a.Cap.Known() {
		text += ", up to " + a.Cap.String()
	}
	return text
}
