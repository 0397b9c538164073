package evm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources/internal/jsonrpc"
)

// Polygon logs every movement of its native coin, inner calls too, at this contract.
const polygonCoin = "0x0000000000000000000000000000000000001010"

var coinTopic = common.HexToHash("0xe6497e3ee548a3372136af2fcb0696db31fc6cf20260707645068bd3fe97f3c4") // LogTransfer(address,address,address,uint256,uint256,uint256,uint256,uint256)

// wholeBlocks is how many blocks with all their transactions are asked for at once.
const wholeBlocks = 10

// coin is the native coin's asset where it is read, "" where not.
func (r *reader) coin() string {
	for _, a := range r.options.Assets {
		if strings.Contains(a.Asset.ID, "/slip44:") {
			return a.Asset.ID
		}
	}
	return ""
}

// coinIsLogged reports whether the chain logs all movements of its native coin.
func (r *reader) coinIsLogged() bool { return r.options.Chain == "eip155:137" }

// coinMove is one payment in the native coin.
type coinMove struct {
	txid, from, to string
	trace          string // the call inside the transaction, "" for the transaction itself
	value          money.Units
	block          header
}

// wholeBlock is a block with its transactions.
type wholeBlock struct {
	header
	Transactions []json.RawMessage `json:"transactions"`
	TxRoot       string            `json:"transactionsRoot"`
	moves        []coinMove        // what each transaction pays itself
}

// coins reads payments in the native coin: every block of the window, whole, since no
// node has an index of them. What a transaction pays itself is bound to the block by
// its transactions root; what calls inside it pay is told by traces alone.
func (r *reader) coins(ctx context.Context, addresses []string, first, last uint64) error {
	if r.coin() == "" || r.coinIsLogged() {
		return nil
	}
	for from := first; from <= last; from += wholeBlocks {
		numbers := upwards(from, min(last, from+wholeBlocks-1))
		blocks := r.wholeBlocks(ctx, numbers)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, number := range r.unconfirmedBlocks(ctx, blocks) {
			delete(blocks, number)
			r.gaps = append(r.gaps, blockGap{number, number, "native coin: no two endpoints show the same block"})
		}
		for _, number := range numbers {
			if b := blocks[number]; b != nil {
				r.coinsOf(ctx, b, addresses)
			}
		}
	}
	r.settleCoins(ctx)
	return ctx.Err()
}

func upwards(from, to uint64) (numbers []uint64) {
	for number := from; number <= to; number++ {
		numbers = append(numbers, number)
	}
	return numbers
}

// wholeBlocks reads blocks, in a batch, and one by one what a batch leaves out. One
// that no endpoint has is a gap.
func (r *reader) wholeBlocks(ctx context.Context, numbers []uint64) map[uint64]*wholeBlock {
	raws := make([]json.RawMessage, len(numbers))
	requests := make([]jsonrpc.Request, len(numbers))
	for i, number := range numbers {
		requests[i] = jsonrpc.Request{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), true}, Out: &raws[i]}
	}
	r.batch(ctx, requests)
	blocks := map[uint64]*wholeBlock{}
	for i, number := range numbers {
		b, err := r.whole(raws[i], number)
		for _, n := range r.nodes {
			if err == nil || ctx.Err() != nil {
				break
			}
			var raw json.RawMessage
			if _, err = r.call(ctx, n, &raw, "eth_getBlockByNumber", hexNumber(number), true); err == nil {
				b, err = r.whole(raw, number)
			}
		}
		if err != nil {
			r.gaps = append(r.gaps, blockGap{number, number, "native coin: " + shortly(err)})
			continue
		}
		blocks[number] = b
	}
	return blocks
}

// whole reads a block, and refuses one whose transactions are not all there.
func (r *reader) whole(raw json.RawMessage, number uint64) (*wholeBlock, error) {
	b := new(wholeBlock)
	if err := json.Unmarshal(raw, b); err != nil || !b.of(number) {
		return nil, fmt.Errorf("%w: block %d is not there", errUnfit, number)
	}
	b.Hash = strings.ToLower(b.Hash)
	if h, ok := r.headers[number]; ok && !strings.EqualFold(h.Hash, b.Hash) {
		return nil, fmt.Errorf("block %d is of another fork", number)
	}
	for _, raw := range b.Transactions {
		m, err := coinOf(raw)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", number, err)
		}
		m.block = b.header
		b.moves = append(b.moves, m)
	}
	s, errSeal := seal(raw)
	root, hashes, errRoots := transactionsRoot(b.Transactions)
	sound := errSeal == nil && errRoots == nil && root == s.txs
	for i := range hashes {
		sound = sound && strings.EqualFold(hashes[i].Hex(), b.moves[i].txid)
	}
	switch {
	case sound:
	case slices.Contains(hashed, r.options.Chain):
		return nil, fmt.Errorf("block %d: what it gives as transactions %w", number, errRoot)
	case (len(b.Transactions) == 0) != strings.EqualFold(b.TxRoot, emptyRoot):
		return nil, fmt.Errorf("block %d: its transactions are not there", number)
	default:
		r.notes["blocks whose transactions hash in a way that is not known here: their native coin is as the endpoint gives it"]++
	}
	if !r.pinned[number] {
		r.headers[number] = b.header
	}
	return b, nil
}

