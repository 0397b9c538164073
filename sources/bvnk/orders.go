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
	reference
	merchantID
	customerID
	kind
	direction
	subType
	status
	paidAmount
	paidActual
	paidCurrency
	required
	requiredCurrency
	actual
	walletActual
	walletCurrency
	displayAmount
	displayCurrency
	address
	protocol
	txProtocol
	hashes
	payers
	onHold
	dateCreated
	expiryDate
	dateConfirmed
	lastUpdated
	labels
)

// columns are members of the payment object. In CSV and XLSX they stand with the
// same dotted names.
var columns = []tabular.Column{
	uuid:             {Name: "uuid"},
	v3ID:             {Name: "id"},
	reference:        {Name: "reference"},
	merchantID:       {Name: "merchantId"},
	customerID:       {Name: "customerId", Aliases: []string{"originator.customerId"}},
	kind:             {Name: "type"},
	direction:        {Name: "direction"},
	subType:          {Name: "subType"},
	status:           {Name: "status", Required: true},
	paidAmount:       {Name: "paidCurrency.amount"},
	paidActual:       {Name: "paidCurrency.actual"},
	paidCurrency:     {Name: "paidCurrency.currency"},
	required:         {Name: "originator.required.amount"},
	requiredCurrency: {Name: "originator.required.currency"},
	actual:           {Name: "originator.actual.amount"},
	walletActual:     {Name: "walletCurrency.actual"},
	walletCurrency:   {Name: "walletCurrency.currency"},
	displayAmount:    {Name: "displayCurrency.amount"},
	displayCurrency:  {Name: "displayCurrency.currency"},
	address:          {Name: "address.address"},
	protocol:         {Name: "address.protocol", Aliases: []string{"address.network"}},
	txProtocol:       {Name: "transactions[].protocol"},
	hashes:           {Name: "transactions[].hash"},
	payers:           {Name: "transactions[].sources[]"},
	onHold:           {Name: "transactions[].isOnHold"},
	dateCreated:      {Name: "dateCreated", Aliases: []string{"createdAt"}},
	expiryDate:       {Name: "expiryDate", Aliases: []string{"expiresAt"}},
	dateConfirmed:    {Name: "transactions[].dateConfirmed"},
	lastUpdated:      {Name: "lastUpdated", Aliases: []string{"updatedAt"}},
	labels:           {Name: "labels[]"},
}

// Orders returns a source over BVNK payments in o.Files: the list API's bare
// array, JSON lines, single objects, or tables with dotted names. Payouts and
// refunds are counted out of scope.
func Orders(o sources.FileOptions) sources.Source {
	return book.Orders(o, book.Shape{Columns: columns, Order: order})
}

func order(c *book.Cells, o *reconcile.Order) (inScope bool) {
	o.OrderID = strings.ToLower(c.ID(uuid))
	if o.OrderID == "" {
		o.OrderID = strings.ToLower(c.ID(v3ID))
	}
	o.OrderNo = c.ID(reference)
	if o.OrderID == "" && o.OrderNo == "" {
		c.Fail(uuid, "the payment has neither uuid nor reference")
	}
	if outgoing(c.Text(kind), c.Text(subType)) || outgoing(c.Text(direction), "") {
		return false
	}
	o.TXIDs, o.PayTo, o.Payers = c.TXIDs(hashes), c.Text(address), c.Addresses(payers)
	o.Account, o.Customer = c.Text(merchantID), c.Text(customerID)
	o.Status = c.Text(status)
	o.State = c.Profile().State("", o.Status)
	amounts(c, o)
	o.Chain = c.Text(protocol)
	if list := c.List(txProtocol); o.Chain == "" && len(list) > 0 {
		o.Chain = list[0]
	}
	if hold(c) && o.State != reconcile.StatePaid {
		o.Flags |= reconcile.FlagOnHold
		o.State = reconcile.StateDetected
	}
	o.Created, o.Expires, o.Updated = c.Time(dateCreated), c.Time(expiryDate), c.Time(lastUpdated)
	o.PaidAt = confirmed(c)
	return true
}

// amounts reads requested and received, settled and displayed amounts.
func amounts(c *book.Cells, o *reconcile.Order) {
	o.Asset = c.Text(paidCurrency)
	if o.Asset == "" {
		o.Asset = c.Text(requiredCurrency)
	}
	o.Symbol = o.Asset
	o.Due, o.Recorded = c.Amount(paidAmount), c.Amount(paidActual)
	if !o.Due.Known() {
		o.Due, o.Recorded = c.Amount(required), c.Amount(actual)
	}
	if o.Asset == "" && o.Due.IsZero() { // the payer has not picked a coin yet
		o.Due = money.Quantity{}
	}
	if o.Recorded.IsZero() && o.State != reconcile.StatePaid {
		o.Recorded = money.Quantity{}
	}
	o.Settled, o.SettledIn = c.Amount(walletActual), c.Text(walletCurrency)
	o.Price, o.PriceIn = c.Amount(displayAmount), c.Text(displayCurrency)
}

func hold(c *book.Cells) bool {
	for _, v := range c.List(onHold) {
		if strings.EqualFold(v, "true") {
			return true
		}
	}
	return false
}

// confirmed is when the last transaction was confirmed.
func confirmed(c *book.Cells) reconcile.Instant {
	var last reconcile.Instant
	for _, text := range c.List(dateConfirmed) {
		if text == "" {
			continue
		}
		at, err := sources.ParseTime(text, nil)
		if err != nil {
			c.Fail(dateConfirmed, err.Error())
		}
		last = max(last, at)
	}
	return last
}
