package evm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/evm/evmtest"
	"tieout/sources/sourcetest"
)

// till is a day of payments in the native coin on a real node.
type till struct {
	node   *evmtest.Node
	direct []string // what transactions pay: to, amount
	inside []string // what calls inside them pay as well
	other  evmtest.Payment
	span   reconcile.Interval
}

func makeTill(t *testing.T) *till {
	n := evmtest.Start(t)
	d := &till{node: n}
	forwarder := n.DeployForwarder()
	n.Mine(2)
	row := func(p evmtest.Payment, trace, to string, wei int) string {
		return fmt.Sprintf("%s/%s %s %d", p.TXID, trace, to, wei)
	}
	d.direct = append(d.direct, row(n.Send(alice, 1000), "", alice, 1000))
	d.direct = append(d.direct, row(n.Send(bob, 5), "", bob, 5))
	n.Send(alice, 0)
	d.inside = append(d.inside, row(n.Forward(forwarder, "forward", 70, alice), "0", alice, 70))
	split := n.Forward(forwarder, "split", 9, bob, alice)
	d.inside = append(d.inside, row(split, "0", bob, 4), row(split, "1", alice, 5))
	n.Forward(forwarder, "undone", 33, alice) // the call that pays fails, the transaction does not
	d.other = n.Send(carol, 12)
	last := n.Forward(forwarder, "end", 21, bob)
	d.inside = append(d.inside, row(last, "0", bob, 21+33)) // with what the undone one left there
	n.Mine(1)
	n.Finalize()
	end := reconcile.InstantOf(last.Time) + 1
	d.span = reconcile.Interval{From: end - reconcile.Day, To: end}
	return d
}

func (d *till) options(url string) Options {
	o := (&day{}).options(url)
	o.Addresses = []string{alice, bob}
	o.Assets = []reconcile.CatalogueAsset{{Key: "eth", Chain: "eip155:1337", Accepted: true, Asset: money.Asset{ID: "eip155:1337/slip44:60", Symbol: "ETH", Decimals: 18}}}
	return o
}

func (d *till) read(t *testing.T, o Options) (*sourcetest.Recorder, []string) {
	t.Helper()
	var rec sourcetest.Recorder
	q := sources.Query{Window: d.span, Reach: d.span, Claims: func() []sources.Claim { return []sources.Claim{{Chain: o.Chain, TXID: d.other.TXID}} }}
	if err := Transfers(o).Read(context.Background(), q, &rec); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tr := range rec.Transfers {
		if tr.LogIndex != -1 || tr.Asset != "eip155:1337/slip44:60" {
			t.Errorf("%+v", tr)
		}
		if tr.To != carol {
			got = append(got, fmt.Sprintf("%s/%s %s %s", tr.TXID, tr.Trace, tr.To, tr.Amount))
		} else if tr.TXID != d.other.TXID {
			t.Errorf("nobody asked for %+v", tr)
		}
	}
	return &rec, got
}

// TestCoin reads payments in the native coin from a real node.
func TestCoin(t *testing.T) {
	d := makeTill(t)
	all := append(slices.Clone(d.direct), d.inside...)
	t.Run("transactions", func(t *testing.T) {
		rec, got := d.read(t, d.options(d.node.URL))
		if diff := cmp.Diff(d.direct, got); diff != "" || len(rec.Gaps) > 0 {
			t.Errorf("%s gaps %v", diff, rec.Gaps)
		}
		if len(rec.Covers) != 1 || rec.Covers[0].Span.From != rec.Covers[0].Span.To || !strings.Contains(strings.Join(rec.Notes, " "), "no payment in it is called missing") {
			t.Errorf("covers %v, notes %q", rec.Covers, rec.Notes)
		}
		if len(rec.Transfers) != len(got)+1 {
			t.Error("the claimed payment to another is not there")
		}
	})
	t.Run("and calls inside them", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Internal = true
		rec, got := d.read(t, o)
		if diff := cmp.Diff(all, got); diff != "" || len(rec.Gaps) > 0 {
			t.Errorf("%s gaps %v", diff, rec.Gaps)
		}
		if len(rec.Covers) != 1 || rec.Covers[0].Span != d.span {
			t.Errorf("covers %v", rec.Covers)
		}
	})
	for name, tell := range map[string]lie{
		"no trace":                    refused("debug_traceBlockByNumber", "0x", "the method does not exist"),
		"a trace of another block":    lieAbout("debug_traceBlockByNumber", `"txHash":"0x[0-9a-f]{4}`, `"txHash":"0xdead`),
		"a trace cut short":           lieAbout("debug_traceBlockByNumber", `"result":\[.*`, `"result":[]}`),
		"blocks without transactions": lieAbout("batch", `"transactions":\[.*?\],"`, `"transactions":[],"`),
		"another amount":              everywhere(`"value":"0x3e8"`, `"value":"0x3e9"`),
		"another payee":               everywhere(`"to":"0x00000000000000000000000000000000000a11ce"`, `"to":"0x0000000000000000000000000000000000000001"`),
		"no receipts":                 with(lieAbout("batch", `"status":"0x1"`, `"status":"0x0"`), refused("eth_getTransactionReceipt", "0x", "internal")),
	} {
		t.Run(name, func(t *testing.T) {
			p := &proxy{node: d.node.URL, lies: tell}
			server := httptest.NewServer(p)
			defer server.Close()
			o := d.options(server.URL)
			o.Internal = true
			if name == "no receipts" {
				o.Verify = "proof"
			}
			rec, got := d.read(t, o)
			for _, row := range got {
				if !slices.Contains(all, row) {
					t.Errorf("invented %s", row)
				}
			}
			if p.bites == 0 || len(got) < len(all) && len(rec.Gaps) == 0 {
				t.Errorf("told %d times; %d of %d, and no gap", p.bites, len(got), len(all))
			}
		})
	}
}

