package reconcile

import "tieout/reconcile/money"

// Finality says whether a transfer can still vanish.
type Finality uint8

const (
	Final    Finality = iota // finalized, or a file that does not say otherwise
	NotFinal                 // above the finalized block, or marked unconfirmed
)

// Transfer is one movement of one asset: a token's Transfer log, or a native
// value transfer. A transaction can hold many; the identity is (chain, TXID,
// log index), or an occurrence number where the file has no log index.
type Transfer struct {
	At        At
	Chain     string // CAIP-2 or alias
	TXID      string
	LogIndex  int64  // per block; -1 when the source has none (a file, a native transfer)
	Trace     string // position of a native transfer inside its transaction, "" otherwise
	Block     uint64 // 0 when not known
	BlockTime Instant
	BlockHash string

	Asset    string         // contract, CAIP-19 style id, or symbol unique on its chain
	Symbol   string         // what the file calls the token; never used to identify it
	Decimals int            // the file's decimals, -1 when it has none; the catalogue's win
	Amount   money.Quantity // in units of the asset, or in base units when BaseUnits
	BaseUnit bool           // Amount counts base units

	From, To string
	Finality Finality
	OrderRef string // order number from the payment contract's Deposit log, "" without one
}

// TXStatus is what a chain source found out about a claimed transaction.
type TXStatus uint8

const (
	TXUnknown  TXStatus = iota // it could not be asked
	TXFound                    // on chain and successful
	TXReverted                 // on chain, but it failed and moved nothing
	TXAbsent                   // the chain is fully covered and does not have it
)

// TXFact is the answer of a chain source to a claim that no transfer explains.
type TXFact struct {
	Chain, TXID string
	Status      TXStatus
}
