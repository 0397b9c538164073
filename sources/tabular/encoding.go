package tabular

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// decode returns the text of a file as UTF-8 without byte order mark. UTF-16 is
// recognised by its mark or by the NULs that it puts beside ASCII. Bytes that are
// not valid UTF-8 pass through: the record that has them is a bad row, for what
// they meant cannot be known.
func decode(file *bufio.Reader) io.Reader {
	head, _ := file.Peek(4)
	b := append(append([]byte{}, head...), 1, 1, 1, 1) // so that short files need no checks
	switch {
	case b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf:
		file.Discard(3)
		return file
	case b[0] == 0xff && b[1] == 0xfe:
		file.Discard(2)
		return &utf16Reader{from: file, order: binary.LittleEndian}
	case b[0] == 0xfe && b[1] == 0xff:
		file.Discard(2)
		return &utf16Reader{from: file, order: binary.BigEndian}
	case b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0:
		return &utf16Reader{from: file, order: binary.LittleEndian}
	case b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0:
		return &utf16Reader{from: file, order: binary.BigEndian}
	}
	return file
}

// utf16Reader turns UTF-16 into UTF-8. Half a surrogate pair and half a unit
// become the byte 0xff, which is valid nowhere, so that their record is refused
// instead of two different ids becoming the same one.
type utf16Reader struct {
	from    *bufio.Reader
	order   binary.ByteOrder
	pending []byte // decoded and not yet read
	unit    uint16 // read ahead behind half a pair
	ahead   bool
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.pending) < len(p) {
		unit, err := u.next()
		if err == io.ErrUnexpectedEOF {
			u.pending = append(u.pending, 0xff)
			break
		}
		if err != nil && len(u.pending) == 0 {
			return 0, err
		}
		if err != nil {
			break
		}
		u.pending = u.append(unit)
	}
	n := copy(p, u.pending)
	u.pending = u.pending[:copy(u.pending, u.pending[n:])]
	return n, nil
}

// append decodes one unit, or a pair that starts with it, behind pending.
func (u *utf16Reader) append(unit uint16) []byte {
	if !utf16.IsSurrogate(rune(unit)) {
		return utf8.AppendRune(u.pending, rune(unit))
	}
	second, err := u.next()
	if err != nil {
		return append(u.pending, 0xff)
	}
	pair := utf16.DecodeRune(rune(unit), rune(second))
	if pair == utf8.RuneError {
		u.unit, u.ahead = second, true
		return append(u.pending, 0xff)
	}
	return utf8.AppendRune(u.pending, pair)
}

func (u *utf16Reader) next() (uint16, error) {
	if u.ahead {
		u.ahead = false
		return u.unit, nil
	}
	var two [2]byte
	_, err := io.ReadFull(u.from, two[:])
	return u.order.Uint16(two[:]), err
}
