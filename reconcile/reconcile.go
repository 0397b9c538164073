package reconcile

import (
	"cmp"
	"slices"
	"time"

	"tieout/reconcile/money"
)

// Reconcile compares everything that was read and returns the verdicts. It is a
// function of values: the same input and policy give the same result, whatever
// the order of rows. An error is an *InvariantError: the numbers do not add up,
// and nothing may be published. One input must not be reconciled by two
// goroutines at once.
func Reconcile(in *Input, policy Policy) (*Result, error) {
	e := &engine{in: in.withOwnTotals(), policy: policy, window: policy.Window}
	e.prepare()

	e.join()
	e.gather()
	e.linkDeliveries()
	e.findShortExports()
	e.findMissingRows()
	e.collectCoverage()
	e.findTrouble()
	e.exclude()
	e.claimFromDeliveries()

	e.match()
	e.matchForeign()
	e.gatherRefunds()
	e.bringForward()

	e.judgeOrders()
	e.judgeGroups()
	e.judgeMoves()
	e.judgeDeliveries()
	e.settleRefunds()

	e.carryForward()
	e.decide()
	tieOut := e.prove()
	if len(e.violations) > 0 {
		return nil, &InvariantError{e.violations}
	}
	return e.result(tieOut), nil
}

// withOwnTotals returns the input with a copy of its sources' totals, which a
// reconciliation completes.
func (in *Input) withOwnTotals() *Input {
	own := *in
	own.sources, own.lists = slices.Clone(in.sources), slices.Clip(in.lists)
	for i := range own.sources {
		own.sources[i].Gaps = slices.Clip(own.sources[i].Gaps)
	}
	return &own
}

// prepare resolves the policy's lists against the input's tables.
func (e *engine) prepare() {
	e.today = cmp.Or(e.policy.Date, (e.window.To - 1).Time().Format(time.DateOnly))
	e.watched = e.in.watchSet(&e.policy)
	e.own = map[uint32]bool{}
	for _, text := range e.policy.Own {
		if canonical, err := CanonicalAddress("", text); err == nil {
			e.own[e.in.addrs.intern(canonical)] = true
		}
	}
	e.facts = map[uint32][]factRow{}
	for _, f := range e.in.facts {
		e.facts[f.txid] = append(e.facts[f.txid], f)
	}
	e.rejectedTX = map[uint32]bool{}
	for i := range e.in.rejects {
		if r := &e.in.rejects[i]; r.TXID != "" && e.in.isOrderBook(r.source) {
			k := Intake{in: e.in, id: r.source}
			e.rejectedTX[k.tx(r.TXID)] = true
		}
	}
}

// findTrouble binds amounts and marks orders about which nothing can be claimed:
// a row that could not be read, or a chain or asset that no source reads.
func (e *engine) findTrouble() {
	rejected := e.rejectedKeys()
	for i := range e.pays {
		p := &e.pays[i]
		e.bind(p)
		switch {
		case p.trouble != ReasonNone:
		case rejected[p.id] || rejected[p.no]:
			p.trouble, p.note = RejectedRow, "a row of this order could not be read; see rejects.csv"
		case p.paid:
			p.trouble, p.note = e.unwatched(p)
		case p.payTo != 0 && !e.watched[p.payTo] && e.reads(p.chain):
			p.trouble, p.note = NotWatched, unlisted // money may have come to it
		}
	}
	n := len(e.in.assets)
	e.tolerated, e.expectedInGroups = make([]money.Units, n), make([]money.Units, n)
	e.tolerances, e.rates = make([]Tolerance, n), make([]money.Quantity, n)
	for i := range e.in.assets {
		a := &e.in.assets[i]
		e.tolerances[i] = e.policy.Tolerance
		if t, ok := e.policy.AssetTolerance[a.ID]; ok {
			e.tolerances[i] = t
		}
		if a.accepted {
			e.rates[i] = e.policy.rate(a.Symbol)
		}
	}
	e.merchantHasIDs = e.anyMerchantID()
}

func (e *engine) rejectedKeys() map[uint32]bool {
	set := map[uint32]bool{}
	for i := range e.in.rejects {
		r := &e.in.rejects[i]
		if !e.in.isOrderBook(r.source) {
			continue
		}
		for _, text := range []string{r.OrderID, r.OrderNo} {
			if k, ok := e.in.keys.find(text); ok && k != 0 {
				set[k] = true
			}
		}
	}
	return set
}

const unlisted = "its address is not on the watched list: add it to addresses: if it is ours"

// unwatched says why a paid order cannot be reconciled at all.
func (e *engine) unwatched(p *payment) (Reason, string) {
	o := e.in.order(p.row())
	switch {
	case p.chain == 0 && p.asset == 0 && p.claims.n > 0 && o.chainName == 0:
		return ReasonNone, "" // the claimed transaction tells chain and asset
	case p.chain == 0:
		return NotWatched, "its chain " + quote(e.in.words.text(o.chainName)) + " is not in the asset table"
	case p.asset == 0:
		return NotWatched, "its asset " + quote(e.in.words.text(o.symbol)) + " is not known on " + e.in.chains[p.chain]
	case !e.in.assets[p.asset].accepted:
		return NotWatched, "its asset " + e.in.assets[p.asset].ID + " is not accepted"
	case p.payTo != 0 && !e.watched[p.payTo]:
		return NotWatched, unlisted
	}
	watched, failed := e.watchedAsset(p.chain, p.asset)
	switch {
	case watched:
		return ReasonNone, ""
	case failed:
		return NotCovered, "the transfer source of " + e.in.chains[p.chain] + " could not be read"
	}
	return NotWatched, "no transfer source reads " + e.assetName(p.asset) + " on " + e.in.chains[p.chain]
}

func (e *engine) anyMerchantID() bool {
	for _, o := range e.in.allOrders() {
		if o.book == BookMerchant && o.id != 0 {
			return true
		}
	}
	return false
}
