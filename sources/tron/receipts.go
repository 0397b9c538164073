package tron

import (
	"context"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources/internal/jsonrpc"
)

// receipt is what is used of a transaction's receipt over JSON-RPC.
type receipt struct {
	TxHash      string    `json:"transactionHash"`
	BlockHash   string    `json:"blockHash"`
	BlockNumber *quantity `json:"blockNumber"`
	Status      *quantity `json:"status"`
	Logs        []log     `json:"logs"`
}

// of reports whether this is a receipt of that transaction that can be used: it and
// each of its logs say where they stand.
func (rc *receipt) of(txid string) bool {
	got, _ := canonicalTXID(rc.TxHash)
	if got != txid || rc.BlockNumber == nil || rc.Status == nil || !numbered(rc.BlockHash, uint64(*rc.BlockNumber)) {
		return false
	}
	return !slices.ContainsFunc(rc.Logs, func(l log) bool {
		of, _ := canonicalTXID(l.TxHash)
		return l.misfit() != "" || of != txid || !strings.EqualFold(l.BlockHash, rc.BlockHash)
	})
}

// lookUp asks for the receipts, in batches; what a batch leaves out is asked for
// alone.
func (n *node) lookUp(ctx context.Context, txids []string, tokens []string) (list []finding) {
	for batch := range slices.Chunk(txids, batchSize) {
		found := make([]receipt, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, txid := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_getTransactionReceipt", Args: []any{"0x" + txid}, Out: &found[i]}
		}
		failed := n.client.Batch(ctx, requests) != nil
		for i, txid := range batch {
			var err error
			if failed || !requests[i].Found {
				requests[i].Found, err = n.call(ctx, false, &found[i], "eth_getTransactionReceipt", "0x"+txid)
			}
			f := finding{txid: txid}
			switch {
			case err == nil && !requests[i].Found:
				f.status = reconcile.TXAbsent
			case requests[i].Found && found[i].of(txid):
				f = n.judge(ctx, txid, &found[i], tokens)
			}
			list = append(list, f)
		}
	}
	return list
}

// judge says what became of a transaction by its receipt, which counts only where the
// node shows its block.
func (n *node) judge(ctx context.Context, txid string, rc *receipt, tokens []string) finding {
	f := finding{txid: txid, block: uint64(*rc.BlockNumber)}
	h, err := n.header(ctx, f.block)
	if err != nil || !strings.EqualFold(h.Hash, rc.BlockHash) {
		return f
	}
	f.time = h.time()
	if *rc.Status != 1 {
		f.status = reconcile.TXReverted
		return f
	}
	f.status = reconcile.TXFound
	for i := range rc.Logs {
		m, err := rc.Logs[i].movement()
		if err == nil && slices.Contains(tokens, m.token) {
			m.time = f.time
			f.moves = append(f.moves, m)
		}
	}
	return f
}
