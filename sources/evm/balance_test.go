package evm

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/evm/evmtest"
	"tieout/sources/sourcetest"
)

// with tells a lie together with another, the first that has something to say.
func with(list ...lie) lie {
	return func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
		for _, tell := range list {
			if status, header, body := tell(p, method, params); status != 0 {
				return status, header, body
			}
		}
		return 0, "", ""
	}
}

// refused answers a method with an error, where its question holds a text.
func refused(method, part, message string) lie {
	return func(_ *proxy, asked string, params []json.RawMessage) (int, string, string) {
		if asked == method && slices.ContainsFunc(params, func(p json.RawMessage) bool { return strings.Contains(strings.ToLower(string(p)), part) }) {
			return 200, "", rpcError(-32000, message)
		}
		return 0, "", ""
	}
}

// loses answers questions for logs as an index does that has lost a block.
func loses(block uint64) lie {
	one := `\{[^{}]*"blockNumber":"` + hexNumber(block) + `"[^{}]*\}`
	return func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
		if method == "eth_getLogs" {
			return -1, `,` + one + `|` + one + `,|` + one, ""
		}
		return 0, "", ""
	}
}

// tiedOut reads the day at the level balance.
func (d *day) tiedOut(t *testing.T) {
	first, last := d.truth[0].block, d.final
	for name, c := range map[string]struct {
		tell  lie
		proof string
		note  string // one of them
		gap   string // "" = none, and all of the truth is there
	}{
		"an honest node":                       {nothing, "balance", "3 accounts of an address and a token have what their transfers make", ""},
		"no Multicall3":                        {refused("eth_call", multicall, "no such contract"), "balance", "3 accounts of", ""},
		"an index that lost the first payment": {loses(first), "balance", "1 logs that the endpoint left out were taken from the receipts", ""},
		"an index that lost two":               {with(lieAbout("eth_getLogs", `\{[^{}]*"blockNumber":"(`+hexNumber(first)+`|`+hexNumber(last)+`)"[^{}]*\},|,\{[^{}]*"blockNumber":"`+hexNumber(last)+`"[^{}]*\}`, "")), "balance", "2 logs that the endpoint left out were taken from the receipts", ""},
		"an amount of its own":                 {lieAbout("eth_getLogs", `("data":"0x0{56})05f5e100`, "${1}05f5e1ff"), "balance", "1 logs that are in no receipt were left out", ""},
		"no state of the past":                 {with(loses(first), refused("eth_call", "0x", "missing trie node")), "basic", "not provable, so that basic is what holds", "-"},
		"lost, and no receipts of it":          {with(loses(first), refused("eth_getBlockReceipts", hexNumber(first), "internal")), "balance", "", "the receipts of block"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(&proxy{node: d.node.URL, lies: c.tell})
			defer server.Close()
			o := d.options(server.URL)
			o.Verify = "balance"
			var rec sourcetest.Recorder
			if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(finalOf(d.truth), finalOf(transfers(&rec, d.watched)), cmp.AllowUnexported(paid{})); (diff != "" || len(rec.Gaps) > 0) && c.gap == "" {
				t.Errorf("%s gaps %v", diff, rec.Gaps)
			}
			if c.gap != "" && c.gap != "-" && !slices.ContainsFunc(rec.Gaps, func(g reconcile.Gap) bool { return strings.Contains(g.Reason, c.gap) }) {
				t.Errorf("gaps %v, want %q", rec.Gaps, c.gap)
			}
			if !slices.Equal(rec.Proofs, []string{c.proof}) || !slices.ContainsFunc(rec.Notes, func(n string) bool { return strings.Contains(n, c.note) }) {
				t.Errorf("proof %v, notes %q", rec.Proofs, rec.Notes)
			}
		})
	}
}

func finalOf(rows []paid) []paid {
	return slices.DeleteFunc(slices.Clone(rows), func(p paid) bool { return p.final == reconcile.NotFinal })
}

