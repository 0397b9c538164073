package blockatm

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

var profile = &reconcile.Profile{Name: "blockatm", Statuses: map[string]map[string]reconcile.State{
	"v2":      {"SUCCESS": reconcile.StatePaid, "PENDING": reconcile.StateCreated, "EXPIRED": reconcile.StateExpired},
	"v2_list": {"0": reconcile.StateCreated, "1": reconcile.StateDetected, "9": reconcile.StatePaid, "-1": reconcile.StateExpired},
	"v1":      {"0": reconcile.StateDetected, "1": reconcile.StatePaid, "-1": reconcile.StateFailed},
}}

const tx = "0x7614a9840d9422feaef4671e0ee98dd7092ebcba6e41076285f99d0b2b0de5fe"

func TestOrders(t *testing.T) {
	const list = `{"code":"200","success":true,"data":{"list":[
		{"id":8210003616,"orderNo":"S-1","cashierId":86100021,"custNo":"c1","orderType":2,"chainId":"1","symbol":"USDT","amount":"2000.00","status":"SUCCESS","txId":"` + tx + `","fromAddress":"","createTime":1743060268000,"blockTime":1743060300000},
		{"id":8210003617,"orderNo":"S-2","cashierId":86100021,"chainId":1,"symbol":"USDT","amount":999,"status":1,"txId":null},
		{"id":8210003618,"orderNo":null,"orderType":3,"chainId":"TRON","symbol":"USDT","amount":"5","status":"PENDING","txId":"0x...."},
		{"platOrderNo":"8210000197","type":2,"chainId":"5","symbol":"USDT","amount":"100000","status":1,"createTime":1693212861016},
		{"id":8210003619,"orderNo":"S-5","chainId":"1","symbol":"USDT","amount":"1","status":"WEIRD"}],"total":5,"page":1,"pageSize":20}}`
	var rec sourcetest.Recorder
	o := sources.FileOptions{Name: "cashier", Profile: profile, Files: []sources.File{sourcetest.Bytes("list.json", []byte(list))}}
	if err := Orders(o).Read(context.Background(), sources.Query{}, &rec); err != nil || len(rec.Rejects) > 0 {
		t.Fatal(err, rec.Rejects)
	}
	type row struct {
		id, no, recorded, method string
		state                    reconcile.State
		due                      bool
		txs, payers              int
	}
	var got []row
	for _, o := range rec.Orders {
		got = append(got, row{o.OrderID, o.OrderNo, o.Recorded.String(), o.Method, o.State, o.Due.Known(), len(o.TXIDs), len(o.Payers)})
	}
	want := []row{
		{"8210003616", "S-1", "2000", "scan", reconcile.StatePaid, false, 1, 0},
		{"8210003617", "S-2", "999", "", reconcile.StateDetected, false, 0, 0},
		{"8210003618", "", "5", "direct_transfer", reconcile.StateCreated, false, 0, 0},
		{"8210000197", "", "100000", "scan", reconcile.StatePaid, false, 0, 0},
		{"8210003619", "S-5", "1", "", reconcile.StateUnknown, false, 0, 0},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	if at := rec.Orders[0].PaidAt.String(); at != "2025-03-27T07:25:00Z" {
		t.Errorf("block time in milliseconds: %s", at)
	}
}

const signingBody = `{"amount":999,"cashierId":91,"chainId":"11155111","custNo":"cust00001","fromAddress":"0xa9e358e33a57e67c9b84618a52f0194c345c8e35","id":8210003764,"network":"Ethereum","status":9,"symbol":"USDT","txId":"0x1da59f33aa6f6b435514126e26d5622c3e377e4762579aa0ac0130139625853d"}`

// TestSignatures: the ECDSA vector is published by the provider; the HMAC ones are
// computed by its written rules, so they prove that the rules are followed.
func TestSignatures(t *testing.T) {
	const (
		secret = "sck_QOoPSlHDSsgXYeNyTP2i0ug1HKLRjHw9Ug7mCc1Q0"
		key    = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjqDDEF5uuVoAFCxftskpMszLQMro888rFlrowcTzVibc4J2PgDywFZYXc6x21yHcenJ2bCZ/03XkMrbKqqEwA=="
		v1     = "MEYCIQDHxQ0IhgUNbRqTKbU71fBkp+lAJlMXEQYt6mDQfWRY7gIhAMWIpVoG6qBhgIPi30x30wLlAaxyhptZfm6nMRz75VxA"
		v1Body = `{"amount":"13.410037","chainId":"5","custNo":"OrderNO_123456","fee":"2","network":"TRON","platOrderNo":"8210000374","status":1,"symbol":"USDT","txId":"1t","type":1}`
	)
	for _, c := range []struct {
		name, header, signature, at, body, secret, scheme string
	}{
		{"V1, published", headerV1, v1, "1696947336603", v1Body, key, schemeV1},
		{"V2 sorted, computed", headerV2, "dc6eb4a1d14c5db3f48c6d66f8ba4697d1ddd99bf8bbaf87eefcb4bf5db3d963", "1743060268000", signingBody, secret, schemeSorted},
		{"V2 raw, computed", headerV2, "ddf299c3542d9cc3a85837c7c1a8b7a6d3f4443bd5f4a09d268e137bd6510635", "1693212861000", `{"amount":"13.41"}`, "your_webhook_secret", schemeRaw},
		{"V2 raw of the signing example, computed", headerV2, "0bebc162f85ae1b570ce941c271c071f42baa8369b0cdbe4fd53165a0d13499a", "1743060268000", signingBody, secret, schemeRaw},
	} {
		r := sources.Request{Header: map[string]string{c.header: c.signature, headerTime: c.at}, Body: []byte(c.body)}
		if scheme, ok := verify(r, c.secret); !ok || scheme != c.scheme {
			t.Errorf("%s: %s %v", c.name, scheme, ok)
		}
		if _, ok := verify(r, c.secret+"x"); ok && c.scheme != schemeV1 {
			t.Errorf("%s verifies with another secret", c.name)
		}
		r.Body = append([]byte(c.body[:len(c.body)-1]), `,"amount":"1"}`...)
		if _, ok := verify(r, c.secret); ok {
			t.Errorf("%s verifies another body", c.name)
		}
		r.Body, r.Header[headerTime] = []byte(c.body), "1"
		if _, ok := verify(r, c.secret); ok {
			t.Errorf("%s verifies another time", c.name)
		}
	}
}

func TestSortedMessage(t *testing.T) {
	for body, want := range map[string]string{
		`{"b":"","a":null,"c":{"z":1,"y":2.50},"d":[1,{"k":"v"}]}`: "b=&y=2.50&z=1&1&k=v&time=7",
		`{}`: "time=7", `{"remark":"a b"}`: "remark=a b&time=7", "{\u200b\"a\":\u200b\"x\u200b\"}": "a=x\u200b&time=7",
	} {
		if got, err := sortedMessage([]byte(body), "7"); err != nil || string(got) != want {
			t.Errorf("%s: %q %v, want %q", body, got, err, want)
		}
	}
	// Computed by the provider's rule for requests, whose values may hold spaces.
	m := "amount=44&bizOrderNo=B234569885XASA953ASDSAD&chainId=11155111&custNo=473_860001&merchantId=286000260&remark=demo for create payout order&symbol=USDT&toAddress=0xc87dd49427a188bf2b601c1d5cd2aaf36bd553d2&time=1743060268000"
	if got := hex.EncodeToString(sum("sck_QOoPSlHDSsgXYeNyTP2i0ug1HKLRjHw9Ug7mCc1Q0", []byte(m))); got != "18c25259e7802bbb1b0a62198600aeafd14d7dcfc20bc36a5121c39e422c4551" {
		t.Error(got)
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, body, event string
		want              reconcile.Delivery
		err               error
	}{
		{name: "V2 payment", event: "Payment", body: `{"custNo":"c","orderNo":"OrderNo_1","id":8210003616,"symbol":"USDT","amount":"2000.00","status":"SUCCESS","txId":"` + tx + `","network":"Ethereum","chainId":"1","fromAddress":"0xa9","cashierId":86100021}`,
			want: reconcile.Delivery{OrderID: "8210003616", OrderNo: "OrderNo_1", Event: "payment", Status: "SUCCESS", State: reconcile.StatePaid, Chain: "1", Asset: "USDT", Symbol: "USDT",
				Amount: money.NewQuantity(money.FromUint64(200000), 2), TXIDs: []string{tx}}},
		{name: "V2 with an integer status", body: signingBody, want: reconcile.Delivery{OrderID: "8210003764", Status: "9", State: reconcile.StatePaid, Chain: "11155111", Asset: "USDT", Symbol: "USDT",
			Amount: money.NewQuantity(money.FromUint64(999), 0), TXIDs: []string{"0x1da59f33aa6f6b435514126e26d5622c3e377e4762579aa0ac0130139625853d"}}},
		{name: "V1", body: `{"symbol":"USDT","amount":"100000","chainId":"5","platOrderNo":"8210000197","txId":"1t","type":2,"status":1}`,
			want: reconcile.Delivery{OrderID: "8210000197", Status: "1", State: reconcile.StatePaid, Chain: "5", Asset: "USDT", Symbol: "USDT", Amount: money.NewQuantity(money.FromUint64(100000), 0)}},
		{name: "unpaid", body: `{"id":1,"status":"PENDING","txId":""}`, want: reconcile.Delivery{OrderID: "1", Status: "PENDING", State: reconcile.StateCreated}},
		{name: "seen on chain", body: `{"id":1,"status":"PENDING","txId":"` + tx + `"}`, want: reconcile.Delivery{OrderID: "1", Status: "PENDING", State: reconcile.StateDetected, TXIDs: []string{tx}}},
		{name: "payout by header", event: "payout", body: `{"id":1,"status":"SUCCESS"}`, err: sources.ErrOutOfScope},
		{name: "payout by content", body: `{"id":1,"bizOrderNo":"B1","status":"SUCCESS","contractId":200910}`, err: sources.ErrOutOfScope},
	} {
		var d reconcile.Delivery
		err := decode(profile, sources.Request{Header: map[string]string{"blockatm-event": c.event}, Body: []byte(c.body)}, &d)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(c.want, d, cmp.AllowUnexported(money.Quantity{}, money.Units{})); c.err == nil && diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	for _, body := range []string{"", "[]", `{"status":"SUCCESS"}`, `{"id":1,"amount":"1,5"}`, `{"id":{}}`} {
		if err := decode(profile, sources.Request{Body: []byte(body)}, &reconcile.Delivery{}); err == nil {
			t.Errorf("%s is no payment", body)
		}
	}
}

func TestConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Orders(sources.FileOptions{Name: "cashier", Profile: profile, Files: files})
	}, map[string][]byte{
		"list.json": []byte(`[{"id":1,"status":9,"amount":"5","orderNo":"S-1"},{"id":2,"status":"EXPIRED"}]`),
		"list.csv":  []byte("id,orderNo,status,amount,createTime\n1,S-1,SUCCESS,5,1743060268000\n2,S-2,EXPIRED,x,1743060268\n"),
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(signingBody))
	f.Add([]byte(`{"id":1,"status":"PENDING","amount":2E+6}`))
	f.Add([]byte("{\u200b}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d reconcile.Delivery
		if err := decode(profile, sources.Request{Body: body}, &d); err == nil && d.OrderID == "" && d.OrderNo == "" {
			t.Error("a delivery without an order was accepted")
		}
		_, _ = sortedMessage(body, "1")
	})
}
