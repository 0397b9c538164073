package reports

import (
	"io"
	"iter"
	"strconv"

	"tieout/reconcile"
)

// Flat tables are the long ones, a row per order, transfer, delivery or pair:
// millions of them, and of a bad day the breaks and the queue (queue.go). Their
// cells are appended to one buffer, without an allocation a cell.

// column is a column of a flat table; its cell appends the raw text of a row.
type column[R any] struct {
	name  string
	kind  kind
	width float64
	cell  func(b []byte, r *R) []byte
}

var ordersTable = flat("orders.csv", func(b *book) iter.Seq[reconcile.OrderRow] { return b.orders }, []column[reconcile.OrderRow]{
	{"order_id", text, 22, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.OrderID...) }},
	{"order_no", text, 18, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.OrderNo...) }},
	{"provider", text, 11, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Provider...) }},
	{"status", text, 14, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Status...) }},
	{"outcome", text, 13, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Outcome.String()...) }},
	{"kinds", text, 26, func(b []byte, r *reconcile.OrderRow) []byte { return appendKinds(b, r.Kinds) }},
	{"due", amount, 16, func(b []byte, r *reconcile.OrderRow) []byte { return appendFigure(b, r.Due, r.Asset.Decimals) }},
	{"received", amount, 16, func(b []byte, r *reconcile.OrderRow) []byte { return appendFigure(b, r.Received, r.Asset.Decimals) }},
	{"asset", text, 56, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Asset.ID...) }},
	{"symbol", text, 9, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Asset.Symbol...) }},
	{"txids", hash, 68, func(b []byte, r *reconcile.OrderRow) []byte { return appendList(b, r.TXIDs) }},
	{"explanation", text, 62, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Explanation...) }},
	{"state", text, 22, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Reason.String()...) }},
	{"account", text, 14, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Account...) }},
	{"customer", text, 16, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Customer...) }},
	{"pay_to", hash, 45, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.PayTo...) }},
	{"created_at", instant, 24, func(b []byte, r *reconcile.OrderRow) []byte { return appendInstant(b, r.Created) }},
	{"expected", amount, 16, func(b []byte, r *reconcile.OrderRow) []byte { return r.Expected.AppendDecimal(b, r.Asset.Decimals) }},
	{"tolerance", amount, 12, func(b []byte, r *reconcile.OrderRow) []byte { return r.Tolerance.AppendDecimal(b, r.Asset.Decimals) }},
	{"webhook", text, 14, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.Webhook.String()...) }},
	{"webhook_marks", text, 22, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.WebhookMarks.String()...) }},
	{"webhook_story", text, 62, func(b []byte, r *reconcile.OrderRow) []byte { return append(b, r.WebhookStory...) }},
})

var transfersTable = flat("transfers.csv", func(b *book) iter.Seq[reconcile.TransferRow] { return b.transfers }, transferColumns)

// unmatchedTable are the rows of transfers.csv that wait for an order.
var unmatchedTable = flat("transfers.csv", func(b *book) iter.Seq[reconcile.TransferRow] {
	return func(yield func(reconcile.TransferRow) bool) {
		for r := range b.transfers {
			if unmatched(&r) && !yield(r) {
				return
			}
		}
	}
}, transferColumns)

// unmatched reports whether money came that belongs to no order, or to one of
// several and nobody knows which.
func unmatched(r *reconcile.TransferRow) bool {
	switch r.Outcome {
	case reconcile.OutcomeBreak, reconcile.OutcomeOpen, reconcile.OutcomeUndetermined:
		return r.OrderID == "" && r.OrderNo == ""
	}
	return false
}

var transferColumns = []column[reconcile.TransferRow]{
	{"chain", text, 16, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Chain...) }},
	{"block_number", number, 13, func(b []byte, r *reconcile.TransferRow) []byte { return appendBlock(b, r.Block) }},
	{"block_time", instant, 24, func(b []byte, r *reconcile.TransferRow) []byte { return appendInstant(b, r.BlockTime) }},
	{"txid", hash, 68, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.TXID...) }},
	{"log_index", number, 10, func(b []byte, r *reconcile.TransferRow) []byte { return appendLogIndex(b, r.LogIndex) }},
	{"asset", text, 56, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Asset.ID...) }},
	{"symbol", text, 9, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Asset.Symbol...) }},
	{"from", hash, 45, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.From...) }},
	{"to", hash, 45, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.To...) }},
	{"amount", amount, 16, func(b []byte, r *reconcile.TransferRow) []byte { return r.Amount.AppendDecimal(b, r.Asset.Decimals) }},
	{"outcome", text, 13, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Outcome.String()...) }},
	{"kinds", text, 22, func(b []byte, r *reconcile.TransferRow) []byte { return appendKinds(b, r.Kinds) }},
	{"order_id", text, 22, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.OrderID...) }},
	{"order_no", text, 18, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.OrderNo...) }},
	{"reason", text, 20, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Reason.String()...) }},
	{"note", text, 62, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Note...) }},
	{"occurrence", number, 11, func(b []byte, r *reconcile.TransferRow) []byte { return appendCount(b, r.Occurrence) }},
	{"trace", text, 10, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, r.Trace...) }},
	{"final", text, 7, func(b []byte, r *reconcile.TransferRow) []byte { return append(b, yesNo(r.Final)...) }},
}

