package files

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/files/s3test"
)

// stored starts a store with a bucket called books.
func stored(t *testing.T) *s3test.Store {
	s := s3test.Start(t, "books")
	for name, value := range s.Env() {
		t.Setenv(name, value)
	}
	return s
}

func TestFindInBucket(t *testing.T) {
	s := stored(t)
	for _, key := range []string{"exports/b.csv", "exports/a-1.csv", "exports/a-2.csv", "exports/a?[1].csv", "exports/.hidden", "exports/old/a-0.csv", "other/c.csv"} {
		s.Put("books", key, "content of "+key)
	}
	s.Put("books", "exports/", "") // how consoles make a folder
	for pattern, want := range map[string]string{
		"s3://books/exports/b.csv":           "exports/b.csv",
		"s3://books/exports/a-*.csv":         "exports/a-1.csv exports/a-2.csv",
		"s3://books/exports/a-?.csv":         "exports/a-1.csv exports/a-2.csv",
		`s3://books/exports/a\?\[1\].csv`:    "exports/a?[1].csv",
		"s3://books/*/?.csv":                 "exports/b.csv other/c.csv",
		"s3://books/exports/old":             "exports/old/a-0.csv",
		"s3://books/exports/old/":            "exports/old/a-0.csv",
		"s3://books/exports/z*.csv":          "! s3://books/exports/z*.csv matches no file",
		"s3://books/nothing.csv":             "! s3://books/nothing.csv matches no file",
		"s3://books/exports":                 "exports/a-1.csv exports/a-2.csv exports/a?[1].csv exports/b.csv ! s3://books/exports/old is a directory, which is not read here: list it under files: too, or match only files",
		"s3://books/*":                       "! s3://books/exports is a directory, which is not read here: list it under files: too, or match only files\ns3://books/other is a directory, which is not read here: list it under files: too, or match only files",
		"s3://books/exports/[.csv":           "! s3://books/exports/[.csv: syntax error in pattern",
		"s3://absent/exports/b*.csv":         "! s3://absent/exports/b: file does not exist",
		"s3://AKID:secret@books/exports/b*":  "! \"AKID:secret@books\" is no name of a bucket: s3://bucket/key is expected, credentials and endpoint come from the AWS_ environment",
		"s3://books.example:9000/exports/b*": "! \"books.example:9000\" is no name of a bucket: s3://bucket/key is expected, credentials and endpoint come from the AWS_ environment",
	} {
		list, err := Find("/base", []string{pattern})
		var got []string
		for _, in := range list {
			key := strings.TrimPrefix(in.Path, "s3://books/")
			if content := all(t, in); content != "content of "+key || in.Bytes != int64(len(content)) || in.SHA256 != sum([]byte(content)) || in.Changed() {
				t.Errorf("%s: %+v %q", pattern, in, content)
			}
			got = append(got, key)
		}
		if err != nil {
			got = append(got, "! "+err.Error())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\ngot  %s\nwant %s", pattern, strings.Join(got, " "), want)
		}
	}
}

func all(t *testing.T, in Input) string {
	t.Helper()
	r, err := in.Open()
	must(t, err)
	content, err := io.ReadAll(r)
	must(t, errors.Join(err, r.Close()))
	return string(content)
}

// TestFindTwice: what two patterns mean is read once, wherever it lies.
func TestFindTwice(t *testing.T) {
	s := stored(t)
	s.Put("books", "a.csv", "a")
	here := write(t, t.TempDir(), "a.csv", "a")
	list, err := Find("/", []string{"s3://books/a.csv", "s3://books/*.csv", here, here})
	if err != nil || len(list) != 2 {
		t.Error(list, err)
	}
}

