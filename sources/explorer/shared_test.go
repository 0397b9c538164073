package explorer

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// shared returns the path of a recorded file, which lies beside the repository
// and not in it; without it the test is skipped.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
	path := filepath.Join(dir, "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: the recorded file %s is not at hand: %v", name, err)
	}
	return path
}

// text reads a recorded file.
func text(t *testing.T, name string) file {
	t.Helper()
	content, err := os.ReadFile(shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return file{filepath.Base(name), string(content)}
}

// oracle reads a CSV file without this program.
func oracle(t *testing.T, f file) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(f.text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = cells[i]
		}
		list = append(list, row)
	}
	return list
}

// since is a query for all times, so that covers show what the file narrows.
var since = sources.Query{
	Window: reconcile.Interval{From: at("2009-01-01T00:00:00Z"), To: at("2100-01-01T00:00:00Z")},
	Reach:  reconcile.Interval{From: at("2009-01-01T00:00:00Z"), To: at("2100-01-01T00:00:00Z")},
}

// brief is what an oracle can tell of a transfer.
type brief struct {
	TXID, From, To, Asset, Value string
	Log                          int64
	Block                        uint64
	Time                         reconcile.Instant
	Decimals                     int
}

func briefs(transfers []reconcile.Transfer) (list []brief) {
	for _, x := range transfers {
		list = append(list, brief{x.TXID, x.From, x.To, x.Asset, x.Amount.String(), x.LogIndex, x.Block, x.BlockTime, x.Decimals})
	}
	return list
}

func unix(t *testing.T, seconds string) reconcile.Instant {
	t.Helper()
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return reconcile.Instant(n) * reconcile.Second
}

func number(t *testing.T, digits string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func accounted(t *testing.T, got *sourcetest.Recorder, err error, rows int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Transfers) != rows || len(got.Rejects) > 0 || got.Scope > 0 {
		t.Fatalf("%d transfers of %d rows, %d rejected, %d out of scope", len(got.Transfers), rows, len(got.Rejects), got.Scope)
	}
}

