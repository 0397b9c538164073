package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// payment is one order as all books together tell it.
type payment struct {
	prov, merch int32 // rows of the provider's and the merchant's book, -1 without
	sibling     bool  // another attempt of an order number whose merchant row went to a better one
	dueRow      int32 // merchant row that says what is due, -1 without

	profile   *Profile
	id, no    uint32
	customer  uint32
	chain     int32
	asset     int32
	payTo     uint32
	state     State // the provider's where it has the order
	paid      bool  // called paid
	onHold    bool
	judged    bool // created inside the window
	later     bool // created after it
	created   Instant
	expires   Instant
	assumed   bool // the expiry was assumed from a default
	due       Figure
	recorded  Figure
	merchDue  Figure // each book's own word, for due_conflict
	provDue   Figure
	credited  Figure
	trouble   Reason // why nothing can be claimed: unknown_status, rejected_row, not_watched
	note      string // a sentence about the trouble
	claims    []uint32
	payers    []uint32
	firstPart int32 // head of its list in engine.parts, -1 when nothing is allocated
	lastPart  int32
	group     int32 // ambiguous group, -1 without
	verdict   verdict
}

// verdict is what a payment ends in.
type verdict struct {
	outcome  Outcome
	reason   Reason
	kinds    kindSet
	received money.Units // own asset, final, before Window.To, whatever its scope
	expected money.Units // counted in the identity
	counted  money.Units // received that is counted in the identity
	named    money.Units // sum of its breaks and of the tolerance in its own asset
	straddle bool        // a part of the pair lies outside the judged scope
	txs      []int32     // transfers that the verdict is about, for the report
	note     string
	items    int32 // number of open items
}

// kindSet is a set of Kinds.
type kindSet uint32

func (s kindSet) has(k Kind) bool { return s&(1<<k) != 0 }
func (s *kindSet) add(k Kind)     { *s |= 1 << k }

