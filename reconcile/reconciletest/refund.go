package reconciletest

import (
	"fmt"
	"slices"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Refund is a row of the refund book under construction.
type Refund struct {
	w    *World
	name string
	row  reconcile.Refund
}

// Refund adds a row of the refund book: a refund of that id for an order by its
// number, of an amount in the order's asset, called PAID, made at that time. The
// first one configures the book.
func (w *World) Refund(id, order, amount, at string) *Refund {
	w.repays = true
	r := &Refund{w: w, name: id, row: reconcile.Refund{Provider: "generic", RefundID: id, OrderNo: order, Created: Clock(at)}}
	setQuantity(&r.row.Amount, amount)
	r.Status("PAID")
	w.returns = append(w.returns, r)
	return r
}

// Status sets the status word and the state that its profile reads in it.
func (r *Refund) Status(word string) *Refund {
	r.row.Status = word
	r.row.State = r.w.Policy.Profiles[r.row.Provider].State("", word)
	return r
}

// By names the transaction that carried it, on Ethereum.
func (r *Refund) By(transfer string) *Refund {
	r.row.TXIDs = append(r.row.TXIDs, TXID(transfer))
	r.row.Chain = Ethereum
	return r
}

// In names the asset.
func (r *Refund) In(chain, token string) *Refund {
	r.row.Chain, r.row.Asset = chain, Asset(chain, token).ID
	return r
}

// OrderID names the order by the provider's id as well.
func (r *Refund) OrderID(id string) *Refund { r.row.OrderID = id; return r }

// Symbol names the asset by a word.
func (r *Refund) Symbol(word string) *Refund { r.row.Symbol, r.row.Asset = word, ""; return r }

// Of names the provider whose book holds the row.
func (r *Refund) Of(provider string) *Refund { r.row.Provider = provider; return r }

// To names the receiver.
func (r *Refund) To(name string) *Refund { r.row.To = Address(name); return r }

// Updated sets the time of the row's newest change.
func (r *Refund) Updated(at string) *Refund { setClock(&r.row.Updated, at); return r }

// FindRefund returns the row of a refund. A name that is not there panics.
func (w *World) FindRefund(id string) *Refund {
	for _, r := range w.returns {
		if r.name == id {
			return r
		}
	}
	panic("reconciletest: there is no refund " + id)
}

// Forget takes the row of a refund away.
func (w *World) Forget(id string) {
	w.returns = slices.DeleteFunc(w.returns, func(r *Refund) bool { return r.name == id })
}

// refund adds a row of the refund book, called PAID.
func (g *director) refund(order string, amount money.Units, at reconcile.Instant) *Refund {
	g.back++
	r := g.w.Refund(fmt.Sprintf("R%06d", g.back), order, "0", "10:00").In(Ethereum, "USDT")
	r.row.Amount, r.row.Created = money.NewQuantity(amount, 6), at
	return r
}

// refunded gives an amount back to whoever sent a payment of the order; half of the
// rows name the transaction, some no order.
func (a *act) refunded(paid *Transfer, amount money.Units) *Refund {
	at := paid.row.BlockTime + reconcile.Hour
	out := a.g.transfer(paid.row.From, amount, at)
	out.row.From = a.address
	a.g.excluded(out)
	r := a.g.refund(a.name, amount, at-reconcile.Minute)
	if a.g.chance(500) {
		r.row.TXIDs = []string{out.row.TXID}
	}
	if r.row.To = out.row.To; a.g.chance(300) {
		r.row.OrderNo = "" // its receiver says what it gives back
	}
	return r
}
