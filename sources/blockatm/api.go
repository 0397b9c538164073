package blockatm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/internal/fetch"
	"tieout/sources/internal/transport"
)

// APIOptions configure the source that asks BlockATM for its orders.
type APIOptions struct {
	sources.FileOptions                  // without files
	URL                 string           // https://open.blockatm.net
	Key                 string           // of the header BlockATM-API-Key; no error shows it
	PerMinute           int              // requests; 0 = 90, below the published limit of 100
	Now                 func() time.Time // the clock

	sleep func(context.Context, time.Duration) error // of tests
}

// API returns a source that reads the order list of the API, in either of the two
// shapes that are published, and asks the detail API for orders that other books
// name and the list does not hold.
//
// The list is read day by day. A day counts as read when its pages are as many
// orders as the list announces, none missing and none of them changed while it was
// read; otherwise it is read again, and then it is a gap that says what was amiss.
// In the end the whole window has to announce what its days held together.
//
// Not published is what startTime and endTime select by. By creation or by change
// every order of the window comes, as long as the end is later than now. By payment
// unpaid ones would be left out, so rows that say it might be make a gap.
//
// A list API that answers by order number alone (the shape of 2025) can only be
// asked for the orders that our own books name: what no book names is not seen, and
// the source is incomplete.
func API(o APIOptions) sources.Source {
	if o.PerMinute == 0 {
		o.PerMinute = 90
	}
	pull := func(ctx context.Context, q sources.Query) (book.Pulled, error) {
		p := newPull(o)
		defer p.client.HTTP.CloseIdleConnections()
		return p.all(ctx, q)
	}
	return book.Remote(o.FileOptions, shape, pull)
}

const (
	listPath   = "/order/api/v2/payorder/list"
	detailPath = "/order/api/v2/payorder/detail"
	pageSize   = 100 // the largest that is allowed is not published; a smaller page is no harm
	maxPages   = 10000
	attempts   = 3 // at a list that changes while it is read
)

// pull is one reading of the API.
type pull struct {
	options *APIOptions
	client  fetch.Client
	now     reconcile.Instant // when it began
	orders  book.Set
	listed  map[string]*listed // what is known of orders, by key
	gaps    []reconcile.Gap
	notes   []string

	byNumberOnly bool // the list wants an order number

	counted bool    // every day announced how many orders it has
	outside *listed // an order that was created outside of the day that it was listed for
	unpaid  bool    // some row names no transaction
}

func newPull(o APIOptions) *pull {
	return &pull{options: &o, now: reconcile.InstantOf(o.Now()), listed: map[string]*listed{}, counted: true,
		client: fetch.Client{HTTP: transport.New(transport.Options{Rate: float64(o.PerMinute) / 60}), Secrets: []string{o.Key}, Sleep: o.sleep}}
}

// all reads everything that the query reaches. An error comes with the orders that
// were read until then.
func (p *pull) all(ctx context.Context, q sources.Query) (book.Pulled, error) {
	err := p.days(ctx, q)
	if err == nil {
		err = p.named(ctx, q)
	}
	got := book.Pulled{From: transport.Host(p.options.URL) + listPath, Rows: p.orders.Rows(), Gaps: p.gaps, Notes: p.notes, Proof: "paged"}
	if p.counted {
		got.Proof = "counted"
	}
	if span := (reconcile.Interval{From: q.Reach.From, To: min(q.Reach.To, p.now)}); span.From < span.To {
		got.Covers = []reconcile.Interval{span}
	}
	return got, err
}

// days reads the list of every day up to now, and then compares its announcement
// for the whole of them with what they held.
func (p *pull) days(ctx context.Context, q sources.Query) error {
	for from := q.Reach.From; from < p.now; from += reconcile.Day {
		day := reconcile.Interval{From: from, To: min(from+reconcile.Day, p.now)}
		if day.To == p.now { // an order that changes now must not fall behind the end
			day.To += reconcile.Day
		}
		err := p.day(ctx, day)
		if refused, ok := errors.AsType[*refusedError](err); ok && refused.needsOrderNo() {
			p.byNumber()
			return nil
		}
		if err != nil {
			return err
		}
	}
	if len(p.gaps) > 0 {
		return nil
	}
	if p.outside != nil {
		p.selectedBy()
		return nil
	}
	return p.whole(ctx, q.Reach.From)
}

// byNumber says what a list API that wants an order number cannot show.
func (p *pull) byNumber() {
	p.byNumberOnly, p.counted = true, false
	p.gaps = append(p.gaps, reconcile.Gap{Reason: "the list API here answers by order number alone, so orders that no book of ours names are not seen: add exports of the order list as files"})
}

// selectedBy judges what the list selects by, where some orders were created outside
// of the time that was asked for.
func (p *pull) selectedBy() {
	if p.unpaid {
		p.notes = append(p.notes, "the list selects by change and not by creation, which is as complete")
		return
	}
	p.gaps = append(p.gaps, reconcile.Gap{Reason: fmt.Sprintf("the list does not select by creation (order %s of %s came for a later time) and every order in it is paid: "+
		"it may select by payment and leave unpaid orders out", firstOf(string(p.outside.OrderNo), string(p.outside.ID)), p.outside.created)})
}

// ask asks an endpoint.
func (p *pull) ask(ctx context.Context, path string, query url.Values) (*answer, error) {
	var a *answer
	address := strings.TrimSuffix(p.options.URL, "/") + path + "?" + query.Encode()
	sign := func(r *http.Request) { r.Header.Set("BlockATM-API-Key", p.options.Key) }
	err := p.client.Get(ctx, address, sign, func(body []byte) (err error) {
		a, err = parseAnswer(body)
		return err
	})
	if status, ok := errors.AsType[*transport.StatusError](err); ok && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden) {
		return nil, fmt.Errorf("the API does not accept the key: %w", err)
	}
	return a, err
}

func milliseconds(at reconcile.Instant) string { return strconv.FormatInt(int64(at/1e6), 10) }
