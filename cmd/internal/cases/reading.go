package cases

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"tieout/reconcile"
)

// Reading is what a file of answers says.
type Reading struct {
	File     string // as shown
	SHA256   string
	At       reconcile.Instant // when it is taken in
	AsOf     string            // business date of the report that was answered
	Answers  []Given
	SignOff  *SignOff // nil when nobody signed, or the file has no place for it
	Problems []Problem
}

// Options say what is known of a file beside its content.
type Options struct {
	Merchant string            // of the configuration; a file of another one is refused
	AsOf     string            // --as-of, "" when the file says it itself
	Manifest []byte            // result.json beside a CSV file, nil without one
	Single   bool              // signoff: single
	At       reconcile.Instant // when it is taken in
}

// fileReader reads one file.
type fileReader struct {
	Reading
	options  Options
	name     string
	sha256   string
	asOf     string
	from1904 bool                // how a workbook counts days
	plain    func(string) string // undoes how a cell was written
	taken    map[[2]string][]int // id and asset -> indices of answers
}

// Read reads a workbook or a CSV file of answers. An error is a *Problem with the
// file as a whole: nothing of it is taken. Problems with single rows stand in the
// reading, and the other rows count.
func Read(name string, content []byte, o Options) (*Reading, error) {
	sum := sha256.Sum256(content)
	r := &fileReader{options: o, name: name, sha256: hex.EncodeToString(sum[:]), plain: asItIs, taken: map[[2]string][]int{}}
	read := r.csv
	if bytes.HasPrefix(content, []byte("PK")) {
		read = r.workbook
	}
	if err := read(content); err != nil {
		return nil, err
	}
	r.dropContradictions()
	r.File, r.SHA256, r.AsOf, r.At = r.name, r.sha256, r.asOf, o.At
	return &r.Reading, nil
}

func asItIs(s string) string { return s }

// fail is a problem with the file as a whole.
func (r *fileReader) fail(format string, args ...any) error {
	return &Problem{File: r.name, Reason: fmt.Sprintf(format, args...)}
}

// belongsTo settles which report a file belongs to, from what it says itself and
// what was said on the command line.
func (r *fileReader) belongsTo(merchant, asOf string) error {
	if merchant != "" && r.options.Merchant != "" && merchant != r.options.Merchant {
		return r.fail("it is of the merchant %q, the configuration of %q", merchant, r.options.Merchant)
	}
	if asOf != "" && r.options.AsOf != "" && asOf != r.options.AsOf {
		return r.fail("it belongs to the report of %s, --as-of says %s", asOf, r.options.AsOf)
	}
	asOf = cmp.Or(asOf, r.options.AsOf, dateInName(filepath.Base(r.name)))
	if asOf == "" {
		return r.fail("it does not say which report it answers: put it beside that report's result.json, write the date into its name (breaks-2026-03-17.csv), or give --as-of")
	}
	if _, err := time.Parse(time.DateOnly, asOf); err != nil {
		return r.fail("it answers a report of %q, which is no business date: only reports of a date are carried forward", clip(asOf))
	}
	r.asOf = asOf
	return nil
}

// manifest reads what result.json says of the report.
func (r *fileReader) manifest() (merchant, asOf string, err error) {
	if r.options.Manifest == nil {
		return "", "", nil
	}
	var m struct {
		Merchant string `json:"merchant"`
		AsOf     string `json:"as_of"`
		Interim  bool   `json:"interim"`
	}
	if err := json.Unmarshal(r.options.Manifest, &m); err != nil {
		return "", "", r.fail("the result.json beside it cannot be read: %v", err)
	}
	if m.Interim {
		return "", "", r.fail("it belongs to an interim report, of which nothing is carried forward")
	}
	return m.Merchant, m.AsOf, nil
}

var dated = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// dateInName is the only date in the file's name, "" without one.
func dateInName(name string) string {
	if all := dated.FindAllString(name, -1); len(all) == 1 {
		return all[0]
	}
	return ""
}

// take reads a row.
func (r *fileReader) take(line *row) {
	g, given := line.answer()
	if len(line.found) > 0 {
		r.Problems = append(r.Problems, line.found...)
		return
	}
	if given {
		key := [2]string{g.ID, g.Asset}
		r.taken[key] = append(r.taken[key], len(r.Answers))
		r.Answers = append(r.Answers, g)
	}
}

// dropContradictions refuses rows that decide the same thing in different ways;
// rows that decide it alike count once.
func (r *fileReader) dropContradictions() {
	var kept []Given
	for i, g := range r.Answers {
		same := r.taken[[2]string{g.ID, g.Asset}]
		against := 0
		for _, j := range same {
			if !alike(&r.Answers[j].Answer, &g.Answer) {
				against = r.Answers[j].Row
			}
		}
		switch {
		case against > 0:
			r.Problems = append(r.Problems, Problem{File: r.name, Sheet: g.Sheet, Row: g.Row, Column: "disposition", Value: string(g.Action),
				Reason: fmt.Sprintf("row %d answers %s otherwise; neither counts", against, g.ID)})
		case same[0] == i:
			kept = append(kept, g)
		}
	}
	r.Answers = kept
}

// alike reports whether two answers are the same.
func alike(a, b *reconcile.Answer) bool {
	return a.ID == b.ID && a.Asset == b.Asset && a.Reason == b.Reason && a.By == b.By && agree(a, b)
}

// agree reports whether two answers decide the same, whoever gave them.
func agree(a, b *reconcile.Answer) bool {
	return a.Action == b.Action && a.Until == b.Until && a.Cap.Known() == b.Cap.Known() && a.Cap.Cmp(b.Cap) == 0
}
