package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"tieout/cmd/internal/yardstick"
)

// BenchmarkRun measures the whole program: files in, all CSV files and result.json
// out, no workbook. Memory is the peak of the process, so one size a process says
// most: go test -run '^$' -bench 'Run/1000000' -benchtime 1x ./cmd/tieout.
func BenchmarkRun(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			if err := yardstick.Write(dir, n); err != nil {
				b.Fatal(err)
			}
			b.Chdir(dir)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				args := []string{"run", "--quiet", "--from", yardstick.From, "--to", yardstick.To, "--out", fmt.Sprint("out", i)}
				if status := execute(context.Background(), args, streams{strings.NewReader(""), io.Discard, os.Stderr}); status != 0 {
					b.Fatal("exit status", status)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			b.ReportMetric(peakMiB(b), "peak-MiB")
		})
	}
}

// peakMiB is the process's peak of resident memory so far.
func peakMiB(b *testing.B) float64 {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(content), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
