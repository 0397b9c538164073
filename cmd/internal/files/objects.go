package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
)

// object is a file in a bucket, as it was when it was looked at first: every read
// asks for these bytes and no others.
type object struct {
	bucket bucket
	key    string
	etag   string
	size   int64
	at     time.Time
}

// findObjects returns the objects behind a URL, a pattern of one, or the URL of what
// would be a directory, that were not seen yet.
func findObjects(_, pattern string, seen map[string]bool) (list []Input, failed error) {
	b, key, err := openBucket(pattern)
	if err != nil {
		return nil, err
	}
	keys, failed := b.match(key)
	if len(keys) == 0 && failed == nil {
		return nil, fmt.Errorf("%s %w", pattern, ErrNoFile)
	}
	for _, key := range keys {
		if seen[b.name+"/"+key] {
			continue
		}
		seen[b.name+"/"+key] = true
		in, err := b.input(key)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		list = append(list, in)
	}
	return list, failed
}

// match lists the keys that a pattern means. What lies deeper than it reaches is no
// file of it, and named where a directory would be.
func (b bucket) match(pattern string) ([]string, error) {
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", b.name, pattern, err)
		}
		return b.list(pattern, pattern[:i])
	}
	directory := strings.TrimRight(pattern, "/")
	if pattern == directory && pattern != "" {
		ctx, stop := answering()
		defer stop()
		if exists, err := b.Exists(ctx, pattern); err != nil {
			return nil, b.at(pattern, err)
		} else if exists {
			return []string{pattern}, nil
		}
	}
	if directory != "" {
		directory += "/"
	}
	keys, err := b.list(literalKey(directory)+"*", directory)
	return slices.DeleteFunc(keys, func(key string) bool { return strings.HasPrefix(path.Base(key), ".") }), err
}

// literalKey writes a key as the pattern that matches it alone.
func literalKey(key string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(key)
}

// list returns the keys below a prefix that match.
func (b bucket) list(pattern, prefix string) (keys []string, err error) {
	o := &blob.ListOptions{Prefix: prefix}
	if !strings.Contains(pattern[min(len(pattern), len(prefix)):], "/") {
		o.Delimiter = "/" // nothing deeper is asked for, and there may be much of it
	}
	deep := map[string]bool{}
	for all := b.List(o); ; {
		ctx, stop := answering()
		next, e := all.Next(ctx)
		stop()
		if e == io.EOF {
			return keys, err
		}
		if e != nil {
			return nil, b.at(prefix, e)
		}
		switch above, directory := cutTo(next.Key, pattern); {
		case !matches(pattern, above) || next.Key == prefix: // the prefix itself marks an empty directory
		case !directory:
			keys = append(keys, next.Key)
		case !deep[above] && !strings.HasPrefix(path.Base(above), "."):
			deep[above] = true
			err = errors.Join(err, fmt.Errorf("%s/%s is a directory, which is not read here: list it under files: too, or match only files", b.name, above))
		}
	}
}

func matches(pattern, key string) bool {
	ok, err := path.Match(pattern, key)
	return ok && err == nil
}

// cutTo cuts a key to as many parts as a pattern has, and tells whether there were
// more.
func cutTo(key, pattern string) (cut string, more bool) {
	parts := strings.Split(key, "/")
	n := strings.Count(pattern, "/") + 1
	return strings.Join(parts[:min(n, len(parts))], "/"), len(parts) > n
}

// look pins an object as it is now.
func (b bucket) look(key string) (object, error) {
	ctx, stop := answering()
	defer stop()
	a, err := b.Attributes(ctx, key)
	if err != nil {
		return object{}, b.at(key, err)
	}
	return object{b, key, a.ETag, a.Size, a.ModTime}, nil
}

// input hashes an object.
func (b bucket) input(key string) (Input, error) {
	o, err := b.look(key)
	if err != nil {
		return Input{}, err
	}
	r, err := o.open()
	if err != nil {
		return Input{}, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return Input{}, err
	}
	return Input{Path: b.name + "/" + key, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: o.size, at: o}, nil
}

func (o object) written() time.Time { return o.at }

func (o object) changed(size int64) bool {
	now, err := o.bucket.look(o.key)
	return err != nil || now.etag != o.etag || now.size != size
}

// maxBeside is far more than any manifest has.
const maxBeside = 64 << 20

func (o object) beside(name string) ([]byte, error) {
	return o.bucket.read(path.Join(path.Dir(o.key), name))
}

// read returns a small object whole.
func (b bucket) read(key string) ([]byte, error) {
	o, err := b.look(key)
	if err != nil {
		return nil, err
	}
	return o.whole()
}

func (o object) whole() ([]byte, error) {
	if o.size > maxBeside {
		return nil, fmt.Errorf("%s/%s is larger than any manifest", o.bucket.name, o.key)
	}
	r, err := o.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (o object) open() (io.ReadCloser, error) {
	r := &objectReader{object: o}
	return r, r.connect()
}

// objectReader reads an object from end to end. A connection that breaks is made
// anew where it broke, for the same bytes.
type objectReader struct {
	object
	from   *blob.Reader
	stop   context.CancelFunc
	stall  *time.Timer
	offset int64
	broken int
}

// reconnects is how often a read goes on after a connection broke.
const reconnects = 3

func (r *objectReader) connect() error {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop, r.stall = cancel, time.AfterFunc(patience, cancel)
	var err error
	r.from, err = r.bucket.NewRangeReader(ctx, r.key, r.offset, -1, &blob.ReaderOptions{BeforeRead: r.pin})
	if err != nil {
		r.disconnect()
		return r.bucket.at(r.key, err)
	}
	var got s3.GetObjectOutput
	if r.from.As(&got) && aws.ToString(got.ETag) != r.etag {
		return errors.Join(r.bucket.at(r.key, errChanged), r.Close())
	}
	return nil
}

// pin asks for the object that was looked at. A store that does not know the
// condition answers with what it has, and connect sees that.
func (r *objectReader) pin(as func(any) bool) error {
	var in *s3.GetObjectInput
	if as(&in) && r.etag != "" {
		in.IfMatch = aws.String(r.etag)
	}
	return nil
}

func (r *objectReader) disconnect() {
	r.stall.Stop()
	r.stop()
}

func (r *objectReader) Read(p []byte) (int, error) {
	for {
		r.stall.Reset(patience)
		n, err := r.from.Read(p)
		r.offset += int64(n)
		switch {
		case err == nil || n > 0:
			return n, nil
		case err == io.EOF && r.offset != r.size:
			return 0, r.bucket.at(r.key, errChanged)
		case err == io.EOF:
			return 0, io.EOF
		case r.broken == reconnects:
			return 0, r.bucket.at(r.key, err)
		}
		r.broken++
		if err := errors.Join(r.Close(), r.connect()); err != nil {
			return 0, err
		}
	}
}

func (r *objectReader) Close() error {
	r.disconnect()
	return r.from.Close()
}
