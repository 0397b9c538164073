package tabular

import (
	"fmt"
	"strings"
	"unicode"
)

// binding says where a file keeps the columns of a contract.
type binding struct {
	at     []int    // contract column -> file column, -1 = the file has none
	header []string // contract column -> header as written; the canonical name where the file has none
	extra  []string // headers that the contract does not name
	mapped int      // how many columns were found
}

// bind finds the columns of a contract in a header. A header that says one
// thing twice is refused: which of the two holds the truth cannot be known.
func bind(c Contract, header []string) (binding, *Error) {
	b := binding{at: make([]int, len(c.Columns)), header: make([]string, len(c.Columns))}
	column := map[string]int{}
	for i, col := range c.Columns {
		b.at[i], b.header[i] = -1, col.Name
		for _, name := range append([]string{col.Name}, col.Aliases...) {
			if _, taken := column[normal(name)]; !taken {
				column[normal(name)] = i
			}
		}
	}
	seen := map[string]int{}
	for at, name := range header {
		key := normal(name)
		if key == "" {
			b.extra = append(b.extra, fmt.Sprintf("(column %d has no name)", at+1))
			continue
		}
		if before, twice := seen[key]; twice {
			return b, &Error{Column: name, Reason: fmt.Sprintf(
				"the header has it twice, in columns %d and %d: remove or rename one of them", before+1, at+1)}
		}
		seen[key] = at
		i, known := column[key]
		if !known {
			b.extra = append(b.extra, name)
			continue
		}
		if b.at[i] >= 0 {
			return b, &Error{Column: name, Reason: fmt.Sprintf(
				"it means the same as column %q (%s): remove one, or say with `columns:` which to use", b.header[i], c.Columns[i].Name)}
		}
		b.at[i], b.header[i] = at, name
		b.mapped++
	}
	return b, nil
}

// missing is the error for the first required column that is not there, with
// the header that looks most like it.
func (b binding) missing(c Contract, header []string) *Error {
	for i, col := range c.Columns {
		if col.Required && b.at[i] < 0 {
			return lacks(col, header)
		}
	}
	return nil
}

// lacks says that a required column is missing and what the file has instead.
func lacks(col Column, header []string) *Error {
	hint := fmt.Sprintf("the file has %s", listed(header))
	if like := nearest(col, header); like != "" {
		hint = fmt.Sprintf("did you mean %q? map it with `columns:`; %s", like, hint)
	}
	return &Error{Column: col.Name, Reason: "required, but the header does not have it: " + hint}
}

// listed names at most the first 40 headers.
func listed(header []string) string {
	const most = 40
	more := ""
	if len(header) > most {
		more = fmt.Sprintf(" and %d more", len(header)-most)
		header = header[:most]
	}
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = fmt.Sprintf("%q", clip(name, maxValue))
	}
	return strings.Join(names, ", ") + more
}

// nearest returns the header that differs least from a column's names, "" when
// none is near.
func nearest(col Column, header []string) string {
	best, least := "", 0
	for _, want := range append([]string{col.Name}, col.Aliases...) {
		for _, have := range header {
			a, b := []rune(normal(want)), []rune(normal(clip(have, maxValue)))
			d := distance(a, b)
			if d <= max(1, min(len(a), len(b))/3) && (best == "" || d < least) {
				best, least = have, d
			}
		}
	}
	return best
}

// distance counts the edits (insert, delete, replace) from a to b.
func distance(a, b []rune) int {
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		diagonal := last[0]
		last[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = last[j+1]
			last[j+1] = min(cost, last[j+1]+1, last[j]+1)
		}
	}
	return last[len(b)]
}

// normal is how names are compared: without case, space, underscores, hyphens
// and invisible characters, which exports change at will.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) || invisible(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// invisible reports runes that show nothing: zero-width spaces and joiners, byte
// order marks, bidirectional controls. Copied documents are full of them.
func invisible(r rune) bool {
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return true
	}
	return r == 0xfeff || r == 0x00ad || r == 0x061c
}
