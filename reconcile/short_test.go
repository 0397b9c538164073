package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"tieout/reconcile/money"
)

// TestShortExport: two orders paid after a transfer file's last row make it a
// short export, and nothing is called missing; one may really be missing.
func TestShortExport(t *testing.T) {
	for _, c := range []struct {
		later int
		want  Outcome
	}{{1, OutcomeBreak}, {2, OutcomeUndetermined}, {5, OutcomeUndetermined}} {
		r := shortDay(t, c.later, "declared", false)
		for o := range r.Orders() {
			if o.OrderNo != "first" && o.Outcome != c.want {
				t.Errorf("%d orders after the last row: %s is %s, want %s", c.later, o.OrderNo, o.Outcome, c.want)
			}
		}
		if incomplete := strings.Join(r.Incomplete(), " "); (c.want == OutcomeUndetermined) != strings.Contains(incomplete, "the export is short") {
			t.Errorf("%d orders after the last row: %q", c.later, incomplete)
		}
	}
	if r := shortDay(t, 5, "declared", true); !r.Complete() {
		t.Errorf("orders that another file's transfers paid, claimed or not, make no export short: %v", r.Incomplete())
	}
	if r := shortDay(t, 5, "basic", false); !r.Complete() {
		t.Errorf("what a node has proven is not doubted: %v", r.Incomplete())
	}
}

// shortDay has one paid transfer at ten, and further orders paid from eleven on,
// whose transfers no file has, or another one.
func shortDay(t *testing.T, later int, proof string, elsewhere bool) *Result {
	t.Helper()
	const token = "0xdac17f958d2ee523a2206206994597c13d831ec7"
	catalogue, err := NewCatalogue([]Chain{{ID: "eip155:1"}}, []CatalogueAsset{{Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: "eip155:1/erc20:" + token, Symbol: "USDT", Decimals: 6}}})
	if err != nil {
		t.Fatal(err)
	}
	const day = Instant(20_000) * Day
	policy := DefaultPolicy()
	policy.Window = Interval{day, day + Day}
	b := NewBuilder(catalogue, policy.Profiles)
	orders := b.Source(SourceInfo{Name: "orders", Kind: SourceProviderBook})
	orders.Cover(Coverage{Span: Interval{0, 1 << 62}})
	due := money.NewQuantity(money.FromUint64(100), 0)
	add := func(no string, at Instant) string {
		payTo := fmt.Sprintf("0x%040x", at)
		orders.AddOrder(&Order{OrderID: no, OrderNo: no, Chain: "eip155:1", Asset: token, Due: due, Status: "paid", State: StatePaid, PayTo: payTo, Created: at, Expires: at + Hour, Resends: -1})
		return payTo
	}
	payTo := add("first", day+10*Hour)
	pay := func(in *Intake, to string, n int, at Instant) {
		in.AddTransfer(&Transfer{Chain: "eip155:1", TXID: fmt.Sprintf("0x%064x", n), LogIndex: int64(n), Block: uint64(n), BlockTime: at, Asset: token, Decimals: -1, Amount: due, From: "0x" + strings.Repeat("9", 40), To: to})
	}
	transfers := b.Source(SourceInfo{Name: "transfers", Kind: SourceTransfers})
	pay(transfers, payTo, 1, day+10*Hour+Minute)
	other := b.Source(SourceInfo{Name: "more transfers", Kind: SourceTransfers})
	other.Proof("complete by construction")
	for i := range later {
		at := day + 11*Hour + Instant(i)*Minute
		payTo := add(fmt.Sprint("later ", i), at)
		if elsewhere {
			pay(other, payTo, 2+i, at+Minute)
		}
	}
	transfers.Cover(Coverage{Chain: "eip155:1", Span: Interval{0, 1 << 62}})
	transfers.Proof(proof)
	r, err := Reconcile(b.Build(), policy)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
