package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

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
	f := finding{diff: missing, expected: base, observed: Figure{money.Units{}, true}, txs: e.in.list(p.claims), since: p.created}
	switch {
	case e.hasVanished(i):
		f.kind, f.note = ReorgedTransfer, vanishedNote
		e.find(i, f)
		return
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
	case p.claims.n > 0 && !claim.found:
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
		e.find(i, finding{kind: WrongAddress, txs: e.in.list(p.claims), since: p.created, low: true,
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
// that has it settles the question; otherwise the chain that is named counts or,
// where none is, every chain must have been able to tell.
func (e *engine) fact(chain int32, tx uint32) (status TXStatus, asked bool) {
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
		if chain != 0 && f.chain != chain {
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
	for _, tx := range e.in.list(p.claims) {
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
		switch status, asked := e.fact(p.chain, tx); {
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
