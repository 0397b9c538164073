package tabular

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

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
	done    bool             // the rows are over; what follows is only checked
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
		switch el := token.(type) {
		case xml.StartElement:
			if el.Name.Local == "dimension" {
				s.lastRow = lastRow(attribute(el, "ref"))
			}
			if el.Name.Local != "row" || s.done {
				continue
			}
			if has, err := s.readRow(el); err != nil || has {
				s.row = s.last
				return err
			}
		case xml.EndElement:
			s.done = s.done || el.Name.Local == "sheetData"
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
			if column, err = s.columnOf(el, column); err != nil {
				return false, err
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

// columnOf returns the column of a cell behind one in the column before. Excelize
// would shift a cell that is out of order into another column.
func (s *sheetScan) columnOf(c xml.StartElement, before int) (int, error) {
	name := attribute(c, "r")
	if name == "" {
		return before + 1, nil
	}
	column, _, err := excelize.CellNameToCoordinates(name)
	if err != nil {
		return 0, err
	}
	if column-1 <= before {
		return 0, fmt.Errorf("its cell %s is out of order", name)
	}
	return column - 1, nil
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
