package evm

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources/internal/jsonrpc"
)

// batchSize is how many small questions are asked at once.
const batchSize = 50

// checkBlocks fetches the header of every block with a hit: its time, and the
// proof that the log is on the chain that the endpoint itself shows. A log on
// another fork makes its block disputed.
func (r *reader) checkBlocks(ctx context.Context) {
	numbers := make([]uint64, len(r.logs))
	for i := range r.logs {
		numbers[i] = uint64(r.logs[i].BlockNumber)
	}
	r.fetchHeaders(ctx, numbers)
	disputed := map[uint64]string{}
	if r.options.Verify == "quorum" {
		final := slices.DeleteFunc(numbers, func(number uint64) bool { return number > uint64(r.final.Number) })
		for _, number := range r.disputedHeaders(ctx, final) {
			disputed[number] = "no two endpoints show the same block with the same time"
		}
	}
	for i := range r.logs {
		l := &r.logs[i]
		number := uint64(l.BlockNumber)
		h, ok := r.headers[number]
		switch {
		case !ok && (l.Timestamp == nil || r.options.Verify != "none"):
			disputed[number] = "the header of a block with transfers could not be read"
		case ok && !strings.EqualFold(h.Hash, l.BlockHash) && r.options.Verify != "none":
			disputed[number] = "a log's block hash is not that of the block: the answer mixes forks"
		}
	}
	for _, number := range sortedBlocks(disputed) {
		r.gaps = append(r.gaps, blockGap{number, number, disputed[number]})
	}
	r.logs = slices.DeleteFunc(r.logs, func(l log) bool {
		_, bad := disputed[uint64(l.BlockNumber)]
		if bad {
			delete(r.seen, l.key())
		}
		return bad
	})
}

func sortedBlocks(m map[uint64]string) []uint64 {
	keys := make([]uint64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// fetchHeaders fills r.headers for blocks, in batches; what a batch leaves out is
// asked for one by one.
func (r *reader) fetchHeaders(ctx context.Context, numbers []uint64) {
	var wanted []uint64
	for _, number := range numbers {
		if !r.headers[number].whole() {
			wanted = append(wanted, number)
		}
	}
	slices.Sort(wanted)
	for batch := range slices.Chunk(slices.Compact(wanted), batchSize) {
		found := make([]header, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, number := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), false}, Out: &found[i]}
		}
		r.batch(ctx, requests)
		for i, number := range batch {
			if requests[i].Found && found[i].of(number) {
				r.headers[number] = found[i]
			} else if _, err := r.header(ctx, number); err != nil && ctx.Err() != nil {
				return
			}
		}
	}
}

// batch asks the preferred endpoint many things at once. What it leaves out or
// refuses has Found false: the caller asks for that alone.
func (r *reader) batch(ctx context.Context, requests []jsonrpc.Request) {
	if len(r.nodes) == 0 {
		return
	}
	if err := r.nodes[0].client.Batch(ctx, requests); err != nil {
		for i := range requests {
			requests[i].Found = false
		}
	}
}

// deposits reads the log that a payment contract writes beside a token transfer: it
// names the order. It is taken from the transaction's receipt, which a node has or
// has not: a question for logs could come back empty.
func (r *reader) deposits(ctx context.Context) {
	contracts := r.paidContracts(ctx)
	blocks := map[string]uint64{} // of the transactions that paid one
	for i := range r.logs {
		if m, err := decodeTransfer(&r.logs[i]); err == nil && containsFold(contracts, m.to) {
			blocks[strings.ToLower(r.logs[i].TxHash)] = uint64(r.logs[i].BlockNumber)
		}
	}
	for _, found := range r.receipts(ctx, slices.Sorted(maps.Keys(blocks))) {
		if found.receipt == nil {
			number := blocks[found.txid]
			r.gaps = append(r.gaps, blockGap{number, number, "the receipt of a payment to a contract could not be read"})
			continue
		}
		for i := range found.receipt.Logs {
			if l := &found.receipt.Logs[i]; len(l.Topics) > 0 && strings.EqualFold(l.Topics[0], depositTopic.Hex()) && containsFold(contracts, l.Address) {
				r.attach(l)
			}
		}
	}
}

