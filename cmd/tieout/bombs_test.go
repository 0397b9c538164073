package main

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mostMemory is what a process may hold at its peak, whatever file it is given.
const mostMemory = 256 << 20

// bombs are inputs made to burst, by what they are; of n MiB where they are not packed.
var bombs = map[string]struct {
	file  string
	write func(w io.Writer, n int) error
}{
	"a line without end":   {"bomb.csv", func(w io.Writer, n int) error { return repeat(w, "order_id,status\n", "x", n<<20, "") }},
	"a quoted cell":        {"bomb.csv", func(w io.Writer, n int) error { return repeat(w, "order_id,status\n1,\"", "x\n", n<<20, "\"\n") }},
	"columns":              {"bomb.csv", func(w io.Writer, n int) error { return repeat(w, "order_id,status", ",", n<<20, "\n1,paid\n") }},
	"cells":                {"bomb.csv", func(w io.Writer, n int) error { return repeat(w, "order_id,status\n1,paid", ",", n<<20, "\n") }},
	"quotes":               {"bomb.csv", func(w io.Writer, n int) error { return repeat(w, "order_id,status\n", "\"", n<<20, "") }},
	"lists in lists":       {"bomb.json", func(w io.Writer, n int) error { return repeat(w, "", "[", n<<20, "") }},
	"objects in objects":   {"bomb.json", func(w io.Writer, n int) error { return repeat(w, "[", `{"a":`, n<<17, "") }},
	"a text in JSON":       {"bomb.json", func(w io.Writer, n int) error { return repeat(w, `[{"a":"`, "x", n<<20, `"}]`) }},
	"members":              {"bomb.json", func(w io.Writer, n int) error { return repeat(w, `[{"a":1`, `,"b":1`, n<<17, `}]`) }},
	"a line of JSON":       {"bomb.jsonl", func(w io.Writer, n int) error { return repeat(w, `{"received_at":"`, "x", n<<20, "") }},
	"a packed line":        {"bomb.csv.gz", packed(func(w io.Writer) error { return repeat(w, "order_id,status\n", "x", 1<<30, "") })},
	"packed zeros":         {"bomb.csv.gz", packed(func(w io.Writer) error { return repeat(w, "", "\x00", 1<<30, "") })},
	"packed lists":         {"bomb.json.gz", packed(func(w io.Writer) error { return repeat(w, "", "[", 1<<30, "") })},
	"a workbook's styles":  {"bomb.xlsx", workbook("xl/styles.xml", "<styleSheet>", "<x/>", 600<<20)},
	"a workbook's texts":   {"bomb.xlsx", workbook("xl/sharedStrings.xml", "<sst>", "<si><t>x</t></si>", 480<<20)},
	"a workbook's sheet":   {"bomb.xlsx", workbook("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", "<row><c><v>1</v></c></row>", 480<<20)},
	"a workbook's columns": {"bomb.xlsx", workbook("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row>", "<c><v>1</v></c>", 480<<20)},
}

func repeat(w io.Writer, before, text string, bytes int, after string) error {
	b := bufio.NewWriterSize(w, 1<<16)
	_, _ = b.WriteString(before) // Flush tells what failed
	block := strings.Repeat(text, max(1, 1<<16/len(text)))
	for n := 0; n < bytes; n += len(block) {
		_, _ = b.WriteString(block)
	}
	_, _ = b.WriteString(after)
	return b.Flush()
}

func packed(write func(io.Writer) error) func(io.Writer, int) error {
	return func(w io.Writer, _ int) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		if err := write(z); err != nil {
			return err
		}
		return z.Close()
	}
}

// workbook is a workbook of one sheet, one part of which has that size when
// unpacked; more than 512 MiB are refused at once.
func workbook(part, before, text string, size int) func(io.Writer, int) error {
	parts := map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>order_id</t></is></c><c r="B1" t="inlineStr"><is><t>status</t></is></c></row></sheetData></worksheet>`,
	}
	delete(parts, part)
	return func(w io.Writer, _ int) error {
		z := zip.NewWriter(w)
		for name, content := range parts {
			f, err := z.Create(name)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(f, content); err != nil {
				return err
			}
		}
		f, err := z.Create(part)
		if err != nil {
			return err
		}
		if err := repeat(f, before, text, size, ""); err != nil {
			return err
		}
		return z.Close()
	}
}

// TestBombs: a file of up to 100 MB that is made to burst leaves the program that reads
// it small, which says something of it. Rows that are rows are not meant: they are kept,
// good or bad, and a report of millions takes what it takes. DEEP=1 tries all of them at their full size.
func TestBombs(t *testing.T) {
	size, names := 24, []string{"a line without end", "columns", "lists in lists", "members", "a workbook's styles"}
	if os.Getenv("DEEP") != "" {
		size, names = 95, nil
		for name := range bombs {
			names = append(names, name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			explode(t, bombs[name].file, func(w io.Writer) error { return bombs[name].write(w, size) })
		})
	}
}

func explode(t *testing.T, file string, write func(io.Writer) error) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	if err := write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf("version: 1\nmerchant: demo\norders: [{name: cashier, files: [%[1]s]}]\nwebhooks: [{name: hooks, provider: blockatm, files: [%[1]s], secret: \"${HOOK}\"}]\n"+
		"transfers: [{name: chain, files: [%[1]s], chain: eip155:1}]\nreports: {to: out}\n", file)
	if err := os.WriteFile(filepath.Join(dir, "tieout.yaml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"inspect", file}, {"run", "--dry-run", "--as-of", "2026-03-17"}} {
		cmd := program(t, args...)
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "HOOK=a-secret")
		status, said := exitOf(t, cmd)
		peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
		t.Logf("%s: exit %d, %d MiB, %s: %.200s", args[0], status, peak>>20, cmd.ProcessState.UserTime(), said)
		if peak > mostMemory {
			t.Errorf("%s: the process held %d MiB", args[0], peak>>20)
		}
		if status == 4 || status < 0 || said == "" {
			t.Errorf("%s: exit %d, and it said %q", args[0], status, said)
		}
	}
}
