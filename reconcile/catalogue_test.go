package reconcile

import "testing"

// TestCatalogue fails for a kind or an action that was added without its line
// in a table: an array leaves such a line empty and says nothing.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	once := func(name string) {
		t.Helper()
		if name == "" || seen[name] {
			t.Errorf("the name %q is empty or taken", name)
		}
		seen[name] = true
	}
	for _, k := range Kinds() {
		once(k.String())
		if k.Info().Meaning == "" {
			t.Errorf("%s has no meaning", k)
		}
		if back, ok := ParseKind(k.String()); !ok || back != k {
			t.Errorf("ParseKind(%q) = %v, %t", k, back, ok)
		}
	}
	for a := ActionNone + 1; a < actionCount; a++ {
		once(a.String())
	}
	for _, name := range []string{"", "lost orders", "LOST_ORDER"} {
		if k, ok := ParseKind(name); ok {
			t.Errorf("ParseKind(%q) = %v", name, k)
		}
	}
	if len(Kinds()) != int(kindCount)-1 {
		t.Errorf("%d kinds of %d", len(Kinds()), kindCount-1)
	}
}
