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
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"tieout/cmd/internal/yardstick"
)

//go:embed duckdb.mjs
var sql []byte

func main() {
	bin := flag.String("bin", "bin/tieout", "the built `program`")
	orders := flag.Int("orders", 1_000_000, "how many orders")
	pairs := flag.Int("pairs", 5, "how many runs of each")
	duckdb := flag.Bool("duckdb", true, "run DuckDB too, where npm can install it")
	keep := flag.String("dir", "", "`directory` for the data, kept; a temporary one without")
	flag.Parse()
	if err := measure(*bin, *keep, *orders, *pairs, *duckdb); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// figures are what a run cost.
type figures struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

func measure(bin, dir string, orders, pairs int, duckdb bool) error {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "yardstick-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := yardstick.Write(dir, orders); err != nil {
		return err
	}
	api := ""
	if duckdb {
		api = install(dir)
	}
	var ours, theirs []figures
	for range pairs {
		if err := warm(dir); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
			return err
		}
		ours, err = add(ours, "tieout", orders, exec.Command(bin, "run", "--quiet", "--config", filepath.Join(dir, "tieout.yaml"), "--from", yardstick.From, "--to", yardstick.To))
		if err == nil && api != "" {
			theirs, err = add(theirs, "duckdb", orders, exec.Command("node", filepath.Join(dir, "duckdb.mjs"), api, dir))
		}
		if err != nil {
			return err
		}
	}
	summary(ours, theirs)
	return nil
}

// install puts DuckDB beside the data and returns where it is, "" with the reason on
// stderr where it cannot be had.
func install(dir string) string {
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "@duckdb/node-api")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "DuckDB is left out: npm install @duckdb/node-api: %v\n%s", err, out)
		return ""
	}
	if err := os.WriteFile(filepath.Join(dir, "duckdb.mjs"), sql, 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "DuckDB is left out:", err)
		return ""
	}
	return dir
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
