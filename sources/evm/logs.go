package evm

import (
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
	recipients []string // padded to topics and sorted
	topic      string
}

func (f filter) args(from, to uint64) map[string]any {
	topics := []any{f.topic}
	if len(f.recipients) > 0 {
		topics = append(topics, nil, f.recipients)
	}
	return map[string]any{"address": f.contracts, "topics": topics, "fromBlock": hexNumber(from), "toBlock": hexNumber(to)}
}

// filters splits tokens and recipients into batches that nodes accept.
func (r *reader) filters(addresses []string) []filter {
	tokens := r.tokens()
	var list []filter
	for batch := range slices.Chunk(tokens, maxTokens) {
		for recipients := range slices.Chunk(addresses, maxTopics) {
			list = append(list, filter{contracts: batch, recipients: padded(recipients), topic: transferTopic.Hex()})
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

// crowded is the average number of logs a piece from which on an empty piece is
// suspicious.
const crowded = 5

// unit reads one filter over a range of blocks. What cannot be read by any
// endpoint becomes a gap; the rest goes on. Empty answers are the dangerous ones:
// a range without any log, and an empty piece among full ones, are asked again.
// The error is only the context's.
func (r *reader) unit(ctx context.Context, f filter, first, last uint64) error {
	before, pieces := len(r.logs), 0
	var empty []blockRange
	for from := first; from <= last; {
		count, to := len(r.logs), min(last, from+r.span()-1)
		next, err := r.piece(ctx, f, from, to)
		if err != nil {
			return err
		}
		if next > from {
			if pieces++; len(r.logs) == count {
				empty = append(empty, blockRange{from, next - 1})
			}
		}
		from = next
		if r.options.Progress != nil {
			r.options.Progress(from-first, last-first+1)
		}
	}
	switch found := len(r.logs) - before; {
	case r.options.Verify == "none", found > 0 && found < crowded*pieces:
		return nil
	case found == 0:
		empty = []blockRange{{first, last}}
	}
	for _, b := range empty {
		if err := r.askAgain(ctx, f, b.from, b.to); err != nil {
			return err
		}
	}
	return nil
}

// span is how many blocks the preferred endpoint is asked for.
func (r *reader) span() uint64 {
	if len(r.nodes) == 0 {
		return maxSpan
	}
	return r.nodes[0].blocks()
}

// blocks is how many blocks the endpoint is asked for.
func (n *node) blocks() uint64 {
	if n.limit > 0 {
		return min(n.span, n.limit)
	}
	return min(n.span, maxSpan)
}

// piece reads [from, to] or as much of it as the node gives, and returns the block
// to go on with.
func (r *reader) piece(ctx context.Context, f filter, from, to uint64) (next uint64, err error) {
	if len(r.nodes) == 0 {
		r.gaps = append(r.gaps, blockGap{from, to, "no endpoint is left that can serve it"})
		return to + 1, nil
	}
	n := r.nodes[0]
	logs, err := r.getLogs(ctx, n, f, from, to)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err == nil {
		r.grow(n, to-from+1, len(logs))
		r.keep(logs)
		return to + 1, nil
	}
	switch v := classify(err, from, to); v.class {
	case suggested:
		n.span = max(1, v.to-v.from+1)
	case width:
		n.limit = v.width
		n.span = min(n.span, v.width)
		if to-from+1 <= v.width {
			return r.halve(ctx, n, f, from, to, err)
		}
	case tooBig:
		return r.halve(ctx, n, f, from, to, err)
	case filterBig:
		return r.splitFilter(ctx, f, from, to, err)
	default:
		if v.class == retry && from == to { // the receipts of the block say the same
			return r.halve(ctx, n, f, from, to, err)
		}
		if len(r.nodes) == 1 { // it may still serve other ranges
			r.gaps = append(r.gaps, blockGap{from, to, "endpoint " + n.Name + ": " + shortly(err)})
			return to + 1, nil
		}
		r.drop(n, err)
		if err := r.bounds(ctx); err != nil {
			r.gaps = append(r.gaps, blockGap{from, to, shortly(err)})
			return to + 1, ctx.Err()
		}
	}
	return from, nil
}

func shortly(err error) string {
	text := err.Error()
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// drop takes an endpoint out of use.
func (r *reader) drop(n *node, err error) {
	r.into.Note(fmt.Sprintf("endpoint %s is not used any more: %s", n.Name, shortly(err)))
	r.nodes = slices.DeleteFunc(slices.Clone(r.nodes), func(m *node) bool { return m == n })
}

// halve asks for fewer blocks next time; a single block that is too big is read
// from its receipts.
func (r *reader) halve(ctx context.Context, n *node, f filter, from, to uint64, cause error) (uint64, error) {
	if to > from {
		n.span = max(1, (to-from+1)/2)
		return from, nil
	}
	logs, err := r.fromReceipts(ctx, n, f, from)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		r.gaps = append(r.gaps, blockGap{from, to, fmt.Sprintf("endpoint %s: %s; its receipts: %s", n.Name, shortly(cause), shortly(err))})
		return to + 1, nil
	}
	r.keep(logs)
	return to + 1, nil
}

// splitFilter halves the list of recipients or tokens.
func (r *reader) splitFilter(ctx context.Context, f filter, from, to uint64, cause error) (uint64, error) {
	a, b := f, f
	switch {
	case len(f.recipients) > 1:
		half := len(f.recipients) / 2
		a.recipients, b.recipients = f.recipients[:half], f.recipients[half:]
	case len(f.contracts) > 1:
		half := len(f.contracts) / 2
		a.contracts, b.contracts = f.contracts[:half], f.contracts[half:]
	default:
		r.gaps = append(r.gaps, blockGap{from, to, shortly(cause)})
		return to + 1, nil
	}
	for _, part := range []filter{a, b} {
		for at := from; at <= to; {
			next, err := r.piece(ctx, part, at, min(to, at+r.span()-1))
			if err != nil {
				return 0, err
			}
			at = next
		}
	}
	return to + 1, nil
}

// grow asks for more blocks after an easy answer, so that about targetLogs come.
func (r *reader) grow(n *node, blocks uint64, logs int) {
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
	var logs []log
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
	case len(f.recipients) > 0 && (len(l.Topics) < 3 || !containsFold(f.recipients, l.Topics[2])):
		return "has another recipient"
	}
	return ""
}

func containsFold(sorted []string, text string) bool {
	_, ok := slices.BinarySearch(sorted, strings.ToLower(text))
	return ok
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

// askAgain asks for a range that came back empty once more, from another endpoint
// where there is one and in other pieces. Where the answers differ both are kept
// out of what counts as read.
func (r *reader) askAgain(ctx context.Context, f filter, first, last uint64) error {
	if len(r.nodes) == 0 {
		return nil // it is a gap already
	}
	n := r.nodes[len(r.nodes)-1]
	middle := first + (last-first)/2
	for from := first; from <= last; {
		to := min(last, from+n.blocks()-1)
		if from <= middle {
			to = min(to, middle)
		}
		logs, err := r.getLogs(ctx, n, f, from, to)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && to > from && fewer(classify(err, from, to).class):
			n.span = max(1, (to-from+1)/2)
			continue
		case err != nil:
			r.gaps = append(r.gaps, blockGap{from, last, "asked again after an empty answer: " + shortly(err)})
			return nil
		case len(logs) > 0:
			r.keep(logs)
			r.gaps = append(r.gaps, blockGap{from, to, fmt.Sprintf("endpoint %s found logs where the first answer was empty", n.Name)})
		}
		from = to + 1
	}
	return nil
}

// fewer reports whether an error asks for fewer blocks.
func fewer(c class) bool { return c == suggested || c == width || c == tooBig }
