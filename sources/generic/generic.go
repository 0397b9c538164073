// Package generic reads any order book, and any refund book (Refunds), whose columns carry plain names, or names
// that the configuration maps: a merchant's own orders, or a provider without a
// package of its own.
//
// What a header means is taken from its name alone, so only names that mean one
// thing everywhere are known (see Columns). An e-mail address is nobody's customer
// number, a plain `id` may be the shop's or the provider's, `amount` may be due or
// paid, and `total` is mostly a price in money of the state: those are left alone
// and listed as unused until `columns:` says what they are.
package generic

import (
	_ "embed"
	"strconv"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

// ProfileYAML is the generic profile: plain status words, and no promises.
//
//go:embed profile.yaml
var ProfileYAML []byte

// The columns, in the order of Columns.
const (
	orderID = iota
	orderNo
	account
	customer
	method
	chain
	asset
	amountDue
	amountPaid
	status
	txid
	payTo
	payer
	createdAt
	expiresAt
	paidAt
	updatedAt
	fulfilledAt
	price
	priceCurrency
	resends
)

// Columns are the columns of a generic order book with the headers that mean the
// same, whatever their case, spaces, underscores and hyphens.
var Columns = []tabular.Column{
	orderID:       {Name: "order_id", Aliases: []string{"provider_order_id", "payment_id", "provider_id", "invoice_id"}},
	orderNo:       {Name: "order_no", Aliases: []string{"order_number", "merchant_order_no", "merchant_order_number", "merchant_order_id", "merchant_reference", "reference", "order", "order_ref", "order_reference"}},
	account:       {Name: "account", Aliases: []string{"account_id", "cashier", "cashier_id", "store", "store_id", "mid", "merchant_id"}},
	customer:      {Name: "customer", Aliases: []string{"customer_id", "customer_no", "customer_number", "user_id", "client_id"}},
	method:        {Name: "method", Aliases: []string{"payment_method"}},
	chain:         {Name: "chain", Aliases: []string{"network", "blockchain", "chain_id", "protocol"}},
	asset:         {Name: "asset", Aliases: []string{"token", "token_address", "contract_address", "symbol", "currency", "coin", "crypto_currency", "pay_currency"}},
	amountDue:     {Name: "amount_due", Aliases: []string{"due", "order_amount", "requested_amount", "expected_amount", "pay_amount"}},
	amountPaid:    {Name: "amount_paid", Aliases: []string{"paid_amount", "received_amount", "amount_received", "actually_paid", "credited", "credited_amount", "amount_credited"}},
	status:        {Name: "status", Aliases: []string{"state", "order_status", "payment_status"}, Required: true},
	txid:          {Name: "txid", Aliases: []string{"tx_hash", "transaction_hash", "transaction_id", "transaction", "tx", "hash"}},
	payTo:         {Name: "pay_to", Aliases: []string{"pay_to_address", "pay_address", "payment_address", "deposit_address", "wallet_address", "receiving_address", "to_address"}},
	payer:         {Name: "payer", Aliases: []string{"payer_address", "from_address", "sender", "sender_address"}},
	createdAt:     {Name: "created_at", Aliases: []string{"created", "created_time", "create_time", "creation_time", "order_date", "date_created"}},
	expiresAt:     {Name: "expires_at", Aliases: []string{"expires", "expired_at", "expiry", "expiry_date", "expire_time", "expiration", "expiration_time"}},
	paidAt:        {Name: "paid_at", Aliases: []string{"payment_time", "paid_time", "date_paid", "paid_date", "confirmed_at"}},
	updatedAt:     {Name: "updated_at", Aliases: []string{"updated", "update_time", "date_updated", "modified_at", "last_modified", "last_updated"}},
	fulfilledAt:   {Name: "fulfilled_at", Aliases: []string{"shipped_at", "delivered_at", "credited_at"}},
	price:         {Name: "price", Aliases: []string{"fiat_amount", "price_amount", "order_price"}},
	priceCurrency: {Name: "price_currency", Aliases: []string{"fiat_currency", "fiat"}},
	resends:       {Name: "resends", Aliases: []string{"resend_count", "notifications_resent"}},
}

// Orders returns a source over o.Files. `status` and one of `order_id` and
// `order_no` are required, as columns and in each row; a word that the profile
// lacks keeps the order with an unknown state. What a profile file says of its
// format counts here.
func Orders(o sources.FileOptions) sources.Source {
	shape := book.Shape{Columns: Columns, Keys: []int{orderID, orderNo}, Order: order}
	f := o.Format
	if f == nil {
		return book.Orders(o, shape)
	}
	if o.Zone == nil {
		o.Zone = f.Zone
	}
	read := book.Orders(o, shape.Renamed(f.Columns))
	if f.PerPayment {
		return perPayment{read}
	}
	return read
}

func order(c *book.Cells, o *reconcile.Order) (inScope bool) {
	o.OrderID, o.OrderNo = c.ID(orderID), c.ID(orderNo)
	o.TXIDs, o.PayTo, o.Payers = c.TXIDs(txid), c.Address(payTo), c.Addresses(payer)
	if o.OrderID == "" && o.OrderNo == "" {
		c.Fail(orderNo, "the row has neither order_id nor order_no")
	}
	o.Account, o.Customer, o.Method = c.Text(account), c.Text(customer), c.Text(method)
	o.Chain, o.Asset = first(c.List(chain)), first(c.List(asset))
	if !identifies(o.Asset) {
		o.Symbol = o.Asset
	}
	o.Due, o.Recorded = c.Amount(amountDue), amountOf(c, amountPaid)
	o.Status = last(c.List(status))
	o.State = c.Profile().State("", o.Status)
	if o.Status == "" {
		c.Fail(status, "the status is empty")
	}
	if o.State == reconcile.StatePaid && refunded(o.Status) {
		o.Flags |= reconcile.FlagRefunded
	}
	o.Created, o.Expires, o.PaidAt = c.Time(createdAt), c.Time(expiresAt), c.Time(paidAt)
	o.Updated, o.Fulfilled = c.Time(updatedAt), c.Time(fulfilledAt)
	o.Price, o.PriceIn = c.Amount(price), c.Text(priceCurrency)
	if f := c.Format(); f != nil {
		asTheFormatSays(f, o)
	}
	if text := c.Text(resends); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			c.Fail(resends, "it is not a number of resends")
		}
		o.Resends = n
	}
	return true
}

