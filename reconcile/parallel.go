package reconcile

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// sideBySide does pieces of work at the same time and returns when all are done. None
// may write what another one reads, so that their timing does not show. A panic in one
// becomes the caller's, who can catch it.
func sideBySide(work ...func()) {
	defects := make([]string, len(work))
	var all sync.WaitGroup
	for i, do := range work {
		all.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					defects[i] = fmt.Sprintf("%v\n%s", v, debug.Stack())
				}
			}()
			do()
		})
	}
	all.Wait()
	for _, text := range defects {
		if text != "" {
			panic(text)
		}
	}
}

// worthwhile is how many rows a goroutine is made for.
const worthwhile = 512

// inPieces cuts the rows from 0 to n into a piece for each processor and works on them
// side by side.
func inPieces(n int, work func(from, to int)) {
	pieces := min(runtime.GOMAXPROCS(0), n/worthwhile)
	if pieces < 2 {
		work(0, n)
		return
	}
	list := make([]func(), pieces)
	for i := range list {
		list[i] = func() { work(i*n/pieces, (i+1)*n/pieces) }
	}
	sideBySide(list...)
}
