package audit

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// forge is a report that somebody changes: he knows the format, and makes the
// manifest's hashes, sizes and seal agree with what he wrote.
type forge struct {
	dir   string
	files map[string][]byte // as published
}

func openForge(t testing.TB, dir string) *forge {
	t.Helper()
	f := &forge{dir: filepath.Join(t.TempDir(), filepath.Base(dir)), files: map[string][]byte{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if f.files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f.restore()
	return f
}

// restore writes everything as it was published.
func (f *forge) restore() {
	entries, _ := os.ReadDir(f.dir)
	for _, e := range entries {
		_ = os.RemoveAll(filepath.Join(f.dir, e.Name()))
	}
	for name, content := range f.files {
		f.write(name, content)
	}
}

func (f *forge) write(name string, content []byte) {
	if err := os.WriteFile(filepath.Join(f.dir, name), content, 0o600); err != nil {
		panic(err)
	}
}

// rehash makes result.json agree with a changed file, and seals it.
func (f *forge) rehash(name string, content []byte) {
	f.manifest(func(text []byte) []byte {
		old := f.files[name]
		text = bytes.Replace(text, []byte(hashOf(old)), []byte(hashOf(content)), 1)
		return bytes.Replace(text, fmt.Appendf(nil, "%q,\n      \"bytes\": %d", hashOf(content), len(old)), fmt.Appendf(nil, "%q,\n      \"bytes\": %d", hashOf(content), len(content)), 1)
	})
}

// manifest rewrites result.json under a valid seal.
func (f *forge) manifest(change func([]byte) []byte) {
	text := f.files[manifestName]
	body := text[:bytes.LastIndex(text, []byte(",\n  \"seal\""))]
	body = change(slices.Clone(body))
	f.write(manifestName, fmt.Appendf(body, ",\n  \"seal\": \"%s\"\n}\n", hashOf(body)))
}

func (f *forge) verdict(t testing.TB) (Verdict, []Finding) {
	t.Helper()
	r, err := Verify(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	return r.Verdict(), r.Dates[0].Findings
}

// rows reads a CSV file of the report.
func (f *forge) rows(name string) [][]string {
	all, err := csv.NewReader(bytes.NewReader(f.files[name])).ReadAll()
	if err != nil {
		panic(err)
	}
	return all
}

// replace publishes other rows, honestly hashed.
func (f *forge) replace(name string, rows [][]string) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		panic(err)
	}
	f.write(name, b.Bytes())
	f.rehash(name, b.Bytes())
}

var _ = rapid.Check

func TestExplore(t *testing.T) {
	f := openForge(t, os.Getenv("D"))
	for _, name := range []string{"orders.csv", "transfers.csv", "matches.csv", "breaks.csv", "open_items.csv", "deliveries.csv", "actions.csv", "rejects.csv"} {
		rows := f.rows(name)
		missed := map[string]int{}
		tried := map[string]int{}
		for i := 1; i < len(rows); i += max(1, len(rows)/40) {
			for c, column := range rows[0] {
				changed := slices.Clone(rows)
				changed[i] = slices.Clone(rows[i])
				changed[i][c] = other(rows[i][c])
				f.replace(name, changed)
				v, _ := f.verdict(t)
				tried[column]++
				if v == Holds {
					missed[column]++
				}
			}
		}
		f.restore()
		for _, c := range rows[0] {
			if missed[c] > 0 {
				t.Logf("%s %s: missed %d of %d", name, c, missed[c], tried[c])
			}
		}
	}
}

// other is a text of the same kind that is not the same.
func other(cell string) string {
	if cell == "" {
		return "1"
	}
	last := cell[len(cell)-1]
	switch {
	case last == '9':
		return cell[:len(cell)-1] + "8"
	case last >= '0' && last < '9' || last >= 'a' && last < 'f':
		return cell[:len(cell)-1] + string(last+1)
	case strings.HasSuffix(cell, "Z"):
		return cell[:len(cell)-2] + string('0'+(cell[len(cell)-2]-'0'+1)%10) + "Z"
	}
	return cell + "x"
}