// TestPacked: bytes come as they lie there, also where the store says that they are
// packed on their way.
func TestPacked(t *testing.T) {
	s := stored(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := io.WriteString(z, "address\n0xab\n")
	must(t, errors.Join(err, z.Close()))
	s.Put("books", "a.csv.gz", packed.String())
	list, err := Find("/", []string{"s3://books/a.csv.gz"})
	must(t, err)
	if got, err := Addresses(list[0]); err != nil || len(got) != 1 || got[0].Text != "0xab" {
		t.Error(got, err)
	}
}

// TestObjectChanges: an object that is written again, cut or removed between the
// looks is never read as if it were the one that was hashed.
func TestObjectChanges(t *testing.T) {
	for name, change := range map[string]func(s *s3test.Store){
		"another of the same length": func(s *s3test.Store) { s.Put("books", "a.csv", "B") },
		"it grew":                    func(s *s3test.Store) { s.Put("books", "a.csv", "AA") },
		"removed":                    func(s *s3test.Store) { s.Delete("books", "a.csv") },
	} {
		s := stored(t)
		s.Put("books", "a.csv", "A")
		list, err := Find("/", []string{"s3://books/a.csv"})
		must(t, err)
		change(s)
		if !list[0].Changed() {
			t.Errorf("%s: not noticed", name)
		}
		if r, err := list[0].Open(); err == nil {
			content, err := io.ReadAll(r)
			t.Errorf("%s: read %q, %v", name, content, err)
		}
	}
}

// TestBrokenConnection: a read goes on where the connection broke; when it breaks
// again and again, it fails and is never taken for the end of the file.
func TestBrokenConnection(t *testing.T) {
	s := stored(t)
	content := strings.Repeat("0123456789", 100_000)
	s.Put("books", "a.csv", content)
	list, err := Find("/", []string{"s3://books/a.csv"})
	must(t, err)
	for breaks, want := range map[int]error{0: nil, 1: nil, reconnects: nil, reconnects + 1: io.ErrUnexpectedEOF} {
		s.Cut("GET", breaks, 1000)
		r, err := list[0].Open()
		must(t, err)
		got, err := io.ReadAll(r)
		must(t, r.Close())
		if (err == nil) != (want == nil) || want == nil && string(got) != content {
			t.Errorf("%d breaks: %d bytes, %v", breaks, len(got), err)
		}
		s.Cut("", 0, 0)
	}
}

// TestBucketReasons: why a bucket cannot be read, in words that are the same on every
// day and hold nothing of what the server says.
func TestBucketReasons(t *testing.T) {
	s := stored(t)
	s.Put("books", "a.csv", "A")
	for name, c := range map[string]struct {
		prepare func(t *testing.T)
		want    string
	}{
		"forbidden": {func(*testing.T) { s.Before(func(*http.Request) int { return 403 }) }, "s3://books/a: the bucket answers AccessDenied"},
		"overload":  {func(*testing.T) { s.Before(func(*http.Request) int { return 503 }) }, "s3://books/a: the bucket answers AccessDenied"},
		"nobody there": {func(t *testing.T) { t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1") },
			"s3://books/a: the endpoint cannot be reached: connect: connection refused"},
		"no credentials": {func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		}, "s3://books/a: there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a profile or a role"},
	} {
		t.Run(name, func(t *testing.T) {
			defer s.Before(nil)
			c.prepare(t)
			if _, err := Find("/", []string{"s3://books/a*"}); err == nil || err.Error() != c.want {
				t.Errorf("%v", err)
			}
		})
	}
}

// layout is what lies in the bucket, hashes of manifests shortened to their content.
func layout(s *s3test.Store) string {
	var list []string
	for _, key := range s.Keys("books") {
		list = append(list, key+"="+s.Get("books", key))
	}
	return strings.Join(list, "\n")
}

func revision(n int) string { return fmt.Sprintf(`{"merchant":"demo","revision":%d}`, n) }

// upload makes a report whose two files both hold text.
func upload(t *testing.T, text string) *Upload {
	t.Helper()
	u, err := BeginUpload("s3://books/reports", "2026-03-17")
	must(t, err)
	for _, name := range []string{"orders.csv", manifest} {
		must(t, u.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }))
	}
	return u
}

