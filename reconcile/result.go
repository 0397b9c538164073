package reconcile

import (
	"cmp"
	"iter"
	"slices"
)

// Result is what a reconciliation found, in the order in which reports list it:
// transfers by chain, block, log index; orders by provider, order id, order
// number; breaks by id and asset. It is read-only; rows are rendered when asked
// for, so that a result of millions of orders stays flat.
type Result struct {
	Window   Interval
	Zone     string
	Currency string

	e          *engine
	breaks     []BreakRow
	open       []OpenRow
	actions    []ActionRow
	rejects    []RejectRow
	tieOut     []TieOutLine
	sources    []SourceRow
	scores     []ScoreLine
	incidents  []IncidentRow
	incomplete []string
}

// Closing returns what the next business date opens with: the items that stay, and
// the matched transfers that a reorganisation could still take back. People's
// answers are what the caller adds.
func (r *Result) Closing() Opening { return r.e.closing() }

// Date returns the business date, YYYY-MM-DD.
func (r *Result) Date() string { return r.e.today }

// OpenedWith returns the business date whose closing this one opened with, "" for a
// first run.
func (r *Result) OpenedWith() string { return r.e.policy.Opening.Date }

// RollForward returns, by section and asset, how the opening became the closing.
func (r *Result) RollForward() []RollLine { return r.e.rolled }

// ResolvedItems returns what left the open items today, by id and asset.
func (r *Result) ResolvedItems() []ResolvedRow {
	if r.e.cases == nil {
		return nil
	}
	return r.e.cases.resolved
}

// CarriedItems returns the open items that the rows of this run do not show, by id
// and asset. They stay as they were.
func (r *Result) CarriedItems() []Item {
	var list []Item
	if c := r.e.cases; c != nil {
		for _, i := range c.left {
			if it := c.items[i].closingItem(); !it.Closed() {
				list = append(list, it)
			}
		}
	}
	return list
}

// RejectedAnswers returns the answers that do not count, in their order.
func (r *Result) RejectedAnswers() []RejectedAnswer {
	if r.e.cases == nil {
		return nil
	}
	return r.e.cases.rejected
}

// Orders yields every payment with its verdict.
func (r *Result) Orders() iter.Seq[OrderRow] {
	return func(yield func(OrderRow) bool) {
		for i := range r.e.pays {
			row := r.e.orderRow(&r.e.pays[i])
			row.Webhook, row.WebhookMarks, row.WebhookStory = r.e.storyOf(int32(i))
			if !yield(row) {
				return
			}
		}
	}
}

// Transfers yields every transfer with its verdict.
func (r *Result) Transfers() iter.Seq[TransferRow] {
	return func(yield func(TransferRow) bool) {
		for i := range r.e.moves {
			if !yield(r.e.transferRow(&r.e.moves[i])) {
				return
			}
		}
	}
}

// Deliveries yields every delivery with its verdict, by receipt.
func (r *Result) Deliveries() iter.Seq[DeliveryRow] {
	return func(yield func(DeliveryRow) bool) {
		for i := range r.e.delivs {
			if !yield(r.e.deliveryRow(&r.e.delivs[i])) {
				return
			}
		}
	}
}

// Matches yields every (order, transfer) pair, by order and time. Ambiguous
// pairs and money in another asset have none.
func (r *Result) Matches() iter.Seq[MatchRow] {
	return func(yield func(MatchRow) bool) {
		for i := range r.e.pays {
			for at := r.e.pays[i].firstPart; at >= 0; at = r.e.parts[at].next {
				if !yield(r.e.matchRow(&r.e.pays[i], at)) {
					return
				}
			}
		}
	}
}

// Breaks returns the breaks by id and asset.
func (r *Result) Breaks() []BreakRow { return r.breaks }

// OpenItems returns what is open or undetermined, by id.
func (r *Result) OpenItems() []OpenRow { return r.open }

