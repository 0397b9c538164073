package evm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources/internal/jsonrpc"
)

// headerBatch is how many headers are asked for at once.
const headerBatch = 50

// checkBlocks fetches the header of every block with a hit: its time, and the
// proof that the log is on the chain that the endpoint itself shows. A log on
// another fork makes its block disputed.
func (r *reader) checkBlocks(ctx context.Context) {
	r.fetchHeaders(ctx)
	disputed := map[uint64]string{}
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
	r.logs = slices.DeleteFunc(r.logs, func(l log) bool { _, bad := disputed[uint64(l.BlockNumber)]; return bad })
}

func sortedBlocks(m map[uint64]string) []uint64 {
	keys := make([]uint64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// fetchHeaders fills r.headers for the blocks of all logs, in batches; what a
// batch leaves out is asked for one by one.
func (r *reader) fetchHeaders(ctx context.Context) {
	var wanted []uint64
	for i := range r.logs {
		if number := uint64(r.logs[i].BlockNumber); r.headers[number].Hash == "" {
			wanted = append(wanted, number)
		}
	}
	slices.Sort(wanted)
	for batch := range slices.Chunk(slices.Compact(wanted), headerBatch) {
		found := make([]header, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, number := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), false}, Out: &found[i]}
		}
		err := r.nodes[0].client.Batch(ctx, requests)
		for i, number := range batch {
			if err == nil && requests[i].Err == nil && requests[i].Found && uint64(found[i].Number) == number {
				r.headers[number] = found[i]
			} else if _, err := r.header(ctx, number); err != nil && ctx.Err() != nil {
				return
			}
		}
	}
}

// deposits reads the payment contract's own log beside a token transfer: it names
// the order. It is asked for only where the receiving addresses are few enough to
// be contracts.
func (r *reader) deposits(ctx context.Context, addresses []string, first, last uint64) {
	if len(r.logs) == 0 || len(addresses) > maxTokens || first > last || len(r.nodes) == 0 {
		return
	}
	f := filter{tokens: addresses, topic: depositTopic.Hex()}
	known, gaps := r.logs, r.gaps
	r.logs = nil
	if err := r.depositUnit(ctx, f, first, last); err != nil {
		r.into.Note("Deposit logs could not be read: " + shortly(err))
	}
	deposits := r.logs
	r.logs, r.gaps = known, gaps
	for i := range deposits {
		r.attach(&deposits[i])
	}
}

func (r *reader) depositUnit(ctx context.Context, f filter, first, last uint64) error {
	for from := first; from <= last && len(r.nodes) > 0; {
		next, err := r.piece(ctx, f, from, min(last, from+r.span(f)-1))
		if err != nil {
			return err
		}
		from = next
	}
	return nil
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
		if err == nil && l.TxHash == d.TxHash && l.orderRef == "" && strings.EqualFold(l.Address, token) && strings.EqualFold(m.to, d.Address) && m.value == amount {
			l.orderRef = ref
			return
		}
	}
}

// claims looks up transactions that books name and that no transfer explains.
func (r *reader) claims(ctx context.Context) {
	seen := map[string]bool{}
	for i := range r.logs {
		seen[strings.ToLower(r.logs[i].TxHash)] = true
	}
	for _, c := range r.query.Claims {
		txid := strings.ToLower(c.TXID)
		if c.Chain != "" && c.Chain != r.options.Chain || len(txid) != 66 || seen[txid] || len(r.nodes) == 0 {
			continue
		}
		seen[txid] = true
		var rc receipt
		found, err := r.call(ctx, r.nodes[0], &rc, "eth_getTransactionReceipt", txid)
		fact := reconcile.TXFact{Chain: r.options.Chain, TXID: txid}
		switch {
		case err != nil:
			fact.Status = reconcile.TXUnknown
		case !found && len(r.gaps) == 0:
			fact.Status = reconcile.TXAbsent
		case !found:
			fact.Status = reconcile.TXUnknown
		case rc.Status == 0:
			fact.Status = reconcile.TXReverted
		default:
			fact.Status = reconcile.TXFound
			r.keepClaimed(rc.Logs)
		}
		r.into.AddFact(fact)
	}
	r.fetchHeaders(ctx)
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
		return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), cmp.Compare(a.Index, b.Index))
	})
	for i := range r.logs {
		l := &r.logs[i]
		m, err := decodeTransfer(l)
		if err != nil {
			r.notes["logs with the topic of a transfer are none of an ERC-20 token"]++
			continue
		}
		t := reconcile.Transfer{Chain: r.options.Chain, TXID: l.TxHash, LogIndex: int64(l.Index), Block: uint64(l.BlockNumber), BlockHash: l.BlockHash,
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

// Capability is one line of what an endpoint can do, for doctor.
type Capability struct {
	Endpoint, What string
	OK             bool
	Detail         string // what was found, or what failed and what to do
}

// Probe asks every endpoint what a run needs of it. It changes nothing.
func Probe(ctx context.Context, o Options) []Capability {
	s := Transfers(o).(*source)
	var list []Capability
	for _, e := range o.Endpoints {
		list = append(list, s.probe(ctx, e)...)
	}
	return list
}

func (s *source) probe(ctx context.Context, e Endpoint) []Capability {
	add := func(list []Capability, what string, err error, detail string) []Capability {
		if err != nil {
			return append(list, Capability{e.Name, what, false, shortly(err)})
		}
		return append(list, Capability{e.Name, what, true, detail})
	}
	n, err := s.dial(ctx, e, strings.TrimPrefix(s.options.Chain, "eip155:"))
	list := add(nil, "chain id", err, s.options.Chain)
	if err != nil {
		return list
	}
	defer n.client.Close()
	r := &reader{source: s, nodes: []*node{n}, headers: map[uint64]header{}}
	err = r.ask(ctx, n)
	list = add(list, "head and finalized block", err, fmt.Sprintf("head %d, finalized %d", uint64(n.head.Number), uint64(n.final.Number)))
	if err != nil {
		return list
	}
	f := filter{tokens: r.tokens(), topic: transferTopic.Hex()}
	_, err = r.getLogs(ctx, n, f, uint64(n.final.Number), uint64(n.final.Number))
	list = add(list, "eth_getLogs of one block", err, "answered")
	var receipts []receipt
	_, err = s.call(ctx, n, &receipts, "eth_getBlockReceipts", hexNumber(uint64(n.final.Number)))
	return add(list, "eth_getBlockReceipts", err, fmt.Sprintf("%d receipts", len(receipts)))
}
