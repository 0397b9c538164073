package explain

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"tieout/reconcile"
)

// Event is something that happened to a payment's breaks and open items.
type Event struct {
	From string `json:"from"` // business date, YYYY-MM-DD
	To   string `json:"to"`   // the last of the dates that say the same
	ID   string `json:"id"`
	What string `json:"what"`
}

// Follow adds to each story what earlier and later reports say of it. Reports come
// oldest first; answers are those that people gave, nil without a state.
func (e *Explanation) Follow(past []Report, answers []reconcile.Answer) error {
	for i := range e.Stories {
		e.Stories[i].History = []Event{}
	}
	seen := make([]map[string]bool, len(e.Stories)) // ids that the former report had
	for _, r := range past {
		now, err := e.listed(r)
		if err != nil {
			return err
		}
		gone, err := resolved(r)
		if err != nil {
			return err
		}
		for i := range e.Stories {
			e.Stories[i].step(r.Date, now[i], seen[i], gone)
			seen[i] = map[string]bool{}
			for _, row := range now[i] {
				seen[i][idOfRow(row)] = true
			}
		}
	}
	for i := range e.Stories {
		e.Stories[i].answered(answers)
	}
	return nil
}

// listed are the rows of a report that concern each story.
func (e *Explanation) listed(r Report) ([][]Row, error) {
	now := make([][]Row, len(e.Stories))
	for _, file := range []string{"breaks.csv", "open_items.csv"} {
		rows, _, err := scan(r.Files, file, func(row Row) bool {
			return slices.ContainsFunc(e.Stories, func(s Story) bool { return s.concerns(row) })
		})
		if err != nil {
			return nil, fmt.Errorf("the report of %s: %w", r.Date, err)
		}
		for i := range e.Stories {
			for _, row := range rows {
				if e.Stories[i].concerns(row) {
					now[i] = append(now[i], row)
				}
			}
		}
	}
	return now, nil
}

// resolved says of what left the open items in a report what resolved it, by id.
func resolved(r Report) (map[string]string, error) {
	content, err := fs.ReadFile(r.Files, "result.json")
	if err != nil {
		return nil, fmt.Errorf("the report of %s: result.json: %w", r.Date, err)
	}
	var m struct {
		Resolved []struct{ ID, How, What, By, Became string }
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return nil, fmt.Errorf("the report of %s: result.json: %w", r.Date, err)
	}
	gone := map[string]string{}
	for _, g := range m.Resolved {
		text := cmp.Or(strings.ReplaceAll(g.How, "_", " "), "resolved")
		if g.Became != "" {
			text += ", now " + g.Became
		}
		if g.By != "" {
			text += " by " + g.By
		}
		if g.What != "" {
			text += ": " + g.What
		}
		gone[g.ID] = text
	}
	return gone, nil
}

func (s *Story) concerns(r Row) bool { return ofSubject(s, r) || slices.Contains(s.ids(), idOfRow(r)) }

func idOfRow(r Row) string { return cmp.Or(r.Get("break_id"), r.Get("item_id")) }

// step adds what a report says of the story. Reports that say the same make one
// event.
func (s *Story) step(date string, now []Row, before map[string]bool, gone map[string]string) {
	for _, r := range now {
		s.happened(Event{date, date, idOfRow(r), standing(r)})
		delete(before, idOfRow(r))
	}
	for _, id := range sorted(before) {
		s.happened(Event{date, date, id, cmp.Or(gone[id], "no longer listed")})
	}
}

func sorted(set map[string]bool) []string {
	var list []string
	for id := range set {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// happened adds an event, or makes the former one of the same kind longer.
func (s *Story) happened(e Event) {
	for i := len(s.History) - 1; i >= 0; i-- {
		if last := &s.History[i]; last.ID == e.ID {
			if last.What == e.What {
				last.To = e.To
				return
			}
			break
		}
	}
	s.History = append(s.History, e)
}

// standing says how a break or open item stands in a report.
func standing(r Row) string {
	parts := []string{cmp.Or(r.Get("kind"), r.Get("state"))}
	if figure := cmp.Or(r.Get("difference"), r.Get("amount")); figure != "" && figure != "0" {
		parts = append(parts, signed(figure)+" "+r.Get("symbol"))
	}
	if d := r.Get("disposition"); d != "" {
		by := ""
		if r.Get("by") != "" {
			by = " by " + r.Get("by")
		}
		parts = append(parts, d+by)
	}
	return strings.Join(parts, ", ")
}

// signed writes a figure with its sign, as contributions are.
func signed(figure string) string {
	if figure == "0" || strings.HasPrefix(figure, "-") {
		return figure
	}
	return "+" + figure
}

// answered adds the decisions of people, at the report that they answered.
func (s *Story) answered(answers []reconcile.Answer) {
	ids := s.ids()
	for _, e := range s.History {
		ids = append(ids, e.ID)
	}
	for _, a := range answers {
		if slices.Contains(ids, a.ID) {
			s.History = append(s.History, Event{a.Date, a.Date, a.ID, decision(a)})
		}
	}
	slices.SortStableFunc(s.History, func(a, b Event) int { return strings.Compare(a.From, b.From) })
}

// decision says who decided what, why and where.
func decision(a reconcile.Answer) string {
	text := fmt.Sprintf("%s by %s", a.Action, a.By)
	if a.Until != "" {
		text += " until " + a.Until
	}
	if a.Cap.Known() {
		text += " up to " + a.Cap.String()
	}
	if a.Reason != "" {
		text += ": " + a.Reason
	}
	if a.File != "" {
		return fmt.Sprintf("%s (%s row %d)", text, a.File, a.Row)
	}
	return text + " (on the command line)"
}
