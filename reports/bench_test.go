package reports

import (
	"io"
	"testing"

	"tieout/reconcile"
)

// repeated is a book of n orders (and as many transfers) of one shape.
func repeated(n int) *book {
	b := awkward()
	var order reconcile.OrderRow
	for order = range b.orders {
		break
	}
	var match reconcile.MatchRow
	for match = range b.matches {
		break
	}
	b.orders = func(yield func(reconcile.OrderRow) bool) {
		for range n {
			if !yield(order) {
				return
			}
		}
	}
	b.matches = func(yield func(reconcile.MatchRow) bool) {
		for range n {
			if !yield(match) {
				return
			}
		}
	}
	return b
}

func BenchmarkOrdersCSV(b *testing.B) {
	const rows = 100_000
	book := repeated(rows)
	b.ReportAllocs()
	for b.Loop() {
		if err := writeCSV(io.Discard, "orders.csv", book); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkMatchesSheet(b *testing.B) {
	book := repeated(matchLimit)
	b.ReportAllocs()
	for b.Loop() {
		if err := writeXLSX(io.Discard, book, XLSXOptions{TempDir: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(matchLimit*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
