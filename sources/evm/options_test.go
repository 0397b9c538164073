package evm

import (
	"context"
	"strings"
	"testing"
	"time"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// TestOptions: what would be left out in silence is refused with what to do.
func TestOptions(t *testing.T) {
	asset := func(chain, id string) reconcile.CatalogueAsset {
		return reconcile.CatalogueAsset{Chain: chain, Asset: money.Asset{ID: id}}
	}
	usdt := asset("eip155:1", "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7")
	whole := Options{Name: "eth", Chain: "eip155:1", Endpoints: []Endpoint{{"node", "http://127.0.0.1:1"}}, Assets: []reconcile.CatalogueAsset{usdt}}
	for want, change := range map[string]func(*Options){
		"eth: a chain such as eip155:1 and an endpoint are needed": func(o *Options) { o.Endpoints = nil },
		"eth: verify: all is no level":                             func(o *Options) { o.Verify = "all" },
		"eth: verify: quorum needs a second endpoint": func(o *Options) {
			o.Verify, o.Endpoints = "quorum", []Endpoint{{"node", "http://127.0.0.1:1"}, {"again", "http://127.0.0.1:1"}}
		},
		"eth: the endpoints node and again have the same URL": func(o *Options) {
			o.Verify, o.Endpoints = "quorum", []Endpoint{{"node", "http://127.0.0.1:1"}, {"other", "http://127.0.0.1:2"}, {"again", "http://127.0.0.1:1"}}
		},
		"is neither a token nor a native coin":                func(o *Options) { o.Assets = append(o.Assets, asset("eip155:1", "eip155:1/cash")) },
		"is not on eip155:1":                                  func(o *Options) { o.Assets = []reconcile.CatalogueAsset{asset("eip155:56", "eip155:56/erc20:0x01")} },
		"no accepted token of eip155:1 is known":              func(o *Options) { o.Assets = nil },
		"no endpoint can be used: endpoint node: eth_chainId": func(*Options) {},
	} {
		o := whole
		o.wait = func(context.Context, time.Duration) error { return nil }
		change(&o)
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(t.Context(), sources.Query{}, &rec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if len(rec.Covers) > 0 {
			t.Errorf("%s: covers %v", want, rec.Covers)
		}
	}
}
