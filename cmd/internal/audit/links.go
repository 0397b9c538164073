package audit

import (
	"maps"
	"slices"
	"strings"
)

// What a row says must agree with itself and with the rows it refers to.

func (b *book) checkOrderAlone(o *order) {
	d := b.d
	d.that(slices.IsSorted(o.kinds), o.at, "kinds", "sorted", strings.Join(o.kinds, "|"))
	if o.outcome == "context" {
		d.that(o.expected.IsZero() && o.tolerance.IsZero(), o.at, "expected", "0: it is not judged", o.expected.String())
		inside := o.created.IsZero() || !o.created.Before(b.m.from) && o.created.Before(b.m.to)
		d.that(!inside, o.at, "outcome", "judged: it was created inside the window", o.outcome)
		return
	}
	d.that((o.outcome == "break") == (len(o.kinds) > 0), o.at, "outcome", "break when it has kinds, and only then", o.outcome)
	d.that(o.expected.IsZero() || !o.due.Known() || o.expected.Cmp(o.due) == 0, o.at, "expected", "0 or the due of "+o.due.String(), o.expected.String())
}

func (b *book) checkTransferAlone(t *transfer) {
	d := b.d
	inside := !t.time.Before(b.m.from) && t.time.Before(b.m.to)
	switch {
	case inside:
		d.that(t.outcome != "context", t.at, "outcome", "judged: it lies inside the window", t.outcome)
	case b.m.previous == nil || !t.time.Before(b.m.from): // what was brought forward is judged however old it is
		d.same(t.at, "outcome", "context", t.outcome)
	}
	if t.outcome != "context" {
		d.that((t.outcome == "break") == (len(t.kinds) > 0), t.at, "outcome", "break when it has kinds, and only then", t.outcome)
	}
	explained := t.outcome == "excluded" || t.outcome == "open" || t.outcome == "undetermined"
	d.that(explained == (t.reason != ""), t.at, "reason", "one where it is excluded, open or undetermined", t.reason)
	d.that(t.amount.Coef().Sign() >= 0, t.at, "amount", "0 or more", t.amount.String())
}

// signs are the kinds whose contribution to received - expected has a sign; a kind
// that is missing here contributes nothing, but for those of anySign.
var signs = map[string]int{"lost_order": 1, "underpaid": -1, "overpaid": 1, "late_payment": 1, "duplicate_payment": 1, "missing_transfer": -1,
	"unknown_transfer": 1, "wrong_address": -1, "txid_not_found": -1, "failed_transaction": -1, "txid_reused": -1, "reorged_transfer": -1}

var anySign = map[string]bool{"ambiguous_payment": true, "wrong_asset": true, "wrong_chain": true, "amount_misreported": true}

// observedLess are the kinds whose contribution is what was observed less what was
// expected.
var observedLess = map[string]bool{"underpaid": true, "overpaid": true, "ambiguous_payment": true, "unknown_transfer": true, "missing_transfer": true,
	"txid_not_found": true, "failed_transaction": true, "wrong_address": true, "txid_reused": true, "wrong_asset": true, "wrong_chain": true}

// closes are the dispositions that close an item; it counts as answered while its
// order is in the window.
var closes = map[string]bool{"resolved": true, "write_off": true}

func (b *book) placeBreak(k *breakRow) {
	d := b.d
	if l := &b.sum(k.asset).line; closes[k.disposition] {
		l.Answered = l.Answered.Add(k.diff)
	} else {
		l.Breaks = l.Breaks.Add(k.diff)
		b.stand("breaks", k.asset, k.diff)
	}
	for _, about := range []string{"id " + k.order.id, "no " + k.order.no} {
		b.claimed[claim{k.kind, about}] = true
	}
	for _, txid := range k.txids {
		b.txKinds[claim{k.kind, txid}] = true
	}
	if sign := k.diff.Coef().Sign(); !anySign[k.kind] {
		d.that(sign == 0 || sign == signs[k.kind], k.at, "sign of "+k.kind, "as the kind has it", k.diff.String())
	}
	if observedLess[k.kind] && k.observed.Known() {
		d.amount(k.at, "difference of "+k.kind, minus(k.observed, known(k.expected)), k.diff)
	}
	switch list := b.transfersOf(k.chain, k.txids); {
	case ofClaim[k.kind]:
		b.checkID(k.at, k.id, "B-", k.kind, []string{"claim:" + k.order.no})
	case ofTransfer[k.kind]:
		b.checkID(k.at, k.id, "B-", k.kind, subjectsOfTransfers(list))
		if t := subjectOf(list, "B-", k.kind, k.id, k.asset); t != nil {
			t.explained = t.explained.Add(k.diff)
		}
	default:
		b.checkID(k.at, k.id, "B-", k.kind, subjectsOfOrder(k.order))
		b.placeAtOrder(k)
	}
}