func everywhere(pattern, instead string) lie {
	return func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
		if strings.HasPrefix(method, "eth_get") || method == "batch" {
			return -1, pattern, instead
		}
		return 0, "", ""
	}
}

// TestPolygonCoin: Polygon logs every movement of its native coin. The answers are made
// after its documents: no such node can be had here.
func TestPolygonCoin(t *testing.T) {
	padded := func(address string) string { return "0x000000000000000000000000" + address[2:] }
	at := func(n uint64) string { return "0x" + strings.Repeat("0", 56) + fmt.Sprintf("%08x", n) }
	pay := func(index int, to string, wei uint64) map[string]any {
		return map[string]any{"address": polygonCoin, "topics": []string{coinTopic.Hex(), padded(polygonCoin), padded(carol), padded(to)},
			"data": "0x" + word(wei) + word(9) + word(9) + word(9) + word(9), "blockNumber": "0x5", "blockHash": at(5), "transactionHash": at(77), "logIndex": hexNumber(uint64(index))}
	}
	node := httptest.NewServer(&proxy{node: makeNothing(t), lies: func(_ *proxy, method string, params []json.RawMessage) (int, string, string) {
		result := any(nil)
		switch method {
		case "eth_chainId":
			result = "0x89"
		case "eth_getBlockByNumber":
			n := min(number(strings.Trim(string(params[0]), `"`)), 9)
			if strings.HasSuffix(string(params[0]), `d"`) || strings.Contains(string(params[0]), "latest") {
				n = 9
			}
			result = map[string]any{"number": hexNumber(n), "hash": at(n), "timestamp": hexNumber(1000 + n)}
		case "eth_getLogs":
			if !strings.Contains(string(params[0]), polygonCoin) || !strings.Contains(string(params[0]), `null,null,[`) {
				t.Errorf("asked %s", params[0])
			}
			result = []any{pay(3, alice, 250), pay(4, alice, 250)}
		case "batch":
			return 500, "", "no batches"
		default:
			result = "0x"
		}
		text, _ := json.Marshal(result)
		return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":` + string(text) + `}`
	}})
	defer node.Close()
	o := (&day{}).options(node.URL)
	o.Chain, o.Addresses, o.Verify = "eip155:137", []string{alice}, "none"
	o.Assets = []reconcile.CatalogueAsset{{Chain: o.Chain, Accepted: true, Asset: money.Asset{ID: "eip155:137/slip44:966", Symbol: "POL", Decimals: 18}}}
	span := reconcile.Interval{From: 1001 * reconcile.Second, To: 1009 * reconcile.Second}
	var rec sourcetest.Recorder
	if err := Transfers(o).Read(context.Background(), sources.Query{Window: span, Reach: span}, &rec); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tr := range rec.Transfers {
		got = append(got, fmt.Sprint(tr.Asset, " ", tr.LogIndex, " ", tr.Trace, " ", tr.From == carol, " ", tr.To == alice, " ", tr.Amount, " ", int64(tr.BlockTime/reconcile.Second)))
	}
	want := []string{"eip155:137/slip44:966 -1 log_3 true true 250 1005", "eip155:137/slip44:966 -1 log_4 true true 250 1005"}
	if diff := cmp.Diff(want, got); diff != "" || len(rec.Covers) != 1 || rec.Covers[0].Span != span {
		t.Errorf("%s covers %v gaps %v", diff, rec.Covers, rec.Gaps)
	}
}

// makeNothing is a node that is not asked.
func makeNothing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	return server.URL
}
