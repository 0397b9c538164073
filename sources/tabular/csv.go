package tabular

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// csv reads a delimited file: header, contract, rows.
func (r *reader) csv(w *window) error {
	s := &csvScanner{w: w}
	if err := r.csvHeader(s); err != nil {
		return err
	}
	if err := r.begin(); err != nil {
		return err
	}
	width := len(r.sum.Header)
	for {
		why, err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return r.fail(err)
		}
		if why == "" && len(s.cells) != width {
			why = miscount(s.cells, width)
		}
		r.row.at, r.row.source, r.row.cells = s.line, s.raw, s.cells
		if err := r.hand(why); err != nil {
			return err
		}
	}
	if r.sum.Rows == 0 {
		r.warn("it has a header and no rows")
	}
	if s.cut {
		r.warn("line %d, the last one, has no line end: the file may be cut", s.line)
	}
	return nil
}

// miscount explains a wrong number of fields. One more than the header has is
// the shape that other readers repair by shifting columns, so it is named.
func miscount(cells []cell, width int) string {
	why := fmt.Sprintf("it has %d fields, the header has %d", len(cells), width)
	switch {
	case len(cells) != width+1:
		return why
	case cells[width].text == "":
		return why + ": the line ends in a surplus delimiter; ask for an export whose header and rows agree"
	default:
		return why + ": a column has no header, or a field that contains the delimiter is not quoted"
	}
}

// Why a record cannot be used. The wording ends up in rejects.
const (
	recordTooLong = "it is longer than 1 MiB"
	fieldTooLong  = "a field is longer than 64 KiB"
	notUTF8       = "it is not valid UTF-8: ask for an export in UTF-8"
	strayLineEnd  = "a line-end character of another kind stands in an unquoted field: the file mixes line ends"
	bareQuote     = "a quote stands inside a field that does not start with one: such a field must be quoted and its quotes doubled"
	afterQuote    = "text follows a closing quote: a quote inside a quoted field must be doubled"
	openQuote     = "the quote that opens here is never closed: the rest of the file cannot be read; it may be cut"
)

// csvScanner splits a window into records as RFC 4180 has them, with LF, CRLF or
// CR as line ends. It allocates nothing per field: until the next call of next,
// cells alias the window, or the scratch buffer where quotes were doubled.
type csvScanner struct {
	w     *window
	comma byte
	eol   byte // what ends a line: LF (a CR before it belongs to it), or CR alone
	other byte // the line-end character that has no business in an unquoted field

	cells   []cell
	scratch []byte
	raw     []byte // the record without its line end
	line    int    // on which the record starts
	cut     bool   // the record ended with the file, not with a line end
	opened  int    // lines from the record's start to a quote that is still open, -1 = none
}

// next reads the next record that is not blank. why says why it cannot be used
// although its end is known; an error ends the file, io.EOF in good order.
func (s *csvScanner) next() (why string, err error) {
	for {
		n, why, err := s.peek()
		if err != nil {
			return "", err
		}
		s.line = s.w.line
		s.w.skip(n, bytes.Count(s.w.rest()[:n], []byte{s.eol}))
		if why == recordTooLong && s.cut {
			s.w.skipLine(s.eol)
			s.cut = false // whether the file is, is not known
		}
		if len(s.raw) > 0 {
			return why, nil
		}
	}
}

// peek splits the record at the window's start, leaves it there and returns its
// length with line end.
func (s *csvScanner) peek() (n int, why string, err error) {
	for {
		rest := s.w.rest()
		final := s.w.err == io.EOF
		if n, why = s.split(rest, final); n > 0 {
			s.cut = rest[n-1] != s.eol
			if n > maxRecord {
				why = recordTooLong
			}
			return n, why, nil
		}
		switch {
		case s.w.more():
		case s.opened >= 0:
			return 0, "", &Error{Line: s.w.line + s.opened, Reason: openQuote}
		case s.w.tooLong():
			s.raw, s.cells, s.cut = bytes.Clone(rest[:2*maxRaw]), s.cells[:0], true // rest moves when its end is looked for
			return len(rest), recordTooLong, nil
		case s.w.err != io.EOF:
			return 0, "", &Error{Line: s.w.line, Reason: s.w.err.Error()}
		case len(rest) == 0:
			return 0, "", io.EOF
		}
	}
}

