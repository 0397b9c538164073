package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

var profile = &reconcile.Profile{Name: "p", Statuses: map[string]map[string]reconcile.State{
	"a": {"PAID": reconcile.StatePaid, "1": reconcile.StatePaid, "2": reconcile.StateExpired},
	"b": {"PAID": reconcile.StatePaid, "1": reconcile.StateDetected},
}}

// decoder is a stand-in provider: the signature is the secret itself, and the body
// is {"no": ..., "status": ..., "at": unix seconds}.
var decoder = sources.Decoder{ReplayWindow: 15 * time.Minute,
	Signed: func(r sources.Request) bool { return r.Header["x-sig"] != "" },
	Verify: func(r sources.Request, secret string) (string, bool) { return "plain", r.Header["x-sig"] == secret },
	Decode: func(r sources.Request, d *reconcile.Delivery) error {
		var b struct {
			No, Status string
			At         int64
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return err
		}
		d.Event, d.Requested = r.URL, reconcile.Instant(b.At)*reconcile.Second
		d.OrderNo, d.Status, d.State = b.No, b.Status, profile.State("a", b.Status)
		if b.Status == "PAYOUT" || r.Header["x-event"] == "payout" {
			return sources.ErrOutOfScope
		}
		if b.No == "" {
			return errors.New("no is missing")
		}
		if strings.HasPrefix(b.Status, "long") {
			return &sources.RequestError{Part: "body.status", Value: b.Status, Reason: "it is no status"}
		}
		if b.Status == "" {
			return &sources.RequestError{Part: "body.status", Value: "x", Reason: "it is missing"}
		}
		return nil
	}}

func read(t *testing.T, o Options, name, content string) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile, o.Files = "log", profile, []sources.File{sourcetest.Bytes(name, []byte(content))}
	o.Decoder = decoder
	var rec sourcetest.Recorder
	err := Deliveries(o).Read(context.Background(), sources.Query{}, &rec)
	return &rec, err
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// line is a log line whose header is left out when sig is "-".
func line(received, sig, body, response string) string {
	quoted, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	headers := `"headers":{"X-Sig":["` + sig + `"]},`
	if sig == "-" {
		headers = ""
	}
	return `{"received_at":"` + received + `",` + headers + `"body":` + string(quoted) + `,"response_status":` + response + "}\n"
}

const paid = `{"no":"S-1","status":"PAID"}`

