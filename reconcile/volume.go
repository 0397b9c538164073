package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Volume is how many rows a source had of one business date: orders by creation,
// transfers by block time, deliveries by receipt. Repeated rows count once. What is
// usual is known from those of earlier dates; nothing else of clean rows is kept.
type Volume struct {
	Source     string
	Chain      string // CAIP-2, of transfers; "" for books and webhook logs
	Date       string // YYYY-MM-DD
	Span       Interval
	Hours      []int   // rows by hour since the date began
	Newest     Instant // the last of these rows; 0 without one
	Incomplete bool    // the source had a gap on that date: it does not tell what is usual
}

// between adds up the rows of the hours [from, to).
func (v *Volume) between(from, to int) int {
	n := 0
	for h := from; h < min(to, len(v.Hours)); h++ {
		n += v.Hours[h]
	}
	return n
}

func (v *Volume) total() int { return v.between(0, len(v.Hours)) }

func (v *Volume) weekday() time.Weekday {
	t, _ := time.Parse(time.DateOnly, v.Date) // written by us; the zero time's weekday is as good as any
	return t.Weekday()
}

// volumeKey is what is counted: a source, and a chain of it.
type volumeKey struct {
	source int32
	chain  string
}

// volumes are the counts of some days, oldest first, by what is counted.
type volumes struct {
	days  []BusinessDay
	lines map[volumeKey][]Volume

	lastKey volumeKey // rows of one source come together
	last    []Volume
}

// keys are what is counted, in the order of the sources' names.
func (v *volumes) keys(e *engine) []volumeKey {
	keys := make([]volumeKey, 0, len(v.lines))
	for k := range v.lines {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b volumeKey) int {
		return cmp.Or(strings.Compare(e.in.sources[a.source].Name, e.in.sources[b.source].Name), cmp.Compare(a.source, b.source), strings.Compare(a.chain, b.chain))
	})
	return keys
}

// countVolumes counts the rows of the judged dates, and of earlier ones that were
// incomplete: whether they still are shows in the rows.
func (e *engine) countVolumes() *volumes {
	v := &volumes{days: e.volumeDays(), lines: map[volumeKey][]Volume{}}
	if len(v.days) == 0 {
		return v
	}
	for i := range e.in.sources {
		for _, chain := range e.chainsOf(int32(i)) {
			v.line(e, volumeKey{int32(i), chain})
		}
	}
	v.countOrders(e)
	v.countTransfers(e)
	for i := range e.delivs {
		d := e.in.delivery(e.delivs[i].row) // repeated lines are gone
		v.count(e, volumeKey{d.source, ""}, d.received)
	}
	return v
}

// volumeDays are the dates of which the window holds everything and the incomplete
// ones before them, oldest first.
func (e *engine) volumeDays() []BusinessDay {
	days := slices.DeleteFunc(slices.Clone(e.policy.Days), func(d BusinessDay) bool {
		return d.Span.From < e.window.From || d.Span.To > e.window.To
	})
	if len(days) == 0 {
		return nil
	}
	first, reach := days[0].Span.From, e.policy.Reach()
	for i := range e.policy.Past {
		if p := &e.policy.Past[i]; p.Incomplete && p.Span.To <= first && reach.From <= p.Span.From {
			days = append(days, BusinessDay{p.Date, p.Span})
		}
	}
	slices.SortFunc(days, func(a, b BusinessDay) int { return strings.Compare(a.Date, b.Date) })
	return slices.CompactFunc(days, func(a, b BusinessDay) bool { return a.Date == b.Date })
}

// chainsOf are the chains of which a source of transfers tells, or told before; ""
// for every other source.
func (e *engine) chainsOf(source int32) []string {
	s := &e.in.sources[source]
	switch s.info.Kind {
	case SourceTransfers:
	case SourceRefunds: // they come as they come: no number of them is usual
		return nil
	default:
		return []string{""}
	}
	var chains []string
	for _, c := range s.Covers {
		chains = append(chains, c.Chain)
	}
	for i := range e.policy.Past {
		if p := &e.policy.Past[i]; p.Source == s.Name && p.Chain != "" {
			chains = append(chains, p.Chain)
		}
	}
	slices.Sort(chains)
	return slices.Compact(chains)
}

