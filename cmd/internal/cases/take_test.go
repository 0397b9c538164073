package cases

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// fakeState is a State in memory, for tests only: what it says about locks, days
// and crashes is nothing. The real one is cmd/internal/store.
type fakeState struct {
	date    string
	items   []reconcile.Item
	answers []reconcile.Answer
	files   []string
	signed  []*SignOff

	revision int
}

func (s *fakeState) Next(context.Context) (reconcile.Opening, error) {
	return reconcile.Opening{Date: s.date, Items: s.items, Answers: s.answers}, nil
}
func (s *fakeState) Answers(context.Context) ([]reconcile.Answer, error) { return s.answers, nil }
func (s *fakeState) Imported(_ context.Context, sha256 string) (bool, error) {
	return slices.Contains(s.files, sha256), nil
}
func (s *fakeState) Revision(context.Context, string) (int, error) { return s.revision, nil }
func (s *fakeState) Keep(_ context.Context, t Taken) error {
	s.answers = append(s.answers, t.Answers...)
	if t.SHA256 != "" {
		s.files = append(s.files, t.SHA256)
	}
	if t.SignOff != nil {
		s.signed = append(s.signed, t.SignOff)
	}
	return nil
}

var tether = money.Asset{ID: "a", Symbol: "USDT", Decimals: 6}

const (
	one = "B-0000000000000001"
	two = "B-0000000000000002"
)

func state() *fakeState {
	return &fakeState{date: asOf, items: []reconcile.Item{
		{ID: one, Kind: "lost_order", Asset: tether, Difference: money.FromUint64(5_000_000).Neg(), OrderNo: "N-1", FirstDate: "2026-03-09"},
		{ID: two, Kind: "underpaid", Asset: tether, Difference: money.FromUint64(7_000_000)},
	}}
}

func take(t *testing.T, s *fakeState, date, rows string) *Outcome {
	t.Helper()
	r := read(t, "breaks.csv", []byte(header+rows+"\n"), Options{AsOf: date, At: now + reconcile.Instant(len(s.answers))})
	out, err := Take(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return &out[0]
}

func TestTakeKeepsWhatCounts(t *testing.T) {
	s := state()
	rows := one + ",k,a,-5,accept,,Ann,,\n" + two + ",k,a,7,write_off,small,Ann,,"
	if out := take(t, s, asOf, rows); len(out.Answers) != 2 || len(out.Problems) > 0 || out.Repeated {
		t.Fatalf("%+v", out)
	}
	if out := take(t, s, asOf, rows); !out.Repeated || len(out.Answers) > 0 {
		t.Errorf("the same file counted twice: %+v", out)
	}
	if out := take(t, s, asOf, rows+"\n\n"); out.Unchanged != 2 || len(out.Answers) > 0 || len(out.Problems) > 0 {
		t.Errorf("a file that says the same: %+v", out)
	}
	if out := take(t, s, asOf, one+",k,a,-5,accept,a better reason,Ann,,"); len(out.Answers) != 1 {
		t.Errorf("a correction by the same person: %+v", out)
	}
	if len(s.answers) != 3 || s.answers[0].SHA256 == "" || s.answers[0].Row != 2 {
		t.Errorf("kept: %+v", s.answers)
	}
}

func TestTakeRefuses(t *testing.T) {
	earlier := func(a reconcile.Answer) *fakeState {
		s := state()
		s.answers = []reconcile.Answer{a}
		return s
	}
	for _, c := range []struct {
		name       string
		state      *fakeState
		date, rows string
		want       string
	}{
		{"nothing ran", &fakeState{}, asOf, one + ",k,a,-5,accept,,Ann,,", "no business date has run yet"},
		{"a report that is not carried forward", state(), "2026-03-11", one + ",k,a,-5,accept,,Ann,,", "the newest that is carried forward is of 2026-03-10"},
		{"resolved since", state(), asOf, "B-00000000000000ff,k,a,1,accept,,Ann,,", "is not open at the close of 2026-03-10"},
		{"another asset", state(), asOf, one + ",k,b,1,accept,,Ann,,", "is not open"},
		{"a figure that has grown", state(), "2026-03-09", one + ",k,a,-4,accept,,Ann,,", "the figure has grown from 4 to 5 USDT since: answer the report of 2026-03-10"},
		{"a newer report was answered", earlier(reconcile.Answer{ID: one, Asset: "a", Action: reconcile.Accept, By: "Bo", Date: asOf}), "2026-03-09",
			one + ",k,a,-5,write_off,x,Ann,,", "stale: B-0000000000000001 was answered on the newer report of 2026-03-10 (accept by Bo)"},
		{"another person answered otherwise", earlier(reconcile.Answer{ID: one, Asset: "a", Action: reconcile.Accept, By: "Bo", Date: asOf}), asOf,
			one + ",k,a,-5,write_off,x,Ann,,", "Bo answered B-0000000000000001 on the same report otherwise (accept): agree, then take that back with tieout cases reopen"},
		{"nothing to take back", state(), asOf, one + ",k,a,-5,reopen,,Ann,,", "is not answered: there is nothing to take back"},
	} {
		out := take(t, c.state, c.date, c.rows)
		if len(out.Answers) > 0 || len(out.Problems) != 1 || !strings.Contains(out.Problems[0].Reason, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, out, c.want)
		}
	}
}

