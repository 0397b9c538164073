package explorer

import (
	"fmt"
	"strconv"
	"strings"

	"tieout/reconcile"
)

// words of a transaction's status, in lower case. What does not stand here is
// refused rather than taken for success.
var statusWords = map[string]outcome{
	"": moved, "success": moved, "successful": moved, "ok": moved, "confirmed": moved, "true": moved, "成功": moved,
	"error": reverted, "fail": reverted, "failed": reverted, "failure": reverted, "false": reverted, "失败": reverted,
	"revert": reverted, "reverted": reverted, "transfer_failed": reverted, "out_of_energy": reverted, "out_of_time": reverted,
	"out_of_memory": reverted, "bad_jump_destination": reverted, "stack_too_small": reverted, "stack_too_large": reverted,
	"stack_overflow": reverted, "jvm_stack_over_flow": reverted, "illegal_operation": reverted, "precompiled_contract": reverted,
	"invalid_code": reverted, "unknown": reverted,
}

// defaultDepth is how many confirmations count as final where the catalogue has
// no number for the chain: two epochs of Ethereum, after which it finalizes.
const defaultDepth = 64

// judge reads what became of the row's transaction, and its finality into t.
func (x *rowReader) judge(t *reconcile.Transfer) outcome {
	t.Finality = x.finality(t.Chain)
	text := strings.ToLower(x.text(status))
	what, known := statusWords[text]
	switch {
	case text == "pending" || text == "unconfirmed":
		t.Finality = reconcile.NotFinal
	case text == "0" || text == "1":
		if (text == "0") != x.format.zeroOK {
			what = reverted
		}
	case strings.HasPrefix(text, "error"):
		what = reverted
	case !known:
		x.check(status, fmt.Errorf("%.80q is no status that is known: success, failed, pending", x.text(status)))
	}
	if what == moved && x.text(failure) != "" {
		what = reverted
	}
	if what == reverted && x.format.moves == inside {
		what = noMove // a call may fail inside a transaction that succeeds
	}
	if what == moved && x.idle(t.Chain) {
		what = noMove
	}
	return what
}

// idle reports rows that by their kind move none of the chain's coin: calls that
// run foreign code in the caller's name show its value again, and TRON lists
// transfers of other tokens among its transactions.
func (x *rowReader) idle(chain string) bool {
	switch strings.ToLower(x.text(kind)) {
	case "delegatecall", "staticcall", "callcode", "transferassetcontract":
		return true
	}
	name := x.text(symbol)
	if x.format.moves != coin || name == "" {
		return false
	}
	ch, _ := x.catalogue.Chain(chain)
	if strings.EqualFold(name, ch.Native.Symbol) {
		return false
	}
	if !strings.HasPrefix(chain, "tron:") {
		x.check(symbol, fmt.Errorf("%.80q is not the coin of %s: is chain: right?", name, chain))
	}
	return true
}

// finality reads the columns that say how settled a row is; without them it is.
func (x *rowReader) finality(chain string) reconcile.Finality {
	switch text := strings.ToLower(x.text(confirmed)); text {
	case "", "true", "yes", "1", "confirmed", "是":
	case "false", "no", "0", "unconfirmed", "否":
		return reconcile.NotFinal
	default:
		x.check(confirmed, fmt.Errorf("%.80q is neither true nor false", text))
	}
	if x.text(confirmations) != "" && x.integer(confirmations) < x.depth(chain) {
		return reconcile.NotFinal
	}
	return reconcile.Final
}

// depth is how many confirmations make a transfer of the chain final.
func (x *rowReader) depth(chain string) uint64 {
	ch, _ := x.catalogue.Chain(chain)
	if n, err := strconv.ParseUint(ch.Finality, 10, 32); err == nil {
		return max(n, 1)
	}
	return defaultDepth
}
