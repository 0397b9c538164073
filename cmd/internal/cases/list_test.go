package cases

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// end is the end of a business date in UTC.
func end(date string) reconcile.Instant {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return reconcile.InstantOf(t.AddDate(0, 0, 1))
}

func days(n reconcile.Instant) reconcile.Instant { return end(asOf) - n*reconcile.Day }

// queue is what five items look like the day after: one known and tolerated, one
// written off, one that only waits.
func queue() *fakeState {
	usdc := money.Asset{ID: "b", Symbol: "USDC", Decimals: 6}
	return &fakeState{date: asOf, items: []reconcile.Item{
		{ID: "B-00000000000000a1", Kind: "lost_order", Provider: "blockatm", OrderNo: "N-1", Asset: tether, Difference: money.FromUint64(5_500_000), FirstSeen: days(9)},
		{ID: "B-00000000000000a1", Kind: "lost_order", Provider: "blockatm", OrderNo: "N-1", Asset: usdc, Difference: money.FromUint64(1), FirstSeen: days(9)},
		{ID: "B-00000000000000a2", Kind: "underpaid", Provider: "bvnk", OrderID: "u-2", Asset: tether, FirstSeen: days(3),
			Answer: &reconcile.Answer{Action: reconcile.Accept, By: "Ann", Until: "2026-04-01"}},
		{ID: "B-00000000000000b3", Kind: "underpaid", Provider: "bvnk", Asset: tether, FirstSeen: days(2), Answer: &reconcile.Answer{Action: reconcile.WriteOff, By: "Bo"}},
		{ID: "I-00000000000000a4", State: "awaiting_webhook", Provider: "blockatm", OrderNo: "N-4\x1b[31m", Asset: tether, FirstSeen: days(0)},
	}}
}

func TestFilters(t *testing.T) {
	date, all, err := Cases(t.Context(), queue(), end)
	if err != nil || date != asOf {
		t.Fatal(date, err)
	}
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "a1 a1 a2 a4"},
		{Filter{Kind: "lost_order"}, "a1 a1"},
		{Filter{Kind: "LOST_ORDER", Asset: "usdc"}, "a1"},
		{Filter{Asset: "a"}, "a1 a2 a4"},
		{Filter{Provider: "bvnk"}, "a2"},
		{Filter{State: "closed"}, "b3"},
		{Filter{State: "answered"}, "a2 b3"},
		{Filter{State: "unanswered"}, "a1 a1 a4"},
		{Filter{State: "write_off"}, "b3"},
		{Filter{State: "awaiting_webhook"}, "a4"},
		{Filter{Age: "3"}, "a1 a1 a2"},
		{Filter{Age: "2-8"}, "a2"},
		{Filter{Age: "0-0"}, "a4"},
		{Filter{Kind: "nothing"}, ""},
	} {
		kept, err := c.filter.Apply(all)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range kept {
			got = append(got, k.ID[len(k.ID)-2:])
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.filter, diff)
		}
	}
	for _, age := range []string{"old", "-1", "7-4", "4-"} {
		if _, err := (Filter{Age: age}).Apply(all); err == nil {
			t.Errorf("--age %s is taken", age)
		}
	}
}

func TestTable(t *testing.T) {
	s := queue()
	s.answers = []reconcile.Answer{{ID: "B-00000000000000a1", Action: reconcile.Suppress, By: "Cy", Date: asOf}}
	_, all, err := Cases(t.Context(), s, end)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteTable(&out, asOf, all[:4]); err != nil {
		t.Fatal(err)
	}
	want := `ID                  WHAT        ORDER  PROVIDER  FIGURE         VALUE  DAYS  ANSWER
B-00000000000000a1  lost_order  N-1    blockatm  5.5 USDT       -      9     -, next run: suppress by Cy
B-00000000000000a1  lost_order  N-1    blockatm  0.000001 USDC  -      9     -, next run: suppress by Cy
B-00000000000000a2  underpaid   u-2    bvnk      0 USDT         -      3     accept by Ann until 2026-04-01
B-00000000000000b3  underpaid   -      bvnk      0 USDT         -      2     write_off by Bo
4 carried forward from 2026-03-10
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	out.Reset()
	if err := WriteTable(&out, asOf, all); err != nil || strings.Contains(out.String(), "\x1b") {
		t.Errorf("foreign text reaches the terminal's controls: %q", out.String())
	}
}

func TestDecide(t *testing.T) {
	good := Decision{IDs: []string{"B-00000000000000a1"}, Action: reconcile.Accept, By: "Ann", At: now}
	change := func(edit func(*Decision)) Decision {
		d := good
		edit(&d)
		return d
	}
	for _, c := range []struct {
		name string
		d    Decision
		want string // "" = it is taken
	}{
		{"an id", good, ""},
		{"the beginning of one", change(func(d *Decision) { d.IDs = []string{"b-00000000000000b"}; d.Action = reconcile.Reopen }), "is not answered"},
		{"the beginning of several", change(func(d *Decision) { d.IDs = []string{"B-0000"} }), "begins several ids: B-00000000000000a1, B-00000000000000a2"},
		{"too little of one", change(func(d *Decision) { d.IDs = []string{"B-"} }), "is neither a break nor an open item of 2026-03-10"},
		{"a mistyped one", change(func(d *Decision) { d.IDs = []string{"B-00000000000000ax"} }), "did you mean B-00000000000000a1?"},
		{"nobody", change(func(d *Decision) { d.By = " " }), "who decides this?"},
		{"no reason", change(func(d *Decision) { d.Action = reconcile.WriteOff }), "a write_off needs a reason"},
		{"a date of the past", change(func(d *Decision) { d.Until = "2026-03-01" }), "is over before the report of 2026-03-10"},
		{"no date", change(func(d *Decision) { d.Until = "soon" }), `--until "soon" is no date`},
		{"no amount", change(func(d *Decision) { d.Cap = "many" }), `--cap "many" is not an amount`},
		{"one asset", change(func(d *Decision) { d.Asset = "b" }), ""},
		{"an asset that it has not", change(func(d *Decision) { d.Asset = "c" }), "is not open"},
		{"closed", change(func(d *Decision) { d.IDs = []string{"B-00000000000000b3"} }), "is closed (write_off by Bo): tieout cases reopen"},
	} {
		s := queue()
		list, err := Decide(t.Context(), s, c.d)
		var mistake *MistakeError
		switch {
		case c.want == "" && (err != nil || len(s.answers) != 1 || len(list) != 1 || list[0].Date != asOf):
			t.Errorf("%s: %v, kept %+v", c.name, err, s.answers)
		case c.want != "" && (!errors.As(err, &mistake) || !strings.Contains(err.Error(), c.want) || len(s.answers) > 0):
			t.Errorf("%s: %v, want %q; kept %+v", c.name, err, c.want, s.answers)
		}
	}
}

func TestRecord(t *testing.T) {
	s := queue()
	if _, err := Decide(t.Context(), s, Decision{IDs: []string{"B-00000000000000a1"}, Action: reconcile.WriteOff, By: "Ann", Reason: "small", At: now}); err != nil {
		t.Fatal(err)
	}
	history := func(_ context.Context, _ string) ([]Event, error) {
		return []Event{{Date: "2026-03-01", What: "found", Figure: "5.5", Detail: "It is final."}}, nil
	}
	r, err := Look(t.Context(), s, "B-00000000000000a1", end, history)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteRecord(&out, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"lost_order 5.5 USDT, 9 days old", "on the report of 2026-03-10: write_off by Ann: small (on the command line)", "2026-03-01  found  5.5  It is final."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}
