package reports

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// kind says what the cells of a column hold, and so how they are escaped,
// aligned and coloured.
type kind uint8

const (
	text    kind = iota // what people or foreign systems wrote, and our own words
	amount              // an exact decimal in units of an asset or of the reference currency
	number              // a whole number
	instant             // RFC 3339 in UTC
	hash                // TXIDs and addresses, several joined by |
	link                // an https URL
)

// Escape makes free text harmless for a spreadsheet that opens a CSV file: text
// that starts like a formula gets a leading apostrophe. It is reversible, so that
// one file serves people and programs: Unescape(Escape(x)) == x for every x.
func Escape(s string) string {
	if startsFormula(s) {
		return "'" + s
	}
	return s
}

// Unescape undoes Escape.
func Unescape(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && startsFormula(rest) {
		return rest
	}
	return s
}

// startsFormula reports whether s is any number of apostrophes, then spaces and
// invisible runes, then a rune that spreadsheets take for the start of a formula,
// a command or a new cell. The apostrophes belong to the rule because a text that
// already looks escaped must be escaped once more to come back.
func startsFormula(s string) bool {
	s = strings.TrimLeft(s, "'")
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) || invisible(r) })
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@|\t\r\n\x00＝＋－＠", r)
}

// invisible reports whether r has no width or changes the direction of text.
func invisible(r rune) bool {
	return r >= 0x80 && unicode.Is(unicode.Cf, r)
}

// decimal reports whether s is an optional minus, digits, and at most one point
// between digits: what our own formatter writes for amounts and numbers. Their
// leading minus is no formula. Nothing else that the columns other than text hold
// (times, hashes, addresses, links) can start like one, so only decimals are
// exempt from escaping.
func decimal[T []byte | string](s T) bool {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	digits, point := 0, false
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && digits > 0 && !point:
			digits, point = 0, true
		default:
			return false
		}
	}
	return digits > 0
}

// escapeAs is Escape for a cell of a column of that kind.
func escapeAs(k kind, s string) string {
	if (k == amount || k == number) && decimal(s) {
		return s
	}
	return Escape(s)
}

// visible shows what a reader could not see: bidi controls, zero-width and
// control runes as ⟦U+202E⟧, bytes that are no UTF-8 as ⟦0xFF⟧. Tabs and line
// feeds stay. It is for people; files for programs keep the text as it is.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r == utf8.RuneError && strings.HasPrefix(s[i:], "\uFFFD"):
			b.WriteRune(r)
		case r == utf8.RuneError:
			fmt.Fprintf(&b, "⟦0x%02X⟧", s[i])
		default:
			fmt.Fprintf(&b, "⟦U+%04X⟧", r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r >= 0x20 && r < 0x7f:
		return false
	case r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF:
		return true
	}
	return unicode.IsControl(r) || invisible(r) || r == '\u2028' || r == '\u2029'
}

func appendInstant(b []byte, t reconcile.Instant) []byte {
	if !t.Known() {
		return b
	}
	return t.Time().AppendFormat(b, time.RFC3339Nano)
}

func appendFigure(b []byte, f reconcile.Figure, decimals int) []byte {
	if !f.Known {
		return b
	}
	return f.Units.AppendDecimal(b, decimals)
}

func appendQuantity(b []byte, q money.Quantity) []byte {
	if !q.Known() {
		return b
	}
	return q.Coef().AppendDecimal(b, q.Scale())
}

// appendList joins a list that the core has sorted.
func appendList(b []byte, list []string) []byte {
	for i, s := range list {
		if i > 0 {
			b = append(b, '|')
		}
		b = append(b, s...)
	}
	return b
}

func appendKinds(b []byte, kinds []reconcile.Kind) []byte {
	for i, k := range kinds {
		if i > 0 {
			b = append(b, '|')
		}
		b = append(b, k.String()...)
	}
	return b
}

func figureText(f reconcile.Figure, a money.Asset) string {
	return string(appendFigure(nil, f, a.Decimals))
}

// title turns a column's name into a heading for people.
func title(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	words = strings.ToUpper(words[:1]) + words[1:]
	return strings.NewReplacer("Txid", "TXID", " id", " ID", "Pay to", "Paid to").Replace(words)
}
