package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"gocloud.dev/blob"
)

// Upload is a report in the making for a bucket. It is written on this machine
// first, and goes up whole under a name of its own: its revision, and the beginning
// of the SHA-256 of its manifest. Then one object, the manifest under the name of
// the report, says which of these counts. So a reader who begins there never meets
// half a report, and what was replaced stays where it was.
//
//	<root>/2026-03-17/result.json             says which one counts: r2-5b1f...
//	<root>/2026-03-17/r2-5b1f.../orders.csv   its files, and result.json once more
//	<root>/2026-03-17/r1-09c4.../orders.csv   the revision that it replaced
type Upload struct {
	*Report        // on this machine
	bucket  bucket // where it goes
	place   string // the key below which the reports of that name lie, with a slash
	root    string
	before  counting // when this began
	sealed  bool
}

// BeginUpload begins a report for a root in a bucket.
func BeginUpload(root, name string) (*Upload, error) {
	b, prefix, err := openRoot(root)
	if err != nil {
		return nil, &OutputError{err}
	}
	u := &Upload{bucket: b, place: prefix + name + "/", root: root}
	if u.before, err = b.counts(u.place); err != nil {
		return nil, &OutputError{err}
	}
	dir, err := os.MkdirTemp("", "tieout-report-")
	if err != nil {
		return nil, &OutputError{err}
	}
	if u.Report, err = Begin(dir, name); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return u, nil
}

// counting is the manifest that counts; the zero value stands for none.
type counting struct{ sha256, folder, etag string }

// counts reads which report counts of those below a place.
func (b bucket) counts(place string) (counting, error) {
	o, err := b.look(place + manifest)
	if absent(err) {
		return counting{}, nil
	}
	if err != nil {
		return counting{}, err
	}
	content, err := o.whole()
	if err != nil {
		return counting{}, err
	}
	return counting{sum(content), folder(content), o.etag}, nil
}

func sum(content []byte) string {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:])
}

// folder is where the files of a report lie, below its name.
func folder(content []byte) string {
	var m struct{ Revision int }
	_ = json.Unmarshal(content, &m) // what cannot be read has no revision; its hash is a name all the same
	return fmt.Sprintf("r%d-%s", max(1, m.Revision), sum(content)[:16])
}

// Temp is the name under which the files lie, below the report's, by which Settle
// finds them after a crash.
func (u *Upload) Temp() string {
	content, err := os.ReadFile(filepath.Join(u.dir, manifest))
	if err != nil {
		return ""
	}
	return folder(content)
}

// Seal brings every file into the bucket, the manifest last. None of it counts yet.
func (u *Upload) Seal() error {
	below := u.place + u.Temp() + "/"
	u.sealed = true // from the first file on there is something to remove
	for _, w := range u.files {
		if err := u.bring(below, w); err != nil {
			return &OutputError{err}
		}
	}
	return nil
}

// uploading bounds the upload of one file.
const uploading = 30 * time.Minute

