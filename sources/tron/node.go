package tron

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tieout/reconcile"
	"tieout/sources/internal/jsonrpc"
)

// node is an endpoint of java-tron's JSON-RPC.
type node struct {
	*source
	Endpoint
	client  *jsonrpc.Client
	span    uint64 // blocks to ask for next
	batch   int    // recipients in one filter
	head    header
	final   header
	headers map[uint64]header
	dense   *bool // whether every block of late had transfers of the tokens
}

// Sizes of what java-tron answers at once: to - from may be 5,000, so that as many
// blocks are safe.
const (
	maxSpan   = 5000
	maxTopics = 1000
	batchSize = 50 // questions together; it takes 100
)

func (s *source) node(ctx context.Context, e Endpoint) (witness, error) {
	client, err := jsonrpc.Dial(ctx, e.URL, s.client(e))
	if err != nil {
		return nil, err
	}
	return &node{source: s, Endpoint: e, client: client, span: maxSpan, batch: maxTopics, headers: map[uint64]header{}}, nil
}

func (n *node) name() string             { return n.Name }
func (n *node) close()                   { n.client.Close() }
func (n *node) placed() bool             { return true }
func (n *node) serves(int) string        { return "" }
func (n *node) solid() reconcile.Instant { return n.final.time() }

// call calls a method until it answers.
func (n *node) call(ctx context.Context, ranged bool, out any, method string, args ...any) (found bool, err error) {
	err = n.patiently(ctx, ranged, func() error {
		found, err = n.client.Call(ctx, out, method, args...)
		return err
	})
	return found, err
}

func (n *node) chain(ctx context.Context) (string, error) {
	var id quantity
	found, err := n.call(ctx, false, &id, "eth_chainId")
	if err != nil {
		return "", err
	}
	if !found {
		return "", errors.New("it does not say of which network it is")
	}
	return "tron:" + hexNumber(uint64(id)), nil
}

// header is what is used of a block.
type header struct {
	Number    quantity `json:"number"`
	Hash      string   `json:"hash"`
	Timestamp quantity `json:"timestamp"`
}

// misfit says why this is no header of a block, "" when it is.
func (h header) misfit(number uint64) string {
	switch {
	case uint64(h.Number) != number:
		return fmt.Sprintf("block %d where %d was asked for", h.Number, number)
	case !numbered(h.Hash, number):
		return fmt.Sprintf("block %d has a hash that is not its own", number)
	case h.time() == 0:
		return fmt.Sprintf("block %d has no time in seconds", number)
	}
	return ""
}

func (h header) time() reconcile.Instant { return h.Timestamp.instant() }

// bounds asks for the newest block and the newest solidified one.
func (n *node) bounds(ctx context.Context) error {
	var err error
	if n.head, err = n.tagged(ctx, "latest"); err != nil {
		return err
	}
	if confirmations := uint64(n.options.Confirmations); confirmations > 0 {
		number := uint64(n.head.Number)
		n.final, err = n.header(ctx, number-min(number, confirmations))
		return err
	}
	n.final, err = n.tagged(ctx, "finalized")
	if err != nil {
		return fmt.Errorf("%w; declare policy.chains finality as a number of confirmations where it has no such block", err)
	}
	if n.final.Number > n.head.Number {
		n.head = n.final // another node of a balancer
	}
	return nil
}

func (n *node) tagged(ctx context.Context, tag string) (h header, err error) {
	found, err := n.call(ctx, false, &h, "eth_getBlockByNumber", tag, false)
	switch {
	case err != nil:
		return header{}, err
	case !found:
		return header{}, fmt.Errorf("it has no %s block", tag)
	}
	if reason := h.misfit(uint64(h.Number)); reason != "" {
		return header{}, errors.New(reason)
	}
	return h, nil
}

// header returns a block's header.
func (n *node) header(ctx context.Context, number uint64) (header, error) {
	if h, ok := n.headers[number]; ok {
		return h, nil
	}
	return n.freshHeader(ctx, number)
}

// freshHeader asks for a block even if it is known: that the node has it now is what
// an answer up to that block stands on.
func (n *node) freshHeader(ctx context.Context, number uint64) (h header, err error) {
	err = n.patiently(ctx, false, func() error {
		h = header{}
		found, err := n.client.Call(ctx, &h, "eth_getBlockByNumber", hexNumber(number), false)
		switch {
		case err != nil:
			return err
		case !found:
			return fmt.Errorf("%w: block %d is not there", errUnfit, number)
		}
		if reason := h.misfit(number); reason != "" {
			return fmt.Errorf("%w: %s", errUnfit, reason)
		}
		return nil
	})
	if err == nil {
		n.headers[number] = h
	}
	return h, err
}

// fetchHeaders fills n.headers in batches; what a batch leaves out is asked for alone
// when it is needed.
func (n *node) fetchHeaders(ctx context.Context, numbers []uint64) {
	var wanted []uint64
	for _, number := range numbers {
		if _, ok := n.headers[number]; !ok {
			wanted = append(wanted, number)
		}
	}
	for len(wanted) > 0 {
		batch := wanted[:min(len(wanted), batchSize)]
		wanted = wanted[len(batch):]
		found := make([]header, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, number := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), false}, Out: &found[i]}
		}
		if n.client.Batch(ctx, requests) != nil {
			return
		}
		for i, number := range batch {
			if requests[i].Found && found[i].misfit(number) == "" {
				n.headers[number] = found[i]
			}
		}
	}
}

// blockAt returns the first block at or after a time, or the one after the head.
func (n *node) blockAt(ctx context.Context, at reconcile.Instant) (uint64, error) {
	low, high := uint64(1), uint64(n.head.Number)+1
	for low < high {
		middle := low + (high-low)/2
		h, err := n.header(ctx, middle)
		if err != nil {
			return 0, fmt.Errorf("finding the block of %s: %w", at, err)
		}
		if h.time() < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// log is a log as JSON-RPC sends it.
type log struct {
	Address     string    `json:"address"`
	Topics      []string  `json:"topics"`
	Data        string    `json:"data"`
	BlockNumber quantity  `json:"blockNumber"`
	BlockHash   string    `json:"blockHash"`
	TxHash      string    `json:"transactionHash"`
	Index       *quantity `json:"logIndex"`
	Removed     bool      `json:"removed"`
}

// misfit says why a log cannot be used, "" when it can: it must say where it stands,
// and its block's hash must be of that block. A removed one is of no answer about the
// chain as it is.
func (l *log) misfit() string {
	if _, ok := canonicalTXID(l.TxHash); !ok || l.Index == nil {
		return "lacks its transaction or index"
	}
	if l.Removed {
		return "is marked as removed"
	}
	if !numbered(l.BlockHash, uint64(l.BlockNumber)) {
		return "has a block hash that is not of its block"
	}
	return ""
}

// movement decodes a log that fits; its time comes from its block.
func (l *log) movement() (movement, error) {
	m, err := transferOf(l.Address, l.Topics, l.Data)
	m.txid, _ = canonicalTXID(l.TxHash)
	m.block, m.hash, m.index = uint64(l.BlockNumber), strings.ToLower(l.BlockHash), int64(*l.Index)
	return m, err
}
