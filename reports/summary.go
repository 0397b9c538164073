package reports

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"tieout/reconcile"
)

// WriteSummary writes a run's summary for a terminal: whether it is complete,
// what differs, whether it adds up, and the most urgent things to do. Text of
// foreign systems cannot reach the terminal's controls.
func WriteSummary(w io.Writer, d Document) error { return writeSummary(w, bookOf(d)) }

func writeSummary(w io.Writer, b *book) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, %s: %s to %s\n\n", visible(b.facts.Merchant), b.facts.AsOf, b.window.From, b.window.To)
	summarizeStatus(&out, b)
	summarizeCounts(&out, b)
	summarizeRollForward(&out, b)
	summarizeTieOut(&out, b)
	summarizeActions(&out, b)
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

func summarizeStatus(out *strings.Builder, b *book) {
	if b.facts.Interim {
		out.WriteString("PRELIMINARY: an interim run, nothing of it is carried forward.\n")
	}
	if !b.holds() {
		out.WriteString("THE TIE-OUT DOES NOT HOLD: a residual is not zero.\n")
	}
	if b.complete() {
		out.WriteString("COMPLETE: every source was there and covered the window.\n")
		return
	}
	out.WriteString("INCOMPLETE: nothing is called missing where it could not be seen.\n")
	for _, why := range b.incomplete {
		fmt.Fprintf(out, "  - %s\n", oneLine(why))
	}
}

func summarizeCounts(out *strings.Builder, b *book) {
	t := b.total()
	out.WriteByte('\n')
	rows := [][]string{{"", "all", "agreed", "break", "open", "undetermined", "context", "excluded"}}
	for _, line := range []struct {
		name   string
		counts map[string]int
	}{{"orders", t.Orders}, {"transfers", t.Transfers}, {"deliveries", t.Deliveries}} {
		row := []string{line.name, grouped(totalOf(line.counts))}
		for o := reconcile.OutcomeAgreed; o <= reconcile.OutcomeExcluded; o++ {
			row = append(row, grouped(line.counts[o.String()]))
		}
		rows = append(rows, row)
	}
	aligned(out, rows)
	if t.Rejects > 0 {
		fmt.Fprintf(out, "%s could not be read: see rejects.csv\n", plural(t.Rejects, "input row"))
	}
	if line := b.notifications(); line != "" {
		fmt.Fprintln(out, line)
	}
	if t.Breaks == 0 {
		out.WriteString("\nNo breaks.\n")
		return
	}
	fmt.Fprintf(out, "\n%s\n", plural(t.Breaks, "break"))
	rows = [][]string{{"", "count", strings.TrimSpace("value " + b.currency)}}
	for _, k := range reconcile.Kinds() {
		if tally, ok := t.BreaksByKind[k.String()]; ok {
			rows = append(rows, []string{k.String(), grouped(tally.Count), tally.Value})
		}
	}
	aligned(out, rows)
}

func summarizeTieOut(out *strings.Builder, b *book) {
	out.WriteString("\nTie-out: received - expected = breaks + open + cut-off + tolerance + not covered + answered\n")
	rows := [][]string{{"", "received", "expected", "breaks", "open", "cut-off", "tolerance", "not covered", "answered", "residual"}}
	for i := range b.tieOut {
		l := &b.tieOut[i]
		row := []string{oneLine(assetName(l.Asset)) + " " + l.Chain}
		for _, u := range []interface{ Decimal(int) string }{l.Received, l.Expected, l.Breaks, l.Open, l.CutOff, l.Tolerance, l.NotCovered, l.Answered, l.Residual} {
			row = append(row, u.Decimal(l.Asset.Decimals))
		}
		rows = append(rows, row)
	}
	aligned(out, rows)
	if outside := b.outside(); outside != "" {
		fmt.Fprintf(out, "%s %s\n", notReconciled, oneLine(outside))
	}
}

func summarizeActions(out *strings.Builder, b *book) {
	if len(b.actions) == 0 {
		out.WriteString("\nNothing to do.\n")
		return
	}
	fmt.Fprintf(out, "\nTo do: %s, the most urgent first\n", grouped(len(b.actions)))
	for i := range b.actions {
		if i == summaryActions {
			fmt.Fprintf(out, "  and %s more: see actions.csv\n", grouped(len(b.actions)-summaryActions))
			return
		}
		a := &b.actions[i]
		fmt.Fprintf(out, "  %d. %s, %s\n", a.Priority, deadlineOf(a), oneLine(a.Who))
		for _, line := range wrapped(oneLine(a.Sentence), terminalWidth-5) {
			fmt.Fprintf(out, "     %s\n", line)
		}
	}
}

// deadlineOf says how long there is, counted from the end of the window.
func deadlineOf(a *reconcile.ActionRow) string {
	switch {
	case !a.Deadline.Known():
		return "no deadline"
	case a.HoursLeft < 0:
		return fmt.Sprintf("%d h past its deadline (%s)", -a.HoursLeft, a.Deadline)
	}
	return fmt.Sprintf("%d h left (%s)", a.HoursLeft, a.Deadline)
}

// aligned writes rows in columns, figures to the right.
func aligned(out *strings.Builder, rows [][]string) {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	widest := 0
	for _, row := range rows {
		widest = max(widest, len(row[0]))
	}
	for _, row := range rows {
		fmt.Fprintf(tw, "  %-*s\t%s\t\n", widest, row[0], strings.Join(row[1:], "\t"))
	}
	tw.Flush()
}

// terminalWidth is where sentences break, in letters.
const terminalWidth = 110

// wrapped breaks a text between words; a word that is longer than a line stays
// whole, so that a TXID can be copied.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// oneLine makes foreign text harmless for a terminal.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(visible(s))
}
