package tabular

import (
	"bytes"
	"io"
)

// shape is what decoded text looks like.
type shape uint8

const (
	looksTable  shape = iota // delimited text
	looksEmpty               // nothing but white space
	looksArray               // a JSON array of rows
	looksObject              // one JSON object: an envelope around rows, or a single row
	looksLines               // one JSON object a line
)

// look tells text formats apart by their beginning, at most maxRecord of it, and
// uses nothing up.
func look(w *window) shape {
	for {
		rest := w.rest()[blank(w.rest()):]
		switch {
		case len(rest) == 0 && w.more():
			continue
		case len(rest) == 0 && w.err == io.EOF:
			return looksEmpty
		case len(rest) == 0:
			return looksTable // which then reports what is wrong
		case rest[0] == '[':
			return looksArray
		case rest[0] == '{':
			return lookObject(w)
		}
		return looksTable
	}
}

// lookObject tells JSON lines from one object that goes over many lines: with
// lines, the first is complete, or broken in a way that no further line mends,
// and something follows it.
func lookObject(w *window) shape {
	for {
		rest := w.rest()[blank(w.rest()):]
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			p := objectParser{src: rest[:end]}
			p.value(nil)
			if p.failed == errShort {
				return looksObject
			}
			if end += 1 + blank(rest[end+1:]); end < len(rest) {
				return looksLines
			}
		}
		if !w.more() {
			return looksObject
		}
	}
}

// blank returns how many bytes of white space b starts with.
func blank(b []byte) int {
	p := objectParser{src: b}
	p.space()
	return p.at
}
