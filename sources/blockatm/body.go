package blockatm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// kind is the type of a JSON value.
type kind uint8

const (
	null kind = iota
	text
	number
	boolean
	object
	array
)

// value is one JSON value of a webhook's body.
type value struct {
	kind    kind
	text    string   // of a text without its quotes; the literal of a number or boolean
	members []member // of an object in the order of the body; of an array with empty keys
}

type member struct {
	key string
	value
}

const (
	maxDepth   = 32  // of nested values
	maxMembers = 512 // of one object
)

// parseBody reads a body that is one JSON object (RFC 8259). It is not
// encoding/json because a signature covers what that loses: the literal text of
// numbers, and bytes that are no UTF-8. Zero-width spaces between tokens count as
// white space, for the samples in the documentation carry them. A key that stands
// twice is refused: receivers differ on which value counts.
func parseBody(body string) ([]member, error) {
	p := parser{src: body}
	if p.peek() != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	v := p.value(0)
	if p.peek(); p.at < len(p.src) {
		p.unexpected("the end of the object")
	}
	return v.members, p.err
}

// bodies remembers the body that was parsed last: a request is decoded and verified,
// and one reading is enough for both. It may be used from several goroutines; what it
// returns must not be changed.
type bodies struct {
	mu      sync.Mutex
	known   bool
	src     string
	members []member
	err     error
}

func (b *bodies) parse(body []byte) ([]member, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.known || b.src != string(body) {
		b.known, b.src = true, string(body)
		b.members, b.err = parseBody(b.src)
	}
	return b.members, b.err
}

// parser reads src from at. Once err is set, nothing more is read.
type parser struct {
	src string
	at  int
	err error
}

// zeroWidth is the space that copied samples carry.
const zeroWidth = "\u200b"

// peek skips white space and returns the next byte, 0 at the end or after an error.
func (p *parser) peek() byte {
	for p.err == nil && p.at < len(p.src) {
		switch b := p.src[p.at]; {
		case b == ' ' || b == '\n' || b == '\r' || b == '\t':
			p.at++
		case b == zeroWidth[0] && strings.HasPrefix(p.src[p.at:], zeroWidth):
			p.at += len(zeroWidth)
		default:
			return b
		}
	}
	return 0
}

// accept skips the byte b if it is next.
func (p *parser) accept(b byte) bool {
	if p.peek() != b {
		return false
	}
	p.at++
	return true
}

func (p *parser) unexpected(want string) {
	switch {
	case p.err != nil:
	case p.at >= len(p.src):
		p.err = errors.New("it is not valid JSON: it ends in the middle")
	default:
		r, _ := utf8.DecodeRuneInString(p.src[p.at:])
		p.err = fmt.Errorf("it is not valid JSON: %q where %s is expected", r, want)
	}
}

func (p *parser) value(depth int) value {
	if depth > maxDepth && p.err == nil {
		p.err = fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	switch b := p.peek(); {
	case b == '{':
		return value{kind: object, members: p.object(depth)}
	case b == '[':
		return value{kind: array, members: p.array(depth)}
	case b == '"':
		return value{kind: text, text: p.text()}
	case b == '-' || '0' <= b && b <= '9':
		return value{kind: number, text: p.number()}
	}
	for word, kind := range words {
		if p.err == nil && strings.HasPrefix(p.src[p.at:], word) {
			p.at += len(word)
			return value{kind: kind, text: word}
		}
	}
	p.unexpected("a value")
	return value{}
}

var words = map[string]kind{"null": null, "true": boolean, "false": boolean}

func (p *parser) object(depth int) []member {
	p.at++
	if p.accept('}') {
		return nil
	}
	members := make([]member, 0, 16)
	for {
		if p.peek() != '"' {
			p.unexpected("a key")
			return nil
		}
		key := p.text()
		if !p.accept(':') {
			p.unexpected("a colon")
			return nil
		}
		members = append(members, member{key, p.value(depth + 1)})
		p.unique(members)
		if p.accept('}') {
			return members
		}
		if !p.accept(',') {
			p.unexpected("a comma or }")
			return nil
		}
	}
}

// unique refuses a last member whose key stands before it.
func (p *parser) unique(members []member) {
	last := len(members) - 1
	for _, m := range members[:last] {
		if m.key == members[last].key && p.err == nil {
			p.err = fmt.Errorf("it has the key %q twice", m.key)
		}
	}
	if len(members) > maxMembers && p.err == nil {
		p.err = fmt.Errorf("an object in it has more than %d keys", maxMembers)
	}
}

func (p *parser) array(depth int) []member {
	p.at++
	if p.accept(']') {
		return nil
	}
	var items []member
	for {
		items = append(items, member{"", p.value(depth + 1)})
		if p.accept(']') {
			return items
		}
		if !p.accept(',') {
			p.unexpected("a comma or ]")
			return nil
		}
	}
}

// text reads a JSON string. Without escapes it aliases the body.
func (p *parser) text() string {
	start, escaped := p.at, false
	for p.at++; p.at < len(p.src); p.at++ {
		switch b := p.src[p.at]; {
		case b == '\\':
			p.at, escaped = p.at+1, true
		case b < ' ':
			p.unexpected("a character of a text")
			return ""
		case b == '"':
			p.at++
			if !escaped {
				return p.src[start+1 : p.at-1]
			}
			return p.unescape(p.src[start+1 : p.at-1])
		}
	}
	p.at = len(p.src)
	p.unexpected("a quote")
	return ""
}

// unescape resolves the escapes of a text and leaves every other byte as it is.
func (p *parser) unescape(text string) string {
	b := make([]byte, 0, len(text))
	for {
		plain := strings.IndexByte(text, '\\')
		if plain < 0 {
			return string(append(b, text...))
		}
		b, text = append(b, text[:plain]...), text[plain:]
		n := escapes(text)
		var s string
		if err := json.Unmarshal([]byte(`"`+text[:n]+`"`), &s); err != nil {
			if p.err == nil {
				p.err = fmt.Errorf("it is not valid JSON: %w", err)
			}
			return ""
		}
		b, text = append(b, s...), text[n:]
	}
}

// escapes is the length of the escapes that a text begins with: two of them may be
// one character.
func escapes(text string) (n int) {
	for n < len(text) && text[n] == '\\' {
		if n += 2; n <= len(text) && text[n-1] == 'u' {
			n += 4
		}
	}
	return min(n, len(text))
}

// number reads a JSON number and returns its literal text.
func (p *parser) number() string {
	start := p.at
	if p.src[p.at] == '-' {
		p.at++
	}
	if p.next("0") == 0 {
		p.digits()
	}
	if p.next(".") > 0 {
		p.digits()
	}
	if p.next("eE") > 0 {
		p.next("+-")
		p.digits()
	}
	return p.src[start:p.at]
}

// next skips one byte of a set and returns how many it skipped.
func (p *parser) next(set string) int {
	if p.at < len(p.src) && strings.IndexByte(set, p.src[p.at]) >= 0 {
		p.at++
		return 1
	}
	return 0
}

func (p *parser) digits() {
	start := p.at
	for p.next("0123456789") > 0 {
	}
	if p.at == start {
		p.unexpected("a digit")
	}
}
