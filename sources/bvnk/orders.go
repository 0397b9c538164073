package bvnk

import (
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

const (
	uuid = iota
	v3ID
	channelID
	reference
	merchantID
	customerID
	v3CustomerID
	kind
	direction
	subType
	status
	labels
	refunds

	paidAmount
	paidActual
	paidCurrency
	walletActual
	walletCurrency
	displayAmount
	displayCurrency

	required
	requiredCurrency
	actual
	settled
	settledCurrency
	price
	priceCurrency

	flatPaidCurrency
	flatPaidAmount
	flatWalletCurrency
	flatWalletAmount
	flatDisplayCurrency
	flatDisplayAmount
	flatAddress
	flatTag
	flatHash
	flatSources
	flatProtocol

	address
	tag
	protocol
	network
	hashes
	payers
	txProtocol
	onHold
	dateConfirmed

	dateCreated
	expiryDate
	lastUpdated

	refundedUUID
	refundedReference
)

// columns are members of the payment object. In CSV and XLSX they stand with the
// same dotted names, those of transactions also without the brackets.
var columns = []tabular.Column{
	uuid:         {Name: "uuid"},
	v3ID:         {Name: "id"},
	channelID:    {Name: "channelId"},
	reference:    {Name: "reference"},
	merchantID:   {Name: "merchantId"},
	customerID:   {Name: "customerId"},
	v3CustomerID: {Name: "originator.customerId"},
	kind:         {Name: "type"},
	direction:    {Name: "direction"},
	subType:      {Name: "subType"},
	status:       {Name: "status", Required: true},
	labels:       {Name: "labels[]"},
	refunds:      {Name: "refunds[].status"},

	paidAmount:      {Name: "paidCurrency.amount"},
	paidActual:      {Name: "paidCurrency.actual"},
	paidCurrency:    {Name: "paidCurrency.currency"},
	walletActual:    {Name: "walletCurrency.actual"},
	walletCurrency:  {Name: "walletCurrency.currency"},
	displayAmount:   {Name: "displayCurrency.amount"},
	displayCurrency: {Name: "displayCurrency.currency"},

	// v3: what the payer pays, what the merchant gets, what the shop asked for.
	required:         {Name: "originator.required.amount"},
	requiredCurrency: {Name: "originator.required.currency"},
	actual:           {Name: "originator.actual.amount"},
	settled:          {Name: "beneficiary.actual.amount"},
	settledCurrency:  {Name: "beneficiary.actual.currency"},
	price:            {Name: "checkout.required.amount"},
	priceCurrency:    {Name: "checkout.required.currency"},

	// Channel payments are flat, under names that are objects elsewhere.
	flatPaidCurrency:    {Name: "paidCurrency"},
	flatPaidAmount:      {Name: "paidAmount"},
	flatWalletCurrency:  {Name: "walletCurrency"},
	flatWalletAmount:    {Name: "walletAmount"},
	flatDisplayCurrency: {Name: "displayCurrency"},
	flatDisplayAmount:   {Name: "displayAmount"},
	flatAddress:         {Name: "address"},
	flatTag:             {Name: "tag"},
	flatHash:            {Name: "hash"},
	flatSources:         {Name: "sources[]"},
	flatProtocol:        {Name: "protocol"},

	address:       {Name: "address.address"},
	tag:           {Name: "address.tag"},
	protocol:      {Name: "address.protocol"},
	network:       {Name: "address.network"},
	hashes:        {Name: "transactions[].hash", Aliases: []string{"transactions.hash"}},
	payers:        {Name: "transactions[].sources[]", Aliases: []string{"transactions.sources"}},
	txProtocol:    {Name: "transactions[].protocol", Aliases: []string{"transactions.protocol"}},
	onHold:        {Name: "transactions[].isOnHold", Aliases: []string{"transactions.isOnHold"}},
	dateConfirmed: {Name: "transactions[].dateConfirmed", Aliases: []string{"transactions.dateConfirmed"}},

	dateCreated: {Name: "dateCreated", Aliases: []string{"createdAt"}},
	expiryDate:  {Name: "expiryDate", Aliases: []string{"expiresAt"}},
	lastUpdated: {Name: "lastUpdated", Aliases: []string{"updatedAt"}},

	// On a refund: the payment that is given back.
	refundedUUID:      {Name: "refund.uuid"},
	refundedReference: {Name: "refund.reference"},
}

// Orders returns a source over BVNK payments in o.Files: the list API's bare
// array, JSON lines, single objects, or tables with dotted names. Payouts and
// refunds are counted out of scope.
func Orders(o sources.FileOptions) sources.Source {
	return book.Orders(o, shape)
}

var shape = book.Shape{Columns: columns, Keys: []int{uuid, v3ID, reference}, Order: order}

func order(c *book.Cells, o *reconcile.Order) (inScope bool) {
	if outgoing(c.Text(kind), c.Text(direction), c.Text(subType)) {
		return false
	}
	o.OrderID = strings.ToLower(firstOf(c.ID(uuid), c.ID(v3ID)))
	o.OrderNo = c.ID(reference)
	if o.OrderID == "" && o.OrderNo == "" {
		c.Fail(uuid, "the payment has neither uuid nor reference")
	}
	o.Account, o.Customer = c.Text(merchantID), firstOf(c.Text(customerID), c.Text(v3CustomerID))
	where(c, o)
	o.Status = c.Text(status)
	o.State = c.Profile().State("", o.Status)
	if o.Status == "" {
		c.Fail(status, "the status is empty")
	}
	qualify(c, o)
	amounts(c, o)
	o.Created, o.Expires, o.Updated = c.Time(dateCreated), c.Time(expiryDate), c.Time(lastUpdated)
	o.PaidAt = c.Latest(dateConfirmed)
	return true
}

// where reads address, chain and transactions.
func where(c *book.Cells, o *reconcile.Order) {
	o.PayTo, o.Chain = taggedAddress(c.Address(address), c.Address(tag)), firstOf(c.Text(protocol), c.Text(network))
	o.TXIDs, o.Payers = c.TXIDs(hashes), c.Addresses(payers)
	if c.Text(channelID) != "" {
		o.Method = "channel"
	}
	if c.Text(flatHash) != "" {
		o.TXIDs, o.Payers = c.TXIDs(flatHash), c.Addresses(flatSources)
	}
	if o.PayTo == "" {
		o.PayTo = taggedAddress(flat(c, flatAddress), c.Address(flatTag))
	}
	if o.Chain == "" {
		o.Chain = c.Text(flatProtocol)
	}
	if list := c.List(txProtocol); o.Chain == "" && len(list) > 0 {
		o.Chain = list[0]
	}
}

// flat returns a member that is a text in channel payments and an object in others.
func flat(c *book.Cells, column int) string {
	if text := c.Address(column); !strings.HasPrefix(text, "{") {
		return text
	}
	return ""
}

// qualify reads what stands beside the status. Held funds have been seen, but an
// end that BVNK has declared stays: a screening that failed ends in CANCELLED.
func qualify(c *book.Cells, o *reconcile.Order) {
	held := contains(c.List(onHold), "true")
	switch o.State {
	case reconcile.StateCreated, reconcile.StateDetected:
		if held {
			o.Flags |= reconcile.FlagOnHold
			o.State = reconcile.StateDetected
		}
	case reconcile.StateExpired: // late funds that are held: the payment stays expired
		if held {
			o.Flags |= reconcile.FlagOnHold
		}
	case reconcile.StatePaid:
		// A refund payout that nobody accepts never completes.
		if contains(c.List(labels), "REFUND") || contains(c.List(refunds), "COMPLETE") || contains(c.List(refunds), "COMPLETED") {
			o.Flags |= reconcile.FlagRefunded
		}
	}
}

func contains(list []string, word string) bool {
	for _, entry := range list {
		for one := range strings.SplitSeq(entry, "|") { // a cell of a table may hold several
			if strings.EqualFold(strings.TrimSpace(one), word) {
				return true
			}
		}
	}
	return false
}

// amounts reads requested and received, settled and displayed amounts from the
// members of whichever generation the payment is of.
func amounts(c *book.Cells, o *reconcile.Order) {
	o.Asset = firstOf(c.Text(paidCurrency), firstOf(c.Text(requiredCurrency), flat(c, flatPaidCurrency)))
	o.Symbol = o.Asset
	o.Due = given(c.Amount(paidAmount), c.Amount(required))
	o.Recorded = given(c.Amount(paidActual), c.Amount(actual), c.Amount(flatPaidAmount))
	o.Settled = given(c.Amount(walletActual), c.Amount(settled), c.Amount(flatWalletAmount))
	o.SettledIn = firstOf(c.Text(walletCurrency), firstOf(c.Text(settledCurrency), flat(c, flatWalletCurrency)))
	o.Price = given(c.Amount(displayAmount), c.Amount(price), c.Amount(flatDisplayAmount))
	o.PriceIn = firstOf(c.Text(displayCurrency), firstOf(c.Text(priceCurrency), flat(c, flatDisplayCurrency)))
	o.Due = unlessZero(o.Due)
	if o.State != reconcile.StatePaid {
		o.Recorded, o.Settled = unlessZero(o.Recorded), unlessZero(o.Settled)
	}
}

// given returns the first amount that is known.
func given(amounts ...money.Quantity) money.Quantity {
	for _, q := range amounts {
		if q.Known() {
			return q
		}
	}
	return money.Quantity{}
}

func unlessZero(q money.Quantity) money.Quantity {
	if q.IsZero() {
		return money.Quantity{}
	}
	return q
}
