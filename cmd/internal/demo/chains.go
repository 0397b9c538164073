package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"tieout/reconcile"
)

// chain is one of the demo's chains and how others write it.
type chain struct {
	name     string // the shop's
	id       string // BlockATM's chainId
	network  string // BlockATM's network
	protocol string // BVNK's
	decimals int    // of its USDT
	usdt     string
	seconds  int64 // between blocks
	phase    int64 // of a block's time, modulo seconds
	height   int64 // ten days before the business date
}

var (
	ethereum = chain{name: "ethereum", id: "1", network: "Ethereum", protocol: "ERC20", decimals: 6, usdt: "0xdac17f958d2ee523a2206206994597c13d831ec7",
		seconds: 12, phase: 11, height: 24_610_000}
	bsc = chain{name: "bsc", id: "56", network: "BSC", protocol: "BEP20", decimals: 18, usdt: "0x55d398326f99059ff775485246999027b3197955",
		seconds: 1, height: 86_000_000}
	tron = chain{name: "tron", id: "0x2b6653dc", network: "TRON", protocol: "TRC20", decimals: 6, usdt: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
		seconds: 3, height: 80_700_000}
)

const usdc = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48" // on Ethereum

// The addresses that belong to the shop: the till collects for cashier 1, the
// treasuries are swept to.
var (
	till         = ethereum.address("till")
	treasury     = ethereum.address("treasury")
	tronTreasury = tron.address("treasury")
)

// address derives an invented address from a name.
func (c *chain) address(name string) string {
	sum := sha256.Sum256([]byte("address " + name))
	if c == &tron {
		return reconcile.TronAddress([20]byte(sum[:20]))
	}
	return "0x" + hex.EncodeToString(sum[:20])
}

// txid derives an invented transaction from a name.
func (c *chain) txid(name string) string {
	sum := sha256.Sum256([]byte("transaction " + c.name + " " + name))
	if c == &tron {
		return hex.EncodeToString(sum[:])
	}
	return "0x" + hex.EncodeToString(sum[:])
}

// sealed is the time of the first block at or after t.
func (c *chain) sealed(t time.Time) time.Time {
	wait := (c.phase - t.Unix()%c.seconds + c.seconds) % c.seconds
	return t.Add(time.Duration(wait) * time.Second)
}

// block is the number of the block that was sealed at t.
func (c *chain) block(t time.Time) int64 {
	return c.height + (t.Unix()-day.AddDate(0, 0, -10).Unix())/c.seconds
}

// units writes micros (millionths of a dollar) in base units of the chain's USDT.
func (c *chain) units(micros int64) string {
	if micros == 0 {
		return "0"
	}
	return strconv.FormatInt(micros, 10) + strings.Repeat("0", c.decimals-6)
}
