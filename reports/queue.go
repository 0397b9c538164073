package reports

import (
	"iter"
	"slices"
	"strconv"

	"tieout/reconcile"
)

// The queue and the breaks are what people act on. On a bad day of a large
// merchant they are long, so they are appended like the tables of all rows.

var actionsTable = flat("actions.csv", func(b *book) iter.Seq[reconcile.ActionRow] { return slices.Values(b.actions) }, []column[reconcile.ActionRow]{
	{"priority", number, 8, func(b []byte, r *reconcile.ActionRow) []byte { return appendWhole(b, r.Priority) }},
	{"action", text, 24, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Action.String()...) }},
	{"who", text, 18, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Who...) }},
	{"deadline", instant, 24, func(b []byte, r *reconcile.ActionRow) []byte { return appendInstant(b, r.Deadline) }},
	{"hours_left", number, 10, appendHoursLeft},
	{"order_id", text, 22, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.OrderID...) }},
	{"order_no", text, 18, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.OrderNo...) }},
	{"provider", text, 11, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Provider...) }},
	{"account", text, 14, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Account...) }},
	{"txid", hash, 68, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.TXID...) }},
	{"amount", amount, 16, func(b []byte, r *reconcile.ActionRow) []byte { return appendFigure(b, r.Amount, r.Asset.Decimals) }},
	{"symbol", text, 9, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Asset.Symbol...) }},
	{"reason", text, 60, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Reason...) }},
	{"sentence", text, 90, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Sentence...) }},
	{"break_ids", text, 24, func(b []byte, r *reconcile.ActionRow) []byte { return appendList(b, r.BreakIDs) }},
	{"link", link, 40, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Link...) }},
	{"severity", text, 10, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Severity.String()...) }},
	{"value", amount, 14, func(b []byte, r *reconcile.ActionRow) []byte { return appendQuantity(b, r.Value) }},
	{"chain", text, 16, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Chain...) }},
	{"asset", text, 56, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Asset.ID...) }},
	{"incident", text, 21, func(b []byte, r *reconcile.ActionRow) []byte { return append(b, r.Incident...) }},
})

var breaksTable = flat("breaks.csv", func(b *book) iter.Seq[reconcile.BreakRow] { return slices.Values(b.breaks) }, []column[reconcile.BreakRow]{
	{"break_id", text, 21, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.ID...) }},
	{"kind", text, 20, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Kind.String()...) }},
	{"cause", text, 15, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Cause.String()...) }},
	{"severity", text, 10, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Severity.String()...) }},
	{"order_id", text, 22, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.OrderID...) }},
	{"order_no", text, 18, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.OrderNo...) }},
	{"provider", text, 11, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Provider...) }},
	{"account", text, 14, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Account...) }},
	{"customer", text, 16, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Customer...) }},
	{"chain", text, 16, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Chain...) }},
	{"asset", text, 56, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Asset.ID...) }},
	{"symbol", text, 9, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Asset.Symbol...) }},
	{"expected", amount, 15, func(b []byte, r *reconcile.BreakRow) []byte { return appendFigure(b, r.Expected, r.Asset.Decimals) }},
	{"observed", amount, 15, func(b []byte, r *reconcile.BreakRow) []byte { return appendFigure(b, r.Observed, r.Asset.Decimals) }},
	{"difference", amount, 15, func(b []byte, r *reconcile.BreakRow) []byte { return r.Difference.AppendDecimal(b, r.Asset.Decimals) }},
	{"value", amount, 13, func(b []byte, r *reconcile.BreakRow) []byte { return appendQuantity(b, r.Value) }},
	{"txids", hash, 68, func(b []byte, r *reconcile.BreakRow) []byte { return appendList(b, r.TXIDs) }},
	{"pay_to", hash, 45, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.PayTo...) }},
	{"first_seen", instant, 24, func(b []byte, r *reconcile.BreakRow) []byte { return appendInstant(b, r.FirstSeen) }},
	{"age_days", number, 9, func(b []byte, r *reconcile.BreakRow) []byte { return appendWhole(b, r.AgeDays) }},
	{"deadline", instant, 24, func(b []byte, r *reconcile.BreakRow) []byte { return appendInstant(b, r.Deadline) }},
	{"action", text, 24, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Action.String()...) }},
	{"explanation", text, 62, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Explanation...) }},
	{"disposition", text, 12, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, answerOf(r.Answer).disposition...) }},
	{"reason", text, 18, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, answerOf(r.Answer).reason...) }},
	{"by", text, 12, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, answerOf(r.Answer).by...) }},
	{"until", text, 12, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, answerOf(r.Answer).until...) }},
	{"cap", text, 10, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, answerOf(r.Answer).limit...) }},
	{"bucket", text, 9, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Bucket...) }},
	{"first_date", text, 12, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.FirstDate...) }}, // of the run that found it first
	{"incident", text, 21, func(b []byte, r *reconcile.BreakRow) []byte { return append(b, r.Incident...) }},    // of the breaks that one event brought about
})

// appendHoursLeft appends nothing where there is no deadline.
func appendHoursLeft(b []byte, r *reconcile.ActionRow) []byte {
	if !r.Deadline.Known() {
		return b
	}
	return appendWhole(b, r.HoursLeft)
}

// appendWhole appends a number that is there, 0 included.
func appendWhole(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }
