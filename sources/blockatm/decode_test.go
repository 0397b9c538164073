package blockatm

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

var quantities = cmp.Comparer(func(a, b money.Quantity) bool { return a == b })

func quantity(t testing.TB, text string) money.Quantity {
	t.Helper()
	q, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

const (
	tx1 = "0x7614a9840d9422feaef4671e0ee98dd7092ebcba6e41076285f99d0b2b0de5fe"
	tx2 = "0x1da59f33aa6f6b435514126e26d5622c3e377e4762579aa0ac0130139625853d"
	tx3 = "0xf3d879bad10f4cfe481d9e53538a0889c04c0973dfff82797ef7604143fc9984"
)

func TestDecode(t *testing.T) {
	q := func(text string) money.Quantity { return quantity(t, text) }
	at := func(millis string) reconcile.Instant {
		i, err := sources.UnixTime(millis)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	for _, c := range []struct {
		name   string
		header map[string]string
		body   string
		want   reconcile.Delivery
	}{
		{"a V2 payment", map[string]string{headerEvent: "Payment", headerTime: "1743060268000", headerV2: "ab"},
			`{"custNo":"CustNo_00240101","orderNo":"OrderNo_202504010023","id":8210003616,"symbol":"USDT","amount":"2000.00","status":"SUCCESS","txId":"` + tx1 + `","network":"Ethereum","chainId":"1","fromAddress":"0xa9e358e33a57e67c9b84618a52f0194c345c8e35","cashierId":86100021}`,
			reconcile.Delivery{OrderID: "8210003616", OrderNo: "OrderNo_202504010023", Event: "Payment", Status: "SUCCESS", State: reconcile.StatePaid,
				Chain: "1", Asset: "USDT", Symbol: "USDT", Amount: q("2000.00"), TXIDs: []string{tx1}, Requested: at("1743060268000")}},
		{"numbers for amount and status, as in the signing example", nil, signingBody,
			reconcile.Delivery{OrderID: "8210003764", Status: "9", State: reconcile.StatePaid, Chain: "11155111", Asset: "USDT", Symbol: "USDT", Amount: q("999"), TXIDs: []string{tx2}}},
		{"underscores, as in the overview of 2025", nil, `{"cust_no":"evt_123456789","order_no":"ORD202312345","status":9,"timestamp":1743060268000,"cashier_id":91}`,
			reconcile.Delivery{OrderNo: "ORD202312345", Status: "9", State: reconcile.StatePaid, Requested: at("1743060268000")}},
		{"a V1 callback", nil, `{"symbol":"USDT","amount":"100000","network":"Ethereum","chainId":"5","createTime":1693212861016,"platOrderNo":"8210000197","sign":"d66640d58b14a657e31e3be7cc60c6f6","txId":"` + tx3 + `","type":2,"status":1}`,
			reconcile.Delivery{OrderID: "8210000197", Status: "1", State: reconcile.StatePaid, Chain: "5", Asset: "USDT", Symbol: "USDT", Amount: q("100000"), TXIDs: []string{tx3}}},
		{"a V1 callback with a placeholder for its transaction", map[string]string{headerV1: "x"}, v1Body,
			reconcile.Delivery{OrderID: "8210000374", Status: "1", State: reconcile.StatePaid, Chain: "5", Asset: "USDT", Symbol: "USDT", Amount: q("13.410037")}},
		{"V1 by its header alone", map[string]string{headerV1: "x"}, `{"orderNo":"A","status":1}`, reconcile.Delivery{OrderNo: "A", Status: "1", State: reconcile.StatePaid}},
		{"V2 by its header alone", map[string]string{headerV2: "x"}, `{"orderNo":"A","status":1}`, reconcile.Delivery{OrderNo: "A", Status: "1", State: reconcile.StateDetected}},
		{"neither shows: 1 may be a success or none", nil, `{"orderNo":"A","status":1}`, reconcile.Delivery{OrderNo: "A", Status: "1"}},
		{"V2 members under a V1 header: the members decide", map[string]string{headerV1: "x"}, `{"id":1,"status":1}`, reconcile.Delivery{OrderID: "1", Status: "1", State: reconcile.StateDetected}},
		{"unpaid", nil, `{"id":1,"status":"PENDING","txId":"","fromAddress":""}`, reconcile.Delivery{OrderID: "1", Status: "PENDING", State: reconcile.StateCreated}},
		{"unpaid with a placeholder", nil, `{"id":1,"status":"PENDING","txId":"0x...."}`, reconcile.Delivery{OrderID: "1", Status: "PENDING", State: reconcile.StateCreated}},
		{"seen on chain", nil, `{"id":1,"status":"PENDING","txId":"` + tx1 + `"}`, reconcile.Delivery{OrderID: "1", Status: "PENDING", State: reconcile.StateDetected, TXIDs: []string{tx1}}},
		{"TRON, without 0x, network in place of the chain", nil, `{"id":1,"status":"SUCCESS","chainId":null,"network":"TRON","txId":"` + tx1[2:] + `"}`,
			reconcile.Delivery{OrderID: "1", Status: "SUCCESS", State: reconcile.StatePaid, Chain: "TRON", TXIDs: []string{tx1[2:]}}},
		{"a word that nobody knows", nil, `{"id":1,"status":"REFUNDED?"}`, reconcile.Delivery{OrderID: "1", Status: "REFUNDED?"}},
		{"direct transfer without an order number", map[string]string{headerEvent: "payment.success"}, `{"id":"7","orderNo":null,"orderType":3,"status":"SUCCESS","amount":2E+6}`,
			reconcile.Delivery{OrderID: "7", Event: "payment.success", Status: "SUCCESS", State: reconcile.StatePaid, Amount: q("2000000")}},
		{"zero-width spaces before and inside keys", nil, "{\u200b\"id\":\u200b1,\n\u200b\"\u200bstatus\":\"SUCCESS\"}", reconcile.Delivery{OrderID: "1", Status: "SUCCESS", State: reconcile.StatePaid}},
		{"the event in the body, as the Python sample reads it", nil, `{"event":"payment","id":1,"status":"SUCCESS"}`, reconcile.Delivery{OrderID: "1", Event: "payment", Status: "SUCCESS", State: reconcile.StatePaid}},
	} {
		var d reconcile.Delivery
		if err := new(verifier).decode(published(t), sources.Request{Header: c.header, Body: []byte(c.body)}, &d); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(c.want, d, quantities); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

const (
	payoutV2    = `{"custNo":"CustNo_2022140101","bizOrderNo":"B202505220012","id":8210003616,"symbol":"USDT","amount":"2000.00","status":"SUCCESS","txId":"` + tx1 + `","chainId":"1","toAddress":"0xa9e358E33a57E67c9B84618a52f0194C345C8e35","fee":"2","gasAmount":"1","type":1,"createTime":1693212861016,"contractId":200910,"blockTime":1693212861016}`
	payoutV1    = `{"amount":"1000.1","bizOrderNo":"P2024071202812312333","chainId":"1","createTime":1726815117000,"fee":"0.001","merchantId":8600021,"platOrderNo":"D202406241123038060008","status":1,"symbol":"USDT"}`
	payoutBatch = `{"blockId":"10168195","chainId":"5","detailList":[{"amount":"1.00000000","orderNo":"TX1","symbol":"USDT"}],"merchantId":20,"network":"ETH","txId":"0xa85f090dc5e722177ddc2cd2d4d87467820635cf736ec1a5910997118e3d3cb6"}`
)

func TestPayoutsAreOutOfScope(t *testing.T) {
	for _, c := range []struct{ event, body string }{
		{"payout", payoutV2}, {"", payoutV2}, {"payment", payoutV2}, {"", payoutV1}, {"", payoutBatch},
		{"Payout", `{"orderNo":"A","cashierId":1,"status":"SUCCESS"}`}, // the page of 2025 shows a payment as its payout
		{"payout.refuse", `{"id":1,"status":"REFUSE"}`},
		{"", `{"contractId":200910,"status":"SUCCESS","amount":{}}`},
		{"", `{"event":"payout","id":1}`},
	} {
		var d reconcile.Delivery
		if err := new(verifier).decode(published(t), sources.Request{Header: map[string]string{headerEvent: c.event}, Body: []byte(c.body)}, &d); !errors.Is(err, sources.ErrOutOfScope) {
			t.Errorf("%s %s: %v", c.event, c.body, err)
		}
	}
	var d reconcile.Delivery
	if err := new(verifier).decode(published(t), sources.Request{Body: []byte(`{"id":1,"bizOrderNo":"","contractId":null,"status":"SUCCESS"}`)}, &d); err != nil {
		t.Errorf("empty members of a payout make none: %v", err)
	}
}

// TestOrderOutOfScope: a request that is out of scope and names an order all the
// same says which, and how it stands. The id of a payout is no order's.
func TestOrderOutOfScope(t *testing.T) {
	for _, c := range []struct{ event, body, id, no, state string }{
		{"payout", `{"orderNo":"A","id":1,"status":"SUCCESS"}`, "1", "A", "paid"},
		{"payout", `{"id":1,"status":"SUCCESS"}`, "1", "", "paid"},
		{"payment", `{"orderNo":"A","id":1,"status":"SUCCESS","bizOrderNo":"B"}`, "", "A", "paid"},
		{"payout", payoutV2, "", "", "paid"},
		{"", payoutBatch, "", "", "unknown"},
		{"payout.refuse", `{"id":1,"status":"REFUSE"}`, "1", "", "unknown"},
	} {
		var d reconcile.Delivery
		err := new(verifier).decode(published(t), sources.Request{Header: map[string]string{headerEvent: c.event}, Body: []byte(c.body)}, &d)
		if !errors.Is(err, sources.ErrOutOfScope) || d.OrderID != c.id || d.OrderNo != c.no || d.State.String() != c.state {
			t.Errorf("%s %s: order %q %q is %s, %v", c.event, c.body, d.OrderID, d.OrderNo, d.State, err)
		}
	}
}

// TestBadBodies: the error names the member, and what is legible survives.
func TestBadBodies(t *testing.T) {
	for _, c := range []struct {
		name, time, body string
		part, no         string
	}{
		{"nothing", "", "", "body", ""},
		{"a page", "", "<html>", "body", ""},
		{"cut", "", `{"orderNo":"A","status":"SUC`, "body", ""},
		{"a key twice", "", `{"orderNo":"A","orderNo":"B","status":"SUCCESS"}`, "body", ""},
		{"no order", "", `{"status":"SUCCESS","amount":"1"}`, "body", ""},
		{"no status", "", `{"orderNo":"A","status":null}`, "body.status", "A"},
		{"ambiguous amount", "", `{"orderNo":"A","status":"SUCCESS","amount":"1,5"}`, "body.amount", "A"},
		{"exponent in a text", "", `{"orderNo":"A","status":"SUCCESS","amount":"1e3"}`, "body.amount", "A"},
		{"negative amount", "", `{"orderNo":"A","status":"SUCCESS","amount":-1}`, "body.amount", "A"},
		{"too many digits", "", `{"orderNo":"A","status":"SUCCESS","amount":` + strings.Repeat("9", 80) + `}`, "body.amount", "A"},
		{"object for an amount", "", `{"orderNo":"A","status":"SUCCESS","amount":{"value":1}}`, "body.amount", "A"},
		{"truth for a status", "", `{"orderNo":"A","status":true}`, "body.status", "A"},
		{"list for an id", "", `{"id":[1],"orderNo":"A","status":"SUCCESS"}`, "body.id", "A"},
		{"no time", "soon", `{"orderNo":"A","status":"SUCCESS"}`, "headers." + headerTime, "A"},
		{"no time in the body", "", `{"orderNo":"A","status":"SUCCESS","timestamp":"soon"}`, "body.timestamp", "A"},
	} {
		var d reconcile.Delivery
		err := new(verifier).decode(published(t), sources.Request{Header: map[string]string{headerTime: c.time}, Body: []byte(c.body)}, &d)
		var e *sources.RequestError
		if !errors.As(err, &e) || e.Part != c.part || e.Reason == "" || d.OrderNo != c.no {
			t.Errorf("%s: %v (order %q)", c.name, err, d.OrderNo)
		}
	}
}

// TestPublishedSamples decodes the provider's own samples where they are at hand.
func TestPublishedSamples(t *testing.T) {
	dir := "../../../shared/data/providers"
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the providers' published samples are not at hand: %v", err)
	}
	for _, c := range []struct {
		file, no string
		err      error
	}{
		{"payment_webhook.json", "OrderNo_202504010023", nil},
		{"payout_webhook.json", "", sources.ErrOutOfScope},
		{"payout_event_signdemo.json", "", sources.ErrOutOfScope},
	} {
		body, err := os.ReadFile(filepath.Join(dir, c.file))
		if err != nil {
			t.Fatal(err)
		}
		var d reconcile.Delivery
		if err := new(verifier).decode(published(t), sources.Request{Body: body}, &d); !errors.Is(err, c.err) || d.OrderNo != c.no {
			t.Errorf("%s: order %q, %v", c.file, d.OrderNo, err)
		}
		if _, err := new(verifier).appendSorted(nil, body, "1"); err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{signingBody, v1Body, payoutV2, payoutBatch, `{"id":1,"status":"PENDING","amount":2E+6}`, "{\u200b}"} {
		f.Add([]byte(seed), sampleTime)
	}
	p := published(f)
	f.Fuzz(func(t *testing.T, body []byte, at string) {
		var d reconcile.Delivery
		err := new(verifier).decode(p, sources.Request{Header: map[string]string{headerTime: at}, Body: body}, &d)
		switch {
		case err == nil && (d.OrderID == "" && d.OrderNo == "" || d.Status == ""):
			t.Errorf("a delivery about nothing was accepted: %+v", d)
		case err == nil && len(d.TXIDs) > 0 && !isTXID(d.TXIDs[0]):
			t.Errorf("%q is claimed", d.TXIDs)
		case err == nil && d.Amount.Known() && d.Amount.Coef().Sign() < 0:
			t.Errorf("a negative amount was accepted: %s", d.Amount)
		}
	})
}