// Actions returns the queue, most urgent first.
func (r *Result) Actions() []ActionRow { return r.actions }

// Incidents returns the breaks that one event brought about, by time.
func (r *Result) Incidents() []IncidentRow { return r.incidents }

// Scorecard returns, by provider, what the window and each business date in it hold
// of its orders and notifications; the line of the window comes first.
func (r *Result) Scorecard() []ScoreLine { return r.scores }

// Rejects returns the rows that could not be read, by source, file and line.
func (r *Result) Rejects() []RejectRow { return r.rejects }

// TieOut returns the identity of each asset.
func (r *Result) TieOut() []TieOutLine { return r.tieOut }

// Days returns the identity by business date, account and asset. The lines of an
// asset add up to its line of the window.
func (r *Result) Days() []DayLine { return r.e.days }

// Volumes returns how many rows every source had of the business date, by source and
// chain: what later dates are held against.
func (r *Result) Volumes() []Volume { return r.e.volumesOf(r.e.today) }

// Sources returns the control totals of each source, by name.
func (r *Result) Sources() []SourceRow { return r.sources }

// TXLink returns the page of a transaction at the chain's explorer, "" without an
// https explorer or for a text that is no well-formed transaction id.
func (r *Result) TXLink(chain, txid string) string { return r.e.txLink(chain, txid) }

// Complete reports whether every source was there and covered the window.
func (r *Result) Complete() bool { return len(r.incomplete) == 0 }

// Incomplete says why the run is incomplete, a sentence each; empty when complete.
func (r *Result) Incomplete() []string { return r.incomplete }

// result renders everything that is short; orders, transfers, deliveries and
// matches are rendered when a writer asks.
func (e *engine) result(tieOut []TieOutLine) *Result {
	r := &Result{Window: e.window, Zone: e.policy.Zone, Currency: e.policy.Currency, e: e, tieOut: tieOut}
	sideBySide(
		func() { r.breaks = e.breakRows() },
		func() { r.open = e.openRows() },
		func() { r.actions = e.queue() },
		func() { e.rejected = e.rejectRows() },
	)
	r.incidents, r.scores = e.incidentTable(), e.scorecard()
	r.rejects = e.rejected
	r.sources, r.incomplete = e.sourceRows()
	if why := e.uncovered(); why != "" {
		r.incomplete = append(r.incomplete, why)
	}
	return r
}

func (e *engine) openRows() []OpenRow {
	rows := make([]OpenRow, len(e.items))
	for i := range e.items {
		rows[i] = e.openRow(&e.items[i])
	}
	slices.SortFunc(rows, func(a, b OpenRow) int {
		return cmp.Or(compareStrings(a.ID, b.ID), compareStrings(a.Asset.ID, b.Asset.ID))
	})
	return rows
}

// breakRows renders the breaks by id, asset and difference. Small keys are sorted,
// not the rows.
func (e *engine) breakRows() []BreakRow {
	type key struct {
		id    string
		index int32
	}
	order := make([]key, len(e.breaks))
	inPieces(len(order), func(from, to int) {
		for i := from; i < to; i++ {
			order[i] = key{e.breakID(&e.breaks[i]), int32(i)}
		}
	})
	slices.SortFunc(order, func(a, b key) int {
		if c := compareStrings(a.id, b.id); c != 0 {
			return c
		}
		x, y := &e.breaks[a.index], &e.breaks[b.index]
		return cmp.Or(compareStrings(e.in.assets[x.asset].ID, e.in.assets[y.asset].ID), x.diff.Cmp(y.diff))
	})
	rows := make([]BreakRow, len(order))
	inPieces(len(order), func(from, to int) {
		for i := from; i < to; i++ {
			rows[i] = e.breakRow(&e.breaks[order[i].index], order[i].id)
			rows[i].Incident = e.incidentOf(&e.breaks[order[i].index])
		}
	})
	return rows
}
