package files

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// manifest is the file that marks a report as published: it is written last.
const manifest = "result.json"

// temporary begins the names of reports in the making.
const temporary = ".tmp-"

// OutputError says that a report could not be written.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "the report cannot be written: " + e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }

// MerchantError says that a report root belongs to somebody else.
type MerchantError struct{ Root, Merchant string }

func (e *MerchantError) Error() string {
	return fmt.Sprintf("%s holds the reports of merchant %q; give each merchant a directory of its own", e.Root, e.Merchant)
}

// Check refuses a report root that holds another merchant's runs, or runs that
// cannot be read. A root that is not there, or is no directory, holds none.
func Check(root, merchant string) error {
	list, err := manifestsIn(root)
	if err != nil {
		return &OutputError{err}
	}
	for _, n := range list {
		if n.err != nil {
			return &OutputError{n.err}
		}
		var m struct{ Merchant string }
		if err := json.Unmarshal(n.content, &m); err != nil {
			return fmt.Errorf("%s cannot be read as the manifest of a run, so whose reports lie there is unknown: %w", Join(root, n.name+"/"+manifest), err)
		}
		if m.Merchant != merchant {
			return &MerchantError{root, m.Merchant}
		}
	}
	return nil
}

// absent reports whether there is nothing at a path: no file, or a file in the
// place of one of its directories.
func absent(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// LockedError says that another process publishes into the same root now.
type LockedError struct{ Root string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("another run writes into %s at this moment", e.Root)
}

// Report is a report in the making: a temporary directory beside its target. Its
// root is locked until Publish or Abort.
type Report struct {
	root, name, dir string
	unlock          func() error

	writing sync.Mutex // of files
	files   []Written
}

// Written is a file of the report.
type Written struct {
	Name   string
	SHA256 string
	Bytes  int64
}

// Begin locks the root and makes the temporary directory, after removing what
// crashed runs left: the lock says that nobody else is at work there.
func Begin(root, name string) (*Report, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, &OutputError{err}
	}
	unlock, err := lock(root)
	if err != nil {
		return nil, err
	}
	dir, err := freshDir(root, name)
	if err != nil {
		return nil, errors.Join(&OutputError{err}, unlock())
	}
	return &Report{root: root, name: name, dir: dir, unlock: unlock}, nil
}

func freshDir(root, name string) (string, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporary) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(root, e.Name())); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp(root, temporary+name+"-")
}

// Dir is where large files may spill while they are made.
func (r *Report) Dir() string { return r.dir }

// Write makes one file of the report, flushed to the disk. Several may be written at
// once.
func (r *Report) Write(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(filepath.Join(r.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &OutputError{err}
	}
	c := &counter{f: f, hash: sha256.New()}
	err = write(c)
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return &OutputError{fmt.Errorf("%s: %w", name, err)}
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	r.files = append(r.files, Written{name, hex.EncodeToString(c.hash.Sum(nil)), c.n})
	return nil
}

// Files returns what was written so far.
func (r *Report) Files() []Written { return r.files }

// Manifest returns the SHA-256 of result.json, "" before it was written.
func (r *Report) Manifest() string {
	for _, w := range r.files {
		if w.Name == manifest {
			return w.SHA256
		}
	}
	return ""
}

// Temp is the name of the temporary directory in its root, by which Settle finds it
// after a crash.
func (r *Report) Temp() string { return filepath.Base(r.dir) }

// Seal makes the temporary directory safe from a power loss, so that Settle can put
// it in its place after one.
func (r *Report) Seal() error {
	if err := errors.Join(syncDir(r.dir), syncDir(r.root)); err != nil {
		return &OutputError{err}
	}
	return nil
}

// counter hashes and counts what passes through it.
type counter struct {
	f    *os.File
	hash hash.Hash
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.f.Write(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// Abort removes the report in the making; the published one is untouched.
func (r *Report) Abort() error { return errors.Join(os.RemoveAll(r.dir), r.release()) }

func (r *Report) release() error {
	unlock := r.unlock
	r.unlock = func() error { return nil }
	return unlock()
}

// Publish puts the report in the place of an older one, which moves to
// .superseded. A report with the same files is left alone, and published is
// false: the same inputs gave the same bytes.
func (r *Report) Publish() (published bool, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(&OutputError{err}, r.Abort())
		}
	}()
	target := filepath.Join(r.root, r.name)
	if r.stands(target) {
		return false, r.Abort()
	}
	if err := syncDir(r.dir); err != nil {
		return false, err
	}
	if err := r.swap(target); err != nil {
		return false, err
	}
	return true, errors.Join(syncDir(r.root), r.release())
}

// swap puts the new directory in the place of the old one and keeps the old one.
func (r *Report) swap(target string) error {
	if _, err := os.Lstat(target); errors.Is(err, os.ErrNotExist) {
		return os.Rename(r.dir, target)
	}
	old, err := superseded(r.root, r.name)
	if err != nil {
		return err
	}
	if err := exchange(r.dir, target); err != nil {
		return r.replace(target, old)
	}
	err = os.Rename(r.dir, old)
	if err == nil {
		return nil
	}
	back := exchange(r.dir, target)
	if back != nil {
		r.dir = "" // it holds the former report now, which Abort must not remove
	}
	return errors.Join(err, back)
}

// replace is for file systems that cannot exchange two directories in a single
// step: for a moment a reader finds neither. The old report comes back when the
// new one cannot take its place.
func (r *Report) replace(target, old string) error {
	if err := os.Rename(target, old); err != nil {
		return err
	}
	if err := os.Rename(r.dir, target); err != nil {
		return errors.Join(err, os.Rename(old, target))
	}
	return nil
}

// stands reports whether every file of the report lies in a directory already. One
// that was removed or changed since is published again.
func (r *Report) stands(dir string) bool {
	return !slices.ContainsFunc(r.files, func(w Written) bool {
		in, err := open(filepath.Join(dir, w.Name), w.Name)
		return err != nil || in.SHA256 != w.SHA256
	})
}

// superseded is the free place for the report that is replaced.
func superseded(root, name string) (string, error) {
	dir := filepath.Join(root, ".superseded")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		old := filepath.Join(dir, fmt.Sprintf("%s.%d", name, n))
		_, err := os.Lstat(old)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return old, nil
		case err != nil:
			return "", err
		}
	}
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
