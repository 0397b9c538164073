package reconcile

import "iter"

// Rows of the input stand in three tables. What rows by the thousand have in common,
// their source, status, asset and the like, is kept once, as their traits, and a row
// has its number. A row that the engine reads puts both together.

// orderRow is a row of an order book.
type orderRow struct {
	*orderCells
	*orderTraits
}

type orderCells struct {
	traits, rest     uint32
	line             uint32
	id, no           uint32 // keys
	customer         uint32 // a word
	payTo            uint32 // addrs
	due, recorded    qty
	txids            span
	created, expires Instant
	paidAt, updated  Instant
}

type orderTraits struct {
	source                    int32
	file                      FileID
	provider, account, method uint32 // words
	status, symbol            uint32 // words
	chainName                 uint32 // a word, as written
	settledIn                 uint32 // a word
	chain                     int32  // index into Input.chains, 0 unknown
	asset                     int32  // index into Input.assets, 0 unknown
	resends                   int32
	book                      Book
	state                     State
	flags                     OrderFlags
}

// orderRest is what few books tell.
type orderRest struct {
	settled, price qty
	payers         span
	filled         Instant
}

// at is where the row was read.
func (o orderRow) at() At { return At{File: o.file, Line: int(o.line)} }

// transferRow is a row of a transfer source.
type transferRow struct {
	*transferCells
	*transferTraits
}

type transferCells struct {
	traits    uint32
	txid      uint32
	from, to  uint32
	trace     uint32 // words
	orderRef  uint32 // keys
	blockHash uint32 // words
	logIndex  int64
	block     uint64
	time      Instant
	amount    qty
}

type transferTraits struct {
	source       int32
	file         FileID
	chain, asset int32
	baseUnit     bool
	finality     Finality
}

// deliveryRow is a row of a webhook log.
type deliveryRow struct {
	*deliveryCells
	*deliveryTraits
}

type deliveryCells struct {
	traits              uint32
	id, no              uint32 // keys
	amount              qty
	txids               span
	received, requested Instant
}

type deliveryTraits struct {
	source                  int32
	provider, event, status uint32 // words
	symbol                  uint32 // a word
	chain, asset            int32
	response                int32
	state                   State
	signature               Signature
	late                    bool
}

func (in *Input) order(i int32) orderRow       { return in.orderOf(in.orders.at(i)) }
func (in *Input) transfer(i int32) transferRow { return in.transferOf(in.transfers.at(i)) }
func (in *Input) delivery(i int32) deliveryRow { return in.deliveryOf(in.deliveries.at(i)) }

func (in *Input) orderOf(c *orderCells) orderRow { return orderRow{c, in.orderTraits.at(c.traits)} }
func (in *Input) transferOf(c *transferCells) transferRow {
	return transferRow{c, in.transferTraits.at(c.traits)}
}
func (in *Input) deliveryOf(c *deliveryCells) deliveryRow {
	return deliveryRow{c, in.deliveryTraits.at(c.traits)}
}

// restOf is what few books tell of an order; all empty where its book does not.
func (in *Input) restOf(o orderRow) *orderRest { return in.orderRests.at(int32(o.rest)) }

func (in *Input) allOrders() iter.Seq2[int32, orderRow] { return rowsOf(&in.orders, in.orderOf) }
func (in *Input) allTransfers() iter.Seq2[int32, transferRow] {
	return rowsOf(&in.transfers, in.transferOf)
}
func (in *Input) allDeliveries() iter.Seq2[int32, deliveryRow] {
	return rowsOf(&in.deliveries, in.deliveryOf)
}

// rowsOf yields the rows of a table with their traits.
func rowsOf[C, R any](t *table[C], row func(*C) R) iter.Seq2[int32, R] {
	return func(yield func(int32, R) bool) {
		for i, c := range t.all() {
			if !yield(i, row(c)) {
				return
			}
		}
	}
}
