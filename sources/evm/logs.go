package evm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// Sizes of what is asked for at once.
const (
	maxTopics  = 1000 // recipients a filter, the limit of most nodes
	maxTokens  = 20   // token contracts a filter
	startSpan  = 1000 // blocks of the first request
	maxSpan    = 10_000
	targetLogs = 5000 // half of the most common cap on results
)

// filter is one shape of question.
type filter struct {
	contracts  []string // that log; sorted
	recipients []string // addresses, sorted; there may be a million, so nothing is stored for each
	topic      string
	party      int // the topic that holds the recipients; 0 = that of a Transfer's recipient
}

// Topics that hold a party.
const (
	asSender = 1 // of a Transfer: what the addresses paid is asked for
	asPayee  = 2
	asHolder = 3 // of Polygon's LogTransfer
)

func (f filter) args(from, to uint64) map[string]any {
	topics := []any{f.topic}
	if len(f.recipients) > 0 {
		for range f.at() - 1 {
			topics = append(topics, nil)
		}
		topics = append(topics, padded(f.recipients))
	}
	return map[string]any{"address": f.contracts, "topics": topics, "fromBlock": hexNumber(from), "toBlock": hexNumber(to)}
}

// questions are what is asked of the logs, each in one: the accepted tokens' transfers
// to the addresses, and the native coin's where a chain logs it.
func (r *reader) questions(addresses []string) (list []filter) {
	if tokens := r.tokens(); len(tokens) > 0 {
		list = append(list, filter{contracts: tokens, recipients: addresses, topic: transferTopic.Hex()})
	}
	if r.coin() != "" && r.coinIsLogged() {
		list = append(list, filter{contracts: []string{polygonCoin}, recipients: addresses, topic: coinTopic.Hex(), party: asHolder})
	}
	return list
}

// fits reports whether a log answers one of the questions.
func fits(l *log, questions []filter) bool {
	number := uint64(l.BlockNumber)
	return slices.ContainsFunc(questions, func(f filter) bool { return misfit(l, f, number, number) == "" })
}

// filters splits questions into batches that nodes accept.
func filters(questions []filter) (list []filter) {
	for _, f := range questions {
		for contracts := range slices.Chunk(f.contracts, maxTokens) {
			for recipients := range slices.Chunk(f.recipients, maxTopics) {
				list = append(list, filter{contracts: contracts, recipients: recipients, topic: f.topic, party: f.party})
			}
		}
	}
	return list
}

func (r *reader) tokens() []string {
	var tokens []string
	for _, a := range r.options.Assets {
		if _, contract, ok := strings.Cut(a.Asset.ID, "/erc20:"); ok {
			tokens = append(tokens, contract)
		}
	}
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

func padded(addresses []string) []string {
	list := make([]string, len(addresses))
	for i, a := range addresses {
		list[i] = common.HexToHash(a).Hex()
	}
	return list
}

// unit reads one filter over a range of blocks. What cannot be read by any
// endpoint becomes a gap; the rest goes on. What is empty is dangerous: it looks the
// same whether nothing happened or the node lost it. So every empty answer is asked
// again, and so is what follows the last log of an answer, which may have been cut
// short. The error is only the context's.
func (r *reader) unit(ctx context.Context, f filter, first, last uint64) error {
	var empty []blockRange
	for from := first; from <= last; {
		a, next, err := r.piece(ctx, f, from, last)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.gaps = append(r.gaps, blockGap{from, next - 1, shortly(err)})
		case r.options.Verify == "quorum":
			if err := r.confirm(ctx, f, &a); err != nil {
				return err
			}
		default:
			silent := from
			for i := range a.logs {
				silent = max(silent, uint64(a.logs[i].BlockNumber)+1)
			}
			empty = adjoin(empty, blockRange{silent, min(next-1, uint64(r.final.Number))})
		}
		r.take(f, a.logs)
		from = next
	}
	if r.options.Verify == "none" {
		return nil
	}
	for _, b := range empty {
		if err := r.askAgain(ctx, f, b); err != nil {
			return err
		}
	}
	return nil
}

