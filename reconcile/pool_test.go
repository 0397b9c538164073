package reconcile

import "testing"

func TestPoolKeepsEqualValuesOnce(t *testing.T) {
	var p pool[orderTraits]
	numbers := map[orderTraits]uint32{}
	for i := range 5 * chunkRows {
		v := orderTraits{source: int32(i % 7), status: uint32(i / 3 % 5), state: State(i % 2)}
		n := p.number(v)
		if known, seen := numbers[v]; seen && known != n {
			t.Fatalf("%v was %d, now %d", v, known, n)
		}
		numbers[v] = n
		if *p.at(n) != v {
			t.Fatalf("%d reads %v, want %v", n, *p.at(n), v)
		}
	}
	if p.kept.len() != len(numbers) {
		t.Errorf("%d values are kept, want %d", p.kept.len(), len(numbers))
	}
}
