package evm

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// TestReceiptsOfBlock: an answer counts only where it is what the block says. A
// node that keeps no receipts says [], and so may one that has lost some.
func TestReceiptsOfBlock(t *testing.T) {
	hash := func(digit string) string { return "0x" + strings.Repeat(digit, 64) }
	number, index := quantity(7), quantity(0)
	one := log{Address: "0x00000000000000000000000000000000000a11ce", Topics: []string{transferTopic.Hex()}, BlockNumber: 7, BlockHash: hash("b"), TxHash: hash("1"), Index: &index}
	whole := []receipt{{TxHash: hash("1"), BlockHash: hash("b"), BlockNumber: &number, Logs: []log{one}}}
	change := func(f func(*receipt)) []receipt {
		rc := whole[0]
		rc.Logs = []log{one}
		f(&rc)
		return []receipt{rc}
	}
	var bloom types.Bloom
	bloom.Add(common.HexToAddress(one.Address).Bytes())
	bloom.Add(transferTopic.Bytes())
	bits := common.Bytes2Hex(bloom[:])
	full := block{header: header{Number: 7, Hash: hash("b"), Timestamp: 1}, Transactions: []json.RawMessage{[]byte(`"0x"`)}, ReceiptsRoot: hash("2"), Bloom: "0x" + bits}
	silent, rootOnly, bare, empty := full, full, full, full
	silent.Bloom = ""
	rootOnly.Transactions, rootOnly.Bloom = nil, ""
	bare.Transactions, bare.ReceiptsRoot, bare.Bloom = nil, "", ""
	empty.Transactions, empty.ReceiptsRoot, empty.Bloom = []json.RawMessage{}, strings.ToUpper(types.EmptyReceiptsHash.Hex()), "0x00"
	for name, c := range map[string]struct {
		block    block
		receipts []receipt
		want     string
	}{
		"all of it":                           {full, whole, ""},
		"a block without transactions":        {empty, nil, ""},
		"no bloom filter":                     {silent, whole, ""},
		"none of a block with some":           {full, nil, "0 receipts for 1 transactions"},
		"none, by the root":                   {rootOnly, nil, "not what the block's receipts root says"},
		"some where the root says none":       {block{header: full.header, ReceiptsRoot: empty.ReceiptsRoot}, whole, "not what the block's receipts root says"},
		"none, and the block says nothing":    {bare, nil, "does not say which transactions it has"},
		"without its logs":                    {full, change(func(rc *receipt) { rc.Logs = nil }), "bloom filter shows logs"},
		"of another block":                    {full, change(func(rc *receipt) { rc.BlockHash = hash("c"); rc.Logs = nil }), "of another block"},
		"a log of another block":              {full, change(func(rc *receipt) { rc.Logs[0].BlockHash = hash("c") }), "lacks its place or names another"},
		"a log of another transaction":        {full, change(func(rc *receipt) { rc.Logs[0].TxHash = hash("3") }), "lacks its place or names another"},
		"a log without an index":              {full, change(func(rc *receipt) { rc.Logs[0].Index = nil }), "lacks its place or names another"},
		"a receipt without a block":           {full, change(func(rc *receipt) { rc.BlockHash = "" }), "lacks its transaction or its block"},
		"a receipt without a block number":    {full, change(func(rc *receipt) { rc.BlockNumber = nil }), "lacks its transaction or its block"},
		"a receipt that names no transaction": {full, change(func(rc *receipt) { rc.TxHash = "" }), "lacks its transaction or its block"},
	} {
		if got := c.block.misfit(c.receipts); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
