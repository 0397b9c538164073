package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkRun measures the whole program: files in, all CSV files and result.json
// out, no workbook. Memory is the peak of the process, so one size a process says
// most: go test -run '^$' -bench 'Run/1000000' -benchtime 1x ./cmd/tieout.
func BenchmarkRun(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			writeDay(b, dir, n)
			b.Chdir(dir)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				args := []string{"run", "--quiet", "--from", "2026-01-01T00:00:00Z", "--to", "2026-04-01T00:00:00Z", "--out", fmt.Sprint("out", i)}
				if status := execute(context.Background(), args, streams{strings.NewReader(""), io.Discard, os.Stderr}); status != 0 {
					b.Fatal("exit status", status)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			b.ReportMetric(peakMiB(b), "peak-MiB")
		})
	}
}

// peakMiB is the process's peak of resident memory so far.
func peakMiB(b *testing.B) float64 {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(content), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}

// writeDay writes n orders over 90 days in the proportions of a real cashier, with
// their transfers, as many by strangers as a seventh of the orders, and a webhook
// for nearly every paid one.
func writeDay(b *testing.B, dir string, n int) {
	rnd := rand.New(rand.NewPCG(1, 2))
	hash := func() string {
		return fmt.Sprintf("0x%016x%016x%016x%016x", rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64())
	}
	address := func(i uint64) string { return fmt.Sprintf("0x%040x", i*0x9e3779b97f4a7c15+1) }
	files := map[string]*bufio.Writer{}
	for name, header := range map[string]string{
		"orders.csv":    "order_id,order_no,status,account,customer,chain,asset,amount_due,txid,pay_to,created_at,expires_at,updated_at",
		"transfers.csv": "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value",
		"hooks.csv":     "received_at,order_no,order_id,status,amount,txid,response_status",
		"tieout.yaml": "version: 1\nmerchant: bench\norders: [{name: orders, files: [orders.csv]}]\nwebhooks: [{name: hooks, files: [hooks.csv]}]\n" +
			"transfers: [{name: transfers, files: [transfers.csv]}]\npolicy: {rates: {USD: {USDT: \"1\"}}}\nreports: {to: out, formats: [csv, json]}",
	} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		files[name] = bufio.NewWriterSize(f, 1<<20)
		defer files[name].Flush()
		fmt.Fprintln(files[name], header)
	}
	const start = 1767225600 // 2026-01-01
	stamp := func(seconds int64) string { return strconv.FormatInt(seconds, 10) }
	transfer := func(tx, from, to string, amount uint64, at int64) {
		fmt.Fprintf(files["transfers.csv"], "1,%d,%d,%s,%d,0xdac17f958d2ee523a2206206994597c13d831ec7,%s,%s,%d\n", at/12, at, tx, rnd.IntN(500), from, to, amount)
	}
	for i := range n {
		created := int64(start) + rnd.Int64N(89*86400)
		amount := 1_000_000 + rnd.Uint64N(1_000_000_000)
		payTo := address(1_000_000_000 + uint64(i))
		if i%10 < 7 {
			payTo = address(uint64(rnd.IntN(n/2000 + 1)))
		}
		kind, status, tx, paid := rnd.IntN(1000), "paid", hash(), created+rnd.Int64N(25*60)
		claim := tx
		switch {
		case kind < 880:
			transfer(tx, address(rnd.Uint64()), payTo, amount, paid)
		case kind < 920:
			status, claim = "expired", ""
		case kind < 935:
			status, claim = "expired", ""
			transfer(tx, address(rnd.Uint64()), payTo, amount, paid)
		case kind < 960:
			transfer(tx, address(rnd.Uint64()), payTo, amount+rnd.Uint64N(2_000_000)-1_000_000, paid)
		case kind < 980:
			from := address(rnd.Uint64())
			transfer(tx, from, payTo, amount, paid)
			transfer(hash(), from, payTo, amount, paid+60)
		case kind < 990:
			transfer(tx, address(rnd.Uint64()), payTo, amount, created+5400)
		}
		fmt.Fprintf(files["orders.csv"], "82%08d,SHOP-%d,%s,c1,cust%d,ETH,USDT,%d.%06d,%s,%s,%s,%s,%s\n", i, i, status, i/3, amount/1e6, amount%1e6, claim, payTo, stamp(created), stamp(created+1800), stamp(paid))
		if status == "paid" && kind%60 != 0 {
			fmt.Fprintf(files["hooks.csv"], "%s,SHOP-%d,82%08d,paid,%d.%06d,%s,200\n", stamp(paid+60), i, i, amount/1e6, amount%1e6, claim)
		}
		if i%7 == 0 {
			transfer(hash(), address(rnd.Uint64()), address(uint64(rnd.IntN(n/2000+1))), 1_000_000+rnd.Uint64N(1_000_000_000), created)
		}
	}
}
