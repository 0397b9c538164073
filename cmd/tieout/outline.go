package main

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"tieout/cmd/internal/files"
	"tieout/reconcile"
)

// outline is a configuration made of samples.
type outline struct {
	merchant string
	drafts   []draft
	notes    map[string][]string // of a draft, by its name
	lists    []draft             // of addresses: whose they are is not for us to say
	unknown  []string            // files that were not recognised, each with why
	told     []string            // what every file was taken for
	newest   reconcile.Instant   // of all rows
}

// outlineOf recognises samples. Files of one series, told apart by the date in their
// names, are one source.
func outlineOf(ctx context.Context, dir string, samples []files.Input) (*outline, error) {
	base, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	o := &outline{merchant: filepath.Base(base), notes: map[string][]string{}}
	series := map[string]int{} // of drafts
	for _, in := range samples {
		s, err := look(ctx, in)
		if err != nil {
			o.miss(in.Path, err.Error())
			continue
		}
		shown, err := relative(base, in.Path)
		if err != nil {
			return nil, err
		}
		o.take(s, shown, series)
	}
	o.own()
	return o, nil
}

// relative is how a configuration in base names a file.
func relative(base, name string) (string, error) {
	if strings.Contains(name, "://") {
		return name, nil
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(base, abs)
	return filepath.ToSlash(rel), err
}

func (o *outline) miss(file, why string) {
	o.unknown = append(o.unknown, oneLine(file+": "+why))
	o.told = append(o.told, file+": not recognised; tieout inspect says how near it came")
}

// take adds a sample to the outline.
func (o *outline) take(s *sample, shown string, series map[string]int) {
	best := s.best()
	if best.sure == impossible {
		o.miss(s.Path, best.why)
		return
	}
	o.told = append(o.told, fmt.Sprintf("%s: %s %s", s.Path, best.sure, best.what))
	o.newest = max(o.newest, best.newest)
	d := best.draft
	d.files = []string{shown}
	if d.section == "own_addresses" {
		o.lists = append(o.lists, d)
		return
	}
	if d.dsn != "" {
		d.dsn, d.files = "sqlite://"+shown, nil
	}
	key := dated.ReplaceAllString(shown, "*")
	if i, ok := series[key]; ok && key != shown && alike(o.drafts[i], d) {
		o.drafts[i].files = append(o.drafts[i].files, shown)
		return
	}
	d.name = o.unique(nameOf(shown))
	series[key] = len(o.drafts)
	o.drafts = append(o.drafts, d)
	o.notes[d.name] = append([]string{fmt.Sprintf("%s: %s %s (%s)", shown, best.sure, best.what, best.why)}, best.notes...)
}

// alike reports whether two files are read in the same way.
func alike(a, b draft) bool {
	a.name, b.name, a.files, b.files = "", "", nil, nil
	return reflect.DeepEqual(a, b)
}

// nameOf names a source after its file, without date and endings.
func nameOf(file string) string {
	name, _, _ := strings.Cut(dated.ReplaceAllString(path.Base(file), ""), ".")
	if name = strings.Trim(name, "-_ "); name == "" {
		return "source"
	}
	return name
}

func (o *outline) unique(name string) string {
	for n := 2; ; n++ {
		if !slices.ContainsFunc(o.drafts, func(d draft) bool { return d.name == name }) {
			return name
		}
		base, _, _ := strings.Cut(name, " ")
		name = fmt.Sprintf("%s %d", base, n)
	}
}

// own finds our own books: a plain one beside a provider's, or without the provider's
// numbers beside one that has them.
func (o *outline) own() {
	others := slices.ContainsFunc(o.drafts, func(d draft) bool { return d.section == "orders" && d.book == "" && d.provider != "generic" })
	numbered := slices.ContainsFunc(o.drafts, func(d draft) bool { return d.section == "orders" && d.book == "" && d.ids })
	for i := range o.drafts {
		d := &o.drafts[i]
		if d.section == "orders" && d.book == "" && d.provider == "generic" && (others || numbered && !d.ids) {
			d.book = "merchant"
		}
	}
}

// date is the newest business date of the samples that is over, "" for none.
func (o *outline) date(now time.Time) string {
	date := o.newest.Time().UTC().Truncate(24 * time.Hour)
	if !o.newest.Known() || date.AddDate(0, 0, 1).After(now) {
		return ""
	}
	return date.Format(time.DateOnly)
}

// yaml is the configuration. It can run as it stands: what no sample shows is a file
// that is still missing, so that a run says so and claims nothing.
func (o *outline) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, outlineHead, scalar(o.merchant))
	b.WriteString("\n# Order books: what the provider says was paid, and our own (book: merchant). At least one.\norders:\n")
	o.section(&b, "orders", "  - name: orders\n    files: [\"exports/*.csv\"]      # no sample was an order book: name the files here\n")
	if slices.ContainsFunc(o.drafts, func(d draft) bool { return d.section == "webhooks" }) {
		b.WriteString("\n# What our webhook receiver was told, and what it answered.\nwebhooks:\n")
		o.section(&b, "webhooks", "")
	}
	b.WriteString("\n# What moved on chain: files, a node (source: evm, tron) or an API (source: etherscan). At least one.\ntransfers:\n")
	o.section(&b, "transfers", "  - name: transfers\n    files: [\"transfers/*.csv\"]    # no sample held transfers: name the files here, or a node with source: evm and endpoints:\n")
	if len(o.lists) > 0 {
		b.WriteString("\n# Lists of addresses. What they are has to be said: one of our own treasury, whose transfers are no customers' payments,\n" +
			"# becomes a line here without the # (several in one list of files); one of addresses that receive goes under its source\n" +
			"# of transfers, as addresses: {files: [...]}.\n")
	}
	for _, d := range o.lists {
		b.WriteString("# " + d.yaml())
	}
	b.WriteString(outlineFoot)
	if len(o.unknown) > 0 {
		b.WriteString("\n# Not recognised, and not read:\n")
	}
	for _, text := range o.unknown {
		b.WriteString("#   " + text + "\n")
	}
	return b.String()
}

