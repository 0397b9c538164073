package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// delivered is what the deliveries of a provider inside the window come to.
type delivered struct {
	counts                map[string]int // received, and by the reasons and kinds of the scorecard
	afterBlock, afterPaid []int          // milliseconds
}

// scored are the kinds and reasons of a delivery that the scorecard counts, by the
// names that it has for them.
var scored = map[string]string{
	"duplicate": "duplicates", "out_of_order": "out_of_order", "status_backwards": "status_backwards", "refused": "refused", "source_fault": "source_fault",
	"webhook_conflict": "contradicting", "unverified_webhook": "unverified", "unknown_webhook": "unknown",
}

// countDelivered counts a row of deliveries.csv for the scorecard.
func (b *book) countDelivered(r row, received time.Time) {
	if received.Before(b.m.from) || !received.Before(b.m.to) || !r.has("after_block_ms") {
		return
	}
	provider := r.text("provider")
	d := b.delivered[provider]
	if d == nil {
		d = &delivered{counts: map[string]int{}}
		b.delivered[provider] = d
	}
	d.counts["received"]++
	for _, word := range append(r.list("kinds"), r.text("reason")) {
		if name, counts := scored[word]; counts {
			d.counts[name]++
		}
	}
	if ms := r.whole("after_block_ms", math.MinInt); ms != math.MinInt {
		d.afterBlock = append(d.afterBlock, ms)
	}
	if ms := r.whole("after_paid_ms", math.MinInt); ms != math.MinInt {
		d.afterPaid = append(d.afterPaid, ms)
	}
}

// checkScorecard holds what the scorecard says of the deliveries of the window
// against their rows. An older report has none.
func (b *book) checkScorecard() {
	if !b.m.doc.has("scorecard") {
		return
	}
	for _, line := range b.m.doc.objects("scorecard") {
		d := b.delivered[line.text("provider")]
		if line.text("date") != "" {
			continue
		}
		if d == nil {
			d = &delivered{}
		}
		if line.has("deliveries") {
			stated := line.object("deliveries")
			b.d.number(spot{file: manifestName}, stated.path+"received", d.counts["received"], stated.whole("received"))
			for _, name := range scored {
				b.d.number(spot{file: manifestName}, stated.path+name, d.counts[name], stated.whole(name))
			}
		}
		b.checkLatency(line, "after_block", d.afterBlock)
		b.checkLatency(line, "after_paid", d.afterPaid)
	}
}

// checkLatency finds the percentiles again: each is the smallest delay that so many
// of a hundred do not exceed.
func (b *book) checkLatency(line object, key string, ms []int) {
	if !line.has(key) {
		b.d.number(spot{file: manifestName}, line.path+key+".count", len(ms), 0)
		return
	}
	stated := line.object(key)
	b.d.number(spot{file: manifestName}, stated.path+"count", len(ms), stated.whole("count"))
	if len(ms) == 0 {
		return
	}
	slices.Sort(ms)
	for name, percent := range map[string]int{"p50_ms": 50, "p95_ms": 95, "p99_ms": 99, "max_ms": 100} {
		rank := 1
		for rank*100 < percent*len(ms) {
			rank++
		}
		b.d.number(spot{file: manifestName}, stated.path+name, ms[rank-1], stated.whole(name))
	}
}

// checkIncidents: an incident lists the breaks that name it, and no others.
func (b *book) checkIncidents() {
	if !b.m.doc.has("incidents") {
		return
	}
	members := map[string][]string{}
	for id, rows := range b.breaks {
		of := rows[0].incident
		for _, k := range rows[1:] {
			b.d.same(k.at, "incident", of, k.incident)
		}
		if of != "" {
			members[of] = append(members[of], id)
		}
	}
	for _, o := range b.m.doc.objects("incidents") {
		id, stated := o.text("incident"), o.texts("break_ids")
		found := members[id]
		slices.Sort(found)
		b.d.same(spot{file: manifestName}, o.path+"break_ids", strings.Join(found, ", "), strings.Join(stated, ", "))
		b.d.number(spot{file: manifestName}, o.path+"breaks", len(found), o.whole("breaks"))
		delete(members, id)
	}
	b.d.that(len(members) == 0, spot{file: "breaks.csv"}, "incident", "incidents of result.json", fmt.Sprint(len(members), " others"))
}
