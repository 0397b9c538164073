package demo

import (
	"encoding/csv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const committed = "../../../testdata/demo"

// TestCommittedFiles: the data set in the repository is what the generator makes.
func TestCommittedFiles(t *testing.T) {
	dir := t.TempDir()
	if err := Files(dir); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		made, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if kept, err := os.ReadFile(filepath.Join(committed, name)); err != nil || string(kept) != string(made) {
			t.Errorf("%s differs: run go run ./cmd/internal/demo/gen testdata/demo (%v)", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerdicts runs the built program on the demo and compares every order with
// the truth: those of the story, and all others agreed.
func TestVerdicts(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "tieout")
	if out, err := exec.Command("go", "build", "-o", binary, "../../tieout").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(binary, "run", "--config", "../../../configs/demo.yaml", "--as-of", Date, "--out", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := map[string][3]string{}
	for _, r := range table(t, filepath.Join(committed, "expected.csv")) {
		want[r["order_no"]] = [3]string{r["outcome"], r["kinds"], r["state"]}
	}
	got := map[string][3]string{}
	clean := 0
	for _, r := range table(t, filepath.Join(dir, Date, "orders.csv")) {
		verdict := [3]string{r["outcome"], r["kinds"], r["state"]}
		if _, told := want[r["order_no"]]; !told && verdict == [3]string{"agreed", "", ""} {
			clean++
			continue
		}
		got[r["order_no"]] = verdict
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if clean != 262 {
		t.Errorf("%d clean orders agreed, want 262", clean)
	}
}

func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}
