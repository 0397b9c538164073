package reports

import (
	"io"
	"iter"
	"reflect"
	"slices"
)

// table is one kind of row that people and programs get: breaks, orders, … CSV
// files and sheets are the same tables.
type table struct {
	file    string // breaks.csv
	columns []heading
	csv     func(w io.Writer, b *book) error
	rows    func(b *book) iter.Seq[[]string] // raw texts, one a column; a row is only valid until the next
}

// heading is a column: its name is a public contract.
type heading struct {
	name  string
	kind  kind
	width float64 // on a sheet, in characters
}

// wraps reports whether the column holds sentences, which a sheet wraps.
func (h heading) wraps() bool { return h.kind == text && h.width >= 50 }

// right reports whether the column holds figures.
func (h heading) right() bool { return h.kind == amount || h.kind == number }

// tables are all files of rows, in the order of the contract.
var tables = []table{actionsTable, breaksTable, ordersTable, transfersTable, deliveriesTable, matchesTable, openItemsTable, rejectsTable}

// column returns the index of a column, which must be there.
func (t *table) column(name string) int {
	i := slices.IndexFunc(t.columns, func(h heading) bool { return h.name == name })
	if i < 0 {
		panic("reports: no column " + name + " in " + t.file)
	}
	return i
}

// The cells of records. Their types say what they hold; gocsv asks them how they
// are written.
type (
	textCell    string
	amountCell  string
	numberCell  string
	instantCell string
	hashCell    string
)

var kindOfCell = map[reflect.Type]kind{
	reflect.TypeFor[textCell]():    text,
	reflect.TypeFor[amountCell]():  amount,
	reflect.TypeFor[numberCell]():  number,
	reflect.TypeFor[instantCell](): instant,
	reflect.TypeFor[hashCell]():    hash,
}

func (c textCell) MarshalCSV() (string, error)    { return escapeAs(text, string(c)), nil }
func (c amountCell) MarshalCSV() (string, error)  { return escapeAs(amount, string(c)), nil }
func (c numberCell) MarshalCSV() (string, error)  { return escapeAs(number, string(c)), nil }
func (c instantCell) MarshalCSV() (string, error) { return escapeAs(instant, string(c)), nil }
func (c hashCell) MarshalCSV() (string, error)    { return escapeAs(hash, string(c)), nil }