// lookedUp is a transaction's receipt, nil when no endpoint has one that can be
// used; none says that each was asked and answered that it knows of none.
type lookedUp struct {
	txid    string
	receipt *receipt
	by      *node // the endpoint that gave it
	none    bool
}

// receipts looks transactions up, in batches; what the preferred endpoint does not
// have is asked of each. A receipt counts only where the chain shows its block.
func (r *reader) receipts(ctx context.Context, txids []string) []lookedUp {
	var list []lookedUp
	for batch := range slices.Chunk(txids, batchSize) {
		found := make([]receipt, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, txid := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_getTransactionReceipt", Args: []any{txid}, Out: &found[i]}
		}
		r.batch(ctx, requests)
		for i, txid := range batch {
			if requests[i].Found && found[i].of(txid) {
				list = append(list, lookedUp{txid: txid, receipt: &found[i], by: r.nodes[0]})
			} else {
				list = append(list, r.lookUp(ctx, txid))
			}
		}
	}
	r.pin(ctx, list)
	switch {
	case r.options.Verify == "quorum":
		r.confirmReceipts(ctx, list)
	case r.options.Verify == "proof" && r.proof != provenNothing:
		r.proveFacts(ctx, list)
	}
	return list
}

// lookUp asks every endpoint for a transaction until one has it.
func (r *reader) lookUp(ctx context.Context, txid string) lookedUp {
	answer := lookedUp{txid: txid, none: len(r.nodes) > 0}
	for _, n := range r.nodes {
		var rc receipt
		found, err := r.call(ctx, n, &rc, "eth_getTransactionReceipt", txid)
		if found && rc.of(txid) {
			return lookedUp{txid: txid, receipt: &rc, by: n}
		}
		answer.none = answer.none && err == nil && !found
	}
	return answer
}

// pin leaves out the receipts of blocks that are not on the chain that the headers
// show: of another fork, or of a block whose header cannot be read.
func (r *reader) pin(ctx context.Context, list []lookedUp) {
	var numbers []uint64
	for _, found := range list {
		if found.receipt != nil {
			numbers = append(numbers, uint64(*found.receipt.BlockNumber))
		}
	}
	r.fetchHeaders(ctx, numbers)
	for i := range list {
		rc := list[i].receipt
		if rc != nil && !strings.EqualFold(r.headers[uint64(*rc.BlockNumber)].Hash, rc.BlockHash) {
			list[i].receipt = nil
		}
	}
}

// paidContracts are the recipients that have code, sorted. One of which that
// cannot be told counts as a contract: it costs a question, no more.
func (r *reader) paidContracts(ctx context.Context) []string {
	paid := map[string]bool{}
	for i := range r.logs {
		if m, err := decodeTransfer(&r.logs[i]); err == nil {
			paid[m.to] = true
		}
	}
	var contracts []string
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(paid)), batchSize) {
		code := make([]string, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, address := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_getCode", Args: []any{address, "latest"}, Out: &code[i]}
		}
		r.batch(ctx, requests)
		for i, address := range batch {
			if !requests[i].Found || len(code[i]) > len("0x") {
				contracts = append(contracts, address)
			}
		}
	}
	return contracts
}

// attach gives a Deposit's order number to the token transfer of the same payment.
func (r *reader) attach(d *log) {
	token, amount, ref, err := decodeDeposit(d)
	if err != nil {
		r.notes["Deposit logs have another shape than the published one"]++
		return
	}
	for i := range r.logs {
		l := &r.logs[i]
		m, err := decodeTransfer(l)
		if err == nil && strings.EqualFold(l.TxHash, d.TxHash) && l.orderRef == "" && strings.EqualFold(l.Address, token) && strings.EqualFold(m.to, d.Address) && m.value == amount {
			l.orderRef = ref
			return
		}
	}
}

