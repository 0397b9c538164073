package etherscan

import (
	"context"
	"fmt"

	"tieout/reconcile"
)

// Probe asks the API what a run needs of it, and says how far its index has come. It
// changes nothing.
func Probe(ctx context.Context, o Options) (found string, err error) {
	s := Transfers(o).(*source)
	if err := s.options.check(); err != nil {
		return "", err
	}
	r := &reader{source: s, times: map[uint64]reconcile.Instant{}}
	if err := r.bounds(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("newest block %d, final and in the index up to block %d of %s", r.head, r.final, r.times[r.final]), nil
}
