package blockatm

import (
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Decoder reads BlockATM's payment webhooks, V1 and V2. Payouts are not about
// orders of the collection book: sources.ErrOutOfScope.
func Decoder(profile *reconcile.Profile) sources.Decoder {
	v := new(verifier)
	return sources.Decoder{
		Signed:       signed,
		Verify:       v.verify,
		Decode:       func(r sources.Request, d *reconcile.Delivery) error { return v.decode(profile, r, d) },
		ReplayWindow: replayWindow,
	}
}

func (v *verifier) decode(profile *reconcile.Profile, r sources.Request, d *reconcile.Delivery) error {
	members, err := v.bodies.parse(r.Body)
	if err != nil {
		return &sources.RequestError{Part: "body", Value: string(r.Body), Reason: err.Error()}
	}
	p := payload{members: members}
	d.OrderID, d.OrderNo = p.text("id", "platOrderNo"), p.text("orderNo", "order_no")
	d.Event = firstOf(r.Header[headerEvent], p.text("event"))
	payout := p.has("bizOrderNo", "contractId", "detailList")
	if payout {
		d.OrderID = "" // it is the payout's
	}
	if tx := p.text("txId", "tx_id"); isTXID(tx) { // else a placeholder: "", 0x...., 1t
		d.TXIDs = []string{tx}
	}
	d.Chain = p.text("chainId", "chain_id", "network")
	d.Asset = p.text("symbol")
	d.Symbol = d.Asset
	d.Amount = p.amount("amount")
	d.Status = p.text("status")
	d.State = state(profile, d.Status, p.generation(r), len(d.TXIDs) > 0)
	d.Requested = p.requested(r)
	switch {
	case payout || isPayout(d.Event):
		return sources.ErrOutOfScope
	case p.err != nil:
		return p.err
	case d.OrderID == "" && d.OrderNo == "":
		return &sources.RequestError{Part: "body", Reason: "it names neither id nor orderNo, so it is about no order"}
	case d.Status == "":
		return &sources.RequestError{Part: "body.status", Reason: "it is missing"}
	}
	return nil
}

// isPayout reads the event's name: Payment, payment and payment.success are all
// published. The header is all that names it, no signature covers it, and logs may
// drop it, so the members of a payout tell too.
func isPayout(event string) bool {
	name, _, _ := strings.Cut(event, ".")
	return strings.EqualFold(strings.TrimSpace(name), "payout")
}

// payload picks members of a body; err is the first that cannot be read.
type payload struct {
	members []member
	err     error
}

func (p *payload) fail(part, value, reason string) {
	if p.err == nil {
		p.err = &sources.RequestError{Part: part, Value: value, Reason: reason}
	}
}

// find returns the member of that name. The published samples carry zero-width
// spaces before keys, inside the quotes too once they were copied.
func (p *payload) find(name string) *member {
	for i := range p.members {
		if m := &p.members[i]; m.key == name || strings.TrimPrefix(m.key, zeroWidth) == name {
			return m
		}
	}
	return nil
}

// text returns the first of the members that says something, a number by its
// literal text. The overview of 2025 writes some names with underscores.
func (p *payload) text(names ...string) string {
	for _, name := range names {
		m := p.find(name)
		switch {
		case m == nil || m.kind == null:
		case m.kind == object || m.kind == array || m.kind == boolean:
			p.fail("body."+name, m.text, "a text or a number is expected")
		case strings.TrimSpace(m.text) != "":
			return strings.TrimSpace(m.text)
		}
	}
	return ""
}

// has reports whether one of the members says something.
func (p *payload) has(names ...string) bool {
	for _, name := range names {
		if m := p.find(name); m != nil && m.kind != null && (m.kind != text || strings.TrimSpace(m.text) != "") {
			return true
		}
	}
	return false
}

// amount reads what was paid: published both as "2000.00" and as 999.
func (p *payload) amount(name string) money.Quantity {
	literal := p.text(name)
	if literal == "" {
		return money.Quantity{}
	}
	q, err := money.Style{Exponent: p.find(name).kind == number}.Parse(literal)
	if err != nil {
		p.fail("body."+name, literal, err.Error())
	}
	return q
}

// generation judges by the members and, where they do not tell, by the header that
// the request was signed in.
func (p *payload) generation(r sources.Request) generation {
	of := generationOf(p.has("platOrderNo", "type", "merchantId"), p.has("id", "orderType", "cashierId", "cashier_id"))
	if of == unclear {
		return generationOf(r.Header[headerV1] != "", r.Header[headerV2] != "")
	}
	return of
}

// requested reads the provider's time of the request.
func (p *payload) requested(r sources.Request) reconcile.Instant {
	part, literal := "headers."+headerTime, strings.TrimSpace(r.Header[headerTime])
	if literal == "" {
		part, literal = "body.timestamp", p.text("timestamp")
	}
	if literal == "" {
		return 0
	}
	at, err := sources.UnixTime(literal)
	if err != nil {
		p.fail(part, literal, err.Error())
	}
	return at
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// clip cuts a text for an error.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
