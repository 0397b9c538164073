package config

import (
	"slices"
	"strings"

	"tieout/cmd/internal/nearest"
)

// suggest names the word that was probably meant, or what there is.
func suggest(word string, words []string) string {
	if near, ok := Nearest(word, words); ok {
		return "; did you mean " + near + "?"
	}
	return "; there are " + strings.Join(slices.Sorted(slices.Values(words)), ", ")
}

// Nearest returns the word that a mistyped one probably stands for.
func Nearest(word string, words []string) (near string, ok bool) { return nearest.Word(word, words) }
