package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// reading is one pass over one file. Its buffers are used again for every row.
type reading struct {
	options    *Options
	only       []filter
	into       sources.Sink
	path       string
	file       reconcile.FileID
	registered bool
	unseen     []int // mapped columns that no row had so far

	row      *tabular.Row
	delivery reconcile.Delivery
	problem  *tabular.Error // the first of the row
	header   headerReader
	raw      []byte          // body of the request
	tx       [1]string       // the transaction of a plain row
	word     string          // the last status of a plain row,
	meant    reconcile.State // and what it says

	parsed, unkeyed, plain, stale, unreadable, strange tally
}

func (r *reading) register(sheet string) {
	if !r.registered {
		r.file, r.registered = r.into.File(r.path, sheet), true
	}
}

// take hands a row over as a delivery or a reject, or counts it out of scope. What
// cannot be read does not stop the reading, so that the order's keys reach the
// reject.
func (r *reading) take(row *tabular.Row) {
	r.row, r.problem = row, nil
	if len(r.unseen) > 0 {
		r.unseen = slices.DeleteFunc(r.unseen, row.Has)
	}
	if !r.selected(row) {
		r.into.OutOfScope(1)
		return
	}
	r.delivery = reconcile.Delivery{At: reconcile.At{File: r.file, Line: row.Line()}, Provider: r.options.Profile.Name}
	d := &r.delivery
	d.Received, d.Response = r.received(), r.response()
	inScope := true
	if row.Has(body) || row.Has(bodyBase64) {
		inScope = r.request(d)
	} else {
		r.table(d)
	}
	switch {
	case !inScope:
		r.into.OutOfScope(1)
	case r.problem != nil:
		r.reject(d.At, r.problem)
	default:
		r.into.AddDelivery(d)
	}
}

func (r *reading) fail(column int, reason string) {
	if r.problem == nil {
		r.problem = r.row.Errorf(column, "%s", reason)
	}
}

func (r *reading) received() reconcile.Instant {
	at, err := sources.ParseTime(r.row.Text(receivedAt), r.options.Zone)
	if err != nil {
		r.fail(receivedAt, err.Error())
	}
	return at
}

// response reads what we answered, 0 when the log does not say.
func (r *reading) response() int {
	text := r.row.Text(responseStatus)
	if text == "" || text == "0" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 || n > 599 {
		r.fail(responseStatus, "an HTTP status between 100 and 599 is expected")
	}
	return n
}

// request decodes and verifies a logged request, and reports whether it is about
// an order of the book. Whoever forges must not be able to choose how a request is
// counted, so one that does not verify is handed over even when it cannot be
// decoded, or when it calls itself a payout and names an order and its status all
// the same. Other payouts that do not verify may be genuine, for their secret may be
// another one: they are out of scope, and noted.
func (r *reading) request(d *reconcile.Delivery) (inScope bool) {
	request := sources.Request{URL: r.row.Text(url), Body: r.body(), Received: d.Received}
	if request.URL == "" {
		request.URL = r.options.URL
	}
	var err error
	if request.Header, err = r.header.read(r.row.Verbatim(headers)); err != nil {
		r.fail(headers, err.Error())
	}
	err = r.options.Decoder.Decode(request, d)
	r.verify(request, d)
	invalid := d.Signature == reconcile.SignatureInvalid
	switch {
	case errors.Is(err, sources.ErrOutOfScope):
		if invalid && (d.OrderID != "" || d.OrderNo != "") && d.State != reconcile.StateUnknown {
			return true
		}
		if invalid {
			r.strange.add(d.At.Line)
		}
		return false
	case err != nil && invalid:
		r.unreadable.add(d.At.Line)
	case err != nil:
		r.failRequest(err)
	default:
		r.mention(d)
	}
	return true
}

// body returns the raw body.
func (r *reading) body() []byte {
	packed := r.row.Text(bodyBase64)
	if packed == "" {
		r.raw = append(r.raw[:0], r.row.Verbatim(body)...)
		return r.raw
	}
	var err error
	if r.raw, err = base64.StdEncoding.AppendDecode(r.raw[:0], []byte(packed)); err != nil {
		r.fail(bodyBase64, "it is no base64: "+err.Error())
	}
	return r.raw
}

