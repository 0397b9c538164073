package reconcile

import (
	"cmp"
	"slices"
	"strings"
)

// join makes payments of order rows: the newest row of each order in each book,
// then the merchant's row beside the provider's.
func (e *engine) join() {
	winners := e.newestRows()
	provider := slices.DeleteFunc(slices.Clone(winners), func(r int32) bool { return e.in.order(r).book != BookProvider })
	merchant := slices.DeleteFunc(winners, func(r int32) bool { return e.in.order(r).book != BookMerchant })
	e.hasProvider, e.hasMerchant = len(provider) > 0 || e.hasBook(SourceProviderBook), len(merchant) > 0 || e.hasBook(SourceMerchantBook)

	pairs := e.pairRows(provider, merchant)
	slices.SortFunc(pairs, e.comparePairs)
	e.pays = make([]payment, len(pairs))
	for i, at := range pairs {
		e.pays[i] = payment{pair: at}
		e.complete(&e.pays[i])
	}
}

// pair is the rows of one payment: -1 where a book does not have it.
type pair struct {
	prov, merch int32
	dueRow      int32 // merchant row that says what is due, -1 without
	sibling     bool  // another attempt of an order number whose merchant row went to a better one
}

// row is the row that speaks for a payment: the provider's where it has one.
func (p pair) row() int32 {
	if p.prov >= 0 {
		return p.prov
	}
	return p.merch
}

// pairRows puts every row of the merchant's book beside the provider's row of the
// same order, if there is one.
func (e *engine) pairRows(provider, merchant []int32) []pair {
	pairs := make([]pair, 0, max(len(provider), len(merchant)))
	byID := newRowIndex(e.in.keys.len(), len(provider))
	byNo := newRowIndex(e.in.keys.len(), len(provider))
	for i, row := range provider {
		pairs = append(pairs, pair{prov: row, merch: -1, dueRow: -1})
		byID.add(e.in.order(row).id, int32(i))
		byNo.add(e.in.order(row).no, int32(i))
	}
	var numberless map[uint32]int32 // TXID -> pair, for orders without a number
	for _, row := range merchant {
		m := e.in.order(row)
		p := e.byProviderID(pairs, byID, m)
		if p < 0 {
			p = e.byNumber(pairs, byNo, m)
		}
		if p < 0 && m.txids.n > 0 {
			if numberless == nil {
				numberless = e.numberlessByTX(provider)
			}
			if p = e.byTX(numberless, m); p >= 0 && pairs[p].merch >= 0 {
				p = -1 // the transaction says which order it paid, not that two numbers are one
			}
		}
		switch {
		case p < 0:
			pairs = append(pairs, pair{prov: -1, merch: row, dueRow: row})
		case pairs[p].merch < 0:
			pairs[p].merch, pairs[p].dueRow = row, row
		case e.newer(row, pairs[p].merch):
			e.supersede(pairs[p].merch)
			pairs[p].merch, pairs[p].dueRow = row, row
		default:
			e.supersede(row)
		}
	}
	e.markSiblings(pairs[:len(provider)], byNo)
	return pairs
}

// comparePairs is the order of payments in reports: by provider, order id, order
// number. Small pairs are sorted, not the payments that are made of them.
func (e *engine) comparePairs(a, b pair) int {
	x, y := e.in.order(a.row()), e.in.order(b.row())
	if x.provider != y.provider {
		return compareText(e.in.words, x.provider, y.provider)
	}
	if c := compareText(e.in.keys, e.idOf(a), e.idOf(b)); c != 0 {
		return c
	}
	return compareText(e.in.keys, e.noOf(a), e.noOf(b))
}

func (e *engine) idOf(at pair) uint32 {
	return e.firstKey(at, func(o orderRow) uint32 { return o.id })
}

func (e *engine) noOf(at pair) uint32 {
	return e.firstKey(at, func(o orderRow) uint32 { return o.no })
}

// firstKey is the provider's word or, where it has none, the merchant's.
func (e *engine) firstKey(at pair, key func(orderRow) uint32) uint32 {
	for _, row := range [2]int32{at.prov, at.merch} {
		if row < 0 {
			continue
		}
		if k := key(e.in.order(row)); k != 0 {
			return k
		}
	}
	return 0
}

