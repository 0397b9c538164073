package evm

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"tieout/sources/internal/jsonrpc"
)

// word is a 32-byte number as hex without 0x.
func word(n uint64) string { return fmt.Sprintf("%064x", n) }

const (
	sender   = "0x000000000000000000000000b71c71a67e1177ad4e901695e1b4b9ee17ae16c6"
	receiver = "0x00000000000000000000000000000000000000000000000000000000000a11ce"
)

func TestDecodeTransfer(t *testing.T) {
	topic := transferTopic.Hex()
	for name, c := range map[string]struct {
		topics []string
		data   string
		want   string // value, "" = no ERC-20 transfer
	}{
		"a payment":            {[]string{topic, sender, receiver}, "0x" + word(100_000_000), "100000000"},
		"nothing":              {[]string{topic, sender, receiver}, "0x" + word(0), "0"},
		"all there can be":     {[]string{topic, sender, receiver}, "0x" + strings.Repeat("f", 64), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)).String()},
		"upper case":           {[]string{strings.ToUpper(topic[:2]) + topic[2:], sender, receiver}, "0x" + word(1), "1"},
		"a collectible":        {[]string{topic, sender, receiver, "0x" + word(7)}, "0x", ""},
		"nothing indexed":      {[]string{topic}, "0x" + word(1) + word(2) + word(3), ""},
		"two words of data":    {[]string{topic, sender, receiver}, "0x" + word(1) + word(2), ""},
		"no data":              {[]string{topic, sender, receiver}, "0x", ""},
		"odd data":             {[]string{topic, sender, receiver}, "0x123", ""},
		"data without 0x":      {[]string{topic, sender, receiver}, word(1), ""},
		"more than an address": {[]string{topic, sender, "0x01" + receiver[4:]}, "0x" + word(1), ""},
		"another event":        {[]string{depositTopic.Hex(), sender, receiver}, "0x" + word(1), ""},
		"no topics":            {nil, "0x" + word(1), ""},
	} {
		m, err := decodeTransfer(&log{Topics: c.topics, Data: c.data})
		if (err == nil) != (c.want != "") || err == nil && m.value.String() != c.want {
			t.Errorf("%s: %v, %v, want %q", name, m.value, err, c.want)
		}
	}
}

