package reports

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sortedZip is a zip archive whose entries stand in the order of their names.
// excelize hands over its streamed sheets in the order of a Go map, which differs
// from run to run; the same document must give the same bytes.
type sortedZip struct {
	w       io.Writer
	entries []*zipEntry
}

type zipEntry struct {
	name  string
	size  uint64
	crc   uint32
	data  bytes.Buffer
	flate *flate.Writer
}

func newSortedZip(w io.Writer) excelize.ZipWriter { return &sortedZip{w: w} }

// Create adds an entry, which is compressed as it is written.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	e := &zipEntry{name: name}
	var err error
	if e.flate, err = flate.NewWriter(&e.data, flate.DefaultCompression); err != nil {
		return nil, err
	}
	z.entries = append(z.entries, e)
	return e, nil
}

// AddFS is part of excelize's interface; it never calls it.
func (z *sortedZip) AddFS(fs.FS) error { return errors.New("a workbook has no folder to add") }

func (e *zipEntry) Write(p []byte) (int, error) {
	e.size += uint64(len(p))
	e.crc = crc32.Update(e.crc, crc32.IEEETable, p)
	return e.flate.Write(p)
}

// Close writes the archive: the list of content types first, as readers of
// streams expect it, then the rest by name.
func (z *sortedZip) Close() error {
	slices.SortFunc(z.entries, func(a, b *zipEntry) int { return strings.Compare(a.name, b.name) })
	zw := zip.NewWriter(z.w)
	for _, e := range z.entries {
		if err := e.flate.Close(); err != nil {
			return err
		}
		w, err := zw.CreateRaw(&zip.FileHeader{Name: e.name, Method: zip.Deflate, CRC32: e.crc,
			CompressedSize64: uint64(e.data.Len()), UncompressedSize64: e.size})
		if err != nil {
			return err
		}
		if _, err := e.data.WriteTo(w); err != nil {
			return err
		}
	}
	return zw.Close()
}
