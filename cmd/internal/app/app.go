// Package app is one run: read the books, then the webhook logs, then the
// transfers that they ask for, reconcile, and write the report. Sources, files and
// writers are given to it.
package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"tieout/reconcile"
	"tieout/reports"
	"tieout/sources"
)

// Job is everything one run needs.
type Job struct {
	Catalogue *reconcile.Catalogue
	Policy    reconcile.Policy // with its window
	Facts     reports.Facts    // what is known before the run
	Formats   []string         // csv, xlsx, json
	FailOn    []reconcile.Kind // breaks that fail the run; nil = none

	Books, Webhooks, Transfers []Source

	Begin func() (Publisher, error) // nil = a dry run: nothing is written
	State State                     // nil = a window of one's own: nothing is carried forward
	Log   *slog.Logger
	Step  func(doing string) // told what happens now; may be nil
}

// Source is a configured source; Problem says why it cannot be read at all, ""
// when it can.
type Source struct {
	sources.Source
	Problem string
}

// Publisher makes a report that appears whole or not at all. Its files are written
// from several goroutines.
type Publisher interface {
	Write(name string, write func(io.Writer) error) error
	Files() []reports.File
	Dir() string
	Manifest() string // SHA-256 of result.json, once that is written
	Temp() string     // by which a publication is brought to its end after a crash
	Seal() error      // keeps what was written through a power loss
	Publish() (published bool, err error)
	Abort() error
}

// Outcome is what a run came to.
type Outcome struct {
	Document  reports.Document
	Published bool // false for a dry run, and when the same report stood there already
}

// Exit statuses of a run that was carried out, see contract section 1.
const (
	ExitComplete   = 0
	ExitBreaks     = 1
	ExitIncomplete = 3
)

// Run carries out the job. An error means that the run could not be completed:
// a *reconcile.InvariantError that the numbers do not add up, a context error
// that it was stopped, others that the report could not be written.
func (j *Job) Run(ctx context.Context) (Outcome, error) {
	result, err := j.reconcile(ctx)
	if err != nil {
		return Outcome{}, err
	}
	doc := reports.Document{Result: result, Facts: j.facts(result), Totals: reports.Sum(result)}
	if j.Begin == nil {
		return Outcome{Document: doc}, nil
	}
	j.step("writing the report")
	published, err := j.publish(ctx, &doc)
	return Outcome{doc, published}, err
}

// reconcile reads every source in the order in which they need one another.
func (j *Job) reconcile(ctx context.Context) (*reconcile.Result, error) {
	b := reconcile.NewBuilder(j.Catalogue, j.Policy.Profiles)
	q := sources.Query{Window: j.Policy.Window, Reach: j.Policy.Reach()}
	q.Named = func() []sources.Named { return named(b, &j.Policy) }
	for _, list := range [][]Source{j.Books, j.Webhooks} {
		if err := j.read(ctx, b, list, q); err != nil {
			return nil, err
		}
	}
	q.Watch, q.Claims = watch(b, &j.Policy), func() []sources.Claim { return claims(b) }
	if err := j.read(ctx, b, j.Transfers, q); err != nil {
		return nil, err
	}
	j.step("reconciling")
	return reconcile.Reconcile(b.Build(), j.Policy)
}

// read reads sources one after the other. One that fails covers nothing and makes
// the run incomplete; the others are read all the same.
func (j *Job) read(ctx context.Context, b *reconcile.Builder, list []Source, q sources.Query) error {
	for _, s := range list {
		info := s.Info()
		intake := b.Source(info)
		if s.Problem != "" {
			intake.Failed(s.Problem)
			j.Log.Warn("source is missing", "source", info.Name, "reason", s.Problem)
			continue
		}
		j.step("reading " + info.Name)
		err := sources.Piped(ctx, s, q, intake)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			reason := strings.TrimPrefix(err.Error(), info.Name+": ") // reports name the source beside it
			intake.Failed(reason)
			j.Log.Warn("source failed", "source", info.Name, "reason", reason)
			continue
		}
		j.Log.Debug("source read", "source", info.Name)
	}
	return nil
}

