package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/cases"
	"tieout/reconcile"
)

func (c *command) casesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "cases", Short: "What is open across days, and what people decide about it",
		Long: "cases lists what was carried forward, and takes people's decisions about it: here, or in the file\n" +
			"that they were given. A decision counts from the next run on; every one is kept, with who gave it,\n" +
			"when, and in which file.",
		Example: "  tieout cases list --state unanswered --age 4\n" +
			"  tieout cases suppress B-3e24d7bd6fc3bb96 --by Ann --reason \"known outage\" --until 2026-04-01\n" +
			"  tieout cases import answers/report-2026-03-17.xlsx",
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.caseListCommand(), c.caseShowCommand(), c.caseImportCommand())
	for _, d := range []struct {
		word   string
		action reconcile.Disposition
		short  string
	}{
		{"accept", reconcile.Accept, "Known and tolerated: it stays open, and out of the queue"},
		{"resolve", reconcile.Resolved, "Settled outside: it closes, and reopens when the figure grows"},
		{"write-off", reconcile.WriteOff, "Given up: it closes at a loss or gain"},
		{"suppress", reconcile.Suppress, "Out of the queue until a date, or until the figure grows"},
		{"reopen", reconcile.Reopen, "Take a decision back"},
	} {
		cmd.AddCommand(c.decideCommand(d.word, d.action, d.short))
	}
	for _, sub := range cmd.Commands() {
		sub.Long += "\n" + exitHelp
	}
	return cmd
}

func (c *command) caseListCommand() *cobra.Command {
	var f cases.Filter
	var format string
	cmd := &cobra.Command{
		Use: "list", Short: "What is carried forward, the oldest first", Args: cobra.NoArgs,
		Long: "list shows every break and open item that the newest run carried forward, with the decision in force\nand the one that waits for the next run.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfFormats(format); err != nil {
				return err
			}
			return c.viewCases(cmd.Context(), func(v *caseView) error { return c.listCases(cmd.Context(), v, f, format) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Kind, "kind", "", "only breaks of this `KIND`")
	flags.StringVar(&f.State, "state", "", "only in this `STATE`: of an open item, a disposition, or one of open, closed, answered, unanswered")
	flags.StringVar(&f.Asset, "asset", "", "only of this `ASSET`, its id or symbol")
	flags.StringVar(&f.Age, "age", "", "only so many `DAYS` old: 4 (at least four) or 4-7")
	flags.StringVar(&f.Provider, "provider", "", "only of this `PROVIDER`")
	flags.StringVar(&format, "format", "text", "`FORMAT`: text or json")
	return cmd
}

func (c *command) caseShowCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "show ID", Short: "One break or open item: its decisions and its history", Args: someIDs(1),
		Long: "show tells what is known of a break or open item: how it stands, every decision about it, and what\nhappened to it in each run. The beginning of an id is enough where only one begins so.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfFormats(format); err != nil {
				return err
			}
			return c.viewCases(cmd.Context(), func(v *caseView) error { return c.showCase(cmd.Context(), v, args[0], format) })
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT`: text or json")
	return cmd
}

func (c *command) decideCommand(word string, action reconcile.Disposition, short string) *cobra.Command {
	d := cases.Decision{Action: action}
	cmd := &cobra.Command{
		Use: word + " ID...", Short: short, Args: someIDs(0),
		Long: word + ": " + short + ".\nAn ID is that of a break or open item, or its beginning. The decision counts from the next run on.",
		RunE: func(cmd *cobra.Command, args []string) error {
			d.IDs, d.At = args, reconcile.InstantOf(time.Now())
			return c.changeCases(cmd.Context(), func(v *caseView) error { return c.decide(cmd.Context(), v, d) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&d.By, "by", "", "`NAME` of the person who decides; needed")
	flags.StringVar(&d.Reason, "reason", "", "`TEXT` that says why; needed to write off and to suppress")
	flags.StringVar(&d.Asset, "asset", "", "only in this `ASSET`, where a break has several")
	if action == reconcile.Accept || action == reconcile.Suppress {
		flags.StringVar(&d.Until, "until", "", "last business `DATE` on which it counts; without one, until the figure grows")
	}
	if action != reconcile.Reopen {
		flags.StringVar(&d.Cap, "cap", "", "`AMOUNT` up to which it counts; without one, the figure of today")
	}
	return cmd
}

// someIDs asks for ids: exactly so many, or any number when it is 0.
func someIDs(exactly int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 || exactly > 0 && len(args) != exactly {
			return &usageError{cmd.CommandPath() + " needs the id of a break or open item", "tieout cases list shows them"}
		}
		return nil
	}
}

// mistaken gives a mistake of the user its exit status and a hint.
func mistaken(err error) error {
	var mistake *cases.MistakeError
	if errors.As(err, &mistake) {
		return &usageError{text: mistake.Reason}
	}
	return err
}

// fromNextRun ends what a command says about decisions.
func (c *command) fromNextRun(n int, what string) {
	switch n {
	case 0:
		fmt.Fprintf(c.out, "no %s taken\n", what)
	case 1:
		fmt.Fprintf(c.out, "1 %s taken; it counts from the next run on\n", what)
	default:
		fmt.Fprintf(c.out, "%d %ss taken; they count from the next run on\n", n, what)
	}
}
