package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// delivered is one delivery with its verdict.
type delivered struct {
	row     int32
	pay     int32 // -1 without an order
	next    int32 // the payment's next delivery, by receipt
	attempt int32 // which delivery of the same status of its order it is, from 1; 0 for one that does not count
	judged  bool  // received inside the window
	first   bool  // the first that says of an order called paid that it is
	outcome Outcome
	reason  Reason
	kinds   kindSet
	note    string
}

// linkDeliveries drops repeated log lines, finds each delivery's order, and the
// sources that fail as a whole: what they lose must be a gap before anybody asks
// whether the log was complete.
func (e *engine) linkDeliveries() {
	order := make([]int32, e.in.deliveries.len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, e.compareDeliveries)
	e.firstDelivery = make([]int32, len(e.pays))
	for i := range e.firstDelivery {
		e.firstDelivery[i] = -1
	}
	byKey := e.paymentIndex()
	last := make([]int32, len(e.pays))
	for n, row := range order {
		d := e.in.delivery(row)
		if n > 0 && e.compareDeliveries(order[n-1], row) == 0 {
			e.in.sources[d.source].Duplicates++
			continue
		}
		p := e.orderOf(byKey, d)
		i := int32(len(e.delivs))
		e.delivs = append(e.delivs, delivered{row: row, pay: p, next: -1, judged: e.window.Contains(d.received)})
		if p < 0 {
			continue
		}
		if e.firstDelivery[p] < 0 {
			e.firstDelivery[p] = i
		} else {
			e.delivs[last[p]].next = i
		}
		last[p] = i
	}
	e.findSourceFaults()
}

func (e *engine) compareDeliveries(a, b int32) int {
	x, y := e.in.delivery(a), e.in.delivery(b)
	if x.received != y.received {
		return cmp.Compare(x.received, y.received)
	}
	w, k := e.in.words, e.in.keys
	return cmp.Or(strings.Compare(e.in.sources[x.source].Name, e.in.sources[y.source].Name),
		compareText(w, x.provider, y.provider), compareText(k, x.id, y.id), compareText(k, x.no, y.no),
		compareText(w, x.status, y.status), compareText(w, x.event, y.event), cmp.Compare(x.requested, y.requested),
		cmp.Compare(x.response, y.response), cmp.Compare(x.signature, y.signature), cmp.Compare(x.state, y.state),
		e.compareQty(x.amount, y.amount), compareText(w, x.symbol, y.symbol), cmp.Compare(btoi(x.late), btoi(y.late)),
		slices.CompareFunc(e.in.list(x.txids), e.in.list(y.txids), func(s, t uint32) int { return compareText(e.in.txs, s, t) }))
}

// paymentIndex finds payments by provider id and by order number.
func (e *engine) paymentIndex() [2]rowIndex {
	byID, byNo := newRowIndex(e.in.keys.len(), len(e.pays)), newRowIndex(e.in.keys.len(), len(e.pays))
	for i := len(e.pays) - 1; i >= 0; i-- {
		byID.add(e.pays[i].id, int32(i))
		byNo.add(e.pays[i].no, int32(i))
	}
	return [2]rowIndex{byID, byNo}
}

// orderOf finds the order that a delivery is about: by the provider's id, else
// by the order number.
func (e *engine) orderOf(x [2]rowIndex, d deliveryRow) int32 {
	for n, key := range []uint32{d.id, d.no} {
		if key == 0 {
			continue
		}
		for p := x[n].head[key]; p >= 0; p = x[n].next[p] {
			pay := &e.pays[p]
			if (pay.prov < 0 || e.in.order(pay.prov).provider == d.provider) && (n == 1 || d.no == 0 || pay.no == 0 || pay.no == d.no) {
				return p
			}
		}
	}
	return -1
}

// claimFromDeliveries lets deliveries name the transaction of an order that has none
// in its books. One whose signature fails is never heard; one that nobody could
// check, for want of a secret, is evidence here as in every other comparison.
func (e *engine) claimFromDeliveries() {
	for i := range e.pays {
		p := &e.pays[i]
		if p.claims.n > 0 {
			continue
		}
		for at := e.firstDelivery[i]; at >= 0; at = e.delivs[at].next {
			if d := e.in.delivery(e.delivs[at].row); d.signature != SignatureInvalid && e.delivs[at].reason != SourceFault {
				for _, tx := range e.in.list(d.txids) {
					e.claimAlso(p, tx)
				}
			}
		}
	}
}

