package sourcetest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources"
)

// mangle reads the i-th file, a table as plain text, after something was done to its
// columns: dropped, renamed, doubled, moved, or written in the ways of another
// country. What is read of it afterwards is what was read before, or less; never
// something else, unless an error, a note or a gap says so.
func mangle(t *testing.T, newSource func(...sources.File) sources.Source, files []sources.File, i int, sample []byte, whole *Recorder) {
	table, ok := parse(sample)
	if !ok {
		t.Skip("no table with commas")
	}
	name := files[i].Path
	before := fieldsOf(whole)
	for what, mangled := range manglings(table) {
		files[i] = Bytes(name, print(mangled))
		got, err := read(newSource(files...))
		switch {
		case err != nil && len(got.Covers) > 0:
			t.Errorf("%s: an error (%v), and yet it covers %v", what, err, got.Covers)
		case err == nil && got.Rows() != whole.Rows():
			t.Errorf("%s: %d rows were handed over, %d without it", what, got.Rows(), whole.Rows())
		case len(got.Notes) > len(whole.Notes), len(got.Gaps) > len(whole.Gaps), err != nil:
			continue
		}
		for place, fields := range fieldsOf(got) {
			lost := strings.HasPrefix(what, "without ") || strings.HasSuffix(what, " renamed")
			if wrong := misread(before[place], fields, lost); wrong != "" {
				t.Errorf("%s: no error, note or gap, and yet %s: %s", what, place, wrong)
			}
		}
	}
}

// parse reads a table; one with other separators, or cells of several lines, is left.
func parse(sample []byte) (table [][]string, ok bool) {
	r := csv.NewReader(bytes.NewReader(sample))
	table, err := r.ReadAll()
	return table, err == nil && len(table) > 1 && len(table[0]) > 1
}

func print(table [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(table) // a buffer takes everything
	return b.Bytes()
}

// manglings are the tables that a table becomes, by what was done to it.
func manglings(table [][]string) map[string][][]string {
	list := map[string][][]string{}
	for c, name := range table[0] {
		list["without column "+name] = columns(table, func(row []string) []string { return slices.Delete(row, c, c+1) })
		list["with column "+name+" twice"] = columns(table, func(row []string) []string { return append(row, row[c]) })
		list["with column "+name+" last"] = columns(table, func(row []string) []string { return append(slices.Delete(slices.Clone(row), c, c+1), row[c]) })
		renamed := columns(table, slices.Clip[[]string])
		renamed[0][c] += " (2)"
		list["with column "+name+" renamed"] = renamed
		for how, rewrite := range countries {
			list["with column "+name+" "+how] = cells(table, func(i int, cell string) string {
				if i != c {
					return cell
				}
				return rewrite(cell)
			})
		}
	}
	for how, rewrite := range countries {
		list["all "+how] = cells(table, func(_ int, cell string) string { return rewrite(cell) })
	}
	return list
}

func columns(table [][]string, change func(row []string) []string) [][]string {
	var out [][]string
	for _, row := range table {
		out = append(out, change(slices.Clone(row)))
	}
	return out
}

func cells(table [][]string, change func(column int, cell string) string) [][]string {
	out := columns(table, slices.Clip[[]string])
	for _, row := range out[1:] {
		for i, cell := range row {
			row[i] = change(i, cell)
		}
	}
	return out
}

var (
	number = regexp.MustCompile(`^(0|[1-9]\d*)(\.\d+)?$`) // with a zero before it, it is an id
	moment = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d)(.*)$`)
)

// countries are ways of writing what others write otherwise.
var countries = map[string]func(string) string{
	"with decimal commas": func(cell string) string {
		if number.MatchString(cell) {
			return strings.Replace(cell, ".", ",", 1)
		}
		return cell
	},
	"with points for thousands": func(cell string) string {
		whole, rest, _ := strings.Cut(cell, ".")
		if number.MatchString(cell) && len(whole) > 3 && len(whole) < 7 {
			return strings.TrimSuffix(whole[:len(whole)-3]+"."+whole[len(whole)-3:]+","+rest, ",")
		}
		return cell
	},
	"with the day first":      func(cell string) string { return moment.ReplaceAllString(cell, "$3/$2/$1 $4") },
	"with the month first":    func(cell string) string { return moment.ReplaceAllString(cell, "$2/$3/$1 $4") },
	"with points in dates":    func(cell string) string { return moment.ReplaceAllString(cell, "$3.$2.$1 $4") },
	"without the time's zone": func(cell string) string { return moment.ReplaceAllString(cell, "$1-$2-$3 $4") },
}

// field is one value of a row: its text, and whether it says anything.
type field struct {
	text  string
	empty bool
}

// fieldsOf are the values of every row that was read, by where it stands.
func fieldsOf(r *Recorder) map[string]map[string]field {
	rows := map[string]map[string]field{}
	add := func(at reconcile.At, row any) {
		v := reflect.ValueOf(row)
		fields := map[string]field{}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "At" {
				text := fmt.Sprint(v.Field(i).Interface())
				fields[f.Name] = field{text, v.Field(i).IsZero() || text == unknown}
			}
		}
		rows[fmt.Sprintf("%s line %d %T", r.Files[at.File].Path, at.Line, row)] = fields
	}
	for _, o := range r.Orders {
		add(o.At, o)
	}
	for _, x := range r.Transfers {
		add(x.At, x)
	}
	for _, d := range r.Deliveries {
		add(d.At, d)
	}
	for _, f := range r.Refunds {
		add(f.At, f)
	}
	return rows
}

// unknown is what a count or an index holds of which nothing is known.
const unknown = "-1"

// named are the fields for which another column may stand in where the first is lost: a
// chain by its name in place of its number, a row by another of its ids.
var named = []string{"Chain", "RefundID"}

// misread says which value of a row is another one than before, "" for none. One that
// is empty now is less evidence, and no lie.
func misread(before, now map[string]field, lost bool) string {
	if before == nil {
		return "" // it was rejected before
	}
	for name, f := range now {
		if !f.empty && f.text != before[name].text && !(lost && slices.Contains(named, name)) {
			return fmt.Sprintf("%s is %s, and was %s", name, f.text, before[name].text)
		}
	}
	return ""
}
