// Package demo makes the data set of `make demo`: a business day of a shop that
// sells through BlockATM and BVNK on three chains. The data is invented and
// deterministic; the truth of every order that is not clean stands beside it.
package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tieout/reconcile"
)

// Date is the business date of the demo.
const Date = "2026-03-17"

// day is its beginning, in UTC.
var day = time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)

// The secrets that sign the demo's webhooks. They protect nothing.
const (
	BlockATMSecret = "demo-blockatm-webhook-secret"
	BVNKSecret     = "demo-bvnk-webhook-secret"
)

// chain is one of the demo's chains and how its token is written.
type chain struct {
	name     string // BlockATM's chainId
	protocol string // BVNK's
	decimals int
	usdt     string
	usdc     string
	till     string // BlockATM's shared collection address
}

var (
	ethereum = chain{"1", "ERC20", 6, "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", address("till ethereum")}
	bsc      = chain{"56", "BEP20", 18, "0x55d398326f99059ff775485246999027b3197955", "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d", ""}
	tron     = chain{"TRON", "TRC20", 6, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "", tronAddress("till tron")}
)

// address, tronAddress and txid derive invented identifiers from a name.
func address(name string) string {
	sum := sha256.Sum256([]byte("address " + name))
	return "0x" + hex.EncodeToString(sum[:20])
}

func tronAddress(name string) string {
	sum := sha256.Sum256([]byte("tron " + name))
	return reconcile.TronAddress([20]byte(sum[:20]))
}

func txid(c *chain, name string) string {
	sum := sha256.Sum256([]byte("tx " + name))
	if c == &tron {
		return hex.EncodeToString(sum[:])
	}
	return "0x" + hex.EncodeToString(sum[:])
}

// order is one payment as the story tells it; amounts are in cents.
type order struct {
	no       string
	provider string // cashier1, cashier2, bvnk
	chain    *chain
	customer string
	due      int64
	created  time.Time
	expires  time.Time
	status   string // the provider's word
	claims   string // the TXID that the provider names
	recorded int64  // what the provider says was paid; 0 = the due
	paidAt   time.Time
	hold     bool
	payTo    string

	shop     string // the shop's word; "-" = the shop does not have it
	credited int64  // -1 = nothing
	noBook   bool   // the provider does not have it
}

// move is one transfer.
type move struct {
	chain    *chain
	tx       string
	token    string // contract; "" = USDT
	from, to string
	cents    int64
	at       time.Time
	pending  bool
}

// hook is one webhook delivery.
type hook struct {
	order    *order
	at       time.Time
	status   string
	event    string // BVNK's
	response int
	forged   bool
}

// expectation is the truth about one order or transfer.
type expectation struct{ subject, outcome, kinds, state string }

// story collects the day.
type story struct {
	orders   []*order
	moves    []move
	hooks    []hook
	expected []expectation
}

// Files writes the data set into a directory.
func Files(dir string) error {
	s := tell()
	for name, content := range map[string]string{
		"exports/blockatm-cashier1.csv": s.cashierCSV(), "exports/blockatm-cashier2.json": s.cashierJSON(), "exports/bvnk.json": s.bvnkJSON(),
		"exports/shop.csv": s.shopCSV(), "logs/blockatm.jsonl": s.blockatmLog(), "logs/bvnk.jsonl": s.bvnkLog(),
		"transfers/ethereum.csv": s.ethereumCSV(), "transfers/bsc.csv": s.bscCSV(), "transfers/tron.csv": s.tronCSV(),
		"addresses/treasury.csv": "chain,address,label\n," + treasury + ",treasury\n," + tronTreasury + ",treasury\n",
		"secrets/blockatm":       BlockATMSecret + "\n", "secrets/bvnk": BVNKSecret + "\n",
		"expected.csv": s.expectedCSV(),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) expectedCSV() string {
	slices.SortFunc(s.expected, func(a, b expectation) int { return strings.Compare(a.subject, b.subject) })
	var b strings.Builder
	b.WriteString("order_no,outcome,kinds,state\n")
	for _, e := range s.expected {
		fmt.Fprintf(&b, "%s,%s,%s,%s\n", e.subject, e.outcome, e.kinds, e.state)
	}
	return b.String()
}
