package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestList: dates with a manifest, oldest first; no windows of one's own, nothing in
// the making, nothing that was replaced.
func TestList(t *testing.T) {
	root := filepath.Join(t.TempDir(), "reports")
	if list, err := List(root, "demo"); err != nil || list != nil {
		t.Fatal(list, err)
	}
	for name, content := range map[string]string{
		"2026-03-18":               `{"merchant": "demo", "status": "incomplete"}`,
		"2026-03-17":               `{"merchant": "demo", "revision": 2, "status": "complete"}`,
		"2026-03-01--2026-03-02":   `{"merchant": "demo", "status": "complete"}`,
		".tmp-2026-03-19-1":        `{"merchant": "demo", "status": "complete"}`,
		".superseded/2026-03-17.1": `{"merchant": "demo", "status": "incomplete"}`,
	} {
		write(t, filepath.Join(root, name), "result.json", content)
	}
	if err := os.MkdirAll(filepath.Join(root, "2026-03-20"), 0o700); err != nil {
		t.Fatal(err)
	}
	list, err := List(root, "demo")
	for i := range list {
		list[i].SHA256 = list[i].SHA256[:6]
	}
	if diff := cmp.Diff([]Published{{"2026-03-17", 2, true, "409d8e"}, {"2026-03-18", 1, false, "5d76d1"}}, list); err != nil || diff != "" {
		t.Error(err, diff)
	}
	var merchant *MerchantError
	if _, err := List(root, "other"); !errors.As(err, &merchant) {
		t.Error("another merchant's reports:", err)
	}
	write(t, filepath.Join(root, "2026-03-17"), "result.json", "{")
	if list, err := List(root, "demo"); err == nil {
		t.Error("a damaged manifest:", list)
	}
}

// TestListOfPublished: what Publish leaves is what List finds.
func TestListOfPublished(t *testing.T) {
	root := t.TempDir()
	r, err := Begin(root, "2026-03-17")
	if err != nil {
		t.Fatal(err)
	}
	err = r.Write("result.json", func(w io.Writer) error {
		_, err := io.WriteString(w, `{"merchant": "demo", "status": "complete"}`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := List(root, "demo"); err != nil || len(list) != 0 {
		t.Error("before it is published:", list, err)
	}
	if _, err := r.Publish(); err != nil {
		t.Fatal(err)
	}
	if list, err := List(root, "demo"); err != nil || len(list) != 1 {
		t.Error("published:", list, err)
	}
}
