package audit

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/reconcile/money"
)

// checkCounts holds the control totals of the rows against those of result.json.
func (b *book) checkCounts() {
	o := b.m.counts
	for _, key := range []string{"orders", "transfers", "deliveries", "excluded", "matches", "breaks_by_severity", "actions"} {
		b.checkWords(o.object(key), b.counted.words[key])
	}
	if o.has("answered") || len(b.counted.words["answered"]) > 0 {
		b.checkWords(o.object("answered"), b.counted.words["answered"])
	}
	for _, key := range []string{"breaks_by_kind", "breaks_by_asset", "open_by_state"} {
		b.checkTallies(o.object(key), b.counted.tallies[key])
	}
	for _, key := range []string{"breaks", "unmatched_transfers", "open_items", "rejects"} {
		b.d.number(spot{file: manifestName}, "counts."+key, b.counted.plain[key], o.whole(key))
	}
}

func (b *book) checkWords(o object, rows map[string]int) {
	for _, word := range keysOf(o.keys, rows) {
		stated := 0
		if o.has(word) {
			stated = o.whole(word)
		}
		b.d.number(spot{file: manifestName}, o.path+word, rows[word], stated)
	}
}

func (b *book) checkTallies(o object, rows map[string]*tally) {
	for _, word := range keysOf(o.keys, rows) {
		t, count, value := rows[word], 0, money.Quantity{}
		if o.has(word) {
			count, value = o.object(word).whole("count"), o.object(word).amount("value")
		}
		if t == nil {
			t = &tally{}
		}
		b.d.number(spot{file: manifestName}, o.path+word+".count", t.count, count)
		b.d.amount(spot{file: manifestName}, o.path+word+".value", t.value, value)
	}
}

func keysOf[T any](stated map[string]any, rows map[string]T) []string {
	all := map[string]bool{}
	for k := range stated {
		all[k] = true
	}
	for k := range rows {
		all[k] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// checkSources: every row that was read is accounted for, and what was taken in is
// what the files list.
func (b *book) checkSources() {
	at := spot{file: manifestName}
	parsed := map[string]int{}
	rejects := maps.Clone(b.counted.rejects)
	for _, s := range b.m.sources {
		b.d.number(at, s.path+"read", s.parsed+s.duplicates+s.superseded+s.outOfScope+s.rejected, s.read)
		b.d.that(min(s.read, s.parsed, s.duplicates, s.superseded, s.outOfScope, s.rejected) >= 0, at, s.path+"rows", "no negative number", s.name)
		b.d.number(at, s.path+"rejected", rejects[s.name], s.rejected)
		delete(rejects, s.name)
		parsed[s.kind] += s.parsed
		b.checkGaps(&s)
	}
	for source, n := range rejects {
		b.d.number(spot{file: "rejects.csv"}, "rows of "+source+", which is no source", 0, n)
	}
	b.d.number(spot{file: "transfers.csv"}, "rows, as transfers sources parsed them", parsed["transfers"], b.d.Rows.Transfers)
	b.d.number(spot{file: "deliveries.csv"}, "rows, as webhook sources parsed them", parsed["webhooks"], b.d.Rows.Deliveries)
	most := parsed["orders"] + parsed["merchant book"]
	b.d.that(b.d.Rows.Orders <= most, spot{file: "orders.csv"}, "rows, as order books parsed them", "no more than they hold", "more")
}

// checkGaps: a gap inside the window makes the run incomplete, by name.
func (b *book) checkGaps(s *statedSource) {
	for _, g := range s.gaps {
		from, errFrom := time.Parse(time.RFC3339Nano, g.from)
		to, errTo := time.Parse(time.RFC3339Nano, g.to)
		if errFrom == nil && errTo == nil && (!from.Before(b.m.to) || !b.m.from.Before(to)) {
			continue
		}
		named := slices.ContainsFunc(b.m.incomplete, func(why string) bool { return strings.HasPrefix(why, s.name+": ") })
		b.d.that(named, spot{file: manifestName}, "incomplete", "a sentence about the gap of "+s.name, "none")
	}
}
