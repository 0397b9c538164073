package blockatm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

const (
	id = iota
	platOrderNo
	orderNo
	bizOrderNo
	contractID
	cashierID
	merchantID
	custNo
	orderType
	v1Type
	chainID
	network
	symbol
	amount
	orderAmount
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

// columns carry the names of the API and the webhooks, and as aliases those that
// every order book answers to. No official export is documented: its headers are
// mapped by the configuration.
var columns = []tabular.Column{
	id:          {Name: "id", Aliases: []string{"order_id"}},
	platOrderNo: {Name: "platOrderNo"},
	orderNo:     {Name: "orderNo", Aliases: []string{"merchantOrderNo"}},
	bizOrderNo:  {Name: "bizOrderNo"},
	contractID:  {Name: "contractId"},
	cashierID:   {Name: "cashierId", Aliases: []string{"account"}},
	merchantID:  {Name: "merchantId"},
	custNo:      {Name: "custNo", Aliases: []string{"customer", "customerNo"}},
	orderType:   {Name: "orderType", Aliases: []string{"method"}},
	v1Type:      {Name: "type"},
	chainID:     {Name: "chainId", Aliases: []string{"chain"}},
	network:     {Name: "network"},
	symbol:      {Name: "symbol", Aliases: []string{"asset"}},
	amount:      {Name: "amount", Aliases: []string{"amount_paid"}},
	orderAmount: {Name: "orderAmount", Aliases: []string{"amount_due"}},
	status:      {Name: "status", Required: true},
	txID:        {Name: "txId", Aliases: []string{"txHash"}},
	fromAddress: {Name: "fromAddress", Aliases: []string{"walletAddress", "payer"}},
	toAddress:   {Name: "toAddress", Aliases: []string{"pay_to", "payAddress"}},
	createTime:  {Name: "createTime", Aliases: []string{"created_at"}},
	expireTime:  {Name: "expireTime", Aliases: []string{"expires_at"}},
	updateTime:  {Name: "updateTime", Aliases: []string{"updated_at"}},
	blockTime:   {Name: "blockTime", Aliases: []string{"paid_at"}},
	resends:     {Name: "resends", Aliases: []string{"resendCount"}},
}

// Orders returns a source over BlockATM orders in o.Files: API answers in either
// envelope, JSON lines, or tables with the API's names. Payout rows are counted
// out of scope.
func Orders(o sources.FileOptions) sources.Source {
	return book.Orders(o, shape)
}

var shape = book.Shape{Columns: columns, Keys: []int{id, platOrderNo, orderNo}, Order: order}

func order(c *book.Cells, o *reconcile.Order) (inScope bool) {
	if c.ID(bizOrderNo) != "" || c.ID(contractID) != "" {
		return false
	}
	o.OrderID, o.OrderNo = providerID(c), c.ID(orderNo)
	if o.OrderID == "" && o.OrderNo == "" {
		c.Fail(id, "the row has neither id nor orderNo, so it is about no order")
	}
	o.TXIDs, o.PayTo, o.Payers = claims(c, txID), payTo(c), payers(c)
	o.Account, o.Customer, o.Method = firstOf(c.ID(cashierID), c.ID(merchantID)), c.Text(custNo), method(c)
	o.Chain = firstOf(c.Text(chainID), c.Text(network))
	o.Asset = c.Text(symbol)
	o.Symbol = o.Asset
	o.Recorded, o.Due = c.Amount(amount), c.Amount(orderAmount)
	o.Status = c.Text(status)
	o.State = state(c.Profile(), o.Status, rowGeneration(c), len(o.TXIDs) > 0)
	o.Created, o.Expires = c.Time(createTime), c.Time(expireTime)
	o.Updated, o.PaidAt = c.Time(updateTime), c.Time(blockTime)
	o.Resends = resent(c)
	return true
}

// providerID returns BlockATM's own number of the order. It is a whole number; one
// with a point came through a column of fractions, as spreadsheets and data frames
// make them, and would never meet the number that webhooks name.
func providerID(c *book.Cells) string {
	number := c.ID(id)
	if whole, _, fraction := strings.Cut(number, "."); fraction && isInteger(whole) {
		c.Fail(id, "BlockATM's ids are whole numbers, and this one went through a column of fractions: export it as text")
	}
	return firstOf(number, c.ID(platOrderNo))
}

func rowGeneration(c *book.Cells) generation {
	return generationOf(
		c.Text(platOrderNo) != "" || c.Text(v1Type) != "" || c.Text(merchantID) != "",
		c.Text(id) != "" || c.Text(orderType) != "" || c.Text(cashierID) != "")
}

// claims returns the transaction of the order or payout in a column. Short texts like 1t are
// placeholders; a long one that is no whole id was cut by a spreadsheet, and taken
// as it stands it would call the payment missing from the chain.
func claims(c *book.Cells, column int) []string {
	const placeholder = 15 // no longer than this
	return slices.DeleteFunc(c.TXIDs(column), func(text string) bool {
		if !isTXID(text) && len(text) > placeholder {
			c.Fail(column, fmt.Sprintf("%q is no whole transaction id, which has 64 hex digits: export the column as text", clip(text)))
		}
		return !isTXID(text)
	})
}

func payTo(c *book.Cells) string {
	if text := c.Address(toAddress); !elided(text) {
		return text
	}
	return ""
}

func payers(c *book.Cells) []string {
	return slices.DeleteFunc(c.Addresses(fromAddress), elided)
}

// elided reports the samples' placeholders, 0x and dots.
func elided(text string) bool { return strings.Contains(text, "..") }

// methods are BlockATM's order types.
var methods = map[string]string{"1": "contract", "2": "scan", "3": "direct_transfer"}

func method(c *book.Cells) string {
	kind := firstOf(c.Text(orderType), c.Text(v1Type))
	if name, ok := methods[kind]; ok {
		return name
	}
	return kind
}

// resent returns how often the notification was sent again by hand, -1 when the
// row does not say.
func resent(c *book.Cells) int {
	count := c.Text(resends)
	if count == "" {
		return -1
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		c.Fail(resends, fmt.Sprintf("%q is no number of resends", clip(count)))
	}
	return n
}
