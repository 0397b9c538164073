package audit

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// compareDates puts reports in the order of their dates, a superseded revision
// before what replaced it.
func compareDates(a, b *Date) int {
	return cmp.Or(strings.Compare(a.date(), b.date()), cmp.Compare(rank(a), rank(b)), strings.Compare(a.Name, b.Name))
}

func rank(d *Date) int {
	if d.isSuperseded() {
		return 0
	}
	return 1
}

func (d *Date) isSuperseded() bool { return filepath.Dir(d.Name) == superseded }

// date is the business date by the name of the directory, without the number of a
// superseded revision.
func (d *Date) date() string {
	name, _, _ := strings.Cut(filepath.Base(d.Name), ".")
	return name
}

// isRun reports whether a report is a run of a business date: one that continues
// the one before. A window of one's own and a preliminary run stand alone.
func (d *Date) isRun() bool {
	_, err := time.Parse(time.DateOnly, d.date())
	return err == nil && d.manifest != nil && !d.manifest.interim
}

// runs are the reports of one root by business date: the one that counts, and
// those that it replaced.
type runs struct {
	dates   []string
	current map[string]*Date
	former  map[string][]*Date
	broken  map[string]*Date // by date, those whose result.json cannot be read
}

func runsOf(dates []*Date) *runs {
	all := &runs{current: map[string]*Date{}, former: map[string][]*Date{}, broken: map[string]*Date{}}
	for _, d := range dates {
		switch {
		case d.manifest == nil && d.SHA256 != "":
			all.broken[d.date()] = d
		case !d.isRun():
		case d.isSuperseded():
			all.former[d.date()] = append(all.former[d.date()], d)
		default:
			all.current[d.date()] = d
			all.dates = append(all.dates, d.date())
		}
	}
	slices.Sort(all.dates)
	return all
}

// follow checks the chain of runs: each names the one before by the hash of its
// result.json, and opens with what that one closed with.
func follow(dates []*Date) {
	all := runsOf(dates)
	merchant := ""
	for _, date := range all.dates {
		d := all.current[date]
		if merchant == "" {
			merchant = d.manifest.merchant
		}
		d.same(spot{file: manifestName}, "merchant", merchant, d.manifest.merchant)
		all.checkRevision(d)
		all.checkPrevious(d)
	}
	for _, list := range all.former {
		for _, d := range list {
			all.checkPrevious(d)
		}
	}
	for i := range all.dates[:max(0, len(all.dates)-1)] { // whatever rests on a stale run is stale
		if d, next := all.current[all.dates[i]], all.current[all.dates[i+1]]; d.Stale != "" && next.Stale == "" {
			next.Stale = d.date() + ", which it continues, is stale"
		}
	}
}

// checkRevision: a revision replaces the one before, by the hash of its result.json.
func (all *runs) checkRevision(d *Date) {
	m, at := d.manifest, spot{file: manifestName}
	if m.replaces == "" {
		return
	}
	former := all.former[d.date()]
	i := slices.IndexFunc(former, func(f *Date) bool { return f.SHA256 == m.replaces })
	if i < 0 {
		d.Unchecked = append(d.Unchecked, "the revision that it replaces is not in "+superseded)
		return
	}
	d.number(at, "revision", former[i].manifest.revision+1, m.revision)
}

// checkPrevious compares the link of a run with the reports that are there.
func (all *runs) checkPrevious(d *Date) {
	p, at := d.manifest.previous, spot{file: manifestName}
	before := all.before(d.date())
	switch {
	case p == nil && before == "":
	case p == nil:
		d.late("%s was run after it", before)
	case p.asOf >= d.date():
		d.fail(at, "previous.as_of", "an earlier date than "+d.date(), p.asOf)
	case all.current[p.asOf] == nil && all.broken[p.asOf] != nil:
		d.same(at, "previous.sha256", all.broken[p.asOf].SHA256, p.sha256)
	case all.current[p.asOf] == nil:
		d.Unchecked = append(d.Unchecked, "the run of "+p.asOf+", which it continues, is not here")
	case all.current[p.asOf].SHA256 == p.sha256:
		d.Checks++
		d.checkOpening(all.current[p.asOf])
		if before != p.asOf {
			d.late("%s was run after it", before)
		}
	default:
		all.checkFormer(d, p)
	}
}

// checkFormer: a run may continue a revision that was replaced since.
func (all *runs) checkFormer(d *Date, p *link) {
	for _, f := range all.former[p.asOf] {
		if f.SHA256 == p.sha256 {
			d.Checks++
			d.checkOpening(f)
			d.late("%s was revised after it", p.asOf)
			return
		}
	}
	d.fail(spot{file: manifestName}, "previous.sha256", all.current[p.asOf].SHA256, p.sha256)
}

// late says that a run has to be made again. A superseded one has been.
func (d *Date) late(format, date string) {
	if d.Stale == "" && !d.isSuperseded() {
		d.Stale = fmt.Sprintf(format, date)
	}
}

// before returns the newest business date before another, "" without one.
func (all *runs) before(date string) string {
	i, _ := slices.BinarySearch(all.dates, date)
	if i == 0 {
		return ""
	}
	return all.dates[i-1]
}

// siblings reads the manifests of the reports beside one, for its links. Their own
// findings are not told: they were not asked for.
func siblings(dir string, one *Date) []*Date {
	if !one.isRun() {
		return []*Date{one}
	}
	root := filepath.Dir(absolute(dir))
	if one.isSuperseded() {
		root = filepath.Dir(root)
	}
	all := []*Date{one}
	entries, err := os.ReadDir(root)
	if err != nil {
		return all
	}
	for _, name := range reportsOf(root, entries) {
		d := &Date{Name: name, place: filepath.Join(root, name)}
		if name != one.Name && exists(filepath.Join(d.place, manifestName)) && d.date() <= one.date() {
			d.manifest = d.readManifest()
			all = append(all, d)
		}
	}
	return all
}
