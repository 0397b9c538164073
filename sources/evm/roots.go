package evm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// Types of transactions beyond those of Ethereum, which are 0 to 4.
const (
	depositType        = 0x7e // OP stack: a deposit from the chain below
	arbitrumLegacyType = 0x78 // Arbitrum: encoded as if it had no type
)

// sealed is a header whose hash was computed from its own fields: nobody can make
// another with that hash.
type sealed struct {
	header
	parent   common.Hash
	receipts common.Hash // root of the receipts
	txs      common.Hash // root of the transactions
	bloom    types.Bloom
}

// errUnsealed says that a header's hash is not that of its fields: it is false, or
// its chain has fields that are not known here.
var errUnsealed = errors.New("the block's hash is not that of its header")

// seal computes a header's hash.
func seal(raw json.RawMessage) (sealed, error) {
	var s sealed
	var fields types.Header
	if err := json.Unmarshal(raw, &s.header); err != nil {
		return sealed{}, err
	}
	if err := json.Unmarshal(raw, &fields); err != nil || !s.whole() || !strings.EqualFold(fields.Hash().Hex(), s.Hash) {
		return sealed{}, errUnsealed
	}
	s.Hash = strings.ToLower(s.Hash)
	s.parent, s.receipts, s.txs, s.bloom = fields.ParentHash, fields.ReceiptHash, fields.TxHash, fields.Bloom
	return s, nil
}

// encoded are the entries of a block's trie, by their place in the block.
type encoded [][]byte

func (e encoded) Len() int                           { return len(e) }
func (e encoded) EncodeIndex(i int, b *bytes.Buffer) { b.Write(e[i]) }
func (e encoded) root() common.Hash                  { return types.DeriveSha(e, trie.NewStackTrie(nil)) }

// receiptsRoot is the root of a block's receipts in the order of its transactions.
func receiptsRoot(receipts []receipt) (common.Hash, error) {
	list := make(encoded, len(receipts))
	for i := range receipts {
		var err error
		if list[i], err = receipts[i].encode(); err != nil {
			return common.Hash{}, fmt.Errorf("receipt %d: %w", i, err)
		}
	}
	return list.root(), nil
}

// encode is a receipt as the chain hashes it: a status or, before 2017, a state
// root, the gas used so far, the bloom filter of the logs, and the logs.
func (rc *receipt) encode() ([]byte, error) {
	body := struct {
		Outcome []byte
		Gas     uint64
		Bloom   types.Bloom
		Logs    []*types.Log
		Nonce   *uint64 `rlp:"optional"` // of a deposit, since there is a version
		Version *uint64 `rlp:"optional"`
	}{Gas: uint64(rc.CumulativeGas), Nonce: (*uint64)(rc.DepositNonce), Version: (*uint64)(rc.DepositVersion)}
	if rc.DepositVersion == nil || rc.kind() != depositType {
		body.Nonce, body.Version = nil, nil
	}
	if rc.Type != nil && *rc.Type > 0x7f {
		return nil, fmt.Errorf("the type %d is none", uint64(*rc.Type))
	}
	var err error
	if body.Outcome, err = rc.outcome(); err != nil {
		return nil, err
	}
	if body.Logs, err = rc.plainLogs(); err != nil {
		return nil, err
	}
	body.Bloom = types.CreateBloom(&types.Receipt{Logs: body.Logs})
	raw, err := rlp.EncodeToBytes(&body)
	if kind := rc.kind(); err == nil && kind != 0 && kind != arbitrumLegacyType {
		raw = append([]byte{kind}, raw...)
	}
	return raw, err
}

func (rc *receipt) kind() byte {
	if rc.Type == nil {
		return 0
	}
	return byte(*rc.Type)
}

func (rc *receipt) outcome() ([]byte, error) {
	if root, err := hexBytes(rc.Root); err == nil && len(root) == common.HashLength {
		return root, nil
	}
	switch {
	case rc.Status == nil:
		return nil, errors.New("it has no status and no state root")
	case *rc.Status == 1:
		return []byte{1}, nil
	case *rc.Status == 0:
		return nil, nil
	}
	return nil, fmt.Errorf("the status %d is none", uint64(*rc.Status))
}

// plainLogs are the logs as they are hashed. A field of another length than the
// chain's would be cut in silence, so it is refused.
func (rc *receipt) plainLogs() ([]*types.Log, error) {
	logs := make([]*types.Log, len(rc.Logs))
	for i := range rc.Logs {
		l := &rc.Logs[i]
		address, errAddress := hexBytes(l.Address)
		data, errData := hexBytes(l.Data)
		if err := errors.Join(errAddress, errData); err != nil || len(address) != common.AddressLength {
			return nil, fmt.Errorf("log %d has no address or no data", i)
		}
		logs[i] = &types.Log{Address: common.BytesToAddress(address), Data: data, Topics: make([]common.Hash, len(l.Topics))}
		for j, text := range l.Topics {
			topic, err := hexBytes(text)
			if err != nil || len(topic) != common.HashLength {
				return nil, fmt.Errorf("log %d has a topic that is none", i)
			}
			logs[i].Topics[j] = common.BytesToHash(topic)
		}
	}
	return logs, nil
}

// transactionsRoot is the root of a block's transactions, with their hashes.
func transactionsRoot(raws []json.RawMessage) (root common.Hash, hashes []common.Hash, err error) {
	list := make(encoded, len(raws))
	hashes = make([]common.Hash, len(raws))
	for i, raw := range raws {
		if list[i], hashes[i], err = encodeTransaction(raw); err != nil {
			return common.Hash{}, nil, fmt.Errorf("transaction %d: %w", i, err)
		}
	}
	return list.root(), hashes, nil
}

// encodeTransaction is a transaction as the chain hashes it, and its hash.
func encodeTransaction(raw json.RawMessage) ([]byte, common.Hash, error) {
	var d deposit
	if err := json.Unmarshal(raw, &d); err == nil && d.Type == depositType {
		return d.encode()
	}
	var tx types.Transaction
	if err := tx.UnmarshalJSON(raw); err != nil {
		return nil, common.Hash{}, err
	}
	body, err := tx.MarshalBinary()
	return body, tx.Hash(), err
}

// deposit is a transaction of the OP stack that comes from the chain below.
type deposit struct {
	Type   quantity        `json:"type"`
	Source common.Hash     `json:"sourceHash"`
	From   common.Address  `json:"from"`
	To     *common.Address `json:"to"`
	Mint   *hexutil.Big    `json:"mint"`
	Value  *hexutil.Big    `json:"value"`
	Gas    hexutil.Uint64  `json:"gas"`
	System bool            `json:"isSystemTx"`
	Data   hexutil.Bytes   `json:"input"`
}

func (d *deposit) encode() ([]byte, common.Hash, error) {
	body, err := rlp.EncodeToBytes(&struct {
		Source common.Hash
		From   common.Address
		To     *common.Address `rlp:"nil"`
		Mint   *big.Int
		Value  *big.Int
		Gas    uint64
		System bool
		Data   []byte
	}{d.Source, d.From, d.To, (*big.Int)(d.Mint), (*big.Int)(d.Value), uint64(d.Gas), d.System, d.Data})
	if err != nil {
		return nil, common.Hash{}, err
	}
	body = append([]byte{depositType}, body...)
	return body, hashOf(body), nil
}
