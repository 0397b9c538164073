package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/sources/tron/trontest"
)

// tronDay is a faked TRON with orders that were paid on it, in one way each.
type tronDay struct {
	*trontest.Chain
	orders []string
	to     time.Time
}

const tronUSDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"

func newTronDay() *tronDay {
	d := &tronDay{Chain: trontest.New()}
	const whole = 100_000000
	address := func(i int) string { return trontest.Address(fmt.Sprint("order ", i)) }
	pay := func(i int, values ...int64) string {
		var list []trontest.Transfer
		for _, v := range values {
			list = append(list, trontest.Transfer{Token: tronUSDT, From: trontest.Address("customer"), To: address(i), Value: v})
		}
		defer d.Mine(2)
		return d.Pay(list...).ID
	}
	order := func(i int, status, txid string) {
		d.orders = append(d.orders, fmt.Sprintf("%d,T-%d,%s,tron,USDT,100,%s,%s,2026-03-02T07:00:00Z,2026-03-02T10:00:00Z", i, i, status, txid, address(i)))
	}
	d.Mine(1)
	order(1, "paid", pay(1, whole))
	order(2, "paid", "0x"+pay(2, whole+500_000))
	order(3, "paid", pay(3, whole-1))
	order(4, "paid", pay(4, whole/2, whole/2)) // two alike in one transaction
	order(5, "paid", pay(99, whole))
	order(6, "paid", d.Fail().ID)
	order(7, "paid", "")
	pay(8, whole)
	order(8, "expired", "")
	order(9, "paid", strings.Repeat("ab", 32))
	d.Mine(5)
	d.Solidify()
	d.to = d.Time(d.Head())
	d.Mine(5)
	order(10, "paid", pay(10, whole))
	return d
}

var tronVerdicts = map[string]string{
	"T-1": "agreed  100", "T-2": "break overpaid 100.5", "T-3": "break underpaid 99.999999", "T-4": "agreed  100", "T-5": "break wrong_address 0",
	"T-6": "break failed_transaction 0", "T-7": "break missing_transfer 0", "T-8": "break lost_order 100", "T-9": "break txid_not_found 0", "T-10": "open  0 cut_off",
}