// readerOf is what a reader of the bucket finds: the content that both files hold, ""
// without a report.
func readerOf(t *testing.T) string {
	t.Helper()
	in, err := Files("s3://books/reports", "2026-03-17")
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	must(t, err)
	a, err := fs.ReadFile(in, "orders.csv")
	must(t, err)
	b, err := fs.ReadFile(in, manifest)
	must(t, err)
	if string(a) != string(b) {
		return "torn"
	}
	return string(a)
}

func TestPublishInBucket(t *testing.T) {
	s := stored(t)
	for _, c := range []struct {
		text      string
		published bool
	}{{revision(1), true}, {revision(1), false}, {revision(2), true}} {
		u := upload(t, c.text)
		must(t, u.Seal())
		published, err := u.Publish()
		if err != nil || published != c.published || readerOf(t) != c.text {
			t.Errorf("%s: %v %v, a reader finds %s", c.text, published, err, readerOf(t))
		}
		if _, err := os.Stat(u.Report.root); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: files are left on this machine: %v", c.text, err)
		}
	}
	one, two := folder([]byte(revision(1))), folder([]byte(revision(2)))
	want := strings.Join([]string{
		"reports/2026-03-17/" + one + "/orders.csv=" + revision(1), "reports/2026-03-17/" + one + "/result.json=" + revision(1),
		"reports/2026-03-17/" + two + "/orders.csv=" + revision(2), "reports/2026-03-17/" + two + "/result.json=" + revision(2),
		"reports/2026-03-17/result.json=" + revision(2),
	}, "\n")
	if diff := cmp.Diff(want, layout(s)); diff != "" {
		t.Error(diff)
	}
	list, err := List("s3://books/reports/", "demo")
	if err != nil || len(list) != 1 || list[0] != (Published{"2026-03-17", 2, false, sum([]byte(revision(2)))}) {
		t.Error(list, err)
	}
	var merchant *MerchantError
	if err := Check("s3://books/reports", "other"); !errors.As(err, &merchant) {
		t.Error("another merchant's reports:", err)
	}
	// A file that was removed or written over since is put back.
	for _, spoil := range []func(){
		func() { s.Delete("books", "reports/2026-03-17/"+two+"/orders.csv") },
		func() { s.Put("books", "reports/2026-03-17/"+two+"/orders.csv", strings.Repeat("x", len(revision(2)))) },
	} {
		spoil()
		if published, err := upload(t, revision(2)).Publish(); !published || err != nil || layout(s) != want {
			t.Error(published, err, cmp.Diff(want, layout(s)))
		}
	}
}