func day(t *testing.T, date string) reconcile.Instant {
	t.Helper()
	at, err := sources.ParseTime(date+"T00:00:00Z", nil)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSignaturesAndRotation(t *testing.T) {
	rotated := []Secret{{Value: "old", To: day(t, "2026-03-17")}, {Value: "new", From: day(t, "2026-03-17")}}
	overlapping := []Secret{{Value: "old", To: day(t, "2026-03-18")}, {Value: "new", From: day(t, "2026-03-17")}}
	for _, c := range []struct {
		name, received, sig string
		secrets             []Secret
		want                reconcile.Signature
		scheme              string
	}{
		{"no secret, nothing is checked", "2026-03-16T10:00:00Z", "whatever", nil, reconcile.SignatureUnchecked, ""},
		{"no secret, no headers", "2026-03-16T10:00:00Z", "-", nil, reconcile.SignatureUnchecked, ""},
		{"the old secret before the rotation", "2026-03-16T10:00:00Z", "old", rotated, reconcile.SignatureValid, "plain"},
		{"the new one too early", "2026-03-16T23:59:59Z", "new", rotated, reconcile.SignatureInvalid, "plain"},
		{"the new one at the moment of rotation", "2026-03-17T00:00:00Z", "new", rotated, reconcile.SignatureValid, "plain"},
		{"the old one at the moment of rotation", "2026-03-17T00:00:00Z", "old", rotated, reconcile.SignatureInvalid, "plain"},
		{"the old one after it", "2026-03-17T10:00:00Z", "old", rotated, reconcile.SignatureInvalid, "plain"},
		{"either while both hold: the old", "2026-03-17T10:00:00Z", "old", overlapping, reconcile.SignatureValid, "plain"},
		{"either while both hold: the new", "2026-03-17T10:00:00Z", "new", overlapping, reconcile.SignatureValid, "plain"},
		{"a forged one", "2026-03-17T10:00:00Z", "forged", rotated, reconcile.SignatureInvalid, "plain"},
		{"none where one is expected", "2026-03-17T10:00:00Z", "", rotated, reconcile.SignatureInvalid, ""},
		{"a log that dropped the headers", "2026-03-17T10:00:00Z", "-", rotated, reconcile.SignatureInvalid, ""},
		{"no secret holds", "2026-03-16T10:00:00Z", "new", rotated[1:], reconcile.SignatureUnchecked, ""},
	} {
		rec, err := read(t, Options{Secrets: c.secrets}, "log.jsonl", line(c.received, c.sig, paid, "200"))
		if err != nil || len(rec.Deliveries) != 1 || len(rec.Rejects) > 0 {
			t.Fatalf("%s: %+v %v", c.name, rec.Rejects, err)
		}
		if d := rec.Deliveries[0]; d.Signature != c.want || d.Scheme != c.scheme || d.State != reconcile.StatePaid || d.OrderNo != "S-1" {
			t.Errorf("%s: %+v", c.name, d)
		}
		if noted := strings.Contains(strings.Join(rec.Notes, "\n"), "no secret holds"); noted != (c.name == "no secret holds") {
			t.Errorf("%s: notes %q", c.name, rec.Notes)
		}
	}
}

// seen is what of a delivery the logs in testdata are compared by.
type seen struct {
	line      int
	no, id    string
	received  string
	state     reconcile.State
	response  int
	signature reconcile.Signature
	txs       int
}

func TestFixtures(t *testing.T) {
	const minute = "2026-03-17T10:0"
	p, u, v, x := reconcile.StatePaid, reconcile.SignatureUnchecked, reconcile.SignatureValid, reconcile.SignatureInvalid
	for _, c := range []struct {
		file  string
		want  []seen
		scope int
		note  string
	}{
		{"receiver.jsonl", []seen{
			{1, "S-1", "", minute + "0:00Z", p, 500, v, 0},
			{2, "S-1", "", minute + "1:00.123Z", p, 200, v, 0},
			{3, "S-2", "", minute + "2:00Z", p, 200, v, 0},
			{4, "S-3", "", minute + "3:00Z", p, 0, x, 0},
			{5, "S-1", "", minute + "1:00.123Z", p, 200, v, 0}, // again: whether it counts is the core's business
		}, 1, ""},
		{"parsed.jsonl", []seen{
			{1, "S-1", "", minute + "0:00Z", p, 200, v, 0}, // a signature that verifies is proof in any form
			{2, "S-2", "", minute + "1:00Z", p, 200, u, 0},
			{3, "S-3", "", minute + "2:00Z", p, 200, x, 0}, // unsigned is unsigned
		}, 0, "parsed.jsonl: signatures could not be checked: the body was logged as a JSON object; log the raw text (1 of its rows, the first on line 2)"},
		{"table.csv", []seen{
			{2, "S-1", "", minute + "0:00Z", p, 200, u, 1},
			{3, "", "77", minute + "1:00Z", p, 0, u, 0},
			{4, "S-3", "", minute + "2:00Z", reconcile.StateUnknown, 0, u, 0}, // 1 has two meanings
		}, 0, "table.csv: signatures were not checked: a plain table holds no requests; log headers and raw bodies (3 of its rows, the first on line 2)"},
	} {
		rec, err := read(t, Options{Secrets: []Secret{{Value: "new"}}}, c.file, fixture(t, c.file))
		if err != nil || len(rec.Rejects) > 0 || rec.Scope != c.scope {
			t.Errorf("%s: %v, %d out of scope, rejects %+v", c.file, err, rec.Scope, rec.Rejects)
		}
		var got []seen
		for _, d := range rec.Deliveries {
			got = append(got, seen{d.At.Line, d.OrderNo, d.OrderID, d.Received.String(), d.State, d.Response, d.Signature, len(d.TXIDs)})
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(seen{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.file, diff)
		}
		if notes := strings.Join(rec.Notes, "\n"); notes != c.note {
			t.Errorf("%s: notes %q, want %q", c.file, notes, c.note)
		}
	}
}

// TestRejects: a reject names the line and the member, and keeps the order's number.
func TestRejects(t *testing.T) {
	const noon = "2026-03-17T10:00:00Z"
	for _, c := range []struct{ name, line, column, no, reason string }{
		{"no time", line("yesterday", "x", paid, "200"), "received_at", "S-1", "not a time"},
		{"a time without a zone", line("2026-03-17T10:00:00", "x", paid, "200"), "received_at", "S-1", "timezone"},
		{"an answer that is none", line(noon, "x", paid, `"many"`), "response_status", "S-1", "HTTP status"},
		{"an answer out of range", line(noon, "x", paid, "20"), "response_status", "S-1", "HTTP status"},
		{"a body that is cut", line(noon, "x", `{"no":`, "200"), "body", "", "JSON"},
		{"a body about nothing", line(noon, "x", `{"status":"PAID"}`, "200"), "body", "", "no is missing"},
		{"a member", line(noon, "x", `{"no":"S-1"}`, "200"), "body.status", "S-1", "it is missing"},
		{"base64", `{"received_at":"` + noon + `","body_base64":"e30","response_status":200}`, "body_base64", "", "no base64"},
		{"headers that are none", `{"received_at":"` + noon + `","headers":"dropped","body":"{\"no\":\"S-1\",\"status\":\"PAID\"}"}`, "headers", "S-1", "no JSON object of headers"},
		{"neither a body nor an order", `{"received_at":"` + noon + `","status":"paid"}`, "order_no", "", "neither a body nor order_no"},
		{"a number in another style", `{"received_at":"` + noon + `","order_no":"S-1","status":"paid","amount":"1,5"}`, "amount", "S-1", "separator"},
		{"no row at all", "{\n", "", "", "ends in the middle"},
	} {
		rec, err := read(t, Options{}, "log.jsonl", line("2026-03-17T09:00:00Z", "x", paid, "200")+c.line+"\n"+line("2026-03-17T11:00:00Z", "x", paid, "200"))
		if err != nil || len(rec.Deliveries) != 2 || len(rec.Rejects) != 1 {
			t.Errorf("%s: %d deliveries, rejects %+v, %v", c.name, len(rec.Deliveries), rec.Rejects, err)
			continue
		}
		if j := rec.Rejects[0]; j.At.Line != 2 || j.Column != c.column || j.OrderNo != c.no || !strings.Contains(j.Reason, c.reason) {
			t.Errorf("%s: %+v", c.name, j)
		}
	}
}

// TestForgedAndUnreadable: whoever forges a request does not choose how it is
// counted. It is a delivery that does not verify, whatever its body is.
func TestForgedAndUnreadable(t *testing.T) {
	for _, body := range []string{"", "garbage", `{"no":"S-1"}`} {
		rec, err := read(t, Options{Secrets: []Secret{{Value: "new"}}}, "log.jsonl", line("2026-03-17T10:00:00Z", "forged", body, "401"))
		if err != nil || len(rec.Rejects) > 0 || len(rec.Deliveries) != 1 || rec.Deliveries[0].Signature != reconcile.SignatureInvalid || len(rec.Notes) != 1 {
			t.Errorf("%q: %+v, notes %q, %v", body, rec, rec.Notes, err)
		}
	}
	rec, err := read(t, Options{Secrets: []Secret{{Value: "new"}}}, "log.jsonl", line("2026-03-17T10:00:00Z", "new", `{"no":"S-1"}`, "200"))
	if err != nil || len(rec.Rejects) != 1 || len(rec.Deliveries) > 0 {
		t.Errorf("one that verifies is a reject: %+v %v", rec, err)
	}
}

// TestOutOfScopeUnverified: what is not about an order of the book is left out, but
// not in silence where it does not verify; and one that names an order and how it
// stands is a delivery that does not.
func TestOutOfScopeUnverified(t *testing.T) {
	payout := func(sig, body string) string {
		return strings.Replace(line("2026-03-17T10:00:00Z", sig, body, "200"), `"headers":{`, `"headers":{"X-Event":"payout",`, 1)
	}
	const note = "log.jsonl: requests that are not about orders of this book do not verify, and were left out all the same: " +
		"if they are signed with a secret of their own, add it to secrets, else somebody forges (1 of its rows, the first on line 1)"
	secrets := []Secret{{Value: "new"}}
	for _, c := range []struct {
		name, line        string
		secrets           []Secret
		deliveries, scope int
		note              string
	}{
		{"nothing is checked", payout("forged", paid), nil, 0, 1, ""},
		{"no secret holds", payout("forged", paid), []Secret{{Value: "new", From: day(t, "2026-03-18")}}, 0, 1, "no secret holds"},
		{"one that verifies", payout("new", paid), secrets, 0, 1, ""},
		{"another secret, no order", payout("other", `{"status":"PAID"}`), secrets, 0, 1, note},
		{"another secret, no status of a payment", payout("other", `{"no":"P-1","status":"REFUSE"}`), secrets, 0, 1, note},
		{"no signature", payout("", `{"no":"P-1","status":"PAYOUT"}`), secrets, 0, 1, note},
		{"an order and its status", payout("forged", paid), secrets, 1, 0, ""},
		{"the same without a signature", payout("", paid), secrets, 1, 0, ""},
	} {
		rec, err := read(t, Options{Secrets: c.secrets}, "log.jsonl", c.line)
		notes := strings.Join(rec.Notes, "\n")
		if err != nil || len(rec.Deliveries) != c.deliveries || rec.Scope != c.scope || len(rec.Rejects) > 0 || c.note == "" && notes != "" || !strings.Contains(notes, c.note) {
			t.Errorf("%s: %+v, %v", c.name, rec, err)
		}
		for _, d := range rec.Deliveries {
			if d.Signature != reconcile.SignatureInvalid || d.OrderNo != "S-1" {
				t.Errorf("%s: %+v", c.name, d)
			}
		}
	}
}

// TestBodyTwice: a signature that fails over the bytes of body_base64 is forged,
// whatever stands in body beside them.
func TestBodyTwice(t *testing.T) {
	rec, err := read(t, Options{Secrets: []Secret{{Value: "new"}}}, "log.jsonl",
		`{"received_at":"2026-03-17T10:00:00Z","headers":{"X-Sig":"forged"},"body":{"no":"S-1"},"body_base64":"eyJubyI6IlMtMiIsInN0YXR1cyI6IlBBSUQifQ=="}`+"\n")
	if err != nil || len(rec.Deliveries) != 1 || rec.Deliveries[0].Signature != reconcile.SignatureInvalid || rec.Deliveries[0].OrderNo != "S-2" || len(rec.Notes) > 0 {
		t.Errorf("%+v %v", rec, err)
	}
}

// TestRejectOfALine: rows of an array may stand on one line, and a bad one among
// them is not about the order before it.
func TestRejectOfALine(t *testing.T) {
	rec, err := read(t, Options{}, "log.json", `[{"received_at":"2026-03-17T10:00:00Z","order_no":"S-1","status":"paid"},{"order_no":"S-2"}]`)
	if err != nil || len(rec.Deliveries) != 1 || len(rec.Rejects) != 1 {
		t.Fatalf("%+v %v", rec, err)
	}
	if j := rec.Rejects[0]; j.OrderNo == "S-1" || j.At != rec.Deliveries[0].At {
		t.Errorf("%+v", j)
	}
}

// TestNoDecoder: the requests of a provider that nobody can read are not forged. The
// reject says what to log in their place.
func TestNoDecoder(t *testing.T) {
	o := Options{Secrets: []Secret{{Value: "new"}}, Decoder: sources.Decoder{
		Decode: func(sources.Request, *reconcile.Delivery) error { return errors.New("log a plain table") }}}
	o.Name, o.Profile, o.Files = "log", profile, []sources.File{sourcetest.Bytes("log.jsonl", []byte(line("2026-03-17T10:00:00Z", "new", paid, "200")))}
	var rec sourcetest.Recorder
	if err := Deliveries(o).Read(context.Background(), sources.Query{}, &rec); err != nil {
		t.Fatal(err)
	}
	if len(rec.Deliveries) > 0 || len(rec.Rejects) != 1 || rec.Rejects[0].Reason != "log a plain table" {
		t.Errorf("%+v, rejects %+v", rec.Deliveries, rec.Rejects)
	}
}

// TestDamagedID refuses an order number whose digits a spreadsheet has lost: it
// would be a notification for an order that nobody has.
func TestDamagedID(t *testing.T) {
	const header = "received_at,order_no,order_id,txid,status\n"
	for column, row := range map[string]string{"order_no": "8.21E+09,,", "order_id": ",8.21E+09,", "txid": "S-2,,8.21E+09"} {
		rec, err := read(t, Options{}, "log.csv", header+"2026-03-17T10:00:00Z,"+row+",paid\n2026-03-17T10:00:00Z,S-1,1,,paid\n")
		if err != nil || len(rec.Deliveries) != 1 || len(rec.Rejects) != 1 || rec.Rejects[0].Column != column || rec.Rejects[0].Value != "8.21E+09" {
			t.Errorf("%s: %d deliveries, rejects %+v, %v", column, len(rec.Deliveries), rec.Rejects, err)
		}
	}
}

// TestReplayWindow: a request time far from the receipt is said, and refuses nothing.
func TestReplayWindow(t *testing.T) {
	for _, c := range []struct {
		received string
		noted    bool
	}{
		{"2026-03-17T10:00:00Z", false}, {"2026-03-17T10:15:00Z", false}, {"2026-03-17T10:15:01Z", true},
		{"2026-03-17T09:45:00Z", false}, {"2026-03-17T09:44:59Z", true}, {"2026-03-18T12:36:00Z", true},
	} {
		rec, err := read(t, Options{Secrets: []Secret{{Value: "new"}}}, "log.jsonl", line(c.received, "new", `{"no":"S-1","status":"PAID","at":1773741600}`, "200"))
		if err != nil || len(rec.Deliveries) != 1 || rec.Deliveries[0].Signature != reconcile.SignatureValid {
			t.Fatal(rec.Rejects, err)
		}
		if notes := strings.Join(rec.Notes, "\n"); strings.Contains(notes, "more than 15m0s from the receipt") != c.noted {
			t.Errorf("received %s: notes %q", c.received, notes)
		}
	}
}

// TestNoReceipt: what is far from a time that cannot be read cannot be said.
func TestNoReceipt(t *testing.T) {
	rec, err := read(t, Options{}, "log.jsonl", line("never", "new", `{"no":"S-1","status":"PAID","at":1773741600}`, "200"))
	if err != nil || len(rec.Rejects) != 1 || len(rec.Notes) > 0 {
		t.Errorf("rejects %+v, notes %q, %v", rec.Rejects, rec.Notes, err)
	}
}

// TestMaskFile: what is wrong with a whole file quotes its first line, which is a
// request where the log has no header.
func TestMaskFile(t *testing.T) {
	for name, content := range map[string]string{
		"log.csv": `2026-03-17T10:00:00Z,"{""Authorization"":""Basic eDp5""}",whsec_1` + "\n",
		"log.txt": "Authorization: Basic eDp5\nX-Sig: whsec_1\n",
	} {
		rec, err := read(t, Options{Secrets: []Secret{{Value: "whsec_1"}}}, name, content)
		if err == nil || !strings.Contains(err.Error(), "***") {
			t.Fatalf("%s: %v", name, err)
		}
		for _, secret := range []string{"eDp5", "whsec_1"} {
			if strings.Contains(err.Error()+strings.Join(rec.Notes, ""), secret) {
				t.Errorf("%s: %v, notes %q", name, err, rec.Notes)
			}
		}
	}
}

func TestURL(t *testing.T) {
	for logged, want := range map[string]string{"": "https://shop/default", `,"url":""`: "https://shop/default", `,"url":"https://shop/hook"`: "https://shop/hook"} {
		rec, err := read(t, Options{URL: "https://shop/default"}, "log.jsonl",
			`{"received_at":"2026-03-17T10:00:00Z","body":"{\"no\":\"S-1\",\"status\":\"PAID\"}"`+logged+"}\n")
		if err != nil || len(rec.Deliveries) != 1 || rec.Deliveries[0].Event != want {
			t.Errorf("%s: %+v %v", logged, rec.Deliveries, err)
		}
	}
}

func TestColumns(t *testing.T) {
	const table = "When,Order,status,Answer\n2026-03-17T10:00:00Z,S-1,paid,204\n"
	for _, c := range []struct {
		name    string
		columns map[string]string
		problem string
	}{
		{"mapped", map[string]string{"received_at": "when", "order_no": "Order", "response_status": "Answer"}, ""},
		{"a column that no log has", map[string]string{"received_at": "when", "order": "Order"}, `log: columns: "order" is no column of a webhook log; it has received_at, headers`},
		{"a header that is not there", map[string]string{"received_at": "when", "order_no": "Order", "response_status": "Answered"}, `log.csv column "Answered": no row has it, and columns: names it as response_status`},
		{"no time of receipt", map[string]string{"order_no": "Order"}, `column "received_at": required`},
	} {
		o := Options{}
		o.Columns = c.columns
		rec, err := read(t, o, "log.csv", table)
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) || len(rec.Covers) > 0 {
				t.Errorf("%s: %v, covers %v", c.name, err, rec.Covers)
			}
		case err != nil || len(rec.Deliveries) != 1 || rec.Deliveries[0].OrderNo != "S-1" || rec.Deliveries[0].Response != 204:
			t.Errorf("%s: %+v %v", c.name, rec.Deliveries, err)
		}
	}
}

// TestRequestsInACSV: what a log line holds may stand in a table too.
func TestRequestsInACSV(t *testing.T) {
	rec, err := read(t, Options{Secrets: []Secret{{Value: "new"}}}, "log.csv", "received_at,headers,body,response_status\n"+
		`2026-03-17T10:00:00Z,"{""X-Sig"":""new""}","{""no"":""S-1"",""status"":""PAID""}",200`+"\n")
	if err != nil || len(rec.Deliveries) != 1 || rec.Deliveries[0].Signature != reconcile.SignatureValid || rec.Deliveries[0].State != reconcile.StatePaid {
		t.Errorf("%+v %+v %v", rec.Deliveries, rec.Rejects, err)
	}
}

// TestMask: a reject is shown to people, and a log holds what lets people in.
func TestMask(t *testing.T) {
	o := &Options{Secrets: []Secret{{Value: "whsec_1"}, {Value: ""}}}
	for raw, want := range map[string]string{
		`{"headers":{"Authorization":"Basic eDp5","X-Sig":"ab"},"body":"{\"tokenAddress\":\"0x1\"}"}`: `{"headers":{"Authorization":"***","X-Sig":"ab"},"body":"{\"tokenAddress\":\"0x1\"}"}`,
		`{"Cookie" : ["a=b", "c=\"d"], "X-Auth-Token":"t"}`:                                           `{"Cookie" : "***", "X-Auth-Token":"***"}`,
		`{"x-api-key":"k\"ey","tokenAddress":"0x1"}`:                                                  `{"x-api-key":"***","tokenAddress":"0x1"}`,
		`{"authorization":"Bearer cut in the mid`:                                                     `{"authorization":"***"`,
		`{"set-cookie":["cut`:   `{"set-cookie":"***"`,
		"the secret is whsec_1": "the secret is ***",
		`2026-03-17,"{""Authorization"":""Basic eDp5"",""Cookie"":""a=\""b\"";c"",""X-Sig"":""ab""}",200`: `2026-03-17,"{""Authorization"":""***"",""Cookie"":""***"",""X-Sig"":""ab""}",200`,
		`"{""Cookie"":[""a"",""b]""],""X-Sig"":""ab""}",200`:                                              `"{""Cookie"":""***"",""X-Sig"":""ab""}",200`,
		`{"headers":"{\"Authorization\":\"Basic \\\"eDp5\",\"X-Sig\":\"ab\"}"}`:                           `{"headers":"{\"Authorization\":\"***\",\"X-Sig\":\"ab\"}"}`,
		`{"headers":"{\"Cookie\":[\"a\\\\\",\"b]\"],\"X-Sig\":\"ab\"}"}`:                                  `{"headers":"{\"Cookie\":\"***\",\"X-Sig\":\"ab\"}"}`,
		`"""{\""Authorization\"":\""Basic eDp5\"",\""X-Sig\"":\""ab\""}""",200`:                           `"""{\""Authorization\"":\""***\"",\""X-Sig\"":\""ab\""}""",200`,
		`{"headers":[["Authorization","Basic eDp5"],["X-Sig","ab"]]}`:                                     `{"headers":[["Authorization","***"],["X-Sig","ab"]]}`,
		`{"headers":["X-Sig","ab","Authorization","Basic eDp5"]}`:                                         `{"headers":["X-Sig","ab","Authorization","***"]}`,
		`{"headers":[{"name":"Authorization","value":"Basic eDp5"},{"name":"X-Sig","value":"ab"}]}`:       `{"headers":[{"name":"Authorization","value":"***"},{"name":"X-Sig","value":"ab"}]}`,
		`{"headers":"POST / HTTP/1.1\r\nAuthorization: Basic eDp5\r\nX-Sig: ab"}`:                         `{"headers":"POST / HTTP/1.1\r\nAuthorization: ***\r\nX-Sig: ab"}`,
		"Authorization: Basic eDp5\nX-Sig: ab":                                                            "Authorization: ***\nX-Sig: ab",
		`{"X-Api-Key":12345,"X-Sig":"ab"}`:                                                                `{"X-Api-Key":"***","X-Sig":"ab"}`,
		`{"X-Secret":{"a":["}"]},"X-Sig":"ab"}`:                                                           `{"X-Secret":"***","X-Sig":"ab"}`,
		`{"note":"the secret","no":"S-1","tags":["secret",7]}`:                                            `{"note":"the secret","no":"S-1","tags":["secret","***"]}`,
		`{"headers":"{\"Authorization\":\"Bearer cut in the`:                                              `{"headers":"{\"Authorization\":\"***\"`,
		`"{""Authorization"":""Bearer cut in the`:                                                         `"{""Authorization"":""***""`,
		`{"headers":[["Authorization","Bearer cut`:                                                        `{"headers":[["Authorization","***"`,
		`{"authorization":`: `{"authorization":"***"`,
		`{"url":"https://u:p@shop/hook?id=1&token=t\u0026key=k#a","no":"S-1"}`: `{"url":"https://***@shop/hook?id=1&token=***\u0026key=***#a","no":"S-1"}`,
		`"https://u@shop/hook?access_token=t",200`:                             `"https://***@shop/hook?access_token=***",200`,
	} {
		if got := o.mask(raw); got != want {
			t.Errorf("%s\n got %s\nwant %s", raw, got, want)
		}
	}
	log := `{"received_at":"never","headers":{"Authorization":"Basic eDp5"},"body":"{\"no\":\"S-1\",\"status\":\"PAID\"}"}` + "\n" + `{"headers":{"Authorization":"Basic eDp5"},` + "\n"
	rec, err := read(t, Options{}, "log.jsonl", line("2026-03-17T10:00:00Z", "x", paid, "200")+log+line("2026-03-17T10:00:00Z", "x", paid, "200"))
	if err != nil || len(rec.Rejects) != 2 {
		t.Fatal(rec.Rejects, err)
	}
	for _, j := range rec.Rejects {
		if j.Raw == "" || strings.Contains(j.Raw+j.Value+j.Reason, "eDp5") {
			t.Errorf("%+v", j)
		}
	}
}

