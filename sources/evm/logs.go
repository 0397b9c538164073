package evm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	tokens     []string
	recipients []string // padded to topics; nil = all
	topic      string
	byAddress  bool // recipients are the contracts that log (Deposit)
}

func (f filter) args(from, to uint64) map[string]any {
	topics := []any{f.topic}
	if len(f.recipients) > 0 {
		topics = append(topics, nil, f.recipients)
	}
	return map[string]any{"address": f.tokens, "topics": topics, "fromBlock": hexNumber(from), "toBlock": hexNumber(to)}
}

// filters splits tokens and recipients into batches that nodes accept.
func (r *reader) filters(addresses []string) []filter {
	tokens := r.tokens()
	var list []filter
	for batch := range slices.Chunk(tokens, maxTokens) {
		for recipients := range slices.Chunk(addresses, maxTopics) {
			list = append(list, filter{tokens: batch, recipients: padded(recipients), topic: transferTopic.Hex()})
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
// endpoint becomes a gap; the rest goes on. The error is only the context's.
func (r *reader) unit(ctx context.Context, f filter, first, last uint64) error {
	before := len(r.logs)
	for from := first; from <= last; {
		if len(r.nodes) == 0 {
			r.gaps = append(r.gaps, blockGap{from, last, "no endpoint is left that can serve it"})
			return nil
		}
		to := min(last, from+r.span(f)-1)
		next, err := r.piece(ctx, f, from, to)
		if err != nil {
			return err
		}
		from = next
		if r.options.Progress != nil {
			r.options.Progress(from-first, last-first+1)
		}
	}
	if r.options.Verify != "none" && len(r.logs) == before && last > first {
		return r.askAgain(ctx, f, first, last)
	}
	return nil
}

func (r *reader) span(filter) uint64 {
	n := r.nodes[0]
	if n.limit > 0 {
		return min(n.span, n.limit)
	}
	return min(n.span, maxSpan)
}

// piece reads [from, to] or as much of it as the node gives, and returns the block
// to go on with.
func (r *reader) piece(ctx context.Context, f filter, from, to uint64) (next uint64, err error) {
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
	case len(f.tokens) > 1:
		half := len(f.tokens) / 2
		a.tokens, b.tokens = f.tokens[:half], f.tokens[half:]
	default:
		r.gaps = append(r.gaps, blockGap{from, to, shortly(cause)})
		return to + 1, nil
	}
	for _, part := range []filter{a, b} {
		for at := from; at <= to; {
			next, err := r.piece(ctx, part, at, min(to, at+r.span(part)-1))
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

// getLogs asks one endpoint and refuses an answer that does not fit the question.
func (r *reader) getLogs(ctx context.Context, n *node, f filter, from, to uint64) ([]log, error) {
	var logs []log
	found, err := r.call(ctx, n, &logs, "eth_getLogs", f.args(from, to))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("it answered null where a list of logs is expected")
	}
	for i := range logs {
		if reason := misfit(&logs[i], f, from, to); reason != "" {
			return nil, fmt.Errorf("it answered a log that %s", reason)
		}
	}
	return logs, nil
}

// misfit says why a log is no answer to the question, "" when it is one.
func misfit(l *log, f filter, from, to uint64) string {
	switch number := uint64(l.BlockNumber); {
	case number < from || number > to:
		return fmt.Sprintf("is of block %d, outside %d to %d", number, from, to)
	case len(l.Topics) == 0 || !strings.EqualFold(l.Topics[0], f.topic):
		return "has another topic"
	case !containsFold(f.tokens, l.Address):
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
// where there is one and in other pieces: an empty answer is the dangerous one.
func (r *reader) askAgain(ctx context.Context, f filter, first, last uint64) error {
	if len(r.nodes) == 0 {
		return nil
	}
	n := r.nodes[len(r.nodes)-1]
	middle := first + (last-first)/2
	for _, half := range [][2]uint64{{first, middle}, {middle + 1, last}} {
		for from := half[0]; from <= half[1]; {
			to := min(half[1], from+max(1, min(n.span, maxSpan))-1)
			if n.limit > 0 {
				to = min(to, from+n.limit-1)
			}
			logs, err := r.getLogs(ctx, n, f, from, to)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil && to > from:
				n.span = max(1, (to-from+1)/2)
				continue
			case err != nil:
				r.gaps = append(r.gaps, blockGap{from, to, "asked again after an empty answer: " + shortly(err)})
			case len(logs) > 0:
				r.keep(logs)
				r.gaps = append(r.gaps, blockGap{from, to, fmt.Sprintf("endpoints disagree: %s found logs where the first answer was empty", n.Name)})
			}
			from = to + 1
		}
	}
	return nil
}

// receipt is what is used of a transaction receipt.
type receipt struct {
	Status quantity `json:"status"`
	Logs   []log    `json:"logs"`
}

// fromReceipts reads a block's logs from its receipts and filters them here.
func (r *reader) fromReceipts(ctx context.Context, n *node, f filter, number uint64) ([]log, error) {
	var receipts []receipt
	found, err := r.call(ctx, n, &receipts, "eth_getBlockReceipts", hexNumber(number))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("the block's receipts are not there")
	}
	var out []log
	for _, rc := range receipts {
		for _, l := range rc.Logs {
			if misfit(&l, f, number, number) == "" {
				out = append(out, l)
			}
		}
	}
	return out, nil
}
