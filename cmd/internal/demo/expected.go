package demo

import (
	"fmt"
	"slices"
	"strings"
)

// expectedCSV is the truth, a line for everything that is worth one: orders by
// their number, transfers by their transaction, deliveries by the number that they
// claim. What has no line is clean: agreed. The state of an excluded transfer is
// its reason.
func (s *story) expectedCSV() string {
	var lines []string
	add := func(what, subject string, v verdict, no string) {
		if v.outcome != "" {
			lines = append(lines, fmt.Sprintf("%s,%s,%s,%s,%s,%s", what, subject, v.outcome, v.kinds, v.state, no))
		}
	}
	for _, o := range s.orders {
		add("order", o.no, o.verdict, o.no)
	}
	for _, m := range s.moves {
		no := ""
		if m.pays != nil {
			no = m.pays.no
		}
		add("transfer", m.tx, m.verdict, no)
	}
	for _, h := range s.hooks {
		add("delivery", h.order.no, h.verdict, h.order.no)
	}
	slices.Sort(lines)
	return "what,subject,outcome,kinds,state,order_no\n" + strings.Join(lines, "\n") + "\n"
}
