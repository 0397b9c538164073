// Package audit verifies published reports. It trusts nothing but their files: it
// reads them with readers of its own, adds up the rows, and holds the sums against
// what the report says of itself. Of the program that wrote them it shares nothing
// but the exact arithmetic, so that a defect there cannot hide here.
//
// Per business date it checks, in this order: that result.json is whole and of a
// known schema; that every file it lists is there with its size and SHA-256, and
// nothing else lies beside them; that its counts are those of the rows; that every
// row refers to rows that exist; that received - expected equals breaks, open,
// cut-off, tolerance, not covered and answered, for each order, each transfer and
// each asset, on each business date and in each account. Over a root of reports it
// then follows the chain of runs.
//
// A forger who writes new figures and new hashes everywhere, in every file and
// every later date, makes another consistent set of reports. Nobody can tell it
// from the files alone; keep the hash of the newest result.json elsewhere.
package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// manifestName is the file that marks a report as published.
const manifestName = "result.json"

// Report is what the verification of a directory came to.
type Report struct {
	Dir   string  `json:"dir"`
	Dates []*Date `json:"dates"` // oldest first, a superseded revision before the one that replaced it
}

// Verdict sums a verification up.
type Verdict string

// The verdicts, from good to bad.
const (
	Holds      Verdict = "holds"      // everything that was checked is as it says
	Incomplete Verdict = "incomplete" // a date is stale, or does not publish what it takes to check it
	Fails      Verdict = "fails"      // a figure, a reference or a hash is wrong
)

// Verdict returns the worst of the dates.
func (r *Report) Verdict() Verdict {
	worst := Holds
	for _, d := range r.Dates {
		switch v := d.Verdict(); {
		case v == Fails:
			return Fails
		case v == Incomplete:
			worst = Incomplete
		}
	}
	return worst
}

// NotFoundError says that there is no report at all in a directory.
type NotFoundError struct {
	Dir    string
	Reason string
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("%s: %s", e.Dir, e.Reason) }

// Verify checks dir, which is a root of reports or the directory of one of them.
// An error is a *NotFoundError or says that the directory cannot be read: whatever
// is wrong with a report stands in the Report.
func Verify(dir string) (*Report, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &NotFoundError{dir, "there is no such directory"}
	case err != nil:
		return nil, err
	}
	r := &Report{Dir: dir}
	if isReport(filepath.Base(absolute(dir)), entries) {
		r.Dates = []*Date{verifyDate(dir, nameOf(dir))}
		follow(siblings(dir, r.Dates[0]))
		return r, nil
	}
	for _, name := range reportsOf(dir, entries) {
		r.Dates = append(r.Dates, verifyDate(filepath.Join(dir, name), name))
	}
	if len(r.Dates) == 0 {
		return nil, &NotFoundError{dir, "it holds no report: name a report root, or the directory of one date"}
	}
	slices.SortStableFunc(r.Dates, compareDates)
	follow(r.Dates)
	return r, nil
}

// nameOf is the path of a report below its root.
func nameOf(dir string) string {
	dir = absolute(dir)
	if filepath.Base(filepath.Dir(dir)) == superseded {
		return filepath.Join(superseded, filepath.Base(dir))
	}
	return filepath.Base(dir)
}

// absolute makes "." a name.
func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// dateName is the name of a report: a business date, or a window of one's own.
var dateName = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}($|T|--)`)

// IsName reports whether a directory of that name is one report.
func IsName(name string) bool { return dateName.MatchString(name) }

// isReport reports whether a directory is one report, not a root of them.
func isReport(name string, entries []fs.DirEntry) bool {
	return dateName.MatchString(name) || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == manifestName })
}

// superseded is where the revisions lie that were replaced.
const superseded = ".superseded"

// reportsOf lists the reports of a root by their paths below it. Everything else
// that lies in a root is no report, except a directory that carries its mark.
func reportsOf(root string, entries []fs.DirEntry) []string {
	var names []string
	for _, e := range entries {
		switch {
		case e.Name() == superseded:
			names = append(names, supersededOf(root)...)
		case strings.HasPrefix(e.Name(), "."), !isDir(root, e):
		case dateName.MatchString(e.Name()), exists(filepath.Join(root, e.Name(), manifestName)):
			names = append(names, e.Name())
		}
	}
	return names
}

func supersededOf(root string) []string {
	entries, err := os.ReadDir(filepath.Join(root, superseded))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if isDir(filepath.Join(root, superseded), e) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(superseded, e.Name()))
		}
	}
	return names
}

// isDir follows links: a root may be put together of links.
func isDir(dir string, e fs.DirEntry) bool {
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
