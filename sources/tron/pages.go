package tron

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"tieout/reconcile"
)

// row is a transfer as v1 lists it.
type row struct {
	TXID  string `json:"transaction_id"`
	Token struct {
		Address string `json:"address"`
	} `json:"token_info"`
	Timestamp milliseconds `json:"block_timestamp"`
	From      string       `json:"from"`
	To        string       `json:"to"`
	Type      string       `json:"type"`
	Value     string       `json:"value"`
}

// page is one answer of a list. The next one is asked for by its fingerprint alone:
// the link that comes along names a host, which is not ours to follow.
type page struct {
	Data    *[]row `json:"data"`
	Success bool   `json:"success"`
	Meta    struct {
		Fingerprint string `json:"fingerprint"`
		Size        *int   `json:"page_size"`
	} `json:"meta"`
}

const (
	pageLimit = 200
	maxPages  = 5000 // a million transfers of one address
)

// listing is the reading of one list, page by page.
type listing struct {
	*grid
	address, token string
	from, to       milliseconds // both inclusive
	descending     bool
	rows           []row
	seen           map[string]bool // fingerprints
}

// list reads all transfers of a token into an address over a time.
func (g *grid) list(ctx context.Context, address, token string, q question) ([]row, error) {
	const ms = reconcile.Second / 1000
	l := &listing{grid: g, address: address, token: token, descending: q.again,
		from: milliseconds((q.span.From + ms - 1) / ms), to: milliseconds((q.span.To - 1) / ms), seen: map[string]bool{}}
	fingerprint := ""
	for range maxPages {
		p, err := l.page(ctx, fingerprint)
		if err != nil {
			return nil, err
		}
		l.rows = append(l.rows, *p.Data...)
		fingerprint = p.Meta.Fingerprint
		switch {
		case fingerprint == "" && len(*p.Data) < pageLimit:
			return l.rows, nil
		case fingerprint == "": // a full page, and no way on: more may follow
			if err := l.restart(); err != nil {
				return nil, err
			}
		case l.seen[fingerprint]:
			return nil, fmt.Errorf("transfers of %s: a page leads back to an earlier one", l.address)
		}
		l.seen[fingerprint] = true
	}
	return nil, fmt.Errorf("transfers of %s: more than %d pages", l.address, maxPages)
}

// page asks for one page; all else that is asked must stay the same from page to page.
func (l *listing) page(ctx context.Context, fingerprint string) (p page, err error) {
	order := "block_timestamp,asc"
	if l.descending {
		order = "block_timestamp,desc"
	}
	query := url.Values{"only_to": {"true"}, "limit": {strconv.Itoa(pageLimit)}, "contract_address": {l.token}, "order_by": {order},
		"min_timestamp": {strconv.FormatInt(int64(l.from), 10)}, "max_timestamp": {strconv.FormatInt(int64(l.to), 10)}}
	if fingerprint != "" {
		query.Set("fingerprint", fingerprint)
	}
	for try := 1; ; try++ {
		p = page{}
		if err := l.get(ctx, "/v1/accounts/"+l.address+"/transactions/trc20", query, &p); err != nil {
			return p, err
		}
		reason := l.misfit(p)
		if reason == "" {
			return p, nil
		}
		if try == maxBehind {
			return p, fmt.Errorf("%w: transfers of %s: %s", errUnfit, l.address, reason)
		}
		if err := l.options.wait(ctx, blockWait); err != nil {
			return p, err
		}
	}
}

// misfit says why a page is no answer to the question, "" when it is one.
func (l *listing) misfit(p page) string {
	if !p.Success || p.Data == nil {
		return "no list"
	}
	if size := p.Meta.Size; size != nil && *size != len(*p.Data) || len(*p.Data) > pageLimit {
		return fmt.Sprintf("a page of %d rows is not what it says it is", len(*p.Data))
	}
	last := milliseconds(0)
	if len(l.rows) > 0 {
		last = l.rows[len(l.rows)-1].Timestamp
	}
	for i := range *p.Data {
		r := &(*p.Data)[i]
		if reason := l.strange(r, last); reason != "" {
			return reason
		}
		last = r.Timestamp
	}
	return ""
}

// strange says why a row is not of the list, "" when it is.
func (l *listing) strange(r *row, last milliseconds) string {
	token, errToken := base58(r.Token.Address)
	to, errTo := base58(r.To)
	_, ok := canonicalTXID(r.TXID)
	switch {
	case errToken != nil || errTo != nil || !ok:
		return "a row lacks its transaction, token or recipient"
	case token != l.token:
		return "a row is of another token"
	case to != l.address:
		return "a row has another recipient"
	case r.Timestamp < l.from || r.Timestamp > l.to:
		return "a row is of another time"
	case last != 0 && (r.Timestamp < last && !l.descending || r.Timestamp > last && l.descending):
		return "its rows are not in the order that was asked for"
	}
	return ""
}

// restart goes on from the time of the last row, whose rows are asked for again.
func (l *listing) restart() error {
	last := l.rows[len(l.rows)-1].Timestamp
	if l.rows[max(0, len(l.rows)-pageLimit)].Timestamp == last {
		return fmt.Errorf("transfers of %s: a full page of one block, and none after it", l.address)
	}
	l.rows = slices.DeleteFunc(l.rows, func(r row) bool { return r.Timestamp == last })
	l.seen = map[string]bool{}
	if l.descending {
		l.to = last
	} else {
		l.from = last
	}
	return nil
}

// read asks for each address and token, and then for every transaction that the lists
// name: they have no block, no index, and two equal transfers of one transaction look
// like one that was listed twice.
func (g *grid) read(ctx context.Context, q question) (a answer) {
	listed := map[string][]row{} // by txid
	failures := 0
	for _, address := range q.addresses {
		for _, token := range q.tokens {
			rows, err := g.list(ctx, address, token, q)
			if err != nil {
				a.holes = append(a.holes, hole{span: q.span, reason: g.shortly(err)})
				if failures++; failures == maxFailures || ctx.Err() != nil {
					return a
				}
				continue
			}
			failures = 0
			for _, r := range rows {
				txid, _ := canonicalTXID(r.TXID)
				listed[txid] = append(listed[txid], r)
			}
		}
	}
	for _, txid := range slices.Sorted(maps.Keys(listed)) {
		rows := listed[txid]
		moves, err := g.proven(ctx, txid, rows, q)
		if err != nil {
			at := rows[0].Timestamp.instant()
			a.holes = append(a.holes, hole{span: reconcile.Interval{From: at, To: at + 1}, reason: g.shortly(err)})
			continue
		}
		a.moves = append(a.moves, moves...)
	}
	return a
}
