package tron

import (
	"context"
	"fmt"
)

// A node that ran for a while with JSON-RPC switched off has no index of the logs of
// that time, and answers with an empty list for ever. Where every block of late has
// many transfers of the tokens, as those of USDT have, a block in between without any
// shows such a time.
const (
	probeEvery = 1000 // blocks; fifty minutes
	probeRow   = 3    // blocks without a transfer that are no chance
	denseFrom  = 20   // transfers a block
)

// indexed says what of a range the node's index seems not to have. Of tokens that are
// rarely moved it can say nothing.
func (n *node) indexed(ctx context.Context, tokens []string, b blockRange, found int) error {
	if found > 0 && b.to-b.from < probeEvery || !n.isDense(ctx, tokens) {
		return nil
	}
	for at := b.from + (b.to-b.from)%probeEvery/2; at <= b.to; at += probeEvery {
		silent := uint64(0)
		for silent < probeRow && at+silent <= b.to {
			logs, err := n.getLogs(ctx, filter{tokens: tokens}, at+silent, at+silent)
			if err != nil {
				return err
			}
			if len(logs) > 0 {
				break
			}
			silent++
		}
		if silent == probeRow {
			return fmt.Errorf("the node's index shows no transfer of the tokens at all in the blocks %d to %d, as after a time with JSON-RPC switched off", at, at+silent-1)
		}
	}
	return nil
}

// isDense reports whether each of the newest final blocks has many transfers of the
// tokens. It is asked once.
func (n *node) isDense(ctx context.Context, tokens []string) bool {
	if n.dense != nil {
		return *n.dense
	}
	dense := true
	last := uint64(n.final.Number)
	for number := last - min(last, probeRow-1); dense && number <= last; number++ {
		logs, err := n.getLogs(ctx, filter{tokens: tokens}, number, number)
		dense = err == nil && len(logs) >= denseFrom
	}
	n.dense = &dense
	return dense
}
