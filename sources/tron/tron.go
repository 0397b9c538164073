package tron

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/internal/transport"
)

// Endpoint is a node or an API. Name stands for it in everything that is written; its
// URL may hold a key, and both appear nowhere.
type Endpoint struct {
	Name string
	URL  string // of JSON-RPC, or the root of an HTTP API: https://api.trongrid.io
	Key  string // sent as TRON-PRO-API-KEY, "" = none
	Grid bool   // it speaks TronGrid's v1 API and not JSON-RPC
}

// Options configure one network.
type Options struct {
	Name          string
	Chain         string // tron:0x2b6653dc
	Endpoints     []Endpoint
	Addresses     []string                   // receiving addresses beside the query's, base58
	Assets        []reconcile.CatalogueAsset // TRC-20 tokens to read
	Confirmations int                        // 0 = solidified; over v1 always
	Verify        string                     // none, basic or quorum; "" = basic
	Rate          float64                    // requests a second and endpoint, 0 = the default

	wait func(context.Context, time.Duration) error // nil = transport.Sleep
}

// check refuses what would be left out in silence.
func (o Options) check() error {
	if !strings.HasPrefix(o.Chain, "tron:0x") || len(o.Endpoints) == 0 {
		return fmt.Errorf("%s: a chain such as tron:0x2b6653dc and an endpoint are needed", o.Name)
	}
	if !slices.Contains([]string{"none", "basic", "quorum"}, o.Verify) {
		return fmt.Errorf("%s: verify: %s is not for TRON, whose nodes prove nothing of the past; use none, basic or quorum", o.Name, o.Verify)
	}
	for i, e := range o.Endpoints {
		if twin := slices.IndexFunc(o.Endpoints[:i], func(f Endpoint) bool { return f.URL == e.URL }); twin >= 0 {
			return fmt.Errorf("%s: the endpoints %s and %s have the same URL: one would confirm itself", o.Name, o.Endpoints[twin].Name, e.Name)
		}
	}
	if o.Verify == "quorum" && len(o.Endpoints) < 2 {
		return fmt.Errorf("%s: verify: quorum needs a second endpoint, best of another operator", o.Name)
	}
	for _, a := range o.Assets {
		switch {
		case a.Chain != o.Chain:
			return fmt.Errorf("%s: the asset %s is not on %s", o.Name, a.Asset.ID, o.Chain)
		case !strings.Contains(a.Asset.ID, "/trc20:"):
			return fmt.Errorf("%s: %s is no TRC-20 token; list the tokens alone under assets", o.Name, a.Asset.ID)
		}
	}
	if len(o.Assets) == 0 {
		return fmt.Errorf("%s: no accepted token of %s is known; add one to the asset table", o.Name, o.Chain)
	}
	return nil
}

// Transfers returns a source that reads transfers of the tokens into the addresses.
// Read returns an error when an endpoint is of another network, and when none can be
// used: no access, no answer.
func Transfers(o Options) sources.Source {
	if o.wait == nil {
		o.wait = transport.Sleep
	}
	o.Verify = cmp.Or(o.Verify, "basic")
	return &source{o, mask(o.Endpoints)}
}

type source struct {
	options Options
	mask    *strings.Replacer
}

// mask hides the keys, which some servers repeat in what they answer.
func mask(endpoints []Endpoint) *strings.Replacer {
	var pairs []string
	for _, e := range endpoints {
		if e.Key != "" {
			pairs = append(pairs, e.Key, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

func (s *source) Info() reconcile.SourceInfo {
	return reconcile.SourceInfo{Name: s.options.Name, Kind: reconcile.SourceTransfers}
}

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	if err := s.options.check(); err != nil {
		return err
	}
	witnesses, err := s.connect(ctx, into)
	for _, w := range witnesses {
		defer w.close()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	r := &reader{source: s, query: q, into: into, witnesses: witnesses, notes: map[string]int{}}
	return r.read(ctx)
}

// errOtherChain says that an endpoint is of another network: a mistake in the
// configuration that no other endpoint makes good.
var errOtherChain = errors.New("wrong chain")

// connect asks every endpoint which network it is of and what it has, and keeps those
// that answer. One that does not is noted; when none is left that is the error.
func (s *source) connect(ctx context.Context, into sources.Sink) ([]witness, error) {
	var list []witness
	var failed []string
	for _, e := range s.options.Endpoints {
		w, err := s.dial(ctx, e)
		switch {
		case err == nil:
			list = append(list, w)
		case errors.Is(err, errOtherChain):
			return list, err
		default:
			failed = append(failed, fmt.Sprintf("endpoint %s: %s", e.Name, s.shortly(err)))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no endpoint can be used: %s", strings.Join(failed, "; "))
	}
	for _, text := range failed {
		into.Note(text + ": it was not used")
	}
	return list, nil
}

// dial makes the witness that an endpoint is, once it is known to be of the chain and
// to have a solidified block.
func (s *source) dial(ctx context.Context, e Endpoint) (witness, error) {
	w, err := s.open(ctx, e)
	if err != nil {
		return nil, err
	}
	if err = w.bounds(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// open makes the witness that an endpoint is, once it is known to be of the chain.
func (s *source) open(ctx context.Context, e Endpoint) (w witness, err error) {
	if e.Grid {
		w = s.grid(e)
	} else if w, err = s.node(ctx, e); err != nil {
		return nil, err
	}
	got, err := w.chain(ctx)
	if err == nil && got != s.options.Chain {
		err = fmt.Errorf("endpoint %s is of %s, the source says %s: %w", e.Name, got, s.options.Chain, errOtherChain)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// shortly is an error as it is written: without keys, and not a page long.
func (s *source) shortly(err error) string {
	text := s.mask.Replace(err.Error())
	if len(text) > 200 {
		return strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}
