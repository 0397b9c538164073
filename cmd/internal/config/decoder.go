package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Error is what is wrong with a configuration file, and where.
type Error struct {
	File         string
	Line, Column int // 0 when it concerns the whole file
	Reason       string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Reason
	}
	return fmt.Sprintf("%s line %d column %d: %s", e.File, e.Line, e.Column, e.Reason)
}

// decoder reads one file and collects everything that is wrong with it.
type decoder struct {
	file    string // as shown
	dir     string // relative paths start here
	errors  []error
	secrets []Secret
	names   map[string]int    // of sources -> line
	profile map[string]string // of profile files, name -> path
	files   [][]byte          // the contents that the configuration consists of
}

// fields maps the keys of a mapping to what reads their values.
type fields map[string]func(ast.Node)

func parse(file string, content []byte) (ast.Node, error) {
	parsed, err := parser.ParseBytes(content, 0)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	switch len(parsed.Docs) {
	case 0:
		return nil, &Error{File: file, Reason: "the file is empty"}
	case 1:
		if parsed.Docs[0].Body == nil {
			return nil, &Error{File: file, Reason: "the file is empty"}
		}
		root := parsed.Docs[0].Body
		d := &decoder{file: file}
		d.entries(root)
		d.plain(root)
		return root, d.err()
	}
	return nil, &Error{File: file, Reason: "the file holds several YAML documents; one is expected"}
}

// plain refuses the parts of YAML that give a value another meaning than its text.
func (d *decoder) plain(root ast.Node) {
	ast.Walk(visitor(func(n ast.Node) {
		switch n.(type) {
		case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
			d.fail(n, "anchors, aliases and merge keys are not read here; write the value out")
		case *ast.TagNode:
			d.fail(n, "tags such as !!str are not read here; write the plain value")
		}
	}), root)
}

// visitor is a function that sees every node of a tree.
type visitor func(ast.Node)

func (v visitor) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

// syntaxError keeps the position of a YAML error and drops the source excerpt.
func syntaxError(file string, err error) error {
	text := err.Error()
	var line, column int
	if _, e := fmt.Sscanf(text, "[%d:%d]", &line, &column); e == nil {
		_, text, _ = strings.Cut(text, "] ")
	}
	text, _, _ = strings.Cut(text, "\n")
	return &Error{file, line, column, text}
}

func (d *decoder) fail(n ast.Node, format string, args ...any) {
	e := &Error{File: d.file, Reason: fmt.Sprintf(format, args...)}
	at := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		at = m.Values[0].Key.GetToken() // its own token is the first colon
	} else if m, ok := n.(*ast.MappingValueNode); ok {
		at = m.Key.GetToken()
	}
	if at != nil && at.Position != nil {
		e.Line, e.Column = at.Position.Line, at.Position.Column
	}
	d.errors = append(d.errors, e)
}

// missing reports whether a mapping lacks a key, or has it without a value.
func (d *decoder) missing(n ast.Node, key string) bool {
	list, ok := pairs(n)
	for _, e := range list {
		if e.Key.GetToken().Value == key {
			_, null := e.Value.(*ast.NullNode)
			return null
		}
	}
	return ok
}

// err is everything that was wrong, in the order of the file.
func (d *decoder) err() error {
	slices.SortStableFunc(d.errors, func(a, b error) int {
		var x, y *Error
		if !errors.As(a, &x) || !errors.As(b, &y) || x.File != y.File {
			return 0
		}
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return errors.Join(d.errors...)
}

// mapping reads a mapping with known keys; an unknown one is an error that names
// the nearest.
func (d *decoder) mapping(n ast.Node, f fields) {
	for _, entry := range d.entries(n) {
		key := entry.Key.GetToken().Value
		if read, ok := f[key]; ok {
			read(entry.Value)
			continue
		}
		keys := make([]string, 0, len(f))
		for k := range f {
			keys = append(keys, k)
		}
		d.fail(entry.Key, "unknown key %q%s", key, suggest(key, keys))
	}
}

func (d *decoder) entries(n ast.Node) []*ast.MappingValueNode {
	list, ok := pairs(n)
	if !ok {
		d.fail(n, "a mapping of keys is expected here")
	}
	return list
}

// pairs returns the entries of a mapping; ok is false for anything else.
func pairs(n ast.Node) (list []*ast.MappingValueNode, ok bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	case *ast.NullNode:
		return nil, true
	}
	return nil, false
}

// list reads a sequence; a single value stands for a list of one.
func (d *decoder) list(n ast.Node) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	if _, ok := n.(*ast.NullNode); ok {
		return nil
	}
	return []ast.Node{n}
}

