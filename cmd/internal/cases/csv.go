package cases

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"tieout/reports"
)

// csv reads breaks.csv or open_items.csv, as we wrote it or as a spreadsheet saved
// it: with a byte order mark, and another delimiter.
func (r *fileReader) csv(content []byte) error {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		return r.fail("it is neither a workbook nor a CSV file in UTF-8: save it as .xlsx or as CSV UTF-8")
	}
	merchant, asOf, err := r.manifest()
	if err != nil {
		return err
	}
	if err := r.belongsTo(merchant, asOf); err != nil {
		return err
	}
	r.plain = reports.Unescape
	in := csv.NewReader(bytes.NewReader(content))
	in.FieldsPerRecord, in.Comma = -1, delimiter(content)
	header, err := in.Read()
	if err != nil {
		return r.fail("it has no header: columns such as break_id, disposition, by are expected")
	}
	t, columns, err := r.bind(header)
	if err != nil {
		return err
	}
	if t == nil {
		return r.fail("it has no column break_id or item_id beside a column disposition: hand in the report's breaks.csv or open_items.csv")
	}
	return r.csvRows(in, t, columns)
}

func (r *fileReader) csvRows(in *csv.Reader, t *layout, columns map[string]int) error {
	for number := 2; ; number++ {
		cells, err := in.Read()
		var damage *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &damage):
			return r.fail("line %d cannot be read: %v; nothing of it was taken", damage.Line, damage.Err)
		case err != nil:
			return r.fail("%v", err)
		}
		r.take(&row{number: number, cells: cells, columns: columns, file: r, layout: t})
	}
}

// delimiter is the one that the header uses: spreadsheets follow their country.
func delimiter(content []byte) rune {
	header, _, _ := bytes.Cut(content, []byte("\n"))
	best, most := ',', 0
	for _, d := range []rune{',', ';', '\t'} {
		if n := strings.Count(string(header), string(d)); n > most {
			best, most = d, n
		}
	}
	return best
}

// bind finds our columns in a header, nil for a header of something else.
func (r *fileReader) bind(header []string) (*layout, map[string]int, error) {
	columns := map[string]int{}
	var twice []string
	for i, h := range header {
		n := name(h)
		if _, ok := columns[n]; ok && n != "" {
			twice = append(twice, n)
		}
		columns[n] = i
	}
	for i := range tables {
		t := &tables[i]
		if _, ok := columns[t.id]; !ok {
			continue
		}
		if _, ok := columns["disposition"]; !ok {
			continue
		}
		for _, ours := range []string{t.id, "disposition", "reason", "by", t.until, "cap", "asset"} {
			if slices.Contains(twice, ours) {
				return nil, nil, r.fail("two columns are called %q: which one counts?", ours)
			}
		}
		return t, columns, nil
	}
	return nil, nil, nil
}
