package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/files"
	"tieout/sources/tabular"
)

func (c *command) inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE...", Short: "What is this file? Proposes a source and a column mapping",
		Long: "inspect recognises a file by its content, says how sure that is and why, lists the columns that\n" +
			"nobody uses, and proposes the source for the configuration. It changes nothing.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"inspect needs at least one file", "tieout inspect exports/*.csv"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.inspect(cmd.Context(), args) },
	}
}

func (c *command) inspect(ctx context.Context, patterns []string) error {
	found, err := files.Find(".", patterns)
	for i, in := range found {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		if e := c.inspectFile(ctx, in); e != nil {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return &usageError{text: err.Error()}
	}
	return nil
}

// inspectFile prints what a file is: the guess that explains most of it, and how
// near the others came where none does.
func (c *command) inspectFile(ctx context.Context, in files.Input) error {
	sum, err := header(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %s, %d rows, %d bytes\n", in.Path, sum.Format, sum.Rows, in.Bytes)
	fmt.Fprintf(c.out, "  columns: %s\n", strings.Join(sum.Header, ", "))
	guesses := guessAll(ctx, in, sum.Header)
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(b.sure, a.sure) })
	if guesses[0].sure == impossible {
		fmt.Fprintln(c.out, "  not recognised:")
		for _, g := range guesses {
			fmt.Fprintf(c.out, "    not %s: %s\n", g.what, g.why)
		}
		fmt.Fprintln(c.out, "  columns: {name: \"Header in the file\"} maps columns that are called otherwise")
		return nil
	}
	best := guesses[0]
	fmt.Fprintf(c.out, "  %s: %s (%s)\n", best.sure, best.what, best.why)
	for _, note := range best.notes {
		fmt.Fprintf(c.out, "  note: %s\n", note)
	}
	fmt.Fprintf(c.out, "\n%s", best.yaml)
	return nil
}

// header reads a file without asking for any column.
func header(in files.Input) (tabular.Summary, error) {
	return tabular.Read(in.Path, in.Open, tabular.Contract{}, tabular.Options{}, tabular.Handler{
		Row: func(*tabular.Row) error { return nil }, Bad: func(*tabular.Error) error { return nil }})
}
