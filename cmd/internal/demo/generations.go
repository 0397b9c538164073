package demo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statusV1 is BlockATM's integer of V1, which has three.
func statusV1(word string) int {
	switch word {
	case "SUCCESS":
		return 1
	case "EXPIRED", "FAILED", "CANCELLED":
		return -1
	}
	return 0
}

// memberV1 is one member of a V1 payload; text is quoted in JSON and not in what is
// signed.
type memberV1 struct {
	key, value string
	text       bool
}

func (o *order) v1(status string) []memberV1 {
	list := []memberV1{{"symbol", "USDT", true}, {"amount", decimal(o.paid()), true}, {"network", o.chain.network, true}, {"chainId", o.chain.id, true},
		{"createTime", millis(o.created), false}, {"platOrderNo", o.id(), true}, {"merchantId", strconv.Itoa(cashiers[o.provider]), false}, {"orderNo", o.no, true},
		{"custNo", o.customer, true}, {"txId", o.claims, true}, {"walletAddress", o.sender(), true}, {"type", "2", false}, {"status", strconv.Itoa(statusV1(status)), false}}
	return list
}

func jsonV1(list []memberV1) string {
	parts := make([]string, len(list))
	for i, m := range list {
		value := m.value
		if m.text {
			value = strconv.Quote(value)
		}
		parts[i] = fmt.Sprintf("%q:%s", m.key, value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// cashierV1 is cashier 1's orders of before it moved to V2.
func (s *story) cashierV1() string {
	var b strings.Builder
	for _, o := range s.of("cashier1") {
		if o.other {
			b.WriteString(jsonV1(o.v1(o.status)) + "\n")
		}
	}
	return b.String()
}

// keyV1 signs V1's webhooks. It protects nothing.
func keyV1() *ecdsa.PrivateKey {
	d := sha256.Sum256([]byte(blockATMV1Key))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		panic(err) // the key is a constant
	}
	return key
}

func publicV1() string {
	der, err := x509.MarshalPKIXPublicKey(keyV1().Public())
	if err != nil {
		panic(err) // the key is a constant
	}
	return base64.StdEncoding.EncodeToString(der)
}

// v1 is the line of a V1 webhook, signed by ECDSA over its sorted members. Without a
// source of randomness the signature is the same every time.
func (h *hook) v1() string {
	members, sent := h.order.v1(h.status), millis(h.at.Add(-time.Second))
	var sorted []string
	for _, m := range members {
		sorted = append(sorted, m.key+"="+m.value)
	}
	slices.Sort(sorted)
	digest := sha256.Sum256([]byte(strings.Join(sorted, "&") + "&time=" + sent))
	signature, err := keyV1().Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(err) // the key is a constant
	}
	return logLine(h, map[string]string{"Content-Type": "application/json", "BlockATM-Event": "Payment", "BlockATM-Request-Time": sent,
		"BlockATM-Signature-V1": base64.StdEncoding.EncodeToString(signature)}, jsonV1(members))
}

// payinChange is the one event that BVNK has for payins of v3.
const payinChange = "payment:v3:payin:status-change"

// payin is a BVNK payin of v3: amounts are texts, and neither address nor chain nor
// times stand in it. Our own book has them.
func (o *order) payin(status string, settled bool) map[string]any {
	word := map[string]string{"PENDING": "PENDING_CUSTOMER_PAYMENT", "COMPLETE": "COMPLETED"}[status]
	if word == "" {
		word = status
	}
	money := func(currency string, amount int64) map[string]string {
		return map[string]string{"currency": currency, "amount": decimal(amount)}
	}
	side := func(currency string, required, actual int64) map[string]any {
		m := map[string]any{"required": money(currency, required), "actual": nil}
		if settled {
			m["actual"] = money(currency, actual)
		}
		return m
	}
	return map[string]any{
		"id": o.id(), "reference": o.no, "type": "payment:payin", "direction": "IN", "status": word, "method": "CRYPTO", "labels": []string{},
		"originator": side("USDT", o.due, o.paid()), "beneficiary": side("EUR", o.due*92/100, o.paid()*92/100), "checkout": side("USD", o.due, o.paid()),
	}
}

// bvnkV3 is an answer with payins of v3.
func (s *story) bvnkV3() string {
	rows := []json.RawMessage{}
	for _, o := range s.of("bvnk") {
		if !o.other {
			continue
		}
		row, err := json.Marshal(o.payin(o.status, !o.paidAt.IsZero()))
		if err != nil {
			panic(err) // our own values always encode
		}
		rows = append(rows, row)
	}
	return indent(rows)
}