// adjoin adds a range, if it holds a block, to a list in order, as part of the last
// where they touch: the fewer ranges, the fewer questions.
func adjoin(list []blockRange, b blockRange) []blockRange {
	if b.to < b.from {
		return list
	}
	if n := len(list); n > 0 && list[n-1].to+1 == b.from {
		list[n-1].to = b.to
		return list
	}
	return append(list, b)
}

// answered is a range of blocks as one endpoint answered for it.
type answered struct {
	blockRange
	node *node
	logs []log
}

// piece reads [from, to] from the preferred endpoint, or as much of its beginning
// as that gives at once, and returns the block to go on with. Where that fails the
// next one is asked, and preferred from then on. With an error, all have failed.
func (r *reader) piece(ctx context.Context, f filter, from, to uint64) (a answered, next uint64, err error) {
	failed := []error{}
	next = to + 1
	for _, n := range slices.Clone(r.nodes) {
		logs, after, err := []log(nil), to+1, r.use(ctx, n)
		if err == nil {
			logs, after, err = r.some(ctx, n, f, from, to)
		}
		if err == nil {
			return answered{blockRange{from, after - 1}, n, logs}, after, nil
		}
		if ctx.Err() != nil {
			return answered{}, after, ctx.Err()
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
		next = min(next, after)
		r.demote(n, classify(err, from, to).class, err)
	}
	if len(failed) == 0 {
		return answered{}, next, errors.New("no endpoint is left that can serve it")
	}
	return answered{}, next, oneLine(failed)
}

// maxFailures is how many ranges in a row an endpoint may fail to serve before it is
// left alone: each costs all the patience there is.
const maxFailures = 3

// demote lets an endpoint that failed be asked after the others, and not at all where
// it will not serve us. The last one is kept: it may still serve other ranges.
func (r *reader) demote(n *node, c class, err error) {
	if len(r.nodes) == 1 {
		return
	}
	n.failures++
	r.nodes = slices.DeleteFunc(slices.Clone(r.nodes), func(m *node) bool { return m == n })
	switch {
	case c == fatal || n.failures == maxFailures:
		r.into.Note(fmt.Sprintf("endpoint %s is not used any more: %s", n.Name, shortly(err)))
	default:
		r.nodes = append(r.nodes, n)
		r.notes["times an endpoint failed and the next one was asked"]++
	}
}

// some reads [from, to] from one endpoint, or as much of its beginning as the
// endpoint gives at once, and returns the block to go on with. With an error that
// asking for less does not cure, that is the one after those which it is about.
func (r *reader) some(ctx context.Context, n *node, f filter, from, to uint64) (logs []log, next uint64, err error) {
	for {
		end := min(to, from+n.blocks()-1)
		logs, err = r.inParts(ctx, n, f, from, end)
		if err == nil {
			n.grow(end-from+1, len(logs))
			n.failures = 0
			return logs, end + 1, nil
		}
		v := classify(err, from, end)
		switch {
		case ctx.Err() != nil:
			return nil, end + 1, ctx.Err()
		case v.class == filterBig && n.narrow(f), end > from && n.shorten(v, end-from+1):
			continue
		case end == from && (fewer(v.class) || v.class == retry): // the receipts of the block say the same
			logs, instead := r.fromReceipts(ctx, n, f, from)
			if instead != nil {
				return nil, from + 1, fmt.Errorf("%s; its receipts: %w", shortly(err), instead)
			}
			return logs, from + 1, nil
		}
		return nil, end + 1, err
	}
}

// inParts asks one endpoint for a filter, in as many questions as it takes.
func (r *reader) inParts(ctx context.Context, n *node, f filter, from, to uint64) ([]log, error) {
	var all []log
	for _, part := range n.parts(f) {
		logs, err := r.getLogs(ctx, n, part, from, to)
		if err != nil {
			return nil, err
		}
		all = append(all, logs...)
	}
	return all, nil
}

// parts splits a filter into what the endpoint takes in one.
func (n *node) parts(f filter) []filter {
	if len(f.recipients) == 0 {
		return []filter{f}
	}
	var list []filter
	for contracts := range slices.Chunk(f.contracts, most(f.contracts, n.contracts)) {
		for recipients := range slices.Chunk(f.recipients, most(f.recipients, n.recipients)) {
			list = append(list, filter{contracts: contracts, recipients: recipients, topic: f.topic, party: f.party})
		}
	}
	return list
}

// most is how many of a list are asked for in one filter; a limit of 0 is none.
func most(list []string, limit int) int {
	if limit == 0 {
		return max(1, len(list))
	}
	return limit
}

// narrow halves what the endpoint is asked for in one filter, and remembers it. It
// returns false when nothing is left to halve.
func (n *node) narrow(f filter) bool {
	recipients := min(len(f.recipients), most(f.recipients, n.recipients))
	contracts := min(len(f.contracts), most(f.contracts, n.contracts))
	switch {
	case recipients > 1:
		n.recipients = (recipients + 1) / 2
	case recipients == 1 && contracts > 1:
		n.contracts = (contracts + 1) / 2
	default:
		return false
	}
	return true
}

// shorten takes over how many blocks the endpoint wants to be asked for, after a
// question for some. It returns false when the answer is about something else.
func (n *node) shorten(v verdict, blocks uint64) bool {
	switch v.class {
	case suggested:
		n.span = v.to - v.from + 1
	case width:
		n.limit = v.width
		if n.span = v.width; v.width >= blocks {
			n.span = max(1, blocks/2)
		}
	case tooBig:
		n.span = max(1, blocks/2)
	default:
		return false
	}
	return true
}

// blocks is how many blocks the endpoint is asked for.
func (n *node) blocks() uint64 {
	if n.limit > 0 {
		return min(n.span, n.limit)
	}
	return min(n.span, maxSpan)
}

func shortly(err error) string {
	text := err.Error()
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// grow asks for more blocks after an easy answer, so that about targetLogs come.
func (n *node) grow(blocks uint64, logs int) {
	next := blocks + blocks/2 + 1
	if logs > 0 {
		next = min(next, max(1, blocks*targetLogs/uint64(logs)))
	}
	n.span = min(maxSpan, max(1, next))
}

// errUnfit says that an answer does not fit its question. A balancer may have a
// better node behind it, so the question is asked again.
var errUnfit = errors.New("the answer does not fit the question")

// getLogs asks one endpoint and refuses an answer that does not fit the question.
// A node that lags answers with a list that is too short, so it must have the last
// block as well.
func (r *reader) getLogs(ctx context.Context, n *node, f filter, from, to uint64) ([]log, error) {
	for try := 1; ; try++ {
		logs, err := r.answer(ctx, n, f, from, to)
		if err == nil && r.options.Verify != "none" {
			_, err = r.headerOf(ctx, n, to)
		}
		if !errors.Is(err, errUnfit) || ctx.Err() != nil || try == maxBehind {
			return logs, err
		}
		if err := r.options.wait(ctx, time.Duration(try)*blockWait); err != nil {
			return nil, err
		}
	}
}

func (r *reader) answer(ctx context.Context, n *node, f filter, from, to uint64) ([]log, error) {
	var logs logList
	found, err := r.callFor(ctx, n, blockRange{from, to}, &logs, "eth_getLogs", f.args(from, to))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: null where a list of logs is expected", errUnfit)
	}
	for i := range logs {
		if reason := misfit(&logs[i], f, from, to); reason != "" {
			return nil, fmt.Errorf("%w: a log %s", errUnfit, reason)
		}
	}
	return logs, nil
}

// misfit says why a log is no answer to the question, "" when it is one.
func misfit(l *log, f filter, from, to uint64) string {
	switch number := uint64(l.BlockNumber); {
	case !l.placed():
		return "lacks its block hash, transaction or index"
	case number < from || number > to:
		return fmt.Sprintf("is of block %d, outside %d to %d", number, from, to)
	case len(l.Topics) == 0 || !strings.EqualFold(l.Topics[0], f.topic):
		return "has another topic"
	case !containsFold(f.contracts, l.Address):
		return "is of another contract"
	case len(f.recipients) > 0 && (len(l.Topics) <= f.at() || !holds(f.recipients, l.Topics[f.at()])):
		return "has another recipient"
	}
	return ""
}

// holds reports whether a topic is one of the addresses.
func holds(addresses []string, topic string) bool {
	const zeros = "0x000000000000000000000000"
	if len(topic) != hashLength || topic[:len(zeros)] != zeros {
		return false
	}
	_, ok := slices.BinarySearchFunc(addresses, strings.ToLower(topic[len(zeros):]), func(a, b string) int { return cmp.Compare(a[2:], b) })
	return ok
}

// at is the topic that holds the address that is asked for.
func (f filter) at() int { return cmp.Or(f.party, asPayee) }

func containsFold(sorted []string, text string) bool {
	_, ok := slices.BinarySearch(sorted, strings.ToLower(text))
	return ok
}

// take keeps the answer to a question: what was paid in, or what was paid out.
func (r *reader) take(f filter, logs []log) {
	if f.party == asSender {
		r.spent = append(r.spent, logs...)
		return
	}
	r.keep(logs)
}

// keep takes logs once; removed ones and repetitions are dropped and counted.
func (r *reader) keep(logs []log) {
	for _, l := range logs {
		switch {
		case l.Removed:
			r.notes["removed logs were dropped"]++
		case r.seen[l.key()]:
			r.notes["logs came twice"]++
		default:
			r.seen[l.key()] = true
			r.logs = append(r.logs, l)
		}
	}
}

// askAgain asks for a range that came back empty once more: another endpoint where
// there is one, else the same in other pieces. Where the answers differ, what was
// found is kept and the range is a gap all the same: the first answer left
// something out, and nobody knows what else.
func (r *reader) askAgain(ctx context.Context, f filter, b blockRange) error {
	middle := b.from + (b.to-b.from)/2
	for from := b.from; from <= b.to; {
		to := b.to
		if len(r.nodes) == 1 && from <= middle {
			to = middle
		}
		a, next, err := r.another(ctx, f, blockRange{from, to}, nil)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.gaps = append(r.gaps, blockGap{from, next - 1, "asked again after an empty answer: " + shortly(err)})
		case len(a.logs) > 0:
			r.take(f, a.logs)
			r.gaps = append(r.gaps, blockGap{from, next - 1, fmt.Sprintf("endpoint %s found logs where the first answer was empty", a.node.Name)})
		}
		from = next
	}
	return nil
}

// another reads from the endpoint that is preferred least, or from the one before
// it where that fails; never from the one that is left out.
func (r *reader) another(ctx context.Context, f filter, b blockRange, leftOut *node) (a answered, next uint64, err error) {
	err, next = errors.New("there is no other endpoint"), b.to+1
	for _, n := range slices.Backward(r.nodes) {
		if n == leftOut {
			continue
		}
		var logs []log
		if logs, next, err = r.some(ctx, n, f, b.from, b.to); err == nil || ctx.Err() != nil {
			return answered{blockRange{b.from, next - 1}, n, logs}, next, err
		}
		r.demote(n, classify(err, b.from, b.to).class, err)
		err = fmt.Errorf("endpoint %s: %w", n.Name, err)
	}
	return answered{}, next, err
}

// fewer reports whether an error asks for fewer blocks.
func fewer(c class) bool { return c == suggested || c == width || c == tooBig }
