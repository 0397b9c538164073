package evm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"tieout/sources/internal/jsonrpc"
)

// hashed are the chains whose headers, receipts and transactions are known to hash
// as here. On them what does not is false. On others a root that comes out proves as
// much, and one that does not proves nothing: the block counts as unsupported.
var hashed = []string{"eip155:1", "eip155:11155111", "eip155:1337"}

// maxProofs is how many blocks without a transfer have their receipts read, because
// their bloom filter cannot rule one out. Each costs the whole block.
const maxProofs = 2000

// Levels of proof as the sources page and result.json call them.
const (
	proven        = "proof"         // of every final block the logs are known to be exactly these
	partlyProven  = "partial proof" // of the blocks with transfers; notes say what of the others
	provenNothing = "basic"
)

// prover shows which logs the final blocks of the window hold. Their headers hash to
// one another up to the last; a block's receipts hash to the root in its header, and
// its transactions too; and a bloom filter in such a header that lacks the token, the
// topic or the recipients rules transfers out.
type prover struct {
	*reader
	wanted []filter
	sieves []sieve
	hits   map[uint64]bool // blocks of which a log was given

	open        []sealed // blocks whose receipts tell, from the newest
	logs        map[uint64][]log
	empty       []uint64   // linked blocks that hold none, by their bloom filter
	failed      []blockGap // blocks of which nothing is known
	unsupported int
	unchosen    int
	names       int // blocks whose transactions could not be hashed
	bloomFails  bool
}

// prove holds the window against what its blocks hash to. The logs of a proven block
// take the place of those that were given, and gaps over proven blocks end. The
// error is only the context's.
func (r *reader) prove(ctx context.Context, addresses []string, first, last uint64) error {
	p := &prover{reader: r, wanted: r.questions(addresses), hits: map[uint64]bool{}, logs: map[uint64][]log{}}
	for _, f := range p.wanted {
		p.sieves = append(p.sieves, newSieve(f))
	}
	for i := range r.logs {
		p.hits[uint64(r.logs[i].BlockNumber)] = true
	}
	final := uint64(r.final.Number)
	before, after := min(first-min(first, 1), final), min(last+1, final)
	if !r.anchored(ctx, after) {
		return ctx.Err()
	}
	down := p.link(ctx, before, after, first, min(last, final))
	p.bounded(first, before, after, last, down)
	for _, s := range p.chosen() {
		p.block(ctx, s)
	}
	p.settle(first)
	return ctx.Err()
}

// anchored looks at the block from which the proof goes down: it can be hashed, and
// every endpoint shows the same.
func (r *reader) anchored(ctx context.Context, number uint64) bool {
	s, err := r.sealed(ctx, number, common.Hash{})
	switch {
	case err != nil && (!errors.Is(err, errUnsealed) || slices.Contains(hashed, r.options.Chain)):
		r.unbounded = fmt.Sprintf("block %d, from which the proof goes down, cannot be told: %s", number, shortly(err))
		return false
	case err != nil:
		r.proof = provenNothing
		r.into.Note("proof: the headers of " + r.options.Chain + " hash in a way that is not known here, so nothing was proven beyond what basic shows")
		return false
	}
	for _, n := range r.nodes {
		if h, err := r.headerOf(ctx, n, number); err == nil && !strings.EqualFold(h.Hash, s.Hash) {
			r.unbounded = fmt.Sprintf("the endpoints are on different chains: they show different blocks %d", number)
			return false
		}
	}
	r.into.Note(fmt.Sprintf("proof: it stands on block %d being %s", number, s.Hash))
	return true
}

// link reads headers downwards, each the parent of the one above by its hash. Where
// one cannot be had it ends, and all below is a gap. It returns the lowest block.
func (p *prover) link(ctx context.Context, low, high, first, last uint64) (down uint64) {
	var parent common.Hash
	down = high + 1
	for down > low && ctx.Err() == nil {
		numbers := downwards(down, low)
		raws := p.rawHeaders(ctx, numbers)
		for i, number := range numbers {
			s, err := seal(raws[i])
			if err != nil || !s.of(number) || parent != (common.Hash{}) && s.Hash != parent.Hex() {
				s, err = p.sealed(ctx, number, parent)
			}
			if err != nil {
				p.failed = append(p.failed, blockGap{min(first, number), number, "proof: " + shortly(err)})
				return down
			}
			p.take(s, number >= first && number <= last)
			parent, down = s.parent, number
		}
	}
	return down
}