// names returns the kinds sorted by name.
func (s kindSet) list() []Kind {
	var out []Kind
	for k := LostOrder; k < kindCount; k++ {
		if s.has(k) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b Kind) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// rowIndex finds rows by a key number: head[key] is the first row, next[row] the
// one after it, -1 ends.
type rowIndex struct{ head, next []int32 }

func newRowIndex(keys, rows int) rowIndex {
	x := rowIndex{make([]int32, keys), make([]int32, rows)}
	for i := range x.head {
		x.head[i] = -1
	}
	return x
}

func (x rowIndex) add(key uint32, row int32) {
	x.next[row], x.head[key] = x.head[key], row
}

// join makes payments of order rows: the newest row of each order in each book,
// then the merchant's row beside the provider's.
func (e *engine) join() {
	winners := e.newestRows()
	provider := slices.DeleteFunc(slices.Clone(winners), func(r int32) bool { return e.in.orders[r].book != BookProvider })
	merchant := slices.DeleteFunc(winners, func(r int32) bool { return e.in.orders[r].book != BookMerchant })
	e.hasProvider, e.hasMerchant = len(provider) > 0 || e.hasBook(SourceProviderBook), len(merchant) > 0 || e.hasBook(SourceMerchantBook)

	e.pays = make([]payment, 0, max(len(provider), len(merchant)))
	byID := newRowIndex(e.in.keys.len(), len(provider))
	byNo := newRowIndex(e.in.keys.len(), len(provider))
	for i, row := range provider {
		e.pays = append(e.pays, payment{prov: row, merch: -1, dueRow: -1})
		byID.add(e.in.orders[row].id, int32(i))
		byNo.add(e.in.orders[row].no, int32(i))
	}
	var numberless map[uint32]int32 // TXID -> payment, for orders without a number
	for _, row := range merchant {
		m := &e.in.orders[row]
		p := e.byProviderID(byID, m)
		if p < 0 {
			p = e.byNumber(byNo, m)
		}
		if p < 0 && m.txids.n > 0 {
			if numberless == nil {
				numberless = e.numberlessByTX(len(provider))
			}
			p = e.byTX(numberless, m)
		}
		switch {
		case p < 0:
			e.pays = append(e.pays, payment{prov: -1, merch: row, dueRow: row})
		case e.pays[p].merch < 0:
			e.pays[p].merch, e.pays[p].dueRow = row, row
		case e.newer(row, e.pays[p].merch):
			e.supersede(e.pays[p].merch)
			e.pays[p].merch, e.pays[p].dueRow = row, row
		default:
			e.supersede(row)
		}
	}
	e.markSiblings(byNo, len(provider))
	for i := range e.pays {
		e.complete(&e.pays[i])
	}
	slices.SortFunc(e.pays, func(a, b payment) int {
		return cmp.Or(strings.Compare(e.providerOf(&a), e.providerOf(&b)),
			strings.Compare(e.in.keys.text(a.id), e.in.keys.text(b.id)),
			strings.Compare(e.in.keys.text(a.no), e.in.keys.text(b.no)))
	})
}

func (e *engine) hasBook(kind SourceKind) bool {
	return slices.ContainsFunc(e.in.sources, func(s intakeInfo) bool { return s.info.Kind == kind })
}

// newestRows drops repeated and superseded rows of each book and counts them.
func (e *engine) newestRows() []int32 {
	rows := e.in.orders
	x := newRowIndex(max(e.in.keys.len(), e.in.txs.len()), len(rows))
	winners := make([]int32, 0, len(rows))
	for i := range rows {
		if key := e.identity(&rows[i]); key == 0 {
			winners = append(winners, int32(i)) // nothing to join by: the TXID or nothing identifies it
		} else {
			x.add(key, int32(i))
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
func (e *engine) identity(r *orderRow) uint32 {
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
	first := &e.in.orders[*head]
	var same, rest []int32
	for r := *head; r >= 0; r = x.next[r] {
		o := &e.in.orders[r]
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
		return cmp.Compare(e.in.orders[a].source, e.in.orders[b].source)
	})
	for i := 1; i < len(same); i++ {
		if e.compareRows(same[i-1], same[i]) == 0 {
			e.in.sources[e.in.orders[same[i]].source].Duplicates++
		} else {
			e.supersede(same[i])
		}
	}
	return same[0]
}

func (e *engine) supersede(row int32) { e.in.sources[e.in.orders[row].source].Superseded++ }

// newer orders two rows of one order: the newest update wins, then the later
// state, then content.
func (e *engine) newer(a, b int32) bool {
	x, y := &e.in.orders[a], &e.in.orders[b]
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

// compareRows orders rows by everything they say, never by where they stood.
func (e *engine) compareRows(a, b int32) int {
	x, y := &e.in.orders[a], &e.in.orders[b]
	k, w, ad := e.in.keys, e.in.words, e.in.addrs
	return cmp.Or(
		cmp.Compare(x.book, y.book),
		compareText(w, x.provider, y.provider), compareText(k, x.id, y.id), compareText(k, x.no, y.no),
		cmp.Compare(x.created, y.created), cmp.Compare(x.updated, y.updated), cmp.Compare(x.state, y.state),
		compareText(w, x.status, y.status), compareText(w, x.account, y.account), compareText(w, x.customer, y.customer),
		strings.Compare(e.in.chains[x.chain], e.in.chains[y.chain]), strings.Compare(e.in.assets[x.asset].ID, e.in.assets[y.asset].ID),
		compareText(w, x.symbol, y.symbol), compareText(ad, x.payTo, y.payTo),
		e.compareQty(x.due, y.due), e.compareQty(x.recorded, y.recorded), e.compareQty(x.settled, y.settled), e.compareQty(x.price, y.price),
		cmp.Compare(x.expires, y.expires), cmp.Compare(x.paidAt, y.paidAt), cmp.Compare(x.filled, y.filled),
		cmp.Compare(x.resends, y.resends), cmp.Compare(x.flags, y.flags), compareText(w, x.method, y.method),
		slices.CompareFunc(e.in.list(x.txids), e.in.list(y.txids), func(s, t uint32) int { return compareText(e.in.txs, s, t) }),
		slices.CompareFunc(e.in.list(x.payers), e.in.list(y.payers), func(s, t uint32) int { return compareText(ad, s, t) }),
	)
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

func (e *engine) byProviderID(x rowIndex, m *orderRow) int32 {
	if m.id == 0 {
		return -1
	}
	best := int32(-1)
	for p := x.head[m.id]; p >= 0; p = x.next[p] {
		if best < 0 || e.in.orders[e.pays[p].prov].no == m.no {
			best = p
		}
	}
	return best
}

// byNumber finds the provider's order of a merchant's number: the paid one
// where there are several, else the newest.
func (e *engine) byNumber(x rowIndex, m *orderRow) int32 {
	if m.no == 0 {
		return -1
	}
	best := int32(-1)
	for p := x.head[m.no]; p >= 0; p = x.next[p] {
		if best < 0 || e.betterAttempt(p, best) {
			best = p
		}
	}
	return best
}

func (e *engine) betterAttempt(p, q int32) bool {
	a, b := &e.in.orders[e.pays[p].prov], &e.in.orders[e.pays[q].prov]
	if (a.state == StatePaid) != (b.state == StatePaid) {
		return a.state == StatePaid
	}
	if a.created != b.created {
		return a.created > b.created
	}
	return compareText(e.in.keys, a.id, b.id) > 0
}

// numberlessByTX indexes provider orders without an order number by their TXIDs.
func (e *engine) numberlessByTX(providers int) map[uint32]int32 {
	x := map[uint32]int32{}
	for i := range providers {
		if o := &e.in.orders[e.pays[i].prov]; o.no == 0 {
			for _, tx := range e.in.list(o.txids) {
				if _, taken := x[tx]; !taken {
					x[tx] = int32(i)
				}
			}
		}
	}
	return x
}

func (e *engine) byTX(x map[uint32]int32, m *orderRow) int32 {
	for _, tx := range e.in.list(m.txids) {
		if p, ok := x[tx]; ok {
			return p
		}
	}
	return -1
}

// markSiblings lets further attempts of a number share what is due.
func (e *engine) markSiblings(byNo rowIndex, providers int) {
	for i := range providers {
		p := &e.pays[i]
		no := e.in.orders[p.prov].no
		if p.merch >= 0 || no == 0 {
			continue
		}
		for q := byNo.head[no]; q >= 0; q = byNo.next[q] {
			if e.pays[q].merch >= 0 {
				p.sibling, p.dueRow = true, e.pays[q].merch
			}
		}
	}
}

// complete fills a payment from its rows.
func (e *engine) complete(p *payment) {
	p.firstPart, p.lastPart, p.group = -1, -1, -1
	main := p.prov
	if main < 0 {
		main = p.merch
	}
	o := &e.in.orders[main]
	p.profile = e.in.profiles[e.in.words.text(o.provider)]
	if p.profile == nil {
		p.profile = &noProfile
	}
	p.id, p.no, p.customer = o.id, o.no, o.customer
	p.chain, p.asset, p.payTo = o.chain, o.asset, o.payTo
	p.state, p.onHold = o.state, o.flags&FlagOnHold != 0
	p.created, p.expires = o.created, o.expires
	p.claims, p.payers = e.in.list(o.txids), e.in.list(o.payers)
	if p.merch >= 0 && p.prov >= 0 {
		e.completeFromMerchant(p, &e.in.orders[p.merch])
	}
	p.paid = p.state == StatePaid
	if !p.expires.Known() && p.created.Known() {
		p.assumed = true
		p.expires = p.created + cmp.Or(p.profile.DefaultExpiry, e.policy.DefaultExpiry)
	}
	p.judged = !p.created.Known() || e.policy.Window.Contains(p.created)
	p.later = p.created.Known() && p.created >= e.policy.Window.To
	if p.state == StateUnknown {
		p.trouble = UnknownStatus
		p.note = "status " + quote(e.in.words.text(o.status)) + " is not in the profile; nothing is claimed"
	}
}

func (e *engine) completeFromMerchant(p *payment, m *orderRow) {
	p.no = cmp.Or(p.no, m.no)
	p.id = cmp.Or(p.id, m.id)
	p.customer = cmp.Or(p.customer, m.customer)
	if p.chain == 0 {
		p.chain = m.chain
	}
	if p.asset == 0 && (m.asset == 0 || p.chain == 0 || e.in.assets[m.asset].chain == p.chain) {
		p.asset = m.asset
	}
	if p.asset == 0 && p.chain != 0 { // a chain from one book, a symbol from the other
		p.asset = e.in.assetOf(p.chain, e.in.words.text(cmp.Or(e.in.orders[p.prov].symbol, m.symbol)))
	}
	p.payTo = cmp.Or(p.payTo, m.payTo)
	p.created = cmp.Or(p.created, m.created)
	p.expires = cmp.Or(p.expires, m.expires)
	for _, tx := range e.in.list(m.txids) {
		if !slices.Contains(p.claims, tx) {
			p.claims = append(slices.Clone(p.claims), tx)
		}
	}
	if len(p.payers) == 0 {
		p.payers = e.in.list(m.payers)
	}
}

// noProfile stands in for a provider without one: it promises nothing.
var noProfile Profile

// bind turns a payment's quantities into base units of its asset. A quantity
// that does not fit the asset is a reject made here, and the order is not judged.
func (e *engine) bind(p *payment) {
	if p.asset == 0 {
		return
	}
	if p.prov >= 0 {
		o := &e.in.orders[p.prov]
		p.provDue = e.bindQty(p, o, "amount_due", o.due)
		p.recorded = e.bindQty(p, o, "amount", o.recorded)
	}
	if p.dueRow >= 0 {
		m := &e.in.orders[p.dueRow]
		if m.asset == 0 && (m.symbol == 0 || strings.EqualFold(e.in.words.text(m.symbol), e.in.assets[p.asset].Symbol)) || m.asset == p.asset {
			p.merchDue = e.bindQty(p, m, "amount_due", m.due)
			if p.merch == p.dueRow {
				p.credited = e.bindQty(p, m, "amount_paid", m.recorded)
			}
		}
	}
	p.due = p.provDue
	if p.merchDue.Known {
		p.due = p.merchDue
	}
	if p.prov < 0 {
		p.recorded = p.credited
	}
}

func (e *engine) bindQty(p *payment, o *orderRow, column string, q qty) Figure {
	quantity := e.in.quantity(q)
	if !quantity.Known() {
		return Figure{}
	}
	units, err := quantity.Bind(max(e.in.assets[p.asset].Decimals, 0))
	if err != nil {
		if p.trouble != RejectedRow {
			p.trouble, p.note = RejectedRow, column+": "+err.Error()
			e.rejectOrder(o, column, quantity.String(), err.Error())
		}
		return Figure{}
	}
	return Figure{units, true}
}

func (e *engine) rejectOrder(o *orderRow, column, value, reason string) {
	e.in.sources[o.source].Rejected++
	e.lateRejects = append(e.lateRejects, rejectRow{Reject{At: o.at, Column: column, Value: value, Reason: reason,
		OrderID: e.in.keys.text(o.id), OrderNo: e.in.keys.text(o.no)}, o.source})
}

func (e *engine) providerOf(p *payment) string {
	if p.prov >= 0 {
		return e.in.words.text(e.in.orders[p.prov].provider)
	}
	return e.in.words.text(e.in.orders[p.merch].provider)
}

// ask is the amount that a transfer must have to pay the order exactly: what is
// due or, where that is unknown, what the provider recorded as selected.
func (p *payment) ask() Figure {
	if p.due.Known {
		return p.due
	}
	return p.recorded
}

// window is the time in which transfers may be attributed to the order.
func (e *engine) payWindow(p *payment) Interval {
	if !p.created.Known() {
		return Interval{-1 << 62, 1 << 62}
	}
	return Interval{p.created - e.policy.BeforeCreated, p.expires + e.policy.AfterExpiry + 1}
}
