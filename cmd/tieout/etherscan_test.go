package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// scanner fakes the API for a chain with one payment of 100 TUSD in block 10, of twelve
// seconds a block. empty says that its index has lost it.
func scanner(t *testing.T, token, shop string, empty bool) string {
	const start = 1772438400 // 2026-03-02T08:00:00Z
	txid, hash := "0x"+strings.Repeat("01", 32), "0x"+strings.Repeat("0b", 32)
	word := func(address string) string { return "0x" + strings.Repeat("0", 24) + address[2:] }
	row := func(block int, tx, to string) string {
		return fmt.Sprintf(`{"blockNumber":"%d","timeStamp":"%d","hash":%q,"blockHash":%q,"from":"0x%040x","contractAddress":%q,"to":%q,"value":"100000000"}`, block, start+12*block, tx, hash, 7, token, to)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var block, first, last int
		_, _ = fmt.Sscanf(q.Get("tag"), "0x%x", &block)
		_, _ = fmt.Sscan(q.Get("startblock")+" "+q.Get("endblock"), &first, &last)
		switch {
		case q.Get("apikey") != "scan-k3y":
			fmt.Fprintf(w, `{"status":"0","message":"NOTOK","result":"Invalid API Key %s"}`, q.Get("apikey"))
		case q.Get("action") == "eth_blockNumber":
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":"0x200"}`)
		case q.Get("action") == "eth_getBlockByNumber":
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":1,"result":{"number":"0x%x","timestamp":"0x%x"}}`, block, start+12*block)
		case q.Get("action") == "eth_getTransactionReceipt" && q.Get("txhash") == txid:
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":1,"result":{"transactionHash":%q,"blockHash":%q,"blockNumber":"0xa","status":"0x1","logs":[{"address":%q,"topics":["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",%q,%q],"data":"0x%064x","logIndex":"0x3"}]}}`,
				txid, hash, token, word(fmt.Sprintf("0x%040x", 7)), word(shop), 100000000)
		case q.Get("action") == "eth_getTransactionReceipt":
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":null}`)
		case q.Get("address") == "":
			fmt.Fprintf(w, `{"status":"1","message":"OK","result":[%s]}`, row(300, "0x"+strings.Repeat("02", 32), token))
		case q.Get("address") != shop || first > 10 || last < 10 || empty && q.Get("sort") == "asc":
			fmt.Fprint(w, `{"status":"0","message":"No transactions found","result":[]}`)
		default:
			fmt.Fprintf(w, `{"status":"1","message":"OK","result":[%s]}`, row(10, txid, shop))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestEtherscan runs the whole program over a faked API: the payment is found, what was
// not paid is missing, and where its lists contradict one another nothing is.
func TestEtherscan(t *testing.T) {
	token, shop := "0x"+strings.Repeat("cc", 20), fmt.Sprintf("0x%040x", 0xca5e0001)
	for name, c := range map[string]struct {
		empty  bool
		status int
		want   map[string]string
	}{
		"honest":     {false, 0, map[string]string{"S-1": "agreed", "S-2": "break"}},
		"forgetting": {true, 3, map[string]string{"S-1": "undetermined"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SCAN", scanner(t, token, shop, c.empty))
			t.Setenv("SCAN_KEY", "scan-k3y")
			t.Chdir(t.TempDir())
			for file, content := range map[string]string{
				"orders.csv": "order_id,order_no,status,chain,asset,amount_due,pay_to,created_at,expires_at\n" +
					"1,S-1,paid,dev,TUSD,100," + shop + ",2026-03-02T07:55:00Z,2026-03-02T08:30:00Z\n" +
					fmt.Sprintf("2,S-2,paid,dev,TUSD,100,0x%040x,2026-03-02T07:55:00Z,2026-03-02T08:30:00Z\n", 0xca5e0002),
				"assets.yaml": fmt.Sprintf("assets:\n  - {key: tusd, id: \"eip155:1337/erc20:%s\", symbol: TUSD, decimals: 6}\n", token),
				"tieout.yaml": `version: 1
merchant: scan
assets: {files: [assets.yaml]}
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: dev, source: etherscan, chain: dev, endpoints: [{url: "${SCAN}", key: "${SCAN_KEY}"}]}]
policy: {confirmation_grace: 0s, payment_window: {after_expiry: 0s}}
reports: {to: out}
`} {
				if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out, errs bytes.Buffer
			status := execute(context.Background(), []string{"run", "--from", "2026-03-02T07:50:00Z", "--to", "2026-03-02T08:40:00Z"}, streams{strings.NewReader(""), &out, &errs})
			found := readCSV(t, "out/2026-03-02T075000Z--2026-03-02T084000Z/orders.csv")
			for _, row := range found {
				if want := c.want[row["order_no"]]; want != "" && row["outcome"] != want {
					t.Errorf("%s: %s %s, want %s\n%s", row["order_no"], row["outcome"], row["kinds"], want, &out)
				}
			}
			if status != c.status || strings.Contains(out.String()+errs.String(), "scan-k3y") {
				t.Errorf("status %d\n%s\n%s", status, &out, &errs)
			}
		})
	}
}