// split splits the record at the start of rest into cells and returns its length
// with line end, 0 when it goes on behind rest. final says that nothing follows.
func (s *csvScanner) split(rest []byte, final bool) (n int, why string) {
	s.cells, s.scratch, s.opened = s.cells[:0], s.scratch[:0], -1
	end := bytes.IndexByte(rest, s.eol)
	if end >= 0 {
		n = end + 1
	} else if end = len(rest); final {
		n = end
	}
	if bytes.IndexByte(rest[:end], '"') >= 0 {
		n, why = s.splitQuoted(rest, final)
	} else if n > 0 {
		s.raw = s.withoutCR(rest[:end])
		why = s.splitPlain(s.raw)
	}
	if why == "" && !utf8.Valid(rest[:n]) {
		why = notUTF8
	}
	return n, why
}

// splitPlain splits a line without quotes, which nearly every line is.
func (s *csvScanner) splitPlain(line []byte) (why string) {
	if bytes.IndexByte(line, s.other) >= 0 {
		return strayLineEnd
	}
	start, at := 0, 0
	for ; at+8 <= len(line); at += 8 {
		for found := equal(word(line[at:]), s.comma); found != 0; found &= found - 1 {
			end := at + bits.TrailingZeros64(found)/8
			why = s.add(line[start:end], why)
			start = end + 1
		}
	}
	for ; at < len(line); at++ {
		if line[at] == s.comma {
			why = s.add(line[start:at], why)
			start = at + 1
		}
	}
	return s.add(line[start:], why)
}

// splitQuoted splits a record with a quote in its first line, which may make it
// go on over further lines. A record that breaks the rules ends with the line on
// which it does.
func (s *csvScanner) splitQuoted(rest []byte, final bool) (n int, why string) {
	for at := 0; ; at++ {
		quoted := at < len(rest) && rest[at] == '"'
		var field []byte
		if quoted {
			field, at = s.quotedField(rest, at)
		} else {
			field, at = s.plainField(rest, at)
		}
		if at < 0 || at+1 >= len(rest) && !final { // the byte after this one may matter
			return 0, ""
		}
		why = s.add(field, why)
		end := s.lineEnd(rest, at)
		switch {
		case end > 0 || at == len(rest):
			s.raw = rest[:at]
			return at + end, why
		case rest[at] == s.comma:
		case quoted:
			return s.spoiled(rest, at, final), afterQuote
		case rest[at] == '"':
			return s.spoiled(rest, at, final), bareQuote
		default:
			return s.spoiled(rest, at, final), strayLineEnd
		}
	}
}

// quotedField reads the field whose quote opens at rest[at] and returns where
// the closing quote is behind it, -1 when rest has none.
func (s *csvScanner) quotedField(rest []byte, at int) (field []byte, end int) {
	from := at + 1
	begin := len(s.scratch)
	for end = from; ; end += 2 {
		i := bytes.IndexByte(rest[end:], '"')
		if i < 0 {
			s.opened = bytes.Count(rest[:at], []byte{s.eol})
			return nil, -1
		}
		end += i
		if end+1 == len(rest) || rest[end+1] != '"' {
			break
		}
		s.scratch = append(s.scratch, rest[from:end+1]...)
		from = end + 2
	}
	if from == at+1 {
		return rest[from:end], end + 1
	}
	s.scratch = append(s.scratch, rest[from:end]...)
	return s.scratch[begin:], end + 1
}

// plainField reads an unquoted field and returns where it stops: at a delimiter,
// a line end, a stray quote or the end of rest.
func (s *csvScanner) plainField(rest []byte, at int) (field []byte, end int) {
	for end = at; end < len(rest); end++ {
		if b := rest[end]; b == s.comma || b == '\n' || b == '\r' || b == '"' {
			break
		}
	}
	return rest[at:end], end
}

// lineEnd returns the length of the line end at rest[at], 0 when there is none.
func (s *csvScanner) lineEnd(rest []byte, at int) int {
	switch {
	case at == len(rest):
		return 0
	case rest[at] == s.eol:
		return 1
	case s.eol == '\n' && rest[at] == '\r' && at+1 == len(rest):
		return 1
	case s.eol == '\n' && rest[at] == '\r' && rest[at+1] == '\n':
		return 2
	}
	return 0
}

// spoiled ends a record that broke the rules at rest[at] with that line.
func (s *csvScanner) spoiled(rest []byte, at int, final bool) (n int) {
	s.raw = rest
	if i := bytes.IndexByte(rest[at:], s.eol); i >= 0 {
		s.raw = s.withoutCR(rest[:at+i])
		return at + i + 1
	}
	if final {
		return len(rest)
	}
	return 0
}

func (s *csvScanner) withoutCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' && s.eol == '\n' {
		return line[:n-1]
	}
	return line
}

// add appends a cell that aliases the field, and passes why on.
func (s *csvScanner) add(field []byte, why string) string {
	s.cells = append(s.cells, cell{text: unsafe.String(unsafe.SliceData(field), len(field))})
	if len(field) > maxField {
		return fieldTooLong
	}
	return why
}
