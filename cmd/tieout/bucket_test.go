package main

import (
	"os"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"tieout/cmd/internal/files/s3test"
)

// buckets are the stores of the scripts that have one.
type buckets struct {
	mu     sync.Mutex
	stores map[*testscript.TestScript]*s3test.Store
}

const bucketUsage = "usage: bucket start | put FILE KEY | get KEY FILE | rm KEY | list FILE"

// run is the script's command bucket: a store with a bucket called books, in which
// the script puts, gets, removes and lists objects.
func (b *buckets) run(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf(bucketUsage)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stores[ts]
	switch {
	case args[0] == "start":
		s = s3test.Start(scriptTB{ts}, "books")
		b.stores[ts] = s
		for name, value := range s.Env() {
			ts.Setenv(name, value)
		}
	case args[0] == "put" && len(args) == 3:
		s.Put("books", args[2], ts.ReadFile(args[1]))
	case args[0] == "get" && len(args) == 3:
		name := ts.MkAbs(args[2])
		ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
		ts.Check(os.WriteFile(name, []byte(s.Get("books", args[1])), 0o644))
	case args[0] == "rm" && len(args) == 2:
		s.Delete("books", args[1])
	case args[0] == "list" && len(args) == 2:
		var text []byte
		for _, key := range s.Keys("books") {
			text = append(text, key+"\n"...)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o644))
	default:
		ts.Fatalf(bucketUsage)
	}
}

// scriptTB lets a script stand where a test is expected.
type scriptTB struct{ ts *testscript.TestScript }

func (s scriptTB) Helper()           {}
func (s scriptTB) Fatal(args ...any) { s.ts.Fatalf("%v", args) }
func (s scriptTB) Cleanup(f func())  { s.ts.Defer(f) }
