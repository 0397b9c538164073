package evm

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"tieout/reconcile/money"
	"tieout/sources/internal/jsonrpc"
)

// multicall is Multicall3, which has one address on every chain that has it: many
// reads in one call.
const multicall = "0xca11bde05977b3631167028862be2a173976ca11"

// Selectors of the functions that are called.
var (
	aggregate3 = common.FromHex("0x82ad56cb") // aggregate3((address,bool,bytes)[])
	balanceOf  = common.FromHex("0x70a08231") // balanceOf(address)
)

// maxReads is how many balances are asked for in one call.
const maxReads = 500

// account is what one address holds of one token.
type account struct{ address, token string }

// balances asks for accounts as they were after a block, of the endpoint that is
// preferred least: another than the one that gave the logs, where there is one. A
// balance that the token does not tell is nil.
func (r *reader) balances(ctx context.Context, accounts []account, block uint64) ([]*money.Units, error) {
	failed := []error{}
	for _, n := range slices.Backward(r.nodes) {
		list, err := r.balancesOf(ctx, n, accounts, block)
		if err == nil || ctx.Err() != nil {
			return list, err
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
	}
	return nil, oneLine(failed)
}

func (r *reader) balancesOf(ctx context.Context, n *node, accounts []account, block uint64) (list []*money.Units, err error) {
	for chunk := range slices.Chunk(accounts, maxReads) {
		part, err := r.together(ctx, n, chunk, block)
		if errors.Is(err, errNoMulticall) {
			part, err = r.oneByOne(ctx, n, chunk, block)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, part...)
	}
	return list, nil
}

// errNoMulticall says that the contract is not there, or not yet.
var errNoMulticall = errors.New("no Multicall3")

// together asks by Multicall3, unless the endpoint's chain has none.
func (r *reader) together(ctx context.Context, n *node, accounts []account, block uint64) ([]*money.Units, error) {
	if n.alone || len(accounts) == 1 {
		return nil, errNoMulticall
	}
	var text string
	found, err := r.call(ctx, n, &text, "eth_call", call(multicall, aggregation(accounts)), hexNumber(block))
	if err != nil && classify(err, block, block).class == pruned || ctx.Err() != nil {
		return nil, err
	}
	data, errHex := hexBytes(text)
	if err == nil && found && errHex == nil {
		if list, ok := aggregated(data, len(accounts)); ok {
			return list, nil
		}
	}
	n.alone = true // single questions tell what is wrong, if anything is
	return nil, errNoMulticall
}

func call(to string, data []byte) map[string]string {
	return map[string]string{"to": to, "data": "0x" + hex.EncodeToString(data)}
}

// oneByOne asks for balances in batches of calls.
func (r *reader) oneByOne(ctx context.Context, n *node, accounts []account, block uint64) (list []*money.Units, err error) {
	for batch := range slices.Chunk(accounts, batchSize) {
		texts := make([]string, len(batch))
		requests := make([]jsonrpc.Request, len(batch))
		for i, a := range batch {
			requests[i] = jsonrpc.Request{Method: "eth_call", Args: []any{call(a.token, reading(a)), hexNumber(block)}, Out: &texts[i]}
		}
		failed := len(batch) == 1 || n.client.Batch(ctx, requests) != nil
		for i := range batch {
			if failed || requests[i].Err != nil {
				requests[i].Found, err = r.call(ctx, n, &texts[i], "eth_call", requests[i].Args...)
			}
			if err != nil && !reverted(err) || ctx.Err() != nil {
				return nil, err
			}
			data, errHex := hexBytes(texts[i])
			list = append(list, balance(data, requests[i].Found && err == nil && errHex == nil))
			err = nil
		}
	}
	return list, nil
}

// reverted reports whether the token itself refused to answer.
func reverted(err error) bool {
	var e *jsonrpc.Error
	return errors.As(err, &e) && e.Code == 3 || errors.As(err, &e) && e.Message == "execution reverted"
}

func reading(a account) []byte {
	return append(slices.Clone(balanceOf), common.HexToHash(a.address).Bytes()...)
}

// balance is an answer of balanceOf, nil where it is none.
func balance(data []byte, told bool) *money.Units {
	if !told || len(data) != 32 {
		return nil
	}
	units := money.FromWords([4]uint64(*new(uint256.Int).SetBytes32(data)))
	return &units
}

// aggregation encodes one call of aggregate3: for each account a tuple of the token,
// that it may fail, and the question for a balance.
func aggregation(accounts []account) []byte {
	const tuple = 6 * 32 // token, may fail, offset, length, 36 bytes padded to 64
	count := uint64(len(accounts))
	out := slices.Concat(aggregate3, abiWord(32), abiWord(count))
	for i := range count {
		out = append(out, abiWord(32*count+tuple*i)...)
	}
	for _, a := range accounts {
		question := reading(a)
		out = append(out, slices.Concat(common.HexToHash(a.token).Bytes(), abiWord(1), abiWord(96), abiWord(uint64(len(question))), question, make([]byte, 64-len(question)))...)
	}
	return out
}

// abiWord is a number of 32 bytes.
func abiWord(n uint64) []byte {
	b := make([]byte, 32)
	binary.BigEndian.PutUint64(b[24:], n)
	return b
}

// aggregated decodes the answer: for each call a tuple of success and data.
func aggregated(data []byte, count int) ([]*money.Units, bool) {
	list := make([]*money.Units, count)
	body, ok := abiTail(data, 0)
	if !ok || !isWord(body, uint64(count)) {
		return nil, false
	}
	body = body[32:]
	for i := range list {
		entry, ok := abiTail(body, 32*i)
		if !ok || len(entry) < 64 {
			return nil, false
		}
		answer, ok := abiTail(entry, 32)
		if !ok {
			return nil, false
		}
		length, ok := abiUint(answer)
		if !ok || length > uint64(len(answer)-32) {
			return nil, false
		}
		list[i] = balance(answer[32:32+length], isWord(entry, 1))
	}
	return list, true
}

// abiTail is what the offset at a place points to; its first word is there.
func abiTail(data []byte, at int) ([]byte, bool) {
	if len(data) < at+32 {
		return nil, false
	}
	offset, ok := abiUint(data[at:])
	if !ok || offset > uint64(len(data)) || uint64(len(data))-offset < 32 {
		return nil, false
	}
	return data[offset:], true
}

func isWord(data []byte, n uint64) bool {
	got, ok := abiUint(data)
	return ok && got == n
}

func abiUint(data []byte) (uint64, bool) {
	if len(data) < 32 {
		return 0, false
	}
	n := new(uint256.Int).SetBytes32(data[:32])
	return n.Uint64(), n.IsUint64()
}
