package reports

import (
	"cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Totals counts a result for the first page, result.json and the terminal. The
// keys are the public names of outcomes, reasons, rules, kinds and actions.
type Totals struct {
	Orders       map[string]int   `json:"orders"`     // by outcome, all of them present
	Transfers    map[string]int   `json:"transfers"`  // likewise
	Deliveries   map[string]int   `json:"deliveries"` // likewise
	Excluded     map[string]int   `json:"excluded"`   // excluded transfers by reason
	Matches      map[string]int   `json:"matches"`    // pairs by rule
	BreaksByKind map[string]Tally `json:"breaks_by_kind"`
	BreaksByRank map[string]int   `json:"breaks_by_severity"`
	BreakAssets  map[string]Tally `json:"breaks_by_asset"` // keys are asset ids, "" for breaks without one
	OpenByState  map[string]Tally `json:"open_by_state"`
	Actions      map[string]int   `json:"actions"`  // by action
	Breaks       int              `json:"breaks"`   // open break ids; a break in two assets counts once
	Answered     map[string]int   `json:"answered"` // break ids by the answer in force; resolved and write_off are not among Breaks
	Unmatched    int              `json:"unmatched_transfers"`
	OpenItems    int              `json:"open_items"`
	Rejects      int              `json:"rejects"`
}

// Tally is a number of items and what is at risk in them.
type Tally struct {
	Count int    `json:"count"`
	Value string `json:"value"` // exact decimal in the reference currency; "" when none of them has a value
}

// Sum counts a result.
func Sum(r *reconcile.Result) *Totals { return sum(bookOf(Document{Result: r})) }

func sum(b *book) *Totals {
	c := b.counts()
	t := &Totals{
		Orders: outcomes(c.Orders), Transfers: outcomes(c.Transfers), Deliveries: outcomes(c.Deliveries),
		Excluded: named(c.Excluded), Matches: named(c.Matches), BreaksByRank: map[string]int{}, Actions: map[string]int{},
		Answered: map[string]int{}, Unmatched: c.Unmatched, Rejects: len(b.rejects),
	}
	for i := range b.actions {
		t.Actions[b.actions[i].Action.String()]++
	}
	t.sumBreaks(b.breaks)
	states := tallies{}
	for i := range b.open {
		r := &b.open[i]
		if closed(r.Answer) {
			continue
		}
		t.OpenItems++
		states.add(r.State.String(), r.Value, true)
	}
	t.OpenByState = states.read()
	return t
}

func (t *Totals) sumBreaks(rows []reconcile.BreakRow) {
	kinds, assets := tallies{}, tallies{}
	seen := map[string]bool{}
	answered := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if r.Answer != nil && !answered[r.ID] {
			answered[r.ID] = true
			t.Answered[string(r.Answer.Action)]++
		}
		if closed(r.Answer) {
			continue
		}
		first := !seen[r.ID]
		seen[r.ID] = true
		kinds.add(r.Kind.String(), r.Value, first)
		assets.add(r.Asset.ID, r.Value, true)
		if first {
			t.BreaksByRank[r.Severity.String()]++
		}
	}
	t.Breaks, t.BreaksByKind, t.BreakAssets = len(seen), kinds.read(), assets.read()
}

// closed reports whether an answer, of a person or of the evidence, took a break or
// open item out of the open ones. The rows still show it.
func closed(a *reconcile.Answer) bool {
	return a != nil && (a.Action == reconcile.Resolved || a.Action == reconcile.WriteOff)
}

// outcomes names counts by outcome. All of them are there.
func outcomes(counts map[reconcile.Outcome]int) map[string]int {
	m := map[string]int{}
	for o := reconcile.OutcomeAgreed; o <= reconcile.OutcomeExcluded; o++ {
		m[o.String()] = counts[o]
	}
	return m
}

func named[K interface {
	comparable
	String() string
}](counts map[K]int) map[string]int {
	m := map[string]int{}
	for key, n := range counts {
		m[key.String()] = n
	}
	return m
}

// tallies adds up counts and values by name.
type tallies map[string]*tally

type tally struct {
	count int
	value money.Quantity
}

// add adds a value to a name, and counts it unless the item was counted before.
func (m tallies) add(name string, value money.Quantity, counts bool) {
	t := m[name]
	if t == nil {
		t = &tally{}
		m[name] = t
	}
	if counts {
		t.count++
	}
	if value.Known() {
		t.value = t.value.Add(value)
	}
}

func (m tallies) read() map[string]Tally {
	out := map[string]Tally{}
	for name, t := range m {
		out[name] = Tally{t.count, t.value.String()}
	}
	return out
}

// total returns the totals of a book, counted when nobody has.
func (b *book) total() *Totals {
	if b.totals == nil {
		b.totals = sum(b)
	}
	return b.totals
}

// assetName is how people call an asset: its symbol, else its id.
func assetName(a money.Asset) string { return cmp.Or(a.Symbol, a.ID) }
