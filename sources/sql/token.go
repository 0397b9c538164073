package sql

import (
	"regexp"
	"strings"
)

// token is a kind of token.
type token uint8

const (
	other     token = iota // a sign, or a quoted text or name
	blank                  // white space and comments
	word                   // a keyword, a name, a number
	parameter              // a placeholder of the window
	hidden                 // a comment that is carried out
	broken                 // it is opened and never closed
)

// named finds a named end of the window; what else begins with a colon (a cast, an
// array slice) belongs to the query.
var named = regexp.MustCompile(`^:(?:from|to)(?:_unix|_ms)?\b`)

// numbered finds a numbered parameter, dollar the quote of PostgreSQL.
var (
	numbered = regexp.MustCompile(`^[$?][0-9]+`)
	dollar   = regexp.MustCompile(`^\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)
)

// next returns the kind and the length of the token that q, which is not empty,
// begins with. joined says that it stands directly behind a word.
func next(d Dialect, q string, joined bool) (token, int) {
	switch c := q[0]; {
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		return blank, len(q) - len(strings.TrimLeft(q, " \t\r\n\f\v"))
	case comment(d, q):
		return blank, line(q)
	case strings.HasPrefix(q, "/*"):
		return block(d, q)
	case c == '\'' || c == '"' || c == '`':
		return quoted(q, 0, d == MySQL && c != '`')
	case d == SQLite && c == '[':
		return until(q, "]", 1)
	case d == Postgres && (c == 'e' || c == 'E') && !joined && len(q) > 1 && q[1] == '\'':
		return quoted(q, 1, true)
	case strings.HasPrefix(q, "::"):
		return other, 2
	case c == '$' || c == '?' || c == ':':
		return placeholder(d, q, joined)
	case wordByte(c):
		n := 1
		for n < len(q) && (wordByte(q[n]) || q[n] == '$') {
			n++
		}
		return word, n
	}
	return other, 1
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func placeholder(d Dialect, q string, joined bool) (token, int) {
	if m := dollar.FindString(q); m != "" && d == Postgres && !joined {
		return until(q, m, len(m))
	}
	switch {
	case q[0] == ':' && named.MatchString(q):
		return parameter, len(named.FindString(q))
	case q[0] == '?' && d == Postgres: // an operator of jsonb
		return other, 1
	case numbered.MatchString(q):
		return parameter, len(numbered.FindString(q))
	case q[0] == '?':
		return parameter, 1
	}
	return other, 1
}

// comment reports whether a comment up to the end of the line begins here. In MySQL
// -- is one only before white space: 5--3 is 8.
func comment(d Dialect, q string) bool {
	if strings.HasPrefix(q, "--") {
		return d != MySQL || len(q) == 2 || q[2] <= ' '
	}
	return d == MySQL && q[0] == '#'
}

func line(q string) int {
	if end := strings.IndexByte(q, '\n'); end >= 0 {
		return end
	}
	return len(q)
}

// block measures a comment in /* */, which nests in PostgreSQL.
func block(d Dialect, q string) (token, int) {
	if d == MySQL && (strings.HasPrefix(q, "/*!") || strings.HasPrefix(q, "/*M!")) {
		return hidden, 3
	}
	depth := 1
	for n := 2; n+1 < len(q); n++ {
		switch q[n : n+2] {
		case "*/":
			n++
			if depth--; depth == 0 {
				return blank, n + 1
			}
		case "/*":
			if d == Postgres {
				depth++
				n++
			}
		}
	}
	return broken, len(q)
}

// quoted measures a quoted text or name whose quote stands at from; a doubled quote
// belongs to it.
func quoted(q string, from int, escapes bool) (token, int) {
	for n := from + 1; n < len(q); n++ {
		switch {
		case q[n] == '\\' && escapes:
			n++
		case q[n] != q[from]:
		case n+1 < len(q) && q[n+1] == q[from]:
			n++
		default:
			return other, n + 1
		}
	}
	return broken, len(q)
}

// until measures up to the next end, from a place on.
func until(q, end string, from int) (token, int) {
	if n := strings.Index(q[from:], end); n >= 0 {
		return other, from + n + len(end)
	}
	return broken, len(q)
}
