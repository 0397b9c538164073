package explorer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
)

// coverage gathers what the files of a source reach over and says, once all were
// read, for which chain, account, assets and time they are complete.
type coverage struct {
	*source
	query sources.Query

	parts map[group][]*extent
	left  map[end]reconcile.Interval // by what `only:` leaves out
	gaps  []reconcile.Gap
	notes []string
}

// group is what files are complete for together: an account on a chain (""
// stands for all accounts) and what moved there.
type group struct {
	chain, address string
	moves          what
	asset          string // the only one that the files can hold, "" = whatever moves
}

// add takes what a file reaches over.
func (c *coverage) add(e *extent, x *rowReader) {
	c.leaveOut(e)
	chains := slices.Sorted(maps.Keys(e.parties))
	if len(chains) == 0 {
		chains = []string{x.chain}
	}
	for _, chain := range chains {
		if e.rejected > 0 {
			c.gap(chain, reconcile.Interval{}, fmt.Sprintf("%s: %d of its %d rows could not be read", e.file, e.rejected, e.rows))
		}
		address, known := e.account(chain, c.query)
		switch {
		case chain == "": // no row, and no chain declared: nothing to say anything of
		case !known:
			c.gap(chain, reconcile.Interval{}, fmt.Sprintf(
				"%s: its %d rows do not tell whose account it is an export of: put the address into the file's name or under addresses:", e.file, e.rows))
		default:
			g := group{chain, address, e.format.moves, x.asset}
			c.parts[g] = append(c.parts[g], e)
		}
	}
}

// leaveOut takes the rows that `only:` leaves out and that would have moved money:
// as long as there are any, nothing is called missing where they went. It is no gap,
// for it was asked for.
func (c *coverage) leaveOut(e *extent) {
	for at, span := range e.left {
		if before, ok := c.left[at]; ok {
			span = reconcile.Interval{From: min(before.From, span.From), To: max(before.To, span.To)}
		}
		c.left[at] = span
	}
}

// withoutLeft narrows what a group covers by what `only:` leaves out of it. An
// account that is not watched yet becomes it by being covered.
func (c *coverage) withoutLeft(g group, spans []reconcile.Interval) []reconcile.Interval {
	for at, span := range c.left {
		all := g.address == "" && at.address != ""
		unwatched := g.address != "" && at.address == "" && !watches(c.query, g.chain, g.address)
		if at.chain == g.chain && (all || unwatched || at.address == g.address && g.address != "") {
			spans = subtract(spans, []reconcile.Interval{span})
		}
	}
	return spans
}

// empty takes a file without a single row or header.
func (c *coverage) empty(file string) {
	c.gap(c.chainID(c.options.Chain), reconcile.Interval{}, file+": it has neither rows nor a header, so it does not say what it is complete for: leave it out, or export it as CSV")
}

func (c *coverage) gap(chain string, span reconcile.Interval, reason string) {
	c.gaps = append(c.gaps, reconcile.Gap{Chain: chain, Span: span, Reason: reason})
}

// register tells the sink.
func (c *coverage) register(into sources.Sink) {
	groups := slices.SortedFunc(maps.Keys(c.parts), func(a, b group) int {
		return cmp.Or(cmp.Compare(a.chain, b.chain), cmp.Compare(a.address, b.address), cmp.Compare(a.moves, b.moves), cmp.Compare(a.asset, b.asset))
	})
	for _, g := range groups {
		spans := c.complete(g)
		if g.moves == coin || g.moves == inside {
			spans = c.withCounterpart(g, spans)
		}
		c.cover(g, c.withoutLeft(g, spans), into)
	}
	if len(c.left) > 0 {
		c.notes = append(c.notes, "`only:` leaves out payments; from the first to the last of each watched address nothing is called missing there")
	}
	for _, g := range c.gaps {
		into.Gap(g)
	}
	for _, text := range c.notes {
		into.Note(text)
	}
}

