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
	Assets        []reconcile.CatalogueAsset // tokens to read, and the native coin where every block is to be read for it
	Internal      bool                       // read also what calls inside transactions pay in the native coin, by trace
	Confirmations int                        // 0 = the node's finalized block
	Verify        string                     // none, basic, quorum, balance or proof; "" = basic
	Rate          float64                    // requests a second, 0 = the default

	wait func(context.Context, time.Duration) error // nil = transport.Sleep
}

// check refuses what would be left out in silence.
func (o Options) check() error {
	if !strings.HasPrefix(o.Chain, "eip155:") || len(o.Endpoints) == 0 {
		return fmt.Errorf("%s: a chain such as eip155:1 and an endpoint are needed", o.Name)
	}
	if !slices.Contains([]string{"none", "basic", "quorum", "balance", "proof"}, o.Verify) {
		return fmt.Errorf("%s: verify: %s is no level; use none, basic, quorum, balance or proof", o.Name, o.Verify)
	}
	if o.Verify == "quorum" && !slices.ContainsFunc(o.Endpoints, func(e Endpoint) bool { return e.URL != o.Endpoints[0].URL }) {
		return fmt.Errorf("%s: verify: quorum needs a second endpoint, best of another operator", o.Name)
	}
	if o.Verify == "quorum" {
		for i, e := range o.Endpoints {
			if twin := slices.IndexFunc(o.Endpoints[:i], func(f Endpoint) bool { return f.URL == e.URL }); twin >= 0 {
				return fmt.Errorf("%s: the endpoints %s and %s have the same URL: one would confirm itself", o.Name, o.Endpoints[twin].Name, e.Name)
			}
		}
	}
	for _, a := range o.Assets {
		switch {
		case a.Chain != o.Chain:
			return fmt.Errorf("%s: the asset %s is not on %s", o.Name, a.Asset.ID, o.Chain)
		case !strings.Contains(a.Asset.ID, "/erc20:") && !strings.Contains(a.Asset.ID, "/slip44:"):
			return fmt.Errorf("%s: %s is neither a token nor a native coin", o.Name, a.Asset.ID)
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
	client     *jsonrpc.Client
	span       uint64 // blocks to ask for next
	limit      uint64 // blocks that it allows at most, 0 = not known
	recipients int    // and in one filter, likewise
	contracts  int
	head       header
	final      header
	failures   int  // one after the other
	alone      bool // it has no Multicall3
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
	r := &reader{source: s, query: q, into: into, nodes: nodes, headers: map[uint64]header{}, pinned: map[uint64]bool{}, seen: map[logKey]bool{}}
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
