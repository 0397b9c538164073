package reconcile

import "tieout/reconcile/money"

// Signature is the result of checking a webhook delivery's signature.
type Signature uint8

const (
	SignatureUnchecked Signature = iota // no secret, or a log without raw bodies: neither trusted nor refused
	SignatureValid
	SignatureInvalid
)

func (s Signature) String() string { return [...]string{"unchecked", "valid", "invalid"}[s] }

// Delivery is one webhook delivery as the receiver logged it.
type Delivery struct {
	At       At
	Provider string // profile name
	OrderID  string
	OrderNo  string
	Event    string // the provider's event name, verbatim
	Status   string // verbatim
	State    State
	Late     bool // the event announces a late payment

	Chain, Asset, Symbol string
	Amount               money.Quantity // what the delivery says was paid
	TXIDs                []string

	Received  Instant // when our receiver got it
	Requested Instant // the provider's request or event time, from header or body
	Response  int     // HTTP status we answered; 0 when not logged
	Signature Signature
	Scheme    string // which signature scheme matched, or was tried
}
