package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// scope says where a transfer lies against the judged window.
type scope uint8

const (
	scopeJudged scope = iota
	scopeEarlier
	scopeLater
)

// move is one transfer that counts: repeated rows are gone, its amount is bound.
type move struct {
	row        int32
	occurrence int32 // 0 with a log index
	chain      int32
	asset      int32
	txid       uint32
	from, to   uint32
	time       Instant
	units      money.Units
	scope      scope
	final      bool
	excluded   Reason // why it is no customer payment, ReasonNone otherwise
	claimed    bool   // an order or a delivery names its transaction
	brought    bool   // judged for the sake of what was carried forward, not for its time

	owner   int32 // payment it is attributed to, -1 without
	shared  bool  // a batch: allocated to several payments
	group   int32 // ambiguous group, -1 without
	rule    Rule
	margin  string
	outcome Outcome
	reason  Reason
	kinds   kindSet
	near    string // nearest miss, or why it is excluded
}

// usable reports whether a transfer can pay an order.
func (m *move) usable() bool { return m.excluded == ReasonNone && m.owner < 0 && m.group < 0 }

// txIndex finds transfers by transaction.
type txIndex struct{ rowIndex }

// gather drops repeated rows and binds amounts. The moves come out in report
// order: chain, block, log index, then content.
func (e *engine) gather() {
	n := e.in.transfers.len()
	x := newRowIndex(e.in.txs.len(), n)
	for i, t := range e.in.transfers.all() {
		x.add(t.txid, i)
	}
	e.moves = make([]move, 0, n)
	for _, head := range x.head {
		switch {
		case head < 0:
		case x.next[head] < 0:
			e.addMove(head, firstOccurrence(e.in.transfers.at(head)))
		default:
			e.gatherTransaction(x, head)
		}
	}
	e.sortMoves()
	e.movesByTX = txIndex{newRowIndex(e.in.txs.len(), len(e.moves))}
	for i := len(e.moves) - 1; i >= 0; i-- {
		e.movesByTX.add(e.moves[i].txid, int32(i))
	}
}

func firstOccurrence(t *transferCells) int32 {
	if t.logIndex >= 0 {
		return 0
	}
	return 1
}

// gatherTransaction decides which rows of one transaction are the same transfer.
func (e *engine) gatherTransaction(x rowIndex, head int32) {
	var rows []int32
	for r := head; r >= 0; r = x.next[r] {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, e.compareTransferRows)
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && e.sameMovement(rows[0], rows[n]) {
			n++
		}
		e.gatherEqual(rows[:n])
		rows = rows[n:]
	}
}

// sameMovement reports whether two rows are equal but for position and finality.
func (e *engine) sameMovement(a, b int32) bool {
	x, y := e.in.transfer(a), e.in.transfer(b)
	return x.chain == y.chain && x.asset == y.asset && x.from == y.from && x.to == y.to && x.trace == y.trace &&
		e.compareQty(e.baseQty(x), e.baseQty(y)) == 0
}

// baseQty is the amount in base units where the decimals are known, so that a
// file in units and one in base units can be recognised as the same.
func (e *engine) baseQty(t transferRow) qty {
	q := e.in.quantity(t.amount)
	if !t.baseUnit && e.in.assets[t.asset].Decimals >= 0 {
		if units, err := q.Bind(e.in.assets[t.asset].Decimals); err == nil {
			return e.in.pack(money.NewQuantity(units, 0))
		}
	}
	return t.amount
}

// gatherEqual keeps one move per distinct log index, and beside them as many
// numbered occurrences as the file with most rows without a log index shows more.
func (e *engine) gatherEqual(rows []int32) {
	logged := map[int64]bool{}
	perFile := map[FileID]int{}
	most := 0
	for _, r := range rows {
		t := e.in.transfer(r)
		switch {
		case t.logIndex < 0:
			perFile[t.file]++
			most = max(most, perFile[t.file])
		case logged[t.logIndex]:
			e.in.sources[t.source].Duplicates++
		default:
			logged[t.logIndex] = true
			e.addMove(r, 0)
		}
	}
	extra := max(0, most-len(logged))
	kept := 0
	for _, r := range rows {
		t := e.in.transfer(r)
		if t.logIndex >= 0 {
			continue
		}
		if kept < extra {
			kept++
			e.addMove(r, int32(len(logged)+kept))
		} else {
			e.in.sources[t.source].Duplicates++
		}
	}
}

func (e *engine) compareTransferRows(a, b int32) int {
	x, y := e.in.transfer(a), e.in.transfer(b)
	return cmp.Or(
		strings.Compare(e.in.chains[x.chain], e.in.chains[y.chain]), strings.Compare(e.in.assets[x.asset].ID, e.in.assets[y.asset].ID),
		compareText(e.in.addrs, x.from, y.from), compareText(e.in.addrs, x.to, y.to), compareText(e.in.words, x.trace, y.trace),
		e.compareQty(e.baseQty(x), e.baseQty(y)), cmp.Compare(x.logIndex, y.logIndex), cmp.Compare(x.finality, y.finality),
		cmp.Compare(y.block, x.block), cmp.Compare(x.time, y.time), -compareText(e.in.keys, x.orderRef, y.orderRef),
		compareText(e.in.words, x.blockHash, y.blockHash), cmp.Compare(x.source, y.source))
}

