package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/configs"
	"tieout/reconcile"
)

const profileYAML = "name: generic\nstatuses: {\"\": {paid: paid}}\nnotifies: [paid]\naccepts: 2xx\nretry_window: 26h36m\n"

var builtin = map[string][]byte{"generic": []byte(profileYAML)}

const good = `version: 1
merchant: demo
orders:
  - {name: shop, files: ["shop-*.csv"]}
transfers:
  - {name: chain, files: ["t.csv"], chain: ethereum, assets: [usdt]}
reports: {to: out}
`

func load(t *testing.T, content string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tieout.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, builtin)
}

func TestLoad(t *testing.T) {
	c, err := load(t, good+`policy:
  tolerance: {absolute: "0.50", percent: "0.25"}
  payment_window: {before_created: 5m, after_expiry: 7d}
  rates: {USD: {usdt: "1"}}
  materiality: {USD: "250"}
  assets: {usdt: {dust: "0.1"}}
  chains: {eth: {finality: "12"}}
  providers: {generic: {retry_window: 1h}}
`)
	if err != nil {
		t.Fatal(err)
	}
	ch, _ := c.Catalogue.Chain("1")
	switch {
	case c.Transfers[0].Chain != "eip155:1", len(c.Transfers[0].Assets) != 1, !filepath.IsAbs(c.Orders[0].Files[0]),
		c.Policy.Tolerance.PercentMicros != 250_000, c.Policy.AfterExpiry != 7*reconcile.Day, c.Policy.Rates["USDT"].String() != "1",
		c.Policy.Materiality.String() != "250", len(c.Policy.AssetDust) < 5, ch.Finality != "12", c.Profiles["generic"].RetryWindow != reconcile.Hour:
		t.Errorf("%+v", c)
	}
}

// TestMistakes: each names the place and what to do.
func TestMistakes(t *testing.T) {
	t.Setenv("EMPTY", "")
	for _, m := range []struct{ from, to, want string }{
		{"merchant: demo", "merchent: demo", `line 2 column 1: unknown key "merchent"; did you mean merchant?`},
		{"merchant: demo", "merchant: ${NOT_SET_ANYWHERE}", "line 2 column 11: the environment variable NOT_SET_ANYWHERE is not set"},
		{"assets: [usdt]", "assets: [usdx]", `the asset "usdx" is not in the asset table of eip155:1`},
		{"chain: ethereum", "chain: etherium", `the chain "etherium" is not in the asset table`},
		{"name: shop,", "name: shop, provider: blockatmm,", `no provider is called "blockatmm"`},
		{"name: shop,", "name: chain,", `two sources are called "chain"`},
		{"to: out", "to: s3://bucket/x", "s3:// are not available yet"},
		{"to: out", "to: out, formats: [csv, htm]", `"htm"`},
		{"version: 1", "version: 2", "version 1 is the only one"},
		{"version: 1", "version: 1\nstate: sqlite:///x", "not available yet"},
		{"version: 1", "version: 1\nwindow: {lookback: 3 days}", "is no duration"},
		{"version: 1", "version: 1\ntimezone: Mars/Base", "no IANA time zone"},
		{"version: 1", "version: 1\npolicy: {tolerance: {percent: \"1,5\"}}", "ambiguous"},
		{"version: 1", "version: 1\nwebhooks: [{name: w, files: [x], secret: hunter22}]", "a secret is not written into the configuration"},
		{"reports: {to: out}", "", "reports: {to: ...} is missing"},
		{"reports: {to: out}", "reports: {to: out", "line"},
	} {
		_, err := load(t, strings.Replace(good, m.from, m.to, 1))
		if err == nil || !strings.Contains(err.Error(), m.want) || !strings.Contains(err.Error(), "tieout.yaml") {
			t.Errorf("%s: %v\nwant %s", m.to, err, m.want)
		}
	}
}

func TestSecretsStayHidden(t *testing.T) {
	t.Setenv("HOOK_SECRET", "canary-1234")
	c, err := load(t, good+"webhooks:\n  - {name: w, files: [x], secret: \"${HOOK_SECRET}\"}\n")
	if err != nil || c.Webhooks[0].Secrets[0].Secret.Reveal() != "canary-1234" {
		t.Fatal(err)
	}
	if s := Mask("key canary-1234 used", c.Secrets); strings.Contains(s, "canary") {
		t.Error(s)
	}
}

func TestBuiltInAssets(t *testing.T) {
	c, err := Catalogue([]string{"assets.yaml"}, [][]byte{configs.Assets})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Assets {
		address := a.Asset.ID[strings.LastIndex(a.Asset.ID, ":")+1:]
		if canonical, err := reconcile.CanonicalAddress(a.Chain, address); err != nil || canonical != address {
			t.Errorf("%s: %s, %v", a.Asset.ID, canonical, err)
		}
	}
	if a, ok := c.AssetOn("eip155:56", "USDT"); !ok || a.Asset.Decimals != 18 {
		t.Error("Binance-Peg USDT has 18 decimals")
	}
}
