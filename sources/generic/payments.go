package generic

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// perPayment reads a book whose rows are payments. Every row becomes its whole
// order, all payments of it added up, so that rows of one order are equal and the
// core counts the others as duplicates.
type perPayment struct{ sources.Source }

func (p perPayment) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	rows := &payments{Sink: into, of: map[string][]*reconcile.Order{}}
	err := p.Source.Read(ctx, q, rows)
	return errors.Join(err, rows.flush(ctx))
}

// payments keeps rows until all of them have been read.
type payments struct {
	sources.Sink
	rows []*reconcile.Order
	of   map[string][]*reconcile.Order // by order
}

func (p *payments) AddOrder(o *reconcile.Order) {
	row := *o
	for _, text := range []*string{&row.OrderID, &row.OrderNo, &row.Account, &row.Customer, &row.Method, &row.Chain, &row.Asset, &row.Symbol,
		&row.SettledIn, &row.PriceIn, &row.Status, &row.PayTo} {
		*text = strings.Clone(*text)
	}
	row.TXIDs, row.Payers = cloned(o.TXIDs), cloned(o.Payers)
	p.rows = append(p.rows, &row)
	key := "id " + row.OrderID
	if row.OrderID == "" {
		key = "no " + row.OrderNo
	}
	p.of[key] = append(p.of[key], &row)
}

func cloned(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = strings.Clone(list[i])
	}
	return list
}

func (p *payments) flush(ctx context.Context) error {
	whole := map[*reconcile.Order]*reconcile.Order{}
	for _, rows := range p.of {
		sum := addUp(rows)
		for _, row := range rows {
			whole[row] = sum
		}
	}
	for _, row := range p.rows {
		order := *whole[row]
		order.At = row.At
		p.Sink.AddOrder(&order)
	}
	return ctx.Err()
}

// addUp makes one order of its payments. A payment that stands in two exports counts
// once: it is known by its transaction and output.
func addUp(rows []*reconcile.Order) *reconcile.Order {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b *reconcile.Order) int {
		return cmp.Or(slices.Compare(a.TXIDs, b.TXIDs), strings.Compare(a.Status, b.Status))
	})
	sum := *rows[0]
	sum.TXIDs, sum.Payers, sum.Recorded = nil, nil, money.Quantity{}
	seen := map[string]bool{}
	for _, row := range rows {
		fill(&sum, row)
		sum.PaidAt, sum.Updated, sum.Fulfilled = max(sum.PaidAt, row.PaidAt), max(sum.Updated, row.Updated), max(sum.Fulfilled, row.Fulfilled)
		payment := strings.Join(row.TXIDs, "|")
		if payment == "" || seen[payment] {
			continue
		}
		first := len(seen) == 0
		seen[payment] = true
		sum.TXIDs, sum.Payers = append(sum.TXIDs, withoutOutputs(row.TXIDs)...), append(sum.Payers, row.Payers...)
		switch {
		case !first && (row.Asset != sum.Asset || row.Chain != sum.Chain): // paid in two coins: no one amount
			sum.Asset, sum.Chain, sum.Symbol, sum.Due, sum.Recorded = "", "", "", money.Quantity{}, money.Quantity{}
		case first:
			sum.Asset, sum.Chain, sum.Symbol, sum.Recorded = row.Asset, row.Chain, row.Symbol, row.Recorded
		default:
			sum.Recorded = plus(sum.Recorded, row.Recorded)
		}
	}
	slices.Sort(sum.TXIDs)
	sum.TXIDs = slices.Compact(sum.TXIDs)
	slices.Sort(sum.Payers)
	sum.Payers = slices.Compact(sum.Payers)
	sum.Status, sum.State = standing(rows)
	return &sum
}

// fill takes from a row what the order lacks.
func fill(o, row *reconcile.Order) {
	for _, text := range [][2]*string{{&o.OrderNo, &row.OrderNo}, {&o.Account, &row.Account}, {&o.Customer, &row.Customer}, {&o.PayTo, &row.PayTo}, {&o.PriceIn, &row.PriceIn}} {
		if *text[0] == "" {
			*text[0] = *text[1]
		}
	}
	for _, at := range [][2]*reconcile.Instant{{&o.Created, &row.Created}, {&o.Expires, &row.Expires}} {
		if !at[0].Known() {
			*at[0] = *at[1]
		}
	}
	for _, q := range [][2]*money.Quantity{{&o.Price, &row.Price}, {&o.Due, &row.Due}} {
		if !q[0].Known() {
			*q[0] = *q[1]
		}
	}
}

// standing is the status of an order whose rows may be of different days: the final
// one among those that are not. Two final ones contradict each other, and which of
// them is newer no row says.
func standing(rows []*reconcile.Order) (string, reconcile.State) {
	best := rows[0]
	for _, row := range rows[1:] {
		switch {
		case row.State == best.State:
		case row.State == reconcile.StateUnknown || best.State == reconcile.StateUnknown || row.State.Final() && best.State.Final():
			return best.Status + "|" + row.Status, reconcile.StateUnknown
		case row.State > best.State:
			best = row
		}
	}
	return best.Status, best.State
}

// plus adds two amounts of one asset; unknown where one of them is.
func plus(a, b money.Quantity) money.Quantity {
	if !a.Known() || !b.Known() {
		return money.Quantity{}
	}
	return a.Add(b)
}

// withoutOutputs cuts the number of the output from txid-n.
func withoutOutputs(list []string) []string {
	cut := make([]string, len(list))
	for i, id := range list {
		cut[i] = id
		if hash, output, ok := strings.Cut(id, "-"); ok && len(strings.TrimPrefix(hash, "0x")) == 64 && strings.Trim(output, "0123456789") == "" {
			cut[i] = hash
		}
	}
	return cut
}
