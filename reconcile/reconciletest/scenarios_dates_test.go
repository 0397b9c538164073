package reconciletest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// dated is a situation, and the tie-out of the window 7 to 10 March by business
// date: "03-09 c1 expected 100 out 100" with the figures that are not zero, "early"
// for what stands before the window.
type dated struct {
	name  string
	days  []reconcile.BusinessDay
	build func(w *rt.World)
	want  string
}

var datedScenarios = []dated{
	{name: "paid on its day",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-09 10:00").Expires("03-09 10:30").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-09 10:12")
		},
		want: "03-09 c1 received 100 expected 100"},
	{name: "an order of 23:58 paid at 00:05",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:58").Expires("03-09 00:28").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-09 00:05")
		},
		want: `
			03-08 c1 expected 100 out 100
			03-09 c1 received 100 in 100`},
	{name: "an order of 23:58 paid after the window is its open cut-off",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-10 23:58").Expires("03-11 00:28").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-11 00:05")
		},
		want: "03-10 c1 expected 100 cut-off -100"},
	{name: "an order of the day before the window, paid in it",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-06 23:58").Expires("03-07 00:28").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-07 00:05")
		},
		want: `
			early c1 cut-off 100 out 100
			03-07 c1 received 100 in 100`},
	{name: "two dates in parts, and too much",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:50").Expires("03-09 00:50").Account("c1")
			w.Transfer("t1", "A-1", "40", "03-08 23:55")
			w.Transfer("t2", "A-1", "70", "03-09 00:05")
		},
		want: `
			03-08 c1 received 40 expected 100 breaks 10 out 70
			03-09 c1 received 70 in 70`},
	{name: "a duplicate two days later stands with its order",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-07 10:00").Expires("03-07 10:30").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-07 10:05")
			w.Transfer("t2", "A-1", "100", "03-09 10:05")
		},
		want: `
			03-07 c1 received 100 expected 100 breaks 100 out 100
			03-09 c1 received 100 in 100`},
	{name: "nothing came",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 10:00").Expires("03-08 10:30").Account("c2")
		},
		want: "03-08 c2 expected 100 breaks -100"},
	{name: "two cashiers on one date",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 10:00").Expires("03-08 10:30").Account("c2")
			w.Order("A-2").Created("03-08 11:00").Expires("03-08 11:30").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-08 10:12")
			w.Transfer("t2", "A-2", "100", "03-08 11:12")
		},
		want: `
			03-08 c1 received 100 expected 100
			03-08 c2 received 100 expected 100`},
	{name: "unknown money on an address of one cashier",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 10:00").Expires("03-08 10:30").PayTo("till").Account("c1").Status("EXPIRED")
			w.Order("A-2").Created("03-08 11:00").Expires("03-08 11:30").PayTo("till").Account("c1").Status("EXPIRED")
			w.Transfer("t1", "till", "33", "03-08 10:12")
		},
		want: "03-08 c1 received 33 breaks 33"},
	{name: "unknown money on an address of two cashiers",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 10:00").Expires("03-08 10:30").PayTo("till").Account("c1").Status("EXPIRED")
			w.Order("A-2").Created("03-08 11:00").Expires("03-08 11:30").PayTo("till").Account("c2").Status("EXPIRED")
			w.Transfer("t1", "till", "33", "03-08 10:12")
		},
		want: "03-08 - received 33 breaks 33"},
	{name: "nobody can say which of two orders was paid",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:50").Expires("03-09 00:50").PayTo("till").Customer("x").Account("c1")
			w.Order("A-2").Created("03-08 23:51").Expires("03-09 00:51").PayTo("till").Customer("y").Account("c2")
			w.Transfer("t1", "till", "100", "03-09 00:05")
		},
		want: `
			03-08 c1 expected 100 breaks -100 in 100 out 100
			03-08 c2 expected 100 out 100
			03-09 - received 100 in 100`},
	{name: "money in another token, paid the next day",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:58").Expires("03-09 00:28").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-09 00:05").On(rt.Ethereum, "USDC")
		},
		want: `
			03-08 c1 expected 100 breaks -100
			03-08 c1 breaks 100 out 100
			03-09 c1 received 100 in 100`},
	{name: "money in another token on an address of two cashiers is that of its order",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 10:00").Expires("03-08 10:30").PayTo("till").Account("c1").Claims("t1")
			w.Order("A-2").Created("03-08 11:00").Expires("03-08 11:30").PayTo("till").Account("c2").Status("EXPIRED")
			w.Transfer("t1", "till", "100", "03-08 10:12").On(rt.Ethereum, "USDC")
		},
		want: `
			03-08 c1 expected 100 breaks -100
			03-08 c1 received 100 breaks 100`},
	{name: "one transfer pays orders of two dates",
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:58").Expires("03-09 00:28").PayTo("till").Account("c1").Claims("t1")
			w.Order("A-2").Created("03-09 00:01").Expires("03-09 00:31").PayTo("till").Account("c2").Claims("t1")
			w.Transfer("t1", "till", "200", "03-09 00:05")
		},
		want: `
			03-08 c1 expected 100 out 100
			03-09 c1 received 100 in 100
			03-09 c2 received 100 expected 100`},
	{name: "a date of 25 hours", days: days("03-07 00:00", "03-08 00:00", "03-09 01:00", "03-10 01:00", "03-11 01:00"),
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 23:58").Expires("03-09 00:28").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-09 00:05")
		},
		want: "03-08 c1 received 100 expected 100"},
	{name: "a date of 23 hours", days: days("03-07 00:00", "03-08 00:00", "03-08 23:00", "03-09 23:00", "03-10 23:00", "03-11 23:00"),
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-08 22:58").Expires("03-08 23:28").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-08 23:05")
		},
		want: `
			03-08 c1 expected 100 out 100
			03-09 c1 received 100 in 100`},
	{name: "the window begins inside a date", days: days("03-06 23:00", "03-07 23:00", "03-08 23:00", "03-09 23:00", "03-10 23:00", "03-11 23:00"),
		build: func(w *rt.World) {
			w.Order("A-1").Created("03-07 12:00").Expires("03-07 12:30").Account("c1")
			w.Transfer("t1", "A-1", "100", "03-07 12:05")
		},
		want: "03-06 (part) c1 received 100 expected 100"},
}

