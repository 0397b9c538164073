// Command gen writes the demo's data set: go run ./cmd/internal/demo/gen [DIR],
// into testdata/demo without a directory.
package main

import (
	"fmt"
	"os"

	"tieout/cmd/internal/demo"
)

func main() {
	dir := "testdata/demo"
	switch len(os.Args) {
	case 1:
	case 2:
		dir = os.Args[1]
	default:
		fmt.Fprintln(os.Stderr, "usage: gen [DIR]")
		os.Exit(2)
	}
	if err := demo.Files(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
