package webhook

import (
	"strings"
	"testing"

	"tieout/sources"
)

// TestOnly: rows that `only:` leaves out are counted, whatever stands in them; a
// column that is not there is an error, and a row without it a reject.
func TestOnly(t *testing.T) {
	const table = "received_at,order_no,status,response_status,Till\n2026-03-17T10:00:00Z,S-1,PAID,200,one\n2026-03-17T10:01:00Z,S-2,PAID,200,two\nlater,,,,two\n"
	raw := func(till string) string {
		return strings.Replace(line("2026-03-17T10:00:00Z", "new", paid, "200"), "{", `{"till":`+till+`,`, 1)
	}
	at := func(url string) string {
		return strings.Replace(line("2026-03-17T10:00:00Z", "forged", paid, "200"), "{", `{"url":"`+url+`",`, 1)
	}
	till := map[string][]string{"till": {"one"}}
	for _, c := range []struct {
		name, file, content       string
		only                      map[string][]string
		deliveries, scope, reject int
		fails                     string
	}{
		{"a table", "a.csv", table, till, 1, 2, 0, ""},
		{"raw requests", "a.jsonl", raw(`"one"`) + raw(`"two"`) + raw(`"one"`), till, 2, 1, 0, ""},
		{"a request whose line does not say", "a.jsonl", raw(`"one"`) + line("2026-03-17T10:00:00Z", "new", paid, "200"), till, 1, 0, 1, ""},
		{"the receiver's url", "a.jsonl", at("/a") + at("/b"), map[string][]string{"url": {"/a"}}, 1, 1, 0, ""},
		{"no such column", "a.csv", table, map[string][]string{"cashier": {"one"}}, 0, 0, 0, "cashier"},
		{"no such column in a log", "a.jsonl", raw(`"one"`), map[string][]string{"cashier": {"one"}}, 0, 0, 0, "cashier"},
		{"no url in a table", "a.csv", table, map[string][]string{"url": {"/a"}}, 0, 0, 0, "url"},
		{"what we answered", "a.csv", table, map[string][]string{"Response Status": {"200"}}, 0, 0, 0, "evidence"},
		{"the status by another name", "a.csv", table, map[string][]string{"order_status": {"PAID"}}, 0, 0, 0, "evidence"},
		{"a member of the body, which anybody writes", "a.jsonl", raw(`"one"`), map[string][]string{"body.no": {"S-1"}}, 0, 0, 0, "evidence"},
		{"a header, which anybody writes", "a.jsonl", raw(`"one"`), map[string][]string{"headers.X-Event": {"payment"}}, 0, 0, 0, "evidence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec, err := read(t, Options{FileOptions: sources.FileOptions{Only: c.only}}, c.file, c.content)
			if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails) || len(rec.Covers) > 0) {
				t.Fatalf("%v, want %q", err, c.fails)
			}
			if len(rec.Deliveries) != c.deliveries || rec.Scope != c.scope || len(rec.Rejects) != c.reject {
				t.Errorf("%d deliveries, %d out of scope, %v", len(rec.Deliveries), rec.Scope, rec.Rejects)
			}
		})
	}
}
