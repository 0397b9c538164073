package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Filed is a published report: its files, under its name.
type Filed struct {
	Name  string
	Files fs.FS
}

// Reports lists what is published in a report root, in the order of names. A root
// that is not there holds nothing.
func Reports(root string) (list []Filed, err error) {
	if InBucket(root) {
		return reportsInBucket(root)
	}
	entries, err := os.ReadDir(root)
	if err != nil && !absent(err) {
		return nil, err
	}
	for _, e := range entries {
		dir := filepath.Join(root, e.Name())
		if _, err := os.Stat(filepath.Join(dir, manifest)); err == nil {
			list = append(list, Filed{e.Name(), os.DirFS(dir)})
		}
	}
	return list, nil
}

func reportsInBucket(root string) (list []Filed, err error) {
	b, prefix, err := openRoot(root)
	if err != nil {
		return nil, err
	}
	names, err := manifestsInBucket(root)
	for _, n := range names {
		list = append(list, Filed{n.name, objects{b, prefix + n.name + "/" + folder(n.content) + "/"}})
		err = errors.Join(err, n.err)
	}
	return list, err
}

// Files are the files of the report that is published under a name, as they are now;
// fs.ErrNotExist says that there is none.
func Files(root, name string) (fs.FS, error) {
	content, err := Manifest(root, name)
	if err != nil {
		return nil, err
	}
	if !InBucket(root) {
		return os.DirFS(filepath.Join(root, name)), nil
	}
	b, prefix, err := openRoot(root)
	if err != nil {
		return nil, err
	}
	return objects{b, prefix + name + "/" + folder(content) + "/"}, nil
}

// objects are the files below a prefix; there are no directories in it.
type objects struct {
	bucket bucket
	prefix string
}

// Open implements fs.FS.
func (o objects) Open(name string) (fs.File, error) {
	in, err := o.bucket.look(o.prefix + name)
	if err != nil {
		return nil, err
	}
	r, err := in.open()
	return objectFile{r}, err
}

// objectFile is an object that is open.
type objectFile struct{ io.ReadCloser }

// Stat implements fs.File.
func (objectFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }

// Fetch copies published reports out of a bucket into a directory, as they would lie
// there, so that they can be verified: those that count under their names, those that
// they replaced below .superseded. Where only is not empty, every report but that one
// comes as its manifest alone.
func Fetch(root, only, dir string) error {
	b, prefix, err := openRoot(root)
	if err != nil {
		return err
	}
	reports, err := manifestsInBucket(root)
	if err != nil {
		return err
	}
	for _, n := range reports {
		if n.err != nil {
			return n.err
		}
		if err := b.fetch(prefix+n.name+"/", n, only != "" && n.name != only, dir); err != nil {
			return err
		}
	}
	return nil
}

// fetch copies one report, and those that it replaced. Its manifest is the one that
// counts, whatever lies beside its files.
func (b bucket) fetch(place string, n named, short bool, dir string) error {
	folders, err := b.directories(place)
	if err != nil {
		return err
	}
	if err := b.fetchFolder(place+folder(n.content)+"/", filepath.Join(dir, n.name), n.content, short); err != nil {
		return err
	}
	for name := former(n.content, folders); name != ""; {
		content, err := b.read(place + name + "/" + manifest)
		if absent(err) {
			return nil // it was removed, and what it replaced is not known
		}
		if err != nil {
			return err
		}
		revision, _, _ := strings.Cut(strings.TrimPrefix(name, "r"), "-")
		if err := b.fetchFolder(place+name+"/", filepath.Join(dir, ".superseded", n.name+"."+revision), content, short); err != nil {
			return err
		}
		folders = slices.DeleteFunc(folders, func(f string) bool { return f == name }) // so that a forged circle ends
		name = former(content, folders)
	}
	return nil
}

// former is the folder of the report that a manifest replaces, "" where it is not
// there.
func former(content []byte, folders []string) string {
	var m struct{ Replaces string }
	if json.Unmarshal(content, &m) != nil || len(m.Replaces) < 16 {
		return ""
	}
	i := slices.IndexFunc(folders, func(name string) bool { return strings.HasSuffix(name, "-"+m.Replaces[:16]) })
	if i < 0 {
		return ""
	}
	return folders[i]
}

func (b bucket) fetchFolder(below, dir string, content []byte, short bool) error {
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, manifest), content, 0o600)); err != nil || short {
		return err
	}
	keys, err := b.filesBelow(below)
	if err != nil {
		return err
	}
	for _, key := range keys {
		name := strings.TrimPrefix(key, below)
		if name == manifest {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%s/%s is no name of a file", b.name, key)
		}
		if err := b.download(key, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func (b bucket) download(key, name string) error {
	o, err := b.look(key)
	if err != nil {
		return err
	}
	r, err := o.open()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
