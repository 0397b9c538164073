package files

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "exports/b.csv", "b")
	write(t, dir, "exports/a.csv", "a")
	write(t, dir, "exports/.hidden", "x")
	list, err := Find(dir, []string{filepath.Join(dir, "exports"), filepath.Join(dir, "exports/*.csv"), filepath.Join(dir, "none-*.csv")})
	if err == nil || err.Error() != "none-*.csv matches no file" {
		t.Errorf("a glob without files: %v", err)
	}
	if len(list) != 2 || list[0].Path != "exports/a.csv" || list[0].Bytes != 1 || list[0].Changed() {
		t.Errorf("%+v", list)
	}
	write(t, dir, "exports/a.csv", "grown")
	if !list[0].Changed() {
		t.Error("a file that grew must be noticed")
	}
	if _, err := Find(dir, []string{"/dev/null"}); err == nil {
		t.Error("a device is no input")
	}
}

// A file is shown as the configuration writes it, so that a report does not
// depend on where the configuration lies.
func TestShown(t *testing.T) {
	dir := t.TempDir()
	inside, outside := write(t, dir, "conf/in.csv", "a"), write(t, dir, "data/out.csv", "b")
	for pattern, want := range map[string]string{
		"in.csv":                  "in.csv",
		"../conf/in.csv":          "in.csv",
		"../data/*.csv":           "../data/out.csv",
		inside:                    "in.csv",
		filepath.ToSlash(outside): filepath.ToSlash(outside),
	} {
		list, err := Find(filepath.Join(dir, "conf"), []string{pattern})
		if err != nil || len(list) != 1 || list[0].Path != want {
			t.Errorf("%s: %+v, %v; want %s", pattern, list, err, want)
		}
	}
}

func TestChangedInPlace(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a.csv", "a")
	list, err := Find(dir, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	other := write(t, dir, "b.csv", "b")
	if err := os.Chtimes(other, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if !list[0].Changed() {
		t.Error("another file of the same size and time must be noticed")
	}
}

func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"chain,address,label\n,0xab,till\n":           "[{ 0xab 2}] <nil>",
		"Address\n0xab\n\n0xcd\n":                     "[{ 0xab 2} { 0xcd 4}] <nil>",
		"\ufeff\"label\";Address;Chain\nx;0xab;eth\n": "[{eth 0xab 2}] <nil>",
		"chain\taddress\ntron\tTab\n":                 "[{tron Tab 2}] <nil>",
		"chain,label\n,x\n":                           `[] a.csv line 1: the column "address" is missing; the header is chain, label`,
		"":                                            "[] a.csv: the file is empty; a header with the column address is expected",
		"address,label\n,x\n":                         "[] a.csv line 2: the address is missing",
		"address\n0xab\n" + strings.Repeat("x", maxRow+1<<13): "[] a.csv: a line, or a cell in quotes, is longer than 1 MiB",
		"address\n\"" + strings.Repeat("x\n", maxRow/2+1<<13): "[] a.csv: a line, or a cell in quotes, is longer than 1 MiB",
		"address,label\n\"0xab,x\n":                           "[] a.csv: parse error on line 2, column 9: extraneous or missing \" in quoted-field",
	} {
		list, err := Find(dir, []string{write(t, dir, "a.csv", content)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Addresses(list[0])
		if text := fmt.Sprint(got, " ", err); text != want {
			t.Errorf("%q:\ngot  %s\nwant %s", content, text, want)
		}
	}
}

func publish(t *testing.T, root, content string) bool {
	t.Helper()
	r, err := Begin(root, "2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"orders.csv", manifest} {
		if err := r.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }); err != nil {
			t.Fatal(err)
		}
	}
	published, err := r.Publish()
	if err != nil {
		t.Fatal(err)
	}
	return published
}

