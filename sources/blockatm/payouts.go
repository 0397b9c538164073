package blockatm

import (
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

const (
	payoutBizOrderNo = iota
	payoutID
	payoutPlatOrderNo
	payoutContractID
	payoutMerchantID
	payoutChainID
	payoutNetwork
	payoutSymbol
	payoutAmount
	payoutStatus
	payoutTXID
	payoutTo
	payoutCreated
	payoutUpdated
	payoutDetails
	refundedOrderNo
)

// payoutColumns are members of a payout order, as its query and its webhook write
// them. No payout says which order it gives back: refundedOrderNo is for a header of
// the merchant's own.
var payoutColumns = []tabular.Column{
	payoutBizOrderNo:  {Name: "bizOrderNo"},
	payoutID:          {Name: "id"},
	payoutPlatOrderNo: {Name: "platOrderNo"},
	payoutContractID:  {Name: "contractId"},
	payoutMerchantID:  {Name: "merchantId"},
	payoutChainID:     {Name: "chainId", Aliases: []string{"chain"}},
	payoutNetwork:     {Name: "network"},
	payoutSymbol:      {Name: "symbol", Aliases: []string{"asset"}},
	payoutAmount:      {Name: "amount"},
	payoutStatus:      {Name: "status"},
	payoutTXID:        {Name: "txId", Aliases: []string{"txHash"}},
	payoutTo:          {Name: "toAddress"},
	payoutCreated:     {Name: "createTime", Aliases: []string{"created_at"}},
	payoutUpdated:     {Name: "updateTime", Aliases: []string{"updated_at"}},
	payoutDetails:     {Name: "detailList"},
	refundedOrderNo:   {Name: "refunded_order_no"},
}

// Refunds returns a source over BlockATM payouts in o.Files: answers of the payout
// query, bodies of its webhooks as JSON lines, or tables with the same names, of both
// generations. Rows of collection orders are counted out of scope. A batch payout of
// V1, which holds many in one row, is rejected.
func Refunds(o sources.FileOptions) sources.Source {
	return book.Refunds(o, book.Shape{Columns: payoutColumns, Keys: []int{payoutBizOrderNo, payoutContractID}, Refund: payout})
}

func payout(c *book.Cells, r *reconcile.Refund) (inScope bool) {
	batch := c.Text(payoutDetails) != ""
	r.RefundID = firstOf(c.ID(payoutBizOrderNo), firstOf(c.ID(payoutPlatOrderNo), c.ID(payoutID)))
	if c.ID(payoutBizOrderNo) == "" && c.ID(payoutContractID) == "" && !batch {
		return false
	}
	r.TXIDs = claims(c, payoutTXID)
	switch {
	case batch:
		c.Fail(payoutDetails, "a batch payout holds many payouts in one row: export one row a payout")
	case r.RefundID == "":
		c.Fail(payoutBizOrderNo, "the payout has no number of its own")
	}
	r.OrderNo = c.ID(refundedOrderNo)
	r.Chain, r.Asset = firstOf(c.Text(payoutChainID), c.Text(payoutNetwork)), c.Text(payoutSymbol)
	r.Symbol = r.Asset
	if to := c.Address(payoutTo); !elided(to) {
		r.To = to
	}
	r.Amount = c.Amount(payoutAmount)
	r.Status = c.Text(payoutStatus)
	r.State = payoutState(c.Profile(), r.Status, generationOf(
		c.Text(payoutPlatOrderNo) != "" || c.Text(payoutMerchantID) != "", c.Text(payoutID) != "" || c.Text(payoutContractID) != ""))
	if r.Status == "" && !batch {
		c.Fail(payoutStatus, "the status is empty")
	}
	r.Created, r.Updated = c.Time(payoutCreated), c.Time(payoutUpdated)
	return true
}

// payoutState reads a payout's status. The integers of V1 are published with two
// meanings: what they do not share is left out of the profile, and unknown. An integer
// of a row whose generation does not show counts where both say the same.
func payoutState(profile *reconcile.Profile, status string, of generation) reconcile.State {
	one, two := profile.State("payout_v1", status), profile.State("payout_v2", status)
	switch {
	case !isInteger(status) || of == v2:
		return two
	case of == v1 || one == two:
		return one
	}
	return reconcile.StateUnknown
}
