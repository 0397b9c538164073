package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// isRefund tells the subject of a refund from that of an order.
func isRefund(subject string) bool { return strings.HasPrefix(subject, "refund:") }

// explainOutgoing finds what outgoing payments were for: the refunds that name their
// transaction or, where a refund names none, the one of that amount whose receiver,
// or whose order's payer, the money went to.
func (e *engine) explainOutgoing() {
	e.refunds.explains = map[int32]string{}
	for _, tx := range sortedTXs(e.refunds.byTX) {
		byAsset := map[int32][]int32{}
		for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
			if e.moves[m].excluded == Outgoing {
				byAsset[e.moves[m].asset] = append(byAsset[e.moves[m].asset], m)
			}
		}
		for _, asset := range sortedKeys(byAsset) {
			e.explainTransaction(asset, byAsset[asset], e.refunds.byTX[tx])
		}
	}
	e.explainByCustomer()
}

func sortedTXs(m map[uint32][]int32) []uint32 {
	keys := make([]uint32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// explainTransaction holds the outgoing payments of one transaction in one asset
// against the refunds that name it: one of the same amount explains a payment, and
// so do all others together, if they come to what went out.
func (e *engine) explainTransaction(asset int32, moves, refunds []int32) {
	rest, left := slices.Clone(refunds), []int32{}
	for _, m := range moves {
		n := slices.IndexFunc(rest, func(r int32) bool {
			return e.refunds.list[r].asset == asset && e.refunds.list[r].units == Figure{e.moves[m].units, true}
		})
		if n < 0 {
			left = append(left, m)
			continue
		}
		e.explain(m, rest[n])
		twin := e.refunds.list[rest[n]].twin
		rest = slices.Delete(rest, n, n+1)
		rest = slices.DeleteFunc(rest, func(r int32) bool { return r+1 == twin })
	}
	var out, given money.Units
	for _, m := range left {
		out = out.Add(e.moves[m].units)
	}
	open := false // one of them may be of any amount
	for _, n := range rest {
		r := &e.refunds.list[n]
		open = open || !r.units.Known
		if r.asset == asset && r.units.Known && r.standing != refundTold {
			given = given.Add(r.units.Units)
		}
	}
	if len(rest) == 0 || !open && out.Sub(given).Cmp(e.tolerance(asset, given)) > 0 {
		return
	}
	for _, m := range left {
		e.explain(m, rest[0])
	}
}

func (e *engine) explain(move, refund int32) {
	r := &e.refunds.list[refund]
	r.explains = true
	e.refunds.explains[move] = "refund " + e.refundLabel(r)
	e.moves[move].near = e.refunds.explains[move] + e.ofOrder(r) + " names it"
}

func (e *engine) ofOrder(r *refund) string {
	if r.pay < 0 {
		return ""
	}
	return " of order " + e.label(&e.pays[r.pay])
}

// explainByCustomer gives refunds without a transaction to payments of exactly their
// amount that went to their receiver or, where they name none, to whoever paid their
// order.
func (e *engine) explainByCustomer() {
	var free map[returnKey][]int32 // by asset, receiver and amount, in time order
	for n := range e.refunds.list {
		r := &e.refunds.list[n]
		row := &e.in.refunds[r.row]
		if !r.units.Known || r.standing == refundVoid || row.txids.n > 0 {
			continue
		}
		if free == nil {
			free = e.unexplained()
		}
		for _, payer := range e.receivers(r, row) {
			k := returnKey{asset: r.asset, to: payer, units: r.units.Units}
			if list := free[k]; len(list) > 0 {
				e.explain(list[0], int32(n))
				e.moves[list[0]].near = e.refunds.explains[list[0]] + e.ofOrder(r) + " is of this amount, and it went to its receiver"
				free[k] = list[1:]
				break
			}
		}
	}
}

// receivers are the addresses that a refund may have gone to.
func (e *engine) receivers(r *refund, row *refundRow) []uint32 {
	switch {
	case row.to != 0:
		return []uint32{row.to}
	case r.pay >= 0:
		return e.payersOfOrder(r.pay)
	}
	return nil
}

func (e *engine) unexplained() map[returnKey][]int32 {
	free := map[returnKey][]int32{}
	for i := range e.moves {
		m := &e.moves[i]
		if _, known := e.refunds.explains[int32(i)]; m.excluded != Outgoing || known {
			continue
		}
		k := returnKey{asset: m.asset, to: m.to, units: m.units}
		free[k] = append(free[k], int32(i))
	}
	for _, list := range free {
		slices.SortFunc(list, func(a, b int32) int { return cmp.Or(cmp.Compare(e.moves[a].time, e.moves[b].time), cmp.Compare(a, b)) })
	}
	return free
}

// payersOfOrder are the senders of what came for an order, then those that the books
// name.
func (e *engine) payersOfOrder(pay int32) []uint32 {
	p := &e.pays[pay]
	var list []uint32
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		list = append(list, e.moves[e.parts[at].move].from)
	}
	for _, m := range e.foreign[pay] {
		list = append(list, e.moves[m].from)
	}
	for _, payer := range e.in.list(p.payers) {
		if !slices.Contains(list, payer) {
			list = append(list, payer)
		}
	}
	return list
}

// judgeOutgoing names an outgoing payment that no refund explains, and reports
// whether it did. Without a refund book, or where that may lack the refund, nothing
// is said; worthless and unknown tokens anybody can send in our name.
func (e *engine) judgeOutgoing(i int32) bool {
	m, b := &e.moves[i], &e.refunds
	_, explained := b.explains[i]
	switch {
	case !b.supplied || explained || !m.final || !e.in.assets[m.asset].accepted || m.units.IsZero() || e.isDust(m):
		return false
	case b.unread[m.txid]:
		m.near = "a row of the refund book that names its transaction could not be read"
		return false
	case !e.cases.knowsOfMove(i, UnmatchedRefund) && !e.refundBookCovers(m.time):
		m.near = "the refund book was not complete for its time"
		return false
	}
	m.kinds.add(UnmatchedRefund)
	note := e.amount(m.asset, m.units) + " went from " + e.in.addrs.text(m.from) + " to " + e.in.addrs.text(m.to) + "; no refund explains it"
	var given Figure
	if list := b.byTX[m.txid]; len(list) > 0 {
		for _, n := range list {
			if r := &b.list[n]; r.asset == m.asset && r.units.Known && r.standing != refundTold {
				given = Figure{given.Units.Add(r.units.Units), true}
			}
		}
		note = e.amount(m.asset, m.units) + " went to " + e.in.addrs.text(m.to) + "; the refunds that name its transaction come to less"
	}
	e.breaks = append(e.breaks, finding{kind: UnmatchedRefund, pay: -1, move: i, asset: m.asset, expected: given,
		observed: Figure{m.units, true}, moves: []int32{i}, since: m.time, note: note})
	return true
}

// refundBookCovers reports whether the refund books would know the refund that a
// payment of that time is for.
func (e *engine) refundBookCovers(at Instant) bool {
	return !e.refunds.blind && contains(e.coverage.refunds, e.explainedBy(at))
}
