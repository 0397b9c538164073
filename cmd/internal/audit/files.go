package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tieout/reconcile/money"
)

// The readers of the files, in the order in which they need one another.

func (b *book) readOrders() error {
	var last *order
	return b.d.readTable("orders.csv", func(r row) {
		o := &order{at: r.at, key: orderKey{r.text("provider"), r.text("order_id"), r.text("order_no")}, outcome: r.oneOf("outcome", outcomes[:5]),
			state: r.text("state"), asset: r.text("asset"), account: r.text("account"), customer: r.text("customer"), payTo: r.text("pay_to"),
			kinds: r.list("kinds"), txids: r.list("txids"), due: r.amount("due"), received: r.amount("received"), expected: r.figure("expected"), tolerance: r.figure("tolerance"),
			created: r.instant("created_at"), named: map[string]money.Quantity{}, position: len(b.orders)}
		b.symbol(r, o.asset)
		b.d.that(last == nil || compareKeys(last.key, o.key) < 0, r.at, "order of rows", "sorted by provider, order id, order number, each once", show(o.key))
		last = o
		b.orders = append(b.orders, o)
		b.d.Rows.Orders++
		b.byKey[o.key] = o
		b.byNames[names{o.key.id, o.key.no}] = append(b.byNames[names{o.key.id, o.key.no}], o)
		b.named["id "+o.key.id], b.named["no "+o.key.no] = true, true
		b.counted.word("orders", o.outcome)
		b.checkOrderAlone(o)
	})
}

func compareKeys(a, b orderKey) int {
	return cmp.Or(strings.Compare(a.provider, b.provider), strings.Compare(a.id, b.id), strings.Compare(a.no, b.no))
}

func show(k orderKey) string { return strings.Join([]string{k.provider, k.id, k.no}, "/") }

func (b *book) readTransfers() error {
	var last *transfer
	var block int
	return b.d.readTable("transfers.csv", func(r row) {
		t := &transfer{at: r.at, tx: txKey{r.text("chain"), r.text("txid")}, log: r.whole("log_index", -1), occurrence: r.whole("occurrence", 0),
			asset: r.text("asset"), outcome: r.oneOf("outcome", outcomes), reason: r.text("reason"), kinds: r.list("kinds"),
			owner: names{r.text("order_id"), r.text("order_no")}, amount: r.figure("amount"), time: r.instant("block_time"),
			final: r.oneOf("final", finals) == "yes"}
		b.symbol(r, t.asset)
		height := r.whole("block_number", 0)
		sorted := last == nil || cmp.Or(strings.Compare(last.tx.chain, t.tx.chain), cmp.Compare(block, height), cmp.Compare(last.log, t.log)) <= 0
		b.d.that(sorted, r.at, "order of rows", "sorted by chain, block and log index", t.tx.chain+" "+t.tx.txid)
		last, block = t, height
		b.transfers = append(b.transfers, t)
		b.d.Rows.Transfers++
		b.byTX[t.tx] = append(b.byTX[t.tx], t)
		b.counted.word("transfers", t.outcome)
		if t.outcome == "excluded" {
			b.counted.word("excluded", t.reason)
		}
		if (t.outcome == "break" || t.outcome == "open" || t.outcome == "undetermined") && t.owner == (names{}) {
			b.counted.plain["unmatched_transfers"]++
		}
		b.checkTransferAlone(t)
	})
}

func (b *book) readMatches() error {
	position := 0
	return b.d.readTable("matches.csv", func(r row) {
		b.d.Rows.Matches++
		b.counted.word("matches", r.text("rule"))
		key := orderKey{r.text("provider"), r.text("order_id"), r.text("order_no")}
		amount := r.figure("amount")
		o := b.byKey[key]
		b.symbol(r, r.text("asset"))
		b.d.that(o != nil, r.at, "order of the match", "a row of orders.csv", show(key))
		t := b.matchedTransfer(r, names{key.id, key.no}, amount)
		b.d.that(t != nil, r.at, "transfer of the match", "a row of transfers.csv", r.text("chain")+" "+r.text("txid"))
		if o == nil || t == nil {
			return
		}
		b.d.that(o.position >= position, r.at, "order of rows", "sorted like orders.csv", show(key))
		position = o.position
		b.d.same(r.at, "asset of the match", o.asset, r.text("asset"))
		b.give(o, t, amount)
	})
}

