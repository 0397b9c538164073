package explain

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/reconciletest"
	"tieout/reports"
)

const (
	txOne = "0x1111111111111111111111111111111111111111111111111111111111111111"
	txTwo = "0x2222222222222222222222222222222222222222222222222222222222222222"
	lost  = "B-00000000000000aa"
	alien = "B-00000000000000bb"
	group = "B-00000000000000cc"
)

// day is a report by hand: an order that was lost, a number that two providers use,
// money of nobody, two orders that may have been paid by the same money, a webhook
// for an order that no book has, and a row that could not be read.
func day(date string) Report {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"result.json": `{"currency":"USD","status":"complete","incomplete":[]}`,
		"orders.csv": `order_id,order_no,provider,status,outcome,kinds,due,received,asset,symbol,txids,explanation,state,account,customer,pay_to,created_at
1,N-1,blockatm,'-1,break,lost_order,100,100,usdt,USDT,` + txOne + `,Final funds are on chain.,,till,c-1,0xa,2026-03-17T10:00:00Z
2,N-2,blockatm,SUCCESS,agreed,,5,5,usdt,USDT,,Paid.,,till,c-2,0xa,2026-03-17T10:00:00Z
9,N-2,bvnk,COMPLETE,agreed,,7,7,usdt,USDT,,Paid.,,wallet,c-2,0xb,2026-03-17T10:00:00Z
4,G-1,blockatm,EXPIRED,break,ambiguous_payment,8,0,usdt,USDT,,Two or more orders.,,till,c-4,0xa,2026-03-17T10:00:00Z
5,G-2,blockatm,EXPIRED,break,ambiguous_payment,8,0,usdt,USDT,,Two or more orders.,,till,c-5,0xa,2026-03-17T11:00:00Z
`,
		"transfers.csv": `chain,block_number,block_time,txid,log_index,asset,symbol,from,to,amount,outcome,kinds,order_id,order_no,reason,note
eip155:1,7,2026-03-17T10:05:00Z,` + txOne + `,3,usdt,USDT,0xf,0xa,100,break,lost_order,1,N-1,,
eip155:1,8,2026-03-17T10:06:00Z,` + txTwo + `,4,usdt,USDT,0xf,0xa,12,break,unknown_transfer,,,,The nearest is order N-2: 7 USDT too much.
eip155:1,9,2026-03-17T10:07:00Z,0x33,4,usdt,USDT,0xf,0xa,8,break,ambiguous_payment,,,,
`,
		"matches.csv": "order_id,order_no,provider,chain,txid,log_index,asset,symbol,amount,rule,margin,explanation\n" +
			"1,N-1,blockatm,eip155:1," + txOne + ",3,usdt,USDT,100,address,2 h,The address belongs to this order alone.\n",
		"deliveries.csv": "source,received_at,provider,order_id,order_no,status,amount,symbol,txid,response_status,signature,outcome,kinds,reason,note\n" +
			"hooks,2026-03-17T10:09:00Z,blockatm,,N-1,EXPIRED,100,USDT,,200,valid,agreed,,,\n" +
			"hooks,2026-03-17T10:09:00Z,bvnk,,N-2,COMPLETE,7,USDT,,200,valid,agreed,,,\n" +
			"hooks,2026-03-17T10:09:00Z,btcpay,,N-2,Settled,7,USDT,,200,valid,break,unknown_webhook,,\n" +
			"hooks,2026-03-17T10:09:00Z,blockatm,,X-9,SUCCESS,1,USDT,,200,valid,break,unknown_webhook,,\n",
		"breaks.csv": `break_id,kind,cause,severity,order_id,order_no,provider,asset,symbol,expected,observed,difference,value,txids,pay_to,first_seen,age_days,deadline,explanation,disposition,reason,by
` + lost + `,lost_order,,high,1,N-1,blockatm,usdt,USDT,,100,100,100,` + txOne + `,0xa,2026-03-17T10:05:00Z,0,2026-03-20T10:00:00Z,It is final.,accept,'=known,Ann
` + alien + `,unknown_transfer,,medium,,,,usdt,USDT,,12,12,12,` + txTwo + `,0xa,2026-03-17T10:06:00Z,0,,Nobody explains it.,,,
` + group + `,ambiguous_payment,,medium,4,G-1,blockatm,usdt,USDT,0,8,8,8,0x33,0xa,2026-03-17T10:07:00Z,0,,"2 orders and 1 transfers of 8 USDT fit equally well: G-1, G-2.",,,
B-00000000000000dd,unknown_webhook,,low,,X-9,blockatm,,,,,0,,,,2026-03-17T10:09:00Z,0,,No book has it.,,,
`,
		"open_items.csv": "item_id,state,order_id,order_no,provider,chain,asset,symbol,amount,value,txids,first_seen,age_days,bucket,until,disposition,note\n",
		"actions.csv": "priority,action,who,deadline,hours_left,order_id,order_no,provider,sentence,reason,break_ids,link\n" +
			"1,complete_transaction,cashier operator,2026-03-20T10:00:00Z,58,1,N-1,blockatm,Complete it.,It is final.," + lost + ",\n",
		"rejects.csv": "source,file,sheet,line,column,value,reason,raw\nshop,shop.csv,,7,amount,x,no amount,\"N-1,x\"\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Report{date, files}
}

