package explorer

import (
	"encoding/binary"
	"errors"
)

// The lists of a Parquet file's metadata say how long they are before they begin, and
// the library makes room for that many. A length that the bytes which follow cannot
// hold would take all memory, so the metadata is walked through first.

var errThrift = errors.New("its metadata is damaged")

// Types of the compact Thrift protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12

	maxThriftDepth = 16 // Parquet's own metadata reaches half of that
)

// thriftWalk goes through encoded bytes without keeping anything.
type thriftWalk struct {
	rest  []byte
	depth int
}

// thriftLength returns how many bytes a struct takes at the beginning of b.
func thriftLength(b []byte) (int, error) {
	w := thriftWalk{rest: b}
	if err := w.structure(); err != nil {
		return 0, err
	}
	return len(b) - len(w.rest), nil
}

func (w *thriftWalk) structure() error {
	if w.depth++; w.depth > maxThriftDepth {
		return errThrift
	}
	defer func() { w.depth-- }()
	for {
		head, err := w.byte()
		switch {
		case err != nil:
			return err
		case head == 0:
			return nil
		}
		if head>>4 == 0 { // the field's number stands apart
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if kind := head & 0x0f; kind != thriftTrue && kind != thriftFalse {
			if err := w.value(kind); err != nil {
				return err
			}
		}
	}
}

func (w *thriftWalk) value(kind byte) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte: // in a list, one byte each
		_, err := w.byte()
		return err
	case thriftI16, thriftI32, thriftI64:
		_, err := w.varint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list()
	case thriftStruct:
		return w.structure()
	}
	return errThrift // Parquet's metadata has no maps
}

// list walks through a list whose length the rest can hold: no element is shorter than
// a byte.
func (w *thriftWalk) list() error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.rest)) {
		return errThrift
	}
	for range n {
		if err := w.value(head & 0x0f); err != nil {
			return err
		}
	}
	return nil
}

func (w *thriftWalk) byte() (byte, error) {
	if len(w.rest) == 0 {
		return 0, errThrift
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b, nil
}

func (w *thriftWalk) varint() (uint64, error) {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		return 0, errThrift
	}
	w.rest = w.rest[n:]
	return v, nil
}

func (w *thriftWalk) skip(n uint64) error {
	if n > uint64(len(w.rest)) {
		return errThrift
	}
	w.rest = w.rest[n:]
	return nil
}
