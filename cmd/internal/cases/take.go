package cases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/reconcile"
)

// State is what answers are held against, and where they are kept.
type State interface {
	// Next returns what a run of the next business date would start from: what the
	// newest one carried forward, and the answers that wait for it. Its date is ""
	// when none has run.
	Next(ctx context.Context) (reconcile.Opening, error)
	// Answers returns every answer that was ever given, in the order in which they
	// count.
	Answers(ctx context.Context) ([]reconcile.Answer, error)
	// Imported reports whether a file was taken in before, by its SHA-256.
	Imported(ctx context.Context, sha256 string) (bool, error)
	// Revision is that of the published run of a date, 0 when it did not run.
	Revision(ctx context.Context, date string) (int, error)
	// Keep keeps what was taken from a file, or on the command line.
	Keep(ctx context.Context, t Taken) error
}

// Taken is what counts from the next run on.
type Taken struct {
	File    string             `json:"file"` // "" on the command line
	SHA256  string             `json:"sha256"`
	At      reconcile.Instant  `json:"-"`
	Answers []reconcile.Answer `json:"-"`
	SignOff *SignOff           `json:"sign_off"` // null when it is not signed by everybody who has to
}

// Outcome is what became of a file.
type Outcome struct {
	Taken
	Repeated  bool      `json:"repeated"`  // the file was taken in before: it counts once
	Unchanged int       `json:"unchanged"` // rows that say what is decided already
	Problems  []Problem `json:"problems"`
}

// Take holds readings against the state, in their order, and keeps what counts.
// Rows that do not count are problems of their outcome; an error means that the
// state could not be read or written.
func Take(ctx context.Context, state State, readings ...*Reading) ([]Outcome, error) {
	known, err := know(ctx, state)
	if err != nil {
		return nil, err
	}
	var all []Outcome
	disputes := disputed(readings)
	for _, r := range readings {
		out, err := known.take(ctx, state, r, disputes)
		if err != nil {
			return all, err
		}
		all = append(all, out)
	}
	return all, nil
}

// take takes one file. What answers a report that did not run yet is left for
// later; everything else counts once, whatever became of its rows.
func (k *knowledge) take(ctx context.Context, state State, r *Reading, disputes map[*Given]*Given) (Outcome, error) {
	out := Outcome{Taken: Taken{File: r.File, SHA256: r.SHA256, At: r.At}, Problems: []Problem{}}
	var err error
	if out.Repeated, err = state.Imported(ctx, r.SHA256); err != nil || out.Repeated {
		return out, err
	}
	if r.AsOf > k.date {
		out.Problems = append(out.Problems, Problem{File: r.File, Reason: k.notRun(r.AsOf)})
		return out, nil
	}
	out.Problems = append(out.Problems, r.Problems...)
	k.sort(r, disputes, &out)
	slices.SortStableFunc(out.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Sheet, b.Sheet), a.Row-b.Row)
	})
	if err := takeSignOff(ctx, state, r, &out); err != nil {
		return out, err
	}
	return out, state.Keep(ctx, out.Taken)
}

// sort tells the answers that count from those that do not.
func (k *knowledge) sort(r *Reading, disputes map[*Given]*Given, out *Outcome) {
	for i := range r.Answers {
		g := &r.Answers[i]
		reason := k.against(g)
		if other := disputes[g]; other != nil {
			reason = fmt.Sprintf("%s row %d, by %s, answers %s otherwise; neither counts", other.File, other.Row, other.By, g.ID)
		}
		switch {
		case k.says(&g.Answer):
			out.Unchanged++
		case reason != "":
			out.Problems = append(out.Problems, Problem{File: r.File, Sheet: g.Sheet, Row: g.Row, Column: "disposition", Value: string(g.Action), Reason: reason})
		default:
			out.Answers = append(out.Answers, g.Answer)
			k.add(g.Answer)
		}
	}
}

// disputed finds answers to one report by different people, in files that came in
// together, which decide the same thing in different ways. Nobody guesses which
// was meant, and the order of file names decides nothing.
func disputed(readings []*Reading) map[*Given]*Given {
	type key struct{ date, id, asset string }
	byKey := map[key][]*Given{}
	disputes := map[*Given]*Given{}
	for _, r := range readings {
		for i := range r.Answers {
			g := &r.Answers[i]
			k := key{g.Date, g.ID, g.Asset}
			for _, other := range byKey[k] {
				if person(other.By) != person(g.By) && !agree(&other.Answer, &g.Answer) {
					disputes[g], disputes[other] = other, g
				}
			}
			byKey[k] = append(byKey[k], g)
		}
	}
	return disputes
}

// takeSignOff takes a signature of the revision that is published.
func takeSignOff(ctx context.Context, state State, r *Reading, out *Outcome) error {
	if !r.SignOff.Signed() {
		return nil
	}
	published, err := state.Revision(ctx, r.AsOf)
	if err != nil {
		return err
	}
	s := *r.SignOff
	switch {
	case published == 0:
		out.Problems = append(out.Problems, Problem{File: r.File, Sheet: signOffSheet, Reason: "no run of " + r.AsOf + " is carried forward: there is nothing to sign"})
	case s.Revision != 0 && s.Revision != published:
		out.Problems = append(out.Problems, Problem{File: r.File, Sheet: signOffSheet,
			Reason: fmt.Sprintf("it signs revision %d of %s, but revision %d is published: sign that one", s.Revision, r.AsOf, published)})
	default:
		s.Revision = published
		out.SignOff = &s
	}
	return nil
}
