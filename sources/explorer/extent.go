package explorer

import (
	"path"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
)

// caps are the numbers of rows at which explorers cut an export or an answer
// without saying so: 10,000 is the window of the Etherscan family's API and of
// Tronscan's, 5,000 of the pages' exports, 1,000 of free accounts and page sizes.
var caps = []int{1_000, 5_000, 10_000}

// extent is what one file reaches over: how many rows, from when to when, and on
// which chains of whose account.
type extent struct {
	file     string
	format   *format
	rows     int // all data rows
	rejected int

	first, last reconcile.Instant // of the rows that were read, in their order
	rises       bool              // a row is later than the one before it
	falls       bool              // a row is earlier

	parties map[string][]string // chain -> the addresses that each row has at one end
	left    map[end]reconcile.Interval
}

// end is where a row that `only:` leaves out would have moved money to: a watched
// address, or "" for all that are not.
type end struct{ chain, address string }

func newExtent(l layout) *extent {
	return &extent{file: l.file.Path, format: l.format, parties: map[string][]string{}, left: map[end]reconcile.Interval{}}
}

// see notes a row that was read.
func (e *extent) see(t *reconcile.Transfer) {
	switch {
	case e.first == 0:
		e.first = t.BlockTime
	case t.BlockTime > e.last:
		e.rises = true
	case t.BlockTime < e.last:
		e.falls = true
	}
	e.last = t.BlockTime
	left, seen := e.parties[t.Chain]
	switch {
	case !seen && (t.To == "" || sameAddress(t.From, t.To)): // a failed creation has no recipient
		e.parties[t.Chain] = []string{strings.Clone(t.From)}
	case !seen:
		e.parties[t.Chain] = []string{strings.Clone(t.From), strings.Clone(t.To)}
	case len(left) > 0:
		e.parties[t.Chain] = slices.DeleteFunc(left, func(a string) bool { return !sameAddress(a, t.From) && !sameAddress(a, t.To) })
	}
}

// leaveOut notes a row that `only:` leaves out: from the first to the last one of a
// recipient its account is not complete. One without a time may be of any.
func (e *extent) leaveOut(t *reconcile.Transfer, q sources.Query) {
	to, err := reconcile.CanonicalAddress(t.Chain, t.To)
	if err != nil || !watches(q, t.Chain, to) {
		to = ""
	}
	at := reconcile.Interval{From: t.BlockTime, To: t.BlockTime + 1}
	if !t.BlockTime.Known() {
		at = reconcile.Interval{From: -forever, To: forever}
	}
	key := end{t.Chain, to}
	if seen, ok := e.left[key]; ok {
		at = reconcile.Interval{From: min(seen.From, at.From), To: max(seen.To, at.To)}
	} else {
		key = end{strings.Clone(t.Chain), strings.Clone(to)}
	}
	e.left[key] = at
}

// sameAddress compares two spellings of one file: hexadecimal ones in any case.
func sameAddress(a, b string) bool {
	return a == b || strings.HasPrefix(a, "0x") && strings.EqualFold(a, b)
}

func (e *extent) capped() bool { return slices.Contains(caps, e.rows) }

// complete returns the time over which a capped file is complete: from its first
// row to the one before its last, in its own order. The moment of the last row
// may have had more rows. Rows in no order at all tell nothing.
func (e *extent) complete() reconcile.Interval {
	switch {
	case e.rises && !e.falls:
		return reconcile.Interval{From: e.first, To: e.last}
	case e.falls && !e.rises:
		return reconcile.Interval{From: e.last + 1, To: e.first + 1}
	}
	return reconcile.Interval{}
}

// onward returns the time over which an uncapped file is complete that continues
// a capped one: it has nothing missing behind its first row.
func (e *extent) onward() reconcile.Interval {
	switch {
	case e.first == 0:
		return reconcile.Interval{}
	case e.falls && !e.rises:
		return reconcile.Interval{To: e.first + 1}
	}
	return reconcile.Interval{From: min(e.first, e.last), To: forever}
}

const forever = reconcile.Instant(1<<63 - 1)

// account returns whose account on a chain the file is an export of, in its
// canonical spelling: "" when it is of none in particular. Where each row has the
// same two ends, or there is no row, the file's name decides, then the watched
// addresses; known is false when they do not either.
func (e *extent) account(chain string, q sources.Query) (address string, known bool) {
	left, seen := e.parties[chain]
	ends := canonicalAll(chain, left)
	switch {
	case !e.format.account || seen && len(left) == 0:
		return "", true
	case len(ends) == 1:
		return ends[0], true
	}
	watched := watchedOn(chain, q)
	if !seen {
		ends = watched
	}
	name := strings.ToLower(path.Base(e.file))
	named := keep(ends, func(a string) bool { return strings.Contains(name, strings.ToLower(a)) })
	ours := keep(ends, func(a string) bool { return slices.Contains(watched, a) })
	switch {
	case len(named) == 1:
		return named[0], true
	case len(ours) == 1:
		return ours[0], true
	}
	return "", e.format.mapped
}

func canonicalAll(chain string, list []string) (canonical []string) {
	for _, text := range list {
		if a, err := reconcile.CanonicalAddress(chain, text); err == nil {
			canonical = append(canonical, a)
		}
	}
	return canonical
}

func watchedOn(chain string, q sources.Query) []string {
	for _, w := range q.Watch {
		if w.Chain == chain {
			return w.Addresses
		}
	}
	return nil
}

func watches(q sources.Query, chain, address string) bool {
	_, found := slices.BinarySearch(watchedOn(chain, q), address)
	return found
}

func keep(list []string, ok func(string) bool) (kept []string) {
	for _, s := range list {
		if ok(s) {
			kept = append(kept, s)
		}
	}
	return kept
}