func TestTakeSettlesAConflictByReopening(t *testing.T) {
	s := state()
	take(t, s, asOf, one+",k,a,-5,accept,,Bo,,")
	take(t, s, asOf, one+",k,a,-5,reopen,,Bo,,")
	if out := take(t, s, asOf, one+",k,a,-5,write_off,agreed,Ann,,"); len(out.Answers) != 1 {
		t.Errorf("after a reopening: %+v", out)
	}
	s.items = s.items[1:] // written off: no longer open
	if out := take(t, s, asOf, one+",k,a,-5,reopen,,Ann,,"); len(out.Answers) != 1 {
		t.Errorf("what was written off cannot be taken back: %+v", out)
	}
}

// What was taken back stays so, however often the file is found in its folder.
func TestTakeReadsAFileOnce(t *testing.T) {
	s := state()
	accepted := one + ",k,a,-5,accept,,Ann,,"
	take(t, s, asOf, accepted)
	take(t, s, asOf, one+",k,a,-5,reopen,,Ann,,")
	if out := take(t, s, asOf, accepted); !out.Repeated || len(s.answers) != 2 {
		t.Errorf("%+v; kept %+v", out, s.answers)
	}
}

// Two people answered two copies of one report, and both came in overnight: the
// order of file names decides nothing.
func TestTakeDropsWhatPeopleDispute(t *testing.T) {
	s := state()
	a := read(t, "a.csv", []byte(header+one+",k,a,-5,accept,,Ann,,\n"+two+",k,a,7,accept,,Ann,,\n"), Options{AsOf: asOf, At: now})
	b := read(t, "b.csv", []byte(header+one+",k,a,-5,write_off,x,Bo,,\n"+two+",k,a,7,accept,,Bo,,\n"), Options{AsOf: asOf, At: now})
	out, err := Take(t.Context(), s, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(out[0].Problems) != 1 || len(out[1].Problems) != 1 || !strings.Contains(out[1].Problems[0].Reason, "a.csv row 2, by Ann, answers B-0000000000000001 otherwise; neither counts") {
		t.Errorf("%+v", out)
	}
	if len(s.answers) != 2 || s.answers[0].ID != two || s.answers[1].By != "Bo" {
		t.Errorf("kept %+v", s.answers)
	}
}

func TestTakeSignsWhatIsPublished(t *testing.T) {
	signed := &SignOff{Date: asOf, Prepared: Signature{By: "Ann"}, Reviewed: Signature{By: "Bo"}}
	for _, c := range []struct {
		name             string
		stated, revision int
		want             string
	}{
		{"as published", 0, 2, ""},
		{"the published revision", 2, 2, ""},
		{"a former revision", 1, 2, "it signs revision 1 of 2026-03-10, but revision 2 is published"},
		{"a date that did not run", 0, 0, "there is nothing to sign"},
	} {
		s := state()
		s.revision = c.revision
		sheet := *signed
		sheet.Revision = c.stated
		out, err := Take(t.Context(), s, &Reading{File: "report.xlsx", AsOf: asOf, SHA256: "f", SignOff: &sheet})
		if err != nil {
			t.Fatal(err)
		}
		taken := len(s.signed) == 1 && s.signed[0].Revision == c.revision
		if taken != (c.want == "") || c.want != "" && !strings.Contains(out[0].Problems[0].Reason, c.want) {
			t.Errorf("%s: %+v, kept %+v", c.name, out, s.signed)
		}
	}
}

// A report shows the answers that are in force; handing it in again changes nothing.
func TestTakeOfWhatTheReportShows(t *testing.T) {
	s := state()
	s.items[0].Answer = &reconcile.Answer{ID: one, Asset: "a", Action: reconcile.Suppress, Reason: "known", By: "Ann", Until: "2026-04-01", Cap: money.NewQuantity(money.FromUint64(5), 0), Date: "2026-03-09"}
	out := take(t, s, asOf, one+",k,a,-5,suppress,known,Ann,2026-04-01,5\n"+two+",k,a,7,resolved,,evidence,,")
	if out.Unchanged != 2 || len(out.Answers)+len(out.Problems) > 0 {
		t.Errorf("%+v", out)
	}
}
