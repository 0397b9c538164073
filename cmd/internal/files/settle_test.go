package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestSettle: whichever step a crash hit, the report stands whole afterwards or the
// former one does, and nothing of either is lost.
func TestSettle(t *testing.T) {
	const before, after = `{"merchant":"demo"}`, `{"merchant":"demo","exit":3}`
	for name, c := range map[string]struct {
		crash       func(t *testing.T, r *Report, target string)
		stands      bool
		now, former string // content of the published report and of the superseded one
	}{
		"before the swap":    {func(*testing.T, *Report, string) {}, true, after, before},
		"after the exchange": {func(t *testing.T, r *Report, target string) { must(t, exchange(r.dir, target)) }, true, after, before},
		"between two renames": {func(t *testing.T, r *Report, target string) {
			must(t, os.Rename(target, r.root+"/.superseded/2026-03-17.1"))
		}, true, after, before},
		"after the swap":      {func(t *testing.T, r *Report, target string) { must(t, r.swap(target)) }, true, after, before},
		"it was removed":      {func(t *testing.T, r *Report, target string) { must(t, os.RemoveAll(r.dir)) }, false, before, ""},
		"the manifest is cut": {func(t *testing.T, r *Report, target string) { must(t, os.Truncate(filepath.Join(r.dir, manifest), 5)) }, false, before, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			publish(t, root, before)
			must(t, os.Mkdir(filepath.Join(root, ".superseded"), 0o700))
			r := sealed(t, root, after)
			sum, temp, target := r.Manifest(), r.Temp(), filepath.Join(root, "2026-03-17")
			c.crash(t, r, target)
			must(t, r.release())
			for range 2 { // a crash may hit the settling too
				if stands, err := Settle(root, "2026-03-17", temp, sum); stands != c.stands || err != nil {
					t.Fatalf("stands %v, %v", stands, err)
				}
				if got := content(target); got != c.now {
					t.Errorf("published: %s", got)
				}
				if got := content(filepath.Join(root, ".superseded", "2026-03-17.1")); got != c.former {
					t.Errorf("superseded: %s", got)
				}
			}
			publish(t, root, after)
			if entries, err := os.ReadDir(root); err != nil || len(entries) != 2 {
				t.Errorf("%v, %v: a report and .superseded are expected, nothing temporary", entries, err)
			}
		})
	}
	if stands, err := Settle(filepath.Join(t.TempDir(), "gone"), "2026-03-17", "x", "y"); stands || err != nil {
		t.Errorf("a root that is not there: %v, %v", stands, err)
	}
}

func TestSettleIsLocked(t *testing.T) {
	root := t.TempDir()
	r := sealed(t, root, `{"merchant":"demo"}`)
	var locked *LockedError
	if _, err := Settle(root, "2026-03-17", r.Temp(), r.Manifest()); !errors.As(err, &locked) {
		t.Errorf("settling what is being published: %v", err)
	}
	must(t, r.Abort())
}

// sealed makes a report that is ready to be published.
func sealed(t *testing.T, root, text string) *Report {
	t.Helper()
	r, err := Begin(root, "2026-03-17")
	must(t, err)
	for _, name := range []string{"orders.csv", manifest} {
		must(t, r.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }))
	}
	must(t, r.Seal())
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content is what every file of a report holds in these tests, "" without a report.
func content(dir string) string {
	a, _ := os.ReadFile(filepath.Join(dir, "orders.csv"))
	b, _ := os.ReadFile(filepath.Join(dir, manifest))
	if string(a) != string(b) {
		return "torn"
	}
	return string(a)
}
