package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// past is what is known of a break or open item from before, and what was decided
// about it.
type past struct {
	firstSeen  Instant
	firstDate  string
	figureDate string
	diff       money.Units // its figure now
	held       money.Units // the part of it that the rows of this run do not show
	was        *Item       // as it was carried forward, nil for what is new today
	answer     *Answer     // in force
	gone       string      // what took it away, "" while it is there
	became     string      // the id that it goes by from now on, "" where it did not turn into another
	movedIn    bool        // it came out of something else
}

func (p *past) closed() bool { return p != nil && p.answer != nil && p.answer.Action.closes() }

// answered reports whether nobody has to do anything about it.
func (p *past) answered() bool { return p != nil && p.answer != nil }

// fresh is a break or open item that the rows of this run show.
type fresh struct {
	id        string
	asset     int32
	diff      money.Units
	pay, move int32
	kind      Kind
	state     Reason
	since     Instant
	past      **past
	finding   *finding // of a break
	item      *openItem
}

// freshOnes lists what the rows of this run show, breaks first.
func (e *engine) freshOnes(yield func(fresh) bool) {
	for i := range e.breaks {
		f := &e.breaks[i]
		if !yield(fresh{e.breakID(f), f.asset, f.diff, f.pay, f.move, f.kind, ReasonNone, f.since, &f.past, f, nil}) {
			return
		}
	}
	for i := range e.items {
		it := &e.items[i]
		if !yield(fresh{e.itemID(it), it.asset, it.amount, it.pay, it.move, KindNone, it.state, it.since, &it.past, nil, it}) {
			return
		}
	}
}

func (e *engine) itemID(it *openItem) string {
	if it.pay >= 0 {
		return stableID("I-", it.state.String(), e.subject(&e.pays[it.pay]))
	}
	return stableID("I-", it.state.String(), e.moveSubject(&e.moves[it.move]))
}

// caseKey is the identity of an item.
type caseKey struct{ id, asset string }

// carryForward compares what was carried forward with what the rows show: what
// goes on, what is new, what resolved and by what, what turned into something
// else; and puts people's answers into force.
func (e *engine) carryForward() {
	c := e.cases
	if c == nil {
		return
	}
	byKey := map[caseKey]int32{}
	for i := range c.items {
		it := &c.items[i]
		it.past = &past{firstSeen: it.FirstSeen, firstDate: it.FirstDate, figureDate: it.FigureDate, diff: it.Difference, was: &it.Item, answer: it.Answer}
		if first, twice := byKey[caseKey{it.ID, it.Asset.ID}]; twice {
			it.past.gone = "it is the same as " + c.items[first].ID
			continue
		}
		byKey[caseKey{it.ID, it.Asset.ID}] = int32(i)
	}
	unmet := map[[2]int32][]fresh{}
	for f := range e.freshOnes {
		if i, ok := byKey[caseKey{f.id, e.in.assets[f.asset].ID}]; ok {
			e.meet(&c.items[i], f)
		} else if c.ofPay[f.pay] != nil || c.ofMove[f.move] != nil {
			at := [2]int32{f.pay, f.move}
			unmet[at] = append(unmet[at], f)
		}
	}
	for i := range c.items {
		if it := &c.items[i]; !it.found && it.past.gone == "" && !it.Closed() {
			e.miss(it, unmet[[2]int32{it.pay, it.move}])
		}
	}
	e.applyAnswers()
	e.endAnswers()
	e.closeCases()
}

