package tabular

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// document walks through one JSON document that may be larger than memory.
type document struct {
	w       *window
	open    int    // objects around the rows whose ends are still to come
	inside  string // path of the innermost of them
	success string // of the envelope: "true", "false" or ""
	code    string // of the envelope, where it has one
	message string
	total   int  // how many rows the envelope says there are, 0 = it does not
	page    int  // which page it says that it is, 0 = it does not
	single  bool // the envelope holds one object where others hold a list
}

// place is what the rows of a document turned out to be.
type place uint8

const (
	atObject place = iota // the object at the window's start is the only row
	atArray               // the rows are the elements of the array there
)

// envelopes are the paths at which providers put the array of rows.
var envelopes = []string{"data", "data.list", "data.records", "list", "result"}

// find moves to the rows. Members on the way are read for what they say of the
// answer as a whole.
func (d *document) find(envelope string) (place, error) {
	if b, err := d.peek(); err != nil || b == '[' {
		return atArray, err
	}
	s := search{want: envelopes}
	if envelope != "" {
		s.want = []string{envelope}
	}
	_, err := d.whole(func(src []byte) (int, error) {
		s.reset(src)
		s.object("", 1)
		return s.parse.at, s.parse.failed
	})
	switch {
	case err != nil:
		return atObject, err
	case s.place == atObject && envelope != "":
		return atObject, d.errorf("it has no array of rows at %q", envelope)
	case s.place == atObject && (s.data < 0 || s.said["success"] == ""):
		d.note(s.said)
		d.code = ""          // if it has one, it is the row's
		return atObject, nil // the object itself is the row
	case s.place == atObject:
		s.at, s.open, d.single = s.data, 1, true
	}
	d.note(s.said)
	d.open, d.inside = s.open, s.inside
	d.skip(s.at)
	return s.place, nil
}

// search looks for the rows in the text of an object.
type search struct {
	want  []string
	parse objectParser

	place  place
	at     int               // offset of the array
	open   int               // objects around it
	inside string            // path of the innermost of them
	data   int               // offset of the object in the member data, -1 = there is none
	said   map[string]string // plain members met on the way, by path in lower case
}

func (s *search) reset(src []byte) {
	*s = search{want: s.want, parse: objectParser{src: src}, data: -1, said: map[string]string{}}
}

// object looks through the members of the object at hand, which has this path
// and lies so many objects deep. It stops at the array of rows.
func (s *search) object(prefix string, depth int) {
	p := &s.parse
	p.members(func(key string) bool {
		at, start := join(prefix, key), p.at
		switch b := p.peek(); {
		case b == '[' && slices.Contains(s.want, at):
			s.place, s.at, s.open, s.inside = atArray, p.at, depth, prefix
			return false
		case b == '{' && (s.leads(at) || key == counts):
			if at == "data" {
				s.data = p.at
			}
			s.object(at, depth+1)
			return s.place != atArray
		}
		p.value(nil)
		s.said[strings.ToLower(at)] = plainValue(p.src[start:p.at])
		return true
	})
}

// counts is the member in which some envelopes say how many rows there are.
const counts = "pagination"

// leads reports whether a wanted path goes on below at.
func (s *search) leads(at string) bool {
	return slices.ContainsFunc(s.want, func(w string) bool { return strings.HasPrefix(w, at+".") })
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

// plainValue is the text of a string, number or word; "" of null and the rest.
func plainValue(src []byte) string {
	p := objectParser{src: src}
	switch b := p.peek(); b {
	case '"':
		return strings.Clone(p.str())
	case '{', '[', 'n':
		return ""
	}
	return strings.TrimSpace(string(src[p.at:]))
}

// note remembers what the plain members of an envelope say.
func (d *document) note(said map[string]string) {
	if said["code"] != "" {
		d.code = said["code"]
	}
	for _, key := range []string{"msg", "message"} {
		if said[key] != "" {
			d.message = strings.TrimSpace(d.code + " " + clip(said[key], maxValue))
		}
	}
	if said["success"] != "" {
		d.success = said["success"]
	}
	for _, within := range []string{"", "data.", counts + "."} {
		if n, err := strconv.Atoi(said[within+"total"]); err == nil {
			d.total = max(d.total, n)
		}
		if n, err := strconv.Atoi(said[within+"page"]); err == nil {
			d.page = max(d.page, n)
		}
	}
}

// refused reports that the document is a provider's error message: it says so, or
// says nothing of success and has another code than those of success.
func (d *document) refused() bool {
	if d.success != "" {
		return strings.EqualFold(d.success, "false")
	}
	return d.code != "" && d.code != "0" && d.code != "200"
}

func (d *document) refusal() error {
	return &Error{Reason: "the provider answered with an error instead of rows: " + d.message}
}

// finish reads what stands behind the rows: the rest of the envelope, and then
// nothing more.
func (d *document) finish() error {
	for d.open > 0 {
		b, err := d.peek()
		if err != nil {
			return err
		}
		d.skip(1)
		switch b {
		case '}':
			d.open--
		case ',':
			if err := d.member(); err != nil {
				return err
			}
		default:
			return d.errorf("it is not valid JSON: %q where a comma or } is expected behind the rows", rune(b))
		}
	}
	if b, err := d.peek(); err == nil {
		return d.errorf("it is not valid JSON: %q behind the end of the document", rune(b))
	} else if d.w.err != io.EOF {
		return err
	}
	return nil
}

// member reads one member of an envelope.
func (d *document) member() error {
	said := map[string]string{}
	within := strings.Join(strings.Split(d.inside, ".")[:d.open-1], ".")
	n, err := d.whole(func(src []byte) (int, error) {
		p := objectParser{src: src}
		key := p.name()
		if key == counts && p.peek() == '{' {
			s := search{parse: p, said: said}
			s.object(counts, 1)
			return s.parse.at, s.parse.failed
		}
		start := p.at
		p.value(nil)
		if p.failed == nil {
			said[strings.ToLower(join(within, key))] = plainValue(src[start:p.at])
		}
		return p.at, p.failed
	})
	if err != nil {
		return err
	}
	d.note(said)
	d.skip(n)
	return nil
}

// peek moves to the next byte that is no white space and returns it.
func (d *document) peek() (byte, error) {
	for {
		d.skip(blank(d.w.rest()))
		if rest := d.w.rest(); len(rest) > 0 && (len(rest) >= utf8.UTFMax || d.w.err != nil || rest[0] < utf8.RuneSelf) {
			return rest[0], nil
		}
		if !d.w.more() {
			return 0, d.ended()
		}
	}
}

// whole calls read with the text at hand, and again with more of it as long as
// read says that it ends too soon.
func (d *document) whole(read func(src []byte) (int, error)) (int, error) {
	for {
		n, err := read(d.w.rest())
		switch {
		case err == nil:
			return n, nil
		case err != errShort:
			return 0, d.errorf("%s", err)
		case d.w.more():
		case d.w.tooLong():
			return 0, d.errorf("%s, and so is refused", recordTooLong)
		default:
			return 0, d.ended()
		}
	}
}

// ended is the error of a document that stops before its end.
func (d *document) ended() error {
	if d.w.err != io.EOF {
		return d.errorf("%s", d.w.err)
	}
	return d.errorf("the document ends in the middle: the file is cut; fetch it again")
}

func (d *document) errorf(format string, args ...any) error {
	return &Error{Line: d.w.line, Reason: fmt.Sprintf(format, args...)}
}

// skip uses up n bytes.
func (d *document) skip(n int) {
	d.w.skip(n, bytes.Count(d.w.rest()[:n], []byte{'\n'}))
}
