package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"tieout/reconcile/money"
)

// IncidentRow is breaks that one event brought about: missed webhooks of an outage,
// lost orders of one cashier and chain, unverified or unknown webhooks of a date.
type IncidentRow struct {
	ID                       string // N- and 16 hex digits, of the kind and its first break
	Kind                     Kind
	Cause                    Cause
	Provider, Account, Chain string  // account and chain of lost orders only
	From, To                 Instant // of the first break and of the last
	Before, After            Instant // missed webhooks: the last delivery that was accepted before From, the first one after To; 0 = none in the log
	Accepted                 int     // missed webhooks: deliveries that were accepted from From to To; with any of them the outage was not total
	Breaks, Acting           int     // all of them, and those that ask for an action
	Value                    money.Quantity
	Severity                 Severity
	Actions                  []ActionCode // without repetition, in their order
	BreakIDs                 []string     // sorted
}

// incidentTable lists the incidents by time.
func (e *engine) incidentTable() []IncidentRow {
	rows := make([]IncidentRow, 0, len(e.clusters))
	for i := range e.clusters {
		rows = append(rows, e.incidentRow(&e.clusters[i]))
	}
	slices.SortFunc(rows, func(a, b IncidentRow) int {
		return cmp.Or(cmp.Compare(a.From, b.From), compareStrings(a.ID, b.ID))
	})
	return rows
}

func (e *engine) incidentRow(c *cluster) IncidentRow {
	first, last := &e.breaks[c.breaks[0]], &e.breaks[c.breaks[len(c.breaks)-1]]
	r := IncidentRow{ID: c.id, Kind: c.kind, Cause: c.refused, Provider: c.provider, Account: e.in.words.text(c.account),
		Chain: e.in.chains[c.chain], From: first.since, To: last.since}
	for _, i := range c.breaks {
		f := &e.breaks[i]
		r.Breaks++
		r.BreakIDs = append(r.BreakIDs, e.breakID(f))
		r.Severity = max(r.Severity, e.severity(f))
		if v := e.risk(f); v.Known() {
			r.Value = r.Value.Add(v)
		}
		if f.action != ActionNone {
			r.Acting++
			r.Actions = append(r.Actions, f.action)
		}
	}
	slices.Sort(r.BreakIDs)
	slices.Sort(r.Actions)
	r.Actions = slices.Compact(r.Actions)
	if c.kind == MissedWebhook {
		e.around(&r)
	}
	return r
}

// around says when the provider's deliveries were last accepted before an outage, and
// when again, and whether any was meanwhile.
func (e *engine) around(r *IncidentRow) {
	from, _ := slices.BinarySearchFunc(e.delivs, r.From, func(d delivered, t Instant) int {
		return cmp.Compare(e.in.delivery(d.row).received, t)
	})
	for n := from - 1; n >= 0 && r.Before == 0; n-- {
		if d := e.in.delivery(e.delivs[n].row); e.isAccepted(&e.delivs[n], r.Provider) {
			r.Before = d.received
		}
	}
	for n := from; n < len(e.delivs) && r.After == 0; n++ {
		switch d := e.in.delivery(e.delivs[n].row); {
		case !e.isAccepted(&e.delivs[n], r.Provider):
		case d.received <= r.To:
			r.Accepted++
		default:
			r.After = d.received
		}
	}
}

// outage says in an action's reason what the log shows around an incident of missed
// webhooks.
func (e *engine) outage(incident int32) string {
	r := e.incidentRow(&e.clusters[incident])
	text := ""
	if r.Before.Known() {
		text += "; the last delivery before was accepted at " + r.Before.String()
	}
	if r.After.Known() {
		text += "; the first after was accepted at " + r.After.String()
	}
	if r.Accepted > 0 {
		text += fmt.Sprintf("; %d were accepted meanwhile", r.Accepted)
	}
	return text
}

// isAccepted reports whether a delivery is a provider's about an order, and we took it.
func (e *engine) isAccepted(d *delivered, provider string) bool {
	row := e.in.delivery(d.row)
	return d.pay >= 0 && row.signature != SignatureInvalid && e.in.words.text(row.provider) == provider && e.accepts(e.pays[d.pay].profile, row.response)
}
