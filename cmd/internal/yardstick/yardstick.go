// Package yardstick makes the data by which speed is measured: the files of a
// merchant's ninety days, in the proportions of a real cashier. The same number of
// orders gives the same bytes.
//
// measure runs the program on it beside DuckDB, which answers the same questions
// from the same files in SQL.
package yardstick

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// The window that holds every order.
const (
	From = "2026-01-01T00:00:00Z"
	To   = "2026-04-01T00:00:00Z"

	start = 1767225600 // From, in unix seconds
	day   = 86400
)

// Files are what Write makes beside the configuration tieout.yaml.
var Files = []string{"orders.csv", "transfers.csv", "hooks.jsonl"}

const configuration = `version: 1
merchant: bench
orders: [{name: orders, files: [orders.csv]}]
webhooks: [{name: hooks, files: [hooks.jsonl]}]
transfers: [{name: transfers, files: [transfers.csv]}]
policy: {rates: {USD: {USDT: "1"}}}
reports: {to: out, formats: [csv, json]}
`

// Write writes the files of n orders into a directory that is there: 88 % are paid
// and clean, 4 % expired unpaid, the others lost, over, under, late, paid twice or
// not at all. Seven of ten share an address with others. To every seventh order
// there is a transfer by a stranger, and to nearly every paid one a delivery.
func Write(dir string, n int) error {
	w := writer{rnd: rand.New(rand.NewPCG(1, 2)), shared: n/2000 + 1}
	var files []*os.File
	for i, to := range []**bufio.Writer{&w.orders, &w.transfers, &w.hooks} {
		f, err := os.Create(filepath.Join(dir, Files[i]))
		if err != nil {
			return err
		}
		files = append(files, f)
		*to = bufio.NewWriterSize(f, 1<<20)
	}
	fmt.Fprint(w.orders, "order_id,order_no,status,account,customer,chain,asset,amount_due,txid,pay_to,created_at,expires_at,updated_at\n")
	fmt.Fprint(w.transfers, "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n")
	for i := range n {
		w.order(i)
	}
	err := errors.Join(w.orders.Flush(), w.transfers.Flush(), w.hooks.Flush())
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	return errors.Join(err, os.WriteFile(filepath.Join(dir, "tieout.yaml"), []byte(configuration), 0o644))
}

// writer keeps the first error of each file until it is flushed.
type writer struct {
	rnd                      *rand.Rand
	orders, transfers, hooks *bufio.Writer
	shared                   int // addresses that orders share
}

// order writes an order with its transfers and its delivery.
func (w *writer) order(i int) {
	created := int64(start) + w.rnd.Int64N(89*day)
	amount := 1_000_000 + w.rnd.Uint64N(1_000_000_000)
	payTo := address(1_000_000_000 + uint64(i))
	if i%10 < 7 {
		payTo = address(uint64(w.rnd.IntN(w.shared)))
	}
	kind, status, tx, paid := w.rnd.IntN(1000), "paid", w.hash(), created+w.rnd.Int64N(25*60)
	claim, payer := tx, w.stranger()
	switch {
	case kind < 880: // clean
		w.transfer(tx, payer, payTo, amount, paid)
	case kind < 920: // expired
		status, claim = "expired", ""
	case kind < 935: // lost
		status, claim = "expired", ""
		w.transfer(tx, payer, payTo, amount, paid)
	case kind < 960: // over or under
		w.transfer(tx, payer, payTo, amount+w.rnd.Uint64N(2_000_000)-1_000_000, paid)
	case kind < 980: // paid twice
		w.transfer(tx, payer, payTo, amount, paid)
		w.transfer(w.hash(), payer, payTo, amount, paid+60)
	case kind < 990: // late
		w.transfer(tx, payer, payTo, amount, created+5400)
	}
	units := fmt.Sprintf("%d.%06d", amount/1e6, amount%1e6)
	fmt.Fprintf(w.orders, "82%08d,SHOP-%d,%s,c1,cust%d,ETH,USDT,%s,%s,%s,%d,%d,%d\n", i, i, status, i/3, units, claim, payTo, created, created+1800, paid)
	if status == "paid" && kind%60 != 0 {
		fmt.Fprintf(w.hooks, `{"received_at":%d,"order_no":"SHOP-%d","order_id":"82%08d","status":"paid","amount":"%s","txid":"%s","response_status":200}`+"\n", paid+60, i, i, units, claim)
	}
	if i%7 == 0 {
		w.transfer(w.hash(), w.stranger(), address(uint64(w.rnd.IntN(w.shared))), 1_000_000+w.rnd.Uint64N(1_000_000_000), created)
	}
}

func (w *writer) transfer(tx, from, to string, amount uint64, at int64) {
	fmt.Fprintf(w.transfers, "1,%d,%d,%s,%d,0xdac17f958d2ee523a2206206994597c13d831ec7,%s,%s,%d\n", at/12, at, tx, w.rnd.IntN(500), from, to, amount)
}

func (w *writer) hash() string {
	return fmt.Sprintf("0x%016x%016x%016x%016x", w.rnd.Uint64(), w.rnd.Uint64(), w.rnd.Uint64(), w.rnd.Uint64())
}

func (w *writer) stranger() string { return address(w.rnd.Uint64()) }

func address(i uint64) string { return fmt.Sprintf("0x%040x", i*0x9e3779b97f4a7c15+1) }