func (j *Job) step(doing string) {
	if j.Step != nil {
		j.Step(doing)
	}
}

func watch(b *reconcile.Builder, p *reconcile.Policy) []sources.Watch {
	byChain := b.Watch(p)
	chains := make([]string, 0, len(byChain))
	for chain := range byChain {
		chains = append(chains, chain)
	}
	slices.Sort(chains)
	var list []sources.Watch
	for _, chain := range chains {
		list = append(list, sources.Watch{Chain: chain, Addresses: byChain[chain]})
	}
	return list
}

// named lists the orders that our own books name, and those that an earlier date left
// open. A source that asks by name is read after those that say names.
func named(b *reconcile.Builder, p *reconcile.Policy) []sources.Named {
	var list []sources.Named
	for _, o := range b.Ordered() {
		list = append(list, sources.Named{OrderID: o.OrderID, OrderNo: o.OrderNo, Created: o.Created})
	}
	for i := range p.Opening.Items {
		it := &p.Opening.Items[i]
		if !it.Closed() && (it.OrderID != "" || it.OrderNo != "") {
			list = append(list, sources.Named{Provider: it.Provider, OrderID: it.OrderID, OrderNo: it.OrderNo, Open: true})
		}
	}
	return list
}

func claims(b *reconcile.Builder) []sources.Claim {
	var list []sources.Claim
	for _, c := range b.Claims() {
		list = append(list, sources.Claim(c))
	}
	return list
}

// facts completes what is known of the run by what it came to.
func (j *Job) facts(r *reconcile.Result) reports.Facts {
	f := j.Facts
	f.Complete, f.Incomplete = r.Complete(), r.Incomplete()
	switch {
	case !f.Complete:
		f.Exit = ExitIncomplete
	case slices.ContainsFunc(r.Breaks(), func(b reconcile.BreakRow) bool { return b.Answer == nil && slices.Contains(j.FailOn, b.Kind) }):
		f.Exit = ExitBreaks
	}
	return f
}

// write writes every format side by side, the manifest last. An interim run tells
// what to do now and nothing else.
func (j *Job) write(p Publisher, doc *reports.Document) error {
	files := j.files(p, doc)
	errs := make([]error, len(files))
	var all sync.WaitGroup
	defects := make([]string, len(files))
	for i, f := range files {
		all.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					defects[i] = fmt.Sprintf("%v\n%s", v, debug.Stack())
				}
			}()
			errs[i] = p.Write(f.name, f.write)
		})
	}
	all.Wait()
	for _, text := range defects { // here the caller can catch it; in its goroutine it would end the whole process
		if text != "" {
			panic(text)
		}
	}
	for _, err := range errs { // a full disk fails them all: one says it
		if err != nil {
			return err
		}
	}
	doc.Facts.Outputs = p.Files()
	place := func(f reports.File) int {
		return slices.IndexFunc(files, func(o output) bool { return o.name == f.Path })
	}
	slices.SortFunc(doc.Facts.Outputs, func(a, b reports.File) int { return cmp.Compare(place(a), place(b)) })
	if err := p.Write("result.json", func(w io.Writer) error { return reports.WriteJSON(w, *doc) }); err != nil {
		return fmt.Errorf("the manifest: %w", err)
	}
	return nil
}

// output is one file of a report.
type output struct {
	name  string
	write func(io.Writer) error
}

// files lists what is written beside the manifest, in the order of the manifest.
func (j *Job) files(p Publisher, doc *reports.Document) []output {
	var list []output
	if slices.Contains(j.Formats, "csv") || doc.Facts.Interim {
		for _, name := range reports.CSVFiles() {
			if !doc.Facts.Interim || name == "actions.csv" {
				list = append(list, output{name, func(w io.Writer) error { return reports.WriteCSV(w, name, *doc) }})
			}
		}
	}
	if slices.Contains(j.Formats, "xlsx") && !doc.Facts.Interim {
		o := reports.XLSXOptions{TempDir: p.Dir()}
		list = append(list, output{"report.xlsx", func(w io.Writer) error { return reports.WriteXLSX(w, *doc, o) }})
	}
	return list
}
