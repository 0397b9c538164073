package explorer

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// clock is how the rows of a file get their time.
type clock struct {
	zone   *time.Location // of times without one, nil = such a time is refused
	blocks blockTimes     // of files without times
}

// blockKey is a block of a chain, "" where its file does not say which.
type blockKey struct {
	chain  string
	number uint64
}

// blockTimes are the times that blocks files lend to transfers.
type blockTimes map[blockKey]reconcile.Instant

// at returns the time of a block.
func (b blockTimes) at(chain string, number uint64) (reconcile.Instant, error) {
	if at, ok := b[blockKey{chain, number}]; ok {
		return at, nil
	}
	return 0, fmt.Errorf("block %d of %s is in no blocks file of this source, so its time is not known: add it", number, chain)
}

// readBlocks takes the times of a blocks file. A row that cannot be read fails
// the file: transfers would lose their times to it.
func (s *source) readBlocks(ctx context.Context, l layout, into blockTimes) error {
	b := bind(l)
	zone := s.options.Zone
	declared := s.chainID(s.options.Chain)
	_, err := s.each(ctx, l, b.contract, tabular.Handler{
		Row: func(r *tabular.Row) error {
			number, err := strconv.ParseUint(r.Text(b.column[block]), 10, 63)
			if err != nil {
				return r.Errorf(b.column[block], "%.80q is no block number", r.Text(b.column[block]))
			}
			at, err := sources.ParseTime(r.Text(b.column[blockTime]), zone)
			if err != nil {
				return r.Errorf(b.column[blockTime], "%v", err)
			}
			key := blockKey{declared, number}
			if name := r.Text(b.column[chain]); name != "" {
				key.chain = s.chainID(name)
			}
			if other, twice := into[key]; twice && other != at {
				return r.Errorf(b.column[blockTime], "block %d has another time elsewhere (%s): the files hold blocks of several chains, or of a reorganised one", number, other)
			}
			into[key] = at
			return nil
		},
		Bad: func(bad *tabular.Error) error { return bad },
	})
	return err
}