// text reads a scalar as its literal text, with ${NAME} taken from the
// environment. $${ stands for a literal ${.
func (d *decoder) text(n ast.Node) string { return d.expand(n, d.raw(n)) }

// raw reads a scalar as it is written: a number stays the digits it has.
func (d *decoder) raw(n ast.Node) string {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value
	case *ast.LiteralNode:
		return s.Value.Value
	case *ast.NullNode:
		return ""
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		d.fail(n, "a single value is expected here")
		return ""
	}
	return n.GetToken().Value
}

func (d *decoder) expand(n ast.Node, raw string) string {
	var out strings.Builder
	for {
		i := strings.Index(raw, "${")
		if i < 0 {
			return out.String() + raw
		}
		if i > 0 && raw[i-1] == '$' {
			out.WriteString(raw[:i-1] + "${")
			raw = raw[i+2:]
			continue
		}
		end := strings.IndexByte(raw[i:], '}')
		if end < 0 {
			d.fail(n, "${ is not closed; write $${ for a literal ${")
			return ""
		}
		name := raw[i+2 : i+end]
		value, ok := os.LookupEnv(name)
		if !ok {
			d.fail(n, "the environment variable %s is not set", name)
		}
		out.WriteString(raw[:i] + value)
		raw = raw[i+end+1:]
	}
}

func (d *decoder) texts(n ast.Node) []string {
	var list []string
	for _, item := range d.list(n) {
		list = append(list, d.text(item))
	}
	return list
}

func (d *decoder) boolean(n ast.Node) bool {
	text := d.text(n)
	if text != "true" && text != "false" {
		d.fail(n, "true or false is expected")
	}
	return text == "true"
}

func (d *decoder) integer(n ast.Node) int {
	i, err := strconv.Atoi(d.text(n))
	if err != nil || i < 0 {
		d.fail(n, "a whole number is expected")
	}
	return i
}

// oneOf reads a word of a closed list.
func (d *decoder) oneOf(n ast.Node, words ...string) string {
	word := d.text(n)
	if !slices.Contains(words, word) {
		d.fail(n, "%q is not possible here%s", word, suggest(word, words))
	}
	return word
}

// duration reads 90s, 15m, 26h36m, 7d.
func (d *decoder) duration(n ast.Node) reconcile.Instant {
	text := d.text(n)
	v, err := parseDuration(text)
	if err != nil {
		d.fail(n, "%q is no duration: write 90s, 15m, 26h36m or 7d", text)
	}
	return v
}

func parseDuration(text string) (reconcile.Instant, error) {
	var days reconcile.Instant
	if before, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return 0, err
		}
		days, text = reconcile.Instant(n)*reconcile.Day, after
		if text == "" {
			return days, nil
		}
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("no duration: %q", text)
	}
	return days + reconcile.Instant(v), nil
}

func (d *decoder) quantity(n ast.Node) money.Quantity {
	q, err := money.Parse(d.text(n))
	if err != nil {
		d.fail(n, "%v", err)
	}
	return q
}

// instant reads an RFC 3339 time.
func (d *decoder) instant(n ast.Node) reconcile.Instant {
	t, err := time.Parse(time.RFC3339Nano, d.text(n))
	if err != nil {
		d.fail(n, "a time such as 2026-03-17T00:00:00Z is expected")
	}
	return reconcile.InstantOf(t)
}

func (d *decoder) zone(n ast.Node) *time.Location {
	name := d.text(n)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		d.fail(n, "%q is no IANA time zone such as Etc/UTC or Europe/Berlin", name)
		return time.UTC
	}
	return zone
}

// path makes a path relative to the configuration file.
func (d *decoder) path(text string) string {
	if text == "" || filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(d.dir, text)
}

// paths reads paths and globs as they are written, which is how reports show them.
func (d *decoder) paths(n ast.Node) []string {
	var list []string
	for _, item := range d.list(n) {
		text := d.text(item)
		if text == "" {
			d.fail(item, "a path is expected here")
			continue
		}
		text = strings.TrimPrefix(text, "file://")
		if err := place(text); err != nil {
			d.fail(item, "%v", err)
			continue
		}
		list = append(list, text)
	}
	return list
}

// later refuses a key whose feature does not exist yet, rather than ignore it.
func (d *decoder) later(what string) func(ast.Node) {
	return func(n ast.Node) { d.fail(n, "%s is not available yet in this version", what) }
}
