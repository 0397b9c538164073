package reconcile

import "testing"

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
