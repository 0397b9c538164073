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
// fewer than two of them, confirm nothing, and so do those that show other blocks at
// the ends of the window.
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
			r.unbounded = shortly(err)
			return
		}
		hashes[strings.ToLower(h.Hash)] = n.Name
	}
	if len(hashes) > 1 {
		r.unbounded = fmt.Sprintf("the endpoints are on different chains: they show different blocks %d", uint64(r.final.Number))
		return
	}
	r.unbounded = r.ends(ctx, first, last)
}

// ends says why the blocks at the ends of the window are not those that two endpoints
// show there, "" when they are. One endpoint's times alone would decide which blocks
// are read.
func (r *reader) ends(ctx context.Context, first, last uint64) string {
	final := uint64(r.final.Number)
	before, after := min(max(first, 1)-1, final), last+1
	disputed := r.disputedHeaders(ctx, []uint64{before, min(after, final), final})
	if len(disputed) > 0 {
		return fmt.Sprintf("no two endpoints show the same block %d with the same time: which blocks are of the window is not known", disputed[0])
	}
	r.final = r.headers[final]
	switch {
	case first > 0 && r.headers[before].time() >= r.query.Reach.From:
		return fmt.Sprintf("an endpoint put block %d before the window, and two put it later", before)
	case after <= final && r.headers[after].time() < r.query.Reach.To:
		return fmt.Sprintf("an endpoint put block %d after the window, and two put it earlier", after)
	}
	return ""
}

// disputedHeaders returns the blocks that no two endpoints show with the same hash
// and time, sorted.
func (r *reader) disputedHeaders(ctx context.Context, numbers []uint64) (disputed []uint64) {
	numbers = slices.Clone(numbers)
	slices.Sort(numbers)
	for batch := range slices.Chunk(slices.Compact(numbers), batchSize) {
		shown := make([]map[header]int, len(batch)) // by how many endpoints
		for i := range shown {
			shown[i] = map[header]int{}
		}
		for _, n := range r.nodes {
			for i, h := range r.headersOf(ctx, n, batch) {
				shown[i][h]++
			}
		}
		for i, number := range batch {
			if !r.settle(number, shown[i]) {
				disputed = append(disputed, number)
			}
		}
	}
	return disputed
}

// headersOf asks an endpoint for blocks, by their place in the batch; those that it
// does not have are left out.
func (r *reader) headersOf(ctx context.Context, n *node, batch []uint64) map[int]header {
	found := make([]header, len(batch))
	requests := make([]jsonrpc.Request, len(batch))
	for i, number := range batch {
		requests[i] = jsonrpc.Request{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), false}, Out: &found[i]}
	}
	failed := n.client.Batch(ctx, requests) != nil
	have := map[int]header{}
	for i, number := range batch {
		if failed || !requests[i].Found || !found[i].of(number) {
			h, err := r.headerOf(ctx, n, number)
			if err != nil {
				continue
			}
			found[i] = h
		}
		found[i].Hash = strings.ToLower(found[i].Hash)
		have[i] = found[i]
	}
	return have
}

// settle takes over a header that two endpoints show.
func (r *reader) settle(number uint64, shown map[header]int) bool {
	for h, times := range shown {
		if times > 1 {
			r.headers[number] = h
			return true
		}
	}
	return false
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