// Fault bounds: from some moment on, at least this many deliveries of a source
// fail and nearly none verifies. One forged delivery is no fault of ours.
const (
	faultDeliveries = 5
	faultShare      = 10 // at most one delivery that verifies in this many
)

// findSourceFaults recognises a wrong or rotated secret: most deliveries of a
// source fail from one moment on. That is one fault of the source, not so many
// forgeries.
func (e *engine) findSourceFaults() {
	bySource := map[int32][]int32{}
	for i := range e.delivs {
		d := e.in.delivery(e.delivs[i].row)
		if d.signature != SignatureUnchecked {
			bySource[d.source] = append(bySource[d.source], int32(i))
		}
	}
	for _, source := range sortedKeys(bySource) {
		list := bySource[source]
		from, bad, good := -1, 0, 0
		for n := len(list) - 1; n >= 0; n-- {
			if e.in.delivery(e.delivs[list[n]].row).signature == SignatureInvalid {
				bad++
				if bad >= faultDeliveries && good*faultShare <= bad {
					from = n
				}
			} else {
				good++
			}
		}
		if from < 0 {
			continue
		}
		since := e.in.delivery(e.delivs[list[from]].row).received
		s := &e.in.sources[source]
		s.Gaps = append(s.Gaps, Gap{Span: Interval{since, 1 << 62}, Reason: fmt.Sprintf(
			"from %s on the signatures of its deliveries do not verify: the secret is wrong or was rotated", since)})
		for _, i := range list[from:] {
			if e.in.delivery(e.delivs[i].row).signature == SignatureInvalid {
				e.delivs[i].outcome, e.delivs[i].reason = OutcomeUndetermined, SourceFault
			}
		}
	}
}

// heard is what the deliveries of one order come to for one wanted state.
type heard struct {
	accepted, seen, refused, forged int32 // first delivery of each kind, -1 without
}

func (e *engine) accepts(profile *Profile, response int32) bool {
	return response == 200 || profile.AcceptsAny2xx && response >= 200 && response < 300
}

func (e *engine) hear(i int32, wanted func(deliveryRow) bool) heard {
	h := heard{-1, -1, -1, -1}
	first := func(slot *int32, at int32) {
		if *slot < 0 {
			*slot = at
		}
	}
	for at := e.firstDelivery[i]; at >= 0; at = e.delivs[at].next {
		d := e.in.delivery(e.delivs[at].row)
		switch {
		case e.delivs[at].reason == SourceFault || !wanted(d):
		case d.signature == SignatureInvalid:
			first(&h.forged, at)
		case d.response == 0:
			first(&h.seen, at)
		case e.accepts(e.pays[i].profile, d.response):
			first(&h.accepted, at)
		default:
			first(&h.refused, at)
		}
	}
	return h
}

// judgeNotifications looks at what our receiver was told. It reports whether the
// notifications explain that our book lags behind the provider's.
func (e *engine) judgeNotifications(i int32) (explained bool) {
	p := &e.pays[i]
	if p.prov < 0 {
		return false
	}
	if exists, _ := e.logged(e.providerOf(p), Interval{}); !exists {
		return false
	}
	e.judgeContent(i)
	if e.merchantIsUnknown(p) {
		return false // whether our book lags, and what is left to apply, nobody can say
	}
	if e.notifies(p) && e.isNews(p) {
		explained = e.judgeNotification(i, e.eventTime(p), func(d deliveryRow) bool { return d.state == p.state })
	}
	if p.profile.NotifiesLate && !p.paid && p.verdict.kinds.has(LatePayment) {
		explained = e.judgeNotification(i, e.lateTime(p), func(d deliveryRow) bool { return d.late }) || explained
	}
	return explained
}

func (e *engine) notifies(p *payment) bool {
	return slices.Contains(p.profile.Notifies, p.state) || e.policy.AllFinalWebhooks && slices.Contains(p.profile.NotifiesAll, p.state)
}

