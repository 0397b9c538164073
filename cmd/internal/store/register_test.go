package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// stated commits and publishes a run that states received sums of dates: "16:100 17:50".
func stated(t *testing.T, l *Lease, date string, revision, breaks int, sums string) {
	t.Helper()
	d := draft(Start{}, date, revision)
	d.Breaks, d.Open = breaks, 1
	for _, word := range strings.Fields(sums) {
		day, sum, _ := strings.Cut(word, ":")
		line := reconcile.DayLine{Date: "2026-03-" + day, Whole: true, Account: "c1", Chain: "eip155:1", Asset: money.Asset{ID: usdt, Symbol: "USDT", Decimals: 6}, Orders: 2, Transfers: 1}
		for n, u := range figuresOf(&line) {
			text := fmt.Sprint(n)
			if n == 0 {
				text = sum
			}
			var err error
			*u, err = units(text)
			check(t, err)
		}
		d.Days.Dates = append(d.Days.Dates, line.Date)
		if sum != "0" {
			d.Days.Lines = append(d.Days.Lines, line)
		}
	}
	r, err := l.Commit(t.Context(), d)
	check(t, err)
	check(t, l.Publish(t.Context(), r, ""))
}

// told is a register for people.
func told(t *testing.T, s *Store, date string) string {
	t.Helper()
	reg, err := s.Register(t.Context(), "demo", date, "2026-03-02")
	check(t, err)
	var b strings.Builder
	fmt.Fprint(&b, "first ", reg.First, " month ")
	for _, d := range reg.Month.Dates {
		fmt.Fprint(&b, d[8:], " ")
	}
	for i := range reg.Month.Lines {
		l := &reg.Month.Lines[i]
		fmt.Fprint(&b, l.Date[8:], "=", l.Received, " ")
	}
	for _, r := range reg.Runs {
		fmt.Fprintf(&b, "| %s.%d %d breaks %d open", r.Date[8:], r.Revision, r.Breaks, r.Open)
		if r.Stale {
			b.WriteString(" stale")
		}
		if r.Signed != nil {
			b.WriteString(" by " + r.Signed.Prepared.By)
		}
		b.WriteByte(' ')
	}
	for _, a := range reg.Answers {
		fmt.Fprintf(&b, "| %s %s since %s ", a.ID, a.Action, a.Effective)
	}
	return strings.TrimSpace(b.String())
}

func compareTold(t *testing.T, s *Store, date, want string) {
	t.Helper()
	if diff := cmp.Diff(want, told(t, s, date)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", date, diff)
	}
}

// A date is told as the newest run that held the whole of it stated it.
func testRegister(t *testing.T, s *Store) {
	l := lease(t, s)
	compareTold(t, s, "2026-03-16", "first  month")
	stated(t, l, "2026-02-28", 1, 9, "27:5 28:5")
	stated(t, l, "2026-03-16", 1, 3, "15:0 16:100")
	stated(t, l, "2026-03-17", 1, 2, "16:110 17:0")
	compareTold(t, s, "2026-03-16", "first 2026-02-28 month")
	compareTold(t, s, "2026-03-18", "first 2026-02-28 month 15 16 17 16=110 | 16.1 3 breaks 1 open | 17.1 2 breaks 1 open")
	compareTold(t, s, "2026-04-01", "first 2026-02-28 month | 16.1 3 breaks 1 open | 17.1 2 breaks 1 open")

	stated(t, l, "2026-03-16", 2, 4, "15:0 16:120") // 17 stated it later, and is stale by now
	compareTold(t, s, "2026-03-18", "first 2026-02-28 month 15 16 17 16=110 | 16.2 4 breaks 1 open | 17.1 2 breaks 1 open stale")
	reg, err := s.Register(t.Context(), "demo", "2026-03-18", "2026-03-17")
	check(t, err)
	if l := &reg.Month.Lines[0]; l.Orders != 2 || l.Account != "c1" || l.Asset.Symbol != "USDT" || l.Out.String() != "9" || l.Expected.String() != "1" {
		t.Errorf("a line does not come back as it was kept: %+v", l)
	}
	if len(reg.Runs) != 1 || !reg.Runs[0].Counted {
		t.Errorf("%+v", reg.Runs)
	}
}

// What is said of a date later does not alter what a run of it knows.
func testRegisterOfItsDate(t *testing.T, s *Store) {
	l := lease(t, s)
	stated(t, l, "2026-03-16", 1, 0, "16:1")
	check(t, l.SignOff(t.Context(), "2026-03-16", 1, SignOff{Prepared: Signature{By: "ann"}}))
	_, err := l.AddAnswers(t.Context(), []reconcile.Answer{{ID: "B-1", Action: reconcile.Accept, Date: "2026-03-16"}})
	check(t, err)
	stated(t, l, "2026-03-17", 1, 0, "17:1")
	want := "first 2026-03-16 month 16 17 16=1 17=1 | 16.1 0 breaks 1 open by ann | 17.1 0 breaks 1 open | B-1 accept since 2026-03-16"
	compareTold(t, s, "2026-03-18", want)
	stated(t, l, "2026-03-18", 1, 0, "18:1")
	check(t, l.SignOff(t.Context(), "2026-03-17", 1, SignOff{Prepared: Signature{By: "bob"}}))
	_, err = l.AddAnswers(t.Context(), []reconcile.Answer{{ID: "B-2", Action: reconcile.Accept, Date: "2026-03-16"}})
	check(t, err)
	compareTold(t, s, "2026-03-18", want)
	compareTold(t, s, "2026-03-19", "first 2026-03-16 month 16 17 18 16=1 17=1 18=1 | 16.1 0 breaks 1 open by ann | 17.1 0 breaks 1 open by bob | "+
		"18.1 0 breaks 1 open | B-1 accept since 2026-03-16 | B-2 accept since 2026-03-18")
}
