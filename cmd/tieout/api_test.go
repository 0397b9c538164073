package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAgainstProviders runs the whole program against both list APIs. They are fakes
// after the documented shapes; the first lets the list lack an order when lying.
func TestAgainstProviders(t *testing.T) {
	now := time.Now()
	at := func(hours int) time.Time { return now.Add(-time.Duration(hours) * time.Hour) }
	lying, refusing := false, false
	const key, hawkID, hawkKey = "sk-live-cafe0123", "hawk-id-4567", "hawk-secret-89ab"
	blockatm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusing || r.Header.Get("BlockATM-API-Key") != key {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, "unknown key "+r.Header.Get("BlockATM-API-Key"))
			return
		}
		list := []map[string]any{}
		total := 0
		for i, created := range []time.Time{at(60), at(40), at(30)} {
			ms := created.UnixMilli()
			if from, to := r.FormValue("startTime"), r.FormValue("endTime"); strconv.FormatInt(ms, 10) < from || strconv.FormatInt(ms, 10) > to {
				continue
			}
			if total++; r.FormValue("page") == "1" && (!lying || i != 1) {
				list = append(list, map[string]any{"orderNo": fmt.Sprintf("C-%d", i+1), "cashierId": 7, "amount": "100", "symbol": "USDT", "chainId": "1", "status": "SUCCESS",
					"txId": fmt.Sprintf("0x%064x", i+1), "createTime": ms, "updateTime": ms + 60000})
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"code": "200", "success": true, "data": map[string]any{"list": list, "total": total, "page": r.FormValue("page"), "pageSize": 20}})
	}))
	defer blockatm.Close()
	bvnk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), `Hawk id="`+hawkID+`"`) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		payment := fmt.Sprintf(`{"uuid":"A5408DAE-2D58-4603-B16D-15994A48A7E7","reference":"B-1","type":"IN","status":"EXPIRED","dateCreated":%d,"expiryDate":%d,`+
			`"paidCurrency":{"currency":"USDT","amount":5,"actual":0},"address":{"address":"0x00000000000000000000000000000000000000b1","protocol":"ERC20"},"transactions":[]}`, at(50).UnixMilli(), at(49).UnixMilli())
		if r.FormValue("offset") != "0" {
			payment = payment[:0]
		}
		fmt.Fprint(w, "["+payment+"]")
	}))
	defer bvnk.Close()

	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	transfers := "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n"
	for i, hours := range []int{60, 40, 30} {
		transfers += fmt.Sprintf("1,%d,%s,0x%064x,1,0xdac17f958d2ee523a2206206994597c13d831ec7,0x00000000000000000000000000000000000000f1,0x00000000000000000000000000000000000000a1,100000000\n",
			100+i, at(hours).Add(time.Minute).UTC().Format(time.RFC3339), i+1)
	}
	write("transfers.csv", transfers)
	shop := "order_no,status,amount_due,asset,chain,pay_to,created_at\n"
	for i, hours := range []int{60, 40, 30} {
		shop += fmt.Sprintf("C-%d,paid,100,USDT,ethereum,0x00000000000000000000000000000000000000a1,%s\n", i+1, at(hours).UTC().Format(time.RFC3339))
	}
	write("shop.csv", shop)
	write("tieout.yaml", `version: 1
merchant: api
orders:
  - {name: cashier, provider: blockatm, api: {url: "${TIEOUT_TEST_BLOCKATM}", key: "${TIEOUT_TEST_KEY}", per_minute: 60000}}
  - {name: crypto, provider: bvnk, api: {url: "${TIEOUT_TEST_BVNK}", id: "${TIEOUT_TEST_ID}", key: "${TIEOUT_TEST_HAWK}", merchant: M, per_minute: 60000}}
  - {name: shop, book: merchant, files: [shop.csv]}
transfers: [{name: chain, source: csv, files: [transfers.csv], addresses: ["0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000b1"]}]
reports: {to: out}
`)
	t.Setenv("TIEOUT_TEST_BLOCKATM", blockatm.URL)
	t.Setenv("TIEOUT_TEST_BVNK", bvnk.URL)
	t.Setenv("TIEOUT_TEST_KEY", key)
	t.Setenv("TIEOUT_TEST_ID", hawkID)
	t.Setenv("TIEOUT_TEST_HAWK", hawkKey)
	t.Chdir(dir)
	said := ""
	tieout := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := execute(context.Background(), args, streams{strings.NewReader(""), &out, &errs}); got != want {
			t.Fatalf("%q: status %d, want %d\n%s\n%s", args, got, want, &out, &errs)
		}
		said += out.String() + errs.String()
		return out.String() + errs.String()
	}
	expect := func(text string, parts ...string) {
		t.Helper()
		if i := slices.IndexFunc(parts, func(p string) bool { return !strings.Contains(text, p) }); i >= 0 {
			t.Errorf("%q is missing in\n%s", parts[i], text)
		}
	}
	window := []string{"run", "--from", at(72).UTC().Format(time.RFC3339), "--to", at(2).UTC().Format(time.RFC3339)}
	expect(tieout(0, window...), "COMPLETE", "orders        4       4")
	expect(tieout(0, "doctor"), "source cashier: 3 rows read, 0 rejected, 0 gaps", "source crypto: 1 row read, 0 rejected, 0 gaps")
	lying = true
	expect(tieout(3, window...), "INCOMPLETE", "page 2 is empty, and 1 of 2 orders have come")
	refusing = true
	expect(tieout(3, "doctor"), "failed  source cashier", "the API does not accept the key: HTTP 401: unknown key ***")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			content, err := os.ReadFile(path)
			said += string(content)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{key, hawkID, hawkKey} {
		if strings.Contains(said, secret) {
			t.Errorf("%s stands in an output", secret)
		}
	}
}
