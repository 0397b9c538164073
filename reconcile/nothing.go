package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// matchForeign attributes money that came in another accepted token or on
// another chain: by a claimed transaction, or by an address of one order only.
func (e *engine) matchForeign() {
	e.foreign = map[int32][]int32{}
	byAddr := map[uint32][]int32{}
	for i := range e.pays {
		if a := e.pays[i].payTo; a != 0 {
			byAddr[a] = append(byAddr[a], int32(i))
		}
	}
	for i := range e.moves {
		m := &e.moves[i]
		if !m.usable() {
			continue
		}
		if p := e.foreignOwner(m, e.claimIndex.of(m.txid), byAddr[m.to]); p >= 0 {
			m.owner = p
			e.foreign[p] = append(e.foreign[p], int32(i))
		}
	}
}

func (e *engine) foreignOwner(m *move, claiming, addressed []int32) int32 {
	for _, p := range claiming {
		if pay := &e.pays[p]; pay.payTo == m.to && pay.payTo != 0 && e.isForeign(pay, m) {
			return p
		}
	}
	if len(addressed) == 1 {
		p := addressed[0]
		if pay := &e.pays[p]; e.isForeign(pay, m) && (e.payWindow(pay).Contains(m.time) || pay.profile.AddressForever && m.time >= e.payWindow(pay).From) {
			return p
		}
	}
	return -1
}

func (e *engine) isForeign(p *payment, m *move) bool {
	return p.asset != 0 && p.asset != m.asset && p.group < 0 && p.trouble == ReasonNone
}

// judgeForeign names wrong_asset and wrong_chain: one row for what is missing of
// the due, where the books call the order paid, and one per other asset received.
func (e *engine) judgeForeign(i int32, t *tally, foreign []int32) {
	p := &e.pays[i]
	foreign = slices.DeleteFunc(slices.Clone(foreign), func(m int32) bool {
		return e.moves[m].scope == scopeLater || !p.judged && e.moves[m].scope != scopeJudged
	})
	if len(foreign) == 0 {
		return
	}
	if slices.ContainsFunc(foreign, func(m int32) bool { return !e.moves[m].final }) {
		e.wait(i, AwaitingFinality, 0, "money in another asset is on chain but not final")
	}
	kind := WrongAsset
	if e.moves[foreign[0]].chain != p.chain {
		kind = WrongChain
	}
	byAsset := map[int32][]int32{}
	for _, m := range foreign {
		if e.moves[m].final && e.moves[m].scope == scopeJudged {
			byAsset[e.moves[m].asset] = append(byAsset[e.moves[m].asset], m)
		}
	}
	if len(byAsset) == 0 {
		return
	}
	first := sortedKeys(byAsset)[0]
	note := "the order is in " + e.assetName(p.asset) + ", but " + e.amount(first, e.sumMoves(byAsset[first])) + " came" + chainNote(kind, e.in.chains[e.moves[foreign[0]].chain])
	if base := p.ask(); p.paid && p.judged && base.Known {
		if missing := base.Units.Sub(t.total); missing.Sign() > 0 {
			e.find(i, finding{kind: kind, diff: missing.Neg(), expected: base, observed: Figure{t.total, true}, moves: foreign, note: note})
		}
	}
	for _, asset := range e.assetsByID(byAsset) {
		sum := e.sumMoves(byAsset[asset])
		e.find(i, finding{kind: kind, asset: asset, diff: sum, observed: Figure{sum, true}, moves: byAsset[asset], note: note})
	}
}

func chainNote(kind Kind, chain string) string {
	if kind == WrongChain {
		return " on " + chain
	}
	return ""
}

func (e *engine) assetsByID(m map[int32][]int32) []int32 {
	keys := sortedKeys(m)
	slices.SortFunc(keys, func(a, b int32) int { return compareStrings(e.in.assets[a].ID, e.in.assets[b].ID) })
	return keys
}

func (e *engine) sumMoves(moves []int32) money.Units {
	var s money.Units
	for _, m := range moves {
		s = s.Add(e.moves[m].units)
	}
	return s
}

func (e *engine) assetName(asset int32) string {
	a := e.in.assets[asset]
	if a.Symbol != "" {
		return a.Symbol
	}
	return a.ID
}

