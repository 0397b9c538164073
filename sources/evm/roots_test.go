package evm

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"pgregory.net/rapid"
)

// TestReceiptsRoot: every mixture of receipts that Ethereum has hashes as the node's
// own code does, and no receipt can be changed without the root.
func TestReceiptsRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := make(types.Receipts, rapid.IntRange(0, 200).Draw(t, "receipts"))
		for i := range list {
			list[i] = someReceipt(t)
		}
		want := types.DeriveSha(list, trie.NewStackTrie(nil))
		ours := asAnswered(t, list)
		if got, err := receiptsRoot(ours); err != nil || got != want {
			t.Fatalf("root %s, %v, want %s", got, err, want)
		}
		if len(ours) == 0 {
			return
		}
		ours[rapid.IntRange(0, len(ours)-1).Draw(t, "changed")].CumulativeGas++
		if got, err := receiptsRoot(ours); err != nil || got == want {
			t.Fatalf("a change leaves the root as it is, %v", err)
		}
	})
}

func someReceipt(t *rapid.T) *types.Receipt {
	rc := &types.Receipt{Type: rapid.Uint8Range(0, 4).Draw(t, "type"), CumulativeGasUsed: rapid.Uint64().Draw(t, "gas"), Status: rapid.Uint64Range(0, 1).Draw(t, "status"), Logs: []*types.Log{}}
	if rc.Type == 0 && rapid.Bool().Draw(t, "before 2017") {
		rc.PostState = rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "state")
	}
	for range rapid.IntRange(0, 3).Draw(t, "logs") {
		l := &types.Log{Address: common.BytesToAddress(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "address")), Data: rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "data"), Topics: []common.Hash{}}
		for range rapid.IntRange(0, 4).Draw(t, "topics") {
			l.Topics = append(l.Topics, common.BytesToHash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "topic")))
		}
		rc.Logs = append(rc.Logs, l)
	}
	rc.Bloom = types.CreateBloom(rc)
	return rc
}

// asAnswered are receipts as a node writes them.
func asAnswered(t interface{ Fatal(...any) }, list types.Receipts) []receipt {
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var ours []receipt
	if err := json.Unmarshal(text, &ours); err != nil {
		t.Fatal(err)
	}
	return ours
}

// TestOtherTypes: what other chains add, as their documents have it.
func TestOtherTypes(t *testing.T) {
	one := func(kind uint64) receipt { return receipt{Type: (*quantity)(&kind), Status: new(quantity)} }
	nonce, version := quantity(7), quantity(1)
	for name, c := range map[string]struct {
		change func(*receipt)
		kind   uint64
		prefix byte // of the encoding
		fields int  // in its list
	}{
		"legacy":                            {func(*receipt) {}, 0, 0xf9, 4},
		"of today's Ethereum":               {func(*receipt) {}, 4, 4, 4},
		"a deposit before Canyon":           {func(rc *receipt) { rc.DepositNonce = &nonce }, 0x7e, 0x7e, 4},
		"a deposit since":                   {func(rc *receipt) { rc.DepositNonce, rc.DepositVersion = &nonce, &version }, 0x7e, 0x7e, 6},
		"a nonce on what is no deposit":     {func(rc *receipt) { rc.DepositNonce, rc.DepositVersion = &nonce, &version }, 2, 2, 4},
		"an internal one of Arbitrum":       {func(*receipt) {}, 0x6a, 0x6a, 4},
		"a legacy one of Arbitrum's past":   {func(*receipt) {}, 0x78, 0xf9, 4},
		"a state-sync one of Polygon's now": {func(*receipt) {}, 0x7f, 0x7f, 4},
	} {
		rc := one(c.kind)
		c.change(&rc)
		raw, err := rc.encode()
		if err != nil || raw[0] != c.prefix {
			t.Errorf("%s: begins with %#x, %v", name, raw[0], err)
			continue
		}
		body := raw
		if c.prefix < 0x80 {
			body = raw[1:]
		}
		list, _, err := rlp.SplitList(body)
		if fields, errCount := rlp.CountValues(list); errors.Join(err, errCount) != nil || fields != c.fields {
			t.Errorf("%s: %d fields, %v", name, fields, err)
		}
	}
	for name, rc := range map[string]receipt{
		"no status":      {},
		"another status": {Status: func() *quantity { q := quantity(2); return &q }()},
		"a long topic":   {Status: new(quantity), Logs: []log{{Address: alice, Data: "0x", Topics: []string{"0x" + word(1) + "00"}}}},
		"a long address": {Status: new(quantity), Logs: []log{{Address: alice + "00", Data: "0x"}}},
		"odd data":       {Status: new(quantity), Logs: []log{{Address: alice, Data: "0x1"}}},
	} {
		if _, err := rc.encode(); err == nil {
			t.Errorf("%s is hashed", name)
		}
	}
}

