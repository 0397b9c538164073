package reconcile

import (
	"fmt"
	"slices"
	"sync"
)

// shortExport is how many payments another witness must name after a file's last
// row before the file is taken for a short export: one of them may really be
// missing.
const shortExport = 2

// findShortExports narrows what files cover: where another witness names paid
// orders after a source's last row, the source was exported too early and is
// complete to that row only. A source without rows says nothing either way.
func (e *engine) findShortExports() {
	last, came := e.lastRows(), sync.OnceValue(e.lastMoves)
	for i := range e.in.sources {
		s := &e.in.sources[i]
		if s.Proof != "declared" || len(s.Covers) == 0 {
			continue
		}
		switch s.info.Kind {
		case SourceTransfers:
			for chain, at := range last.transfers[int32(i)] {
				unseen := func(p *payment) bool {
					return p.chain == chain && s.tellsOf(e.in.chains[chain], e.in.assets[p.asset].ID) &&
						!slices.ContainsFunc(e.in.list(p.claims), e.isOnChain) && came()[place{chain, p.payTo}] <= at
				}
				if n := e.paidAfter(at+e.policy.BeforeCreated, unseen); n >= shortExport {
					e.narrow(s, e.in.chains[chain], at, fmt.Sprintf("its last transfer is of %s, but %d orders were paid later: the export is short", at, n))
				}
			}
		case SourceProviderBook, SourceMerchantBook:
			at, provider := last.orders[int32(i)], s.info.Kind == SourceProviderBook
			missing := func(p *payment) bool { return provider && p.prov < 0 || !provider && p.merch < 0 }
			if n := e.paidAfter(at, missing); at.Known() && n >= shortExport {
				e.narrow(s, "", at, fmt.Sprintf("its last order is of %s, but the other book has %d paid orders after it: the export is short", at, n))
			}
		}
	}
}

// isOnChain reports whether a transfer of the transaction was read.
func (e *engine) isOnChain(tx uint32) bool { return e.movesByTX.head[tx] >= 0 }

// tellsOf reports whether a source is read for an asset of a chain.
func (s *intakeInfo) tellsOf(chain, asset string) bool {
	return slices.ContainsFunc(s.Covers, func(c Coverage) bool { return c.Chain == chain && (c.Asset == "" || c.Asset == asset) })
}

// lastMoves is the time of the last transfer to every address, whichever source read it.
func (e *engine) lastMoves() map[place]Instant {
	last := map[place]Instant{}
	for i := range e.moves {
		m := &e.moves[i]
		k := place{m.chain, m.to}
		last[k] = max(last[k], m.time)
	}
	return last
}

// lastRows is the time of the last row of every source.
type lastRows struct {
	orders    map[int32]Instant
	transfers map[int32]map[int32]Instant // by source and chain
}

func (e *engine) lastRows() lastRows {
	l := lastRows{map[int32]Instant{}, map[int32]map[int32]Instant{}}
	for _, o := range e.in.allOrders() {
		l.orders[o.source] = max(l.orders[o.source], o.created)
	}
	for _, t := range e.in.allTransfers() {
		if l.transfers[t.source] == nil {
			l.transfers[t.source] = map[int32]Instant{}
		}
		l.transfers[t.source][t.chain] = max(l.transfers[t.source][t.chain], t.time)
	}
	return l
}

// paidAfter counts orders that are called paid and were paid after a time, inside
// the window.
func (e *engine) paidAfter(at Instant, which func(*payment) bool) int {
	n := 0
	for i := range e.pays {
		p := &e.pays[i]
		paid := max(p.created, e.paidAt(p))
		if p.paid && paid > at && paid < e.window.To && which(p) {
			n++
		}
	}
	return n
}

// narrow ends a source's coverage of a chain after its last row.
func (e *engine) narrow(s *intakeInfo, chain string, at Instant, reason string) {
	covers := make([]Coverage, len(s.Covers))
	copy(covers, s.Covers)
	for i := range covers {
		if c := &covers[i]; c.Chain == chain && c.Span.To > at {
			c.Span.To = max(c.Span.From, at+1)
		}
	}
	s.Covers = covers
	s.Gaps = append(s.Gaps, Gap{Chain: chain, Span: Interval{at + 1, e.window.To}, Reason: reason})
}
