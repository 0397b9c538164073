package blockatm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Decoder reads BlockATM's payment webhooks, V1 and V2. Payouts are not about
// orders of the collection book: sources.ErrOutOfScope.
func Decoder(profile *reconcile.Profile) sources.Decoder {
	return sources.Decoder{Provider: profile.Name, Signed: signed, Verify: verify,
		Decode: func(r sources.Request, d *reconcile.Delivery) error { return decode(profile, r, d) }}
}

// payload is the union of both generations; the 2025 overview spells some members
// with underscores.
type payload struct {
	ID          text `json:"id"`
	PlatOrderNo text `json:"platOrderNo"`
	OrderNo     text `json:"orderNo"`
	OrderNo2025 text `json:"order_no"`
	BizOrderNo  text `json:"bizOrderNo"`
	ContractID  text `json:"contractId"`
	ChainID     text `json:"chainId"`
	Network     text `json:"network"`
	Symbol      text `json:"symbol"`
	Amount      text `json:"amount"`
	Status      text `json:"status"`
	TXID        text `json:"txId"`
}

// text takes a JSON string or number as its literal text, null as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case b[0] == '{' || b[0] == '[':
		return fmt.Errorf("a text or a number is expected, not %s", clip(b))
	default:
		*t = text(b)
	}
	return nil
}

func clip(b []byte) string {
	if len(b) > 40 {
		return string(b[:40]) + "…"
	}
	return string(b)
}

func decode(profile *reconcile.Profile, r sources.Request, d *reconcile.Delivery) error {
	var p payload
	if err := json.NewDecoder(bytes.NewReader(visible(r.Body))).Decode(&p); err != nil {
		return fmt.Errorf("the body is no payment: %w", err)
	}
	d.Event = event(r.Header["blockatm-event"])
	if d.Event == "payout" || p.BizOrderNo != "" || p.ContractID != "" {
		return sources.ErrOutOfScope
	}
	v1 := p.PlatOrderNo != "" || r.Header[headerV1] != "" && r.Header[headerV2] == ""
	d.OrderID, d.OrderNo = string(p.ID), string(p.OrderNo)
	if p.PlatOrderNo != "" {
		d.OrderID = string(p.PlatOrderNo)
	}
	if d.OrderNo == "" {
		d.OrderNo = string(p.OrderNo2025)
	}
	if d.OrderID == "" && d.OrderNo == "" {
		return fmt.Errorf("the body names neither id nor orderNo")
	}
	d.Chain, d.Asset, d.Symbol = string(p.ChainID), string(p.Symbol), string(p.Symbol)
	if d.Chain == "" {
		d.Chain = string(p.Network)
	}
	if plausible(string(p.TXID)) {
		d.TXIDs = []string{string(p.TXID)}
	}
	d.Status = string(p.Status)
	d.State = state(profile, d.Status, v1, len(d.TXIDs) > 0)
	if p.Amount != "" {
		amount, err := money.Style{Exponent: true}.Parse(string(p.Amount))
		if err != nil {
			return fmt.Errorf("amount: %w", err)
		}
		d.Amount = amount
	}
	if at := r.Header[headerTime]; at != "" {
		requested, err := sources.UnixTime(at)
		if err != nil {
			return fmt.Errorf("BlockATM-Request-Time: %w", err)
		}
		d.Requested = requested
	}
	return nil
}

// event is the part before the first dot: Payment, payment and payment.success
// are all published.
func event(header string) string {
	name, _, _ := strings.Cut(strings.ToLower(header), ".")
	return name
}

// plausible reports whether a text can be a transaction id: placeholders of the
// documentation cannot.
func plausible(txid string) bool {
	digits := strings.TrimPrefix(strings.ToLower(txid), "0x")
	if len(digits) != 64 {
		return false
	}
	for _, c := range []byte(digits) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}
