// Package webhook reads the log of a merchant's webhook receiver: what came, when,
// whether its signature verifies, and what was answered.
//
// A log line is {"received_at", "headers", "body", "response_status"} with the raw
// body, since signatures are over its bytes; "body_base64" holds it where it may be
// no text. A body that was logged as a JSON object has lost them: its signature can
// still verify, by a scheme that signs members, but that it does not proves nothing.
// A plain table with the columns received_at, order_no, order_id, status, amount,
// txid, response_status is read too; nothing in it can be verified. How a request is
// decoded and verified is the provider's business and comes in as a sources.Decoder.
//
// A forged delivery is no reject: it is a row that was read, and says something.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// Options configure a webhook log.
type Options struct {
	sources.FileOptions
	Decoder sources.Decoder
	Secrets []Secret // empty = signatures are not checked
	URL     string   // of the receiver, where the log has none and a signature covers it
}

// Secret is a signing secret with the time of receipt for which it holds; zero ends
// are open. Several may hold at a time.
type Secret struct {
	Value    string
	From, To reconcile.Instant
}

func (s Secret) holds(at reconcile.Instant) bool {
	return (s.From == 0 || s.From <= at) && (s.To == 0 || at < s.To)
}

// Deliveries returns a source over the log files. Read returns an error, and
// covers nothing, when a file cannot be read as a log; the other files are read all
// the same. Rows that o.Only leaves out are counted out of scope, unread.
func Deliveries(o Options) sources.Source { return &source{options: o} }

type source struct {
	options Options
	only    []filter
}

func (s *source) Info() reconcile.SourceInfo {
	return reconcile.SourceInfo{Name: s.options.Name, Kind: reconcile.SourceWebhooks, Provider: s.options.Profile.Name}
}

const (
	receivedAt = iota
	headers
	body
	bodyBase64
	responseStatus
	url
	orderNo
	orderID
	status
	amount
	txid
)

var columns = []tabular.Column{
	receivedAt:     {Name: "received_at", Aliases: []string{"received", "timestamp", "time"}, Required: true},
	headers:        {Name: "headers", Aliases: []string{"request_headers"}},
	body:           {Name: "body", Aliases: []string{"raw_body", "request_body", "payload"}},
	bodyBase64:     {Name: "body_base64"},
	responseStatus: {Name: "response_status", Aliases: []string{"status_code", "http_status", "response_code"}},
	url:            {Name: "url"},
	orderNo:        {Name: "order_no", Aliases: []string{"reference"}},
	orderID:        {Name: "order_id"},
	status:         {Name: "status", Aliases: []string{"order_status"}},
	amount:         {Name: "amount"},
	txid:           {Name: "txid", Aliases: []string{"tx_hash", "transaction_hash"}},
}

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	contract, mapped, err := s.contract()
	if err == nil {
		contract.Columns, err = s.filters(contract.Columns)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	var failed []error
	for _, file := range s.options.Files {
		if err := s.readFile(ctx, file, contract, mapped, into); err != nil {
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for _, span := range s.options.Spans(q) {
		into.Cover(reconcile.Coverage{Span: span})
	}
	into.Proof("declared")
	return nil
}

// contract applies the configuration's column mapping and lists the columns that it
// names a header for.
func (s *source) contract() (c tabular.Contract, mapped []int, err error) {
	c.Columns = slices.Clone(columns)
	for _, name := range slices.Sorted(maps.Keys(s.options.Columns)) {
		i := slices.IndexFunc(columns, func(c tabular.Column) bool { return c.Name == name })
		if i < 0 {
			return c, nil, fmt.Errorf("columns: %q is no column of a webhook log; it has %s", name, names())
		}
		c.Columns[i].Name, c.Columns[i].Aliases = s.options.Columns[name], nil
		mapped = append(mapped, i)
	}
	slices.Sort(mapped)
	return c, mapped, nil
}

func names() string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

func (s *source) readFile(ctx context.Context, file sources.File, c tabular.Contract, mapped []int, into sources.Sink) error {
	r := &reading{options: &s.options, only: s.only, into: into, path: file.Path, unseen: slices.Clone(mapped)}
	sum, err := tabular.Read(file.Path, file.Open, c, tabular.Options{Comma: s.options.Comma, Sheet: s.options.Sheet}, tabular.Handler{
		Header: func(sum tabular.Summary) error { r.register(sum.Sheet); return nil },
		Row: func(row *tabular.Row) error {
			r.register("")
			r.take(row)
			return ctx.Err()
		},
		Bad: func(e *tabular.Error) error {
			r.register(e.Sheet)
			r.delivery = reconcile.Delivery{} // of the row before, which may stand on the same line
			r.reject(reconcile.At{File: r.file, Line: e.Line}, e)
			return nil
		},
	})
	for _, warning := range sum.Warning {
		into.Note(file.Path + ": " + r.options.mask(warning))
	}
	r.notes()
	if err == nil && r.row != nil && len(r.unseen) > 0 {
		i := r.unseen[0]
		return &tabular.Error{File: file.Path, Column: c.Columns[i].Name, Reason: fmt.Sprintf(
			"no row has it, and columns: names it as %s: correct the name, or remove it", columns[i].Name)}
	}
	if e, ok := errors.AsType[*tabular.Error](err); ok { // of a log without a header it quotes a request
		shown := *e
		shown.Column, shown.Value, shown.Reason = r.options.mask(e.Column), r.options.mask(e.Value), r.options.mask(e.Reason)
		return &shown
	}
	return err
}
