package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/cmd/internal/nearest"
	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Decision is what a person decides on the command line.
type Decision struct {
	IDs    []string // of breaks and open items, or the beginnings of ids
	Action reconcile.Disposition
	Asset  string // "" = every asset of the id
	By     string
	Reason string
	Until  string
	Cap    string
	At     reconcile.Instant
}

// Decide takes decisions that were given on the command line, all of them or none.
// Its error says what to correct.
func Decide(ctx context.Context, state State, d Decision) ([]reconcile.Answer, error) {
	a, err := d.answer()
	if err != nil {
		return nil, err
	}
	known, err := know(ctx, state)
	if err != nil {
		return nil, err
	}
	if known.date == "" {
		return nil, &MistakeError{"no business date has run yet, so there is nothing to answer"}
	}
	if a.Until != "" && a.Until < known.date {
		return nil, &MistakeError{fmt.Sprintf("--until %s is over before the report of %s that is answered", a.Until, known.date)}
	}
	a.Date = known.date
	var list []reconcile.Answer
	for _, id := range d.IDs {
		if a.ID, err = known.resolve(id); err != nil {
			return nil, err
		}
		if reason := known.against(&Given{Answer: a}); reason != "" {
			return nil, &MistakeError{reason}
		}
		list = append(list, a)
	}
	return list, state.Keep(ctx, Taken{Answers: list})
}

// MistakeError is a decision that cannot be taken as it was given.
type MistakeError struct{ Reason string }

func (e *MistakeError) Error() string { return e.Reason }

// answer checks what does not depend on the state.
func (d *Decision) answer() (a reconcile.Answer, err error) {
	a = reconcile.Answer{Asset: d.Asset, Action: d.Action, By: strings.TrimSpace(d.By), Reason: strings.TrimSpace(d.Reason), At: d.At}
	if a.By == "" {
		return a, &MistakeError{"who decides this? --by NAME is needed"}
	}
	if a.Reason == "" && needsReason(d.Action) {
		return a, &MistakeError{fmt.Sprintf("a %s needs a reason: --reason TEXT", d.Action)}
	}
	if d.Until != "" {
		if a.Until, err = parseDate(d.Until, false); err != nil {
			return a, &MistakeError{fmt.Sprintf("--until %q %v", d.Until, err)}
		}
	}
	if d.Cap != "" {
		if a.Cap, err = money.Parse(d.Cap); err != nil {
			return a, &MistakeError{"--cap " + err.Error()}
		}
	}
	return a, nil
}

// shortestID is how much of an id must be given.
const shortestID = 6

// resolve finds the id that was meant: a whole one, or the only one that begins
// like that.
func (k *knowledge) resolve(text string) (string, error) {
	var ids, begins []string
	for key := range k.last {
		if _, there := k.items[key[0]]; !there {
			ids = append(ids, key[0]) // closed and gone, which can still be taken back
		}
	}
	ids = append(ids, k.ids()...)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if strings.EqualFold(id, text) {
			return id, nil
		}
		if len(text) >= shortestID && strings.HasPrefix(strings.ToLower(id), strings.ToLower(text)) {
			begins = append(begins, id)
		}
	}
	switch {
	case len(begins) == 1:
		return begins[0], nil
	case len(begins) > 1:
		return "", &MistakeError{fmt.Sprintf("%s begins several ids: %s", text, strings.Join(begins, ", "))}
	}
	hint := "tieout cases list shows what is open"
	if near, ok := nearest.Word(text, ids); ok && nearest.Distance(strings.ToLower(text), strings.ToLower(near)) <= 3 {
		hint = "did you mean " + near + "?"
	}
	return "", &MistakeError{fmt.Sprintf("%q is neither a break nor an open item of %s; %s", clip(text), k.date, hint)}
}
