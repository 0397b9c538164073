package audit

import (
	"maps"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// Line is the tie-out of one asset: received - expected = breaks + open + cut-off +
// tolerance + not covered + answered.
type Line struct {
	Asset      string
	Symbol     string
	Received   money.Quantity
	Expected   money.Quantity
	Breaks     money.Quantity
	Open       money.Quantity
	CutOff     money.Quantity
	Tolerance  money.Quantity
	NotCovered money.Quantity
	Answered   money.Quantity
}

// sum is what the rows of one asset add up to.
type sum struct {
	line              Line
	orders, transfers int
	loose             money.Quantity // counted money that has no order of its own
	awaited           money.Quantity // expected of ambiguous orders
}

func (b *book) sum(asset string) *sum {
	s := b.sums[asset]
	if s == nil {
		s = &sum{line: Line{Asset: asset, Received: nothing, Expected: nothing, Breaks: nothing, Open: nothing, CutOff: nothing, Tolerance: nothing, NotCovered: nothing, Answered: nothing},
			loose: nothing, awaited: nothing}
		b.sums[asset] = s
	}
	return s
}

// checkTransfers: every transfer that is counted belongs to one order, to several
// that it is matched with, to a break or an item of its own, or to a group.
func (b *book) checkTransfers() {
	for _, t := range b.transfers {
		for _, kind := range t.kinds {
			b.d.that(b.txKinds[claim{kind, t.tx.txid}] || t.outcome == "context", t.at, "kinds", "a row of breaks.csv that lists it", kind)
		}
		if t.given.Known() {
			b.d.amount(t.at, "given to orders", t.amount, t.given)
		}
		b.checkOwner(t)
		if !t.counts() {
			continue
		}
		s := b.sum(t.asset)
		s.line.Received = s.line.Received.Add(t.amount)
		s.transfers++
		switch {
		case t.given.Known() || t.owner != (names{}):
		case t.explained.Known():
			b.d.amount(t.at, "explained", t.amount, t.explained)
		default:
			b.d.that(slices.Contains(t.kinds, ambiguous), t.at, "explained", "an order, a break or an open item", "none")
			s.loose = s.loose.Add(t.amount)
		}
	}
}

// checkOwner: an owner is an order, and money in its asset is matched with it.
func (b *book) checkOwner(t *transfer) {
	if t.owner == (names{}) {
		return
	}
	owners := b.byNames[t.owner]
	b.d.that(len(owners) > 0, t.at, "order of the transfer", "a row of orders.csv", t.owner.id+"/"+t.owner.no)
	for _, o := range owners {
		if o.asset == t.asset && len(owners) == 1 {
			b.d.that(t.given.Known(), t.at, "match of the transfer", "a row of matches.csv", "none")
		}
		if o.asset != t.asset && !t.given.Known() && t.counts() {
			if o.foreign == nil {
				o.foreign = map[string]money.Quantity{}
			}
			o.foreign[t.asset] = o.foreign[t.asset].Add(t.amount)
			return
		}
	}
}

// checkOrders proves the identity of every order: what is counted of its money less
// what is expected of it is what its breaks, its items and the tolerance say.
func (b *book) checkOrders() {
	for _, o := range b.orders {
		b.checkState(o)
		if o.outcome == "context" {
			continue
		}
		s := b.sum(o.asset)
		s.orders++
		s.line.Expected = s.line.Expected.Add(o.expected)
		s.line.Tolerance = s.line.Tolerance.Add(o.tolerance)
		if slices.Contains(o.kinds, ambiguous) {
			s.awaited = s.awaited.Add(o.expected)
			continue
		}
		if len(b.byNames[names{o.key.id, o.key.no}]) > 1 {
			continue // which of them owns money in another asset, the rows do not say
		}
		b.d.amount(o.at, "received - expected of the order", minus(minus(known(o.counts), o.expected), o.tolerance), known(o.named[o.asset]))
		for _, asset := range slices.Sorted(maps.Keys(union(o.named, o.foreign))) {
			if asset != o.asset {
				b.d.amount(o.at, "received by the order in "+asset, known(o.foreign[asset]), known(o.named[asset]))
			}
		}
	}
}

func union(a, b map[string]money.Quantity) map[string]money.Quantity {
	if len(b) == 0 {
		return a
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// checkState holds an order's verdict against its breaks, items and matches.
func (b *book) checkState(o *order) {
	d := b.d
	has := slices.DeleteFunc(slices.Clone(o.kinds), func(k string) bool { return k == ambiguous })
	want := slices.DeleteFunc(slices.Sorted(maps.Keys(b.kindsOf[o.key])), func(k string) bool { return k == ambiguous })
	d.same(o.at, "kinds", strings.Join(want, "|"), strings.Join(has, "|"))
	states := b.items[o.key]
	d.that(slices.Contains(states, o.state) || len(states) == 0 && o.state == "", o.at, "state", strings.Join(states, " or "), o.state)
	if o.outcome != "break" && o.outcome != "context" {
		d.same(o.at, "outcome", outcomeOf(states), o.outcome)
	}
	if len(o.matches) > 0 {
		slices.Sort(o.matches)
		d.same(o.at, "txids", strings.Join(o.matches, "|"), strings.Join(o.txids, "|"))
	}
	if o.asset != "" && !slices.Contains(o.kinds, ambiguous) {
		d.amount(o.at, "received", known(o.matched), known(o.received))
	}
}

// outcomeOf is the outcome of an order without breaks by the states of its items.
func outcomeOf(states []string) string {
	switch {
	case len(states) == 0:
		return "agreed"
	case slices.ContainsFunc(states, func(s string) bool { return undetermined[s] }):
		return "undetermined"
	}
	return "open"
}

// checkTieOut adds up the identity of every asset and holds it against what
// result.json states.
func (b *book) checkTieOut() {
	b.checkGroups()
	stated := map[string]*statedLine{}
	for i := range b.m.assets {
		l := &b.m.assets[i]
		b.d.that(stated[l.Asset] == nil, spot{file: manifestName}, "tie_out", l.Asset+" once", "twice")
		stated[l.Asset] = l
		b.sum(l.Asset)
	}
	for _, asset := range slices.Sorted(maps.Keys(b.sums)) {
		s := b.sums[asset]
		l := stated[asset]
		if l != nil {
			s.line.Symbol = l.Symbol
		}
		b.d.amount(spot{file: manifestName}, "residual of "+asset+" from the rows", nothing, s.line.residual())
		if l == nil {
			b.d.that(asset == "" || s.orders+s.transfers == 0 && s.line.Breaks.IsZero(), spot{file: manifestName}, "tie_out", "a line for "+asset, "none")
			continue
		}
		b.checkLine(s, l)
		b.d.Assets = append(b.d.Assets, s.line)
	}
}

func (l *Line) residual() money.Quantity {
	rest := minus(l.Received, l.Expected)
	for _, part := range []money.Quantity{l.Breaks, l.Open, l.CutOff, l.Tolerance, l.NotCovered, l.Answered} {
		rest = minus(rest, part)
	}
	return rest
}

// checkLine compares the line of an asset, figure by figure. Every figure must be a
// whole number of base units.
func (b *book) checkLine(s *sum, l *statedLine) {
	at := spot{file: manifestName}
	for _, f := range []struct {
		name         string
		rows, stated money.Quantity
	}{
		{"received", s.line.Received, l.Received}, {"expected", s.line.Expected, l.Expected}, {"breaks", s.line.Breaks, l.Breaks},
		{"open", s.line.Open, l.Open}, {"cut_off", s.line.CutOff, l.CutOff}, {"tolerance", s.line.Tolerance, l.Tolerance},
		{"not_covered", s.line.NotCovered, l.NotCovered}, {"answered", s.line.Answered, l.Answered}, {"residual", s.line.residual(), l.residual},
	} {
		b.d.amount(at, l.path+f.name, f.rows, f.stated)
		b.d.that(f.stated.Scale() <= l.decimals, at, l.path+f.name, "whole base units", f.stated.String())
	}
	b.d.number(at, l.path+"orders", s.orders, l.orders)
	b.d.number(at, l.path+"transfers", s.transfers, l.transfers)
}

// checkGroups: ambiguous money, of which nobody knows whose it is, adds up asset by
// asset.
func (b *book) checkGroups() {
	breaks := map[string]money.Quantity{}
	for _, k := range b.loose {
		breaks[k.asset] = breaks[k.asset].Add(k.diff)
	}
	for _, asset := range slices.Sorted(maps.Keys(b.sums)) {
		s := b.sums[asset]
		b.d.amount(spot{file: "breaks.csv"}, "ambiguous_payment in "+asset, minus(s.loose, s.awaited), known(breaks[asset]))
	}
}
