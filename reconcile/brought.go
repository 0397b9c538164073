package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// brought is an item of the opening beside the rows that it is about.
type brought struct {
	Item
	was     string // its id in the opening, where its subject got another name since
	pay     int32  // the order that it is about, -1 when it was not read
	move    int32  // the transfer that it is about, -1
	reopens bool   // an answer of today takes its closing back
	found   bool   // the verdicts name it
	past    *past
}

// open reports whether its rows are judged for its sake.
func (it *brought) open() bool { return !it.Closed() || it.reopens }

func (it *brought) kind() Kind {
	k, _ := ParseKind(it.Kind)
	return k
}

func (it *brought) newID() string {
	if it.Kind != "" {
		return stableID("B-", it.Kind, it.Subject)
	}
	return stableID("I-", it.State, it.Subject)
}

// cases is what the opening comes to beside the rows. Without an opening there is
// none, and nothing is looked at twice.
type cases struct {
	items    []brought
	index    [2]rowIndex          // payments by provider id and by order number
	ofPay    map[int32][]int32    // open items by payment
	ofMove   map[int32][]int32    // and by transfer
	shared   map[int32][]int32    // payments of a transfer that pays several, built when asked for
	known    map[int32]kindSet    // breaks that an earlier run proved, by payment
	proven   map[*payment]Instant // up to when that run knew everything that came for it
	vanished map[int32]bool       // payments of which a matched transfer is gone
	unproven []Matched            // not among the rows, and nobody can say whether they are gone

	left     []int32 // items that the rows of this run do not show: they stay as they were
	resolved []ResolvedRow
	rejected []RejectedAnswer
	returned map[returnKey][]Instant
}

// provenUntil is up to when an earlier run knew everything that came for a payment,
// and carried it forward; 0 where none did.
func (c *cases) provenUntil(p *payment) Instant {
	if c == nil {
		return 0
	}
	return c.proven[p]
}

// knows reports whether an earlier run proved a break of a payment.
func (c *cases) knows(pay int32, k Kind) bool {
	if c == nil {
		return false
	}
	known := c.known[pay]
	return known.has(k)
}

// knowsOfMove reports whether an earlier run proved a break of a transfer: that no
// order, or no refund, explains it.
func (c *cases) knowsOfMove(move int32, k Kind) bool {
	return c != nil && slices.ContainsFunc(c.ofMove[move], func(n int32) bool { return c.items[n].kind() == k })
}

// bringForward finds the rows of what was carried forward and has them judged as
// a whole, however old they are: orders with all their transfers, transfers with
// the orders that they pay.
func (e *engine) bringForward() {
	o := &e.policy.Opening
	if o.isZero() {
		return
	}
	c := &cases{items: make([]brought, 0, len(o.Items)), ofPay: map[int32][]int32{}, ofMove: map[int32][]int32{},
		known: map[int32]kindSet{}, proven: map[*payment]Instant{}, vanished: map[int32]bool{}}
	e.cases = c
	for _, it := range o.Items {
		c.items = append(c.items, brought{Item: it, pay: -1, move: -1})
	}
	slices.SortFunc(c.items, func(a, b brought) int {
		return cmp.Or(compareStrings(a.ID, b.ID), compareStrings(a.Asset.ID, b.Asset.ID))
	})
	reopened := map[string]bool{}
	for i := range o.Answers {
		if o.Answers[i].Action == Reopen {
			reopened[o.Answers[i].ID] = true
		}
	}
	index := e.paymentIndex()
	c.index = index
	for i := range c.items {
		it := &c.items[i]
		it.reopens = reopened[it.ID]
		e.locate(index, it)
		switch {
		case !it.open():
		case it.pay >= 0:
			c.ofPay[it.pay] = append(c.ofPay[it.pay], int32(i))
		case it.move >= 0:
			c.ofMove[it.move] = append(c.ofMove[it.move], int32(i))
		}
	}
	e.findVanished(index)
	e.judgeBrought()
}

