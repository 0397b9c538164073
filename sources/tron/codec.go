package tron

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/holiman/uint256"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// transferTopic is that of Transfer(address,address,uint256).
const transferTopic = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

// errOther says that a log is no TRC-20 transfer, though it has its topic.
var errOther = errors.New("not a TRC-20 transfer")

// evmForm is an address as JSON-RPC writes it: its 20 bytes in hex, without the 41 of
// TRON. The address is known to be one.
func evmForm(address string) string {
	raw, err := reconcile.TronBytes(address)
	if err != nil {
		return ""
	}
	return "0x" + hex.EncodeToString(raw[:])
}

// topicForm is an address as an indexed argument.
func topicForm(address string) string { return "0x" + strings.Repeat("0", 24) + evmForm(address)[2:] }

// base58 reads an address in any form that an API writes: base58, 41 and 20 bytes in
// hex, or the 20 bytes with or without 0x.
func base58(text string) (string, error) {
	address, err := reconcile.CanonicalAddress("tron:", text)
	if err == nil && (len(address) != 34 || address[0] != 'T') {
		err = fmt.Errorf("%q is no TRON address", text)
	}
	return address, err
}

// canonicalTXID is a transaction id without 0x and in lower case; ok is false for text
// that is none.
func canonicalTXID(text string) (txid string, ok bool) {
	text = strings.TrimPrefix(strings.ToLower(text), "0x")
	_, err := hex.DecodeString(text)
	return text, len(text) == 64 && err == nil
}

// numbered reports whether a block's hash begins with its number, as those of TRON do.
func numbered(hash string, number uint64) bool {
	txid, ok := canonicalTXID(hash)
	return ok && txid[:16] == fmt.Sprintf("%016x", number)
}

// transferOf decodes a Transfer log of the standard shape: three topics and one word
// of data. Four topics are an NFT; anything else is not standard.
func transferOf(address string, topics []string, data string) (m movement, err error) {
	if len(topics) != 3 || strings.TrimPrefix(strings.ToLower(topics[0]), "0x") != transferTopic {
		return movement{}, errOther
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(data, "0x"))
	if err != nil || len(raw) != 32 {
		return movement{}, errOther
	}
	if m.token, err = base58(address); err != nil {
		return movement{}, err
	}
	if m.from, err = topicAddress(topics[1]); err != nil {
		return movement{}, err
	}
	if m.to, err = topicAddress(topics[2]); err != nil {
		return movement{}, err
	}
	m.value = money.FromWords([4]uint64(*new(uint256.Int).SetBytes32(raw)))
	return m, nil
}

// topicAddress reads an indexed address: zero bytes, then the 20 of the address. Some
// contracts of TRON leave the 41 before them.
func topicAddress(topic string) (string, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(topic, "0x"))
	if err != nil || len(raw) != 32 || strings.Trim(string(raw[:11]), "\x00") != "" || raw[11] != 0 && raw[11] != 0x41 {
		return "", errOther
	}
	return reconcile.TronAddress([20]byte(raw[12:])), nil
}

// quantity is a number as java-tron writes it over JSON-RPC: hex text.
type quantity uint64

func (q *quantity) UnmarshalJSON(b []byte) error {
	text, quoted := strings.CutPrefix(strings.Trim(string(b), `"`), "0x")
	if !quoted {
		return fmt.Errorf("%s is no number in hex", b)
	}
	if text == "" { // a bare 0x stands for zero
		text = "0"
	}
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return fmt.Errorf("%s is no number", b)
	}
	*q = quantity(n)
	return nil
}

func hexNumber(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

// milliseconds are a time as the HTTP APIs write it.
type milliseconds int64

// instant is the time, unknown for one that cannot be: seconds where milliseconds
// belong are a time in January 1970.
func (m milliseconds) instant() reconcile.Instant {
	const launch, far = 1_500_000_000_000, 10_000_000_000_000
	if m < launch || m > far {
		return 0
	}
	return reconcile.Instant(m) * (reconcile.Second / 1000)
}

// seconds is a time as JSON-RPC writes it, unknown for one that cannot be.
func (q quantity) instant() reconcile.Instant { return milliseconds(min(q, 1<<40) * 1000).instant() }
