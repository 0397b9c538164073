package tabular

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// errShort says that a JSON value goes on behind the text at hand.
var errShort = errors.New("it ends in the middle of a JSON value")

const (
	maxDepth = 64   // of nested JSON
	maxKeys  = 4096 // in one JSON object
)

// objectParser reads one strict JSON value (RFC 8259) and picks the cells that a
// contract asks for. Invisible characters between tokens count as white space.
// What breaks the grammar is failed; what only makes the row unusable is why, and
// reading goes on, so that the end of the value is known.
type objectParser struct {
	src    []byte
	at     int
	failed error
	why    string

	cells   []cell     // by contract column; nil = only check the grammar
	lists   [][]string // by contract column
	seen    []string   // keys of the objects that are open, for duplicates
	scratch []byte     // texts whose escapes were resolved
	depth   int
	inner   int // how many arrays are open that the contract lists with []

	list *[]string // where to collect paths as written, nil = nowhere
	here []string  // path of the value at hand, kept only with list
}

// reset starts on another text.
func (p *objectParser) reset(src []byte) {
	p.src, p.at, p.failed, p.why, p.depth, p.inner = src, 0, nil, "", 0, 0
	p.seen, p.here, p.scratch = p.seen[:0], p.here[:0], p.scratch[:0]
	for i := range p.cells {
		p.cells[i] = cell{kind: absent}
		p.lists[i] = nil
	}
}

// space skips white space.
func (p *objectParser) space() {
	for p.at < len(p.src) {
		switch b := p.src[p.at]; {
		case b == ' ' || b == '\n' || b == '\r' || b == '\t':
			p.at++
		case b < utf8.RuneSelf:
			return
		default:
			r, n := utf8.DecodeRune(p.src[p.at:])
			if !invisible(r) && r != 0xa0 {
				return
			}
			p.at += n
		}
	}
}

// peek returns the next byte that is no white space, 0 at the end of the text.
func (p *objectParser) peek() byte {
	if p.space(); p.at < len(p.src) {
		return p.src[p.at]
	}
	p.fail(errShort)
	return 0
}

func (p *objectParser) fail(err error) {
	if p.failed == nil {
		p.failed = err
	}
}

// unexpected fails at the byte at hand.
func (p *objectParser) unexpected(want string) {
	if p.at >= len(p.src) || !utf8.FullRune(p.src[p.at:]) {
		p.fail(errShort)
		return
	}
	r, _ := utf8.DecodeRune(p.src[p.at:])
	p.fail(fmt.Errorf("it is not valid JSON: %q where %s is expected", r, want))
}

func (p *objectParser) spoil(format string, args ...any) {
	if p.why == "" {
		p.why = fmt.Sprintf(format, args...)
	}
}

// value reads one value; to is what the contract asks for there.
func (p *objectParser) value(to *path) {
	if p.list != nil && (to == nil || to.column >= 0) {
		defer p.listed()()
	}
	first := p.peek()
	start := p.at
	got := cell{}
	switch first {
	case '{':
		p.object(to)
	case '[':
		p.array(to)
	case '"':
		got.text = p.str()
	case 't':
		got.text = p.literal("true")
	case 'f':
		got.text = p.literal("false")
	case 'n':
		p.literal("null")
		got.kind = null
	default:
		got.text, got.kind = p.digits(), number
	}
	if p.failed != nil || to == nil || to.column < 0 || p.cells == nil {
		return
	}
	if first == '{' || first == '[' {
		got.text, got.kind = alias(p.src[start:p.at]), nested
	}
	p.set(to.column, got)
}

// set puts a value into its column. A second one is welcome only in a list.
func (p *objectParser) set(column int, got cell) {
	have := &p.cells[column]
	if p.inner > 0 {
		if got.kind != null {
			p.lists[column] = append(p.lists[column], trim(got.text))
		}
		have.kind = text
		return
	}
	if have.kind != absent {
		p.spoil("its key %q means the same as another of its keys: remove one", p.seen[len(p.seen)-1])
	}
	*have = got
}

func (p *objectParser) object(to *path) {
	p.members(func(key string) bool {
		p.member(to.find(key), key)
		return true
	})
}

// members calls each for every key of the object at hand, with the value still
// to be read; each stops the reading by returning false.
func (p *objectParser) members(each func(key string) bool) {
	if !p.enter() {
		return
	}
	base := len(p.seen)
	if p.peek() == '}' {
		p.leave(base)
		return
	}
	for p.failed == nil {
		key := p.name()
		p.key(key, base)
		if p.failed != nil || !each(key) {
			return
		}
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.leave(base)
			return
		default:
			p.unexpected("a comma or }")
		}
	}
}

// name reads a key and the colon behind it.
func (p *objectParser) name() string {
	if p.peek() != '"' {
		p.unexpected("a key")
		return ""
	}
	key := p.str()
	if p.peek() != ':' {
		p.unexpected("a colon")
		return ""
	}
	p.at++
	return key
}

// member reads the value of a key.
func (p *objectParser) member(to *path, key string) {
	if p.list != nil {
		p.here = append(p.here, strings.Clone(key))
		defer func() { p.here = p.here[:len(p.here)-1] }()
	}
	p.value(to)
}

// key notes a key of the object whose keys start at base.
func (p *objectParser) key(key string, base int) {
	for _, k := range p.seen[base:] {
		if k == key {
			p.spoil("it has the key %q twice: which of the two values holds cannot be known", clip(key, maxValue))
		}
	}
	if len(p.seen)-base >= maxKeys {
		p.fail(fmt.Errorf("an object has more than %d keys", maxKeys))
		return
	}
	p.seen = append(p.seen, key)
}

func (p *objectParser) array(to *path) {
	if !p.enter() {
		return
	}
	var each *path
	if to != nil && to.each != nil {
		each = to.each
		p.inner++
		defer func() { p.inner-- }()
	}
	if p.peek() == ']' {
		p.leave(len(p.seen))
		return
	}
	for p.failed == nil {
		p.value(each)
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.leave(len(p.seen))
			return
		default:
			p.unexpected("a comma or ]")
		}
	}
}

// enter goes into an object or array, leave out of it.
func (p *objectParser) enter() bool {
	p.at++
	if p.depth++; p.depth > maxDepth {
		p.fail(fmt.Errorf("it is nested more than %d deep", maxDepth))
	}
	return p.failed == nil
}

func (p *objectParser) leave(base int) {
	p.at++
	p.depth--
	p.seen = p.seen[:base]
}

// listed collects the path at hand and keeps those below it from being
// collected: they belong to it.
func (p *objectParser) listed() (resume func()) {
	list := p.list
	if len(p.here) > 0 {
		if at := strings.Join(p.here, "."); !slices.Contains(*list, at) {
			*list = append(*list, at)
		}
		p.list = nil
	}
	return func() { p.list = list }
}