// days are dates that begin at these times; the last one ends the one before.
func days(begins ...string) []reconcile.BusinessDay {
	var list []reconcile.BusinessDay
	date := rt.Clock(begins[0])
	for i := range begins[:len(begins)-1] {
		list = append(list, reconcile.BusinessDay{Date: (date + reconcile.Instant(i)*reconcile.Day).Time().Format("2006-01-02"),
			Span: reconcile.Interval{From: rt.Clock(begins[i]), To: rt.Clock(begins[i+1])}})
	}
	return list
}

func TestDates(t *testing.T) {
	for _, s := range datedScenarios {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

// A table that cannot fail proves nothing.
func TestDatesCanFail(t *testing.T) {
	for _, s := range datedScenarios {
		s.want += "\n03-09 c9 received 1"
		if passes(t, s.run) {
			t.Errorf("%s passes with a line that is not there", s.name)
		}
	}
}

func (s dated) run(t testing.TB) {
	w := rt.New()
	w.Policy.Days = s.days
	s.build(w)
	r, err := reconcile.Reconcile(rt.Input(rt.Catalogue(), w.Policy.Profiles, w.Sources()), w.Policy)
	if err != nil {
		t.Fatalf("reconcile: %v", err)
	}
	if err := rt.Check(r); err != nil {
		t.Errorf("%v", err)
	}
	var got, want []string
	for _, l := range r.Days() {
		if line := dayLine(l); line != "" {
			got = append(got, line)
		}
	}
	for line := range strings.Lines(s.want) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if text := cmp.Diff(want, got); text != "" {
		t.Errorf("by date (-want +got):\n%s", text)
	}
}

// dayLine is a line for people, "" for one without a figure.
func dayLine(l reconcile.DayLine) string {
	date := "early"
	if l.Date != "" {
		date = strings.TrimPrefix(l.Date, "2026-")
		if !l.Whole {
			date += " (part)"
		}
	}
	account := l.Account
	if account == "" {
		account = "-"
	}
	head := date + " " + account
	line := head
	for _, f := range []struct {
		name string
		of   interface {
			IsZero() bool
			Decimal(int) string
		}
	}{{"received", l.Received}, {"expected", l.Expected}, {"breaks", l.Breaks}, {"open", l.Open}, {"cut-off", l.CutOff}, {"tolerance", l.Tolerance},
		{"not covered", l.NotCovered}, {"answered", l.Answered}, {"in", l.In}, {"out", l.Out}} {
		if !f.of.IsZero() {
			line += fmt.Sprint(" ", f.name, " ", f.of.Decimal(l.Asset.Decimals))
		}
	}
	if line == head {
		return ""
	}
	return line
}

// The sums by account and asset do not depend on the dates.
func TestSumDays(t *testing.T) {
	w := rt.New()
	w.Order("A-1").Created("03-08 23:58").Expires("03-09 00:28").Account("c1")
	w.Order("A-2").Created("03-09 10:00").Expires("03-09 10:30").Account("c2")
	w.Transfer("t1", "A-1", "100", "03-09 00:05")
	r, err := reconcile.Reconcile(rt.Input(rt.Catalogue(), w.Policy.Profiles, w.Sources()), w.Policy)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range reconcile.SumDays(r.Days()) {
		got = append(got, dayLine(l))
	}
	want := []string{"early c1 received 100 expected 100 in 100 out 100", "early c2 expected 100 breaks -100"}
	if text := cmp.Diff(want, got); text != "" {
		t.Errorf("sums (-want +got):\n%s", text)
	}
}
