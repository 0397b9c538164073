package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/store"
	"tieout/cmd/internal/store/storetest"
)

const transferHeader = "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n"

// shop is a merchant with an order of 100 USDT on the 17th that nobody paid in full,
// and one on the 18th that came right.
var shop = map[string]string{
	"tieout.yaml": `version: 1
merchant: demo
orders: [{name: cashier, files: [orders.csv]}]
transfers: [{name: ethereum, files: [transfers.csv], chain: eip155:1}]
policy: {rates: {USD: {USDT: "1"}}}
reports: {to: out}
`,
	"orders.csv": `order_id,order_no,status,chain,asset,amount_due,txid,pay_to,created_at,expires_at
1,S-1,paid,ETH,USDT,100,0x` + a64 + `,0x1111111111111111111111111111111111111111,2026-03-17T10:00:00Z,2026-03-17T10:30:00Z
2,S-2,paid,ETH,USDT,50,0x` + b64 + `,0x2222222222222222222222222222222222222222,2026-03-18T11:00:00Z,2026-03-18T11:30:00Z
`,
	"transfers.csv": transferHeader + transferOf(a64, "2026-03-17T10:05:00Z", "1", 90) + transferOf(b64, "2026-03-18T11:05:00Z", "2", 50),
}

var a64, b64 = strings.Repeat("a", 64), strings.Repeat("b", 64)

// transferOf is so many USDT to an address that is one digit all over.
func transferOf(txid, at, to string, usdt int) string {
	return fmt.Sprintf("1,100,%s,0x%s,1,0xdac17f958d2ee523a2206206994597c13d831ec7,0x%s,0x%s,%d000000\n", at, txid, strings.Repeat("9", 40), strings.Repeat(to, 40), usdt)
}

// stateIn puts the state of a configuration somewhere else. Its place is part of the
// environment: the configuration, which reports name by its hash, is the same.
func stateIn(t *testing.T, content map[string]string, url string) map[string]string {
	c := maps.Clone(content)
	t.Setenv("TIEOUT_STATE", url)
	c["tieout.yaml"] += "state: \"${TIEOUT_STATE}\"\n"
	return c
}

// faults fails the n-th step of a run.
type faults struct {
	n     int
	dead  bool // the process ends there: nothing is done any more
	after bool // the step is done, and its success is never heard of
	files bool // writing a file is a step
	name  string

	at string // before the step of that name
	do func() // this happens
}

var errFault = errors.New("injected fault")

// oneByOne guards the counting of steps: files are written side by side.
var oneByOne sync.Mutex

// step does one step of a run, or fails it.
func (f *faults) step(name string, do func() error) error {
	fails, first := f.turn(name)
	switch {
	case !fails:
		return do()
	case first && f.after:
		if err := do(); err != nil {
			return err
		}
	}
	return errFault
}

// turn counts a step and says whether it fails, and whether it is the first to.
func (f *faults) turn(name string) (fails, first bool) {
	oneByOne.Lock()
	defer oneByOne.Unlock()
	if strings.HasPrefix(name, "write") && !f.files && f.n > 0 {
		return false, false
	}
	if f.do != nil && name == f.at {
		f.do()
		f.do = nil
	}
	f.n--
	if f.n == 0 {
		f.name = name
	}
	return f.n == 0 || f.n < 0 && f.dead, f.n == 0
}

type faultyPublisher struct {
	app.Publisher
	f *faults
}

func (p faultyPublisher) Write(name string, write func(io.Writer) error) error {
	return p.f.step("write "+name, func() error { return p.Publisher.Write(name, write) })
}
func (p faultyPublisher) Seal() error { return p.f.step("seal", p.Publisher.Seal) }
func (p faultyPublisher) Abort() error {
	return p.f.step("abort", p.Publisher.Abort)
}
func (p faultyPublisher) Publish() (published bool, err error) {
	err = p.f.step("swap", func() error { published, err = p.Publisher.Publish(); return err })
	return published, err
}

type faultyState struct {
	app.State
	f *faults
}