// meet goes on with an item that the rows show.
func (e *engine) meet(it *brought, f fresh) {
	p := it.past
	it.found = true
	*f.past = p
	p.diff = f.diff
	if f.since.Known() && (!p.firstSeen.Known() || f.since < p.firstSeen) {
		p.firstSeen = f.since
	}
	if !e.isWhole(it) && it.Difference.Abs().Cmp(f.diff.Abs()) > 0 {
		p.diff, p.held = it.Difference, it.Difference.Sub(f.diff) // the rows show a part of it only
	}
	if p.diff != it.Difference {
		p.figureDate = e.today
	}
	why := e.closedBy(f)
	switch {
	case it.Closed() && it.Answer.By == ByEvidence:
		if why == "" && (!e.lacksRefund(it) || grew(p.answer, p.diff, it.Asset)) {
			p.answer = nil // what closed it is gone
		}
	case it.Closed():
		if grew(p.answer, p.diff, it.Asset) {
			p.answer = nil
		}
	case why != "":
		p.answer = e.byEvidence(it, why)
	case f.finding != nil && e.lacksRefund(it):
		f.finding.note += "; a refund that was counted before is not among the rows any more: look there before money is sent"
	}
}

// byEvidence closes an item without a person.
func (e *engine) byEvidence(it *brought, why string) *Answer {
	return &Answer{ID: it.ID, Asset: it.Asset.ID, Action: Resolved, Reason: why, By: ByEvidence, Date: e.today,
		Cap: money.NewQuantity(it.past.diff.Abs(), it.Asset.Decimals)}
}

// isWhole reports whether everything that an item is about was judged in this run.
func (e *engine) isWhole(it *brought) bool {
	switch {
	case it.pay >= 0:
		p := &e.pays[it.pay]
		return p.judged && p.verdict.outcome != OutcomeContext && e.shows(it)
	case it.move >= 0:
		return e.moves[it.move].scope == scopeJudged
	}
	return false
}

// miss decides what became of an item that the verdicts do not name any more.
// Where nothing says so it stays as it was: absence resolves nothing.
func (e *engine) miss(it *brought, unmet []fresh) {
	p := it.past
	if it.pay < 0 && it.move < 0 {
		p.gone = e.claimKnown(it)
		if it.State == AwaitingFinality.String() && strings.HasPrefix(it.Subject, "tx:") && e.covers(it) {
			p.gone = "it never became final: the chain does not show it"
		}
		return
	}
	if !e.isWhole(it) {
		return
	}
	if it.Kind != "" {
		if p.gone = e.resolvedBy(it); p.gone != "" || it.kind() == UnmatchedRefund || it.kind() == RefundExceeds {
			return
		}
	}
	if f, ok := e.turnedInto(it, unmet); ok {
		*f.past = &past{firstSeen: cmp.Or(it.FirstSeen, f.since), firstDate: it.FirstDate, figureDate: e.today, diff: f.diff, movedIn: true}
		p.gone, p.became = "it became "+f.name(), f.id
		return
	}
	switch {
	case e.isUndetermined(it):
	case it.Kind == "":
		p.gone = e.settledAs(it)
	case it.pay >= 0 && !aboutNotices(it.kind(), ""):
		p.gone = "all of it was judged anew, and it is " + e.verdictNow(it.pay)
	}
}

func (f *fresh) name() string {
	if f.kind != KindNone {
		return f.kind.String()
	}
	return f.state.String()
}

// turnedInto finds what an item turned into: something new of the same subject and
// asset, of its own family. A break whose evidence cannot be seen turns into nothing.
func (e *engine) turnedInto(it *brought, unmet []fresh) (fresh, bool) {
	var best *fresh
	for i := range unmet {
		f := &unmet[i]
		if *f.past != nil || e.in.assets[f.asset].ID != it.Asset.ID || aboutNotices(it.kind(), it.State) != aboutNotices(f.kind, f.state.String()) ||
			it.Kind != "" && f.state.undetermined() {
			continue
		}
		if best == nil || f.diff == it.Difference && best.diff != it.Difference {
			best = f
		}
	}
	if best == nil {
		return fresh{}, false
	}
	return *best, true
}

// aboutNotices tells the breaks and items on notifications and books from those on money.
func aboutNotices(k Kind, state string) bool {
	return k >= MissedWebhook || k == KindNone && (state == AwaitingWebhook.String() || state == AwaitingApplication.String())
}

