package tabular

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	slashpath "path"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	maxWorkbook = 512 << 20 // bytes of a workbook, packed or unpacked
	maxPart     = 16 << 20  // bytes of a part that is held in memory
	maxEntries  = 1000
)

// workbook is an XLSX archive that keeps the limits, with its sheets in order.
type workbook struct {
	parts  map[string]*zip.File // by name in lower case
	sheets []sheetPart
}

// sheetPart is a sheet and where its XML is in the archive.
type sheetPart struct{ name, part string }

// openWorkbook checks an archive before anything is unpacked, and finds its sheets.
func openWorkbook(packed []byte) (*workbook, error) {
	if len(packed) > maxWorkbook {
		return nil, errors.New("the workbook is larger than 512 MiB: export CSV")
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("it starts like a workbook but is none, or is cut: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("the archive has %d entries, a workbook at most %d", len(z.File), maxEntries)
	}
	b := &workbook{parts: map[string]*zip.File{}}
	var total uint64
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		size := f.UncompressedSize64
		if total += size; size > maxWorkbook || total > maxWorkbook {
			return nil, errors.New("the workbook unpacks to more than 512 MiB: export CSV")
		}
		streamed := strings.HasPrefix(name, "xl/worksheets/") || name == "xl/sharedstrings.xml"
		if size > maxPart && !streamed {
			return nil, fmt.Errorf("its part %q unpacks to more than 16 MiB: refused as an archive made to burst", clip(f.Name, maxValue))
		}
		b.parts[name] = f
	}
	if total > ratioGrace && total > maxRatio*uint64(len(packed)) {
		return nil, fmt.Errorf("it unpacks to more than %d times its size: refused as an archive made to burst", maxRatio)
	}
	if b.parts["xl/workbook.xml"] == nil {
		return nil, b.otherwise()
	}
	return b, b.findSheets()
}

// otherwise says what an archive is that is no XLSX workbook.
func (b *workbook) otherwise() error {
	switch {
	case b.parts["xl/workbook.bin"] != nil:
		return errors.New("it is a binary workbook (.xlsb): save it as .xlsx or CSV")
	case b.parts["content.xml"] != nil:
		return errors.New("it is an OpenDocument file: save it as .xlsx or CSV")
	}
	return errors.New("it is a zip archive and no workbook: unpack it")
}

// findSheets reads the sheets' names and, through their relations, their parts.
func (b *workbook) findSheets() error {
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		Relation []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(b.decode("xl/workbook.xml", &book), b.decode("xl/_rels/workbook.xml.rels", &relations)); err != nil {
		return err
	}
	target := map[string]string{}
	for _, r := range relations.Relation {
		to := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(to, "/") {
			to = slashpath.Join("xl", to)
		}
		target[r.ID] = strings.ToLower(strings.TrimPrefix(to, "/"))
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			if a.Name.Local == "id" && strings.HasPrefix(target[a.Value], "xl/worksheets/") {
				b.sheets = append(b.sheets, sheetPart{s.Name, target[a.Value]})
			}
		}
	}
	return nil
}

func (b *workbook) decode(part string, into any) error {
	from, err := b.open(part)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := xml.NewDecoder(from).Decode(into); err != nil {
		return fmt.Errorf("its part %q is damaged: %w", part, err)
	}
	return nil
}

func (b *workbook) open(part string) (io.ReadCloser, error) {
	f := b.parts[part]
	if f == nil {
		return nil, fmt.Errorf("its part %q is missing: save the workbook again as .xlsx, or as CSV", part)
	}
	from, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("its part %q is damaged: %w", part, err)
	}
	return from, nil
}

// chooseSheet returns the sheet of that name, or the only one with rows.
func (b *workbook) chooseSheet(name string) (sheetPart, error) {
	var names []string
	var with []sheetPart
	for _, s := range b.sheets {
		if name != "" && strings.EqualFold(s.name, name) {
			return s, nil
		}
		names = append(names, fmt.Sprintf("%q", s.name))
		if name != "" {
			continue
		}
		scan, err := b.scan(s)
		if err != nil {
			return s, err
		}
		err = scan.next()
		scan.Close()
		if err != io.EOF { // damage shows when the sheet is read
			with = append(with, s)
		}
	}
	list := strings.Join(names, ", ")
	switch {
	case name != "":
		return sheetPart{}, fmt.Errorf("it has no sheet %q, but %s", name, list)
	case len(with) > 1:
		return sheetPart{}, fmt.Errorf("several sheets have rows: name one of %s in the source's options", list)
	case len(with) == 1:
		return with[0], nil
	case len(b.sheets) == 1:
		return b.sheets[0], nil
	}
	return sheetPart{}, fmt.Errorf("none of its sheets has rows: %s", list)
}

