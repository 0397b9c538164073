package audit

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var demo struct {
	once sync.Once
	dir  string
	err  error
	out  []byte
}

func TestMain(m *testing.M) {
	status := m.Run()
	if demo.dir != "" {
		_ = os.RemoveAll(demo.dir)
	}
	os.Exit(status)
}

// demoReport is the report of the demo's day, as the program publishes it.
func demoReport(t testing.TB) string {
	t.Helper()
	demo.once.Do(func() {
		if demo.dir, demo.err = os.MkdirTemp("", "audit"); demo.err != nil {
			return
		}
		binary := filepath.Join(demo.dir, "tieout")
		if demo.out, demo.err = exec.Command("go", "build", "-o", binary, "../../tieout").CombinedOutput(); demo.err != nil {
			return
		}
		demo.out, demo.err = exec.Command(binary, "run", "--config", "../../../configs/demo.yaml", "--as-of", "2026-03-17", "--out", filepath.Join(demo.dir, "reports")).CombinedOutput()
	})
	if demo.err != nil {
		t.Fatalf("%v\n%s", demo.err, demo.out)
	}
	return filepath.Join(demo.dir, "reports", "2026-03-17")
}

// TestDemo: the demo's report holds, and every check was made.
func TestDemo(t *testing.T) {
	for _, dir := range []string{demoReport(t), filepath.Dir(demoReport(t))} {
		r, err := Verify(dir)
		if err != nil {
			t.Fatal(err)
		}
		d := r.Dates[0]
		if r.Verdict() != Holds || len(r.Dates) != 1 {
			t.Errorf("%s: %s, %+v", dir, r.Verdict(), d.Findings)
		}
		if d.Checks < 10_000 || d.Rows.Orders != 305 || d.Rows.Transfers != 291 || len(d.Assets) != 4 {
			t.Errorf("only %d checks over %+v and %d assets", d.Checks, d.Rows, len(d.Assets))
		}
	}
}
