package bvnk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Decoder reads BVNK's webhooks about payments that come in: v0, v1 (also under a
// brand's own prefix), v3 and channels. Refunds, payouts and events about
// something else (a report that is ready) are sources.ErrOutOfScope.
func Decoder(profile *reconcile.Profile) sources.Decoder {
	return sources.Decoder{Signed: signed, Verify: verify,
		Decode: func(r sources.Request, d *reconcile.Delivery) error { return decode(profile, r, d) }}
}

// envelope is common to all generations: v0 has source and no eventId, v1 and v3
// have a timestamp. Data is a payment once the event says so.
type envelope struct {
	Event     string          `json:"event"`
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

type payment struct {
	UUID       string   `json:"uuid"`
	ID         string   `json:"id"`
	Reference  string   `json:"reference"`
	Type       string   `json:"type"`
	Direction  string   `json:"direction"`
	SubType    string   `json:"subType"`
	Status     string   `json:"status"`
	Labels     []string `json:"labels"`
	Paid       paid     `json:"paidCurrency"`
	PaidAmount literal  `json:"paidAmount"` // of a channel
	Originator struct {
		Actual struct {
			Currency string  `json:"currency"`
			Amount   literal `json:"amount"`
		} `json:"actual"`
	} `json:"originator"`
	Address      target  `json:"address"`
	Hash         literal `json:"hash"` // of a channel
	Transactions []struct {
		Hash     string `json:"hash"`
		Protocol string `json:"protocol"`
	} `json:"transactions"`
}

// paid is {currency, amount, actual}, and in channels the currency alone.
type paid struct {
	Currency string  `json:"currency"`
	Actual   literal `json:"actual"`
}

func (p *paid) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &p.Currency)
	}
	type object paid
	return json.Unmarshal(b, (*object)(p))
}

// target is {address, protocol, network, ...}, and in channels the address alone.
type target struct {
	Protocol string `json:"protocol"`
	Network  string `json:"network"`
}

func (t *target) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return nil
	}
	type object target
	return json.Unmarshal(b, (*object)(t))
}

// literal keeps a JSON number or text as it is written: amounts have up to 23
// digits.
type literal string

func (l *literal) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*l = ""
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(l))
	default:
		*l = literal(b)
	}
	return nil
}

func decode(profile *reconcile.Profile, r sources.Request, d *reconcile.Delivery) error {
	var e envelope
	if err := json.Unmarshal(r.Body, &e); err != nil {
		return fmt.Errorf("the body is no webhook: %w", err)
	}
	if e.Event == "" {
		return errors.New("the body is no webhook: it has no event")
	}
	d.Event = e.Event
	if !incoming(e.Event) {
		return sources.ErrOutOfScope
	}
	var p payment
	if len(e.Data) == 0 || string(e.Data) == "null" {
		return errors.New("the body has no data")
	}
	if err := json.Unmarshal(e.Data, &p); err != nil {
		return fmt.Errorf("data is no payment: %w", err)
	}
	if outgoing(p.Type, p.Direction, p.SubType) {
		return sources.ErrOutOfScope
	}
	if e.Timestamp != "" {
		at, err := sources.ParseTime(e.Timestamp, nil)
		if err != nil {
			return fmt.Errorf("timestamp: %w", err)
		}
		d.Requested = at
	}
	return fill(profile, &p, d)
}

// fill makes a delivery of a payment; ids come first, so that they reach the
// reject of a payment whose rest cannot be read.
func fill(profile *reconcile.Profile, p *payment, d *reconcile.Delivery) error {
	d.OrderID, d.OrderNo = strings.ToLower(firstOf(p.UUID, p.ID)), p.Reference
	if d.OrderID == "" && d.OrderNo == "" {
		return errors.New("data names neither uuid nor reference")
	}
	if d.Status = p.Status; d.Status == "" {
		return errors.New("data has no status")
	}
	d.State = profile.State("", p.Status)
	if d.State == reconcile.StateCreated && held(d.Event) {
		d.State = reconcile.StateDetected
	}
	d.Late = late(d.Event) || contains(p.Labels, "LATE")
	d.Asset = firstOf(p.Paid.Currency, p.Originator.Actual.Currency)
	d.Symbol = d.Asset
	d.Chain = firstOf(p.Address.Protocol, p.Address.Network)
	for _, t := range p.Transactions {
		d.Chain = firstOf(d.Chain, t.Protocol)
		if t.Hash != "" {
			d.TXIDs = append(d.TXIDs, t.Hash)
		}
	}
	if p.Hash != "" {
		d.TXIDs = append(d.TXIDs, string(p.Hash))
	}
	return p.received(d)
}

// received reads what the payment says has come. Zero before confirmation is no
// amount.
func (p *payment) received(d *reconcile.Delivery) error {
	for _, member := range []struct {
		name string
		text literal
	}{{"paidCurrency.actual", p.Paid.Actual}, {"originator.actual.amount", p.Originator.Actual.Amount}, {"paidAmount", p.PaidAmount}} {
		if member.text == "" {
			continue
		}
		q, err := money.Style{Exponent: true}.Parse(string(member.text))
		if err != nil {
			return fmt.Errorf("data.%s: %w", member.name, err)
		}
		d.Amount = unlessZero(q)
		return nil
	}
	return nil
}

// incoming reports whether an event is about a payment that comes in. v0 names
// have no prefix; the others say what they are about between colons.
func incoming(event string) bool {
	event = strings.ToLower(event)
	if strings.Contains(event, "refund") || strings.Contains(event, "payout") {
		return false
	}
	return !strings.Contains(event, ":") || strings.HasPrefix(event, "payment:") || strings.Contains(event, ":payment:")
}

// late reports an event that announces a late payment, held one that announces
// funds on hold, in the spelling of any generation.
func late(event string) bool { return endsIn(event, "transactionlate") }
func held(event string) bool {
	return endsIn(event, "transactiononhold") || endsIn(event, "transactionheld")
}

func endsIn(event, word string) bool {
	return strings.HasSuffix(strings.ToLower(strings.ReplaceAll(event, "-", "")), word)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
