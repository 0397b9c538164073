package evm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/sources/internal/jsonrpc"
)

// agree asks every endpoint for its finalized block before a quorum is sought: only
// what all have is final. Endpoints that show different chains at that block, or
// fewer than two of them, confirm nothing.
func (r *reader) agree(ctx context.Context, first, last uint64) {
	for _, n := range r.nodes {
		if err := r.use(ctx, n); err != nil {
			r.into.Note(fmt.Sprintf("endpoint %s was not used: %s", n.Name, shortly(err)))
			r.nodes = slices.DeleteFunc(slices.Clone(r.nodes), func(m *node) bool { return m == n })
		}
	}
	hashes := map[string]string{} // of the finalized block -> the endpoint that shows it
	for _, n := range r.nodes {
		h, err := r.headerOf(ctx, n, uint64(r.final.Number))
		if err != nil {
			r.gaps = append(r.gaps, blockGap{first, last, shortly(err)})
			continue
		}
		hashes[strings.ToLower(h.Hash)] = n.Name
	}
	if len(hashes) > 1 {
		r.gaps = append(r.gaps, blockGap{first, last, fmt.Sprintf("the endpoints are on different chains: they show different blocks %d", uint64(r.final.Number))})
	}
}

// confirm asks a second endpoint for a range. Logs of blocks on which the two do not
// agree are left out: nobody can tell which is right, so that the block is a gap. The
// error is only the context's.
func (r *reader) confirm(ctx context.Context, f filter, a *answered) error {
	final := uint64(r.final.Number)
	for from := a.from; from <= min(a.to, final); {
		second, next, err := r.another(ctx, f, blockRange{from, min(a.to, final)}, a.node)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.gaps = append(r.gaps, blockGap{from, next - 1, "no second endpoint confirms it: " + shortly(err)})
		default:
			r.compare(a, second)
		}
		from = next
	}
	return nil
}

// compare makes the blocks gaps in which two answers differ.
func (r *reader) compare(a *answered, second answered) {
	ours, theirs := identities(a.logs, second.blockRange), identities(second.logs, second.blockRange)
	disputed := map[uint64]string{}
	for identity, number := range ours {
		if _, both := theirs[identity]; both {
			r.confirmed++
			delete(theirs, identity)
		} else {
			disputed[number] = ""
		}
	}
	for _, number := range theirs {
		disputed[number] = ""
	}
	var ranges []blockRange
	for _, number := range sortedBlocks(disputed) {
		ranges = adjoin(ranges, blockRange{number, number})
	}
	for _, b := range ranges {
		r.gaps = append(r.gaps, blockGap{b.from, b.to, fmt.Sprintf("endpoints %s and %s do not agree on the logs", a.node.Name, second.node.Name)})
	}
	a.logs = slices.DeleteFunc(slices.Clone(a.logs), func(l log) bool { _, bad := disputed[uint64(l.BlockNumber)]; return bad })
}

// identities are the logs of a range by all that is used of them, each with its
// block.
func identities(logs []log, b blockRange) map[string]uint64 {
	set := map[string]uint64{}
	for i := range logs {
		if l := &logs[i]; !l.Removed && uint64(l.BlockNumber) >= b.from && uint64(l.BlockNumber) <= b.to {
			set[l.identity()] = uint64(l.BlockNumber)
		}
	}
	return set
}

func (l *log) identity() string {
	return strings.ToLower(fmt.Sprint(l.BlockHash, l.TxHash, *l.Index, l.Address, l.Topics, l.Data))
}

// confirmReceipts leaves out receipts that a second endpoint does not have just so.
func (r *reader) confirmReceipts(ctx context.Context, list []lookedUp) {
	open := make([]*lookedUp, 0, len(list))
	for i := range list {
		if list[i].receipt != nil {
			open = append(open, &list[i])
		}
	}
	for _, n := range r.nodes {
		var left []*lookedUp
		for batch := range slices.Chunk(open, batchSize) {
			left = append(left, r.unconfirmed(ctx, n, batch)...)
		}
		open = left
	}
	for _, known := range open {
		known.receipt = nil
	}
}

// unconfirmed asks an endpoint for receipts that others gave, and returns those that
// it does not have just so.
func (r *reader) unconfirmed(ctx context.Context, n *node, batch []*lookedUp) (left []*lookedUp) {
	found := make([]receipt, len(batch))
	requests := make([]jsonrpc.Request, len(batch))
	for i, known := range batch {
		requests[i] = jsonrpc.Request{Method: "eth_getTransactionReceipt", Args: []any{known.txid}, Out: &found[i]}
	}
	failed := n.client.Batch(ctx, requests) != nil
	for i, known := range batch {
		if known.by == n {
			left = append(left, known)
			continue
		}
		if failed || requests[i].Err != nil {
			requests[i].Found, _ = r.call(ctx, n, &found[i], "eth_getTransactionReceipt", known.txid)
		}
		if !requests[i].Found || !found[i].of(known.txid) || found[i].identity() != known.receipt.identity() {
			left = append(left, known)
		}
	}
	return left
}

// identity is all that is used of a receipt.
func (rc *receipt) identity() string {
	status := "none"
	if rc.Status != nil {
		status = hexNumber(uint64(*rc.Status))
	}
	list := []string{strings.ToLower(rc.BlockHash), status}
	for i := range rc.Logs {
		list = append(list, rc.Logs[i].identity())
	}
	return strings.Join(list, " ")
}
