package blockatm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// The fake is built from BlockATM's pages and its OpenAPI, which hold no example of
// an answer of the list: it is synthetic, and it can lie.
type fake struct {
	orders  []fakeOrder
	shape   string                   // "2026": pages with a total; "array": pages without; "whole": an array without pages; "2025": by order number
	cap     int                      // of a page
	selects func(fakeOrder) int64    // the time that startTime and endTime select by; nil = creation
	lie     func(n int, r *fakePage) // of the n-th answer of the list, from 0
	status  func(n int) (code int, header map[string]string)
	asked   []url.Values
	detail  []string
	keys    []string
}

type fakeOrder struct {
	no            string
	created, paid int64 // ms; 0 = not paid
	hidden        bool  // the list does not show it, the detail does
}

type fakePage struct {
	rows  []map[string]any
	total int
	page  int
	cut   bool
	error string
}

func (o fakeOrder) row(id bool) map[string]any {
	row := map[string]any{"orderNo": o.no, "cashierId": 86100021, "amount": "25.00", "symbol": "USDT", "chainId": "1", "status": "WAITING_PAYMENT",
		"txId": "", "createTime": o.created, "updateTime": max(o.created, o.paid)}
	if o.paid > 0 {
		row["status"], row["txId"] = "SUCCESS", fmt.Sprintf("0x%064x", o.created)
	}
	if id {
		row["id"] = 8210000000 + o.created%1e9
	}
	return row
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f.keys = append(f.keys, r.Header.Get("BlockATM-API-Key"))
	if r.URL.Path == detailPath {
		f.detail = append(f.detail, q.Get("orderNo"))
		f.byNumber(w, q.Get("orderNo"), false)
		return
	}
	n := len(f.asked)
	f.asked = append(f.asked, q)
	if f.status != nil {
		if code, header := f.status(n); code != 0 {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(code)
			fmt.Fprint(w, "no, "+r.Header.Get("BlockATM-API-Key"))
			return
		}
	}
	if f.shape == "2025" {
		if q.Get("orderNo") == "" {
			write(w, map[string]any{"code": "ERROR_000101", "success": false, "data": nil, "msg": "Parameter orderNo is required"})
			return
		}
		f.byNumber(w, q.Get("orderNo"), true)
		return
	}
	p := f.page(q)
	if f.lie != nil {
		f.lie(n, p)
	}
	f.answer(w, p)
}

func (f *fake) byNumber(w http.ResponseWriter, no string, list bool) {
	for _, o := range f.orders {
		if o.no == no && list {
			write(w, map[string]any{"code": "200", "success": true, "data": []any{o.row(true)}})
			return
		} else if o.no == no {
			write(w, map[string]any{"code": "200", "success": true, "data": o.row(true)})
			return
		}
	}
	write(w, map[string]any{"code": "000404", "success": false, "data": nil, "msg": "The order does not exist"})
}

func (f *fake) page(q url.Values) *fakePage {
	number := func(key string) int64 { n, _ := strconv.ParseInt(q.Get(key), 10, 64); return n }
	var all []map[string]any
	for _, o := range f.orders {
		at := o.created
		if f.selects != nil {
			at = f.selects(o)
		}
		if at >= number("startTime") && at <= number("endTime") && !o.hidden {
			all = append(all, o.row(false))
		}
	}
	p := &fakePage{total: len(all), page: int(number("page"))}
	size := min(int(number("pageSize")), f.cap)
	if f.shape == "whole" {
		p.rows = all
		return p
	}
	first := min((p.page-1)*size, len(all))
	p.rows = all[first:min(first+size, len(all))]
	return p
}

func (f *fake) answer(w http.ResponseWriter, p *fakePage) {
	rows := p.rows
	if rows == nil {
		rows = []map[string]any{}
	}
	var data any = map[string]any{"list": rows, "total": p.total, "page": p.page, "pageSize": f.cap}
	if f.shape != "2026" {
		data = rows
	}
	body, _ := json.Marshal(map[string]any{"code": "200", "success": true, "data": data})
	if p.error != "" {
		body, _ = json.Marshal(map[string]any{"code": "000101", "success": false, "data": nil, "trace": "uuid", "msg": p.error})
	}
	if p.cut {
		body = body[:len(body)/2]
	}
	w.Write(body)
}

func write(w http.ResponseWriter, v any) { json.NewEncoder(w).Encode(v) }

var (
	clock = time.Date(2026, 3, 18, 2, 15, 0, 0, time.UTC)
	reach = reconcile.Interval{From: reconcile.InstantOf(clock.Add(-75 * time.Hour)), To: reconcile.InstantOf(clock.Add(22 * time.Hour))}
)