// eventTime is when the provider's status became what it is, as far as the
// witnesses tell: the payment, else the last transfer, else the last update.
func (e *engine) eventTime(p *payment) Instant {
	if p.paid {
		if at := e.paidAt(p); at.Known() {
			return at
		}
		var last Instant
		for at := p.firstPart; at >= 0; at = e.parts[at].next {
			last = max(last, e.moves[e.parts[at].move].time)
		}
		if last.Known() {
			return last
		}
	}
	return cmp.Or(e.in.order(p.prov).updated, p.expires, p.created)
}

func (e *engine) lateTime(p *payment) Instant {
	var last Instant
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		last = max(last, e.moves[e.parts[at].move].time)
	}
	return last
}

func (e *engine) judgeNotification(i int32, event Instant, wanted func(deliveryRow) bool) (explained bool) {
	p := &e.pays[i]
	h := e.hear(i, wanted)
	retried := event + p.profile.RetryWindow
	lags := p.paid && p.merch >= 0 && e.in.order(p.merch).state != StatePaid
	applied := p.merch >= 0 && e.in.order(p.merch).state == StatePaid
	switch {
	case h.accepted >= 0:
		p.meets(FateAccepted)
		return lags && e.judgeApplied(i, h.accepted)
	case h.seen >= 0:
		p.meets(FateSeen)
		p.verdict.note = "a delivery was seen, but our answer to it was not logged"
		return false
	case e.window.To < retried:
		p.meets(FateRetrying)
		e.wait(i, AwaitingWebhook, retried, "the provider still retries the notification")
		if p.paid && !applied && e.window.To >= event+e.policy.WebhookPatience {
			e.items[len(e.items)-1].apply = true
		}
		return true
	}
	if _, complete := e.logged(e.providerOf(p), Interval{event, min(retried, e.window.To)}); !complete && !e.cases.knows(i, MissedWebhook) {
		p.meets(FateNotCovered)
		e.wait(i, NotCovered, 0, "no accepted delivery was logged, but the webhook log is not complete for its time")
		return true
	}
	f := finding{kind: MissedWebhook, cause: CauseNeverArrived, since: event, low: applied, note: "no delivery was logged"}
	switch {
	case h.refused >= 0:
		d := e.in.delivery(e.delivs[h.refused].row)
		f.cause, f.note = CauseRefused, fmt.Sprintf("a delivery came at %s, we answered %d", d.received, d.response)
		e.mark(h.refused, MissedWebhook)
	case h.forged >= 0:
		f.cause, f.note = CauseBadSignature, "a delivery came, but its signature does not verify"
		e.mark(h.forged, MissedWebhook)
	}
	f.note = "the provider says " + p.state.String() + "; " + f.note + "; its retries ended at " + retried.String()
	p.meets(f.cause.fate())
	e.find(i, f)
	return true
}

// unchecked ends the sentence about a delivery whose signature nobody could check.
func unchecked(d deliveryRow) string {
	if d.signature == SignatureUnchecked {
		return "; its signature was not checked"
	}
	return ""
}

// meets notes what became of a notification of the order.
func (p *payment) meets(f Fate) { p.verdict.fate = max(p.verdict.fate, f) }

func (e *engine) mark(at int32, k Kind) { e.delivs[at].kinds.add(k) }

// judgeApplied compares an accepted delivery with our own book. Where our book
// holds another final state the notification does not explain it.
func (e *engine) judgeApplied(i, at int32) (explained bool) {
	p := &e.pays[i]
	m := e.in.order(p.merch)
	d := e.in.delivery(e.delivs[at].row)
	switch {
	case m.state.Final():
		return false
	case e.window.To < d.received+e.policy.ApplyGrace:
		p.meets(FateApplying)
		e.wait(i, AwaitingApplication, d.received+e.policy.ApplyGrace, "a delivery was accepted at "+d.received.String())
		return true
	}
	p.meets(FateNotApplied)
	e.mark(at, WebhookNotApplied)
	e.find(i, finding{kind: WebhookNotApplied, since: d.received, expected: p.due,
		note: "a delivery was accepted at " + d.received.String() + ", our book still says " + m.state.String()})
	return true
}

