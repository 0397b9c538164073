package bvnk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// The fake is built from BVNK's OpenAPI and published payment objects; the service
// itself cannot be had in tests. It checks the Hawk header by itself, and can lie.
type fake struct {
	payments []fakePayment
	channels []fakePayment
	cap      int                         // of a page, 0 = 100
	selects  func(fakePayment) time.Time // what fromDate and toDate are of; nil = creation
	newest   bool                        // order is ignored: the newest comes first
	lie      func(n int, page []string) []string
	status   func(n int) (code int, header map[string]string)
	clock    time.Time
	n        int
	seen     map[string]bool // nonces
	asked    []string
}

type fakePayment struct {
	n       int
	created time.Time
	paid    time.Time
	hidden  bool
}

func (p fakePayment) uuid() string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", p.n) }

func (p fakePayment) object() string {
	status, actual, transactions := "PENDING", "0", ""
	if !p.paid.IsZero() {
		status, actual = "COMPLETE", "0.03058170000000000000001"
		transactions = fmt.Sprintf(`{"hash":"0x%064x","dateConfirmed":%d,"amount":0.0305817}`, p.n, p.paid.UnixMilli())
	}
	return fmt.Sprintf(`{"uuid":"%s","merchantId":"M","dateCreated":%d,"expiryDate":%d,"reference":"R-%d","type":"IN","subType":"merchantPayIn","status":"%s",`+
		`"paidCurrency":{"currency":"ETH","amount":0.03058170000000000000001,"actual":%s},"address":{"address":"0x00000000000000000000000000000000000000f1","protocol":"ERC20"},"transactions":[%s]}`,
		p.uuid(), p.created.UnixMilli(), p.created.Add(3*time.Hour).UnixMilli(), p.n, status, actual, transactions)
}

var attributes = regexp.MustCompile(`(\w+)="([^"]*)"`)

