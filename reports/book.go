package reports

import (
	"iter"
	"slices"
	"strings"

	"tieout/reconcile"
)

// book is a document as the writers read it: plain sequences of rows. Tests make
// one by hand, bookOf makes it from a result.
type book struct {
	facts      Facts
	incomplete []string
	window     reconcile.Interval
	zone       string
	currency   string

	orders     iter.Seq[reconcile.OrderRow]
	transfers  iter.Seq[reconcile.TransferRow]
	deliveries iter.Seq[reconcile.DeliveryRow]
	matches    iter.Seq[reconcile.MatchRow]
	counts     func() reconcile.Counts // of these rows

	breaks  []reconcile.BreakRow
	open    []reconcile.OpenRow
	actions []reconcile.ActionRow
	rejects []reconcile.RejectRow
	tieOut  []reconcile.TieOutLine
	days    []reconcile.DayLine
	month   *month // nil where nothing is carried forward
	sources []reconcile.SourceRow

	incidents []reconcile.IncidentRow
	scores    []reconcile.ScoreLine

	date     string // business date
	opened   string // business date that this one opens with, "" = none
	roll     []reconcile.RollLine
	resolved []reconcile.ResolvedRow
	carried  []reconcile.Item // open, and not in the rows of this run
	refused  []reconcile.RejectedAnswer

	txLink func(chain, txid string) string // "" where there is no page
	totals *Totals
}

func bookOf(d Document) *book {
	r := d.Result
	b := &book{
		facts: d.Facts, window: r.Window, zone: r.Zone, currency: r.Currency,
		orders: r.Orders(), transfers: r.Transfers(), deliveries: r.Deliveries(), matches: r.Matches(), counts: r.Counts,
		breaks: r.Breaks(), open: r.OpenItems(), actions: r.Actions(), rejects: r.Rejects(),
		tieOut: r.TieOut(), days: r.Days(), month: monthOf(&d.Facts, r.WholeDates(), r.Date()), sources: r.Sources(), txLink: r.TXLink, totals: d.Totals,
		date: r.Date(), opened: r.OpenedWith(), roll: r.RollForward(), resolved: r.ResolvedItems(), carried: r.CarriedItems(), refused: r.RejectedAnswers(),
		incidents: r.Incidents(), scores: r.Scorecard(),
	}
	b.incomplete = append(slices.Clone(d.Facts.Incomplete), r.Incomplete()...)
	slices.Sort(b.incomplete)
	b.incomplete = slices.Compact(b.incomplete)
	return b
}

// complete reports whether the run may be called complete: nobody gave a reason
// against it.
func (b *book) complete() bool { return b.facts.Complete && len(b.incomplete) == 0 }

func (b *book) status() string {
	if b.complete() {
		return "complete"
	}
	return "incomplete"
}

// holds reports whether the identity of every asset is exact.
func (b *book) holds() bool {
	return !slices.ContainsFunc(b.tieOut, func(l reconcile.TieOutLine) bool { return !l.Residual.IsZero() })
}

// notReconciled introduces what outside lists.
const notReconciled = "Not reconciled, outside of these sums, since no source reads their chain or asset: paid orders of"

// outside lists per asset the dues that the identity leaves out, "" for none.
func (b *book) outside() string {
	var list []string
	for i := range b.tieOut {
		if l := &b.tieOut[i]; !l.NotReconciled.IsZero() {
			list = append(list, l.NotReconciled.Decimal(l.Asset.Decimals)+" "+assetName(l.Asset)+" on "+l.Chain)
		}
	}
	return strings.Join(list, ", ")
}
