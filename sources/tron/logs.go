package tron

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
)

// filter is one shape of question.
type filter struct {
	tokens     []string // as JSON-RPC writes addresses, sorted
	recipients []string // as topics, sorted; empty = whoever
}

func (f filter) args(from, to uint64) map[string]any {
	topics := []any{"0x" + transferTopic}
	if len(f.recipients) > 0 {
		topics = append(topics, nil, f.recipients)
	}
	return map[string]any{"address": f.tokens, "topics": topics, "fromBlock": hexNumber(from), "toBlock": hexNumber(to)}
}

// misfit says why a log is no answer to the question, "" when it is one.
func (f filter) misfit(l *log, from, to uint64) string {
	if reason := l.misfit(); reason != "" {
		return reason
	}
	switch number := uint64(l.BlockNumber); {
	case number < from || number > to:
		return fmt.Sprintf("is of block %d, outside %d to %d", number, from, to)
	case len(l.Topics) == 0 || !strings.EqualFold(l.Topics[0], "0x"+transferTopic):
		return "has another topic"
	case !contains(f.tokens, l.Address):
		return "is of another contract"
	case len(f.recipients) > 0 && (len(l.Topics) < 3 || !contains(f.recipients, l.Topics[2])):
		return "has another recipient"
	}
	return ""
}

func contains(sorted []string, text string) bool {
	_, ok := slices.BinarySearch(sorted, strings.ToLower(text))
	return ok
}

func forms(addresses []string, form func(string) string) []string {
	list := make([]string, len(addresses))
	for i, a := range addresses {
		list[i] = form(a)
	}
	slices.Sort(list)
	return list
}

// blockRange is [from, to].
type blockRange struct{ from, to uint64 }

// read reads the blocks of a time. What it cannot read is a hole, and once too much
// in a row cannot be read, so is the rest.
func (n *node) read(ctx context.Context, q question) (a answer) {
	b, err := n.blocksOf(ctx, q.span)
	if err != nil {
		return answer{holes: []hole{{span: q.span, reason: n.shortly(err)}}}
	}
	if b.to < b.from {
		return answer{}
	}
	var logs []log
	failures := 0
	tokens := forms(q.tokens, evmForm)
	recipients := forms(q.addresses, topicForm)
	for from := b.from; from <= b.to; {
		found, next, err := n.piece(ctx, filter{tokens, recipients}, from, b.to, q.again)
		if err == nil && q.probe {
			err = n.indexed(ctx, tokens, blockRange{from, next - 1}, len(found))
		}
		if err == nil {
			logs, failures = append(logs, found...), 0
		} else {
			if failures++; failures == maxFailures || ctx.Err() != nil {
				next = b.to + 1
			}
			a.holes = append(a.holes, n.hole(ctx, q.span, blockRange{from, next - 1}, err))
		}
		from = next
	}
	a.moves, a.holes = n.decode(ctx, q, logs, a.holes)
	return a
}

// blocksOf are the blocks of a time, no later than the newest or, of what is final,
// than that.
func (n *node) blocksOf(ctx context.Context, span reconcile.Interval) (b blockRange, err error) {
	if b.from, err = n.blockAt(ctx, span.From); err != nil {
		return b, err
	}
	after, err := n.blockAt(ctx, span.To)
	b.to = after - 1
	return b, err
}

// hole is a range of blocks as a time, from the first one's to the last one's. Where
// that cannot be told it is all that was asked for.
func (n *node) hole(ctx context.Context, whole reconcile.Interval, b blockRange, reason error) hole {
	h := hole{span: whole, blocks: [2]uint64{b.from, b.to}, reason: n.shortly(reason)}
	first, err := n.header(ctx, b.from)
	if err != nil {
		return h
	}
	last, err := n.header(ctx, b.to)
	if err != nil {
		return h
	}
	h.span = reconcile.Interval{From: first.time(), To: min(whole.To, last.time()+1)}
	return h
}

// piece reads as much of [from, to] as the node gives at once, and returns the block
// to go on with.
func (n *node) piece(ctx context.Context, f filter, from, to uint64, again bool) (logs []log, next uint64, err error) {
	for {
		span := n.span
		if again { // other pieces than the first time
			span = max(1, span*2/3)
		}
		end := min(to, from+span-1)
		logs, err = n.inParts(ctx, f, from, end)
		if err == nil {
			n.span = min(maxSpan, 2*n.span)
			return logs, end + 1, nil
		}
		switch c := classify(err, end > from); {
		case ctx.Err() != nil:
			return nil, end + 1, err
		case c == filterBig && n.batch > 1:
			n.batch /= 2
		case c == tooBig && end > from:
			n.span = max(1, (end-from+1)/2)
		default:
			return nil, end + 1, err
		}
	}
}

// inParts asks for a filter in as many questions as it takes.
func (n *node) inParts(ctx context.Context, f filter, from, to uint64) (all []log, err error) {
	if len(f.recipients) == 0 {
		return n.getLogs(ctx, f, from, to)
	}
	for part := range slices.Chunk(f.recipients, n.batch) {
		logs, err := n.getLogs(ctx, filter{f.tokens, part}, from, to)
		if err != nil {
			return nil, err
		}
		all = append(all, logs...)
	}
	return all, nil
}

// getLogs asks for logs and refuses an answer that does not fit. Beyond its head the
// node answers with what it has, without a word, so it must have the last block too.
func (n *node) getLogs(ctx context.Context, f filter, from, to uint64) (logs []log, err error) {
	err = n.patiently(ctx, to > from, func() error {
		logs = nil
		found, err := n.client.Call(ctx, &logs, "eth_getLogs", f.args(from, to))
		switch {
		case err != nil:
			return err
		case !found:
			return fmt.Errorf("%w: null where a list of logs is expected", errUnfit)
		}
		for i := range logs {
			if reason := f.misfit(&logs[i], from, to); reason != "" {
				return fmt.Errorf("%w: a log %s", errUnfit, reason)
			}
		}
		return nil
	})
	if err == nil && n.options.Verify != "none" {
		_, err = n.freshHeader(ctx, to)
	}
	return logs, err
}

// decode turns logs into movements with the times of their blocks. A log whose block
// the node shows with another hash is of another fork: its block is a hole.
func (n *node) decode(ctx context.Context, q question, logs []log, holes []hole) ([]movement, []hole) {
	var numbers []uint64
	for i := range logs {
		numbers = append(numbers, uint64(logs[i].BlockNumber))
	}
	slices.Sort(numbers)
	n.fetchHeaders(ctx, slices.Compact(numbers))
	seen := map[string]bool{}
	var moves []movement
	for i := range logs {
		l := &logs[i]
		m, err := l.movement()
		place := fmt.Sprint(m.hash, m.index)
		if err != nil || seen[place] {
			continue
		}
		seen[place] = true
		h, err := n.header(ctx, m.block)
		if err == nil && !strings.EqualFold(h.Hash, m.hash) {
			err = fmt.Errorf("a log is of another block %d than the node shows: the answer mixes forks", m.block)
		}
		if err != nil {
			holes = append(holes, n.hole(ctx, q.span, blockRange{m.block, m.block}, err))
			continue
		}
		m.time = h.time()
		moves = append(moves, m)
	}
	return moves, holes
}