// locate finds the order or transfer that an item is about among the rows.
func (e *engine) locate(index [2]rowIndex, it *brought) {
	switch {
	case strings.HasPrefix(it.Subject, "order:"):
		it.pay = e.orderOfSubject(index, it.Subject)
	case strings.HasPrefix(it.Subject, "tx:"):
		it.move = e.moveOfItem(it)
	}
	subject := it.Subject
	if it.pay >= 0 {
		subject = e.subject(&e.pays[it.pay])
	} else if it.move >= 0 {
		subject = e.moveSubject(&e.moves[it.move])
	}
	if subject != it.Subject {
		it.was, it.Subject = it.ID, subject
		it.ID = it.newID()
	}
}

// orderOfSubject finds the payment that a subject names or named before the
// provider's book, or its order id, was there.
func (e *engine) orderOfSubject(index [2]rowIndex, subject string) int32 {
	_, name, _ := strings.Cut(subject, "/")
	key, known := e.in.keys.find(name)
	if !known || key == 0 {
		return -1
	}
	former := int32(-1)
	for _, x := range index {
		for p := x.head[key]; p >= 0; p = x.next[p] {
			switch pay := &e.pays[p]; {
			case e.subject(pay) == subject:
				return p
			case former < 0 && slices.Contains(e.formerSubjects(pay), subject):
				former = p
			}
		}
	}
	return former
}

// formerSubjects are the names that an order had while less of it was known.
func (e *engine) formerSubjects(p *payment) []string {
	var list []string
	if p.prov >= 0 && p.id != 0 {
		list = append(list, "order:"+BookProvider.String()+"/"+e.in.keys.text(p.no))
	}
	if p.prov >= 0 && p.merch >= 0 {
		m := e.in.order(p.merch)
		list = append(list, "order:"+BookMerchant.String()+"/"+e.in.keys.text(cmp.Or(m.no, m.id)))
	}
	return list
}

// moveOfItem finds the transfer of an item: by its subject or, where another
// source numbers the logs of its transaction otherwise, as the only one of its
// amount.
func (e *engine) moveOfItem(it *brought) int32 {
	chain, rest, _ := strings.Cut(strings.TrimPrefix(it.Subject, "tx:"), "/")
	txid, _, _ := strings.Cut(rest, "/")
	tx := e.txNumber(txid)
	if tx == 0 {
		return -1
	}
	alike, others := int32(-1), 0
	for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
		mv := &e.moves[m]
		if e.moveSubject(mv) == it.Subject {
			return m
		}
		if e.in.chains[mv.chain] == chain && e.in.assets[mv.asset].ID == it.Asset.ID && mv.units == it.Received {
			alike = m
			others++
		}
	}
	if others != 1 {
		return -1
	}
	return alike
}

// shows reports whether the rows still show what an item's verdict stood on: the
// word of our own book, every order that could have been paid, and all that its
// order had received, or every transaction that it names. Where they do not, its
// order is not judged anew on half of the evidence.
func (e *engine) shows(it *brought) bool {
	if it.pay < 0 {
		return it.move >= 0
	}
	if e.lacksOurBook(it) || e.lacksSubject(it) {
		return false
	}
	if it.kind() == ReorgedTransfer || e.cases.vanished[it.pay] {
		return true
	}
	if len(it.TXIDs) > 0 && e.readAll(it.TXIDs) {
		return true
	}
	if it.State == AwaitingFinality.String() { // what was not final may really be gone
		return e.covers(it)
	}
	if it.kind() == AmbiguousPayment {
		return false
	}
	p := &e.pays[it.pay]
	received := e.tally(p).total
	if p.asset == 0 || e.in.assets[p.asset].ID != it.Asset.ID {
		received = e.sumMoves(e.byAsset(e.foreign[it.pay])[e.in.assetID[it.Asset.ID]])
	}
	return received.Cmp(it.Received) >= 0
}

