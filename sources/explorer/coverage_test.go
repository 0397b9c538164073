package explorer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// scan is an Etherscan token export of the shop with n rows, a minute apart,
// beginning at from; step -1 lists the newest first.
func scan(from string, n, step int) string {
	var b strings.Builder
	b.WriteString(scanHeader)
	start := at(from)
	for i := range n {
		moment := start + reconcile.Instant(i*step)*reconcile.Minute
		fmt.Fprintf(&b, `"0x%064x","1","%d","","0x%040x","%s","5","N/A","%s","T","USDT"`+"\n", i+1, moment/reconcile.Second, i+7, shop, usdt)
	}
	return b.String()
}

// covers renders what is covered and what is not.
func covers(r *sourcetest.Recorder) string {
	var b strings.Builder
	for _, c := range r.Covers {
		fmt.Fprintf(&b, "%s %s %s: %s - %s\n", c.Chain, short(c.Address), short(c.Asset), c.Span.From, c.Span.To)
	}
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "GAP %s %s - %s: %s\n", g.Chain, g.Span.From, g.Span.To, short(g.Reason))
	}
	return b.String()
}

const month = "2026-05-01T00:00:00Z - 2026-06-01T00:00:00Z"

func TestCoverage(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	usdtOnly := sources.FileOptions{Chain: "eip155:1", Assets: []string{reconcile.TokenID("eip155:1", usdt), "eip155:1/slip44:60", reconcile.TokenID(tron, trc20)}}
	watch := func(addresses ...string) sources.Query {
		return sources.Query{Window: may, Reach: may, Watch: []sources.Watch{{Chain: "eip155:1", Addresses: addresses}}}
	}
	const usdtCover = "eip155:1 shop eip155:1/erc20:usdt: "
	const says = " has exactly 1000 rows, a number at which explorers cut their exports: it is complete from "
	row := func(when, from, to string) string {
		return "2026-05-" + when + ",{tx1},1,{usdt}," + from + "," + to + ",5\n"
	}
	for _, tt := range []struct {
		name  string
		o     sources.FileOptions
		q     sources.Query
		files []file
		want  string
	}{
		{"an account's export covers that account, and tokens only", eth, watch(), []file{{"a.csv", scan("2026-05-02T10:00:00Z", 3, 1)}}, usdtCover + month + "\n"},
		{"an indexer's file covers all addresses", eth, watch(), []file{{"a.csv", "block_timestamp," + etlHeader + "2026-05-02T10:00:00Z," + etlRow}}, "eip155:1  eip155:1/erc20:usdt: " + month + "\n"},
		{"where the coin is not accepted, every accepted asset is a token", sources.FileOptions{Chain: tron}, watch(),
			[]file{{"a.csv", "block_timestamp," + etlHeader + "2026-05-02T10:00:00Z," + etlRow}}, tron + "  : " + month + "\n"},
		{"each chain in the file", sources.FileOptions{}, watch(), []file{{"a.csv", "chain," + ownHeader + "ETH," + row("02T10:00:00Z", "{alice}", "{shop}") + "TRON," + row("02T10:00:00Z", "{alice}", "{shop}")}},
			"eip155:1  : " + month + "\n" + tron + "  : " + month + "\n"},
		{"declared assets, those of the chain that the file can hold", usdtOnly, watch(), []file{{"a.csv", scan("2026-05-02T10:00:00Z", 3, 1)}}, usdtCover + month + "\n"},
		{"declared assets, any of the chain", usdtOnly, watch(), []file{{"a.csv", ownHeader + row("02T10:00:00Z", "{alice}", "{shop}")}},
			"eip155:1  eip155:1/erc20:usdt: " + month + "\neip155:1  eip155:1/slip44:60: " + month + "\n"},
		{"declared times", sources.FileOptions{Chain: "eip155:1", Covers: []reconcile.Interval{{From: at("2026-05-02T00:00:00Z"), To: at("2026-05-03T00:00:00Z")}}}, watch(),
			[]file{{"a.csv", scan("2026-05-02T10:00:00Z", 3, 1)}}, usdtCover + "2026-05-02T00:00:00Z - 2026-05-03T00:00:00Z\n"},
		{"a mapped file of one account", sources.FileOptions{Chain: "eip155:1", Columns: map[string]string{"value": "raw"}}, watch(),
			[]file{{"a.csv", "block_time,txid,log_index,asset,from,to,raw\n" + row("02T10:00:00Z", "{alice}", "{shop}") + row("03T10:00:00Z", "{shop}", "{bob}")}}, "eip155:1 shop : " + month + "\n"},
		{"one row: the file's name tells the account", eth, watch(), []file{{"export-token-" + strings.ToUpper(shop) + ".csv", scan("2026-05-02T10:00:00Z", 1, 1)}}, usdtCover + month + "\n"},
		{"one row: the watched address is the account", eth, watch(bob, shop), []file{{"a.csv", scan("2026-05-02T10:00:00Z", 1, 1)}}, usdtCover + month + "\n"},
		{"one row, and nothing tells the account", eth, watch(), []file{{"a.csv", scan("2026-05-02T10:00:00Z", 1, 1)}},
			"GAP eip155:1  - : a.csv: its 1 rows do not tell whose account it is an export of: put the address into the file's name or under addresses:\n"},
		{"no rows, one watched address", eth, watch(shop), []file{{"a.csv", scanHeader}}, usdtCover + month + "\n"},
		{"no rows, nobody to say it of", eth, watch(), []file{{"a.csv", scanHeader}},
			"GAP eip155:1  - : a.csv: its 0 rows do not tell whose account it is an export of: put the address into the file's name or under addresses:\n"},
		{"an answer without rows", eth, watch(shop), []file{{"a.json", `{"status":"0","message":"No transactions found","result":[]}`}},
			"GAP eip155:1  - : a.json: it has neither rows nor a header, so it does not say what it is complete for: leave it out, or export it as CSV\n"},
		{"a token page lists many accounts", usdtOnly, watch(), []file{{"a.csv", `"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","Quantity"` + "\n" +
			`"{tx1}","1","1777716000","","{alice}","{shop}","5"` + "\n" + `"{tx2}","1","1777716000","","{bob}","` + usdt + `","5"` + "\n"}}, "eip155:1  eip155:1/erc20:usdt: " + month + "\n"},

		{"999 rows are no cap", eth, watch(), []file{{"a.csv", scan("2026-05-02T00:00:00Z", 999, 1)}}, usdtCover + month + "\n"},
		{"1,001 rows are none either", eth, watch(), []file{{"a.csv", scan("2026-05-02T00:00:00Z", 1001, 1)}}, usdtCover + month + "\n"},
		{"exactly 1,000, oldest first", eth, watch(), []file{{"a.csv", scan("2026-05-02T00:00:00Z", 1000, 1)}},
			usdtCover + "2026-05-02T00:00:00Z - 2026-05-02T16:39:00Z\n" +
				"GAP eip155:1 2026-05-01T00:00:00Z - 2026-05-02T00:00:00Z: a.csv" + says + "2026-05-02T00:00:00Z to 2026-05-02T16:39:00Z only; export the rest in shorter spans\n" +
				"GAP eip155:1 2026-05-02T16:39:00Z - 2026-06-01T00:00:00Z: a.csv" + says + "2026-05-02T00:00:00Z to 2026-05-02T16:39:00Z only; export the rest in shorter spans\n"},
		{"exactly 1,000, newest first, beyond what is asked", eth, watch(), []file{{"a.csv", scan("2026-06-01T12:00:00Z", 1000, -1)}},
			usdtCover + "2026-05-31T19:21:00.000000001Z - 2026-06-01T00:00:00Z\n" +
				"GAP eip155:1 2026-05-01T00:00:00Z - 2026-05-31T19:21:00.000000001Z: a.csv" + says + "2026-05-31T19:21:00Z to 2026-06-01T12:00:00Z only; export the rest in shorter spans\n"},
		{"exactly 1,000 of one moment: read, and complete over no time", eth, watch(), []file{{"a.csv", scan("2026-05-02T00:00:00Z", 1000, 0)}},
			usdtCover + "2026-05-01T00:00:00Z - 2026-05-01T00:00:00Z\n" +
				"GAP eip155:1 2026-05-01T00:00:00Z - 2026-06-01T00:00:00Z: a.csv has exactly 1000 rows, a number at which explorers cut their exports; its rows are in no order of time, so it proves nothing complete: export shorter spans\n"},
		{"the next page goes on from a capped one", eth, watch(), []file{{"a.csv", scan("2026-05-01T00:00:00Z", 1000, 1)}, {"b.csv", scan("2026-05-01T16:00:00Z", 20, 1)}}, usdtCover + month + "\n"},
		{"a hole between the pages", eth, watch(), []file{{"a.csv", scan("2026-05-01T00:00:00Z", 1000, 1)}, {"b.csv", scan("2026-05-03T00:00:00Z", 20, 1)}},
			usdtCover + "2026-05-01T00:00:00Z - 2026-05-01T16:39:00Z\n" + usdtCover + "2026-05-03T00:00:00Z - 2026-06-01T00:00:00Z\n" +
				"GAP eip155:1 2026-05-01T16:39:00Z - 2026-05-03T00:00:00Z: a.csv" + says + "2026-05-01T00:00:00Z to 2026-05-01T16:39:00Z only; export the rest in shorter spans\n"},
		{"a capped account leaves another one covered", eth, watch(), []file{{"a.csv", scan("2026-05-01T00:00:00Z", 1000, 1)}, {"b.csv", strings.ReplaceAll(scan("2026-05-03T00:00:00Z", 2, 1), shop, bob)}},
			usdtCover + "2026-05-01T00:00:00Z - 2026-05-01T16:39:00Z\n" + "eip155:1 bob eip155:1/erc20:usdt: " + month + "\n" +
				"GAP eip155:1  - : a.csv" + says + "2026-05-01T00:00:00Z to 2026-05-01T16:39:00Z only; export the rest in shorter spans\n"},

		{"transactions without the internal ones: read, and complete over no time", eth, watch(shop), []file{{"a.csv", nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","1","0","1","0","0","1","","",""` + "\n"}},
			"eip155:1 shop eip155:1/slip44:60: 2026-05-01T00:00:00Z - 2026-05-01T00:00:00Z\n"},
		{"a failed creation has no recipient, and its account is known all the same", eth, watch(), []file{{"a.csv", nativeHead + `"{tx1}","1","1777716000","","{shop}","","","0","1","1","0","0","1","Error(0)","Reverted",""` + "\n"}},
			"eip155:1 shop eip155:1/slip44:60: 2026-05-01T00:00:00Z - 2026-05-01T00:00:00Z\n"},
		{"transactions and internal ones", eth, watch(shop), []file{{"a.csv", nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","1","0","1","0","0","1","","",""` + "\n"},
			{"b.json", `[{"blockNumber":"1","timeStamp":"1777716000","hash":"{tx1}","from":"{bob}","to":"{shop}","value":"5","type":"call","traceId":"0","isError":"0","errCode":""}]`}},
			"eip155:1 shop eip155:1/slip44:60: " + month + "\neip155:1 shop eip155:1/slip44:60: " + month + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.files {
				tt.files[i].text = long(tt.files[i].text)
			}
			got, err := readFor(t, tt.o, tt.q, tt.files...)
			if err != nil || len(got.Rejects) > 0 {
				t.Fatal(err, got.Rejects)
			}
			if diff := cmp.Diff(tt.want, covers(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A context that is done stops the reading, and nothing counts as covered.
func TestCancelled(t *testing.T) {
	ctx, cancel := contextDone()
	defer cancel()
	r := &sourcetest.Recorder{}
	o := sources.FileOptions{Name: "a", Chain: "eip155:1", Files: []sources.File{sourcetest.Bytes("a.csv", []byte(scan("2026-05-02T10:00:00Z", 3, 1)))}}
	if err := Transfers(o, catalogue(t)).Read(ctx, sources.Query{Window: may, Reach: may}, r); err == nil || len(r.Covers) > 0 {
		t.Errorf("error %v, covers %v", err, r.Covers)
	}
}
