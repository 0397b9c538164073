package files

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Address is one line of an address list.
type Address struct {
	Chain string // as written, "" when the list does not say
	Text  string // as written
	Line  int
}

// Addresses reads a list of addresses: CSV with the columns chain, address and
// label in any order, separated by commas, semicolons or tabs, gzipped or not. Only
// address is required.
func Addresses(in Input) ([]Address, error) {
	f, err := in.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := unpack(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Path, err)
	}
	row := &oneRow{from: plain, left: maxRow}
	r := reader(plain, row)
	header, err := r.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: the file is empty; a header with the column address is expected", in.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Path, err)
	}
	address, chain := column(header, "address"), column(header, "chain")
	if address < 0 {
		return nil, fmt.Errorf("%s line 1: the column \"address\" is missing; the header is %s", in.Path, strings.Join(header, ", "))
	}
	var list []Address
	for {
		row.left = maxRow
		row, err := r.Read()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.Path, err)
		}
		line, _ := r.FieldPos(0)
		a := Address{Chain: cell(row, chain), Text: cell(row, address), Line: line}
		if a.Text == "" {
			return nil, fmt.Errorf("%s line %d: the address is missing", in.Path, line)
		}
		list = append(list, a)
	}
}

// maxUnpacked is far more than any list of addresses; one that unpacks to more is
// an archive made to burst.
const maxUnpacked = 1 << 30

// unpack returns what is inside a gzip file, or the file itself.
func unpack(f io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReader(f)
	if !packed(b) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("it starts like gzip but is none: %w", err)
	}
	b = bufio.NewReader(&gunzip{from: z})
	if packed(b) {
		return nil, errors.New("it is gzip inside gzip: unpack it once")
	}
	return b, nil
}

func packed(b *bufio.Reader) bool {
	start, _ := b.Peek(2)
	return string(start) == "\x1f\x8b"
}

// gunzip says what is wrong with an archive in words for its owner.
type gunzip struct {
	from     io.Reader
	unpacked int64
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	g.unpacked += int64(n)
	switch {
	case err != nil && err != io.EOF:
		err = fmt.Errorf("the gzip stream is cut or damaged: %w", err)
	case g.unpacked > maxUnpacked:
		err = errors.New("it unpacks to more than 1 GiB")
	}
	return n, err
}

// maxRow is far more than any line of such a list.
const maxRow = 1 << 20

// oneRow stops a row that does not end: the reader above it would keep all of it.
type oneRow struct {
	from io.Reader
	left int
}

func (o *oneRow) Read(p []byte) (int, error) {
	if o.left <= 0 {
		return 0, errors.New("a line, or a cell in quotes, is longer than 1 MiB")
	}
	n, err := o.from.Read(p)
	o.left -= n
	return n, err
}

// reader takes the separator from the first line, and reads rows through row.
func reader(b *bufio.Reader, row io.Reader) *csv.Reader {
	if start, _ := b.Peek(3); string(start) == "\ufeff" {
		_, _ = b.Discard(3) // what was peeked is there
	}
	r := csv.NewReader(row)
	first, _ := b.Peek(b.Size())
	line, _, _ := strings.Cut(string(first), "\n")
	for _, separator := range ";\t" {
		if !strings.Contains(line, ",") && strings.ContainsRune(line, separator) {
			r.Comma = separator
		}
	}
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	return r
}

func column(header []string, name string) int {
	return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

func cell(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}
