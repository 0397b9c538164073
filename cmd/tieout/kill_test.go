package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/store/storetest"
)

// program is the real binary: the tests' own, called by the name of the program.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "tieout")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	return cmd
}

// exitOf runs a command to its end and returns its exit status and what it said.
func exitOf(t *testing.T, cmd *exec.Cmd) (status int, said string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func runAsOf(t *testing.T, conf *config.Config, date string) *exec.Cmd {
	cmd := program(t, "run", "--config", conf.Path, "--as-of", date)
	cmd.Env = append(cmd.Env, "TIEOUT_STATE="+conf.State().Reveal())
	return cmd
}

// TestKill: the process is killed at a random moment, again and again. Yesterday's
// report stays whole, and the run that is let alone ends where an undisturbed one
// does, to the byte. KILLS says how often; make soak does so 200 times.
func TestKill(t *testing.T) {
	kills := 20
	if text := os.Getenv("KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { killing(t, shop, kills, nil) })
	t.Run("postgres", func(t *testing.T) {
		server := storetest.Start(t)
		content := stateIn(t, shop, server.Database("kills"))
		killing(t, content, kills/2, func(query string) { server.Exec("kills", query) })
	})
}

// killing kills runs of the 18th, and of the 17th with transfers that change. A
// shared database is asked to take the dead process's lease for expired.
func killing(t *testing.T, content map[string]string, kills int, sql func(string)) {
	conf := configured(t, content)
	if sql != nil {
		content = stateIn(t, shop, "sqlite://"+t.TempDir()+"/state.db")
	}
	clean := configured(t, content)
	var took time.Duration
	step := func(date string) {
		t.Helper()
		began := time.Now()
		if status, said := exitOf(t, runAsOf(t, clean, date)); status != 0 {
			t.Fatalf("undisturbed: exit %d\n%s", status, said)
		}
		took = time.Since(began)
	}
	again := func(date string) {
		t.Helper()
		if status, said := exitOf(t, runAsOf(t, conf, date)); status != 0 {
			t.Fatalf("after the kills: exit %d\n%s", status, said)
		}
		if diff := cmp.Diff(names(tree(t, clean.ReportsTo)), names(tree(t, conf.ReportsTo))); diff != "" {
			t.Fatal("(-undisturbed +after kills)", diff)
		}
		if got, want := story(t, conf), story(t, clean); got != want {
			t.Fatalf("the state is\n%s, undisturbed\n%s", got, want)
		}
	}
	step("2026-03-17")
	again("2026-03-17")
	hit := map[bool]int{}
	for n := 0; hit[true] < kills && n < 3*kills; n++ {
		date := []string{"2026-03-18", "2026-03-17"}[n%2]
		yesterday := below(tree(t, conf.ReportsTo), "2026-03-17")
		for _, c := range []*config.Config{clean, conf} {
			change(t, c, n)
		}
		step(date)
		for range 1 + n%3 { // also while it recovers from the one before
			cmd := runAsOf(t, conf, date)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(rand.N(took)) // a moment somewhere in the run
			_ = cmd.Process.Kill()
			hit[cmd.Wait() != nil]++
			if sql != nil {
				sql("UPDATE tieout_leases SET expires = 0")
			}
		}
		now := below(tree(t, conf.ReportsTo), "2026-03-17")
		if undisturbed := below(tree(t, clean.ReportsTo), "2026-03-17"); !same(now, yesterday) && !same(now, undisturbed) {
			t.Fatalf("kill %d: the report of the 17th is torn: %s", n, cmp.Diff(names(undisturbed), names(now)))
		}
		again(date)
	}
	t.Logf("%d runs were killed, %d had ended before", hit[true], hit[false])
	if hit[true] < kills/4 {
		t.Error("too few runs were hit to show anything")
	}
}

// change makes one more transfer: other inputs, and so another revision.
func change(t *testing.T, conf *config.Config, n int) {
	t.Helper()
	name := filepath.Join(filepath.Dir(conf.Path), "transfers.csv")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(transferOf(fmt.Sprintf("%064x", n+1), "2026-03-17T10:08:00Z", "1", n+1))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLocked: whoever needs a merchant that another process holds ends with 5 without
// waiting, and says who holds it since when.
func TestLocked(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { locked(t, shop) })
	t.Run("postgres", func(t *testing.T) { locked(t, stateIn(t, shop, storetest.Start(t).Database("held"))) })
}

func locked(t *testing.T, content map[string]string) {
	conf := configured(t, content)
	if status, said := exitOf(t, runAsOf(t, conf, "2026-03-17")); status != 0 {
		t.Fatalf("exit %d\n%s", status, said)
	}
	before := tree(t, conf.ReportsTo)
	began := time.Now().UTC()
	s, err := openState(t.Context(), conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	holds := regexp.MustCompile(fmt.Sprintf(`merchant "%s" is locked by %s since (\S+)\n`, conf.Merchant, regexp.QuoteMeta(holder())))
	for _, args := range [][]string{
		{"run", "--as-of", "2026-03-18"}, {"run", "--as-of", "2026-03-17", "--restate"}, {"backfill", "--from", "2026-03-18", "--to", "2026-03-18"},
		{"state", "rebuild"}, {"cases", "accept", "B-1", "--by", "ann", "--reason", "known"},
	} {
		cmd := program(t, append(args, "--config", conf.Path)...)
		cmd.Env = append(cmd.Env, "TIEOUT_STATE="+conf.State().Reveal())
		start := time.Now()
		status, said := exitOf(t, cmd)
		took := time.Since(start)
		words := holds.FindStringSubmatch(said)
		if status != exitLater || took > time.Minute || words == nil {
			t.Errorf("%v: exit %d after %s\n%s", args, status, took, said)
			continue
		}
		since, err := time.Parse(time.RFC3339, words[1])
		if err != nil || since.Sub(began).Abs() > 10*time.Minute {
			t.Errorf("%v: held since %s, began %s", args, words[1], began)
		}
	}
	if diff := cmp.Diff(names(before), names(tree(t, conf.ReportsTo))); diff != "" {
		t.Error(diff)
	}
}

// TestAtOnce: of eight processes that start at once one publishes; the others say
// within a second who holds the lock, or find nothing to do afterwards.
func TestAtOnce(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { atOnce(t, shop) })
	t.Run("postgres", func(t *testing.T) { atOnce(t, stateIn(t, shop, storetest.Start(t).Database("race"))) })
}

func atOnce(t *testing.T, content map[string]string) {
	conf := configured(t, content)
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		status = map[int]int{}
		fresh  int
	)
	for range 8 {
		cmd := runAsOf(t, conf, "2026-03-17")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			_ = cmd.Wait()
			mu.Lock()
			defer mu.Unlock()
			code, said := cmd.ProcessState.ExitCode(), out.String()
			status[code]++
			if strings.Contains(said, "\nreport in ") {
				fresh++
			}
			if code != 0 && code != exitLater || code == exitLater && !strings.Contains(said, "locked by process ") && !strings.Contains(said, "has just begun") {
				t.Errorf("exit %d:\n%s", code, said)
			}
		})
	}
	wg.Wait()
	t.Logf("exit statuses: %v", status)
	if fresh != 1 || status[0] < 1 {
		t.Errorf("%d processes published, exit statuses %v", fresh, status)
	}
	if got := story(t, conf); strings.Count(got, "2026-03-17") != 1 || !strings.HasPrefix(got, "2026-03-17.1 ") {
		t.Error(got)
	}
}

