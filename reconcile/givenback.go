package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// givenBack is what refunds gave back of the money that a break is about. Nothing
// of it enters the identity: received stays gross.
type givenBack struct {
	units  money.Units
	why    string   // what settles the break, "" while something is left to give back
	onWay  string   // a sentence about refunds that are under way, "" without any
	stands []string // subjects of the refunds that were counted
}

// returnable reports whether money of a break of that kind can go back to whoever
// paid it, which settles it.
func returnable(k Kind) bool {
	switch k {
	case LostOrder, Overpaid, LatePayment, DuplicatePayment, WrongAsset, WrongChain:
		return true
	}
	return false
}

// settleRefunds gives what was refunded to the breaks of each order.
func (e *engine) settleRefunds() {
	e.findRefunded()
	if len(e.refunds.ofPay) == 0 {
		return
	}
	type key struct{ pay, asset int32 }
	breaks := map[key][]*finding{}
	for i := range e.breaks {
		if f := &e.breaks[i]; f.pay >= 0 && f.kind != AmbiguousPayment && len(e.refunds.ofPay[f.pay]) > 0 {
			k := key{f.pay, f.asset}
			breaks[k] = append(breaks[k], f)
		}
	}
	for i := range e.refunds.ofPay {
		p := &e.pays[i]
		if done, _ := e.sumRefunds(i, p.asset); !done.IsZero() {
			given := e.amount(p.asset, done) + " was given back (refund " + e.refundNames(i, p.asset, refundDone) + ")"
			p.verdict.note = strings.TrimPrefix(p.verdict.note+"; "+given, "; ")
		}
	}
	for k, list := range breaks { // one does not touch another
		e.giveBack(k.pay, k.asset, slices.DeleteFunc(list, func(f *finding) bool {
			return f.diff.Sign() < 0 && f.kind != Underpaid || f.kind != Underpaid && !returnable(f.kind)
		}))
	}
}

// giveBack settles the breaks of an order in one asset: all of them where everything
// that came went back, else those that the refunds cover, and a part of another.
func (e *engine) giveBack(pay, asset int32, breaks []*finding) {
	p := &e.pays[pay]
	done, onWay := e.sumRefunds(pay, asset)
	came := p.verdict.received
	if asset != p.asset {
		came = e.sumMoves(e.byAsset(e.foreign[pay])[asset])
	}
	tol := e.tolerance(asset, done)
	switch {
	case done.IsZero():
	case !came.IsZero() && came.Sub(done).Cmp(tol) <= 0:
		for _, f := range breaks {
			f.back.units, f.back.why = maxUnits(f.diff, money.Units{}), "all that came was given back"
		}
	default:
		e.shareRefunds(pay, asset, breaks, done, tol)
	}
	for _, f := range breaks {
		e.sayGivenBack(f, pay, onWay)
	}
}

