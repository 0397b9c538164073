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
)

// Input is a file that a source reads.
type Input struct {
	Path   string // as shown in errors and reports
	SHA256 string
	Bytes  int64

	name string      // where it lies
	info os.FileInfo // before it was hashed
}

// Missing is a configured path or glob that matches nothing.
type Missing struct{ Pattern string }

func (m Missing) Error() string { return fmt.Sprintf("%s matches no file", m.Pattern) }

// Find returns the regular files behind paths, globs and directories, hashed and
// in order of their paths. Relative patterns start at base, and their files are
// shown relative to it, so that a report does not depend on where base lies. A
// pattern that matches nothing is a Missing among the errors; files that do exist
// come back all the same.
func Find(base string, patterns []string) ([]Input, error) {
	var failed []error
	seen := map[string]bool{}
	var list []Input
	for _, pattern := range patterns {
		at := pattern
		if !filepath.IsAbs(pattern) {
			at = filepath.Join(base, pattern)
		}
		shown := func(name string) string { return shown(base, pattern, name) }
		names, err := expand(at)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if len(names) == 0 {
			failed = append(failed, Missing{shown(at)})
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			in, err := open(name, shown(name))
			if err != nil {
				failed = append(failed, err)
				continue
			}
			list = append(list, in)
		}
	}
	slices.SortFunc(list, func(a, b Input) int { return strings.Compare(a.Path, b.Path) })
	return list, errors.Join(failed...)
}

func expand(pattern string) ([]string, error) {
	info, err := os.Stat(pattern)
	switch {
	case err == nil && info.IsDir():
		return filesOf(pattern)
	case err == nil:
		return []string{pattern}, nil
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pattern, err)
	}
	return names, nil
}

// filesOf lists the regular files of a directory, hidden ones left out.
func filesOf(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

func open(name, shown string) (Input, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Input{}, err
	}
	if !info.Mode().IsRegular() {
		return Input{}, fmt.Errorf("%s is no regular file", shown)
	}
	f, err := os.Open(name)
	if err != nil {
		return Input{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return Input{}, fmt.Errorf("%s: %w", shown, err)
	}
	return Input{Path: shown, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n, name: name, info: info}, nil
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
func (in Input) Open() (io.ReadCloser, error) { return os.Open(in.name) }

// Changed reports whether the file is not what was hashed any more, or another
// one lies in its place: somebody still writes it, and what was read of it proves
// nothing.
func (in Input) Changed() bool {
	info, err := os.Stat(in.name)
	return err != nil || !os.SameFile(info, in.info) || info.Size() != in.Bytes || !info.ModTime().Equal(in.info.ModTime())
}
