package reconcile

import (
	"cmp"
	"slices"

	"tieout/reconcile/money"
)

// match attributes transfers to payments, strongest evidence first.
func (e *engine) match() {
	e.parts = make([]part, 0, len(e.moves))
	e.matchClaims()
	e.matchDeposits()
	e.byAddress = e.paymentsByAddress()
	e.matchAddresses()
	e.matchExact()
	e.matchNear()
	e.matchSums()
	e.matchRepeats()
}

// agrees reports whether a transfer can pay an order at all: same chain, same
// asset and the order's address. An order that names no address agrees with any
// watched one; one that names no asset agrees with any accepted one.
func (e *engine) agrees(p *payment, m *move) bool {
	return (p.chain == 0 || p.chain == m.chain) && (p.asset == 0 || p.asset == m.asset) && e.addressAgrees(p, m)
}

func (e *engine) addressAgrees(p *payment, m *move) bool {
	if p.payTo != 0 {
		return p.payTo == m.to
	}
	return e.watched[m.to]
}

// matchClaims applies the rule txid: a book or, where no book does, a delivery
// names the transaction.
func (e *engine) matchClaims() {
	claimants := e.claimants()
	e.claimIndex = claimants
	settled := make([]bool, e.in.txs.len())
	for i := range e.pays {
		for _, tx := range e.in.list(e.pays[i].claims) {
			if settled[tx] {
				continue
			}
			settled[tx] = true
			if pays := claimants.of(tx); len(pays) == 1 {
				e.matchClaim(pays[0], tx)
			} else {
				slices.SortFunc(pays, e.compareCreation)
				e.matchSharedClaim(pays, tx)
			}
		}
	}
}

// claimIndex lists the payments that name each transaction.
type claimIndex struct {
	rowIndex
	pays []int32
}

func (e *engine) claimants() claimIndex {
	var c claimIndex
	for i := range e.pays {
		for range e.in.list(e.pays[i].claims) {
			c.pays = append(c.pays, int32(i))
		}
	}
	c.rowIndex = newRowIndex(e.in.txs.len(), len(c.pays))
	n := int32(len(c.pays))
	for i := len(e.pays) - 1; i >= 0; i-- {
		for _, tx := range e.in.list(e.pays[i].claims) {
			n--
			c.pays[n] = int32(i)
			c.add(tx, n)
		}
	}
	return c
}

// of returns the payments that name a transaction, each once.
func (c claimIndex) of(tx uint32) []int32 {
	var list []int32
	for n := c.head[tx]; n >= 0; n = c.next[n] {
		if !slices.Contains(list, c.pays[n]) {
			list = append(list, c.pays[n])
		}
	}
	return list
}

// compareCreation orders payments by creation, then by report order.
func (e *engine) compareCreation(a, b int32) int {
	return cmp.Or(cmp.Compare(e.pays[a].created, e.pays[b].created), cmp.Compare(a, b))
}

// candidates returns the transfers of a transaction that agree with a payment and are free.
func (e *engine) candidates(p *payment, tx uint32) []int32 {
	var list []int32
	for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
		if mv := &e.moves[m]; mv.usable() && e.agrees(p, mv) {
			list = append(list, m)
		}
	}
	slices.Sort(list)
	return list
}

// matchClaim gives one payment the transfers of the transaction that it alone
// names: the exact one where the address is shared, else all that agree.
func (e *engine) matchClaim(p int32, tx uint32) {
	pay := &e.pays[p]
	list := e.candidates(pay, tx)
	if len(list) > 1 {
		if ask := pay.ask(); ask.Known {
			for _, m := range list {
				if e.moves[m].units == ask.Units {
					list = []int32{m}
					break
				}
			}
		}
	}
	for _, m := range list {
		e.give(p, m, e.moves[m].units, RuleTXID, "")
	}
}

// matchSharedClaim settles a transaction that several payments name: one batch
// where one transfer is exactly their sum, else exact amounts first, then creation.
func (e *engine) matchSharedClaim(pays []int32, tx uint32) {
	if e.matchBatch(pays, tx) {
		return
	}
	var rest []int32
	for _, p := range pays {
		ask := e.pays[p].ask()
		list := e.candidates(&e.pays[p], tx)
		i := slices.IndexFunc(list, func(m int32) bool { return ask.Known && e.moves[m].units == ask.Units })
		if i < 0 {
			rest = append(rest, p)
			continue
		}
		e.give(p, list[i], e.moves[list[i]].units, RuleTXID, "several orders name this transaction; the amount is exactly this one's")
	}
	for _, p := range rest {
		if list := e.candidates(&e.pays[p], tx); len(list) > 0 {
			m := list[0]
			e.give(p, m, e.moves[m].units, RuleTXID, "several orders name this transaction; this one was created first")
		}
	}
}

func (e *engine) matchBatch(pays []int32, tx uint32) bool {
	var sum money.Units
	for _, p := range pays {
		ask := e.pays[p].ask()
		if !ask.Known {
			return false
		}
		sum = sum.Add(ask.Units)
	}
	for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
		mv := &e.moves[m]
		if !mv.usable() || mv.units != sum {
			continue
		}
		if slices.ContainsFunc(pays, func(p int32) bool { return !e.agrees(&e.pays[p], mv) }) {
			continue
		}
		for _, p := range pays {
			e.give(p, m, e.pays[p].ask().Units, RuleBatch, "one transfer pays several orders that name it, exactly")
		}
		mv.shared = true
		return true
	}
	return false
}

