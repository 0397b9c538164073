package reconcile

import "tieout/reconcile/money"

// Refund is one row of a refund book: money of an order that is to go, or went, back
// to its customer. Empty text, an unknown Quantity and a zero Instant mean that the
// row does not say.
type Refund struct {
	At       At
	Provider string // profile of the book that holds the row

	RefundID string // the book's own id of the refund
	OrderID  string // of the refunded order: the provider's id
	OrderNo  string // and the merchant's number

	Chain  string         // CAIP-2, or an alias of the profile or catalogue; "" = the order's
	Asset  string         // CAIP-19 style id, contract, or a symbol unique on its chain; "" = the order's
	Symbol string         // what the row calls the token, for people
	Amount money.Quantity // in units of the asset

	To     string   // receiving address: it tells what a refund without an order gives back
	TXIDs  []string // transactions that carried it
	Status string   // verbatim
	State  State    // StatePaid: the book says that the money went

	Created Instant
	Updated Instant // of several rows of one refund the newest counts
}

type refundRow struct {
	at               At
	source           int32
	provider         uint32 // a word
	id               uint32 // words: another book's orders may have the same number
	orderID, orderNo uint32 // keys
	status, symbol   uint32 // words
	chain, asset     int32
	amount           qty
	to               uint32 // addrs
	txids            span
	created, updated Instant
	state            State
}

// AddRefund takes one row of a refund book.
func (k *Intake) AddRefund(r *Refund) {
	in := k.in
	chain := in.chainOf(in.profiles[r.Provider], r.Chain)
	asset := in.assetOf(chain, firstOf(r.Asset, r.Symbol))
	if asset != 0 {
		chain = in.assets[asset].chain
	}
	to, err := CanonicalAddress(in.chains[chain], r.To)
	if err != nil {
		reject := Reject{At: r.At, Column: "to", Value: r.To, Reason: err.Error(), OrderID: r.OrderID, OrderNo: r.OrderNo}
		if len(r.TXIDs) > 0 {
			reject.TXID = r.TXIDs[0]
		}
		k.AddReject(&reject)
		return
	}
	k.source().Read++
	in.refunds = append(in.refunds, refundRow{
		at: r.At, source: k.id, provider: in.words.intern(r.Provider), id: in.words.intern(r.RefundID),
		orderID: in.keys.intern(r.OrderID), orderNo: in.keys.intern(r.OrderNo),
		status: in.words.intern(r.Status), symbol: in.words.intern(firstOf(r.Symbol, r.Asset)),
		chain: chain, asset: asset, amount: in.pack(r.Amount), to: in.addrs.intern(to), txids: k.txids(r.TXIDs),
		created: r.Created, updated: r.Updated, state: r.State,
	})
}
