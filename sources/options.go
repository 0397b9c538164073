package sources

import (
	"time"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// FileOptions configure any source that reads files. Name and Files are
// required, the rest narrows or declares what the files do not say themselves.
type FileOptions struct {
	Name    string
	Files   []File
	Profile *reconcile.Profile // the provider's; nil for transfer files
	Format  *Format            // of a provider that is read by its profile file alone; nil = the reader's own
	Book    reconcile.Book     // whose orders these are

	Columns map[string]string   // canonical column -> header in the file, only what differs
	Only    map[string][]string // header -> values to keep; other rows are counted out of scope
	Zone    *time.Location      // of times without a zone; nil = such a time is refused
	Style   money.Style         // how generic text writes numbers; a format that fixes its style ignores it
	Comma   rune                // CSV delimiter, 0 = detect
	Sheet   string              // XLSX sheet, "" = the only one with rows

	Covers []reconcile.Interval // declared coverage; empty = complete for whatever is asked

	Chain  string   // transfers: CAIP-2 of rows that name no chain
	Assets []string // transfers: accepted assets, CAIP-19 style; empty = the catalogue's
}

// Spans returns the time for which the files are declared complete: Covers, or
// all of what is asked.
func (o FileOptions) Spans(q Query) []reconcile.Interval {
	if len(o.Covers) > 0 {
		return o.Covers
	}
	return []reconcile.Interval{q.Reach}
}
