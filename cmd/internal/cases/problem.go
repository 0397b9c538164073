package cases

import (
	"fmt"
	"strings"
)

// Problem is a row that was not taken, or a file, and what to do about it.
type Problem struct {
	File   string `json:"file"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int    `json:"row,omitempty"` // as a spreadsheet counts; 0 = the file as a whole
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
	Reason string `json:"reason"`
}

// Error is the place, then the value, then the reason.
func (p *Problem) Error() string {
	var place strings.Builder
	place.WriteString(p.File)
	if p.Sheet != "" {
		place.WriteString(", sheet " + p.Sheet)
	}
	if p.Row > 0 {
		fmt.Fprintf(&place, ", row %d", p.Row)
	}
	if p.Column != "" {
		fmt.Fprintf(&place, ", column %q", p.Column)
	}
	if p.Value != "" {
		return fmt.Sprintf("%s: %q: %s", place.String(), clip(p.Value), p.Reason)
	}
	return place.String() + ": " + p.Reason
}

// clip shortens a text that stands in a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
