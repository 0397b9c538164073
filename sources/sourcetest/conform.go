package sourcetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// maxCuts bounds at how many places each sample is cut; DEEP=1 cuts at every byte.
const maxCuts = 300

// Conform holds a file source to what every file source promises. newSource makes
// one that reads the given files; samples are files that it reads in full, by
// name. Each row of them must end up somewhere, so leave files out whose rows
// are only looked up.
//
//   - Every row is handed over exactly once: read, rejected or out of scope.
//   - Reading again, or the files in another order, gives the same rows.
//   - A file cut anywhere never gives a row that the whole one does not have,
//     unless an error, a reject or a note says that something is wrong.
//   - A table with columns dropped, renamed, doubled or moved, or with numbers and
//     dates written as in another country, is read as before, or as less; never as
//     something else in silence.
//   - A file that cannot be opened is an error: the other files are read, and
//     nothing is called covered.
func Conform(t *testing.T, newSource func(files ...sources.File) sources.Source, samples map[string][]byte) {
	t.Helper()
	if len(samples) == 0 {
		t.Fatal("sourcetest.Conform needs samples")
	}
	names := slices.Sorted(maps.Keys(samples))
	files := func(names []string) (files []sources.File) {
		for _, name := range names {
			files = append(files, Bytes(name, samples[name]))
		}
		return files
	}
	whole, err := read(newSource(files(names)...))
	if err != nil {
		t.Fatalf("the samples cannot be read: %v", err)
	}
	t.Run("introduces itself", func(t *testing.T) {
		if newSource(files(names)...).Info().Name == "" {
			t.Error("Info().Name is empty: reports could not say where a row comes from")
		}
	})
	t.Run("every row once", func(t *testing.T) {
		rows := 0
		for _, name := range names {
			rows += countRows(t, name, samples[name])
		}
		if whole.Rows() != rows {
			t.Errorf("the samples have %d rows, %d were handed over", rows, whole.Rows())
		}
	})
	t.Run("covers what it read", func(t *testing.T) {
		if len(whole.Covers) == 0 || len(whole.Proofs) == 0 {
			t.Errorf("covers %v, proof %v: a run over these files would be incomplete", whole.Covers, whole.Proofs)
		}
	})
	t.Run("any order of files", func(t *testing.T) {
		backwards := slices.Clone(names)
		slices.Reverse(backwards)
		again, err := read(newSource(files(backwards)...))
		if err != nil {
			t.Fatal(err)
		}
		if want, got := whole.lines(), again.lines(); !slices.Equal(want, got) {
			t.Errorf("other rows than before: %s", firstDifference(want, got))
		}
	})
	for i, name := range names {
		t.Run("cut "+name, func(t *testing.T) { cut(t, newSource, files(names), i, samples[name], whole) })
		t.Run("mangled "+name, func(t *testing.T) { mangle(t, newSource, files(names), i, samples[name], whole) })
		t.Run("without "+name, func(t *testing.T) { without(t, newSource, files(names), i) })
	}
}

// cut reads the files with the i-th cut at many places.
func cut(t *testing.T, newSource func(...sources.File) sources.Source, files []sources.File, i int, sample []byte, whole *Recorder) {
	known := map[string]bool{}
	for _, line := range whole.lines() {
		known[line] = true
	}
	name := files[i].Path
	step := max(1, len(sample)/maxCuts)
	if os.Getenv("DEEP") != "" {
		step = 1
	}
	for n := 0; n < len(sample); n += step {
		files[i] = Bytes(name, sample[:n])
		got, err := read(newSource(files...))
		if err != nil && len(got.Covers) > 0 {
			t.Fatalf("cut at byte %d: an error (%v), and yet it covers %v", n, err, got.Covers)
		}
		if err != nil || len(got.Rejects) > len(whole.Rejects) || len(got.Notes) > len(whole.Notes) {
			continue
		}
		for _, line := range got.lines() {
			if !known[line] {
				t.Fatalf("cut at byte %d: no error, reject or note, and yet a row that the whole file does not have:\n%s", n, line)
			}
		}
	}
}

// without reads the files when the i-th cannot be opened.
func without(t *testing.T, newSource func(...sources.File) sources.Source, files []sources.File, i int) {
	files[i].Open = func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }
	got, err := read(newSource(files...))
	if err == nil {
		t.Error("no error: the run would pass for complete")
	}
	if len(got.Covers) > 0 {
		t.Errorf("it covers %v without having read all", got.Covers)
	}
	if len(files) > 1 && got.Rows() == 0 {
		t.Error("the other files were not read")
	}
}

// read runs a source over a span of time that holds everything.
func read(s sources.Source) (*Recorder, error) {
	all := reconcile.Interval{
		From: reconcile.InstantOf(time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC)),
		To:   reconcile.InstantOf(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	r := &Recorder{}
	return r, s.Read(context.Background(), sources.Query{Window: all, Reach: all}, r)
}

// countRows counts the rows of a file without knowing what they mean.
func countRows(t *testing.T, name string, content []byte) int {
	t.Helper()
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	sum, err := tabular.Read(name, open, tabular.Contract{}, tabular.Options{}, tabular.Handler{
		Bad: func(*tabular.Error) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum.Rows
}

// lines are all rows as text with the file's path in place of its number, sorted.
func (r *Recorder) lines() (lines []string) {
	add := func(at *reconcile.At, row any) {
		path := "(no file)"
		if int(at.File) < len(r.Files) {
			path = r.Files[at.File].Path
		}
		at.File = 0
		lines = append(lines, fmt.Sprintf("%s %T %+v", path, row, row))
	}
	for _, o := range r.Orders {
		add(&o.At, &o)
	}
	for _, t := range r.Transfers {
		add(&t.At, &t)
	}
	for _, d := range r.Deliveries {
		add(&d.At, &d)
	}
	for _, f := range r.Refunds {
		add(&f.At, &f)
	}
	for _, j := range r.Rejects {
		add(&j.At, &j)
	}
	slices.Sort(lines)
	return lines
}

func firstDifference(want, got []string) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			return "\nnot before: " + got[i]
		case i >= len(got) || want[i] != got[i]:
			return "\nbefore: " + want[i]
		}
	}
	return ""
}