func TestPublish(t *testing.T) {
	root := filepath.Join(t.TempDir(), "reports")
	if !publish(t, root, `{"merchant":"demo"}`) || publish(t, root, `{"merchant":"demo"}`) {
		t.Error("the first report is published, the same again is not")
	}
	if !publish(t, root, `{"merchant":"demo","exit":3}`) {
		t.Error("another one is")
	}
	old, err := os.ReadFile(filepath.Join(root, ".superseded/2026-03-17.1/orders.csv"))
	if err != nil || string(old) != `{"merchant":"demo"}` {
		t.Errorf("the former report: %q, %v", old, err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: a report and .superseded are expected, nothing temporary", entries, err)
	}
	info, err := os.Stat(filepath.Join(root, "2026-03-17", "orders.csv"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	var other *MerchantError
	if err := Check(root, "other"); !errors.As(err, &other) {
		t.Errorf("another merchant's root: %v", err)
	}
	if err := Check(root, "demo"); err != nil {
		t.Error(err)
	}
}

func TestFailedWriteLeavesTheOldReport(t *testing.T) {
	root := filepath.Join(t.TempDir(), "reports")
	publish(t, root, `{"merchant":"demo"}`)
	r, err := Begin(root, "2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	var output *OutputError
	if err := r.Write("orders.csv", func(io.Writer) error { return errors.New("no space left on device") }); !errors.As(err, &output) {
		t.Errorf("%v", err)
	}
	if err := r.Abort(); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(root, "2026-03-17", "orders.csv")); err != nil || string(content) != `{"merchant":"demo"}` {
		t.Errorf("%q %v", content, err)
	}
}

// TestReplace: where directories cannot be exchanged, the old report is kept all
// the same, and comes back when the new one cannot take its place.
func TestReplace(t *testing.T) {
	root := t.TempDir()
	target, old := filepath.Join(root, "2026-03-17"), filepath.Join(root, "old")
	write(t, root, "2026-03-17/result.json", "1")
	write(t, root, "new/result.json", "2")
	content := func(dir string) string {
		b, err := os.ReadFile(filepath.Join(dir, "result.json"))
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	r := &Report{root: root, name: "2026-03-17", dir: filepath.Join(root, "gone")}
	if err := r.replace(target, old); err == nil || content(target) != "1" {
		t.Errorf("%v; the old report is %s", err, content(target))
	}
	r.dir = filepath.Join(root, "new")
	if err := r.replace(target, old); err != nil || content(target) != "2" || content(old) != "1" {
		t.Errorf("%v; %s, %s", err, content(target), content(old))
	}
}

func TestLock(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the lock is taken on Linux only")
	}
	root := t.TempDir()
	first, err := Begin(root, "2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := Begin(root, "2026-03-16"); !errors.As(err, &locked) {
		t.Errorf("a second run at the same moment: %v", err)
	}
	if err := first.Abort(); err != nil {
		t.Fatal(err)
	}
	second, err := Begin(root, "2026-03-16")
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Abort(); err != nil {
		t.Fatal(err)
	}
}

// TestLeftovers: what a crashed run left is removed, a report never.
func TestLeftovers(t *testing.T) {
	root := t.TempDir()
	publish(t, root, `{"merchant":"demo"}`)
	write(t, root, temporary+"2026-03-16-123/orders.csv", "half")
	r, err := Begin(root, "2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Abort(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 1 || entries[0].Name() != "2026-03-17" {
		t.Errorf("%v %v", entries, err)
	}
}

// TestUnusableSuperseded: a report that cannot be kept is not replaced either.
func TestUnusableSuperseded(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, r *Report, superseded string){
		"it is a file": func(t *testing.T, r *Report, superseded string) { write(t, r.root, ".superseded", "x") },
		"nothing can be moved into it": func(t *testing.T, r *Report, superseded string) {
			if runtime.GOOS != "linux" {
				t.Skip("directories are exchanged on Linux only")
			}
			if err := os.Symlink(r.dir, superseded); err != nil { // a directory cannot move into itself
				t.Fatal(err)
			}
		},
		"it leads nowhere": func(t *testing.T, r *Report, superseded string) {
			if err := os.Symlink(".superseded", superseded); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "reports")
			publish(t, root, `{"merchant":"demo"}`)
			r, err := Begin(root, "2026-03-17")
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Write(manifest, func(w io.Writer) error { _, err := io.WriteString(w, `{"merchant":"demo","exit":3}`); return err }); err != nil {
				t.Fatal(err)
			}
			spoil(t, r, filepath.Join(root, ".superseded"))
			var output *OutputError
			if published, err := r.Publish(); published || !errors.As(err, &output) {
				t.Errorf("published %v, %v", published, err)
			}
			for _, name := range []string{"orders.csv", manifest} {
				if content, err := os.ReadFile(filepath.Join(root, "2026-03-17", name)); err != nil || string(content) != `{"merchant":"demo"}` {
					t.Errorf("the former %s: %q %v", name, content, err)
				}
			}
		})
	}
}

// TestPlaceThatCannotBeLookedAt: the search for a free place ends where the file
// system answers none.
func TestPlaceThatCannotBeLookedAt(t *testing.T) {
	if place, err := superseded(t.TempDir(), strings.Repeat("x", 300)); err == nil {
		t.Errorf("%s", place)
	}
}

