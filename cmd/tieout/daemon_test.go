package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tieout/cmd/internal/files"
	"tieout/cmd/internal/schedule"
)

// soon is how long a test waits for what should come at once.
const soon = time.Minute

// process is a daemon of the real binary.
type process struct {
	*exec.Cmd
	url   string
	mu    sync.Mutex
	lines []map[string]any // its log
	ended chan struct{}
}

func startDaemon(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tieout", append([]string{"daemon", "--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...)
	cmd.Env = append(os.Environ(), "HOOK_SECRET=a-secret-of-some-length")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: cmd, ended: make(chan struct{})}
	go p.read(stderr)
	p.await(t, "the address", func() bool {
		line := p.logged("listening")
		if line == nil {
			return false
		}
		p.url = "http://" + line["address"].(string)
		return true
	})
	return p
}

func (p *process) read(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var line map[string]any
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			line = map[string]any{"msg": lines.Text()}
		}
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
	}
	close(p.ended)
}

// logged is the first line of the log with a message and these attributes, nil without one.
func (p *process) logged(msg string, attributes ...string) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.lines {
		found := line["msg"] == msg
		for i := 0; i < len(attributes); i += 2 {
			found = found && line[attributes[i]] == attributes[i+1]
		}
		if found {
			return line
		}
	}
	return nil
}

func (p *process) await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(soon); !there(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Fatalf("%s did not come; the log: %v", what, p.lines)
		}
	}
}

func (p *process) get(t *testing.T, path string) (int, healthPage, string) {
	t.Helper()
	r, err := http.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var page healthPage
	_ = json.Unmarshal(body, &page) // of an error page nothing
	return r.StatusCode, page, string(body)
}

// stop sends SIGTERM and returns the exit status.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(10*time.Second, func() { _ = p.Process.Kill() })
	defer kill.Stop()
	<-p.ended
	_ = p.Wait() // the status tells
	return p.ProcessState.ExitCode()
}

// configure writes a configuration with an empty book, and what follows.
func configure(t *testing.T, dir, name, more string) string {
	t.Helper()
	path := filepath.Join(dir, name+".yaml")
	for file, content := range map[string]string{
		path:                                "version: 1\nmerchant: " + name + "\norders: [{name: cashier, files: [orders.csv]}]\nreports: {to: out-" + name + ", formats: [csv]}\n" + more,
		filepath.Join(dir, "orders.csv"):    "order_id,order_no,status,chain,asset,amount_due,pay_to,created_at\n",
		filepath.Join(dir, "hooks.csv"):     "received_at,order_no,order_id,status,response_status\n",
		filepath.Join(dir, "transfers.csv"): "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n1,1,2026-01-01T00:00:00Z,0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1,0xdac17f958d2ee523a2206206994597c13d831ec7,0x9999999999999999999999999999999999999999,0x1111111111111111111111111111111111111111,1\n",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

const ofFiles = `webhooks: [{name: hooks, files: [hooks.csv], secret: "${HOOK_SECRET}"}]
transfers: [{name: ethereum, files: [transfers.csv], chain: "eip155:1"}]
`

// TestDaemon: a real process with three merchants. Two have dates that are due; the
// third's reports are locked by somebody else.
func TestDaemon(t *testing.T) {
	dir, last := t.TempDir(), schedule.LastOver(time.Now(), time.UTC)
	always := ofFiles + "schedule: {at: \"* * * * *\", first: "
	shop := configure(t, dir, "shop", always+(last-1).String()+"}\n")
	club := configure(t, dir, "club", always+last.String()+"}\n")
	held := configure(t, dir, "held", always+last.String()+"}\n")
	lock, err := files.Begin(filepath.Join(dir, "out-held"), "2020-01-01")
	if err != nil {
		t.Fatal(err)
	}
	p := startDaemon(t, "--config", shop, "--config", club, "--config", held)
	p.await(t, "readiness", func() bool { code, _, _ := p.get(t, "/readyz"); return code == http.StatusOK })
	p.await(t, "every run", func() bool {
		_, page, _ := p.get(t, "/healthz")
		m := page.Merchants
		return m[0].Last != nil && m[0].Last.Date == last.String() && m[1].Last != nil && len(m[2].Owed) == 1
	})
	code, page, body := p.get(t, "/healthz")
	if code != http.StatusOK || page.Status != "ok" || strings.Contains(body, "a-secret") {
		t.Errorf("health: %d %s", code, body)
	}
	if m := page.Merchants[2]; m.Owed[0].Exit != exitLater || m.Owed[0].Date != last.String() || m.Last != nil || m.NextLook == "" {
		t.Errorf("of the locked merchant: %+v", m)
	}
	for _, report := range []string{"out-shop/" + (last - 1).String(), "out-shop/" + last.String(), "out-club/" + last.String()} {
		if _, err := os.Stat(filepath.Join(dir, report, "result.json")); err != nil {
			t.Error(err)
		}
	}
	if code, _, _ := p.get(t, "/metrics"); code != http.StatusNotFound {
		t.Errorf("/metrics answers %d", code)
	}
	if status := p.stop(t); status != 0 {
		t.Errorf("an idle daemon ends with %d", status)
	}
	if err := lock.Abort(); err != nil {
		t.Error(err)
	}
}

// TestDaemonRestarts: a second daemon finds what the first one did, and does
// nothing twice.
func TestDaemonRestarts(t *testing.T) {
	dir, last := t.TempDir(), schedule.LastOver(time.Now(), time.UTC)
	shop := configure(t, dir, "shop", ofFiles+"schedule: {at: \"* * * * *\", first: "+last.String()+"}\n")
	first := startDaemon(t, "--config", shop)
	first.await(t, "the run", func() bool { return first.logged("the run ended", "date", last.String()) != nil })
	first.stop(t)
	second := startDaemon(t, "--config", shop)
	second.await(t, "its first look", func() bool {
		_, page, _ := second.get(t, "/healthz")
		return page.Merchants[0].Last != nil
	})
	second.stop(t)
	if line := second.logged("the business date begins"); line != nil {
		t.Errorf("a date that was done ran again: %v", line)
	}
}

// TestStopDoesNotWaitForEver: a run that does not hear that it is to stop is left
// after nine seconds; ten are what a daemon has. The clock is the test's own.
func TestStopDoesNotWaitForEver(t *testing.T) {
	cron, err := schedule.ParseCron("15 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := &watch{loop: &schedule.Loop{Plan: schedule.Plan{Cron: cron, Zone: time.UTC}, Ledger: &fixedLedger{}, Now: time.Now, Sleep: schedule.Sleep,
			Log: slog.New(slog.DiscardHandler), Run: func(context.Context, schedule.Date) schedule.Status {
				<-release
				return schedule.Later
			}}}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Hour, stop)
		began := time.Now()
		cut := watchAll(ctx, []*watch{w})
		if took := time.Since(began) - 30*time.Hour; !cut || took != stopWithin {
			t.Errorf("it took %s to stop, cut short: %v", took, cut)
		}
		close(release)
	})
}