// lieAbout changes the answers to one method.
func lieAbout(method, pattern, instead string) lie {
	return func(_ *proxy, asked string, _ []json.RawMessage) (int, string, string) {
		if asked == method {
			return -1, pattern, instead
		}
		return 0, "", ""
	}
}

// TestElastic: a balance that changes without a transfer is no lost one, and nothing
// is said of that account; of others all is.
func TestElastic(t *testing.T) {
	n := evmtest.Start(t)
	elastic, token := n.DeployElastic(), n.DeployToken()
	n.Pay(elastic, alice, 100)
	n.Grow(elastic, alice, 1)
	n.Pay(elastic, bob, 7)
	last := n.Pay(token, alice, 5)
	n.Finalize()
	end := reconcile.InstantOf(last.Time) + 1
	o := Options{Name: "dev", Chain: "eip155:1337", Endpoints: []Endpoint{{Name: "node", URL: n.URL}}, Rate: 1e6, Verify: "balance", Addresses: []string{alice, bob}}
	for _, contract := range []string{elastic, token} {
		o.Assets = append(o.Assets, reconcile.CatalogueAsset{Chain: o.Chain, Accepted: true, Asset: money.Asset{ID: o.Chain + "/erc20:" + contract}})
	}
	var rec sourcetest.Recorder
	span := reconcile.Interval{From: end - reconcile.Day, To: end}
	if err := Transfers(o).Read(context.Background(), sources.Query{Window: span, Reach: span}, &rec); err != nil {
		t.Fatal(err)
	}
	want := "balance: 1 accounts of " + elastic + " are not provable: their balance changes without a transfer, by a fee, interest or destruction"
	if len(rec.Transfers) != 3 || !slices.Equal(rec.Proofs, []string{"partial balance"}) || !slices.Contains(rec.Notes, want) {
		t.Errorf("%d transfers, proof %v, notes %q", len(rec.Transfers), rec.Proofs, rec.Notes)
	}
	if !slices.ContainsFunc(rec.Notes, func(n string) bool { return strings.HasPrefix(n, "balance: 3 accounts of an address") }) {
		t.Errorf("notes %q", rec.Notes)
	}
}

// TestAccounts: all with a transfer are compared, and of the others as many as there
// is room for, evenly.
func TestAccounts(t *testing.T) {
	index := quantity(0)
	l := log{Address: alice, Topics: []string{transferTopic.Hex(), sender, receiver}, Data: "0x" + word(1), BlockNumber: 5, BlockHash: "0xaa", Index: &index}
	rapid.Check(t, func(rt *rapid.T) {
		r := &reader{source: &source{Options{Assets: []reconcile.CatalogueAsset{{Asset: money.Asset{ID: "eip155:1/erc20:" + alice}}}}}, logs: []log{l}}
		watched := []string{alice}
		for i := range rapid.IntRange(0, 300_000).Draw(rt, "addresses") {
			watched = append(watched, "0x1"+word(uint64(i))[25:])
		}
		slices.Sort(watched)
		got, unasked := (&tieOut{reader: r, watched: watched, last: 9}).accounts()
		if len(got)+unasked != len(watched) || len(got) != min(len(watched), maxAccounts) || !slices.Contains(got, account{alice, alice}) {
			rt.Fatalf("%d of %d, %d unasked", len(got), len(watched), unasked)
		}
	})
}

// FuzzAggregated: whatever comes back is read in full or refused, never half.
func FuzzAggregated(f *testing.F) {
	f.Add([]byte{}, 1)
	f.Add(slices.Concat(abiWord(32), abiWord(1), abiWord(32), abiWord(1), abiWord(64), abiWord(32), abiWord(7)), 1)
	f.Fuzz(func(t *testing.T, data []byte, count int) {
		if count < 0 || count > 1000 {
			return
		}
		if list, ok := aggregated(data, count); ok && len(list) != count {
			t.Errorf("%d of %d", len(list), count)
		}
	})
}