// judgeDeliveries gives every delivery its verdict, and names the forged and the
// unknown ones: one break per claimed order number.
func (e *engine) judgeDeliveries() {
	claims := map[string]int{}    // kind and claim -> index into breaks
	accepted := map[string]bool{} // contents
	rejected := e.rejectedKeys()
	for i := range e.delivs {
		d := &e.delivs[i]
		row := e.in.delivery(d.row)
		switch {
		case d.reason == SourceFault:
		case !d.judged:
			d.outcome = OutcomeContext
		case row.signature == SignatureInvalid:
			e.claim(claims, UnverifiedWebhook, int32(i), "the signature of a delivery does not verify")
		case d.pay < 0 && e.namesRejected(row, rejected):
			d.outcome, d.reason, d.note = OutcomeUndetermined, RejectedRow, "a row of its order could not be read; see rejects.csv"
		case d.pay < 0 && !e.providerCovers(e.in.words.text(row.provider), e.explainedBy(row.received)):
			d.outcome, d.reason = OutcomeUndetermined, NotCovered
		case d.pay < 0:
			e.claim(claims, UnknownWebhook, int32(i), "a delivery names an order that no book has"+unchecked(row))
		default:
			e.judgeDelivery(int32(i), accepted)
		}
		if d.kinds != 0 {
			d.outcome = OutcomeBreak
		}
	}
	e.numberDeliveries()
}

// numberDeliveries says which attempt each delivery is.
func (e *engine) numberDeliveries() {
	for i, at := range e.firstDelivery {
		var sent attempts
		for ; at >= 0; at = e.delivs[at].next {
			d := &e.delivs[at]
			sent.number(&e.pays[i], d, e.in.delivery(d.row))
		}
	}
}

// namesRejected reports whether a delivery names an order row that could not be read,
// by its number, id or transaction: a book has the order then.
func (e *engine) namesRejected(row deliveryRow, rejected map[uint32]bool) bool {
	return rejected[row.id] || rejected[row.no] ||
		slices.ContainsFunc(e.in.list(row.txids), func(tx uint32) bool { return e.rejectedTX[tx] })
}

func (e *engine) judgeDelivery(i int32, accepted map[string]bool) {
	d := &e.delivs[i]
	row, p := e.in.delivery(d.row), &e.pays[d.pay]
	d.outcome = OutcomeAgreed
	switch {
	case d.reason == OutOfOrder:
		d.note = "an earlier event that arrived later"
	case d.reason == Backwards:
		d.note = "a later event with a status that the order had left behind"
	case row.response == 0:
		d.reason, d.note = Seen, "our answer was not logged"
	case !e.accepts(p.profile, row.response):
		d.reason, d.note = Refused, fmt.Sprintf("we answered %d", row.response)
	case e.acceptedBefore(i, accepted):
		d.reason, d.note = Duplicate, "the same notification was accepted before"
	}
}

// acceptedBefore reports whether an earlier delivery of the same order said the same
// and was accepted. Most orders have one delivery only.
func (e *engine) acceptedBefore(i int32, accepted map[string]bool) bool {
	d := &e.delivs[i]
	if e.firstDelivery[d.pay] == i && d.next < 0 {
		return false
	}
	row := e.in.delivery(d.row)
	content := fmt.Sprint(d.pay, row.state, row.status, row.event, e.in.quantity(row.amount), e.in.list(row.txids), row.late)
	before := accepted[content]
	accepted[content] = true
	return before
}

func (e *engine) claim(claims map[string]int, kind Kind, i int32, note string) {
	d := &e.delivs[i]
	row := e.in.delivery(d.row)
	d.kinds.add(kind)
	number := e.in.keys.text(row.no)
	if number == "" {
		number = e.in.keys.text(row.id)
	}
	key := kind.String() + "\x00" + number
	if n, ok := claims[key]; ok {
		e.breaks[n].txs = append(e.breaks[n].txs, e.in.list(row.txids)...)
		return
	}
	claims[key] = len(e.breaks)
	e.breaks = append(e.breaks, finding{kind: kind, pay: -1, move: -1, claim: number, provider: e.in.words.text(row.provider),
		since: row.received, txs: slices.Clone(e.in.list(row.txids)), note: note + ", received at " + row.received.String()})
}