func TestDecodeDeposit(t *testing.T) {
	topics := []string{depositTopic.Hex(), sender, receiver, receiver}
	text := func(s string) string {
		padded := s + strings.Repeat("\x00", (32-len(s)%32)%32)
		return word(uint64(len(s))) + hex.EncodeToString([]byte(padded))
	}
	for name, c := range map[string]struct {
		topics []string
		data   string
		want   string // amount and order, "" = another shape
	}{
		"an order":              {topics, "0x" + word(5) + word(64) + text("S-1001"), "5 S-1001"},
		"a long order number":   {topics, "0x" + word(5) + word(64) + text(strings.Repeat("x", 70)), "5 " + strings.Repeat("x", 70)},
		"no order number":       {topics, "0x" + word(5) + word(64) + text(""), "5 "},
		"text beyond the end":   {topics, "0x" + word(5) + word(64) + word(7) + hex.EncodeToString([]byte("S-1")), ""},
		"text of endless size":  {topics, "0x" + word(5) + word(64) + strings.Repeat("f", 64), ""},
		"text elsewhere":        {topics, "0x" + word(5) + word(1<<40) + text("S-1001"), ""},
		"token more than 20 by": {[]string{topics[0], sender, receiver, "0x01" + receiver[4:]}, "0x" + word(5) + word(64) + text("S-1"), ""},
		"not indexed":           {topics[:2], "0x" + word(5) + word(64) + text("S-1"), ""},
		"too short":             {topics, "0x" + word(5), ""},
	} {
		_, amount, order, err := decodeDeposit(&log{Topics: c.topics, Data: c.data})
		if got := amount.String() + " " + order; (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}

// TestTwoOrdersInOneTransaction: each Deposit log names the order of one transfer.
func TestTwoOrdersInOneTransaction(t *testing.T) {
	const till, token = "0x00000000000000000000000000000000000a11ce", "0x0000000000000000000000000000000000070ce2"
	transfer := func(value uint64) log {
		return log{Address: token, TxHash: "0xaa", Topics: []string{transferTopic.Hex(), sender, receiver}, Data: "0x" + word(value)}
	}
	deposit := func(value uint64, order string) *log {
		return &log{Address: till, TxHash: "0xaa", Topics: []string{depositTopic.Hex(), sender, receiver, "0x000000000000000000000000" + token[2:]},
			Data: "0x" + word(value) + word(64) + word(uint64(len(order))) + hex.EncodeToString([]byte(order))}
	}
	r := &reader{logs: []log{transfer(5), transfer(5), transfer(7)}, notes: map[string]int{}}
	for _, d := range []*log{deposit(7, "C"), deposit(5, "A"), deposit(5, "B"), deposit(9, "D")} {
		r.attach(d)
	}
	var got []string
	for _, l := range r.logs {
		got = append(got, l.orderRef)
	}
	if strings.Join(got, " ") != "A B C" {
		t.Errorf("orders %q", got)
	}
}

func TestQuantity(t *testing.T) {
	for text, want := range map[string]string{
		`"0x10"`: "16", `"0x"`: "0", `"0x0"`: "0", `1724000000`: "1724000000", `"0xffffffffffffffff"`: "18446744073709551615",
		`"0x10000000000000000"`: "error", `null`: "error", `""`: "error", `"0xzz"`: "error", `-1`: "error", `1.5`: "error", `1e3`: "error", `{}`: "error",
	} {
		var q quantity
		got := "error"
		if err := json.Unmarshal([]byte(text), &q); err == nil && text != "null" || err == nil && q != 0 {
			got = fmt.Sprint(uint64(q))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// FuzzLog: whatever a node sends as a log is read in full or refused, never half.
func FuzzLog(f *testing.F) {
	f.Add(`{"address":"0x01","topics":["` + transferTopic.Hex() + `","` + sender + `","` + receiver + `"],"data":"0x` + word(1) + `","blockNumber":"0x1","logIndex":"0x0"}`)
	f.Add(`{"topics":["` + depositTopic.Hex() + `","` + sender + `","` + receiver + `","` + receiver + `"],"data":"0x` + word(5) + word(64) + word(3) + word(1) + `"}`)
	f.Add(`{"topics":null,"data":null,"logIndex":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var l log
		if json.Unmarshal([]byte(text), &l) != nil {
			return
		}
		if m, err := decodeTransfer(&l); err == nil {
			value, _ := new(big.Int).SetString(l.Data[2:], 16)
			if value == nil || m.value.String() != value.String() || len(m.from) != 42 || len(m.to) != 42 || !strings.EqualFold(m.to[2:], l.Topics[2][26:]) {
				t.Errorf("%s: %+v", text, m)
			}
		}
		if token, _, order, err := decodeDeposit(&l); err == nil && (len(token) != 42 || len(order) > len(l.Data)/2) {
			t.Errorf("%s: %q %q", text, token, order)
		}
		if reason := misfit(&l, filter{topic: transferTopic.Hex()}, 0, 10); reason == "" {
			t.Errorf("%s fits a filter that takes nothing", text)
		}
	})
}

// FuzzClassify: no text makes the reader ask for a range outside its question, for
// none, or for more than before.
func FuzzClassify(f *testing.F) {
	for _, text := range []string{"this block range should work: [0x1, 0x5]", "limited to a 10,000 range", "max is 10k blocks", "retry with the range 1-18446744073709551615", "maximum block range: 99999999999999999999"} {
		f.Add(text, -32005, 200, uint64(1), uint64(1000))
	}
	f.Fuzz(func(t *testing.T, text string, code, status int, from, to uint64) {
		if from > to {
			from, to = to, from
		}
		switch v := classify(&jsonrpc.Error{Message: text, Code: code, Status: status}, from, to); v.class {
		case suggested:
			if v.from < from || v.to > to || v.from > v.to || v.to-v.from >= to-from {
				t.Errorf("%q: %d to %d is no part of %d to %d", text, v.from, v.to, from, to)
			}
		case width:
			if v.width == 0 {
				t.Errorf("%q: a width of nothing", text)
			}
		}
	})
}
