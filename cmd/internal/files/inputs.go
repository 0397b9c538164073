// Package files opens the input files of a run and publishes its report: what is
// read is hashed and watched for change, what is written appears complete or not
// at all.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Input is a file that a source reads.
type Input struct {
	Path   string // as shown in errors and reports
	SHA256 string
	Bytes  int64

	at place
}

// place is where an input lies, and what it was when it was looked at first.
type place interface {
	open() (io.ReadCloser, error)
	beside(name string) ([]byte, error)
	written() time.Time
	changed(size int64) bool
}

// local is a file on this machine.
type local struct {
	name string
	info os.FileInfo // before it was hashed
}

// ErrNoFile says that a pattern matches nothing.
var ErrNoFile = errors.New("matches no file")

// Find returns the regular files behind paths, globs and directories, here or in a
// bucket (s3://bucket/exports/*.csv), hashed and in order of their paths. Relative patterns start at base, and their files are
// shown relative to it, so that a report does not depend on where base lies. A
// pattern that matches nothing is among the errors; files that do exist come back
// all the same.
func Find(base string, patterns []string) ([]Input, error) {
	var failed []error
	seen := map[string]bool{}
	var list []Input
	for _, pattern := range patterns {
		find := findLocal
		if InBucket(pattern) {
			find = findObjects
		}
		found, err := find(base, pattern, seen)
		list, failed = append(list, found...), append(failed, err)
	}
	slices.SortFunc(list, func(a, b Input) int { return strings.Compare(a.Path, b.Path) })
	return list, errors.Join(failed...)
}

// findLocal returns the files behind one pattern that were not seen yet.
func findLocal(base, pattern string, seen map[string]bool) (list []Input, failed error) {
	shown := func(name string) string { return shown(base, pattern, name) }
	names, err := expand(base, pattern)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s %w", shown(under(base, pattern)), ErrNoFile)
	}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		in, err := open(name, shown(name))
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		list = append(list, in)
	}
	return list, failed
}

func expand(base, pattern string) ([]string, error) {
	at := under(base, pattern)
	info, err := os.Stat(at)
	switch {
	case err == nil && info.IsDir():
		return filesOf(at)
	case err == nil:
		return []string{at}, nil
	}
	names, err := filepath.Glob(under(literally(base), pattern))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return names, nil
}

// under makes a relative pattern start at base.
func under(base, pattern string) string {
	if filepath.IsAbs(pattern) {
		return pattern
	}
	return filepath.Join(base, pattern)
}

// literally writes a path as the pattern that matches it alone: only what a user
// wrote as a pattern is one.
func literally(path string) string {
	special := []string{"[", "[[]", "*", "[*]", "?", "[?]"}
	if filepath.Separator != '\\' {
		special = append(special, `\`, `\\`)
	}
	return strings.NewReplacer(special...).Replace(path)
}

// filesOf lists what a directory holds, hidden names left out: .., ..data and the
// like are how Kubernetes mounts a volume. Whether an entry is a file, also behind
// a link, is seen when it is opened. Directories inside it are not read, and named
// there: files that are passed over in silence would be missing evidence.
func filesOf(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

func open(name, shown string) (Input, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Input{}, fmt.Errorf("%s: %w", shown, reason(err)) // a link that leads nowhere
	}
	if info.IsDir() {
		return Input{}, fmt.Errorf("%s is a directory, which is not read here: list it under files: too, or match only files", shown)
	}
	if !info.Mode().IsRegular() {
		return Input{}, fmt.Errorf("%s is no regular file", shown)
	}
	f, err := os.Open(name)
	if err != nil {
		return Input{}, fmt.Errorf("%s: %w", shown, reason(err))
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return Input{}, fmt.Errorf("%s: %w", shown, err)
	}
	return Input{Path: shown, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n, at: local{name, info}}, nil
}

// reason is an error without the path, which says where the run took place.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// shown names a file relative to base if the pattern was or if it lies below.
func shown(base, pattern, name string) string {
	rel, err := filepath.Rel(base, name)
	if err == nil && (!filepath.IsAbs(pattern) || !strings.HasPrefix(rel, "..")) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(name)
}

// Open opens the file anew.
func (in Input) Open() (io.ReadCloser, error) { return in.at.open() }

// Beside reads the small file of that name that lies beside this one.
func (in Input) Beside(name string) ([]byte, error) { return in.at.beside(name) }

// Written is when the file was written last, as far as its modification time tells.
func (in Input) Written() time.Time { return in.at.written() }

// Changed reports whether the file is not what was hashed any more, or another
// one lies in its place: somebody still writes it, and what was read of it proves
// nothing.
func (in Input) Changed() bool { return in.at.changed(in.Bytes) }

func (l local) open() (io.ReadCloser, error) { return os.Open(l.name) }
func (l local) written() time.Time           { return l.info.ModTime() }

func (l local) beside(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(filepath.Dir(l.name), name))
}

func (l local) changed(size int64) bool {
	info, err := os.Stat(l.name)
	return err != nil || !os.SameFile(info, l.info) || info.Size() != size || !info.ModTime().Equal(l.info.ModTime())
}
