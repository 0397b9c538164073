package bvnk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

var profile = &reconcile.Profile{Name: "bvnk", Statuses: map[string]map[string]reconcile.State{"": {
	"PENDING": reconcile.StateCreated, "PROCESSING": reconcile.StateDetected, "COMPLETE": reconcile.StatePaid, "COMPLETED": reconcile.StatePaid,
	"UNDERPAID": reconcile.StatePaid, "EXPIRED": reconcile.StateExpired}}}

const hash = "0xb88f6ac232711c3d30e74c6bcb5333409c9a4d2dba477ce4c826ab942619485e"

// payments are synthetic: the published objects are cut, so their members are
// completed here by the documented types.
const payments = `[
	{"uuid":"A5408DAE-2D58-4603-B16D-15994A48A7E7","type":"IN","subType":"merchantPayIn","status":"COMPLETE","reference":"S-1","merchantId":"m1","customerId":"gsyme",
	 "dateCreated":1753349709000,"expiryDate":1753350009000,"paidCurrency":{"currency":"USDC","amount":2,"actual":2},"walletCurrency":{"currency":"EUR","amount":1.8,"actual":1.79},
	 "displayCurrency":{"currency":"EUR","amount":2},"address":{"address":"0xe64c920a27ef8424022bb354e2b9de692c93f7c1","protocol":"ERC20","tag":null},
	 "transactions":[{"hash":"` + hash + `","amount":2,"sources":["0x1111111111111111111111111111111111111111"],"isOnHold":false,"protocol":"ERC20","dateConfirmed":1753349777000}]},
	{"uuid":"fcbacea9-070f-4d69-96ce-db873999c95a","type":"IN","status":"PENDING","reference":"REF292970","paidCurrency":{"currency":null,"amount":0,"actual":0},"address":null,"transactions":[]},
	{"uuid":"5c75bc40-c1b2-4f57-b96f-79882a6e7c4b","type":"IN","status":"PROCESSING","reference":"S-3","paidCurrency":{"currency":"ETH","amount":0.0305817,"actual":0},
	 "transactions":[{"hash":"` + hash + `","isOnHold":true,"protocol":"ERC20","sources":[]}]},
	{"uuid":"bf651b97-722f-400b-b96f-3e56fe182cfe","type":"OUT","subType":"merchantRefund","status":"COMPLETE","reference":"R-1"},
	{"id":"7C41D2E8-9B03-4A17-8E52-1D6F3A0B7C94","reference":"S-5","type":"payment:payin","direction":"IN","status":"COMPLETED","labels":["OVER"],
	 "originator":{"required":{"currency":"ETH","amount":"0.13275995"},"actual":{"currency":"ETH","amount":"0.14500000"},"customerId":"d0"}}]`

