package tabular

import (
	"strings"
	"unicode/utf8"
)

// kind is what a cell is by its own type. A format without types has text only.
type kind uint8

const (
	text   kind = iota
	number      // a JSON number, a numeric XLSX cell: its literal text
	nested      // a JSON object or array: its own text
	null        // JSON null
	absent      // JSON: this row has no such path
)

// cell is one value of a row. Its text may alias the reader's buffer.
type cell struct {
	text string
	kind kind
}

// row is what a format fills in for each data row.
type row struct {
	file   string
	sheet  string
	cols   binding
	cells  []cell     // by file column, see binding.at
	lists  [][]string // by file column; nil in formats without lists
	alone  []string   // by file column, the lists of single values
	unfit  []string   // by file column, why a cell cannot be used; nil in formats that are text
	source []byte     // the row as read; nil = join the cells
	at     int        // line
}

func (r *row) cell(i int) cell {
	if at := r.cols.at[i]; at >= 0 {
		return r.cells[at]
	}
	return cell{kind: absent}
}

func (r *row) verbatim(i int) string { return r.cell(i).text }

func (r *row) text(i int) string {
	if at := r.cols.at[i]; r.lists != nil && at >= 0 && r.lists[at] != nil {
		return strings.Join(r.lists[at], "|")
	}
	return trim(r.cell(i).text)
}

func (r *row) has(i int) bool { return r.cell(i).kind != absent }

func (r *row) number(i int) bool { return r.cell(i).kind == number }

func (r *row) unusable(i int) string {
	if at := r.cols.at[i]; r.unfit != nil && at >= 0 {
		return r.unfit[at]
	}
	return ""
}

func (r *row) nested(i int) bool { return r.cell(i).kind == nested }

func (r *row) list(i int) []string {
	at := r.cols.at[i]
	if at < 0 {
		return nil
	}
	if r.lists != nil && r.lists[at] != nil {
		return r.lists[at]
	}
	t := trim(r.cells[at].text)
	if t == "" {
		return nil
	}
	if len(r.alone) < len(r.cells) {
		r.alone = make([]string, len(r.cells))
	}
	r.alone[at] = t
	return r.alone[at : at+1 : at+1]
}

func (r *row) line() int { return r.at }

func (r *row) header(i int) string { return r.cols.header[i] }

func (r *row) raw() string {
	if r.source != nil {
		return clip(string(r.source[:min(len(r.source), maxRaw+utf8.UTFMax)]), maxRaw)
	}
	var b strings.Builder
	for i, c := range r.cells {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(c.text)
		if b.Len() > maxRaw {
			break
		}
	}
	return clip(b.String(), maxRaw)
}

func (r *row) errorf(i int, reason string) *Error {
	return &Error{
		File: r.file, Sheet: r.sheet, Line: r.at,
		Column: r.header(i), Value: clip(r.text(i), maxValue), Reason: reason, Raw: r.raw(),
	}
}

// bad is an Error that concerns the row as a whole.
func (r *row) bad(reason string) *Error {
	return &Error{File: r.file, Sheet: r.sheet, Line: r.at, Reason: reason, Raw: r.raw()}
}

const (
	maxRaw   = 2 << 10 // of a row kept for rejects
	maxValue = 200     // of a value quoted in an error
)

// clip returns a copy of the first n bytes of s, cut between runes.
func clip(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.Clone(s)
}

// trim removes surrounding space. Most cells have none, which two looks tell.
func trim(s string) string {
	if s == "" || plain(s[0]) && plain(s[len(s)-1]) {
		return s
	}
	return strings.TrimSpace(s)
}

func plain(b byte) bool { return b > ' ' && b < utf8.RuneSelf }
