package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Who does what: the names that actions carry.
const (
	whoFinance     = "finance"
	whoEngineering = "engineering"
	whoSupport     = "provider support"
)

// decide chooses the action of every break, with its deadline.
func (e *engine) decide() {
	for i := range e.breaks {
		f := &e.breaks[i]
		f.action, f.deadline = e.actionFor(f)
	}
	e.findIncidents()
}

func (e *engine) actionFor(f *finding) (ActionCode, Instant) {
	if f.back.why != "" {
		return ActionNone, 0 // the money went back already
	}
	switch f.kind {
	case LostOrder:
		return e.actionForLost(f)
	case MissedWebhook:
		return e.actionForMissed(f)
	case LatePayment:
		return e.actionForLate(f), 0
	case Underpaid:
		if e.policy.Settlement == SettleGoods {
			return HoldFulfilment, e.window.To
		}
		return CreditActual, 0
	case Overpaid:
		if limit := e.policy.CreditLimit; e.policy.Settlement == SettleGoods && limit.Known() {
			if v := e.value(f.asset, f.diff); v.Known() && v.Cmp(limit) > 0 {
				return RefundOrCredit, 0
			}
		}
		return CreditActual, 0
	case DuplicatePayment, RefundExceeds, UnmatchedRefund:
		return RefundOrCredit, 0
	case MissingTransfer, TXIDNotFound, FailedTransaction, WrongAddress, TXIDReused, DueConflict, ReorgedTransfer:
		return HoldFulfilment, e.window.To
	case StatusConflict:
		if !e.pays[f.pay].paid {
			return HoldFulfilment, e.window.To
		}
		return ApplyFromAPI, 0
	case UnknownTransfer, AmbiguousPayment:
		return IdentifyPayer, 0
	case UnverifiedWebhook, UnknownWebhook:
		return InvestigateSender, 0
	case WebhookNotApplied:
		return ApplyFromAPI, 0
	case CreditMismatch:
		return CreditActual, 0
	}
	return AskProvider, 0
}

// anchors returns the exception window's start by policy and the latest possible
// one: from what a provider counts is not published.
func (e *engine) anchors(p *payment) (chosen, latest Instant) {
	paid := e.paidAt(p)
	if !paid.Known() && p.firstPart >= 0 {
		paid = e.moves[e.parts[p.firstPart].move].time
	}
	chosen = p.created
	switch e.policy.ExceptionFrom {
	case AnchorExpired:
		chosen = cmp.Or(p.expires, chosen)
	case AnchorPaid:
		chosen = cmp.Or(paid, chosen)
	}
	return chosen, max(p.created, p.expires, paid)
}

// actionForLost: an operator completes the order where the run has verified what
// the provider asks for; otherwise finance decides or the provider is asked.
func (e *engine) actionForLost(f *finding) (ActionCode, Instant) {
	p := &e.pays[f.pay]
	chosen, latest := e.anchors(p)
	deadline, last := chosen+e.policy.ExceptionLength, latest+e.policy.ExceptionLength
	switch {
	case e.merchantState(p) == StateCancelled:
		return RefundOrCredit, 0
	case p.verdict.kinds.has(Underpaid):
		return CreditActual, 0
	case !p.profile.Completes || e.window.To >= last || len(f.moves) > 1:
		return AskProvider, 0
	case e.merchantState(p) == StatePaid || e.merchantIsUnknown(p) || e.claimedElsewhere(f.pay):
		return AskProvider, 0
	}
	return CompleteTransaction, deadline
}

func (e *engine) merchantState(p *payment) State {
	if p.merch < 0 {
		return StateUnknown
	}
	return e.in.order(p.merch).state
}

// merchantIsUnknown reports whether our book has the order under a status word that
// its profile does not have: it may have been credited, or cancelled.
func (e *engine) merchantIsUnknown(p *payment) bool {
	return p.merch >= 0 && e.merchantState(p) == StateUnknown
}

// claimedElsewhere reports whether another order names a transaction of this one.
func (e *engine) claimedElsewhere(i int32) bool {
	for at := e.pays[i].firstPart; at >= 0; at = e.parts[at].next {
		tx := e.moves[e.parts[at].move].txid
		if slices.ContainsFunc(e.claimIndex.of(tx), func(p int32) bool { return p != i }) {
			return true
		}
	}
	return false
}

func (e *engine) actionForMissed(f *finding) (ActionCode, Instant) {
	p := &e.pays[f.pay]
	chosen, latest := e.anchors(p)
	switch {
	case f.low:
		return ActionNone, 0
	case f.cause == CauseRefused || f.cause == CauseBadSignature:
		if e.canResend(p, latest) {
			return FixReceiverThenResend, chosen + e.policy.ExceptionLength
		}
		return FixReceiverThenResend, 0
	case e.canResend(p, latest):
		return ResendNotification, chosen + e.policy.ExceptionLength
	}
	return ApplyFromAPI, 0
}

