package reconciletest

import "tieout/reconcile"

// Source is a source as a value: what it would hand to its intake. At.File of
// its rows counts into Files.
type Source struct {
	Info       reconcile.SourceInfo
	Files      []string
	Orders     []reconcile.Order
	Transfers  []reconcile.Transfer
	Deliveries []reconcile.Delivery
	Refunds    []reconcile.Refund
	Rejects    []reconcile.Reject
	Facts      []reconcile.TXFact
	Covers     []reconcile.Coverage
	Gaps       []reconcile.Gap
	Failed     string // why the source as a whole could not be read; "" when it could
}

// Input hands sources to a builder, in order.
func Input(c *reconcile.Catalogue, profiles map[string]*reconcile.Profile, sources []Source) *reconcile.Input {
	b := reconcile.NewBuilder(c, profiles)
	for _, s := range sources {
		s.feed(b.Source(s.Info))
	}
	return b.Build()
}

func (s Source) feed(in *reconcile.Intake) {
	files := make([]reconcile.FileID, len(s.Files))
	for i, path := range s.Files {
		files[i] = in.File(path, "")
	}
	for _, row := range s.Orders {
		row.At.File = files[row.At.File]
		in.AddOrder(&row)
	}
	for _, row := range s.Transfers {
		row.At.File = files[row.At.File]
		in.AddTransfer(&row)
	}
	for _, row := range s.Deliveries {
		row.At.File = files[row.At.File]
		in.AddDelivery(&row)
	}
	for _, row := range s.Refunds {
		row.At.File = files[row.At.File]
		in.AddRefund(&row)
	}
	for _, row := range s.Rejects {
		row.At.File = files[row.At.File]
		in.AddReject(&row)
	}
	for _, fact := range s.Facts {
		in.AddFact(fact)
	}
	for _, c := range s.Covers {
		in.Cover(c)
	}
	for _, g := range s.Gaps {
		in.Gap(g)
	}
	in.Proof("complete by construction") // so the end of a file is not taken for a short export
	if s.Failed != "" {
		in.Failed(s.Failed)
	}
}
