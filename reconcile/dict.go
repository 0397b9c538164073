package reconcile

import (
	"hash/maphash"
	"unsafe"
)

// dict interns texts: equal texts get equal numbers, so that joins compare
// integers and index arrays instead of hashing strings again. Number 0 is the
// empty text. Numbers follow insertion order and must never decide a result.
type dict struct {
	arena []byte
	ends  []uint32 // end of text i in arena, in units of bytes; texts stay below 4 GiB per dict
	slots []uint64 // open addressing: high 32 bits hash tag, low 32 bits number + 1
	seed  maphash.Seed
}

func newDict() *dict {
	d := &dict{slots: make([]uint64, 1024), seed: maphash.MakeSeed()}
	d.ends = append(d.ends, 0)
	return d
}

func (d *dict) len() int { return len(d.ends) }

// text returns the text of a number without copying it.
func (d *dict) text(id uint32) string {
	if id == 0 {
		return ""
	}
	from, to := d.ends[id-1], d.ends[id]
	return unsafe.String(unsafe.SliceData(d.arena[from:]), int(to-from))
}

// find returns the number of a text that was interned before.
func (d *dict) find(text string) (uint32, bool) {
	if text == "" {
		return 0, true
	}
	_, id := d.probe(text, maphash.String(d.seed, text))
	return id, id != 0
}

// intern returns the number of text, copying it when it is new.
func (d *dict) intern(text string) uint32 {
	if text == "" {
		return 0
	}
	hash := maphash.String(d.seed, text)
	slot, id := d.probe(text, hash)
	if id != 0 {
		return id
	}
	id = uint32(len(d.ends))
	d.arena = append(d.arena, text...)
	d.ends = append(d.ends, uint32(len(d.arena)))
	d.slots[slot] = tag(hash) | uint64(id)
	if len(d.ends)*3 > len(d.slots)*2 {
		d.grow()
	}
	return id
}

func tag(hash uint64) uint64 { return hash &^ 0xffffffff }

// probe finds the number of a text, or the slot where it belongs.
func (d *dict) probe(text string, hash uint64) (slot int, id uint32) {
	mask := len(d.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		s := d.slots[i]
		if s == 0 {
			return i, 0
		}
		if s&^0xffffffff == tag(hash) && d.text(uint32(s)) == text {
			return i, uint32(s)
		}
	}
}

// grow doubles the slots. The texts are gone through as they lie, which costs less
// than going through the slots.
func (d *dict) grow() {
	d.slots = make([]uint64, 2*len(d.slots))
	mask := len(d.slots) - 1
	for id := 1; id < len(d.ends); id++ {
		hash := maphash.String(d.seed, d.text(uint32(id)))
		i := int(hash) & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = tag(hash) | uint64(id)
	}
}
