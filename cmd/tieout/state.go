package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
	"tieout/reports"
)

// state is what passes from one business date to the next, in the hands of one run,
// which holds the merchant's lease until it closes it.
type state struct {
	store *store.Store
	lease *store.Lease
	log   *slog.Logger

	root   string // of the reports, absolute
	date   string
	forget string // matched transfers of runs before that date are not needed any more
	start  store.Start
	past   *reports.Past
	run    store.Run // committed by this run
}

// openState takes the merchant's lease, brings to its end what a crash interrupted,
// and reads what the business date starts from.
func openState(ctx context.Context, conf *config.Config, log *slog.Logger) (*state, error) {
	if err := files.Check(conf.ReportsTo, conf.Merchant); err != nil {
		return nil, err
	}
	root, err := files.Absolute(conf.ReportsTo)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, conf.State().Reveal())
	if err != nil {
		return nil, err
	}
	s := &state{store: db, log: log, root: root}
	if s.lease, err = db.Lock(ctx, conf.Merchant, holder()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.recover(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// holder is what another run is shown that finds the merchant locked.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return fmt.Sprintf("process %d on %s", os.Getpid(), host)
}

// recover completes or undoes what a run that crashed had begun to publish.
func (s *state) recover(ctx context.Context) error {
	pending, err := s.store.Pending(ctx, s.lease.Merchant)
	if err != nil {
		return err
	}
	for _, r := range pending {
		published, err := s.settle(ctx, r)
		if err != nil {
			return err
		}
		s.log.Warn("a run was interrupted while it published", "date", r.Date, "revision", r.Revision, "completed", published)
	}
	return nil
}

// settle makes a pending run count if its report stands or can still take its place,
// and removes it if not.
func (s *state) settle(ctx context.Context, r store.Run) (published bool, err error) {
	published, err = files.Settle(r.Root, r.Date, r.Temp, r.Manifest)
	switch {
	case err != nil:
		return false, err
	case published:
		return true, s.lease.Publish(ctx, r, s.forget)
	}
	return false, s.lease.Undo(ctx, r)
}

// begin reads what a business date starts from.
func (s *state) begin(ctx context.Context, conf *config.Config, p period, restate bool) (err error) {
	s.date = p.name
	s.forget = p.window.From.Time().In(conf.Zone).AddDate(0, 0, -1).Format(time.DateOnly)
	if s.start, err = s.store.Start(ctx, s.lease.Merchant, p.name); err != nil {
		return err
	}
	if s.past, err = pastOf(ctx, s.store, conf, p.name); err != nil {
		return err
	}
	runs, err := s.store.Runs(ctx, s.lease.Merchant)
	if err != nil {
		return err
	}
	if err := s.knows(runs); err != nil {
		return err
	}
	for _, r := range runs {
		if r.Date >= p.name && r.Signed != nil && !restate {
			return &usageError{fmt.Sprintf("%s is signed off by %s, and running %s would change what was signed", r.Date, signers(r.Signed), p.name),
				"what is known by now appears in the current run; --restate runs a signed date again"}
		}
	}
	return nil
}

func signers(s *store.SignOff) string {
	if s.Reviewed.By == "" || s.Reviewed.By == s.Prepared.By {
		return s.Prepared.By
	}
	return s.Prepared.By + " and " + s.Reviewed.By
}

// behindError says that reports are published that the state does not know: it was
// lost, or is an old copy.
type behindError struct {
	root  string
	dates []string
}

func (e *behindError) Error() string {
	return fmt.Sprintf("the state does not know the published reports of %s in %s: it was lost, or is an older copy", strings.Join(e.dates, ", "), e.root)
}

// knows compares the ledger with the reports that are published.
func (s *state) knows(runs []store.Run) error {
	published, err := files.List(s.root, s.lease.Merchant)
	if err != nil {
		return err
	}
	revisions := map[string]int{}
	for _, r := range runs {
		revisions[r.Date] = r.Revision
	}
	var unknown []string
	for _, p := range published {
		if p.Revision > revisions[p.Date] {
			unknown = append(unknown, p.Date)
		}
	}
	if len(unknown) > 0 {
		return &behindError{s.root, unknown}
	}
	return nil
}

func (s *state) close() {
	if err := errors.Join(s.lease.Release(), s.store.Close()); err != nil {
		s.log.Warn("the lock could not be given back, and ends by itself", "reason", err.Error())
	}
}

// attach lets a job start from the state and commit to it.
func (s *state) attach(job *app.Job) {
	job.State = s
	job.Policy.Opening, job.Facts.Past = s.start.Opening, s.past
	remember(job, s.start.Earlier)
	if p := s.start.Previous; p != nil {
		job.Facts.Previous = reports.Link{AsOf: p.Date, SHA256: p.Manifest}
	}
}

// Standing implements app.State.
func (s *state) Standing() app.Standing {
	r := s.start.Standing
	if r == nil {
		return app.Standing{}
	}
	return app.Standing{Revision: r.Revision, Manifest: r.Manifest, Replaces: r.Replaces}
}

// Commit implements app.State.
func (s *state) Commit(ctx context.Context, d app.Draft) (err error) {
	draft := s.draft(d)
	s.run, err = s.lease.Commit(ctx, draft)
	return err
}

func (s *state) draft(d app.Draft) *store.Draft {
	f := &d.Facts
	status := "complete"
	if !f.Complete {
		status = "incomplete"
	}
	inputs := store.Inputs{Tool: f.Tool, Config: f.ConfigSHA256, Assets: f.AssetsSHA256, Answers: len(s.start.Opening.Answers)}
	for _, in := range f.Inputs {
		inputs.Files = append(inputs.Files, store.File(in))
	}
	return &store.Draft{
		Run: store.Run{Date: s.date, Revision: f.Revision, Status: status, Exit: f.Exit, Digest: digest(f, s.start.Opening.Answers), Inputs: inputs,
			Manifest: d.Manifest, Replaces: f.Replaces, Previous: store.Link{Date: f.Previous.AsOf, Manifest: f.Previous.SHA256}, Root: s.root, Temp: d.Temp, Volumes: d.Volumes},
		Opening: s.start.Opening, Closing: d.Closing, Days: d.Days, Breaks: d.Breaks, Open: d.Open,
	}
}

// Publish implements app.State.
func (s *state) Publish(ctx context.Context) error { return s.lease.Publish(ctx, s.run, s.forget) }

// Settle implements app.State.
func (s *state) Settle(ctx context.Context) error {
	_, err := s.settle(ctx, s.run)
	return err
}

// Confirm implements app.State. Of a run that is not stale there is nothing to say.
func (s *state) Confirm(ctx context.Context) error {
	if r := s.start.Standing; r != nil && r.Stale {
		return s.lease.Confirm(ctx, *r)
	}
	return nil
}

// digest is over everything that goes into a run: two runs with the same digest come
// out the same, unless a node answered otherwise or an export that an earlier date
// had read was written again.
func digest(f *reports.Facts, answers []reconcile.Answer) string {
	h := sha256.New()
	line := func(words ...any) { fmt.Fprintln(h, words...) }
	line("tool", f.Tool)
	line("config", f.ConfigSHA256)
	line("assets", f.AssetsSHA256)
	line("previous", f.Previous.AsOf, f.Previous.SHA256)
	for _, in := range f.Inputs {
		line("input", in.SHA256, in.Path)
	}
	for _, a := range answers {
		line("answer", a.ID, a.Asset, a.Action, a.Until, a.Cap, a.Date, fmt.Sprintf("%q %q", a.By, a.Reason))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// peek reads what a business date starts from for a run that commits nothing.
func peek(ctx context.Context, conf *config.Config, date string) (store.Start, error) {
	s, err := store.View(ctx, conf.State().Reveal())
	if errors.Is(err, store.ErrNone) {
		return store.Start{}, nil
	}
	if err != nil {
		return store.Start{}, err
	}
	start, err := s.Start(ctx, conf.Merchant, date)
	return start, errors.Join(err, s.Close())
}
