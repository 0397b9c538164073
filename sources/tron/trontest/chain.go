// Package trontest fakes a TRON network for tests: there is no java-tron that starts
// in a test. What its node and its TronGrid answer has the shape of the documented
// answers, limits and refusals included; nothing of it was recorded from a network.
package trontest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"tieout/reconcile"
)

// Start is the time of block 1; a block follows every three seconds.
var Start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// Chain is a network. Its blocks are numbered from 1; the first one is its genesis,
// block 0.
type Chain struct {
	ID     string // the chain id in hex without 0x: the end of the genesis block's hash
	Solid  uint64 // the newest solidified block
	blocks []block
}

type block struct {
	hash string
	time time.Time
	txs  []*Tx
}

// Tx is a transaction in a block.
type Tx struct {
	ID     string
	Block  uint64
	Time   time.Time
	Failed bool
	Logs   []Transfer
}

// Transfer is a Transfer log. Its index is that in its block.
type Transfer struct {
	Token, From, To string // base58
	Value           int64
	Index           int
}

// New makes the main network with its first block.
func New() *Chain {
	return &Chain{ID: "2b6653dc", blocks: []block{{hash: fmt.Sprintf("%056d", 0) + "2b6653dc"}}}
}

// Address makes up an address.
func Address(name string) string {
	sum := sha256.Sum256([]byte(name))
	return reconcile.TronAddress([20]byte(sum[:20]))
}

// Head is the newest block.
func (c *Chain) Head() uint64 { return uint64(len(c.blocks) - 1) }

// Time is that of a block.
func (c *Chain) Time(number uint64) time.Time { return c.blocks[number].time }

// Hash is that of a block, with 0x.
func (c *Chain) Hash(number uint64) string { return "0x" + c.blocks[number].hash }

// Mine adds empty blocks.
func (c *Chain) Mine(blocks int) {
	for range blocks {
		c.seal(nil)
	}
}

// Solidify makes all blocks final.
func (c *Chain) Solidify() { c.Solid = c.Head() }

// Pay mines a block with one transaction of these transfers.
func (c *Chain) Pay(transfers ...Transfer) *Tx { return c.PayIn(1, transfers...)[0] }

// PayIn mines a block with so many transactions, the last of which has these
// transfers; the others are of other people.
func (c *Chain) PayIn(transactions int, transfers ...Transfer) []*Tx {
	var list []*Tx
	for i := 1; i < transactions; i++ {
		list = append(list, &Tx{Logs: []Transfer{{Token: transfers[0].Token, From: Address("a"), To: Address("b"), Value: int64(i)}}})
	}
	tx := &Tx{Logs: transfers}
	c.seal(append(list, tx))
	return append([]*Tx{tx}, list...)
}

// Fail mines a block with a transaction that ran out of energy.
func (c *Chain) Fail() *Tx {
	tx := &Tx{Failed: true}
	c.seal([]*Tx{tx})
	return tx
}

func (c *Chain) seal(txs []*Tx) {
	number := uint64(len(c.blocks))
	b := block{hash: fmt.Sprintf("%016x", number) + digest("block", number)[16:], time: Start.Add(time.Duration(number-1) * 3 * time.Second), txs: txs}
	index := 0
	for i, tx := range txs {
		tx.ID, tx.Block, tx.Time = digest("tx", number, i), number, b.time
		for j := range tx.Logs {
			tx.Logs[j].Index = index
			index++
		}
	}
	c.blocks = append(c.blocks, b)
}

func (c *Chain) tx(id string) *Tx {
	for _, b := range c.blocks {
		for _, tx := range b.txs {
			if tx.ID == id {
				return tx
			}
		}
	}
	return nil
}

func digest(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return hex.EncodeToString(sum[:])
}

// raw is an address in hex.
func raw(address string) string {
	bytes, err := reconcile.TronBytes(address)
	if err != nil {
		panic(err) // a test that makes up its own addresses
	}
	return hex.EncodeToString(bytes[:])
}

func word(n int64) string { return fmt.Sprintf("%064x", big.NewInt(n)) }

func topics(t Transfer, prefix string) []string {
	pad := prefix + fmt.Sprintf("%024d", 0)
	return []string{prefix + "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", pad + raw(t.From), pad + raw(t.To)}
}
