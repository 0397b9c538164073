package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tieout/cmd/internal/config"
)

// streams are what a command reads from and writes to.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is what every subcommand shares.
type command struct {
	streams
	configPath string
	logFormat  string
	quiet      bool
	merchant   string          // whose run it is, where several go on side by side; "" for one
	secrets    []config.Secret // masked in everything that is written
}

// execute runs one command line and returns its exit status.
func execute(ctx context.Context, args []string, s streams) int {
	out := &results{w: s.out}
	s.out = out
	c := &command{streams: s}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(s.out)
	root.SetErr(s.err)
	status := c.tell(guard(func() error { return root.ExecuteContext(ctx) }))
	if out.failed != nil {
		status = graver(status, c.tell(&resultsError{out.failed}))
	}
	return status
}

// results is stdout. What it could not take is remembered for the exit status: the
// work goes on, which matters more than what is said of it.
type results struct {
	w      io.Writer
	failed error // the first failure
}

func (r *results) Write(p []byte) (int, error) {
	if r.failed == nil {
		_, r.failed = r.w.Write(p)
	}
	return len(p), nil
}

// tell says on stderr what went wrong and what to do, and returns the exit status.
// A run that was carried out has said it already.
func (c *command) tell(err error) int {
	status, hint := statusOf(err)
	var exit exitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(c.err, "tieout: "+config.Mask(err.Error(), c.secrets))
		if hint != "" {
			fmt.Fprintln(c.err, "        "+hint)
		}
	}
	return status
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "tieout",
		Short:         "Prove that a merchant's crypto payments add up, and say what to do where they do not",
		Long:          "tieout compares order books, webhook logs and transfers on chain, proves that the figures add up,\nand says what to do where they do not.\n" + exitHelp,
		Example:       "  tieout doctor --config tieout.yaml\n  tieout run --config tieout.yaml --as-of 2026-03-17",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err.Error(), cmd.CommandPath() + " --help lists the flags"}
	})
	flags := root.PersistentFlags()
	flags.StringVar(&c.configPath, "config", "tieout.yaml", "configuration `FILE`")
	flags.StringVar(&c.logFormat, "log-format", "text", "log `FORMAT`: text or json")
	flags.BoolVar(&c.quiet, "quiet", false, "no progress and no warnings, only errors")
	root.AddCommand(c.runCommand(), c.daemonCommand(), c.backfillCommand(), c.casesCommand(), c.explainCommand(), c.verifyCommand(),
		c.doctorCommand(), c.inspectCommand(), c.initCommand(), c.stateCommand(), c.versionCommand())
	for _, sub := range root.Commands() {
		if sub.Name() != "verify" { // its statuses speak of reports, not of a run
			sub.Long += "\n" + exitHelp
		}
	}
	return root
}

// knownCommand refuses a word that is no command, with the nearest one.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	if near, ok := config.Nearest(args[0], names); ok {
		return &usageError{fmt.Sprintf("unknown command %q; did you mean %s?", args[0], near), "tieout --help lists the commands"}
	}
	return &usageError{fmt.Sprintf("unknown command %q", args[0]), "tieout --help lists the commands"}
}

// logger writes to stderr; secrets are masked whatever they stand in.
func (c *command) logger() (*slog.Logger, error) {
	level := slog.LevelInfo
	if c.quiet {
		level = slog.LevelError
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		a.Value = maskValue(a.Value, c.secrets)
		return a
	}}
	var log *slog.Logger
	switch c.logFormat {
	case "text":
		log = slog.New(slog.NewTextHandler(c.err, options))
	case "json":
		log = slog.New(slog.NewJSONHandler(c.err, options))
	default:
		return nil, &usageError{text: fmt.Sprintf("--log-format %q: text and json are possible", c.logFormat)}
	}
	if c.merchant != "" {
		log = log.With("merchant", c.merchant)
	}
	return log, nil
}

// maskValue masks a value of any kind that may hold text.
func maskValue(v slog.Value, secrets []config.Secret) slog.Value {
	text := v.String()
	switch b, isBytes := v.Any().([]byte); {
	case isBytes:
		text = string(b)
	case v.Kind() != slog.KindString && v.Kind() != slog.KindAny:
		return v
	}
	if shown := config.Mask(text, secrets); shown != text {
		return slog.StringValue(shown)
	}
	return v
}

// progress tells a terminal what happens; elsewhere it is silent.
func (c *command) progress() func(string) {
	f, ok := c.err.(*os.File)
	if c.quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func(doing string) { fmt.Fprintf(f, "\r\x1b[K%s… ", doing) }
}
