package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/explain"
	"tieout/cmd/internal/files"
	"tieout/reconcile"
)

// explainFlags are the flags of `tieout explain`.
type explainFlags struct{ asOf, out, format string }

func (c *command) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain ORDER|TXID|BREAK-ID",
		Short: "The story of one payment: witnesses, rule, candidates, what differs, what to do",
		Long: "explain tells what each witness says of a payment, how its money was attributed, what differs,\n" +
			"what is open, what to do until when, and how it came to this over the days. It reads published\n" +
			"reports only: the newest, or the one of --as-of. ORDER is an order's number or id at its provider,\n" +
			"TXID a transaction or an explorer's link to it, BREAK-ID the id of a break or open item.",
		Example: "  tieout explain S-1174\n  tieout explain B-3e24d7bd6fc3bb96 --as-of 2026-03-17 --format json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || strings.TrimSpace(args[0]) == "" {
				return &usageError{"explain needs one order, transaction or break id", "tieout explain B-3e24d7bd6fc3bb96"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.explain(cmd.Context(), args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.asOf, "as-of", "", "business `DATE` of the report, instead of the newest")
	flags.StringVar(&f.out, "out", "", "report `DIR`, instead of the configuration's")
	flags.StringVar(&f.format, "format", "text", "`FORMAT`: text or json")
	return cmd
}

func (c *command) explain(ctx context.Context, asked string, f explainFlags) error {
	if err := oneOfFormats(f.format); err != nil {
		return err
	}
	root, err := c.reportRoot(f.out)
	if err != nil {
		return err
	}
	published, err := publishedReports(root)
	if err != nil {
		return err
	}
	report, past, err := chooseReport(root, published, f.asOf)
	if err != nil {
		return err
	}
	e, err := explain.Find(report, asked)
	if err != nil {
		return fmt.Errorf("the report of %s in %s: %w", report.Date, root, err)
	}
	if len(e.Stories) == 0 {
		return notExplained(e, published)
	}
	if err := e.Follow(past, c.answersSoFar(ctx, f.out)); err != nil {
		return err
	}
	if f.format == "json" {
		return c.writeJSON(e)
	}
	return explain.WriteText(c.out, e)
}

// answersSoFar are the decisions of people, which stand in no report before the
// next run. Reports elsewhere may be of any state: none is looked for. A state that
// cannot be read is said, and the story told without it.
func (c *command) answersSoFar(ctx context.Context, out string) (answers []reconcile.Answer) {
	if out != "" {
		return nil
	}
	err := c.viewCases(ctx, func(v *caseView) (err error) {
		answers, err = v.Answers(ctx)
		return err
	})
	var usage *usageError
	if err != nil && !errors.As(err, &usage) {
		fmt.Fprintln(c.err, "tieout: the decisions of people are left out: "+config.Mask(err.Error(), c.secrets))
	}
	return answers
}

// writeJSON writes a value for programs.
func (c *command) writeJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func oneOfFormats(format string) error {
	if format != "text" && format != "json" {
		return &usageError{text: fmt.Sprintf("--format %q: text and json are possible", format)}
	}
	return nil
}

// reportRoot is where the reports lie: --out, else as configured.
func (c *command) reportRoot(out string) (string, error) {
	if out != "" {
		dir, err := config.Directory(out)
		if err != nil {
			return "", &usageError{text: fmt.Sprintf("--out %s: %v", out, err)}
		}
		return dir, nil
	}
	conf, err := c.load()
	if err != nil {
		return "", err
	}
	return conf.ReportsTo, nil
}

// publishedReports lists the reports of business dates, oldest first. A directory
// without result.json was never published.
func publishedReports(root string) ([]explain.Report, error) {
	filed, err := files.Reports(root)
	if err != nil {
		return nil, fmt.Errorf("the reports in %s: %w", root, err)
	}
	var list []explain.Report
	for _, r := range filed {
		if _, err := time.Parse(time.DateOnly, r.Name); err == nil {
			list = append(list, explain.Report{Date: r.Name, Files: r.Files})
		}
	}
	return list, nil
}

func reportIn(root, name string) (explain.Report, error) {
	in, err := files.Files(root, name)
	return explain.Report{Date: name, Files: in}, err
}

// chooseReport is the report that is told from, and those up to it, oldest first.
func chooseReport(root string, published []explain.Report, asOf string) (report explain.Report, past []explain.Report, err error) {
	if asOf == "" {
		if len(published) == 0 {
			return report, nil, &usageError{"no report of a business date stands in " + root, "tieout run writes one"}
		}
		return published[len(published)-1], published, nil
	}
	for i, r := range published {
		if r.Date == asOf {
			return r, published[:i+1], nil
		}
	}
	if filepath.IsLocal(asOf) && filepath.Base(asOf) == asOf { // a window of one's own
		if r, err := reportIn(root, asOf); err == nil {
			return r, nil, nil
		}
	}
	return report, nil, &usageError{fmt.Sprintf("no report of %s stands in %s", asOf, root), "tieout run --as-of " + asOf + " writes it"}
}

// notExplained says what was searched, what resembles the question, and which
// other report knows it.
func notExplained(e *explain.Explanation, published []explain.Report) error {
	text := fmt.Sprintf("nothing in the report of %s is called %q\n        searched: %s", e.AsOf, e.Asked, strings.Join(e.Searched, ", "))
	if len(e.Near) > 0 {
		text += "\n        near: " + strings.Join(e.Near, ", ")
	}
	hint := "an order's number or id, a transaction, or an id of breaks.csv or open_items.csv is expected"
	for i := len(published) - 1; i >= 0 && i >= len(published)-olderReports; i-- {
		if published[i].Date == e.AsOf {
			continue
		}
		if known, err := explain.Knows(published[i], e.Asked); err == nil && known {
			hint = fmt.Sprintf("the report of %s has it: --as-of %s", published[i].Date, published[i].Date)
			break
		}
	}
	return &usageError{text, hint}
}

// olderReports is in how many of the newest reports a name is looked for that the
// chosen one does not have.
const olderReports = 7
