package reconcile

import (
	"fmt"
	"strings"
	"testing"
)

func TestDictKeepsTexts(t *testing.T) {
	d := newDict()
	ids := map[string]uint32{}
	for i := range 5000 {
		for _, text := range []string{fmt.Sprint(i), fmt.Sprintf("order-%d", i/2)} {
			id := d.intern(text)
			if known, ok := ids[text]; ok && known != id {
				t.Fatalf("%q was %d, now %d", text, known, id)
			}
			ids[text] = id
		}
	}
	for text, id := range ids {
		if d.text(id) != text {
			t.Fatalf("%d reads %q, want %q", id, d.text(id), text)
		}
		if found, ok := d.find(text); !ok || found != id {
			t.Fatalf("%q is not found again", text)
		}
	}
	if _, ok := d.find("never seen"); ok || d.intern("") != 0 {
		t.Error("unknown and empty texts")
	}
	if d.len() != len(ids)+1 {
		t.Errorf("%d texts, want %d", d.len(), len(ids)+1)
	}
}

// Texts of every length come back, at the edges of a chunk and beyond its size too.
func TestDictLongTexts(t *testing.T) {
	d := newDict()
	var texts []string
	for i, n := range []int{arenaSize + 5, 1, 126, 127, 128, 300, arenaSize - 700, arenaSize, 20_000, arenaSize - 3, arenaSize - 4, 2, 3 * arenaSize, 70} {
		texts = append(texts, strings.Repeat(string(rune('a'+i)), n))
	}
	for i, text := range texts {
		if id := d.intern(text); id != uint32(i+1) {
			t.Fatalf("text %d of %d bytes is number %d", i+1, len(text), id)
		}
	}
	for i, text := range texts {
		if d.text(uint32(i+1)) != text || d.intern(text) != uint32(i+1) {
			t.Errorf("text %d of %d bytes reads otherwise, or is not found again", i+1, len(text))
		}
	}
}