// Two answers of Etherscan-like APIs: one cut at its window of 10,000 rows, one
// of a chain on which USDC has 18 decimals.
func TestRecordedAPIAnswers(t *testing.T) {
	for _, tt := range []struct{ name, chain, covers string }{
		{"explorer/etherscan-api-tokentx-0x40ec5b33.csv", "eip155:1",
			"eip155:1 0x40ec5b33f54e0e8a33a975908c5ba1c14e5bbbdf eip155:1/erc20:usdt: 2021-05-31T07:43:21Z - 2021-06-03T14:55:42Z\n" +
				"GAP eip155:1 2009-01-01T00:00:00Z - 2021-05-31T07:43:21Z: etherscan-api-tokentx-0x40ec5b33.csv has exactly 10000 rows, a number at which explorers cut their exports: it is complete from 2021-05-31T07:43:21Z to 2021-06-03T14:55:42Z only; export the rest in shorter spans\n" +
				"GAP eip155:1 2021-06-03T14:55:42Z - 2100-01-01T00:00:00Z: etherscan-api-tokentx-0x40ec5b33.csv has exactly 10000 rows, a number at which explorers cut their exports: it is complete from 2021-05-31T07:43:21Z to 2021-06-03T14:55:42Z only; export the rest in shorter spans\n"},
		{"explorer/bscscan-api-tokentx-evodefi.csv", "eip155:56",
			"eip155:56 0x3247554b2bad31d5120b98d5f51df5a406d6b524 : 2009-01-01T00:00:00Z - 2100-01-01T00:00:00Z\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := text(t, tt.name)
			var want []brief
			for _, r := range oracle(t, f) {
				want = append(want, brief{r["hash"], r["from"], r["to"], r["contractAddress"], r["value"], -1,
					number(t, r["blockNumber"]), unix(t, r["timeStamp"]), int(number(t, r["tokenDecimal"]))})
			}
			got, err := readFor(t, sources.FileOptions{Chain: tt.chain}, since, f)
			accounted(t, got, err, len(want))
			if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
				t.Errorf("(-want +got)\n%.2000s", diff)
			}
			if diff := cmp.Diff(tt.covers, covers(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRecordedMapping(t *testing.T) {
	f := text(t, "explorer/covalent-polygon-evodefi.csv")
	var want []brief
	for _, r := range oracle(t, f) {
		want = append(want, brief{r["TxHash"], r["From"], r["To"], r["Token_Contract"], r["Value"], -1, number(t, r["Block_Height"]), at(r["Block_Time"]), -1})
	}
	got, err := readFor(t, sources.FileOptions{Chain: "eip155:137", Columns: map[string]string{
		"txid": "TxHash", "block_time": "Block_Time", "block_number": "Block_Height", "asset": "Token_Contract"}}, since, f)
	accounted(t, got, err, len(want))
	if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
	if diff := cmp.Diff("eip155:137 0xbca17c85f7e965ae6f5d05769d300e59221cf1e2 : 2009-01-01T00:00:00Z - 2100-01-01T00:00:00Z\n", covers(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Tronscan's former export: a time without a zone is refused unless declared, and
// 1,000 rows are a cap.
func TestRecordedTronscan(t *testing.T) {
	f := text(t, "tron/tronscan-usdt-export-1000.csv")
	o := sources.FileOptions{Chain: tron, Assets: []string{reconcile.TokenID(tron, trc20)}}
	got, err := readFor(t, o, since, f)
	if err != nil || len(got.Rejects) != 1000 || len(got.Transfers) > 0 || !strings.Contains(got.Rejects[0].Reason, "declare timezone:") {
		t.Fatalf("without a zone: %v, %d rejects, %d transfers", err, len(got.Rejects), len(got.Transfers))
	}
	o.Zone = time.UTC
	var want []brief
	open := 0
	for _, r := range oracle(t, f) {
		moment, err := time.Parse("2006/01/02 15:04:05", r["block_ts"])
		if err != nil {
			t.Fatal(err)
		}
		q, err := money.Parse(r["quant"])
		if err != nil {
			t.Fatal(err)
		}
		if r["confirmed"] == "false" {
			open++
		}
		want = append(want, brief{r["transaction_id"], r["from_address"], r["to_address"], reconcile.TokenID(tron, trc20), q.String(), -1,
			number(t, r["block"]), reconcile.InstantOf(moment), -1})
	}
	got, err = readFor(t, o, since, f)
	accounted(t, got, err, len(want))
	if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
	for _, x := range got.Transfers {
		if x.Finality == reconcile.NotFinal {
			open--
		}
	}
	if open != 0 {
		t.Errorf("%d rows more or less than the file says are not final", open)
	}
	if len(got.Gaps) != 2 || !strings.Contains(got.Gaps[0].Reason, "exactly 1000 rows") {
		t.Errorf("gaps %+v", got.Gaps)
	}
}

// ethereum-etl's own expected files.
func TestRecordedETL(t *testing.T) {
	const dir = "etl/"
	eth := sources.FileOptions{Chain: "eip155:1"}
	token := func(r map[string]string, moment reconcile.Instant) brief {
		return brief{r["transaction_hash"], r["from_address"], r["to_address"], r["token_address"], r["value"],
			int64(number(t, r["log_index"])), number(t, r["block_number"]), moment, -1}
	}
	t.Run("token transfers with their blocks", func(t *testing.T) {
		f := text(t, dir+"test_export_token_transfers_job/block_with_transfers/expected_token_transfers.csv")
		blocks := text(t, dir+"test_export_blocks_job/block_with_logs/expected_blocks.csv")
		moment := unix(t, oracle(t, blocks)[0]["timestamp"])
		var want []brief
		for _, r := range oracle(t, f) {
			want = append(want, token(r, moment))
		}
		got, err := readFor(t, eth, since, f, blocks)
		accounted(t, got, err, len(want))
		if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if _, err := readFor(t, eth, since, f); err == nil || !strings.Contains(err.Error(), "blocks file") {
			t.Errorf("without blocks: %v", err)
		}
	})
	t.Run("extracted token transfers, without blocks of theirs", func(t *testing.T) {
		f := text(t, dir+"test_extract_token_transfers_job/logs/expected_token_transfers.csv")
		rows := oracle(t, f)
		if _, err := readFor(t, eth, since, f); err == nil || !strings.Contains(err.Error(), "blocks file") {
			t.Errorf("without blocks: %v", err)
		}
		got, err := readFor(t, eth, since, f, file{"blocks.csv", blockHeader + rows[0]["block_number"] + ",0xb1,0xb0,0x0,1462345678,5\n"})
		var want []brief
		for _, r := range rows {
			want = append(want, token(r, unix(t, "1462345678")))
		}
		accounted(t, got, err, len(want))
		if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("streamed token transfers, as JSON lines", func(t *testing.T) {
		f := text(t, dir+"test_stream/blocks_1755634_1755635/expected_token_transfers.json")
		var want []brief
		for line := range strings.Lines(f.text) {
			var r struct {
				Token     string      `json:"token_address"`
				From      string      `json:"from_address"`
				To        string      `json:"to_address"`
				Value     json.Number `json:"value"`
				TX        string      `json:"transaction_hash"`
				Log       int64       `json:"log_index"`
				Block     uint64      `json:"block_number"`
				Timestamp int64       `json:"block_timestamp"`
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			want = append(want, brief{r.TX, r.From, r.To, r.Token, r.Value.String(), r.Log, r.Block, reconcile.Instant(r.Timestamp) * reconcile.Second, -1})
		}
		got, err := readFor(t, eth, since, f, text(t, dir+"test_stream/blocks_1755634_1755635/expected_blocks.json"))
		accounted(t, got, err, len(want))
		if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// The transfers of whole mainnet blocks as an independent decoder lists them.
func TestRecordedBlocks(t *testing.T) {
	f := text(t, "blocks/expected_usdt_usdc_transfers.csv")
	var want []brief
	for _, r := range oracle(t, f) {
		want = append(want, brief{r["transaction_hash"], r["from"], r["to"], r["token"], r["value_raw"],
			int64(number(t, r["log_index"])), number(t, r["block_number"]), unix(t, r["block_timestamp"]), -1})
	}
	got, err := readFor(t, sources.FileOptions{Chain: "eip155:1", Columns: map[string]string{"asset": "token", "value": "value_raw"}}, since, f)
	accounted(t, got, err, len(want))
	if diff := cmp.Diff(want, briefs(got.Transfers)); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
}

// The fixtures of a wallet: each list of the API is recognised, and NFTs refused.
func TestRecordedFixtures(t *testing.T) {
	f := text(t, "explorer/ledger-coin-evm-9.0.0-etherscan.fixtures.json")
	var lists map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f.text), &lists); err != nil {
		t.Fatal(err)
	}
	for name, refused := range map[string]bool{"etherscanCoinOperations": false, "etherscanTokenOperations": false,
		"etherscanInternalOperations": false, "etherscanERC721Operations": true, "etherscanERC1155Operations": true} {
		var rows []map[string]string
		if err := json.Unmarshal(lists[name], &rows); err != nil {
			t.Fatal(err)
		}
		got, err := readFor(t, sources.FileOptions{Chain: "eip155:1"}, since, file{name, string(lists[name])})
		if refused {
			if err == nil || !strings.Contains(err.Error(), "an NFT export") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		accounted(t, got, err, len(rows))
		for i, r := range rows {
			if x := got.Transfers[i]; x.TXID != r["hash"] || x.Amount.String() != r["value"] || x.BlockTime != unix(t, r["timeStamp"]) || x.Trace != r["traceId"] {
				t.Errorf("%s row %d: %+v of %v", name, i, x, r)
			}
		}
	}
}

// How fast a large answer is read: go test -bench Answer.
func BenchmarkAnswer(b *testing.B) {
	content := scan("2026-05-02T00:00:00Z", 20_000, 1)
	cat := catalogue(b)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		o := sources.FileOptions{Name: "a", Chain: "eip155:1", Files: []sources.File{sourcetest.Bytes("a.csv", []byte(content))}}
		if err := Transfers(o, cat).Read(context.Background(), sources.Query{Window: may, Reach: may}, nowhere{}); err != nil {
			b.Fatal(err)
		}
	}
}

// nowhere is a sink that keeps nothing.
type nowhere struct{}

func (nowhere) File(string, string) reconcile.FileID { return 0 }
func (nowhere) AddTransfer(*reconcile.Transfer)      {}
func (nowhere) AddOrder(*reconcile.Order)            {}
func (nowhere) AddRefund(*reconcile.Refund)          {}
func (nowhere) AddDelivery(*reconcile.Delivery)      {}
func (nowhere) AddReject(*reconcile.Reject)          {}
func (nowhere) OutOfScope(int)                       {}
func (nowhere) AddFact(reconcile.TXFact)             {}
func (nowhere) Cover(reconcile.Coverage)             {}
func (nowhere) Gap(reconcile.Gap)                    {}
func (nowhere) Note(string)                          {}
func (nowhere) Proof(string)                         {}
