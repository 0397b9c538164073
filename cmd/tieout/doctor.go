package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/evm"
)

func (c *command) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check what a run needs, in order; change nothing", Args: cobra.NoArgs,
		Long: "doctor checks the configuration, the input files and their headers, secrets, nodes and the\nreport directory, in the order in which a run needs them. It changes nothing.",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context()) },
	}
}

// checkup prints one line per check and remembers the worst.
type checkup struct {
	*command
	status int
}

// check prints ok, or what failed and what to do. status is what a run would exit with.
func (k *checkup) check(what string, err error, status int) bool {
	if err == nil {
		fmt.Fprintf(k.out, "ok      %s\n", what)
		return true
	}
	fmt.Fprintf(k.out, "failed  %s\n        %s\n", what, config.Mask(err.Error(), k.secrets))
	if k.status == 0 || k.status == app.ExitIncomplete {
		k.status = status
	}
	return false
}

func (c *command) doctor(ctx context.Context) error {
	k := &checkup{command: c}
	conf, err := c.load()
	if !k.check("configuration "+c.configPath, err, exitUsage) {
		return exitError(k.status)
	}
	k.check(fmt.Sprintf("secrets and endpoints: %d are set", len(conf.Secrets)), nil, exitUsage)
	k.check(fmt.Sprintf("asset table: %d chains, %d assets", len(conf.Catalogue.Chains), len(conf.Catalogue.Assets)), nil, exitUsage)
	log, err := c.logger()
	if err != nil {
		return err
	}
	p, err := periodOf(runFlags{}, conf.Zone, conf.Lookback, time.Now())
	if err != nil {
		return err
	}
	job, err := buildJob(conf, p, log)
	if !k.check("addresses and input files can be listed", err, exitUsage) {
		return exitError(k.status)
	}
	for _, list := range [][]app.Source{job.Books, job.Webhooks, job.Transfers} {
		for _, s := range list {
			if _, files := s.Source.(*watchedFiles); files || s.Problem != "" {
				k.source(ctx, s, p)
			}
		}
	}
	for _, s := range conf.Transfers {
		if s.Kind == "evm" {
			k.nodes(ctx, conf, s)
		}
	}
	k.check("report directory "+conf.ReportsTo+" can be written", writable(conf), exitOutput)
	if k.status != 0 {
		return exitError(k.status)
	}
	return nil
}

// source reads a source of files whole, into a sink that only counts: headers,
// times and amounts are what goes wrong.
func (k *checkup) source(ctx context.Context, s app.Source, p period) {
	name := s.Info().Name
	if s.Problem != "" {
		k.check("source "+name, fmt.Errorf("%s", s.Problem), app.ExitIncomplete)
		return
	}
	tally := &tally{}
	q := sources.Query{Window: p.window, Reach: reconcile.Interval{From: p.window.From - 30*reconcile.Day, To: p.window.To + reconcile.Day}}
	err := s.Read(ctx, q, tally)
	k.check(fmt.Sprintf("source %s: %d rows read, %d rejected, %d gaps", name, tally.rows, tally.rejects, tally.gaps), err, app.ExitIncomplete)
	if tally.first != "" {
		fmt.Fprintf(k.out, "        first reject: %s\n", config.Mask(tally.first, k.secrets))
	}
}

// nodes asks every endpoint of a source what a run needs of it.
func (k *checkup) nodes(ctx context.Context, conf *config.Config, s config.Source) {
	b := &builder{conf: conf, base: filepath.Dir(conf.Path)}
	for _, c := range evm.Probe(ctx, b.evmOptions(s)) {
		what := fmt.Sprintf("endpoint %s: %s", c.Endpoint, c.What)
		if c.OK {
			k.check(what+": "+c.Detail, nil, app.ExitIncomplete)
			continue
		}
		k.check(what, errors.New(strings.TrimPrefix(c.Detail, "endpoint "+c.Endpoint+": ")), app.ExitIncomplete)
	}
}

// tally counts what a source hands over.
type tally struct {
	files               []string
	rows, rejects, gaps int
	first               string // the first reject, for people
}

func (t *tally) File(path, sheet string) reconcile.FileID {
	t.files = append(t.files, path)
	return reconcile.FileID(len(t.files) - 1)
}
func (t *tally) AddOrder(*reconcile.Order)       { t.rows++ }
func (t *tally) AddTransfer(*reconcile.Transfer) { t.rows++ }
func (t *tally) AddDelivery(*reconcile.Delivery) { t.rows++ }
func (t *tally) OutOfScope(n int)                { t.rows += n }
func (t *tally) AddFact(reconcile.TXFact)        {}
func (t *tally) Cover(reconcile.Coverage)        {}
func (t *tally) Gap(reconcile.Gap)               { t.gaps++ }
func (t *tally) Note(string)                     {}
func (t *tally) Proof(string)                    {}
func (t *tally) AddReject(r *reconcile.Reject) {
	t.rows++
	t.rejects++
	if t.first == "" {
		t.first = fmt.Sprintf("%s line %d column %q: %s", t.files[r.At.File], r.At.Line, r.Column, r.Reason)
	}
}

// writable tries the nearest existing directory, without leaving anything behind.
func writable(conf *config.Config) error {
	if err := files.Check(conf.ReportsTo, conf.Merchant); err != nil {
		return err
	}
	dir := conf.ReportsTo
	for {
		if info, err := os.Stat(dir); err == nil {
			if !info.IsDir() {
				return fmt.Errorf("%s is no directory", dir)
			}
			break
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.CreateTemp(dir, ".tieout-doctor-")
	if err != nil {
		return err
	}
	name := f.Name()
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(name)
}
