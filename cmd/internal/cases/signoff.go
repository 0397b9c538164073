package cases

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// SignOff is what the sheet Sign-off says: who prepared a report and who
// reviewed it.
type SignOff struct {
	Date     string    `json:"date"`     // business date of the report
	Revision int       `json:"revision"` // of that report; 0 = the sheet does not say
	Prepared Signature `json:"prepared"`
	Reviewed Signature `json:"reviewed"`
	Single   bool      `json:"single"` // one person signs for both: signoff: single
	File     string    `json:"file"`
	SHA256   string    `json:"sha256"`
}

// Signature is a name, the day on which it was given, and what was noted beside
// it.
type Signature struct {
	By   string `json:"by"`
	On   string `json:"on"` // YYYY-MM-DD
	Note string `json:"note"`
	row  int
}

// Signed reports whether everybody who has to has signed.
func (s *SignOff) Signed() bool {
	return s != nil && s.Prepared.By != "" && (s.Single || s.Reviewed.By != "")
}

const signOffSheet = "Sign-off"

// signOff reads which report the workbook is, and who signed it. A workbook
// without that sheet needs its date from the command line or from its name.
func (r *fileReader) signOff(book *excelize.File) error {
	at := sheetNamed(book, signOffSheet)
	page := form{sheet: at}
	if at != "" {
		if err := page.read(book); err != nil {
			return r.fail("the sheet %s cannot be read: %v", at, err)
		}
	}
	asOf := page.value("business_date")
	if date, err := parseDate(asOf, r.from1904); err == nil {
		asOf = date
	}
	if err := r.belongsTo(page.value("merchant"), asOf); err != nil {
		return err
	}
	s := &SignOff{Date: r.asOf, Single: r.options.Single, File: r.name, SHA256: r.sha256}
	s.Revision, _ = strconv.Atoi(page.value("revision"))
	sound := r.signature(&page, "prepared_by", &s.Prepared)
	sound = r.signature(&page, "reviewed_by", &s.Reviewed) && sound
	if sound && r.mayStand(at, s) {
		r.SignOff = s
	}
	return nil
}

// signature reads one line of the form; false means that something is wrong with
// it.
func (r *fileReader) signature(page *form, role string, s *Signature) bool {
	cells, number := page.line(role)
	s.By, s.Note, s.row = cells["name_and_signature"], cells["what_was_checked,_questions_raised,_answers"], number
	date := cells["date"]
	if s.By == "" && date == "" {
		return true
	}
	fail := func(column, value, reason string) bool {
		r.Problems = append(r.Problems, Problem{r.name, page.sheet, number, column, value, reason})
		return false
	}
	if s.By == "" {
		return fail("Name and signature", "", "there is a date without a name")
	}
	if date == "" {
		return fail("Date", "", "there is a name without the date of the signature")
	}
	on, err := parseDate(date, r.from1904)
	if err != nil {
		return fail("Date", date, err.Error())
	}
	if on < r.asOf {
		return fail("Date", date, "is before the business date "+r.asOf+" that is signed")
	}
	s.On = on
	return true
}

// mayStand checks the two signatures together. An unsigned sheet is no problem.
func (r *fileReader) mayStand(sheet string, s *SignOff) bool {
	refuse := func(reason string) bool {
		r.Problems = append(r.Problems, Problem{r.name, sheet, s.Reviewed.row, "Name and signature", s.Reviewed.By, reason})
		return false
	}
	switch {
	case s.Prepared.By == "" && s.Reviewed.By == "":
		return false
	case s.Prepared.By == "":
		return refuse("reviewed, but nobody has signed as preparer")
	case !s.Single && person(s.Prepared.By) == person(s.Reviewed.By):
		return refuse("the preparer may not be the reviewer: another person has to review (signoff: single in the configuration is for firms of one)")
	}
	return true
}

// person is a name without the ways in which one person writes it.
func person(by string) string {
	words := strings.FieldsFunc(strings.ToLower(by), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}

// form is a sheet of labels with values beside them.
type form struct {
	sheet string
	rows  [][]string
}

// formRows is how much of a form is read.
const formRows = 200

func (f *form) read(book *excelize.File) error {
	rows, err := book.Rows(f.sheet)
	if err != nil {
		return err
	}
	for len(f.rows) < formRows && rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return err
		}
		f.rows = append(f.rows, cells)
	}
	return rows.Close()
}

// value is what stands to the right of a label, "" without one.
func (f *form) value(label string) string {
	for _, cells := range f.rows {
		if len(cells) > 1 && name(cells[0]) == label {
			return strings.TrimSpace(cells[1])
		}
	}
	return ""
}

// line is the row of a label as its small table's headings name it, and its
// number.
func (f *form) line(label string) (cells map[string]string, number int) {
	var headings []string
	for i, row := range f.rows {
		if len(row) > 1 && name(row[1]) == "name_and_signature" {
			headings = row
		}
		if len(row) == 0 || name(row[0]) != label {
			continue
		}
		cells = map[string]string{}
		for c := 1; c < min(len(row), len(headings)); c++ {
			cells[name(headings[c])] = strings.TrimSpace(row[c])
		}
		return cells, i + 1
	}
	return nil, 0
}
