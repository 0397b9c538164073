package bvnk

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"tieout/reconcile"
)

// list reads one list until nothing about it is amiss. One that stays so is a gap;
// what was read of it is kept.
func (p *pull) list(ctx context.Context, path string, from reconcile.Instant) error {
	span := reconcile.Interval{From: from - reconcile.Day, To: p.now + 2*reconcile.Day}
	var why string
	before := map[string]bool{} // read by an attempt: payments do not vanish
	for range attempts {
		r := &reading{pull: p, path: path, span: span, at: map[string]int{}}
		err := r.forward(ctx)
		if err == nil && r.amiss == "" {
			err = r.fromTheEnd(ctx)
		}
		for _, l := range r.rows {
			p.take(l, span)
			before[l.key] = true
		}
		if gone := len(before) - len(r.at); gone > 0 {
			r.doubt("%d payments that were read before are not in it", gone)
		}
		if err != nil {
			return fmt.Errorf("%s, payments from number %d on: %w", path, len(r.rows)+1, err)
		}
		if why = r.amiss; why == "" {
			return nil
		}
	}
	p.gaps = append(p.gaps, reconcile.Gap{Reason: fmt.Sprintf("the list %s: %s", path, why)})
	return nil
}

// take keeps a payment, and what it says of how the list selects. A date may begin
// up to 14 hours before or after the one in UTC.
func (p *pull) take(l *listed, span reconcile.Interval) {
	p.rows.Add(l.key, l.row)
	p.known[l.key] = l
	p.unpaid = p.unpaid || l.unpaid
	if l.created.Known() && l.created < span.From-2*reconcile.Day {
		p.outside = l
	}
}

// reading is one reading of a list, in the order of the list.
type reading struct {
	*pull
	path  string
	span  reconcile.Interval
	rows  []*listed
	at    map[string]int // key -> place in rows
	amiss string         // the first thing that was, "" = nothing
}

func (r *reading) doubt(format string, args ...any) {
	if r.amiss == "" {
		r.amiss = fmt.Sprintf(format, args...)
	}
}

func (r *reading) page(ctx context.Context, offset, most int, order string) ([]*listed, error) {
	return r.ask(ctx, r.path, url.Values{"merchantId": {r.options.Merchant}, "fromDate": {date(r.span.From)}, "toDate": {date(r.span.To)},
		"offset": {strconv.Itoa(offset)}, "max": {strconv.Itoa(most)}, "order": {order}})
}

func date(at reconcile.Instant) string { return at.Time().Format(time.DateOnly) }

// forward reads page after page, oldest first, each from the last rows of the one
// before on, until one has nothing new.
func (r *reading) forward(ctx context.Context) error {
	for len(r.rows) < maxRows {
		offset := max(0, len(r.rows)-overlap)
		page, err := r.page(ctx, offset, pageSize, "asc")
		if err != nil {
			return err
		}
		known := r.rows[offset:]
		if !begins(page, known) {
			r.doubt("behind payment number %d it is not what it was: it changed while it was read", offset)
			return nil
		}
		for _, l := range page[len(known):] {
			if first, again := r.at[l.key]; again {
				r.doubt("payment %s stands in it as number %d and number %d", l.key, first+1, len(r.rows)+1)
				return nil
			}
			r.at[l.key] = len(r.rows)
			r.rows = append(r.rows, l)
		}
		if len(page) == len(known) {
			return nil
		}
	}
	r.doubt("it holds more than %d payments", maxRows)
	return nil
}

// begins reports whether a page starts with those rows.
func begins(page, with []*listed) bool {
	if len(page) < len(with) {
		return false
	}
	for i := range with {
		if page[i].key != with[i].key {
			return false
		}
	}
	return true
}

// fromTheEnd asks for the newest payments. One that was not read shows that the list
// goes on behind what seemed its end, unless it came only now.
func (r *reading) fromTheEnd(ctx context.Context) error {
	newest, err := r.page(ctx, 0, overlap, "desc")
	if err != nil {
		return err
	}
	switch {
	case len(newest) == 0 && len(r.rows) > 0:
		r.doubt("it holds %d payments from its beginning and none from its end", len(r.rows))
	case len(newest) > 0 && len(r.rows) > overlap && newest[0].key == r.rows[0].key: // it has one order alone
		if newest, err = r.page(ctx, len(r.rows), overlap, "asc"); err != nil {
			return err
		}
	}
	for _, l := range newest {
		if _, read := r.at[l.key]; read {
			continue
		}
		if l.created < r.now {
			r.doubt("payment %s stands near its end and not among the %d that were read", l.key, len(r.rows))
		}
		r.at[l.key] = len(r.rows)
		r.rows = append(r.rows, l)
	}
	return nil
}