// TestNamesWithMetaCharacters: a directory may be called what looks like a glob.
func TestNamesWithMetaCharacters(t *testing.T) {
	for _, name := range []string{"o[1]", "o*", "o?", `o\1`, "o[", "[^a]-z]"} {
		if runtime.GOOS == "windows" {
			t.Skip("there such names do not exist")
		}
		root := filepath.Join(t.TempDir(), name)
		publish(t, root, `{"merchant":"demo"}`)
		var other *MerchantError
		if err := Check(root, "other"); !errors.As(err, &other) {
			t.Errorf("%s: another merchant's root: %v", name, err)
		}
		write(t, root, temporary+"2026-03-16-123/orders.csv", "half")
		publish(t, root, `{"merchant":"demo","exit":3}`)
		if _, err := os.Stat(filepath.Join(root, temporary+"2026-03-16-123")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a leftover stays: %v", name, err)
		}
		write(t, root, "exports/a-1.csv", "a")
		for _, pattern := range []string{"exports/a-*.csv", "exports", "../" + name + "/exports/a-1.csv"} {
			list, err := Find(root, []string{pattern})
			if err != nil || len(list) != 1 || list[0].Path != "exports/a-1.csv" {
				t.Errorf("%s: %s finds %+v, %v", name, pattern, list, err)
			}
		}
	}
}

// TestCheck: what cannot be told is refused, what is no report is none.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "x")
	write(t, dir, "crashed/"+temporary+"2026-03-17-1/result.json", `{"mer`)
	write(t, dir, "torn/2026-03-17/result.json", `{"mer`)
	write(t, dir, "stray/2026-03-17/notes.txt", "x")
	write(t, dir, "stray/invariant-2026-03-17.txt", "x")
	for name, want := range map[string]string{
		"none": "<nil>", "file": "<nil>", "crashed": "<nil>", "stray": "<nil>",
		"torn": filepath.Join(dir, "torn/2026-03-17/result.json") + " cannot be read as the manifest of a run, so whose reports lie there is unknown: unexpected end of JSON input",
	} {
		if got := fmt.Sprint(Check(filepath.Join(dir, name), "demo")); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

// TestDirectory: mounted volumes hold links, some to a directory of versions whose
// name begins with dots; what a link leads to is what counts.
func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "in/..2026_03_17/a.csv", "a")
	write(t, dir, "elsewhere/b.csv", "b")
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, "in", name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..2026_03_17", "..data")
	link("..data/a.csv", "a.csv")
	link("../elsewhere/b.csv", "b.csv")
	list, err := Find(dir, []string{"in"})
	if err != nil || len(list) != 2 || list[0].Path != "in/a.csv" || list[1].Path != "in/b.csv" {
		t.Errorf("%+v, %v", list, err)
	}
	// What is not read is named, and what is there is read all the same.
	link("../gone.csv", "c.csv")
	write(t, dir, "in/archive/d.csv", "d")
	list, err = Find(dir, []string{"in"})
	want := "in/archive is a directory, which is not read here: list it under files: too, or match only files\n" +
		"in/c.csv: no such file or directory"
	if len(list) != 2 || fmt.Sprint(err) != want {
		t.Errorf("%+v\n%v\nwant %s", list, err, want)
	}
}

// TestPublishAgain: the same report stands there only while every file of it does.
func TestPublishAgain(t *testing.T) {
	root := filepath.Join(t.TempDir(), "reports")
	orders := filepath.Join(root, "2026-03-17", "orders.csv")
	publish(t, root, `{"merchant":"demo"}`)
	for name, spoil := range map[string]func() error{
		"removed": func() error { return os.Remove(orders) },
		"edited":  func() error { return os.WriteFile(orders, []byte(`{"merchant":"dem0"}`), 0o600) },
		"cut":     func() error { return os.Truncate(orders, 0) },
	} {
		if publish(t, root, `{"merchant":"demo"}`) {
			t.Errorf("before orders.csv is %s: published again", name)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if !publish(t, root, `{"merchant":"demo"}`) {
			t.Errorf("orders.csv was %s, and the report is said to stand there", name)
		}
		if content, err := os.ReadFile(orders); err != nil || string(content) != `{"merchant":"demo"}` {
			t.Errorf("%s: %q, %v", name, content, err)
		}
	}
}

// TestPackedAddresses: any file may be gzipped, whatever it is called.
func TestPackedAddresses(t *testing.T) {
	dir := t.TempDir()
	pack := func(content string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, content); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	whole := pack("\ufeffchain;address\neth;0xab\n;0xcd\n")
	for content, want := range map[string]string{
		whole:                    "[{eth 0xab 2} { 0xcd 3}] <nil>",
		whole[:len(whole)-9]:     "[] a.csv: the gzip stream is cut or damaged: unexpected EOF",
		"\x1f\x8bno gzip at all": "[] a.csv: it starts like gzip but is none: gzip: invalid header",
		pack(whole):              "[] a.csv: it is gzip inside gzip: unpack it once",
		pack("chain,label\n"):    `[] a.csv line 1: the column "address" is missing; the header is chain, label`,
	} {
		list, err := Find(dir, []string{write(t, dir, "a.csv", content)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Addresses(list[0])
		if text := fmt.Sprint(got, " ", err); text != want {
			t.Errorf("%q:\ngot  %s\nwant %s", content, text, want)
		}
	}
}
