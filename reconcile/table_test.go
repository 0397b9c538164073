package reconcile

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Rows come back by number and in order, however many chunks they fill.
func TestTable(t *testing.T) {
	for _, n := range []int{0, 1, 3, chunkRows - 1, chunkRows, chunkRows + 1, 3*chunkRows + 7} {
		var rows table[int]
		for i := range n {
			rows.add(10 * i)
		}
		if rows.len() != n {
			t.Errorf("%d rows, want %d", rows.len(), n)
		}
		next := 0
		for i, row := range rows.all() {
			if int(i) != next || *row != 10*next || *rows.at(i) != *row {
				t.Fatalf("of %d rows number %d is %d, and reads %d", n, i, *row, *rows.at(i))
			}
			next++
		}
		if next != n {
			t.Errorf("%d rows came of %d", next, n)
		}
	}
}

// A row that stands in a full chunk never moves, so that growing costs no copy.
func TestTableRowsStay(t *testing.T) {
	var rows table[int]
	for i := range chunkRows {
		rows.add(i)
	}
	first := rows.at(0)
	for i := range 5 * chunkRows {
		rows.add(i)
	}
	if rows.at(0) != first {
		t.Error("the first row moved")
	}
}

func TestArrange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 50 {
		rows, order := make([]int, n), make([]int32, n)
		for i, from := range rnd.Perm(n) {
			rows[i], order[i] = rnd.IntN(9), int32(from)
		}
		var want []int
		for _, from := range order {
			want = append(want, rows[from])
		}
		if arrange(rows, order); !slices.Equal(rows, want) {
			t.Fatalf("%v, want %v", rows, want)
		}
	}
}