// section writes the sources of a section, each under what is known of it.
func (o *outline) section(b *strings.Builder, section, none string) {
	for _, d := range o.drafts {
		if d.section != section {
			continue
		}
		for _, note := range o.notes[d.name] {
			b.WriteString("  # " + oneLine(note) + "\n")
		}
		d.files = together(d.files)
		b.WriteString(d.yaml())
		none = ""
	}
	b.WriteString(none)
}

// together names the files of a series by the pattern that the next ones will match.
func together(list []string) []string {
	if len(list) == 0 || !dated.MatchString(path.Base(list[0])) {
		return list
	}
	dir, name := path.Split(list[0])
	return []string{dir + dated.ReplaceAllString(name, "*")}
}

// oneLine makes a text fit for a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}

const outlineHead = `# yaml-language-server: $schema=tieout.schema.json
#
# Written by tieout init from sample files. Check what it took them for, then ask
# tieout doctor. Without samples, tieout init writes a configuration with every key.
#
# - Unknown keys are errors. Relative paths start at this file's directory.
# - ${NAME} is taken from the environment; secrets are never written here.
version: 1
merchant: %s
timezone: Etc/UTC                 # where business dates are cut; an IANA name
window: {lookback: 96h}           # how far back each run judges again
`

const outlineFoot = `
policy:
  rates: {USD: {USDT: "1", USDC: "1"}}   # only for sorting, severity and dust; no amount is ever converted
  materiality: {USD: "100"}              # a break above it is of high severity

reports: {to: reports, formats: [csv, xlsx, json]}
# schedule: "15 2 * * *"          # when tieout daemon looks for business dates that are due
# answers: {files: ["answers/*.xlsx"]}   # copies of the workbook in which people answered
`
