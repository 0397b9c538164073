package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// payment is one order as all books together tell it.
type payment struct {
	pair
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
	brought   bool // judged for the sake of what was carried forward, not for its age
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
	within   money.Units // of it, what lies inside the tolerance
	straddle bool        // a part of the pair lies outside the judged scope
	note     string
	items    int32 // number of open items
}

// kindSet is a set of Kinds.
type kindSet uint32

func (s kindSet) has(k Kind) bool { return s&(1<<k) != 0 }

func (s *kindSet) add(k Kind) { *s |= 1 << k }

// list returns the kinds sorted by name.
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

// complete fills a payment from its rows.
func (e *engine) complete(p *payment) {
	p.firstPart, p.group = -1, -1
	o := &e.in.orders[p.row()]
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
	return e.in.words.text(e.in.orders[p.row()].provider)
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
