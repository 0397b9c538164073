package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/cases"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/reconcile"
)

func (c *command) listCases(ctx context.Context, v *caseView, f cases.Filter, format string) error {
	date, all, err := cases.Cases(ctx, v, v.end)
	if err != nil {
		return err
	}
	list, err := f.Apply(all)
	if err != nil {
		return err
	}
	if format == "json" {
		return c.writeJSON(struct {
			AsOf  string       `json:"as_of"`
			Cases []cases.Case `json:"cases"`
		}{date, list})
	}
	return cases.WriteTable(c.out, date, list)
}

func (c *command) showCase(ctx context.Context, v *caseView, id, format string) error {
	r, err := cases.Look(ctx, v, id, v.end, v.history)
	if err != nil {
		return err
	}
	if format == "json" {
		return c.writeJSON(r)
	}
	return cases.WriteRecord(c.out, r)
}

func (c *command) decide(ctx context.Context, v *caseView, d cases.Decision) error {
	list, err := cases.Decide(ctx, v, d)
	if err != nil {
		return err
	}
	c.fromNextRun(len(list), "decision")
	return nil
}

func (c *command) caseImportCommand() *cobra.Command {
	var asOf, format string
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Take in what people answered in the file that they were given",
		Long: "import reads report.xlsx, breaks.csv or open_items.csv back: the columns disposition, reason, by, until\n" +
			"and cap, and the sheet Sign-off. A row that cannot be taken is named with the reason, and the others\n" +
			"count (exit 3). A file counts once; files of answers: {files: ...} are taken in by every run.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"import needs a file", "tieout cases import report.xlsx"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfFormats(format); err != nil {
				return err
			}
			return c.changeCases(cmd.Context(), func(v *caseView) error { return c.importCases(cmd.Context(), v, args, asOf, format) })
		},
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "business `DATE` of the report that was answered, where the file does not say it")
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT`: text or json")
	return cmd
}

func (c *command) importCases(ctx context.Context, v *caseView, patterns []string, asOf, format string) error {
	found, err := files.Find(".", patterns)
	if err != nil {
		return &usageError{text: err.Error()}
	}
	outcomes, err := v.take(ctx, found, cases.Options{Merchant: v.conf.Merchant, AsOf: asOf, Single: v.conf.Single, At: reconcile.InstantOf(time.Now())})
	if err != nil {
		return err
	}
	if format == "json" {
		err = c.writeJSON(outcomes)
	} else {
		c.sayTaken(outcomes)
	}
	if err == nil && slices.ContainsFunc(outcomes, func(o cases.Outcome) bool { return len(o.Problems) > 0 }) {
		return exitError(app.ExitIncomplete)
	}
	return err
}

// sayTaken tells what became of each file.
func (c *command) sayTaken(outcomes []cases.Outcome) {
	for _, o := range outcomes {
		if o.Repeated {
			fmt.Fprintf(c.out, "%s was taken in before: a file counts once\n", o.File)
			continue
		}
		fmt.Fprintf(c.out, "%s: ", o.File)
		c.fromNextRun(len(o.Answers), "answer")
		if o.Unchanged > 0 {
			fmt.Fprintf(c.out, "  %d rows say what is decided already\n", o.Unchanged)
		}
		if o.SignOff != nil {
			fmt.Fprintf(c.out, "  %s is signed off: prepared by %s, reviewed by %s\n", o.SignOff.Date, o.SignOff.Prepared.By, reviewer(o.SignOff))
		}
		for i := range o.Problems {
			fmt.Fprintf(c.out, "  not taken: %s\n", o.Problems[i].Error())
		}
	}
}

func reviewer(s *cases.SignOff) string {
	if s.Reviewed.By == "" {
		return "nobody else (signoff: single)"
	}
	return s.Reviewed.By
}

// take reads files of answers and takes in what counts, the older reports first.
// A file that cannot be read is a problem of its own.
func (v *caseView) take(ctx context.Context, found []files.Input, o cases.Options) ([]cases.Outcome, error) {
	var readings []*cases.Reading
	var refused []cases.Outcome
	for _, in := range found {
		r, err := readAnswers(in, o)
		var problem *cases.Problem
		switch {
		case errors.As(err, &problem):
			refused = append(refused, cases.Outcome{Taken: cases.Taken{File: in.Path, SHA256: in.SHA256}, Problems: []cases.Problem{*problem}})
		case err != nil:
			return nil, err
		default:
			readings = append(readings, r)
		}
	}
	slices.SortStableFunc(readings, func(a, b *cases.Reading) int { return strings.Compare(a.AsOf, b.AsOf) })
	outcomes, err := cases.Take(ctx, v, readings...)
	return append(outcomes, refused...), err
}

// maxAnswers is how large a file of answers may be.
const maxAnswers = 256 << 20

func readAnswers(in files.Input, o cases.Options) (*cases.Reading, error) {
	f, err := in.Open()
	if err != nil {
		return nil, &cases.Problem{File: in.Path, Reason: err.Error()}
	}
	content, err := io.ReadAll(io.LimitReader(f, maxAnswers+1))
	err = errors.Join(err, f.Close())
	switch {
	case err != nil:
		return nil, &cases.Problem{File: in.Path, Reason: err.Error()}
	case len(content) > maxAnswers:
		return nil, &cases.Problem{File: in.Path, Reason: "it is larger than 256 MiB, which no report is"}
	case in.Changed():
		return nil, &cases.Problem{File: in.Path, Reason: "it changed while it was read: somebody still writes it"}
	}
	if !bytes.HasPrefix(content, []byte("PK")) {
		o.Manifest, err = in.Beside("result.json")
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, &cases.Problem{File: in.Path, Reason: err.Error()}
	}
	return cases.Read(in.Path, content, o)
}

// takeAnswers takes in what people put into the configured folder since the last
// run. What cannot be taken is logged and stops nothing: the run goes on with the
// answers that count.
func (v *caseView) takeAnswers(ctx context.Context, now time.Time, log *slog.Logger) error {
	found, err := answerFiles(v.conf)
	if err != nil {
		log.Warn("answers cannot be read", "reason", err.Error())
	}
	outcomes, err := v.take(ctx, found, cases.Options{Merchant: v.conf.Merchant, Single: v.conf.Single, At: reconcile.InstantOf(now)})
	for _, o := range outcomes {
		for i := range o.Problems {
			log.Warn("answer not taken", "reason", o.Problems[i].Error())
		}
		if len(o.Answers) > 0 || o.SignOff != nil {
			log.Info("answers taken in", "file", o.File, "answers", len(o.Answers), "signed", o.SignOff != nil)
		}
	}
	return err
}

// answerFiles lists the files of the configured folder. None is no mistake: nobody
// has answered yet. What a spreadsheet puts beside an open file is no answer.
func answerFiles(conf *config.Config) ([]files.Input, error) {
	base, err := filepath.Abs(filepath.Dir(conf.Path))
	if err != nil {
		return nil, err
	}
	var all []files.Input
	var failed []error
	for _, pattern := range conf.Answers {
		found, err := files.Find(base, []string{pattern})
		if err != nil && !(len(found) == 0 && errors.Is(err, files.ErrNoFile)) {
			failed = append(failed, err)
		}
		for _, in := range found {
			if !strings.HasPrefix(filepath.Base(in.Path), "~$") && !slices.ContainsFunc(all, func(o files.Input) bool { return o.SHA256 == in.SHA256 }) {
				all = append(all, in)
			}
		}
	}
	return all, errors.Join(failed...)
}
