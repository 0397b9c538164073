package explain

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Report is a published report.
type Report struct {
	Date  string // its directory's name: a business date, or <from>--<to>
	Files fs.FS
}

// Explanation is the answer to a question.
type Explanation struct {
	Asked      string   `json:"asked"`
	AsOf       string   `json:"as_of"`
	Currency   string   `json:"currency"`
	Status     string   `json:"status"`     // complete | incomplete
	Incomplete []string `json:"incomplete"` // why
	Stories    []Story  `json:"stories"`    // empty when nothing was found
	Searched   []string `json:"searched"`   // what was looked through, with how many rows
	Near       []string `json:"near"`       // what resembles a question that found nothing
}

// question is what somebody wants explained, in the spelling of the reports.
type question struct {
	text string
	is   func(string) bool
	kind int
}

const (
	byNumber = iota // an order's number or id
	byTXID
	byID // of a break or open item
)

var (
	idForm   = regexp.MustCompile(`(?i)^[bi]-[0-9a-f]{16}$`)
	txidForm = regexp.MustCompile(`(?i)^(0x)?[0-9a-f]{64}$`)
)

// ask reads a question; a link to an explorer is asked for its last part.
func ask(text string) question {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		text = path.Base(strings.TrimRight(text, "/"))
	}
	q := question{text: text}
	q.is = func(cell string) bool { return cell == q.text && cell != "" }
	switch {
	case idForm.MatchString(text):
		q.text, q.kind = strings.ToUpper(text[:2])+strings.ToLower(text[2:]), byID
	case txidForm.MatchString(text):
		bare := strings.TrimPrefix(strings.ToLower(text), "0x")
		q.text, q.kind = strings.ToLower(text), byTXID
		q.is = func(cell string) bool { return cell == bare || cell == "0x"+bare }
	}
	return q
}

// finder looks one question up in one report.
type finder struct {
	files    fs.FS
	question question
	searched []string
	stories  []Story
}

// Find explains a question from a report. Without a story Searched says where it
// was looked for, and Near what resembles it. An error means that the report
// cannot be read.
func Find(r Report, asked string) (*Explanation, error) {
	f := &finder{files: r.Files, question: ask(asked)}
	e := &Explanation{Asked: f.question.text, AsOf: r.Date}
	if err := e.about(r.Files); err != nil {
		return nil, err
	}
	for _, step := range []func() error{f.seed, f.orders, f.gather, f.candidates} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	e.Stories, e.Searched = orEmpty(f.stories), f.searched
	e.Near = []string{}
	if len(e.Stories) == 0 {
		near, err := f.near()
		if err != nil {
			return nil, err
		}
		e.Near = near
	}
	return e, nil
}

// Knows reports whether a report has what is asked for.
func Knows(r Report, asked string) (bool, error) {
	f := &finder{files: r.Files, question: ask(asked)}
	err := f.seed()
	return len(f.stories) > 0, err
}

// about reads what the report says of itself.
func (e *Explanation) about(files fs.FS) error {
	content, err := fs.ReadFile(files, "result.json")
	if err != nil {
		return fmt.Errorf("result.json: %w", err)
	}
	var m struct {
		Currency, Status string
		Incomplete       []string
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("result.json: %w", err)
	}
	e.Currency, e.Status, e.Incomplete = m.Currency, m.Status, orEmpty(m.Incomplete)
	return nil
}

// add makes sure that there is a story of a subject.
func (f *finder) add(s Subject) {
	if !s.isOrder() && s.TXID == "" {
		return
	}
	for i := range f.stories {
		t := &f.stories[i].Subject
		if *t == s || s.isOrder() && t.isOrder() && s.Provider == t.Provider && s.OrderID == t.OrderID && s.OrderNo == t.OrderNo {
			return
		}
	}
	f.stories = append(f.stories, Story{Subject: s})
}

// look scans a file and remembers that it did.
func (f *finder) look(file string, keep func(Row) bool) ([]Row, error) {
	rows, read, err := scan(f.files, file, keep)
	f.searched = append(f.searched, fmt.Sprintf("%s (%d rows)", file, read))
	return rows, err
}

// seed finds whose story is asked for.
func (f *finder) seed() error {
	for _, file := range []string{"orders.csv", "transfers.csv", "matches.csv", "deliveries.csv", "breaks.csv", "open_items.csv"} {
		rows, err := f.look(file, f.asked)
		if err != nil {
			return err
		}
		for _, r := range rows {
			f.add(subjectOf(r))
		}
		if f.question.kind != byNumber {
			f.seedMoney(rows)
		}
	}
	f.mergePartial()
	return nil
}

// asked reports whether a row is what was asked for.
func (f *finder) asked(r Row) bool {
	switch q := f.question; q.kind {
	case byID:
		return q.is(r.Get("break_id")) || q.is(r.Get("item_id"))
	case byTXID:
		return q.is(r.Get("txid")) || slices.ContainsFunc(r.list("txids"), q.is)
	default:
		return q.is(r.Get("order_no")) || q.is(r.Get("order_id"))
	}
}

