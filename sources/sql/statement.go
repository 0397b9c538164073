package sql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Statement is a query that has been checked: one SELECT, with the window where it
// asks for it.
type Statement struct {
	dialect Dialect
	text    string   // with the dialect's own placeholders
	args    []string // what they stand for: from, to_unix, ...
}

// Windowed reports whether the query asks for the window at all.
func (s *Statement) Windowed() bool { return len(s.args) > 0 }

// Parse checks a query. It may name the window's ends as :from and :to, as :from_unix
// and :to_unix (seconds) or :from_ms and :to_ms, or as the first and second parameter:
// $1 and $2, in MySQL and SQLite also ? and ?. An error says what is wrong with it.
//
// That it only reads is for the database to enforce; what a read-only transaction lets
// through all the same (a file that is written, rows that are locked) is refused here.
func Parse(d Dialect, query string) (*Statement, error) {
	p := parser{Statement: Statement{dialect: d}}
	if err := p.parse(query); err != nil {
		return nil, err
	}
	return &p.Statement, nil
}

// parser walks over the tokens of a query.
type parser struct {
	Statement
	out    strings.Builder
	words  []string // in upper case
	marks  int      // question marks
	ended  bool     // a semicolon was seen
	number map[string]int
}

func (p *parser) parse(query string) error {
	p.number = map[string]int{}
	for rest := query; rest != ""; {
		kind, n := next(p.dialect, rest, len(query)-len(rest) > 0 && wordByte(query[len(query)-len(rest)-1]))
		if err := p.token(kind, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	p.text = strings.TrimSpace(p.out.String())
	if p.marks > 2 {
		return fmt.Errorf("it has %d question marks, and the window has two ends: write :from and :to", p.marks)
	}
	return p.check()
}

func (p *parser) token(kind token, text string) error {
	switch {
	case kind == blank:
		p.out.WriteString(text)
		return nil
	case kind == broken:
		return fmt.Errorf("a quote or comment that begins with %.10q is never closed", text)
	case kind == hidden:
		return errors.New("a comment that MySQL carries out (/*! ... */) is not taken")
	case text == ";":
		p.ended = true
		return nil
	case p.ended:
		return errors.New("it is more than one statement; one SELECT is expected")
	case kind == word:
		p.words = append(p.words, strings.ToUpper(text))
	case kind == parameter:
		return p.parameter(text)
	}
	p.out.WriteString(text)
	return nil
}

// parameter writes a placeholder in the dialect's way.
func (p *parser) parameter(text string) error {
	name, err := p.end(text)
	if err != nil {
		return err
	}
	if out := p.out.String(); out != "" && strings.IndexByte(" \t\r\n(,=<>+-*/", out[len(out)-1]) < 0 {
		p.out.WriteString(" ") // :from may stand directly behind a word, $1 may not
	}
	if !p.dialect.numbered() {
		p.args = append(p.args, name)
		p.out.WriteString("?")
		return nil
	}
	if p.number[name] == 0 {
		p.args = append(p.args, name)
		p.number[name] = len(p.args)
	}
	fmt.Fprintf(&p.out, "$%d", p.number[name])
	return nil
}

// end names the end of the window that a placeholder stands for.
func (p *parser) end(text string) (string, error) {
	switch text {
	case "?":
		p.marks++
		return []string{"from", "to"}[min(p.marks, 2)-1], nil
	case "$1", "?1":
		return "from", nil
	case "$2", "?2":
		return "to", nil
	}
	if text[0] == ':' {
		return text[1:], nil
	}
	return "", fmt.Errorf("%s: the window has two ends, $1 and $2", text)
}

// check holds the words of the query to what may be asked.
func (p *parser) check() error {
	if len(p.words) == 0 || p.words[0] != "SELECT" && p.words[0] != "WITH" {
		return errors.New("it is no SELECT: a query that reads orders is expected")
	}
	for i, w := range p.words {
		following := append(slices.Clone(p.words[i+1:min(i+3, len(p.words))]), "", "")
		switch {
		case w == "INTO":
			return errors.New("INTO writes what is read somewhere else; a query that only reads is expected")
		case w == "FOR" && slices.Contains([]string{"UPDATE", "SHARE", "NO", "KEY"}, following[0]), w == "LOCK" && following[0] == "IN" && following[1] == "SHARE":
			return errors.New("it locks what it reads; a query that only reads is expected")
		}
	}
	return nil
}
