package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
)

// TestStatusOf: of several errors the most serious decides, however they are wrapped.
func TestStatusOf(t *testing.T) {
	invariant := &reconcile.InvariantError{Violations: []string{"USDT: residual 1"}}
	output := &files.OutputError{Err: errors.New("disk full")}
	conf := &config.Error{File: "tieout.yaml", Reason: "wrong"}
	panicked := guard(func() error { panic("boom") })
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing", nil, 0},
		{"breaks asked for", exitError(1), 1},
		{"incomplete", exitError(3), 3},
		{"command line", &usageError{text: "wrong"}, 2},
		{"configuration", fmt.Errorf("loading: %w", conf), 2},
		{"another merchant", &files.MerchantError{Root: "out", Merchant: "other"}, 2},
		{"locked", &files.LockedError{Root: "out"}, 5},
		{"stopped", context.Canceled, 5},
		{"unwritable", errors.Join(output, errors.New("and more")), 6},
		{"invariant", fmt.Errorf("run: %w", invariant), 4},
		{"panic", panicked, 4},
		{"invariant whose note cannot be written", errors.Join(invariant, output), 4},
		{"stopped while writing", errors.Join(context.Canceled, output), 6},
		{"unwritable, and the database away", errors.Join(output, &store.UnavailableError{Err: errors.New("gone")}), 6},
		{"invariant, and no space for the state", errors.Join(invariant, &store.WriteError{Err: errors.New("full")}), 4},
		{"stopped, and no space for the state", errors.Join(context.Canceled, &store.WriteError{Err: errors.New("full")}), 6},
		{"wrong state, unwritable report", errors.Join(&store.URLError{Reason: "wrong"}, output), 6},
		{"damaged state", fmt.Errorf("run: %w", &store.CorruptError{Err: errors.New("bad page")}), 4},
		{"newer state", &store.NewerError{Have: 9, Known: 3}, 2},
		{"lease lost", &store.LostError{Merchant: "demo"}, 5},
		{"another error", errors.New("what nobody foresaw"), 2},
		{"locked and misconfigured", errors.Join(&files.LockedError{}, conf), 2},
	} {
		if got, _ := statusOf(c.err); got != c.want {
			t.Errorf("%s: exit status %d, want %d", c.name, got, c.want)
		}
	}
	if !strings.Contains(panicked.Error(), "boom") || !strings.Contains(panicked.Error(), "errors_test.go") {
		t.Errorf("a panic must say what and where: %v", panicked)
	}
}

// TestFullOutput: a result that stdout could not take is told by the exit status,
// whatever the command, and once.
func TestFullOutput(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--help"}, {"inspect", filepath.Join("..", "..", "testdata", "demo", "exports", "blockatm-cashier1.csv")}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skipf("SKIPPED: no device that is always full: %v", err)
		}
		defer full.Close()
		var said strings.Builder
		if status := execute(t.Context(), args, streams{out: full, err: &said}); status != exitOutput || strings.Count(said.String(), "no space left on device") != 1 {
			t.Errorf("%v: exit %d\n%s", args, status, said.String())
		}
	}
}

// TestGraver: of the statuses of several runs the most serious is that of all.
func TestGraver(t *testing.T) {
	for _, c := range []struct{ a, b, want int }{{0, 0, 0}, {0, 1, 1}, {3, 1, 3}, {3, 5, 5}, {2, 5, 2}, {2, 6, 6}, {6, 4, 4}, {4, 0, 4}} {
		if got, back := graver(c.a, c.b), graver(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("of %d and %d: %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

// TestPeriod: business dates are cut in the merchant's zone, days of 23 and 25
// hours included.
func TestPeriod(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	apia, err := time.LoadLocation("Pacific/Apia")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2026-11-01T15:30:00Z")
	for _, c := range []struct {
		name         string
		flags        runFlags
		zone         *time.Location
		want         string
		wantF, wantT string
	}{
		{"as of", runFlags{asOf: "2026-03-17"}, time.UTC, "2026-03-17", "2026-03-16T00:00:00Z", "2026-03-18T00:00:00Z"},
		{"the clocks go forward", runFlags{asOf: "2026-03-29"}, berlin, "2026-03-29", "2026-03-27T22:00:00Z", "2026-03-29T22:00:00Z"},
		{"the clocks go back", runFlags{asOf: "2026-10-25"}, berlin, "2026-10-25", "2026-10-23T23:00:00Z", "2026-10-25T23:00:00Z"},
		{"end of a year", runFlags{asOf: "2025-12-31"}, time.UTC, "2025-12-31", "2025-12-30T00:00:00Z", "2026-01-01T00:00:00Z"},
		{"no midnight at its end", runFlags{asOf: "2018-11-03"}, saoPaulo, "2018-11-03", "2018-11-02T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"yesterday", runFlags{}, time.UTC, "2026-10-31", "2026-10-30T00:00:00Z", "2026-11-01T00:00:00Z"},
		{"yesterday where it is tomorrow already", runFlags{}, tokyo, "2026-11-01", "2026-10-30T15:00:00Z", "2026-11-01T15:00:00Z"},
		{"dates of one's own", runFlags{from: "2026-03-01", to: "2026-03-08"}, berlin, "2026-03-01--2026-03-08", "2026-02-28T23:00:00Z", "2026-03-07T23:00:00Z"},
		{"times of one's own", runFlags{from: "2026-03-01T10:00:00Z", to: "2026-03-01T13:00:00+02:00"}, berlin, "2026-03-01T100000Z--2026-03-01T130000_0200", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"},
	} {
		p, err := periodOf(c.flags, c.zone, 48*reconcile.Hour, now)
		if err != nil || p.name != c.want || p.window.From != reconcile.InstantOf(at(c.wantF)) || p.window.To != reconcile.InstantOf(at(c.wantT)) {
			t.Errorf("%s: %s %s to %s, %v", c.name, p.name, p.window.From, p.window.To, err)
		}
	}
	if _, err := periodOf(runFlags{asOf: "2026-11-01"}, time.UTC, reconcile.Day, now); err == nil {
		t.Error("a date that is not over cannot be proven")
	}
	if _, err := periodOf(runFlags{asOf: "2011-12-30"}, apia, reconcile.Day, now); err == nil {
		t.Error("a date that never was has nothing to prove")
	}
	if _, err := periodOf(runFlags{from: "2026-11-01", to: "2026-11-01T15:30:01Z"}, time.UTC, reconcile.Day, now); err == nil {
		t.Error("neither can a window that is not over")
	}
	if _, err := periodOf(runFlags{from: "2026-11-01", to: "2026-11-01T15:30:00Z"}, time.UTC, reconcile.Day, now); err != nil {
		t.Errorf("a window up to now: %v", err)
	}
}
