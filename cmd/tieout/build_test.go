package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/config"
	"tieout/reconcile"
)

// configured writes files into a directory of their own and loads its tieout.yaml.
func configured(t *testing.T, content map[string]string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf, err := config.Load(filepath.Join(dir, "tieout.yaml"), profiles)
	if err != nil {
		t.Fatal(err)
	}
	return conf
}

var march = period{name: "2026-03-17", window: reconcile.Interval{From: reconcile.Instant(1773705600 * int64(reconcile.Second)), To: reconcile.Instant(1773792000 * int64(reconcile.Second))}}

const filesYAML = `version: 1
merchant: demo
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: ethereum, files: [transfers.csv], chain: eip155:1}]
reports: {to: out}
`

// TestFileThatIsStillWritten: what was read of a file that changes meanwhile proves
// nothing.
func TestFileThatIsStillWritten(t *testing.T) {
	const header = "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n"
	conf := configured(t, map[string]string{
		"tieout.yaml": filesYAML, "transfers.csv": header,
		"orders.csv": "order_no,status\nS-1,expired\n",
	})
	for _, still := range []bool{false, true} {
		job, err := buildJob(conf, march, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if still {
			if err := os.WriteFile(filepath.Join(filepath.Dir(conf.Path), "transfers.csv"), []byte(header+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := job.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		if still {
			want = []string{"ethereum: transfers.csv changed while it was read: somebody still writes it"}
		}
		if diff := cmp.Diff(want, out.Document.Result.Incomplete()); diff != "" {
			t.Errorf("still written %v: %s", still, diff)
		}
	}
}

// TestInvariantNote: where the numbers do not add up, the identity that is violated
// stands beside the reports, without secrets; a dry run writes nothing.
func TestInvariantNote(t *testing.T) {
	t.Setenv("HOOK_SECRET", "canary-4711")
	conf := configured(t, map[string]string{"tieout.yaml": filesYAML + "webhooks: [{name: w, files: [x], secret: \"${HOOK_SECRET}\"}]\n"})
	violated := &reconcile.InvariantError{Violations: []string{"USDT: residual 1", "order canary-4711"}}
	note := filepath.Join(conf.ReportsTo, "invariant-2026-03-17.txt")
	c := &command{}
	for _, err := range []error{c.failed(violated, runFlags{dryRun: true}, conf, march), c.failed(errors.New("another"), runFlags{}, conf, march)} {
		if _, absent := os.Stat(note); err == nil || !errors.Is(absent, os.ErrNotExist) {
			t.Errorf("%v: %v", err, absent)
		}
	}
	if err := c.failed(violated, runFlags{}, conf, march); !errors.Is(err, violated) {
		t.Error(err)
	}
	if content, err := os.ReadFile(note); err != nil || string(content) != "USDT: residual 1\norder ***\n" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestNodeOptions: what is configured reaches the source that reads a node.
func TestNodeOptions(t *testing.T) {
	t.Setenv("NODE_URL", "http://127.0.0.1:1/key")
	for _, c := range []struct {
		name, assets, policy string
		confirmations        int
		tokens               string
	}{
		{"nothing said", "", "", 0, "USDC USDT"},
		{"confirmations", "", "policy: {finality: 12}", 12, "USDC USDT"},
		{"confirmations of one chain", "", "policy: {finality: 12, chains: {eth: {finality: 64}}}", 64, "USDC USDT"},
		{"finalized again", "", "policy: {finality: 12, chains: {eth: {finality: finalized}}}", 0, "USDC USDT"},
		{"one token", "assets: [usdt], ", "", 0, "USDT"},
	} {
		conf := configured(t, map[string]string{"tieout.yaml": `version: 1
merchant: demo
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: node, source: evm, ` + c.assets + `chain: eth, endpoints: ["${NODE_URL}", "http://127.0.0.1:2"]}]
reports: {to: out}
` + c.policy + "\n"})
		o := (&builder{conf: conf}).evmOptions(conf.Transfers[0])
		var tokens []string
		for _, a := range o.Assets {
			if a.Chain != "eip155:1" {
				t.Errorf("%s: %s is of another chain", c.name, a.Asset.ID)
			}
			tokens = append(tokens, a.Asset.Symbol)
		}
		slices.Sort(tokens)
		if o.Confirmations != c.confirmations || strings.Join(tokens, " ") != c.tokens || o.Chain != "eip155:1" || o.Verify != "basic" {
			t.Errorf("%s: %d confirmations, %s on %s, %s", c.name, o.Confirmations, tokens, o.Chain, o.Verify)
		}
		if len(o.Endpoints) != 2 || o.Endpoints[0].Name != "node 1" || o.Endpoints[0].URL != "http://127.0.0.1:1/key" {
			t.Errorf("%s: %v", c.name, o.Endpoints)
		}
	}
}