// lacksSubject reports whether an order that could have been paid, or a refund that
// the verdict stood on, is not among the rows.
func (e *engine) lacksSubject(it *brought) bool {
	return e.lacksRefund(it) || slices.ContainsFunc(it.Candidates, func(subject string) bool {
		return !isRefund(subject) && e.orderOfSubject(e.cases.index, subject) < 0
	})
}

// lacksRefund is lacksSubject for refunds alone.
func (e *engine) lacksRefund(it *brought) bool {
	return slices.ContainsFunc(it.Candidates, func(subject string) bool {
		_, read := e.refunds.byName[subject]
		return isRefund(subject) && !read
	})
}

// lacksOurBook reports whether a break stood on what our own book said of its order,
// and the book has no such row any more: what was due, credited or said there cannot
// be compared, unless another book asks for the same.
func (e *engine) lacksOurBook(it *brought) bool {
	p := &e.pays[it.pay]
	if !it.OurBook || p.dueRow >= 0 {
		return false
	}
	switch it.kind() {
	case LostOrder, LatePayment:
		return !p.paid
	case Underpaid, Overpaid, DuplicatePayment, WrongAsset, WrongChain:
		return !p.due.Known || p.due.Units != it.Expected
	case DueConflict, CreditMismatch, WebhookNotApplied, StatusConflict:
		return true
	}
	return false
}

// covers reports whether the chain was read completely at the time of an item.
func (e *engine) covers(it *brought) bool {
	chain, known := e.in.chainID[it.Chain]
	return known && e.covered(chain, e.in.assetID[it.Asset.ID], 0, Interval{it.FirstSeen, it.FirstSeen + 1})
}

func (e *engine) readAll(txids []string) bool {
	return !slices.ContainsFunc(txids, func(text string) bool {
		tx := e.txNumber(text)
		return tx == 0 || !e.isOnChain(tx)
	})
}

// txNumber finds the number of a transaction of the rows, 0 for one that they do
// not name.
func (e *engine) txNumber(text string) uint32 {
	if len(text) == hashLen-2 && isHex(text) { // as TRON writes it
		text = "0x" + text
	}
	tx, _ := e.in.txs.find(text)
	return tx
}

// judgeBrought puts what is open, and everything that hangs together with it, into
// the scope that is judged.
func (e *engine) judgeBrought() {
	var todo []int32
	for _, i := range sortedKeys(e.cases.ofPay) {
		list := e.cases.ofPay[i]
		p := &e.pays[i]
		if p.trouble != ReasonNone || e.straddles(i) || slices.ContainsFunc(list, func(n int32) bool { return !e.shows(&e.cases.items[n]) }) {
			continue
		}
		for _, n := range list {
			kind := e.cases.items[n].kind()
			known := e.cases.known[i]
			known.add(kind)
			e.cases.known[i] = known
			if provesChain(kind) {
				e.cases.proven[p] = max(e.cases.proven[p], closeOf(e.cases.items[n].LastDate))
			}
		}
		todo = append(todo, i)
	}
	todo = append(todo, sortedKeys(e.cases.vanished)...)
	for _, m := range sortedKeys(e.cases.ofMove) {
		todo = append(todo, e.judgeMoveToo(m)...)
	}
	seen := map[int32]bool{}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[p] {
			seen[p] = true
			todo = append(todo, e.judgeOrderToo(p)...)
		}
	}
}

// straddles reports whether a pair is cut off at the early edge of the window and
// nothing else is open of it. It stays cut off until all of it has left.
func (e *engine) straddles(i int32) bool {
	if slices.ContainsFunc(e.cases.ofPay[i], func(n int32) bool { return e.cases.items[n].State != CutOff.String() }) {
		return false
	}
	p := &e.pays[i]
	inside, outside := p.judged, !p.judged
	moves := slices.Clone(e.foreign[i])
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		moves = append(moves, e.parts[at].move)
	}
	for _, m := range moves {
		inside = inside || e.moves[m].scope == scopeJudged
		outside = outside || e.moves[m].scope == scopeEarlier
	}
	return inside && outside
}

