package bvnk

import (
	"encoding/json"
	"fmt"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Decoder reads BVNK's payment webhooks of v0, v1 and v3.
func Decoder(profile *reconcile.Profile) sources.Decoder {
	return sources.Decoder{Provider: profile.Name, Signed: signed, Verify: verify,
		Decode: func(r sources.Request, d *reconcile.Delivery) error { return decode(profile, r, d) }}
}

// envelope is common to all generations: v0 has source and no eventId, v1 and v3
// have a timestamp.
type envelope struct {
	Event     string   `json:"event"`
	Timestamp string   `json:"timestamp"`
	Data      *payment `json:"data"`
}

type payment struct {
	UUID         string   `json:"uuid"`
	ID           string   `json:"id"`
	Reference    string   `json:"reference"`
	Type         string   `json:"type"`
	Direction    string   `json:"direction"`
	SubType      string   `json:"subType"`
	Status       string   `json:"status"`
	Labels       []string `json:"labels"`
	PaidCurrency struct {
		Currency string  `json:"currency"`
		Actual   literal `json:"actual"`
	} `json:"paidCurrency"`
	Originator struct {
		Actual struct {
			Currency string  `json:"currency"`
			Amount   literal `json:"amount"`
		} `json:"actual"`
	} `json:"originator"`
	Address *struct {
		Protocol string `json:"protocol"`
	} `json:"address"`
	Transactions []struct {
		Hash     string `json:"hash"`
		Protocol string `json:"protocol"`
	} `json:"transactions"`
}

// literal keeps a JSON number or text as it is written: amounts have up to 23
// digits.
type literal string

func (l *literal) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" {
		text = ""
	}
	*l = literal(text)
	return nil
}

func decode(profile *reconcile.Profile, r sources.Request, d *reconcile.Delivery) error {
	var e envelope
	if err := json.Unmarshal(r.Body, &e); err != nil {
		return fmt.Errorf("the body is no webhook: %w", err)
	}
	if e.Event == "" || e.Data == nil {
		return fmt.Errorf("the body has no event or no data")
	}
	p := e.Data
	d.Event = e.Event
	if outgoing(p.Direction, p.SubType) || outgoing(p.Type, "") || strings.Contains(e.Event, "payout") || strings.Contains(e.Event, "refund") {
		return sources.ErrOutOfScope
	}
	d.OrderID, d.OrderNo = strings.ToLower(firstOf(p.UUID, p.ID)), p.Reference
	if d.OrderID == "" && d.OrderNo == "" {
		return fmt.Errorf("data names neither uuid nor reference")
	}
	d.Status, d.State = p.Status, profile.State("", p.Status)
	d.Late = isLate(e.Event, p.Labels)
	d.Asset = firstOf(p.PaidCurrency.Currency, p.Originator.Actual.Currency)
	d.Symbol = d.Asset
	if p.Address != nil {
		d.Chain = p.Address.Protocol
	}
	for _, t := range p.Transactions {
		d.Chain = firstOf(d.Chain, t.Protocol)
		if t.Hash != "" {
			d.TXIDs = append(d.TXIDs, t.Hash)
		}
	}
	return complete(e, d)
}

// complete reads the amount and the event's time. Zero before confirmation is no
// amount.
func complete(e envelope, d *reconcile.Delivery) error {
	if text := firstOf(string(e.Data.PaidCurrency.Actual), string(e.Data.Originator.Actual.Amount)); text != "" {
		q, err := money.Style{Exponent: true}.Parse(text)
		if err != nil {
			return fmt.Errorf("the received amount: %w", err)
		}
		if !q.IsZero() {
			d.Amount = q
		}
	}
	if e.Timestamp != "" {
		at, err := sources.ParseTime(e.Timestamp, nil)
		if err != nil {
			return fmt.Errorf("timestamp: %w", err)
		}
		d.Requested = at
	}
	return nil
}

// isLate reports whether an event announces a late payment: transactionLate,
// transaction-late, or the label LATE.
func isLate(event string, labels []string) bool {
	if strings.HasSuffix(strings.ToLower(strings.ReplaceAll(event, "-", "")), "transactionlate") {
		return true
	}
	for _, l := range labels {
		if strings.EqualFold(l, "LATE") {
			return true
		}
	}
	return false
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
