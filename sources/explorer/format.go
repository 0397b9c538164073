package explorer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"tieout/reconcile/money"
)

// field is a thing that a transfer file can say about a row.
type field int

const (
	chain field = iota
	block
	blockHash
	blockTime
	txid
	logIndex
	trace
	asset // token contract
	symbol
	decimals
	from
	to
	created   // the contract that a transaction without a recipient made
	base      // amount in base units
	whole     // amount in units of the asset
	wholeIn   // the same, for what the exported account received
	wholeOut  // and for what it sent
	status    // of the transaction: succeeded, failed
	failure   // why it failed; empty otherwise
	confirmed // yes or no
	confirmations
	kind    // of the call or contract
	tokenID // of an NFT
	parent  // of the block: no transfer has it
	gas     // of the transaction: what tells it from a call inside one
	errorText
	errorResult

	fields // how many there are
)

// names are the headers under which a format keeps a field, best first. A name
// that ends in * stands for all that begin so: Value_IN(*.
type names map[field][]string

// what says what the rows of a format move.
type what int

const (
	tokens   what = iota
	coin          // the native coin, at the top of transactions
	inside        // the native coin, by calls inside transactions
	anything      // whatever a mapped table holds
	nothing       // blocks: they only lend their times
)

// format is one shape of file.
type format struct {
	name    string
	names   names
	need    []field
	moves   what
	account bool        // an export of one account: it covers no other
	style   money.Style // of whole amounts; base units are plain digits
	zeroOK  bool        // status 0 means success, as in isError
	refuse  string      // why files of this shape are not read, "" = they are
	mapped  bool        // the configuration maps its columns
}

// match is how well a header fits a format.
type match struct {
	format  *format
	columns map[field]string
	missing []string // what the format needs and the header lacks
	strange []string // headers that the format does not know
}

// recognise finds the format that a header fits: one that has all it needs, and
// of several the one that knows most of the header. A mapping that fits wins, and
// so does a refused format, since its rows would otherwise pass for something
// else. Without a fit it returns the format that lacks least, with what is missing.
func recognise(formats []format, header []string) match {
	var best match
	list := headings(header)
	for i := range formats {
		m := formats[i].match(list)
		fits := len(m.missing) == 0
		switch {
		case fits && (m.format.refuse != "" || m.format.mapped):
			return m
		case !fits && (m.format.refuse != "" || len(m.columns) == 0): // nothing is refused on half a header
		case best.format == nil || m.better(best):
			best = m
		}
	}
	return best
}

func (f *format) match(header headingList) match {
	m := match{format: f, columns: map[field]string{}}
	known := map[string]bool{}
	for fld, accepted := range f.names {
		for _, name := range accepted {
			found := header.like(name)
			for _, h := range found {
				known[h] = true
			}
			if _, have := m.columns[fld]; !have && len(found) > 0 {
				m.columns[fld] = found[0]
			}
		}
	}
	for _, fld := range f.need {
		if m.columns[fld] == "" {
			m.missing = append(m.missing, strings.TrimSuffix(f.names[fld][0], "*"))
		}
	}
	for _, h := range header {
		if !known[h.written] {
			m.strange = append(m.strange, h.written)
		}
	}
	return m
}

// better compares two matches; of two that lack something, by what share of
// their needs.
func (m match) better(o match) bool {
	fits, other := len(m.missing) == 0, len(o.missing) == 0
	if fits != other {
		return fits
	}
	if fits {
		return len(m.columns) > len(o.columns)
	}
	return len(m.missing)*len(o.format.need) < len(o.missing)*len(m.format.need)
}

// headersLike returns the headers that a name stands for.
func headersLike(header []string, name string) (found []string) {
	return headings(header).like(name)
}

// heading is a header as written, and as it is compared.
type heading struct{ written, normal string }

type headingList []heading

func headings(header []string) headingList {
	list := make(headingList, len(header))
	for i, h := range header {
		list[i] = heading{h, normal(h)}
	}
	return list
}

func (l headingList) like(name string) (found []string) {
	want, open := strings.CutSuffix(name, "*")
	want = normal(want)
	for _, h := range l {
		if h.normal == want || open && strings.HasPrefix(h.normal, want) {
			found = append(found, h.written)
		}
	}
	return found
}

// normal is how headers are compared: without case, space, underscores, hyphens
// and characters that do not show.
func normal(header string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// refusal says why a file with that header cannot be read, "" when it can.
func (m match) refusal(header []string) string {
	switch {
	case m.format == nil || len(m.missing) > 0 && 2*len(m.missing) > len(m.format.need):
		return fmt.Sprintf("its columns are of no known transfer format: map them with `columns:` (%s); the file has %s",
			strings.Join(canonicalNames(), ", "), quoted(header))
	case len(m.missing) > 0:
		return fmt.Sprintf("it looks like %s, but lacks %s: export it again with all columns, or map them with `columns:`; not recognised: %s",
			m.format.name, quoted(m.missing), quoted(m.strange))
	case m.format.refuse != "":
		return fmt.Sprintf("it is %s: %s", m.format.name, m.format.refuse)
	}
	for fld, written := range m.columns {
		for _, name := range m.format.names[fld] {
			if twins := headersLike(header, name); strings.HasSuffix(name, "*") && len(twins) > 1 {
				slices.Sort(twins)
				return fmt.Sprintf("columns %s mean the same as %q: remove all but one", quoted(twins), written)
			}
		}
	}
	return ""
}

// quoted lists at most 30 names.
func quoted(names []string) string {
	const most = 30
	if len(names) == 0 {
		return "nothing"
	}
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = fmt.Sprintf("%.80q", n)
	}
	return strings.Join(list, ", ") + more
}

// Confidence says how sure Recognise is.
const (
	Certain = "certain" // every column that the format needs is there
	Partial = "partial" // the nearest format; missing lists what it needs besides
	Refused = "refused" // recognised, and not read: NFTs, error answers
	Unknown = "unknown" // nothing is like it; map the columns
)

// Recognise names the transfer format of a header for people, says how sure that
// is, and lists the columns that the format needs and the header lacks. The
// blocks files that lend their times to others are a format too.
func Recognise(header []string) (format string, confidence string, missing []string) {
	m := recognise(formats, header)
	switch {
	case m.format == nil || 2*len(m.missing) > len(m.format.need):
		return "", Unknown, nil
	case len(m.missing) > 0:
		return m.format.name, Partial, m.missing
	case m.format.refuse != "":
		return m.format.name, Refused, nil
	}
	return m.format.name, Certain, nil
}

// Unused lists the headers that the format of a header does not know.
func Unused(header []string) []string { return recognise(formats, header).strange }