// run runs the program over the day, with these endpoints, and returns what became of
// each order.
func (d *tronDay) run(t *testing.T, endpoints, verify string) (status int, verdicts map[string]string, out string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"orders.csv": "order_id,order_no,status,chain,asset,amount_due,txid,pay_to,created_at,expires_at\n" + strings.Join(d.orders, "\n") + "\n",
		"tieout.yaml": `version: 1
merchant: tron
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: tron, source: tron, chain: tron, assets: [usdt], verify: ` + verify + `, endpoints: ` + endpoints + `}]
policy: {confirmation_grace: 0s}
reports: {to: out}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	status = execute(context.Background(), []string{"run", "--from", "2026-03-02T06:00:00Z", "--to", d.to.Format(time.RFC3339)}, streams{strings.NewReader(""), &stdout, &stderr})
	verdicts = map[string]string{}
	found, err := filepath.Glob(filepath.Join("out", "*", "orders.csv"))
	if err != nil || len(found) != 1 {
		return status, verdicts, stdout.String() + stderr.String()
	}
	for _, row := range readCSV(t, found[0]) {
		verdicts[row["order_no"]] = strings.TrimSpace(row["outcome"] + " " + row["kinds"] + " " + row["received"] + " " + row["state"])
	}
	return status, verdicts, stdout.String() + stderr.String()
}

// TestTron pays orders on a faked network and runs the whole program over HTTP, over
// JSON-RPC, over TronGrid and over both: the verdicts are the same.
func TestTron(t *testing.T) {
	d := newTronDay()
	t.Setenv("TRON_NODE", trontest.Lies(t, d.Node(), 0, nil).URL)
	t.Setenv("TRON_GRID", trontest.Lies(t, d.Grid("k3y-of-the-grid"), 0, nil).URL)
	t.Setenv("TRON_KEY", "k3y-of-the-grid")
	const node, grid = `"${TRON_NODE}"`, `{url: "${TRON_GRID}", api: trongrid, key: "${TRON_KEY}"}`
	for name, c := range map[string]struct{ endpoints, verify string }{
		"a node":                                 {"[" + node + "]", "basic"},
		"TronGrid":                               {"[" + grid + "]", "basic"},
		"both":                                   {"[" + node + ", " + grid + "]", "quorum"},
		"the key is wrong, so the node is asked": {"[" + strings.Replace(grid, "${TRON_KEY}", "${TRON_NODE}", 1) + ", " + node + "]", "basic"},
	} {
		t.Run(name, func(t *testing.T) {
			status, verdicts, out := d.run(t, c.endpoints, c.verify)
			if diff := cmp.Diff(tronVerdicts, verdicts); diff != "" || status != 0 {
				t.Errorf("status %d\n%s\n%s", status, diff, out)
			}
		})
	}
}

// TestTronInSilence: a node that leaves out a payment does not make its order unpaid.
// With nobody beside it that is found out by asking again, with TronGrid by comparing;
// the run is incomplete, and says where.
func TestTronInSilence(t *testing.T) {
	d := newTronDay()
	forgetful := func(l *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if what != "eth_getLogs" || l.Bites > 0 || !bytes.Contains(answer, []byte("logIndex")) {
			return 0, nil, answer
		}
		return 0, nil, []byte(`{"jsonrpc":"2.0","id":$ID,"result":[]}`)
	}
	t.Setenv("TRON_GRID", trontest.Lies(t, d.Grid(""), 0, nil).URL)
	for name, endpoints := range map[string]string{"alone": `["${TRON_NODE}"]`, "with TronGrid": `["${TRON_NODE}", {url: "${TRON_GRID}", api: trongrid}]`} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TRON_NODE", trontest.Lies(t, d.Node(), 0, forgetful).URL)
			status, verdicts, out := d.run(t, endpoints, "basic")
			if status != 3 || !strings.Contains(out, "do not agree on the transfers in transaction") {
				t.Errorf("status %d\n%s", status, out)
			}
			for _, order := range []string{"T-1", "T-2", "T-3", "T-4", "T-7"} {
				if strings.Contains(verdicts[order], "missing_transfer") {
					t.Errorf("%s: %s, though the answers contradict one another", order, verdicts[order])
				}
			}
		})
	}
}

// TestTronDoctor: doctor asks each endpoint, and no key is in what it prints.
func TestTronDoctor(t *testing.T) {
	d := newTronDay()
	t.Setenv("TRON_NODE", trontest.Lies(t, d.Node(), 0, nil).URL)
	t.Setenv("TRON_GRID", trontest.Lies(t, d.Grid("k3y-of-the-grid"), 0, nil).URL)
	t.Setenv("TRON_KEY", "an0ther-key")
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{"orders.csv": "order_id,status\n", "tieout.yaml": `version: 1
merchant: tron
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: tron, source: tron, chain: tron, endpoints: ["${TRON_NODE}", {url: "${TRON_GRID}", api: trongrid, key: "${TRON_KEY}"}]}]
reports: {to: out}
`} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	execute(context.Background(), []string{"doctor"}, streams{strings.NewReader(""), &stdout, &stderr})
	out := stdout.String() + stderr.String()
	for _, line := range []string{"ok      endpoint tron 1: network: tron:0x2b6653dc", "ok      endpoint tron 1: index of logs: ", "failed  endpoint tron 2: network\n", "the key *** is not known"} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is missing in\n%s", line, out)
		}
	}
	if strings.Contains(out, "an0ther-key") || strings.Contains(out, "127.0.0.1") {
		t.Errorf("a secret is printed:\n%s", out)
	}
}