// matchedTransfer finds the transfer of a match. Several rows may share all that a
// match says of one: then the order's own is meant, else one that is not given away.
func (b *book) matchedTransfer(r row, owner names, amount money.Quantity) *transfer {
	log, occurrence, asset := r.whole("log_index", -1), r.whole("occurrence", 0), r.text("asset")
	var best *transfer
	for _, t := range b.byTX[txKey{r.text("chain"), r.text("txid")}] {
		if t.log != log || t.occurrence != occurrence || t.asset != asset || t.owner != (names{}) && t.owner != owner {
			continue
		}
		if best == nil || left(t).Cmp(amount) == 0 && left(best).Cmp(amount) != 0 {
			best = t
		}
	}
	return best
}

// left is what of a transfer is not given to an order yet.
func left(t *transfer) money.Quantity { return minus(t.amount, t.given) }

func (b *book) give(o *order, t *transfer, amount money.Quantity) {
	t.given = t.given.Add(amount)
	if !slices.Contains(o.matches, t.tx.txid) {
		o.matches = append(o.matches, t.tx.txid)
	}
	if t.final && t.time.Before(b.m.to) {
		o.matched = o.matched.Add(amount)
	}
	if t.counts() {
		o.counts = o.counts.Add(amount)
	}
}

func (b *book) readBreaks() error {
	var last *breakRow
	return b.d.readTable("breaks.csv", func(r row) {
		k := &breakRow{at: r.at, id: r.text("break_id"), kind: r.text("kind"), asset: r.text("asset"), chain: r.text("chain"), action: r.text("action"),
			disposition: r.text("disposition"), order: orderKey{r.text("provider"), r.text("order_id"), r.text("order_no")}, txids: r.list("txids"),
			expected: r.amount("expected"), observed: r.amount("observed"), diff: r.figure("difference"), value: r.amount("value"),
			first: r.instant("first_seen"), severity: r.oneOf("severity", severities), account: r.text("account"),
			customer: r.text("customer"), payTo: r.text("pay_to"), deadline: r.instant("deadline")}
		if r.has("incident") {
			k.incident = r.text("incident")
		}
		k.hasOrder = k.order.id != "" || k.order.no != ""
		b.symbol(r, k.asset)
		sorted := last == nil || cmp.Or(strings.Compare(last.id, k.id), strings.Compare(last.asset, k.asset)) < 0
		b.d.that(sorted, r.at, "order of rows", "sorted by break id and asset, each once", k.id)
		last = k
		b.d.Rows.Breaks++
		b.countBreak(k)
		b.breaks[k.id] = append(b.breaks[k.id], k)
		b.checkAge(r, k.first)
		b.placeBreak(k)
	})
}

// countBreak counts what is open; what an answer closed is counted apart.
func (b *book) countBreak(k *breakRow) {
	answered := func(o *breakRow) bool { return o.disposition != "" }
	if k.disposition != "" && !slices.ContainsFunc(b.breaks[k.id], answered) {
		b.counted.word("answered", k.disposition)
	}
	if closes[k.disposition] {
		return
	}
	open := func(o *breakRow) bool { return !closes[o.disposition] }
	fresh := !slices.ContainsFunc(b.breaks[k.id], open)
	b.counted.tally("breaks_by_kind", k.kind, k.value, fresh)
	b.counted.tally("breaks_by_asset", k.asset, k.value, true)
	if fresh {
		b.counted.plain["breaks"]++
		b.counted.word("breaks_by_severity", k.severity)
	}
}

