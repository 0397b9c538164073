package reconcile

import "iter"

// table is a list of rows in chunks: growing copies none of them, and takes no more
// memory than one chunk beyond the rows. Small lists stay small: the first chunk grows
// as a slice does, so a pointer to a row is good until the next one is added.
type table[T any] struct {
	chunks [][]T
	n      int
}

// A chunk has this many rows.
const (
	chunkBits = 12
	chunkRows = 1 << chunkBits
)

func (t *table[T]) len() int { return t.n }

// add appends a row.
func (t *table[T]) add(row T) {
	last := len(t.chunks) - 1
	switch {
	case last < 0:
		t.chunks, last = append(t.chunks, nil), 0
	case len(t.chunks[last]) == chunkRows:
		t.chunks, last = append(t.chunks, make([]T, 0, chunkRows)), last+1
	}
	t.chunks[last] = append(t.chunks[last], row)
	t.n++
}

// at returns row i, counted from 0.
func (t *table[T]) at(i int32) *T { return &t.chunks[uint32(i)>>chunkBits][i&(chunkRows-1)] }

// all yields the rows with their numbers.
func (t *table[T]) all() iter.Seq2[int32, *T] {
	return func(yield func(int32, *T) bool) {
		for c, rows := range t.chunks {
			for i := range rows {
				if !yield(int32(c<<chunkBits|i), &rows[i]) {
					return
				}
			}
		}
	}
}

// arrange puts rows in an order, in their own place: row order[i] comes to i. The
// order is used up.
func arrange[T any](rows []T, order []int32) {
	for i := range order { // round each circle of rows that take one another's place
		held, at := rows[i], int32(i)
		for from := order[at]; from >= 0; from = order[at] {
			order[at] = -1
			if from == int32(i) {
				rows[at] = held
				break
			}
			rows[at], at = rows[from], from
		}
	}
}
