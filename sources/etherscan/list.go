package etherscan

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// span is the blocks [from, to].
type span struct{ from, to uint64 }

// listing asks for the transfers of a token into and out of an address.
type listing struct {
	address, token string
	span
	descending bool
}

const (
	pageRows = 1000   // what a free key gets at once
	window   = 10_000 // rows of one query that pages can reach
)

// row is a transfer as tokentx lists it. All of it is text, and there is no log index.
type row struct {
	Block string `json:"blockNumber"`
	Time  string `json:"timeStamp"`
	TX    string `json:"hash"`
	Hash  string `json:"blockHash"`
	From  string `json:"from"`
	Token string `json:"contractAddress"`
	To    string `json:"to"`
	Value string `json:"value"`
}

// rows follows a list to its end, by blocks: after a full page it goes on from the last
// block, whose rows are asked for again. Where a query takes the API too long, its
// blocks are halved.
func (r *reader) rows(ctx context.Context, l listing) (all []movement, err error) {
	for l.from <= l.to {
		found, err := r.page(ctx, l, 1)
		if errors.Is(err, errSlow) && l.from < l.to {
			return r.halves(ctx, l, all)
		}
		if err != nil {
			return nil, err
		}
		if len(found) < pageRows {
			return append(all, found...), nil
		}
		last := found[len(found)-1].block
		if found[0].block == last {
			if found, err = r.block(ctx, l, last); err != nil {
				return nil, err
			}
			all = append(all, found...)
			l = l.beyond(last)
			continue
		}
		all = append(all, slices.DeleteFunc(found, func(m movement) bool { return m.block == last })...)
		l = l.since(last)
	}
	return all, nil
}

func (r *reader) halves(ctx context.Context, l listing, all []movement) ([]movement, error) {
	middle := l.from + (l.to-l.from)/2
	low, high := l, l
	low.to, high.from = middle, middle+1
	if l.descending {
		low, high = high, low
	}
	for _, half := range []listing{low, high} {
		found, err := r.rows(ctx, half)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// since is what is left of a list from a block on, beyond what is after it.
func (l listing) since(block uint64) listing {
	if l.descending {
		l.to = block
	} else {
		l.from = block
	}
	return l
}

func (l listing) beyond(block uint64) listing {
	if !l.descending {
		l.from = block + 1
		return l
	}
	if l.to = block - 1; block == 0 {
		l.from, l.to = 1, 0
	}
	return l
}

// block reads a block that fills more than a page, page by page.
func (r *reader) block(ctx context.Context, l listing, block uint64) (all []movement, err error) {
	l.span = span{block, block}
	for page := 1; page*pageRows <= window; page++ {
		found, err := r.page(ctx, l, page)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(found) < pageRows {
			return all, nil
		}
	}
	return nil, fmt.Errorf("block %d has more than %d transfers of one address, and the API shows no more", block, window)
}

// page asks for one page and refuses one that does not fit.
func (r *reader) page(ctx context.Context, l listing, page int) (list []movement, err error) {
	sort := "asc"
	if l.descending {
		sort = "desc"
	}
	query := url.Values{"module": {"account"}, "action": {"tokentx"}, "address": {l.address}, "contractaddress": {l.token}, "startblock": {decimal(l.from)}, "endblock": {decimal(l.to)},
		"page": {strconv.Itoa(page)}, "offset": {strconv.Itoa(pageRows)}, "sort": {sort}}
	err = r.ask(ctx, query, func(result []byte) error {
		rows, err := rowsOf(result)
		if err != nil {
			return err
		}
		list, err = l.movements(rows)
		return err
	})
	return list, err
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// movements decodes rows that are of the list and in its order.
func (l listing) movements(rows []row) (list []movement, err error) {
	if len(rows) > pageRows {
		return nil, fmt.Errorf("a page of %d rows", len(rows))
	}
	for i := range rows {
		m, err := rows[i].movement()
		switch {
		case err != nil:
			return nil, err
		case m.token != l.token || m.from != l.address && m.to != l.address:
			return nil, errors.New("a row is of another token or address")
		case m.block < l.from || m.block > l.to:
			return nil, fmt.Errorf("a row is of block %d, outside %d to %d", m.block, l.from, l.to)
		case i > 0 && (m.block < list[i-1].block && !l.descending || m.block > list[i-1].block && l.descending):
			return nil, errors.New("its rows are not in the order that was asked for")
		}
		list = append(list, m)
	}
	return list, nil
}

func (r *row) movement() (m movement, err error) {
	m = movement{hash: strings.ToLower(r.Hash), txid: strings.ToLower(r.TX), index: -1, token: strings.ToLower(r.Token), from: strings.ToLower(r.From), to: strings.ToLower(r.To)}
	seconds, errTime := strconv.ParseInt(r.Time, 10, 40)
	m.time = reconcile.Instant(seconds) * reconcile.Second
	if m.block, err = strconv.ParseUint(r.Block, 10, 63); err != nil || errTime != nil || seconds <= 0 {
		return m, fmt.Errorf("a row has no block or time: %.40q, %.40q", r.Block, r.Time)
	}
	value, err := money.Parse(r.Value)
	if err == nil {
		m.value, err = value.Bind(0)
	}
	if err != nil || m.value.Sign() < 0 {
		return m, fmt.Errorf("a row has no amount in base units: %.90q", r.Value)
	}
	if len(m.txid) != 66 || len(m.token) != 42 || len(m.from) != 42 || len(m.to) != 42 {
		return m, errors.New("a row lacks its transaction, token or parties")
	}
	return m, nil
}
