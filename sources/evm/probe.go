package evm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tieout/sources/internal/jsonrpc"
)

// Capability is what an endpoint can do, for doctor.
type Capability struct {
	Endpoint, What string
	OK             bool   // it can, or what is configured does not need it
	Cell           string // what was found, for a table: yes, no, 10000
	Detail         string // what was found, or what failed and what to do
}

// Probe asks every endpoint what a run needs of it, or could use. It changes nothing.
func Probe(ctx context.Context, o Options) []Capability {
	s := Transfers(o).(*source)
	var list []Capability
	for _, e := range o.Endpoints {
		list = append(list, s.probe(ctx, e)...)
	}
	return list
}

// probe is one endpoint that is looked at.
type probe struct {
	*reader
	n     *node
	final uint64
}

// question is one line of what doctor asks of an endpoint.
type question struct {
	what    string
	ask     func(*probe, context.Context) (cell, detail string, err error)
	needs   func(Options) bool // what is configured cannot do without it
	without string             // what it means where it is lacking
}

func always(Options) bool { return true }

func at(levels ...string) func(Options) bool {
	return func(o Options) bool { return slices.Contains(levels, o.Verify) }
}

// questions that doctor asks, in the order of its table. The first is asked alone:
// without it the others cannot be.
var questions = []question{
	{"head and finalized block", (*probe).heads, always, "give the chain a number of confirmations as its finality"},
	{"eth_getLogs of one block", (*probe).oneBlock, always, "transfers cannot be read here; use another endpoint"},
	{"blocks in one eth_getLogs", (*probe).span, func(Options) bool { return false }, "ranges are split until they pass"},
	{"batches", (*probe).batches, always, "headers are read one by one, which is slow"},
	{"eth_getBlockReceipts", (*probe).receipts, always, "blocks too full for eth_getLogs become gaps"},
	{"hashes", (*probe).hashes, at("proof"), "verify: proof proves nothing here"},
	{"past state", (*probe).past, at("balance"), "verify: balance proves nothing here; use an archive node"},
	{"Multicall3", (*probe).multicall, func(Options) bool { return false }, "balances are read one by one"},
	{"traces", (*probe).traces, func(o Options) bool { return o.Internal }, "internal: trace needs debug_traceBlockByNumber"},
}

func (s *source) probe(ctx context.Context, e Endpoint) []Capability {
	n, err := s.dial(ctx, e)
	list := []Capability{result(e.Name, "chain id", err, s.options.Chain, s.options.Chain, "check the URL, its key and chain:")}
	if err != nil {
		return list
	}
	defer n.client.Close()
	p := &probe{reader: &reader{source: s, nodes: []*node{n}, headers: map[uint64]header{}, pinned: map[uint64]bool{}}, n: n}
	for i, q := range questions {
		cell, detail, err := q.ask(p, ctx)
		c := result(e.Name, q.what, err, cell, detail, q.without)
		if !c.OK && !q.needs(s.options) {
			c.OK, c.Detail = true, "not here, and not needed: "+c.Detail
		}
		list = append(list, c)
		if err != nil && i == 0 {
			break
		}
	}
	return list
}

// result is a line of what was found, or of what failed and what that means.
func result(endpoint, what string, err error, cell, detail, remedy string) Capability {
	if err != nil {
		return Capability{endpoint, what, false, "no", shortly(err) + "; " + remedy}
	}
	return Capability{endpoint, what, true, cell, detail}
}

func (p *probe) heads(ctx context.Context) (cell, detail string, err error) {
	err = p.ask(ctx, p.n)
	p.final = uint64(p.n.final.Number)
	lag := time.Duration(p.n.head.time() - p.n.final.time())
	return lag.String() + " behind", fmt.Sprintf("head %d, final %d, %s behind", uint64(p.n.head.Number), p.final, lag), err
}

// anyTransfer asks for transfers of the tokens, or of what can be none.
func (p *probe) anyTransfer() filter {
	tokens := p.tokens()
	if len(tokens) == 0 {
		tokens = []string{polygonCoin}
	}
	return filter{contracts: tokens[:min(len(tokens), maxTokens)], topic: transferTopic.Hex()}
}

