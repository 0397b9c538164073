package evm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/internal/jsonrpc"
	"tieout/sources/internal/transport"
)

// Endpoint is a node. Name stands for it in everything that is written; its URL
// may hold a key and appears nowhere.
type Endpoint struct {
	Name string
	URL  string
}

// Options configure one chain.
type Options struct {
	Name          string
	Chain         string // CAIP-2: eip155:1
	Endpoints     []Endpoint
	Addresses     []string                   // receiving addresses; empty = the query's
	Assets        []reconcile.CatalogueAsset // tokens to read
	Confirmations int                        // 0 = the node's finalized block
	Verify        string                     // none or basic
	Rate          float64                    // requests a second, 0 = the default
	Progress      func(done, total uint64)   // blocks; may be nil
	Wait          func(context.Context, time.Duration) error
}

// Transfers returns a source that reads Transfer logs of the tokens into the
// addresses. Read returns an error when no endpoint can be used at all: wrong
// chain, no access, no answer.
func Transfers(o Options) sources.Source {
	if o.Wait == nil {
		o.Wait = transport.Sleep
	}
	return &source{o}
}

type source struct{ options Options }

func (s *source) Info() reconcile.SourceInfo {
	return reconcile.SourceInfo{Name: s.options.Name, Kind: reconcile.SourceTransfers}
}

// node is an endpoint that answers for the right chain.
type node struct {
	Endpoint
	client *jsonrpc.Client
	span   uint64 // blocks to ask for next
	limit  uint64 // blocks that it allows at most, 0 = not known
	head   header
	final  header
}

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	nodes, err := s.connect(ctx)
	for _, n := range nodes {
		defer n.client.Close()
	}
	if err != nil {
		return err
	}
	r := &reader{source: s, query: q, into: into, nodes: nodes, headers: map[uint64]header{}, seen: map[logKey]bool{}}
	return r.read(ctx)
}

// connect dials every endpoint and keeps those on the right chain. Those that are
// not are said, and when none is left that is the error.
func (s *source) connect(ctx context.Context) ([]*node, error) {
	want := strings.TrimPrefix(s.options.Chain, "eip155:")
	var nodes []*node
	var failed []error
	for _, e := range s.options.Endpoints {
		n, err := s.dial(ctx, e, want)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%s: no endpoint can be used: %w", s.options.Name, errors.Join(failed...))
	}
	return nodes, nil
}

func (s *source) dial(ctx context.Context, e Endpoint, want string) (*node, error) {
	client, err := jsonrpc.Dial(ctx, e.URL, transport.New(transport.Options{Rate: s.options.Rate}))
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", e.Name, err)
	}
	n := &node{Endpoint: e, client: client, span: startSpan}
	var id quantity
	if _, err := s.call(ctx, n, &id, "eth_chainId"); err != nil {
		client.Close()
		return nil, fmt.Errorf("endpoint %s: %w", e.Name, err)
	}
	if got := strconv.FormatUint(uint64(id), 10); got != want {
		client.Close()
		return nil, fmt.Errorf("endpoint %s is on chain %s, the source says %s", e.Name, got, s.options.Chain)
	}
	return n, nil
}

// Bounds of patience with one endpoint.
const (
	maxTries  = 8
	firstWait = 500 * time.Millisecond
	longWait  = 30 * time.Second
)

// call calls a method until it answers, waiting as the node asks. It gives up on
// errors that waiting cannot cure.
func (s *source) call(ctx context.Context, n *node, out any, method string, args ...any) (found bool, err error) {
	wait := firstWait
	for try := 1; ; try++ {
		found, err = n.client.Call(ctx, out, method, args...)
		if err == nil || ctx.Err() != nil || try == maxTries || !patient(classify(err, 0, 0).class, try) {
			return found, err
		}
		if err := s.options.Wait(ctx, max(wait, retryAfter(err))); err != nil {
			return false, err
		}
		wait = min(2*wait, longWait)
	}
}

// patient reports whether another try may help.
func patient(c class, try int) bool {
	switch c {
	case limited:
		return true
	case behind:
		return try < 3
	case retry:
		return try < 5
	}
	return false
}

func retryAfter(err error) time.Duration {
	var e *jsonrpc.Error
	if errors.As(err, &e) {
		return min(e.RetryAfter, 2*time.Minute)
	}
	return 0
}

// reader is one reading of a chain.
type reader struct {
	*source
	query   sources.Query
	into    sources.Sink
	nodes   []*node // those still usable, the preferred first
	headers map[uint64]header
	logs    []log
	seen    map[logKey]bool
	gaps    []blockGap
	head    header // of the endpoint in use, never above an earlier one's
	final   header // likewise: nothing above it is final
	notes   map[string]int
}

// blockGap is a range of blocks that could not be read.
type blockGap struct {
	from, to uint64
	reason   string
}

func (r *reader) read(ctx context.Context) error {
	r.notes = map[string]int{}
	addresses := r.addresses()
	if len(addresses) == 0 {
		r.into.Note("no receiving address is known for " + r.options.Chain + ": nothing was asked for")
		r.into.Proof("none")
		return nil
	}
	if err := r.bounds(ctx); err != nil {
		return err
	}
	first, last, err := r.window(ctx)
	if err != nil {
		return err
	}
	if first <= last {
		for _, f := range r.filters(addresses) {
			if err := r.unit(ctx, f, first, last); err != nil {
				return err
			}
		}
	}
	r.checkBlocks(ctx)
	r.deposits(ctx, addresses, first, last)
	r.claims(ctx)
	r.handOver()
	r.cover(ctx)
	return ctx.Err()
}

