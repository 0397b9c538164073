package explain

import (
	"slices"
	"strings"
)

// ambiguous is the kind that is told of a whole group of orders.
const ambiguous = "ambiguous_payment"

// ofBreak: the break is about the order, or about the group of equally good
// candidates that it belongs to, whose break stands under one of them.
func ofBreak(s *Story, r Row) bool {
	if ofSubject(s, r) {
		return true
	}
	if s.Order == nil || r.Get("kind") != ambiguous || !slices.Contains(s.Order.list("kinds"), ambiguous) || r.Get("asset") != s.Order.Get("asset") {
		return false
	}
	return names(r, *s.Order) || s.Order.Get("pay_to") == r.Get("pay_to") && strings.HasSuffix(r.Get("explanation"), " more.")
}

// names reports whether a group's break names an order among its candidates.
func names(group, order Row) bool {
	_, list, _ := strings.Cut(group.Get("explanation"), ": ")
	words := strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
	for _, column := range []string{"order_no", "order_id"} {
		if name := order.Get(column); name != "" && slices.ContainsFunc(words, func(w string) bool { return w == name || strings.TrimSuffix(w, ".") == name }) {
			return true
		}
	}
	return false
}

// candidates fetches the orders that the money of an ambiguous payment may be for.
func (f *finder) candidates() error {
	group := func(s *Story) (Row, bool) {
		i := slices.IndexFunc(s.Breaks, func(r Row) bool { return r.Get("kind") == ambiguous })
		if i < 0 {
			return Row{}, false
		}
		return s.Breaks[i], true
	}
	for i := range f.stories {
		s := &f.stories[i]
		s.Candidates = []Row{}
		b, ok := group(s)
		if !ok {
			continue
		}
		rows, _, err := scan(f.files, "orders.csv", func(r Row) bool {
			return slices.Contains(r.list("kinds"), ambiguous) && r.Get("asset") == b.Get("asset") && names(b, r)
		})
		if err != nil {
			return err
		}
		s.Candidates = orEmpty(rows)
	}
	return nil
}
