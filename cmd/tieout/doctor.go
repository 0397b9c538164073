package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/etherscan"
	"tieout/sources/evm"
	"tieout/sources/sourcetest"
	"tieout/sources/sql"
	"tieout/sources/tron"
)

func (c *command) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check what a run needs, in order; change nothing", Args: cobra.NoArgs,
		Long: "doctor checks the configuration, the input files and their headers, databases, secrets, nodes and the\nreport directory, in the order in which a run of the last complete date needs them. It changes nothing.",
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
	reason := strings.ReplaceAll(config.Mask(err.Error(), k.secrets), "\n", "\n        ")
	fmt.Fprintf(k.out, "failed  %s\n        %s\n", what, reason)
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
	k.schedule(conf)
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
	if start, err := peek(ctx, conf, p.opens); err == nil { // else state says why
		job.Policy.Opening = start.Opening
		remember(job, start.Earlier)
	}
	for _, s := range conf.Orders {
		if s.SQL != nil {
			k.database(ctx, conf, s, sources.Query{Window: job.Policy.Window, Reach: job.Policy.Reach()})
		}
	}
	if err := k.rehearse(ctx, job); err != nil {
		return err
	}
	for _, s := range conf.Transfers {
		k.nodes(ctx, conf, s)
	}
	k.check("report directory "+conf.ReportsTo+" can be written", writable(conf), exitOutput)
	k.state(ctx, conf)
	if k.status != 0 {
		return exitError(k.status)
	}
	return nil
}

// state says whether what was carried forward can be read. Before the first run
// there is none, and that is well.
func (k *checkup) state(ctx context.Context, conf *config.Config) {
	what := "state"
	s, err := store.View(ctx, conf.State().Reveal())
	if errors.Is(err, store.ErrNone) {
		k.check("state: the first run makes it", nil, exitUsage)
		return
	}
	if older := (*store.OlderError)(nil); errors.As(err, &older) {
		k.check("state: an older version wrote it; the next run brings it up to date", nil, exitUsage)
		return
	}
	if err == nil {
		var runs []store.Run
		runs, err = s.Runs(ctx, conf.Merchant)
		err = errors.Join(err, s.Close())
		what = fmt.Sprintf("state: %s run", plural(len(runs), "business date has", "business dates have"))
	}
	status, _ := statusOf(err)
	k.check(what, err, status)
}

// schedule says when the daemon would look, and what is easily misread in it.
func (k *checkup) schedule(conf *config.Config) {
	if conf.Schedule.At == nil {
		return
	}
	next := conf.Schedule.At.Next(time.Now(), conf.Zone)
	k.check(fmt.Sprintf("schedule %s: the next look is at %s", conf.Schedule.At, next.Format(time.RFC3339)), nil, exitUsage)
	for _, note := range conf.Schedule.At.Notes() {
		fmt.Fprintln(k.out, "        "+note)
	}
}

// rehearse reads every source of files as a run would, reconciles, and says what
// would make the run incomplete. Nodes are asked by nodes instead: a run reads far
// more of them than it takes to see that they answer.
func (k *checkup) rehearse(ctx context.Context, job *app.Job) error {
	ofFiles := slices.DeleteFunc(slices.Clone(job.Transfers), func(s app.Source) bool {
		_, files := s.Source.(*watchedFiles)
		return !files
	})
	whole := len(ofFiles) == len(job.Transfers)
	job.Transfers, job.Begin, job.Log = ofFiles, nil, slog.New(slog.DiscardHandler)
	out, err := job.Run(ctx)
	if err != nil {
		return err
	}
	why := slices.Clone(out.Document.Result.Incomplete())
	for _, list := range [][]app.Source{job.Books, job.Webhooks, job.Transfers} {
		for _, s := range list {
			why = k.source(s, out.Document.Result, why)
		}
	}
	if len(why) > 0 && whole { // without the nodes it is no wonder
		k.check(fmt.Sprintf("the sources cover the window, %s to %s", out.Document.Result.Window.From, out.Document.Result.Window.To), errors.New(strings.Join(why, "\n")), app.ExitIncomplete)
	}
	return nil
}

