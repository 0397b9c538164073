package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/schedule"
)

// backfillFlags are the flags of `tieout backfill`.
type backfillFlags struct {
	from, to string
	failOn   []string
}

func (c *command) backfillCommand() *cobra.Command {
	var f backfillFlags
	cmd := &cobra.Command{
		Use:   "backfill",
		Short: "Run every business date that is not done yet, oldest first",
		Long: "backfill runs the business dates that have no report, one that is stale, or one that is\n" +
			"incomplete, oldest first, and does no date twice. It goes on over dates with breaks or missing\n" +
			"evidence, stops at the first that cannot be carried out (2, 4, 5, 6), and ends with the most\n" +
			"serious status. Without --from it begins with the first date of the configuration's schedule,\n" +
			"else with the oldest that ran, and leaves reports that stayed incomplete for ten days alone;\n" +
			"without --to it ends with the last complete date. So it is the command for cron, a systemd\n" +
			"timer or a Kubernetes CronJob: what was missed is caught up, what is done is left alone.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.backfill(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "first business `DATE`, YYYY-MM-DD")
	flags.StringVar(&f.to, "to", "", "last business `DATE`, included")
	flags.StringSliceVar(&f.failOn, "fail-on", nil, "status 1 when breaks of these `KINDS` are found; any = every kind")
	return cmd
}

func (c *command) backfill(ctx context.Context, f backfillFlags) error {
	if _, err := parseKinds(f.failOn); err != nil {
		return err
	}
	conf, err := c.load()
	if err != nil {
		return err
	}
	s, err := spanOf(conf, f, time.Now())
	if err != nil {
		return err
	}
	worst, ran := app.ExitComplete, 0
	dates, err := s.missing(ctx)
	for ; err == nil && len(dates) > 0; dates, err = s.missing(ctx) {
		status := c.fill(ctx, conf, dates[0], f)
		worst, ran, s.after = graver(worst, status), ran+1, dates[0]
		if !carriedOut(status) {
			c.leave(dates[1:])
			return exitError(worst)
		}
	}
	if err != nil {
		return exitError(graver(worst, c.tell(err)))
	}
	if ran == 0 {
		fmt.Fprintln(c.out, "nothing to do: every date is done")
	}
	if worst != app.ExitComplete {
		return exitError(worst)
	}
	return nil
}

// span is what a backfill is asked for.
type span struct {
	ledger schedule.Ledger
	plan   schedule.Plan
	last   schedule.Date
	asked  bool      // its beginning was named: what rests incomplete is taken up too
	now    time.Time // when it began
	after  schedule.Date
}

func spanOf(conf *config.Config, f backfillFlags, now time.Time) (span, error) {
	s := span{ledger: ledgerOf(conf), plan: schedule.Plan{Zone: conf.Zone, First: conf.Schedule.First},
		last: schedule.LastOver(now, conf.Zone), asked: f.from != "", now: now}
	var err error
	if f.to != "" {
		if s.last, err = flagDate("--to", f.to); err != nil {
			return s, err
		}
		if s.last.End(conf.Zone).After(now) {
			return s, &usageError{text: fmt.Sprintf("--to %s: that date is not over yet in %s", f.to, conf.Zone)}
		}
	}
	if !s.asked {
		return s, nil
	}
	if s.plan.First, err = flagDate("--from", f.from); err == nil && s.last < s.plan.First {
		err = &usageError{text: fmt.Sprintf("--from %s lies after the last date, %s", f.from, s.last)}
	}
	return s, err
}

// missing lists the dates that are to run after the last that ran. It is asked anew
// before each: a date that runs makes those after it stale.
func (s span) missing(ctx context.Context) ([]schedule.Date, error) {
	ledger, err := s.ledger.Dates(ctx)
	if err != nil {
		return nil, err
	}
	dates := s.plan.Owed(s.now, ledger)
	if s.asked {
		dates = s.plan.Missing(s.last, ledger)
	}
	return slices.DeleteFunc(dates, func(d schedule.Date) bool { return d <= s.after || d > s.last }), nil
}

func flagDate(flag, text string) (schedule.Date, error) {
	d, err := schedule.ParseDate(text)
	if err != nil {
		return 0, &usageError{text: flag + " " + err.Error()}
	}
	return d, nil
}

// carriedOut reports whether a run came to a result, whatever it says.
func carriedOut(status int) bool {
	return status == app.ExitComplete || status == app.ExitBreaks || status == app.ExitIncomplete
}

// fill runs one date and says in a line how it ended.
func (c *command) fill(ctx context.Context, conf *config.Config, d schedule.Date, f backfillFlags) int {
	flags := runFlags{asOf: d.String(), failOn: f.failOn}
	var out app.Outcome
	status := c.tell(guard(func() error {
		p, err := periodOf(flags, conf.Zone, conf.Lookback, time.Now())
		if err != nil {
			return err
		}
		out, err = c.once(ctx, conf, p, flags)
		return err
	}))
	if status != app.ExitComplete {
		fmt.Fprintf(c.out, "%s  failed, exit status %d\n", d, status)
		return status
	}
	words := "complete"
	switch status = out.Document.Facts.Exit; {
	case status == app.ExitIncomplete:
		words = "incomplete"
	case status == app.ExitBreaks:
		words = "complete, with breaks"
	}
	if !out.Published {
		words += ", as before"
	}
	fmt.Fprintf(c.out, "%s  %s, report in %s\n", d, words, files.Join(conf.ReportsTo, d.String()))
	return status
}

// leave says what was not tried.
func (c *command) leave(dates []schedule.Date) {
	if len(dates) > 0 {
		fmt.Fprintf(c.out, "not tried: %s to %s, %d dates\n", dates[0], dates[len(dates)-1], len(dates))
	}
}