// TestAbortInBucket: what is given up leaves nothing, also where it went up already;
// what counts stays.
func TestAbortInBucket(t *testing.T) {
	s := stored(t)
	must(t, upload(t, revision(1)).Abort())
	if got := layout(s); got != "" {
		t.Error(got)
	}
	_, err := upload(t, revision(1)).Publish()
	must(t, err)
	before := layout(s)
	for _, text := range []string{revision(1), revision(2)} {
		u := upload(t, text)
		must(t, u.Seal())
		must(t, u.Abort())
		if diff := cmp.Diff(before, layout(s)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestTwoUploads: of two runs that publish one name at a time the second is refused,
// and a reader finds the first whole. A store compares by itself, and without it we do.
func TestTwoUploads(t *testing.T) {
	for _, before := range []string{"", revision(1)} {
		stored(t)
		if before != "" {
			_, err := upload(t, before).Publish()
			must(t, err)
		}
		a, b := upload(t, revision(2)), upload(t, revision(3))
		_, err := a.Publish()
		must(t, err)
		var locked *LockedError
		if published, err := b.Publish(); published || !errors.As(err, &locked) {
			t.Error(published, err)
		}
		if readerOf(t) != revision(2) {
			t.Error(readerOf(t))
		}
		// In the moment between the look and the write:
		store, _, err := openRoot("s3://books/reports")
		must(t, err)
		stale := counting{etag: `"00000000000000000000000000000000"`}
		if err := store.put("reports/2026-03-17/result.json", []byte("x"), onlyIf(stale)); !errors.Is(err, errChanged) {
			t.Error("the store itself compares:", err)
		}
		if err := store.put("reports/2026-03-17/result.json", []byte("x"), onlyIf(counting{})); !errors.Is(err, errChanged) {
			t.Error("the store itself compares:", err)
		}
	}
}

// TestCrashInBucket: the process ends at each request in turn. A reader finds the
// former report or the new one, whole, at every moment; settling makes one of them
// stand, and running again ends where an undisturbed run does.
func TestCrashInBucket(t *testing.T) {
	for _, c := range []struct{ before, after string }{{"", revision(1)}, {revision(1), revision(2)}} {
		for n := 0; ; n++ {
			s := stored(t)
			if c.before != "" {
				_, err := upload(t, c.before).Publish()
				must(t, err)
			}
			u := upload(t, c.after)
			temp, sha := u.Temp(), u.Manifest()
			count := 0
			s.Before(func(*http.Request) int { // from the nth request on, nothing reaches the store
				if count++; count > n {
					return 500
				}
				return 0
			})
			err := u.Seal()
			if err == nil {
				_, err = u.Publish()
			}
			whole := count <= n
			s.Before(nil)
			must(t, os.RemoveAll(u.Report.root)) // another machine settles
			if now := readerOf(t); now != c.before && now != c.after {
				t.Fatalf("%d: a reader finds %q", n, now)
			}
			for range 2 {
				stands, err := Settle("s3://books/reports", "2026-03-17", temp, sha)
				must(t, err)
				if now := readerOf(t); stands && now != c.after || !stands && now != c.before {
					t.Fatalf("%d: it stands: %v, and a reader finds %q", n, stands, now)
				}
			}
			_, e := upload(t, c.after).Publish()
			must(t, e)
			if readerOf(t) != c.after {
				t.Fatalf("%d: run again: %q", n, readerOf(t))
			}
			want := 3
			if c.before != "" {
				want += 2
			}
			if keys := s.Keys("books"); len(keys) != want {
				t.Fatalf("%d: %d files and more were expected: %s", n, want, keys)
			}
			if whole {
				must(t, err)
				break
			}
			if err == nil {
				t.Fatalf("%d: it failed and no error came", n)
			}
		}
	}
}

// TestFetch: what is fetched lies as it would have been published into a directory.
func TestFetch(t *testing.T) {
	s := stored(t)
	first := `{"merchant":"demo","revision":1}`
	second := fmt.Sprintf(`{"merchant":"demo","revision":2,"replaces":%q}`, sum([]byte(first)))
	for _, text := range []string{first, second} {
		_, err := upload(t, text).Publish()
		must(t, err)
	}
	s.Put("books", "reports/2026-03-17/"+folder([]byte(second))+"/extra.txt", "x")
	dir := t.TempDir()
	must(t, Fetch("s3://books/reports", "", dir))
	got := map[string]string{}
	must(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			content, err := os.ReadFile(name)
			must(t, err)
			rel, _ := filepath.Rel(dir, name)
			got[rel] = string(content)
		}
		return err
	}))
	want := map[string]string{
		"2026-03-17/orders.csv": second, "2026-03-17/result.json": second, "2026-03-17/extra.txt": "x",
		".superseded/2026-03-17.1/orders.csv": first, ".superseded/2026-03-17.1/result.json": first,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.Put("books", "reports/2026-03-17/"+folder([]byte(second))+"/../../x", "x")
	if err := Fetch("s3://books/reports", "", t.TempDir()); err == nil {
		t.Error("a name that leads out of the directory")
	}
}

func TestNoteAndProbeInBucket(t *testing.T) {
	s := stored(t)
	must(t, Note("s3://books/reports", "invariant-2026-03-17.txt", "x"))
	must(t, Probe("s3://books/reports"))
	if got := layout(s); got != "reports/invariant-2026-03-17.txt=x" {
		t.Error(got)
	}
	s.Before(func(*http.Request) int { return 403 })
	if err := Probe("s3://books/reports"); err == nil || err.Error() != "s3://books/reports/.tieout-doctor: the bucket answers AccessDenied" {
		t.Error(err)
	}
}
