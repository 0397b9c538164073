package demo

import (
	"crypto/hmac"
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

// units writes cents in base units of a token.
func units(c *chain, cents int64) string {
	if cents == 0 {
		return "0"
	}
	return strconv.FormatInt(cents, 10) + strings.Repeat("0", c.decimals-2)
}

func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// id is the provider's number of an order.
func (o *order) id() string {
	sum := sha256.Sum256([]byte("id " + o.no))
	if o.provider == "bvnk" {
		h := hex.EncodeToString(sum[:16])
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}
	n := uint32(sum[0])<<16 | uint32(sum[1])<<8 | uint32(sum[2])
	return strconv.Itoa(8210000000 + int(n))
}

func (o *order) paid() int64 {
	if o.recorded != 0 {
		return o.recorded
	}
	return max(o.due, 1_50)
}

func (s *story) of(provider string) []*order {
	var list []*order
	for _, o := range s.orders {
		if o.provider == provider && !o.noBook {
			list = append(list, o)
		}
	}
	return list
}

// updated is when the provider last touched an order.
func (o *order) updated() time.Time {
	if !o.paidAt.IsZero() {
		return o.paidAt.Add(time.Minute)
	}
	return o.created
}

func (s *story) cashierCSV() string {
	var b strings.Builder
	b.WriteString("id,orderNo,cashierId,custNo,orderType,chainId,symbol,amount,status,txId,createTime,expireTime,updateTime,blockTime\n")
	for _, o := range s.of("cashier1") {
		fmt.Fprintf(&b, "%s,%s,86100021,%s,2,%s,USDT,%s,%s,%s,%s,%s,%s,%s\n", o.id(), o.no, o.customer, o.chain.name, decimal(o.paid()), o.status, o.claims,
			millis(o.created), millis(o.expires), millis(o.updated()), millis(o.paidAt))
	}
	b.WriteString("8.21E+09,B-EXCEL,86100021,C-EXCEL,2,1,USDT,12.00,EXPIRED,,1773741600000,1773743400000,1773743400000,\n") // a spreadsheet has been here
	return b.String()
}

// statusNumbers are the list API's integers.
var statusNumbers = map[string]int{"PENDING": 1, "SUCCESS": 9, "EXPIRED": -1, "CANCELLED": -3}

func (s *story) cashierJSON() string {
	type row struct {
		ID          json.Number `json:"id"`
		OrderNo     string      `json:"orderNo"`
		CashierID   int         `json:"cashierId"`
		CustNo      string      `json:"custNo"`
		OrderType   int         `json:"orderType"`
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
		r := row{json.Number(o.id()), o.no, 86100022, o.customer, 2, o.chain.name, "USDT", json.Number(decimal(o.paid())), statusNumbers[o.status], o.claims, "",
			o.created.UnixMilli(), o.expires.UnixMilli(), o.updated().UnixMilli(), 0}
		if !o.paidAt.IsZero() {
			r.BlockTime = o.paidAt.UnixMilli()
		}
		rows = append(rows, r)
	}
	return indent(map[string]any{"code": "200", "success": true, "data": map[string]any{"list": rows, "total": len(rows), "page": 1, "pageSize": 500}})
}

func indent(v any) string {
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err) // our own values always encode
	}
	return string(out) + "\n"
}

// payment is a BVNK payment object.
func (o *order) payment() map[string]any {
	actual := int64(0)
	if o.paidAt != (time.Time{}) || o.recorded != 0 {
		actual = o.paid()
	}
	money := func(currency string, amount, actual int64) map[string]any {
		return map[string]any{"currency": currency, "amount": json.Number(decimal(amount)), "actual": json.Number(decimal(actual))}
	}
	transactions := []any{}
	if o.claims != "" {
		tx := map[string]any{"hash": o.claims, "amount": json.Number(decimal(o.paid())), "sources": []string{}, "isOnHold": o.hold, "protocol": o.chain.protocol,
			"dateCreated": o.created.UnixMilli()}
		if !o.paidAt.IsZero() {
			tx["dateConfirmed"] = o.paidAt.UnixMilli()
		}
		transactions = append(transactions, tx)
	}
	return map[string]any{"uuid": o.id(), "merchantId": "9a57c17a-1eef-48ff-83d0-b5892c99f767", "customerId": o.customer, "reference": o.no, "type": "IN", "subType": "merchantPayIn",
		"status": o.status, "dateCreated": o.created.UnixMilli(), "expiryDate": o.expires.UnixMilli(), "paidCurrency": money("USDT", o.due, actual),
		"walletCurrency": money("EUR", o.due*92/100, actual*92/100), "displayCurrency": money("USD", o.due, actual),
		"address": map[string]any{"address": o.payTo, "tag": nil, "protocol": o.chain.protocol, "alternatives": []string{}}, "transactions": transactions, "refund": nil, "refunds": []string{}}
}

func (s *story) bvnkJSON() string {
	var rows []any
	for _, o := range s.of("bvnk") {
		rows = append(rows, o.payment())
	}
	return indent(rows)
}

func (s *story) shopCSV() string {
	var b strings.Builder
	b.WriteString("order_no,customer,chain,asset,amount_due,amount_paid,status,pay_to,created_at,expires_at,updated_at\n")
	for _, o := range s.orders {
		if o.shop == "-" {
			continue
		}
		due, credited := decimal(max(o.due, 0)), ""
		if o.due < 0 {
			due = "1.5O"
		}
		if o.credited >= 0 {
			credited = decimal(o.credited)
		}
		fmt.Fprintf(&b, "%s,%s,%s,USDT,%s,%s,%s,%s,%s,%s,%s\n", o.no, o.customer, o.chain.name, due, credited, o.shop, o.payTo, o.created.Format(time.RFC3339), o.expires.Format(time.RFC3339), o.updated().Format(time.RFC3339))
	}
	return b.String()
}

