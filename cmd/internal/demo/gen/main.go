// Command gen writes the demo's data set: go run ./cmd/internal/demo/gen DIR.
package main

import (
	"fmt"
	"os"

	"tieout/cmd/internal/demo"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen DIR")
		os.Exit(2)
	}
	if err := demo.Files(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
