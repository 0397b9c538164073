package evm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	Addresses     []string                   // receiving addresses beside the query's
	Assets        []reconcile.CatalogueAsset // tokens to read; the native coin is refused
	Confirmations int                        // 0 = the node's finalized block
	Verify        string                     // none or basic; "" = basic
	Rate          float64                    // requests a second, 0 = the default
	Progress      func(done, total uint64)   // blocks; may be nil

	wait func(context.Context, time.Duration) error // nil = transport.Sleep
}

// check refuses what would be left out in silence.
func (o Options) check() error {
	if !strings.HasPrefix(o.Chain, "eip155:") || len(o.Endpoints) == 0 {
		return fmt.Errorf("%s: a chain such as eip155:1 and an endpoint are needed", o.Name)
	}
	if o.Verify != "none" && o.Verify != "basic" {
		return fmt.Errorf("%s: verify: %s is not built yet; use none or basic", o.Name, o.Verify)
	}
	for _, a := range o.Assets {
		switch {
		case a.Chain != o.Chain:
			return fmt.Errorf("%s: the asset %s is not on %s", o.Name, a.Asset.ID, o.Chain)
		case !strings.Contains(a.Asset.ID, "/erc20:"):
			return fmt.Errorf("%s: %s is no token; transfers of the native coin are not read yet: list the tokens alone under assets:", o.Name, a.Asset.ID)
		}
	}
	if len(o.Assets) == 0 {
		return fmt.Errorf("%s: no accepted token of %s is known; add one to the asset table", o.Name, o.Chain)
	}
	return nil
}

// Transfers returns a source that reads Transfer logs of the tokens into the
// addresses. Read returns an error when an endpoint is on another chain, and when
// none can be used: no access, no answer.
func Transfers(o Options) sources.Source {
	if o.wait == nil {
		o.wait = transport.Sleep
	}
	o.Verify = cmp.Or(o.Verify, "basic")
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
	if err := s.options.check(); err != nil {
		return err
	}
	nodes, err := s.connect(ctx, into)
	for _, n := range nodes {
		defer n.client.Close()
	}
	if err != nil {
		return err
	}
	r := &reader{source: s, query: q, into: into, nodes: nodes, headers: map[uint64]header{}, seen: map[logKey]bool{}}
	return r.read(ctx)
}

// errOtherChain says that an endpoint is of another chain: a mistake in the
// configuration that no other endpoint makes good.
var errOtherChain = errors.New("wrong chain")

// connect dials every endpoint and keeps those that answer. One that does not is
// noted; when none is left that is the error.
func (s *source) connect(ctx context.Context, into sources.Sink) ([]*node, error) {
	var nodes []*node
	var failed []error
	for _, e := range s.options.Endpoints {
		n, err := s.dial(ctx, e)
		switch {
		case err == nil:
			nodes = append(nodes, n)
		case errors.Is(err, errOtherChain):
			return nodes, fmt.Errorf("%s: %w", s.options.Name, err)
		default:
			failed = append(failed, err)
		}
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%s: no endpoint can be used: %w", s.options.Name, oneLine(failed))
	}
	for _, err := range failed {
		into.Note(shortly(err) + ": it was not used")
	}
	return nodes, nil
}

// oneLine joins reasons for a report's cell.
func oneLine(reasons []error) error {
	texts := make([]string, len(reasons))
	for i, err := range reasons {
		texts[i] = err.Error()
	}
	return errors.New(strings.Join(texts, "; "))
}

func (s *source) dial(ctx context.Context, e Endpoint) (*node, error) {
	client, err := jsonrpc.Dial(ctx, e.URL, transport.New(transport.Options{Rate: s.options.Rate}))
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", e.Name, err)
	}
	n := &node{Endpoint: e, client: client, span: startSpan}
	var id quantity
	found, err := s.call(ctx, n, &id, "eth_chainId")
	got := "eip155:" + strconv.FormatUint(uint64(id), 10)
	switch {
	case err != nil:
		err = fmt.Errorf("endpoint %s: %w", e.Name, err)
	case !found:
		err = fmt.Errorf("endpoint %s does not say on which chain it is", e.Name)
	case got != s.options.Chain:
		err = fmt.Errorf("endpoint %s is on chain %d, the source says %s: %w", e.Name, id, s.options.Chain, errOtherChain)
	default:
		return n, nil
	}
	client.Close()
	return nil, err
}

// Bounds of patience with one endpoint.
const (
	maxTries  = 8
	firstWait = 500 * time.Millisecond
	longWait  = 30 * time.Second
	blockWait = 3 * time.Second // for a node that is behind, longer each time
	maxBehind = 4               // questions to one
)

