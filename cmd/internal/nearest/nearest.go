// Package nearest finds the word that a mistyped one probably stands for.
package nearest

import (
	"slices"
	"strings"
)

// Word returns the word that a mistyped one probably stands for: the one with the
// fewest single-character edits, if they are fewer than half of it.
func Word(word string, words []string) (near string, ok bool) {
	best := len(word)/2 + 1
	for _, w := range slices.Sorted(slices.Values(words)) {
		if d := Distance(strings.ToLower(word), strings.ToLower(w)); d < best {
			near, best = w, d
		}
	}
	return near, near != ""
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