func (p *probe) oneBlock(ctx context.Context) (cell, detail string, err error) {
	_, err = p.getLogs(ctx, p.n, p.anyTransfer(), p.final, p.final)
	return "yes", "answered", err
}

// span finds how many blocks may be asked for at once, for an address that nobody has
// paid, so that the number of logs is no matter.
func (p *probe) span(ctx context.Context) (cell, detail string, err error) {
	f := p.anyTransfer()
	f.recipients = []string{"0x000000000000000000000000000000000000dead"}
	for _, blocks := range []uint64{maxSpan, 5000, 2000, 1000, 500, 100, 10} {
		if blocks > p.final+1 {
			continue
		}
		var logs logList
		_, err = p.n.client.Call(ctx, &logs, "eth_getLogs", f.args(p.final-blocks+1, p.final))
		if err == nil {
			return strconv.FormatUint(blocks, 10), fmt.Sprintf("%d are answered", blocks), nil
		}
		if v := classify(err, p.final-blocks+1, p.final); v.class == width {
			return strconv.FormatUint(v.width, 10), fmt.Sprintf("%d, as it says", v.width), nil
		}
	}
	return "all", "the chain is short", err
}

func (p *probe) batches(ctx context.Context) (cell, detail string, err error) {
	var again header
	requests := []jsonrpc.Request{{Method: "eth_getBlockByNumber", Args: []any{hexNumber(p.final), false}, Out: &again}}
	err = cmp.Or(p.n.client.Batch(ctx, requests), requests[0].Err)
	return "yes", "answered", err
}

func (p *probe) receipts(ctx context.Context) (cell, detail string, err error) {
	var receipts []receipt
	found, err := p.call(ctx, p.n, &receipts, "eth_getBlockReceipts", hexNumber(p.final))
	if err == nil && !found {
		err = errors.New("it does not have the receipts of its final block")
	}
	return "yes", fmt.Sprintf("%d receipts", len(receipts)), err
}

// hashes tries whether the final block and its receipts hash as they do here.
func (p *probe) hashes(ctx context.Context) (cell, detail string, err error) {
	s, err := p.sealedOf(ctx, p.n, p.final, [32]byte{})
	if err == nil {
		_, _, err = p.receiptsBy(ctx, p.n, s, func([]receipt) bool { return true })
	}
	return "yes", "the final block, its receipts and transactions hash as they should", err
}

// past finds how far back balances can be read.
func (p *probe) past(ctx context.Context) (cell, detail string, err error) {
	for _, back := range []uint64{p.final, 100_000, 10_000, 1000, 100} {
		var balance string
		if back > p.final {
			continue
		}
		_, failed := p.n.client.Call(ctx, &balance, "eth_getBalance", "0x000000000000000000000000000000000000dead", hexNumber(p.final-back))
		if failed == nil && back == p.final {
			return "all", "an archive: all of the chain", nil
		}
		if failed == nil {
			return fmt.Sprintf("%d blocks", back), fmt.Sprintf("%d blocks back at least", back), nil
		}
		err = failed
	}
	return "", "", err
}

func (p *probe) multicall(ctx context.Context) (cell, detail string, err error) {
	var code string
	found, err := p.call(ctx, p.n, &code, "eth_getCode", multicall, hexNumber(p.final))
	if err == nil && (!found || len(code) <= len("0x")) {
		err = errors.New("there is none on this chain")
	}
	return "yes", "it is there", err
}

func (p *probe) traces(ctx context.Context) (cell, detail string, err error) {
	var traces []json.RawMessage
	found, err := p.call(ctx, p.n, &traces, "debug_traceBlockByNumber", hexNumber(p.final), map[string]string{"tracer": "callTracer"})
	if err == nil && !found {
		err = errors.New("it has no trace of its final block")
	}
	return "yes", fmt.Sprintf("%d transactions", len(traces)), err
}
