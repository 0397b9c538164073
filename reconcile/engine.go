package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// engine is the state of one reconciliation. Its methods run once each, in the
// order of Reconcile.
type engine struct {
	in     *Input
	policy Policy
	window Interval

	today          string // the business date
	own, watched   map[uint32]bool
	coverage       coverage
	volumes        *volumes // nil = there are none to be held against
	hasProvider    bool
	hasMerchant    bool
	merchantHasIDs bool
	rejected       []RejectRow // every row that could not be read, sorted
	lateRejects    []rejectRow
	tolerances     []Tolerance // by asset
	rates          []money.Quantity

	pays      []payment
	moves     []move
	parts     []part
	side      side // of the payment that is being judged
	movesByTX txIndex

	groups []group
	delivs []delivered

	firstDelivery []int32              // by payment
	foreign       map[int32][]int32    // by payment: transfers in another asset or on another chain
	facts         map[uint32][]factRow // answers of chain sources, by transaction
	rejectedTX    map[uint32]bool      // transactions named by order rows that could not be read
	byAddress     addressIndex
	amounts       map[place][]int32 // orders of an address by amount, where an unknown transfer came to it
	freeMoves     map[place][]int32 // unattributed transfers of an address, where somebody asked
	unpaidTwins   map[twin][]int32  // unpaid orders without money, by customer and amount
	claimIndex    claimIndex

	refunds  refunds
	cases    *cases // what was carried forward, nil without an opening
	rolled   []RollLine
	days     []DayLine
	breaks   []finding
	clusters []cluster
	items    []openItem

	tolerated        []money.Units // by asset: differences inside the tolerance
	expectedInGroups []money.Units // by asset: expected of ambiguous orders
	violations       []string
}

// part is a piece of a transfer that is allocated to a payment.
type part struct {
	move  int32
	next  int32 // of the same payment, in time order; -1 ends
	units money.Units
	rule  Rule
	why   string // evidence beyond the rule, "" for none
}

// group is a set of payments and transfers between which nobody can decide.
type group struct {
	pays, moves []int32
	asset       int32
	note        string
}

// give allocates units of a transfer to a payment and keeps the payment's list in time order.
func (e *engine) give(p, m int32, units money.Units, rule Rule, why string) {
	pay, mv := &e.pays[p], &e.moves[m]
	if pay.asset == 0 {
		pay.asset, pay.chain = mv.asset, mv.chain
		e.bind(pay)
	}
	mv.owner, mv.rule = p, rule
	n := int32(len(e.parts))
	e.parts = append(e.parts, part{move: m, next: -1, units: units, rule: rule, why: why})
	prev := int32(-1)
	at := pay.firstPart
	for at >= 0 && !e.before(m, e.parts[at].move) {
		prev, at = at, e.parts[at].next
	}
	e.parts[n].next = at
	if prev < 0 {
		pay.firstPart = n
	} else {
		e.parts[prev].next = n
	}
}

// before orders two transfers by time, then by their place in the report.
func (e *engine) before(a, b int32) bool {
	x, y := &e.moves[a], &e.moves[b]
	if x.time != y.time {
		return x.time < y.time
	}
	return a < b
}

// partsOf returns a payment's allocations in time order.
func (e *engine) partsOf(p *payment) []int32 {
	var list []int32
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		list = append(list, at)
	}
	return list
}

func (e *engine) tolerance(asset int32, due money.Units) money.Units {
	t := e.tolerances[asset]
	abs, err := t.Absolute.Bind(max(e.in.assets[asset].Decimals, 0))
	if err != nil {
		abs = money.Units{} // finer than one base unit
	}
	percent := due.Abs().MulDiv(t.PercentMicros, 100_000_000)
	if percent.Cmp(abs) > 0 {
		return percent
	}
	return abs
}

// value is what units of an asset are worth in the reference currency; unknown
// without a rate.
func (e *engine) value(asset int32, u money.Units) money.Quantity {
	return money.Value(u, max(e.in.assets[asset].Decimals, 0), e.rates[asset])
}

// amount names units of an asset for people.
func (e *engine) amount(asset int32, u money.Units) string {
	a := e.in.assets[asset].Asset
	a.Decimals = max(a.Decimals, 0)
	return money.Amount{Asset: a, Units: u}.String()
}

func quote(s string) string { return "“" + s + "”" }

// sortedKeys helps to walk a set in a fixed order.
func sortedKeys[V any](m map[int32]V) []int32 {
	keys := make([]int32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
