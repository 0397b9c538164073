package reconcile

import (
	"slices"

	"tieout/reconcile/money"
)

// finding is a break before it is written: who it is about, and by how much.
type finding struct {
	kind     Kind
	cause    Cause
	pay      int32 // payment, -1 when it is about a transfer or a delivery
	move     int32 // transfer of unknown_transfer, -1 otherwise
	claim    string
	provider string // of a claim
	asset    int32
	diff     money.Units // signed contribution to received - expected
	expected Figure
	observed Figure
	moves    []int32  // transfers that it concerns
	txs      []uint32 // claimed transactions, where no transfer stands for them
	low      bool     // of low severity whatever its value: nothing is at risk
	since    Instant  // block time, else creation
	action   ActionCode
	deadline Instant
	incident int32 // number of the incident it belongs to, -1 without
	note     string
	back     givenBack // what refunds gave back of it
	past     *past     // what was carried forward of it or decided about it, nil for what is new
}

// openItem is an open or undetermined item before it is written.
type openItem struct {
	state  Reason
	pay    int32 // -1 for a transfer without an order
	move   int32
	asset  int32
	amount money.Units
	until  Instant
	since  Instant
	note   string
	apply  bool // a paid order that waits longer than people do: apply it from the API now
	past   *past
}

// find records a break of a payment in its own asset.
func (e *engine) find(p int32, f finding) {
	pay := &e.pays[p]
	f.pay, f.move = p, -1
	if f.asset == 0 {
		f.asset = pay.asset
	}
	if f.asset == pay.asset {
		e.side.named = e.side.named.Add(f.diff)
	}
	if f.since == 0 {
		f.since = e.sinceOf(pay, f.moves)
	}
	pay.verdict.kinds.add(f.kind)
	for _, m := range f.moves {
		e.moves[m].kinds.add(f.kind)
	}
	e.breaks = append(e.breaks, f)
}

// sinceOf is when a break began: the first transfer's block time, else the order's creation.
func (e *engine) sinceOf(p *payment, moves []int32) Instant {
	if len(moves) > 0 {
		return e.moves[moves[0]].time
	}
	return p.created
}

// wait records that a payment is open or undetermined, once per state.
func (e *engine) wait(p int32, state Reason, until Instant, note string) {
	pay := &e.pays[p]
	for _, it := range e.items[len(e.items)-int(pay.verdict.items):] {
		if it.state == state {
			return
		}
	}
	since := pay.created
	if pay.firstPart >= 0 {
		since = e.moves[e.parts[pay.firstPart].move].time
	}
	pay.verdict.items++
	e.items = append(e.items, openItem{state: state, pay: p, move: -1, asset: pay.asset, until: until, since: since, note: note})
}

// undetermined reports whether an item state claims nothing.
func (r Reason) undetermined() bool { return r >= NotCovered && r <= SourceFault }

// settle closes a payment: what its breaks do not name belongs to its open item,
// and where there is none it must be zero.
func (e *engine) settle(p int32) {
	pay := &e.pays[p]
	v := &pay.verdict
	rest := e.side.received.Sub(v.expected).Sub(e.side.named)
	if !rest.IsZero() && v.items == 0 && v.straddle {
		e.wait(p, CutOff, e.window.To, "the pair straddles an edge of the judged window")
	}
	items := e.items[len(e.items)-int(v.items):]
	if len(items) > 0 {
		items[0].amount = rest
		rest = money.Units{}
	}
	if !rest.IsZero() {
		e.violate("order %s: received %s - expected %s is not explained by its breaks: %s is left",
			e.subject(pay), e.side.received, v.expected, rest)
	}
	switch {
	case v.kinds != 0:
		v.outcome = OutcomeBreak
	case len(items) == 0:
		v.outcome = OutcomeAgreed
	default:
		v.outcome = OutcomeOpen
	}
	if i := slices.IndexFunc(items, func(it openItem) bool { return it.state.undetermined() }); i >= 0 {
		v.reason = items[i].state
		if v.outcome == OutcomeOpen {
			v.outcome = OutcomeUndetermined
		}
	} else if len(items) > 0 {
		v.reason = items[0].state
	}
}
