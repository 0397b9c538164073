package evm

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"
)

// someLogs are logs as a node sends them, several a block.
func someLogs(count int) []byte {
	var b strings.Builder
	b.WriteString("[")
	for i := range count {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"address":"0xdac17f958d2ee523a2206206994597c13d831ec7","topics":["%s","0x%024x%040x","0x%024x%040x"],"data":"0x%064x","blockNumber":"0x%x","transactionHash":"0x%064x","transactionIndex":"0x%x","blockHash":"0x%064x","blockTimestamp":"0x%x","logIndex":"0x%x","removed":false}`,
			transferTopic.Hex(), 0, i*7+1, 0, i%100, i*1000, 20_000_000+i/100, i*31+5, i%100, i/100+9, 1_700_000_000+i/100*12, i%100)
	}
	b.WriteString("]")
	return []byte(b.String())
}

// FuzzLogList: what is read by hand is what encoding/json reads.
func FuzzLogList(f *testing.F) {
	f.Add(string(someLogs(3)))
	f.Add(`[]`)
	f.Add(` [ { "address" : "0x1", "topics" : [ ] , "removed" : true } , {} ] `)
	f.Add(`[{"address":"0x1","address":"0x2","topics":["a","b"],"topics":["c"],"data":"\u0041"}]`)
	f.Add(`[{"logIndex":7,"blockTimestamp":null,"Data":"0x"}]`)
	f.Add(`[{"logIndex":"0x10000000000000000"},null]`)
	f.Fuzz(func(t *testing.T, text string) {
		fast, ok := readLogs([]byte(text))
		if !ok || !json.Valid([]byte(text)) {
			return // encoding/json decides
		}
		var slow []log
		if err := json.Unmarshal([]byte(text), &slow); err != nil {
			t.Fatalf("%q was read by hand, but: %v", text, err)
		}
		if diff := cmp.Diff(slow, []log(fast), cmp.AllowUnexported(log{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}

// TestLogList: what nodes send is read by hand, and the rest all the same.
func TestLogList(t *testing.T) {
	for text, want := range map[string]bool{
		string(someLogs(250)): true, `[]`: true, `[{"logIndex":7}]`: false, `[{"blockTimestamp":1767225600}]`: false, `[{"data":null}]`: false, `[{"Address":"0x1"}]`: false,
	} {
		if _, ok := readLogs([]byte(text)); ok != want {
			t.Errorf("%.60s: by hand %v", text, ok)
		}
		var slow []log
		var list logList
		if err := json.Unmarshal([]byte(text), &slow); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slow, []log(list), cmp.AllowUnexported(log{})); diff != "" {
			t.Errorf("%.60s: %s", text, diff)
		}
	}
}

// BenchmarkLogs measures logs by CPU second, also as go-ethereum reads them.
func BenchmarkLogs(b *testing.B) {
	const count = 10_000
	text := someLogs(count)
	read := map[string]func() error{
		"ours":        func() error { var list logList; return list.UnmarshalJSON(text) },
		"go-ethereum": func() error { var list []types.Log; return json.Unmarshal(text, &list) },
	}
	for _, name := range []string{"ours", "go-ethereum"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := read[name](); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "logs/s")
		})
	}
}
