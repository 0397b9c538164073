package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
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

// Check refuses a report root that holds another merchant's runs, and one that
// cannot be written.
func Check(root, merchant string) error {
	found, err := filepath.Glob(filepath.Join(root, "*", manifest))
	if err != nil {
		return err
	}
	for _, name := range found {
		content, err := os.ReadFile(name)
		if err != nil {
			return &OutputError{err}
		}
		var m struct{ Merchant string }
		if json.Unmarshal(content, &m) == nil && m.Merchant != merchant {
			return &MerchantError{root, m.Merchant}
		}
	}
	return nil
}

// Report is a report in the making: a temporary directory beside its target.
type Report struct {
	root, name, dir string
	files           []Written
}

// Written is a file of the report.
type Written struct {
	Name   string
	SHA256 string
	Bytes  int64
}

// Begin makes the temporary directory, after removing what crashed runs left.
func Begin(root, name string) (*Report, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, &OutputError{err}
	}
	leftovers, err := filepath.Glob(filepath.Join(root, temporary+name+"-*"))
	if err != nil {
		return nil, &OutputError{err}
	}
	for _, dir := range leftovers {
		if err := os.RemoveAll(dir); err != nil {
			return nil, &OutputError{err}
		}
	}
	dir, err := os.MkdirTemp(root, temporary+name+"-")
	if err != nil {
		return nil, &OutputError{err}
	}
	return &Report{root: root, name: name, dir: dir}, nil
}

// Dir is where large files may spill while they are made.
func (r *Report) Dir() string { return r.dir }

// Write makes one file of the report, flushed to the disk.
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
	r.files = append(r.files, Written{name, hex.EncodeToString(c.hash.Sum(nil)), c.n})
	return nil
}

// Files returns what was written so far.
func (r *Report) Files() []Written { return r.files }

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
func (r *Report) Abort() error { return os.RemoveAll(r.dir) }

// Publish puts the report in the place of an older one, which moves to
// .superseded. A report with the same manifest is left alone, and published is
// false: the same inputs gave the same bytes.
func (r *Report) Publish() (published bool, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(&OutputError{err}, r.Abort())
		}
	}()
	target := filepath.Join(r.root, r.name)
	if same(filepath.Join(target, manifest), filepath.Join(r.dir, manifest)) {
		return false, r.Abort()
	}
	if err := syncDir(r.dir); err != nil {
		return false, err
	}
	if err := r.swap(target); err != nil {
		return false, err
	}
	return true, syncDir(r.root)
}

// swap puts the new directory in the place of the old one in a single step, so
// that a reader sees one or the other whole, and keeps the old one.
func (r *Report) swap(target string) error {
	if _, err := os.Lstat(target); errors.Is(err, os.ErrNotExist) {
		return os.Rename(r.dir, target)
	}
	old, err := r.superseded()
	if err != nil {
		return err
	}
	if err := unix.Renameat2(unix.AT_FDCWD, r.dir, unix.AT_FDCWD, target, unix.RENAME_EXCHANGE); err != nil {
		return fmt.Errorf("exchanging %s: %w", target, err)
	}
	return os.Rename(r.dir, old)
}

func same(a, b string) bool {
	x, errA := os.ReadFile(a)
	y, errB := os.ReadFile(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// superseded is the free place for the report that is replaced.
func (r *Report) superseded() (string, error) {
	dir := filepath.Join(r.root, ".superseded")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		old := filepath.Join(dir, fmt.Sprintf("%s.%d", r.name, n))
		if _, err := os.Lstat(old); errors.Is(err, os.ErrNotExist) {
			return old, nil
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