func find(t *testing.T, asked string) *Explanation {
	t.Helper()
	e, err := Find(day("2026-03-17"), asked)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// summary lists stories by subject and by how much belongs to each.
func summary(e *Explanation) []string {
	list := []string{}
	for _, s := range e.Stories {
		parts := []string{s.Subject.Provider, s.Subject.OrderNo, s.Subject.TXID}
		for _, p := range []struct {
			mark string
			n    int
		}{{"t", len(s.Transfers)}, {"d", len(s.Deliveries)}, {"m", len(s.Matches)}, {"b", len(s.Breaks)}, {"a", len(s.Actions)}, {"r", len(s.Rejects)}, {"c", len(s.Candidates)}} {
			parts = append(parts, strings.Repeat(p.mark, p.n))
		}
		list = append(list, strings.Join(parts, "/"))
	}
	return list
}

func TestFind(t *testing.T) {
	const first = "blockatm/N-1//t/d/m/b/a/r/"
	for asked, want := range map[string][]string{
		"N-1":                               {first},
		"1":                                 {first},
		txOne:                               {first},
		strings.ToUpper(txOne[2:]):          {first},
		"https://etherscan.io/tx/" + txOne:  {first},
		lost:                                {first},
		strings.ToLower(lost):               {first},
		" N-1 ":                             {first},
		"N-2":                               {"blockatm/N-2////////", "bvnk/N-2///d/////", "btcpay/N-2///d/////"},
		txTwo:                               {"//" + txTwo + "/t///b///"},
		alien:                               {"//" + txTwo + "/t///b///"},
		"G-1":                               {"blockatm/G-1//t///b///cc"},
		"G-2":                               {"blockatm/G-2//t///b///cc"}, // the group's break stands under the first
		group:                               {"blockatm/G-1//t///b///cc"},
		"X-9":                               {"blockatm/X-9///d//b///"},
		"n-1":                               {},
		"":                                  {},
		"B-ffffffffffffffff":                {},
		"0x" + strings.Repeat("9", 64):      {},
		"https://etherscan.io/tx/not-there": {},
	} {
		e := find(t, asked)
		if diff := cmp.Diff(want, summary(e)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", asked, diff)
		}
		if len(e.Searched) != 6 || !strings.HasPrefix(e.Searched[0], "orders.csv (5 rows)") {
			t.Errorf("%q: searched %q", asked, e.Searched)
		}
	}
}

func TestNear(t *testing.T) {
	for asked, want := range map[string][]string{
		"n-1":                 {"order N-1"},
		"N-11":                {"order N-1"},
		"B-00000000000000ab":  {"break " + lost, "break " + alien, "break " + group, "break B-00000000000000dd"},
		txTwo[:20]:            {"transaction " + txTwo},
		txTwo[:60] + "999999": {"transaction " + txTwo},
		"nothing like it":     {},
	} {
		got := find(t, asked).Near
		if asked == "B-00000000000000ab" {
			got, want = got[:1], want[:1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", asked, diff)
		}
	}
}

func TestTextReadsFromTopToBottom(t *testing.T) {
	e := find(t, "N-1")
	if err := e.Follow([]Report{day("2026-03-16"), day("2026-03-17")}, nil); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteText(&out, e); err != nil {
		t.Fatal(err)
	}
	want := `Order N-1 at blockatm (id 1, account till, customer c-1)
in the report of 2026-03-17
================================================================================
It differs: lost_order.
Final funds are on chain.

What the books say
  status -1, created 2026-03-17 10:00:00 UTC
  due 100 USDT, received 100 USDT
  to be paid to 0xa

What the chain says
  2026-03-17 10:05:00 UTC: 100 USDT, break (lost_order)
    transaction
    0x1111111111111111111111111111111111111111111111111111111111111111
    from 0xf
    to 0xa
    on eip155:1, block 7, log index 3

What the webhooks say
  2026-03-17 10:09:00 UTC: EXPIRED, 100 USDT; we answered 200; signature valid;
  agreed

How the money was attributed
  100 USDT by the rule address: The address belongs to this order alone.
    ahead of the next best assignment by: 2 h

What differs
  lost_order, severity high, B-00000000000000aa
    contributes +100 USDT to received - expected; observed 100 USDT
    100 USD at risk, since 2026-03-17 10:05:00 UTC, age in days 0, deadline
    2026-03-20 10:00:00 UTC
    It is final.
    answered: accept by Ann, =known

What to do
  complete_transaction: cashier operator, by 2026-03-20 10:00:00 UTC (58 h left
  at the end of the window)
    Complete it.
    Why: It is final.

What could not be read
  shop.csv line 7, amount: no amount

How it came to this
  2026-03-16 to 2026-03-17 B-00000000000000aa lost_order, +100 USDT, accept by
  Ann
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHistory(t *testing.T) {
	empty := day("2026-03-18")
	e := find(t, "N-1")
	for _, file := range []string{"breaks.csv", "open_items.csv"} {
		header, _, _ := strings.Cut(string(empty.Files.(fstest.MapFS)[file].Data), "\n")
		empty.Files.(fstest.MapFS)[file] = &fstest.MapFile{Data: []byte(header + "\n")}
	}
	second := find(t, "N-1")
	empty.Files.(fstest.MapFS)["result.json"] = &fstest.MapFile{Data: []byte(`{"resolved":[{"id":"` + lost + `","how":"resolved","what":"The order is called paid.","by":"evidence"}]}`)}
	if err := second.Follow([]Report{day("2026-03-17"), empty}, nil); err != nil || second.Stories[0].History[1].What != "resolved by evidence: The order is called paid." {
		t.Errorf("%v %+v", err, second.Stories[0].History)
	}
	empty.Files.(fstest.MapFS)["result.json"] = &fstest.MapFile{Data: []byte(`{}`)}
	answers := []reconcile.Answer{
		{ID: lost, Action: reconcile.Accept, By: "Ann", Reason: "known", Date: "2026-03-16", File: "report.xlsx", Row: 5},
		{ID: alien, Action: reconcile.Accept, By: "Bo", Date: "2026-03-16"},
	}
	if err := e.Follow([]Report{day("2026-03-15"), day("2026-03-16"), empty, day("2026-03-19")}, answers); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range e.Stories[0].History {
		got = append(got, h.From+" "+h.To+" "+h.What)
	}
	want := []string{
		"2026-03-15 2026-03-16 lost_order, +100 USDT, accept by Ann",
		"2026-03-16 2026-03-16 accept by Ann: known (report.xlsx row 5)",
		"2026-03-18 2026-03-18 no longer listed",
		"2026-03-19 2026-03-19 lost_order, +100 USDT, accept by Ann",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every order, transaction and id of a generated day has a story, which fits the
// terminal but for what must be copied whole, and is JSON that can be read.
func TestEverythingCanBeExplained(t *testing.T) {
	result, err := reconciletest.Generate(reconciletest.Plan{Seed: 7, Orders: 60}).Run()
	if err != nil {
		t.Fatal(err)
	}
	doc, files := reports.Document{Result: result, Facts: reports.Facts{Merchant: "m", AsOf: "2026-03-10", Complete: true}}, fstest.MapFS{}
	for _, name := range append(reports.CSVFiles(), "result.json") {
		var out bytes.Buffer
		write := func() error { return reports.WriteCSV(&out, name, doc) }
		if name == "result.json" {
			write = func() error { return reports.WriteJSON(&out, doc) }
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: out.Bytes()}
	}
	var asked []string
	for o := range result.Orders() {
		asked = append(asked, o.OrderNo, o.OrderID)
	}
	for m := range result.Transfers() {
		asked = append(asked, m.TXID)
	}
	for _, b := range result.Breaks() {
		asked = append(asked, b.ID)
	}
	for _, o := range result.OpenItems() {
		asked = append(asked, o.ID)
	}
	for _, name := range asked {
		if name != "" {
			checkStory(t, Report{"2026-03-10", files}, name)
		}
	}
}

func checkStory(t *testing.T, r Report, name string) {
	t.Helper()
	e, err := Find(r, name)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Stories) == 0 {
		t.Errorf("%s has no story", name)
	}
	if err := e.Follow([]Report{r}, nil); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteText(&out, e); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%s: %d letters in %q", name, utf8.RuneCountInString(line), line)
		}
	}
	text, err := json.Marshal(e)
	if err != nil || !json.Valid(text) {
		t.Errorf("%s: no JSON: %v", name, err)
	}
}