// cellType is what a cell is, as far as its text does not tell.
type cellType uint8

const (
	textCell    cellType = iota // text, a boolean, an error
	numericCell                 // a number or date
	formulaCell                 // a formula whose result is not stored
)

// sheetScan reads the XML of a sheet and fails on whatever is not well formed.
type sheetScan struct {
	io.Closer
	tokens *xml.Decoder

	row     int              // of the row at hand, from 1; 0 at the end
	types   map[int]cellType // by column from 0, of the row at hand
	last    int              // number of the row element read last
	lastRow int              // that the sheet says it has
}

func (b *workbook) scan(s sheetPart) (*sheetScan, error) {
	from, err := b.open(s.part)
	if err != nil {
		return nil, err
	}
	return &sheetScan{Closer: from, tokens: xml.NewDecoder(from), types: map[int]cellType{}}, nil
}

// next moves to the next row with a value in it, io.EOF at the sheet's end.
func (s *sheetScan) next() error {
	s.row = 0
	for {
		token, err := s.tokens.Token()
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "dimension":
			s.lastRow = lastRow(attribute(start, "ref"))
		case ok && start.Name.Local == "row":
			has, err := s.readRow(start)
			if err != nil {
				return err
			}
			if has {
				s.row = s.last
				return nil
			}
		}
	}
}

// formulas reports whether the row at hand has a formula without a result.
func (s *sheetScan) formulas() bool {
	for _, kind := range s.types {
		if kind == formulaCell {
			return true
		}
	}
	return false
}

// readRow reads the types of a row's cells and reports whether it has a value.
func (s *sheetScan) readRow(row xml.StartElement) (has bool, err error) {
	s.last++
	if r := attribute(row, "r"); r != "" {
		n := 0
		if _, err := fmt.Sscanf(r, "%d", &n); err != nil || n < s.last {
			return false, fmt.Errorf("its row number %q is out of order", r)
		}
		s.last = n
	}
	clear(s.types)
	column := -1
	for {
		token, err := s.tokens.Token()
		if err != nil {
			return false, err
		}
		switch el := token.(type) {
		case xml.StartElement:
			if el.Name.Local != "c" {
				continue
			}
			column++
			if r := attribute(el, "r"); r != "" {
				c, _, err := excelize.CellNameToCoordinates(r)
				if err != nil {
					return false, err
				}
				column = c - 1
			}
			kind, filled, err := s.readCell(el)
			if err != nil {
				return false, err
			}
			if kind != textCell {
				s.types[column] = kind
			}
			has = has || filled || kind == formulaCell
		case xml.EndElement:
			if el.Name.Local == "row" {
				return has, nil
			}
		}
	}
}

// readCell reads a cell's type and reports whether it has a value.
func (s *sheetScan) readCell(c xml.StartElement) (kind cellType, filled bool, err error) {
	formula := false
	for {
		token, err := s.tokens.Token()
		if err != nil {
			return 0, false, err
		}
		switch el := token.(type) {
		case xml.StartElement:
			formula = formula || el.Name.Local == "f"
		case xml.CharData:
			filled = filled || !formula && len(bytes.TrimSpace(el)) > 0
		case xml.EndElement:
			switch el.Name.Local {
			case "f":
				formula = false
				kind = formulaCell
			case "c":
				if t := attribute(c, "t"); filled && (t == "" || t == "n") {
					kind = numericCell
				} else if filled {
					kind = textCell
				}
				return kind, filled, nil
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// lastRow is the last row of a range like A1:H200, 0 for one of a single cell.
func lastRow(ref string) int {
	_, to, several := strings.Cut(ref, ":")
	if !several {
		return 0
	}
	_, row, err := excelize.CellNameToCoordinates(to)
	if err != nil {
		return 0
	}
	return row
}
