package reconcile

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"tieout/reconcile/money"
)

// benchInput builds a day of n orders in the proportions of a real cashier: 88 %
// paid and clean, 4 % expired unpaid, the rest lost, missed, over, under, late,
// split or duplicated; as many transfers again by strangers as a seventh of the
// orders, and 0.95 deliveries an order.
func benchInput(n int) (*Input, Policy) {
	const usdt = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"
	catalogue, err := NewCatalogue([]Chain{{ID: "eip155:1"}}, []CatalogueAsset{
		{Key: "usdt", Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: usdt, Symbol: "USDT", Decimals: 6}}})
	if err != nil {
		panic(err)
	}
	profile := &Profile{Name: "p", Notifies: []State{StatePaid}, RetryWindow: 26 * Hour, Completes: true}
	profiles := map[string]*Profile{"p": profile}
	b := NewBuilder(catalogue, profiles)
	rnd := rand.New(rand.NewPCG(1, 2))
	policy := DefaultPolicy()
	policy.Profiles = profiles
	const start = Instant(1_700_000_000) * Second
	policy.Window = Interval{start, start + 90*Day}
	policy.Rates["USDT"] = money.NewQuantity(money.FromUint64(1), 0)
	all := Coverage{Span: Interval{0, 1 << 62}}

	orders := b.Source(SourceInfo{Name: "orders", Kind: SourceProviderBook, Provider: "p"})
	transfers := b.Source(SourceInfo{Name: "transfers", Kind: SourceTransfers})
	hooks := b.Source(SourceInfo{Name: "hooks", Kind: SourceWebhooks, Provider: "p"})
	orders.Cover(all)
	hooks.Cover(all)
	transfers.Cover(Coverage{Chain: "eip155:1", Span: all.Span})

	hash := func() string {
		return fmt.Sprintf("0x%016x%016x%016x%016x", rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64())
	}
	address := func(i uint64) string { return fmt.Sprintf("0x%040x", i*0x9e3779b97f4a7c15+1) }
	at := At{File: orders.File("orders.csv", "")}
	transferAt := At{File: transfers.File("transfers.csv", "")}
	hooks.File("hooks.jsonl", "")
	transfer := func(tx, from, to string, amount uint64, when Instant) {
		transfers.AddTransfer(&Transfer{At: transferAt, Chain: "eip155:1", TXID: tx, LogIndex: int64(rnd.IntN(500)), Block: uint64(when / (12 * Second)),
			BlockTime: when, Asset: "0xdac17f958d2ee523a2206206994597c13d831ec7", Decimals: -1, Amount: money.NewQuantity(money.FromUint64(amount), 0),
			BaseUnit: true, From: from, To: to})
	}
	for i := range n {
		created := start + Instant(rnd.Int64N(int64(89*Day)))
		amount := 1_000_000 + rnd.Uint64N(1_000_000_000)
		payTo := address(1_000_000_000 + uint64(i))
		if i%10 < 7 {
			payTo = address(uint64(rnd.IntN(n/2000 + 1)))
		}
		kind := rnd.IntN(1000)
		o := Order{At: at, Provider: "p", OrderID: fmt.Sprintf("82%08d", i), OrderNo: fmt.Sprintf("SHOP-%d", i), Account: "c1", Customer: fmt.Sprintf("cust%d", i/3),
			Chain: "eip155:1", Asset: usdt, Due: money.NewQuantity(money.FromUint64(amount), 6), Status: "SUCCESS", State: StatePaid,
			PayTo: payTo, Created: created, Expires: created + 30*Minute, Updated: created + 10*Minute, Resends: -1}
		tx := hash()
		paid := created + Instant(rnd.Int64N(int64(25*Minute)))
		switch {
		case kind < 880: // clean
			o.TXIDs = []string{tx}
			transfer(tx, address(rnd.Uint64()), payTo, amount, paid)
		case kind < 920: // expired, unpaid
			o.Status, o.State = "EXPIRED", StateExpired
		case kind < 935: // lost
			o.Status, o.State = "EXPIRED", StateExpired
			transfer(tx, address(rnd.Uint64()), payTo, amount, paid)
		case kind < 960: // over, under
			o.TXIDs = []string{tx}
			transfer(tx, address(rnd.Uint64()), payTo, amount+rnd.Uint64N(2_000_000)-1_000_000, paid)
		case kind < 980: // duplicate
			o.TXIDs = []string{tx}
			from := address(rnd.Uint64())
			transfer(tx, from, payTo, amount, paid)
			transfer(hash(), from, payTo, amount, paid+Minute)
		case kind < 990: // late
			o.TXIDs = []string{tx}
			transfer(tx, address(rnd.Uint64()), payTo, amount, o.Expires+Hour)
		default: // paid, says the provider
			o.TXIDs = []string{tx}
		}
		orders.AddOrder(&o)
		if o.State == StatePaid && kind%60 != 0 {
			hooks.AddDelivery(&Delivery{At: at, Provider: "p", OrderID: o.OrderID, OrderNo: o.OrderNo, Status: "SUCCESS", State: StatePaid,
				Received: paid + Minute, Response: 200, Signature: SignatureValid, Symbol: "USDT"})
		}
		if i%7 == 0 {
			transfer(hash(), address(rnd.Uint64()), address(uint64(rnd.IntN(n/2000+1))), 1_000_000+rnd.Uint64N(1_000_000_000), created)
		}
	}
	return b.Build(), policy
}

// BenchmarkReconcile measures the core alone, without reading and writing.
func BenchmarkReconcile(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in, policy := benchInput(n)
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				if _, err := Reconcile(in, policy); err != nil {
					b.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			b.ReportMetric(float64(before.HeapAlloc)/float64(n), "inputB/order")
		})
	}
}
