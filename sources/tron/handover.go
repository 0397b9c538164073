package tron

import (
	"cmp"
	"fmt"
	"slices"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// handOver turns the movements into transfers, by time and place.
func (r *reader) handOver() {
	slices.SortFunc(r.moves, func(a, b movement) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.index, b.index), cmp.Compare(a.key(true), b.key(true)))
	})
	for _, m := range r.moves {
		t := reconcile.Transfer{Chain: r.options.Chain, TXID: m.txid, LogIndex: m.index, Block: m.block, BlockHash: m.hash, BlockTime: m.time,
			Asset: m.token, Decimals: -1, Amount: money.NewQuantity(m.value, 0), BaseUnit: true, From: m.from, To: m.to}
		if m.time > r.solid {
			t.Finality = reconcile.NotFinal
		}
		r.into.AddTransfer(&t)
	}
}

// cover says what was read: up to the solidified block, less the gaps. Without an
// address to look at nothing was.
func (r *reader) cover(watched bool) {
	for _, text := range sortedNotes(r.notes) {
		r.into.Note(fmt.Sprintf("%d %s", r.notes[text], text))
	}
	if r.options.Verify == "quorum" {
		r.into.Note(fmt.Sprintf("%d final transfers: two endpoints showed the same", r.confirmed))
	}
	r.into.Proof(r.options.Verify)
	span := r.query.Reach
	if !watched {
		r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: span,
			Reason: "no receiving address is known: neither addresses: nor a pay-to of the books names one, so only claimed transactions were looked up"})
		return
	}
	if r.solid < span.To {
		span.To = max(span.From, r.solid)
		if r.solid < r.query.Window.To {
			r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: reconcile.Interval{From: r.solid, To: r.query.Window.To},
				Reason: "the solidified block had not reached the end of the window"})
		}
	}
	for _, a := range r.options.Assets {
		r.into.Cover(reconcile.Coverage{Chain: r.options.Chain, Asset: a.Asset.ID, Span: span})
	}
	slices.SortFunc(r.gaps, byTime)
	for _, g := range slices.Compact(r.gaps) {
		r.into.Gap(reconcile.Gap{Chain: r.options.Chain, Span: g.span, Blocks: g.blocks, Reason: g.reason})
	}
}

func sortedNotes(notes map[string]int) (texts []string) {
	for text := range notes {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}
