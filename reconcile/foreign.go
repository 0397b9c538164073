package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// matchForeign attributes money that came in another accepted token or on
// another chain: by a claimed transaction, or by an address of one order only.
func (e *engine) matchForeign() {
	e.foreign = map[int32][]int32{}
	for i := range e.moves {
		m := &e.moves[i]
		if !m.usable() {
			continue
		}
		if p := e.foreignOwner(m, e.claimIndex.of(m.txid), e.byAddress.of(m.to)); p >= 0 {
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

// foreignMoney is what came for one order in other assets or on other chains.
type foreignMoney struct {
	final   []int32 // final before Window.To; of an older order only what is judged
	pending bool    // some of it is not final
	later   bool    // some of it came after Window.To
	named   bool    // breaks carry it
}

func (f *foreignMoney) any() bool { return len(f.final) > 0 || f.pending || f.later }

func (e *engine) foreignMoney(i int32) foreignMoney {
	var f foreignMoney
	for _, at := range e.foreign[i] {
		switch m := &e.moves[at]; {
		case m.scope == scopeLater:
			f.later = true
		case m.scope != scopeJudged && !e.pays[i].judged: // an earlier period's
		case !m.final:
			f.pending = true
		default:
			f.final = append(f.final, at)
		}
	}
	return f
}

// judgeForeign names wrong_asset and wrong_chain: one row for what is missing of
// the due, where the books call the order paid, and one per other asset received.
func (e *engine) judgeForeign(i int32, t *tally, f *foreignMoney) {
	if f.pending {
		e.wait(i, AwaitingFinality, 0, "money in another asset is on chain but not final")
	}
	if f.later {
		e.wait(i, CutOff, e.window.To+Day, "money in another asset came after the end of the window")
	}
	if len(f.final) == 0 {
		return
	}
	f.named = true
	p := &e.pays[i]
	kind := WrongAsset
	if e.moves[f.final[0]].chain != p.chain {
		kind = WrongChain
	}
	byAsset := e.byAsset(f.final)
	assets := e.assetsByID(byAsset)
	note := "the order is in " + e.assetName(p.asset) + ", but " + e.amount(assets[0], e.sumMoves(byAsset[assets[0]])) + " came" + chainNote(kind, e.in.chains[e.moves[f.final[0]].chain])
	have := t.total.Add(e.sum(t.pending)).Add(e.sum(t.later))
	if base := p.ask(); p.paid && p.judged && base.Known && e.short(p, base.Units, have) {
		e.find(i, finding{kind: kind, diff: have.Sub(base.Units), expected: base, observed: Figure{have, true}, moves: f.final, note: note})
	}
	for _, asset := range assets {
		sum := e.sumMoves(byAsset[asset])
		e.find(i, finding{kind: kind, asset: asset, diff: sum, observed: Figure{sum, true}, moves: byAsset[asset], note: note})
	}
}

// settleForeign gives what no break names of each other asset, or what lies
// outside the window of what breaks name, an item in that asset: the state of the
// order's own item, for they wait for the same.
func (e *engine) settleForeign(i int32, f *foreignMoney) {
	p := &e.pays[i]
	it := openItem{state: CutOff, pay: i, move: -1, until: e.window.To, since: p.created, note: "the pair straddles an edge of the judged window"}
	if n := int(p.verdict.items); n > 0 {
		own := e.items[len(e.items)-n]
		it.state, it.until, it.since, it.note = own.state, own.until, own.since, own.note
	}
	byAsset := e.byAsset(f.final)
	for _, asset := range e.assetsByID(byAsset) {
		var rest money.Units
		for _, m := range byAsset[asset] {
			if e.moves[m].scope == scopeJudged {
				rest = rest.Add(e.moves[m].units)
			}
			if f.named {
				rest = rest.Sub(e.moves[m].units)
			}
		}
		if !rest.IsZero() {
			it.asset, it.amount = asset, rest
			e.items = append(e.items, it)
		}
	}
}

func (e *engine) byAsset(moves []int32) map[int32][]int32 {
	m := map[int32][]int32{}
	for _, at := range moves {
		m[e.moves[at].asset] = append(m[e.moves[at].asset], at)
	}
	return m
}

func chainNote(kind Kind, chain string) string {
	if kind == WrongChain {
		return " on " + chain
	}
	return ""
}

// assetsByID returns the keys by the assets' ids: numbers depend on the order of rows.
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
