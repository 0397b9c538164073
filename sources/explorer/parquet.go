package explorer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	pq "github.com/parquet-go/parquet-go/format"

	"tieout/sources"
)

// Table returns a file that reads as a text table where f is Parquet, and f where it is
// none. Binary columns become hex with 0x, and line n+1 is the n-th row. Columns that no
// text can stand for exactly are left out: floats, nested ones, and those of numbers in
// binary (value_binary), whose order of bytes depends on which version of cryo wrote them.
func Table(f sources.File) sources.File {
	open := f.Open
	f.Open = func() (io.ReadCloser, error) {
		file, err := open()
		if err != nil {
			return nil, err
		}
		buffered := bufio.NewReader(file)
		if start, _ := buffered.Peek(len(parquetMagic)); !bytes.Equal(start, parquetMagic) { // an error shows when the file is read
			return struct {
				io.Reader
				io.Closer
			}{buffered, file}, nil
		}
		defer file.Close()
		table, err := readParquet(buffered)
		if err != nil {
			return nil, fmt.Errorf("it is Parquet that cannot be read: %w", err)
		}
		return io.NopCloser(table), nil
	}
	return f
}

// leaf is a column of values; text is nil for one that is left out.
type leaf struct {
	name string
	text func(parquet.Value) string
}

// schema finds the columns, of which those at the top with at most one value a row are
// shown.
func (r *repacked) schema() error {
	elements := r.meta.Schema
	if len(elements) == 0 {
		return errThrift
	}
	above := []int{int(elements[0].NumChildren.V)} // how many are left on each level
	for i := 1; i < len(elements); i++ {
		for len(above) > 0 && above[len(above)-1] == 0 {
			above = above[:len(above)-1]
		}
		if len(above) == 0 || len(above) > maxThriftDepth {
			return errThrift
		}
		above[len(above)-1]--
		e := &elements[i]
		if children := int(e.NumChildren.V); children > 0 {
			above = append(above, children)
			continue
		}
		l := leaf{name: e.Name}
		if len(above) == 1 && e.RepetitionType.V != pq.Repeated && !strings.HasSuffix(e.Name, "_binary") {
			l.text = texts(e)
		}
		r.leaves = append(r.leaves, l)
	}
	return nil
}

// texts returns how values of a column are written, nil when they cannot be exactly.
func texts(e *pq.SchemaElement) func(parquet.Value) string {
	annotation := annotationOf(e)
	switch e.Type.V {
	case pq.Boolean:
		return func(v parquet.Value) string { return strconv.FormatBool(v.Boolean()) }
	case pq.Int32:
		switch annotation {
		case "unsigned":
			return func(v parquet.Value) string { return strconv.FormatUint(uint64(v.Uint32()), 10) }
		case "":
			return func(v parquet.Value) string { return strconv.FormatInt(int64(v.Int32()), 10) }
		}
	case pq.Int64:
		switch annotation {
		case "unsigned":
			return func(v parquet.Value) string { return strconv.FormatUint(v.Uint64(), 10) }
		case "":
			return func(v parquet.Value) string { return strconv.FormatInt(v.Int64(), 10) }
		case "milliseconds":
			return func(v parquet.Value) string { return instant(time.UnixMilli(v.Int64())) }
		case "microseconds":
			return func(v parquet.Value) string { return instant(time.UnixMicro(v.Int64())) }
		case "nanoseconds":
			return func(v parquet.Value) string { return instant(time.Unix(0, v.Int64())) }
		}
	case pq.ByteArray, pq.FixedLenByteArray:
		switch annotation {
		case "text":
			return func(v parquet.Value) string { return string(v.ByteArray()) }
		case "":
			return func(v parquet.Value) string { return "0x" + hex.EncodeToString(v.ByteArray()) }
		}
	}
	return nil
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// annotationOf says what a column's values stand for beyond their type, "" for nothing.
func annotationOf(e *pq.SchemaElement) string {
	switch t := e.LogicalType.Value.(type) {
	case *pq.StringType, *pq.EnumType, *pq.JsonType:
		return "text"
	case *pq.IntType:
		if t.IsSigned {
			return ""
		}
		return "unsigned"
	case *pq.TimestampType:
		if !t.IsAdjustedToUTC {
			return "a time of no zone"
		}
		switch t.Unit.Value.(type) {
		case *pq.MilliSeconds:
			return "milliseconds"
		case *pq.MicroSeconds:
			return "microseconds"
		case *pq.NanoSeconds:
			return "nanoseconds"
		}
	case nil:
		return convertedOf(e)
	}
	return "something else"
}

// convertedOf is annotationOf for files that know the older way alone.
func convertedOf(e *pq.SchemaElement) string {
	if !e.ConvertedType.Valid {
		return ""
	}
	switch e.ConvertedType.V {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		return "text"
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return "unsigned"
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return ""
	case deprecated.TimestampMillis:
		return "milliseconds"
	case deprecated.TimestampMicros:
		return "microseconds"
	}
	return "something else"
}

// parquetTable reads as CSV, a few rows at a time.
type parquetTable struct {
	groups  []parquet.RowGroup // those left
	leaves  []leaf
	columns []*parquetColumn // of the row group at hand
	rows    int64            // left of it
	text    bytes.Buffer
	err     error
}

func readParquet(file io.Reader) (io.Reader, error) {
	content, err := io.ReadAll(io.LimitReader(file, maxParquet+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) > maxParquet:
		return nil, errors.New("it is larger than 256 MiB: write fewer blocks a file")
	}
	var opened *parquet.File
	var r *repacked
	err = unharmed(func() error {
		if r, err = repack(content); err != nil {
			return err
		}
		opened, err = parquet.OpenFile(bytes.NewReader(r.to.Bytes()), int64(r.to.Len()), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		return err
	})
	if err != nil {
		return nil, err
	}
	t := &parquetTable{groups: opened.RowGroups(), leaves: r.leaves}
	return t, t.header()
}

// unharmed makes an error of a panic: the library trusts what it reads.
func unharmed(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is damaged: %v", p)
		}
	}()
	return do()
}

