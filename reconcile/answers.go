package reconcile

import (
	"cmp"
	"fmt"
	"strings"

	"tieout/reconcile/money"
)

// RejectedAnswer is an answer that does not count, with the reason.
type RejectedAnswer struct {
	Answer
	Why string // one sentence
}

// answerable is what an answer may be about.
type answerable struct {
	past  *past
	asset money.Asset
	fresh **past // of what is new today: where its past goes when an answer makes one
}

// applyAnswers puts the answers into force, in their order. An answer that two
// people gave differently, or that is about something that has changed since, does
// not count, and nobody guesses which of them was meant.
func (e *engine) applyAnswers() {
	answers := e.policy.Opening.Answers
	if len(answers) == 0 {
		return
	}
	sameItem := map[string][]*Answer{}
	for i := range answers {
		sameItem[answers[i].ID] = append(sameItem[answers[i].ID], &answers[i])
	}
	byID := e.answerables(sameItem)
	for i := range answers {
		a := answers[i]
		if a.By == ByEvidence {
			continue // a file that shows what closed by itself, handed back
		}
		why := conflict(&answers[i], sameItem[a.ID])
		if why == "" {
			why = e.answer(byID[a.ID], a)
		}
		if why != "" {
			e.cases.rejected = append(e.cases.rejected, RejectedAnswer{a, sentence(why)})
		}
	}
}

// answerables lists what each id that is answered stands for.
func (e *engine) answerables(asked map[string][]*Answer) map[string][]answerable {
	byID := map[string][]answerable{}
	for i := range e.cases.items {
		it := &e.cases.items[i]
		for _, id := range []string{it.ID, it.was} {
			if id != "" && asked[id] != nil {
				byID[id] = append(byID[id], answerable{it.past, it.Asset, nil})
			}
		}
	}
	for f := range e.freshOnes {
		if asked[f.id] != nil && (*f.past == nil || (*f.past).was == nil) {
			p := *f.past
			if p == nil {
				p = &past{firstSeen: f.since, firstDate: e.today, figureDate: e.today, diff: f.diff}
			}
			byID[f.id] = append(byID[f.id], answerable{p, e.asset(f.asset), f.past})
		}
	}
	return byID
}

// conflict says which other file decided differently about the same item on the
// same report, "" for none. One person who answers again has changed their mind.
func conflict(a *Answer, sameItem []*Answer) string {
	for _, b := range sameItem {
		if a.Date != b.Date || a.File == "" || b.File == "" || a.File == b.File && a.SHA256 == b.SHA256 ||
			a.Asset != "" && b.Asset != "" && a.Asset != b.Asset || a.By != "" && strings.EqualFold(a.By, b.By) || sameDecision(a, b) {
			continue
		}
		return fmt.Sprintf("it conflicts with %s row %d, which says %s: neither counts", b.File, b.Row, b.Action)
	}
	return ""
}

func sameDecision(a, b *Answer) bool {
	return a.Action == b.Action && a.Until == b.Until && a.Cap.Known() == b.Cap.Known() && (!a.Cap.Known() || a.Cap.Cmp(b.Cap) == 0)
}

// answer puts an answer into force for every asset that it is about. It counts when
// it does for one of them.
func (e *engine) answer(targets []answerable, a Answer) (why string) {
	why = "there is no open item " + a.ID
	counts := false
	for _, t := range targets {
		if a.Asset != "" && a.Asset != t.asset.ID {
			continue
		}
		if why = e.stale(t, &a); why == "" {
			t.take(a)
			counts = true
		}
	}
	if counts {
		return ""
	}
	return why
}

func (t answerable) take(a Answer) {
	switch {
	case a.Action == Reopen:
		t.past.answer = nil
	case !repeats(t.past.answer, &a):
		if !a.Cap.Known() {
			a.Cap = money.NewQuantity(t.past.diff.Abs(), t.asset.Decimals)
		}
		t.past.answer = &a
	}
	if t.fresh != nil {
		*t.fresh = t.past
	}
}

// repeats reports whether an answer says what is in force already: the file that
// was answered shows it.
func repeats(inForce, a *Answer) bool {
	return inForce != nil && inForce.Action == a.Action && inForce.Until == a.Until && inForce.By == a.By &&
		(!a.Cap.Known() || inForce.Cap.Known() && inForce.Cap.Cmp(a.Cap) == 0)
}

// stale says why an answer cannot count any more, "" when it can.
func (e *engine) stale(t answerable, a *Answer) string {
	p := t.past
	held := p.answer
	switch {
	case a.Action == Reopen && held == nil:
		return a.ID + " is not answered: there is nothing to take back"
	case a.Action == Reopen && held.By == ByEvidence:
		return "no person closed it: it reopens when this changes: " + held.Reason
	case repeats(held, a):
		return ""
	case p.gone != "" && a.Action == Resolved && p.became == "":
		return "" // both say so
	case p.gone != "":
		return "stale: it is closed already, " + p.gone
	case a.Date > e.today:
		return fmt.Sprintf("it answers a report of %s, later than this run", a.Date)
	case a.Date != "" && a.Date < p.firstDate:
		return fmt.Sprintf("stale: it was found on %s, after the report of %s", p.firstDate, a.Date)
	case held != nil && a.Date != "" && held.Date > a.Date:
		return fmt.Sprintf("stale: a newer answer, on the report of %s, says %s", held.Date, held.Action)
	case a.Action == Reopen:
		return ""
	case p.closed():
		return fmt.Sprintf("stale: it is closed already (%s by %s)", held.Action, cmp.Or(held.By, "an unnamed person"))
	case a.Date != "" && a.Date < p.figureDate && (!a.Cap.Known() || grew(a, p.diff, t.asset)):
		return fmt.Sprintf("stale: its figure changed on %s, after the report of %s", p.figureDate, a.Date)
	}
	return ""
}

// endAnswers lets what was accepted or suppressed speak again after its date, or
// when its figure has grown.
func (e *engine) endAnswers() {
	for i := range e.cases.items {
		it := &e.cases.items[i]
		p := it.past
		if a := p.answer; a != nil && !a.Action.closes() && (a.Until != "" && e.today > a.Until || grew(a, p.diff, it.Asset)) {
			p.answer = nil
		}
	}
}
