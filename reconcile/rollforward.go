package reconcile

import (
	"cmp"
	"slices"

	"tieout/reconcile/money"
)

// Section tells the two lists of the roll-forward apart.
type Section string

// The sections of the roll-forward.
const (
	SectionBreaks Section = "breaks"
	SectionOpen   Section = "open_items"
)

// RollFigure is a number of items and what they come to, in base units.
type RollFigure struct {
	Count            int
	Plus, Minus, Net money.Units // sums of the positive and of the negative figures, and both
}

func (f *RollFigure) add(u money.Units) {
	f.Count++
	f.change(money.Units{}, u)
}

// change replaces a figure by another; it leaves the count alone.
func (f *RollFigure) change(from, to money.Units) {
	f.Net = f.Net.Add(to).Sub(from)
	for _, side := range []struct {
		units money.Units
		sign  int
	}{{from, -1}, {to, 1}} {
		sum := &f.Plus
		if side.units.Sign() < 0 {
			sum = &f.Minus
		}
		if side.sign < 0 {
			*sum = sum.Sub(side.units)
		} else {
			*sum = sum.Add(side.units)
		}
	}
}

// plus adds a figure n times: once, or -1 times to take it away.
func (f RollFigure) plus(g RollFigure, n int) RollFigure {
	if n < 0 {
		return RollFigure{f.Count - g.Count, f.Plus.Sub(g.Plus), f.Minus.Sub(g.Minus), f.Net.Sub(g.Net)}
	}
	return RollFigure{f.Count + g.Count, f.Plus.Add(g.Plus), f.Minus.Add(g.Minus), f.Net.Add(g.Net)}
}

// RollLine is the roll-forward of one asset: Opening + New + Reopened + Changed +
// MovedIn - MovedOut - Resolved - WrittenOff = Closing, in count, plus, minus and
// net. The count of Changed is how many changed; it enters no sum.
type RollLine struct {
	Section Section
	Asset   money.Asset
	Chain   string

	Opening, New, Reopened, Changed RollFigure
	MovedIn, MovedOut               RollFigure // what turned into something else, here or in the other section
	Resolved, WrittenOff            RollFigure
	Closing                         RollFigure
	Carried                         RollFigure // of Closing, what the rows of this run do not show
	Answered                        RollFigure // closed, but still in the identity while the rows show it
}

// sum is what the closing must be.
func (l *RollLine) sum() RollFigure {
	changed := l.Changed
	changed.Count = 0
	s := l.Opening.plus(l.New, 1).plus(l.Reopened, 1).plus(changed, 1).plus(l.MovedIn, 1)
	return s.plus(l.MovedOut, -1).plus(l.Resolved, -1).plus(l.WrittenOff, -1)
}

func (l *RollLine) isEmpty() bool {
	return l.Opening.Count+l.New.Count+l.Reopened.Count+l.MovedIn.Count+l.Closing.Count+l.Answered.Count == 0
}

// rollForward are the lines by section and asset.
type rollForward map[rollKey]*RollLine

type rollKey struct {
	section Section
	asset   string
}

func (r rollForward) line(section Section, asset money.Asset, chain string) *RollLine {
	k := rollKey{section, asset.ID}
	if r[k] == nil {
		r[k] = &RollLine{Section: section, Asset: asset, Chain: chain}
	}
	return r[k]
}

// roll adds up the roll-forward: the movements from what became of each item, the
// closing on its own from what stands, and compares them.
func (e *engine) roll() []RollLine {
	lines := rollForward{}
	if e.cases != nil {
		for i := range e.cases.items {
			e.rollItem(lines, &e.cases.items[i])
		}
	}
	for i := range e.breaks {
		f := &e.breaks[i]
		rollFresh(e.rollLine(lines, SectionBreaks, f.asset), f.past, f.diff)
	}
	for i := range e.items {
		it := &e.items[i]
		rollFresh(e.rollLine(lines, SectionOpen, it.asset), it.past, it.amount)
	}
	out := make([]RollLine, 0, len(lines))
	for _, l := range lines {
		if got := l.sum(); got != l.Closing {
			e.violate("roll-forward of %s of %q: the movements come to %s (%d items), the closing is %s (%d items)", l.Section, l.Asset.ID, got.Net, got.Count, l.Closing.Net, l.Closing.Count)
		}
		if !l.isEmpty() {
			out = append(out, *l)
		}
	}
	slices.SortFunc(out, func(a, b RollLine) int {
		return cmp.Or(compareStrings(string(a.Section), string(b.Section)), compareStrings(a.Asset.ID, b.Asset.ID))
	})
	return out
}

func (e *engine) rollLine(lines rollForward, section Section, asset int32) *RollLine {
	return lines.line(section, e.asset(asset), e.in.chains[e.in.assets[asset].chain])
}

// rollFresh counts what the rows show: it is new, or came out of something else,
// unless it was carried forward, and stands in the closing unless it is closed.
func rollFresh(l *RollLine, p *past, diff money.Units) {
	if p == nil {
		l.New.add(diff)
		l.Closing.add(diff)
		return
	}
	switch {
	case p.movedIn:
		l.MovedIn.add(diff)
	case p.was == nil:
		l.New.add(diff)
	}
	switch {
	case !p.closed():
		l.Closing.add(p.diff)
		l.Carried.change(money.Units{}, p.held)
	case p.was == nil:
		l.leave(p)
		fallthrough
	default:
		l.Answered.add(diff)
	}
}

// rollItem counts what became of an item that was carried forward.
func (e *engine) rollItem(lines rollForward, it *brought) {
	section := SectionBreaks
	if it.Kind == "" {
		section = SectionOpen
	}
	l, p := lines.line(section, it.Asset, it.Chain), it.past
	if it.Closed() {
		if !p.closed() {
			l.Reopened.add(p.diff)
			l.stay(it)
		}
		return
	}
	l.Opening.add(it.Difference)
	switch {
	case p.became != "":
		l.MovedOut.add(it.Difference)
		return
	case p.gone != "", p.closed() && p.answer.By == ByEvidence:
		l.Resolved.add(it.Difference)
		return
	case p.diff != it.Difference:
		l.Changed.Count++
		l.Changed.change(it.Difference, p.diff)
	}
	if p.closed() {
		l.leave(p)
	} else {
		l.stay(it)
	}
}

// leave counts what an answer closed.
func (l *RollLine) leave(p *past) {
	if p.answer.Action == WriteOff {
		l.WrittenOff.add(p.diff)
	} else {
		l.Resolved.add(p.diff)
	}
}

// stay counts what is open and not in the rows of this run.
func (l *RollLine) stay(it *brought) {
	if !it.found {
		l.Closing.add(it.past.diff)
		l.Carried.add(it.past.diff)
	}
}

// checkBridge compares the roll-forward with the tie-out: the open breaks of the
// window and those carried outside of it are the closing, and so are the open items.
func (e *engine) checkBridge(lines []TieOutLine) {
	closing := map[rollKey]money.Units{}
	for i := range e.rolled {
		l := &e.rolled[i]
		closing[rollKey{l.Section, l.Asset.ID}] = l.Closing.Net.Sub(l.Carried.Net)
	}
	for i := range lines {
		l := &lines[i]
		for section, window := range map[Section]money.Units{SectionBreaks: l.Breaks, SectionOpen: l.Open.Add(l.CutOff).Add(l.NotCovered)} {
			if got := closing[rollKey{section, l.Asset.ID}]; got != window {
				e.violate("bridge of %s of %q: the window shows %s, the roll-forward closes with %s of it", section, l.Asset.ID, window, got)
			}
		}
	}
}
