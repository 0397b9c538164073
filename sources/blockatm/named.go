package blockatm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/internal/transport"
)

const (
	mostOpen   = 500 // orders that earlier dates left open, asked for one by one
	mostProbes = 100 // orders of our own books that the list does not hold
)

// named asks for orders by their numbers: those that earlier dates left open and
// that are older than the list, and some of those that our own book has and the list
// has not. Where the provider knows one of the latter, the list was short.
func (p *pull) named(ctx context.Context, q sources.Query) error {
	open, ours := p.unlisted(q)
	if len(open) > mostOpen {
		p.notes = append(p.notes, fmt.Sprintf("%d orders of earlier dates are open and not in the list; %d of them were asked for", len(open), mostOpen))
		open = open[:mostOpen]
	}
	for _, number := range open {
		if _, err := p.lookUp(ctx, number); err != nil {
			return err
		}
	}
	if !p.byNumberOnly {
		ours = spread(ours, mostProbes)
	}
	for _, number := range ours {
		l, err := p.lookUp(ctx, number)
		if err != nil {
			return err
		}
		if l != nil && !p.byNumberOnly && l.created >= q.Reach.From && l.created < p.now-reconcile.Hour {
			p.gaps = append(p.gaps, reconcile.Gap{Reason: fmt.Sprintf("order %s of %s can be asked for and is not in the order list of the API: the list is short", number, l.created)})
			return nil
		}
	}
	return nil
}

// unlisted returns the numbers of orders that are not in the list, each once.
func (p *pull) unlisted(q sources.Query) (open, ours []string) {
	if q.Named == nil {
		return nil, nil
	}
	seen := map[string]bool{"": true}
	for _, l := range p.listed {
		seen[string(l.OrderNo)] = true
	}
	for _, n := range q.Named() {
		switch {
		case seen[n.OrderNo]:
			continue
		case n.Open && n.Provider == p.options.Profile.Name:
			open = append(open, n.OrderNo)
		case !n.Open && n.Created >= q.Reach.From && n.Created < q.Reach.To:
			ours = append(ours, n.OrderNo)
		default:
			continue
		}
		seen[n.OrderNo] = true
	}
	return open, ours
}

// spread picks at most n of a list, evenly.
func spread(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	picked := make([]string, n)
	for i := range picked {
		picked[i] = list[i*len(list)/n]
	}
	return picked
}

// lookUp asks for one order and keeps it; nil when the provider has none.
func (p *pull) lookUp(ctx context.Context, number string) (*listed, error) {
	path := detailPath
	if p.byNumberOnly {
		path = listPath
	}
	a, err := p.ask(ctx, path, url.Values{"orderNo": {number}})
	if refused, ok := errors.AsType[*refusedError](err); ok && refused.noSuch() {
		return nil, nil
	}
	if status, ok := errors.AsType[*transport.StatusError](err); ok && status.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("order %s: %w", number, err)
	}
	var found *listed
	for _, row := range a.rows {
		l, err := readListed(row)
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", number, err)
		}
		if string(l.OrderNo) != number { // an answer to another question
			continue
		}
		key := l.key(row)
		p.orders.Add(key, row)
		p.listed[key], found = l, l
	}
	return found, nil
}
