package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/schedule"
)

// fixedLedger answers with what a test gives it.
type fixedLedger struct {
	entries []schedule.Entry
	err     error
}

func (l *fixedLedger) Dates(context.Context) ([]schedule.Entry, error) { return l.entries, l.err }

// TestHealth: what the pages answer before the first look, with an unreadable
// ledger, when all is well, and when the loop has gone silent.
func TestHealth(t *testing.T) {
	cron, err := schedule.ParseCron("15 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 18, 9, 0, 0, 0, time.UTC)
	done, err := schedule.ParseDate("2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	ledger := &fixedLedger{err: errors.New("no connection to postgres://me:secret@db")}
	w := &watch{command: &command{merchant: "demo"}, conf: &config.Config{Zone: time.UTC, Schedule: config.Schedule{At: cron}}}
	w.loop = &schedule.Loop{Plan: schedule.Plan{Cron: cron, Zone: time.UTC}, Ledger: ledger, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { return now }, Sleep: func(context.Context, time.Duration) error { return context.Canceled }}
	h := health{[]*watch{w}, func() time.Time { return now }}
	expect := func(when, path string, code int, body string) {
		t.Helper()
		got := httptest.NewRecorder()
		h.handler().ServeHTTP(got, httptest.NewRequest(http.MethodGet, path, nil))
		if got.Code != code || body != "" && got.Body.String() != body {
			t.Errorf("%s, %s: %d %s", when, path, got.Code, got.Body)
		}
	}
	expect("before the first look", "/readyz", 503, "")
	expect("before the first look", "/healthz", 503, "")
	w.loop.Watch(t.Context())
	expect("the ledger cannot be read", "/readyz", 503, "")
	expect("the ledger cannot be read", "/healthz", 200, "")
	ledger.entries, ledger.err = []schedule.Entry{{Date: done, State: schedule.Done}}, nil
	w.loop.Watch(t.Context())
	expect("all is well", "/readyz", 200, "")
	expect("all is well", "/healthz", 200, `{
  "status": "ok",
  "version": "`+version+`",
  "merchants": [
    {
      "merchant": "demo",
      "timezone": "UTC",
      "schedule": "15 2 * * *",
      "ticked": "2026-03-18T09:00:00Z",
      "ledger": true,
      "last": {
        "date": "2026-03-17",
        "state": "complete"
      },
      "due": 0,
      "next_look": "2026-03-19T02:15:00Z",
      "owed": [],
      "panics": 0
    }
  ]
}
`)
	now = now.Add(3 * time.Minute)
	expect("the loop is silent", "/healthz", 503, "")
	got := httptest.NewRecorder()
	h.handler().ServeHTTP(got, httptest.NewRequest(http.MethodPost, "/healthz", nil))
	if got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.Code)
	}
}
