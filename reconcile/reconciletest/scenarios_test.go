package reconciletest_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// scenario is one situation and what is to be said of it. Its name is the rule
// that it stands for.
//
// want has a line a subject, as rt.Outcome describes. Every order must be
// listed, and every break that is about no order; transfers, deliveries and
// actions only where they matter. A verdict may have alternatives, set apart by
// " | ". A line "do NAME -" says that nothing is to be done about NAME.
type scenario struct {
	name  string
	part3 bool // needs a kind or rule beyond the main ones
	build func(w *rt.World)
	want  string
	check func(t testing.TB, out rt.Outcome) // what a line cannot say; nil for nothing
}

// Scenarios with the main kinds and rules.
func TestScenarios(t *testing.T) { runScenarios(t, false) }

// Scenarios with the remaining kinds and rules.
func TestScenariosDeep(t *testing.T) { runScenarios(t, true) }

func allScenarios() []scenario {
	return slices.Concat(outcomeScenarios, moneyScenarios, attributionScenarios, noticeScenarios, scopeScenarios, edgeScenarios, actionScenarios, crowdScenarios, refundScenarios)
}

func runScenarios(t *testing.T, part3 bool) {
	for _, s := range allScenarios() {
		if s.part3 != part3 {
			continue
		}
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

// A table that cannot fail proves nothing: each scenario must notice an order
// that is not there.
func TestScenariosCanFail(t *testing.T) {
	for _, s := range allScenarios() {
		s.want += "\nZ-9  agreed"
		if passes(t, s.run) {
			t.Errorf("%s passes with an order that is not there", s.name)
		}
	}
}

func (s scenario) run(t testing.TB) {
	w := rt.New()
	s.build(w)
	out := w.Run(t)
	compare(t, s.want, out)
	if s.check != nil {
		s.check(t, out)
	}
}

// passes tries a test without letting it fail t.
func passes(t testing.TB, test func(testing.TB)) bool {
	trial := &trial{TB: t}
	test(trial)
	return !trial.failed
}

// trial is a test whose failures are only noted.
type trial struct {
	testing.TB
	failed bool
}

func (t *trial) Errorf(string, ...any) { t.failed = true }
func (t *trial) Error(...any)          { t.failed = true }

var (
	wantLine = regexp.MustCompile(`^((?:do |call |claim )?\S+)\s+(.*)$`)
	figure   = regexp.MustCompile(`^break: .* [+-]?[0-9]`) // a break of its own, not its order's
	aside    = regexp.MustCompile(`^(do |call |ok-|any-)`) // subjects that may go unmentioned
)

// compare reports each subject whose verdict is not the wanted one.
func compare(t testing.TB, want string, out rt.Outcome) {
	t.Helper()
	listed := map[string]bool{}
	for line := range strings.Lines(want) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := wantLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("the scenario's line %q has no verdict", line)
		}
		subject, verdict := m[1], m[2]
		listed[subject] = true
		if !matches(verdict, out.Lines[subject], strings.HasPrefix(subject, "do ")) {
			t.Errorf("%s\n\twant %s\n\tgot  %s%s", subject, verdict, out.Lines[subject], story(out, subject))
		}
	}
	for subject, got := range out.Lines {
		switch {
		case strings.HasPrefix(subject, "ok-"):
			if got != "agreed" && !strings.HasPrefix(got, "agreed ") {
				t.Errorf("%s\n\twant agreed\n\tgot  %s", subject, got)
			}
		case !listed[subject] && !aside.MatchString(subject) && mustBeListed(out, subject, got):
			t.Errorf("%s is not expected\n\tgot  %s", subject, got)
		}
	}
}

// mustBeListed is true of orders, and of breaks that are about no order.
func mustBeListed(out rt.Outcome, subject, got string) bool {
	for row := range out.Result.Transfers() {
		if out.Name(row) == subject {
			return figure.MatchString(got)
		}
	}
	return true
}

func matches(want, got string, action bool) bool {
	for alternative := range strings.SplitSeq(want, " | ") {
		switch {
		case alternative == got, alternative == "-" && got == "":
			return true
		case action && sameActions(strings.Split(alternative, "; "), strings.Split(got, "; ")):
			return true
		}
	}
	return false
}

// sameActions compares lists of actions in any order. A wanted one may leave out
// its end: who, or the deadline.
func sameActions(want, got []string) bool {
	if len(want) != len(got) {
		return false
	}
	slices.Sort(want)
	slices.Sort(got)
	for i := range want {
		if got[i] != want[i] && !strings.HasPrefix(got[i], want[i]+",") {
			return false
		}
	}
	return true
}

// story is what the engine says of the subject, for the reader of a failure.
func story(out rt.Outcome, subject string) string {
	var told []string
	for row := range out.Result.Orders() {
		if row.OrderNo == strings.TrimPrefix(subject, "do ") && row.Explanation != "" {
			told = append(told, row.Explanation)
		}
	}
	for _, b := range out.Result.Breaks() {
		if b.OrderNo == strings.TrimPrefix(subject, "do ") {
			told = append(told, b.Kind.String()+": "+b.Explanation)
		}
	}
	if told == nil {
		return ""
	}
	return "\n\tsays " + strings.Join(told, "\n\t     ")
}

// says checks that the action about an order is told with each of the words.
func says(order string, words ...string) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		t.Helper()
		var text string
		for _, a := range out.Result.Actions() {
			if a.OrderNo == order {
				text += a.Sentence + " " + a.Reason + "\n"
			}
		}
		for _, word := range words {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				t.Errorf("the action about %s does not say %q:\n%s", order, word, text)
			}
		}
	}
}

// severity checks the severity of an order's break of a kind.
func severity(order string, kind reconcile.Kind, want reconcile.Severity) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		t.Helper()
		for _, b := range out.Result.Breaks() {
			if b.OrderNo == order && b.Kind == kind && b.Severity != want {
				t.Errorf("%v of %s is %v, want %v", kind, order, b.Severity, want)
			}
		}
	}
}

// healthy adds three orders whose payments and deliveries are as they should be,
// before and after those of a scenario, so that one bad delivery is not a log
// that fails as a whole.
func healthy(w *rt.World) {
	for i, at := range []string{"03-07 09:00", "03-08 09:00", "03-09 12:00"} {
		name := "ok-" + string(rune('1'+i))
		w.Order(name).Created(at).Expires("").Paid(at).Claims(name + "-paid")
		w.Transfer(name+"-paid", name, "100", at)
		w.Delivery(name, at)
	}
}