// isUndetermined reports whether nothing is claimed now of what an item is about.
func (e *engine) isUndetermined(it *brought) bool {
	if it.pay < 0 {
		return e.moves[it.move].outcome == OutcomeUndetermined
	}
	return e.pays[it.pay].verdict.reason.undetermined()
}

// grew reports whether a figure is beyond what an answer was given for.
func grew(a *Answer, diff money.Units, asset money.Asset) bool {
	return a.Cap.Known() && money.NewQuantity(diff.Abs(), asset.Decimals).Cmp(a.Cap) > 0
}

// closeCases writes the result down: what resolved, what stays, the roll-forward.
func (e *engine) closeCases() {
	c := e.cases
	for i := range c.items {
		it := &c.items[i]
		p := it.past
		switch {
		case p.gone != "":
			if !it.Closed() {
				c.resolved = append(c.resolved, e.resolvedRow(it, p.gone))
			}
		case p.closed():
			if !it.Closed() {
				c.resolved = append(c.resolved, e.resolvedRow(it, p.answer.Reason))
			}
			if !it.found && e.remembers(it) {
				c.left = append(c.left, int32(i))
			}
		case !it.found:
			c.left = append(c.left, int32(i))
		}
	}
	for f := range e.freshOnes {
		if p := *f.past; p != nil && p.was == nil && p.closed() {
			c.resolved = append(c.resolved, e.closedAtOnce(p, f))
		}
	}
	slices.SortFunc(c.resolved, func(a, b ResolvedRow) int { return compareItems(a.Item, b.Item) })
}

// remembers reports whether a closed item is kept that the rows do not show: as
// long as they could show it again, and the answer could be taken back.
func (e *engine) remembers(it *brought) bool {
	return it.FirstSeen >= e.window.From-e.policy.BeforeCreated || closeOf(it.past.answer.Date) >= e.window.From
}

// ResolvedRow is an item that left the open ones, shown once.
type ResolvedRow struct {
	Item
	How    How
	What   string // a sentence: what resolved it, or what it turned into
	Became string // id of what it turned into, "" otherwise
}

// How an item left.
type How string

// The ways in which an item leaves the open ones.
const (
	HowResolved   How = "resolved" // by the evidence or by a person, see Answer.By
	HowWrittenOff How = "written_off"
	HowMoved      How = "moved" // it goes on under another name
)

func (e *engine) resolvedRow(it *brought, what string) ResolvedRow {
	r := ResolvedRow{Item: it.Item, How: HowResolved, What: sentence(what), Became: it.past.became}
	switch a := it.past.answer; {
	case r.Became != "":
		r.How = HowMoved
	case it.past.gone != "":
	case a.Action == WriteOff:
		r.How, r.Answer = HowWrittenOff, a
	default:
		r.Answer = a
	}
	r.ID, r.Difference = cmp.Or(it.was, it.ID), it.past.diff
	if it.past.gone != "" || it.past.answer.By == ByEvidence {
		r.Difference = it.Difference // the figure that is gone
	}
	return r
}

// closedAtOnce is what is new and answered on one date: a date that runs again is
// answered before it.
func (e *engine) closedAtOnce(p *past, f fresh) ResolvedRow {
	r := ResolvedRow{How: HowResolved, What: sentence(p.answer.Reason)}
	if p.answer.Action == WriteOff {
		r.How = HowWrittenOff
	}
	if f.finding != nil {
		r.Item = e.itemOfBreak(f.finding)
	} else {
		r.Item = e.itemOfOpen(f.item)
	}
	return r
}

// closingItem is an item that the rows do not show, as it goes on.
func (it *brought) closingItem() Item {
	out := it.Item
	out.Answer = it.past.answer
	return out
}

