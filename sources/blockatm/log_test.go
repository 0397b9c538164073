package blockatm_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/blockatm"
	"tieout/sources/sourcetest"
	"tieout/sources/webhook"
)

const secret = "a cashier's webhook secret"

// profile has the words that these deliveries use; the whole one is tested beside
// its file.
var profile = &reconcile.Profile{Name: "blockatm", Statuses: map[string]map[string]reconcile.State{
	"v2": {"SUCCESS": reconcile.StatePaid, "PENDING": reconcile.StateCreated}}}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// post is a request as BlockATM sends it.
type post struct {
	body      string
	sorted    string // signed in this form; "" = the raw body
	requested time.Time
}

func (p post) signature(secret string) string {
	h := hmac.New(sha256.New, []byte(secret))
	message := p.sorted
	if message == "" {
		message = p.body
	}
	fmt.Fprintf(h, "%s&time=%d", message, p.requested.UnixMilli())
	return hex.EncodeToString(h.Sum(nil))
}

// line is the request as a receiver logs it.
func (p post) line(t testing.TB, received time.Time, signature string) string {
	t.Helper()
	line, err := json.Marshal(map[string]any{
		"received_at": received.Format(time.RFC3339Nano),
		"headers": map[string]any{"Content-Type": []string{"application/json"}, "User-Agent": []string{"okhttp/4.9"}, "X-Forwarded-For": []string{"203.0.113.7"},
			"BlockATM-Event": []string{"payment"}, "BlockATM-Request-Time": []string{fmt.Sprint(p.requested.UnixMilli())}, "BlockATM-Signature-V2": []string{signature}},
		"body": p.body, "response_status": 200})
	if err != nil {
		t.Fatal(err)
	}
	return string(line) + "\n"
}

func log(content []byte, secrets ...webhook.Secret) sources.Source {
	return webhook.Deliveries(webhook.Options{Decoder: blockatm.Decoder(profile), Secrets: secrets,
		FileOptions: sources.FileOptions{Name: "receiver", Profile: profile, Files: []sources.File{sourcetest.Bytes("log.jsonl", content)}}})
}

