package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tieout/reconcile/money"
)

func TestJSONGolden(t *testing.T) {
	var out bytes.Buffer
	if err := writeJSON(&out, awkward()); err != nil {
		t.Fatal(err)
	}
	golden(t, "result.json", out.Bytes())
}

// The keys of schema 1 are a public contract.
func TestJSONKeys(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, sample(t, 120)); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"schema", "tool", "merchant", "as_of", "from", "to", "revision", "replaces", "status", "exit", "config_sha256",
		"assets_sha256", "previous", "roll_forward", "resolved", "rejected_answers", "calendar", "answers", "tie_out", "sources", "counts", "inputs", "outputs"} {
		if _, ok := doc[key]; !ok {
			t.Errorf("result.json has no %q", key)
		}
	}
	if got := doc["status"]; got != "complete" {
		t.Errorf("status is %v, want complete", got)
	}
	if got := doc["tie_out"].(map[string]any)["holds"]; got != true {
		t.Errorf("the tie-out holds: %v, want true", got)
	}
	if bytes.Contains(out.Bytes(), []byte("e+")) {
		t.Error("an amount is in scientific notation")
	}
}

// Whoever has a reason against it, the run is not called complete.
func TestIncompleteForEitherReason(t *testing.T) {
	for name, tt := range map[string]struct {
		facts  bool
		why    []string
		status string
	}{
		"complete":                   {true, nil, "complete"},
		"the caller missed a source": {false, []string{"shop: no such file"}, "incomplete"},
		"the caller says no more":    {false, nil, "incomplete"},
		"the core saw a gap in it":   {true, []string{"chain: ends at noon"}, "incomplete"},
	} {
		b := awkward()
		b.facts.Complete, b.incomplete = tt.facts, tt.why
		if got := b.status(); got != tt.status {
			t.Errorf("%s: %s, want %s", name, got, tt.status)
		}
	}
}

func TestResidualIsTold(t *testing.T) {
	b := awkward()
	b.tieOut[0].Residual = units("1")
	var out bytes.Buffer
	if err := writeJSON(&out, b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"holds": false`) || !strings.Contains(out.String(), `"residual": "0.000001"`) {
		t.Error("result.json does not tell of a residual")
	}
	out.Reset()
	if err := writeSummary(&out, b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "DOES NOT HOLD") {
		t.Error("the summary does not tell of a residual")
	}
}

// Counts are those of the rows that the CSV files have.
func TestTotals(t *testing.T) {
	b := bookOf(sample(t, 300))
	total := sum(b)
	for file, want := range map[string]int{"orders.csv": totalOf(total.Orders), "transfers.csv": totalOf(total.Transfers),
		"deliveries.csv": totalOf(total.Deliveries), "matches.csv": totalOf(total.Matches), "actions.csv": totalOf(total.Actions)} {
		for _, table := range tables {
			if table.file != file {
				continue
			}
			n := 0
			for range table.rows(b) {
				n++
			}
			if n != want || n == 0 {
				t.Errorf("%s has %d rows, the totals say %d", file, n, want)
			}
		}
	}
	if got := totalOf(total.Excluded); got != total.Transfers["excluded"] {
		t.Errorf("%d transfers are excluded for a reason, %d in all", got, total.Transfers["excluded"])
	}
	kinds := 0
	for _, tally := range total.BreaksByKind {
		kinds += tally.Count
	}
	if kinds != total.Breaks || totalOf(total.BreaksByRank) != total.Breaks {
		t.Errorf("%d breaks by kind, %d by severity, %d in all", kinds, totalOf(total.BreaksByRank), total.Breaks)
	}
}

// A break in two assets is one break, and its values add up.
func TestBreakInTwoAssets(t *testing.T) {
	b := awkward()
	second := b.breaks[0]
	second.Asset, second.Value = money.Asset{ID: "eip155:1/slip44:60", Decimals: 18}, quantity("0.5")
	b.breaks = append(b.breaks[:1:1], second)
	total := sum(b)
	if total.Breaks != 1 || total.BreaksByKind["lost_order"] != (Tally{1, "100.5"}) || total.BreakAssets[usdtID] != (Tally{1, "100"}) {
		t.Errorf("got %d breaks, %+v by kind, %+v by asset", total.Breaks, total.BreaksByKind, total.BreakAssets)
	}
}

func TestSummaryGolden(t *testing.T) {
	b := awkward()
	b.actions = b.actions[:3]
	b.actions[1].HoursLeft, b.actions[1].Deadline, b.actions[1].Sentence = -5, clock("2026-03-09T19:00:00Z"), "\x1b[2J\u202eHold\n it."
	var out bytes.Buffer
	if err := writeSummary(&out, b); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", out.Bytes())
	if strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Error("a control rune reached the terminal")
	}
}

// Every run names the one that it replaces and the one before it.
func TestJSONLineage(t *testing.T) {
	d := sample(t, 120)
	lineage := func() string {
		var out bytes.Buffer
		if err := WriteJSON(&out, d); err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Revision           int
			Replaces, Previous any
		}
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintln(doc.Revision, doc.Replaces, doc.Previous)
	}
	if got := lineage(); got != "1 <nil> <nil>\n" {
		t.Errorf("the first run: %s", got)
	}
	d.Facts.Revision, d.Facts.Replaces, d.Facts.Previous = 2, "aa", Link{"2026-03-08", "bb"}
	if got := lineage(); got != "2 aa map[as_of:2026-03-08 sha256:bb]\n" {
		t.Errorf("a revision: %s", got)
	}
}
