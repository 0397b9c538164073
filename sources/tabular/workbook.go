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
