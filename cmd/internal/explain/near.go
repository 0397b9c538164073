package explain

import (
	"cmp"
	"slices"
	"strings"

	"tieout/cmd/internal/nearest"
)

// nearLimit is how many resembling names are shown.
const nearLimit = 5

// resemblance is a name in a report, with how far it is from what was asked.
type resemblance struct {
	name, where string
	distance    int
}

// near lists names that resemble the question: mistyped, cut short, or with
// something around them.
func (f *finder) near() ([]string, error) {
	best := map[string]resemblance{}
	for _, place := range []struct{ file, column, what string }{
		{"orders.csv", "order_no", "order"}, {"orders.csv", "order_id", "order"}, {"deliveries.csv", "order_no", "webhook for order"},
		{"transfers.csv", "txid", "transaction"}, {"breaks.csv", "break_id", "break"}, {"open_items.csv", "item_id", "open item"},
	} {
		_, _, err := scan(f.files, place.file, func(r Row) bool {
			name := r.Get(place.column)
			if d, ok := resembles(f.question.text, name); ok {
				if _, known := best[name]; !known {
					best[strings.Clone(name)] = resemblance{strings.Clone(name), place.what, d}
				}
			}
			return false
		})
		if err != nil {
			return nil, err
		}
	}
	var list []resemblance
	for _, r := range best {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b resemblance) int { return cmp.Or(a.distance-b.distance, strings.Compare(a.name, b.name)) })
	out := []string{}
	for _, r := range list[:min(len(list), nearLimit)] {
		out = append(out, r.where+" "+r.name)
	}
	return out, nil
}

// shortest is how many letters a part must have to say anything.
const shortest = 4

// resembles says how far a name is from what was asked, if it is near at all.
func resembles(asked, name string) (int, bool) {
	a, n := strings.ToLower(asked), strings.ToLower(name)
	switch {
	case n == "" || a == "":
		return 0, false
	case a == n:
		return 0, true
	case len(a) >= shortest && strings.Contains(n, a), len(n) >= shortest && strings.Contains(a, n):
		return 1 + abs(len(n)-len(a)), true
	case abs(len(a)-len(n)) > 2 || len(a) > 2*80:
		return 0, false
	case len(a) > 40: // a hash: its beginning is what people compare
		return 2, strings.HasPrefix(n, a[:10])
	}
	d := nearest.Distance(a, n)
	return d, d <= 2 && d < len(a)/2
}

func abs(n int) int { return max(n, -n) }