// TestReload: what the loop itself goes by is as it was when the daemon began; all
// else may change between runs.
func TestReload(t *testing.T) {
	t.Setenv("HOOK_SECRET", "a-secret-of-some-length")
	for change, refused := range map[string]bool{
		"": false, "policy: {late: refund}\n": false, "timezone: Europe/Berlin\n": true, "state: \"sqlite://moved.db\"\n": true,
	} {
		dir := t.TempDir()
		path := configure(t, dir, "shop", ofFiles+"schedule: \"15 2 * * *\"\n")
		list, err := (&command{streams: streams{err: io.Discard}, logFormat: "text"}).watches([]string{path})
		if err != nil {
			t.Fatal(err)
		}
		configure(t, dir, "shop", ofFiles+"schedule: \"15 2 * * *\"\n"+change)
		_, err = list[0].reload()
		if status, hint := statusOf(err); refused != (status == exitUsage) || refused && hint != "restart the daemon" || !refused && err != nil {
			t.Errorf("%q: %v", change, err)
		}
	}
}

// TestZonesTravel: the program brings the time zones along.
func TestZonesTravel(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "tieout/cmd/tieout").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "\ntime/tzdata\n") {
		t.Error("time/tzdata is not linked")
	}
}

// TestDaemonStopsInTheMiddle: a run that waits for a node which never answers is
// cancelled; nothing of it is left.
func TestDaemonStopsInTheMiddle(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	dir, last := t.TempDir(), schedule.LastOver(time.Now(), time.UTC)
	shop := configure(t, dir, "shop", "transfers: [{name: node, source: evm, chain: \"eip155:1\", endpoints: [\"http://"+silent.Addr().String()+"\"], addresses: [\"0x1111111111111111111111111111111111111111\"]}]\nschedule: {at: \"* * * * *\", first: "+last.String()+"}\n")
	p := startDaemon(t, "--config", shop)
	asked, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer asked.Close()
	if code, page, body := p.get(t, "/healthz"); code != http.StatusOK || page.Merchants[0].Running != last.String() {
		t.Errorf("health while it runs: %d %s", code, body)
	}
	if status := p.stop(t); status != exitLater {
		t.Errorf("a daemon that is stopped in a run ends with %d", status)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "out-shop", "[^.]*")); err != nil || len(left) > 0 {
		t.Error("a report of a run that was stopped:", left, err)
	}
	if p.logged("stopped") == nil {
		t.Error("it did not stop in good order")
	}
}