// placeAtOrder adds a break to its order.
func (b *book) placeAtOrder(k *breakRow) {
	o := b.byKey[k.order]
	b.d.that(o != nil, k.at, "order of the break", "a row of orders.csv", show(k.order))
	if o == nil {
		return
	}
	b.d.same(k.at, "account, customer and address of the order", o.account+" "+o.customer+" "+o.payTo, k.account+" "+k.customer+" "+k.payTo)
	b.checkDue(o, k)
	if k.kind == ambiguous {
		b.loose = append(b.loose, k)
	} else {
		o.named[k.asset] = o.named[k.asset].Add(k.diff)
	}
	if b.kindsOf[k.order] == nil {
		b.kindsOf[k.order] = map[string]bool{}
	}
	b.kindsOf[k.order][k.kind] = true
}

// ofDue are the kinds whose expected amount is the order's due.
var ofDue = map[string]bool{"underpaid": true, "overpaid": true, "duplicate_payment": true, "missing_transfer": true, "txid_not_found": true,
	"failed_transaction": true, "wrong_address": true, "txid_reused": true}

// checkDue: what a break expects, or says should be called paid, is the due.
func (b *book) checkDue(o *order, k *breakRow) {
	if !o.due.Known() || k.asset != o.asset {
		return
	}
	switch {
	case ofDue[k.kind]:
		if k.expected.Known() { // it is not where the order is not called paid
			b.d.amount(k.at, "expected of "+k.kind+", the due", o.due, k.expected)
		}
	case k.kind == "lost_order", k.kind == "late_payment" && !k.diff.IsZero():
		b.d.amount(k.at, "difference of "+k.kind+", the due", o.due, k.diff)
	}
}

// onTransfers are the kinds whose transactions moved money that the run has read.
var onTransfers = map[string]bool{"lost_order": true, "underpaid": true, "overpaid": true, "late_payment": true, "duplicate_payment": true,
	"unknown_transfer": true, "ambiguous_payment": true, "wrong_asset": true, "wrong_chain": true, "credit_mismatch": true, "unmatched_refund": true}

// checkTransactions: the transactions that a break lists are those of transfers that
// say so themselves.
func (b *book) checkTransactions() {
	says := map[claim]bool{}
	for _, t := range b.transfers {
		if t.outcome == "context" {
			says[claim{"", t.tx.txid}] = true
		}
		for _, kind := range t.kinds {
			says[claim{kind, t.tx.txid}] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.breaks)) {
		for _, k := range b.breaks[id] {
			for _, txid := range k.txids {
				ok := says[claim{k.kind, txid}] || says[claim{"", txid}] || !onTransfers[k.kind]
				b.d.that(ok, k.at, "txids", "transfers of the kind "+k.kind, txid)
			}
		}
	}
}

// ambiguous is the kind of a group of orders: one break carries all of it.
const ambiguous = "ambiguous_payment"

func (b *book) placeItem(it *itemRow) {
	l := &b.sum(it.asset).line
	if !closes[it.disposition] {
		b.stand("open_items", it.asset, it.amount)
	}
	switch {
	case closes[it.disposition]:
		l.Answered = l.Answered.Add(it.amount)
	case it.state == "cut_off":
		l.CutOff = l.CutOff.Add(it.amount)
	case undetermined[it.state]:
		l.NotCovered = l.NotCovered.Add(it.amount)
	default:
		l.Open = l.Open.Add(it.amount)
	}
	switch o := b.byKey[it.order]; {
	case it.order.id == "" && it.order.no == "":
		list := b.transfersOf(it.chain, it.txids)
		b.checkID(it.at, it.id, "I-", it.state, subjectsOfTransfers(list))
		if t := subjectOf(list, "I-", it.state, it.id, it.asset); t != nil {
			t.explained = t.explained.Add(it.amount)
			b.d.same(it.at, "state of the transfer", t.reason, it.state)
		}
	default:
		b.checkID(it.at, it.id, "I-", it.state, subjectsOfOrder(it.order))
		b.d.that(o != nil, it.at, "order of the item", "a row of orders.csv", show(it.order))
		if o != nil {
			o.named[it.asset] = o.named[it.asset].Add(it.amount)
			b.d.same(it.at, "txids of the order", strings.Join(o.txids, "|"), strings.Join(it.txids, "|"))
			if it.asset == o.asset {
				b.items[it.order] = append(b.items[it.order], it.state)
			}
		}
	}
}
