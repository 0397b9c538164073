package cases

import (
	"context"
	"fmt"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// State is what answers are held against, and where they are kept.
type State interface {
	// Open returns what the newest business date carried forward; date is "" when
	// none has run.
	Open(ctx context.Context) (date string, items []reconcile.Item, err error)
	// Answers returns every answer that was ever given, in the order in which they
	// count.
	Answers(ctx context.Context) ([]reconcile.Answer, error)
	// Imported reports whether a file was taken in before, by its SHA-256.
	Imported(ctx context.Context, sha256 string) (bool, error)
	// Keep keeps what was taken from a file, or on the command line, all or nothing.
	Keep(ctx context.Context, t Taken) error
}

// Taken is what counts from the next run on.
type Taken struct {
	File, SHA256 string // "" on the command line
	At           reconcile.Instant
	Answers      []reconcile.Answer
	SignOff      *SignOff // nil when nobody signed
}

// Outcome is what became of a file.
type Outcome struct {
	Taken
	Repeated  bool // the file was taken in before: nothing of it was read again
	Unchanged int  // rows that say what is decided already
	Problems  []Problem
}

// Take holds a reading against the state and keeps what counts. Rows that do not
// count are problems of the outcome; an error means that nothing was kept.
func Take(ctx context.Context, state State, r *Reading) (*Outcome, error) {
	out := &Outcome{Taken: Taken{File: r.File, SHA256: r.SHA256}}
	var err error
	if out.Repeated, err = state.Imported(ctx, r.SHA256); err != nil || out.Repeated {
		return out, err
	}
	known, err := know(ctx, state)
	if err != nil {
		return nil, err
	}
	out.Problems = append(out.Problems, r.Problems...)
	if r.AsOf > known.date {
		out.Problems = append(out.Problems, Problem{File: r.File, Reason: known.notRun(r.AsOf)})
		return out, nil
	}
	for i := range r.Answers {
		g := &r.Answers[i]
		out.At = max(out.At, g.At)
		switch reason := known.against(g); {
		case known.says(&g.Answer):
			out.Unchanged++
		case reason != "":
			out.Problems = append(out.Problems, Problem{File: r.File, Sheet: g.Sheet, Row: g.Row, Column: "disposition", Value: string(g.Action), Reason: reason})
		default:
			out.Answers = append(out.Answers, g.Answer)
			known.add(g.Answer)
		}
	}
	out.SignOff = r.SignOff
	return out, state.Keep(ctx, out.Taken)
}

// knowledge is what the state says of everything that can be answered.
type knowledge struct {
	date  string
	items map[string][]reconcile.Item
	last  map[[2]string]reconcile.Answer // by id and asset
}

func know(ctx context.Context, state State) (*knowledge, error) {
	date, items, err := state.Open(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := state.Answers(ctx)
	if err != nil {
		return nil, err
	}
	k := &knowledge{date: date, items: map[string][]reconcile.Item{}, last: map[[2]string]reconcile.Answer{}}
	for _, it := range items {
		k.items[it.ID] = append(k.items[it.ID], it)
	}
	for _, a := range answers {
		k.add(a)
	}
	return k, nil
}

func (k *knowledge) add(a reconcile.Answer) { k.last[[2]string{a.ID, a.Asset}] = a }

// answered is the newest answer that concerns an id in an asset.
func (k *knowledge) answered(id, asset string) (a reconcile.Answer, ok bool) {
	a, ok = k.last[[2]string{id, asset}]
	if every, all := k.last[[2]string{id, ""}]; all && (!ok || every.At > a.At) {
		return every, true
	}
	return a, ok
}

// says reports whether that is what is decided already.
func (k *knowledge) says(a *reconcile.Answer) bool {
	last, ok := k.answered(a.ID, a.Asset)
	last.Asset = a.Asset
	return ok && alike(&last, a)
}

func (k *knowledge) notRun(asOf string) string {
	if k.date == "" {
		return "no business date has run yet, so there is nothing to answer"
	}
	return fmt.Sprintf("it answers the report of %s, but the newest that is carried forward is of %s", asOf, k.date)
}

// against says why an answer cannot count, "" when it does.
func (k *knowledge) against(g *Given) string {
	last, answered := k.answered(g.ID, g.Asset)
	item, open := k.item(g.ID, g.Asset)
	switch {
	case g.Action == reconcile.Reopen && !answered:
		return g.ID + " has not been answered: there is nothing to take back"
	case !open && g.Action != reconcile.Reopen:
		return fmt.Sprintf("%s is not open at the close of %s: it was resolved since, or never was this merchant's", g.ID, k.date)
	case answered && last.Date > g.Date:
		return fmt.Sprintf("stale: %s was answered on the newer report of %s (%s by %s)", g.ID, last.Date, last.Action, last.By)
	case answered && last.Date == g.Date && last.Action != reconcile.Reopen && g.Action != reconcile.Reopen && person(last.By) != person(g.By):
		return fmt.Sprintf("%s answered %s on the same report otherwise (%s): agree, then take that back with tieout cases reopen %s", last.By, g.ID, last.Action, g.ID)
	case open && g.Action != reconcile.Reopen && grown(&item, g.Shown):
		return fmt.Sprintf("stale: the figure has grown from %s to %s %s since: answer the report of %s", g.Shown, size(&item), item.Asset.Symbol, k.date)
	}
	return ""
}

// item finds what is open under an id, in an asset or in any.
func (k *knowledge) item(id, asset string) (reconcile.Item, bool) {
	for _, it := range k.items[id] {
		if asset == "" || it.Asset.ID == asset {
			return it, true
		}
	}
	return reconcile.Item{}, false
}

// size is the magnitude of an item's figure.
func size(it *reconcile.Item) money.Quantity {
	return money.NewQuantity(it.Difference.Abs(), it.Asset.Decimals)
}

// grown reports whether an item is larger than its row showed.
func grown(it *reconcile.Item, shown money.Quantity) bool {
	return shown.Known() && size(it).Cmp(shown) > 0
}
