package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// Bounds of an incident: breaks of one cause that follow one another closely.
const (
	incidentGap  = Hour
	incidentSize = 3
)

// cause groups breaks that one event may have brought about.
type cause struct {
	kind     Kind
	provider string
	account  uint32 // lost orders: of one cashier and chain
	chain    int32
	day      int32 // webhooks that nobody can place: of one business date, from 1
	refused  Cause
}

// cluster is an incident: indices of breaks, by time.
type cluster struct {
	cause
	id     string // of the kind and its smallest break id
	breaks []int
}

// findIncidents numbers the breaks that belong together: missed webhooks inside
// one outage, lost orders of one cashier and chain in one window, unverified or
// unknown webhooks of one provider and business date.
func (e *engine) findIncidents() {
	groups := map[cause][]int{}
	var order []cause
	dates := &calendar{days: e.businessDays()}
	for i := range e.breaks {
		e.breaks[i].incident = -1
		c, ok := e.causeOf(dates, &e.breaks[i])
		if !ok || e.breaks[i].past.answered() {
			continue
		}
		if groups[c] == nil {
			order = append(order, c)
		}
		groups[c] = append(groups[c], i)
	}
	for _, c := range order {
		list := groups[c]
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(e.breaks[a].since, e.breaks[b].since) })
		for len(list) > 0 {
			n := 1
			for n < len(list) && (c.day != 0 || e.breaks[list[n]].since-e.breaks[list[n-1]].since <= incidentGap) {
				n++
			}
			if n >= incidentSize || n > 1 && c.day != 0 {
				e.addCluster(c, list[:n])
			}
			list = list[n:]
		}
	}
}

func (e *engine) addCluster(c cause, breaks []int) {
	ids := make([]string, len(breaks))
	for n, i := range breaks {
		e.breaks[i].incident = int32(len(e.clusters))
		ids[n] = e.breakID(&e.breaks[i])
	}
	e.clusters = append(e.clusters, cluster{c, stableID("N-", c.kind.String(), slices.Min(ids)), breaks})
}

// incidentOf names the incident of a break, "" for none.
func (e *engine) incidentOf(f *finding) string {
	if f.incident < 0 {
		return ""
	}
	return e.clusters[f.incident].id
}

func (e *engine) causeOf(dates *calendar, f *finding) (cause, bool) {
	switch f.kind {
	case MissedWebhook:
		return cause{kind: f.kind, provider: e.providerOf(&e.pays[f.pay]), refused: f.cause}, true
	case LostOrder:
		p := &e.pays[f.pay]
		return cause{kind: f.kind, provider: e.providerOf(p), account: e.in.order(p.row()).account, chain: p.chain}, true
	case UnverifiedWebhook, UnknownWebhook:
		return cause{kind: f.kind, provider: f.provider, day: max(1, dates.day(f.since))}, true
	}
	return cause{}, false
}

// together reports whether a break is acted upon with its incident, not alone.
// Lost orders are completed one by one; only the claim to the provider is one.
func (f *finding) together() bool {
	return f.incident >= 0 && f.action != CompleteTransaction
}

// incidentAction turns the action of one break of an incident into the action of
// all of it, with the list.
func (e *engine) incidentAction(r *ActionRow, members []int) {
	first, last := e.breaks[members[0]].since, e.breaks[members[len(members)-1]].since
	var names []string
	r.BreakIDs, r.TXID, r.Link, r.OrderID, r.OrderNo = nil, "", "", "", ""
	r.Amount, r.Value = Figure{}, money.Quantity{}
	acting := 0
	for _, i := range members {
		f := &e.breaks[i]
		r.BreakIDs = append(r.BreakIDs, e.breakID(f))
		if f.action == ActionNone {
			continue
		}
		acting++
		names = append(names, e.nameOf(f))
		r.Value = r.Value.Add(e.risk(f))
		r.Severity = max(r.Severity, e.severity(f))
		if f.deadline.Known() && (!r.Deadline.Known() || f.deadline < r.Deadline) {
			r.Deadline, r.HoursLeft = f.deadline, hoursLeft(e.window.To, f.deadline)
		}
	}
	slices.Sort(r.BreakIDs)
	slices.Sort(names)
	list := strings.Join(names, ", ")
	kind := e.breaks[members[0]].kind
	r.Reason = fmt.Sprintf("one incident of %d %s breaks between %s and %s; %d to act upon", len(members), kind, first, last, acting)
	if kind == MissedWebhook {
		r.Reason += e.outage(e.breaks[members[0]].incident)
	}
	r.Sentence = incidentSentence(r.Action, kind) + " " + list + "."
}

func (e *engine) nameOf(f *finding) string {
	if f.pay >= 0 {
		return e.label(&e.pays[f.pay])
	}
	return f.claim
}

func incidentSentence(a ActionCode, k Kind) string {
	switch a {
	case ResendNotification:
		return "Find out what stopped the notifications, then resend those of orders"
	case FixReceiverThenResend:
		return "Fix the receiver first (public URL, HTTP 200, firewall, secret), then have the notifications resent of orders"
	case ApplyFromAPI:
		return "Apply from the provider's orders the status of"
	case InvestigateSender:
		return "Investigate who sent the webhooks that claim orders"
	}
	return "Make one claim to the provider for the " + k.String() + " breaks of orders"
}
