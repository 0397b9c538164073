package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/configs"
	"tieout/reconcile"
)

const profileYAML = "name: generic\nstatuses: {\"\": {paid: paid}}\nnotifies: [paid]\naccepts: 2xx\nretry_window: 26h36m\n"

var builtin = map[string][]byte{
	"generic":  []byte(profileYAML),
	"blockatm": []byte(strings.Replace(profileYAML, "generic", "blockatm", 1)),
	"bvnk":     []byte(strings.Replace(profileYAML, "generic", "bvnk", 1)),
}

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
  providers: {generic: {retry_window: 1h, attempts: 9}}
`)
	if err != nil {
		t.Fatal(err)
	}
	ch, _ := c.Catalogue.Chain("1")
	switch {
	case c.Transfers[0].Chain != "eip155:1", len(c.Transfers[0].Assets) != 1, c.Orders[0].Files[0] != "shop-*.csv",
		c.Policy.Tolerance.PercentMicros != 250_000, c.Policy.AfterExpiry != 7*reconcile.Day, c.Policy.Rates["USDT"].String() != "1",
		c.Policy.Materiality.String() != "250", len(c.Policy.AssetDust) < 5, ch.Finality != "12", c.Profiles["generic"].RetryWindow != reconcile.Hour,
		c.Profiles["generic"].Attempts != 9:
		t.Errorf("%+v", c)
	}
}

// TestMistakes: the whole message, since it is all that a person gets: the place,
// what is wrong and what was probably meant.
// TestRatesAtPar: without rates a dollar coin is worth a dollar, or nothing would be dust.
func TestRatesAtPar(t *testing.T) {
	for _, c := range []struct{ section, usdt, usdc string }{
		{"", "1", "1"},
		{"policy: {rates: {USD: {usdt: \"0.99\"}}}\n", "0.99", "1"},
		{"currency: EUR\n", "", ""},
	} {
		got, err := load(t, good+c.section)
		if err != nil {
			t.Fatal(err)
		}
		if usdt, usdc := got.Policy.Rates["USDT"], got.Policy.Rates["USDC"]; usdt.String() != c.usdt || usdc.String() != c.usdc {
			t.Errorf("%q: USDT %s, USDC %s", c.section, usdt, usdc)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Setenv("EMPTY", "")
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("USER_NAME", "me")
	for name, content := range map[string]string{
		"empty":       "\n",
		"chains.yaml": "chains: [{id: \"eip155:999\", aliases: [test], finality: sooon}]\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const literalCredentials = "credentials are not written into the configuration: use ${NAME} for the URL or for the part that is secret"
	for _, m := range []struct{ from, to, want string }{
		{"merchant: demo", "merchent: demo", `tieout.yaml: merchant: is missing; it names whose payments these are
tieout.yaml line 2 column 1: unknown key "merchent"; did you mean merchant?`},
		{"{to: out}", "{to: out, q: 1}", `tieout.yaml line 7 column 20: unknown key "q"; there are formats, to`},
		{"merchant: demo", "merchant: demo\nmerchant: other", `tieout.yaml line 3 column 1: mapping key "merchant" already defined at [2:1]`},
		{"version: 1\n", "", "tieout.yaml: version: 1 is missing"},
		{"merchant: demo", "merchant: \"\"", "tieout.yaml: merchant: is missing; it names whose payments these are"},
		{"orders:\n  - {name: shop, files: [\"shop-*.csv\"]}", "orders: []", "tieout.yaml: orders: is missing; at least one order book is needed"},
		{"version: 1", "version: 2", "tieout.yaml line 1 column 10: version 1 is the only one"},
		{good, "", "tieout.yaml: the file is empty"},
		{good, "- 1\n- 2\n", "tieout.yaml line 1 column 1: a mapping of keys is expected here"},
		{"{to: out}", "{to: out", `tieout.yaml line 7 column 10: could not find flow mapping end token '}'`},
		{"{to: out}", "out", "tieout.yaml line 7 column 10: a mapping of keys is expected here"},
		{"merchant: demo", "merchant: [demo]", "tieout.yaml line 2 column 11: a single value is expected here"},
		{"merchant: demo", "merchant: &m demo\ncurrency: *m", `tieout.yaml line 2 column 11: anchors, aliases and merge keys are not read here; write the value out