func maxUnits(a, b money.Units) money.Units {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

// shareRefunds gives each refund to the break of its amount, and what is left to the
// smallest first. A late payment that carries no figure of its own goes with the
// others.
func (e *engine) shareRefunds(pay, asset int32, breaks []*finding, pool, tol money.Units) {
	open := slices.DeleteFunc(slices.Clone(breaks), func(f *finding) bool { return f.diff.Sign() <= 0 })
	slices.SortFunc(open, func(a, b *finding) int { return cmp.Or(a.diff.Cmp(b.diff), cmp.Compare(a.kind, b.kind)) })
	whole := len(open) > 0
	for _, n := range e.refunds.ofPay[pay] {
		r := &e.refunds.list[n]
		if r.standing != refundDone || r.asset != asset || !r.units.Known {
			continue
		}
		at := slices.IndexFunc(open, func(f *finding) bool { return f.back.units.IsZero() && f.diff.Sub(r.units.Units).Abs().Cmp(tol) <= 0 })
		if at >= 0 {
			open[at].back.units = open[at].diff
			pool = pool.Sub(r.units.Units)
		}
	}
	for _, f := range open {
		if f.back.units.IsZero() {
			f.back.units = f.diff
			if f.diff.Sub(pool).Cmp(tol) > 0 {
				f.back.units, whole = maxUnits(pool, money.Units{}), false
			}
			pool = maxUnits(pool.Sub(f.back.units), money.Units{})
		}
		if f.back.units == f.diff {
			f.back.why = e.amount(asset, f.diff) + " was given back"
		}
	}
	for _, f := range breaks {
		if f.kind == LatePayment && f.diff.IsZero() && whole {
			f.back.why = "what came was given back"
		}
	}
}

// sayGivenBack completes a break's note and its closing sentence.
func (e *engine) sayGivenBack(f *finding, pay int32, onWay money.Units) {
	names := e.refundNames(pay, f.asset, refundDone)
	switch b := &f.back; {
	case b.why != "":
		b.why += " (refund " + names + ")"
		f.note += "; " + b.why
	case !b.units.IsZero():
		f.note += "; " + e.amount(f.asset, b.units) + " of it was given back (refund " + names + "), " + e.amount(f.asset, f.left()) + " is left"
	}
	if f.back.why != "" || !f.back.units.IsZero() {
		f.back.stands = e.refundSubjects(pay, f.asset)
	}
	if f.back.why == "" && !onWay.IsZero() {
		f.back.onWay = "a refund of " + e.amount(f.asset, onWay) + " is under way (" + e.refundNames(pay, f.asset, refundOnWay) + "): count that sum as given back unless it fails"
		f.note += "; " + f.back.onWay
	}
	f.note += e.uncounted(pay, f.asset)
}

// warnOfRefunds says first what an action must not pay a second time.
func (e *engine) warnOfRefunds(f *finding) (text string) {
	if !f.back.units.IsZero() {
		text = "Already given back: " + e.amount(f.asset, f.back.units) + " (" + e.refundNames(f.pay, f.asset, refundDone) + "). "
	}
	if f.back.onWay != "" {
		text += sentence(f.back.onWay) + " "
	}
	return text
}

// kept is what came for an order less what was given back of it.
func (e *engine) kept(pay int32) money.Units {
	p := &e.pays[pay]
	done, _ := e.sumRefunds(pay, p.asset)
	return maxUnits(p.verdict.received.Sub(done), money.Units{})
}

// left is the figure of a break less what was given back of it.
func (f *finding) left() money.Units { return f.diff.Sub(f.back.units) }

// uncounted says which refunds of an order do not count, and why.
func (e *engine) uncounted(pay, asset int32) string {
	var text strings.Builder
	for _, n := range e.refunds.ofPay[pay] {
		r := &e.refunds.list[n]
		why := r.note
		switch {
		case r.standing == refundOnWay || r.standing == refundLater:
			continue
		case r.standing != refundDone:
		case !r.units.Known:
			why = "nobody can tell its amount in an asset of ours"
		case r.asset != asset:
			why = "it is in " + e.assetName(r.asset)
		default:
			continue
		}
		text.WriteString("; refund " + e.refundLabel(r) + " does not count: " + why)
	}
	return text.String()
}

// judgeExcess names refunds that add up to more than their order received. Everything
// that came for it must be known, and nothing else in doubt.
func (e *engine) judgeExcess(i int32, t *tally) {
	p := &e.pays[i]
	if len(e.refunds.ofPay[i]) == 0 || p.asset == 0 || p.trouble != ReasonNone || p.group >= 0 || len(e.foreign[i]) > 0 || !p.judged && !t.judged && !e.refundedNow(i) {
		return
	}
	done, _ := e.sumRefunds(i, p.asset)
	came := t.total.Add(e.sum(t.pending)).Add(e.sum(t.later))
	if done.Sub(came).Cmp(e.tolerance(p.asset, came)) <= 0 || !e.cases.knows(i, RefundExceeds) && !e.allKnown(p) {
		return
	}
	var txs []uint32
	for _, n := range e.refunds.ofPay[i] {
		txs = append(txs, e.in.list(e.in.refunds[e.refunds.list[n].row].txids)...)
	}
	e.find(i, finding{kind: RefundExceeds, expected: Figure{came, true}, observed: Figure{done, true}, txs: txs,
		back: givenBack{stands: e.refundSubjects(i, p.asset)},
		note: "refunds of " + e.amount(p.asset, done) + " were made (" + e.refundNames(i, p.asset, refundDone) + "), " + e.amount(p.asset, came) + " came: " +
			e.amount(p.asset, done.Sub(came)) + " too much" + e.uncounted(i, p.asset)})
}

// refundedNow reports whether a refund of an order was made inside the window.
func (e *engine) refundedNow(i int32) bool {
	return slices.ContainsFunc(e.refunds.ofPay[i], func(n int32) bool {
		return e.window.Contains(e.in.refunds[e.refunds.list[n].row].created)
	})
}

// allKnown reports whether everything that came for an order until now was read.
func (e *engine) allKnown(p *payment) bool {
	return p.created.Known() && p.chain != 0 && e.covered(p.chain, p.asset, p.payTo, Interval{p.created - e.policy.BeforeCreated, e.window.To})
}

// findRefunded finds what refunds without an order give back: the break of exactly
// their amount whose money came from their receiver, the oldest first. Only refunds
// of the window count so: which break an older one closed may be forgotten.
func (e *engine) findRefunded() {
	var breaks []int // by time, built when asked for
	for n := range e.refunds.list {
		r := &e.refunds.list[n]
		row := &e.in.refunds[r.row]
		if r.pay >= 0 || row.orderID != 0 || row.orderNo != 0 || row.to == 0 || !r.units.Known || r.standing != refundDone || !e.window.Contains(row.created) {
			continue
		}
		if breaks == nil {
			breaks = e.refundable()
		}
		at := slices.IndexFunc(breaks, func(i int) bool { return e.givesBack(r, row, &e.breaks[i]) })
		if at < 0 {
			continue
		}
		f := &e.breaks[breaks[at]]
		breaks = slices.Delete(breaks, at, at+1)
		if f.pay >= 0 {
			r.pay = f.pay
			e.refunds.ofPay[f.pay] = append(e.refunds.ofPay[f.pay], int32(n))
			continue
		}
		f.back = givenBack{units: f.diff, why: e.amount(f.asset, f.diff) + " was given back (refund " + e.refundLabel(r) + ")", stands: []string{e.refundSubject(r.row)}}
		f.note += "; " + f.back.why
		r.explains = true
	}
}

// refundable lists the breaks whose money may have gone back, the oldest first.
func (e *engine) refundable() []int {
	list := []int{}
	for i := range e.breaks {
		if f := &e.breaks[i]; f.diff.Sign() > 0 && len(f.moves) > 0 && (returnable(f.kind) || f.kind == UnknownTransfer) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b int) int {
		x, y := &e.breaks[a], &e.breaks[b]
		return cmp.Or(cmp.Compare(e.lastMove(x).time, e.lastMove(y).time), strings.Compare(e.subjectOf(x), e.subjectOf(y)), cmp.Compare(x.kind, y.kind))
	})
	return list
}

func (e *engine) lastMove(f *finding) *move { return &e.moves[f.moves[len(f.moves)-1]] }

// givesBack reports whether a refund is of a break: its figure, to whoever sent the
// money, after it came. One that closed another break before is that one's.
func (e *engine) givesBack(r *refund, row *refundRow, f *finding) bool {
	m := e.lastMove(f)
	if f.asset != r.asset || f.diff != r.units.Units || m.from != row.to || m.time > row.created {
		return false
	}
	name, subject := e.refundSubject(r.row), e.subjectOf(f)
	return e.cases == nil || !slices.ContainsFunc(e.cases.items, func(it brought) bool {
		return it.Subject != subject && slices.Contains(it.Candidates, name)
	})
}
