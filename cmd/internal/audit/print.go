package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"tieout/reconcile/money"
)

// WriteText writes a verification for people: what failed, with file, line and
// figures, then a row a date.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	for _, d := range r.Dates {
		d.tell(&b)
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "report\trevision\tsays\torders\ttransfers\tbreak rows\topen rows\tchecks\tfailed\tverdict")
	for _, d := range r.Dates {
		fmt.Fprintf(t, "%s\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", d.Name, d.Revision, says(d), d.Rows.Orders, d.Rows.Transfers,
			d.Rows.Breaks, d.Rows.OpenItems, d.Checks, d.Failed, verdictText(d))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Dates) == 1 {
		r.Dates[0].tieOut(&b)
	}
	fmt.Fprintf(&b, "\n%s\n", conclusion(r))
	_, err := io.WriteString(w, visible(b.String()))
	return err
}

func says(d *Date) string {
	if d.Status == "" {
		return "-"
	}
	return d.Status
}

func verdictText(d *Date) string {
	if d.Verdict() == Incomplete && d.Stale != "" {
		return "stale"
	}
	return string(d.Verdict())
}

// tell writes what is wrong with a report, a line each.
func (d *Date) tell(b *strings.Builder) {
	for _, f := range d.Findings {
		place := d.Name + "/" + f.File
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		fmt.Fprintf(b, "%s: %s: expected %s, found %s", place, f.Check, orNothing(f.Expected), orNothing(f.Found))
		if f.Difference != "" {
			fmt.Fprintf(b, " (difference %s)", f.Difference)
		}
		b.WriteString("\n")
	}
	if more := d.Failed - len(d.Findings); more > 0 {
		fmt.Fprintf(b, "%s: and %d more\n", d.Name, more)
	}
	if d.Stale != "" {
		fmt.Fprintf(b, "%s: stale: %s; run it again\n", d.Name, d.Stale)
	}
	for _, why := range d.Unchecked {
		fmt.Fprintf(b, "%s: not verified: %s\n", d.Name, why)
	}
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// tieOut writes the identity of each asset as the rows give it.
func (d *Date) tieOut(b *strings.Builder) {
	if len(d.Assets) == 0 {
		return
	}
	b.WriteString("\nThe tie-out, added up from the rows:\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "received\texpected\tbreaks\topen\tcut-off\ttolerance\tnot covered\tanswered\tresidual\t  asset\t")
	for i := range d.Assets {
		l := &d.Assets[i]
		for _, q := range l.figures() {
			fmt.Fprintf(t, "%s\t", q)
		}
		fmt.Fprintf(t, "  %s %s\t\n", l.Symbol, l.Asset)
	}
	_ = t.Flush() // into memory
}

func (l *Line) figures() []money.Quantity {
	return []money.Quantity{l.Received, l.Expected, l.Breaks, l.Open, l.CutOff, l.Tolerance, l.NotCovered, l.Answered, l.residual()}
}

func conclusion(r *Report) string {
	checks, failed := 0, 0
	for _, d := range r.Dates {
		checks, failed = checks+d.Checks, failed+d.Failed
	}
	switch r.Verdict() {
	case Holds:
		return fmt.Sprintf("HOLDS: %d checks over %s", checks, reportCount(r))
	case Incomplete:
		return fmt.Sprintf("INCOMPLETE: %d checks over %s hold, but not everything could be verified or is up to date", checks, reportCount(r))
	}
	return fmt.Sprintf("FAILS: %d of %d checks over %s", failed, checks, reportCount(r))
}

func reportCount(r *Report) string {
	if len(r.Dates) == 1 {
		return "1 report"
	}
	return fmt.Sprintf("%d reports", len(r.Dates))
}

// WriteJSON writes a verification for programs.
func WriteJSON(w io.Writer, r *Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Verdict Verdict `json:"verdict"`
		*Report
	}{r.Verdict(), r})
}

// MarshalJSON writes a date with its verdict.
func (d *Date) MarshalJSON() ([]byte, error) {
	type plain Date
	return json.Marshal(struct {
		*plain
		Verdict Verdict `json:"verdict"`
	}{(*plain)(d), d.Verdict()})
}

// MarshalJSON writes the figures as exact decimals in strings.
func (l Line) MarshalJSON() ([]byte, error) {
	m := map[string]string{"asset": l.Asset, "symbol": l.Symbol}
	for i, name := range []string{"received", "expected", "breaks", "open", "cut_off", "tolerance", "not_covered", "answered", "residual"} {
		m[name] = l.figures()[i].String()
	}
	return json.Marshal(m)
}

// visible shows what would hide on a terminal: a report may have been tampered with.
func visible(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' || c == 0x7f || c >= 0x80 && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return '\uFFFD'
		}
		return c
	}, text)
}
