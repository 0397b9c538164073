package reconcile

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"unsafe"
)

// dict interns texts: equal texts get equal numbers, so that joins compare
// integers and index arrays instead of hashing strings again. Number 0 is the
// empty text. Numbers follow insertion order and must never decide a result.
//
// Texts stand in an arena one after the other, each behind its length. Where they are
// found by content is a table with open addressing: a slot is a tag, the upper half of
// the text's hash, beside its number. Slots are in the order of their tags, so that
// the table grows by a walk through it, without a look at the texts.
type dict struct {
	arena arena
	place table[uint32] // of each text in the arena, by number
	slots []uint64      // upper half tag, lower half number; 0 is free
	shift int           // by how much a hash is shifted to give its slot
	seed  maphash.Seed
}

const firstSlots = 1024

func newDict() *dict {
	d := &dict{slots: make([]uint64, firstSlots), shift: 64 - bits.TrailingZeros(firstSlots), seed: maphash.MakeSeed()}
	d.place.add(d.arena.add("")) // number 0
	return d
}

func (d *dict) len() int { return d.place.len() }

// text returns the text of a number without copying it.
func (d *dict) text(id uint32) string {
	if id == 0 {
		return ""
	}
	return d.arena.text(*d.place.at(int32(id)))
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
	id = uint32(d.place.len())
	d.place.add(d.arena.add(text))
	d.slots[slot] = tag(hash) | uint64(id)
	if d.len()*3 > len(d.slots)*2 {
		d.grow()
	}
	return id
}

func tag(hash uint64) uint64 { return hash &^ 0xffffffff }

// probe finds the number of a text, or the slot where it belongs.
func (d *dict) probe(text string, hash uint64) (slot int, id uint32) {
	mask := len(d.slots) - 1
	for i := int(hash >> d.shift); ; i = (i + 1) & mask {
		s := d.slots[i]
		if s == 0 {
			return i, 0
		}
		if tag(s) == tag(hash) && d.text(uint32(s)) == text {
			return i, uint32(s)
		}
	}
}

// grow doubles the slots.
func (d *dict) grow() {
	former := d.slots
	d.slots, d.shift = make([]uint64, 2*len(former)), d.shift-1
	mask := len(d.slots) - 1
	for _, s := range former {
		if s == 0 {
			continue
		}
		i := int(s >> d.shift)
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = s
	}
}

// arena holds texts in chunks, so that growing copies none of them. A place in it is
// the number of a chunk and a position in the chunk; one text beyond the size of a
// chunk has a chunk of its own.
type arena struct{ chunks [][]byte }

const (
	arenaBits = 18 // 16,384 chunks of 256 KiB: 4 GiB
	arenaSize = 1 << arenaBits
)

// add copies a text and returns its place.
func (a *arena) add(text string) uint32 {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(text)))
	last := len(a.chunks) - 1
	switch {
	case last < 0:
		a.chunks, last = append(a.chunks, nil), 0
	case len(a.chunks[last])+n+len(text) > arenaSize:
		a.chunks, last = append(a.chunks, make([]byte, 0, max(arenaSize, n+len(text)))), last+1
	}
	if last >= 1<<(32-arenaBits) {
		panic("more than 4 GiB of text: cut the data into smaller runs")
	}
	at := len(a.chunks[last])
	a.chunks[last] = append(append(a.chunks[last], length[:n]...), text...)
	return uint32(last<<arenaBits | at)
}

// text returns the text of a place without copying it.
func (a *arena) text(place uint32) string {
	rest := a.chunks[place>>arenaBits][place&(arenaSize-1):]
	n, head := uint64(rest[0]), 1
	if n >= 0x80 {
		n, head = binary.Uvarint(rest)
	}
	return unsafe.String(unsafe.SliceData(rest[head:]), int(n))
}