// downwards are the next blocks below one.
func downwards(above, low uint64) (numbers []uint64) {
	for number := above; number > low && len(numbers) < batchSize; number-- {
		numbers = append(numbers, number-1)
	}
	return numbers
}

// rawHeaders asks for blocks; what is not there is nil.
func (r *reader) rawHeaders(ctx context.Context, numbers []uint64) []json.RawMessage {
	raws := make([]json.RawMessage, len(numbers))
	requests := make([]jsonrpc.Request, len(numbers))
	for i, number := range numbers {
		requests[i] = jsonrpc.Request{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), false}, Out: &raws[i]}
	}
	r.batch(ctx, requests)
	return raws
}

// sealed asks for one block of a certain hash, or of any where that is zero, until
// an endpoint has it.
func (r *reader) sealed(ctx context.Context, number uint64, hash common.Hash) (sealed, error) {
	failed := []error{}
	for try := 1; ; try++ {
		for _, n := range r.nodes {
			s, err := r.sealedOf(ctx, n, number, hash)
			if err == nil || ctx.Err() != nil {
				return s, err
			}
			failed = append(failed[:min(len(failed), len(r.nodes)-1)], fmt.Errorf("endpoint %s: %w", n.Name, err))
		}
		if try == maxBehind || len(failed) == 0 || errors.Is(failed[0], errUnsealed) && !slices.Contains(hashed, r.options.Chain) {
			return sealed{}, fmt.Errorf("block %d: %w", number, errors.Join(failed...))
		}
		if err := r.options.wait(ctx, time.Duration(try)*blockWait); err != nil {
			return sealed{}, err
		}
	}
}

func (r *reader) sealedOf(ctx context.Context, n *node, number uint64, hash common.Hash) (sealed, error) {
	var raw json.RawMessage
	found, err := r.call(ctx, n, &raw, "eth_getBlockByNumber", hexNumber(number), false)
	if err != nil {
		return sealed{}, err
	}
	if !found {
		return sealed{}, fmt.Errorf("%w: it is not there", errUnfit)
	}
	s, err := seal(raw)
	switch {
	case err != nil:
		return sealed{}, err
	case !s.of(number) || hash != (common.Hash{}) && s.Hash != hash.Hex():
		return sealed{}, errors.New("it is not the parent of the block above")
	}
	return s, nil
}

// take keeps a linked header for good, and its roots where its receipts matter.
func (p *prover) take(s sealed, judged bool) {
	number := uint64(s.Number)
	p.headers[number] = s.header
	p.pinned[number] = true
	switch {
	case !judged:
	case p.hits[number] || slices.ContainsFunc(p.sieves, func(v sieve) bool { return v.mayHold(&s.bloom) }):
		p.open = append(p.open, s)
	default:
		p.empty = append(p.empty, number)
	}
}

// bounded holds the ends of the window against the times of the linked blocks.
func (p *prover) bounded(first, before, after, last, down uint64) {
	if uint64(p.final.Number) == after && down <= after {
		p.final = p.headers[after]
	}
	switch {
	case down > before: // a gap says so
	case first > 0 && p.headers[before].time() >= p.query.Reach.From:
		p.unbounded = fmt.Sprintf("an endpoint put block %d before the window, and its header later", before)
	case after > last && p.headers[after].time() < p.query.Reach.To:
		p.unbounded = fmt.Sprintf("an endpoint put block %d after the window, and its header earlier", after)
	}
}

// chosen are the blocks to prove: all with transfers, and of the others as many as
// the bound allows, spread evenly.
func (p *prover) chosen() []sealed {
	var with, without []sealed
	for _, s := range p.open {
		if p.hits[uint64(s.Number)] {
			with = append(with, s)
		} else {
			without = append(without, s)
		}
	}
	count := min(len(without), maxProofs)
	p.unchosen = len(without) - count
	for i := range count {
		with = append(with, without[i*len(without)/count])
	}
	return with
}

// block reads one block's logs from its receipts.
func (p *prover) block(ctx context.Context, s sealed) {
	number := uint64(s.Number)
	receipts, named, err := p.provenReceipts(ctx, s, p.holds)
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, errRoot) && !slices.Contains(hashed, p.options.Chain):
		p.unsupported++
	case err != nil:
		p.failed = append(p.failed, blockGap{number, number, "proof: " + shortly(err)})
	default:
		if !named {
			p.names++
		}
		p.logs[number] = matching(receipts, p.wanted)
		p.bloomFails = p.bloomFails || !shows(&s, receipts)
	}
}

