package tron

import (
	"context"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// witness is an endpoint that answers for the right network, whatever it speaks.
type witness interface {
	name() string
	// chain is the network in CAIP-2 spelling.
	chain(context.Context) (string, error)
	// bounds asks for the newest block and the newest final one; solid tells the time
	// of that.
	bounds(context.Context) error
	solid() reconcile.Instant
	// serves says why it cannot be asked about that many addresses, "" when it can.
	serves(addresses int) string
	// read returns what it shows of a question. Holes are what it could not read;
	// nothing is said about them.
	read(context.Context, question) answer
	// lookUp says of each transaction what became of it, in their order.
	lookUp(ctx context.Context, txids []string, tokens []string) []finding
	// placed reports whether its transfers say where in their block they are.
	placed() bool
	close()
}

// question asks for the transfers of tokens into addresses over a time.
type question struct {
	tokens    []string // base58, sorted
	addresses []string // likewise
	span      reconcile.Interval
	final     bool // all of the span is final
	again     bool // it was asked before: in other pieces, the other way round
	probe     bool // see that the index has what it should
}

// answer is what a witness shows.
type answer struct {
	moves []movement
	holes []hole
}

// hole is a time that could not be read.
type hole struct {
	span   reconcile.Interval
	blocks [2]uint64 // zero where only the time is known
	reason string
}

// movement is one transfer of a token.
type movement struct {
	txid            string
	block           uint64
	hash            string // of the block, "" when not known
	index           int64  // of the log in its block, -1 when not known
	time            reconcile.Instant
	token, from, to string // base58
	value           money.Units
}

// finding is what became of a transaction.
type finding struct {
	txid   string
	status reconcile.TXStatus // TXAbsent: it has no such transaction, which may be its fault
	block  uint64
	time   reconcile.Instant
	moves  []movement // of accepted tokens, to whomever, when it succeeded
}