// asTheFormatSays applies what a provider's profile file says of its orders.
func asTheFormatSays(f *sources.Format, o *reconcile.Order) {
	if id, ok := f.Assets[strings.ToUpper(o.Asset)]; ok {
		o.Asset = id
	}
	if !o.Due.Known() && o.Symbol != "" && strings.EqualFold(o.Symbol, o.PriceIn) {
		o.Due = o.Price // priced in the coin itself
	}
	if o.State != reconcile.StatePaid && o.Recorded.IsZero() {
		o.Recorded = money.Quantity{} // nothing yet, which is no claim
	}
}

// amountOf is an amount; of a list with several it is none, for which of them count
// is not said.
func amountOf(c *book.Cells, column int) money.Quantity {
	if len(c.List(column)) > 1 {
		return money.Quantity{}
	}
	return c.Amount(column)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// last is the last entry of a list: a timeline ends with what holds now.
func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// identifies reports whether an asset is named by a CAIP id or a contract and not
// by a symbol.
func identifies(asset string) bool {
	switch {
	case strings.ContainsAny(asset, "/:"):
		return true
	case len(asset) == 42:
		return strings.HasPrefix(asset, "0x") || strings.HasPrefix(asset, "0X") || strings.HasPrefix(asset, "41")
	}
	return len(asset) == 34 && asset[0] == 'T'
}

// refunded reports whether a status word says that money went back. Such a word
// counts as paid: the payment came, and the refund is a movement of its own.
func refunded(word string) bool {
	return len(word) >= len("refund") && strings.Contains(strings.ToLower(word), "refund")
}
