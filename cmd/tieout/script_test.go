package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tieout/cmd/internal/files/s3test"
)

var update = flag.Bool("update", false, "rewrite the expected output of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tieout": func() { os.Exit(run()) }})
}

// TestScripts runs the whole program as a user does; each script is one story.
func TestScripts(t *testing.T) {
	testscript.Run(t, scripts(func(env *testscript.Env) error {
		env.Setenv("TIEOUT_STATE", "sqlite://"+filepath.Join(env.WorkDir, "state.db"))
		return nil
	}))
}

// scripts says how scripts run: all of them, or those that are named.
func scripts(setup func(*testscript.Env) error, names ...string) testscript.Params {
	p := testscript.Params{
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "answer": answer, "day": day, "dates": dates, "sales": sales, "age": age,
			"bucket": (&buckets{stores: map[*testscript.TestScript]*s3test.Store{}}).run},
	}
	dir := filepath.Join("..", "..", "testdata", "script")
	if len(names) == 0 {
		p.Dir = dir
	}
	for _, name := range names {
		p.Files = append(p.Files, filepath.Join(dir, name))
	}
	return p
}

// status runs tieout and checks its exit status: status N ARGS...
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N ARGS...")
	}
	got := 0
	if err := ts.Exec("tieout", args[1:]...); err != nil {
		var exit interface{ ExitCode() int }
		if !errors.As(err, &exit) {
			ts.Fatalf("tieout did not run: %v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; want != strconv.Itoa(got) {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}
