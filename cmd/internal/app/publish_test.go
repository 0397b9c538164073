package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ledger is a state that writes down what is asked of it, and fails at one thing.
type ledger struct {
	now   Standing
	fail  string
	asked []string
	draft Draft
}

var errLedger = errors.New("the state says no")

func (l *ledger) ask(what string) error {
	l.asked = append(l.asked, what)
	if what == l.fail {
		return errLedger
	}
	return nil
}

func (l *ledger) Standing() Standing { return l.now }
func (l *ledger) Commit(_ context.Context, d Draft) error {
	l.draft = d
	return l.ask("commit")
}
func (l *ledger) Publish(context.Context) error { return l.ask("publish") }
func (l *ledger) Settle(context.Context) error  { return l.ask("settle") }
func (l *ledger) Confirm(context.Context) error { return l.ask("confirm") }

// TestStateWithReport: the closing is written before the report takes its place, and
// counts after it.
func TestStateWithReport(t *testing.T) {
	for _, c := range []struct {
		name     string
		now      Standing
		fail     string
		asked    string
		revision int
		replaces string
		ended    string
		fails    bool
	}{
		{"a first run", Standing{}, "", "commit publish", 1, "", "published", false},
		{"the same again", Standing{Revision: 2, Manifest: "made", Replaces: "first"}, "", "confirm", 2, "first", "published", false},
		{"other inputs", Standing{Revision: 2, Manifest: "second", Replaces: "first"}, "", "commit publish", 3, "second", "published", false},
		{"the closing cannot be written", Standing{}, "commit", "commit", 1, "", "aborted", true},
		{"it cannot be made to count", Standing{}, "publish", "commit publish", 1, "", "published", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDay(t, 100)
			state := &ledger{now: c.now, fail: c.fail}
			d.State, d.out.manifest = state, "made"
			out, err := d.Run(t.Context())
			if errors.Is(err, errLedger) != c.fails || err != nil && !c.fails {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(c.asked, strings.Join(state.asked, " ")); diff != "" || d.out.ended != c.ended {
				t.Errorf("%s: %s", d.out.ended, diff)
			}
			f := out.Document.Facts
			if f.Revision != c.revision || f.Replaces != c.replaces {
				t.Errorf("revision %d replaces %q", f.Revision, f.Replaces)
			}
			if slices.Contains(state.asked, "commit") && (state.draft.Manifest != "made" || state.draft.Temp != ".tmp-1" || state.draft.Closing.Date != "2026-03-17") {
				t.Errorf("%+v", state.draft)
			}
		})
	}
}

// TestStoppedBeforeTheSwap: a run that is stopped once its closing is written, or
// that lost its lease, does not touch the report, and takes the closing back.
func TestStoppedBeforeTheSwap(t *testing.T) {
	d := newDay(t, 100)
	state := &ledger{}
	ctx, cancel := context.WithCancelCause(t.Context())
	d.State = stopping{state, func() { cancel(fmt.Errorf("the lease is lost")) }}
	if _, err := d.Run(ctx); err == nil || !strings.Contains(err.Error(), "the lease is lost") {
		t.Errorf("%v", err)
	}
	if got := strings.Join(state.asked, " "); got != "commit settle" || d.out.ended != "aborted" {
		t.Errorf("%s, %s", got, d.out.ended)
	}
}

// stopping stops the run once its closing is written.
type stopping struct {
	*ledger
	stop func()
}

func (s stopping) Commit(ctx context.Context, d Draft) error {
	defer s.stop()
	return s.ledger.Commit(ctx, d)
}
