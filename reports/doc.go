// Package reports writes what people and programs get from a run: CSV files,
// result.json, report.xlsx and a summary for the terminal.
//
// Every writer sees the same Document. What a file or sheet holds stands once, in
// a table (tables.go, records.go, queue.go, flat.go); how a cell is written stands
// once, in cell.go and seal.go. Writers write to an io.Writer and own no files:
// temporary names, fsync and renaming are the caller's.
//
// The same document gives the same bytes, in every format: no clock, no random
// order, no path of the machine.
package reports

import (
	"fmt"
	"slices"
	"strings"
)

// Formats lists what a configuration may ask for.
var Formats = []string{"csv", "xlsx", "json"}

// CheckFormat returns an error that names the formats there are unless name is
// one of them.
func CheckFormat(name string) error {
	if slices.Contains(Formats, name) {
		return nil
	}
	have := strings.Join(Formats, ", ")
	if name == "html" || name == "journal" {
		return fmt.Errorf("the format %q is not there yet in this version: use %s", name, have)
	}
	return fmt.Errorf("unknown format %q: use %s", name, have)
}
