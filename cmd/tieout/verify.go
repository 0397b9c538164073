package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/audit"
	"tieout/cmd/internal/files"
)

// verifyHelp stands in place of the exit statuses of a run.
const verifyHelp = `
Exit status:
  0  everything holds
  2  usage: there is no report in DIR
  3  incomplete: a date has to run again, or not everything could be verified
  4  a figure, a reference, a hash or the chain of runs does not hold`

func (c *command) verifyCommand() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Recompute published reports from their files alone",
		Long: "verify trusts nothing but files. DIR is a report root or the directory of one date, here or in a bucket\n" +
			"(s3://bucket/reports). It checks every SHA-256, recomputes the counts, the references and the tie-out\n" +
			"from the rows of the CSV files, and follows the chain of runs. It needs no configuration and no state, and changes nothing.\n" + verifyHelp,
		Example: "  tieout verify /var/lib/tieout/reports\n  tieout verify reports/2026-03-17 --format json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{"verify needs one directory", "tieout verify /var/lib/tieout/reports"}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.verify(args[0], format) },
	}
	cmd.Flags().StringVar(&format, "format", format, "output `FORMAT`: text or json")
	return cmd
}

func (c *command) verify(dir, format string) error {
	write := audit.WriteText
	switch format {
	case "text":
	case "json":
		write = audit.WriteJSON
	default:
		return &usageError{text: fmt.Sprintf("--format %q: text and json are possible", format)}
	}
	report, err := verifyIn(dir)
	var none *audit.NotFoundError
	switch {
	case errors.As(err, &none):
		return &usageError{none.Error(), "name the directory that reports: {to: ...} has, or one date in it"}
	case err != nil:
		return &usageError{text: err.Error()}
	}
	if err := write(c.out, report); err != nil {
		return err
	}
	switch report.Verdict() {
	case audit.Fails:
		return exitError(exitInternal)
	case audit.Incomplete:
		return exitError(app.ExitIncomplete)
	}
	return nil
}

// verifyIn verifies a directory. What lies in a bucket is brought here first: the
// audit reads files and nothing else.
func verifyIn(dir string) (_ *audit.Report, err error) {
	if !files.InBucket(dir) {
		return audit.Verify(dir)
	}
	here, err := os.MkdirTemp("", "tieout-verify-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(here)) }()
	root, only := strings.TrimRight(dir, "/"), ""
	if above, name := path.Split(root); audit.IsName(name) {
		root, only = strings.TrimRight(above, "/"), name
	}
	if err := files.Fetch(root, only, here); err != nil {
		return nil, err
	}
	report, err := audit.Verify(filepath.Join(here, only))
	var none *audit.NotFoundError
	if errors.As(err, &none) {
		return nil, &audit.NotFoundError{Dir: dir, Reason: "it holds no report: name a report root, or one date in it"}
	}
	if err == nil {
		report.Dir = dir
	}
	return report, err
}
