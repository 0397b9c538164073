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
	trouble   Reason // why nothing can be claimed: unknown_status, rejected_row, not_watched
	note      string // a sentence about the trouble
	claims    span   // transactions, in the input's lists
	payers    span
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
	within   money.Units // what of the difference lies inside the tolerance
	straddle bool        // a part of the pair lies outside the judged scope
	note     string
	items    int32 // number of open items
	fate     Fate  // of its notification, where one was judged
}

// side is what both sides of the identity hold of the payment that is being judged, in
// its own asset.
type side struct {
	received money.Units // counted in the identity
	named    money.Units // sum of its breaks and of the tolerance
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
	o := e.in.order(p.row())
	p.profile = e.in.profiles[e.in.words.text(o.provider)]
	if p.profile == nil {
		p.profile = &noProfile
	}
	p.id, p.no, p.customer = o.id, o.no, o.customer
	p.chain, p.asset, p.payTo = o.chain, o.asset, o.payTo
	p.state, p.onHold = o.state, o.flags&FlagOnHold != 0
	p.created, p.expires = o.created, o.expires
	p.claims, p.payers = o.txids, e.in.restOf(o).payers
	if p.merch >= 0 && p.prov >= 0 {
		e.completeFromMerchant(p, e.in.order(p.merch))
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

func (e *engine) completeFromMerchant(p *payment, m orderRow) {
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
		p.asset = e.in.assetOf(p.chain, e.in.words.text(cmp.Or(e.in.order(p.prov).symbol, m.symbol)))
	}
	p.payTo = cmp.Or(p.payTo, m.payTo)
	p.created = cmp.Or(p.created, m.created)
	p.expires = cmp.Or(p.expires, m.expires)
	for _, tx := range e.in.list(m.txids) {
		e.claimAlso(p, tx)
	}
	if p.payers.n == 0 {
		p.payers = e.in.restOf(m).payers
	}
}

// claimAlso adds a transaction to those that an order names.
func (e *engine) claimAlso(p *payment, tx uint32) {
	list := e.in.list(p.claims)
	if slices.Contains(list, tx) {
		return
	}
	from := uint32(len(e.in.lists))
	e.in.lists = append(append(e.in.lists, list...), tx)
	p.claims = span{from, uint32(len(list)) + 1}
}

// noProfile stands in for a provider without one: it promises nothing.
var noProfile Profile

// told is what each book says of a payment's amounts.
type told struct{ merchDue, provDue, recorded, credited Figure }

func (t told) conflict() bool  { return t.merchDue.Known && t.provDue.Known && t.merchDue != t.provDue }
func (t told) dueAgrees() bool { return t.merchDue.Known && t.merchDue == t.provDue }

// toldBy returns what the books say of a payment in its asset. What does not fit the
// asset was rejected by bind.
func (e *engine) toldBy(p *payment) told {
	return e.tell(p, func(_ orderRow, _ string, q qty) Figure {
		f, _ := e.figure(p.asset, q)
		return f
	})
}

// tell binds the quantities that the books hold of a payment.
func (e *engine) tell(p *payment, bind func(o orderRow, column string, q qty) Figure) (t told) {
	if p.asset == 0 {
		return t
	}
	if p.prov >= 0 {
		o := e.in.order(p.prov)
		t.provDue, t.recorded = bind(o, "amount_due", o.due), bind(o, "amount", o.recorded)
	}
	if p.dueRow >= 0 {
		m := e.in.order(p.dueRow)
		if m.asset == 0 && (m.symbol == 0 || strings.EqualFold(e.in.words.text(m.symbol), e.in.assets[p.asset].Symbol)) || m.asset == p.asset {
			t.merchDue = bind(m, "amount_due", m.due)
			if p.merch == p.dueRow {
				t.credited = bind(m, "amount_paid", m.recorded)
			}
		}
	}
	return t
}

// bind turns a payment's quantities into base units of its asset. A quantity
// that does not fit the asset is a reject made here, and the order is not judged.
func (e *engine) bind(p *payment) {
	t := e.tell(p, func(o orderRow, column string, q qty) Figure {
		f, err := e.figure(p.asset, q)
		if err != nil && p.trouble != RejectedRow {
			p.trouble, p.note = RejectedRow, column+": "+err.Error()
			e.rejectOrder(o, column, e.in.quantity(q).String(), err.Error())
		}
		return f
	})
	p.due, p.recorded = t.provDue, t.recorded
	if t.merchDue.Known {
		p.due = t.merchDue
	}
	if p.prov < 0 {
		p.recorded = t.credited
	}
}

// figure is a quantity in base units of an asset.
func (e *engine) figure(asset int32, q qty) (Figure, error) {
	quantity := e.in.quantity(q)
	if !quantity.Known() {
		return Figure{}, nil
	}
	units, err := quantity.Bind(max(e.in.assets[asset].Decimals, 0))
	if err != nil {
		return Figure{}, err
	}
	return Figure{units, true}, nil
}

func (e *engine) rejectOrder(o orderRow, column, value, reason string) {
	e.in.sources[o.source].Rejected++
	e.lateRejects = append(e.lateRejects, rejectRow{Reject{At: o.at(), Column: column, Value: value, Reason: reason,
		OrderID: e.in.keys.text(o.id), OrderNo: e.in.keys.text(o.no)}, o.source})
}

func (e *engine) providerOf(p *payment) string {
	return e.in.words.text(e.in.order(p.row()).provider)
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
