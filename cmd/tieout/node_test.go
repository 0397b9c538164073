package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/sources/evm/evmtest"
)

// TestAgainstARealNode pays orders on a real node, runs the whole program over
// HTTP, and checks the report row by row.
func TestAgainstARealNode(t *testing.T) {
	n := evmtest.Start(t)
	token := n.DeployToken()
	address := func(i int) string { return fmt.Sprintf("0x%040x", 0xca5e0000+i) }
	var orders []string
	order := func(i int, status, txid string) {
		orders = append(orders, fmt.Sprintf("%d,S-%d,%s,dev,TUSD,100,%s,%s,2026-03-02T07:00:00Z,2026-03-02T10:00:00Z", i, i, status, txid, address(i)))
	}
	const whole = 100_000_000
	exact := n.Pay(token, address(1), whole)
	order(1, "paid", exact.TXID)
	over := n.Pay(token, address(2), whole+500_000)
	order(2, "paid", over.TXID)
	under := n.Pay(token, address(3), whole-1)
	order(3, "paid", under.TXID)
	first, second := n.Pay(token, address(4), 60_000_000), n.Pay(token, address(4), 40_000_000)
	order(4, "paid", first.TXID+"|"+second.TXID)
	elsewhere := n.Pay(token, address(99), whole)
	order(5, "paid", elsewhere.TXID)
	failed := n.PayTooMuch(token, address(6))
	order(6, "paid", failed.TXID)
	order(7, "paid", "")
	lost := n.Pay(token, address(8), whole)
	order(8, "expired", "")
	order(9, "paid", "0x"+strings.Repeat("ab", 32))
	n.Mine(1)
	n.Finalize()
	last := n.Pay(token, address(10), whole)
	order(10, "paid", last.TXID)

	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("orders.csv", "order_id,order_no,status,chain,asset,amount_due,txid,pay_to,created_at,expires_at\n"+strings.Join(orders, "\n")+"\n")
	write("assets.yaml", fmt.Sprintf("assets:\n  - {key: tusd, id: \"eip155:1337/erc20:%s\", symbol: TUSD, decimals: 6}\n", token))
	write("tieout.yaml", `version: 1
merchant: node
assets: {files: [assets.yaml]}
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: dev, source: evm, chain: dev, endpoints: ["${TIEOUT_TEST_NODE}"]}]
policy: {confirmation_grace: 0s}
reports: {to: out}
`)
	t.Setenv("TIEOUT_TEST_NODE", n.URL)
	t.Chdir(dir)
	// The window ends between the finalized payments and the last one, whose block
	// is not final.
	to := lost.Time.Add(time.Second)
	var out, errs bytes.Buffer
	status := execute(context.Background(), []string{"run", "--from", "2026-03-02T06:00:00Z", "--to", to.Format(time.RFC3339)}, streams{strings.NewReader(""), &out, &errs})
	if status != 0 {
		t.Fatalf("status %d\n%s\n%s", status, &out, &errs)
	}
	found, err := filepath.Glob(filepath.Join("out", "*", "orders.csv"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	got := map[string]string{}
	for _, row := range readCSV(t, found[0]) {
		got[row["order_no"]] = strings.TrimSpace(row["outcome"] + " " + row["kinds"] + " " + row["received"] + " " + row["state"])
	}
	want := map[string]string{
		"S-1": "agreed  100", "S-2": "break overpaid 100.5", "S-3": "break underpaid 99.999999", "S-4": "agreed  100",
		"S-5": "break wrong_address 0", "S-6": "break failed_transaction 0", "S-7": "break missing_transfer 0", "S-8": "break lost_order 100",
		"S-9": "break txid_not_found 0", "S-10": "open  0 cut_off",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, &out)
	}
}

// TestNodeWithoutAddresses: books that name no receiving address leave a node with
// nothing to look at. That is no empty chain, so nobody is called unpaid.
func TestNodeWithoutAddresses(t *testing.T) {
	n := evmtest.Start(t)
	token := n.DeployToken()
	paid := n.Pay(token, fmt.Sprintf("0x%040x", 0xca5e0001), 100_000_000)
	n.Mine(2)
	n.Finalize()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"orders.csv":  "order_id,order_no,status,chain,asset,amount_due,created_at\n1,S-1,paid,dev,TUSD,100,2026-03-02T08:00:00Z\n",
		"assets.yaml": fmt.Sprintf("assets:\n  - {key: tusd, id: \"eip155:1337/erc20:%s\", symbol: TUSD, decimals: 6}\n", token),
		"tieout.yaml": `version: 1
merchant: node
assets: {files: [assets.yaml]}
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: dev, source: evm, chain: dev, endpoints: ["${TIEOUT_TEST_NODE}"]}]
reports: {to: out}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TIEOUT_TEST_NODE", n.URL)
	t.Chdir(dir)
	var out, errs bytes.Buffer
	status := execute(context.Background(), []string{"run", "--from", "2026-03-02T07:00:00Z", "--to", paid.Time.Add(time.Second).Format(time.RFC3339)}, streams{strings.NewReader(""), &out, &errs})
	if status != 3 || !strings.Contains(out.String(), "no receiving address is known") {
		t.Errorf("status %d\n%s\n%s", status, &out, &errs)
	}
	found, err := filepath.Glob(filepath.Join("out", "*", "orders.csv"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if rows := readCSV(t, found[0]); len(rows) != 1 || rows[0]["outcome"] != "undetermined" {
		t.Errorf("%v", rows)
	}
}

// readCSV reads a report file by its header.
func readCSV(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}
