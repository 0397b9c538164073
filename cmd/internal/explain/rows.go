package explain

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"tieout/reports"
)

// Row is a row of a published CSV file, its cells as they were before they were
// escaped. In JSON it is an object with the file's columns in their order.
type Row struct {
	columns []string
	cells   []string
}

// Get is the cell of a column, "" where the file has none.
func (r Row) Get(column string) string {
	if i := slices.Index(r.columns, column); i >= 0 && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// list is a cell that holds several values.
func (r Row) list(column string) []string {
	if text := r.Get(column); text != "" {
		return strings.Split(text, "|")
	}
	return nil
}

// MarshalJSON writes the row as an object.
func (r Row) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, column := range r.columns {
		if i > 0 {
			out.WriteByte(',')
		}
		key, err := json.Marshal(column)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(r.Get(column))
		if err != nil {
			return nil, err
		}
		out.Write(append(append(key, ':'), value...))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// scan reads a file row by row and returns those that are kept, with how many
// there were. A row is the reader's own until it is kept.
func scan(files fs.FS, file string, keep func(Row) bool) (kept []Row, read int, err error) {
	f, err := files.Open(file)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := csv.NewReader(f)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, 0, fmt.Errorf("%s has no header: %w", file, err)
	}
	columns := slices.Clone(header)
	in.ReuseRecord = true
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return kept, read, nil
		}
		if err != nil {
			return nil, read, fmt.Errorf("%s: %w", file, err)
		}
		read++
		for i := range cells {
			cells[i] = reports.Unescape(cells[i])
		}
		if r := (Row{columns, cells}); keep(r) {
			r.cells = slices.Clone(cells)
			kept = append(kept, r)
		}
	}
}
