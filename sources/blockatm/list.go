package blockatm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"tieout/reconcile"
)

// edge is asked for on both sides of a day: whether the ends of a span belong to it
// is not published.
const edge = reconcile.Second

// day reads the list of one day until nothing about it is amiss. A day that stays so
// is a gap; what was read of it is kept.
func (p *pull) day(ctx context.Context, v reconcile.Interval) error {
	var why string
	before := map[string]bool{} // read by an attempt: orders do not vanish
	for range attempts {
		r, err := p.readPages(ctx, v)
		for key, l := range r.listed {
			p.take(key, l, r.rows[key], v)
			before[key] = true
		}
		if gone := len(before) - len(r.rows); gone > 0 {
			r.doubt("%d orders that were read before are not in it", gone)
		}
		if err != nil {
			return fmt.Errorf("orders of %s to %s, page %d: %w", v.From, v.To, r.page, err)
		}
		p.counted = p.counted && r.total >= 0
		if why = r.amiss; why == "" {
			return nil
		}
	}
	p.gaps = append(p.gaps, reconcile.Gap{Span: v, Reason: fmt.Sprintf("the order list of the API from %s to %s: %s", v.From, v.To, why)})
	return nil
}

// take keeps an order, and what it says of how the list selects.
func (p *pull) take(key string, l *listed, row json.RawMessage, v reconcile.Interval) {
	p.orders.Add(key, row)
	p.listed[key] = l
	p.unpaid = p.unpaid || !isTXID(string(l.TXID))
	if l.created.Known() && (l.created < v.From-edge || l.created > v.To+edge) {
		p.outside = l
	}
}

// pages is one reading of the list for one span of time.
type pages struct {
	listed map[string]*listed
	rows   map[string]json.RawMessage
	page   int    // the last that was asked for
	total  int    // as announced, -1 when it is not
	amiss  string // the first thing that was, "" = nothing
}

func (r *pages) doubt(format string, args ...any) {
	if r.amiss == "" {
		r.amiss = fmt.Sprintf(format, args...)
	}
}

// readPages asks for page after page until one has nothing new. A list that
// announces no total is read twice: only what two readings agree on is whole.
func (p *pull) readPages(ctx context.Context, v reconcile.Interval) (*pages, error) {
	r, err := p.readOnce(ctx, v)
	if err != nil || r.total >= 0 || r.amiss != "" {
		return r, err
	}
	again, err := p.readOnce(ctx, v)
	r.compare(again)
	return r, err
}

// compare takes over what another reading holds, and whether it is something else.
func (r *pages) compare(again *pages) {
	first, second := len(r.rows), len(again.rows)
	for key, row := range again.rows {
		r.rows[key], r.listed[key] = row, again.listed[key]
	}
	if again.amiss != "" {
		r.doubt("%s", again.amiss)
	}
	if first != second || len(r.rows) != first {
		r.doubt("two readings hold %d and %d orders, %d together", first, second, len(r.rows))
	}
}

func (p *pull) readOnce(ctx context.Context, v reconcile.Interval) (*pages, error) {
	r := &pages{listed: map[string]*listed{}, rows: map[string]json.RawMessage{}, total: -1}
	for r.page = 1; r.page <= maxPages; r.page++ {
		a, err := p.ask(ctx, listPath, p.selection(v, r.page, pageSize))
		if err != nil {
			return r, err
		}
		fresh, err := r.add(a)
		if err != nil {
			return r, err
		}
		if fresh == 0 {
			r.end(a)
			return r, nil
		}
	}
	r.doubt("it has more than %d pages", maxPages)
	return r, nil
}

func (p *pull) selection(v reconcile.Interval, page, size int) url.Values {
	return url.Values{"startTime": {milliseconds(v.From - edge)}, "endTime": {milliseconds(v.To + edge)},
		"page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(size)}}
}

// add takes the rows of one page and counts those that are new.
func (r *pages) add(a *answer) (fresh int, err error) {
	for _, row := range a.rows {
		l, err := readListed(row)
		if err != nil {
			return fresh, err
		}
		key := l.key(row)
		if r.rows[key] == nil {
			fresh++
		}
		r.rows[key], r.listed[key] = row, l
	}
	if a.page > 0 && a.page != r.page && fresh > 0 {
		r.doubt("page %d was asked for, and page %d came", r.page, a.page)
	}
	if a.total >= 0 && r.total >= 0 && a.total != r.total {
		r.doubt("its total went from %d to %d on page %d", r.total, a.total, r.page)
	}
	if a.total >= 0 {
		r.total = a.total
	}
	return fresh, nil
}

// unpagedCap: a list that ignores pages and holds a multiple of it may be cut there.
const unpagedCap = 50

// end judges the list at the page that has nothing new.
func (r *pages) end(last *answer) {
	have := len(r.rows)
	switch {
	case r.total >= 0 && have < r.total && len(last.rows) == 0:
		r.doubt("page %d is empty, and %d of %d orders have come", r.page, have, r.total)
	case r.total >= 0 && have < r.total:
		r.doubt("page %d repeats earlier ones, and %d of %d orders have come", r.page, have, r.total)
	case r.total >= 0 && have > r.total:
		r.doubt("it announces %d orders and holds %d", r.total, have)
	case r.total < 0 && have == 0 && last.bare:
		r.doubt("the answer has neither a list nor a total, and nothing published says that this means no orders")
	case r.total < 0 && r.page > 2 && len(last.rows) > 0:
		r.doubt("page %d repeats earlier ones", r.page)
	case r.total < 0 && len(last.rows) > 0 && have%unpagedCap == 0:
		r.doubt("it has no pages and holds %d orders, which may be all that it ever gives at once", have)
	}
}

// whole compares what the list announces for the whole window with what its days
// held: a day that was answered as empty would show nowhere else. An order that is
// created at the very end makes the two differ, so less and less of it is asked for.
func (p *pull) whole(ctx context.Context, from reconcile.Instant) error {
	if !p.counted {
		return nil
	}
	var total, have int
	for n := range reconcile.Instant(attempts) {
		v := reconcile.Interval{From: from, To: p.now - (n+1)*reconcile.Minute}
		if v.To <= v.From {
			return nil
		}
		a, err := p.ask(ctx, listPath, p.selection(v, 1, 1))
		if err != nil {
			return err
		}
		if total, have = a.total, p.createdIn(v); total == have {
			return nil
		}
	}
	p.gaps = append(p.gaps, reconcile.Gap{Reason: fmt.Sprintf("the order list of the API announces %d orders for the whole window, and its days held %d", total, have)})
	return nil
}

// createdIn counts the orders that were created in a span, its edges included.
func (p *pull) createdIn(v reconcile.Interval) int {
	n := 0
	for _, l := range p.listed {
		if !l.created.Known() || l.created >= v.From-edge && l.created <= v.To+edge {
			n++
		}
	}
	return n
}