func (b *book) readOpenItems() error {
	last := ""
	return b.d.readTable("open_items.csv", func(r row) {
		it := &itemRow{at: r.at, id: r.text("item_id"), state: r.text("state"), asset: r.text("asset"), chain: r.text("chain"),
			order: orderKey{r.text("provider"), r.text("order_id"), r.text("order_no")}, txids: r.list("txids"),
			amount: r.figure("amount"), value: r.amount("value"), disposition: r.text("disposition")}
		b.symbol(r, it.asset)
		b.d.that(last == "" || last < it.id+it.asset, r.at, "order of rows", "sorted by item id and asset, each once", it.id)
		last = it.id + it.asset
		b.d.Rows.OpenItems++
		if !closes[it.disposition] {
			b.counted.plain["open_items"]++
			b.counted.tally("open_by_state", it.state, it.value, true)
		}
		b.checkAge(r, r.instant("first_seen"))
		b.d.same(r.at, "bucket", bucket(r.whole("age_days", 0)), r.text("bucket"))
		b.placeItem(it)
	})
}

// checkAge: ages count whole days to the end of the window.
func (b *book) checkAge(r row, first time.Time) {
	days := 0
	if !first.IsZero() && !first.After(b.m.to) {
		days = int(b.m.to.Sub(first) / (24 * time.Hour))
	}
	b.d.number(r.at, "age_days", days, r.whole("age_days", 0))
}

// bucket is the ageing bucket of an age in days.
func bucket(days int) string {
	for _, limit := range []struct {
		days int
		name string
	}{{1, "0-1"}, {3, "2-3"}, {7, "4-7"}, {30, "8-30"}} {
		if days <= limit.days {
			return limit.name
		}
	}
	return "over 30"
}

func (b *book) readDeliveries() error {
	var last time.Time
	return b.d.readTable("deliveries.csv", func(r row) {
		b.d.Rows.Deliveries++
		outcome, kinds, at := r.oneOf("outcome", outcomes[:5]), r.list("kinds"), r.instant("received_at")
		b.counted.word("deliveries", outcome)
		b.d.that(!at.Before(last), r.at, "order of rows", "sorted by receipt", r.text("received_at"))
		last = at
		r.amount("amount")
		b.checkDelivered(r, outcome)
		b.countDelivered(r, at)
		b.d.that(outcome == "context" || (outcome == "break") == (len(kinds) > 0), r.at, "outcome", "break when it has kinds, and only then", outcome)
		for _, kind := range kinds {
			found := b.claimed[claim{kind, "no " + r.text("order_no")}] && r.text("order_no") != "" || b.claimed[claim{kind, "id " + r.text("order_id")}] && r.text("order_id") != ""
			b.d.that(found || outcome == "context", r.at, "kinds", "a row of breaks.csv for each", kind)
		}
	})
}

// checkDelivered: what was delivered and agrees is about an order.
func (b *book) checkDelivered(r row, outcome string) {
	if outcome == "agreed" {
		id, no := r.text("order_id"), r.text("order_no")
		b.d.that(id != "" && b.named["id "+id] || no != "" && b.named["no "+no], r.at, "order of the delivery", "a row of orders.csv", id+"/"+no)
	}
}

func (b *book) readRejects() error {
	return b.d.readTable("rejects.csv", func(r row) {
		b.d.Rows.Rejects++
		b.counted.plain["rejects"]++
		b.counted.rejects[r.text("source")]++
		r.whole("line", 0)
	})
}

// symbol: an asset lies on its chain, and its symbol is the same everywhere.
func (b *book) symbol(r row, asset string) {
	if at, there := r.index["chain"]; there && asset != "" && r.at.file != "actions.csv" { // an action tells the chain of its transaction
		b.d.that(strings.HasPrefix(asset, r.cells[at]+"/"), r.at, "chain", "that of "+asset, r.cells[at])
	}
	for i := range b.m.assets {
		if b.m.assets[i].Asset == asset {
			b.d.same(r.at, "symbol", b.m.assets[i].Symbol, r.text("symbol"))
			return
		}
	}
}