func (e *engine) canResend(p *payment, latest Instant) bool {
	limit := cmp.Or(e.policy.ResendLimit, p.profile.ResendLimit)
	return p.profile.Resends && slices.Contains(p.profile.ResendStates, p.state) &&
		int(e.in.order(p.row()).resends) < limit && e.window.To < latest+e.policy.ExceptionLength
}

func (e *engine) actionForLate(f *finding) ActionCode {
	p := &e.pays[f.pay]
	switch {
	case p.verdict.kinds.has(LostOrder):
		return ActionNone // completing or crediting the lost order settles it
	case f.low && !p.profile.KeepsExpired:
		return ActionNone
	case e.policy.Late == LateRefund:
		return RefundOrCredit
	}
	return CreditLate
}

// queue turns breaks into things to do: one row per order and action, most
// urgent first.
func (e *engine) queue() []ActionRow {
	type key struct {
		pay, move int32
		claim     string
		action    ActionCode
	}
	at := map[key]int{}
	var rows []ActionRow
	rows = append(rows, e.incidentRows()...)
	for i := range e.breaks {
		f := &e.breaks[i]
		if f.action == ActionNone || f.together() || f.past.answered() {
			continue
		}
		k := key{f.pay, f.move, f.claim, f.action}
		if n, ok := at[k]; ok {
			e.mergeAction(&rows[n], f)
			continue
		}
		at[k] = len(rows)
		rows = append(rows, e.actionRow(f))
	}
	for i := range e.items {
		switch it := &e.items[i]; {
		case it.past.answered():
		case it.apply:
			rows = append(rows, e.applyNow(it))
		case e.heldTooLong(it):
			rows = append(rows, e.askAboutHold(it))
		}
	}
	return inOrder(rows)
}

// inOrder numbers actions by urgency. Their places are sorted, not the wide rows.
func inOrder(rows []ActionRow) []ActionRow {
	order := make([]int32, len(rows))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return compareActions(&rows[a], &rows[b]) })
	arrange(rows, order)
	for i := range rows {
		rows[i].Priority = i + 1
	}
	return rows
}

// incidentRows makes one action of the breaks of each incident that ask for the
// same thing; those that need no action are counted with the first.
func (e *engine) incidentRows() []ActionRow {
	type key struct {
		incident int32
		action   ActionCode
	}
	members := map[key][]int{}
	var order []key
	idle := map[int32][]int{}
	for i := range e.breaks {
		f := &e.breaks[i]
		switch {
		case f.incident < 0 || f.action == CompleteTransaction || f.past.answered():
		case f.action == ActionNone:
			idle[f.incident] = append(idle[f.incident], i)
		default:
			k := key{f.incident, f.action}
			if members[k] == nil {
				order = append(order, k)
			}
			members[k] = append(members[k], i)
		}
	}
	var rows []ActionRow
	for _, k := range order {
		list := members[k]
		row := e.actionRow(&e.breaks[list[0]])
		if len(list) > 1 || len(idle[k.incident]) > 0 {
			list = append(list, idle[k.incident]...)
			delete(idle, k.incident)
			slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(e.breaks[a].since, e.breaks[b].since) })
			e.incidentAction(&row, list)
		}
		rows = append(rows, row)
	}
	return rows
}

// compareActions: by deadline, those without one last, then by value, severity and subject.
func compareActions(a, b *ActionRow) int {
	if a.Deadline != b.Deadline && (a.Deadline == 0 || b.Deadline == 0) {
		return cmp.Compare(btoi(a.Deadline == 0), btoi(b.Deadline == 0))
	}
	if a.Deadline != b.Deadline {
		return cmp.Compare(a.Deadline, b.Deadline)
	}
	if c := compareKnown(b, a); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(b.Severity, a.Severity),
		compareStrings(a.Provider, b.Provider), compareStrings(a.OrderID, b.OrderID), compareStrings(a.OrderNo, b.OrderNo),
		compareStrings(a.TXID, b.TXID), cmp.Compare(a.Action, b.Action), slices.Compare(a.BreakIDs, b.BreakIDs))
}

func compareKnown(a, b *ActionRow) int {
	if !a.Value.Known() || !b.Value.Known() {
		return cmp.Compare(btoi(a.Value.Known()), btoi(b.Value.Known()))
	}
	return a.Value.Cmp(b.Value)
}

func compareStrings(a, b string) int { return strings.Compare(a, b) }

func (e *engine) mergeAction(r *ActionRow, f *finding) {
	if id := e.breakID(f); !slices.Contains(r.BreakIDs, id) {
		r.BreakIDs = append(r.BreakIDs, id)
		slices.Sort(r.BreakIDs)
		r.Reason += "; " + f.note
	}
	if v := e.risk(f); v.Known() && (!r.Value.Known() || v.Cmp(r.Value) > 0) {
		r.Value = v
	}
	if f.deadline.Known() && (!r.Deadline.Known() || f.deadline < r.Deadline) {
		r.Deadline = f.deadline
		r.HoursLeft = hoursLeft(e.window.To, f.deadline)
	}
	r.Severity = max(r.Severity, e.severity(f))
}