// authentic checks the header as a server does, and refuses a nonce for the second time.
func (f *fake) authentic(r *http.Request) (ts string, ok bool) {
	said := map[string]string{}
	for _, m := range attributes.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		said[m[1]] = m[2]
	}
	host, port, _ := strings.Cut(r.Host, ":")
	m := hmac.New(sha256.New, []byte(hawkKey))
	fmt.Fprintf(m, "hawk.1.header\n%s\n%s\n%s\n%s\n%s\n%s\n\n\n", said["ts"], said["nonce"], r.Method, r.RequestURI, host, port)
	if said["id"] != hawkID || said["mac"] != base64.StdEncoding.EncodeToString(m.Sum(nil)) || f.seen[said["nonce"]] {
		return "", false
	}
	f.seen[said["nonce"]] = true
	return said["ts"], true
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.URL.String())
	ts, ok := f.authentic(r)
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "Bad mac: "+r.Header.Get("Authorization"))
		return
	}
	if seconds, _ := strconv.ParseInt(ts, 10, 64); f.clock.Sub(time.Unix(seconds, 0)).Abs() > time.Minute {
		now := strconv.FormatInt(f.clock.Unix(), 10)
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Hawk ts="%s", tsm="%s", error="Stale timestamp"`, now, (&hawk{key: hawkKey}).mac("hawk.1.ts", now)))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	n := f.n
	f.n++
	if f.status != nil {
		if code, header := f.status(n); code != 0 {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(code)
			return
		}
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/api/v1/pay/"); ok && r.URL.Path != summaryPath {
		f.detail(w, strings.TrimSuffix(id, "/summary"))
		return
	}
	list := f.payments
	if r.URL.Path == channelPath {
		list = f.channels
	}
	page := f.page(list, r.URL.Query())
	if f.lie != nil {
		page = f.lie(n, page)
	}
	fmt.Fprint(w, "["+strings.Join(page, ",")+"]")
}

func (f *fake) detail(w http.ResponseWriter, id string) {
	for _, p := range f.payments {
		if p.uuid() == id {
			fmt.Fprint(w, p.object())
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

func (f *fake) page(list []fakePayment, q url.Values) (page []string) {
	for _, p := range list {
		at := p.created
		if f.selects != nil {
			at = f.selects(p)
		}
		day := at.Format(time.DateOnly)
		switch {
		case q.Get("customerReference") != "":
			if q.Get("customerReference") == fmt.Sprintf("R-%d", p.n) {
				page = append(page, p.object())
			}
		case day >= q.Get("fromDate") && day <= q.Get("toDate") && !p.hidden:
			page = append(page, p.object())
		}
	}
	if f.newest || q.Get("order") == "desc" {
		slices.Reverse(page)
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	most, _ := strconv.Atoi(q.Get("max"))
	if f.cap > 0 {
		most = min(most, f.cap)
	}
	if q.Get("customerReference") != "" {
		most = 100
	}
	offset = min(offset, len(page))
	return page[offset:min(offset+most, len(page))]
}

const hawkID, hawkKey = "hawk-id-77aa", "hawk-secret-0a1b2c3d"

var (
	clock = time.Date(2026, 3, 18, 2, 15, 0, 0, time.UTC)
	reach = reconcile.Interval{From: reconcile.InstantOf(clock.Add(-75 * time.Hour)), To: reconcile.InstantOf(clock.Add(22 * time.Hour))}
)

type served struct {
	at      atomic.Pointer[fake]
	url     string
	profile *reconcile.Profile
}

func serve(t *testing.T) *served {
	s := &served{profile: sourcetest.Profile(t, ProfileYAML, yaml.Unmarshal)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.at.Load().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type outcome struct {
	*sourcetest.Recorder
	err      error
	slept    []time.Duration
	payments []string // references, sorted
}

func (s *served) read(f *fake, o APIOptions, named ...sources.Named) outcome {
	if f.clock.IsZero() {
		f.clock = clock
	}
	f.seen = map[string]bool{}
	s.at.Store(f)
	got := outcome{Recorder: &sourcetest.Recorder{}}
	o.FileOptions, o.URL, o.ID, o.Merchant, o.PerMinute = sources.FileOptions{Name: "bvnk", Profile: s.profile}, s.url, hawkID, "M", 6e7
	if o.Key == "" {
		o.Key = hawkKey
	}
	o.Now = func() time.Time { return clock }
	o.sleep = func(_ context.Context, d time.Duration) error { got.slept = append(got.slept, d); return nil }
	q := sources.Query{Reach: reach, Window: reach, Named: func() []sources.Named { return named }}
	got.err = API(o).Read(context.Background(), q, got.Recorder)
	for _, order := range got.Orders {
		got.payments = append(got.payments, order.OrderNo)
	}
	slices.Sort(got.payments)
	return got
}

func (o outcome) complete() bool { return o.err == nil && len(o.Gaps) == 0 && len(o.Covers) > 0 }

func (o outcome) reasons() string {
	var b strings.Builder
	for _, g := range o.Gaps {
		fmt.Fprintln(&b, g.Reason)
	}
	if o.err != nil {
		b.WriteString(o.err.Error())
	}
	return b.String()
}

// sales are n payments over the last three days, every other one paid.
func sales(n int) (list []fakePayment) {
	for i := range n {
		p := fakePayment{n: i + 1, created: clock.Add(-time.Duration(n-i)*70*time.Hour/time.Duration(n+1) - time.Hour)}
		if i%2 == 0 {
			p.paid = p.created.Add(2 * time.Minute)
		}
		list = append(list, p)
	}
	return list
}

func references(payments []fakePayment) (list []string) {
	for _, p := range payments {
		list = append(list, fmt.Sprintf("R-%d", p.n))
	}
	slices.Sort(list)
	return list
}

func TestAPI(t *testing.T) {
	s := serve(t)
	old := fakePayment{n: 900, created: clock.Add(-2400 * time.Hour), paid: clock.Add(-2 * time.Hour)}
	late := func(p fakePayment) time.Time { return maxTime(p.created, p.paid) }
	for _, c := range []struct {
		name     string
		fake     fake
		options  APIOptions
		named    []sources.Named
		complete bool
		says     string
		want     []string
	}{
		{name: "one page", fake: fake{payments: sales(7)}, complete: true},
		{name: "nothing", fake: fake{}, complete: true},
		{name: "several pages", fake: fake{payments: sales(345)}, complete: true},
		{name: "exactly one page", fake: fake{payments: sales(100)}, complete: true},
		{name: "a smaller page than asked for", fake: fake{payments: sales(60), cap: 25}, complete: true},
		{name: "pages as small as the overlap", fake: fake{payments: sales(60), cap: overlap}, says: "stands near its end"},
		{name: "the newest first, whatever is asked", fake: fake{payments: sales(60), cap: 25, newest: true}, complete: true},
		{name: "an empty page in the middle, once", fake: fake{payments: sales(60), cap: 25, lie: at(1, func(page []string) []string { return nil })}, complete: true},
		{name: "an empty page in the middle, always", fake: fake{payments: sales(60), cap: 25, lie: from(1, func(page []string) []string { return nil })}, says: "25 payments that were read before are not in it"},
		{name: "nothing at first", fake: fake{payments: sales(60), lie: at(0, func([]string) []string { return nil })}, complete: true},
		{name: "a list that ends in the middle", fake: fake{payments: sales(60), cap: 25, lie: at(1, func(page []string) []string { return page[:overlap] })}, complete: true},
		{name: "a message in place of payments, always", fake: fake{payments: sales(7), lie: from(0, func([]string) []string { return []string{`"too busy"`} })}, says: "a row of the list is no payment"},
		{name: "a list that moves with every request", fake: fake{payments: sales(60), cap: 25, lie: func(n int, page []string) []string {
			return slices.Concat(page[min(n, len(page)):], page[:min(n, len(page))])
		}}, says: "it changed while it was read"},
		{name: "a list that selects by change", fake: fake{payments: append([]fakePayment{old}, sales(9)...), selects: late}, complete: true, says: "selects by change"},
		{name: "a list that selects by payment", fake: fake{payments: append([]fakePayment{old}, sales(9)...), selects: func(p fakePayment) time.Time { return p.paid }}, says: "may select by payment"},
		{name: "channel payments", fake: fake{payments: sales(9), channels: []fakePayment{{n: 500, created: clock.Add(-time.Hour)}}}, options: APIOptions{Channels: true}, complete: true, want: append(references(sales(9)), "R-500")},
		{name: "a payment that only its reference finds", fake: fake{payments: append(sales(9), fakePayment{n: 77, created: clock.Add(-5 * time.Hour), hidden: true})},
			named: []sources.Named{{OrderNo: "R-77", Created: reconcile.InstantOf(clock.Add(-5 * time.Hour))}}, says: "the list is short"},
		{name: "a payment of an earlier date", fake: fake{payments: append([]fakePayment{old}, sales(9)...)},
			named: []sources.Named{{OrderID: old.uuid(), Provider: "bvnk", Open: true}, {OrderID: "x", Provider: "bvnk", Open: true}}, complete: true},
		{name: "a wrong key", fake: fake{payments: sales(3)}, options: APIOptions{Key: "other-secret"}, says: "does not accept the Hawk id and key"},
		{name: "a clock ten minutes ahead", fake: fake{payments: sales(30), clock: clock.Add(10 * time.Minute)}, complete: true, says: "10m0s ahead of ours"},
		{name: "a clock ten minutes behind", fake: fake{payments: sales(30), clock: clock.Add(-10 * time.Minute)}, complete: true, says: "-10m0s ahead"},
		{name: "a limit for ever", fake: fake{payments: sales(3), status: func(int) (int, map[string]string) { return 429, map[string]string{"Retry-After": "3600"} }}, says: "come back only in 1h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.read(&c.fake, c.options, c.named...)
			if got.complete() != c.complete || !strings.Contains(got.reasons()+strings.Join(got.Notes, "\n"), c.says) {
				t.Errorf("complete %v, want %v and %q:\n%s\n%q", got.complete(), c.complete, c.says, got.reasons(), got.Notes)
			}
			want := c.want
			if want == nil {
				want = references(c.fake.payments)
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, got.payments); c.complete && diff != "" {
				t.Error(diff)
			}
			if text := got.reasons(); strings.Contains(text, hawkKey) || strings.Contains(text, hawkID) {
				t.Errorf("a secret is shown: %s", text)
			}
		})
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func at(k int, lie func([]string) []string) func(int, []string) []string {
	return func(n int, page []string) []string {
		if n == k {
			return lie(page)
		}
		return page
	}
}

func from(k int, lie func([]string) []string) func(int, []string) []string {
	return func(n int, page []string) []string {
		if n >= k {
			return lie(page)
		}
		return page
	}
}

// TestAPIRow: a payment of the list is read as one of a file would be, its amounts
// digit by digit.
func TestAPIRow(t *testing.T) {
	s := serve(t)
	got := s.read(&fake{payments: []fakePayment{{n: 1, created: clock.Add(-2 * time.Hour), paid: clock.Add(-time.Hour)}}}, APIOptions{})
	if len(got.Orders) != 1 {
		t.Fatal(got.reasons(), got.Rejects)
	}
	o := got.Orders[0]
	if o.State != reconcile.StatePaid || o.Due.String() != "0.03058170000000000000001" || o.Recorded.String() != "0.03058170000000000000001" ||
		o.PaidAt != reconcile.InstantOf(clock.Add(-time.Hour)) || o.Chain != "ERC20" || got.Files[0].Path != s.url+summaryPath {
		t.Errorf("%+v %v", o, got.Files)
	}
}

// TestAPINeverShort is the property of the source: its rows are the truth, or it is
// incomplete and says so. One lie is told, of any kind, at any request.
func TestAPINeverShort(t *testing.T) {
	s := serve(t)
	lies := []func(page []string) []string{
		func([]string) []string { return nil },
		func(page []string) []string { return page[:len(page)/2] },
		func(page []string) []string { return page[:min(len(page), overlap)] },
		func(page []string) []string { return page[min(1, len(page)):] },
		func(page []string) []string { return slices.Concat(page, page) },
		func(page []string) []string {
			return slices.Concat(page[:len(page)/3], page[min(len(page), len(page)/3+1):])
		},
		func([]string) []string { return []string{`{"error":"busy"}`} },
	}
	rapid.Check(t, func(t *rapid.T) {
		f := &fake{payments: sales(rapid.IntRange(0, 90).Draw(t, "payments")), cap: rapid.IntRange(overlap+1, 40).Draw(t, "cap"), newest: rapid.Bool().Draw(t, "newest first")}
		f.lie = at(rapid.IntRange(0, 9).Draw(t, "at"), rapid.SampledFrom(lies).Draw(t, "lie"))
		truth := references(f.payments)
		got := s.read(f, APIOptions{})
		if got.complete() && !slices.Equal(truth, got.payments) {
			t.Fatalf("complete with %d of %d payments", len(got.payments), len(truth))
		}
		for _, reference := range got.payments {
			if !slices.Contains(truth, reference) {
				t.Fatalf("%s is no payment", reference)
			}
		}
	})
}

// Only an array is a list, and only an empty array says that there is none.
func TestListThatIsNone(t *testing.T) {
	if list, err := parseList([]byte("[]")); err != nil || len(list) != 0 {
		t.Errorf("an empty list: %v, %v", list, err)
	}
	for _, body := range []string{"null", " null\n", "{}", `""`, "[null]", "[{}]", ""} {
		if list, err := parseList([]byte(body)); err == nil {
			t.Errorf("%q was read as a list of %d payments", body, len(list))
		}
	}
}
