package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/schedule"
)

// stopWithin is how long runs have to end once the daemon is stopped; what is left
// of ten seconds is for the rest.
const stopWithin = 9 * time.Second

func (c *command) daemonCommand() *cobra.Command {
	var configs []string
	var listen string
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Run business dates as they become due, for one or more configurations",
		Long: "daemon looks when schedule: says so and runs what is due, oldest date first; dates that were missed\n" +
			"are caught up. Each configuration has a loop of its own and is read again before every run; a\n" +
			"change of its merchant, time zone, schedule, report directory or state needs a restart.\n" +
			"/healthz and /readyz answer on --listen. SIGTERM ends it within 10 seconds, with status 5 when a run was cut short.",
		Example: "  tieout daemon --config shop.yaml --config club.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.daemon(cmd.Context(), configs, listen) },
	}
	cmd.Flags().StringArrayVar(&configs, "config", []string{"tieout.yaml"}, "configuration `FILE`; once for each merchant")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8087", "`ADDRESS` of /healthz and /readyz")
	return cmd
}

func (c *command) daemon(ctx context.Context, configs []string, listen string) error {
	c.err = &inTurn{w: c.err}
	log, err := c.logger()
	if err != nil {
		return err
	}
	watches, err := c.watches(configs)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return &usageError{fmt.Sprintf("--listen %s: %v", listen, err), "name a free address, such as 127.0.0.1:8088"}
	}
	log.Info("listening", "address", l.Addr().String())
	server := &http.Server{Handler: health{watches, time.Now}.handler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	cut := watchAll(ctx, watches)
	err = server.Close()
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	log.Info("stopped", "cut short", cut)
	if err == nil && cut {
		return exitError(exitLater)
	}
	return err
}

// watchAll lets every loop run until the context ends and the runs have. It reports
// whether a run was cut short; one that does not end in time is left, since the
// former report stands until a new one is whole.
func watchAll(ctx context.Context, watches []*watch) bool {
	var running sync.WaitGroup
	for _, w := range watches {
		running.Go(func() { w.loop.Watch(ctx) })
	}
	<-ctx.Done()
	ended := make(chan struct{})
	go func() {
		running.Wait()
		close(ended)
	}()
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case <-ended:
	case <-late.C:
	}
	return slices.ContainsFunc(watches, func(w *watch) bool {
		r := w.loop.Report()
		return r.Cut || r.Running != 0
	})
}

// watch is a configuration of the daemon.
type watch struct {
	*command
	conf *config.Config // as it was when the daemon began
	loop *schedule.Loop
	log  *slog.Logger
}

// watches reads the configurations; all of them must be sound, each with a schedule
// and a merchant of its own.
func (c *command) watches(configs []string) ([]*watch, error) {
	var list []*watch
	files := map[string]string{} // merchant -> configuration
	for _, path := range configs {
		w := &watch{command: &command{streams: streams{err: c.err, out: io.Discard}, configPath: path, logFormat: c.logFormat, quiet: c.quiet}}
		conf, err := w.load()
		c.secrets = append(c.secrets, w.secrets...)
		if err != nil {
			return nil, err
		}
		if conf.Schedule.At == nil {
			return nil, &usageError{path + " has no schedule:", `schedule: "15 2 * * *" looks every day at 02:15 in its time zone`}
		}
		if other, taken := files[conf.Merchant]; taken {
			return nil, &usageError{text: fmt.Sprintf("%s and %s are both of merchant %q", other, path, conf.Merchant)}
		}
		files[conf.Merchant], w.conf, w.merchant = path, conf, conf.Merchant
		if w.log, err = w.logger(); err != nil {
			return nil, err
		}
		for _, note := range conf.Schedule.At.Notes() {
			w.log.Warn("schedule", "note", note)
		}
		w.loop = &schedule.Loop{
			Plan:   schedule.Plan{Cron: conf.Schedule.At, Zone: conf.Zone, First: conf.Schedule.First},
			Ledger: ledgerOf(conf), Run: w.date, Now: time.Now, Sleep: schedule.Sleep, Log: w.log,
		}
		list = append(list, w)
	}
	return list, nil
}

// date runs one business date. A panic is for the loop to catch and count.
func (w *watch) date(ctx context.Context, d schedule.Date) schedule.Status {
	w.log.Info("the business date begins", "date", d.String())
	var out app.Outcome
	conf, err := w.reload()
	if err == nil {
		out, err = w.runDate(ctx, conf, d)
	}
	if err != nil {
		status, hint := statusOf(err)
		w.log.Error("the run failed", "date", d.String(), "error", err.Error(), "hint", hint)
		return schedule.Status(status)
	}
	r := out.Document.Result
	w.log.Info("the run ended", "date", d.String(), "breaks", len(r.Breaks()), "published", out.Published, "incomplete", len(r.Incomplete()))
	return schedule.Status(out.Document.Facts.Exit)
}

func (w *watch) runDate(ctx context.Context, conf *config.Config, d schedule.Date) (app.Outcome, error) {
	flags := runFlags{asOf: d.String()}
	p, err := periodOf(flags, conf.Zone, conf.Lookback, time.Now())
	if err != nil {
		return app.Outcome{}, err
	}
	return w.once(ctx, conf, p, flags)
}

// reload reads the configuration again, as cron would have: secrets and sources may
// have changed. What the loop itself goes by may not.
func (w *watch) reload() (*config.Config, error) {
	conf, err := w.load()
	if err != nil {
		return nil, err
	}
	same := conf.Schedule.At != nil && conf.Schedule.At.String() == w.conf.Schedule.At.String() && conf.Schedule.First == w.conf.Schedule.First
	same = same && conf.ReportsTo == w.conf.ReportsTo && conf.State() == w.conf.State()
	if !same || conf.Merchant != w.conf.Merchant || conf.Zone.String() != w.conf.Zone.String() {
		return nil, &usageError{w.configPath + " has another merchant, time zone, schedule, report directory or state than when the daemon began", "restart the daemon"}
	}
	return conf, nil
}

// inTurn lets several loops write to one stream.
type inTurn struct {
	mu sync.Mutex
	w  io.Writer
}

func (t *inTurn) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(p)
}
