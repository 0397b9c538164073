package reports

import (
	"testing"

	"tieout/reconcile"
	"tieout/reconcile/reconciletest"
)

// sample is the document of a generated day: every kind of trouble that the
// generator knows, over two providers and two chains.
func sample(t testing.TB, orders int) Document {
	t.Helper()
	result, err := reconciletest.Generate(reconciletest.Plan{Seed: 7, Orders: orders}).Run()
	if err != nil {
		t.Fatal(err)
	}
	return Document{Result: result, Facts: Facts{
		Tool: "tieout 0.1.0", Merchant: "Demo & Sons", AsOf: "2026-03-10", Zone: "Etc/UTC", Complete: result.Complete(),
		Incomplete: result.Incomplete(), ConfigSHA256: "c0ffee", AssetsSHA256: "a55e75",
		Inputs: []File{{Path: "exports/blockatm-2026-03-10.csv", SHA256: "5f2b51ca2fdc5baa31ec02e002f69aec3bb1d2b6ca5f0f0a7f4b1a1f2c3d4e5f", Bytes: 48211}},
	}}
}

var _ = reconcile.Kinds
