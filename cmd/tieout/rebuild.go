package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
	"tieout/reports"
)

func (c *command) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "state", Short: "Look after what passes from one business date to the next",
		Long: "state looks after what passes from one business date to the next.",
		Args: knownCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	rebuild := &cobra.Command{
		Use: "rebuild", Short: "Compute the state anew from the published reports and their inputs", Args: cobra.NoArgs,
		Long: "rebuild runs every published business date again, oldest first, and compares what comes out with the\n" +
			"published result.json, byte for byte. Where every date agrees, what was computed takes the place of the\n" +
			"state, all at once; where one does not, it is named and nothing changes. Reports are never written.\n" +
			"Answers are not in the reports' inputs: those that the state still holds stay and count again. Who signed\n" +
			"a date is told by the calendars of later reports, where the state does not hold it any more.",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.rebuild(cmd.Context()) },
	}
	rebuild.Long += "\n" + exitHelp
	cmd.AddCommand(rebuild)
	return cmd
}

func (c *command) rebuild(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	log, err := c.logger()
	if err != nil {
		return err
	}
	s, err := openState(ctx, conf, log)
	if err != nil {
		return err
	}
	defer s.close()
	drafts, err := c.replay(s.lease.Context(), conf, s)
	if err != nil {
		return err
	}
	if err := s.lease.Replace(ctx, drafts); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "the state holds %d business dates again\n", len(drafts))
	return nil
}

// replay runs every published date once more, each from what the one before came to.
func (c *command) replay(ctx context.Context, conf *config.Config, s *state) ([]*store.Draft, error) {
	published, err := files.List(conf.ReportsTo, conf.Merchant)
	if err != nil {
		return nil, err
	}
	answers, err := s.store.Given(ctx, conf.Merchant)
	if err != nil {
		return nil, err
	}
	var (
		drafts  []*store.Draft
		differ  []error
		opening reconcile.Opening
	)
	for i, p := range published {
		if i > 0 {
			opening.Answers = answersFor(answers, published[i-1].Date, p.Date)
		}
		d, err := (&replay{conf: conf, log: s.log, answers: answers, before: drafts}).run(ctx, p, opening)
		if err != nil {
			return nil, err
		}
		if i > 0 && d.Previous.Manifest != published[i-1].SHA256 || i > 0 && drafts[i-1].Stale {
			d.Stale = true // an older date ran again after it
		} else if d.Manifest != p.SHA256 {
			differ = append(differ, fmt.Errorf("%s: what comes out now is not what was published: an input, an answer, the configuration or the version is another one", p.Date))
		}
		d.Manifest, d.Root = p.SHA256, s.root
		drafts, opening = append(drafts, d), d.Closing
		fmt.Fprintf(c.out, "%s  revision %d, %d items carried forward\n", p.Date, d.Revision, len(d.Closing.Items))
	}
	if len(differ) > 0 {
		return nil, &rebuildError{errors.Join(differ...)}
	}
	return drafts, nil
}

// rebuildError says that published reports cannot be reproduced.
type rebuildError struct{ error }

// answersFor are the answers that a date's run took in.
func answersFor(given []store.Given, previous, date string) (list []reconcile.Answer) {
	for _, g := range given {
		if g.Effective >= previous && g.Effective < date {
			list = append(list, g.Answer)
		}
	}
	return list
}

// earlier are the newest of the dates that were replayed, as the state returns them.
func earlier(drafts []*store.Draft) (list []store.Run) {
	for i := len(drafts) - 1; i >= max(0, len(drafts)-store.Remembered); i-- {
		list = append(list, drafts[i].Run)
	}
	return list
}

// lineage is what a published report says of its place among the others.
type lineage struct {
	Revision int
	Exit     int
	Replaces string
	Previous reports.Link
	Calendar []saidDate
}

// replay is what running a published date again needs beside its opening.
type replay struct {
	conf    *config.Config
	log     *slog.Logger
	answers []store.Given
	before  []*store.Draft // of the earlier dates
}

// run runs one published date again, and writes its report where nobody reads it.
func (r *replay) run(ctx context.Context, p files.Published, opening reconcile.Opening) (*store.Draft, error) {
	var said lineage
	conf := r.conf
	content, err := files.Manifest(conf.ReportsTo, p.Date)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &said); err != nil {
		return nil, err
	}
	at, err := periodOf(runFlags{asOf: p.Date}, conf.Zone, conf.Lookback, time.Now())
	if err != nil {
		return nil, err
	}
	job, err := buildJob(conf, at, r.log)
	if err != nil {
		return nil, err
	}
	if said.Exit == app.ExitBreaks {
		job.FailOn = reconcile.Kinds()
	}
	job.Policy.Opening = opening
	remember(job, earlier(r.before))
	job.Facts.Revision, job.Facts.Replaces, job.Facts.Previous = said.Revision, said.Replaces, said.Previous
	if job.Facts.Past, err = replayedPast(at, conf.Zone, said.Calendar, r.before, r.answers); err != nil {
		return nil, err
	}
	signFrom(said.Calendar, r.before)
	rehearsal := &rehearsal{}
	job.Begin = func() (app.Publisher, error) { return rehearsal, nil }
	out, err := job.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Date, err)
	}
	s := &state{date: p.Date, start: store.Start{Opening: opening}}
	return s.draft(app.DraftOf(&out.Document, rehearsal)), nil
}

// rehearsal is a report that is hashed and kept nowhere. Its files come side by side.
type rehearsal struct {
	mu    sync.Mutex
	files []reports.File
}

func (r *rehearsal) Write(name string, write func(io.Writer) error) error {
	h := sha256.New()
	c := &countingWriter{w: h}
	if err := write(c); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = append(r.files, reports.File{Path: name, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: c.n})
	return nil
}

func (r *rehearsal) Files() []reports.File  { return r.files }
func (r *rehearsal) Dir() string            { return "" } // the system's, for what does not fit into memory
func (r *rehearsal) Manifest() string       { return r.files[len(r.files)-1].SHA256 }
func (r *rehearsal) Temp() string           { return "" }
func (r *rehearsal) Seal() error            { return nil }
func (r *rehearsal) Publish() (bool, error) { return false, nil }
func (r *rehearsal) Abort() error           { return nil }

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
