package reconcile

import (
	"fmt"
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
