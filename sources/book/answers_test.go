package book

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// page is a saved answer of a list API.
func page(total, number int, orders string) string {
	return fmt.Sprintf(`{"code":"200","success":true,"data":{"list":[%s],"total":%d,"page":%d}}`, orders, total, number)
}

const (
	oneOrder  = `{"number":"A","state":"paid"}`
	twoOrders = oneOrder + `,{"number":"B","state":"paid"}`
)

func TestSavedAnswers(t *testing.T) {
	detail := `{"code":"200","success":true,"data":` + oneOrder + `}`
	for _, c := range []struct {
		name  string
		files []string
		gap   string
	}{
		{"all pages", []string{page(3, 1, twoOrders), page(3, 2, oneOrder)}, ""},
		{"the first page alone", []string{page(3, 1, twoOrders)}, "announce 3 rows and hold 2"},
		{"one page twice", []string{page(4, 1, twoOrders), page(4, 1, twoOrders)}, "announce 4 rows and hold 4"},
		{"another page twice", []string{page(5, 1, twoOrders), page(5, 2, oneOrder), page(5, 2, twoOrders)}, "announce 5 rows"},
		{"lists of two days", []string{page(2, 1, twoOrders), page(3, 1, twoOrders), page(3, 2, oneOrder)}, ""},
		{"lists of two days, one cut", []string{page(3, 1, twoOrders), page(3, 2, oneOrder), page(3, 1, twoOrders)}, "announce 3 rows and hold 5"},
		{"pages without numbers", []string{page(3, 0, twoOrders), page(3, 0, oneOrder)}, ""},
		{"a day without orders", []string{page(0, 1, "")}, ""},
		{"an order alone", []string{detail}, "nothing lists all of them"},
		{"an order beside the list", []string{detail, page(1, 1, oneOrder)}, ""},
		{"a refusal in place of orders", []string{`{"timestamp":"2026-03-17T10:00:00Z","state":401,"error":"Unauthorized"}`}, "none of its rows has any of number, name"},
		{"a row without a key among others", []string{`[{"state":"paid"},` + oneOrder + `]`}, ""},
	} {
		var o sources.FileOptions
		o.Name, o.Profile = "stall", &reconcile.Profile{Name: "stall"}
		for i, text := range c.files {
			o.Files = append(o.Files, sourcetest.Bytes(fmt.Sprintf("%d.json", i), []byte(text)))
		}
		var rec sourcetest.Recorder
		said := ""
		if err := Orders(o, stall).Read(context.Background(), sources.Query{}, &rec); err != nil {
			said = err.Error()
		}
		for _, g := range rec.Gaps {
			said += g.Reason
		}
		if c.gap == "" != (said == "") || !strings.Contains(said, c.gap) {
			t.Errorf("%s: gap %q, want %q", c.name, said, c.gap)
		}
	}
}
