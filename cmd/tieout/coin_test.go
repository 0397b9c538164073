package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/sources/evm/evmtest"
)

// TestNativeCoinAgainstARealNode pays orders in the native coin, directly and by a
// call inside a transaction, and a token beside it at the level proof.
func TestNativeCoinAgainstARealNode(t *testing.T) {
	n := evmtest.Start(t)
	token, forwarder := n.DeployToken(), n.DeployForwarder()
	address := func(i int) string { return fmt.Sprintf("0x%040x", 0xca5e0000+i) }
	const gwei = 1_000_000_000
	n.Send(address(1), 5*gwei)
	inner := n.Forward(forwarder, "forward", 7*gwei, address(2))
	n.Pay(token, address(4), 3_000_000)
	last := n.Send(address(9), gwei) // nobody's order
	n.Mine(1)
	n.Finalize()
	dir, levels := t.TempDir(), map[string]string{"trace": "proof", "off": "basic"}
	for name, content := range map[string]string{
		"orders.csv": "order_id,order_no,status,chain,asset,amount_due,txid,pay_to,created_at,expires_at\n" +
			fmt.Sprintf("1,S-1,paid,dev,ETH,0.000000005,,%s,2026-03-02T07:00:00Z,2026-03-02T10:00:00Z\n", address(1)) +
			fmt.Sprintf("2,S-2,paid,dev,ETH,0.000000007,%s,%s,2026-03-02T07:00:00Z,2026-03-02T10:00:00Z\n", inner.TXID, address(2)) +
			fmt.Sprintf("3,S-3,paid,dev,ETH,1,,%s,2026-03-02T07:00:00Z,2026-03-02T10:00:00Z\n", address(3)) +
			fmt.Sprintf("4,S-4,paid,dev,TUSD,3,,%s,2026-03-02T07:00:00Z,2026-03-02T10:00:00Z\n", address(4)),
		"assets.yaml": fmt.Sprintf("assets:\n  - {key: tusd, id: \"eip155:1337/erc20:%s\", symbol: TUSD, decimals: 6}\n", token),
		"tieout.yaml": `version: 1
merchant: node
assets: {files: [assets.yaml]}
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: dev, source: evm, chain: dev, assets: [native, tusd], internal: INTERNAL, verify: LEVEL, endpoints: ["${TIEOUT_TEST_NODE}"], addresses: ["` + strings.Join([]string{address(1), address(2), address(3), address(4), address(9)}, `", "`) + `"]}]
policy: {confirmation_grace: 0s}
reports: {to: out-INTERNAL}
`} {
		for internal, level := range levels {
			content := strings.NewReplacer("INTERNAL", internal, "LEVEL", level).Replace(content)
			if err := os.WriteFile(filepath.Join(dir, strings.Replace(name, "tieout", internal, 1)), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("TIEOUT_TEST_NODE", n.URL)
	t.Chdir(dir)
	for internal, want := range map[string]map[string]string{
		"trace": {"S-1": "agreed  0.000000005", "S-2": "agreed  0.000000007", "S-3": "break missing_transfer 0", "S-4": "agreed  3"},
		"off":   {"S-1": "agreed  0.000000005", "S-2": "undetermined  0", "S-3": "undetermined  0", "S-4": "agreed  3"},
	} {
		var out, errs bytes.Buffer
		status := execute(context.Background(), []string{"run", "--config", internal + ".yaml", "--from", "2026-03-02T06:00:00Z", "--to", last.Time.Add(time.Second).Format(time.RFC3339)}, streams{strings.NewReader(""), &out, &errs})
		if complete := internal == "trace"; (status == 0) != complete || !complete && status != 3 {
			t.Fatalf("internal: %s: status %d\n%s\n%s", internal, status, &out, &errs)
		}
		got := map[string]string{}
		for _, row := range readCSV(t, oneFile(t, "out-"+internal, "orders.csv")) {
			got[row["order_no"]] = row["outcome"] + " " + row["kinds"] + " " + row["received"]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("internal: %s: %s", internal, diff)
		}
		var result struct {
			Sources []struct{ Name, Proof string }
		}
		content, err := os.ReadFile(oneFile(t, "out-"+internal, "result.json"))
		if err == nil {
			err = json.Unmarshal(content, &result)
		}
		if err != nil || len(result.Sources) != 2 || result.Sources[1].Proof != levels[internal] {
			t.Errorf("%+v %v", result, err)
		}
	}
}

// TestDoctorsTable shows what an endpoint can do.
func TestDoctorsTable(t *testing.T) {
	n := evmtest.Start(t)
	n.DeployToken()
	n.Finalize()
	t.Setenv("TIEOUT_TEST_NODE", n.URL)
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"orders.csv": "order_id,order_no,status,created_at\n1,S-1,paid,2026-03-02T08:00:00Z\n",
		"tieout.yaml": `version: 1
merchant: node
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: dev, source: evm, chain: dev, assets: [native], endpoints: ["${TIEOUT_TEST_NODE}"], addresses: ["` + n.Payer() + `"]}]
reports: {to: out}
`} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	execute(context.Background(), []string{"doctor"}, streams{strings.NewReader(""), &out, &errs})
	for _, want := range []string{"endpoint", "chain id", "blocks in one eth_getLogs", "past state", "Multicall3", "traces", "eth_getBlockReceipts"} {
		if !strings.Contains(out.String(), "\n        "+want) {
			t.Errorf("no row of the table says %q:\n%s%s", want, &out, &errs)
		}
	}
	t.Log(out.String())
}

// oneFile finds a file of the only report below a directory.
func oneFile(t *testing.T, dir, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", name))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}
