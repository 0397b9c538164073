// Package generic reads any order book whose columns carry plain names, or names
// that the configuration maps: a merchant's own orders, or a provider without a
// package of its own.
package generic

import (
	_ "embed"
	"strconv"
	"strings"

	"tieout/reconcile"
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
// same. An e-mail address is nobody's customer number, so it is not among them.
var Columns = []tabular.Column{
	orderID:       {Name: "order_id", Aliases: []string{"provider_order_id", "payment_id", "provider_id"}},
	orderNo:       {Name: "order_no", Aliases: []string{"order_number", "merchant_order_no", "reference", "order", "order_ref"}},
	account:       {Name: "account", Aliases: []string{"cashier", "cashier_id", "store", "mid"}},
	customer:      {Name: "customer", Aliases: []string{"customer_id", "customer_no", "user_id"}},
	method:        {Name: "method", Aliases: []string{"payment_method"}},
	chain:         {Name: "chain", Aliases: []string{"network", "blockchain", "chain_id"}},
	asset:         {Name: "asset", Aliases: []string{"token", "symbol", "currency", "coin", "crypto_currency"}},
	amountDue:     {Name: "amount_due", Aliases: []string{"due", "order_amount", "requested_amount", "total"}},
	amountPaid:    {Name: "amount_paid", Aliases: []string{"paid", "paid_amount", "received_amount", "credited", "amount_credited"}},
	status:        {Name: "status", Aliases: []string{"state", "order_status", "payment_status"}, Required: true},
	txid:          {Name: "txid", Aliases: []string{"tx_hash", "transaction_hash", "transaction_id", "tx_id", "hash"}},
	payTo:         {Name: "pay_to", Aliases: []string{"pay_address", "deposit_address", "wallet_address", "receiving_address", "to_address"}},
	payer:         {Name: "payer", Aliases: []string{"payer_address", "from_address", "sender"}},
	createdAt:     {Name: "created_at", Aliases: []string{"created", "creation_time", "order_date", "date_created"}},
	expiresAt:     {Name: "expires_at", Aliases: []string{"expires", "expiry", "expire_time", "expiration"}},
	paidAt:        {Name: "paid_at", Aliases: []string{"payment_time", "paid_time", "date_paid"}},
	updatedAt:     {Name: "updated_at", Aliases: []string{"updated", "update_time", "modified_at", "last_modified"}},
	fulfilledAt:   {Name: "fulfilled_at", Aliases: []string{"shipped_at", "delivered_at"}},
	price:         {Name: "price", Aliases: []string{"fiat_amount", "price_amount"}},
	priceCurrency: {Name: "price_currency", Aliases: []string{"fiat_currency", "fiat"}},
	resends:       {Name: "resends", Aliases: []string{"resend_count"}},
}

// refundWords are status words that count as paid and say that money went back.
var refundWords = []string{"refunded", "partially_refunded", "partially refunded", "partly refunded", "refund"}

// Orders returns a source over o.Files. `status` and one of `order_id` and
// `order_no` are required; a word that the profile lacks keeps the order with an
// unknown state.
func Orders(o sources.FileOptions) sources.Source {
	return book.Orders(o, book.Shape{Columns: Columns, Order: order})
}

func order(c *book.Cells, o *reconcile.Order) (inScope bool) {
	o.OrderID, o.OrderNo = c.ID(orderID), c.ID(orderNo)
	o.TXIDs, o.PayTo, o.Payers = c.TXIDs(txid), c.Text(payTo), c.Addresses(payer)
	if o.OrderID == "" && o.OrderNo == "" {
		c.Fail(orderNo, "the row has neither order_id nor order_no")
	}
	o.Account, o.Customer, o.Method = c.Text(account), c.Text(customer), c.Text(method)
	o.Chain, o.Asset = c.Text(chain), c.Text(asset)
	if !strings.Contains(o.Asset, "/") && !strings.HasPrefix(o.Asset, "0x") {
		o.Symbol = o.Asset
	}
	o.Due, o.Recorded = c.Amount(amountDue), c.Amount(amountPaid)
	o.Status = c.Text(status)
	o.State = c.Profile().State("", o.Status)
	if o.Status == "" {
		c.Fail(status, "the status is empty")
	}
	for _, word := range refundWords {
		if strings.EqualFold(word, o.Status) {
			o.Flags |= reconcile.FlagRefunded
		}
	}
	o.Created, o.Expires, o.PaidAt = c.Time(createdAt), c.Time(expiresAt), c.Time(paidAt)
	o.Updated, o.Fulfilled = c.Time(updatedAt), c.Time(fulfilledAt)
	o.Price, o.PriceIn = c.Amount(price), c.Text(priceCurrency)
	if text := c.Text(resends); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			c.Fail(resends, "it is not a number of resends")
		}
		o.Resends = n
	}
	return true
}
