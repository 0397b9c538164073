package demo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decimal writes cents as an amount.
func decimal(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// millis writes a time as the providers do, "" for none.
func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// uuid derives an invented identifier from a name.
func uuid(name string) string {
	sum := sha256.Sum256([]byte("id " + name))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// id is the provider's number of an order.
func (o *order) id() string {
	if o.provider == "bvnk" {
		return uuid(o.no)
	}
	sum := sha256.Sum256([]byte("id " + o.no))
	return strconv.Itoa(8210000000 + int(sum[0])<<16 + int(sum[1])<<8 + int(sum[2]))
}

// paid is the amount that the provider shows: what it recorded, or what is due.
func (o *order) paid() int64 { return cmp.Or(o.recorded, o.due) }

// updated is when the provider last touched the order.
func (o *order) updated() time.Time {
	switch {
	case !o.paidAt.IsZero():
		return o.paidAt.Add(time.Minute)
	case o.status == "EXPIRED":
		return o.expires
	}
	return o.created
}

// sender is the payer's address where the provider saw a transaction.
func (o *order) sender() string {
	if o.claims == "" {
		return ""
	}
	return o.payer()
}

// of returns the orders in a provider's book, as they were made.
func (s *story) of(provider string) []*order {
	var list []*order
	for _, o := range s.orders {
		if o.provider == provider && !o.absent {
			list = append(list, o)
		}
	}
	return byCreation(list)
}

func byCreation(list []*order) []*order {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *order) int { return a.created.Compare(b.created) })
	return list
}

// cashiers are BlockATM's numbers of our two.
var cashiers = map[string]int{"cashier1": 86100021, "cashier2": 86100022}

// cashierCSV is an export of the dashboard, with statuses in words.
func (s *story) cashierCSV() string {
	var b strings.Builder
	b.WriteString("id,orderNo,cashierId,custNo,orderType,network,chainId,symbol,amount,status,txId,fromAddress,createTime,expireTime,updateTime,blockTime\n")
	for _, o := range s.of("cashier1") {
		if o.other {
			continue
		}
		id := o.id()
		if o.spoiled {
			id = "8.21E+09" // a spreadsheet has been here
		}
		fmt.Fprintf(&b, "%s,%s,%d,%s,2,%s,%s,USDT,%s,%s,%s,%s,%s,%s,%s,%s\n", id, o.no, cashiers[o.provider], o.customer, o.chain.network, o.chain.id,
			decimal(o.paid()), o.status, o.claims, o.sender(), millis(o.created), millis(o.expires), millis(o.updated()), millis(o.paidAt))
	}
	return b.String()
}

// statusNumbers are the list API's.
var statusNumbers = map[string]int{"WAITING_PAYMENT": 0, "PENDING": 1, "SUCCESS": 9, "EXPIRED": -1, "FAILED": -2, "CANCELLED": -3}

// cashierJSON is an answer of the list API, with statuses in numbers.
func (s *story) cashierJSON() string {
	type row struct {
		ID          json.Number `json:"id"`
		OrderNo     string      `json:"orderNo"`
		CashierID   int         `json:"cashierId"`
		CustNo      string      `json:"custNo"`
		OrderType   int         `json:"orderType"`
		Network     string      `json:"network"`
		ChainID     string      `json:"chainId"`
		Symbol      string      `json:"symbol"`
		Amount      json.Number `json:"amount"`
		Status      int         `json:"status"`
		TxID        string      `json:"txId"`
		FromAddress string      `json:"fromAddress"`
		CreateTime  int64       `json:"createTime"`
		ExpireTime  int64       `json:"expireTime"`
		UpdateTime  int64       `json:"updateTime"`
		BlockTime   int64       `json:"blockTime,omitempty"`
	}
	var rows []row
	for _, o := range s.of("cashier2") {
		r := row{ID: json.Number(o.id()), OrderNo: o.no, CashierID: cashiers[o.provider], CustNo: o.customer, OrderType: 2, Network: o.chain.network,
			ChainID: o.chain.id, Symbol: "USDT", Amount: json.Number(decimal(o.paid())), Status: statusNumbers[o.status], TxID: o.claims, FromAddress: o.sender(),
			CreateTime: o.created.UnixMilli(), ExpireTime: o.expires.UnixMilli(), UpdateTime: o.updated().UnixMilli()}
		if !o.paidAt.IsZero() {
			r.BlockTime = o.paidAt.UnixMilli()
		}
		rows = append(rows, r)
	}
	return indent(map[string]any{"code": "200", "success": true, "data": map[string]any{"list": rows, "total": len(rows), "page": 1, "pageSize": 500}})
}

