package audit

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
	"tieout/reports"
)

// publish writes a result as a run would, and returns its directory.
func publish(t testing.TB, r *reconcile.Result) string {
	t.Helper()
	to := r.Window.To.Time()
	name := to.Add(-1).Format(time.DateOnly)
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	doc := reports.Document{Result: r, Facts: reports.Facts{Tool: "tieout", Merchant: "world", AsOf: name, Zone: "Etc/UTC", Incomplete: r.Incomplete(), Complete: r.Complete()}}
	if !r.Complete() {
		doc.Facts.Exit = 3
	}
	write := func(file string, write func(io.Writer) error) {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		doc.Facts.Outputs = append(doc.Facts.Outputs, reports.File{Path: file, SHA256: hashOf([]byte(b.String())), Bytes: int64(b.Len())})
	}
	for _, file := range reports.CSVFiles() {
		write(file, func(w io.Writer) error { return reports.WriteCSV(w, file, doc) })
	}
	outputs := doc.Facts.Outputs
	write(manifestName, func(w io.Writer) error { doc.Facts.Outputs = outputs; return reports.WriteJSON(w, doc) })
	return dir
}

// TestWorlds: what the core proves and the writers write is what the rows add up to.
func TestWorlds(t *testing.T) {
	worlds := 40
	if testing.Short() {
		worlds = 10
	}
	for seed := range worlds {
		c := rt.Generate(rt.Plan{Seed: uint64(seed), Orders: 300, Troubled: []int{700, 100}[seed%2]})
		r, err := c.Run()
		if err != nil {
			t.Fatal(err)
		}
		report, err := Verify(publish(t, r))
		if err != nil {
			t.Fatal(err)
		}
		d := report.Dates[0]
		if d.Verdict() != Holds {
			t.Fatalf("seed %d: %d of %d failed: %+v", seed, d.Failed, d.Checks, d.Findings[:min(12, len(d.Findings))])
		}
	}
}