func (v *volumes) line(e *engine, k volumeKey) []Volume {
	line := v.lines[k]
	if line == nil {
		for _, d := range v.days {
			hours := int((d.Span.To - d.Span.From + Hour - 1) / Hour)
			line = append(line, Volume{Source: e.in.sources[k.source].Name, Chain: k.chain, Date: d.Date, Span: d.Span, Hours: make([]int, hours)})
		}
		v.lines[k] = line
	}
	return line
}

// dayOf is the place of the day that holds an instant, -1 without one.
func (v *volumes) dayOf(at Instant) int {
	for i := len(v.days) - 1; i >= 0; i-- {
		if v.days[i].Span.Contains(at) {
			return i
		}
	}
	return -1
}

func (v *volumes) count(e *engine, k volumeKey, at Instant) {
	if n := v.dayOf(at); n >= 0 {
		if v.last == nil || k != v.lastKey {
			v.lastKey, v.last = k, v.line(e, k)
		}
		d := &v.last[n]
		d.Hours[(at-d.Span.From)/Hour]++
		d.Newest = max(d.Newest, at)
	}
}

// countOrders counts every order of a source once: exports that overlap show it in
// several files.
func (v *volumes) countOrders(e *engine) {
	type key struct {
		source int32
		id, no uint32
		at     Instant
	}
	x := newRowIndex(e.in.keys.len(), e.in.orders.len())
	for i, o := range e.in.allOrders() {
		if v.dayOf(o.created) < 0 {
			continue
		} else if k := cmp.Or(o.id, o.no); k != 0 {
			x.add(k, i)
		} else {
			v.count(e, volumeKey{o.source, ""}, o.created)
		}
	}
	once(x, func(i int32) key {
		o := e.in.order(i)
		return key{o.source, o.id, o.no, o.created}
	}, func(i int32) {
		o := e.in.order(i)
		v.count(e, volumeKey{o.source, ""}, o.created)
	})
}

// countTransfers counts every transfer of a source once, as far as that shows in its
// place and amount: equal payments inside one transaction are few.
func (v *volumes) countTransfers(e *engine) {
	type key struct {
		source, chain, asset int32
		from, to             uint32
		logIndex             int64
		amount               qty
	}
	x := newRowIndex(e.in.txs.len(), e.in.transfers.len())
	for i, t := range e.in.transfers.all() {
		if v.dayOf(t.time) >= 0 {
			x.add(t.txid, i)
		}
	}
	once(x, func(i int32) key {
		t := e.in.transfer(i)
		return key{t.source, t.chain, t.asset, t.from, t.to, t.logIndex, t.amount}
	}, func(i int32) {
		t := e.in.transfer(i)
		v.count(e, volumeKey{t.source, e.in.chains[t.chain]}, t.time)
	})
}

// once takes the first of the rows under each key of an index that are the same.
func once[K comparable](x rowIndex, key func(int32) K, take func(int32)) {
	for _, head := range x.head {
		switch {
		case head < 0:
		case x.next[head] < 0:
			take(head)
		default:
			seen := distinct[K]{}
			for r := head; r >= 0; r = x.next[r] {
				if seen.add(key(r)) {
					take(r)
				}
			}
		}
	}
}

// fewKeys is up to how many keys a list is as fast as a map.
const fewKeys = 32

// distinct is a set that is nearly always small.
type distinct[K comparable] struct {
	few  []K
	many map[K]bool
}

// add reports whether the key is new.
func (d *distinct[K]) add(k K) bool {
	if d.many[k] || slices.Contains(d.few, k) {
		return false
	}
	if len(d.few) < fewKeys {
		d.few = append(d.few, k)
		return true
	}
	if d.many == nil {
		d.many = map[K]bool{}
	}
	d.many[k] = true
	return true
}

// volumesOf returns the counts of the business date, with what its sources lack.
func (e *engine) volumesOf(date string) []Volume {
	var list []Volume
	all := e.volumes
	if all == nil {
		all = e.countVolumes()
	}
	for _, k := range all.keys(e) {
		for _, v := range all.lines[k] {
			if v.Date == date {
				v.Incomplete = e.lacks(k, v.Span)
				list = append(list, v)
			}
		}
	}
	return list
}

// lacks reports whether a source has a gap in a span.
func (e *engine) lacks(k volumeKey, span Interval) bool {
	return slices.ContainsFunc(e.in.sources[k.source].Gaps, func(g Gap) bool {
		w := g.whole()
		return (g.Chain == "" || k.chain == "" || g.Chain == k.chain) && w.From < span.To && span.From < w.To
	})
}
