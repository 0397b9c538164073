// Package webhook reads the log of a merchant's webhook receiver: what came, when,
// whether its signature verifies, and what was answered.
//
// A log line is {"received_at", "headers", "body", "response_status"} with the raw
// body, since signatures are over its bytes. A plain table with the columns
// received_at, order_no, order_id, status, amount, txid, response_status is read
// too; nothing in it can be verified. How a request is decoded and verified is the
// provider's business and comes in as a sources.Decoder.
package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
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

// Secret is a signing secret with the time for which it holds; zero ends are open.
type Secret struct {
	Value    string
	From, To reconcile.Instant
}

func (s Secret) holds(at reconcile.Instant) bool {
	return (s.From == 0 || s.From <= at) && (s.To == 0 || at < s.To)
}

// Deliveries returns a source over the log files. Read returns an error, and
// covers nothing, when a file cannot be read as a log.
func Deliveries(o Options) sources.Source { return &source{o} }

type source struct{ options Options }

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
	orderNo:        {Name: "order_no", Aliases: []string{"orderNo", "reference"}},
	orderID:        {Name: "order_id", Aliases: []string{"orderId"}},
	status:         {Name: "status", Aliases: []string{"order_status"}},
	amount:         {Name: "amount"},
	txid:           {Name: "txid", Aliases: []string{"tx_hash", "transaction_hash"}},
}

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	contract, err := s.contract()
	if err != nil {
		return err
	}
	var failed []error
	for _, file := range s.options.Files {
		if err := s.readFile(ctx, file, contract, into); err != nil {
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

func (s *source) contract() (tabular.Contract, error) {
	c := slices.Clone(columns)
	for name, header := range s.options.Columns {
		i := slices.IndexFunc(c, func(c tabular.Column) bool { return c.Name == name })
		if i < 0 {
			return tabular.Contract{}, fmt.Errorf("%s: columns: %q is no column of a webhook log", s.options.Name, name)
		}
		c[i].Name, c[i].Aliases = header, nil
	}
	return tabular.Contract{Columns: c}, nil
}

func (s *source) readFile(ctx context.Context, file sources.File, c tabular.Contract, into sources.Sink) error {
	id, registered := reconcile.FileID(0), false
	register := func(sheet string) {
		if !registered {
			id, registered = into.File(file.Path, sheet), true
		}
	}
	var d reconcile.Delivery
	sum, err := tabular.Read(file.Path, file.Open, c, tabular.Options{Comma: s.options.Comma, Sheet: s.options.Sheet}, tabular.Handler{
		Header: func(sum tabular.Summary) error { register(sum.Sheet); return nil },
		Row: func(row *tabular.Row) error {
			register("")
			d = reconcile.Delivery{At: reconcile.At{File: id, Line: row.Line()}, Provider: s.options.Profile.Name}
			switch problem := s.delivery(row, &d); {
			case problem == outOfScope:
				into.OutOfScope(1)
			case problem != nil:
				into.AddReject(&reconcile.Reject{At: d.At, Column: problem.Column, Value: problem.Value, Reason: problem.Reason, Raw: problem.Raw, OrderID: d.OrderID, OrderNo: d.OrderNo})
			default:
				into.AddDelivery(&d)
			}
			return ctx.Err()
		},
		Bad: func(e *tabular.Error) error {
			register(e.Sheet)
			into.AddReject(&reconcile.Reject{At: reconcile.At{File: id, Line: e.Line}, Column: e.Column, Value: e.Value, Reason: e.Reason, Raw: e.Raw})
			return nil
		},
	})
	for _, warning := range sum.Warning {
		into.Note(file.Path + ": " + warning)
	}
	return err
}

// outOfScope stands for a request that is not about an order.
var outOfScope = &tabular.Error{Reason: "out of scope"}

// delivery fills d from a row; a *tabular.Error says what is wrong with it.
func (s *source) delivery(row *tabular.Row, d *reconcile.Delivery) *tabular.Error {
	received, err := sources.ParseTime(row.Text(receivedAt), s.options.Zone)
	if err != nil {
		return row.Errorf(receivedAt, "%v", err)
	}
	d.Received = received
	if text := row.Text(responseStatus); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 || n > 599 {
			return row.Errorf(responseStatus, "an HTTP status is expected")
		}
		d.Response = n
	}
	if row.Has(body) || row.Has(bodyBase64) {
		return s.request(row, d)
	}
	return s.plain(row, d)
}

// request decodes and verifies a logged request.
func (s *source) request(row *tabular.Row, d *reconcile.Delivery) *tabular.Error {
	r := sources.Request{URL: row.Text(url), Received: d.Received}
	if r.URL == "" {
		r.URL = s.options.URL
	}
	raw, err := rawBody(row)
	if err != nil {
		return row.Errorf(body, "%v", err)
	}
	r.Body = raw
	if r.Header, err = header(row.Verbatim(headers)); err != nil {
		return row.Errorf(headers, "%v", err)
	}
	switch err := s.options.Decoder.Decode(r, d); {
	case errors.Is(err, sources.ErrOutOfScope):
		return outOfScope
	case err != nil:
		return row.Errorf(body, "%v", err)
	}
	s.verify(r, d)
	return nil
}

func rawBody(row *tabular.Row) ([]byte, error) {
	if text := row.Text(bodyBase64); text != "" {
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(row.Verbatim(body)), nil
}

// header reads a JSON object of headers, each a text or a list of texts.
func header(text string) (map[string]string, error) {
	out := map[string]string{}
	if text == "" {
		return out, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("the headers are no JSON object: %w", err)
	}
	for name, raw := range members {
		var one string
		var many []string
		switch {
		case json.Unmarshal(raw, &one) == nil:
		case json.Unmarshal(raw, &many) == nil && len(many) > 0:
			one = many[0]
		default:
			one = strings.Trim(string(raw), `"`)
		}
		out[strings.ToLower(name)] = one
	}
	return out, nil
}

// verify tries the secrets that hold at the time of receipt. A request without a
// signature does not verify where one is expected.
func (s *source) verify(r sources.Request, d *reconcile.Delivery) {
	if len(s.options.Secrets) == 0 {
		return
	}
	d.Signature = reconcile.SignatureInvalid
	if !s.options.Decoder.Signed(r) {
		return
	}
	for _, secret := range s.options.Secrets {
		if !secret.holds(r.Received) {
			continue
		}
		scheme, ok := s.options.Decoder.Verify(r, secret.Value)
		d.Scheme = scheme
		if ok {
			d.Signature = reconcile.SignatureValid
			return
		}
	}
}

// plain reads a row of a plain table.
func (s *source) plain(row *tabular.Row, d *reconcile.Delivery) *tabular.Error {
	var err error
	if d.OrderNo, err = sources.CleanID(row.Text(orderNo)); err != nil {
		return row.Errorf(orderNo, "%v", err)
	}
	if d.OrderID, err = sources.CleanID(row.Text(orderID)); err != nil {
		return row.Errorf(orderID, "%v", err)
	}
	if d.OrderNo == "" && d.OrderID == "" {
		return row.Errorf(orderNo, "the row has neither a body nor order_no or order_id")
	}
	d.Status = row.Text(status)
	for _, schema := range []string{"", "v2"} {
		if d.State = s.options.Profile.State(schema, d.Status); d.State != reconcile.StateUnknown {
			break
		}
	}
	if text := row.Text(txid); text != "" {
		d.TXIDs = []string{text}
	}
	text := row.Text(amount)
	if text == "" {
		return nil
	}
	style := s.options.Style
	if row.Number(amount) {
		style = money.Style{Exponent: true}
	}
	if d.Amount, err = style.Parse(text); err != nil {
		return row.Errorf(amount, "%v", err)
	}
	return nil
}
