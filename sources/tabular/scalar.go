package tabular

import (
	"bytes"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// literal reads true, false or null.
func (p *objectParser) literal(word string) string {
	for i := range len(word) {
		if p.at+i >= len(p.src) || p.src[p.at+i] != word[i] {
			p.at += i
			p.unexpected(word)
			return ""
		}
	}
	p.at += len(word)
	return word
}

// digits reads a number and returns its literal text: 23 digits stay 23 digits.
func (p *objectParser) digits() string {
	start := p.at
	if p.at < len(p.src) && p.src[p.at] == '-' {
		p.at++
	}
	switch {
	case p.at < len(p.src) && p.src[p.at] == '0':
		p.at++
	case !p.run():
		p.unexpected("a value")
		return ""
	}
	if p.at < len(p.src) && p.src[p.at] == '.' {
		if p.at++; !p.run() {
			p.unexpected("a digit")
		}
	}
	if p.at < len(p.src) && p.src[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.src) && (p.src[p.at] == '+' || p.src[p.at] == '-') {
			p.at++
		}
		if !p.run() {
			p.unexpected("a digit")
		}
	}
	if p.at == len(p.src) {
		p.fail(errShort) // more digits may follow
	}
	return alias(p.src[start:p.at])
}

// run skips digits and reports whether there was one.
func (p *objectParser) run() bool {
	start := p.at
	for p.at < len(p.src) && '0' <= p.src[p.at] && p.src[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

// str reads a string. Without escapes it aliases the text.
func (p *objectParser) str() string {
	p.at++
	start, escapes := p.at, false
	for ; p.at < len(p.src); p.at++ {
		p.plainText()
		if p.at >= len(p.src) {
			break
		}
		switch b := p.src[p.at]; {
		case b == '"':
			raw := p.src[start:p.at]
			p.at++
			if !utf8.Valid(raw) {
				p.spoil(notUTF8)
			}
			if escapes {
				return p.unescape(raw)
			}
			return alias(raw)
		case b == '\\':
			escapes = true
			p.at++
		case b < ' ':
			p.fail(fmt.Errorf("it is not valid JSON: control character %q inside a string", rune(b)))
			return ""
		}
	}
	p.at = len(p.src)
	p.fail(errShort)
	return ""
}

// plainText skips, eight at a time, bytes of a string that mean themselves.
func (p *objectParser) plainText() {
	for p.at+8 <= len(p.src) {
		w := word(p.src[p.at:])
		if special := equal(w, '"') | equal(w, '\\') | below(w, ' '); special != 0 {
			p.at += bits.TrailingZeros64(special) / 8
			return
		}
		p.at += 8
	}
}

// unescape resolves the escapes of a string into the scratch buffer.
func (p *objectParser) unescape(raw []byte) string {
	begin := len(p.scratch)
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			p.scratch = append(p.scratch, raw...)
			return alias(p.scratch[begin:])
		}
		p.scratch = append(p.scratch, raw[:i]...)
		r, n := escaped(raw[i:])
		switch {
		case n == 0:
			p.fail(fmt.Errorf("it is not valid JSON: unknown escape %s", clip(string(raw[i:]), 8)))
			return ""
		case utf16.IsSurrogate(r):
			p.spoil("a string has half a surrogate pair, which is no character")
		}
		p.scratch = utf8.AppendRune(p.scratch, r)
		raw = raw[i+n:]
	}
}

// escaped reads the escape, or the pair of escapes, that b starts with and
// returns its length, 0 when there is no such escape. Half a pair is returned as
// it is.
func escaped(b []byte) (r rune, n int) {
	if at := strings.IndexByte(`"\/bfnrt`, b[1]); at >= 0 {
		return rune("\"\\/\b\f\n\r\t"[at]), 2
	}
	r, ok := unit(b)
	if !ok {
		return 0, 0
	}
	if low, ok := unit(b[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6
}

// unit reads one UTF-16 unit like \u00e9.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(v), err == nil
}

// alias returns a string that shares the memory of b.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
