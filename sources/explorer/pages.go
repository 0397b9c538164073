package explorer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pq "github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// What a Parquet file may hold. cryo writes a few megabytes a file.
const (
	maxParquet    = 256 << 20 // bytes of the file
	maxUnpacked   = 1 << 30   // bytes of all pages, unpacked
	maxPage       = 64 << 20  // bytes of a page, unpacked
	maxPageValues = 4 << 20   // values of a page; a few bytes can stand for so many
)

// repacked is a Parquet file with its pages unpacked, for the library to read. Alone it
// unpacks without a bound, and loses the bytes of an LZ4 page that did not fit the buffer
// which it first made for them: most files of cryo, whose default that is.
type repacked struct {
	from    []byte // the whole file
	end     int    // where its pages end and its metadata begins
	meta    pq.FileMetaData
	to      bytes.Buffer
	leaves  []leaf
	packing pq.CompressionCodec // of the chunk at hand
}

var parquetMagic = []byte("PAR1")

// repack reads the metadata of a file and unpacks the pages of the columns that can be
// shown as text.
func repack(content []byte) (*repacked, error) {
	r := &repacked{from: content}
	tail := len(content) - 8
	if tail < 4 || !bytes.HasPrefix(content, parquetMagic) || !bytes.HasSuffix(content, parquetMagic) {
		return nil, errors.New("it starts like Parquet and does not end like it: the file is cut; fetch it again")
	}
	size := int64(binary.LittleEndian.Uint32(content[tail:]))
	if size > int64(tail-4) {
		return nil, errThrift
	}
	r.end = tail - int(size)
	footer := content[r.end:tail]
	if n, err := thriftLength(footer); err != nil || n != len(footer) {
		return nil, errThrift
	}
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer, &r.meta); err != nil {
		return nil, fmt.Errorf("its metadata is damaged: %w", err)
	}
	if err := r.schema(); err != nil {
		return nil, err
	}
	r.to.Write(parquetMagic)
	for i := range r.meta.RowGroups {
		if err := r.rowGroup(&r.meta.RowGroups[i]); err != nil {
			return nil, fmt.Errorf("row group %d: %w", i+1, err)
		}
	}
	return r, r.finish()
}

// finish writes the metadata behind the pages.
func (r *repacked) finish() error {
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &r.meta)
	if err != nil {
		return err
	}
	r.to.Write(footer)
	r.to.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))))
	r.to.Write(parquetMagic)
	return nil
}

func (r *repacked) rowGroup(g *pq.RowGroup) error {
	if len(g.Columns) != len(r.leaves) {
		return errThrift
	}
	for i := range g.Columns {
		c := &g.Columns[i]
		if c.FilePath != "" || len(c.EncryptedColumnMetadata) > 0 {
			return errors.New("its columns are encrypted or in other files, which is not read")
		}
		c.OffsetIndexOffset, c.OffsetIndexLength, c.ColumnIndexOffset, c.ColumnIndexLength = 0, 0, 0, 0
		m := &c.MetaData
		start := r.to.Len()
		dictionary, data := int64(0), int64(start)
		if r.leaves[i].text != nil {
			pages, err := r.chunk(m, g.NumRows)
			if err != nil {
				return fmt.Errorf("column %q: %w", r.leaves[i].name, err)
			}
			if pages.dictionary > 0 {
				dictionary, data = int64(start), int64(start+pages.dictionary)
			}
		}
		c.FileOffset = int64(start)
		m.Codec, m.IndexPageOffset, m.BloomFilterOffset, m.BloomFilterLength = pq.Uncompressed, 0, 0, 0
		m.DictionaryPageOffset, m.DataPageOffset = dictionary, data
		m.TotalCompressedSize = int64(r.to.Len() - start)
		m.TotalUncompressedSize = m.TotalCompressedSize
	}
	return nil
}

// chunkPages is what the pages of a column chunk turned out to be.
type chunkPages struct {
	values     int64
	dictionary int // bytes that it takes, 0 = there is none
}

// chunk unpacks the pages of a column chunk, which must hold a value for each row.
func (r *repacked) chunk(m *pq.ColumnMetaData, rows int64) (pages chunkPages, err error) {
	start := m.DataPageOffset
	if m.DictionaryPageOffset > 0 {
		start = min(start, m.DictionaryPageOffset)
	}
	if start < 4 || m.TotalCompressedSize < 0 || start > int64(r.end) || m.TotalCompressedSize > int64(r.end)-start {
		return pages, errors.New("its pages lie outside the file")
	}
	r.packing = m.Codec
	for rest := r.from[start : start+m.TotalCompressedSize]; len(rest) > 0; {
		before := r.to.Len()
		values, n, err := r.page(rest, before == 0 || pages.values == 0 && pages.dictionary == 0)
		if err != nil {
			return pages, err
		}
		if values < 0 {
			pages.dictionary = r.to.Len() - before
		}
		pages.values += max(values, 0)
		rest = rest[n:]
	}
	if pages.values != rows || m.NumValues != rows {
		return pages, fmt.Errorf("its pages hold %d values for %d rows", pages.values, rows)
	}
	return pages, nil
}

