package evm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"tieout/reconcile/money"
)

// Bounds of a tie-out by balances.
const (
	maxAccounts = 100_000 // compared at each edge of the window
	maxFaults   = 200     // blocks whose receipts are read
)

// Levels that a tie-out reaches.
const (
	balanced       = "balance"         // every account has what its transfers make
	partlyBalanced = "partial balance" // some cannot be told; notes say how many
)

// tieOut holds, for each receiving address and token, what its transfers add up to
// against the difference of its balances. The state does not come from the index of
// logs, so a lost log shows, and its block is found by halving. Two lost logs of one
// address that cancel out do not show: gaps stay gaps.
type tieOut struct {
	*reader
	watched []string
	edge    uint64 // the block before the window
	last    uint64 // final block that is compared
	opening map[account]money.Units
	faults  map[uint64]bool // blocks whose receipts were read
	tied    int
	mute    int             // accounts whose token tells no balance
	elastic map[account]any // whose balance changes without a transfer
}

// balance ties accounts out and takes the logs of blocks at fault from their
// receipts. The error is only the context's.
func (r *reader) tie(ctx context.Context, addresses []string, first, last uint64) error {
	t := &tieOut{reader: r, watched: addresses, edge: first - min(first, 1), last: min(last, uint64(r.final.Number)),
		opening: map[account]money.Units{}, faults: map[uint64]bool{}, elastic: map[account]any{}}
	if t.last <= t.edge {
		return nil
	}
	if err := t.outgoing(ctx, first); err != nil {
		return err
	}
	accounts, unasked := t.accounts()
	opening, err := r.balances(ctx, accounts, t.edge)
	var closing []*money.Units
	if err == nil {
		closing, err = r.balances(ctx, accounts, t.last)
	}
	if err != nil {
		r.proof = provenNothing
		r.into.Note("balance: not provable, so that basic is what holds: " + shortly(err))
		return ctx.Err()
	}
	t.compare(ctx, accounts, opening, closing)
	t.report(unasked)
	return ctx.Err()
}

// outgoing reads the transfers from the addresses. Ranges that cannot be read are no
// gaps: nothing is said about what is outgoing, and the balances show what is missing.
func (t *tieOut) outgoing(ctx context.Context, first uint64) error {
	gaps := t.gaps
	for _, f := range filters([]filter{t.payments(asSender)}) {
		if err := t.unit(ctx, f, first, t.last); err != nil {
			return err
		}
	}
	t.gaps = gaps
	return nil
}

// accounts are those to compare: all with a transfer, then as many others as the
// bound allows, spread evenly. The number is of those left out.
func (t *tieOut) accounts() (list []account, unasked int) {
	active := map[account]bool{}
	for a := range t.sums(t.last) {
		active[a] = true
	}
	tokens := t.tokens()
	rest := len(t.watched)*len(tokens) - len(active)
	room := min(rest, max(0, maxAccounts-len(active)))
	seen, taken := 0, 0
	for _, address := range t.watched {
		for _, token := range tokens {
			a := account{address, token}
			if active[a] {
				list = append(list, a)
				continue
			}
			if seen++; seen*room/max(rest, 1) > taken {
				list, taken = append(list, a), taken+1
			}
		}
	}
	return list, rest - taken
}

// sums are what the transfers up to a block add to each account.
func (t *tieOut) sums(until uint64) map[account]money.Units {
	sums := map[account]money.Units{}
	t.each(func(number uint64, a account, units money.Units) {
		if number <= until {
			sums[a] = sums[a].Add(units)
		}
	})
	return sums
}

// each visits what every transfer of the window adds to a watched account.
func (t *tieOut) each(visit func(number uint64, a account, units money.Units)) {
	seen := map[logKey]bool{}
	for _, logs := range [][]log{t.logs, t.spent} {
		for i := range logs {
			l := &logs[i]
			m, err := decodeTransfer(l)
			if number := uint64(l.BlockNumber); err != nil || seen[l.key()] || number <= t.edge || number > t.last {
				continue
			}
			seen[l.key()] = true
			token := strings.ToLower(l.Address)
			if containsFold(t.watched, m.to) {
				visit(uint64(l.BlockNumber), account{m.to, token}, m.value)
			}
			if containsFold(t.watched, m.from) {
				visit(uint64(l.BlockNumber), account{m.from, token}, m.value.Neg())
			}
		}
	}
}

// compare ties accounts out, one after the other; what was taken from receipts for
// one counts for all.
func (t *tieOut) compare(ctx context.Context, accounts []account, opening, closing []*money.Units) {
	for i, a := range accounts {
		if opening[i] != nil {
			t.opening[a] = *opening[i]
		}
	}
	sums, known := t.sums(t.last), len(t.faults)
	for i, a := range accounts {
		if len(t.faults) > known {
			sums, known = t.sums(t.last), len(t.faults)
		}
		switch {
		case ctx.Err() != nil:
			return
		case closing[i] == nil:
			t.mute++
		case t.opening[a].Add(sums[a]) == *closing[i] || t.mend(ctx, a, *closing[i]):
			t.tied++
		}
	}
}

