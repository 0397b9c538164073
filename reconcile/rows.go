package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// subject names an order for ever: its break ids derive from it.
func (e *engine) subject(p *payment) string {
	if p.prov >= 0 && p.id != 0 {
		return "order:" + e.providerOf(p) + "/" + e.in.keys.text(p.id)
	}
	if p.prov >= 0 {
		return "order:" + BookProvider.String() + "/" + e.in.keys.text(p.no)
	}
	return "order:" + BookMerchant.String() + "/" + e.in.keys.text(cmp.Or(p.no, p.id))
}

// label names an order for people: its number, else the provider's id.
func (e *engine) label(p *payment) string { return e.in.keys.text(cmp.Or(p.no, p.id)) }

func (e *engine) subjectOf(f *finding) string {
	switch {
	case f.move >= 0:
		return e.moveSubject(&e.moves[f.move])
	case f.pay >= 0:
		return e.subject(&e.pays[f.pay])
	}
	return "claim:" + f.claim
}

func (e *engine) moveSubject(m *move) string {
	t := e.in.transfer(m.row)
	position := t.logIndex
	if position < 0 {
		position = int64(m.occurrence)
	}
	return fmt.Sprintf("tx:%s/%s/%d", e.in.chains[m.chain], e.in.txid(m.chain, m.txid), position)
}

// breakID is the same tomorrow: evidence and amounts are not in it.
func (e *engine) breakID(f *finding) string { return stableID("B-", f.kind.String(), e.subjectOf(f)) }

func stableID(prefix, kind, subject string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + subject))
	return prefix + hex.EncodeToString(sum[:8])
}

// risk is the value at risk of a break in the reference currency.
func (e *engine) risk(f *finding) money.Quantity {
	units := f.left()
	if f.kind == RefundExceeds {
		units = f.observed.Units.Sub(f.expected.Units)
	}
	if f.diff.IsZero() && units.IsZero() && f.pay >= 0 {
		if p := &e.pays[f.pay]; p.ask().Known {
			units = p.ask().Units
		}
		if f.low {
			units = money.Units{}
		}
	}
	if f.diff.IsZero() && units.IsZero() && f.observed.Known && !f.low {
		units = f.observed.Units
	}
	return e.value(f.asset, units)
}

func (e *engine) ageDays(since Instant) int {
	if !since.Known() || since > e.window.To {
		return 0
	}
	return int((e.window.To - since) / Day)
}