// provesChain reports whether a break is only ever named where the chain was read
// completely for its order.
func provesChain(k Kind) bool {
	switch k {
	case Underpaid, MissingTransfer, WrongAddress, TXIDNotFound, FailedTransaction, StaleOrder:
		return true
	}
	return false
}

// judgeOrderToo has an order judged with every transfer that it has, and returns
// the orders that share one of them.
func (e *engine) judgeOrderToo(i int32) []int32 {
	p := &e.pays[i]
	if p.trouble != ReasonNone {
		return nil
	}
	p.brought = !p.judged
	p.judged = true
	moves := slices.Clone(e.foreign[i])
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		moves = append(moves, e.parts[at].move)
	}
	if p.group >= 0 {
		moves = append(moves, e.groups[p.group].moves...)
	}
	var others []int32
	for _, m := range moves {
		others = append(others, e.judgeMoveToo(m)...)
	}
	return others
}

// judgeMoveToo has a transfer judged, and returns the orders that it pays.
func (e *engine) judgeMoveToo(i int32) []int32 {
	m := &e.moves[i]
	if m.scope == scopeEarlier {
		m.scope, m.brought = scopeJudged, true
	}
	switch {
	case m.group >= 0:
		return e.groups[m.group].pays
	case m.shared:
		return e.payersOf(i)
	case m.owner >= 0:
		return []int32{m.owner}
	}
	return nil
}

// payersOf lists the payments that a shared transfer is allocated to.
func (e *engine) payersOf(move int32) []int32 {
	c := e.cases
	if c.shared == nil {
		c.shared = map[int32][]int32{}
		for i := range e.pays {
			for at := e.pays[i].firstPart; at >= 0; at = e.parts[at].next {
				if m := e.parts[at].move; e.moves[m].shared {
					c.shared[m] = append(c.shared[m], int32(i))
				}
			}
		}
	}
	return c.shared[move]
}

// closeOf is a moment that the window of a business date certainly reached,
// whatever time zone the date was cut in.
func closeOf(date string) Instant {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0
	}
	return InstantOf(day) + 10*Hour // the end of the date at UTC+14
}

// judgeCarried judges an order that is older than the window for the sake of an
// item. Where nothing can be claimed of it any more the verdict of the earlier run
// stands, and the order is context as any other of its age.
func (e *engine) judgeCarried(i int32) {
	p := &e.pays[i]
	breaks, items, tolerated, kinds := len(e.breaks), len(e.items), e.tolerated[p.asset], e.kindsOf(i)
	e.judgeOrder(i)
	claimed := !slices.ContainsFunc(e.items[items:], func(it openItem) bool { return it.state.undetermined() })
	if claimed || p.group >= 0 {
		return
	}
	e.breaks, e.items, e.tolerated[p.asset] = e.breaks[:breaks], e.items[:items], tolerated
	for m, k := range kinds {
		e.moves[m].kinds = k
		if mv := &e.moves[m]; mv.brought && !mv.shared {
			mv.scope, mv.brought = scopeEarlier, false
		}
	}
	for at := e.firstDelivery[i]; at >= 0; at = e.delivs[at].next {
		e.delivs[at].kinds = 0
	}
	p.verdict, p.judged, p.brought = verdict{}, false, false
	delete(e.cases.known, i)
	delete(e.cases.proven, p)
	e.judgeOrder(i)
}

// kindsOf is what is said so far of the transfers of an order.
func (e *engine) kindsOf(i int32) map[int32]kindSet {
	kinds := map[int32]kindSet{}
	for _, m := range e.foreign[i] {
		kinds[m] = e.moves[m].kinds
	}
	for at := e.pays[i].firstPart; at >= 0; at = e.parts[at].next {
		m := e.parts[at].move
		kinds[m] = e.moves[m].kinds
	}
	return kinds
}