var deliveriesTable = flat("deliveries.csv", func(b *book) iter.Seq[reconcile.DeliveryRow] { return b.deliveries }, []column[reconcile.DeliveryRow]{
	{"source", text, 16, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Source...) }},
	{"received_at", instant, 24, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendInstant(b, r.Received) }},
	{"provider", text, 11, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Provider...) }},
	{"order_id", text, 22, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.OrderID...) }},
	{"order_no", text, 18, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.OrderNo...) }},
	{"status", text, 14, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Status...) }},
	{"amount", amount, 16, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendQuantity(b, r.Amount) }},
	{"symbol", text, 9, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Symbol...) }},
	{"txid", hash, 68, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.TXID...) }},
	{"response_status", number, 10, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendCount(b, r.Response) }},
	{"signature", text, 11, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Signature.String()...) }},
	{"outcome", text, 13, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Outcome.String()...) }},
	{"kinds", text, 22, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendKinds(b, r.Kinds) }},
	{"reason", text, 20, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Reason.String()...) }},
	{"note", text, 62, func(b []byte, r *reconcile.DeliveryRow) []byte { return append(b, r.Note...) }},
	{"attempt", number, 9, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendCount(b, r.Attempt) }},
	{"after_block_ms", number, 15, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendLag(b, r.AfterBlock) }},
	{"after_paid_ms", number, 15, func(b []byte, r *reconcile.DeliveryRow) []byte { return appendLag(b, r.AfterPaid) }},
})

var matchesTable = flat("matches.csv", func(b *book) iter.Seq[reconcile.MatchRow] { return b.matches }, []column[reconcile.MatchRow]{
	{"order_id", text, 22, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.OrderID...) }},
	{"order_no", text, 18, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.OrderNo...) }},
	{"provider", text, 11, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Provider...) }},
	{"chain", text, 16, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Chain...) }},
	{"txid", hash, 68, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.TXID...) }},
	{"log_index", number, 10, func(b []byte, r *reconcile.MatchRow) []byte { return appendLogIndex(b, r.LogIndex) }},
	{"asset", text, 56, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Asset.ID...) }},
	{"symbol", text, 9, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Asset.Symbol...) }},
	{"amount", amount, 16, func(b []byte, r *reconcile.MatchRow) []byte { return r.Amount.AppendDecimal(b, r.Asset.Decimals) }},
	{"rule", text, 14, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Rule.String()...) }},
	{"margin", text, 14, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Margin...) }},
	{"explanation", text, 62, func(b []byte, r *reconcile.MatchRow) []byte { return append(b, r.Explanation...) }},
	{"occurrence", number, 11, func(b []byte, r *reconcile.MatchRow) []byte { return appendCount(b, r.Occurrence) }},
})

// appendBlock appends a block number; 0 says that the source gave none.
func appendBlock(b []byte, n uint64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendUint(b, n, 10)
}

// appendLogIndex appends a log index; it counts from 0, and -1 is none.
func appendLogIndex(b []byte, n int64) []byte {
	if n < 0 {
		return b
	}
	return strconv.AppendInt(b, n, 10)
}

// appendCount appends a number whose 0 says that there is none.
func appendCount(b []byte, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// appendLag appends a lag in whole milliseconds, nothing for an unknown one.
func appendLag(b []byte, g reconcile.Lag) []byte {
	if !g.Known {
		return b
	}
	return strconv.AppendInt(b, milliseconds(g.Span), 10)
}

// milliseconds cuts a span to whole ones.
func milliseconds(span reconcile.Instant) int64 { return int64(span / (reconcile.Second / 1000)) }

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// chunk is how much of a CSV file is gathered before it is written.
const chunk = 64 << 10

// flat makes a table that is appended, cell by cell.
func flat[R any](file string, list func(*book) iter.Seq[R], columns []column[R]) table {
	t := table{file: file}
	for _, c := range columns {
		t.columns = append(t.columns, heading{c.name, c.kind, c.width})
	}
	t.csv = func(w io.Writer, b *book) error { return writeFlat(w, list(b), columns) }
	t.rows = func(b *book) iter.Seq[[]string] {
		return func(yield func([]string) bool) {
			var row R // outside of the loop, so that it is allocated once
			var buf []byte
			cells := make([]string, len(columns))
			for row = range list(b) {
				for i := range columns {
					buf = columns[i].cell(buf[:0], &row)
					cells[i] = string(buf)
				}
				if !yield(cells) {
					return
				}
			}
		}
	}
	return t
}

func writeFlat[R any](w io.Writer, rows iter.Seq[R], columns []column[R]) error {
	buf := make([]byte, 0, chunk+chunk/4)
	for i, c := range columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, c.name...)
	}
	buf = append(buf, '\n')
	var row R // outside of the loop, so that it is allocated once
	for row = range rows {
		for i := range columns {
			if i > 0 {
				buf = append(buf, ',')
			}
			at := len(buf)
			buf = seal(columns[i].cell(buf, &row), at, columns[i].kind)
		}
		buf = append(buf, '\n')
		if len(buf) >= chunk {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}