// call calls a method until it answers, waiting as the node asks. It gives up on
// errors that waiting cannot cure.
func (s *source) call(ctx context.Context, n *node, out any, method string, args ...any) (found bool, err error) {
	return s.callFor(ctx, n, blockRange{}, out, method, args...)
}

// blockRange is what a call asks about; the zero value stands for anything that is
// no range.
type blockRange struct{ from, to uint64 }

// callFor is call for a question about a range: an error that asks for fewer
// blocks is not asked again.
func (s *source) callFor(ctx context.Context, n *node, b blockRange, out any, method string, args ...any) (found bool, err error) {
	wait := firstWait
	for try := 1; ; try++ {
		found, err = n.client.Call(ctx, out, method, args...)
		if err == nil || ctx.Err() != nil {
			return found, err
		}
		c := classify(err, b.from, b.to).class
		if try == maxTries || !patient(c, try) {
			return found, err
		}
		pause := wait/2 + rand.N(wait/2) // clients that were refused together come back apart
		if c == behind {
			pause = time.Duration(try) * blockWait
		}
		if err := s.options.wait(ctx, max(pause, retryAfter(err))); err != nil {
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
		return try < maxBehind
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
	if err := r.bounds(ctx); err != nil {
		return err
	}
	first, last, err := r.window(ctx)
	if err != nil {
		return err
	}
	addresses := r.addresses()
	if len(addresses) == 0 {
		r.into.Note("no receiving address is known for " + r.options.Chain + ": only transactions that the books name were looked up")
	} else if first <= last {
		for _, f := range r.filters(addresses) {
			if err := r.unit(ctx, f, first, last); err != nil {
				return err
			}
		}
	}
	r.checkBlocks(ctx)
	r.deposits(ctx)
	r.claims(ctx)
	r.checkBlocks(ctx) // those of the claims
	r.handOver()
	r.cover(ctx)
	return ctx.Err()
}

// addresses are the configured ones and the query's: what others call watched on
// this chain must have been read before it is called covered.
func (r *reader) addresses() []string {
	list := slices.Clone(r.options.Addresses)
	for _, w := range r.query.Watch {
		if w.Chain == r.options.Chain {
			list = append(list, w.Addresses...)
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
	return fmt.Errorf("%s: no endpoint tells its head and finalized block: %w", r.options.Name, oneLine(failed))
}

// clamp takes over an endpoint's head and finalized block; after a change of
// endpoint they can only go back.
func (r *reader) clamp(n *node) {
	if !r.head.whole() || n.head.Number < r.head.Number {
		r.head = n.head
	}
	if !r.final.whole() || n.final.Number < r.final.Number {
		r.final = n.final
	}
}

func (r *reader) ask(ctx context.Context, n *node) error {
	if found, err := r.call(ctx, n, &n.head, "eth_getBlockByNumber", "latest", false); err != nil || !found || !n.head.whole() {
		return cmp.Or(err, errors.New("it has no latest block"))
	}
	if r.options.Confirmations == 0 {
		found, err := r.call(ctx, n, &n.final, "eth_getBlockByNumber", "finalized", false)
		if err != nil || !found || !n.final.whole() {
			return cmp.Or(err, errors.New("it has no finalized block; declare policy.chains finality as a number of confirmations"))
		}
		return nil
	}
	number := uint64(n.head.Number)
	number -= min(number, uint64(r.options.Confirmations))
	h, err := r.headerOf(ctx, n, number)
	n.final = h
	return err
}

// header returns a block's header, from the first endpoint that has it. The block
// is known to exist, so one that is not there yet is asked for again.
func (r *reader) header(ctx context.Context, number uint64) (header, error) {
	if h, ok := r.headers[number]; ok {
		return h, nil
	}
	for try := 1; ; try++ {
		failed, wait := []error{errors.New("no endpoint has it")}, false
		for _, n := range r.nodes {
			h, err := r.headerOf(ctx, n, number)
			if err == nil || ctx.Err() != nil {
				return h, err
			}
			failed, wait = append(failed, err), wait || errors.Is(err, errUnfit)
		}
		if !wait || try == maxBehind {
			return header{}, fmt.Errorf("block %d: %w", number, oneLine(failed))
		}
		if err := r.options.wait(ctx, time.Duration(try)*blockWait); err != nil {
			return header{}, err
		}
	}
}

// headerOf asks one endpoint for a block.
func (r *reader) headerOf(ctx context.Context, n *node, number uint64) (header, error) {
	var h header
	found, err := r.call(ctx, n, &h, "eth_getBlockByNumber", hexNumber(number), false)
	switch {
	case err != nil:
		return header{}, fmt.Errorf("endpoint %s: %w", n.Name, err)
	case !found || !h.of(number):
		return header{}, fmt.Errorf("endpoint %s: %w: block %d is not there", n.Name, errUnfit, number)
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
