package tabular

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

const (
	maxUnpacked = 2 << 30 // bytes that a packed file may unpack to
	maxRatio    = 200     // unpacked bytes per packed byte; tables reach about 30
	ratioGrace  = 8 << 20 // below this size a high ratio harms nobody
)

var magicGzip = []byte{0x1f, 0x8b}

// unpack returns what is inside a gzip file, or the file itself, and "+gzip" or
// "". An archive inside an archive is refused.
func unpack(file *bufio.Reader) (plain *bufio.Reader, packing string, err error) {
	if !starts(file, magicGzip) {
		return file, "", nil
	}
	packed := &counter{from: file}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, "", fmt.Errorf("it starts like gzip but is none: %w", err)
	}
	plain = bufio.NewReaderSize(&gunzip{from: z, packed: packed}, 4<<10)
	if starts(plain, magicGzip) {
		return nil, "", errors.New("it is gzip inside gzip: unpack it once")
	}
	return plain, "+gzip", nil
}

// gunzip guards against archives that are cut, damaged or made to burst.
type gunzip struct {
	from     io.Reader
	packed   *counter
	unpacked int64
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	g.unpacked += int64(n)
	switch {
	case err == io.ErrUnexpectedEOF:
		err = errors.New("the gzip stream ends early: the file is cut; fetch it again")
	case err != nil && err != io.EOF:
		err = fmt.Errorf("the gzip stream is damaged: %w", err)
	case g.unpacked > maxUnpacked:
		err = errors.New("it unpacks to more than 2 GiB: split it")
	case g.unpacked > ratioGrace && g.unpacked > maxRatio*g.packed.n:
		err = fmt.Errorf("it unpacks to more than %d times its size: refused as an archive made to burst", maxRatio)
	}
	return n, err
}

// counter counts what is read through it.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

func starts(file *bufio.Reader, magic []byte) bool {
	head, _ := file.Peek(len(magic)) // an error shows when the file is read
	return bytes.Equal(head, magic)
}

func isZIP(file *bufio.Reader) bool {
	return starts(file, []byte("PK\x03\x04")) || starts(file, []byte("PK\x05\x06"))
}

// foreign names well-known formats that are not read here, and what to do.
func foreign(file *bufio.Reader) string {
	for _, f := range []struct{ magic, what string }{
		{"\xd0\xcf\x11\xe0", "it is an old or password-protected Excel workbook: save it as .xlsx without a password, or as CSV"},
		{"%PDF", "it is a PDF document: ask for CSV or XLSX"},
		{"PAR1", "it is a Parquet file, which is not a text table: convert it to CSV"},
		{"\x28\xb5\x2f\xfd", "it is packed with zstd: unpack it, or pack it with gzip"},
		{"BZh", "it is packed with bzip2: unpack it, or pack it with gzip"},
		{"\xfd7zXZ", "it is packed with xz: unpack it, or pack it with gzip"},
		{"SQLite format 3\x00", "it is an SQLite database, not a table"},
		{"<html", "it is an HTML page, probably an error or log-in page saved as a file: download it again"},
		{"<!DOC", "it is an HTML page, probably an error or log-in page saved as a file: download it again"},
		{"<?xml", "it is an XML document: ask for CSV, XLSX or JSON"},
	} {
		if starts(file, []byte(f.magic)) {
			return f.what
		}
	}
	return ""
}