// failRequest makes an error of the decoder the row's problem, in the column it is
// about.
func (r *reading) failRequest(err error) {
	column := body
	if r.row.Text(bodyBase64) != "" {
		column = bodyBase64
	}
	var e *sources.RequestError
	if r.problem != nil || !errors.As(err, &e) {
		r.fail(column, err.Error())
		return
	}
	r.fail(column, e.Reason)
	r.problem.Column, r.problem.Value = e.Part, clip(r.options.mask(clip(e.Value, mostMasked)), mostShown)
}

// A member may be the whole body. It is cut to what a reject shows once it is
// masked: half of a secret is no longer found.
const mostMasked, mostShown = 2 << 10, 200

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// verify tries the secrets that hold at the time of receipt. Where one is expected,
// a request without a signature does not verify, and a log that dropped the headers
// holds none: were it taken for unchecked, leaving the header out would be all that
// forging needs.
func (r *reading) verify(request sources.Request, d *reconcile.Delivery) {
	if len(r.options.Secrets) == 0 || r.options.Decoder.Verify == nil {
		return
	}
	if !slices.ContainsFunc(r.options.Secrets, func(s Secret) bool { return s.holds(d.Received) }) {
		r.unkeyed.add(d.At.Line)
		return
	}
	d.Signature = reconcile.SignatureInvalid
	if !r.options.Decoder.Signed(request) {
		return
	}
	for _, secret := range r.options.Secrets {
		if !secret.holds(d.Received) {
			continue
		}
		scheme, ok := r.options.Decoder.Verify(request, secret.Value)
		d.Scheme = scheme
		if ok {
			d.Signature = reconcile.SignatureValid
			return
		}
	}
	if r.row.Text(bodyBase64) == "" && r.row.Nested(body) { // not the bytes that were signed
		d.Signature = reconcile.SignatureUnchecked
		r.parsed.add(d.At.Line)
	}
}

// mention counts a delivery whose request time is far from its receipt.
func (r *reading) mention(d *reconcile.Delivery) {
	window := r.options.Decoder.ReplayWindow
	apart := time.Duration(d.Received - d.Requested)
	if window > 0 && d.Requested.Known() && d.Received.Known() && (apart > window || -apart > window) {
		r.stale.add(d.At.Line)
	}
}

func (r *reading) reject(at reconcile.At, e *tabular.Error) {
	mask := r.options.mask
	j := &reconcile.Reject{At: at, Column: e.Column, Value: mask(e.Value), Reason: mask(e.Reason), Raw: mask(e.Raw)}
	if r.delivery.At == at {
		j.OrderID, j.OrderNo = r.delivery.OrderID, r.delivery.OrderNo
		if len(r.delivery.TXIDs) > 0 {
			j.TXID = r.delivery.TXIDs[0]
		}
	}
	r.into.AddReject(j)
}

// tally counts rows of one kind, for one sentence in place of one a row.
type tally struct{ rows, first int }

func (t *tally) add(line int) {
	if t.rows == 0 {
		t.first = line
	}
	t.rows++
}

func (r *reading) notes() {
	note := func(t tally, format string, args ...any) {
		if t.rows > 0 {
			r.into.Note(fmt.Sprintf("%s: %s (%d of its rows, the first on line %d)", r.path, fmt.Sprintf(format, args...), t.rows, t.first))
		}
	}
	note(r.parsed, "signatures could not be checked: the body was logged as a JSON object; log the raw text")
	note(r.unkeyed, "signatures were not checked: no secret holds at the time of receipt; widen from: and to: of secrets")
	note(r.plain, "signatures were not checked: a plain table holds no requests; log headers and raw bodies")
	note(r.unreadable, "requests that do not verify cannot be read either")
	note(r.strange, "requests that are not about orders of this book do not verify, and were left out all the same: "+
		"if they are signed with a secret of their own, add it to secrets, else somebody forges")
	note(r.stale, "the request time is more than %s from the receipt: a late retry or resend, a replay, or a clock that is wrong",
		r.options.Decoder.ReplayWindow)
}
