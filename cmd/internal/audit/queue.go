package audit

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/reconcile/money"
)

// readActions checks the queue: numbered, most urgent first, and every break that
// asks for something is in it.
func (b *book) readActions() error {
	var lastTime time.Time
	var lastValue money.Quantity
	return b.d.readTable("actions.csv", func(r row) {
		b.d.Rows.Actions++
		action := r.text("action")
		b.counted.word("actions", action)
		b.d.number(r.at, "priority", b.d.Rows.Actions, r.whole("priority", 0))
		deadline, value := r.instant("deadline"), r.amount("value")
		if b.d.Rows.Actions > 1 {
			b.d.that(urgent(lastTime, lastValue, deadline, value), r.at, "order of rows", "by deadline, then by value", r.text("deadline")+" "+value.String())
		}
		lastTime, lastValue = deadline, value
		b.checkHours(r, deadline)
		b.symbol(r, r.text("asset"))
		r.amount("amount")
		b.checkReasons(r, action)
	})
}

// checkReasons holds an action against the breaks that it answers: it is about
// their order, as severe and as urgent as the worst of them. That of an incident
// is about many orders.
func (b *book) checkReasons(r row, action string) {
	var acting []*breakRow
	severity, earliest := "low", time.Time{}
	value, whole := money.Quantity{}, money.Quantity{}
	for _, id := range r.list("break_ids") {
		b.d.that(b.breaks[id] != nil, r.at, "break_ids", "rows of breaks.csv", id)
		b.actedOn[claim{action, id}] = true
		for _, k := range b.breaks[id] {
			if k.action != action || k.disposition != "" {
				continue
			}
			acting = append(acting, k)
			severity = severities[max(slices.Index(severities, severity), slices.Index(severities, k.severity))]
			if !k.deadline.IsZero() && (earliest.IsZero() || k.deadline.Before(earliest)) {
				earliest = k.deadline
			}
			if whole = whole.Add(k.value); k.value.Known() && (!value.Known() || k.value.Cmp(value) > 0) {
				value = k.value
			}
		}
	}
	if len(acting) == 0 {
		return
	}
	incident := r.text("order_id")+r.text("order_no") == "" && len(r.list("break_ids")) > 1
	if incident {
		value = whole
	}
	b.d.same(r.at, "severity", severity, r.text("severity"))
	b.d.that(earliest.Equal(r.instant("deadline")), r.at, "deadline", earliest.Format(time.RFC3339Nano), r.text("deadline"))
	b.d.amount(r.at, "value", value, r.amount("value"))
	b.checkSubject(r, acting, incident)
}

// checkSubject: an action is about the order, the asset and a transaction of its
// breaks.
func (b *book) checkSubject(r row, acting []*breakRow, incident bool) {
	key := orderKey{r.text("provider"), r.text("order_id"), r.text("order_no")}
	for _, k := range acting {
		b.d.that(incident || k.order == key, r.at, "order of the action", show(k.order), show(key))
		b.d.that(incident || k.account == r.text("account"), r.at, "account of the action", k.account, r.text("account"))
	}
	ofAsset := func(k *breakRow) bool { return k.asset == r.text("asset") }
	b.d.that(slices.ContainsFunc(acting, ofAsset), r.at, "asset of the action", "that of one of its breaks", r.text("asset"))
	txid := r.text("txid")
	ofTX := func(k *breakRow) bool { return slices.Contains(k.txids, txid) }
	b.d.that(txid == "" || slices.ContainsFunc(acting, ofTX), r.at, "txid of the action", "one of its breaks'", txid)
	link := r.text("link")
	b.d.that(link == "" || strings.HasSuffix(link, "/"+txid), r.at, "link of the action", "the page of "+txid, link)
}

// urgent reports whether a row may stand before another.
func urgent(t time.Time, v money.Quantity, next time.Time, after money.Quantity) bool {
	if !t.Equal(next) {
		return !t.IsZero() && (next.IsZero() || t.Before(next))
	}
	return !after.Known() || v.Known() && v.Cmp(after) >= 0
}

// checkHours: hours left are whole ones, from the end of the window, rounded down.
func (b *book) checkHours(r row, deadline time.Time) {
	if deadline.IsZero() {
		b.d.same(r.at, "hours_left", "", r.text("hours_left"))
		return
	}
	left := deadline.Sub(b.m.to)
	hours := int(left / time.Hour)
	if left%time.Hour < 0 {
		hours--
	}
	b.d.number(r.at, "hours_left", hours, r.whole("hours_left", 0))
}

// checkActed: a break that asks for an action has it, unless a person answered it.
func (b *book) checkActed() {
	for _, id := range slices.Sorted(maps.Keys(b.breaks)) {
		for _, k := range b.breaks[id] {
			if k.action == "" || k.disposition != "" {
				continue
			}
			b.d.that(b.actedOn[claim{k.action, k.id}], k.at, "action", "a row of actions.csv: "+k.action, "none for "+k.id)
		}
	}
}
