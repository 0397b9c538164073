package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/config"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// readBook reads one file as a run with this configuration of its source would.
func readBook(t *testing.T, source, name, content string) *sourcetest.Recorder {
	t.Helper()
	conf := providerConfig(t, fmt.Sprintf("orders: [{name: orders, files: [%s], %s}]\n", name, source), name, content)
	b := &builder{conf: conf, base: filepath.Dir(conf.Path), seen: map[string][]twin{}}
	var rec sourcetest.Recorder
	if err := b.book(conf.Orders[0]).Source.(*watchedFiles).Source.Read(context.Background(), sources.Query{}, &rec); err != nil {
		t.Fatal(err)
	}
	return &rec
}

func providerConfig(t *testing.T, section, name, content string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{name: content,
		"tieout.yaml": "version: 1\nmerchant: m\ntransfers: [{name: chain, files: [t.csv], chain: ethereum}]\nreports: {to: out}\n" + section} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf, err := config.Load(filepath.Join(dir, "tieout.yaml"), profiles)
	if err != nil && !strings.Contains(err.Error(), "orders: is missing") {
		t.Fatal(err)
	}
	return conf
}

func said(o reconcile.Order) string {
	text := fmt.Sprintf("%s %s %s", o.OrderID, o.OrderNo, o.State)
	for _, part := range []struct{ name, text string }{{"due", o.Due.String()}, {"paid", o.Recorded.String()}, {"of", o.Asset}, {"price", strings.TrimSpace(o.Price.String() + " " + o.PriceIn)},
		{"on", o.Chain}, {"to", o.PayTo}, {"by", strings.Join(o.TXIDs, "|")}, {"created", o.Created.String()}, {"expires", o.Expires.String()}, {"at", o.PaidAt.String()}} {
		if part.text != "" {
			text += " " + part.name + " " + part.text
		}
	}
	return text
}

const (
	txA = "aa00000000000000000000000000000000000000000000000000000000000001"
	txB = "bb00000000000000000000000000000000000000000000000000000000000002"
)

