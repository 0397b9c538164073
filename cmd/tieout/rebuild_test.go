package main

import (
	"fmt"
	"io"
	"sync"
	"testing"
)

// TestRehearsal: files of a report are written side by side, and all of them count.
func TestRehearsal(t *testing.T) {
	const n = 2000
	var (
		r         rehearsal
		here, all sync.WaitGroup
	)
	here.Add(n) // they end at the same moment
	for i := range n {
		all.Go(func() {
			if err := r.Write(fmt.Sprintf("%d.csv", i), func(w io.Writer) error {
				here.Done()
				here.Wait()
				_, err := io.WriteString(w, "a\n")
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, f := range r.Files() {
		seen[f.Path] = true
	}
	if len(seen) != n {
		t.Errorf("%d of %d files", len(seen), n)
	}
}
