package tabular

import "strings"

// path is a node of the tree of dotted paths that a contract asks for.
type path struct {
	column int              // contract column that ends here, -1 = none
	key    map[string]*path // by normal name
	each   *path            // "[]": the elements of an array here
	known  map[string]*path // keys as files write them, so that each is normalised once
}

// maxKnown bounds the memory that a file with ever new keys can take.
const maxKnown = 1024

func newPath() *path {
	return &path{column: -1, key: map[string]*path{}, known: map[string]*path{}}
}

// paths makes the tree of a contract's names and aliases; the first to claim a
// path keeps it.
func paths(c Contract) *path {
	root := newPath()
	for i, col := range c.Columns {
		for _, name := range append([]string{col.Name}, col.Aliases...) {
			at := root
			for _, part := range strings.Split(name, ".") {
				part, list := strings.CutSuffix(part, "[]")
				at = at.child(normal(part))
				if list && at.each == nil {
					at.each = newPath()
				}
				if list {
					at = at.each
				}
			}
			if at.column < 0 {
				at.column = i
			}
		}
	}
	return root
}

func (p *path) child(key string) *path {
	if p.key[key] == nil {
		p.key[key] = newPath()
	}
	return p.key[key]
}

// find returns the node under a key, nil when the contract asks for nothing there.
func (p *path) find(key string) *path {
	if p == nil {
		return nil
	}
	if at, ok := p.known[key]; ok {
		return at
	}
	at := p.key[normal(key)]
	if len(p.known) < maxKnown {
		p.known[strings.Clone(key)] = at
	}
	return at
}
