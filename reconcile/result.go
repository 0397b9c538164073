package reconcile

import "iter"

// Result is what a reconciliation found, in the order in which reports list it:
// transfers by chain, block, log index; orders by provider, order id, order
// number; breaks by id and asset. It is read-only.
type Result struct {
	Window   Interval
	Zone     string
	Currency string

	breaks  []BreakRow
	open    []OpenRow
	actions []ActionRow
	rejects []RejectRow
	tieOut  []TieOutLine
	sources []SourceRow
}

// Orders yields every payment with its verdict.
func (r *Result) Orders() iter.Seq[OrderRow] { panic("not built yet") }

// Transfers yields every transfer with its verdict.
func (r *Result) Transfers() iter.Seq[TransferRow] { panic("not built yet") }

// Deliveries yields every delivery with its verdict.
func (r *Result) Deliveries() iter.Seq[DeliveryRow] { panic("not built yet") }

// Matches yields every (order, transfer) pair.
func (r *Result) Matches() iter.Seq[MatchRow] { panic("not built yet") }

// Breaks returns the breaks by id and asset.
func (r *Result) Breaks() []BreakRow { return r.breaks }

// OpenItems returns what is open or undetermined, by id.
func (r *Result) OpenItems() []OpenRow { return r.open }

// Actions returns the queue, most urgent first.
func (r *Result) Actions() []ActionRow { return r.actions }

// Rejects returns the rows that could not be read, by source, file and line.
func (r *Result) Rejects() []RejectRow { return r.rejects }

// TieOut returns the identity of each asset.
func (r *Result) TieOut() []TieOutLine { return r.tieOut }

// Sources returns the control totals of each source, by name.
func (r *Result) Sources() []SourceRow { return r.sources }

// Explorer returns the base URL of the chain's block explorer, "" without one.
func (r *Result) Explorer(chain string) string { return "" }

// Complete reports whether every source was there and covered the window.
func (r *Result) Complete() bool { return len(r.Incomplete()) == 0 }

// Incomplete says why the run is incomplete, a sentence each; empty when complete.
func (r *Result) Incomplete() []string { return nil }