func (e *engine) txidsOf(f *finding) []string {
	var list []string
	for _, m := range f.moves {
		list = append(list, e.in.txid(e.moves[m].chain, e.moves[m].txid))
	}
	if len(list) == 0 {
		chain := int32(0)
		if f.pay >= 0 {
			chain = e.pays[f.pay].chain
		}
		for _, tx := range f.txs {
			list = append(list, e.in.txid(chain, tx))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (e *engine) breakRow(f *finding, id string) BreakRow {
	r := BreakRow{ID: id, Kind: f.kind, Cause: f.cause, Severity: e.severity(f), Asset: e.asset(f.asset),
		Expected: f.expected, Observed: f.observed, Difference: f.diff, Value: e.risk(f), TXIDs: e.txidsOf(f),
		Deadline: f.deadline, Action: f.action, Explanation: sentence(f.note),
		Provider: f.provider, OrderNo: f.claim, Chain: e.in.chains[e.in.assets[f.asset].chain]}
	r.FirstDate, r.FirstSeen, r.Answer = e.history(f.past, f.since)
	r.AgeDays = e.ageDays(r.FirstSeen)
	r.Bucket = bucket(r.AgeDays)
	if f.pay >= 0 {
		p := &e.pays[f.pay]
		o := e.in.order(p.row())
		r.OrderID, r.OrderNo, r.Provider = e.in.keys.text(p.id), e.in.keys.text(p.no), e.providerOf(p)
		r.Account, r.Customer, r.PayTo = e.in.words.text(o.account), e.in.words.text(p.customer), e.in.addrs.text(p.payTo)
		if r.Chain == "" {
			r.Chain = e.in.chains[p.chain]
		}
	} else if f.move >= 0 {
		r.PayTo = e.in.addrs.text(e.moves[f.move].to)
	}
	return r
}

// sentence gives a note a capital letter and a full stop.
func sentence(note string) string {
	if note == "" {
		return ""
	}
	note = strings.ToUpper(note[:1]) + note[1:]
	if !strings.HasSuffix(note, ".") {
		note += "."
	}
	return note
}

func (e *engine) openRow(it *openItem) OpenRow {
	r := OpenRow{State: it.state, Asset: e.asset(it.asset), Amount: it.amount, Until: it.until, Note: sentence(it.note),
		Chain: e.in.chains[e.in.assets[it.asset].chain]}
	r.FirstDate, r.FirstSeen, r.Answer = e.history(it.past, it.since)
	r.AgeDays = e.ageDays(r.FirstSeen)
	r.Bucket = bucket(r.AgeDays)
	atRisk := it.amount
	subject := ""
	if it.pay >= 0 {
		p := &e.pays[it.pay]
		subject = e.subject(p)
		r.OrderID, r.OrderNo, r.Provider, r.TXIDs = e.in.keys.text(p.id), e.in.keys.text(p.no), e.providerOf(p), e.txidsOfOrder(p)
		if r.Chain == "" {
			r.Chain = e.in.chains[p.chain]
		}
		if atRisk.IsZero() && p.ask().Known {
			atRisk = p.ask().Units
		}
	} else {
		m := &e.moves[it.move]
		subject = e.moveSubject(m)
		r.TXIDs = []string{e.in.txid(m.chain, m.txid)}
		atRisk = m.units
	}
	r.Value = e.value(it.asset, atRisk)
	r.ID = stableID("I-", it.state.String(), subject)
	return r
}

// history is when a break or open item was found first, since when it is there,
// and the answer in force.
func (e *engine) history(p *past, since Instant) (firstDate string, firstSeen Instant, answer *Answer) {
	if p == nil {
		return e.today, since, nil
	}
	return p.firstDate, p.firstSeen, p.answer
}

// bucket is the ageing bucket of an age in days.
func bucket(days int) string {
	switch {
	case days <= 1:
		return "0-1"
	case days <= 3:
		return "2-3"
	case days <= 7:
		return "4-7"
	case days <= 30:
		return "8-30"
	}
	return "over 30"
}

func (e *engine) txidsOfOrder(p *payment) []string {
	var list []string
	for at := p.firstPart; at >= 0; at = e.parts[at].next {
		m := &e.moves[e.parts[at].move]
		list = append(list, e.in.txid(m.chain, m.txid))
	}
	if len(list) == 0 {
		for _, tx := range e.in.list(p.claims) {
			list = append(list, e.in.txid(p.chain, tx))
		}
	}
	if len(list) < 2 {
		return list
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (e *engine) orderRow(p *payment) OrderRow {
	o := e.in.order(p.row())
	v := &p.verdict
	r := OrderRow{OrderID: e.in.keys.text(p.id), OrderNo: e.in.keys.text(p.no), Provider: e.providerOf(p),
		Account: e.in.words.text(o.account), Customer: e.in.words.text(p.customer), Status: e.in.words.text(o.status),
		Outcome: v.outcome, Reason: v.reason, Asset: e.asset(p.asset), Due: p.due, Received: Figure{v.received, p.asset != 0},
		TXIDs: e.txidsOfOrder(p), PayTo: e.in.addrs.text(p.payTo), Created: p.created,
		Expected: e.expectedOf(p), Tolerance: v.within}
	if v.kinds != 0 {
		r.Kinds = v.kinds.list()
	}
	r.Explanation = e.explainOrder(p)
	return r
}

// expectedOf is an order's part of the identity's expected side. That of an
// ambiguous one counts in its group.
func (e *engine) expectedOf(p *payment) money.Units {
	if p.group >= 0 && p.judged && p.paid && p.ask().Known {
		return p.ask().Units
	}
	return p.verdict.expected
}

// explainOrder says in one sentence why an order ended as it did.
func (e *engine) explainOrder(p *payment) string {
	v := &p.verdict
	switch {
	case p.trouble != ReasonNone:
		return sentence(p.note)
	case v.outcome == OutcomeContext:
		return "Created outside the judged window; read to explain others."
	case v.kinds != 0:
		names := make([]string, 0, 4)
		for _, k := range v.kinds.list() {
			names = append(names, k.Info().Meaning)
		}
		return strings.Join(names, " ")
	case v.outcome == OutcomeAgreed && p.firstPart >= 0:
		pt := &e.parts[p.firstPart]
		text := "Paid " + e.amount(p.asset, v.received) + " by " + pt.rule.String()
		if pt.why != "" {
			text += ": " + pt.why
		}
		if v.note != "" {
			text += "; " + v.note
		}
		return text + "."
	case v.outcome == OutcomeAgreed && p.paid:
		return "Called paid."
	case v.outcome == OutcomeAgreed:
		return "Not paid, and no book calls it paid."
	}
	return sentence(v.outcome.String() + ": " + v.reason.String())
}

func (e *engine) transferRow(m *move) TransferRow {
	t := e.in.transfer(m.row)
	r := TransferRow{Chain: e.in.chains[m.chain], Block: t.block, BlockTime: m.time, TXID: e.in.txid(m.chain, m.txid),
		LogIndex: t.logIndex, Occurrence: int(m.occurrence), Trace: e.in.words.text(t.trace), Asset: e.asset(m.asset),
		From: e.in.addrs.text(m.from), To: e.in.addrs.text(m.to), Amount: m.units, Outcome: m.outcome, Reason: m.reason, Note: sentence(m.near), Final: m.final}
	if m.kinds != 0 {
		r.Kinds = m.kinds.list()
	}
	if m.owner >= 0 && !m.shared {
		p := &e.pays[m.owner]
		r.OrderID, r.OrderNo = e.in.keys.text(p.id), e.in.keys.text(p.no)
	}
	return r
}

func (e *engine) deliveryRow(d *delivered) DeliveryRow {
	row := e.in.delivery(d.row)
	r := DeliveryRow{Source: e.in.sources[row.source].Name, Received: row.received, Provider: e.in.words.text(row.provider),
		OrderID: e.in.keys.text(row.id), OrderNo: e.in.keys.text(row.no), Status: e.in.words.text(row.status),
		Amount: e.in.quantity(row.amount), Symbol: e.in.words.text(row.symbol), Response: int(row.response), Signature: row.signature,
		Outcome: d.outcome, Reason: d.reason, Note: sentence(d.note)}
	if list := e.in.list(row.txids); len(list) > 0 {
		r.TXID = e.in.txid(row.chain, list[0])
	}
	if d.kinds != 0 {
		r.Kinds = d.kinds.list()
	}
	r.Attempt = int(d.attempt)
	r.AfterBlock, r.AfterPaid = e.lags(d)
	return r
}

func (e *engine) matchRow(p *payment, at int32) MatchRow {
	pt := &e.parts[at]
	m := &e.moves[pt.move]
	t := e.in.transfer(m.row)
	r := MatchRow{OrderID: e.in.keys.text(p.id), OrderNo: e.in.keys.text(p.no), Provider: e.providerOf(p),
		Chain: e.in.chains[m.chain], TXID: e.in.txid(m.chain, m.txid), LogIndex: t.logIndex, Occurrence: int(m.occurrence),
		Asset: e.asset(m.asset), Amount: pt.units, Rule: e.ruleOf(pt), Margin: m.margin}
	r.Explanation = ruleSentence[pt.rule]
	if pt.why != "" {
		r.Explanation += "; " + pt.why
	}
	r.Explanation += "."
	return r
}

// ruleSentence says why each rule attributes a transfer.
var ruleSentence = [...]string{
	RuleTXID:         "The order names this transaction, and address and asset agree",
	RuleDepositEvent: "The payment contract's log names the order",
	RuleAddress:      "The receiving address belongs to this order alone",
	RuleExactAmount:  "Exactly the amount due, to the order's address, inside its window",
	RuleNearAmount:   "The amount due within the tolerance, to the order's address, inside its window",
	RuleSplit:        "One of several transfers that together pay the order exactly",
	RuleBatch:        "One transfer that pays several orders exactly",
	RuleDuplicate:    "A further transfer for an order that was already paid",
}

func (e *engine) rejectRows() []RejectRow {
	var rows []RejectRow
	for _, list := range [][]rejectRow{e.in.rejects, e.lateRejects} {
		for i := range list {
			r := &list[i]
			row := RejectRow{Source: e.in.sources[r.source].Name, Line: r.At.Line, Column: r.Column, Value: r.Value, Reason: r.Reason, Raw: r.Raw}
			if int(r.At.File) < len(e.in.files) {
				row.File, row.Sheet = e.in.files[r.At.File].path, e.in.files[r.At.File].sheet
			}
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b RejectRow) int {
		return cmp.Or(compareStrings(a.Source, b.Source), compareStrings(a.File, b.File), compareStrings(a.Sheet, b.Sheet),
			cmp.Compare(a.Line, b.Line), compareStrings(a.Column, b.Column), compareStrings(a.Value, b.Value))
	})
	return rows
}

// sourceRows completes the control totals and says what makes the run incomplete.
func (e *engine) sourceRows() (rows []SourceRow, incomplete []string) {
	for i := range e.in.sources {
		s := &e.in.sources[i]
		row := s.SourceRow
		row.Parsed = row.Read - row.Duplicates - row.Superseded - row.OutOfScope - row.Rejected
		slices.SortFunc(row.Gaps, func(a, b Gap) int {
			return cmp.Or(compareStrings(a.Chain, b.Chain), cmp.Compare(a.Span.From, b.Span.From), compareStrings(a.Reason, b.Reason))
		})
		row.Gaps = slices.Compact(row.Gaps)
		if s.info.Kind == SourceTransfers && row.Rejected > 0 {
			incomplete = append(incomplete, fmt.Sprintf("%s: %d rows could not be read, so its coverage is not proven%s", row.Name, row.Rejected, e.firstReject(int32(i))))
		}
		for _, g := range row.Gaps {
			if g.Span == (Interval{}) || g.Span.From < e.window.To && e.window.From < g.Span.To {
				incomplete = append(incomplete, row.Name+": "+e.gapText(g))
			}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b SourceRow) int { return compareStrings(a.Name, b.Name) })
	slices.Sort(incomplete)
	return rows, slices.Compact(incomplete)
}

// uncovered says for how many rows no source was complete, "" for none. A source
// may cover all that it set out to, and still not the address or time of an order.
func (e *engine) uncovered() string {
	var rows []string
	for i := range e.items {
		if it := &e.items[i]; it.state == NotCovered {
			if it.pay >= 0 {
				rows = append(rows, "order "+e.label(&e.pays[it.pay]))
			} else {
				m := &e.moves[it.move]
				rows = append(rows, "transfer "+e.in.txid(m.chain, m.txid))
			}
		}
	}
	for i := range e.delivs {
		if d := &e.delivs[i]; d.outcome == OutcomeUndetermined && d.reason == NotCovered {
			rows = append(rows, "the delivery of order "+e.in.keys.text(cmp.Or(e.in.delivery(d.row).no, e.in.delivery(d.row).id)))
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of the rows that are judged lie where no source is complete, and are undetermined (the first: %s)", len(rows), slices.Min(rows))
}

// firstReject names the first row of a source that could not be read.
func (e *engine) firstReject(source int32) string {
	first := slices.IndexFunc(e.rejected, func(r RejectRow) bool { return r.Source == e.in.sources[source].Name })
	if first < 0 {
		return ""
	}
	r := e.rejected[first]
	return fmt.Sprintf(" (the first: %s line %d column %q: %s)", r.File, r.Line, r.Column, r.Reason)
}

func (e *engine) gapText(g Gap) string {
	text := g.Reason
	if g.Blocks != [2]uint64{} {
		text += fmt.Sprintf(" (blocks %d to %d)", g.Blocks[0], g.Blocks[1])
	}
	return text
}
