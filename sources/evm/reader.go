package evm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
)

// reader is one reading of a chain.
type reader struct {
	*source
	query   sources.Query
	into    sources.Sink
	nodes   []*node // those still usable, the preferred first
	headers map[uint64]header
	logs    []log
	spent   []log // transfers from the addresses, where they are read
	moves   []coinMove
	seen    map[logKey]bool
	gaps    []blockGap
	head    header // of the endpoint in use, never above an earlier one's
	final   header // likewise: nothing above it is final
	notes   map[string]int

	confirmed int    // logs that a second endpoint gave as well
	unwatched bool   // no receiving address is known: only claims can be looked up
	unbounded string // why the blocks of the window cannot be told, "" when they can

	pinned map[uint64]bool // blocks whose header is proven
	proof  string          // the level that was reached, where it is not the one asked for
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
	r.unwatched = len(addresses) == 0
	if r.options.Verify == "quorum" {
		r.agree(ctx, first, last)
	}
	if !r.unwatched && first <= last {
		for _, f := range filters(r.questions(addresses)) {
			if err := r.unit(ctx, f, first, last); err != nil {
				return err
			}
		}
	}
	if err := r.verify(ctx, addresses, first, last); err != nil {
		return err
	}
	if !r.unwatched {
		if err := r.coins(ctx, addresses, first, last); err != nil {
			return err
		}
	}
	r.checkBlocks(ctx)
	r.deposits(ctx)
	r.claims(ctx)
	r.handOver()
	r.handCoins()
	r.cover(ctx)
	return ctx.Err()
}

// verify holds what was read against what does not come from an index of logs.
func (r *reader) verify(ctx context.Context, addresses []string, first, last uint64) error {
	switch {
	case r.unwatched:
		return nil
	case r.options.Verify == "proof":
		return r.prove(ctx, addresses, first, last)
	case r.options.Verify == "balance":
		return r.tie(ctx, addresses, first, last)
	}
	return nil
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

// cover says what was read: up to the finalized block, less the gaps. Without an
// address to look at nothing was.
func (r *reader) cover(ctx context.Context) {
	for _, text := range sortedNotes(r.notes) {
		r.into.Note(fmt.Sprintf("%d %s", r.notes[text], text))
	}
	if r.options.Verify == "quorum" {
		r.into.Note(fmt.Sprintf("%d logs of final blocks: two endpoints gave the same", r.confirmed))
	}
	r.into.Proof(cmp.Or(r.proof, r.options.Verify))
	span := r.query.Reach
	if r.unwatched {
		r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: span,
			Reason: "no receiving address is known: neither addresses: nor a pay-to of the books names one, so only claimed transactions were looked up"})
		return
	}
	if r.unbounded != "" {
		r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: span, Reason: r.unbounded})
		return
	}
	if t := r.final.time(); t < span.To {
		span.To = max(span.From, t)
		if t < r.query.Window.To {
			r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: reconcile.Interval{From: t, To: r.query.Window.To},
				Reason: fmt.Sprintf("the finalized block %d had not reached the end of the window", uint64(r.final.Number))})
		}
	}
	for _, asset := range r.options.Assets {
		if asset.Asset.ID != r.coin() {
			r.into.Cover(reconcile.Coverage{Chain: r.options.Chain, Asset: asset.Asset.ID, Span: span})
		}
	}
	r.coverCoin(span)
	for _, g := range r.gaps {
		r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: r.spanOf(ctx, g), Blocks: [2]uint64{g.from, g.to}, Reason: g.reason})
	}
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