// TestLog reads a receiver's log of one order: what was signed in either form, and
// what somebody else signed.
func TestLog(t *testing.T) {
	const tx = "0x7614a9840d9422feaef4671e0ee98dd7092ebcba6e41076285f99d0b2b0de5fe"
	pending := post{`{"orderNo":"S-1","id":1,"status":"PENDING","txId":""}`, "id=1&orderNo=S-1&status=PENDING&txId=", noon}
	success := post{`{"orderNo":"S-1","id":1,"status":"SUCCESS","amount":"20.00","symbol":"USDT","chainId":"1","txId":"` + tx + `"}`, "", noon.Add(time.Minute)}
	content := pending.line(t, noon.Add(time.Second), pending.signature(secret)) +
		success.line(t, noon.Add(61*time.Second), success.signature("guessed")) +
		success.line(t, noon.Add(62*time.Second), success.signature(secret)) +
		success.line(t, noon.Add(24*time.Hour), success.signature(secret)) // a retry with its first time
	var rec sourcetest.Recorder
	if err := log([]byte(content), webhook.Secret{Value: secret}).Read(context.Background(), sources.Query{}, &rec); err != nil {
		t.Fatal(err)
	}
	type row struct {
		state     reconcile.State
		signature reconcile.Signature
		scheme    string
		txs       int
	}
	var got []row
	for _, d := range rec.Deliveries {
		got = append(got, row{d.State, d.Signature, d.Scheme, len(d.TXIDs)})
	}
	want := []row{
		{reconcile.StateCreated, reconcile.SignatureValid, "blockatm_v2_sorted", 0},
		{reconcile.StatePaid, reconcile.SignatureInvalid, "blockatm_v2", 1},
		{reconcile.StatePaid, reconcile.SignatureValid, "blockatm_v2_raw", 1},
		{reconcile.StatePaid, reconcile.SignatureValid, "blockatm_v2_raw", 1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" || len(rec.Rejects) > 0 {
		t.Errorf("%+v\n%s", rec.Rejects, diff)
	}
}

// TestForgedPayout: no signature covers the event's header, so that a forger who
// calls a payment a payout must not disappear. A genuine payout may be signed with
// another secret than the cashier's.
func TestForgedPayout(t *testing.T) {
	const note = "requests that are not about orders of this book do not verify"
	payment := `{"orderNo":"S-1","id":1,"status":"SUCCESS","amount":"20.00","symbol":"USDT"}`
	for _, c := range []struct {
		name, event, body, secret string
		deliveries, scope         int
		noted                     bool
	}{
		{"a payout", "payout", `{"bizOrderNo":"B-1","id":1,"status":"SUCCESS"}`, secret, 0, 1, false},
		{"a payment that the provider calls a payout", "payout", payment, secret, 0, 1, false},
		{"a payout, signed with another secret", "payout", `{"bizOrderNo":"B-1","id":1,"status":"SUCCESS"}`, "payouts", 0, 1, true},
		{"a forged payment, called a payout", "payout", payment, "guessed", 1, 0, false},
		{"a forged payment with a member of a payout", "payment", strings.Replace(payment, "{", `{"bizOrderNo":"B-1",`, 1), "guessed", 1, 0, false},
	} {
		p := post{body: c.body, requested: noon}
		line := strings.Replace(p.line(t, noon.Add(time.Second), p.signature(c.secret)), `"BlockATM-Event":["payment"]`, `"BlockATM-Event":["`+c.event+`"]`, 1)
		var rec sourcetest.Recorder
		if err := log([]byte(line), webhook.Secret{Value: secret}).Read(context.Background(), sources.Query{}, &rec); err != nil {
			t.Fatal(err)
		}
		if len(rec.Deliveries) != c.deliveries || rec.Scope != c.scope || len(rec.Rejects) > 0 || strings.Contains(strings.Join(rec.Notes, "\n"), note) != c.noted {
			t.Errorf("%s: %+v", c.name, rec)
		}
		for _, d := range rec.Deliveries {
			if d.Signature != reconcile.SignatureInvalid || d.OrderNo != "S-1" || d.State != reconcile.StatePaid {
				t.Errorf("%s: %+v", c.name, d)
			}
		}
	}
}

// nowhere takes rows and forgets them.
type nowhere struct{ sourcetest.Recorder }

func (*nowhere) AddDelivery(*reconcile.Delivery) {}

// BenchmarkLog reads deliveries of a log, with and without their signatures.
func BenchmarkLog(b *testing.B) {
	const deliveries = 100_000
	for _, form := range []string{"raw", "sorted"} {
		var content bytes.Buffer
		for i := range deliveries {
			p := post{requested: noon.Add(time.Duration(i) * time.Second)}
			tx := fmt.Sprintf("0x%064x", i)
			p.body = fmt.Sprintf(`{"custNo":"CustNo_%d","orderNo":"OrderNo_%d","id":%d,"symbol":"USDT","amount":"%d.00","status":"SUCCESS","txId":"%s","network":"Ethereum","chainId":"1","fromAddress":"0xa9e358e33a57e67c9b84618a52f0194c345c8e35","cashierId":86100021}`,
				i%1000, i, 8210000000+i, i%5000, tx)
			if form == "sorted" {
				p.sorted = fmt.Sprintf("amount=%d.00&cashierId=86100021&chainId=1&custNo=CustNo_%d&fromAddress=0xa9e358e33a57e67c9b84618a52f0194c345c8e35&id=%d&network=Ethereum&orderNo=OrderNo_%d&status=SUCCESS&symbol=USDT&txId=%s",
					i%5000, i%1000, 8210000000+i, i, tx)
			}
			io.WriteString(&content, p.line(b, p.requested.Add(time.Second), p.signature(secret)))
		}
		for name, secrets := range map[string][]webhook.Secret{"unchecked": nil, "verified": {{Value: secret}}} {
			b.Run(form+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(content.Len()))
				b.ReportAllocs()
				for b.Loop() {
					if err := log(content.Bytes(), secrets...).Read(context.Background(), sources.Query{}, new(nowhere)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
