package bvnk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/internal/fetch"
	"tieout/sources/internal/transport"
)

// APIOptions configure the source that asks BVNK for its payments.
type APIOptions struct {
	sources.FileOptions                  // without files
	URL                 string           // https://api.bvnk.com
	ID, Key             string           // Hawk Auth ID and Secret Key; no error shows them
	Merchant            string           // merchantId, without which BVNK lists nothing
	Channels            bool             // channel payments too
	PerMinute           int              // requests; 0 = 120. BVNK publishes no limit
	Now                 func() time.Time // the clock

	sleep func(context.Context, time.Duration) error // of tests
}

// API returns a source that reads the payment list of v0 and v1 and, where asked,
// the one of channel payments. v3 lists payins elsewhere, in a shape that is not
// published: give those as files.
//
// The list has no total and no cursor. So each page begins with the last rows of the
// one before, which shows whether the list moved meanwhile, and in the end the list
// is asked from its other end, where the first payment has to be known. A list that
// does not pass is read again, and then it is a gap that says what was amiss.
//
// Not published is in which zone fromDate and toDate are dates, and of what: they are
// asked with a day to spare, and rows that show them to be of something else than
// creation or change make a gap.
func API(o APIOptions) sources.Source {
	if o.PerMinute == 0 {
		o.PerMinute = 120
	}
	pull := func(ctx context.Context, q sources.Query) (book.Pulled, error) {
		p := newPull(o)
		defer p.client.HTTP.CloseIdleConnections()
		return p.all(ctx, q)
	}
	return book.Remote(o.FileOptions, shape, pull)
}

const (
	summaryPath = "/api/v1/pay/summary"
	channelPath = "/api/v2/channel/payment"
	pageSize    = 100 // the largest that is documented
	overlap     = 10  // rows of the page before
	maxRows     = 5_000_000
	attempts    = 3 // at a list that changes while it is read
)

// pull is one reading of the API.
type pull struct {
	options *APIOptions
	client  fetch.Client
	hawk    hawk
	now     reconcile.Instant // when it began
	rows    book.Set
	known   map[string]*listed // by key
	gaps    []reconcile.Gap
	notes   []string

	outside *listed // a payment that was created outside of the dates that it was listed for
	unpaid  bool    // some payment has no transaction
}

func newPull(o APIOptions) *pull {
	return &pull{options: &o, now: reconcile.InstantOf(o.Now()), known: map[string]*listed{}, hawk: hawk{id: o.ID, key: o.Key},
		client: fetch.Client{HTTP: transport.New(transport.Options{Rate: float64(o.PerMinute) / 60}), Secrets: []string{o.Key, o.ID}, Sleep: o.sleep}}
}

// all reads everything that the query reaches. An error comes with the payments that
// were read until then.
func (p *pull) all(ctx context.Context, q sources.Query) (book.Pulled, error) {
	got := book.Pulled{From: transport.Host(p.options.URL) + summaryPath, Proof: "paged"}
	span := reconcile.Interval{From: q.Reach.From, To: min(q.Reach.To, p.now)}
	if span.From < span.To {
		got.Covers = []reconcile.Interval{span}
	}
	err := p.lists(ctx, q.Reach.From)
	if err == nil {
		err = p.named(ctx, q)
	}
	got.Rows, got.Gaps, got.Notes = p.rows.Rows(), p.gaps, p.notes
	return got, err
}

func (p *pull) lists(ctx context.Context, from reconcile.Instant) error {
	paths := []string{summaryPath}
	if p.options.Channels {
		paths = append(paths, channelPath)
	}
	for _, path := range paths {
		if err := p.list(ctx, path, from); err != nil {
			return err
		}
	}
	if p.outside == nil || len(p.gaps) > 0 {
		return nil
	}
	if p.unpaid {
		p.notes = append(p.notes, "the list selects by change and not by creation, which is as complete")
		return nil
	}
	p.gaps = append(p.gaps, reconcile.Gap{Reason: fmt.Sprintf("the list does not select by creation (payment %s of %s came for later dates) and every payment in it has a transaction: "+
		"it may select by payment and leave unpaid ones out", p.outside.key, p.outside.created)})
	return nil
}

// ask asks for a list of payments.
func (p *pull) ask(ctx context.Context, path string, query url.Values) ([]*listed, error) {
	address := strings.TrimSuffix(p.options.URL, "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var list []*listed
	sign := func(r *http.Request) {
		r.Header.Set("Authorization", p.hawk.authorization(r.Method, r.URL, p.options.Now(), nonce()))
	}
	read := func(body []byte) (err error) { list, err = parseList(body); return err }
	err := p.client.Get(ctx, address, sign, read)
	refused, ok := errors.AsType[*transport.StatusError](err)
	if ok && refused.Status == http.StatusUnauthorized && p.hawk.adjust(refused.Challenge, refused.Date, p.options.Now()) {
		p.notes = append(p.notes, fmt.Sprintf("the provider's clock is %s ahead of ours; requests are signed by its time", p.hawk.ahead.Round(time.Second)))
		err = p.client.Get(ctx, address, sign, read)
		refused, ok = errors.AsType[*transport.StatusError](err)
	}
	if ok && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden) {
		return nil, fmt.Errorf("the API does not accept the Hawk id and key: %w", err)
	}
	return list, err
}

// listed is what the reading of a list has to know of a payment.
type listed struct {
	key     string
	row     json.RawMessage
	created reconcile.Instant // 0 when the row does not say
	ref     string
	unpaid  bool
}

// parseList reads the bare array that the list is, or the one payment that a detail
// is. Anything else is a message in place of it, or was cut on the way.
func parseList(body []byte) ([]*listed, error) {
	var rows []json.RawMessage
	if err := json.Unmarshal(body, &rows); err != nil || rows == nil { // null is no list, and so not an empty one
		var one struct {
			UUID string `json:"uuid"`
		}
		if json.Unmarshal(body, &one) != nil || one.UUID == "" {
			return nil, &fetch.Again{Err: fmt.Errorf("the answer is no list of payments: %s", clip(string(body)))}
		}
		rows = []json.RawMessage{body}
	}
	list := make([]*listed, 0, len(rows))
	for _, row := range rows {
		l, err := parseListed(row)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

func parseListed(row json.RawMessage) (*listed, error) {
	var o struct {
		UUID         string            `json:"uuid"`
		Reference    literal           `json:"reference"`
		Created      literal           `json:"dateCreated"`
		Hash         literal           `json:"hash"`
		Transactions []json.RawMessage `json:"transactions"`
	}
	if err := json.Unmarshal(row, &o); err != nil || o.UUID == "" {
		return nil, &fetch.Again{Err: fmt.Errorf("a row of the list is no payment: %s", clip(string(row)))}
	}
	l := &listed{key: strings.ToLower(o.UUID), row: row, ref: string(o.Reference), unpaid: len(o.Transactions) == 0 && o.Hash == ""}
	if at, err := sources.ParseTime(string(o.Created), time.UTC); err == nil {
		l.created = at
	}
	return l, nil
}

func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