tieout.yaml line 3 column 11: anchors, aliases and merge keys are not read here; write the value out`},
		{"merchant: demo", "merchant: !!str demo", "tieout.yaml line 2 column 11: tags such as !!str are not read here; write the plain value"},

		{"merchant: demo", "merchant: ${NOT_SET_ANYWHERE}", "tieout.yaml line 2 column 11: the environment variable NOT_SET_ANYWHERE is not set"},
		{"merchant: demo", "merchant: \"${OPEN\"", "tieout.yaml line 2 column 11: ${ is not closed; write $${ for a literal ${"},
		{"version: 1", "webhooks: [{name: w, files: [x], secret: hunter22}]\nversion: 1", "tieout.yaml line 1 column 42: a secret is not written into the configuration: use ${NAME}, or the key with _file at its end"},
		{"version: 1", "webhooks: [{name: w, files: [x], secret: \"${EMPTY}\"}]\nversion: 1", "tieout.yaml line 1 column 42: the secret is empty"},
		{"version: 1", "webhooks: [{name: w, files: [x], secret_file: empty}]\nversion: 1", "tieout.yaml line 1 column 47: the secret in empty is empty"},
		{"version: 1", "webhooks: [{name: w, files: [x], secret_file: none}]\nversion: 1", "tieout.yaml line 1 column 47: the secret cannot be read: open " + dir + "/none: no such file or directory"},

		{"version: 1", "webhooks: [{name: w, files: [x], secrets: [{from: 2026-03-01T00:00:00Z}]}]\nversion: 1", "tieout.yaml line 1 column 44: secret: or secret_file: is missing; without it signatures would go unchecked"},
		{"version: 1", "webhooks: [{name: w, files: [x], secrets: [{secret: }]}]\nversion: 1", "tieout.yaml line 1 column 52: the secret is empty"},
		{"version: 1", "webhooks: [{name: w, files: [x], secrets: [{secret: hunter22}]}]\nversion: 1", "tieout.yaml line 1 column 53: a secret is not written into the configuration: use ${NAME}, or the key with _file at its end"},
		{`files: ["t.csv"], chain: ethereum`, `source: evm, endpoints: ["https://me:hunter22@node/v1"], chain: ethereum`, "tieout.yaml line 6 column 44: " + literalCredentials},
		{`files: ["t.csv"], chain: ethereum`, `source: evm, endpoints: ["https://hunter22@node?x=@"], chain: ethereum`, "tieout.yaml line 6 column 44: " + literalCredentials},
		{`files: ["t.csv"], chain: ethereum`, `source: evm, endpoints: ["https://${USER_NAME}:hunter22@node"], chain: ethereum`, "tieout.yaml line 6 column 44: " + literalCredentials},
		{`files: ["t.csv"], chain: ethereum`, `source: evm, endpoints: ["https://me:$${x}@node"], chain: ethereum`, "tieout.yaml line 6 column 44: " + literalCredentials},
		{"version: 1", "assets: {files: [chains.yaml]}\nversion: 1", "chains.yaml line 1 column 56: finalized, or a number of confirmations, is expected"},

		{"name: shop,", "name: shop, provider: blockatmm,", `tieout.yaml line 4 column 28: no provider is called "blockatmm"; did you mean blockatm?`},
		{"name: shop,", "name: shop, book: merchnt,", `tieout.yaml line 4 column 24: "merchnt" is not possible here; did you mean merchant?`},
		{"name: shop,", "name: shop, book: refund,", "tieout.yaml line 4 column 24: \"refund\" is not possible here; did you mean refunds?"},
		{"name: shop,", "name: shop, sql: {dsn: x},", "tieout.yaml line 4 column 29: postgres://, mysql:// or sqlite:// and what is behind it is expected here, as in mysql://user:password@host:3306/shop\n" +
			"tieout.yaml line 4 column 33: files: does not go with sql:"},
		{`files: ["shop-*.csv"]`, "sql: {query: select 1}", `tieout.yaml line 4 column 23: sql: needs dsn: (or dsn_file:), a URL such as "${SHOP_DSN}"`},
		{`files: ["shop-*.csv"]`, `sql: {dsn: "sqlite://shop.db"}`, "tieout.yaml line 4 column 23: sql: needs query: one SELECT whose columns are named as in a file of orders"},
		{`files: ["shop-*.csv"]`, `sql: {dsn: "sqlite://shop.db", query: drop table orders}`, "tieout.yaml line 4 column 56: the query cannot be used: it is no SELECT: a query that reads orders is expected"},
		{`files: ["shop-*.csv"]`, `sql: {dsn: "sqlite://shop.db", query: select 1, timeout: soon}`, `tieout.yaml line 4 column 75: "soon" is no duration: write 90s, 15m, 26h36m or 7d`},
		{`files: ["shop-*.csv"]`, `sheet: x, sql: {dsn: "sqlite://shop.db", query: select 1}`, "tieout.yaml line 4 column 18: sheet: does not go with sql:"},
		{`files: ["shop-*.csv"]`, `sql: {dsn: "mysql://me:hunter22@db/x", query: select 1}`, "tieout.yaml line 4 column 29: " + literalCredentials},
		{`files: ["shop-*.csv"]`, `sql: {dsn: "postgres://db/x?password=hunter22", query: select 1}`, "tieout.yaml line 4 column 29: " + literalCredentials},
		{`files: ["shop-*.csv"]`, `sql: {dsn: "postgres://db:port/x", query: select 1}`, "tieout.yaml line 4 column 29: the URL cannot be read; write what is special in a password as %40 and the like"},
		{"name: chain,", "name: shop,", `tieout.yaml line 6 column 12: the source on line 4 is called "shop" too; each needs a name of its own`},
		{`files: ["shop-*.csv"]`, "book: merchant", `tieout.yaml line 4 column 5: the source "shop" needs files: a list of paths and globs`},
		{`files: ["shop-*.csv"]`, `files: ["gs://bucket/x.csv"]`, "tieout.yaml line 4 column 26: gs:// is not available; use a local path or s3://bucket/key"},
		{`files: ["shop-*.csv"]`, `files: ["s3:/bucket/x.csv"]`, "tieout.yaml line 4 column 26: s3://bucket/key is expected"},
		{`files: ["shop-*.csv"]`, `files: ["s3://key:secret@host/x.csv"]`, "tieout.yaml line 4 column 26: s3://bucket/key is expected; endpoint, region and credentials come from the AWS_ environment"},
		{"chain: ethereum", "chain: etherium", `tieout.yaml line 6 column 44: the chain "etherium" is not in the asset table; did you mean ethereum?`},
		{"assets: [usdt]", "assets: [usdx]", `tieout.yaml line 6 column 63: the asset "usdx" is not in the asset table of eip155:1; assets: {files: [...]} adds to it`},
		{"chain: ethereum, assets: [usdt]", "assets: [native]", "tieout.yaml line 6 column 46: the native coin cannot be told: the source needs chain:, and the asset table its native coin"},
		{"assets: [usdt]", "endpoints: [\"http://localhost:1\"]", "tieout.yaml line 6 column 54: endpoints: is for source: evm, tron and etherscan only"},
		{"chain: ethereum", "source: tron, endpoints: [\"http://localhost:1\"], chain: tron", "tieout.yaml line 6 column 19: files: is for source: csv only"},
		{`files: ["t.csv"], chain: ethereum`, `source: etherscan, endpoints: ["http://localhost:1", "http://localhost:2"], chain: ethereum`, `tieout.yaml line 6 column 5: the source "chain" needs one endpoint: [{url: "https://api.etherscan.io/v2/api", key: "${ETHERSCAN_KEY}"}]`},
		{`files: ["t.csv"], chain: ethereum`, `source: etherscan, endpoints: ["http://localhost:1"], verify: quorum, chain: ethereum`, `tieout.yaml line 6 column 5: the source "chain" cannot have verify: quorum, which needs nodes: use source: evm`},
		{`files: ["t.csv"], chain: ethereum`, `source: etherscan, endpoints: ["http://localhost:1"], chain: tron`, "tieout.yaml line 6 column 5: source: etherscan cannot read tron:0x2b6653dc"},
		{`files: ["t.csv"], chain: ethereum`, "source: tron, chain: tron", `tieout.yaml line 6 column 5: the source "chain" needs endpoints: a list of JSON-RPC URLs, or {url: ..., api: trongrid}`},
		{`files: ["t.csv"], chain: ethereum`, `source: tron, endpoints: ["http://localhost:1"], chain: ethereum`, "tieout.yaml line 6 column 5: source: tron cannot read eip155:1; use source: evm, or source: csv with an export of it"},
		{`files: ["t.csv"], chain: ethereum`, `source: tron, endpoints: ["http://localhost:1"], verify: quorum, chain: tron`, `tieout.yaml line 6 column 5: the source "chain" needs a second endpoint for verify: quorum, best of another operator`},
		{`files: ["t.csv"], chain: ethereum`, `source: tron, endpoints: ["http://localhost:1"], verify: proof, chain: tron`, `tieout.yaml line 6 column 5: the source "chain" cannot have verify: proof, since TRON's nodes prove nothing of the past; use none, basic or quorum`},
		{`files: ["t.csv"], chain: ethereum, assets: [usdt]`, `source: tron, endpoints: ["http://localhost:1"], assets: [native], chain: tron`, `tieout.yaml line 6 column 5: source: tron does not read the native coin; use source: csv with an export of it`},
		{`files: ["t.csv"], chain: ethereum`, `source: tron, endpoints: [{api: trongrid}], chain: tron`, "tieout.yaml line 6 column 45: an endpoint needs its url"},
		{`files: ["t.csv"], chain: ethereum`, `source: tron, endpoints: [{url: "http://localhost:1", key: hunter22}], chain: tron`, "tieout.yaml line 6 column 78: a secret is not written into the configuration: use ${NAME}, or the key with _file at its end"},
		{`files: ["t.csv"], chain: ethereum`, `source: tron, endpoints: [{url: "http://localhost:1", api: grid}], chain: tron`, `tieout.yaml line 6 column 78: "grid" is not possible here; there are jsonrpc, trongrid`},
		{`files: ["t.csv"], chain: ethereum`, `source: evm, endpoints: [{url: "http://localhost:1", api: trongrid}], chain: ethereum`, `tieout.yaml line 6 column 5: the source "chain" has an endpoint with key: or api:, which are for source: tron and etherscan`},
		{`files: ["t.csv"]`, "source: evm", `tieout.yaml line 6 column 5: the source "chain" needs endpoints: a list of JSON-RPC URLs`},
		{"files: [\"t.csv\"], chain: ethereum", "source: evm, endpoints: [\"localhost:1\"], chain: ethereum", "tieout.yaml line 6 column 44: an endpoint is an http:// or https:// URL"},
		{`files: ["t.csv"], chain: ethereum`, "source: evm, endpoints: [\"http://localhost:1\"], only: {asset: [x]}, chain: ethereum", "tieout.yaml line 6 column 67: only: is for source: csv only"},
		{"chain: ethereum", "source: evm, endpoints: [\"http://localhost:1\"], chain: ethereum", "tieout.yaml line 6 column 19: files: is for source: csv only"},
		{`files: ["t.csv"], chain: ethereum`, `source: evm, endpoints: ["http://localhost:1"], verify: quorum, chain: ethereum`, "tieout.yaml line 6 column 5: the source \"chain\" needs a second endpoint for verify: quorum, best of another operator"},
		{"assets: [usdt]", "covers: {from: 2026-03-18T00:00:00Z, to: 2026-03-17T00:00:00Z}", "tieout.yaml line 6 column 62: covers needs from before to"},
		{"assets: [usdt]", "covers: {from: yesterday, to: 2026-03-17T00:00:00Z}", "tieout.yaml line 6 column 69: a time such as 2026-03-17T00:00:00Z is expected"},
		{"assets: [usdt]", "addresses: [TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u]", `tieout.yaml line 6 column 66: address "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u" has a wrong checksum`},

		{"version: 1", "window: {lookback: 3 days}\nversion: 1", `tieout.yaml line 1 column 20: "3 days" is no duration: write 90s, 15m, 26h36m or 7d`},
		{"version: 1", "window: {lookback: 0s}\nversion: 1", "tieout.yaml line 1 column 20: the lookback cannot be zero: a run judges that much time before the end of its business date"},
		{"version: 1", "timezone: Mars/Base\nversion: 1", `tieout.yaml line 1 column 11: "Mars/Base" is no IANA time zone such as Etc/UTC or Europe/Berlin`},
		{"version: 1", "policy: {tolerance: {percent: \"101\"}}\nversion: 1", "tieout.yaml line 1 column 31: a percentage between 0 and 100 with at most 6 decimals is expected"},
		{"version: 1", "policy: {dust: 1e-2}\nversion: 1", `tieout.yaml line 1 column 16: "1e-2" is not an amount: it is in scientific notation: the export has lost digits or needs another format`},
		{"version: 1", "policy: {rates: {EUR: {USDT: 1}}}\nversion: 1", "tieout.yaml line 1 column 18: rates are in EUR, the reference currency is USD"},
		{"version: 1", "policy: {finality: soon}\nversion: 1", "tieout.yaml line 1 column 20: finalized, or a number of confirmations, is expected"},
		{"version: 1", "policy: {assets: {usdx: {dust: 1}}}\nversion: 1", `tieout.yaml line 1 column 19: the asset "usdx" is not in the asset table`},
		{"version: 1", "policy: {providers: {stripe: {accepts: 200}}}\nversion: 1", `tieout.yaml line 1 column 22: no provider is called "stripe"; there are blockatm, bvnk, generic`},
		{"version: 1", "policy: {providers: {bvnk: {accepts: 404}}}\nversion: 1", `tieout.yaml line 1 column 38: "404" is not possible here; there are 200, 2xx`},
		{"version: 1", "cache: x\nversion: 1", "tieout.yaml line 1 column 8: the chunk cache is not available yet in this version"},
		{"version: 1", "state: x.db\nversion: 1", "tieout.yaml line 1 column 8: sqlite:///path or a postgres:// URL is expected here"},
		{"version: 1", "state: sqlite://\nversion: 1", "tieout.yaml line 1 column 8: sqlite:///path or a postgres:// URL is expected here"},
		{"version: 1", "state: \"postgres://me:hunter22@db/x\"\nversion: 1", "tieout.yaml line 1 column 8: " + literalCredentials},
		{"version: 1", "state: \"postgres://db/x?password=hunter22\"\nversion: 1", "tieout.yaml line 1 column 8: " + literalCredentials},
		{"reports: {to: out}", "", "tieout.yaml: reports: {to: ...} is missing; it says where the reports go"},
		{"to: out", "to: s3://bucket/x", "tieout.yaml: state: is missing; with reports in a bucket, state: in the configuration says where the state lies, sqlite:///path or a postgres:// URL"},
		{"to: out", "to: azblob://bucket/x", "tieout.yaml line 7 column 15: azblob:// is not available; use a local path or s3://bucket/key"},
		{"to: out", "to: out, formats: [html]", `tieout.yaml line 7 column 30: the format "html" is not there yet in this version: use csv, xlsx, json`},
	} {
		if err := os.WriteFile("tieout.yaml", []byte(strings.Replace(good, m.from, m.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load("tieout.yaml", builtin)
		if diff := cmp.Diff(m.want, fmt.Sprint(err)); diff != "" {
			t.Errorf("%s: want (-), got (+)\n%s", m.to, diff)
		}
	}
}

// TestOrderOfKeys: what is said of one provider or chain counts more than what is
// said in general, wherever it stands.
func TestOrderOfKeys(t *testing.T) {
	for _, policy := range []string{
		"policy: {default_expiry: 20m, finality: 30, providers: {bvnk: {default_expiry: 1h}}, chains: {bsc: {finality: 15}}}\n",
		"policy: {providers: {bvnk: {default_expiry: 1h}}, chains: {bsc: {finality: 15}}, finality: 30, default_expiry: 20m}\n",
	} {
		c, err := load(t, policy+good)
		if err != nil {
			t.Fatal(err)
		}
		bsc, _ := c.Catalogue.Chain("bsc")
		eth, _ := c.Catalogue.Chain("eth")
		if c.Profiles["bvnk"].DefaultExpiry != reconcile.Hour || c.Profiles["generic"].DefaultExpiry != 20*reconcile.Minute || bsc.Finality != "15" || eth.Finality != "30" {
			t.Errorf("%s: %+v %+v", policy, bsc, eth)
		}
	}
}

// TestProfileFile: a provider that is not built in is a profile file, and its
// content is part of what the report says it was configured with.
func TestProfileFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("acme.yaml", strings.Replace(profileYAML, "generic", "acme", 1))
	path := write("tieout.yaml", strings.Replace(good, "name: shop,", "name: shop, provider: acme.yaml,", 1)+
		"webhooks: [{name: w, provider: acme.yaml, files: [x]}]\npolicy: {providers: {acme: {keeps_expired: true}}}\n")
	c, err := Load(path, builtin)
	if err != nil {
		t.Fatal(err)
	}
	if c.Orders[0].Provider != "acme" || c.Webhooks[0].Provider != "acme" || !c.Policy.Profiles["acme"].KeepsExpired {
		t.Errorf("%+v", c.Orders[0])
	}
	before := c.SHA256
	write("acme.yaml", strings.Replace(profileYAML, "generic", "acme", 1)+"support: Acme\n")
	if c, err = Load(path, builtin); err != nil || c.SHA256 == before {
		t.Errorf("another profile gives the same hash; %v", err)
	}
	write("acme.yaml", profileYAML)
	if _, err = Load(path, builtin); err == nil || !strings.Contains(err.Error(), `the profile in acme.yaml is called "generic" like another one`) {
		t.Error(err)
	}
}

func TestEscapedDollar(t *testing.T) {
	c, err := load(t, strings.Replace(good, "merchant: demo", "merchant: \"a$${b}$c\"", 1))
	if err != nil || c.Merchant != "a${b}$c" {
		t.Errorf("%q %v", c.Merchant, err)
	}
}

func TestSecretsStayHidden(t *testing.T) {
	t.Setenv("HOOK_SECRET", "canary-1234")
	c, err := load(t, good+"webhooks:\n  - {name: w, files: [x], secret: \"${HOOK_SECRET}\"}\n")
	if err != nil || c.Webhooks[0].Secrets[0].Secret.Reveal() != "canary-1234" {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("loaded", "secret", c.Secrets[0])
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{log.String(), string(encoded), fmt.Sprintf("%v %+v %#v %s %q %x %d", c.Secrets, c.Webhooks, c, c.Secrets, c.Secrets, c.Secrets, c.Secrets)} {
		if strings.Contains(shown, "canary") || strings.Contains(shown, fmt.Sprintf("%x", "canary")) {
			t.Error(shown)
		}
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

// TestEndpoints: what is secret comes from the environment, and a URL without
// credentials may be written out.
func TestEndpoints(t *testing.T) {
	t.Setenv("NODE_URL", "https://me:canary@node/v2/key?token=x")
	t.Setenv("NODE_PASSWORD", "canary")
	for text, want := range map[string]string{
		"${NODE_URL}":                      "https://me:canary@node/v2/key?token=x",
		"https://me:${NODE_PASSWORD}@node": "https://me:canary@node",
		"https://${NODE_PASSWORD}@node":    "https://canary@node",
		"http://localhost:8545/rpc?a=b@c":  "http://localhost:8545/rpc?a=b@c",
		"http://localhost/@me:x":           "http://localhost/@me:x",
	} {
		c, err := load(t, strings.Replace(good, `files: ["t.csv"]`, fmt.Sprintf("source: evm, endpoints: [%q]", text), 1))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.Transfers[0].Endpoints[0].URL.Reveal(); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