// TestDiskFull: a run that finds no space leaves state and report as they were, and
// says so with its exit status. Where the space ends after the report took its place,
// that stands whole, and the next run brings the state after it.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("SKIPPED: a small file system cannot be mounted here, so a full disk was not tried: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	content := map[string]string{}
	for name, text := range shop {
		content[name] = strings.Replace(text, "reports: {to: out}", "reports: {to: "+dir+"/out}", 1)
	}
	conf := configured(t, content)
	if status, said := exitOf(t, runAsOf(t, conf, "2026-03-17")); status != 0 {
		t.Fatalf("exit %d\n%s", status, said)
	}
	before, state := tree(t, conf.ReportsTo), story(t, conf)
	roomy := configured(t, content)
	roomy.ReportsTo = filepath.Join(t.TempDir(), "out")
	for _, date := range []string{"2026-03-17", "2026-03-18"} {
		if _, err := runDate(t, roomy, date, &faults{}); err != nil {
			t.Fatal(err)
		}
	}
	after := tree(t, roomy.ReportsTo)
	refused := map[string]int{}
	for free := 0; free < 1<<20; free += 8 << 10 { // fails a little later each time
		fill(t, dir, free)
		status, said := exitOf(t, runAsOf(t, conf, "2026-03-18"))
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
		if status == 0 {
			t.Logf("refused: %v; %d bytes were enough", refused, free)
			break
		}
		if status != exitOutput {
			t.Fatalf("%d bytes free: exit %d\n%s", free, status, said)
		}
		refused[strings.Join(strings.Fields(said)[1:5], " ")]++
		now := tree(t, conf.ReportsTo)
		if !same(now, before) && !same(now, after) || story(t, conf) != state {
			t.Fatalf("%d bytes free: %s\n%s\nbefore %s", free, cmp.Diff(names(before), names(now)), story(t, conf), state)
		}
	}
	if len(refused) == 0 || !strings.Contains(story(t, conf), "2026-03-18.1") {
		t.Errorf("refused %v, then %s", refused, story(t, conf))
	}
}

