package evm

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/evm/evmtest"
	"tieout/sources/sourcetest"
)

// paid is one transfer as the test made it: the truth.
type paid struct {
	txid  string
	log   int64
	block uint64
	hash  string
	to    string
	units string
	final reconcile.Finality
	order string // as a payment contract names it
	time  reconcile.Instant
}

// day is what happened on the node.
type day struct {
	node    *evmtest.Node
	token   string
	till    string // a payment contract
	watched []string
	truth   []paid
	failed  evmtest.Payment
	pending evmtest.Payment // failed too, above the finalized block
	other   evmtest.Payment // to an address that nobody watches
	window  reconcile.Interval
	final   uint64 // all that the test calls final is at most there
}

const (
	alice = "0x00000000000000000000000000000000000a11ce"
	bob   = "0x0000000000000000000000000000000000000b0b"
	carol = "0x00000000000000000000000000000000000ca401"

	absent = "0x00000000000000000000000000000000000000000000000000000000000000aa" // a transaction that never was
)

func makeDay(t *testing.T) *day {
	n := evmtest.Start(t)
	d := &day{node: n, token: n.DeployToken(), till: n.DeployCashier()}
	d.watched = []string{alice, bob, d.till}
	add := func(p evmtest.Payment, to string, units int64, log int, final reconcile.Finality) {
		d.truth = append(d.truth, paid{p.TXID, int64(p.Logs[log]), p.Block, p.Hash, to, strconv.FormatInt(units, 10), final, "", reconcile.InstantOf(p.Time)})
	}
	deposit := func(units int64, order string) {
		add(n.Deposit(d.till, d.token, units, order), d.till, units, 0, reconcile.Final)
		d.truth[len(d.truth)-1].order = order
	}
	n.Mine(3)
	add(n.Pay(d.token, alice, 100_000_000), alice, 100_000_000, 0, reconcile.Final)
	n.Mine(2)
	split := n.PayMany(d.token, []string{bob, carol, bob}, []int64{60_000_000, 1, 40_000_000})
	add(split, bob, 60_000_000, 0, reconcile.Final)
	add(split, bob, 40_000_000, 2, reconcile.Final)
	deposit(25_000_000, "S-1001")
	deposit(25_000_000, "S-1002") // the same amount again: only the log tells them apart
	d.failed = n.PayTooMuch(d.token, alice)
	d.other = n.Pay(d.token, carol, 5)
	for i := range int64(30) {
		add(n.Pay(d.token, alice, 1_000_000+i), alice, 1_000_000+i, 0, reconcile.Final)
	}
	d.final = d.truth[len(d.truth)-1].block
	n.Finalize()
	d.pending = n.PayTooMuch(d.token, alice)
	last := n.Pay(d.token, bob, 7_000_000) // above the finalized block
	add(last, bob, 7_000_000, 0, reconcile.NotFinal)
	d.window = reconcile.Interval{From: reconcile.InstantOf(last.Time) - reconcile.Day, To: reconcile.InstantOf(last.Time) - 24*reconcile.Second}
	return d
}

