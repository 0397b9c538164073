package bvnk

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources"
)

func decoded(t testing.TB, body []byte) (reconcile.Delivery, error) {
	var d reconcile.Delivery
	err := Decoder(published(t)).Decode(sources.Request{Body: body}, &d)
	return d, err
}

func TestDecode(t *testing.T) {
	const processing = "a5408dae-2d58-4603-b16d-15994a48a7e7"
	for _, c := range []struct {
		file, id, no, said string // said: state, amount, asset, chain, transactions, time
	}{
		{"v0-detected", "5c75bc40-c1b2-4f57-b96f-79882a6e7c4b", "c71102cf-4ac7-4503-8003-2e63931dd6e6", "created  ETH ETHEREUM 1 "},
		{"v0-late", "5c75bc40-c1b2-4f57-b96f-79882a6e7c4b", "c71102cf-4ac7-4503-8003-2e63931dd6e6", "expired 0.0305817 ETH ETHEREUM 1  LATE"},
		{"v0-on-hold", "5c75bc40-c1b2-4f57-b96f-79882a6e7c4b", "c71102cf-4ac7-4503-8003-2e63931dd6e6", "pending  ETH ETHEREUM 1 "},
		{"v1-processing", processing, "ProcessingHook", "pending  USDC ERC20 1 2025-07-24T09:36:17.4643104Z"},
		{"v1-late", "0b0c4d1e-0000-4000-8000-000000000006", "LATE", "expired 5 USDC ERC20 1 2025-07-24T09:36:17.4643104Z LATE"},
		{"layer1-held", "0b0c4d1e-0000-4000-8000-000000000007", "HELD", "pending  USDC ERC20 1 2025-07-24T09:36:17.4643104Z"},
		{"v1-channel", "0c0c4d1e-0000-4000-8000-000000000001", "customer-77", "paid 12.5 USDT  1 2025-07-24T09:36:17.4643104Z"},
		{"v3-overpaid", "7c41d2e8-9b03-4a17-8e52-1d6f3a0b7c94", "myUniqueRef334", "paid 0.145 ETH  0 2026-02-01T08:00:00Z"},
		{"v3-late", "2b95e4a1-6d77-42c9-b3f8-0a5c81e9d742", "myUniqueRef335", "paid 0.1 ETH  0 2026-02-01T08:00:00Z LATE"},
	} {
		d, err := decoded(t, fixture(t, "webhook-"+c.file+".json"))
		said := fmt.Sprintf("%s %s %s %s %d %s", d.State, d.Amount, d.Asset, d.Chain, len(d.TXIDs), d.Requested)
		if d.Late {
			said += " LATE"
		}
		if err != nil || d.OrderID != c.id || d.OrderNo != c.no || said != c.said || d.Event == "" || d.Status == "" {
			t.Errorf("%s: %v, %s %s: %q, want %q", c.file, err, d.OrderID, d.OrderNo, said, c.said)
		}
	}
}

