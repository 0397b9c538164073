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
		reconcile.FailedTransaction, reconcile.StaleOrder, reconcile.TXIDReused},
	reconcile.SourceWebhooks:     {reconcile.MissedWebhook},
	reconcile.SourceProviderBook: {reconcile.UnknownTransfer, reconcile.UnknownWebhook, reconcile.MissingOrder},
	reconcile.SourceMerchantBook: {reconcile.UnknownTransfer, reconcile.MissingOrder},
}

// Missing evidence is never a no: when the sources of a witness cannot be read,
// nothing is claimed that rests on their silence.
func TestMissingEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		lost := rapid.SampledFrom([]reconcile.SourceKind{reconcile.SourceTransfers, reconcile.SourceWebhooks,
			reconcile.SourceProviderBook, reconcile.SourceMerchantBook}).Draw(t, "lost witness")
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