// mend looks for the blocks in which an account changed otherwise than its transfers
// say, and takes their logs from their receipts until the account ties out.
func (t *tieOut) mend(ctx context.Context, a account, closing money.Units) bool {
	for t.opening[a].Add(t.sums(t.last)[a]) != closing {
		number, err := t.fault(ctx, a)
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil:
			t.gaps = append(t.gaps, blockGap{t.edge + 1, t.last, fmt.Sprintf("balance: %s does not have what its transfers make, and the block cannot be found: %s", a.address, shortly(err))})
			return false
		case t.faults[number]: // its receipts were read: the balance changes without a transfer
			t.elastic[a] = nil
			return false
		case len(t.faults) == maxFaults:
			t.gaps = append(t.gaps, blockGap{number, t.last, "balance: there are more blocks at fault than are looked into"})
			return false
		}
		t.faults[number] = true
		if err := t.reread(ctx, number); err != nil {
			t.gaps = append(t.gaps, blockGap{number, t.last, fmt.Sprintf("balance: %s does not have what its transfers make, and the receipts of block %d cannot be read: %s", a.address, number, shortly(err))})
			return false
		}
	}
	return true
}

// fault finds the first block after which an account does not have what its transfers
// make, by halving. Before the window it has.
func (t *tieOut) fault(ctx context.Context, a account) (uint64, error) {
	var moves []struct {
		number uint64
		units  money.Units
	}
	t.each(func(number uint64, of account, units money.Units) {
		if of == a {
			moves = append(moves, struct {
				number uint64
				units  money.Units
			}{number, units})
		}
	})
	low, high := t.edge, t.last
	for high-low > 1 {
		middle := low + (high-low)/2
		have, err := t.balances(ctx, []account{a}, middle)
		if err != nil {
			return 0, err
		}
		if have[0] == nil { // before there was such a token
			have[0] = new(money.Units)
		}
		want := t.opening[a]
		for _, m := range moves {
			if m.number <= middle {
				want = want.Add(m.units)
			}
		}
		if *have[0] == want {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// reread takes a block's logs from its receipts.
func (t *tieOut) reread(ctx context.Context, number uint64) error {
	receipts, err := t.blockReceipts(ctx, number)
	if err != nil {
		return err
	}
	t.instead(number, matching(receipts, t.questions(t.watched)), matching(receipts, []filter{t.payments(asSender)}))
	return nil
}

// payments are the transfers of the tokens that have the addresses as one party.
func (t *tieOut) payments(party int) filter {
	return filter{contracts: t.tokens(), recipients: t.watched, topic: transferTopic.Hex(), party: party}
}

// instead puts a block's logs in the place of those that were given.
func (t *tieOut) instead(number uint64, in, out []log) {
	given := map[string]bool{}
	of := func(l log) bool { return uint64(l.BlockNumber) == number }
	t.spent = append(slices.DeleteFunc(t.spent, of), out...)
	t.reader.logs = slices.DeleteFunc(t.reader.logs, func(l log) bool {
		if of(l) {
			given[l.identity()] = true
		}
		return of(l)
	})
	for i := range in {
		if !given[in[i].identity()] {
			t.notes["logs that the endpoint left out were taken from the receipts of the block at fault"]++
		}
		delete(given, in[i].identity())
		delete(t.seen, in[i].key())
	}
	if len(given) > 0 {
		t.notes["logs that are in no receipt were left out"] += len(given)
	}
	t.keep(in)
}

// blockReceipts returns the receipts of a block: those that hash to its header, or on
// a chain whose hashes are not known here those that fit it.
func (r *reader) blockReceipts(ctx context.Context, number uint64) ([]receipt, error) {
	s, err := r.sealed(ctx, number, common.Hash{})
	if err == nil {
		var receipts []receipt
		if receipts, _, err = r.provenReceipts(ctx, s, func([]receipt) bool { return true }); err == nil {
			return receipts, nil
		}
	}
	if slices.Contains(hashed, r.options.Chain) || !errors.Is(err, errUnsealed) && !errors.Is(err, errRoot) {
		return nil, err
	}
	failed := []error{}
	for _, n := range r.nodes {
		receipts, err := r.receiptsOf(ctx, n, number)
		if err == nil || ctx.Err() != nil {
			return receipts, err
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
	}
	return nil, oneLine(failed)
}

// report says what ties out, and what cannot be told.
func (t *tieOut) report(unasked int) {
	t.into.Note(fmt.Sprintf("balance: %d accounts of an address and a token have what their transfers make, from block %d to %d", t.tied, t.edge, t.last))
	count := func(n int, text string) {
		if n > 0 {
			t.into.Note(fmt.Sprintf("balance: %d %s", n, text))
			t.proof = partlyBalanced
		}
	}
	count(unasked, fmt.Sprintf("accounts without a transfer were not compared: at most %d accounts are", maxAccounts))
	count(t.mute, "accounts are not provable: their token tells no balance")
	by := map[string]int{}
	for a := range t.elastic {
		by[a.token]++
	}
	for _, token := range slices.Sorted(maps.Keys(by)) {
		count(by[token], "accounts of "+token+" are not provable: their balance changes without a transfer, by a fee, interest or destruction")
	}
}
