package reports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contract are the columns that other programs rely on: these, in this order;
// more may follow.
var contract = map[string]string{
	"breaks.csv": "break_id, kind, cause, severity, order_id, order_no, provider, account, customer, chain, asset, symbol, expected, observed, " +
		"difference, value, txids, pay_to, first_seen, age_days, deadline, action, explanation, disposition, reason, by, until, cap",
	"matches.csv":    "order_id, order_no, provider, chain, txid, log_index, asset, symbol, amount, rule, margin, explanation",
	"orders.csv":     "order_id, order_no, provider, status, outcome, kinds, due, received, asset, symbol, txids, explanation",
	"transfers.csv":  "chain, block_number, block_time, txid, log_index, asset, symbol, from, to, amount, outcome, kinds, order_id, order_no, reason",
	"deliveries.csv": "source, received_at, provider, order_id, order_no, status, amount, symbol, txid, response_status, signature, outcome, kinds, reason",
	"open_items.csv": "item_id, state, order_id, order_no, provider, chain, asset, symbol, amount, value, txids, first_seen, age_days, bucket, until, disposition",
	"rejects.csv":    "source, file, sheet, line, column, value, reason, raw",
	"actions.csv":    "priority, action, who, deadline, hours_left, order_id, order_no, provider, account, txid, amount, symbol, reason, sentence, break_ids, link",
}

func TestColumnsOfTheContract(t *testing.T) {
	if got := len(CSVFiles()); got != len(contract) {
		t.Errorf("%d files are written, the contract has %d", got, len(contract))
	}
	for _, table := range tables {
		want := strings.Split(contract[table.file], ", ")
		var got []string
		for _, h := range table.columns {
			if slices.Contains(got, h.name) {
				t.Errorf("%s has two columns %q", table.file, h.name)
			}
			got = append(got, h.name)
		}
		if len(got) < len(want) {
			t.Fatalf("%s has only %q", table.file, got)
		}
		if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
			t.Errorf("%s (-contract +got):\n%s", table.file, diff)
		}
	}
}

func TestCSVGolden(t *testing.T) {
	b := awkward()
	for _, file := range CSVFiles() {
		var out bytes.Buffer
		if err := writeCSV(&out, file, b); err != nil {
			t.Fatal(err)
		}
		golden(t, file, out.Bytes())
	}
}

// What a program reads with encoding/csv and Unescape is what was written.
func TestCSVReadsBack(t *testing.T) {
	generated := bookOf(sample(t, 300))
	for name, b := range map[string]*book{"awkward": awkward(), "generated": generated} {
		for _, table := range tables {
			var out bytes.Buffer
			if err := table.csv(&out, b); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(out.Bytes(), []byte("\r\n")) {
				t.Errorf("%s of %s has CRLF line ends", table.file, name)
			}
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil {
				t.Fatalf("%s of %s: %v", table.file, name, err)
			}
			n := 0
			for want := range table.rows(b) {
				n++
				for i, cell := range rows[n] {
					if k := table.columns[i].kind; (k != amount && k != number) || !decimal(cell) {
						cell = Unescape(cell)
					}
					if cell != want[i] {
						t.Errorf("%s of %s, row %d, column %s: read %q, want %q", table.file, name, n, table.columns[i].name, cell, want[i])
					}
				}
			}
			if len(rows) != n+1 {
				t.Errorf("%s of %s has %d rows, want %d", table.file, name, len(rows)-1, n)
			}
		}
	}
}

func TestCSVOfNothing(t *testing.T) {
	b := awkward()
	b.actions = nil
	var out bytes.Buffer
	if err := writeCSV(&out, "actions.csv", b); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 1 || !strings.HasPrefix(out.String(), "priority,action,") {
		t.Errorf("a file without rows is %q, want its header", out.String())
	}
}

func TestCSVIsTheSameTwice(t *testing.T) {
	for _, file := range CSVFiles() {
		var first, second bytes.Buffer
		if err := WriteCSV(&first, file, sample(t, 120)); err != nil {
			t.Fatal(err)
		}
		if err := WriteCSV(&second, file, sample(t, 120)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s differs between two writings of one document", file)
		}
	}
}

func TestUnknownFile(t *testing.T) {
	if err := writeCSV(io.Discard, "journal.csv", awkward()); err == nil || !strings.Contains(err.Error(), "journal.csv") {
		t.Errorf("writing journal.csv gave %v, want an error that names it", err)
	}
}

// full is a disk without room.
type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestFullDisk(t *testing.T) {
	b := awkward()
	for _, file := range CSVFiles() {
		if err := writeCSV(full{}, file, b); !errors.Is(err, errFull) {
			t.Errorf("%s on a full disk: %v", file, err)
		}
	}
	if err := writeJSON(full{}, b); !errors.Is(err, errFull) {
		t.Errorf("result.json on a full disk: %v", err)
	}
	if err := writeXLSX(full{}, b, XLSXOptions{}); !errors.Is(err, errFull) {
		t.Errorf("report.xlsx on a full disk: %v", err)
	}
	if err := writeSummary(full{}, b); !errors.Is(err, errFull) {
		t.Errorf("the summary on a full disk: %v", err)
	}
}

func TestCheckFormat(t *testing.T) {
	for _, name := range Formats {
		if err := CheckFormat(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{"html": "not there yet", "journal": "not there yet", "pdf": "unknown format"} {
		if err := CheckFormat(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "xlsx") {
			t.Errorf("%s: %v, want %q and what there is", name, err, want)
		}
	}
}