func (e *engine) addMove(row int32, occurrence int32) {
	t := e.in.transfer(row)
	m := move{row: row, occurrence: occurrence, chain: t.chain, asset: t.asset, txid: t.txid, from: t.from, to: t.to,
		time: t.time, final: t.finality == Final, owner: -1, group: -1}
	decimals := e.in.assets[t.asset].Decimals
	if t.baseUnit || decimals < 0 {
		decimals = 0
	}
	units, err := e.in.quantity(t.amount).Bind(decimals)
	if err != nil {
		e.rejectTransfer(t, err.Error())
		return
	}
	m.units = units
	switch {
	case t.time < e.window.From:
		m.scope = scopeEarlier
	case t.time >= e.window.To:
		m.scope = scopeLater
	}
	e.moves = append(e.moves, m)
}

// rejectTransfer takes a row out of what its file covers: the amount was lost,
// so nothing negative may be said about its chain.
func (e *engine) rejectTransfer(t transferRow, reason string) {
	s := &e.in.sources[t.source]
	s.Rejected++
	s.Gaps = append(s.Gaps, Gap{Chain: e.in.chains[t.chain], Reason: "a transfer's amount could not be read: " + reason})
	e.lateRejects = append(e.lateRejects, rejectRow{Reject{At: At{File: t.file}, Column: "amount", Value: e.in.quantity(t.amount).String(),
		Reason: reason, TXID: e.in.txid(t.chain, t.txid), Address: e.in.addrs.text(t.to)}, t.source})
}

// sortMoves puts the moves in report order. Numbers decide nearly always, so they
// are compared apart from the wide rows.
func (e *engine) sortMoves() {
	type place struct {
		block uint64
		log   int64
		chain int32
		index int32
	}
	order := make([]place, len(e.moves))
	for i := range e.moves {
		t := e.in.transfer(e.moves[i].row)
		order[i] = place{t.block, t.logIndex, e.moves[i].chain, int32(i)}
	}
	slices.SortFunc(order, func(a, b place) int {
		if a.chain == b.chain {
			if a.block != b.block {
				return cmp.Compare(a.block, b.block)
			}
			if a.log != b.log {
				return cmp.Compare(a.log, b.log)
			}
		}
		return e.compareMoves(&e.moves[a.index], &e.moves[b.index])
	})
	places := make([]int32, len(order))
	for i := range order {
		places[i] = order[i].index
	}
	arrange(e.moves, places)
}

func (e *engine) compareMoves(a, b *move) int {
	x, y := e.in.transfer(a.row), e.in.transfer(b.row)
	if a.chain != b.chain {
		return strings.Compare(e.in.chains[a.chain], e.in.chains[b.chain])
	}
	return cmp.Or(
		cmp.Compare(x.block, y.block), cmp.Compare(x.logIndex, y.logIndex), cmp.Compare(a.time, b.time),
		compareText(e.in.txs, a.txid, b.txid), compareText(e.in.words, x.trace, y.trace),
		strings.Compare(e.in.assets[a.asset].ID, e.in.assets[b.asset].ID),
		compareText(e.in.addrs, a.from, b.from), compareText(e.in.addrs, a.to, b.to),
		a.units.Cmp(b.units), cmp.Compare(a.occurrence, b.occurrence))
}

// exclude names the transfers that are no customer payments.
func (e *engine) exclude() {
	claimed := e.claimedTransactions()
	openDue := e.openDues()
	for i := range e.moves {
		m := &e.moves[i]
		m.claimed = claimed[m.txid]
		m.excluded = e.exclusion(m, openDue)
	}
}

func (e *engine) exclusion(m *move, openDue map[dueKey]bool) Reason {
	a := &e.in.assets[m.asset]
	switch {
	case e.watched[m.from] && e.watched[m.to], e.own[m.to]:
		return Sweep
	case e.own[m.from] && e.watched[m.to]:
		return TopUp
	case e.own[m.from] || e.watched[m.from]:
		return Outgoing
	case !e.watched[m.to]:
		return NotWatched
	case !a.accepted:
		return NotAccepted
	case m.units.IsZero():
		return ZeroValue
	case e.isDust(m) && !m.claimed && !openDue[dueKey{m.asset, m.to, m.units}]:
		return Dust
	}
	return ReasonNone
}

type dueKey struct {
	asset int32
	to    uint32
	units money.Units
}

// openDues lists what is due on each address, so that a tiny but exact payment is no dust.
func (e *engine) openDues() map[dueKey]bool {
	dues := map[dueKey]bool{}
	for i := range e.pays {
		p := &e.pays[i]
		if ask := p.ask(); ask.Known && p.payTo != 0 && e.below(p.asset, ask.Units) {
			dues[dueKey{p.asset, p.payTo, ask.Units}] = true
		}
	}
	return dues
}

func (e *engine) isDust(m *move) bool { return e.below(m.asset, m.units) }

// below reports whether units are less than the dust limit of their asset.
func (e *engine) below(asset int32, units money.Units) bool {
	a := e.in.assets[asset]
	if limit, ok := e.policy.AssetDust[a.ID]; ok {
		bound, err := limit.Bind(max(a.Decimals, 0))
		return err == nil && units.Cmp(bound) < 0
	}
	v := e.value(asset, units)
	return v.Known() && e.policy.Dust.Known() && v.Cmp(e.policy.Dust) < 0
}

// claimedTransactions is the set of transactions that an order names, or a delivery
// whose signature does not fail.
func (e *engine) claimedTransactions() []bool {
	set := make([]bool, e.in.txs.len())
	for i := range e.pays {
		for _, tx := range e.in.list(e.pays[i].claims) {
			set[tx] = true
		}
	}
	for _, d := range e.in.allDeliveries() {
		if d.signature != SignatureInvalid {
			for _, tx := range e.in.list(d.txids) {
				set[tx] = true
			}
		}
	}
	return set
}
