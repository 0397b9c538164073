package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	var missing Missing
	if !errors.As(err, &missing) || missing.Pattern != "none-*.csv" {
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

func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"chain,address,label\n,0xab,till\n": "[0xab]", "Address\n0xab\n0xcd\n": "[0xab 0xcd]",
		"chain,label\n,x\n": `column "address" is missing`, "": "no header", "address,label\n,x\n": "line 2",
	} {
		list, err := Find(dir, []string{write(t, dir, "a.csv", content)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Addresses(list[0])
		if text := fmt.Sprint(got, err); !strings.Contains(text, want) {
			t.Errorf("%q: %s, want %s", content, text, want)
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
