package tabular

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Real exports, where they are at hand: the same rows as encoding/csv reads.
func TestRealFiles(t *testing.T) {
	files := realFiles(t)
	for _, name := range files {
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) == 0 {
				t.Skip("empty")
			}
			std := csv.NewReader(bytes.NewReader(content))
			std.FieldsPerRecord = -1
			want, err := std.ReadAll()
			if err != nil {
				t.Skipf("encoding/csv: %v", err)
			}
			got := readAll(string(content), contract(want[0]...), Options{})
			if got.err != nil || got.sum.Rows != len(want)-1 {
				t.Fatalf("%d rows, %v; encoding/csv has %d", got.sum.Rows, got.err, len(want)-1)
			}
			for i, row := range got.rows {
				cells := want[i+1]
				for j := range cells {
					cells[j] = strings.TrimSpace(cells[j])
				}
				if _, text, _ := strings.Cut(row, ": "); text != strings.Join(cells, " | ") {
					t.Fatalf("row %d is %q, encoding/csv has %q", i+1, text, cells)
				}
			}
		})
	}
}

// realFiles finds the folder with recorded data beside the repository.
func realFiles(t *testing.T) (files []string) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("no go.mod above the test's directory")
	}
	data := filepath.Join(dir, "..", "shared", "data")
	for _, folder := range []string{"explorer", "tron", "blocks", "etl"} {
		filepath.WalkDir(filepath.Join(data, folder), func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".csv" {
				files = append(files, path)
			}
			return nil
		})
	}
	if len(files) == 0 {
		t.Skipf("SKIPPED: no recorded data at %s", data)
	}
	return files
}