// bring uploads one file, whose hash goes with it, and looks whether it is there whole.
func (u *Upload) bring(below string, w Written) error {
	key := below + w.Name
	if u.bucket.holds(key, w) {
		return nil
	}
	f, err := os.Open(filepath.Join(u.dir, w.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	ctx, stop := context.WithTimeout(context.Background(), uploading)
	defer stop()
	err = u.bucket.Upload(ctx, key, f, &blob.WriterOptions{ContentType: contentType(w.Name), Metadata: map[string]string{hashed: w.SHA256}})
	if err != nil {
		return u.bucket.at(key, err)
	}
	if !u.bucket.holds(key, w) {
		return fmt.Errorf("%s/%s: it was uploaded, and is not there whole", u.bucket.name, key)
	}
	return nil
}

// hashed names what every uploaded file carries: its SHA-256.
const hashed = "sha256"

func contentType(name string) string {
	switch filepath.Ext(name) {
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".json":
		return "application/json"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}

// holds reports whether an object is there as it was written. One that was written
// over by other means has lost its hash.
func (b bucket) holds(key string, w Written) bool {
	ctx, stop := answering()
	defer stop()
	a, err := b.Attributes(ctx, key)
	return err == nil && a.Size == w.Bytes && a.Metadata[hashed] == w.SHA256
}

// Publish makes the report count. One that counts already and is whole is left
// alone, and published is false. Where another run published meanwhile, that one
// stands: the error is a LockedError.
func (u *Upload) Publish() (published bool, err error) {
	defer func() { err = errors.Join(err, u.away()) }()
	if u.before.sha256 == u.Manifest() && u.stands() {
		return false, nil
	}
	if err := u.Seal(); err != nil {
		return false, errors.Join(err, u.remove())
	}
	content, err := os.ReadFile(filepath.Join(u.dir, manifest))
	if err != nil {
		return false, errors.Join(&OutputError{err}, u.remove())
	}
	if err := u.bucket.point(u.root, u.place, u.before, content); err != nil {
		return false, errors.Join(err, u.remove())
	}
	return true, nil
}

// stands reports whether every file of the report is in its place.
func (u *Upload) stands() bool {
	below := u.place + u.Temp() + "/"
	return !slices.ContainsFunc(u.files, func(w Written) bool { return !u.bucket.holds(below+w.Name, w) })
}

// point makes a manifest the one that counts, in place of the one before and of no
// other: the store compares, where it knows how, and we do where it does not.
func (b bucket) point(root, place string, before counting, content []byte) error {
	now, err := b.counts(place)
	if err != nil {
		return &OutputError{err}
	}
	if now != before {
		return &LockedError{root}
	}
	err = b.put(place+manifest, content, onlyIf(before))
	switch {
	case errors.Is(err, errChanged):
		return &LockedError{root}
	case err != nil:
		return &OutputError{err}
	}
	return nil
}

// onlyIf asks the store to write in the place of that manifest only.
func onlyIf(before counting) *blob.WriterOptions {
	o := &blob.WriterOptions{ContentType: contentType(manifest), IfNotExist: before.etag == ""}
	o.BeforeWrite = func(as func(any) bool) error {
		var in *transfermanager.UploadObjectInput
		if before.etag != "" && as(&in) {
			in.IfMatch = aws.String(before.etag)
		}
		return nil
	}
	return o
}

// Abort removes the report in the making, here and in the bucket; the published one
// is untouched.
func (u *Upload) Abort() error { return errors.Join(u.remove(), u.away()) }

func (u *Upload) remove() error {
	if !u.sealed {
		return nil
	}
	return u.bucket.removeFolder(u.place, u.Temp())
}

// away removes what lies on this machine.
func (u *Upload) away() error {
	return errors.Join(u.Report.Abort(), os.RemoveAll(u.Report.root))
}

// removeFolder removes the files of a report that does not count, the manifest first,
// so that what is left of it when that is interrupted is no report.
func (b bucket) removeFolder(place, name string) error {
	now, err := b.counts(place)
	if err != nil || now.folder == name || name == "" {
		return err
	}
	keys, err := b.filesBelow(place + name + "/")
	if err != nil {
		return err
	}
	slices.SortStableFunc(keys, func(a, b string) int { return last(b) - last(a) })
	for _, key := range keys {
		ctx, stop := answering()
		err = errors.Join(err, b.at(key, b.Delete(ctx, key)))
		stop()
	}
	return err
}

// last is 1 for the manifest, which is written last, 0 for every other file.
func last(key string) int {
	if filepath.Base(key) == manifest {
		return 1
	}
	return 0
}

// filesBelow lists every key below a prefix.
func (b bucket) filesBelow(prefix string) (keys []string, err error) {
	for all := b.List(&blob.ListOptions{Prefix: prefix}); ; {
		ctx, stop := answering()
		next, err := all.Next(ctx)
		stop()
		if err == io.EOF {
			return keys, nil
		}
		if err != nil {
			return nil, b.at(prefix, err)
		}
		keys = append(keys, next.Key)
	}
}

// settleUpload is Settle for a root in a bucket.
func settleUpload(root, name, temp, sha256 string) (stands bool, err error) {
	b, prefix, err := openRoot(root)
	if err != nil {
		return false, &OutputError{err}
	}
	place := prefix + name + "/"
	before, err := b.counts(place)
	switch {
	case err != nil:
		return false, &OutputError{err}
	case before.sha256 == sha256:
		return true, nil
	case temp == "":
		return false, nil
	}
	made, err := b.read(place + temp + "/" + manifest)
	switch {
	case err != nil && !absent(err):
		return false, &OutputError{err}
	case err == nil && sum(made) == sha256: // its manifest went up last: it is whole
		if err := b.point(root, place, before, made); err != nil {
			return false, err
		}
		return true, nil
	}
	if err := b.removeFolder(place, temp); err != nil {
		return false, &OutputError{err}
	}
	return false, nil
}