// TestOutOfScope: what is not about a payment that comes in is counted, whatever
// its data looks like.
func TestOutOfScope(t *testing.T) {
	for _, file := range []string{"v1-refund", "v3-payout", "report-ready"} {
		if _, err := decoded(t, fixture(t, "webhook-"+file+".json")); !errors.Is(err, sources.ErrOutOfScope) {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, body := range []string{`{"event":"statusChanged","data":{"uuid":"1","type":"OUT","status":"COMPLETE"}}`, `{"event":"payment:v3:payout:status-change"}`} {
		if _, err := decoded(t, []byte(body)); !errors.Is(err, sources.ErrOutOfScope) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestBadBodies(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing", "", "no webhook"},
		{"cut", `{"event":"statusChanged","data":{"uuid":"1"`, "no webhook"},
		{"no event", `{}`, "no event"},
		{"no data", `{"event":"statusChanged"}`, "no data"},
		{"null data", `{"event":"statusChanged","data":null}`, "no data"},
		{"data of another kind", `{"event":"statusChanged","data":[1]}`, "no payment"},
		{"a uuid that is a number", `{"event":"statusChanged","data":{"uuid":1}}`, "uuid"},
		{"no ids", `{"event":"statusChanged","data":{"status":"COMPLETE"}}`, "neither uuid nor reference"},
		{"no status", `{"event":"statusChanged","data":{"uuid":"1"}}`, "no status"},
		{"an ambiguous amount", `{"event":"statusChanged","data":{"uuid":"1","status":"COMPLETE","paidCurrency":{"actual":"1,5"}}}`, "data.paidCurrency.actual"},
		{"a negative amount", `{"event":"statusChanged","data":{"uuid":"1","status":"COMPLETE","paidCurrency":{"actual":-1}}}`, "negative"},
		{"an object as an amount", `{"event":"statusChanged","data":{"uuid":"1","status":"COMPLETE","paidCurrency":{"actual":{}}}}`, "data.paidCurrency.actual"},
		{"a time without a date", `{"event":"payment:v3:payin:status-change","timestamp":"12:00","data":{"id":"1","status":"COMPLETED"}}`, "timestamp"},
	} {
		if d, err := decoded(t, []byte(c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, decoded %+v", c.name, err, d)
		}
	}
}

// TestRejectsKeepTheirIDs: the error names the member, and what is legible of the
// ids survives, for the reject of a payment says whose it is.
func TestRejectsKeepTheirIDs(t *testing.T) {
	const ids = `"uuid":"U1","reference":"R1"`
	for _, c := range []struct{ name, body, part, value, id, no string }{
		{"no event", `{"data":{` + ids + `}}`, "body.event", "", "u1", "R1"},
		{"an event that is a number", `{"event":7,"data":{` + ids + `}}`, "body.event", "", "u1", "R1"},
		{"no data", `{"event":"statusChanged"}`, "body.data", "", "", ""},
		{"data that is a list", `{"event":"statusChanged","data":[1]}`, "body.data", "", "", ""},
		{"a uuid that is a number", `{"event":"statusChanged","data":{"uuid":1,"reference":"R1","status":"COMPLETE"}}`, "body.data.uuid", "", "", "R1"},
		{"a status that is a number", `{"event":"statusChanged","data":{"status":1,` + ids + `}}`, "body.data.status", "", "u1", "R1"},
		{"a currency that is a list", `{"event":"statusChanged","data":{"paidCurrency":{"currency":[]},"status":"COMPLETE",` + ids + `}}`, "body.data.paidCurrency.currency", "", "u1", "R1"},
		{"labels that are a text", `{"event":"statusChanged","data":{"labels":"LATE","status":"COMPLETE",` + ids + `}}`, "body.data.labels", "", "u1", "R1"},
		{"no ids", `{"event":"statusChanged","data":{"status":"COMPLETE"}}`, "body.data", "", "", ""},
		{"no status", `{"event":"statusChanged","data":{` + ids + `}}`, "body.data.status", "", "u1", "R1"},
		{"an ambiguous amount", `{"event":"statusChanged","data":{"status":"COMPLETE","paidCurrency":{"actual":"1,5"},` + ids + `}}`, "body.data.paidCurrency.actual", "1,5", "u1", "R1"},
		{"an object as an amount", `{"event":"statusChanged","data":{"status":"COMPLETE","originator":{"actual":{"amount":{}}},` + ids + `}}`, "body.data.originator.actual.amount", "{}", "u1", "R1"},
		{"a time without a date", `{"event":"statusChanged","timestamp":"12:00","data":{"status":"COMPLETE",` + ids + `}}`, "body.timestamp", "12:00", "u1", "R1"},
		{"a time that is a list", `{"event":"statusChanged","timestamp":[],"data":{"status":"COMPLETE",` + ids + `}}`, "body.timestamp", "", "u1", "R1"},
	} {
		d, err := decoded(t, []byte(c.body))
		var e *sources.RequestError
		if !errors.As(err, &e) || e.Part != c.part || e.Value != c.value || e.Reason == "" || d.OrderID != c.id || d.OrderNo != c.no {
			t.Errorf("%s: %v, order %q %q", c.name, err, d.OrderID, d.OrderNo)
		}
	}
}

// TestOrderOutOfScope: what is out of scope keeps the ids and the state of an order
// only where its data says that money comes in. Those of a refund or payout are its
// own.
func TestOrderOutOfScope(t *testing.T) {
	for body, want := range map[string]string{
		`{"event":"bvnk:payment:crypto:refund-initiated","data":{"uuid":"U1","reference":"R1","type":"IN","status":"COMPLETE"}}`:      "u1 R1 paid",
		`{"event":"payment:v3:payout:status-change","data":{"id":"U1","reference":"R1","type":"payment:payin","status":"COMPLETED"}}`: "u1 R1 paid",
		`{"event":"statusChanged","data":{"uuid":"U1","reference":"R1","type":"IN","subType":"merchantRefund","status":"COMPLETE"}}`:  "u1 R1 paid",
		`{"event":"statusChanged","data":{"uuid":"U1","reference":"R1","type":"OUT","status":"COMPLETE"}}`:                            "  unknown",
		`{"event":"bvnk:ledger:report:ready","data":{"uuid":"U1","status":"COMPLETE"}}`:                                               "  unknown",
		string(fixture(t, "webhook-v1-refund.json")):                                                                                  "  unknown",
		string(fixture(t, "webhook-v3-payout.json")):                                                                                  "  unknown",
	} {
		d, err := decoded(t, []byte(body))
		if got := fmt.Sprintf("%s %s %s", d.OrderID, d.OrderNo, d.State); !errors.Is(err, sources.ErrOutOfScope) || got != want {
			t.Errorf("%s: %q %v, want %q", body, got, err, want)
		}
	}
}

// TestDigitsSurvive: BVNK writes JSON numbers that no float holds.
func TestDigitsSurvive(t *testing.T) {
	for literal, want := range map[string]string{
		"326992.94022242059793929": "326992.94022242059793929", "2E+6": "2000000", `"0.14500000"`: "0.145", "0": "", "0.000": "", "null": "", "1e-18": "0.000000000000000001",
	} {
		d, err := decoded(t, []byte(`{"event":"statusChanged","data":{"uuid":"1","status":"COMPLETE","paidCurrency":{"actual":`+literal+`}}}`))
		if err != nil || d.Amount.String() != want {
			t.Errorf("%s became %q, %v", literal, d.Amount, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"v0-late", "v1-processing", "v1-channel", "v3-overpaid"} {
		f.Add(fixture(f, "webhook-"+name+".json"))
	}
	f.Add([]byte(`{"event":"x","timestamp":"2025-07-24T09:36:17.4643104001Z","data":{"id":"1","status":"x","paidCurrency":"a","address":"b"}}`))
	decoder := Decoder(published(f))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d reconcile.Delivery
		if err := decoder.Decode(sources.Request{Body: body}, &d); err != nil {
			return
		}
		if d.OrderID == "" && d.OrderNo == "" || d.Status == "" || d.Event == "" || d.Amount.Known() && d.Amount.Coef().Sign() <= 0 {
			t.Errorf("%q was accepted as %+v", body, d)
		}
	})
}