func (s faultyState) Commit(ctx context.Context, d app.Draft) error {
	return s.f.step("commit", func() error { return s.State.Commit(ctx, d) })
}
func (s faultyState) Publish(ctx context.Context) error {
	return s.f.step("publish", func() error { return s.State.Publish(ctx) })
}
func (s faultyState) Settle(ctx context.Context) error {
	return s.f.step("settle", func() error { return s.State.Settle(ctx) })
}
func (s faultyState) Confirm(ctx context.Context) error {
	return s.f.step("confirm", func() error { return s.State.Confirm(ctx) })
}

// runDate runs a business date as tieout run does, with faults.
func runDate(t *testing.T, conf *config.Config, date string, f *faults) (app.Outcome, error) {
	t.Helper()
	p := periodOn(t, conf, date)
	log := slog.New(slog.DiscardHandler)
	s, err := openState(t.Context(), conf, log)
	if err != nil {
		return app.Outcome{}, err
	}
	defer s.close() // what the end of a process does too
	if err := s.begin(t.Context(), conf, p, false); err != nil {
		return app.Outcome{}, err
	}
	job, err := buildJob(conf, p, log)
	if err != nil {
		return app.Outcome{}, err
	}
	s.attach(job)
	begin := begin(conf, p)
	var made []app.Publisher
	job.Begin = func() (r app.Publisher, err error) {
		err = f.step("begin", func() error {
			r, err = begin()
			made = append(made, r)
			return err
		})
		return faultyPublisher{r, f}, err
	}
	job.State = faultyState{s, f}
	out, err := job.Run(t.Context())
	if err != nil {
		for _, r := range made {
			bury(t, r, f.dead)
		}
	}
	return out, err
}

// bury gives back what a process holds at its end. What a dead one made stays.
func bury(t *testing.T, r app.Publisher, dead bool) {
	t.Helper()
	kept := r.Dir() + ".kept"
	if dead && os.Rename(r.Dir(), kept) == nil {
		defer func() {
			if err := os.Rename(kept, r.Dir()); err != nil {
				t.Error(err)
			}
		}()
	}
	if err := r.Abort(); err != nil {
		t.Error(err)
	}
}

