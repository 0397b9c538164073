package book

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"tieout/reconcile"
	"tieout/sources"
)

// Pulled is what a provider's API gave for one query.
type Pulled struct {
	From   string            // where the rows are from: rejects name it in place of a file
	Rows   []json.RawMessage // objects in the provider's shape, without line ends inside; the n-th is line n
	Covers []reconcile.Interval
	Gaps   []reconcile.Gap
	Notes  []string
	Proof  string // how far completeness was proven
}

// Remote returns a source whose rows come from somewhere else than files, in the
// shape that the provider's files have. Where pull fails, the rows that came until
// then are handed over, and nothing is covered.
func Remote(o sources.FileOptions, shape Shape, pull func(context.Context, sources.Query) (Pulled, error)) sources.Source {
	return &remote{source{o, shape}, pull}
}

type remote struct {
	source
	pull func(context.Context, sources.Query) (Pulled, error)
}

func (r *remote) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	got, failed := r.pull(ctx, q)
	if len(got.Rows) > 0 {
		r.options.Files = []sources.File{got.file()}
		failed = errors.Join(failed, r.source.Read(ctx, q, rowsOnly{into}))
	}
	for _, note := range got.Notes {
		into.Note(note)
	}
	if failed != nil {
		return failed
	}
	for _, gap := range got.Gaps {
		into.Gap(gap)
	}
	for _, span := range got.Covers {
		into.Cover(reconcile.Coverage{Span: span})
	}
	into.Proof(got.Proof)
	return nil
}

// file is the rows as a JSON array, one a line.
func (p *Pulled) file() sources.File {
	content := append([]byte{'['}, bytes.Join(raw(p.Rows), []byte(",\n"))...)
	content = append(content, ']')
	return sources.File{Path: p.From, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

func raw(rows []json.RawMessage) [][]byte {
	list := make([][]byte, len(rows))
	for i, row := range rows {
		list[i] = row
	}
	return list
}

// rowsOnly leaves out what a book of files says of its completeness.
type rowsOnly struct{ sources.Sink }

func (rowsOnly) Cover(reconcile.Coverage) {}
func (rowsOnly) Proof(string)             {}

// Set holds rows by their key, each once: pages overlap, and repeat themselves when
// a list changes while it is read. The zero value is empty.
type Set struct{ rows map[string]json.RawMessage }

// Add puts a row in place of one with the same key, and reports whether there was
// none. A row that is no JSON is not added.
func (s *Set) Add(key string, row json.RawMessage) (fresh bool) {
	var line bytes.Buffer
	if err := json.Compact(&line, row); err != nil {
		return false
	}
	if s.rows == nil {
		s.rows = map[string]json.RawMessage{}
	}
	_, known := s.rows[key]
	s.rows[key] = line.Bytes()
	return !known
}

// Has reports whether a row with that key was added.
func (s *Set) Has(key string) bool { return s.rows[key] != nil }

// Len counts the rows.
func (s *Set) Len() int { return len(s.rows) }

// Rows returns the rows in order of their keys, so that the order of an API's pages
// shows nowhere.
func (s *Set) Rows() []json.RawMessage {
	list := make([]json.RawMessage, 0, len(s.rows))
	for _, key := range slices.Sorted(maps.Keys(s.rows)) {
		list = append(list, s.rows[key])
	}
	return list
}