// payment is a BVNK payment object at a stage of its life.
func (o *order) payment(status string, seen, settled bool) map[string]any {
	actual, credited := int64(0), int64(0)
	if settled {
		actual = o.paid()
		credited = cmp.Or(o.settled, actual*92/100)
	}
	money := func(currency string, amount, actual int64) map[string]any {
		return map[string]any{"currency": currency, "amount": json.Number(decimal(amount)), "actual": json.Number(decimal(actual))}
	}
	transactions := []any{}
	if seen {
		tx := map[string]any{"hash": o.claims, "amount": json.Number(decimal(o.paid())), "sources": []string{}, "isOnHold": o.hold, "protocol": o.chain.protocol,
			"dateCreated": o.created.UnixMilli()}
		if settled && !o.paidAt.IsZero() {
			tx["dateConfirmed"] = o.paidAt.UnixMilli()
		}
		transactions = append(transactions, tx)
	}
	return map[string]any{
		"uuid": o.id(), "merchantId": "9a57c17a-1eef-48ff-83d0-b5892c99f767", "customerId": o.customer, "reference": o.no,
		"type": "IN", "subType": "merchantPayIn", "status": status, "quoteStatus": "ACCEPTED", "twoStep": false, "pegged": false,
		"dateCreated": o.created.UnixMilli(), "expiryDate": o.expires.UnixMilli(),
		"paidCurrency":    money("USDT", o.due, actual),
		"walletCurrency":  money("EUR", o.due*92/100, credited),
		"displayCurrency": money("USD", o.due, actual),
		"feeCurrency":     money("EUR", o.due*92/10000, credited/100),
		"exchangeRate":    map[string]any{"base": "USDT", "counter": "EUR", "rate": json.Number("0.92")},
		"address":         map[string]any{"address": o.payTo, "tag": nil, "protocol": o.chain.protocol, "alternatives": []string{}},
		"transactions":    transactions, "refund": nil, "refunds": []string{},
	}
}

// bvnkJSON is an answer of the payment summary.
func (s *story) bvnkJSON() string {
	var rows []any
	for _, o := range s.of("bvnk") {
		if o.other {
			continue
		}
		rows = append(rows, o.payment(o.status, o.claims != "", !o.paidAt.IsZero() || o.recorded != 0))
	}
	return indent(rows)
}

func indent(v any) string {
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err) // our own values always encode
	}
	return string(out) + "\n"
}

// shopSQL is our own book: a dump of the shop's database, as sqlite3's .dump writes
// one, with what a shop calls its columns.
func (s *story) shopSQL() string {
	var b strings.Builder
	b.WriteString(`BEGIN TRANSACTION;
CREATE TABLE orders (
  number TEXT PRIMARY KEY, customer_no TEXT NOT NULL, network TEXT, token TEXT,
  total TEXT NOT NULL, credited TEXT, state TEXT NOT NULL, deposit_address TEXT,
  created DATETIME NOT NULL, expires DATETIME, changed DATETIME
);
`)
	for _, o := range byCreation(s.orders) {
		if o.shop == "" {
			continue
		}
		credited := "NULL"
		if o.credited {
			credited = quoted(decimal(o.due))
		}
		fmt.Fprintf(&b, "INSERT INTO orders VALUES(%s,%s,%s,'USDT',%s,%s,%s,%s,%s,%s,%s);\n", quoted(o.no), quoted(o.customer), quoted(o.chain.name),
			quoted(cmp.Or(o.shopDue, decimal(o.due))), credited, quoted(o.shop), quoted(o.payTo),
			quoted(o.created.Format(time.DateTime)), quoted(o.expires.Format(time.DateTime)), quoted(o.updated().Format(time.DateTime)))
	}
	b.WriteString("CREATE INDEX orders_created ON orders (created);\nCOMMIT;\n")
	return b.String()
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
