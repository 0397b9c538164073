package cases

import (
	"strings"

	"tieout/cmd/internal/nearest"
	"tieout/reconcile"
)

// dispositions are the words that people may write, each with how else it is
// spelt.
var dispositions = []struct {
	word     reconcile.Disposition
	synonyms []string
}{
	{reconcile.Accept, []string{"accepted"}},
	{reconcile.Resolved, []string{"resolve"}},
	{reconcile.WriteOff, []string{"writeoff", "written_off"}},
	{reconcile.Suppress, []string{"suppressed"}},
	{reconcile.Reopen, []string{"reopened"}},
}

// ParseDisposition reads a disposition as a person writes it; hint says what was
// probably meant where it is none.
func ParseDisposition(text string) (d reconcile.Disposition, hint string) {
	typed := name(text)
	var words []string
	for _, known := range dispositions {
		if typed == string(known.word) {
			return known.word, ""
		}
		for _, other := range known.synonyms {
			if typed == other {
				return known.word, ""
			}
		}
		words = append(words, string(known.word))
	}
	if near, ok := nearest.Word(typed, words); ok {
		return "", "is no disposition; did you mean " + near + "?"
	}
	return "", "is no disposition; there are " + strings.Join(words, ", ")
}

// name writes a heading or word as our columns are called: lower case, with
// underscores.
func name(text string) string {
	text = strings.NewReplacer("_", " ", "-", " ", "\u00a0", " ").Replace(strings.ToLower(text))
	return strings.Join(strings.Fields(text), "_")
}

// needsReason reports whether the decision is one that somebody will ask about.
func needsReason(d reconcile.Disposition) bool {
	return d == reconcile.WriteOff || d == reconcile.Suppress
}

// closes reports whether the decision ends an item, rather than leave it open.
func closes(d reconcile.Disposition) bool { return d == reconcile.Resolved || d == reconcile.WriteOff }
