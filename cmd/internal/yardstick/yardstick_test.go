package yardstick

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Figures of different days are comparable only where the data is the same.
func TestWriteIsDeterministic(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if err := Write(dir, 3000); err != nil {
			t.Fatal(err)
		}
	}
	for name, lines := range map[string]int{"orders.csv": 3001, "transfers.csv": 3368, "hooks.jsonl": 2799} {
		first, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs from one run to the next", name)
		}
		if n := bytes.Count(first, []byte("\n")); n != lines {
			t.Errorf("%s has %d lines, want %d", name, n, lines)
		}
	}
}
