package tabular

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// delimiters are tried in this order when the options name none.
var delimiters = []byte{',', ';', '\t', '|'}

// csvHeader reads the header, having found out the line end and the delimiter.
func (r *reader) csvHeader(s *csvScanner) error {
	s.eol, s.other = lineEnds(s.w)
	given, err := r.givenDelimiter(s)
	if err != nil {
		return err
	}
	tries := delimiters
	if given != 0 {
		tries = []byte{given}
	}
	best, err := r.bestHeader(s, tries)
	if err != nil {
		return err
	}
	s.comma = best.comma
	if _, err := s.next(); err != nil {
		return r.fail(err)
	}
	r.sum.Header, r.row.cols = best.names, best.binding
	if best.refused != nil {
		best.refused.Line = s.line
		return r.fail(best.refused)
	}
	return nil
}

// heading is the header line as one delimiter splits it.
type heading struct {
	comma   byte
	names   []string
	binding binding
	refused *Error // why the contract does not accept it
}

// bestHeader splits the header line by each delimiter and returns the one under
// which the contract holds and most of its columns are found, then the one with
// most fields. Two that are equally good are an error rather than a guess.
func (r *reader) bestHeader(s *csvScanner, tries []byte) (heading, error) {
	var all []heading
	for _, comma := range tries {
		h, err := r.headerBy(s, comma)
		if err != nil {
			return heading{}, err
		}
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b heading) int { return b.compare(a) })
	best := all[0]
	if len(all) > 1 && len(best.names) > 1 && best.compare(all[1]) == 0 {
		return heading{}, r.fail(&Error{Line: s.w.line, Value: clip(string(s.raw), maxValue), Reason: fmt.Sprintf(
			"the delimiter may be %q or %q: name it in the source's options", best.comma, all[1].comma)})
	}
	return best, nil
}

// compare orders headings by how well they fit the contract.
func (h heading) compare(o heading) int {
	score := func(h heading) []int {
		holds := 0
		if h.refused == nil {
			holds = 1
		}
		return []int{holds, h.binding.mapped, len(h.names)}
	}
	return slices.Compare(score(h), score(o))
}

// headerBy splits the header line by one delimiter and binds the contract to it.
func (r *reader) headerBy(s *csvScanner, comma byte) (heading, error) {
	h := heading{comma: comma}
	s.comma = comma
	n, why, err := s.peek()
	for err == nil && len(s.raw) == 0 { // blank lines before the header
		s.w.skip(n, 1)
		n, why, err = s.peek()
	}
	if err == io.EOF {
		return h, r.fail(&Error{Reason: "it has no header: nothing but blank lines"})
	}
	if err != nil {
		return h, r.fail(err)
	}
	if bytes.IndexByte(s.raw, 0) >= 0 {
		return h, r.fail(&Error{Line: s.w.line, Reason: "the first line has NUL bytes: this is a binary file, not a table"})
	}
	if why != "" {
		h.refused = &Error{Line: s.w.line, Reason: "the header cannot be read: " + why}
		return h, nil
	}
	for _, c := range s.cells {
		h.names = append(h.names, strings.Clone(strings.TrimSpace(c.text)))
	}
	h.binding, h.refused = r.bind(h.names)
	return h, nil
}

// givenDelimiter is the delimiter from the options or from a first line like
// "sep=;", which spreadsheets write and expect, or 0.
func (r *reader) givenDelimiter(s *csvScanner) (byte, error) {
	comma := r.options.Comma
	if comma >= 0x80 || comma == '"' || comma == '\n' || comma == '\r' {
		return 0, r.fail(&Error{Reason: fmt.Sprintf("delimiter %q: it must be one ASCII character and no quote or line end", comma)})
	}
	line, ends := bytes.CutPrefix(s.w.rest(), []byte("sep="))
	if ends && len(line) > 1 && (line[1] == '\r' || line[1] == '\n') {
		s.comma = line[0]
		if _, err := s.next(); err != nil {
			return 0, r.fail(err)
		}
		if comma == 0 {
			return line[0], nil
		}
	}
	return byte(comma), nil
}

// lineEnds looks at the first line end of the file: CR counts only where no LF
// follows.
func lineEnds(w *window) (eol, other byte) {
	for {
		rest := w.rest()
		i := bytes.IndexAny(rest, "\r\n")
		if i >= 0 && (i+1 < len(rest) || rest[i] == '\n') {
			if rest[i] == '\r' && rest[i+1] != '\n' {
				return '\r', '\n'
			}
			return '\n', '\r'
		}
		if !w.more() {
			return '\n', '\r'
		}
	}
}
