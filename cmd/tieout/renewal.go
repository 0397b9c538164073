package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
	"tieout/sources"
)

// remember lets a job know what earlier dates read, newest first: how many rows, and
// which files.
func remember(job *app.Job, earlier []store.Run) {
	for _, r := range earlier {
		job.Policy.Past = append(job.Policy.Past, r.Volumes...)
	}
	for _, list := range [][]app.Source{job.Books, job.Webhooks, job.Transfers} {
		for _, s := range list {
			if w, ok := s.Source.(*watchedFiles); ok {
				w.earlier = earlier
			}
		}
	}
}

// newestRows remembers the time of the newest row of every file.
type newestRows struct {
	sources.Sink
	paths  map[reconcile.FileID]string
	newest map[string]reconcile.Instant // by path
	last   reconcile.Instant            // of all files
}

// File implements sources.Sink.
func (n *newestRows) File(path, sheet string) reconcile.FileID {
	id := n.Sink.File(path, sheet)
	n.paths[id] = path
	return id
}

// AddOrder implements sources.Sink.
func (n *newestRows) AddOrder(o *reconcile.Order) {
	n.see(o.At, o.Created)
	n.Sink.AddOrder(o)
}

// AddTransfer implements sources.Sink.
func (n *newestRows) AddTransfer(t *reconcile.Transfer) {
	n.see(t.At, t.BlockTime)
	n.Sink.AddTransfer(t)
}

// AddDelivery implements sources.Sink.
func (n *newestRows) AddDelivery(d *reconcile.Delivery) {
	n.see(d.At, d.Received)
	n.Sink.AddDelivery(d)
}

// AddRefund implements sources.Sink.
func (n *newestRows) AddRefund(r *reconcile.Refund) {
	n.see(r.At, r.Created)
	n.Sink.AddRefund(r)
}

func (n *newestRows) see(at reconcile.At, t reconcile.Instant) {
	name := n.paths[at.File]
	n.newest[name] = max(n.newest[name], t)
	n.last = max(n.last, t)
}

// compare says what the files of a source lack against one another and against those
// of earlier dates.
func (w *watchedFiles) compare(rows *newestRows, q sources.Query) {
	if note := w.outOfOrder(rows); note != "" {
		rows.Note(note)
	}
	in, date := w.unrenewed()
	if in < 0 {
		return
	}
	// What was read again covers the date that it was read for, and what it has rows of.
	today, end := w.days[len(w.days)-1], w.endOf(date)
	file := w.inputs[in]
	told := fmt.Sprintf("no new export since %s: %s is the newest, and the run of that date read the same bytes", date, file.Path)
	switch written := reconcile.InstantOf(file.Written()); {
	case rows.last >= today.Span.From: // it reaches into the date
	case written >= today.Span.To:
		rows.Note(told + "; it was written again after " + today.Date + ", so nothing came meanwhile")
	default:
		rows.Gap(reconcile.Gap{Span: reconcile.Interval{From: max(end, rows.last+1), To: q.Window.To}, Reason: told})
	}
}

// unrenewed returns the newest file and the date that read it first, where earlier
// dates have read every file; -1 where one is new.
func (w *watchedFiles) unrenewed() (newest int, date string) {
	first := map[string]string{}
	for _, r := range w.earlier { // newest first, so that the oldest date stays
		for _, f := range r.Inputs.Files {
			first[f.SHA256] = r.Date
		}
	}
	newest = -1
	for i, in := range w.inputs {
		used, ok := first[in.SHA256]
		if !ok || len(w.days) == 0 {
			return -1, ""
		}
		if used >= date {
			newest, date = i, used
		}
	}
	return newest, date
}

// endOf is the end of an earlier date: known exactly of those in the window; of
// older ones the begin of the window will do, for before it nothing is judged.
func (w *watchedFiles) endOf(date string) reconcile.Instant {
	for _, d := range w.days {
		if d.Date == date {
			return d.Span.To
		}
	}
	return w.days[0].Span.From
}

// dated finds a date in a file's name.
var dated = regexp.MustCompile(`20\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])`)

// outOfOrder names a file whose name bears a later date than another's and whose rows
// do not reach as far: an older export under a newer name. The newest row of an order
// counts all the same, and nothing is lost by it.
func (w *watchedFiles) outOfOrder(rows *newestRows) string {
	names := make([]string, 0, len(w.inputs))
	for _, in := range w.inputs {
		if rows.newest[in.Path].Known() && dated.MatchString(path.Base(in.Path)) {
			names = append(names, in.Path)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) })
	furthest := map[string]string{} // by the name without its date
	for _, name := range names {
		series := dated.ReplaceAllString(path.Base(name), "")
		before, ok := furthest[series]
		if ok && rows.newest[name] < rows.newest[before] {
			return fmt.Sprintf("%s is named after %s, but its newest row is of %s, which is before %s: an older export under a newer name?",
				name, before, rows.newest[name], rows.newest[before])
		}
		furthest[series] = name
	}
	return ""
}
