package webhook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/sources/tabular"
)

// filter is one key of `only:`.
type filter struct {
	column int
	values []string
}

// filters finds the columns by which `only:` leaves rows out, and adds those that
// a log has beyond its own; without them a log cannot be read.
//
// Of the log's own columns only the receiver's url selects. The body and the headers
// are written by whoever sends the request, who must not be able to choose that it is
// not looked at. The others are evidence: a log without its refused deliveries, or
// without those of one status, would show as never sent what was sent.
func (s *source) filters(own []tabular.Column) ([]tabular.Column, error) {
	all := slices.Clone(own)
	for _, header := range slices.Sorted(maps.Keys(s.options.Only)) {
		i := slices.IndexFunc(own, func(c tabular.Column) bool { return called(c, header) })
		switch {
		case i == url:
			all[url].Required = true
		case i >= 0:
			return nil, fmt.Errorf("only: rows of a webhook log cannot be selected by %q, which is evidence of what came or was answered; select by url or by a column of your own", header)
		default:
			i = len(all)
			all = append(all, tabular.Column{Name: header, Required: true})
		}
		s.only = append(s.only, filter{i, s.options.Only[header]})
	}
	return all, nil
}

// called reports whether a name means a column or a member of what stands in it.
func called(c tabular.Column, name string) bool {
	squeeze := strings.NewReplacer(" ", "", "_", "", "-", "")
	whole, _, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(append([]string{c.Name}, c.Aliases...), func(n string) bool {
		n = squeeze.Replace(n)
		return strings.EqualFold(squeeze.Replace(name), n) || strings.EqualFold(squeeze.Replace(whole), n)
	})
}

func (r *reading) selected(row *tabular.Row) bool {
	return !slices.ContainsFunc(r.only, func(f filter) bool { return !slices.Contains(f.values, row.Text(f.column)) })
}
