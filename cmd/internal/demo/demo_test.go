package demo

import (
	"encoding/csv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
			t.Errorf("%s differs: run go run ./cmd/internal/demo/gen (%v)", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerdicts runs the built program on the demo and compares every order,
// transfer and delivery with the truth: what expected.csv tells, and agreed for all
// others. Every transfer must also be given to the order whose money it is.
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
	t.Run("README", func(t *testing.T) { shown(t, string(out)) })
	type judged struct{ Subject, Outcome, Kinds, State, OrderNo string }
	want := map[string][]judged{}
	for _, r := range table(t, filepath.Join(committed, "expected.csv")) {
		want[r["what"]] = append(want[r["what"]], judged{r["subject"], r["outcome"], r["kinds"], r["state"], r["order_no"]})
	}
	s := tell()
	owner := map[string]string{} // of the money that an address received in a transaction
	cleanMoves, cleanHooks := 0, 0
	for _, m := range s.moves {
		if m.pays != nil {
			owner[m.tx+m.to] = m.pays.no
		}
		if m.outcome == "" {
			cleanMoves++
		}
	}
	for _, h := range s.hooks {
		if h.outcome == "" {
			cleanHooks++
		}
	}
	for _, what := range []struct {
		name, file, subject, state string
		clean                      int
	}{
		{"order", "orders.csv", "order_no", "state", cleanOrders},
		{"transfer", "transfers.csv", "txid", "reason", cleanMoves},
		{"delivery", "deliveries.csv", "order_no", "", cleanHooks},
	} {
		t.Run(what.name, func(t *testing.T) {
			told := map[string]bool{}
			for _, j := range want[what.name] {
				told[j.Subject] = true
			}
			var got []judged
			clean := 0
			for _, r := range table(t, filepath.Join(dir, Date, what.file)) {
				j := judged{r[what.subject], r["outcome"], r["kinds"], r[what.state], r["order_no"]}
				if no := owner[j.Subject+r["to"]]; what.name == "transfer" && j.OrderNo != no {
					t.Errorf("transfer %s to %s is given to order %q, but it is the money of %q", j.Subject, r["to"], j.OrderNo, no)
				}
				if j.Outcome == "agreed" && (what.name != "order" || !told[j.Subject]) {
					clean++
					continue
				}
				got = append(got, j)
			}
			sorted := cmpopts.SortSlices(func(a, b judged) bool { return a.Subject < b.Subject })
			if diff := cmp.Diff(want[what.name], got, sorted); diff != "" {
				t.Errorf("expected.csv (-) against %s (+):\n%s", what.file, diff)
			}
			if clean != what.clean {
				t.Errorf("%d are clean, want %d", clean, what.clean)
			}
		})
	}
}

// shown: the README shows lines that the program really prints.
func shown(t *testing.T, printed string) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "prints the same to the terminal:\n")
	lines := 0
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\n")
		text, ok := strings.CutPrefix(line, "    ")
		switch {
		case line == "" || text == "...":
			continue
		case !ok:
			if lines < 10 {
				t.Errorf("the README shows %d lines of the summary, want at least 10", lines)
			}
			return
		case !strings.Contains(printed, text+"\n"):
			t.Errorf("the README shows a line that is not printed:\n%s\nof\n%s", text, printed)
		}
		lines++
	}
	t.Error("the README's summary does not end")
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
