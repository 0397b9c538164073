package tabular

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// workbookOf makes a workbook with excelize; each sheet is a list of rows.
func workbookOf(t testing.TB, sheets map[string][][]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for name, rows := range sheets {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, used := sheets["Sheet1"]; !used && len(sheets) > 0 {
		if err := f.DeleteSheet("Sheet1"); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// archiveOf makes a zip archive of names and contents.
func archiveOf(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sheetOf makes the smallest workbook around the XML inside a worksheet element,
// for what excelize would not write.
func sheetOf(t testing.TB, inside string) string {
	return archiveOf(t,
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+inside+`</worksheet>`)
}

const (
	headerXML = `<row r="1"><c r="A1" t="inlineStr"><is><t>order_no</t></is></c><c r="B1" t="inlineStr"><is><t>amount</t></is></c></row>`
	rowXML    = `<row r="2"><c r="A2" t="inlineStr"><is><t>A1</t></is></c><c r="B2"><v>%s</v></c></row>`
)

func TestXLSX(t *testing.T) {
	orders := contract("*order_no", "*amount", "note")
	one := func(value string) string {
		return sheetOf(t, "<sheetData>"+headerXML+fmt.Sprintf(rowXML, value)+"</sheetData>")
	}
	for _, tt := range []struct{ name, in, sheet, want string }{
		{"text and numbers", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount", "extra"}, {"A1", "12.50", 1}, {"007", 3.5}}}), "", "2: A1 | 12.50 | \n3: 007 | 3.5 | \n"},
		{"empty rows above and between", workbookOf(t, map[string][][]any{"Orders": {{}, {"order_no", "amount"}, {}, {"A1", "3"}, {"", ""}}}), "", "4: A1 | 3 | \n"},
		{"digits as text stay", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}, {"12345678901234567890", "1"}}}), "", "2: 12345678901234567890 | 1 | \n"},
		{"an integer of 17 digits", one("12345678901234567"), "", "BAD orders sheet \"Orders\" line 2 column \"amount\": it is a number of more than 15 digits, which spreadsheets do not hold: precision was lost in the export; ask for CSV, or for the column as text\n"},
		{"1.1 as floating point stores it", one("1.1000000000000001"), "", "2: A1 | 1.1 | \n"},
		{"a fraction beyond 15 digits", one("0.12345678901234568"), "", "BAD orders sheet \"Orders\" line 2 column \"amount\": it is a number of more than 15 digits, which spreadsheets do not hold: precision was lost in the export; ask for CSV, or for the column as text\n"},
		{"an exponent", one("2.5E-7"), "", "2: A1 | 0.00000025 | \n"},
		{"no cell references", sheetOf(t, `<sheetData><row><c t="inlineStr"><is><t>order_no</t></is></c><c t="inlineStr"><is><t>amount</t></is></c></row><row><c t="inlineStr"><is><t>A1</t></is></c><c><v>3</v></c></row></sheetData>`), "", "2: A1 | 3 | \n"},
		{"a formula without value", sheetOf(t, "<sheetData>"+headerXML+`<row r="2"><c r="A2" t="inlineStr"><is><t>A1</t></is></c><c r="B2"><f>1+1</f></c></row></sheetData>`), "", "BAD orders sheet \"Orders\" line 2 column \"amount\": it is a formula without a stored value: open the workbook in a spreadsheet program and save it, or export values\n"},
		{"a formula with value", sheetOf(t, "<sheetData>"+headerXML+`<row r="2"><c r="A2" t="inlineStr"><is><t>A1</t></is></c><c r="B2"><f>1+1</f><v>2</v></c></row></sheetData>`), "", "2: A1 | 2 | \n"},
		{"a value beside the table", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}, {"A1", "3", "", "x"}}}), "", "BAD orders sheet \"Orders\" line 2: it has a value in column 4, the header has 2\n"},
		{"only a header", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}}}), "", "WARNING it has a header and no rows\n"},
		{"rows that cannot be read", sheetOf(t, `<dimension ref="A1:B200"/><sheetData>`+headerXML+"</sheetData>"), "", "ERROR orders sheet \"Orders\": the sheet says that it has rows below its header, but none has a value: save it again as .xlsx, or as CSV\n"},
		{"nothing can be read", sheetOf(t, `<dimension ref="A1:B200"/><sheetData/>`), "", "ERROR orders sheet \"Orders\": the sheet says that it has 200 rows, but none can be read: save it again as .xlsx, or as CSV\n"},
		{"damage that looks like the end", sheetOf(t, "<sheetData>"+headerXML+fmt.Sprintf(rowXML, "1")+"<row r="), "", "2: A1 | 1 | \nERROR orders sheet \"Orders\": the sheet's XML is damaged behind row 2: XML syntax error on line 1: unquoted or missing attribute value in element\n"},
		{"an entity", sheetOf(t, "<sheetData>"+headerXML+fmt.Sprintf(rowXML, "&e;")+"</sheetData>"), "", "ERROR orders sheet \"Orders\": the sheet's XML is damaged behind row 1: XML syntax error on line 1: invalid character entity &e;\n"},
		{"cells out of order", sheetOf(t, "<sheetData>"+headerXML+`<row r="2"><c r="B2"><v>3</v></c><c r="A2"><v>1</v></c></row></sheetData>`), "", "ERROR orders sheet \"Orders\": the sheet's XML is damaged behind row 1: its cell A2 is out of order\n"},
		{"rows out of order", sheetOf(t, "<sheetData>"+headerXML+fmt.Sprintf(rowXML, "1")+fmt.Sprintf(rowXML, "2")+"</sheetData>"), "", "BAD orders sheet \"Orders\" line 2: it has a value in column 4, the header has 2\nERROR orders sheet \"Orders\": the sheet's XML is damaged behind row 2: its row number \"2\" is out of order\n"},
		{"an OpenDocument file", archiveOf(t, "content.xml", "x"), "", "ERROR orders: it is an OpenDocument file: save it as .xlsx or CSV\n"},
		{"a binary workbook", archiveOf(t, "xl/workbook.bin", "x"), "", "ERROR orders: it is a binary workbook (.xlsb): save it as .xlsx or CSV\n"},
		{"a sheet by name", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}, {"A1", "3"}}, "Notes": {{"x"}}}), "orders", "2: A1 | 3 | \n"},
		{"no such sheet", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}}}), "Payments", "ERROR orders: it has no sheet \"Payments\", but \"Orders\"\n"},
		{"the only sheet with rows", workbookOf(t, map[string][][]any{"Sheet1": {}, "Orders": {{"order_no", "amount"}, {"A1", "3"}}}), "", "2: A1 | 3 | \n"},
		{"a duplicate header", workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount", "Amount"}}}), "", "ERROR orders sheet \"Orders\" line 1 column \"Amount\": the header has it twice, in columns 2 and 3: remove or rename one of them\n"},
		{"a zip archive", archiveOf(t, "orders.csv", "order_no,amount\n"), "", "ERROR orders: it is a zip archive and no workbook: unpack it\n"},
		{"an archive made to burst", archiveOf(t, "xl/workbook.xml", "", "xl/styles.xml", strings.Repeat(" ", maxPart+1)), "", "ERROR orders: its part \"xl/styles.xml\" unpacks to more than 16 MiB: refused as an archive made to burst\n"},
		{"a sheet made to burst", archiveOf(t, "xl/workbook.xml", "", "xl/worksheets/sheet1.xml", strings.Repeat(" ", maxPart+1)), "", "ERROR orders: it unpacks to more than 200 times its size: refused as an archive made to burst\n"},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "ERROR orders: it is an old or password-protected Excel workbook: save it as .xlsx without a password, or as CSV\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(tt.in, orders, Options{Sheet: tt.sheet})
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestXLSXSeveralSheets(t *testing.T) {
	in := workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}}, "Notes": {{"x"}}})
	err := readAll(in, contract("*order_no"), Options{}).err
	if err == nil || !strings.Contains(err.Error(), "several sheets have rows") || !strings.Contains(err.Error(), `"Notes"`) {
		t.Errorf("got %v", err)
	}
}

func TestXLSXCut(t *testing.T) {
	whole := workbookOf(t, map[string][][]any{"Orders": {{"order_no", "amount"}, {"A1", 3}}})
	for n := 4; n < len(whole); n += 97 {
		if got := readAll(whole[:n], contract("*order_no"), Options{}); got.err == nil {
			t.Fatalf("cut at byte %d of %d: no error, rows %v", n, len(whole), got.rows)
		}
	}
}
