package book

import (
	"fmt"
	"maps"
	"slices"

	"tieout/sources/tabular"
)

// answers are those of a list API that were saved as files, each a page of a list
// that says how many rows it has in all. Pages of several lists lie side by side, as
// when one list is saved a day: those of one list announce the same total.
type answers struct {
	lists       map[int]*list // by the total
	files, lone int           // in all, and those that are about one order
}

// list is what was saved of the lists of one total.
type list struct {
	rows  int
	pages map[int]int // files by number of the page, 0 where they do not say
}

func (a *answers) add(sum tabular.Summary) {
	a.files++
	if sum.Single {
		a.lone++
	}
	if sum.Announced == 0 {
		return
	}
	if a.lists == nil {
		a.lists = map[int]*list{}
	}
	l := a.lists[sum.Announced]
	if l == nil {
		l = &list{pages: map[int]int{}}
		a.lists[sum.Announced] = l
	}
	l.rows += sum.Rows
	l.pages[sum.Page]++
}

// lacking says why the files cannot be all orders, "" when nothing speaks against it.
func (a *answers) lacking() string {
	for _, total := range slices.Sorted(maps.Keys(a.lists)) {
		if l := a.lists[total]; l.rows < total*max(1, l.pages[1]) || l.uneven() {
			return fmt.Sprintf("the saved pages of a list announce %d rows and hold %d: save its other pages too, each once", total, l.rows)
		}
	}
	if a.files > 0 && a.lone == a.files {
		return "the saved answers are about single orders, and nothing lists all of them: save the order list too"
	}
	return ""
}

// uneven reports that some page was saved more often than another.
func (l *list) uneven() bool {
	if l.pages[0] > 0 {
		return false
	}
	for _, n := range l.pages {
		if n != l.pages[1] {
			return true
		}
	}
	return false
}
