package evm

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources/sourcetest"
)

// proven reads the day at the level proof, from nodes that serve it in several ways.
func (d *day) proven(t *testing.T) {
	for name, c := range map[string]struct {
		tell lie

		proof string
		note  string // one of them
		gaps  bool
	}{
		"an honest node": {nothing, "proof", "by the bloom filter of their header", false},
		"an index that lost blocks is made good": {func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" {
				return 200, "", emptyList
			}
			return 0, "", ""
		}, "proof", "35 logs that the endpoint left out", false},
		"no eth_getLogs at all": {kinds(d)["no logs are served at all"], "proof", "their receipts hash to the receipts root", false},
		"no block receipts": {func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getBlockReceipts" {
				return 200, "", rpcError(-32601, "the method eth_getBlockReceipts does not exist")
			}
			return 0, "", ""
		}, "proof", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(&proxy{node: d.node.URL, lies: c.tell})
			defer server.Close()
			o := d.options(server.URL)
			o.Verify = "proof"
			var rec sourcetest.Recorder
			if err := Transfers(o).Read(context.Background(), d.query(d.failed.TXID, d.other.TXID, absent), &rec); err != nil {
				t.Fatal(err)
			}
			got := transfers(&rec, d.watched)
			final := slices.DeleteFunc(slices.Clone(d.truth), func(p paid) bool { return p.final == reconcile.NotFinal })
			got = slices.DeleteFunc(got, func(p paid) bool { return p.final == reconcile.NotFinal })
			if diff := cmp.Diff(final, got, cmp.AllowUnexported(paid{})); diff != "" && !c.gaps {
				t.Error(diff)
			}
			if !slices.Equal(rec.Proofs, []string{c.proof}) || (len(rec.Gaps) > 0) != c.gaps {
				t.Errorf("proof %v, gaps %v", rec.Proofs, rec.Gaps)
			}
			if !slices.ContainsFunc(rec.Notes, func(n string) bool { return strings.Contains(n, c.note) }) {
				t.Errorf("no note says %q: %q", c.note, rec.Notes)
			}
			for _, row := range final {
				if c.gaps && !inGap(rec.Gaps, row) {
					t.Errorf("%+v is no gap", row)
				}
			}
		})
	}
}

// otherChain: on a chain whose hashes are not known here what hashes is proven
// as anywhere, and what does not is called unsupported: no proof, and no lie either.
func (d *day) otherChain(t *testing.T) {
	as := func(method, pattern, instead string) lie {
		return func(_ *proxy, asked string, params []json.RawMessage) (int, string, string) {
			switch {
			case asked == "eth_chainId":
				return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":"0xa"}`
			case asked == method || method == "headers" && (asked == "eth_getBlockByNumber" || asked == "batch"):
				return -1, pattern, instead
			}
			return 0, "", ""
		}
	}
	for name, c := range map[string]struct {
		tell        lie
		proof, note string
	}{
		"all hashes":                          {as("", "", ""), "proof", "by the bloom filter of their header"},
		"headers with a field of their own":   {as("headers", `"extraData":"0x`, `"extraData":"0x00`), "basic", "the headers of eip155:10 hash in a way that is not known here"},
		"receipts with a field of their own":  {as("eth_getBlockReceipts", `"cumulativeGasUsed":"0x`, `"cumulativeGasUsed":"0x1`), "partial proof", "blocks could not be proven"},
		"transactions of a type of their own": {as("eth_getBlockByNumber", `"type":"0x2"`, `"type":"0x69"`), "partial proof", "transaction hashes are as the endpoint gives them"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(&proxy{node: d.node.URL, lies: c.tell})
			defer server.Close()
			o := d.options(server.URL)
			o.Verify, o.Chain = "proof", "eip155:10"
			o.Assets = []reconcile.CatalogueAsset{{Chain: o.Chain, Accepted: true, Asset: money.Asset{ID: o.Chain + "/erc20:" + d.token, Decimals: 6}}}
			q := d.query()
			q.Watch[0].Chain = o.Chain
			var rec sourcetest.Recorder
			if err := Transfers(o).Read(context.Background(), q, &rec); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || len(rec.Gaps) > 0 {
				t.Errorf("%s gaps %v", diff, rec.Gaps)
			}
			if !slices.Equal(rec.Proofs, []string{c.proof}) || !slices.ContainsFunc(rec.Notes, func(n string) bool { return strings.Contains(n, c.note) }) {
				t.Errorf("proof %v, notes %q", rec.Proofs, rec.Notes)
			}
		})
	}
}

// nothing is no lie.
func nothing(*proxy, string, []json.RawMessage) (int, string, string) { return 0, "", "" }