func periodOn(t *testing.T, conf *config.Config, date string) period {
	t.Helper()
	p, err := periodOf(runFlags{asOf: date}, conf.Zone, conf.Lookback, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tree is every file below a directory, the state aside.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // nothing was ever written
			case d != nil && d.Name() == ".tieout":
				return fs.SkipDir
			}
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// below are the files of a tree under a name.
func below(files map[string]string, name string) map[string]string {
	part := maps.Clone(files)
	maps.DeleteFunc(part, func(path, _ string) bool { return !strings.HasPrefix(path, name+string(filepath.Separator)) })
	return part
}

// story is a merchant's ledger in one line, with what the last date left open.
func story(t *testing.T, conf *config.Config) string {
	t.Helper()
	s, err := store.View(t.Context(), conf.State().Reveal())
	if errors.Is(err, store.ErrNone) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := s.Runs(t.Context(), conf.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, r := range runs {
		items, err := s.Closing(t.Context(), conf.Merchant, r.Date)
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, fmt.Sprintf("%s.%d %s", r.Date, r.Revision, r.Manifest[:8]))
		for _, it := range items {
			words = append(words, it.Kind+it.State+" "+it.Difference.String())
		}
	}
	return strings.Join(words, ", ")
}

// TestEveryStepFails: whichever step of a run fails, or is the last that its process
// does, yesterday's report stays whole, today's is the former one or the new one and
// never a mixture, and the next run ends where an undisturbed one does, to the byte.
func TestEveryStepFails(t *testing.T) {
	inMemory(t)
	t.Run("sqlite", func(t *testing.T) { everyStep(t, func() map[string]string { return shop }, true) })
	t.Run("postgres", func(t *testing.T) { // where writing a file is no other matter
		server := storetest.Start(t)
		content := stateIn(t, shop, server.Database("steps"))
		everyStep(t, func() map[string]string {
			server.Exec("steps", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
			return content
		}, false)
	})
}

// inMemory puts the directories of a test where a flush costs nothing: what is tried
// here is the end of processes, not of machines.
func inMemory(t *testing.T) {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm")
	}
}

// runDay is a business date whose run fails at every step, and what ran before it.
type runDay struct {
	name   string
	before []string // dates that run first
	change bool     // and then the transfers change
	date   string
}

func everyStep(t *testing.T, content func() map[string]string, writes bool) {
	for _, day := range []runDay{
		{"the first date", nil, false, "2026-03-17"},
		{"the next date", []string{"2026-03-17"}, false, "2026-03-18"},
		{"a revision", []string{"2026-03-17", "2026-03-18"}, true, "2026-03-17"},
	} {
		clean := day.prepare(t, content())
		before := tree(t, clean.ReportsTo)
		if _, err := runDate(t, clean, day.date, &faults{}); err != nil {
			t.Fatal(err)
		}
		after, want := tree(t, clean.ReportsTo), story(t, clean)
		for _, mode := range []faults{{}, {dead: true}, {after: true}, {dead: true, after: true}} {
			var steps []string
			for mode.files = writes; ; {
				f := mode
				f.n = len(steps) + 1
				conf := day.prepare(t, content())
				if !day.fails(t, conf, &f, before, after, want) {
					break
				}
				steps = append(steps, f.name)
				if strings.HasSuffix(f.name, ".csv") { // in any order, they are written side by side
					steps[len(steps)-1] = "write a table"
				}
			}
			for _, name := range []string{"begin", "write a table", "write result.json", "seal", "commit", "swap", "publish"} {
				if !slices.Contains(steps, name) && (writes || !strings.HasPrefix(name, "write")) {
					t.Errorf("%s: the step %s was never reached: %v", day.name, name, steps)
				}
			}
		}
	}
}

// prepare runs what comes before the day.
func (day *runDay) prepare(t *testing.T, content map[string]string) *config.Config {
	t.Helper()
	conf := configured(t, content)
	for _, date := range day.before {
		if _, err := runDate(t, conf, date, &faults{}); err != nil {
			t.Fatal(err)
		}
	}
	if day.change {
		change(t, conf, 9)
	}
	return conf
}

// fails runs the day with a fault and then without one. It reports false when the
// run has no such step any more.
func (day *runDay) fails(t *testing.T, conf *config.Config, f *faults, before, after map[string]string, want string) bool {
	t.Helper()
	n := f.n
	_, err := runDate(t, conf, day.date, f)
	if f.name == "" {
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
	where := fmt.Sprintf("%s, step %d: %s, dead %v, after %v", day.name, n, f.name, f.dead, f.after)
	if err == nil {
		t.Errorf("%s: no error", where)
	}
	now := tree(t, conf.ReportsTo)
	today := below(now, day.date)
	if !same(today, below(before, day.date)) && !same(today, below(after, day.date)) {
		t.Errorf("%s: the report of the day is torn: %v", where, slices.Sorted(maps.Keys(today)))
	}
	for _, date := range day.before {
		if date != day.date && !same(below(now, date), below(before, date)) {
			t.Errorf("%s: the report of %s is not what it was", where, date)
		}
	}
	if _, err := runDate(t, conf, day.date, &faults{}); err != nil {
		t.Errorf("%s: the next run: %v", where, err)
	}
	if diff := cmp.Diff(names(after), names(tree(t, conf.ReportsTo))); diff != "" {
		t.Errorf("%s: (-undisturbed +after the next run) %s", where, diff)
	}
	if got := story(t, conf); got != want {
		t.Errorf("%s: the state is\n%s, undisturbed\n%s", where, got, want)
	}
	return true
}

func same(a, b map[string]string) bool { return maps.Equal(a, b) }

// names are the files of a tree with a word for their content, so that a difference
// can be read.
func names(files map[string]string) []string {
	var list []string
	for name, content := range files {
		list = append(list, fmt.Sprintf("%s %x", name, sha256.Sum256([]byte(content))))
	}
	slices.Sort(list)
	return list
}
