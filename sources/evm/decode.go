package evm

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Topics of the events that are read.
var (
	transferTopic = common.HexToHash("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef") // Transfer(address,address,uint256)
	depositTopic  = common.HexToHash("0x79ce84256b3e2e196d3399999d6e3573c49be6aa74bfb9a2407f92268788ae86") // Deposit(address,address,address,uint256,string)
)

// quantity is a number as nodes write it: hex text, or a plain JSON number, which
// one release of a node sent for block timestamps.
type quantity uint64

func (q *quantity) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	base := 10
	if rest, ok := strings.CutPrefix(text, "0x"); ok {
		text, base = rest, 16
		if text == "" { // a bare 0x stands for zero
			text = "0"
		}
	}
	n, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		return fmt.Errorf("%s is no number", b)
	}
	*q = quantity(n)
	return nil
}

func hexNumber(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

// header is what is used of a block. Its own hash is trusted: how it is computed
// differs by chain.
type header struct {
	Number    quantity `json:"number"`
	Hash      string   `json:"hash"`
	Timestamp quantity `json:"timestamp"`
}

// hashLength is that of a hash as text: 0x and 64 digits.
const hashLength = 66

// whole reports whether the node sent all of a block that is used.
func (h header) whole() bool {
	return len(h.Hash) == hashLength && (h.Timestamp != 0 || h.Number == 0)
}

// of reports whether this is a whole header of that block.
func (h header) of(number uint64) bool { return h.whole() && uint64(h.Number) == number }

func (h header) time() reconcile.Instant { return reconcile.Instant(h.Timestamp) * reconcile.Second }

// log is a log as nodes send it.
type log struct {
	Address     string    `json:"address"`
	Topics      []string  `json:"topics"`
	Data        string    `json:"data"`
	BlockNumber quantity  `json:"blockNumber"`
	BlockHash   string    `json:"blockHash"`
	TxHash      string    `json:"transactionHash"`
	Index       *quantity `json:"logIndex"`
	Removed     bool      `json:"removed"`
	Timestamp   *quantity `json:"blockTimestamp"`
	orderRef    string    // from a Deposit log of the same payment
}

// logKey identifies a log on whatever fork.
type logKey struct {
	block string
	index quantity
}

func (l *log) key() logKey { return logKey{l.BlockHash, *l.Index} }

// placed reports whether the log says where on the chain it is; one without an
// index would pass for a repetition of another.
func (l *log) placed() bool {
	return len(l.BlockHash) == hashLength && len(l.TxHash) == hashLength && l.Index != nil
}

// errOther says that a log is no ERC-20 transfer, though it has its topic.
var errOther = errors.New("not an ERC-20 transfer")

// movement is a decoded Transfer log.
type movement struct {
	from, to string
	value    money.Units
}

// decodeTransfer reads a Transfer log of the standard shape: three topics and one
// word of data. Four topics are an NFT; anything else is not standard.
func decodeTransfer(l *log) (movement, error) {
	if len(l.Topics) != 3 || !strings.EqualFold(l.Topics[0], transferTopic.Hex()) {
		return movement{}, errOther
	}
	from, err := topicAddress(l.Topics[1])
	if err != nil {
		return movement{}, err
	}
	to, err := topicAddress(l.Topics[2])
	if err != nil {
		return movement{}, err
	}
	data, err := hexBytes(l.Data)
	if err != nil || len(data) != 32 {
		return movement{}, errOther
	}
	words := new(uint256.Int).SetBytes32(data)
	return movement{from, to, money.FromWords([4]uint64(*words))}, nil
}

// topicAddress reads an indexed address: twelve zero bytes, then the address.
func topicAddress(topic string) (string, error) {
	raw, err := hexBytes(topic)
	if err != nil || len(raw) != 32 || strings.Trim(string(raw[:12]), "\x00") != "" {
		return "", errOther
	}
	return "0x" + hex.EncodeToString(raw[12:]), nil
}

func hexBytes(text string) ([]byte, error) {
	if !strings.HasPrefix(text, "0x") {
		return nil, errOther
	}
	return hex.DecodeString(text[2:])
}

// decodeDeposit reads amount and order number of a payment contract's Deposit log.
func decodeDeposit(l *log) (token string, amount money.Units, orderRef string, err error) {
	data, err := hexBytes(l.Data)
	if err != nil || len(l.Topics) != 4 || len(data) < 96 {
		return "", money.Units{}, "", errOther
	}
	if token, err = topicAddress(l.Topics[3]); err != nil {
		return "", money.Units{}, "", err
	}
	amount = money.FromWords([4]uint64(*new(uint256.Int).SetBytes32(data[:32])))
	offset := new(uint256.Int).SetBytes32(data[32:64])
	if !offset.IsUint64() || offset.Uint64() != 64 {
		return "", money.Units{}, "", errOther
	}
	length := new(uint256.Int).SetBytes32(data[64:96])
	if !length.IsUint64() || length.Uint64() > uint64(len(data)-96) {
		return "", money.Units{}, "", errOther
	}
	return token, amount, string(data[96 : 96+length.Uint64()]), nil
}
