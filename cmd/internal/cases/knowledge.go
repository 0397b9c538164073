package cases

import (
	"context"
	"fmt"
	"slices"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// knowledge is what the state says of everything that can be answered.
type knowledge struct {
	date  string
	items map[string][]reconcile.Item
	last  map[[2]string]given // by id and asset
	count int
}

// given is an answer, and its place among all.
type given struct {
	reconcile.Answer
	n int
}

func know(ctx context.Context, state State) (*knowledge, error) {
	next, err := state.Next(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := state.Answers(ctx)
	if err != nil {
		return nil, err
	}
	k := &knowledge{date: next.Date, items: map[string][]reconcile.Item{}, last: map[[2]string]given{}}
	for _, it := range next.Items {
		k.items[it.ID] = append(k.items[it.ID], it)
	}
	for _, a := range answers {
		k.add(a)
	}
	return k, nil
}

func (k *knowledge) add(a reconcile.Answer) {
	k.count++
	k.last[[2]string{a.ID, a.Asset}] = given{a, k.count}
}

// answered is the newest answer that concerns an id in an asset; "" = in any.
func (k *knowledge) answered(id, asset string) (a reconcile.Answer, ok bool) {
	newest := 0
	for key, g := range k.last {
		if key[0] == id && (asset == "" || key[1] == "" || key[1] == asset) && g.n > newest {
			a, newest = g.Answer, g.n
		}
	}
	return a, newest > 0
}

// says reports whether that is what is decided already.
func (k *knowledge) says(a *reconcile.Answer) bool {
	if a.By == reconcile.ByEvidence {
		return true
	}
	if last, ok := k.answered(a.ID, a.Asset); ok {
		last.Asset = a.Asset
		if alike(&last, a) {
			return true
		}
	}
	for _, it := range k.items[a.ID] {
		// The report shows what is in force, with the cap that was filled in for it.
		if held := it.Answer; held != nil && (a.Asset == "" || a.Asset == it.Asset.ID) {
			shown := *held
			shown.Asset = a.Asset
			if !a.Cap.Known() {
				shown.Cap = a.Cap
			}
			return alike(&shown, a)
		}
	}
	return false
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
	item, there := k.item(g.ID, g.Asset)
	back := g.Action == reconcile.Reopen
	switch {
	case back && (!answered || last.Action == reconcile.Reopen):
		return g.ID + " is not answered: there is nothing to take back"
	case !there && !back:
		return fmt.Sprintf("%s is not open at the close of %s: it was resolved since, or never was this merchant's", g.ID, k.date)
	case answered && last.Date > g.Date:
		return fmt.Sprintf("stale: %s was answered on the newer report of %s (%s by %s)", g.ID, last.Date, last.Action, last.By)
	case back:
		return ""
	case item.Closed():
		return fmt.Sprintf("%s is closed (%s by %s): tieout cases reopen %s takes that back", g.ID, item.Answer.Action, item.Answer.By, g.ID)
	case answered && last.Date == g.Date && last.Action != reconcile.Reopen && person(last.By) != person(g.By) && !agree(&last, &g.Answer):
		return fmt.Sprintf("%s answered %s on the same report otherwise (%s): agree, then take that back with tieout cases reopen %s", last.By, g.ID, last.Action, g.ID)
	case grown(&item, g.Shown):
		return fmt.Sprintf("stale: the figure has grown from %s to %s %s since: answer the report of %s", g.Shown, size(&item), item.Asset.Symbol, k.date)
	}
	return ""
}

// item finds what is carried forward under an id, in an asset or in any; what is
// open before what is closed.
func (k *knowledge) item(id, asset string) (found reconcile.Item, ok bool) {
	for _, it := range k.items[id] {
		if (asset == "" || it.Asset.ID == asset) && (!ok || found.Closed()) {
			found, ok = it, true
		}
	}
	return found, ok
}

// size is the magnitude of an item's figure.
func size(it *reconcile.Item) money.Quantity {
	return money.NewQuantity(it.Difference.Abs(), it.Asset.Decimals)
}

// grown reports whether an item is larger than its row showed.
func grown(it *reconcile.Item, shown money.Quantity) bool {
	return shown.Known() && size(it).Cmp(shown) > 0
}

// ids lists the ids that can be answered, in order.
func (k *knowledge) ids() []string {
	var list []string
	for id := range k.items {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}
