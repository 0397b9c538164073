package audit

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tieout/reconcile/money"
)

// contract are the columns that this package reads of each file. More may stand in
// it; each name stands once.
var contract = map[string][]string{
	"orders.csv": {"order_id", "order_no", "provider", "status", "outcome", "kinds", "due", "received", "asset", "symbol", "txids", "explanation",
		"state", "account", "customer", "pay_to", "created_at", "expected", "tolerance"},
	"transfers.csv": {"chain", "block_number", "block_time", "txid", "log_index", "asset", "symbol", "from", "to", "amount", "outcome", "kinds",
		"order_id", "order_no", "reason", "occurrence", "final"},
	"deliveries.csv": {"source", "received_at", "provider", "order_id", "order_no", "status", "amount", "symbol", "txid", "response_status",
		"signature", "outcome", "kinds", "reason"},
	"matches.csv": {"order_id", "order_no", "provider", "chain", "txid", "log_index", "asset", "symbol", "amount", "rule", "margin", "explanation",
		"occurrence"},
	"breaks.csv": {"break_id", "kind", "cause", "severity", "order_id", "order_no", "provider", "account", "customer", "chain", "asset", "symbol",
		"expected", "observed", "difference", "value", "txids", "pay_to", "first_seen", "age_days", "deadline", "action", "explanation",
		"disposition", "reason", "by", "until", "cap"},
	"open_items.csv": {"item_id", "state", "order_id", "order_no", "provider", "chain", "asset", "symbol", "amount", "value", "txids", "first_seen",
		"age_days", "bucket", "until", "disposition"},
	"actions.csv": {"priority", "action", "who", "deadline", "hours_left", "order_id", "order_no", "provider", "account", "txid", "amount", "symbol",
		"reason", "sentence", "break_ids", "link", "severity", "value", "asset"},
	"rejects.csv": {"source", "file", "sheet", "line", "column", "value", "reason", "raw"},
}

// row is one row of a CSV file, its cells found by the names of their columns.
type row struct {
	d     *Date
	at    spot
	index map[string]int
	cells []string
}

// errUnreadable ends the reading of a report: a finding says why.
var errUnreadable = errors.New("a file of rows cannot be read")

// readTable reads a CSV file row by row. A header or a row that is not as the
// contract has it is a finding.
func (d *Date) readTable(name string, each func(r row)) error {
	f, err := os.Open(filepath.Join(d.place, name))
	if err != nil {
		return errUnreadable // checkOutputs has said why
	}
	defer f.Close()
	c := csv.NewReader(f)
	c.ReuseRecord = true
	header, err := c.Read()
	if err != nil {
		d.fail(spot{name, 1}, "header", "the names of the columns", fmt.Sprint(err))
		return errUnreadable
	}
	index, err := d.header(name, header)
	if err != nil {
		return err
	}
	for {
		cells, err := c.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			d.fail(spot{name, lineOf(err)}, "readable", "a row of CSV with as many cells as the header", err.Error())
			return errUnreadable
		default:
			line, _ := c.FieldPos(0)
			each(row{d, spot{name, line}, index, cells})
		}
	}
}

// lineOf is where a row that cannot be read begins, 0 where the reader does not say:
// it may have no field by whose place it could be told.
func lineOf(err error) int {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return e.StartLine
	}
	return 0
}

func (d *Date) header(name string, header []string) (map[string]int, error) {
	index := map[string]int{}
	for i, column := range header {
		if _, twice := index[column]; twice {
			d.fail(spot{name, 1}, "header", column+" once", "twice")
			return nil, errUnreadable
		}
		index[column] = i
	}
	for _, column := range contract[name] {
		if _, there := index[column]; !there {
			d.fail(spot{name, 1}, "header", "a column "+column, "none")
			return nil, errUnreadable
		}
	}
	return index, nil
}

// text is a cell as it was before it was made harmless for spreadsheets. The text
// is the row's own: it may be kept.
func (r row) text(column string) string { return strings.Clone(unescape(r.cells[r.index[column]])) }

// has reports whether the file has a column that is not in every report.
func (r row) has(column string) bool {
	_, there := r.index[column]
	return there
}

// list is a cell of several values.
func (r row) list(column string) []string {
	text := r.text(column)
	if text == "" {
		return nil
	}
	return strings.Split(text, "|")
}

// amount is an exact decimal, unknown for an empty cell.
func (r row) amount(column string) money.Quantity {
	text := r.cells[r.index[column]]
	if text == "" {
		return money.Quantity{}
	}
	q, err := parseDecimal(text)
	if err != nil {
		r.d.fail(r.at, column, "an exact decimal", text)
	}
	return q
}

// figure is an amount that must be known.
func (r row) figure(column string) money.Quantity {
	q := r.amount(column)
	if !q.Known() {
		if r.cells[r.index[column]] == "" {
			r.d.fail(r.at, column, "an exact decimal", "")
		}
		return nothing
	}
	return q
}

// whole is a whole number; none is what an empty cell stands for.
func (r row) whole(column string, none int) int {
	text := r.cells[r.index[column]]
	if text == "" {
		return none
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		r.d.fail(r.at, column, "a whole number", text)
	}
	return n
}

// instant is a time, zero for an empty cell.
func (r row) instant(column string) time.Time {
	text := r.cells[r.index[column]]
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Location() != time.UTC {
		r.d.fail(r.at, column, "a time in UTC", text)
	}
	return t
}

// oneOf is a word of a closed list.
func (r row) oneOf(column string, words []string) string {
	text := r.text(column)
	r.d.that(slices.Contains(words, text), r.at, column, "one of "+strings.Join(words, ", "), text)
	return text
}

// unescape takes the apostrophe off a text that would read as a formula without it.
func unescape(cell string) string {
	rest, ok := strings.CutPrefix(cell, "'")
	if !ok {
		return cell
	}
	start := strings.TrimLeft(rest, "'")
	start = strings.TrimLeftFunc(start, func(c rune) bool { return unicode.Is(unicode.Zs, c) || c >= 0x80 && unicode.Is(unicode.Cf, c) })
	c, _ := utf8.DecodeRuneInString(start)
	if start != "" && strings.ContainsRune("=+-@|\t\r\n\x00＝＋－＠", c) {
		return rest
	}
	return cell
}