// fill leaves so many bytes free.
func fill(t *testing.T, dir string, free int) {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	size := int(fs.Bavail)*int(fs.Bsize) - free
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, max(0, size)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDatabaseGone: a database that stops, or throws everybody out, costs the run
// and nothing else.
func TestDatabaseGone(t *testing.T) {
	server := storetest.Start(t)
	conf := configured(t, stateIn(t, shop, server.Database("gone")))
	if _, err := runDate(t, conf, "2026-03-17", &faults{}); err != nil {
		t.Fatal(err)
	}
	for i, at := range []string{"write actions.csv", "seal", "commit", "swap", "publish"} {
		date, before := fmt.Sprintf("2026-03-%d", 18+i), tree(t, conf.ReportsTo)
		_, err := runDate(t, conf, date, &faults{at: at, do: server.Stop})
		if status, _ := statusOf(err); status != exitLater {
			t.Errorf("stopped before %s: exit %d, %v", at, status, err)
		}
		server.Restart()
		server.Exec("gone", "UPDATE tieout_leases SET expires = 0")
		if now := below(tree(t, conf.ReportsTo), "2026-03-17"); !same(now, below(before, "2026-03-17")) {
			t.Errorf("stopped before %s: an older report changed", at)
		}
		if got := story(t, conf); strings.Contains(got, date) {
			t.Errorf("stopped before %s: %s", at, got)
		}
		if _, err := runDate(t, conf, date, &faults{}); err != nil {
			t.Errorf("the run after it: %v", err)
		}
		if got := story(t, conf); !strings.Contains(got, date+".1 ") {
			t.Errorf("the run after it: %s", got)
		}
	}
	kick := func() {
		server.Exec("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gone'")
	}
	if _, err := runDate(t, conf, "2026-03-23", &faults{at: "commit", do: kick}); err != nil {
		t.Errorf("connections that are thrown out are made anew: %v", err)
	}
	if got := story(t, conf); !strings.Contains(got, "2026-03-23.1") {
		t.Error(got)
	}
}