func (d *day) options(url string) Options {
	return Options{Name: "dev", Chain: "eip155:1337", Endpoints: []Endpoint{{Name: "node", URL: url}}, Rate: 1e6, Verify: "basic",
		Assets: []reconcile.CatalogueAsset{{Key: "tusd", Chain: "eip155:1337", Accepted: true, Asset: money.Asset{ID: "eip155:1337/erc20:" + d.token, Symbol: "TUSD", Decimals: 6}}},
		wait:   func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func (d *day) query(claims ...string) sources.Query {
	q := sources.Query{Window: d.window, Reach: reconcile.Interval{From: d.window.From, To: d.window.To + reconcile.Day},
		Watch: []sources.Watch{{Chain: "eip155:1337", Addresses: d.watched}}}
	q.Claims = func() (list []sources.Claim) {
		for _, c := range claims {
			list = append(list, sources.Claim{Chain: "eip155:1337", TXID: c})
		}
		return list
	}
	return q
}

func transfers(rec *sourcetest.Recorder, watched []string) []paid {
	var got []paid
	for _, t := range rec.Transfers {
		if slices.Contains(watched, t.To) {
			got = append(got, paid{t.TXID, t.LogIndex, t.Block, t.BlockHash, t.To, t.Amount.String(), t.Finality, t.OrderRef, t.BlockTime})
		}
	}
	return got
}

// TestRealNode reads what really happened on a real node.
func TestRealNode(t *testing.T) {
	d := makeDay(t)
	t.Run("transfers, finality and claims", func(t *testing.T) {
		var rec sourcetest.Recorder
		if err := Transfers(d.options(d.node.URL)).Read(context.Background(), d.query(d.failed.TXID, d.other.TXID, d.pending.TXID, absent, d.truth[0].txid), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" {
			t.Error(diff)
		}
		facts := map[string]reconcile.TXStatus{}
		for _, f := range rec.Facts {
			facts[f.TXID] = f.Status
		}
		want := map[string]reconcile.TXStatus{d.failed.TXID: reconcile.TXReverted, d.other.TXID: reconcile.TXFound, d.pending.TXID: reconcile.TXUnknown, absent: reconcile.TXAbsent}
		if diff := cmp.Diff(want, facts); diff != "" {
			t.Error(diff)
		}
		if n := len(rec.Transfers) - len(d.truth); n != 1 {
			t.Errorf("%d further transfers; the one that a claim names is expected", n)
		}
		if len(rec.Gaps) != 0 || len(rec.Covers) != 1 || rec.Covers[0].Span.To < d.window.To {
			t.Errorf("covers %v, gaps %v", rec.Covers, rec.Gaps)
		}
	})
	t.Run("another chain", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Chain, o.Assets = "eip155:1", []reconcile.CatalogueAsset{{Chain: "eip155:1", Asset: money.Asset{ID: "eip155:1/erc20:" + d.token}}}
		err := Transfers(o).Read(context.Background(), d.query(), &sourcetest.Recorder{})
		if err == nil || !strings.Contains(err.Error(), "endpoint node is on chain 1337, the source says eip155:1") {
			t.Error(err)
		}
	})
	t.Run("an endpoint that is not there", func(t *testing.T) {
		o := d.options("http://127.0.0.1:1/secret-key")
		err := Transfers(o).Read(context.Background(), d.query(), &sourcetest.Recorder{})
		if err == nil || strings.Contains(err.Error(), "secret-key") {
			t.Error(err)
		}
		o.Endpoints = append(o.Endpoints, Endpoint{"second", d.node.URL})
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil || len(rec.Transfers) != len(d.truth) {
			t.Errorf("the second endpoint: %d transfers, %v", len(rec.Transfers), err)
		}
	})
	t.Run("the finalized block has not reached the end", func(t *testing.T) {
		q := d.query()
		q.Window.To += reconcile.Hour
		q.Reach.To = q.Window.To + reconcile.Day
		var rec sourcetest.Recorder
		if err := Transfers(d.options(d.node.URL)).Read(context.Background(), q, &rec); err != nil || len(rec.Gaps) != 1 {
			t.Errorf("gaps %v, %v", rec.Gaps, err)
		}
	})
	t.Run("no address is known", func(t *testing.T) {
		q := d.query(d.other.TXID, absent)
		q.Watch = nil
		var rec sourcetest.Recorder
		if err := Transfers(d.options(d.node.URL)).Read(context.Background(), q, &rec); err != nil {
			t.Fatal(err)
		}
		if len(rec.Transfers) != 1 || rec.Transfers[0].To != carol {
			t.Errorf("transfers %v", rec.Transfers)
		}
		want := []reconcile.TXFact{{Chain: "eip155:1337", TXID: d.other.TXID, Status: reconcile.TXFound}, {Chain: "eip155:1337", TXID: absent}}
		if diff := cmp.Diff(want, rec.Facts); diff != "" {
			t.Error(diff)
		}
		if len(rec.Covers) != 0 || len(rec.Gaps) != 1 || rec.Gaps[0].Span != q.Reach {
			t.Errorf("covers %v, gaps %v", rec.Covers, rec.Gaps)
		}
	})
	t.Run("an empty answer that was wrong is a gap, whatever the second one found", func(t *testing.T) {
		p := &proxy{node: d.node.URL, lies: kinds(d)["empty where there is something"]}
		server := httptest.NewServer(p)
		defer server.Close()
		var rec sourcetest.Recorder
		if err := Transfers(d.options(server.URL)).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		final := d.truth[:len(d.truth)-1] // above the finalized block nothing is claimed, so nothing is asked again
		if diff := cmp.Diff(final, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || len(rec.Gaps) == 0 {
			t.Errorf("%s gaps %v", diff, rec.Gaps)
		}
	})
	t.Run("a limit on recipients is remembered", func(t *testing.T) {
		refused := 0
		p := &proxy{node: d.node.URL, lies: func(_ *proxy, method string, params []json.RawMessage) (int, string, string) {
			switch {
			case method == "eth_getLogs" && blocks(params) > 5:
				return 200, "", rpcError(-32000, "exceed maximum block range: 5")
			case method == "eth_getLogs" && strings.Count(string(params[0]), "0x000000000000000000000000") > 2:
				refused++
				return 200, "", rpcError(-32602, "exceed max topics")
			}
			return 0, "", ""
		}}
		server := httptest.NewServer(p)
		defer server.Close()
		var rec sourcetest.Recorder
		if err := Transfers(d.options(server.URL)).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || len(rec.Gaps) > 0 {
			t.Errorf("%s gaps %v", diff, rec.Gaps)
		}
		if refused != 1 {
			t.Errorf("%d questions were refused; one tells the limit", refused)
		}
	})
	t.Run("own addresses and the query's", func(t *testing.T) {
		q := d.query()
		q.Watch = []sources.Watch{{Chain: "eip155:1337", Addresses: []string{alice, d.till}}}
		o := d.options(d.node.URL)
		o.Addresses = []string{bob}
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), q, &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("without verification", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Verify = "none"
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || !slices.Equal(rec.Proofs, []string{"none"}) {
			t.Errorf("%s proof %v", diff, rec.Proofs)
		}
	})
	t.Run("confirmations instead of the finalized block", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Confirmations = 1
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		for _, tr := range rec.Transfers {
			if last := d.truth[len(d.truth)-1].txid; (tr.Finality == reconcile.NotFinal) != (tr.TXID == last) {
				t.Errorf("block %d: finality %d", tr.Block, tr.Finality)
			}
		}
	})
	t.Run("doctor", func(t *testing.T) {
		for _, c := range Probe(context.Background(), d.options(d.node.URL)) {
			if !c.OK {
				t.Errorf("%+v", c)
			}
		}
		o := d.options(d.node.URL)
		cells := map[string]string{}
		for _, c := range Probe(context.Background(), o) {
			cells[c.What] = c.Cell
		}
		want := map[string]string{"chain id": "eip155:1337", "head and finalized block": "24s behind", "eth_getLogs of one block": "yes", "blocks in one eth_getLogs": "10", "batches": "yes",
			"eth_getBlockReceipts": "yes", "hashes": "yes", "past state": "all", "Multicall3": "yes", "traces": "yes"}
		if diff := cmp.Diff(want, cells); diff != "" {
			t.Error(diff)
		}
		poor := httptest.NewServer(&proxy{node: d.node.URL, lies: with(refused("debug_traceBlockByNumber", "0x", "no such method"), refused("eth_getBalance", "0x", "missing trie node"))})
		defer poor.Close()
		o = d.options(poor.URL)
		o.Verify, o.Internal = "balance", true
		for _, c := range Probe(context.Background(), o) {
			if lacks := c.What == "past state" || c.What == "traces"; c.OK == lacks || lacks && c.Cell != "no" {
				t.Errorf("%+v", c)
			}
		}
		o.Chain = "eip155:1"
		if got := Probe(context.Background(), o); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Detail, "is on chain 1337") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("two nodes that each have half of the history", func(t *testing.T) {
		half := func(refused func(from, to uint64) bool) *httptest.Server {
			return httptest.NewServer(&proxy{node: d.node.URL, lies: func(_ *proxy, method string, params []json.RawMessage) (int, string, string) {
				var f struct{ FromBlock, ToBlock quantity }
				if method == "eth_getLogs" && blocks(params) > 5 {
					return 200, "", rpcError(-32000, "exceed maximum block range: 5")
				}
				if method == "eth_getLogs" && json.Unmarshal(params[0], &f) == nil && refused(uint64(f.FromBlock), uint64(f.ToBlock)) {
					return 200, "", rpcError(4444, "pruned history unavailable")
				}
				return 0, "", ""
			}})
		}
		young, old := half(func(from, _ uint64) bool { return from < 20 }), half(func(_, to uint64) bool { return to >= 30 })
		defer young.Close()
		defer old.Close()
		o := d.options(young.URL)
		o.Endpoints = append(o.Endpoints, Endpoint{"old", old.URL})
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || len(rec.Gaps) > 0 {
			t.Errorf("%s gaps %v", diff, rec.Gaps)
		}
	})
	t.Run("quorum of two that agree", func(t *testing.T) {
		second := httptest.NewServer(&proxy{node: d.node.URL, lies: func(*proxy, string, []json.RawMessage) (int, string, string) { return 0, "", "" }})
		defer second.Close()
		o := d.options(d.node.URL)
		o.Verify, o.Endpoints = "quorum", append(o.Endpoints, Endpoint{"second", second.URL})
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(d.failed.TXID, d.other.TXID, absent), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || len(rec.Gaps) > 0 {
			t.Errorf("%s gaps %v", diff, rec.Gaps)
		}
		if diff := cmp.Diff([]string{"quorum"}, rec.Proofs); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"35 logs of final blocks: two endpoints gave the same"}, rec.Notes); diff != "" {
			t.Error(diff)
		}
		want := []reconcile.TXStatus{reconcile.TXReverted, reconcile.TXFound, reconcile.TXAbsent}
		for i, f := range rec.Facts {
			if f.Status != want[i] {
				t.Errorf("fact %d: %d, want %d", i, f.Status, want[i])
			}
		}
	})
	t.Run("quorum of two chains without a transfer", func(t *testing.T) {
		fork := httptest.NewServer(&proxy{node: d.node.URL, lies: func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			return -1, `("hash":"0x)[0-9a-f]{4}`, "${1}dead"
		}})
		defer fork.Close()
		o, q := d.options(d.node.URL), d.query()
		o.Verify, o.Endpoints = "quorum", append(o.Endpoints, Endpoint{"fork", fork.URL})
		q.Watch[0].Addresses = []string{"0x0000000000000000000000000000000000000001"}
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), q, &rec); err != nil || len(rec.Gaps) != 1 || !strings.Contains(rec.Gaps[0].Reason, "different chains") {
			t.Errorf("gaps %v, %v", rec.Gaps, err)
		}
	})
	t.Run("quorum with one of two nodes gone", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Verify, o.Endpoints = "quorum", append(o.Endpoints, Endpoint{"gone", "http://127.0.0.1:1"})
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		for _, row := range d.truth {
			if row.final == reconcile.Final && !inGap(rec.Gaps, row) {
				t.Errorf("%+v is no gap, though one node alone was asked", row)
			}
		}
	})
	t.Run("many addresses", func(t *testing.T) { manyAddresses(t, d) })
	t.Run("balance", func(t *testing.T) { d.tiedOut(t) })
	t.Run("proof", func(t *testing.T) { d.proven(t) })
	t.Run("proof on another chain", func(t *testing.T) { d.otherChain(t) })
	t.Run("lies under proof", func(t *testing.T) { proofs(t, d) })
	t.Run("many lies", func(t *testing.T) { manyLies(t, d) })
	t.Run("lies", func(t *testing.T) { lies(t, d) })
	t.Run("quorum", func(t *testing.T) { quorum(t, d) })
}
