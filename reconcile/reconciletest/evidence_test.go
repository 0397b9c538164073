package reconciletest_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// Wherever the window cuts through a world, the proof holds and every row has its
// outcome: pairs that straddle an edge, parts on both sides of it, money in
// another asset just before it.
func TestAnyWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		edge := rapid.Int64Range(int64(rt.Window.From-reconcile.Day), int64(rt.Window.To+reconcile.Day))
		a, b := reconcile.Instant(edge.Draw(t, "one edge")), reconcile.Instant(edge.Draw(t, "the other"))
		c.Policy.Window = reconcile.Interval{From: min(a, b), To: max(a, b) + 1}
		r, err := c.Run()
		if err != nil {
			t.Fatalf("reconcile: %v", err)
		}
		if err := rt.Check(r); err != nil {
			t.Errorf("%v", err)
		}
	})
}

// rests says which kinds claim that a witness would have known better.
var rests = map[reconcile.SourceKind][]reconcile.Kind{
	reconcile.SourceTransfers: {reconcile.Underpaid, reconcile.MissingTransfer, reconcile.TXIDNotFound, reconcile.WrongAddress,
		reconcile.FailedTransaction, reconcile.StaleOrder, reconcile.TXIDReused, reconcile.RefundExceeds},
	reconcile.SourceWebhooks:     {reconcile.MissedWebhook},
	reconcile.SourceProviderBook: {reconcile.UnknownTransfer, reconcile.UnknownWebhook, reconcile.MissingOrder},
	reconcile.SourceMerchantBook: {reconcile.UnknownTransfer, reconcile.MissingOrder},
	reconcile.SourceRefunds:      {reconcile.UnmatchedRefund},
}

// Missing evidence is never a no: when the sources of a witness cannot be read,
// nothing is claimed that rests on their silence.
func TestMissingEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		lost := rapid.SampledFrom([]reconcile.SourceKind{reconcile.SourceTransfers, reconcile.SourceWebhooks,
			reconcile.SourceProviderBook, reconcile.SourceMerchantBook, reconcile.SourceRefunds}).Draw(t, "lost witness")
		for i := range c.Sources {
			if s := &c.Sources[i]; s.Info.Kind == lost {
				c.Sources[i] = rt.Source{Info: s.Info, Failed: "the disk is broken"}
			}
		}
		r, err := c.Run()
		if err != nil {
			t.Fatalf("reconcile: %v", err)
		}
		if err := rt.Check(r); err != nil {
			t.Errorf("%v", err)
		}
		if r.Complete() {
			t.Errorf("without %v the run calls itself complete", lost)
		}
		for _, b := range r.Breaks() {
			if slices.Contains(rests[lost], b.Kind) {
				t.Errorf("without %v: %v of %s%s: %s", lost, b.Kind, b.OrderID, b.OrderNo, b.Explanation)
			}
		}
	})
}

// Nor is a hole in a witness: what lies in it is gone, and no claim appears that
// rests on its silence.
func TestHoleInEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		whole := negative(t, c)
		lost := rapid.SampledFrom([]reconcile.SourceKind{reconcile.SourceTransfers, reconcile.SourceWebhooks,
			reconcile.SourceProviderBook, reconcile.SourceMerchantBook, reconcile.SourceRefunds}).Draw(t, "witness")
		edge := rapid.Int64Range(int64(rt.Window.From), int64(rt.Window.To))
		a, b := reconcile.Instant(edge.Draw(t, "one edge")), reconcile.Instant(edge.Draw(t, "the other"))
		hole := reconcile.Interval{From: min(a, b), To: max(a, b) + 1}
		for i := range c.Sources {
			if s := &c.Sources[i]; s.Info.Kind == lost {
				dig(s, hole)
			}
		}
		for claim, said := range negative(t, c) {
			if _, stood := whole[claim]; !stood && slices.Contains(rests[lost], claim.kind) {
				t.Errorf("with a hole in %v from %v to %v: %v of %s: %s", lost, hole.From, hole.To, claim.kind, claim.about, said)
			}
		}
	})
}

// claim is a break without its figures.
type claim struct {
	kind  reconcile.Kind
	about string
}

func negative(t *rapid.T, c *rt.Case) map[claim]string {
	claims := map[claim]string{}
	for _, b := range run(t, c).Breaks {
		claims[claim{b.Kind, b.ID + " " + b.OrderID + " " + b.OrderNo}] = b.Explanation
	}
	return claims
}

// dig takes the rows of a time out of a source, which says so.
func dig(s *rt.Source, hole reconcile.Interval) {
	s.Orders = slices.DeleteFunc(slices.Clone(s.Orders), func(o reconcile.Order) bool { return hole.Contains(o.Created) })
	s.Transfers = slices.DeleteFunc(slices.Clone(s.Transfers), func(m reconcile.Transfer) bool { return hole.Contains(m.BlockTime) })
	s.Deliveries = slices.DeleteFunc(slices.Clone(s.Deliveries), func(d reconcile.Delivery) bool { return hole.Contains(d.Received) })
	s.Gaps = append(slices.Clone(s.Gaps), reconcile.Gap{Span: hole, Reason: "not exported"})
}
