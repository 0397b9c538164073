package schedule

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestYears: exactly one run per business date, whatever happens to the machine.
// Years pass in a zone under a seed: the machine is down, sleeps, its clock is set
// back and forth, triggers come twice, people run dates by hand, runs fail. In the
// end every date is done, each once, none before it was over, none that never was.
//
// A few dozen zones for some years here; YEARS=20 runs all zones, SEED other worlds.
func TestYears(t *testing.T) {
	names, years, seed := zoneNames(t), 3, uint64(1)
	if s, err := strconv.Atoi(os.Getenv("YEARS")); err == nil {
		years = s
	} else {
		names = some(names)
	}
	if s, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = s
	}
	total, mu, next := &tally{}, sync.Mutex{}, atomic.Int64{}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(names)); i = next.Add(1) - 1 {
				w := newWorld(t, names[i], years, rand.New(rand.NewPCG(seed, uint64(i))))
				w.live()
				if err := w.verdict(); err != nil {
					t.Errorf("seed %d, zone %s (number %d), cron %s: %v", seed, names[i], i, w.plan.Cron, err)
				}
				mu.Lock()
				total.add(w.tally)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	t.Logf("seed %d: %d zones, %d years each: %+v", seed, len(names), years, *total)
	if total.down == 0 || total.slept == 0 || total.back == 0 || total.ahead == 0 || total.twice == 0 || total.byHand == 0 || total.refused == 0 || total.restated == 0 {
		t.Error("something never happened: the test does not test it")
	}
}

// tally counts what happened.
type tally struct{ dates, looks, failed, down, slept, back, ahead, twice, byHand, refused, restated int }

func (t *tally) add(o tally) {
	t.dates, t.looks, t.failed = t.dates+o.dates, t.looks+o.looks, t.failed+o.failed
	t.down, t.slept, t.back, t.ahead = t.down+o.down, t.slept+o.slept, t.back+o.back, t.ahead+o.ahead
	t.twice, t.byHand, t.refused = t.twice+o.twice, t.byHand+o.byHand, t.refused+o.refused
	t.restated += o.restated
}

// zoneNames are the IANA zones that Go knows.
func zoneNames(t *testing.T) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	if len(names) < 500 {
		t.Fatalf("only %d zones", len(names))
	}
	return names
}

// some are the zones with the strangest clocks and every twentieth other one.
func some(names []string) []string {
	list := []string{"Pacific/Apia", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Asia/Beirut",
		"Antarctica/Troll", "Australia/Lord_Howe", "Africa/Casablanca", "America/New_York", "Asia/Gaza", "America/Scoresbysund"}
	for i := 0; i < len(names); i += 20 {
		list = append(list, names[i])
	}
	return list
}

// expressions are times that clocks skip and repeat, and some that are rare or
// frequent.
var expressions = [][]string{
	{"15 2 * * *"}, {"30 2 * * *"}, {"0 0 * * *"}, {"30 1 * * *"}, {"0 3 * * *"}, {"59 23 * * *"}, {"1 0 * * *"}, {"30 0 * * *"},
	{"0 */6 * * *"}, {"0 6 * * 1"}, {"@daily"}, {"@hourly"}, {"0 4 1 * *"}, {"0 8 * * *", "0 20 * * *"}, {"30 2 * * 0"},
}

// world is one merchant's machine over the years.
type world struct {
	*rand.Rand
	tally
	plan    Plan
	true_   time.Time     // what time it is
	wrong   time.Duration // what the machine's clock shows beyond that
	righted time.Time     // when the clock is set right again
	end     time.Time

	loop    *Loop
	other   *Loop // the second of two triggers
	entries []Entry
	busy    bool
	calm    bool // nothing goes wrong any more
	wrongs  []string
}

func newWorld(t *testing.T, name string, years int, r *rand.Rand) *world {
	z := zone(t, name)
	begin := time.Date(2006+r.IntN(2), time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
	w := &world{Rand: r, true_: begin, end: begin.AddDate(years, 0, 0)}
	if years < 20 { // a few years somewhere in the twenty
		skip := r.IntN(20 - years)
		w.true_, w.end = w.true_.AddDate(skip, 0, 0), w.end.AddDate(skip, 0, 0)
	}
	w.plan = Plan{Cron: cronOf(t, expressions[r.IntN(len(expressions))]...), Zone: z, First: LastOver(w.true_, z)}
	w.start()
	return w
}

func (w *world) now() time.Time { return w.true_.Add(w.wrong) }

// start is a restart of the process: what it remembered is gone.
func (w *world) start() {
	made := func() *Loop {
		return &Loop{Plan: w.plan, Ledger: w, Run: w.run, Now: w.now, Log: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))}
	}
	w.loop, w.other = made(), made()
}

func (w *world) Dates(context.Context) ([]Entry, error) { return w.entries, nil }

