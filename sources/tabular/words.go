package tabular

import "encoding/binary"

// Eight bytes at a time: each function returns a word whose bytes have their
// highest bit set where the byte at that place fits. The first byte is lowest.
const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// equal marks the bytes of w that equal b.
func equal(w uint64, b byte) uint64 {
	x := w ^ lows*uint64(b)
	return ^((x&^highs + ^uint64(highs)) | x | ^uint64(highs))
}

// below marks the bytes of w that are less than b, which is at most 0x80. Only
// the lowest mark is certain: a borrow may set those above it.
func below(w uint64, b byte) uint64 { return (w - lows*uint64(b)) & ^w & highs }
