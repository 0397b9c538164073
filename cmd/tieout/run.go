package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/reconcile"
	"tieout/reports"
)

// runFlags are the flags of `tieout run`.
type runFlags struct {
	asOf, from, to, out string
	dryRun              bool
	interim, restate    bool
	failOn              []string
}

func (c *command) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Reconcile one business date and write its report",
		Long: "run reads every configured source, reconciles one business date and writes its report to\n" +
			"<reports>/<date>/, complete or not at all. Without --as-of it takes the last complete\nbusiness date in the configured time zone.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.asOf, "as-of", "", "business `DATE`, YYYY-MM-DD")
	flags.StringVar(&f.from, "from", "", "begin of a window of one's own, a date or `TIME` (2026-03-17T00:00:00Z); with --to")
	flags.StringVar(&f.to, "to", "", "end of that window, not included, a date or `TIME`; with --from")
	flags.StringVar(&f.out, "out", "", "report `DIR`, instead of the configuration's")
	flags.BoolVar(&f.dryRun, "dry-run", false, "read and reconcile, write nothing")
	flags.BoolVar(&f.interim, "interim", false, "up to now: what to do, and nothing else; nothing is carried forward")
	flags.BoolVar(&f.restate, "restate", false, "run a date again that is signed off")
	flags.StringSliceVar(&f.failOn, "fail-on", nil, "exit 1 when breaks of these `KINDS` are found; any = every kind")
	return cmd
}

func (c *command) run(cmd *cobra.Command, f runFlags) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	if f.out != "" {
		if conf.ReportsTo, err = config.Directory(f.out); err != nil {
			return &usageError{text: fmt.Sprintf("--out %s: %v", f.out, err)}
		}
		if err := conf.CheckState(); err != nil {
			return &usageError{text: fmt.Sprintf("--out %s: %v", f.out, err)}
		}
	}
	period, err := periodOf(f, conf.Zone, conf.Lookback, time.Now())
	if err != nil {
		return err
	}
	out, err := c.once(cmd.Context(), conf, period, f)
	if err != nil {
		return err
	}
	if err := reports.WriteSummary(c.out, out.Document); err != nil {
		return err
	}
	c.say(f, conf, period, out.Published)
	if out.Document.Facts.Exit != 0 {
		return exitError(out.Document.Facts.Exit)
	}
	return nil
}

// once carries out one run. A person, a backfill and the daemon all come through
// here, so that what they do is the same.
func (c *command) once(ctx context.Context, conf *config.Config, p period, f runFlags) (app.Outcome, error) {
	log, err := c.logger()
	if err != nil {
		return app.Outcome{}, err
	}
	kinds, err := parseKinds(f.failOn)
	if err != nil {
		return app.Outcome{}, err
	}
	ctx, state, err := c.stateOf(ctx, conf, p, f, log)
	if err != nil {
		return app.Outcome{}, err
	}
	if state != nil {
		defer state.close()
	}
	job, err := buildJob(conf, p, log)
	if err != nil {
		return app.Outcome{}, err
	}
	if err := c.openWith(ctx, job, state, conf, p); err != nil {
		return app.Outcome{}, err
	}
	job.FailOn, job.Step = kinds, c.progress()
	if !f.dryRun {
		job.Begin = begin(conf, p)
	}
	out, err := job.Run(ctx)
	if job.Step != nil {
		fmt.Fprint(c.err, "\r\x1b[K")
	}
	if err != nil {
		return app.Outcome{}, c.failed(err, f, conf, p)
	}
	return out, nil
}

// stateOf opens the state for a run that carries something forward: a business date,
// in earnest. The context ends when the lease is lost.
func (c *command) stateOf(ctx context.Context, conf *config.Config, p period, f runFlags, log *slog.Logger) (context.Context, *state, error) {
	if p.date == "" || f.dryRun {
		return ctx, nil, nil
	}
	s, err := openState(ctx, conf, log)
	if err != nil {
		return nil, nil, err
	}
	if err := (&caseView{conf: conf, store: s.store, lease: s.lease}).takeAnswers(ctx, time.Now(), log); err != nil {
		s.close()
		return nil, nil, err
	}
	if err := s.begin(ctx, conf, p, f.restate); err != nil {
		s.close()
		return nil, nil, err
	}
	return s.lease.Context(), s, nil
}

// openWith lets a job start from what was carried forward. A run that commits
// nothing starts from it too, so that it says what one in earnest would say; only a
// window of one's own stands alone.
func (c *command) openWith(ctx context.Context, job *app.Job, s *state, conf *config.Config, p period) error {
	job.Facts.Interim = p.interim
	switch {
	case s != nil:
		s.attach(job)
	case p.opens != "":
		start, err := peek(ctx, conf, p.opens)
		if err != nil {
			return err
		}
		job.Policy.Opening = start.Opening
		remember(job, start.Earlier)
	}
	return nil
}

// say tells where the report is.
func (c *command) say(f runFlags, conf *config.Config, p period, published bool) {
	dir := files.Join(conf.ReportsTo, p.name)
	switch {
	case f.dryRun:
		fmt.Fprintln(c.out, "\ndry run: nothing was written")
	case published:
		fmt.Fprintln(c.out, "\nreport in "+dir)
	default:
		fmt.Fprintln(c.out, "\nthe same report stood in "+dir+" already")
	}
}

// failed keeps the violated identities beside the reports, where nothing is
// published.
func (c *command) failed(err error, f runFlags, conf *config.Config, p period) error {
	var invariant *reconcile.InvariantError
	if !errors.As(err, &invariant) || f.dryRun {
		return err
	}
	text := config.Mask(strings.Join(invariant.Violations, "\n")+"\n", conf.Secrets)
	return errors.Join(err, files.Note(conf.ReportsTo, "invariant-"+p.name+".txt", text))
}

// load reads the configuration; its secrets are masked from then on.
func (c *command) load() (*config.Config, error) {
	conf, err := config.Load(c.configPath, profiles)
	if conf != nil {
		c.secrets = conf.Secrets
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, &usageError{fmt.Sprintf("there is no configuration %s", c.configPath), "name one with --config FILE; configs/tieout.yaml shows every key"}
	}
	return conf, err
}

func parseKinds(words []string) ([]reconcile.Kind, error) {
	names := []string{"any"}
	for _, k := range reconcile.Kinds() {
		names = append(names, k.String())
	}
	var kinds []reconcile.Kind
	for _, word := range words {
		if word == "any" {
			return reconcile.Kinds(), nil
		}
		kind, ok := reconcile.ParseKind(word)
		if !ok {
			return nil, &usageError{text: fmt.Sprintf("--fail-on %q is no kind of break; %s", word, nearestKind(word, names))}
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

func nearestKind(word string, names []string) string {
	if near, ok := config.Nearest(word, names); ok {
		return "did you mean " + near + "?"
	}
	return "there are " + strings.Join(names, ", ")
}
