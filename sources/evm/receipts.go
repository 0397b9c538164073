package evm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// receipt is what is used of a transaction receipt.
type receipt struct {
	TxHash      string    `json:"transactionHash"`
	BlockHash   string    `json:"blockHash"`
	BlockNumber *quantity `json:"blockNumber"`
	Status      *quantity `json:"status"` // absent before 2017
	Logs        logList   `json:"logs"`

	// What the receipts root is made of beside the logs.
	Type           *quantity `json:"type"`
	Root           string    `json:"root"` // of the state, before 2017
	CumulativeGas  quantity  `json:"cumulativeGasUsed"`
	DepositNonce   *quantity `json:"depositNonce"` // OP stack
	DepositVersion *quantity `json:"depositReceiptVersion"`
}

// misfit says why a receipt cannot be used, "" when it can. It must say in which
// block it stands, and so must each of its logs: one that is left out for want of a
// place would look like money that never moved.
func (rc *receipt) misfit() string {
	if len(rc.TxHash) != hashLength || len(rc.BlockHash) != hashLength || rc.BlockNumber == nil {
		return "a receipt lacks its transaction or its block"
	}
	for i := range rc.Logs {
		l := &rc.Logs[i]
		if !l.placed() || l.BlockNumber != *rc.BlockNumber || !strings.EqualFold(l.BlockHash, rc.BlockHash) || !strings.EqualFold(l.TxHash, rc.TxHash) {
			return "a receipt holds a log that lacks its place or names another"
		}
	}
	return ""
}

// of reports whether this is a receipt of that transaction that can be used.
func (rc *receipt) of(txid string) bool {
	return strings.EqualFold(rc.TxHash, txid) && rc.misfit() == ""
}

// block is what is used of a block to judge its receipts.
type block struct {
	header
	Transactions []json.RawMessage `json:"transactions"` // hashes, or whole
	ReceiptsRoot string            `json:"receiptsRoot"`
	Bloom        string            `json:"logsBloom"`
}

// fromReceipts reads a block's logs from its receipts and filters them here.
func (r *reader) fromReceipts(ctx context.Context, n *node, f filter, number uint64) ([]log, error) {
	receipts, err := r.receiptsOf(ctx, n, number)
	var out []log
	for _, rc := range receipts {
		for _, l := range rc.Logs {
			if misfit(&l, f, number, number) == "" {
				out = append(out, l)
			}
		}
	}
	return out, err
}

// receiptsOf reads a block's receipts, which must be what the block says.
func (r *reader) receiptsOf(ctx context.Context, n *node, number uint64) ([]receipt, error) {
	var b block
	var receipts []receipt
	found, err := r.call(ctx, n, &b, "eth_getBlockByNumber", hexNumber(number), false)
	if err != nil {
		return nil, err
	}
	if !found || !b.of(number) {
		return nil, errors.New("the block is not there")
	}
	if !r.pinned[number] {
		r.headers[number] = b.header
	}
	found, err = r.call(ctx, n, &receipts, "eth_getBlockReceipts", hexNumber(number))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("the block's receipts are not there")
	}
	if reason := b.misfit(receipts); reason != "" {
		return nil, errors.New(reason)
	}
	return receipts, nil
}

// misfit says why receipts are not those of the block, "" when they are: as many as
// it has transactions, each of it, and with logs that explain its bloom filter. A
// node that keeps no receipts answers with an empty list.
func (b *block) misfit(receipts []receipt) string {
	empty := strings.EqualFold(b.ReceiptsRoot, types.EmptyReceiptsHash.Hex())
	switch {
	case b.Transactions == nil && b.ReceiptsRoot == "":
		return "the block does not say which transactions it has"
	case b.Transactions != nil && len(receipts) != len(b.Transactions):
		return fmt.Sprintf("there are %d receipts for %d transactions", len(receipts), len(b.Transactions))
	case b.ReceiptsRoot != "" && empty != (len(receipts) == 0):
		return fmt.Sprintf("%d receipts are not what the block's receipts root says", len(receipts))
	}
	for i := range receipts {
		rc := &receipts[i]
		if reason := rc.misfit(); reason != "" {
			return reason
		}
		if !strings.EqualFold(rc.BlockHash, b.Hash) {
			return "a receipt is of another block"
		}
	}
	if !b.explained(receipts) {
		return "the block's bloom filter shows logs that its receipts lack"
	}
	return ""
}

// explained reports whether the receipts' logs account for every bit of the block's
// bloom filter. Logs beyond it are no complaint: Polygon had some, and a chain may
// leave the filter empty.
func (b *block) explained(receipts []receipt) bool {
	var have types.Bloom
	for i := range receipts {
		for j := range receipts[i].Logs {
			l := &receipts[i].Logs[j]
			have.Add(common.HexToAddress(l.Address).Bytes())
			for _, topic := range l.Topics {
				have.Add(common.HexToHash(topic).Bytes())
			}
		}
	}
	for i, bits := range types.BytesToBloom(lastBytes(common.FromHex(b.Bloom), types.BloomByteLength)) {
		if bits&^have[i] != 0 {
			return false
		}
	}
	return true
}

// lastBytes cuts a value to a length, from the left.
func lastBytes(b []byte, length int) []byte { return b[max(0, len(b)-length):] }