// judgeNothing names, for a judged order that is called paid and received
// nothing, the most specific reason; without coverage it claims nothing.
func (e *engine) judgeNothing(i int32) {
	p := &e.pays[i]
	claim := e.lookUpClaims(i)
	var missing money.Units
	base := p.ask()
	if base.Known {
		missing = base.Units.Neg()
	}
	f := finding{diff: missing, expected: base, observed: Figure{money.Units{}, true}, txs: p.claims, since: p.created}
	switch {
	case claim.elsewhere && p.payTo == 0 && len(p.profile.Receivers) == 0:
		e.wait(i, AddressUnknown, 0, "the claimed transaction pays "+claim.paid+"; no book names a receiving address: add it to addresses: if it is ours")
		return
	case claim.elsewhere:
		f.kind, f.note = WrongAddress, "the claimed transaction pays "+claim.paid+", not the order's address"
	case claim.reverted:
		f.kind, f.note = FailedTransaction, "the claimed transaction failed and moved nothing"
	case claim.taken != "":
		f.kind, f.note = TXIDReused, "the claimed transaction paid order "+claim.taken
		e.find(i, f)
		return
	case claim.unknown || !e.coveredFor(p):
		e.wait(i, NotCovered, 0, "called paid, but the chain was not read completely for its time")
		return
	case !claim.absent && !e.addressKnown(p):
		e.wait(i, AddressUnknown, 0, "called paid, but no book names its receiving address, so nobody knows where to look: add the address to addresses:")
		return
	case len(p.claims) > 0 && !claim.found:
		f.kind, f.note = TXIDNotFound, "the claimed transaction is on no covered chain"+e.nearestTransfer(p)
	default:
		f.kind, f.note = MissingTransfer, "called paid, but no transfer came to its address"
		if claim.found {
			f.note = "the claimed transaction exists, but moved no accepted token to the order's address"
		}
		f.note += e.nearestTransfer(p)
	}
	if (f.kind == WrongAddress || f.kind == FailedTransaction) && !e.coveredFor(p) {
		e.wait(i, NotCovered, 0, f.note+", but the chain was not read completely for the order's time")
		return
	}
	e.find(i, f)
}

// addressKnown reports whether anybody says where an order's money would arrive: a
// book, its provider, or the configured list of its chain. The addresses of other
// orders say nothing about this one.
func (e *engine) addressKnown(p *payment) bool {
	chain := e.in.chains[p.chain]
	return p.payTo != 0 || len(p.profile.Receivers) > 0 ||
		slices.ContainsFunc(e.policy.Watch, func(address string) bool { return sameNamespace(chain, address) })
}

// judgeWrongClaim looks at an order that no book calls paid but that names a
// transaction: money that went elsewhere is worth knowing, and costs nobody.
func (e *engine) judgeWrongClaim(i int32) {
	p := &e.pays[i]
	if claim := e.lookUpClaims(i); claim.elsewhere && (p.payTo != 0 || len(p.profile.Receivers) > 0) && e.coveredFor(p) {
		e.find(i, finding{kind: WrongAddress, txs: p.claims, since: p.created, low: true,
			note: "the claimed transaction pays " + claim.paid + ", not the order's address"})
	}
}

// claimed is what is known of the transactions that an order names.
type claimed struct {
	found     bool // on chain, seen as a transfer or by a fact
	elsewhere bool // its transfers go to addresses that are not the order's
	paid      string
	reverted  bool
	absent    bool   // the chain said that it is not there
	taken     string // the order that it paid
	unknown   bool   // the source could not tell
}

// fact is what the chain sources answered about a claimed transaction: a chain
// that has it settles the question; otherwise the order's own chain counts or,
// where the order names none, every chain must have been able to tell.
func (e *engine) fact(p *payment, tx uint32) (status TXStatus, asked bool) {
	for _, f := range e.facts[tx] {
		if f.status == TXFound || f.status == TXReverted && status != TXFound {
			status = f.status
		}
	}
	if status != TXUnknown {
		return status, true
	}
	status = TXAbsent
	for _, f := range e.facts[tx] {
		if p.chain != 0 && f.chain != p.chain {
			continue
		}
		asked = true
		status = min(status, f.status)
	}
	if !asked {
		return TXUnknown, false
	}
	return status, true
}

func (e *engine) lookUpClaims(i int32) claimed {
	var c claimed
	p := &e.pays[i]
	for _, tx := range p.claims {
		agreed := false
		first := ""
		for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
			mv := &e.moves[m]
			c.found = true
			if e.addressAgrees(p, mv) {
				agreed = true
				if mv.owner >= 0 && mv.owner != i && mv.asset == p.asset {
					c.taken = e.subject(&e.pays[mv.owner])
				}
			} else if to := e.in.addrs.text(mv.to); first == "" || to < first {
				first = to
			}
		}
		if first != "" && !agreed {
			c.elsewhere, c.paid = true, first
		}
		switch status, asked := e.fact(p, tx); {
		case status == TXFound:
			c.found = true
			if first == "" && !agreed {
				c.elsewhere, c.paid = true, "another address"
			}
		case status == TXReverted:
			c.found, c.reverted = true, true
		case asked && status == TXAbsent:
			c.absent = true
		case asked && status == TXUnknown && !c.found:
			c.unknown = true
		}
	}
	return c
}