// claims looks up transactions that books name and that no transfer explains.
func (r *reader) claims(ctx context.Context) {
	if r.query.Claims == nil {
		return
	}
	seen := map[string]bool{}
	for i := range r.logs {
		seen[strings.ToLower(r.logs[i].TxHash)] = true
	}
	for _, m := range r.moves {
		seen[m.txid] = true
	}
	var wanted []string
	for _, c := range r.query.Claims() {
		txid := strings.ToLower(c.TXID)
		if (c.Chain == "" || c.Chain == r.options.Chain) && len(txid) == hashLength && !seen[txid] {
			seen[txid] = true
			wanted = append(wanted, txid)
		}
	}
	list := r.receipts(ctx, wanted)
	absent := r.mayBeAbsent(ctx, list)
	for _, found := range list {
		status := r.judge(found)
		if status == reconcile.TXFound {
			r.claimedCoin(ctx, found.receipt)
		}
		if found.none && absent {
			status = reconcile.TXAbsent
		}
		r.into.AddFact(reconcile.TXFact{Chain: r.options.Chain, TXID: found.txid, Status: status})
	}
}

// mayBeAbsent reports whether a transaction that no endpoint knows is none: the
// chain was read, without a gap, and every endpoint, asked after it answered, has
// what is final of the whole window.
func (r *reader) mayBeAbsent(ctx context.Context, list []lookedUp) bool {
	if r.unwatched || r.unbounded != "" || len(r.gaps) > 0 || !slices.ContainsFunc(list, func(l lookedUp) bool { return l.none }) {
		return false
	}
	return !slices.ContainsFunc(r.nodes, func(n *node) bool {
		return r.ask(ctx, n) != nil || n.final.time() < r.query.Window.To
	})
}

// judge says what became of a transaction by its receipt, and keeps the transfers
// of one that succeeded. One that failed in a block that is not final may yet
// succeed in another.
func (r *reader) judge(found lookedUp) reconcile.TXStatus {
	switch rc := found.receipt; {
	case rc == nil:
		return reconcile.TXUnknown
	case rc.Status != nil && *rc.Status == 0 && *rc.BlockNumber > r.final.Number:
		return reconcile.TXUnknown
	case rc.Status != nil && *rc.Status == 0:
		return reconcile.TXReverted
	}
	r.keepClaimed(found.receipt.Logs)
	return reconcile.TXFound
}

// keepClaimed takes a claimed transaction's transfers of accepted tokens to any
// address, so that money that went elsewhere can be told.
func (r *reader) keepClaimed(logs []log) {
	tokens := r.tokens()
	for _, l := range logs {
		if _, err := decodeTransfer(&l); err == nil && containsFold(tokens, l.Address) {
			r.keep([]log{l})
		}
	}
}

// handOver turns the logs into transfers, by block and log index.
func (r *reader) handOver() {
	slices.SortFunc(r.logs, func(a, b log) int {
		return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), cmp.Compare(*a.Index, *b.Index))
	})
	for i := range r.logs {
		l := &r.logs[i]
		if m, err := decodeCoin(l); err == nil {
			r.moves = append(r.moves, coinMove{txid: strings.ToLower(l.TxHash), from: m.from, to: m.to, trace: fmt.Sprintf("log_%d", *l.Index), value: m.value, block: header{l.BlockNumber, l.BlockHash, quantity(r.timeOf(l) / reconcile.Second)}})
			continue
		}
		m, err := decodeTransfer(l)
		if err != nil {
			r.notes["logs with the topic of a transfer are none of an ERC-20 token"]++
			continue
		}
		t := reconcile.Transfer{Chain: r.options.Chain, TXID: l.TxHash, LogIndex: int64(*l.Index), Block: uint64(l.BlockNumber), BlockHash: l.BlockHash,
			BlockTime: r.timeOf(l), Asset: l.Address, Decimals: -1, Amount: money.NewQuantity(m.value, 0), BaseUnit: true, From: m.from, To: m.to, OrderRef: l.orderRef}
		if l.BlockNumber > r.final.Number {
			t.Finality = reconcile.NotFinal
		}
		r.into.AddTransfer(&t)
	}
}

func (r *reader) timeOf(l *log) reconcile.Instant {
	if h, ok := r.headers[uint64(l.BlockNumber)]; ok {
		return h.time()
	}
	if l.Timestamp != nil {
		return reconcile.Instant(*l.Timestamp) * reconcile.Second
	}
	return 0
}