func (e *engine) hasBook(kind SourceKind) bool {
	return slices.ContainsFunc(e.in.sources, func(s intakeInfo) bool { return s.info.Kind == kind })
}

// newestRows drops repeated and superseded rows of each book and counts them.
func (e *engine) newestRows() []int32 {
	n := e.in.orders.len()
	x := newRowIndex(e.in.keys.len(), n)
	winners := make([]int32, 0, n)
	for i, o := range e.in.allOrders() {
		if key := e.identity(o); key == 0 {
			winners = append(winners, i) // nothing to join by: the TXID or nothing identifies it
		} else {
			x.add(key, i)
		}
	}
	for _, head := range x.head {
		for same := e.takeSame(x, &head); len(same) > 0; same = e.takeSame(x, &head) {
			winners = append(winners, e.newest(same))
		}
	}
	slices.SortFunc(winners, e.compareRows)
	return winners
}

// identity is the key that makes two rows of one book the same order.
func (e *engine) identity(r orderRow) uint32 {
	if r.id != 0 {
		return r.id
	}
	return r.no
}

// takeSame takes the rows of one identity off a list of rows with equal keys.
func (e *engine) takeSame(x rowIndex, head *int32) []int32 {
	if *head < 0 {
		return nil
	}
	first := e.in.order(*head)
	var same, rest []int32
	for r := *head; r >= 0; r = x.next[r] {
		o := e.in.order(r)
		if o.book == first.book && (o.id != 0) == (first.id != 0) && (o.book == BookMerchant || o.provider == first.provider) {
			same = append(same, r)
		} else {
			rest = append(rest, r)
		}
	}
	*head = -1
	for _, r := range rest {
		x.next[r], *head = *head, r
	}
	return same
}

// newest picks the row that counts and books the others as duplicates (equal
// content) or superseded. The pick depends on content alone.
func (e *engine) newest(same []int32) int32 {
	if len(same) == 1 {
		return same[0]
	}
	slices.SortFunc(same, func(a, b int32) int {
		if e.newer(a, b) {
			return -1
		}
		if e.newer(b, a) {
			return 1
		}
		return cmp.Compare(e.in.order(a).source, e.in.order(b).source)
	})
	for i := 1; i < len(same); i++ {
		if e.compareRows(same[i-1], same[i]) == 0 {
			e.in.sources[e.in.order(same[i]).source].Duplicates++
		} else {
			e.supersede(same[i])
		}
	}
	return same[0]
}

func (e *engine) supersede(row int32) { e.in.sources[e.in.order(row).source].Superseded++ }

// newer orders two rows of one order: the newest update wins, then the later
// state, then content.
func (e *engine) newer(a, b int32) bool {
	x, y := e.in.order(a), e.in.order(b)
	if x.updated != y.updated {
		return x.updated > y.updated
	}
	if rx, ry := stateRank(x.state), stateRank(y.state); rx != ry {
		return rx > ry
	}
	return e.compareRows(a, b) > 0
}

// stateRank orders states by how far an order has come.
func stateRank(s State) int {
	switch s {
	case StateCreated:
		return 1
	case StateDetected:
		return 2
	case StateExpired, StateCancelled, StateFailed:
		return 3
	case StatePaid:
		return 4
	}
	return 0
}