func sign(secret, message string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(message))
	return hex.EncodeToString(h.Sum(nil))
}

// blockatmLog signs every other delivery over the sorted members, the others over
// the raw body: both are published.
func (s *story) blockatmLog() string {
	var lines []string
	for i, h := range s.hooks {
		if h.order.provider == "bvnk" {
			continue
		}
		o := h.order
		members := map[string]string{"id": o.id(), "orderNo": o.no, "custNo": o.customer, "symbol": "USDT", "amount": decimal(o.paid()), "status": h.status,
			"txId": o.claims, "chainId": o.chain.name, "cashierId": map[string]string{"cashier1": "86100021", "cashier2": "86100022"}[o.provider]}
		keys := make([]string, 0, len(members))
		for k := range members {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		var sorted, body []string
		for _, k := range keys {
			sorted = append(sorted, k+"="+members[k])
			if k == "id" || k == "cashierId" {
				body = append(body, fmt.Sprintf("%q:%s", k, members[k]))
			} else {
				body = append(body, fmt.Sprintf("%q:%q", k, members[k]))
			}
		}
		raw := "{" + strings.Join(body, ",") + "}"
		at := millis(h.at.Add(-time.Second))
		message := strings.Join(sorted, "&") + "&time=" + at
		if i%2 == 1 {
			message = raw + "&time=" + at
		}
		signature := sign(BlockATMSecret, message)
		if h.forged {
			signature = sign("somebody else's secret", message)
		}
		lines = append(lines, logLine(h, map[string]string{"Content-Type": "application/json", "BlockATM-Event": "payment", "BlockATM-Request-Time": at, "BlockATM-Signature-V2": signature}, raw))
	}
	return joinLines(lines)
}

func (s *story) bvnkLog() string {
	var lines []string
	for _, h := range s.hooks {
		if h.order.provider != "bvnk" {
			continue
		}
		payment := h.order.payment()
		payment["status"] = h.status
		body, err := json.Marshal(map[string]any{"event": h.event, "eventId": h.order.id(), "timestamp": h.at.Add(-time.Second).Format(time.RFC3339Nano), "data": payment})
		if err != nil {
			panic(err) // our own values always encode
		}
		lines = append(lines, logLine(h, map[string]string{"Content-Type": "application/json", "x-signature": sign(BVNKSecret, string(body))}, string(body)))
	}
	return joinLines(lines)
}

func logLine(h hook, headers map[string]string, body string) string {
	out, err := json.Marshal(struct {
		Received string            `json:"received_at"`
		Headers  map[string]string `json:"headers"`
		Body     string            `json:"body"`
		Response int               `json:"response_status"`
	}{h.at.Format(time.RFC3339), headers, body, h.response})
	if err != nil {
		panic(err) // our own values always encode
	}
	return string(out)
}

// joinLines writes a log in the order in which it was received.
func joinLines(lines []string) string {
	slices.Sort(lines) // a line begins with its time
	return strings.Join(lines, "\n") + "\n"
}

// on returns a chain's transfers in block order, with a block number each.
func (s *story) on(c *chain) []move {
	var list []move
	for _, m := range s.moves {
		if m.chain == c {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b move) int { return a.at.Compare(b.at) })
	return list
}

func (m move) block(seconds int64) int64 {
	return 20_000_000 + m.at.Unix()/seconds - 1_773_000_000/seconds
}

func (s *story) ethereumCSV() string {
	var b strings.Builder
	b.WriteString("chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n")
	last, index := int64(0), 0
	for _, m := range s.on(&ethereum) {
		if block := m.block(12); block != last {
			last, index = block, 0
		}
		index++
		token := m.token
		if token == "" {
			token = ethereum.usdt
		}
		fmt.Fprintf(&b, "1,%d,%s,%s,%d,%s,%s,%s,%s\n", m.block(12), m.at.Format("2006-01-02 15:04:05 UTC"), m.tx, index, token, m.from, m.to, units(&ethereum, m.cents))
	}
	return b.String()
}

func (s *story) bscCSV() string {
	var b strings.Builder
	b.WriteString("blockNumber,timeStamp,hash,nonce,blockHash,from,contractAddress,to,value,tokenName,tokenSymbol,tokenDecimal,transactionIndex,gas,gasPrice,gasUsed,cumulativeGasUsed,input,confirmations\n")
	for _, m := range s.on(&bsc) {
		fmt.Fprintf(&b, "%d,%d,%s,1,%s,%s,%s,%s,%s,Tether USD,USDT,18,1,60000,1000000000,51000,900000,deprecated,5000\n", m.block(1), m.at.Unix(), m.tx, txid(&bsc, fmt.Sprint("block", m.block(1))), m.from, bsc.usdt, m.to, units(&bsc, m.cents))
	}
	return b.String()
}

func (s *story) tronCSV() string {
	var b strings.Builder
	b.WriteString("Tx Hash,blockHeight,blockTime(UTC+8),blockTime(UTC),from,to,value,symbol,tokenAddress,isConfirm\n")
	for _, m := range s.on(&tron) {
		fmt.Fprintf(&b, "%s,%d,%s,%s,%s,%s,%s,USDT,%s,%t\n", m.tx, m.block(3), m.at.Add(8*time.Hour).Format(time.DateTime), m.at.Format(time.DateTime), m.from, m.to, decimal(m.cents), tron.usdt, !m.pending)
	}
	return b.String()
}