func TestOrders(t *testing.T) {
	var rec sourcetest.Recorder
	o := sources.FileOptions{Name: "bvnk", Profile: profile, Files: []sources.File{sourcetest.Bytes("payments.json", []byte(payments))}}
	if err := Orders(o).Read(context.Background(), sources.Query{}, &rec); err != nil || len(rec.Rejects) > 0 {
		t.Fatal(err, rec.Rejects)
	}
	type row struct {
		id, no, due, recorded, settled, chain, payTo, paidAt string
		state                                                reconcile.State
		hold                                                 bool
		txs, payers                                          int
	}
	var got []row
	for _, o := range rec.Orders {
		got = append(got, row{o.OrderID, o.OrderNo, o.Due.String(), o.Recorded.String(), o.Settled.String() + o.SettledIn, o.Chain, o.PayTo, o.PaidAt.String(),
			o.State, o.Flags&reconcile.FlagOnHold != 0, len(o.TXIDs), len(o.Payers)})
	}
	want := []row{
		{"a5408dae-2d58-4603-b16d-15994a48a7e7", "S-1", "2", "2", "1.79EUR", "ERC20", "0xe64c920a27ef8424022bb354e2b9de692c93f7c1", "2025-07-24T09:36:17Z", reconcile.StatePaid, false, 1, 1},
		{"fcbacea9-070f-4d69-96ce-db873999c95a", "REF292970", "", "", "", "", "", "", reconcile.StateCreated, false, 0, 0},
		{"5c75bc40-c1b2-4f57-b96f-79882a6e7c4b", "S-3", "0.0305817", "", "", "ERC20", "", "", reconcile.StateDetected, true, 1, 0},
		{"7c41d2e8-9b03-4a17-8e52-1d6f3a0b7c94", "S-5", "0.13275995", "0.145", "", "", "", "", reconcile.StatePaid, false, 0, 0},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" || rec.Scope != 1 {
		t.Error(rec.Scope, diff)
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, body, no, amount, at string
		state                      reconcile.State
		late                       bool
		err                        error
	}{
		{name: "v1 status change", body: `{"event":"bvnk:payment:crypto:status-change","eventId":"1","timestamp":"2025-07-24T09:36:17.464310400Z","data":{"uuid":"A5","reference":"S-1","type":"IN","status":"PROCESSING","paidCurrency":{"currency":"USDC","amount":2,"actual":0},"address":{"protocol":"ERC20"},"transactions":[{"hash":"` + hash + `"}]}}`,
			no: "S-1", at: "2025-07-24T09:36:17.4643104Z", state: reconcile.StateDetected},
		{name: "v0 late, a synthetic payload", body: `{"source":"payment","event":"transactionLate","data":{"uuid":"5c","reference":"S-2","type":"IN","status":"EXPIRED","paidCurrency":{"currency":"ETH","actual":326992.94022242059793929}}}`,
			no: "S-2", amount: "326992.94022242059793929", state: reconcile.StateExpired, late: true},
		{name: "v1 late", body: `{"event":"bvnk:payment:crypto:transaction-late","data":{"uuid":"5c","reference":"S-2","status":"EXPIRED","paidCurrency":{"actual":2E+6}}}`, no: "S-2", amount: "2000000", state: reconcile.StateExpired, late: true},
		{name: "v3, a synthetic payload", body: `{"event":"payment:v3:payin:status-change","timestamp":"2025-08-12T12:15:47Z","data":{"id":"7C","reference":"S-5","status":"COMPLETED","labels":["LATE"],"originator":{"actual":{"currency":"ETH","amount":"0.1"}}}}`,
			no: "S-5", amount: "0.1", at: "2025-08-12T12:15:47Z", state: reconcile.StatePaid, late: true},
		{name: "refund", body: `{"event":"bvnk:payment:crypto:refund-initiated","data":{"uuid":"bf","type":"OUT","status":"COMPLETE"}}`, err: sources.ErrOutOfScope},
	} {
		var d reconcile.Delivery
		if err := decode(profile, sources.Request{Body: []byte(c.body)}, &d); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		} else if c.err == nil && (d.OrderNo != c.no || d.Amount.String() != c.amount || d.Requested.String() != c.at || d.State != c.state || d.Late != c.late) {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	for _, body := range []string{"", "{}", `{"event":"x","data":{}}`, `{"event":"x","data":{"uuid":"1","paidCurrency":{"actual":"1,5"}}}`, `{"event":"x","timestamp":"12:00","data":{"uuid":"1"}}`} {
		if err := decode(profile, sources.Request{Body: []byte(body)}, &reconcile.Delivery{}); err == nil {
			t.Errorf("%s is no webhook", body)
		}
	}
}

// TestSignatures follows the written rule; the provider publishes no vector.
func TestSignatures(t *testing.T) {
	sum := func(parts string) []byte {
		h := hmac.New(sha256.New, []byte("secret"))
		h.Write([]byte(parts))
		return h.Sum(nil)
	}
	for _, c := range []struct {
		name, message, scheme string
	}{
		{"portal", `{"a":1}`, schemeBody}, {"full URL", `https://shop.example/hook?x=1application/json{"a":1}`, schemeURL}, {"path", `/hook?x=1application/json{"a":1}`, schemeURL},
	} {
		for _, encoded := range []string{hex.EncodeToString(sum(c.message)), base64.StdEncoding.EncodeToString(sum(c.message))} {
			r := sources.Request{URL: "https://shop.example/hook?x=1", Header: map[string]string{"content-type": "application/json", headerSignature: encoded}, Body: []byte(`{"a":1}`)}
			if scheme, ok := verify(r, "secret"); !ok || scheme != c.scheme {
				t.Errorf("%s %s: %s %v", c.name, encoded, scheme, ok)
			}
			if _, ok := verify(r, "other"); ok {
				t.Errorf("%s verifies with another secret", c.name)
			}
			r.Body = []byte(`{"a":2}`)
			if _, ok := verify(r, "secret"); ok {
				t.Errorf("%s verifies another body", c.name)
			}
		}
	}
}

func TestConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Orders(sources.FileOptions{Name: "bvnk", Profile: profile, Files: files})
	}, map[string][]byte{
		"payments.json": []byte(payments),
		"payments.csv":  []byte("uuid,reference,status,paidCurrency.amount,paidCurrency.actual,paidCurrency.currency\na,S-1,COMPLETE,2,2,USDC\nb,S-2,EXPIRED,2,x,USDC\n"),
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"event":"transactionLate","data":{"uuid":"5c","status":"EXPIRED","paidCurrency":{"actual":2E+6}}}`))
	f.Add([]byte(`{"event":"x","timestamp":"2025-07-24T09:36:17.4643104001Z","data":{"id":"1"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d reconcile.Delivery
		if err := decode(profile, sources.Request{Body: body}, &d); err == nil && d.OrderID == "" && d.OrderNo == "" {
			t.Error("a delivery without an order was accepted")
		}
	})
}