func (t *parquetTable) header() error {
	var names []string
	for _, l := range t.leaves {
		if l.text != nil {
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		return errors.New("it has no column that can be shown as text")
	}
	return t.write(names)
}

func (t *parquetTable) write(cells []string) error {
	w := csv.NewWriter(&t.text)
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func (t *parquetTable) Read(p []byte) (int, error) {
	for t.text.Len() == 0 && t.err == nil {
		t.err = unharmed(t.more)
	}
	if t.text.Len() > 0 {
		return t.text.Read(p)
	}
	return 0, t.err
}

// more writes some rows, or goes to the next row group.
func (t *parquetTable) more() error {
	if t.rows == 0 {
		return t.next()
	}
	for range min(t.rows, 100) {
		cells := make([]string, len(t.columns))
		for i, c := range t.columns {
			text, err := c.cell()
			if err != nil {
				return fmt.Errorf("column %q: %w", c.name, err)
			}
			cells[i] = text
		}
		if err := t.write(cells); err != nil {
			return err
		}
		t.rows--
	}
	return nil
}

func (t *parquetTable) next() error {
	if len(t.groups) == 0 {
		return io.EOF
	}
	g := t.groups[0]
	t.groups, t.columns, t.rows = t.groups[1:], nil, g.NumRows()
	for i, chunk := range g.ColumnChunks() {
		if t.leaves[i].text != nil {
			t.columns = append(t.columns, &parquetColumn{leaf: t.leaves[i], pages: chunk.Pages()})
		}
	}
	return nil
}

// parquetColumn reads the values of one column in a row group.
type parquetColumn struct {
	leaf
	pages  parquet.Pages
	values parquet.ValueReader
	buffer [64]parquet.Value
	left   []parquet.Value
}

// maxCell is the longest text of a cell; addresses and hashes have 66 characters.
const maxCell = 64 << 10

func (c *parquetColumn) cell() (string, error) {
	for len(c.left) == 0 {
		if err := c.fill(); err != nil {
			return "", err
		}
	}
	v := c.left[0]
	c.left = c.left[1:]
	if v.IsNull() {
		return "", nil
	}
	text := c.text(v)
	if len(text) > maxCell {
		return "", fmt.Errorf("a cell of %d characters", len(text))
	}
	return text, nil
}

func (c *parquetColumn) fill() error {
	if c.values == nil {
		page, err := c.pages.ReadPage()
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		c.values = page.Values()
	}
	n, err := c.values.ReadValues(c.buffer[:])
	c.left = c.buffer[:n]
	switch {
	case err == io.EOF:
		c.values, err = nil, nil
	case err == nil && n == 0:
		err = io.ErrNoProgress
	}
	return err
}
