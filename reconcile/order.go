package reconcile

import "tieout/reconcile/money"

// Book says in whose books an order row stands.
type Book uint8

const (
	BookProvider Book = iota // the payment provider's order export or list
	BookMerchant             // the merchant's own orders
)

func (b Book) String() string { return [...]string{"provider", "merchant"}[b] }

// OrderFlags are qualifiers that a book puts beside a state.
type OrderFlags uint8

const (
	FlagOnHold   OrderFlags = 1 << iota // the provider screens the funds
	FlagRefunded                        // refunded in whole or in part; the state is StatePaid
)

// Order is one row of an order book as a source hands it to a Builder. Empty
// text, an unknown Quantity and a zero Instant mean that the row does not say.
// Texts may alias a buffer: the Builder copies them.
type Order struct {
	At       At
	Book     Book
	Provider string // profile name: blockatm, bvnk, generic

	OrderID  string // the provider's order id
	OrderNo  string // the merchant's order number
	Account  string // cashier, MID, store
	Customer string
	Method   string

	Chain  string // CAIP-2, or an alias of the profile or catalogue
	Asset  string // CAIP-19 style id, contract, or a symbol unique on its chain
	Symbol string // what the row calls the token, for people

	Due      money.Quantity // amount due, in units of the asset
	Recorded money.Quantity // what the book says was paid or, at a merchant, credited
	Settled  money.Quantity // what was credited in SettledIn (BVNK walletCurrency.actual)
	Price    money.Quantity // price in PriceIn, never a due

	SettledIn, PriceIn string // currency codes

	Status string // verbatim
	State  State
	Flags  OrderFlags

	TXIDs  []string // transactions that the book claims for the order
	PayTo  string   // receiving address
	Payers []string // sending addresses, as far as known

	Created, Expires, PaidAt, Updated, Fulfilled Instant

	Resends int // notifications already resent by hand; -1 when not known
}
