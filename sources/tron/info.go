package tron

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
)

// info is what the HTTP API has of a transaction. One that it does not have is an
// object without anything in it. Its addresses are 20 bytes in hex, without 41 and 0x.
type info struct {
	ID        string       `json:"id"`
	Block     uint64       `json:"blockNumber"`
	Timestamp milliseconds `json:"blockTimeStamp"`
	Result    string       `json:"result"` // FAILED, or nothing
	Receipt   struct {
		Result string `json:"result"` // SUCCESS, REVERT, OUT_OF_ENERGY, ...; nothing where no contract was called
	} `json:"receipt"`
	Logs []struct {
		Address string   `json:"address"`
		Topics  []string `json:"topics"`
		Data    string   `json:"data"`
	} `json:"log"`
}

// failed reports whether the transaction moved nothing. A failed call stays on the
// chain.
func (i *info) failed() bool {
	return i.Result == "FAILED" || i.Receipt.Result != "" && i.Receipt.Result != "SUCCESS"
}

// moves are the transfers of a transaction that succeeded.
func (i *info) moves(txid string, tokens []string) (list []movement) {
	for _, l := range i.Logs {
		m, err := transferOf(l.Address, l.Topics, l.Data)
		if err == nil && slices.Contains(tokens, m.token) {
			m.txid, m.block, m.time, m.index = txid, i.Block, i.Timestamp.instant(), -1
			list = append(list, m)
		}
	}
	return list
}

// errNone says that the API answered, and does not have the transaction.
var errNone = errors.New("no such transaction")

// info asks for a transaction, among those that are solidified or among all.
func (g *grid) info(ctx context.Context, txid string, solid bool) (i info, err error) {
	if known, ok := g.infos[txid]; ok {
		return known, nil
	}
	path := "/wallet/gettransactioninfobyid"
	if solid {
		path = "/walletsolidity/gettransactioninfobyid"
	}
	if err := g.post(ctx, path, map[string]any{"value": txid}, &i); err != nil {
		return info{}, err
	}
	id, _ := canonicalTXID(i.ID)
	switch {
	case i.ID == "":
		return info{}, errNone
	case id != txid || i.Block == 0 || i.Timestamp.instant() == 0:
		return info{}, fmt.Errorf("%w: another transaction, or one without a block", errUnfit)
	}
	if solid {
		g.infos[txid] = i
	}
	return i, nil
}

// proven are the transfers of a transaction that the lists name, as its receipt has
// them. Each row must be one of them, unless it is an approval.
func (g *grid) proven(ctx context.Context, txid string, rows []row, q question) ([]movement, error) {
	i, err := g.info(ctx, txid, q.final)
	if err != nil {
		return nil, fmt.Errorf("transaction %s of the list: %w", txid, err)
	}
	var moves []movement
	if !i.failed() {
		moves = i.moves(txid, q.tokens)
	}
	moves = slices.DeleteFunc(moves, func(m movement) bool { return !slices.Contains(q.addresses, m.to) })
	for _, r := range rows {
		if strings.EqualFold(r.Type, "Transfer") && !slices.ContainsFunc(moves, r.is) {
			return nil, fmt.Errorf("transaction %s: the list has a transfer that its receipt does not show", txid)
		}
	}
	return moves, nil
}

// is reports whether a row is that transfer.
func (r *row) is(m movement) bool {
	token, errToken := base58(r.Token.Address)
	from, errFrom := base58(r.From)
	to, errTo := base58(r.To)
	return errToken == nil && errFrom == nil && errTo == nil && m.token == token && m.from == from && m.to == to &&
		m.value.String() == r.Value && m.time == r.Timestamp.instant()
}

// lookUp asks for each transaction: among those that are solidified, then among all.
func (g *grid) lookUp(ctx context.Context, txids []string, tokens []string) (list []finding) {
	for _, txid := range txids {
		f := finding{txid: txid}
		i, err := g.info(ctx, txid, true)
		if errors.Is(err, errNone) {
			i, err = g.info(ctx, txid, false)
		}
		switch {
		case errors.Is(err, errNone):
			f.status = g.pending(ctx, txid)
		case err != nil: // unknown
		case i.failed():
			f.status, f.block, f.time = reconcile.TXReverted, i.Block, i.Timestamp.instant()
		default:
			f.status, f.block, f.time = reconcile.TXFound, i.Block, i.Timestamp.instant()
			f.moves = i.moves(txid, tokens)
		}
		list = append(list, f)
	}
	return list
}

// pending tells a transaction that waits for its block from one that is not there.
func (g *grid) pending(ctx context.Context, txid string) reconcile.TXStatus {
	var tx struct {
		ID string `json:"txID"`
	}
	if err := g.post(ctx, "/wallet/gettransactionbyid", map[string]any{"value": txid}, &tx); err != nil || tx.ID != "" {
		return reconcile.TXUnknown
	}
	return reconcile.TXAbsent
}
