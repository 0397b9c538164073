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
		o := h.order
		if o.provider == "bvnk" {
			continue
		}
		if o.other {
			lines = append(lines, h.v1())
			continue
		}
		number, text := func(v string) string { return v }, strconv.Quote
		var body, sorted []string
		for _, m := range []struct {
			key, value string
			write      func(string) string
		}{
			{"custNo", o.customer, text}, {"orderNo", o.no, text}, {"id", o.id(), number}, {"symbol", "USDT", text}, {"amount", decimal(o.paid()), text},
			{"status", h.status, text}, {"txId", o.claims, text}, {"network", o.chain.network, text}, {"chainId", o.chain.id, text}, {"fromAddress", o.sender(), text},
			{"cashierId", strconv.Itoa(cashiers[o.provider]), number},
		} {
			body = append(body, fmt.Sprintf("%q:%s", m.key, m.write(m.value)))
			sorted = append(sorted, m.key+"="+m.value)
		}
		slices.Sort(sorted)
		raw, sent := "{"+strings.Join(body, ",")+"}", millis(h.at.Add(-time.Second))
		message := strings.Join(sorted, "&") + "&time=" + sent
		if i%2 == 1 {
			message = raw + "&time=" + sent
		}
		secret := blockATMSecret
		if h.forged {
			secret = "somebody else's secret"
		}
		lines = append(lines, logLine(h, map[string]string{"Content-Type": "application/json", "BlockATM-Event": "payment", "BlockATM-Request-Time": sent,
			"BlockATM-Signature-V2": sign(secret, message)}, raw))
	}
	return joinLines(lines)
}

// bvnkLog signs the raw body, in v1 and in v3.
func (s *story) bvnkLog() string {
	var lines []string
	for _, h := range s.hooks {
		if h.order.provider != "bvnk" {
			continue
		}
		event, data := h.event, h.order.payment(h.status, h.seen, h.settled)
		if h.order.other {
			event, data = payinChange, h.order.payin(h.status, h.settled)
		}
		body, err := json.Marshal(map[string]any{"event": event, "eventId": uuid(fmt.Sprint(h.order.no, h.at, h.event)),
			"timestamp": h.at.Add(-time.Second).Format(time.RFC3339Nano), "data": data})
		if err != nil {
			panic(err) // our own values always encode
		}
		lines = append(lines, logLine(h, map[string]string{"Content-Type": "application/json", "x-signature": sign(bvnkSecret, string(body))}, string(body)))
	}
	return joinLines(lines)
}

func logLine(h *hook, headers map[string]string, body string) string {
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