// compareRows orders rows by everything they say, never by where they stood. Their
// keys decide nearly always.
func (e *engine) compareRows(a, b int32) int {
	x, y := e.in.order(a), e.in.order(b)
	if c := e.compareKeys(x, y); c != 0 {
		return c
	}
	w, ad := e.in.words, e.in.addrs
	s, t := e.in.restOf(x), e.in.restOf(y)
	return cmp.Or(
		cmp.Compare(x.created, y.created), cmp.Compare(x.updated, y.updated), cmp.Compare(x.state, y.state),
		compareText(w, x.status, y.status), compareText(w, x.account, y.account), compareText(w, x.customer, y.customer),
		strings.Compare(e.in.chains[x.chain], e.in.chains[y.chain]), strings.Compare(e.in.assets[x.asset].ID, e.in.assets[y.asset].ID),
		compareText(w, x.symbol, y.symbol), compareText(ad, x.payTo, y.payTo),
		e.compareQty(x.due, y.due), e.compareQty(x.recorded, y.recorded), e.compareQty(s.settled, t.settled), e.compareQty(s.price, t.price),
		cmp.Compare(x.expires, y.expires), cmp.Compare(x.paidAt, y.paidAt), cmp.Compare(s.filled, t.filled),
		cmp.Compare(x.resends, y.resends), cmp.Compare(x.flags, y.flags), compareText(w, x.method, y.method),
		slices.CompareFunc(e.in.list(x.txids), e.in.list(y.txids), func(s, t uint32) int { return compareText(e.in.txs, s, t) }),
		slices.CompareFunc(e.in.list(s.payers), e.in.list(t.payers), func(s, t uint32) int { return compareText(ad, s, t) }),
	)
}

// compareKeys orders rows by book, provider, order id and order number.
func (e *engine) compareKeys(x, y orderRow) int {
	if x.book != y.book {
		return cmp.Compare(x.book, y.book)
	}
	if x.provider != y.provider {
		return compareText(e.in.words, x.provider, y.provider)
	}
	if c := compareText(e.in.keys, x.id, y.id); c != 0 {
		return c
	}
	return compareText(e.in.keys, x.no, y.no)
}

func compareText(d *dict, a, b uint32) int {
	if a == b {
		return 0
	}
	return strings.Compare(d.text(a), d.text(b))
}

func (e *engine) compareQty(a, b qty) int {
	if a.kind == 0 || b.kind == 0 {
		return cmp.Compare(min(a.kind, 1), min(b.kind, 1))
	}
	return e.in.quantity(a).Cmp(e.in.quantity(b))
}

func (e *engine) byProviderID(pairs []pair, x rowIndex, m orderRow) int32 {
	if m.id == 0 {
		return -1
	}
	best := int32(-1)
	for p := x.head[m.id]; p >= 0; p = x.next[p] {
		if best < 0 || e.in.order(pairs[p].prov).no == m.no {
			best = p
		}
	}
	return best
}

// byNumber finds the provider's order of a merchant's number: the paid one
// where there are several, else the newest.
func (e *engine) byNumber(pairs []pair, x rowIndex, m orderRow) int32 {
	if m.no == 0 {
		return -1
	}
	best := int32(-1)
	for p := x.head[m.no]; p >= 0; p = x.next[p] {
		if best < 0 || e.betterAttempt(pairs[p].prov, pairs[best].prov) {
			best = p
		}
	}
	return best
}

func (e *engine) betterAttempt(p, q int32) bool {
	a, b := e.in.order(p), e.in.order(q)
	if (a.state == StatePaid) != (b.state == StatePaid) {
		return a.state == StatePaid
	}
	if a.created != b.created {
		return a.created > b.created
	}
	return compareText(e.in.keys, a.id, b.id) > 0
}

// numberlessByTX indexes provider orders without an order number by their TXIDs.
func (e *engine) numberlessByTX(provider []int32) map[uint32]int32 {
	x := map[uint32]int32{}
	for i, row := range provider {
		if o := e.in.order(row); o.no == 0 {
			for _, tx := range e.in.list(o.txids) {
				if _, taken := x[tx]; !taken {
					x[tx] = int32(i)
				}
			}
		}
	}
	return x
}

func (e *engine) byTX(x map[uint32]int32, m orderRow) int32 {
	for _, tx := range e.in.list(m.txids) {
		if p, ok := x[tx]; ok {
			return p
		}
	}
	return -1
}

// markSiblings lets further attempts of a number share what is due.
func (e *engine) markSiblings(attempts []pair, byNo rowIndex) {
	for i := range attempts {
		p := &attempts[i]
		no := e.in.order(p.prov).no
		if p.merch >= 0 || no == 0 {
			continue
		}
		for q := byNo.head[no]; q >= 0; q = byNo.next[q] {
			if attempts[q].merch >= 0 {
				p.sibling, p.dueRow = true, attempts[q].merch
			}
		}
	}
}
