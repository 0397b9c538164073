package reconcile

// rowIndex finds rows by a key number: head[key] is the first row, next[row] the
// one after it, -1 ends.
type rowIndex struct{ head, next []int32 }

func newRowIndex(keys, rows int) rowIndex {
	x := rowIndex{make([]int32, keys), make([]int32, rows)}
	for i := range x.head {
		x.head[i] = -1
	}
	return x
}

func (x rowIndex) add(key uint32, row int32) {
	x.next[row], x.head[key] = x.head[key], row
}