// TestRecordedRoots: the receipts root of every recorded mainnet block comes out, and
// every log index is the one that follows from the order.
func TestRecordedRoots(t *testing.T) {
	dir := shared(t, "data/blocks")
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	type file struct {
		Block    block
		Receipts []receipt
	}
	files := []file{{readJSON[block](t, filepath.Join(dir, "21925176", "block.json")), readJSON[[]receipt](t, filepath.Join(dir, "21925176", "receipts.json"))}}
	for _, name := range names {
		files = append(files, readJSON[file](t, name))
	}
	logs := 0
	for _, f := range files {
		root, err := receiptsRoot(f.Receipts)
		if err != nil || root != common.HexToHash(f.Block.ReceiptsRoot) {
			t.Errorf("block %d: root %s, %v, its header says %s", f.Block.Number, root, err, f.Block.ReceiptsRoot)
		}
		given := []quantity{}
		for _, rc := range f.Receipts {
			for _, l := range rc.Logs {
				given = append(given, *l.Index)
			}
		}
		place(f.Receipts, &sealed{header: f.Block.header})
		for _, rc := range f.Receipts {
			for _, l := range rc.Logs {
				if *l.Index != given[*l.Index] {
					t.Errorf("block %d: log %d is called %d", f.Block.Number, *l.Index, given[*l.Index])
				}
				logs++
			}
		}
	}
	if s, err := seal(readJSON[json.RawMessage](t, filepath.Join(dir, "21925176", "block.json"))); err != nil || s.Number != 21925176 {
		t.Errorf("the header of 21925176: %v", err)
	}
	t.Logf("%d blocks, %d logs", len(files), logs)
}

// TestRecordedChain imports a recorded chain into a real node's database and hashes
// all of its blocks.
func TestRecordedChain(t *testing.T) {
	dir := shared(t, "data/rpc/execution-apis")
	genesis := readJSON[core.Genesis](t, filepath.Join(dir, "genesis.json"))
	chain, err := core.NewBlockChain(rawdb.NewMemoryDatabase(), &genesis, beacon.New(ethash.NewFaker()), core.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Stop()
	f, err := os.Open(filepath.Join(dir, "chain.rlp"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var blocks types.Blocks
	for stream := rlp.NewStream(f, 0); ; {
		var b types.Block
		if err := stream.Decode(&b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if b.NumberU64() > 0 {
			blocks = append(blocks, &b)
		}
	}
	if n, err := chain.InsertChain(blocks); err != nil {
		t.Fatalf("block %d: %v", n, err)
	}
	kinds := map[byte]int{}
	for _, b := range blocks {
		hashesAs(t, chain, b, kinds)
	}
	t.Logf("%d blocks, transactions by type %v", len(blocks), kinds)
}

func hashesAs(t *testing.T, chain interface {
	GetReceiptsByHash(common.Hash) types.Receipts
}, b *types.Block, kinds map[byte]int) {
	t.Helper()
	s, err := seal(marshalled(t, b.Header()))
	if err != nil || s.parent != b.ParentHash() {
		t.Errorf("block %d: header: %v", b.NumberU64(), err)
	}
	if root, err := receiptsRoot(asAnswered(t, chain.GetReceiptsByHash(b.Hash()))); err != nil || root != s.receipts {
		t.Errorf("block %d: receipts: %s, %v", b.NumberU64(), root, err)
	}
	var raws []json.RawMessage
	for _, tx := range b.Transactions() {
		kinds[tx.Type()]++
		raws = append(raws, marshalled(t, tx))
	}
	root, hashes, err := transactionsRoot(raws)
	if err != nil || root != s.txs {
		t.Errorf("block %d: transactions: %s, %v", b.NumberU64(), root, err)
	}
	for i, tx := range b.Transactions() {
		if hashes[i] != tx.Hash() {
			t.Errorf("block %d: transaction %d is called %s", b.NumberU64(), i, hashes[i])
		}
	}
}

func marshalled(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
