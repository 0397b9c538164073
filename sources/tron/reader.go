package tron

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
)

// reader is one reading of the network.
type reader struct {
	*source
	query     sources.Query
	into      sources.Sink
	witnesses []witness // the preferred first
	solid     reconcile.Instant
	moves     []movement
	gaps      []hole
	notes     map[string]int
	confirmed int // transfers that a second reading showed as well
}

func (r *reader) read(ctx context.Context) error {
	addresses := r.addresses()
	r.witnesses = slices.DeleteFunc(slices.Clone(r.witnesses), func(w witness) bool {
		reason := w.serves(len(addresses))
		if reason != "" {
			r.into.Note(fmt.Sprintf("endpoint %s is not used: %s", w.name(), reason))
		}
		return reason != ""
	})
	if len(r.witnesses) == 0 {
		return fmt.Errorf("%s: no endpoint can be asked about %d addresses; add one of JSON-RPC", r.options.Name, len(addresses))
	}
	r.solid = r.witnesses[0].solid()
	for _, w := range r.witnesses {
		r.solid = min(r.solid, w.solid()) // only what all have is final
	}
	if len(addresses) > 0 {
		r.final(ctx, addresses)
		r.recent(ctx, addresses)
	}
	r.claims(ctx, len(addresses) > 0)
	r.handOver()
	r.cover(len(addresses) > 0)
	return ctx.Err()
}

// addresses are the configured ones and the query's.
func (r *reader) addresses() (list []string) {
	all := slices.Clone(r.options.Addresses)
	for _, w := range r.query.Watch {
		if w.Chain == r.options.Chain {
			all = append(all, w.Addresses...)
		}
	}
	for _, a := range all {
		if address, err := base58(a); err == nil && len(a) == 34 {
			list = append(list, address)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (r *reader) tokens() (list []string) {
	for _, a := range r.options.Assets {
		_, contract, _ := strings.Cut(a.Asset.ID, "/trc20:")
		list = append(list, contract)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// final reads what is solidified of the query's reach, and again what was read.
func (r *reader) final(ctx context.Context, addresses []string) {
	q := question{tokens: r.tokens(), addresses: addresses, final: true, probe: r.options.Verify != "none",
		span: reconcile.Interval{From: r.query.Reach.From, To: min(r.query.Reach.To, r.solid+1)}}
	if q.span.To <= q.span.From {
		return
	}
	parts, holes := r.gather(ctx, q, r.witnesses)
	r.gaps = append(r.gaps, holes...)
	for _, p := range parts {
		if r.options.Verify != "none" {
			r.confirm(ctx, q, &p)
		}
		r.moves = append(r.moves, p.moves...)
	}
}

// recent reads what is not final yet. Nothing stands on it, so it is read once and
// what is missing of it is no gap.
func (r *reader) recent(ctx context.Context, addresses []string) {
	q := question{tokens: r.tokens(), addresses: addresses, span: reconcile.Interval{From: max(r.query.Reach.From, r.solid+1), To: r.query.Reach.To}}
	if q.span.From < q.span.To {
		r.moves = append(r.moves, r.witnesses[0].read(ctx, q).moves...)
	}
}
