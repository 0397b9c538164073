package reconcile

import (
	"cmp"
	"slices"
)

// coverage answers whether a witness was complete for a time: without that,
// nothing negative is ever claimed.
type coverage struct {
	transfers map[string][]Coverage // by chain
	failed    map[string]bool       // chains of which a source has a gap
	anyFailed bool                  // a transfer source failed that does not say for which chain
	providers map[string][]Interval // provider's books, by provider
	merchant  []Interval            // our own book
	webhooks  map[string][]Interval // by provider
	refunds   []Interval
}

func (e *engine) collectCoverage() {
	c := coverage{transfers: map[string][]Coverage{}, failed: map[string]bool{}}
	providers, merchant, webhooks, refunds := ledger{}, ledger{}, ledger{}, ledger{}
	for i := range e.in.sources {
		s := &e.in.sources[i]
		switch s.info.Kind {
		case SourceTransfers:
			c.addTransfers(s)
		case SourceWebhooks:
			webhooks.add(s.info.Provider, s)
		case SourceMerchantBook:
			merchant.add("", s)
		case SourceRefunds:
			refunds.add(s.Name, s)
		default:
			providers.add(s.info.Provider, s)
		}
	}
	c.providers, c.merchant, c.webhooks = providers.complete(), merchant.complete()[""], webhooks.complete()
	c.refunds = refunds.all()
	e.coverage = c
}

// ledger adds up for which time the sources of one witness each are complete.
type ledger map[string]*struct{ covers, gaps []Interval }

func (l ledger) add(witness string, s *intakeInfo) {
	if l[witness] == nil {
		l[witness] = &struct{ covers, gaps []Interval }{}
	}
	w := l[witness]
	for _, c := range s.Covers {
		w.covers = append(w.covers, c.Span)
	}
	for _, g := range s.Gaps {
		w.gaps = append(w.gaps, g.whole())
	}
}

func (l ledger) complete() map[string][]Interval {
	m := make(map[string][]Interval, len(l))
	for witness, w := range l {
		m[witness] = subtract(union(w.covers), w.gaps)
	}
	return m
}

// all is the time for which every one of the witnesses is complete.
func (l ledger) all() []Interval {
	first := true
	var both []Interval
	for _, list := range l.complete() {
		if first {
			both, first = list, false
			continue
		}
		both = subtract(both, subtract([]Interval{{-1 << 62, 1 << 62}}, list))
	}
	return both
}

// addTransfers takes the covers of a transfer source less its gaps. A rejected
// row has lost its time and address, so its source proves nothing.
func (c *coverage) addTransfers(s *intakeInfo) {
	for _, g := range s.Gaps {
		if g.Chain != "" {
			c.failed[g.Chain] = true
		} else if len(s.Covers) == 0 {
			c.anyFailed = true
		}
	}
	for _, cov := range s.Covers {
		if s.Rejected > 0 {
			c.failed[cov.Chain] = true
			continue
		}
		var gaps []Interval
		for _, g := range s.Gaps {
			if g.Chain == "" || g.Chain == cov.Chain {
				gaps = append(gaps, g.whole())
			}
		}
		for _, span := range subtract([]Interval{cov.Span}, gaps) {
			part := cov
			part.Span = span
			c.transfers[cov.Chain] = append(c.transfers[cov.Chain], part)
		}
	}
}

// whole is the span of a gap, everything when it names none.
func (g Gap) whole() Interval {
	if g.Span == (Interval{}) {
		return Interval{-1 << 62, 1 << 62}
	}
	return g.Span
}

// union merges intervals into disjoint sorted ones.
func union(list []Interval) []Interval {
	list = slices.DeleteFunc(slices.Clone(list), func(v Interval) bool { return v.To <= v.From })
	slices.SortFunc(list, func(a, b Interval) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	var out []Interval
	for _, v := range list {
		if n := len(out); n > 0 && v.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, v.To)
		} else {
			out = append(out, v)
		}
	}
	return out
}

// subtract removes gaps from disjoint intervals.
func subtract(list, gaps []Interval) []Interval {
	for _, g := range gaps {
		var out []Interval
		for _, v := range list {
			if g.To <= v.From || g.From >= v.To {
				out = append(out, v)
				continue
			}
			if v.From < g.From {
				out = append(out, Interval{v.From, g.From})
			}
			if g.To < v.To {
				out = append(out, Interval{g.To, v.To})
			}
		}
		list = out
	}
	return list
}