// holds reports whether receipts hold a log that is looked for.
func (p *prover) holds(receipts []receipt) bool { return len(matching(receipts, p.wanted)) > 0 }

// matching are the logs of receipts that answer one of the questions.
func matching(receipts []receipt, questions []filter) []log {
	out := []log{}
	for i := range receipts {
		for j := range receipts[i].Logs {
			if l := &receipts[i].Logs[j]; fits(l, questions) {
				out = append(out, *l)
			}
		}
	}
	return out
}

// shows reports whether a block's bloom filter has the logs of its receipts: a chain
// may leave it empty, and then it rules nothing out.
func shows(s *sealed, receipts []receipt) bool {
	for i := range receipts {
		for j := range receipts[i].Logs {
			if !bitsOf(common.FromHex(receipts[i].Logs[j].Address)).in(&s.bloom) {
				return false
			}
		}
	}
	return true
}

// errRoot says that receipts or transactions do not hash to their header's root.
var errRoot = errors.New("does not hash to the root in the block's header")

// provenReceipts returns the receipts that hash to a header's root, with the place
// that follows from it: block, transaction and log index. The transactions' names are
// proven where the caller wants them; named is false where they could not be.
func (r *reader) provenReceipts(ctx context.Context, s sealed, wanted func([]receipt) bool) (receipts []receipt, named bool, err error) {
	failed := []error{}
	for _, n := range r.nodes {
		receipts, named, err = r.receiptsBy(ctx, n, s, wanted)
		if err == nil || ctx.Err() != nil {
			return receipts, named, err
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
	}
	return nil, false, errors.Join(failed...)
}

func (r *reader) receiptsBy(ctx context.Context, n *node, s sealed, wanted func([]receipt) bool) (receipts []receipt, named bool, err error) {
	found, err := r.call(ctx, n, &receipts, "eth_getBlockReceipts", hexNumber(uint64(s.Number)))
	if err != nil {
		return nil, false, err
	}
	if !found {
		return nil, false, errors.New("the block's receipts are not there")
	}
	if root, err := receiptsRoot(receipts); err != nil || root != s.receipts {
		return nil, false, fmt.Errorf("what it gives as receipts %w", errRoot)
	}
	place(receipts, &s)
	if !wanted(receipts) {
		return receipts, true, nil
	}
	named, err = r.name(ctx, n, receipts, &s)
	return receipts, named, err
}

// place writes into logs what follows from the receipts' order.
func place(receipts []receipt, s *sealed) {
	var index quantity
	for i := range receipts {
		rc := &receipts[i]
		number := s.Number
		rc.BlockHash, rc.BlockNumber = s.Hash, &number
		for j := range rc.Logs {
			l, at := &rc.Logs[j], index
			l.BlockHash, l.BlockNumber, l.TxHash, l.Index, l.Removed = s.Hash, s.Number, rc.TxHash, &at, false
			index++
		}
	}
}

// name gives receipts the hashes of the transactions of which they are. Where those
// hash in a way that is not known here it keeps what the endpoint says.
func (r *reader) name(ctx context.Context, n *node, receipts []receipt, s *sealed) (bool, error) {
	var b struct {
		Transactions []json.RawMessage `json:"transactions"`
	}
	if found, err := r.call(ctx, n, &b, "eth_getBlockByNumber", hexNumber(uint64(s.Number)), true); err != nil || !found {
		return false, errors.Join(err, errors.New("the block's transactions are not there"))
	}
	root, hashes, err := transactionsRoot(b.Transactions)
	switch {
	case err == nil && root == s.txs && len(hashes) == len(receipts):
	case slices.Contains(hashed, r.options.Chain):
		return false, fmt.Errorf("what it gives as transactions %w", errRoot)
	default:
		return false, r.unnamed(receipts)
	}
	for i := range receipts {
		receipts[i].TxHash = hashes[i].Hex()
		for j := range receipts[i].Logs {
			receipts[i].Logs[j].TxHash = receipts[i].TxHash
		}
	}
	return true, nil
}

// unnamed refuses receipts that do not even say of which transactions they are.
func (r *reader) unnamed(receipts []receipt) error {
	for i := range receipts {
		if reason := receipts[i].misfit(); reason != "" {
			return errors.New(reason)
		}
	}
	return nil
}

// settle puts what was proven in the place of what was given, ends gaps that it
// fills, and says so.
func (p *prover) settle(first uint64) {
	added, dropped := p.replace()
	blooms := !p.bloomFails && (len(p.logs) > 0 || slices.Contains(hashed, p.options.Chain))
	known := slices.Collect(maps.Keys(p.logs))
	if blooms {
		known = append(known, p.empty...)
	}
	p.gaps = append(less(p.gaps, known), joined(p.failed)...)
	p.proof = proven
	if p.unsupported+p.unchosen+p.names > 0 || !blooms && len(p.empty) > 0 {
		p.proof = partlyProven
	}
	p.report(added, dropped, blooms)
}

// replace takes proven logs for given ones, and leaves out those of blocks of which
// nothing is known.
func (p *prover) replace() (added, dropped int) {
	given := map[string]bool{}
	p.reader.logs = slices.DeleteFunc(p.reader.logs, func(l log) bool {
		number := uint64(l.BlockNumber)
		_, known := p.logs[number]
		failed := slices.ContainsFunc(p.failed, func(g blockGap) bool { return g.from <= number && number <= g.to })
		if known {
			given[l.identity()] = true
		}
		if known || failed {
			delete(p.seen, l.key())
		}
		return known || failed
	})
	for _, number := range slices.Sorted(maps.Keys(p.logs)) {
		for _, l := range p.logs[number] {
			identity := l.identity()
			if !given[identity] {
				added++
			}
			delete(given, identity)
			p.keep([]log{l})
		}
	}
	return added, len(given)
}

// less takes blocks out of gaps.
func less(gaps []blockGap, blocks []uint64) (left []blockGap) {
	known := map[uint64]bool{}
	for _, number := range blocks {
		known[number] = true
	}
	for _, g := range gaps {
		var rest []blockRange
		for number := g.from; number <= g.to; number++ {
			if !known[number] {
				rest = adjoin(rest, blockRange{number, number})
			}
		}
		for _, b := range rest {
			left = append(left, blockGap{b.from, b.to, g.reason})
		}
	}
	return left
}

// joined makes one gap of neighbours with one reason.
func joined(gaps []blockGap) (list []blockGap) {
	slices.SortFunc(gaps, func(a, b blockGap) int { return cmp.Compare(a.from, b.from) })
	for _, g := range gaps {
		if n := len(list); n > 0 && list[n-1].to+1 == g.from && list[n-1].reason == g.reason {
			list[n-1].to = g.to
			continue
		}
		list = append(list, g)
	}
	return list
}

func (p *prover) report(added, dropped int, blooms bool) {
	count := func(n int, text string) {
		if n > 0 {
			p.into.Note(fmt.Sprintf("proof: %d %s", n, text))
		}
	}
	count(len(p.logs), "blocks: their receipts hash to the receipts root of their header")
	if blooms {
		count(len(p.empty), "blocks hold no such transfer, by the bloom filter of their header")
	} else {
		count(len(p.empty), "blocks show no such transfer, but the bloom filters of this chain prove nothing")
	}
	count(added, "logs that the endpoint left out or gave otherwise were taken from receipts")
	count(dropped, "logs that the endpoint gave are in no receipt and were left out")
	count(p.unchosen, fmt.Sprintf("blocks that may hold a transfer were not proven: at most %d without one are", maxProofs))
	count(p.unsupported, "blocks could not be proven: their receipts hash in a way that is not known here")
	count(p.names, "blocks whose transaction hashes are as the endpoint gives them")
}

// proveFacts leaves out receipts of claimed transactions that are not in a block
// whose receipts hash to its root.
func (r *reader) proveFacts(ctx context.Context, list []lookedUp) {
	byBlock := map[uint64][]*lookedUp{}
	for i := range list {
		if rc := list[i].receipt; rc != nil {
			byBlock[uint64(*rc.BlockNumber)] = append(byBlock[uint64(*rc.BlockNumber)], &list[i])
		}
	}
	all := func([]receipt) bool { return true }
	for _, number := range slices.Sorted(maps.Keys(byBlock)) {
		s, err := r.sealed(ctx, number, common.HexToHash(r.headers[number].Hash))
		var receipts []receipt
		if err == nil {
			receipts, _, err = r.provenReceipts(ctx, s, all)
		}
		unknown := errors.Is(err, errUnsealed) || errors.Is(err, errRoot)
		if unknown && !slices.Contains(hashed, r.options.Chain) {
			continue
		}
		for _, found := range byBlock[number] {
			if !contains(receipts, found.receipt) {
				found.receipt = nil
			}
		}
	}
}

func contains(receipts []receipt, rc *receipt) bool {
	return slices.ContainsFunc(receipts, func(x receipt) bool { return x.of(rc.TxHash) && x.identity() == rc.identity() })
}
