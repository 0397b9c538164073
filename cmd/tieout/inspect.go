package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/explorer"
	"tieout/sources/sourcetest"
	"tieout/sources/tabular"
)

func (c *command) inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE...", Short: "What is this file? Proposes a source and a column mapping", Args: cobra.MinimumNArgs(1),
		Long: "inspect recognises a file by its content, says how sure it is and why, lists the columns that\nnobody uses, and proposes the source for the configuration.\n",
		RunE: func(cmd *cobra.Command, args []string) error { return c.inspect(cmd.Context(), args) },
	}
}

func (c *command) inspect(ctx context.Context, patterns []string) error {
	found, err := files.Find(".", patterns)
	for _, in := range found {
		if e := c.inspectFile(ctx, in); e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", in.Path, e))
		}
	}
	if err != nil {
		return &usageError{err.Error()}
	}
	return nil
}

// guess is what a file may be, by trying to read it as that.
type guess struct {
	what   string
	read   int // rows that could be read
	failed int
	reason string // why it is that, or not
	yaml   string
}

func (c *command) inspectFile(ctx context.Context, in files.Input) error {
	sum, err := header(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %s, %d rows, %d bytes\n", in.Path, sum.Format, sum.Rows, in.Bytes)
	fmt.Fprintf(c.out, "  columns: %s\n", strings.Join(sum.Header, ", "))
	guesses := []guess{c.guessTransfers(in, sum.Header)}
	for _, name := range sortedNames(books) {
		guesses = append(guesses, c.guessBook(ctx, in, name))
	}
	sort.SliceStable(guesses, func(i, j int) bool { return guesses[i].read-guesses[i].failed > guesses[j].read-guesses[j].failed })
	best := guesses[0]
	if best.read == 0 {
		fmt.Fprintln(c.out, "  not recognised:")
		for _, g := range guesses {
			fmt.Fprintf(c.out, "    as %s: %s\n", g.what, g.reason)
		}
		return nil
	}
	fmt.Fprintf(c.out, "  it reads as %s: %s\n\n%s\n", best.what, best.reason, best.yaml)
	return nil
}

func header(in files.Input) (tabular.Summary, error) {
	return tabular.Read(in.Path, in.Open, tabular.Contract{}, tabular.Options{}, tabular.Handler{
		Row: func(*tabular.Row) error { return nil }, Bad: func(*tabular.Error) error { return nil }})
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c *command) guessTransfers(in files.Input, columns []string) guess {
	format, confidence, missing := explorer.Recognise(columns)
	g := guess{what: "transfers (" + format + ")", reason: "confidence " + confidence}
	if confidence == explorer.Certain {
		g.read = 1 << 30 // the header alone is unmistakable
	}
	if len(missing) > 0 {
		g.reason += ", missing " + strings.Join(missing, ", ")
	}
	g.yaml = fmt.Sprintf("transfers:\n  - name: transfers\n    source: csv\n    files: [%q]\n    # chain: eip155:1        where the rows name none\n    # timezone: Etc/UTC      where the times name no zone", in.Path)
	return g
}

// guessBook reads the file as a provider's book and counts what comes out.
func (c *command) guessBook(ctx context.Context, in files.Input, provider string) guess {
	g := guess{what: "an order book of " + provider}
	profile, err := config.Profile(provider, profiles[provider])
	if err != nil {
		g.reason = err.Error()
		return g
	}
	var rec sourcetest.Recorder
	err = books[provider](sources.FileOptions{Name: "inspect", Profile: profile, Files: []sources.File{{Path: in.Path, Open: in.Open}}}).Read(ctx, sources.Query{}, &rec)
	unknown := 0
	for _, o := range rec.Orders {
		if o.State == reconcile.StateUnknown {
			unknown++
		}
	}
	g.read, g.failed = len(rec.Orders), len(rec.Rejects)+unknown
	g.reason = fmt.Sprintf("%d orders, %d of unknown status, %d rejects", len(rec.Orders), unknown, len(rec.Rejects))
	if err != nil {
		g.read, g.reason = 0, err.Error()
	} else if len(rec.Rejects) > 0 {
		g.reason += fmt.Sprintf(" (line %d column %q: %s)", rec.Rejects[0].At.Line, rec.Rejects[0].Column, rec.Rejects[0].Reason)
	}
	for _, note := range rec.Notes {
		g.reason += "\n    " + note
	}
	g.yaml = fmt.Sprintf("orders:\n  - name: orders\n    provider: %s\n    files: [%q]\n    # book: merchant         when these are the merchant's own orders\n    # columns: {order_no: \"Header in the file\"}", provider, in.Path)
	return g
}