// TestProvidersByProfile reads orders of the providers that have a profile file and
// no code. The header of the export is BTCPay Server's own; NOWPayments' object is
// after third-party copies of real answers; the payment of the charge is the one in
// Coinbase's FAQ. All values are made up.
func TestProvidersByProfile(t *testing.T) {
	const header = "ReceivedDate,StoreId,OrderId,InvoiceId,InvoiceCreatedDate,InvoiceExpirationDate,InvoiceMonitoringDate,PaymentId,Destination,PaymentType,CryptoCode,Paid,NetworkFee,ConversionRate,PaidCurrency,InvoiceCurrency,InvoiceDue,InvoicePrice,InvoiceItemCode,InvoiceItemDesc,InvoiceFullStatus,InvoiceStatus,InvoiceExceptionStatus,BuyerEmail\n"
	row := func(received, invoice, payment, code, paid, status string) string {
		return fmt.Sprintf("%s,St,S-%s,%s,2026-03-17 10:00:00,2026-03-17 10:15:00,2026-03-18 10:00:00,%s,bc1qdest,On-Chain,%s,%s,0,50000,25.00,USD,0,50.00,,,%s,%s,,\n", received, invoice, invoice, payment, code, paid, status, status)
	}
	const paidLate = " price 50 USD to bc1qdest by " + txA + "|" + txB + " created 2026-03-17T10:00:00Z expires 2026-03-17T10:15:00Z at 2026-03-17T10:09:00Z"
	const btc = "bip122:000000000019d6689c085ae165831e93/slip44:0"
	for _, c := range []struct {
		name, source, file, content string
		want                        []string // one a row
	}{
		{"an invoice in two payments", "provider: btcpay", "a.csv", header + row("2026-03-17 10:05:00", "I1", txA+"-0", "BTC", "0.0005", "Settled") + row("2026-03-17 10:09:00", "I1", txB+"-1", "BTC", "0.0004", "Settled"),
			[]string{"I1 S-I1 paid paid 0.0009 of " + btc + paidLate, "I1 S-I1 paid paid 0.0009 of " + btc + paidLate}},
		{"a payment that stands in two exports, and has moved on", "provider: btcpay", "a.csv", header + row("2026-03-17 10:05:00", "I1", txA+"-0", "BTC", "0.0005", "Processing") + row("2026-03-17 10:05:00", "I1", txA+"-0", "BTC", "0.0005", "Settled"),
			[]string{"I1 S-I1 paid paid 0.0005 of " + btc + " price 50 USD to bc1qdest by " + txA + " created 2026-03-17T10:00:00Z expires 2026-03-17T10:15:00Z at 2026-03-17T10:05:00Z", "the same"}},
		{"two outputs of one transaction", "provider: btcpay", "a.csv", header + row("2026-03-17 10:09:00", "I1", txA+"-0", "BTC", "0.0005", "Settled") + row("2026-03-17 10:09:00", "I1", txA+"-1", "BTC", "0.0005", "Settled"),
			[]string{"I1 S-I1 paid paid 0.001 of " + btc + " price 50 USD to bc1qdest by " + txA + " created 2026-03-17T10:00:00Z expires 2026-03-17T10:15:00Z at 2026-03-17T10:09:00Z", "the same"}},
		{"paid in two coins: no one amount", "provider: btcpay", "a.csv", header + row("2026-03-17 10:05:00", "I1", txA+"-0", "BTC", "0.0005", "Settled") + row("2026-03-17 10:09:00", "I1", txB+"-1", "LTC", "0.5", "Settled"),
			[]string{"I1 S-I1 paid" + paidLate, "the same"}},
		{"two ends contradict each other", "provider: btcpay", "a.csv", header + row("2026-03-17 10:05:00", "I1", txA+"-0", "BTC", "0.0005", "Settled") + row("2026-03-17 10:05:00", "I1", txA+"-0", "BTC", "0.0005", "Invalid"),
			[]string{"I1 S-I1 unknown paid 0.0005 of " + btc + " price 50 USD to bc1qdest by " + txA + " created 2026-03-17T10:00:00Z expires 2026-03-17T10:15:00Z at 2026-03-17T10:05:00Z", "the same"}},
		{"an invoice of the Greenfield API", "provider: btcpay", "a.json", `[{"id":"I2","storeId":"St","amount":"50.00","currency":"USD","type":"Standard","status":"Expired","additionalStatus":"PaidPartial","createdTime":1773741600,"expirationTime":1773742500,"metadata":{"orderId":"S-2"}}]`,
			[]string{"I2 S-2 expired price 50 USD created 2026-03-17T10:00:00Z expires 2026-03-17T10:15:00Z"}},
		{"finished with too much", "provider: nowpayments", "a.json", `{"data":[{"payment_id":5077125051,"invoice_id":null,"order_id":"S-3","payment_status":"finished","pay_address":"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t","price_amount":100,"price_currency":"usd","pay_amount":100.5,"pay_currency":"usdttrc20","actually_paid":101,"outcome_amount":99.9,"outcome_currency":"usdttrc20","payin_hash":"` + txA + `","created_at":"2026-03-17T10:00:00.000Z","updated_at":"2026-03-17T10:20:00.000Z"}],"limit":10,"page":0,"pagesCount":1,"total":1}`,
			[]string{"5077125051 S-3 paid due 100.5 paid 101 of tron:0x2b6653dc/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t price 100 usd to TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t by " + txA + " created 2026-03-17T10:00:00Z"}},
		{"waiting: nothing paid yet is no claim", "provider: nowpayments", "a.jsonl", `{"payment_id":"1","order_id":"S-4","payment_status":"waiting","pay_amount":1e1,"pay_currency":"USDTERC20","actually_paid":0,"payin_hash":null,"created_at":"2026-03-17T10:00:00.000Z"}` + "\n" + `{"payment_id":"2","order_id":"S-5","payment_status":"hibernating","pay_currency":"newcoin"}` + "\n",
			[]string{"1 S-4 created due 10 of eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7 created 2026-03-17T10:00:00Z", "2 S-5 unknown of newcoin"}},
		{"a charge", "provider: coinbase", "a.json", `{"data":[{"id":"c-1","code":"ABC","pricing":{"local":{"amount":"1.00","currency":"USD"},"settlement":{"amount":"1","currency":"USDC"}},"metadata":{"order_id":"S-6"},"created_at":"2024-04-14T17:10:00Z","expires_at":"2024-04-14T18:10:00Z","confirmed_at":"2024-04-14T17:17:45Z","timeline":[{"status":"NEW","time":"2024-04-14T17:10:00Z"},{"status":"PENDING","time":"2024-04-14T17:16:45Z"},{"status":"COMPLETED","time":"2024-04-14T17:17:45Z"}],` +
			`"payments":[{"payment_id":"0x` + txA + `","network":"base","transaction_id":"0x` + txA + `","status":"pending","value":{"local":{"amount":"1","currency":"USD"},"crypto":{"amount":"1","currency":"USDC"}},"payer_addresses":["0x1230d0123b99e12345a6d7bde89fddc1a123bdf4"]}]}]}`,
			[]string{"c-1 S-6 paid due 1 of USDC price 1 USD on base by 0x" + txA + " created 2024-04-14T17:10:00Z expires 2024-04-14T18:10:00Z at 2024-04-14T17:17:45Z"}},
		{"an order number where the shop put it", `provider: coinbase, columns: {order_no: metadata.cart}`, "a.jsonl", `{"id":"c-2","metadata":{"cart":"S-7"},"timeline":[{"status":"NEW"}]}` + "\n" + `{"id":"c-3","metadata":{"cart":"S-8"},"timeline":[{"status":"NEW"},{"status":"EXPIRED"}]}` + "\n",
			[]string{"c-2 S-7 created", "c-3 S-8 expired"}},
	} {
		rec := readBook(t, c.source, c.file, c.content)
		var got []string
		for i, o := range rec.Orders {
			if got = append(got, said(o)); i > 0 && c.want[min(i, len(c.want)-1)] == "the same" && got[i] == got[0] {
				got[i] = "the same"
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || len(rec.Rejects) > 0 {
			t.Errorf("%s: rejects %v\n%s", c.name, rec.Rejects, diff)
		}
	}
}

// decoderOf is the decoder that a run uses for a provider with a profile file alone.
func decoderOf(t *testing.T, provider string) sources.Decoder {
	t.Helper()
	conf := providerConfig(t, "orders: [{name: orders, files: [o.csv]}]\nwebhooks: [{name: hooks, provider: "+provider+", files: [h.jsonl]}]\n", "h.jsonl", "")
	return (&builder{conf: conf}).decoder(provider)
}

func hmacOf(h func() hash.Hash, secret, message string) string {
	m := hmac.New(h, []byte(secret))
	m.Write([]byte(message))
	return hex.EncodeToString(m.Sum(nil))
}

// TestProviderWebhooks: the vector of NOWPayments is computed the documented way from
// the inputs of a third-party test; the others are computed here, for no provider
// publishes a result. They show that the written rule is followed.
func TestProviderWebhooks(t *testing.T) {
	const canonical = `{"a":{"b":3,"d":4},"actually_paid":1,"order_id":"o1","payment_id":7,"payment_status":"finished","z":2}`
	const vector = "ddf730643d3ea24c68f3310afaea8aed6850f0f71bb6885f24ea478bb31616bfc46c70f7bf0fa5f9f710d9c53aac8da5469200d083f557ba91ee430902fefc8f"
	const invoice = `{"deliveryId":"d","webhookId":"w","originalDeliveryId":"d","isRedelivery":false,"type":"InvoiceSettled","timestamp":1773741900,"storeId":"St","invoiceId":"I1","metadata":{"orderId":"S-1"},"manuallyMarked":false,"overPaid":true}`
	const received = `{"type":"InvoiceReceivedPayment","timestamp":1773741900,"invoiceId":"I1","metadata":{"orderId":"S-1"},"afterExpiration":true,"payment":{"id":"` + txA + `-0","value":"0.1"}}`
	const charge = `{"attempt_number":1,"event":{"id":"e","type":"charge:confirmed","created_at":"2026-03-17T10:20:00Z","data":{"id":"c-1","code":"ABC","metadata":{"order_id":"S-6"},"timeline":[{"status":"NEW"},{"status":"COMPLETED"}],"payments":[{"network":"base","transaction_id":"0x` + txA + `"}]}},"id":"n"}`
	for _, c := range []struct {
		name, provider, header, signature, body, secret string
		scheme, said                                    string
	}{
		{"the vector", "nowpayments", "x-nowpayments-sig", vector, canonical, "ipn-secret", "nowpayments_hmac_sha512", "7 o1 paid 1 []"},
		{"the vector, as it is sent", "nowpayments", "x-nowpayments-sig", vector, `{"z": 2, "a": {"d": 4, "b": 3}, "payment_status": "finished", "payment_id": 7, "order_id": "o1", "actually_paid": 1.0}`, "ipn-secret", "nowpayments_hmac_sha512", "7 o1 paid 1 []"},
		{"letters that JSON.stringify leaves alone", "nowpayments", "x-nowpayments-sig", hmacOf(sha512.New, "s", "{\"order_id\":\"<a&b>\u2028/\\n\\\\\",\"payment_id\":\"1\",\"payment_status\":\"waiting\"}"),
			"{\"payment_status\":\"waiting\",\"payment_id\":\"1\",\"order_id\":\"\\u003ca\\u0026b>\\u2028\\/\\n\\\\\"}", "s", "nowpayments_hmac_sha512", "1 <a&b>\u2028/\n\\ created  []"},
		{"settled", "btcpay", "btcpay-sig", "sha256=" + hmacOf(sha256.New, "s", invoice), invoice, "s", "btcpay_hmac_sha256", "I1 S-1 paid  []"},
		{"a payment", "btcpay", "btcpay-sig", "sha256=" + hmacOf(sha256.New, "s", received), received, "s", "btcpay_hmac_sha256", "I1 S-1 pending  [" + txA + "]"},
		{"a charge", "coinbase", "x-cc-webhook-signature", hmacOf(sha256.New, "s", charge), charge, "s", "coinbase_hmac_sha256", "c-1 S-6 paid  [0x" + txA + "]"},
	} {
		d := decoderOf(t, c.provider)
		request := func(signature, body string) sources.Request {
			return sources.Request{Header: map[string]string{c.header: signature}, Body: []byte(body)}
		}
		if scheme, ok := d.Verify(request(c.signature, c.body), c.secret); !ok || scheme != c.scheme {
			t.Errorf("%s: %s %v", c.name, scheme, ok)
		}
		for what, r := range map[string]sources.Request{"another body": request(c.signature, strings.Replace(c.body, `1`, `2`, 1)), "half a signature": request(c.signature[:len(c.signature)/2], c.body),
			"no signature": request("", c.body), "no prefix": request(strings.Replace(c.signature, "sha256=", "sha512=", 1)+"00", c.body)} {
			if _, ok := d.Verify(r, c.secret); ok {
				t.Errorf("%s verifies with %s", c.name, what)
			}
		}
		for _, secret := range []string{"", "another"} {
			if _, ok := d.Verify(request(c.signature, c.body), secret); ok {
				t.Errorf("%s verifies with the secret %q", c.name, secret)
			}
		}
		var got reconcile.Delivery
		err := d.Decode(request(c.signature, c.body), &got)
		if said := fmt.Sprintf("%s %s %s %s %s", got.OrderID, got.OrderNo, got.State, got.Amount, got.TXIDs); err != nil || said != c.said {
			t.Errorf("%s: %q, want %q; %v", c.name, said, c.said, err)
		}
	}
}

// TestDocumentedProfile: the profile that CONTRIBUTING.md shows is one.
func TestDocumentedProfile(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(content), "```yaml\n")
	shown, _, _ := strings.Cut(rest, "```")
	if p, err := config.Profile("CONTRIBUTING.md", []byte(shown)); !found || err != nil || p.Name != "paywave" {
		t.Error(found, err)
	}
}

// TestOneMoreProvider adds a provider that nobody has heard of by a profile file and
// nothing else, and reconciles its orders, its signed webhooks and the chain.
func TestOneMoreProvider(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("paywave.yaml", `name: paywave
statuses:
  "": {ready: created, done: paid, dead: expired}
networks: {eth: "eip155:1"}
notifies: [paid]
retry_window: 1h
accepts: 2xx
format:
  columns: {order_id: PW Ref, order_no: Shop Ref, status: Stage, chain: Net, asset: Coin, amount_due: Asked, amount_paid: Got, txid: Tx, pay_to: Till, created_at: Born, expires_at: Ends}
  webhook:
    signature: {header: X-PayWave, encoding: base64}
    members: {order_id: pw.ref, order_no: pw.shop, status: pw.stage, amount: pw.got, time: sent}
`)
	write("orders.csv", "PW Ref,Shop Ref,Stage,Net,Coin,Asked,Got,Tx,Till,Born,Ends\n"+
		"P1,S-1,done,eth,USDT,100,100,0x"+txA+",0x00000000000000000000000000000000000000a1,2026-03-16T10:00:00Z,2026-03-16T11:00:00Z\n"+
		"P2,S-2,dead,eth,USDT,50,,,0x00000000000000000000000000000000000000a2,2026-03-16T10:00:00Z,2026-03-16T11:00:00Z\n")
	write("transfers.csv", "chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n"+
		"1,1,2026-03-16T10:01:00Z,0x"+txA+",1,0xdac17f958d2ee523a2206206994597c13d831ec7,0x00000000000000000000000000000000000000f1,0x00000000000000000000000000000000000000a1,100000000\n"+
		"1,2,2026-03-16T10:02:00Z,0x"+txB+",1,0xdac17f958d2ee523a2206206994597c13d831ec7,0x00000000000000000000000000000000000000f1,0x00000000000000000000000000000000000000a2,50000000\n")
	body := `{"sent":"2026-03-16T10:05:00Z","pw":{"ref":"P1","shop":"S-1","stage":"done","got":1e2}}`
	m := hmac.New(sha256.New, []byte("paywave-secret"))
	m.Write([]byte(body))
	var log []byte
	for _, signature := range []string{base64.StdEncoding.EncodeToString(m.Sum(nil)), base64.StdEncoding.EncodeToString(make([]byte, 32))} {
		line, err := json.Marshal(map[string]any{"received_at": "2026-03-16T10:05:01Z", "headers": map[string]string{"X-PayWave": signature}, "body": body, "response_status": 200})
		if err != nil {
			t.Fatal(err)
		}
		log = append(append(log, line...), '\n')
	}
	write("hooks.jsonl", string(log))
	write("tieout.yaml", `version: 1
merchant: wave
orders: [{name: wave, provider: ./paywave.yaml, files: [orders.csv]}]
webhooks: [{name: hooks, provider: ./paywave.yaml, files: [hooks.jsonl], secret: "${PAYWAVE_SECRET}"}]
transfers: [{name: chain, source: csv, files: [transfers.csv]}]
reports: {to: out}
`)
	t.Setenv("PAYWAVE_SECRET", "paywave-secret")
	t.Chdir(dir)
	var out, errs bytes.Buffer
	args := []string{"run", "--as-of", "2026-03-16"}
	if got := execute(context.Background(), args, streams{strings.NewReader(""), &out, &errs}); got != 0 {
		t.Fatalf("status %d\n%s\n%s", got, &out, &errs)
	}
	for name, parts := range map[string][]string{
		"orders.csv":     {"P1,S-1,paywave,done,agreed,", "P2,S-2,paywave,dead,break,lost_order,50,50"},
		"deliveries.csv": {"P1,S-1,done,100,", "valid,agreed", "invalid,break,unverified_webhook"},
	} {
		content, err := os.ReadFile(filepath.Join("out", "2026-03-16", name))
		for _, part := range parts {
			if err != nil || !strings.Contains(string(content), part) {
				t.Errorf("%s: %q is missing in\n%s%v", name, part, content, err)
			}
		}
	}
}
