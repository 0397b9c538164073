package explain

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"tieout/reports"
)

// width of a terminal that everybody has.
const width = 80

// WriteText tells the stories for a person at a terminal of 80 columns. Hashes and
// addresses stay whole, so that they can be copied.
func WriteText(w io.Writer, e *Explanation) error {
	t := &teller{currency: e.Currency}
	if len(e.Stories) > 1 {
		t.line(0, fmt.Sprintf("%d payments answer to %s.", len(e.Stories), e.Asked))
		t.gap()
	}
	for i := range e.Stories {
		if i > 0 {
			t.gap()
		}
		t.story(e, &e.Stories[i])
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// teller writes lines that fit the terminal.
type teller struct {
	out      strings.Builder
	currency string
}

func (t *teller) gap() { t.out.WriteByte('\n') }

// line writes a text, wrapped between words, under one indentation.
func (t *teller) line(indent int, text string) {
	room, line := width-indent, ""
	flush := func() { t.out.WriteString(strings.Repeat(" ", indent) + line + "\n") }
	for _, word := range strings.Fields(reports.Line(text)) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room {
			flush()
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		flush()
	}
}

// head starts a part of a story.
func (t *teller) head(text string) {
	t.gap()
	t.line(0, text)
}

func (t *teller) story(e *Explanation, s *Story) {
	t.line(0, s.title())
	t.line(0, "in the report of "+e.AsOf)
	t.out.WriteString(strings.Repeat("=", width) + "\n")
	t.verdict(s)
	if e.Status != "complete" {
		t.line(0, "That report is incomplete, and what could not be seen is not called missing: "+strings.Join(e.Incomplete, "; "))
	}
	for _, part := range []func(*Story){t.books, t.chain, t.webhooks, t.attribution, t.candidates, t.breaks, t.open, t.actions, t.rejects, t.history} {
		part(s)
	}
}

// title names whose story it is.
func (s *Story) title() string {
	switch {
	case s.Order != nil:
		text := "Order " + cmp.Or(s.Subject.OrderNo, s.Subject.OrderID) + " at " + cmp.Or(s.Subject.Provider, "an unnamed provider")
		var more []string
		for _, c := range []struct{ label, value string }{{"id", s.Subject.OrderID}, {"account", s.Order.Get("account")}, {"customer", s.Order.Get("customer")}} {
			if c.value != "" {
				more = append(more, c.label+" "+c.value)
			}
		}
		if len(more) > 0 {
			text += " (" + strings.Join(more, ", ") + ")"
		}
		return text
	case s.Subject.isOrder():
		return "Order " + cmp.Or(s.Subject.OrderNo, s.Subject.OrderID) + ", which no book has"
	}
	return "Transaction " + s.Subject.TXID + ", which no order explains"
}

// verdicts say in a sentence how something ended.
var verdicts = map[string]string{
	"agreed":       "Everything agrees: all witnesses that were heard say the same.",
	"open":         "Still open: it may resolve by itself",
	"undetermined": "Nothing is claimed, since something could not be seen",
	"context":      "Outside of the time that was judged; it was read to explain others.",
	"excluded":     "Not counted as a customer's payment",
}

func (t *teller) verdict(s *Story) {
	var outcome, kinds, state, why string
	switch {
	case s.Order != nil:
		outcome, kinds, state, why = s.Order.Get("outcome"), s.Order.Get("kinds"), s.Order.Get("state"), s.Order.Get("explanation")
	case len(s.Transfers) > 0:
		r := s.Transfers[0]
		outcome, kinds, state, why = r.Get("outcome"), r.Get("kinds"), r.Get("reason"), r.Get("note")
	case len(s.Breaks) > 0:
		outcome, kinds, why = "break", s.Breaks[0].Get("kind"), s.Breaks[0].Get("explanation")
	}
	text := verdicts[outcome]
	if outcome == "break" {
		text = "It differs: " + strings.ReplaceAll(kinds, "|", ", ") + "."
	} else if state != "" {
		text = strings.TrimSuffix(text, ".") + ": " + state + "."
	}
	if outcome != "" {
		t.line(0, text)
	}
	t.line(0, why)
}

func (t *teller) books(s *Story) {
	t.head("What the books say")
	r := s.Order
	if r == nil {
		if s.Subject.isOrder() {
			t.line(2, "No book has such an order.")
		} else {
			t.line(2, "No order in the books explains it.")
		}
		return
	}
	symbol := r.Get("symbol")
	t.line(2, "status "+cmp.Or(r.Get("status"), "none")+", created "+clock(r.Get("created_at")))
	t.line(2, "due "+amount(r.Get("due"), symbol)+", received "+amount(r.Get("received"), symbol))
	if r.Get("pay_to") != "" {
		t.line(2, "to be paid to "+r.Get("pay_to"))
	}
}

func amount(figure, symbol string) string {
	if figure == "" {
		return "unknown"
	}
	return strings.TrimSpace(figure + " " + symbol)
}

// clock writes a time for people, to the second.
func clock(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return cmp.Or(text, "at an unknown time")
	}
	return t.Format("2006-01-02 15:04:05") + " UTC"
}

func (t *teller) chain(s *Story) {
	t.head("What the chain says")
	for _, r := range s.Transfers {
		text := clock(r.Get("block_time")) + ": " + amount(r.Get("amount"), r.Get("symbol")) + ", " + r.Get("outcome")
		if why := cmp.Or(strings.ReplaceAll(r.Get("kinds"), "|", ", "), r.Get("reason")); why != "" {
			text += " (" + why + ")"
		}
		t.line(2, text)
		t.line(4, "transaction "+r.Get("txid"))
		t.line(4, "from "+r.Get("from"))
		t.line(4, "to "+r.Get("to"))
		place := "on " + r.Get("chain")
		if r.Get("block_number") != "" {
			place += ", block " + r.Get("block_number")
		}
		if r.Get("log_index") != "" {
			place += ", log index " + r.Get("log_index")
		}
		t.line(4, place)
		t.line(4, r.Get("note"))
	}
	if len(s.Transfers) > 0 {
		return
	}
	t.line(2, "No transfer was attributed to it.")
	if s.Order != nil {
		for _, txid := range s.Order.list("txids") {
			t.line(2, "Named, but not among the transfers that were read:")
			t.line(4, txid)
		}
	}
}

func (t *teller) webhooks(s *Story) {
	t.head("What the webhooks say")
	for _, r := range s.Deliveries {
		text := clock(r.Get("received_at")) + ": " + cmp.Or(r.Get("status"), "no status")
		if r.Get("amount") != "" {
			text += ", " + amount(r.Get("amount"), r.Get("symbol"))
		}
		answer := "; our answer was not logged"
		if code := r.Get("response_status"); code != "" {
			answer = "; we answered " + code
		}
		text += answer + "; signature " + cmp.Or(r.Get("signature"), "not checked") + "; " + r.Get("outcome")
		if why := strings.ReplaceAll(cmp.Or(r.Get("kinds"), r.Get("reason")), "|", ", "); why != "" {
			text += " (" + why + ")"
		}
		t.line(2, text)
	}
	switch {
	case s.Order != nil && s.Order.Get("webhook_story") != "":
		t.line(2, s.Order.Get("webhook")+": "+s.Order.Get("webhook_story"))
	case len(s.Deliveries) == 0:
		t.line(2, "No delivery for it was logged.")
	}
}

func (t *teller) attribution(s *Story) {
	if len(s.Matches) == 0 {
		return
	}
	t.head("How the money was attributed")
	for _, r := range s.Matches {
		t.line(2, amount(r.Get("amount"), r.Get("symbol"))+" by the rule "+r.Get("rule")+": "+r.Get("explanation"))
		if len(s.Matches) > 1 {
			t.line(4, "transaction "+r.Get("txid"))
		}
		if r.Get("margin") != "" {
			t.line(4, "ahead of the next best assignment by: "+r.Get("margin"))
		} else {
			t.line(4, "no other assignment was possible")
		}
	}
}

func (t *teller) candidates(s *Story) {
	if len(s.Candidates) == 0 {
		return
	}
	t.head("Whose money it may be, each as good as the others")
	for _, r := range s.Candidates {
		who := cmp.Or(r.Get("order_no"), r.Get("order_id"))
		if r.Get("customer") != "" {
			who += " of customer " + r.Get("customer")
		}
		t.line(2, who+": "+r.Get("status")+", due "+amount(r.Get("due"), r.Get("symbol"))+", created "+clock(r.Get("created_at")))
	}
}

func (t *teller) breaks(s *Story) {
	if len(s.Breaks) == 0 {
		return
	}
	t.head("What differs")
	for _, r := range s.Breaks {
		title := r.Get("kind")
		if r.Get("cause") != "" {
			title += " (" + r.Get("cause") + ")"
		}
		t.line(2, title+", severity "+r.Get("severity")+", "+r.Get("break_id"))
		figures := "contributes " + amount(signed(r.Get("difference")), r.Get("symbol")) + " to received - expected"
		for _, column := range []string{"expected", "observed"} {
			if r.Get(column) != "" {
				figures += "; " + column + " " + amount(r.Get(column), r.Get("symbol"))
			}
		}
		t.line(4, figures)
		t.line(4, t.facts(r))
		t.line(4, r.Get("explanation"))
		t.answer(r)
	}
}

// facts are value, age and deadline.
func (t *teller) facts(r Row) string {
	var facts []string
	if r.Get("value") != "" {
		facts = append(facts, amount(r.Get("value"), t.currency)+" at risk")
	}
	if r.Get("first_seen") != "" {
		facts = append(facts, "since "+clock(r.Get("first_seen")))
	}
	if r.Get("age_days") != "" {
		facts = append(facts, "age in days "+r.Get("age_days"))
	}
	if r.Get("deadline") != "" {
		facts = append(facts, "deadline "+clock(r.Get("deadline")))
	}
	return strings.Join(facts, ", ")
}

// answer says what a person decided about the row.
func (t *teller) answer(r Row) {
	if r.Get("disposition") == "" {
		return
	}
	text := "answered: " + r.Get("disposition")
	if r.Get("by") != "" {
		text += " by " + r.Get("by")
	}
	if r.Get("reason") != "" {
		text += ", " + r.Get("reason")
	}
	t.line(4, text)
}

func (t *teller) open(s *Story) {
	if len(s.OpenItems) == 0 {
		return
	}
	t.head("What is still open")
	for _, r := range s.OpenItems {
		t.line(2, r.Get("state")+", "+r.Get("item_id"))
		text := "contributes " + amount(signed(r.Get("amount")), r.Get("symbol")) + " to received - expected"
		if r.Get("until") != "" {
			text += "; wait until " + clock(r.Get("until"))
		}
		t.line(4, text)
		t.line(4, r.Get("note"))
		t.answer(r)
	}
}

func (t *teller) actions(s *Story) {
	if len(s.Actions) == 0 {
		return
	}
	t.head("What to do")
	for _, r := range s.Actions {
		when := "without a deadline"
		if r.Get("deadline") != "" {
			when = "by " + clock(r.Get("deadline")) + " (" + r.Get("hours_left") + " h left at the end of the window)"
		}
		t.line(2, r.Get("action")+": "+r.Get("who")+", "+when)
		t.line(4, r.Get("sentence"))
		if r.Get("reason") != "" {
			t.line(4, "Why: "+r.Get("reason"))
		}
		t.line(4, r.Get("link"))
	}
}

func (t *teller) rejects(s *Story) {
	if len(s.Rejects) == 0 {
		return
	}
	t.head("What could not be read")
	for _, r := range s.Rejects {
		t.line(2, r.Get("file")+" line "+r.Get("line")+", "+r.Get("column")+": "+r.Get("reason"))
	}
}

func (t *teller) history(s *Story) {
	if len(s.History) == 0 {
		return
	}
	t.head("How it came to this")
	for _, e := range s.History {
		date := e.From
		if e.To != e.From {
			date += " to " + e.To
		}
		t.line(2, date+"  "+e.ID+"  "+e.What)
	}
}
