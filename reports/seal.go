package reports

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

// seal finishes the CSV cell that starts at b[at], which is raw text so far: it
// escapes and quotes what needs it, in place, as Escape and encoding/csv do, so that
// files of both writers look the same. Most cells need neither.
func seal(b []byte, at int, k kind) []byte {
	raw := b[at:]
	if (k == amount || k == number) && decimal(raw) {
		return b
	}
	switch {
	case len(raw) == 0:
		return b
	case alphanumeric(raw[0]):
	case startsFormula(string(raw)):
		b = slices.Insert(b, at, '\'')
	default:
		if first, _ := utf8.DecodeRune(raw); unicode.IsSpace(first) || string(raw) == `\.` {
			return quote(b, at)
		}
	}
	if special(b[at:]) {
		return quote(b, at)
	}
	return b
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// special reports whether a cell holds a comma, a quote or a line end, eight bytes at
// a time. All of them are low in ASCII, and hashes, addresses and ids hold nothing low.
func special(cell []byte) bool {
	for len(cell) >= 8 {
		if w := binary.LittleEndian.Uint64(cell); below(w, ','+1) && (equal(w, ',') || equal(w, '"') || equal(w, '\n') || equal(w, '\r')) {
			return true
		}
		cell = cell[8:]
	}
	for _, c := range cell {
		if c == ',' || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// below reports whether one of the eight bytes is less than c, at most 0x80.
func below(w, c uint64) bool { return (w-ones*c)&^w&tops != 0 }

// equal reports whether one of the eight bytes is c.
func equal(w, c uint64) bool { return below(w^ones*c, 1) }

// quote puts the cell that starts at b[at] into quotes, and doubles those in it. It
// fills the longer cell from its end.
func quote(b []byte, at int) []byte {
	end, inside := len(b), bytes.Count(b[at:], []byte{'"'})
	b = append(b, make([]byte, inside+2)...)
	to := len(b) - 1
	b[to] = '"'
	for inside > 0 {
		end, to = end-1, to-1
		if b[to] = b[end]; b[end] == '"' {
			to--
			b[to] = '"'
			inside--
		}
	}
	copy(b[at+1:], b[at:end])
	b[at] = '"'
	return b
}
