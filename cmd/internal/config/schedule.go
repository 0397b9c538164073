package config

import (
	"github.com/goccy/go-yaml/ast"

	"tieout/cmd/internal/schedule"
)

// Schedule says when the daemon looks for business dates that are due.
type Schedule struct {
	At    *schedule.Cron // nil = it was not configured
	First schedule.Date  // no older date is owed; 0 = the oldest that ran
}

// schedule reads one cron expression, a list of them, or {at: ..., first: DATE}.
func (d *decoder) schedule(n ast.Node) Schedule {
	var s Schedule
	at := func(n ast.Node) {
		cron, err := schedule.ParseCron(d.texts(n)...)
		if err != nil {
			d.fail(n, "%v", err)
			return
		}
		s.At = cron
	}
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		at(n)
		return s
	}
	if d.missing(n, "at") {
		d.fail(n, "at: is missing; it says when to look, such as 15 2 * * *")
	}
	d.mapping(n, fields{"at": at, "first": func(n ast.Node) {
		first, err := schedule.ParseDate(d.text(n))
		if err != nil {
			d.fail(n, "%v", err)
		}
		s.First = first
	}})
	return s
}