// closing builds what the next date opens with.
func (e *engine) closing() Opening {
	o := Opening{Date: e.today, Matched: e.matched()}
	for i := range e.breaks {
		o.Items = append(o.Items, e.itemOfBreak(&e.breaks[i]))
	}
	for i := range e.items {
		o.Items = append(o.Items, e.itemOfOpen(&e.items[i]))
	}
	if e.cases != nil {
		for _, i := range e.cases.left {
			o.Items = append(o.Items, e.cases.items[i].closingItem())
		}
	}
	slices.SortFunc(o.Items, compareItems)
	return o
}

func compareItems(a, b Item) int {
	return cmp.Or(compareStrings(a.ID, b.ID), compareStrings(a.Asset.ID, b.Asset.ID))
}

func (e *engine) itemOfBreak(f *finding) Item {
	r := e.breakRow(f, e.breakID(f))
	it := Item{ID: r.ID, Kind: r.Kind.String(), Subject: e.subjectOf(f), OrderID: r.OrderID, OrderNo: r.OrderNo, Provider: r.Provider,
		Account: r.Account, Customer: r.Customer, Chain: r.Chain, Asset: r.Asset, TXIDs: r.TXIDs, Difference: r.Difference, Value: r.Value,
		FirstSeen: r.FirstSeen, Explanation: r.Explanation}
	it.OurBook = f.pay >= 0 && e.pays[f.pay].dueRow >= 0
	if f.kind == AmbiguousPayment {
		for _, p := range e.groups[e.pays[f.pay].group].pays {
			it.Candidates = append(it.Candidates, e.subject(&e.pays[p]))
		}
	}
	if f.past != nil && f.past.was != nil { // the rows of today may show a part of it only
		it.OurBook = it.OurBook || f.past.was.OurBook
		it.Candidates = append(it.Candidates, f.past.was.Candidates...)
	}
	it.Candidates = append(it.Candidates, f.back.stands...)
	slices.Sort(it.Candidates)
	it.Candidates = slices.Compact(it.Candidates)
	if len(it.TXIDs) == 0 && f.pay >= 0 { // a break on notifications is about an order with its money
		it.TXIDs = e.txidsOfOrder(&e.pays[f.pay])
	}
	switch {
	case f.pay < 0 || f.kind == AmbiguousPayment || f.asset != e.pays[f.pay].asset:
		it.Received, it.Expected = f.observed.Units, f.expected.Units
	default:
		it.Received, it.Expected = e.pays[f.pay].verdict.received, e.pays[f.pay].verdict.expected
	}
	e.stamp(&it, f.past)
	return it
}

func (e *engine) itemOfOpen(o *openItem) Item {
	r := e.openRow(o)
	it := Item{ID: r.ID, State: r.State.String(), OrderID: r.OrderID, OrderNo: r.OrderNo, Provider: r.Provider, Chain: r.Chain, Asset: r.Asset,
		TXIDs: r.TXIDs, Difference: r.Amount, Value: r.Value, FirstSeen: r.FirstSeen, Explanation: r.Note}
	if o.pay >= 0 {
		p := &e.pays[o.pay]
		row := e.in.order(p.row())
		it.Subject, it.Account, it.Customer = e.subject(p), e.in.words.text(row.account), e.in.words.text(p.customer)
		if o.asset == p.asset {
			it.Received, it.Expected = p.verdict.received, p.verdict.expected
		} else {
			it.Received = r.Amount
		}
	} else {
		m := &e.moves[o.move]
		it.Subject, it.Received = e.moveSubject(m), m.units
	}
	e.stamp(&it, o.past)
	return it
}

// stamp gives an item that the rows show its dates and its answer.
func (e *engine) stamp(it *Item, p *past) {
	it.FirstDate, it.LastDate, it.FigureDate = e.today, e.today, e.today
	if p != nil {
		it.FirstDate, it.FigureDate, it.Answer, it.Difference = p.firstDate, p.figureDate, p.answer, p.diff
	}
}