// ago is a time in the past of the clock, in milliseconds.
func ago(d time.Duration) int64 { return clock.Add(-d).UnixMilli() }

const secretKey = "sk-live-0a1b2c3d4e5f"

// served answers with whatever fake stands in it.
type served struct {
	at      atomic.Pointer[fake]
	url     string
	profile *reconcile.Profile
}

func serve(t *testing.T) *served {
	s := &served{profile: published(t)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.at.Load().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type outcome struct {
	*sourcetest.Recorder
	err    error
	slept  []time.Duration
	orders []string // numbers, sorted
}

func (s *served) read(f *fake, named ...sources.Named) outcome {
	if f.cap == 0 {
		f.cap = 3
	}
	if f.shape == "" {
		f.shape = "2026"
	}
	s.at.Store(f)
	got := outcome{Recorder: &sourcetest.Recorder{}}
	o := APIOptions{FileOptions: sources.FileOptions{Name: "cashier", Profile: s.profile}, URL: s.url, Key: secretKey, PerMinute: 6e7,
		Now:   func() time.Time { return clock },
		sleep: func(_ context.Context, d time.Duration) error { got.slept = append(got.slept, d); return nil }}
	q := sources.Query{Reach: reach, Window: reach, Named: func() []sources.Named { return named }}
	got.err = API(o).Read(context.Background(), q, got.Recorder)
	for _, order := range got.Orders {
		got.orders = append(got.orders, order.OrderNo)
	}
	slices.Sort(got.orders)
	return got
}

// complete reports whether the source calls itself complete.
func (o outcome) complete() bool { return o.err == nil && len(o.Gaps) == 0 && len(o.Covers) > 0 }

// reasons is all that the outcome says is amiss.
func (o outcome) reasons() string {
	var b strings.Builder
	for _, g := range o.Gaps {
		fmt.Fprintf(&b, "%s to %s: %s\n", g.Span.From, g.Span.To, g.Reason)
	}
	if o.err != nil {
		b.WriteString(o.err.Error())
	}
	return b.String()
}

// sales are n orders over the last three days, every other one paid.
func sales(n int) (list []fakeOrder) {
	for i := range n {
		o := fakeOrder{no: fmt.Sprintf("S-%03d", i), created: ago(time.Duration(n-i)*70*time.Hour/time.Duration(n+1) + time.Hour)}
		if i%2 == 0 {
			o.paid = o.created + 120_000
		}
		list = append(list, o)
	}
	return list
}

func numbers(orders []fakeOrder) (list []string) {
	for _, o := range orders {
		list = append(list, o.no)
	}
	slices.Sort(list)
	return list
}

// after lies from the k-th answer on that is not empty.
func after(k int, lie func(*fakePage)) func(int, *fakePage) {
	n := 0
	return func(_ int, p *fakePage) {
		if len(p.rows) == 0 {
			return
		}
		if n++; n > k {
			lie(p)
		}
	}
}

// repeatsFirst answers every page of a day with its first.
func repeatsFirst() func(int, *fakePage) {
	var first []map[string]any
	return func(_ int, p *fakePage) {
		if p.page == 1 {
			first = p.rows
		}
		p.rows = first
	}
}

func TestAPI(t *testing.T) {
	s := serve(t)
	once := func(at int, lie func(*fakePage)) func(int, *fakePage) {
		return func(n int, p *fakePage) {
			if n == at {
				lie(p)
			}
		}
	}
	always := func(when func(*fakePage) bool, lie func(*fakePage)) func(int, *fakePage) {
		return func(_ int, p *fakePage) {
			if when(p) {
				lie(p)
			}
		}
	}
	full := func(p *fakePage) bool { return len(p.rows) > 0 }
	for _, c := range []struct {
		name     string
		fake     fake
		named    []sources.Named
		complete bool
		says     string // among reasons or notes
		want     []string
	}{
		{name: "pages with a total", fake: fake{orders: sales(20)}, complete: true},
		{name: "no orders", fake: fake{}, complete: true},
		{name: "pages without a total", fake: fake{orders: sales(20), shape: "array"}, complete: true},
		{name: "an array without pages", fake: fake{orders: sales(20), shape: "whole"}, complete: true},
		{name: "an array without pages that may be cut", fake: fake{orders: sales(200), shape: "whole", selects: func(fakeOrder) int64 { return ago(time.Hour) }}, says: "may be all that it ever gives at once"},
		{name: "an empty page in the middle, once", fake: fake{orders: sales(20), lie: once(1, func(p *fakePage) { p.rows = nil })}, complete: true},
		{name: "a page that repeats the first, always", fake: fake{orders: sales(20), lie: repeatsFirst()}, says: "orders have come"},
		{name: "an error in place of rows, once", fake: fake{orders: sales(20), lie: once(2, func(p *fakePage) { p.error = "System error" })}, complete: true},
		{name: "an error for ever", fake: fake{orders: sales(20), lie: always(full, func(p *fakePage) { p.error = "System error" })}, says: "000101 System error (after 5 tries)"},
		{name: "an answer that is cut, once", fake: fake{orders: sales(20), lie: once(0, func(p *fakePage) { p.cut = true })}, complete: true},
		{name: "an answer that is cut, always", fake: fake{orders: sales(20), lie: always(full, func(p *fakePage) { p.cut = true })}, says: "page 1: the answer is no JSON"},
		{name: "a row that is left out of its page, always", fake: fake{orders: sales(20), lie: always(full, func(p *fakePage) { p.rows = p.rows[1:] })}, says: "orders have come"},
		{name: "a first day that is answered as empty", fake: fake{orders: sales(20), lie: once(0, func(p *fakePage) { p.rows, p.total = nil, 0 })}, says: "announces 20 orders for the whole window"},
		{name: "a total that is too small", fake: fake{orders: sales(20), lie: always(func(p *fakePage) bool { return p.total > 0 }, func(p *fakePage) { p.total-- })}, says: "orders and holds"},
		{name: "empty from the second page on, for ever", fake: fake{orders: sales(9), shape: "array", selects: func(fakeOrder) int64 { return ago(time.Hour) }, lie: after(3, func(p *fakePage) { p.rows = nil })},
			says: "that were read before are not in it"},
		{name: "a total that grows while it is read", fake: fake{orders: sales(20), lie: func(n int, p *fakePage) { p.total += n }}, says: "its total went from"},
		{name: "always the first page", fake: fake{orders: sales(20), lie: always(full, func(p *fakePage) { p.page = 1 })}, says: "page 2 was asked for, and page 1 came"},
		{name: "a list that selects by change", fake: fake{orders: append(sales(9), fakeOrder{no: "OLD", created: ago(2400 * time.Hour), paid: ago(2 * time.Hour)}),
			selects: func(o fakeOrder) int64 { return max(o.created, o.paid) }}, complete: true, says: "selects by change"},
		{name: "a list that selects by payment", fake: fake{orders: append(sales(9), fakeOrder{no: "OLD", created: ago(2400 * time.Hour), paid: ago(2 * time.Hour)}),
			selects: func(o fakeOrder) int64 { return o.paid }}, says: "may select by payment"},
		{name: "an order that only the detail knows", fake: fake{orders: append(sales(9), fakeOrder{no: "SHORT", created: ago(5 * time.Hour), hidden: true})},
			named: []sources.Named{{OrderNo: "SHORT", Created: reconcile.InstantOf(clock.Add(-5 * time.Hour))}}, says: "order SHORT"},
		{name: "an order that nobody knows", fake: fake{orders: sales(9)}, named: []sources.Named{{OrderNo: "OTHER", Created: reconcile.InstantOf(clock.Add(-5 * time.Hour))}}, complete: true},
		{name: "an order of an earlier date", fake: fake{orders: append(sales(9), fakeOrder{no: "OLD", created: ago(2400 * time.Hour)})},
			named: []sources.Named{{OrderNo: "OLD", Provider: "blockatm", Open: true}, {OrderNo: "OLDER", Provider: "bvnk", Open: true}}, complete: true, want: append([]string{"OLD"}, numbers(sales(9))...)},
		{name: "the shape of 2025", fake: fake{orders: sales(9), shape: "2025"}, named: []sources.Named{{OrderNo: "S-004", Created: reconcile.InstantOf(clock.Add(-5 * time.Hour))}},
			says: "answers by order number alone", want: []string{"S-004"}},
		{name: "a key that is not accepted", fake: fake{orders: sales(9), status: func(int) (int, map[string]string) { return 401, nil }}, says: "does not accept the key"},
		{name: "a limit for ever", fake: fake{orders: sales(9), status: func(int) (int, map[string]string) { return 429, map[string]string{"Retry-After": "7"} }}, says: "page 1: HTTP 429"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.read(&c.fake, c.named...)
			if got.complete() != c.complete || !strings.Contains(got.reasons()+strings.Join(got.Notes, "\n"), c.says) {
				t.Errorf("complete %v, want %v and %q:\n%s\n%q", got.complete(), c.complete, c.says, got.reasons(), got.Notes)
			}
			want := c.want
			if want == nil && c.complete {
				want = numbers(c.fake.orders)
			}
			if diff := cmp.Diff(want, got.orders); want != nil && diff != "" {
				t.Error(diff)
			}
			if text := got.reasons(); strings.Contains(text, secretKey) {
				t.Errorf("the key is shown: %s", text)
			}
			if slices.ContainsFunc(c.fake.keys, func(k string) bool { return k != secretKey }) {
				t.Error("a request without the key")
			}
		})
	}
}

// TestAPIWaits: as long as the server says, and longer every time when it does not.
func TestAPIWaits(t *testing.T) {
	s := serve(t)
	f := &fake{orders: sales(2), status: func(n int) (int, map[string]string) {
		switch n {
		case 0:
			return 429, map[string]string{"Retry-After": "7"}
		case 1, 2:
			return 503, nil
		}
		return 0, nil
	}}
	got := s.read(f)
	if want := []time.Duration{7 * time.Second, 2 * time.Second, 4 * time.Second}; !got.complete() || !slices.Equal(got.slept, want) {
		t.Errorf("slept %v, want %v\n%s", got.slept, want, got.reasons())
	}
}

// TestAPIRow: an order of the list is read as one of a file would be.
func TestAPIRow(t *testing.T) {
	s := serve(t)
	got := s.read(&fake{orders: []fakeOrder{{no: "S-1", created: ago(2 * time.Hour), paid: ago(time.Hour)}}})
	if len(got.Orders) != 1 {
		t.Fatal(got.reasons(), got.Rejects)
	}
	o := got.Orders[0]
	if o.State != reconcile.StatePaid || o.Recorded.String() != "25" || o.Due.Known() || o.Account != "86100021" || o.Chain != "1" || len(o.TXIDs) != 1 ||
		o.Created != reconcile.InstantOf(clock.Add(-2*time.Hour)) || o.At.Line != 1 || got.Files[0].Path != s.url+listPath {
		t.Errorf("%+v %v", o, got.Files)
	}
}

// TestAPINeverShort is the property of the source: its rows are the truth, or it is
// incomplete and says so. One lie is told, of any kind, at any request.
func TestAPINeverShort(t *testing.T) {
	s := serve(t)
	lies := []func(p *fakePage){
		func(p *fakePage) { p.rows = nil },
		func(p *fakePage) { p.rows, p.total = nil, 0 },
		func(p *fakePage) { p.rows = p.rows[:len(p.rows)/2] },
		func(p *fakePage) { p.rows = p.rows[min(1, len(p.rows)):] },
		func(p *fakePage) { p.total = max(0, p.total-1) },
		func(p *fakePage) { p.total++ },
		func(p *fakePage) { p.page++ },
		func(p *fakePage) { p.cut = true },
		func(p *fakePage) { p.error = "System error" },
	}
	rapid.Check(t, func(t *rapid.T) {
		f := &fake{orders: sales(rapid.IntRange(0, 30).Draw(t, "orders")), cap: rapid.IntRange(1, 9).Draw(t, "cap"), shape: rapid.SampledFrom([]string{"2026", "array"}).Draw(t, "shape")}
		at, lie := rapid.IntRange(0, 20).Draw(t, "at"), rapid.SampledFrom(lies).Draw(t, "lie")
		f.lie = func(n int, p *fakePage) {
			if n == at {
				lie(p)
			}
		}
		truth := numbers(f.orders)
		got := s.read(f)
		if got.complete() && !slices.Equal(truth, got.orders) {
			t.Fatalf("complete with %d of %d orders", len(got.orders), len(truth))
		}
		for _, no := range got.orders {
			if !slices.Contains(truth, no) {
				t.Fatalf("%s is no order", no)
			}
		}
	})
}

// TestNoList: an answer without a list is not a list without orders.
func TestNoList(t *testing.T) {
	for _, c := range []struct {
		body   string
		doubts bool
	}{
		{`{"success":true,"data":null}`, true},
		{`{"success":true}`, true},
		{`{"success":true,"data":{"list":null}}`, true},
		{`{"success":true,"data":[]}`, false},
		{`[]`, false},
		{`{"success":true,"data":{"list":null,"total":0}}`, false},
		{`{"success":true,"data":null,"total":0}`, false},
	} {
		a, err := parseAnswer([]byte(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
			continue
		}
		r := &pages{listed: map[string]*listed{}, rows: map[string]json.RawMessage{}, total: -1, page: 1}
		if _, err := r.add(a); err != nil {
			t.Fatal(err)
		}
		if r.end(a); (r.amiss != "") != c.doubts {
			t.Errorf("%s: amiss %q", c.body, r.amiss)
		}
	}
}