// matchDeposits applies the rule deposit_event: the payment contract's log names
// the order. Whether it names the merchant's number or the provider's id is not
// published, so both are tried.
func (e *engine) matchDeposits() {
	var byKey map[uint32][]int32
	for i := range e.moves {
		m := &e.moves[i]
		ref := e.in.transfer(m.row).orderRef
		if ref == 0 || !m.usable() {
			continue
		}
		if byKey == nil {
			byKey = e.paymentsByKey()
		}
		var fit []int32
		for _, p := range byKey[ref] {
			pay := &e.pays[p]
			if (pay.chain == 0 || pay.chain == m.chain) && (pay.asset == 0 || pay.asset == m.asset) {
				fit = append(fit, p)
			}
		}
		if len(fit) == 0 {
			continue
		}
		slices.SortFunc(fit, e.compareInterchangeable(m))
		e.give(fit[0], int32(i), m.units, RuleDepositEvent, "")
	}
}

func (e *engine) paymentsByKey() map[uint32][]int32 {
	x := map[uint32][]int32{}
	for i := range e.pays {
		p := &e.pays[i]
		x[p.no] = append(x[p.no], int32(i))
		if p.id != p.no {
			x[p.id] = append(x[p.id], int32(i))
		}
	}
	delete(x, 0)
	return x
}

// compareInterchangeable orders candidates that nothing else tells apart: called
// paid first, then in time, then open before expired before cancelled, then by
// creation.
func (e *engine) compareInterchangeable(m *move) func(a, b int32) int {
	return func(a, b int32) int {
		p, q := &e.pays[a], &e.pays[b]
		return cmp.Or(cmp.Compare(btoi(q.paid), btoi(p.paid)), cmp.Compare(btoi(e.inTime(q, m)), btoi(e.inTime(p, m))),
			cmp.Compare(openRank(p.state), openRank(q.state)), e.compareCreation(a, b))
	}
}

func openRank(s State) int {
	switch s {
	case StateExpired:
		return 1
	case StateCancelled, StateFailed:
		return 2
	}
	return 0
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// inTime reports whether a transfer lies in the order's running window.
func (e *engine) inTime(p *payment, m *move) bool {
	return e.payWindow(p).From <= m.time && (!p.expires.Known() || m.time <= p.expires)
}

// matchAddresses applies the rule address: the receiving address belongs to one
// order. Past the payment window only the exact due is attributed, unless the
// profile promises the address to the order for ever.
func (e *engine) matchAddresses() {
	for i := range e.moves {
		m := &e.moves[i]
		if !m.usable() {
			continue
		}
		pays := e.paysAt(place{m.chain, m.to})
		if len(pays) != 1 {
			continue
		}
		p := &e.pays[pays[0]]
		if !e.agrees(p, m) {
			continue
		}
		ask := p.ask()
		switch w := e.payWindow(p); {
		case w.Contains(m.time):
			e.give(pays[0], int32(i), m.units, RuleAddress, "")
		case p.profile.AddressForever && m.time >= w.From:
			e.give(pays[0], int32(i), m.units, RuleAddress, "the provider keeps the address for this order for ever")
		case m.time >= w.To && ask.Known && ask.Units == m.units:
			e.give(pays[0], int32(i), m.units, RuleAddress, "past the payment window, but exactly the amount due")
		}
	}
}

// matchRepeats attributes a further transfer of exactly the due, from the sender
// who already paid an order, to that order: rule duplicate. A sender who pays
// for several customers (an exchange) is no evidence.
func (e *engine) matchRepeats() {
	type repeat struct {
		place
		asset int32
		from  uint32
		units money.Units
	}
	paid := map[repeat][]int32{}
	shared, asking := e.sharedSenders(), e.sendersLeft()
	for i := range e.parts {
		m := &e.moves[e.parts[i].move]
		if !asking[m.from] {
			continue
		}
		p := &e.pays[m.owner]
		if m.shared || !p.ask().Known || p.ask().Units != m.units || len(e.paysAt(place{m.chain, m.to})) < 2 {
			continue
		}
		k := repeat{place{m.chain, m.to}, m.asset, m.from, m.units}
		if !slices.Contains(paid[k], m.owner) {
			paid[k] = append(paid[k], m.owner)
		}
	}
	for i := range e.moves {
		m := &e.moves[i]
		if !m.usable() || shared[m.from] {
			continue
		}
		var fit []int32
		for _, p := range paid[repeat{place{m.chain, m.to}, m.asset, m.from, m.units}] {
			if e.payWindow(&e.pays[p]).Contains(m.time) {
				fit = append(fit, p)
			}
		}
		if len(fit) == 0 {
			continue
		}
		slices.SortFunc(fit, e.compareCreation)
		e.give(fit[len(fit)-1], int32(i), m.units, RuleDuplicate, "the same sender had already paid this order exactly")
	}
}

// sendersLeft reports, by address, who sent a transfer that no order explains yet.
func (e *engine) sendersLeft() []bool {
	left := make([]bool, e.in.addrs.len())
	for i := range e.moves {
		if m := &e.moves[i]; m.usable() {
			left[m.from] = true
		}
	}
	return left
}

// sharedSenders reports, by address, who paid orders of two customers or more: an
// exchange, or somebody who pays for others.
func (e *engine) sharedSenders() []bool {
	shared, first := make([]bool, e.in.addrs.len()), make([]int64, e.in.addrs.len())
	for i := range e.parts {
		m := &e.moves[e.parts[i].move]
		customer := int64(e.pays[m.owner].customer)
		if customer == 0 {
			customer = -1 - int64(m.owner) // orders without a customer are different customers
		}
		switch first[m.from] {
		case 0:
			first[m.from] = customer
		case customer:
		default:
			shared[m.from] = true
		}
	}
	return shared
}
