package generic

import (
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

// The columns, in the order of RefundColumns.
const (
	refundID = iota
	refundOrderID
	refundOrderNo
	refundAmount
	refundAsset
	refundChain
	refundTXID
	refundTo
	refundStatus
	refundCreated
	refundUpdated
)

// RefundColumns are the columns of a refund book with the headers that mean the same.
var RefundColumns = []tabular.Column{
	refundID:      {Name: "refund_id", Aliases: []string{"refund_no", "refund_number", "refund_reference"}},
	refundOrderID: Columns[orderID],
	refundOrderNo: Columns[orderNo],
	refundAmount:  {Name: "amount", Aliases: []string{"refund_amount", "refunded_amount", "amount_refunded"}, Required: true},
	refundAsset:   Columns[asset],
	refundChain:   Columns[chain],
	refundTXID:    Columns[txid],
	refundTo:      {Name: "to", Aliases: []string{"to_address", "receiver", "refund_address", "refund_to"}},
	refundStatus:  {Name: "status", Aliases: []string{"state", "refund_status"}, Required: true},
	refundCreated: {Name: "created_at", Aliases: append([]string{"refunded_at", "refund_date", "refund_time"}, Columns[createdAt].Aliases...)},
	refundUpdated: Columns[updatedAt],
}

// Refunds returns a source over the refund book in o.Files. `amount` and `status` are
// required as columns, and one of `refund_id` and `txid` in each row. Asset and chain
// are the order's where a row names none; a word that the profile lacks keeps the
// refund with an unknown state, and it closes nothing.
func Refunds(o sources.FileOptions) sources.Source {
	return book.Refunds(o, book.Shape{Columns: RefundColumns, Keys: []int{refundID, refundTXID}, Refund: refund})
}

func refund(c *book.Cells, r *reconcile.Refund) (inScope bool) {
	r.TXIDs, r.To = c.TXIDs(refundTXID), c.Address(refundTo)
	r.RefundID, r.OrderID, r.OrderNo = c.ID(refundID), c.ID(refundOrderID), c.ID(refundOrderNo)
	if r.RefundID == "" && len(r.TXIDs) == 0 {
		c.Fail(refundID, "the row has neither refund_id nor txid: two refunds of one amount could not be told apart")
	}
	r.Chain, r.Asset = c.Text(refundChain), c.Text(refundAsset)
	if !identifies(r.Asset) {
		r.Symbol = r.Asset
	}
	r.Amount = c.Amount(refundAmount)
	r.Status = c.Text(refundStatus)
	r.State = c.Profile().State("", r.Status)
	if r.Status == "" {
		c.Fail(refundStatus, "the status is empty")
	}
	r.Created, r.Updated = c.Time(refundCreated), c.Time(refundUpdated)
	return true
}
