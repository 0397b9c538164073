// Command measure runs the program on the yardstick's data, in turn with DuckDB on
// the same files where npm can install it, and prints a line per run that benchstat
// reads, and the medians at the end:
//
//	go run ./cmd/internal/yardstick/measure -bin bin/tieout -orders 1000000 -pairs 5
//
// Both are processes of their own: wall is their time, cpu what they used of all
// cores, peak their largest resident memory. The files are in the page cache.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"tieout/cmd/internal/yardstick"
)

//go:embed duckdb.mjs
var sql []byte

// measurement is what the command line asks for.
type measurement struct {
	bin           string // the built program
	dir           string // of the data
	orders, pairs int
	duckdb        bool
}

func main() { os.Exit(run()) }

func run() int {
	var m measurement
	flag.StringVar(&m.bin, "bin", "bin/tieout", "the built `program`")
	flag.IntVar(&m.orders, "orders", 1_000_000, "how many orders")
	flag.IntVar(&m.pairs, "pairs", 5, "how many runs of each")
	flag.BoolVar(&m.duckdb, "duckdb", true, "run DuckDB too, where npm can install it")
	flag.StringVar(&m.dir, "dir", "", "`directory` for the data, kept; a temporary one without")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := m.measure(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		return 1
	}
	return 0
}

// figures are what a run cost.
type figures struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

func (m *measurement) measure(ctx context.Context) (err error) {
	if m.bin, err = filepath.Abs(m.bin); err != nil {
		return err
	}
	if m.dir == "" {
		if m.dir, err = os.MkdirTemp("", "yardstick-"); err != nil {
			return err
		}
		defer os.RemoveAll(m.dir)
	} else if m.dir, err = filepath.Abs(m.dir); err != nil {
		return err
	}
	if err := yardstick.Write(m.dir, m.orders); err != nil {
		return err
	}
	m.duckdb = m.duckdb && install(ctx, m.dir)
	var ours, theirs []figures
	for range m.pairs {
		if ours, theirs, err = m.pair(ctx, ours, theirs); err != nil {
			return err
		}
	}
	summary(ours, theirs)
	return nil
}

// pair runs both once.
func (m *measurement) pair(ctx context.Context, ours, theirs []figures) (_, _ []figures, err error) {
	if err := errors.Join(warm(m.dir), os.RemoveAll(filepath.Join(m.dir, "out"))); err != nil {
		return nil, nil, err
	}
	ours, err = add(ours, "tieout", m.orders, exec.CommandContext(ctx, m.bin, "run", "--quiet", "--config", filepath.Join(m.dir, "tieout.yaml"),
		"--from", yardstick.From, "--to", yardstick.To))
	if err == nil && m.duckdb {
		theirs, err = add(theirs, "duckdb", m.orders, exec.CommandContext(ctx, "node", filepath.Join(m.dir, "duckdb.mjs"), m.dir))
	}
	return ours, theirs, err
}

// install puts DuckDB beside the data, and says on stderr why it cannot be had.
func install(ctx context.Context, dir string) bool {
	cmd := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "@duckdb/node-api")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "DuckDB is left out: npm install @duckdb/node-api: %v\n%s", err, out)
		return false
	}
	if err := os.WriteFile(filepath.Join(dir, "duckdb.mjs"), sql, 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "DuckDB is left out:", err)
		return false
	}
	return true
}

// warm reads the files once, so that no run pays for the disk.
func warm(dir string) error {
	for _, name := range yardstick.Files {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// add runs a command and prints what it cost as a benchmark's line.
func add(list []figures, name string, orders int, cmd *exec.Cmd) ([]figures, error) {
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := figures{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.peak = used.Maxrss << 10
	}
	fmt.Printf("BenchmarkWhole/%s/orders=%d 1 %d ns/op %.2f cpu-s %d peak-bytes\n", name, orders, f.wall.Nanoseconds(), f.cpu.Seconds(), f.peak)
	return append(list, f), nil
}

// summary prints the medians, and the medians of the pairs' ratios.
func summary(ours, theirs []figures) {
	fmt.Printf("\n%-8s %8s %8s %10s\n", "median", "wall s", "CPU s", "peak MiB")
	print := func(name string, list []figures) {
		fmt.Printf("%-8s %8.2f %8.2f %10.0f\n", name,
			median(list, func(i int) float64 { return list[i].wall.Seconds() }),
			median(list, func(i int) float64 { return list[i].cpu.Seconds() }),
			median(list, func(i int) float64 { return float64(list[i].peak) / (1 << 20) }))
	}
	print("tieout", ours)
	if len(theirs) == 0 {
		return
	}
	print("duckdb", theirs)
	fmt.Printf("%-8s %8.2f %8.2f %10.2f\n", "ratio",
		median(ours, func(i int) float64 { return float64(ours[i].wall) / float64(theirs[i].wall) }),
		median(ours, func(i int) float64 { return float64(ours[i].cpu) / float64(theirs[i].cpu) }),
		median(ours, func(i int) float64 { return float64(ours[i].peak) / float64(theirs[i].peak) }))
}

func median(list []figures, of func(i int) float64) float64 {
	values := make([]float64, len(list))
	for i := range list {
		values[i] = of(i)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