// contains reports whether disjoint sorted intervals hold all of v.
func contains(list []Interval, v Interval) bool {
	if v.To <= v.From {
		v.To = v.From + 1
	}
	for _, w := range list {
		if w.From <= v.From && v.To <= w.To {
			return true
		}
	}
	return false
}

// watchedAsset reports whether any source reads the chain and asset at all.
func (e *engine) watchedAsset(chain, asset int32) (watched, failed bool) {
	id := e.in.chains[chain]
	for _, c := range e.coverage.transfers[id] {
		if c.Asset == "" || c.Asset == e.in.assets[asset].ID {
			return true, false
		}
	}
	return false, e.coverage.failed[id] || e.coverage.anyFailed
}

// reads reports whether any source reads a chain.
func (e *engine) reads(chain int32) bool { return len(e.coverage.transfers[e.in.chains[chain]]) > 0 }

// covered reports whether the transfers of an asset into an address were read
// completely over a time. address 0 asks for every watched address.
func (e *engine) covered(chain, asset int32, address uint32, v Interval) bool {
	var list []Interval
	for _, c := range e.coverage.transfers[e.in.chains[chain]] {
		if (c.Asset == "" || asset == 0 || c.Asset == e.in.assets[asset].ID) &&
			(c.Address == "" || address != 0 && c.Address == e.in.addrs.text(address)) {
			if c.Span.From <= v.From && v.To <= c.Span.To {
				return true
			}
			list = append(list, c.Span)
		}
	}
	return contains(union(list), v)
}

// coveredFor reports whether the chain was covered for everything that could
// have paid the order: from shortly before its creation to the earlier of the
// window's end and its payment, else the end of its payment window.
func (e *engine) coveredFor(p *payment) bool {
	if p.chain == 0 {
		return false
	}
	v := e.lookedAt(p)
	if proven := e.cases.provenUntil(p); proven > v.From {
		v.From = proven
		if v.To <= v.From {
			return true
		}
	}
	return e.covered(p.chain, p.asset, p.payTo, v)
}

func (e *engine) lookedAt(p *payment) Interval {
	w := e.payWindow(p)
	if !p.created.Known() {
		w = e.window
	}
	if paidAt := e.paidAt(p); p.paid && paidAt.Known() && paidAt+1 > w.From {
		w.To = paidAt + 1
	}
	return Interval{w.From, min(w.To, e.window.To)}
}

// paidAt is when the books say that the order was paid.
func (e *engine) paidAt(p *payment) Instant {
	for _, row := range []int32{p.prov, p.merch} {
		if row >= 0 && e.in.order(row).paidAt.Known() {
			return e.in.order(row).paidAt
		}
	}
	return 0
}

// providerCovers reports whether a provider's book was complete over a time.
func (e *engine) providerCovers(provider string, v Interval) bool {
	return contains(e.coverage.providers[provider], v)
}

// providersCover reports whether the books of all providers were.
func (e *engine) providersCover(v Interval) bool {
	for _, list := range e.coverage.providers {
		if !contains(list, v) {
			return false
		}
	}
	return len(e.coverage.providers) > 0
}

// merchantCovers reports whether our own book was complete over a time.
func (e *engine) merchantCovers(v Interval) bool { return contains(e.coverage.merchant, v) }

// createdAt is the moment at which a book must have been complete to know an order.
func (e *engine) createdAt(p *payment) Interval {
	at := p.created
	if !at.Known() {
		at = e.window.To - 1
	}
	return Interval{at, at + 1}
}

// explainedBy is the time of creation of the orders that a transfer or delivery of
// that time may be about, in their payment window.
func (e *engine) explainedBy(at Instant) Interval {
	return Interval{at - e.policy.longestExpiry() - e.policy.AfterExpiry, max(at+1, min(at+e.policy.BeforeCreated, e.window.To))}
}

// logged reports whether a webhook log of the provider exists, and whether it
// was complete over a time.
func (e *engine) logged(provider string, v Interval) (exists, complete bool) {
	list, ok := e.coverage.webhooks[provider]
	return ok, contains(list, v)
}
