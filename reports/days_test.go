package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
)

// received is a line of one date.
func received(date, account, sum string) reconcile.DayLine {
	return reconcile.DayLine{Date: date, Whole: true, Account: account, Asset: usdt, Received: units(sum), Breaks: units(sum)}
}

// A month to date is what the runs stated of its earlier dates, and what this run
// says of those that it holds.
func TestMonthToDate(t *testing.T) {
	past := Past{Month: reconcile.DatedTieOut{Dates: []string{"2026-02-28", "2026-03-01", "2026-03-03", "2026-03-04"}, Lines: []reconcile.DayLine{
		received("2026-02-28", "c1", "1"), received("2026-03-01", "c1", "10"), received("2026-03-03", "c2", "100"), received("2026-03-04", "c1", "1000")}}}
	own := reconcile.DatedTieOut{Dates: []string{"2026-03-04", "2026-03-05"}, Lines: []reconcile.DayLine{received("2026-03-04", "c1", "2000")}}
	for _, c := range []struct {
		name, date string
		past       *Past
		want       string
	}{
		{"nothing is carried forward", "2026-03-05", nil, "none"},
		{"in the month", "2026-03-05", &past, "Month to date, 2026-03-01 to 2026-03-05, 4 dates; without 2026-03-02, which no run held as a whole: c1 2010 c2 100"},
		{"a month begins", "2026-04-02", &past, "Month to date, 2026-04-01 to 2026-04-02, 0 dates; without 2026-04-01–2026-04-02, which no run held as a whole:"},
		{"a first run", "2026-03-05", &Past{}, "Month to date, 2026-03-01 to 2026-03-05, 2 dates; without 2026-03-01–2026-03-03, which no run held as a whole: c1 2000"},
	} {
		got := "none"
		if m := monthOf(&Facts{Past: c.past}, own, c.date); m != nil {
			got = m.title() + ":"
			for i := range m.lines {
				got += fmt.Sprint(" ", m.lines[i].Account, " ", m.lines[i].Received)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSpansOf(t *testing.T) {
	got := strings.Join(spansOf([]string{"2026-02-27", "2026-02-28", "2026-03-01", "2026-03-03"}), " ")
	if want := "2026-02-27–2026-03-01 2026-03-03"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// All accounts of a date add up to one line an asset.
func TestAllAccounts(t *testing.T) {
	var got []string
	for _, l := range allAccounts([]reconcile.DayLine{received("", "c1", "5"), received("2026-03-01", "c1", "10"), received("2026-03-01", "c2", "20"), received("2026-03-02", "c2", "7")}) {
		got = append(got, fmt.Sprint(l.Date, l.Account, " ", l.Received, " ", l.Breaks))
	}
	if diff := cmp.Diff([]string{" 5 5", "2026-03-01 30 30", "2026-03-02 7 7"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The register shows what was answered lately, and older answers while they are in force.
func TestRegister(t *testing.T) {
	b := awkward()
	var got []string
	for _, a := range b.register()[:2] {
		got = append(got, fmt.Sprintf("%.8q %s %t", a.ID, a.Since, a.inForce))
	}
	want := []string{fmt.Sprintf("%.8q 2026-01-02 true", b.breaks[0].ID), fmt.Sprintf("%.8q 2026-03-08 false", evil[0])}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	dates := b.calendarDates()
	if last := dates[len(dates)-1]; last.Date != b.date || last.State != DateIncomplete || last.Revision != 2 || last.Breaks != b.total().Breaks {
		t.Errorf("the date of the run itself: %+v", last)
	}
}
