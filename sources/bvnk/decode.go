package bvnk

import (
	"encoding/json"
	"errors"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Decoder reads BVNK's webhooks about payments that come in: v0, v1 (also under a
// brand's own prefix), v3 and channels. Refunds, payouts and events about
// something else (a report that is ready) are sources.ErrOutOfScope; where their
// data calls itself a payment that comes in, its ids and state are filled in.
func Decoder(profile *reconcile.Profile) sources.Decoder {
	return sources.Decoder{Signed: signed, Verify: new(verifier).verify,
		Decode: func(r sources.Request, d *reconcile.Delivery) error { return decode(profile, r, d) }}
}

// envelope is common to all generations: v0 has source and no eventId, v1 and v3
// have a timestamp. Data is a payment once the event says so.
type envelope struct {
	Event     string          `json:"event"`
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// keys say which payment it is, and where it goes. They are texts only, so that
// one of a wrong type leaves the others legible.
type keys struct {
	UUID      string `json:"uuid"`
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Type      string `json:"type"`
	Direction string `json:"direction"`
	SubType   string `json:"subType"`
	Status    string `json:"status"`
}

type payment struct {
	keys       `json:"-"` // read on its own
	Labels     []string   `json:"labels"`
	Paid       paid       `json:"paidCurrency"`
	PaidAmount literal    `json:"paidAmount"` // of a channel
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
	var p payment
	wrong := json.Unmarshal(r.Body, &e)
	none := len(e.Data) == 0 || string(e.Data) == "null"
	var amiss error
	if !none {
		amiss = json.Unmarshal(e.Data, &p.keys)
	}
	d.Event = e.Event
	if e.Event != "" && !incoming(e.Event) || outgoing(p.Type, p.Direction, p.SubType) {
		if p.comesIn() {
			p.identify(profile, d)
		}
		return sources.ErrOutOfScope
	}
	p.identify(profile, d)
	switch {
	case wrong != nil:
		return unreadable("body", "the body is no webhook", wrong)
	case e.Event == "":
		return &sources.RequestError{Part: "body.event", Reason: "the body is no webhook: it has no event"}
	case none:
		return &sources.RequestError{Part: "body.data", Reason: "the body has no data"}
	}
	if amiss == nil {
		amiss = json.Unmarshal(e.Data, &p)
	}
	if amiss != nil {
		return unreadable("body.data", "it is no payment", amiss)
	}
	if e.Timestamp != "" {
		at, err := sources.ParseTime(e.Timestamp, nil)
		if err != nil {
			return &sources.RequestError{Part: "body.timestamp", Value: e.Timestamp, Reason: err.Error()}
		}
		d.Requested = at
	}
	return fill(&p, d)
}

// comesIn reports whether data calls itself a payment that comes in.
func (k *keys) comesIn() bool {
	return strings.EqualFold(k.Type, "IN") || strings.EqualFold(k.Type, "payment:payin") || strings.EqualFold(k.Direction, "IN")
}

// identify fills in whose payment it is and how it stands, which a reject needs too.
func (k *keys) identify(profile *reconcile.Profile, d *reconcile.Delivery) {
	d.OrderID, d.OrderNo, d.Status = strings.ToLower(firstOf(k.UUID, k.ID)), k.Reference, k.Status
	d.State = profile.State("", k.Status)
	if d.State == reconcile.StateCreated && held(d.Event) {
		d.State = reconcile.StateDetected
	}
}

// unreadable names the member that has a wrong type.
func unreadable(part, what string, err error) error {
	var of *json.UnmarshalTypeError
	if !errors.As(err, &of) {
		return &sources.RequestError{Part: part, Reason: what + ": " + err.Error()}
	}
	if of.Field != "" {
		part += "." + of.Field
	}
	return &sources.RequestError{Part: part, Reason: what + ": it is of a wrong type, a JSON " + of.Value}
}

// fill makes a delivery of a payment.
func fill(p *payment, d *reconcile.Delivery) error {
	switch {
	case d.OrderID == "" && d.OrderNo == "":
		return &sources.RequestError{Part: "body.data", Reason: "data names neither uuid nor reference"}
	case d.Status == "":
		return &sources.RequestError{Part: "body.data.status", Reason: "the payment has no status"}
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
			return &sources.RequestError{Part: "body.data." + member.name, Value: string(member.text), Reason: err.Error()}
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
