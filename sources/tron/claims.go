package tron

import (
	"context"
	"slices"

	"tieout/reconcile"
)

// claims looks up transactions that books name and that no transfer explains.
func (r *reader) claims(ctx context.Context, watched bool) {
	wanted := r.wanted()
	if len(wanted) == 0 {
		return
	}
	answers := make([][]finding, len(r.witnesses))
	for i, w := range r.witnesses {
		if i == 0 || r.options.Verify != "none" || slices.ContainsFunc(answers[0], unsure) {
			answers[i] = w.lookUp(ctx, wanted, r.tokens())
		}
	}
	absent := watched && len(r.gaps) == 0 && r.solid >= r.query.Window.To
	for i, txid := range wanted {
		var each []finding
		for _, list := range answers {
			if list != nil {
				each = append(each, list[i])
			}
		}
		f := r.settle(each)
		if f.status == reconcile.TXAbsent && !absent || f.status == reconcile.TXReverted && f.time > r.solid {
			f.status = reconcile.TXUnknown
		}
		if f.status == reconcile.TXFound {
			r.moves = append(r.moves, f.moves...)
		}
		r.into.AddFact(reconcile.TXFact{Chain: r.options.Chain, TXID: txid, Status: f.status})
	}
}

func unsure(f finding) bool {
	return f.status != reconcile.TXFound && f.status != reconcile.TXReverted
}

// wanted are the transactions to look up. One that names no chain and has 0x in front
// is asked for too: some books write those of TRON so.
func (r *reader) wanted() (list []string) {
	if r.query.Claims == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, m := range r.moves {
		seen[m.txid] = true
	}
	for _, c := range r.query.Claims() {
		txid, ok := canonicalTXID(c.TXID)
		if ok && (c.Chain == "" || c.Chain == r.options.Chain) && !seen[txid] {
			seen[txid] = true
			list = append(list, txid)
		}
	}
	return list
}

// settle makes one answer of those of the witnesses: what two of them say alike, or,
// below the level quorum, what one says and none contradicts. None exists only where
// every one says so.
func (r *reader) settle(each []finding) finding {
	sure := slices.DeleteFunc(slices.Clone(each), unsure)
	none := !slices.ContainsFunc(each, func(f finding) bool { return f.status != reconcile.TXAbsent })
	switch {
	case none && len(each) == len(r.witnesses):
		return each[0]
	case len(sure) == 0 || len(sure) == 1 && r.options.Verify == "quorum":
		return finding{}
	}
	for _, f := range sure[1:] {
		if !f.agrees(sure[0]) {
			return finding{}
		}
	}
	return sure[0]
}

// agrees reports whether another witness says the same of a transaction.
func (f finding) agrees(g finding) bool {
	if f.status != g.status || f.block != g.block || f.time != g.time || len(f.moves) != len(g.moves) {
		return false
	}
	return slices.EqualFunc(f.moves, g.moves, func(a, b movement) bool {
		return a.key(false) == b.key(false) && (a.index < 0 || b.index < 0 || a.index == b.index)
	})
}
