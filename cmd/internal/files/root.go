package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gocloud.dev/blob"
)

// named is what lies in a report root under a name: the manifest of its report.
type named struct {
	name    string
	content []byte
	err     error
}

// manifestsIn reads the manifests that lie in a root, one level deep, in the order
// of their names. A root that is not there, or is no directory, holds none.
func manifestsIn(root string) ([]named, error) {
	if InBucket(root) {
		return manifestsInBucket(root)
	}
	entries, err := os.ReadDir(root)
	if err != nil && !absent(err) {
		return nil, err
	}
	var list []named
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporary) {
			continue // what a crashed run left is no report
		}
		content, err := os.ReadFile(filepath.Join(root, e.Name(), manifest))
		if !absent(err) {
			list = append(list, named{e.Name(), content, err})
		}
	}
	return list, nil
}

// readers is how many objects are read at a time: each costs a round trip.
const readers = 16

func manifestsInBucket(root string) ([]named, error) {
	b, prefix, err := openRoot(root)
	if err != nil {
		return nil, err
	}
	names, err := b.directories(prefix)
	if err != nil {
		return nil, err
	}
	list := make([]named, len(names))
	var all sync.WaitGroup
	turns := make(chan struct{}, readers)
	for i, name := range names {
		all.Go(func() {
			turns <- struct{}{}
			content, err := b.read(prefix + name + "/" + manifest)
			list[i] = named{name, content, err}
			<-turns
		})
	}
	all.Wait()
	return slices.DeleteFunc(list, func(n named) bool { return absent(n.err) }), nil
}

// openRoot opens the bucket of a report root; the prefix ends in a slash.
func openRoot(root string) (b bucket, prefix string, err error) {
	b, prefix, err = openBucket(root)
	if prefix = strings.TrimRight(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	return b, prefix, err
}

// directories lists the names directly below a prefix that have something below them.
func (b bucket) directories(prefix string) (names []string, err error) {
	for all := b.List(&blob.ListOptions{Prefix: prefix, Delimiter: "/"}); ; {
		ctx, stop := answering()
		next, err := all.Next(ctx)
		stop()
		if err == io.EOF {
			slices.Sort(names)
			return names, nil
		}
		if err != nil {
			return nil, b.at(prefix, err)
		}
		if name := strings.Trim(strings.TrimPrefix(next.Key, prefix), "/"); next.IsDir && name != "" {
			names = append(names, name)
		}
	}
}

// Manifest reads the manifest of the report that is published under a name; absent
// says fs.ErrNotExist.
func Manifest(root, name string) ([]byte, error) {
	if !InBucket(root) {
		return os.ReadFile(filepath.Join(root, name, manifest))
	}
	b, prefix, err := openRoot(root)
	if err != nil {
		return nil, err
	}
	return b.read(prefix + name + "/" + manifest)
}

// Note writes a small file into a report root, beside the reports.
func Note(root, name, text string) error {
	if err := note(root, name, text); err != nil {
		return &OutputError{err}
	}
	return nil
}

func note(root, name, text string) error {
	if !InBucket(root) {
		return errors.Join(os.MkdirAll(root, 0o700), os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	b, prefix, err := openRoot(root)
	if err != nil {
		return err
	}
	return b.put(prefix+name, []byte(text), nil)
}

// put writes a small object in a single step.
func (b bucket) put(key string, content []byte, o *blob.WriterOptions) error {
	ctx, stop := answering()
	defer stop()
	return b.at(key, b.WriteAll(ctx, key, content, o))
}

// Probe tries whether a report root can be written, and leaves nothing behind. Of a
// directory that is not there yet the nearest one above it is tried.
func Probe(root string) error {
	if InBucket(root) {
		return probeBucket(root)
	}
	dir := root
	for info, err := os.Stat(dir); ; info, err = os.Stat(dir) {
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s is no directory", dir)
		}
		if err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.CreateTemp(dir, ".tieout-doctor-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func probeBucket(root string) error {
	b, prefix, err := openRoot(root)
	if err != nil {
		return err
	}
	const name = ".tieout-doctor"
	if err := b.put(prefix+name, nil, nil); err != nil {
		return err
	}
	ctx, stop := answering()
	defer stop()
	return b.at(prefix+name, b.Delete(ctx, prefix+name))
}
