package tron

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
)

// part is what one witness showed of some times.
type part struct {
	spans []reconcile.Interval
	by    witness
	moves []movement
}

// gather reads a span: what the first witness cannot read the next is asked for. Holes
// are what none could.
func (r *reader) gather(ctx context.Context, q question, list []witness) (parts []part, holes []hole) {
	if len(list) == 0 {
		return nil, []hole{{span: q.span, reason: "there is no other endpoint"}}
	}
	a := list[0].read(ctx, q)
	p := part{spans: without([]reconcile.Interval{q.span}, a.holes), by: list[0]}
	p.moves = slices.DeleteFunc(a.moves, func(m movement) bool { return !within(p.spans, m.time) })
	parts = append(parts, p)
	for _, h := range merged(a.holes) {
		h.reason = fmt.Sprintf("endpoint %s: %s", list[0].name(), h.reason)
		if len(list) == 1 || ctx.Err() != nil {
			holes = append(holes, h)
			continue
		}
		r.notes["times an endpoint failed and the next one was asked"]++
		q.span = h.span
		more, left := r.gather(ctx, q, list[1:])
		parts = append(parts, more...)
		for _, l := range left {
			l.reason = h.reason + "; " + l.reason
			holes = append(holes, l)
		}
	}
	return parts, holes
}

// merged makes one hole of those that overlap, lest their time be read twice.
func merged(holes []hole) (list []hole) {
	slices.SortFunc(holes, byTime)
	for _, h := range holes {
		last := len(list) - 1
		if last < 0 || list[last].span.To <= h.span.From {
			list = append(list, h)
			continue
		}
		l := &list[last]
		l.span.To = max(l.span.To, h.span.To)
		if l.blocks != h.blocks {
			l.blocks = [2]uint64{}
		}
		if !strings.Contains(l.reason, h.reason) && len(l.reason) < 300 {
			l.reason += "; " + h.reason
		}
	}
	return list
}

func byTime(a, b hole) int {
	return cmp.Or(cmp.Compare(a.span.From, b.span.From), cmp.Compare(a.span.To, b.span.To), cmp.Compare(a.reason, b.reason))
}

// confirm reads a part again, from another endpoint, or at the level basic from the
// same one where no other can.
func (r *reader) confirm(ctx context.Context, q question, p *part) {
	others := slices.DeleteFunc(slices.Clone(r.witnesses), func(w witness) bool { return w == p.by })
	if r.options.Verify == "basic" {
		others = append(others, p.by)
	}
	q.again = true
	var holes []hole
	for _, span := range p.spans {
		q.span = span
		second, left := r.gather(ctx, q, others)
		for _, l := range left {
			l.reason = "no second reading confirms it: " + l.reason
			holes = append(holes, l)
		}
		for _, s := range second {
			holes = append(holes, r.compare(p, s)...)
		}
	}
	r.gaps = append(r.gaps, holes...)
	p.moves = slices.DeleteFunc(p.moves, func(m movement) bool { return !within(without(p.spans, holes), m.time) })
	r.confirmed += len(p.moves)
}

// compare says at which times two readings differ. Where the second one has indexes
// in the block and the first has none, it lends them.
func (r *reader) compare(p *part, second part) (holes []hole) {
	placed := p.by.placed() && second.by.placed()
	ours, theirs := count(p.moves, second.spans, placed), count(second.moves, second.spans, placed)
	lent := map[string][]movement{}
	for _, m := range second.moves {
		lent[m.key(false)] = append(lent[m.key(false)], m)
	}
	for key, m := range theirs {
		if ours[key].times != m.times {
			holes = append(holes, differ(p, second, m.movement))
		}
	}
	for key, m := range ours {
		if _, both := theirs[key]; !both {
			holes = append(holes, differ(p, second, m.movement))
		}
	}
	for i := range p.moves {
		m := &p.moves[i]
		if from := lent[m.key(false)]; m.index < 0 && second.by.placed() && len(from) > 0 {
			m.block, m.hash, m.index = from[0].block, from[0].hash, from[0].index
			lent[m.key(false)] = from[1:]
		}
	}
	return holes
}

func differ(p *part, second part, m movement) hole {
	names := fmt.Sprintf("endpoints %s and %s", p.by.name(), second.by.name())
	if p.by == second.by {
		names = fmt.Sprintf("two answers of endpoint %s", p.by.name())
	}
	return hole{span: reconcile.Interval{From: m.time, To: m.time + 1}, blocks: [2]uint64{m.block, m.block},
		reason: fmt.Sprintf("%s do not agree on the transfers in transaction %s", names, m.txid)}
}

// counted is how often a movement was shown.
type counted struct {
	movement
	times int
}

// count are the movements inside some times, by all that is used of them.
func count(moves []movement, spans []reconcile.Interval, placed bool) map[string]counted {
	set := map[string]counted{}
	for _, m := range moves {
		if within(spans, m.time) {
			key := m.key(placed)
			set[key] = counted{m, set[key].times + 1}
		}
	}
	return set
}

// key is what identifies a movement; placed says to hold its place in the block
// against that of another as well.
func (m *movement) key(placed bool) string {
	key := fmt.Sprint(m.txid, " ", m.time, " ", m.token, " ", m.from, " ", m.to, " ", m.value.String())
	if placed {
		key += fmt.Sprint(" ", m.hash, " ", m.index)
	}
	return key
}

// without are times less holes.
func without(spans []reconcile.Interval, holes []hole) []reconcile.Interval {
	for _, h := range holes {
		var left []reconcile.Interval
		for _, s := range spans {
			before := reconcile.Interval{From: s.From, To: min(s.To, h.span.From)}
			after := reconcile.Interval{From: max(s.From, h.span.To), To: s.To}
			for _, piece := range []reconcile.Interval{before, after} {
				if piece.From < piece.To {
					left = append(left, piece)
				}
			}
		}
		spans = left
	}
	return spans
}

func within(spans []reconcile.Interval, at reconcile.Instant) bool {
	return slices.ContainsFunc(spans, func(s reconcile.Interval) bool { return s.Contains(at) })
}
