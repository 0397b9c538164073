package etherscan

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/holiman/uint256"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// quantity is a number in hex.
type quantity uint64

func (q *quantity) UnmarshalJSON(b []byte) error {
	text, ok := strings.CutPrefix(strings.Trim(string(b), `"`), "0x")
	n, err := strconv.ParseUint(text, 16, 64)
	if !ok || err != nil {
		return fmt.Errorf("%.40s is no number in hex", b)
	}
	*q = quantity(n)
	return nil
}

func hexNumber(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

// bounds finds the newest block and the last one that counts: deep enough to be final,
// and no newer than the newest transfer of the tokens in the API's index, which can be
// far behind the node that it asks for blocks.
func (r *reader) bounds(ctx context.Context) error {
	var head quantity
	if found, err := r.call(ctx, &head, "eth_blockNumber", url.Values{}); err != nil || !found {
		return errors.Join(errors.New("the API does not tell its newest block"), err)
	}
	indexed := uint64(0)
	for _, token := range r.tokens() {
		newest, err := r.newest(ctx, token)
		if err != nil {
			return fmt.Errorf("how far the API's index has come: %w", err)
		}
		indexed = max(indexed, newest)
	}
	r.head = uint64(head)
	r.final = min(r.head-min(r.head, uint64(r.options.Confirmations)), indexed)
	for _, number := range []uint64{1, r.head, r.final} {
		if _, err := r.timeOf(ctx, number); err != nil {
			return err
		}
	}
	return nil
}

// newest is the block of a token's newest transfer, 0 without one.
func (r *reader) newest(ctx context.Context, token string) (block uint64, err error) {
	query := url.Values{"module": {"account"}, "action": {"tokentx"}, "contractaddress": {token}, "page": {"1"}, "offset": {"1"}, "sort": {"desc"}}
	err = r.ask(ctx, query, func(result []byte) error {
		rows, err := rowsOf(result)
		if err != nil || len(rows) == 0 {
			return err
		}
		m, err := rows[0].movement()
		if err == nil && m.token != token {
			err = errors.New("a row is of another token")
		}
		block = m.block
		return err
	})
	return block, err
}

// timeOf is the time of a block.
func (r *reader) timeOf(ctx context.Context, number uint64) (reconcile.Instant, error) {
	if at, ok := r.times[number]; ok {
		return at, nil
	}
	var b struct {
		Number    quantity `json:"number"`
		Timestamp quantity `json:"timestamp"`
	}
	found, err := r.call(ctx, &b, "eth_getBlockByNumber", url.Values{"tag": {hexNumber(number)}, "boolean": {"false"}})
	if err != nil || !found || uint64(b.Number) != number || number > 0 && b.Timestamp == 0 {
		return 0, errors.Join(fmt.Errorf("block %d cannot be read", number), err)
	}
	r.times[number] = reconcile.Instant(b.Timestamp) * reconcile.Second
	return r.times[number], nil
}

// blockAt returns the first block at or after a time, or the one after the head. Blocks
// come at an even pace, so that every other guess is where the time should be: a free
// key may ask three times a second.
func (r *reader) blockAt(ctx context.Context, at reconcile.Instant) (uint64, error) {
	low, high := uint64(1), r.head+1
	below, above := uint64(1), r.head // blocks whose times are known
	for step := 0; low < high; step++ {
		middle := low + (high-low)/2
		if step%2 == 0 {
			middle = min(max(r.guess(below, above, at), low), high-1)
		}
		t, err := r.timeOf(ctx, middle)
		switch {
		case err != nil:
			return 0, fmt.Errorf("finding the block of %s: %w", at, err)
		case t < at:
			low, below = middle+1, middle
		default:
			high, above = middle, middle
		}
	}
	return low, nil
}

// guess is where a time should be between two blocks; where their times are not known
// it is the later one.
func (r *reader) guess(below, above uint64, at reconcile.Instant) uint64 {
	from, to := r.times[below], r.times[above]
	switch {
	case from == 0 || to <= from:
		return above
	case at <= from:
		return below
	}
	seconds := uint64((at - from + reconcile.Second - 1) / reconcile.Second)
	return below + (seconds*(above-below)+uint64((to-from)/reconcile.Second)-1)/uint64((to-from)/reconcile.Second)
}

// receipt is what is used of a transaction's receipt.
type receipt struct {
	TX     string    `json:"transactionHash"`
	Hash   string    `json:"blockHash"`
	Block  *quantity `json:"blockNumber"`
	Status *quantity `json:"status"`
	Logs   []struct {
		Address string    `json:"address"`
		Topics  []string  `json:"topics"`
		Data    string    `json:"data"`
		Index   *quantity `json:"logIndex"`
	} `json:"logs"`
}

// claims looks up transactions that books name and that no transfer explains.
func (r *reader) claims(ctx context.Context) {
	if r.query.Claims == nil {
		return
	}
	seen := map[string]bool{}
	for _, m := range r.moves {
		seen[m.txid] = true
	}
	for _, c := range r.query.Claims() {
		txid := strings.ToLower(c.TXID)
		if (c.Chain == "" || c.Chain == r.options.Chain) && len(txid) == 66 && !seen[txid] {
			seen[txid] = true
			r.into.AddFact(reconcile.TXFact{Chain: r.options.Chain, TXID: txid, Status: r.lookUp(ctx, txid)})
		}
	}
}

// errNone says that the API answered, and does not have the transaction.
var errNone = errors.New("the API has no receipt of it")

// receipt asks for a transaction's receipt, and for the time of its block.
func (r *reader) receipt(ctx context.Context, txid string) (rc receipt, at reconcile.Instant, err error) {
	found, err := r.call(ctx, &rc, "eth_getTransactionReceipt", url.Values{"txhash": {txid}})
	switch {
	case err != nil:
	case !found:
		err = errNone
	case !rc.of(txid):
		err = errors.New("a receipt of another one, or without its places")
	default:
		at, err = r.timeOf(ctx, uint64(*rc.Block))
	}
	if err != nil {
		err = fmt.Errorf("transaction %s: %w", txid, err)
	}
	return rc, at, err
}

// of reports whether this is a receipt of that transaction that can be used.
func (rc *receipt) of(txid string) bool {
	whole := strings.EqualFold(rc.TX, txid) && rc.Block != nil && rc.Status != nil && len(rc.Hash) == 66
	for _, l := range rc.Logs {
		whole = whole && l.Index != nil
	}
	return whole
}

// lookUp says what became of a claimed transaction, and keeps its transfers. One that
// the API does not know is none only where all of the window was read without a gap.
func (r *reader) lookUp(ctx context.Context, txid string) reconcile.TXStatus {
	rc, at, err := r.receipt(ctx, txid)
	switch {
	case errors.Is(err, errNone) && len(r.addresses) > 0 && len(r.gaps) == 0 && r.times[r.final] >= r.query.Window.To:
		return reconcile.TXAbsent
	case err != nil:
		return reconcile.TXUnknown
	case *rc.Status == 1:
		r.moves = append(r.moves, rc.transfers(r.tokens(), at)...)
		return reconcile.TXFound
	case uint64(*rc.Block) > r.final:
		return reconcile.TXUnknown
	}
	return reconcile.TXReverted
}

const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" // Transfer(address,address,uint256)

// transfers are those of a receipt; of a transaction that failed, none.
func (rc *receipt) transfers(tokens []string, at reconcile.Instant) (list []movement) {
	for _, l := range rc.Logs {
		raw, err := hex.DecodeString(strings.TrimPrefix(l.Data, "0x"))
		token := strings.ToLower(l.Address)
		if err != nil || len(raw) != 32 || len(l.Topics) != 3 || !strings.EqualFold(l.Topics[0], transferTopic) || *rc.Status != 1 || !slices.Contains(tokens, token) {
			continue
		}
		list = append(list, movement{block: uint64(*rc.Block), hash: strings.ToLower(rc.Hash), txid: strings.ToLower(rc.TX), index: int64(*l.Index), time: at, token: token,
			from: topicAddress(l.Topics[1]), to: topicAddress(l.Topics[2]), value: money.FromWords([4]uint64(*new(uint256.Int).SetBytes32(raw)))})
	}
	return list
}

// topicAddress is the address in an indexed argument: its last 20 bytes.
func topicAddress(topic string) string {
	return "0x" + strings.ToLower(topic[max(0, len(topic)-40):])
}
