package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
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
	dates, err := missing(ctx, conf, f, time.Now())
	if err != nil {
		return err
	}
	if len(dates) == 0 {
		fmt.Fprintln(c.out, "nothing to do: every date is done")
		return nil
	}
	worst := app.ExitComplete
	for i, d := range dates {
		status := c.fill(ctx, conf, d, f)
		worst = graver(worst, status)
		if !carriedOut(status) {
			c.leave(dates[i+1:])
			break
		}
	}
	if worst != app.ExitComplete {
		return exitError(worst)
	}
	return nil
}

// missing lists the dates that a backfill is to run.
func missing(ctx context.Context, conf *config.Config, f backfillFlags, now time.Time) ([]schedule.Date, error) {
	plan := schedule.Plan{Zone: conf.Zone, First: conf.Schedule.First}
	ledger, err := ledgerOf(conf).Dates(ctx)
	if err != nil {
		return nil, err
	}
	last := schedule.LastOver(now, conf.Zone)
	if f.to != "" {
		if last, err = flagDate("--to", f.to); err != nil {
			return nil, err
		}
		if last.End(conf.Zone).After(now) {
			return nil, &usageError{text: fmt.Sprintf("--to %s: that date is not over yet in %s", f.to, conf.Zone)}
		}
	}
	if f.from == "" {
		return upTo(last, plan.Owed(now, ledger)), nil
	}
	if plan.First, err = flagDate("--from", f.from); err != nil {
		return nil, err
	}
	if last < plan.First {
		return nil, &usageError{text: fmt.Sprintf("--from %s lies after the last date, %s", f.from, last)}
	}
	return plan.Missing(last, ledger), nil
}

func flagDate(flag, text string) (schedule.Date, error) {
	d, err := schedule.ParseDate(text)
	if err != nil {
		return 0, &usageError{text: flag + " " + err.Error()}
	}
	return d, nil
}

func upTo(last schedule.Date, dates []schedule.Date) []schedule.Date {
	for i, d := range dates {
		if d > last {
			return dates[:i]
		}
	}
	return dates
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
	fmt.Fprintf(c.out, "%s  %s, report in %s\n", d, words, filepath.Join(conf.ReportsTo, d.String()))
	return status
}

// leave says what was not tried.
func (c *command) leave(dates []schedule.Date) {
	if len(dates) > 0 {
		fmt.Fprintf(c.out, "not tried: %s to %s, %d dates\n", dates[0], dates[len(dates)-1], len(dates))
	}
}