// seedMoney adds the transactions of rows that name no order.
func (f *finder) seedMoney(rows []Row) {
	for _, r := range rows {
		if subjectOf(r).isOrder() {
			continue
		}
		for _, txid := range append(r.list("txids"), r.Get("txid")) {
			f.add(Subject{TXID: txid})
		}
	}
}

// mergePartial drops subjects that are known better: a transfer names no provider,
// a delivery perhaps no id, and money that an order explains is told with it.
func (f *finder) mergePartial() {
	var kept []Story
	for i, s := range f.stories {
		better := func(o Story) bool { return detail(o.Subject) > detail(s.Subject) && sameOrder(o.Subject, s.Subject) }
		if s.Subject.isOrder() && slices.ContainsFunc(f.stories, better) {
			continue
		}
		if !s.Subject.isOrder() && f.question.kind == byTXID && slices.ContainsFunc(f.stories, func(o Story) bool { return o.Subject.isOrder() }) {
			continue
		}
		kept = append(kept, f.stories[i])
	}
	f.stories = kept
}

// sameOrder reports whether two subjects may be one order: nothing that both know
// differs, and something is the same.
func sameOrder(a, b Subject) bool {
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	if differ(a.Provider, b.Provider) || differ(a.OrderID, b.OrderID) || differ(a.OrderNo, b.OrderNo) {
		return false
	}
	return a.OrderID != "" && a.OrderID == b.OrderID || a.OrderNo != "" && a.OrderNo == b.OrderNo
}

func detail(s Subject) int {
	n := 0
	for _, part := range []string{s.OrderID, s.OrderNo, s.Provider} {
		if part != "" {
			n++
		}
	}
	return n
}

// orders fetches the rows of the orders themselves.
func (f *finder) orders() error {
	if len(f.stories) == 0 {
		return nil
	}
	rows, _, err := scan(f.files, "orders.csv", func(r Row) bool {
		return slices.ContainsFunc(f.stories, func(s Story) bool { return s.Subject.covers(r) })
	})
	if err != nil {
		return err
	}
	for i := range f.stories {
		s := &f.stories[i]
		for _, r := range rows {
			if s.Subject.covers(r) {
				s.Order, s.Subject = &r, subjectOf(r)
				break
			}
		}
	}
	return nil
}

// gather fetches everything else that concerns the stories, a file at a time.
func (f *finder) gather() error {
	if len(f.stories) == 0 {
		return nil
	}
	for _, part := range []struct {
		file string
		into func(*Story) *[]Row
		of   func(*Story, Row) bool
	}{
		{"matches.csv", func(s *Story) *[]Row { return &s.Matches }, ofSubject},
		{"breaks.csv", func(s *Story) *[]Row { return &s.Breaks }, ofBreak},
		{"open_items.csv", func(s *Story) *[]Row { return &s.OpenItems }, ofSubject},
		{"transfers.csv", func(s *Story) *[]Row { return &s.Transfers }, f.ofMoney},
		{"deliveries.csv", func(s *Story) *[]Row { return &s.Deliveries }, ofSubject},
		{"actions.csv", func(s *Story) *[]Row { return &s.Actions }, ofBreaks},
		{"rejects.csv", func(s *Story) *[]Row { return &s.Rejects }, quoting},
	} {
		rows, _, err := scan(f.files, part.file, func(r Row) bool {
			return slices.ContainsFunc(f.stories, func(s Story) bool { return part.of(&s, r) })
		})
		if err != nil {
			return err
		}
		for i := range f.stories {
			list := part.into(&f.stories[i])
			*list = []Row{}
			for _, r := range rows {
				if part.of(&f.stories[i], r) {
					*list = append(*list, r)
				}
			}
		}
	}
	return nil
}

// ofSubject: the row names the order, or no order and the same money.
func ofSubject(s *Story, r Row) bool {
	if s.Subject.isOrder() {
		return s.Subject.covers(r)
	}
	return !subjectOf(r).isOrder() && (r.Get("txid") == s.Subject.TXID || slices.Contains(r.list("txids"), s.Subject.TXID))
}

// ofMoney: the transfer was attributed to the order, or is in a transaction that
// somebody names for it,
// or that was asked for.
func (f *finder) ofMoney(s *Story, r Row) bool {
	return s.Subject.covers(r) || f.question.kind == byTXID && f.question.is(r.Get("txid")) || slices.Contains(s.txids(), r.Get("txid"))
}

// ofBreaks: the thing to do is because of one of the story's breaks.
func ofBreaks(s *Story, r Row) bool {
	ids := s.ids()
	return slices.ContainsFunc(r.list("break_ids"), func(id string) bool { return slices.Contains(ids, id) }) ||
		len(r.list("break_ids")) == 0 && s.Subject.covers(r)
}

// quoting: a row that could not be read and has one of the order's names in it.
func quoting(s *Story, r Row) bool {
	words := strings.FieldsFunc(r.Get("raw"), func(c rune) bool { return strings.ContainsRune(",;\t\" {}:'", c) })
	named := func(name string) bool { return len(name) > 2 && slices.Contains(words, name) }
	return named(s.Subject.OrderNo) || named(s.Subject.OrderID)
}

// orEmpty makes a list that JSON writes as [] where there is none.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