// run is a run under its lock: a second one is refused, and one in five fails.
func (w *world) run(ctx context.Context, d Date) Status {
	if w.busy {
		w.refused++
		return Later
	}
	w.busy = true
	defer func() { w.busy = false }()
	if !w.calm && w.IntN(50) == 0 {
		w.twice++
		w.other.tick(ctx)
	}
	status := Status(0)
	if !w.calm && w.IntN(5) == 0 {
		status = Status(2 + w.IntN(5))
		w.failed++
	}
	w.true_ = w.true_.Add(time.Duration(w.IntN(600)) * time.Second)
	switch status {
	case 0:
		w.enter(d, Done)
	case Partial:
		w.enter(d, Incomplete)
	}
	return status
}

// enter writes into the ledger what a run came to, and into wrongs what must not be.
func (w *world) enter(d Date, s State) {
	i, found := slices.BinarySearchFunc(w.entries, d, func(e Entry, d Date) int { return int(e.Date - d) })
	switch {
	case found && w.entries[i].State == Done:
		w.wrongs = append(w.wrongs, fmt.Sprintf("%s ran twice", d))
	case !d.Exists(w.plan.Zone):
		w.wrongs = append(w.wrongs, fmt.Sprintf("%s never was and ran", d))
	case d.End(w.plan.Zone).After(w.now()):
		w.wrongs = append(w.wrongs, fmt.Sprintf("%s ran at %s, before it was over", d, w.now()))
	}
	if found {
		w.entries[i].State = s
		return
	}
	w.entries = slices.Insert(w.entries, i, Entry{d, s})
}

// live lets time pass, and at its end lets everything come to rest.
func (w *world) live() {
	ctx := context.Background()
	for w.true_.Before(w.end) {
		w.happen(ctx)
		w.look(ctx)
	}
	w.calm, w.wrong = true, 0
	for rest := w.true_.Add(60 * 24 * time.Hour); w.true_.Before(rest); {
		w.look(ctx)
	}
	for _, e := range w.entries { // what rests incomplete is for people
		if e.State == Incomplete {
			w.enter(e.Date, Done)
		}
	}
}

// look waits as the loop's ticks would: until it is time, and a little longer.
func (w *world) look(ctx context.Context) {
	w.looks++
	wait := max(0, w.loop.next.Sub(w.now()))
	if w.wrong != 0 && w.true_.Add(wait).After(w.righted) { // the clock is set right while it waits
		wait, w.wrong = max(0, w.righted.Sub(w.true_)), 0
	}
	w.true_ = w.true_.Add(wait + time.Duration(1+w.IntN(int(Tick))))
	w.loop.tick(ctx)
}

// happen is what befalls the machine between two looks.
func (w *world) happen(ctx context.Context) {
	const day = 24 * 60
	passes := func(most int) time.Duration { return time.Duration(1+w.IntN(most)) * time.Minute }
	switch w.IntN(100) {
	case 0:
		w.down++
		w.true_ = w.true_.Add(passes(20 * day))
		w.start()
	case 1, 2:
		w.slept++
		w.true_ = w.true_.Add(passes(5 * day))
	case 3:
		w.back++
		w.wrong, w.righted = -passes(3*day), w.true_.Add(passes(2*day))
	case 4:
		w.ahead++
		w.wrong, w.righted = passes(3*day), w.true_.Add(passes(2*day))
	case 5, 6:
		w.twice++
		w.other.tick(ctx)
	case 7, 8:
		w.byHand++
		if owed := w.plan.Owed(w.now(), w.entries); len(owed) > 0 {
			w.run(ctx, owed[w.IntN(len(owed))])
		}
	case 9: // a restart that takes no time
		w.start()
	case 10: // a second process is started while the first lives on
		first := w.loop
		w.start()
		w.other = first
	case 11:
		w.restate()
	}
}

// restate is a date that ran again with other inputs: what opened with it is stale.
func (w *world) restate() {
	if len(w.entries) == 0 {
		return
	}
	w.restated++
	last := len(w.entries) - 1
	for i := range w.entries[last-w.IntN(min(10, len(w.entries)))+1:] {
		w.entries[last-i].State = Stale
	}
}

// verdict says what went wrong, nil when every date ran exactly once.
func (w *world) verdict() error {
	last := LastOver(w.now(), w.plan.Zone)
	for !w.plan.Cron.From(last.End(w.plan.Zone), w.plan.Zone).Before(w.now().Add(-time.Hour)) {
		last-- // not scheduled yet
	}
	done := map[Date]bool{}
	for _, e := range w.entries {
		done[e.Date] = e.State == Done
	}
	for d := w.plan.First; d <= last; d++ {
		if d.Exists(w.plan.Zone) {
			w.dates++
			if !done[d] {
				w.wrongs = append(w.wrongs, fmt.Sprintf("%s never ran", d))
			}
		}
	}
	if len(w.entries) > 0 && w.entries[0].Date < w.plan.First {
		w.wrongs = append(w.wrongs, fmt.Sprintf("%s ran before the first date", w.entries[0].Date))
	}
	if len(w.wrongs) == 0 {
		return nil
	}
	return fmt.Errorf("%d wrongs, the first: %s", len(w.wrongs), strings.Join(w.wrongs[:min(3, len(w.wrongs))], "; "))
}
