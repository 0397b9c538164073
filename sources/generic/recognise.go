package generic

import (
	"slices"
	"strings"
	"unicode"
)

// How sure Recognise is that a header is of an order book.
const (
	Certain = "certain" // it reads as it stands, and says what was due or which transaction paid
	Likely  = "likely"  // it reads, perhaps with a column mapped; check the mapping
	None    = "none"    // the status or every order number is missing
)

// Recognise says what the headers of a file would be in a generic order book:
// mapping is from canonical column to header as written, unmapped are the headers
// that mean nothing here. It is more generous than the reader, which needs a
// header that differs in more than case, spaces, underscores and hyphens ("Order
// No.", "Amount due (USDT)") to be declared under `columns:`.
func Recognise(header []string) (confidence string, mapping map[string]string, unmapped []string) {
	mapping = map[string]string{}
	unmapped = claim(mapping, header, letters)
	asItStands := len(mapping)
	unmapped = claim(mapping, unmapped, bare)
	return confidenceIn(mapping, len(mapping) == asItStands), mapping, unmapped
}

// claim maps the headers that a column answers to in that spelling, the first for
// each column, and returns the others.
func claim(mapping map[string]string, header []string, spelling func(string) string) (others []string) {
	for _, h := range header {
		column, ok := answers(spelling(h), spelling)
		if _, taken := mapping[column]; !ok || taken {
			others = append(others, h)
			continue
		}
		mapping[column] = h
	}
	return others
}

func confidenceIn(mapping map[string]string, asItStands bool) string {
	has := func(column int) bool { return mapping[Columns[column].Name] != "" }
	switch {
	case !has(status) || !has(orderID) && !has(orderNo):
		return None
	case asItStands && (has(amountDue) || has(txid)):
		return Certain
	}
	return Likely
}

// answers finds the column that has a name among its own in that spelling.
func answers(name string, spelling func(string) string) (column string, ok bool) {
	for _, c := range Columns {
		if spelling(c.Name) == name || slices.ContainsFunc(c.Aliases, func(a string) bool { return spelling(a) == name }) {
			return c.Name, true
		}
	}
	return "", false
}

// letters is a header without case, spaces, underscores, hyphens and invisible
// characters, which is how the reader compares.
func letters(header string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// bare is a header without what people add: a unit in brackets, points, signs.
func bare(header string) string {
	if i := strings.IndexAny(header, "([{"); i > 0 {
		header = header[:i]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, header)
}