// complete returns the time over which the files of a group are complete
// together: what was declared, less what a capped one lacks, which is a gap.
func (c *coverage) complete(g group) []reconcile.Interval {
	declared := c.options.Spans(c.query)
	reached, said := c.reached(g)
	if len(said) == 0 {
		return declared
	}
	spans := intersect(declared, reached)
	reason := strings.Join(said, "; ")
	missing := subtract(declared, spans)
	for _, span := range missing {
		if c.otherAccounts(g) { // a gap has no account, and these are complete
			span = reconcile.Interval{}
		}
		c.gap(g.chain, span, reason)
	}
	if len(missing) == 0 {
		c.notes = append(c.notes, reason+"; the other files go on from there")
	}
	return spans
}

// reached returns the time that the files of a group reach over, and what is to
// be said of the capped ones among them. Without one there is no limit.
func (c *coverage) reached(g group) (spans []reconcile.Interval, said []string) {
	for _, e := range c.parts[g] {
		if e.capped() {
			spans = append(spans, e.complete())
			said = append(said, e.sentence())
		} else {
			spans = append(spans, e.onward())
		}
	}
	if len(said) == 0 {
		return []reconcile.Interval{{From: -forever, To: forever}}, nil
	}
	slices.Sort(said)
	return union(spans), said
}

// sentence says what a cap does to a file.
func (e *extent) sentence() string {
	says := fmt.Sprintf("%s has exactly %d rows, a number at which explorers cut their exports", e.file, e.rows)
	if !e.rises && !e.falls || e.rises && e.falls {
		return says + "; its rows are in no order of time, so it proves nothing complete: export shorter spans"
	}
	early, late := min(e.first, e.last), max(e.first, e.last)
	return fmt.Sprintf("%s: it is complete from %s to %s only; export the rest in shorter spans", says, early, late)
}

func (c *coverage) otherAccounts(g group) bool {
	for other := range c.parts {
		if other.chain == g.chain && other != g {
			return true
		}
	}
	return false
}

// counterpart is where the other native payments of the same account stand.
var counterpart = map[what]what{coin: inside, inside: coin}

// withCounterpart narrows what transactions cover of the native coin to the time
// for which there are internal transactions too, and the reverse: contracts pay
// inside transactions, exchanges among them, and one list lacks the other's rows.
func (c *coverage) withCounterpart(g group, spans []reconcile.Interval) []reconcile.Interval {
	other := g
	other.moves = counterpart[g.moves]
	if c.parts[other] == nil {
		c.notes = append(c.notes, fmt.Sprintf("of %s on %s there are only %s: no payment in the native coin is called missing until the other export is added",
			cmp.Or(g.address, "all accounts"), g.chain, map[what]string{coin: "transactions", inside: "internal transactions"}[g.moves]))
		return nil
	}
	reached, _ := c.reached(other)
	return intersect(spans, reached)
}

// cover registers the spans for each asset of a group. One without a span is
// covered over no time at all: it is read, so its payments are judged, and
// nothing is claimed missing.
func (c *coverage) cover(g group, spans []reconcile.Interval, into sources.Sink) {
	if len(spans) == 0 {
		from := c.options.Spans(c.query)[0].From
		spans = []reconcile.Interval{{From: from, To: from}}
	}
	for _, asset := range c.assets(g) {
		for _, span := range spans {
			into.Cover(reconcile.Coverage{Chain: g.chain, Address: g.address, Asset: asset, Span: span})
		}
	}
}

// assets are what a group is complete for: "" stands for every accepted asset.
// Token files say nothing of the native coin, and the reverse.
func (c *coverage) assets(g group) []string {
	ch, _ := c.catalogue.Chain(g.chain)
	switch {
	case g.asset != "":
		return []string{g.asset}
	case g.moves == coin || g.moves == inside:
		return []string{ch.Native.ID}
	case g.moves == anything && len(c.options.Assets) > 0:
		return c.declaredOn(g.chain)
	case len(c.options.Assets) > 0:
		return c.declaredTokens(g.chain)
	case g.moves == anything:
		return []string{""}
	}
	var accepted []string
	coinToo := false
	for _, a := range c.catalogue.Assets {
		switch {
		case a.Chain != g.chain || !a.Accepted:
		case strings.EqualFold(a.Asset.ID, ch.Native.ID):
			coinToo = true
		default:
			accepted = append(accepted, a.Asset.ID)
		}
	}
	if coinToo {
		return accepted
	}
	return []string{""}
}
