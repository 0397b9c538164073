package explorer

import (
	"strings"

	"tieout/sources/tabular"
)

// binding says in which column of a contract each field of a file stands.
type binding struct {
	contract tabular.Contract
	column   [fields]int // -1 = nowhere
	found    [fields]bool
}

// bind makes the contract for a file: the headers it has, and what its format
// calls the rest, since in JSON a later row may have what the first one lacks.
func bind(l layout) binding {
	var b binding
	for fld := range fields {
		b.column[fld] = -1
		if written, ok := l.columns[fld]; ok {
			b.column[fld], b.found[fld] = b.columnOf(written), true
		}
	}
	for fld := range fields {
		accepted := l.format.names[fld]
		if !b.found[fld] && len(accepted) > 0 && !strings.HasSuffix(accepted[0], "*") && !b.names(accepted[0]) {
			b.column[fld] = b.columnOf(accepted[0])
		}
	}
	return b
}

// has reports whether the file's header has a field.
func (b *binding) has(fld field) bool { return b.found[fld] }

func (b *binding) names(header string) bool {
	for _, c := range b.contract.Columns {
		if normal(c.Name) == normal(header) {
			return true
		}
	}
	return false
}

// columnOf returns the contract's column of a header, which it adds when it is new.
func (b *binding) columnOf(header string) int {
	for i, c := range b.contract.Columns {
		if normal(c.Name) == normal(header) {
			return i
		}
	}
	b.contract.Columns = append(b.contract.Columns, tabular.Column{Name: header})
	return len(b.contract.Columns) - 1
}
