package evm

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// shared finds data that lies beside the project, and skips loudly without it.
func shared(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("SKIPPED: %s is not there", full)
	}
	return full
}

// replay serves recorded blocks as a node would.
type replay struct {
	blocks   map[uint64]json.RawMessage
	receipts map[uint64][]receipt
	numbers  []uint64
}

func (s *replay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	if json.NewDecoder(r.Body).Decode(&raw) != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var batch []json.RawMessage
	if json.Unmarshal(raw, &batch) != nil {
		_ = json.NewEncoder(w).Encode(s.answer(raw))
		return
	}
	var answers []any
	for _, call := range batch {
		answers = append(answers, s.answer(call))
	}
	_ = json.NewEncoder(w).Encode(answers)
}

func (s *replay) answer(raw json.RawMessage) any {
	var call struct {
		ID     json.RawMessage   `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(raw, &call); err != nil {
		return nil
	}
	var result any
	switch call.Method {
	case "eth_chainId":
		result = "0x1"
	case "eth_getBlockByNumber":
		result = s.block(strings.Trim(string(call.Params[0]), `"`))
	case "eth_getCode":
		result = "0x"
	case "eth_getLogs":
		result = s.logs(call.Params[0])
	}
	return map[string]any{"jsonrpc": "2.0", "id": call.ID, "result": result}
}

// block answers for the recorded blocks; between them stand empty ones, so that a
// search by time finds its way.
func (s *replay) block(tag string) any {
	last := s.numbers[len(s.numbers)-1]
	if tag == "latest" || tag == "finalized" {
		return s.blocks[last]
	}
	var number quantity
	if json.Unmarshal([]byte(`"`+tag+`"`), &number) != nil {
		return nil
	}
	if b, ok := s.blocks[uint64(number)]; ok {
		return b
	}
	i, _ := slices.BinarySearch(s.numbers, uint64(number))
	stamp := uint64(1)
	if i > 0 {
		var before header
		_ = json.Unmarshal(s.blocks[s.numbers[i-1]], &before)
		stamp = uint64(before.Timestamp) + 1
	}
	return map[string]string{"number": tag, "hash": "0x" + strings.Repeat("0", 64), "timestamp": hexNumber(stamp)}
}

func (s *replay) logs(raw json.RawMessage) any {
	var f struct {
		Address            []string
		Topics             []json.RawMessage
		FromBlock, ToBlock quantity
	}
	_ = json.Unmarshal(raw, &f)
	var topic string
	_ = json.Unmarshal(f.Topics[0], &topic)
	var recipients []string
	if len(f.Topics) > 2 {
		_ = json.Unmarshal(f.Topics[2], &recipients)
		for i, topic := range recipients {
			recipients[i] = "0x" + topic[26:]
		}
	}
	out := []log{}
	for _, number := range s.numbers {
		if number < uint64(f.FromBlock) || number > uint64(f.ToBlock) {
			continue
		}
		for _, rc := range s.receipts[number] {
			for _, l := range rc.Logs {
				if misfit(&l, filter{contracts: f.Address, recipients: recipients, topic: topic}, number, number) == "" {
					out = append(out, l)
				}
			}
		}
	}
	return out
}

// MarshalJSON writes a log back as a node does.
func (q quantity) MarshalJSON() ([]byte, error) { return json.Marshal(hexNumber(uint64(q))) }

// TestRealBlocks reads recorded mainnet blocks; an independent program decoded the
// expected rows.
func TestRealBlocks(t *testing.T) {
	dir := shared(t, "data/blocks")
	s := &replay{blocks: map[uint64]json.RawMessage{}, receipts: map[uint64][]receipt{}}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Block    json.RawMessage
			Receipts []receipt
		}
		if err := json.Unmarshal(content, &file); err != nil {
			t.Fatal(name, err)
		}
		s.add(t, file.Block, file.Receipts)
	}
	s.add(t, readJSON[json.RawMessage](t, filepath.Join(dir, "21925176", "block.json")), readJSON[[]receipt](t, filepath.Join(dir, "21925176", "receipts.json")))
	slices.Sort(s.numbers)

	want, recipients := expectedRows(t, filepath.Join(dir, "expected_usdt_usdc_transfers.csv"))
	server := httptest.NewServer(s)
	defer server.Close()
	asset := func(key, contract string) reconcile.CatalogueAsset {
		return reconcile.CatalogueAsset{Key: key, Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: "eip155:1/erc20:" + contract, Symbol: strings.ToUpper(key), Decimals: 6}}
	}
	var rec sourcetest.Recorder
	err = Transfers(Options{Name: "ethereum", Chain: "eip155:1", Endpoints: []Endpoint{{"replay", server.URL}}, Addresses: recipients, Verify: "basic", Rate: 1e6,
		Assets: []reconcile.CatalogueAsset{asset("usdt", "0xdac17f958d2ee523a2206206994597c13d831ec7"), asset("usdc", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48")},
	}).Read(context.Background(), sources.Query{Window: reconcile.Interval{From: 1, To: 1_700_000_000 * reconcile.Second}, Reach: reconcile.Interval{From: 1, To: 1 << 62}}, &rec)
	if err != nil || len(rec.Gaps) > 0 {
		t.Fatal(err, rec.Gaps)
	}
	got := map[string]bool{}
	for _, tr := range rec.Transfers {
		got[strings.Join([]string{strconv.FormatUint(tr.Block, 10), strconv.FormatInt(int64(tr.BlockTime/reconcile.Second), 10), tr.TXID, strconv.FormatInt(tr.LogIndex, 10), strings.ToLower(tr.Asset), tr.From, tr.To, tr.Amount.String()}, ",")] = true
	}
	for row := range want {
		if !got[row] {
			t.Errorf("missing: %s", row)
		}
	}
	for row := range got {
		if !want[row] {
			t.Errorf("not expected: %s", row)
		}
	}
	t.Logf("%d transfers of %d blocks", len(got), len(s.numbers))
}

func (s *replay) add(t *testing.T, block json.RawMessage, receipts []receipt) {
	t.Helper()
	var h header
	if err := json.Unmarshal(block, &h); err != nil || h.Number == 0 {
		t.Fatal(err, "no block")
	}
	number := uint64(h.Number)
	s.blocks[number], s.receipts[number] = block, receipts
	s.numbers = append(s.numbers, number)
}

func readJSON[T any](t *testing.T, name string) T {
	t.Helper()
	var v T
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &v); err != nil {
		var answer struct{ Result T }
		if err := json.Unmarshal(content, &answer); err != nil {
			t.Fatal(name, err)
		}
		return answer.Result
	}
	return v
}

func expectedRows(t *testing.T, name string) (rows map[string]bool, recipients []string) {
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
	rows = map[string]bool{}
	for _, r := range all[1:] { // block_number,block_timestamp,transaction_hash,log_index,token,symbol,from,to,value_raw
		rows[strings.Join([]string{r[0], r[1], r[2], r[3], r[4], r[6], r[7], r[8]}, ",")] = true
		recipients = append(recipients, r[7])
	}
	return rows, recipients
}
