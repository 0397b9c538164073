package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

var profile = &reconcile.Profile{Name: "p", Statuses: map[string]map[string]reconcile.State{"": {"PAID": reconcile.StatePaid}}}

// decoder is a stand-in provider: the signature is the secret itself, and the body
// is {"no": ..., "status": ...}.
var decoder = sources.Decoder{Provider: "p",
	Signed: func(r sources.Request) bool { return r.Header["x-sig"] != "" },
	Verify: func(r sources.Request, secret string) (string, bool) { return "plain", r.Header["x-sig"] == secret },
	Decode: func(r sources.Request, d *reconcile.Delivery) error {
		var b struct{ No, Status string }
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return err
		}
		if b.Status == "PAYOUT" {
			return sources.ErrOutOfScope
		}
		d.OrderNo, d.Status, d.State = b.No, b.Status, profile.State("", b.Status)
		if b.No == "" {
			return errors.New("no is missing")
		}
		return nil
	}}

func read(t *testing.T, o Options, name, content string) (*sourcetest.Recorder, error) {
	t.Helper()
	o.FileOptions = sources.FileOptions{Name: "log", Profile: profile, Files: []sources.File{sourcetest.Bytes(name, []byte(content))}}
	o.Decoder = decoder
	var rec sourcetest.Recorder
	err := Deliveries(o).Read(context.Background(), sources.Query{}, &rec)
	return &rec, err
}

func line(received, sig, body, response string) string {
	quoted, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return `{"received_at":"` + received + `","headers":{"X-Sig":["` + sig + `"]},"body":` + string(quoted) + `,"response_status":` + response + "}\n"
}

func TestSignaturesAndRotation(t *testing.T) {
	const paid = `{"no":"S-1","status":"PAID"}`
	day := func(s string) reconcile.Instant {
		at, err := sources.ParseTime(s+"T00:00:00Z", nil)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	rotated := []Secret{{Value: "old", To: day("2026-03-17")}, {Value: "new", From: day("2026-03-17")}}
	for _, c := range []struct {
		name, received, sig string
		secrets             []Secret
		want                reconcile.Signature
	}{
		{"no secret, nothing is checked", "2026-03-16T10:00:00Z", "whatever", nil, reconcile.SignatureUnchecked},
		{"the old secret before the rotation", "2026-03-16T10:00:00Z", "old", rotated, reconcile.SignatureValid},
		{"the new one after it", "2026-03-17T10:00:00Z", "new", rotated, reconcile.SignatureValid},
		{"the old one after it", "2026-03-17T10:00:00Z", "old", rotated, reconcile.SignatureInvalid},
		{"a forged one", "2026-03-17T10:00:00Z", "forged", rotated, reconcile.SignatureInvalid},
		{"none where one is expected", "2026-03-17T10:00:00Z", "", rotated, reconcile.SignatureInvalid},
	} {
		rec, err := read(t, Options{Secrets: c.secrets}, "log.jsonl", line(c.received, c.sig, paid, "200"))
		if err != nil || len(rec.Deliveries) != 1 || rec.Deliveries[0].Signature != c.want || rec.Deliveries[0].State != reconcile.StatePaid {
			t.Errorf("%s: %+v %v", c.name, rec.Deliveries, err)
		}
	}
}

func TestBadLines(t *testing.T) {
	for _, c := range []struct{ line, column, reason string }{
		{line("yesterday", "x", `{"no":"1"}`, "200"), "received_at", ""},
		{line("2026-03-17T10:00:00", "x", `{"no":"1"}`, "200"), "received_at", "timezone"},
		{line("2026-03-17T10:00:00Z", "x", `{"no":`, "200"), "body", "JSON"},
		{line("2026-03-17T10:00:00Z", "x", `{"status":"PAID"}`, "200"), "body", "no is missing"},
		{line("2026-03-17T10:00:00Z", "x", `{"no":"1"}`, `"many"`), "response_status", "HTTP status"},
	} {
		rec, err := read(t, Options{}, "log.jsonl", line("2026-03-17T09:00:00Z", "x", `{"no":"1"}`, "200")+c.line)
		if err != nil || len(rec.Deliveries) != 1 || len(rec.Rejects) != 1 || rec.Rejects[0].At.Line != 2 || rec.Rejects[0].Column != c.column || !strings.Contains(rec.Rejects[0].Reason, c.reason) {
			t.Errorf("%s: %d deliveries, rejects %+v, %v", c.line, len(rec.Deliveries), rec.Rejects, err)
		}
	}
}

func TestOutOfScopeAndPlainTable(t *testing.T) {
	rec, err := read(t, Options{}, "log.jsonl", line("2026-03-17T10:00:00Z", "x", `{"no":"1","status":"PAYOUT"}`, "200"))
	if err != nil || rec.Scope != 1 || len(rec.Deliveries) != 0 {
		t.Errorf("a payout: %+v %v", rec, err)
	}
	rec, err = read(t, Options{Secrets: []Secret{{Value: "x"}}}, "log.csv", "received_at,order_no,status,amount,txid,response_status\n2026-03-17T10:00:00Z,S-1,paid,12.5,0xab,\n")
	if err != nil || len(rec.Deliveries) != 1 {
		t.Fatal(rec.Rejects, err)
	}
	if d := rec.Deliveries[0]; d.State != reconcile.StatePaid || d.Response != 0 || d.Signature != reconcile.SignatureUnchecked || d.Amount.String() != "12.5" || len(d.TXIDs) != 1 {
		t.Errorf("%+v", d)
	}
}

// TestDamagedID refuses an order number whose digits a spreadsheet has lost: it
// would be a notification for an order that nobody has.
func TestDamagedID(t *testing.T) {
	for _, column := range []string{"order_no", "order_id"} {
		rec, err := read(t, Options{Secrets: []Secret{{Value: "x"}}}, "log.csv",
			"received_at,"+column+",status,response_status\n2026-03-17T10:00:00Z,8.21E+09,paid,200\n2026-03-17T10:00:00Z,S-1,paid,200\n")
		if err != nil || len(rec.Deliveries) != 1 || len(rec.Rejects) != 1 || rec.Rejects[0].Column != column || rec.Rejects[0].Value != "8.21E+09" {
			t.Errorf("%s: %d deliveries, rejects %+v, %v", column, len(rec.Deliveries), rec.Rejects, err)
		}
	}
}

func TestConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Deliveries(Options{FileOptions: sources.FileOptions{Name: "log", Profile: profile, Files: files}, Decoder: decoder})
	}, map[string][]byte{
		"log.jsonl": []byte(line("2026-03-17T10:00:00Z", "x", `{"no":"1","status":"PAID"}`, "200") + line("2026-03-17T10:00:01Z", "x", `{"no":"2"}`, "500")),
		"log.csv":   []byte("received_at,order_no,status,response_status\n2026-03-17T10:00:00Z,S-1,paid,200\n2026-03-17T10:00:00Z,S-2,paid,500\n"),
	})
}