func hoursLeft(now, deadline Instant) int {
	d := deadline - now
	if d < 0 {
		return -int((-d + Hour - 1) / Hour)
	}
	return int(d / Hour)
}

func (e *engine) actionRow(f *finding) ActionRow {
	r := ActionRow{Action: f.action, Deadline: f.deadline, Asset: e.asset(f.asset), Value: e.risk(f), Severity: e.severity(f),
		Chain: e.in.chains[e.in.assets[f.asset].chain], BreakIDs: []string{e.breakID(f)}, Reason: f.note, Provider: f.provider, OrderNo: f.claim,
		Incident: e.incidentOf(f)}
	if f.deadline.Known() {
		r.HoursLeft = hoursLeft(e.window.To, f.deadline)
	}
	if len(f.moves) > 0 {
		m := &e.moves[f.moves[len(f.moves)-1]]
		r.Chain, r.TXID = e.in.chains[m.chain], e.in.txid(m.chain, m.txid)
	} else if len(f.txs) > 0 && f.pay >= 0 {
		r.TXID = e.in.txid(e.pays[f.pay].chain, f.txs[0])
	}
	if !f.diff.IsZero() {
		r.Amount = Figure{f.left().Abs(), true}
	} else if f.observed.Known {
		r.Amount = f.observed
	} else {
		r.Amount = f.expected
	}
	if f.pay >= 0 {
		p := &e.pays[f.pay]
		o := e.in.order(p.row())
		r.OrderID, r.OrderNo, r.Provider, r.Account = e.in.keys.text(p.id), e.in.keys.text(p.no), e.providerOf(p), e.in.words.text(o.account)
	}
	r.Who, r.Sentence = e.instruct(f, &r)
	r.Sentence = e.warnOfRefunds(f) + r.Sentence
	r.Reason += e.verified(f)
	if r.TXID != "" {
		r.Link = e.txLink(r.Chain, r.TXID)
	}
	return r
}

// itemAction is a thing to do about an order that has an open item and no break.
func (e *engine) itemAction(it *openItem, action ActionCode, who, reason, sentence string) ActionRow {
	p := &e.pays[it.pay]
	o := e.in.order(p.row())
	r := ActionRow{Action: action, Who: who, Asset: e.asset(p.asset), Chain: e.in.chains[p.chain],
		OrderID: e.in.keys.text(p.id), OrderNo: e.in.keys.text(p.no), Provider: e.providerOf(p), Account: e.in.words.text(o.account),
		Amount: p.due, Severity: Medium, Reason: reason, Sentence: sentence}
	if p.due.Known {
		r.Value = e.value(p.asset, p.due.Units)
	}
	if p.firstPart >= 0 {
		m := &e.moves[e.parts[p.firstPart].move]
		r.TXID = e.in.txid(m.chain, m.txid)
		r.Link = e.txLink(r.Chain, r.TXID)
	}
	return r
}

func (e *engine) applyNow(it *openItem) ActionRow {
	return e.itemAction(it, ApplyFromAPI, whoEngineering, "paid, and its webhook is late; "+it.note,
		"Apply the status of order "+e.label(&e.pays[it.pay])+" from the provider's order now; the webhook may still come: do not apply it twice.")
}

// holdPatience is how long a provider may screen funds before it is asked.
const holdPatience = 7 * Day

// heldTooLong reports whether funds have been screened for longer than that.
func (e *engine) heldTooLong(it *openItem) bool {
	_, since, _ := e.history(it.past, it.since)
	return it.state == OnHold && since.Known() && since+holdPatience <= e.window.To
}

func (e *engine) askAboutHold(it *openItem) ActionRow {
	p := &e.pays[it.pay]
	return e.itemAction(it, AskProvider, whoSupport, "the provider has screened the funds for more than 7 days",
		fmt.Sprintf("Ask %s when the funds of order %s are released, and whether its request for information was answered; do not ship before.",
			cmp.Or(p.profile.Support, "the provider"), e.label(p)))
}

// txLink is the transaction's page at the chain's explorer, "" without one. Only
// a well-formed id goes into a link.
func (e *engine) txLink(chain, txid string) string {
	ch, ok := e.in.catalogue.Chain(chain)
	digits := strings.TrimPrefix(txid, "0x")
	if !ok || !strings.HasPrefix(ch.Explorer, "https://") || len(digits) != 64 || !isHex(digits) {
		return ""
	}
	base := strings.TrimSuffix(ch.Explorer, "/")
	if strings.HasPrefix(chain, "tron:") {
		return base + "/#/transaction/" + txid
	}
	return base + "/tx/" + txid
}

// verified lists the preconditions that the run itself has checked.
func (e *engine) verified(f *finding) string {
	if f.action != CompleteTransaction {
		return ""
	}
	p := &e.pays[f.pay]
	rule := e.parts[p.firstPart].rule
	text := "; verified: the transaction exists, is final, pays " + e.amount(p.asset, f.observed.Units) + " to the order's address, and no other order names it"
	if rule >= RuleExactAmount {
		text += fmt.Sprintf("; attributed by %s only", rule)
	}
	return text
}