// emptyRoot is the root of no transactions, and of no receipts.
const emptyRoot = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"

// coinOf reads what a transaction pays itself. One that makes a contract pays it.
func coinOf(raw json.RawMessage) (coinMove, error) {
	var tx struct {
		Hash, From, To, Value string
	}
	if err := json.Unmarshal(raw, &tx); err != nil || len(tx.Hash) != hashLength {
		return coinMove{}, errors.New("a transaction lacks its hash")
	}
	value, err := uint256.FromHex(tx.Value)
	if err != nil {
		return coinMove{}, fmt.Errorf("transaction %s: its value %q is no number", tx.Hash, tx.Value)
	}
	return coinMove{txid: strings.ToLower(tx.Hash), from: strings.ToLower(tx.From), to: strings.ToLower(tx.To), value: money.FromWords([4]uint64(*value))}, nil
}

// unconfirmedBlocks are those that a quorum does not show.
func (r *reader) unconfirmedBlocks(ctx context.Context, blocks map[uint64]*wholeBlock) (disputed []uint64) {
	if r.options.Verify != "quorum" {
		return nil
	}
	given := map[uint64]string{}
	var numbers []uint64
	for number, b := range blocks {
		if number <= uint64(r.final.Number) {
			given[number], numbers = b.Hash, append(numbers, number)
		}
	}
	disputed = r.disputedHeaders(ctx, numbers)
	for _, number := range numbers {
		if !strings.EqualFold(r.headers[number].Hash, given[number]) && !slices.Contains(disputed, number) {
			disputed = append(disputed, number)
		}
	}
	return disputed
}

// coinsOf keeps what a block pays to the addresses: the transactions themselves, and
// with traces the calls inside them.
func (r *reader) coinsOf(ctx context.Context, b *wholeBlock, addresses []string) {
	moves := b.moves
	if r.options.Internal && len(b.moves) > 0 {
		inside, err := r.inside(ctx, b)
		if err != nil {
			r.gaps = append(r.gaps, blockGap{uint64(b.Number), uint64(b.Number), "native coin: " + shortly(err)})
		} else {
			moves = inside
		}
	}
	for _, m := range moves {
		if !m.value.IsZero() && containsFold(addresses, m.to) {
			r.moves = append(r.moves, m)
		}
	}
}

// settleCoins drops the payments of transactions that failed. What its receipt does
// not tell is a gap.
func (r *reader) settleCoins(ctx context.Context) {
	var txids []string
	for _, m := range r.moves {
		txids = append(txids, m.txid)
	}
	slices.Sort(txids)
	fine := map[string]bool{}
	known := map[string]bool{}
	for _, found := range r.receipts(ctx, slices.Compact(txids)) {
		if rc := found.receipt; rc != nil {
			known[found.txid] = true
			fine[found.txid] = rc.Status == nil || *rc.Status == 1
		}
	}
	r.moves = slices.DeleteFunc(r.moves, func(m coinMove) bool {
		if !known[m.txid] {
			r.gaps = append(r.gaps, blockGap{uint64(m.block.Number), uint64(m.block.Number), "native coin: the receipt of a payment could not be read"})
		}
		return !fine[m.txid]
	})
}

// frame is a call as callTracer tells it.
type frame struct {
	Type, From, To, Value, Error string
	Calls                        []frame
}

