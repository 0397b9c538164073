package nearest

import "testing"

func TestWord(t *testing.T) {
	words := []string{"accept", "resolved", "write_off", "suppress"}
	for typed, want := range map[string]string{"acept": "accept", "Resolve": "resolved", "write-off": "write_off", "supprss": "suppress", "xyzzy": ""} {
		if got, ok := Word(typed, words); got != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
