package bvnk

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
	mostOpen   = 500 // payments that earlier dates left open, asked for one by one
	mostProbes = 100 // orders of our own books that the list does not hold
)

// named asks for payments one by one: those that earlier dates left open and that are
// older than the list, by uuid, and some of those that our own book has and the list
// has not, by reference. Where the provider knows one of the latter, the list was short.
func (p *pull) named(ctx context.Context, q sources.Query) error {
	open, ours := p.unlisted(q)
	if len(open) > mostOpen {
		p.notes = append(p.notes, fmt.Sprintf("%d payments of earlier dates are open and not in the list; %d of them were asked for", len(open), mostOpen))
		open = open[:mostOpen]
	}
	for _, id := range open {
		if _, err := p.lookUp(ctx, "/api/v1/pay/"+url.PathEscape(id)+"/summary", nil); err != nil {
			return fmt.Errorf("payment %s: %w", id, err)
		}
	}
	for i := range min(len(ours), mostProbes) {
		reference := ours[i*len(ours)/min(len(ours), mostProbes)]
		found, err := p.lookUp(ctx, summaryPath, url.Values{"merchantId": {p.options.Merchant}, "customerReference": {reference}})
		if err != nil {
			return fmt.Errorf("reference %s: %w", reference, err)
		}
		for _, l := range found {
			if l.ref == reference && l.created >= q.Reach.From && l.created < p.now-reconcile.Hour {
				p.gaps = append(p.gaps, reconcile.Gap{Reason: fmt.Sprintf("payment %s (%s) of %s can be asked for and is not in the payment list: the list is short", l.key, reference, l.created)})
				return nil
			}
		}
	}
	return nil
}

// unlisted returns what is not in the list: the ids of open payments, and the order
// numbers of our own book.
func (p *pull) unlisted(q sources.Query) (open, ours []string) {
	if q.Named == nil {
		return nil, nil
	}
	ids, references := map[string]bool{"": true}, map[string]bool{"": true}
	for _, l := range p.known {
		ids[l.key], references[l.ref] = true, true
	}
	for _, n := range q.Named() {
		switch {
		case n.Open && n.Provider == p.options.Profile.Name && !ids[n.OrderID]:
			open, ids[n.OrderID] = append(open, n.OrderID), true
		case !n.Open && !references[n.OrderNo] && n.Created >= q.Reach.From && n.Created < q.Reach.To:
			ours, references[n.OrderNo] = append(ours, n.OrderNo), true
		}
	}
	return open, ours
}

// lookUp asks for single payments and keeps them; none when the provider has none.
func (p *pull) lookUp(ctx context.Context, path string, query url.Values) ([]*listed, error) {
	found, err := p.ask(ctx, path, query)
	if status, ok := errors.AsType[*transport.StatusError](err); ok && status.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var fresh []*listed
	for _, l := range found {
		if p.known[l.key] == nil {
			p.rows.Add(l.key, l.row)
			p.known[l.key] = l
			fresh = append(fresh, l)
		}
	}
	return fresh, nil
}
