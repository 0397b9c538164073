package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
)

// The exit statuses, in the order in which the first that applies wins: 4, 6, 2,
// 5, 3, 1, 0.
const (
	exitUsage    = 2
	exitInternal = 4
	exitLater    = 5
	exitOutput   = 6
)

// gravity lists the exit statuses, the most serious first.
var gravity = []int{exitInternal, exitOutput, exitUsage, exitLater, app.ExitIncomplete, app.ExitBreaks, app.ExitComplete}

// graver is the more serious of two exit statuses.
func graver(a, b int) int {
	if slices.Index(gravity, b) < slices.Index(gravity, a) {
		return b
	}
	return a
}

// exitHelp stands in the help of every command.
const exitHelp = `
Exit status:
  0  complete; breaks do not fail a run unless --fail-on asks
  1  breaks found and --fail-on matched
  2  usage or configuration
  3  incomplete: a source was missing or not fully covered
  4  internal: the numbers do not add up; nothing was published
  5  locked or temporarily unavailable: try again later
  6  the output cannot be written`

// usageError is a mistake on the command line; hint says what to do, "" for
// nothing more than the text does.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// resultsError says that stdout did not take what was to be told.
type resultsError struct{ error }

func (e *resultsError) Error() string {
	return "what was to be told cannot be written: " + e.error.Error()
}

// exitError is a run that was carried out and asks for an exit status.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// statusOf maps an error to its exit status and to what a person can do next. Of
// several errors that were joined the gravest decides.
func statusOf(err error) (status int, hint string) {
	status, hint = statusOfRun(err)
	ofState, do := statusOfState(err)
	switch {
	case err == nil:
		return 0, ""
	case status == 0 && ofState == 0:
		return exitUsage, ""
	case status == 0, ofState != 0 && graver(status, ofState) == ofState:
		return ofState, do
	}
	return status, hint
}

// statusOfRun maps the errors of all but the state; 0 for any other.
func statusOfRun(err error) (status int, hint string) {
	var (
		invariant *reconcile.InvariantError
		output    *files.OutputError
		merchant  *files.MerchantError
		locked    *files.LockedError
		usage     *usageError
		conf      *config.Error
		exit      exitError
		panicked  *panicError
		behind    *behindError
		untold    *resultsError
		unwritten *unwrittenError
	)
	switch {
	case errors.As(err, &exit):
		return int(exit), ""
	case errors.As(err, &invariant):
		return exitInternal, "nothing was published; the violated identity stands beside the reports. Please report it with the inputs."
	case errors.As(err, &panicked):
		return exitInternal, "this is a defect in tieout; nothing was published. Please report it with the text above."
	case errors.As(err, &behind):
		return exitInternal, "tieout state rebuild computes it anew from the published reports and their inputs; nothing was published"
	case errors.As(err, &output):
		return exitOutput, "check free space and permissions of the report directory, then run again; the former report is untouched"
	case errors.As(err, &unwritten):
		return exitOutput, "check free space and permissions of the directory"
	case errors.As(err, &untold):
		return exitOutput, "what was done is done, and reports are where they belong; send stdout where there is space"
	case errors.As(err, &usage):
		return exitUsage, usage.hint
	case errors.As(err, &merchant):
		return exitUsage, "reports: {to: ...} in the configuration, or --out, names another directory"
	case errors.As(err, &conf):
		return exitUsage, "tieout doctor checks a configuration without running it"
	case errors.As(err, &locked):
		return exitLater, "nothing was published; run again when it has finished"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return exitLater, "it was stopped; nothing was published"
	}
	return 0, ""
}

// statusOfState maps the errors of the state; 0 for any other.
func statusOfState(err error) (status int, hint string) {
	var (
		corrupt *store.CorruptError
		write   *store.WriteError
		newer   *store.NewerError
		older   *store.OlderError
		url     *store.URLError
		none    *store.NoRunError
		other   *rebuildError
		locked  *store.LockedError
		lost    *store.LostError
		away    *store.UnavailableError
	)
	switch {
	case errors.As(err, &corrupt):
		return exitInternal, "put a copy back, or move the file away and run tieout state rebuild; nothing was published"
	case errors.As(err, &other):
		return exitInternal, "put the inputs back as they were, with the times at which they were written, or move the reports of these dates away and run them anew; nothing was changed"
	case errors.As(err, &write):
		return exitOutput, "check free space and permissions of the state, then run again; what stood stands, and what was interrupted is brought to its end"
	case errors.As(err, &newer):
		return exitUsage, "use the newer version; a state is never taken back"
	case errors.As(err, &url):
		return exitUsage, "state: in the configuration says where the state is"
	case errors.As(err, &none):
		return exitUsage, ""
	case errors.As(err, &locked):
		return exitLater, "nothing was published; run again when it has finished"
	case errors.As(err, &older):
		return exitLater, "the next tieout run or tieout backfill brings it up to date"
	case errors.As(err, &lost), errors.As(err, &away):
		return exitLater, "run again when the database answers; what was interrupted is brought to its end then"
	}
	return 0, ""
}

// panicError is a panic that was caught at the top.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("internal error: %v\n%s", e.value, e.stack) }

// guard turns a panic into an error: Go would exit with 2, which reads as a
// mistake in the configuration.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return f()
}