// TestMaskValue: the offending text is what the row holds, and is masked like it.
func TestMaskValue(t *testing.T) {
	const headers = `[["Authorization","Basic eDp5"],["X-Sig","whsec_1"]]`
	quoted, err := json.Marshal(headers)
	if err != nil {
		t.Fatal(err)
	}
	object, err := json.Marshal(`{"Authorization":"Basic eDp5","X":{}}`)
	if err != nil {
		t.Fatal(err)
	}
	const head, tail = `{"received_at":"2026-03-17T10:00:00Z","headers":`, `,"body":"{\"no\":\"S-1\",\"status\":\"PAID\"}"}` + "\n"
	for name, log := range map[string]struct{ file, content string }{
		"pairs":                     {"log.jsonl", head + headers + tail},
		"pairs as a text":           {"log.jsonl", head + string(quoted) + tail},
		"objects as a text":         {"log.jsonl", head + string(object) + tail},
		"a table":                   {"log.csv", "received_at,headers,body\n2026-03-17T10:00:00Z,\"" + strings.ReplaceAll(headers, `"`, `""`) + `","{""no"":""S-1"",""status"":""PAID""}"` + "\n"},
		"a time that is our secret": {"log.jsonl", `{"received_at":"whsec_1","body":"{\"no\":\"S-1\",\"status\":\"PAID\"}"}` + "\n"},
		"one in a long member":      {"log.jsonl", line("2026-03-17T10:00:00Z", "whsec_1", `{"no":"S-1","status":"long `+strings.Repeat("x", 185)+` whsec_1 `+strings.Repeat("y", 5000)+`"}`, "200")},
		"one that is cut":           {"log.jsonl", `{"received_at":"` + strings.Repeat("x", 190) + ` long_whsec_2","body":"{\"no\":\"S-1\",\"status\":\"PAID\"}"}` + "\n"},
	} {
		rec, err := read(t, Options{Secrets: []Secret{{Value: "whsec_1"}, {Value: "long_whsec_2"}}}, log.file, log.content)
		if err != nil || len(rec.Rejects) != 1 || len(rec.Deliveries) > 0 {
			t.Errorf("%s: %+v %v", name, rec, err)
			continue
		}
		j := rec.Rejects[0]
		for _, secret := range []string{"eDp5", "whsec", "long_w"} {
			if strings.Contains(j.Raw+j.Value+j.Reason, secret) {
				t.Errorf("%s: %+v", name, j)
			}
		}
		if len(j.Value) > 200 {
			t.Errorf("%s: the value has %d bytes", name, len(j.Value))
		}
		if j.Value == "" || !strings.Contains(j.Value, "***") {
			t.Errorf("%s: value %q", name, j.Value)
		}
	}
}

