package evm

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"tieout/sources/sourcetest"
)

// weighing is a sink that weighs what is in memory when all has been read.
type weighing struct {
	sourcetest.Recorder
	bytes uint64
}

func (w *weighing) Proof(level string) {
	w.bytes = heap()
	w.Recorder.Proof(level)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// manyAddresses: a million addresses fit into 200 MiB, and the payments among them are
// found. ADDRESSES is how many; make soak takes the million.
func manyAddresses(t *testing.T, d *day) {
	count, _ := strconv.Atoi(os.Getenv("ADDRESSES"))
	if count == 0 {
		count = 3000 // too few to be weighed beside a node
	}
	for _, level := range []string{"basic", "proof"} {
		before := heap()
		q := d.query()
		addresses := slices.Clone(d.watched)
		for i := range count {
			addresses = append(addresses, fmt.Sprintf("0x%040x", i*7_000_001+1<<40))
		}
		slices.Sort(addresses)
		q.Watch[0].Addresses = addresses
		o := d.options(d.node.URL)
		o.Verify = level
		var w weighing
		if err := Transfers(o).Read(context.Background(), q, &w); err != nil || len(w.Gaps) > 0 {
			t.Fatal(err, w.Gaps)
		}
		if got := transfers(&w.Recorder, d.watched); len(got) != len(d.truth) {
			t.Errorf("verify: %s: %d of %d payments", level, len(got), len(d.truth))
		}
		each := (w.bytes - min(before, w.bytes)) / uint64(count)
		t.Logf("verify: %s: %d addresses, %d bytes each", level, count, each)
		if each > 200 && count >= 100_000 {
			t.Errorf("verify: %s: an address takes %d bytes; a million would not fit into 200 MiB", level, each)
		}
		runtime.KeepAlive(q)
	}
}
