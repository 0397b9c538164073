package tabular

import (
	"bytes"
	"io"
)

const (
	maxRecord = 1 << 20   // bytes of one record
	maxField  = 64 << 10  // bytes of one CSV field
	chunk     = 256 << 10 // what is read at a time: fits a core's cache
)

// window is the part of a file that is being looked at: it slides forward and
// grows only for a record that does not fit, up to maxRecord.
type window struct {
	from     io.Reader
	buf      []byte
	pos, end int
	line     int   // physical line of buf[pos], from 1
	err      error // why no more can be read; io.EOF at the end
}

func newWindow(from io.Reader) *window {
	return &window{from: from, buf: make([]byte, chunk), line: 1}
}

// rest is what was read and not yet used. more moves it, even when it returns false.
func (w *window) rest() []byte { return w.buf[w.pos:w.end] }

// more reads on behind rest. It returns false at the end of the file (err says
// which end) and when rest is already longer than any record may be.
func (w *window) more() bool {
	if w.err != nil || w.tooLong() {
		return false
	}
	if w.pos > 0 {
		w.end = copy(w.buf, w.rest())
		w.pos = 0
	}
	if w.end == len(w.buf) {
		w.buf = append(w.buf, make([]byte, len(w.buf))...)
	}
	n, err := io.ReadAtLeast(w.from, w.buf[w.end:], 1)
	w.end += n
	w.err = err
	return n > 0
}

// tooLong reports whether rest holds more than one record may have.
func (w *window) tooLong() bool { return w.end-w.pos > maxRecord }

// skip uses up n bytes that hold so many line ends.
func (w *window) skip(n, lines int) {
	w.pos += n
	w.line += lines
}

// skipLine uses up everything through the next eol, however far it is.
func (w *window) skipLine(eol byte) {
	for {
		if i := bytes.IndexByte(w.rest(), eol); i >= 0 {
			w.skip(i+1, 1)
			return
		}
		w.pos = w.end
		if !w.more() {
			return
		}
	}
}

// nextLine returns the next line with its line end, which only the last may lack,
// and leaves it there. A line beyond maxRecord is returned in part.
func (w *window) nextLine() ([]byte, error) {
	for {
		if i := bytes.IndexByte(w.rest(), '\n'); i >= 0 {
			return w.rest()[:i+1], nil
		}
		switch {
		case w.more():
		case w.tooLong(), w.err == io.EOF && w.end > w.pos:
			return w.rest(), nil
		default:
			return nil, w.err
		}
	}
}