func TestConform(t *testing.T) {
	samples := map[string][]byte{}
	for _, name := range []string{"receiver.jsonl", "parsed.jsonl", "table.csv"} {
		samples[name] = []byte(fixture(t, name))
	}
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Deliveries(Options{FileOptions: sources.FileOptions{Name: "log", Profile: profile, Files: files}, Decoder: decoder, Secrets: []Secret{{Value: "new"}}})
	}, samples)
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := Options{FileOptions: sources.FileOptions{Name: "log", Profile: profile, Files: []sources.File{sourcetest.Bytes("log.csv", []byte(fixture(t, "table.csv")))}}, Decoder: decoder}
	var rec sourcetest.Recorder
	if err := Deliveries(o).Read(ctx, sources.Query{}, &rec); !errors.Is(err, context.Canceled) || len(rec.Covers) > 0 {
		t.Errorf("%v, covers %v", err, rec.Covers)
	}
}

// FuzzLog: every line ends up somewhere, whatever it is.
func FuzzLog(f *testing.F) {
	f.Add([]byte(line("2026-03-17T10:00:00Z", "new", paid, "200")))
	f.Add([]byte(`{"received_at":0,"headers":[],"body":{"no":1},"body_base64":"!"}`))
	f.Add([]byte("received_at,order_no\n2026-03-17T10:00:00Z,1\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if !bytes.Contains(content, []byte("{")) && !bytes.Contains(content, []byte("received")) {
			return
		}
		o := Options{FileOptions: sources.FileOptions{Name: "log", Profile: profile, Files: []sources.File{sourcetest.Bytes("log", content)}},
			Decoder: decoder, Secrets: []Secret{{Value: "new"}}}
		var rec sourcetest.Recorder
		if err := Deliveries(o).Read(context.Background(), sources.Query{}, &rec); err == nil && len(rec.Covers) != 1 {
			t.Errorf("no error, and covers %v", rec.Covers)
		}
		for _, d := range rec.Deliveries {
			if !d.Received.Known() || d.OrderNo == "" && d.OrderID == "" && d.Signature != reconcile.SignatureInvalid {
				t.Errorf("%+v", d)
			}
		}
	})
}

// FuzzMask: however a row writes a header with credentials, its value is gone.
func FuzzMask(f *testing.F) {
	f.Add(`Basic eDp5`, `"],{`, true)
	f.Add(`a\"b,]`, "", false)
	f.Fuzz(func(t *testing.T, before, after string, list bool) {
		const credential = "eDp5c2VjcmV0"
		var value any = before + credential + after
		if list {
			value = []string{before, credential + after}
		}
		object, err := json.Marshal(map[string]any{"Authorization": value})
		if err != nil {
			t.Fatal(err)
		}
		pairs, err := json.Marshal([][]any{{"Authorization", value}})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // as it is, in a text, and in a text of a text
			for _, text := range []string{string(object), string(pairs)} {
				for _, row := range []string{text, `2026,"` + strings.ReplaceAll(text, `"`, `""`) + `",200`} {
					if got := new(Options).mask(row); strings.Contains(got, credential) {
						t.Fatalf("%s\nbecame %s", row, got)
					}
				}
			}
			if object, err = json.Marshal(string(object)); err != nil {
				t.Fatal(err)
			}
			if pairs, err = json.Marshal(string(pairs)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