// page unpacks one page, and returns how many values it has, -1 for a dictionary, and
// how many bytes it took.
func (r *repacked) page(b []byte, first bool) (values int64, taken int, err error) {
	length, err := thriftLength(b)
	if err != nil {
		return 0, 0, err
	}
	var h pq.PageHeader
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), b[:length], &h); err != nil {
		return 0, 0, fmt.Errorf("a page is damaged: %w", err)
	}
	size := int(h.CompressedPageSize)
	if size < 0 || size > len(b)-length || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage {
		return 0, 0, fmt.Errorf("a page of %d bytes, %d unpacked, is cut or too large", size, h.UncompressedPageSize)
	}
	body := b[length : length+size]
	if h.CRC != 0 && uint32(h.CRC) != crc32.ChecksumIEEE(body) {
		return 0, 0, errors.New("the checksum of a page is wrong: the file is damaged; fetch it again")
	}
	values, levels, err := inspectPage(&h, first)
	if err != nil {
		return 0, 0, err
	}
	plain, err := unpackPage(r.packing, body, levels, int(h.UncompressedPageSize))
	if err != nil {
		return 0, 0, err
	}
	if r.to.Len()+len(plain) > maxUnpacked {
		return 0, 0, errors.New("it unpacks to more than 1 GiB: write fewer blocks a file")
	}
	h.CompressedPageSize, h.UncompressedPageSize, h.CRC = int32(len(plain)), int32(len(plain)), 0
	if h.DataPageHeaderV2.Valid {
		h.DataPageHeaderV2.V.IsCompressed = thrift.Null[bool]{V: false, Valid: true}
	}
	header, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	r.to.Write(header)
	r.to.Write(plain)
	return values, length + size, err
}

// readable are the encodings that are read. The others can make very much of very
// little, and cryo writes none of them.
var readable = []pq.Encoding{pq.Plain, pq.RLE, pq.RLEDictionary, pq.DeltaBinaryPacked, pq.DeltaLengthByteArray,
	pq.PlainDictionary, //nolint:staticcheck // files of older writers have it
}

// inspectPage returns how many values a page has, -1 for a dictionary, and how many
// bytes of it are never packed, -1 when all of it is not.
func inspectPage(h *pq.PageHeader, first bool) (values int64, levels int, err error) {
	var encoding pq.Encoding
	switch {
	case h.Type == pq.DictionaryPage && h.DictionaryPageHeader.Valid:
		if n := h.DictionaryPageHeader.V.NumValues; !first || n < 0 || n > maxPageValues {
			return 0, 0, errors.New("a dictionary that is too large, or not the first page")
		}
		values, encoding = -1, h.DictionaryPageHeader.V.Encoding
	case h.Type == pq.DataPage && h.DataPageHeader.Valid:
		values, encoding = int64(h.DataPageHeader.V.NumValues), h.DataPageHeader.V.Encoding
	case h.Type == pq.DataPageV2 && h.DataPageHeaderV2.Valid:
		v2 := &h.DataPageHeaderV2.V
		values, encoding = int64(v2.NumValues), v2.Encoding
		if v2.DefinitionLevelsByteLength < 0 || v2.RepetitionLevelsByteLength < 0 || v2.NumNulls < 0 || v2.NumRows != v2.NumValues {
			return 0, 0, errThrift
		}
		levels = int(v2.DefinitionLevelsByteLength) + int(v2.RepetitionLevelsByteLength)
		if v2.IsCompressed.Valid && !v2.IsCompressed.V {
			levels = -1
		}
	default:
		return 0, 0, fmt.Errorf("a page of the unknown kind %d", h.Type)
	}
	switch {
	case values > maxPageValues || values < -1 || values == -1 && h.Type != pq.DictionaryPage:
		return 0, 0, fmt.Errorf("a page of %d values", values)
	case !slices.Contains(readable, encoding):
		return 0, 0, fmt.Errorf("a page is encoded as %s, which is not read; write the file again without it", encoding)
	}
	return values, levels, nil
}

// unpackPage unpacks the bytes of a page behind its levels, which must come to what
// its header says.
func unpackPage(packing pq.CompressionCodec, body []byte, levels, size int) ([]byte, error) {
	if packing == pq.Uncompressed || levels < 0 {
		if len(body) != size {
			return nil, fmt.Errorf("a page of %d bytes, and %d are said", len(body), size)
		}
		return body, nil
	}
	if levels > len(body) || levels > size {
		return nil, errThrift
	}
	plain, err := unpackBytes(packing, body[levels:], size-levels)
	if err != nil {
		return nil, fmt.Errorf("a page cannot be unpacked: %w", err)
	}
	if len(plain) != size-levels {
		return nil, fmt.Errorf("a page unpacks to %d bytes, and %d are said", len(plain), size-levels)
	}
	return slices.Concat(body[:levels], plain), nil
}

// unpackBytes unpacks to no more than a byte above the size that is expected.
func unpackBytes(packing pq.CompressionCodec, b []byte, size int) ([]byte, error) {
	if len(b) == 0 && size == 0 {
		return nil, nil
	}
	switch packing {
	case pq.Snappy:
		if n, err := snappy.DecodedLen(b); err != nil || n != size {
			return nil, errors.Join(err, errors.New("another length is said"))
		}
		return snappy.Decode(nil, b)
	case pq.Lz4Raw:
		plain := make([]byte, size)
		n, err := lz4.UncompressBlock(b, plain)
		return plain[:max(n, 0)], err
	case pq.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(z, int64(size)+1))
	case pq.Zstd:
		z, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return io.ReadAll(io.LimitReader(z, int64(size)+1))
	}
	return nil, fmt.Errorf("it is packed with %s; write the file again with zstd", packing)
}