// source says how a source of files was read, and returns the reasons for an
// incomplete run that are not its own.
func (k *checkup) source(s app.Source, r *reconcile.Result, why []string) (others []string) {
	name := s.Info().Name
	what := "source " + name
	var own []error
	for _, reason := range why {
		if rest, ok := strings.CutPrefix(reason, name+": "); ok {
			own = append(own, errors.New(rest))
		} else {
			others = append(others, reason)
		}
	}
	i := slices.IndexFunc(r.Sources(), func(row reconcile.SourceRow) bool { return row.Name == name })
	if i >= 0 && s.Problem == "" {
		row := r.Sources()[i]
		what = fmt.Sprintf("source %s: %s read, %d rejected, %s", name, plural(row.Read, "row", "rows"), row.Rejected, plural(len(row.Gaps), "gap", "gaps"))
	}
	k.check(what, errors.Join(own...), app.ExitIncomplete)
	first := slices.IndexFunc(r.Rejects(), func(row reconcile.RejectRow) bool { return row.Source == name })
	if first >= 0 {
		row := r.Rejects()[first]
		fmt.Fprintf(k.out, "        first reject: %s\n", config.Mask(fmt.Sprintf("%s line %d column %q: %s", row.File, row.Line, row.Column, row.Reason), k.secrets))
	}
	return others
}

// database asks whether a database answers and keeps itself read-only, and whether the
// query has the columns of an order book.
func (k *checkup) database(ctx context.Context, conf *config.Config, s config.Source, q sources.Query) {
	o := sqlOptions(s, sources.FileOptions{Name: s.Name, Profile: conf.Profiles[s.Provider], Format: conf.Layouts[s.Provider], Book: s.Book, Columns: s.Columns, Only: s.Only})
	server, err := sql.Probe(ctx, o)
	if !k.check(strings.TrimSpace(fmt.Sprintf("database of %s: %s", s.Name, server)), err, app.ExitIncomplete) {
		return
	}
	var rec sourcetest.Recorder
	err = sql.Columns(o, bookReader(s)).Read(ctx, q, &rec)
	k.check(fmt.Sprintf("query of %s: it only reads, and has the columns of a book", s.Name), err, app.ExitIncomplete)
	for _, note := range rec.Notes {
		fmt.Fprintln(k.out, "        "+note)
	}
}

// nodes asks every endpoint of a source what a run needs of it, and shows what it
// could do besides.
func (k *checkup) nodes(ctx context.Context, conf *config.Config, s config.Source) {
	b := &builder{conf: conf, base: filepath.Dir(conf.Path)}
	switch s.Kind {
	case "evm":
		all := evm.Probe(ctx, b.evmOptions(s))
		for _, c := range all {
			k.capability(c.Endpoint, c.What, c.OK, c.Detail)
		}
		k.table(all)
	case "tron":
		for _, c := range tron.Probe(ctx, b.tronOptions(s)) {
			k.capability(c.Endpoint, c.What, c.OK, c.Detail)
		}
	case "etherscan":
		found, err := etherscan.Probe(ctx, b.etherscanOptions(s))
		k.check(strings.TrimSpace("endpoint "+s.Name+" 1: the API "+found), err, app.ExitIncomplete)
	}
}

// table shows the endpoints side by side, a column each.
func (k *checkup) table(all []evm.Capability) {
	var names, whats []string
	cells := map[[2]string]string{}
	for _, c := range all {
		if !slices.Contains(names, c.Endpoint) {
			names = append(names, c.Endpoint)
		}
		if !slices.Contains(whats, c.What) {
			whats = append(whats, c.What)
		}
		cells[[2]string{c.Endpoint, c.What}] = c.Cell
	}
	w := tabwriter.NewWriter(k.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "        endpoint\t%s\n", strings.Join(names, "\t"))
	for _, what := range whats {
		row := []string{"        " + what}
		for _, name := range names {
			row = append(row, cmp.Or(cells[[2]string{name, what}], "-"))
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // what cannot be written to stdout is told at the end
}

// capability is one line of what an endpoint can do.
func (k *checkup) capability(endpoint, what string, ok bool, detail string) {
	what = fmt.Sprintf("endpoint %s: %s", endpoint, what)
	if ok {
		k.check(what+": "+detail, nil, app.ExitIncomplete)
		return
	}
	k.check(what, errors.New(strings.TrimPrefix(detail, "endpoint "+endpoint+": ")), app.ExitIncomplete)
}

// writable tries the report root, without leaving anything behind.
func writable(conf *config.Config) error {
	if err := files.Check(conf.ReportsTo, conf.Merchant); err != nil {
		return err
	}
	return files.Probe(conf.ReportsTo)
}

// plural is a figure with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
