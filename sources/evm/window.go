package evm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/reconcile"
)

// bounds asks the preferred endpoint for its head and its finalized block; one
// that cannot tell is left for the next.
func (r *reader) bounds(ctx context.Context) error {
	var failed []error
	for len(r.nodes) > 0 {
		n := r.nodes[0]
		err := r.ask(ctx, n)
		if err == nil {
			r.clamp(n)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = append(failed, fmt.Errorf("endpoint %s: %w", n.Name, err))
		r.nodes = r.nodes[1:]
	}
	return fmt.Errorf("%s: no endpoint tells its head and finalized block: %w", r.options.Name, oneLine(failed))
}

// use makes an endpoint's head and finalized block count, if they do not yet.
func (r *reader) use(ctx context.Context, n *node) error {
	if !n.final.whole() {
		if err := r.ask(ctx, n); err != nil {
			return err
		}
		r.clamp(n)
	}
	return nil
}

// clamp takes over an endpoint's head and finalized block; after a change of
// endpoint they can only go back.
func (r *reader) clamp(n *node) {
	if !r.head.whole() || n.head.Number < r.head.Number {
		r.head = n.head
	}
	if !r.final.whole() || n.final.Number < r.final.Number {
		r.final = n.final
	}
}

func (r *reader) ask(ctx context.Context, n *node) error {
	if found, err := r.call(ctx, n, &n.head, "eth_getBlockByNumber", "latest", false); err != nil || !found || !n.head.whole() {
		return cmp.Or(err, errors.New("it has no latest block"))
	}
	if r.options.Confirmations == 0 {
		found, err := r.call(ctx, n, &n.final, "eth_getBlockByNumber", "finalized", false)
		if err != nil || !found || !n.final.whole() {
			return cmp.Or(err, errors.New("it has no finalized block; declare policy.chains finality as a number of confirmations"))
		}
		return nil
	}
	number := uint64(n.head.Number)
	number -= min(number, uint64(r.options.Confirmations))
	h, err := r.headerOf(ctx, n, number)
	n.final = h
	return err
}

// header returns a block's header, from the first endpoint that has it. The block
// is known to exist, so one that is not there yet is asked for again.
func (r *reader) header(ctx context.Context, number uint64) (header, error) {
	if h, ok := r.headers[number]; ok {
		return h, nil
	}
	for try := 1; ; try++ {
		failed, wait := []error{errors.New("no endpoint has it")}, false
		for _, n := range r.nodes {
			h, err := r.headerOf(ctx, n, number)
			if err == nil || ctx.Err() != nil {
				return h, err
			}
			failed, wait = append(failed, err), wait || errors.Is(err, errUnfit)
		}
		if !wait || try == maxBehind {
			return header{}, fmt.Errorf("block %d: %w", number, oneLine(failed))
		}
		if err := r.options.wait(ctx, time.Duration(try)*blockWait); err != nil {
			return header{}, err
		}
	}
}

// headerOf asks one endpoint for a block.
func (r *reader) headerOf(ctx context.Context, n *node, number uint64) (header, error) {
	var h header
	found, err := r.call(ctx, n, &h, "eth_getBlockByNumber", hexNumber(number), false)
	switch {
	case err != nil:
		return header{}, fmt.Errorf("endpoint %s: %w", n.Name, err)
	case !found || !h.of(number):
		return header{}, fmt.Errorf("endpoint %s: %w: block %d is not there", n.Name, errUnfit, number)
	}
	if !r.pinned[number] {
		r.headers[number] = h
	}
	return h, nil
}

// window finds the blocks of the query's reach by their times.
func (r *reader) window(ctx context.Context) (first, last uint64, err error) {
	first, err = r.blockAt(ctx, r.query.Reach.From)
	if err != nil {
		return 0, 0, err
	}
	after, err := r.blockAt(ctx, r.query.Reach.To)
	if err != nil {
		return 0, 0, err
	}
	if after == 0 {
		return 1, 0, nil
	}
	return first, after - 1, nil
}

// blockAt returns the first block at or after a time, or the one after the head.
// Blocks may share a timestamp.
func (r *reader) blockAt(ctx context.Context, at reconcile.Instant) (uint64, error) {
	low, high := uint64(0), uint64(r.head.Number)+1
	for low < high {
		middle := low + (high-low)/2
		h, err := r.header(ctx, middle)
		if err != nil {
			return 0, fmt.Errorf("%s: finding the block of %s: %w", r.options.Name, at, err)
		}
		if h.time() < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}
