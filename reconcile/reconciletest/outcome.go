package reconciletest

import (
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Outcome is a result by the names of its World, one line a subject:
//
//	A-1        break: lost_order +100, overpaid +20
//	A-2        open: awaiting_webhook 0
//	A-3        break: late_payment 0; awaiting_webhook 0
//	t1         break A-1 address
//	t2         break: unknown_transfer +5
//	claim A-1  unverified_webhook 0
//	call 1     agreed
//	do A-1     complete_transaction, cashier operator, by 03-11 10:00
//
// An order's or a free transfer's line has the outcome, its breaks by kind with
// their signed difference in units of the asset (the symbol follows where it is
// not USDT), and after a semicolon its open items. A kind that has no break of
// its own (a further order of an ambiguous group) stands without a figure. A
// matched transfer names its order and the rule. Deliveries are numbered from 1
// in the order of the result.
type Outcome struct {
	Lines  map[string]string
	Result *reconcile.Result
	names  names
}

// Name is the name of a transfer of the result.
func (o Outcome) Name(row reconcile.TransferRow) string {
	return o.names.transfer(row.TXID, row.LogIndex, row.Occurrence)
}

// outcome renders a result by the world's names.
func (w *World) outcome(r *reconcile.Result) Outcome {
	names := w.names()
	out := map[string]string{}
	lines := ledgerLines(r, names)
	for row := range r.Orders() {
		key := names.order(row.OrderID, row.OrderNo)
		out[key] = lines.verdict(key, row.Outcome, row.Reason, row.Kinds)
	}
	rules := map[string][]string{}
	for row := range r.Matches() {
		key := names.transfer(row.TXID, row.LogIndex, row.Occurrence)
		rules[key] = append(rules[key], names.order(row.OrderID, row.OrderNo)+" "+row.Rule.String())
	}
	for row := range r.Transfers() {
		key := names.transfer(row.TXID, row.LogIndex, row.Occurrence)
		if matched := rules[key]; matched != nil {
			slices.Sort(matched)
			out[key] = strings.Join(append([]string{row.Outcome.String()}, matched...), " ")
			continue
		}
		out[key] = lines.verdict(key, row.Outcome, row.Reason, row.Kinds)
	}
	n := 0
	for row := range r.Deliveries() {
		n++
		out[fmt.Sprintf("call %d", n)] = lines.verdict("", row.Outcome, row.Reason, row.Kinds)
	}
	for _, row := range r.Actions() {
		key := "do " + names.subject(row.OrderID, row.OrderNo, []string{row.TXID})
		out[key] = strings.TrimPrefix(out[key]+"; "+actionLine(row), "; ")
	}
	for key, breaks := range lines.breaks {
		if strings.HasPrefix(key, "claim ") {
			out[key] = strings.Join(breaks, ", ")
		}
	}
	return Outcome{out, r, names}
}

func actionLine(row reconcile.ActionRow) string {
	line := row.Action.String() + ", " + row.Who
	if row.Deadline.Known() {
		line += ", by " + row.Deadline.Time().Format("01-02 15:04")
	}
	return line
}

// lines are the breaks and open items of each subject, rendered.
type lines struct {
	breaks map[string][]string
	kinds  map[string]map[reconcile.Kind]bool
	open   map[string][]string
}

func ledgerLines(r *reconcile.Result, names names) lines {
	l := lines{map[string][]string{}, map[string]map[reconcile.Kind]bool{}, map[string][]string{}}
	for _, b := range r.Breaks() {
		key := names.subject(b.OrderID, b.OrderNo, b.TXIDs)
		if b.Kind == reconcile.UnverifiedWebhook || b.Kind == reconcile.UnknownWebhook {
			key = "claim " + b.OrderNo
		}
		text := b.Kind.String()
		if b.Cause != reconcile.CauseNone {
			text += "(" + b.Cause.String() + ")"
		}
		l.breaks[key] = append(l.breaks[key], text+" "+signed(b.Difference, b.Asset))
		if l.kinds[key] == nil {
			l.kinds[key] = map[reconcile.Kind]bool{}
		}
		l.kinds[key][b.Kind] = true
	}
	for _, o := range r.OpenItems() {
		key := names.subject(o.OrderID, o.OrderNo, o.TXIDs)
		l.open[key] = append(l.open[key], o.State.String()+" "+signed(o.Amount, o.Asset))
	}
	return l
}

func (l lines) verdict(key string, outcome reconcile.Outcome, reason reconcile.Reason, kinds []reconcile.Kind) string {
	breaks := slices.Clone(l.breaks[key])
	for _, k := range kinds {
		if !l.kinds[key][k] {
			breaks = append(breaks, k.String())
		}
	}
	slices.Sort(breaks)
	open := slices.Clone(l.open[key])
	slices.Sort(open)
	switch {
	case len(breaks) > 0 && len(open) > 0:
		return outcome.String() + ": " + strings.Join(breaks, ", ") + "; " + strings.Join(open, ", ")
	case len(breaks)+len(open) > 0:
		return outcome.String() + ": " + strings.Join(append(breaks, open...), ", ")
	case reason != reconcile.ReasonNone:
		return outcome.String() + ": " + reason.String()
	}
	return outcome.String()
}

// signed renders a difference: +100, -0.5, 0, +20 USDC.
func signed(u money.Units, asset money.Asset) string {
	text := u.Decimal(asset.Decimals)
	if u.Sign() > 0 {
		text = "+" + text
	}
	if asset.Symbol != "" && asset.Symbol != "USDT" {
		text += " " + asset.Symbol
	}
	if strings.HasPrefix(asset.ID, Polygon) {
		text += " on polygon"
	}
	return text
}

// names turns ids of a result back into the names of a World.
type names struct {
	txids  map[string]string // transaction id -> its name
	orders map[string]string // provider's order id -> the order's name
	counts map[string]int    // transaction id -> its transfers
}

func (w *World) names() names {
	n := names{map[string]string{}, map[string]string{}, map[string]int{}}
	for _, o := range w.orders {
		if o.row.OrderID != "" {
			n.orders[o.row.OrderID] = o.name
		}
	}
	for _, t := range w.dropped {
		n.txids[t.row.TXID] = t.name
	}
	for _, t := range w.moves {
		n.txids[t.row.TXID] = t.name
		n.counts[t.row.TXID]++
	}
	return n
}

// order is the name of an order: what the World calls the provider's id, else
// the order number.
func (n names) order(id, no string) string {
	if name, ok := n.orders[id]; ok && id != "" {
		return name
	}
	return no
}

// transfer is the name of its transaction, with a number where the transaction
// holds several: t1, or t1#0 and t1#1 by log index, t1#1 and t1#2 by occurrence.
func (n names) transfer(txid string, log int64, occurrence int) string {
	name := n.txids[txid]
	switch {
	case n.counts[txid] < 2:
		return name
	case log >= 0:
		return fmt.Sprintf("%s#%d", name, log)
	default:
		return fmt.Sprintf("%s#%d", name, occurrence)
	}
}

// subject is the order that a break or open item is about, else its transfer.
func (n names) subject(id, no string, txids []string) string {
	if id != "" || no != "" {
		return n.order(id, no)
	}
	list := make([]string, 0, len(txids))
	for _, id := range txids {
		list = append(list, n.txids[id])
	}
	return strings.Join(list, "|")
}
