package blockatm

import (
	"strconv"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

const (
	id = iota
	platOrderNo
	orderNo
	cashierID
	custNo
	orderType
	v1Type
	chainID
	network
	symbol
	amount
	amountDue
	status
	txID
	fromAddress
	toAddress
	createTime
	expireTime
	updateTime
	blockTime
	resends
)

// columns carry the names of the API and the webhooks; an export's own headers
// are mapped by the configuration, since no official ones are published.
var columns = []tabular.Column{
	id:          {Name: "id", Aliases: []string{"orderId"}},
	platOrderNo: {Name: "platOrderNo"},
	orderNo:     {Name: "orderNo", Aliases: []string{"merchantOrderNo"}},
	cashierID:   {Name: "cashierId", Aliases: []string{"merchantId"}},
	custNo:      {Name: "custNo", Aliases: []string{"customerNo"}},
	orderType:   {Name: "orderType"},
	v1Type:      {Name: "type"},
	chainID:     {Name: "chainId"},
	network:     {Name: "network"},
	symbol:      {Name: "symbol"},
	amount:      {Name: "amount"},
	amountDue:   {Name: "orderAmount", Aliases: []string{"amount_due"}},
	status:      {Name: "status", Required: true},
	txID:        {Name: "txId", Aliases: []string{"txHash"}},
	fromAddress: {Name: "fromAddress", Aliases: []string{"walletAddress"}},
	toAddress:   {Name: "toAddress", Aliases: []string{"pay_to", "payAddress"}},
	createTime:  {Name: "createTime"},
	expireTime:  {Name: "expireTime"},
	updateTime:  {Name: "updateTime"},
	blockTime:   {Name: "blockTime"},
	resends:     {Name: "resends", Aliases: []string{"resendCount"}},
}

// Orders returns a source over BlockATM orders in o.Files: API answers in either
// envelope, JSON lines, or tables with the API's names.
func Orders(o sources.FileOptions) sources.Source {
	return book.Orders(o, book.Shape{Columns: columns, Order: order})
}

func order(c *book.Cells, o *reconcile.Order) (inScope bool) {
	v1 := c.Text(platOrderNo) != ""
	o.OrderID, o.OrderNo = c.ID(id), c.ID(orderNo)
	if v1 {
		o.OrderID = c.ID(platOrderNo)
	}
	if o.OrderID == "" && o.OrderNo == "" {
		c.Fail(id, "the row has neither id nor orderNo")
	}
	o.TXIDs, o.PayTo, o.Payers = c.TXIDs(txID), c.Text(toAddress), c.Addresses(fromAddress)
	o.Account, o.Customer, o.Method = c.ID(cashierID), c.Text(custNo), method(c)
	o.Chain = c.Text(chainID)
	if o.Chain == "" {
		o.Chain = c.Text(network)
	}
	o.Asset, o.Symbol = c.Text(symbol), c.Text(symbol)
	o.Recorded, o.Due = c.Amount(amount), c.Amount(amountDue)
	o.Status = c.Text(status)
	o.State = state(c.Profile(), o.Status, v1, len(o.TXIDs) > 0)
	o.Created, o.Expires = c.Time(createTime), c.Time(expireTime)
	o.Updated, o.PaidAt = c.Time(updateTime), c.Time(blockTime)
	if text := c.Text(resends); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			c.Fail(resends, "it is not a number of resends")
		}
		o.Resends = n
	}
	return true
}

// methods are BlockATM's order types.
var methods = map[string]string{"1": "contract", "2": "scan", "3": "direct_transfer"}

func method(c *book.Cells) string {
	kind := c.Text(orderType)
	if kind == "" {
		kind = c.Text(v1Type)
	}
	if name, ok := methods[kind]; ok {
		return name
	}
	return kind
}