func (r *reader) addresses() []string {
	list := r.options.Addresses
	if len(list) == 0 {
		for _, w := range r.query.Watch {
			if w.Chain == r.options.Chain {
				list = w.Addresses
			}
		}
	}
	var out []string
	for _, a := range list {
		if len(a) == 42 && strings.HasPrefix(a, "0x") {
			out = append(out, strings.ToLower(a))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bounds asks the preferred endpoint for its head and its finalized block; one
// that cannot tell is left for the next.
func (r *reader) bounds(ctx context.Context) error {
	var failed []error
	for len(r.nodes) > 0 {
		n := r.nodes[0]
		err := r.ask(ctx, n)
		if err == nil {
			r.clamp(n)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
		r.nodes = r.nodes[1:]
	}
	return fmt.Errorf("%s: no endpoint tells its head and finalized block: %w", r.options.Name, errors.Join(failed...))
}

// clamp takes over an endpoint's head and finalized block; after a change of
// endpoint they can only go back.
func (r *reader) clamp(n *node) {
	if r.head.Hash == "" || n.head.Number < r.head.Number {
		r.head = n.head
	}
	if r.final.Hash == "" || n.final.Number < r.final.Number {
		r.final = n.final
	}
}

func (r *reader) ask(ctx context.Context, n *node) error {
	if found, err := r.call(ctx, n, &n.head, "eth_getBlockByNumber", "latest", false); err != nil || !found {
		return cmp.Or(err, errors.New("it has no latest block"))
	}
	if r.options.Confirmations == 0 {
		found, err := r.call(ctx, n, &n.final, "eth_getBlockByNumber", "finalized", false)
		if err != nil || !found {
			return cmp.Or(err, errors.New("it has no finalized block; declare policy.chains finality as a number of confirmations"))
		}
		return nil
	}
	number := uint64(n.head.Number)
	number -= min(number, uint64(r.options.Confirmations))
	h, err := r.header(ctx, number)
	n.final = h
	return err
}

// header returns a block's header from the preferred endpoint.
func (r *reader) header(ctx context.Context, number uint64) (header, error) {
	if h, ok := r.headers[number]; ok {
		return h, nil
	}
	var h header
	found, err := r.call(ctx, r.nodes[0], &h, "eth_getBlockByNumber", hexNumber(number), false)
	if err != nil {
		return h, err
	}
	if !found || uint64(h.Number) != number {
		return h, fmt.Errorf("block %d is not there", number)
	}
	r.headers[number] = h
	return h, nil
}

// window finds the blocks of the query's reach by their times.
func (r *reader) window(ctx context.Context) (first, last uint64, err error) {
	first, err = r.blockAt(ctx, r.query.Reach.From)
	if err != nil {
		return 0, 0, err
	}
	after, err := r.blockAt(ctx, r.query.Reach.To)
	if err != nil {
		return 0, 0, err
	}
	if after == 0 {
		return 1, 0, nil
	}
	return first, after - 1, nil
}

// blockAt returns the first block at or after a time, or the one after the head.
// Blocks may share a timestamp.
func (r *reader) blockAt(ctx context.Context, at reconcile.Instant) (uint64, error) {
	low, high := uint64(0), uint64(r.head.Number)+1
	for low < high {
		middle := low + (high-low)/2
		h, err := r.header(ctx, middle)
		if err != nil {
			return 0, fmt.Errorf("%s: finding the block of %s: %w", r.options.Name, at, err)
		}
		if h.time() < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// cover says what was read: up to the finalized block, less the gaps.
func (r *reader) cover(ctx context.Context) {
	span := r.query.Reach
	if t := r.final.time(); t < span.To {
		span.To = max(span.From, t)
		if t < r.query.Window.To {
			r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: reconcile.Interval{From: t, To: r.query.Window.To},
				Reason: fmt.Sprintf("the finalized block %d had not reached the end of the window", uint64(r.final.Number))})
		}
	}
	for _, asset := range r.options.Assets {
		r.into.Cover(reconcile.Coverage{Chain: r.options.Chain, Asset: asset.Asset.ID, Span: span})
	}
	for _, g := range r.gaps {
		r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: r.spanOf(ctx, g), Blocks: [2]uint64{g.from, g.to}, Reason: g.reason})
	}
	for _, text := range sortedNotes(r.notes) {
		r.into.Note(fmt.Sprintf("%d %s", r.notes[text], text))
	}
	r.into.Proof(r.options.Verify)
}

func sortedNotes(notes map[string]int) []string {
	keys := make([]string, 0, len(notes))
	for k := range notes {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// spanOf is the time of a range of blocks; where it cannot be told, all of it.
func (r *reader) spanOf(ctx context.Context, g blockGap) reconcile.Interval {
	from, errFrom := r.header(ctx, g.from)
	to, errTo := r.header(ctx, g.to)
	if errFrom != nil || errTo != nil {
		return reconcile.Interval{From: r.query.Reach.From, To: r.query.Reach.To}
	}
	return reconcile.Interval{From: from.time(), To: to.time() + 1}
}