// inside reads what the calls of a block pay, by trace. Its outermost calls must be
// the block's transactions.
func (r *reader) inside(ctx context.Context, b *wholeBlock) ([]coinMove, error) {
	failed := []error{}
	for _, n := range r.nodes {
		var traces []struct {
			TxHash string `json:"txHash"`
			Result *frame `json:"result"`
		}
		found, err := r.call(ctx, n, &traces, "debug_traceBlockByNumber", hexNumber(uint64(b.Number)), map[string]string{"tracer": "callTracer"})
		if err == nil && (!found || len(traces) != len(b.moves)) {
			err = errors.New("its trace is not of this block")
		}
		var moves []coinMove
		for i := range traces {
			if err != nil {
				break
			}
			top := b.moves[i]
			if f := traces[i].Result; f == nil || !f.is(&top, traces[i].TxHash) {
				err = errors.New("its trace is not of this block")
			} else {
				moves = f.walk(moves, top, "")
			}
		}
		if err == nil {
			return moves, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
	}
	return nil, oneLine(failed)
}

// is reports whether a trace's outermost call is that of a transaction.
func (f *frame) is(m *coinMove, txid string) bool {
	value, err := f.units()
	return err == nil && value == m.value && strings.EqualFold(f.From, m.from) && (m.to == "" || strings.EqualFold(f.To, m.to)) && (txid == "" || strings.EqualFold(txid, m.txid))
}

func (f *frame) units() (money.Units, error) {
	if f.Value == "" {
		return money.Units{}, nil
	}
	value, err := uint256.FromHex(f.Value)
	if err != nil {
		return money.Units{}, err
	}
	return money.FromWords([4]uint64(*value)), nil
}

// walk adds what a call and those inside it pay. Nothing remains of one that failed,
// and calls that run another's code for their own account pay nobody.
func (f *frame) walk(moves []coinMove, m coinMove, at string) []coinMove {
	if f.Error != "" {
		return moves
	}
	value, err := f.units()
	if pays := []string{"CALL", "CREATE", "CREATE2", "SELFDESTRUCT"}; err == nil && slices.Contains(pays, f.Type) {
		m.from, m.to, m.value, m.trace = strings.ToLower(f.From), strings.ToLower(f.To), value, at
		moves = append(moves, m)
	}
	for i := range f.Calls {
		place := strconv.Itoa(i)
		if at != "" {
			place = at + "_" + place
		}
		moves = f.Calls[i].walk(moves, m, place)
	}
	return moves
}

// claimedCoin takes what a claimed transaction pays itself, to any address, so that
// money that went elsewhere can be told.
func (r *reader) claimedCoin(ctx context.Context, rc *receipt) {
	if r.coin() == "" || r.coinIsLogged() {
		return
	}
	for _, n := range r.nodes {
		var raw json.RawMessage
		found, err := r.call(ctx, n, &raw, "eth_getTransactionByHash", rc.TxHash)
		if err != nil || !found {
			continue
		}
		if m, err := coinOf(raw); err == nil && strings.EqualFold(m.txid, rc.TxHash) {
			if m.block = r.headers[uint64(*rc.BlockNumber)]; !m.value.IsZero() {
				r.moves = append(r.moves, m)
			}
			return
		}
	}
}

// handCoins turns native payments into transfers: no log index, and the call in place
// of it.
func (r *reader) handCoins() {
	for _, m := range r.moves {
		t := reconcile.Transfer{Chain: r.options.Chain, TXID: m.txid, LogIndex: -1, Trace: m.trace, Block: uint64(m.block.Number), BlockHash: m.block.Hash, BlockTime: m.block.time(),
			Asset: r.coin(), Decimals: -1, Amount: money.NewQuantity(m.value, 0), BaseUnit: true, From: m.from, To: m.to}
		if m.block.Number > r.final.Number {
			t.Finality = reconcile.NotFinal
		}
		r.into.AddTransfer(&t)
	}
}

// coverCoin says what is covered of the native coin. Where calls inside transactions
// are not read, nothing is called missing: contracts pay that way, exchanges among them.
func (r *reader) coverCoin(span reconcile.Interval) {
	coin := r.coin()
	if coin == "" {
		return
	}
	switch {
	case r.coinIsLogged():
	case r.options.Internal:
		r.into.Note("native coin: transactions and, by trace, the calls inside them; not what a chain pays for validation")
	default:
		span.To = span.From
		r.into.Note("native coin: payments by calls inside transactions are not read, so that no payment in it is called missing; internal: trace reads them where the endpoint can")
	}
	r.into.Cover(reconcile.Coverage{Chain: r.options.Chain, Asset: coin, Span: span})
}

// decodeCoin reads Polygon's log of a movement of its native coin.
func decodeCoin(l *log) (movement, error) {
	data, err := hexBytes(l.Data)
	if err != nil || len(l.Topics) != 4 || len(data) != 5*32 || !strings.EqualFold(l.Topics[0], coinTopic.Hex()) || !strings.EqualFold(l.Address, polygonCoin) {
		return movement{}, errOther
	}
	from, errFrom := topicAddress(l.Topics[2])
	to, errTo := topicAddress(l.Topics[3])
	if err := errors.Join(errFrom, errTo); err != nil {
		return movement{}, errOther
	}
	return movement{from, to, money.FromWords([4]uint64(*new(uint256.Int).SetBytes32(data[:32])))}, nil
}
