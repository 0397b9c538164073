package main

import (
	"database/sql"
	"log/slog"
	"strings"
	"testing"

	"tieout/cmd/internal/store"
)

// TestSignedDate: what was signed stays as it was signed, and so does what it rests
// on, unless somebody restates it.
func TestSignedDate(t *testing.T) {
	conf := configured(t, shop)
	for _, date := range []string{"2026-03-17", "2026-03-18"} {
		if _, err := runDate(t, conf, date, &faults{}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := openState(t.Context(), conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.lease.SignOff(t.Context(), "2026-03-18", 1, store.SignOff{Prepared: store.Signature{By: "ann"}, Reviewed: store.Signature{By: "bob"}}); err != nil {
		t.Fatal(err)
	}
	for date, want := range map[string]int{"2026-03-17": exitUsage, "2026-03-18": exitUsage, "2026-03-19": 0} {
		err := s.begin(t.Context(), conf, periodOn(t, conf, date), false)
		status, hint := statusOf(err)
		if status != want || want != 0 && (!strings.Contains(err.Error(), "2026-03-18 is signed off by ann and bob") || !strings.Contains(hint, "--restate")) {
			t.Errorf("%s: exit %d, %v; %s", date, status, err, hint)
		}
		if err := s.begin(t.Context(), conf, periodOn(t, conf, date), true); err != nil {
			t.Errorf("%s restated: %v", date, err)
		}
	}
}

// TestRebuiltState: what is computed anew is what was there, to the last item, with
// answers and signatures.
func TestRebuiltState(t *testing.T) {
	conf := configured(t, shop)
	for _, date := range []string{"2026-03-17", "2026-03-18"} {
		if _, err := runDate(t, conf, date, &faults{}); err != nil {
			t.Fatal(err)
		}
		change(t, conf, 1)
	}
	if _, err := runDate(t, conf, "2026-03-17", &faults{}); err != nil { // and so the 18th is stale
		t.Fatal(err)
	}
	want := story(t, conf)
	var said strings.Builder
	c := &command{streams: streams{out: &said, err: &said}, configPath: conf.Path, logFormat: "text"}
	if err := c.rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs := ledgerRuns(t, c)
	if got := story(t, conf); got[:len("2026-03-17.2 12345678")] != want[:len("2026-03-17.2 12345678")] || !runs[1].Stale || runs[0].Stale {
		t.Errorf("rebuilt\n%s, before\n%s\n%+v", got, want, runs)
	}
}

// TestOlderState: what asks which dates are due goes on over a state that an older
// version wrote, as backfill and daemon have to after an upgrade.
func TestOlderState(t *testing.T) {
	conf := configured(t, shop)
	if _, err := runDate(t, conf, "2026-03-17", &faults{}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", store.Path(conf.State().Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"ALTER TABLE tieout_runs DROP COLUMN days", "ALTER TABLE tieout_runs DROP COLUMN breaks", "ALTER TABLE tieout_runs DROP COLUMN open_items",
		"DELETE FROM tieout_schema WHERE version_id > 2",
	} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = peek(t.Context(), conf, "2026-03-18")
	if status, hint := statusOf(err); status != exitLater || !strings.Contains(hint, "tieout backfill brings it up to date") {
		t.Errorf("a reader: exit %d, %v; %s", status, err, hint)
	}
	var said strings.Builder
	checks := &checkup{command: &command{streams: streams{out: &said}}}
	if checks.state(t.Context(), conf); checks.status != 0 || !strings.Contains(said.String(), "the next run brings it up to date") {
		t.Errorf("doctor: %d, %s", checks.status, said.String())
	}
	dates, err := ledgerOf(conf).Dates(t.Context())
	if err != nil || len(dates) != 1 || dates[0].Date.String() != "2026-03-17" {
		t.Errorf("the ledger: %v, %v", dates, err)
	}
}

func ledgerRuns(t *testing.T, c *command) []store.Run {
	t.Helper()
	conf, err := c.load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.View(t.Context(), conf.State().Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := s.Runs(t.Context(), conf.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}
