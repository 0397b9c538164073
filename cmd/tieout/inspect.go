package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/files"
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
	s, err := look(ctx, in)
	if err != nil {
		return err
	}
	if s.Format == "sqlite" {
		fmt.Fprintf(c.out, "%s: sqlite, %d bytes\n", in.Path, in.Bytes)
	} else {
		fmt.Fprintf(c.out, "%s: %s, %d rows, %d bytes\n", in.Path, s.Format, s.Rows, in.Bytes)
		fmt.Fprintf(c.out, "  columns: %s\n", strings.Join(s.Header, ", "))
	}
	best := s.best()
	if best.sure == impossible {
		fmt.Fprintln(c.out, "  not recognised:")
		for _, g := range s.guesses {
			fmt.Fprintf(c.out, "    not %s: %s\n", g.what, g.why)
		}
		fmt.Fprintln(c.out, "  columns: {name: \"Header in the file\"} maps columns that are called otherwise")
		return nil
	}
	fmt.Fprintf(c.out, "  %s: %s (%s)\n", best.sure, best.what, best.why)
	for _, note := range best.notes {
		fmt.Fprintf(c.out, "  note: %s\n", note)
	}
	fmt.Fprintf(c.out, "\n%s%s", sectionOf(best.draft.section), best.draft.yaml())
	return nil
}

// sectionOf opens a section of a configuration; a list of addresses is one by itself.
func sectionOf(section string) string {
	if section == "own_addresses" {
		return ""
	}
	return section + ":\n"
}
