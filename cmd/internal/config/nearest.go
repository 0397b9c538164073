package config

import (
	"slices"
	"strings"
)

// suggest names the word that was probably meant, or what there is.
func suggest(word string, words []string) string {
	slices.Sort(words)
	best, distance := "", len(word)/2+1
	for _, w := range words {
		if d := Distance(strings.ToLower(word), w); d < distance {
			best, distance = w, d
		}
	}
	if best != "" {
		return "; did you mean " + best + "?"
	}
	return "; there are " + strings.Join(words, ", ")
}

// Distance is the number of single-character edits between two words.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, previous+1, row[j]+1)
		}
	}
	return row[len(b)]
}
