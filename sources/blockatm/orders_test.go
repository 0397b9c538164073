package blockatm

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// fixture reads a file under testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func read(t testing.TB, o sources.FileOptions, name string, content []byte) (*sourcetest.Recorder, error) {
	t.Helper()
	o.Name, o.Profile, o.Files = "cashier", published(t), []sources.File{sourcetest.Bytes(name, content)}
	var rec sourcetest.Recorder
	err := Orders(o).Read(context.Background(), sources.Query{}, &rec)
	return &rec, err
}

// brief is what of an order these tests compare.
type brief struct {
	id, no, recorded, due string
	state                 reconcile.State
	tx                    string
}

func briefs(rec *sourcetest.Recorder) (list []brief) {
	for _, o := range rec.Orders {
		list = append(list, brief{o.OrderID, o.OrderNo, o.Recorded.String(), o.Due.String(), o.State, strings.Join(o.TXIDs, " ")})
	}
	return list
}

// tx is a transaction of the fixtures.
func tx(number string) string { return "0xab" + strings.Repeat("0", 62-len(number)) + number }

func TestFixtures(t *testing.T) {
	for _, c := range []struct {
		file string
		want []brief
	}{
		{"list-v2.json", []brief{
			{"8210004001", "CAFE-1", "25.5", "", reconcile.StatePaid, "0xA" + tx("4001")[3:]},
			{"8210004002", "CAFE-2", "10", "", reconcile.StateDetected, tx("4002")},
			{"8210004003", "CAFE-3", "7.1", "", reconcile.StateCreated, ""},
			{"8210004004", "CAFE-4", "3", "", reconcile.StateExpired, ""},
			{"8210004005", "CAFE-5", "4", "", reconcile.StateFailed, ""},
			{"8210004006", "CAFE-6", "5", "", reconcile.StateCancelled, ""},
			{"8210004007", "", "2000", "", reconcile.StatePaid, tx("4007")[2:]},
			{"8210004008", "CAFE-8", "6", "", reconcile.StateUnknown, ""},
		}},
		{"list-2026.json", []brief{
			{"", "BAR-1", "120", "", reconcile.StatePaid, tx("5001")},
			{"", "BAR-2", "80", "", reconcile.StateCreated, ""},
			{"", "BAR-3", "80", "", reconcile.StateDetected, tx("5003")},
			{"", "BAR-4", "80", "", reconcile.StateCreated, ""},
			{"", "BAR-5", "80", "", reconcile.StateCancelled, ""},
		}},
		{"callbacks-v1.jsonl", []brief{
			{"8210000501", "", "100", "", reconcile.StatePaid, tx("501")},
			{"8210000502", "OLD-2", "13.410037", "", reconcile.StateDetected, ""},
			{"8210000503", "", "9", "", reconcile.StateFailed, ""},
		}},
		{"table.csv", []brief{
			{"8210006001", "007001", "19.99", "20", reconcile.StatePaid, tx("6001")},
			{"8210006002", "007002", "", "20", reconcile.StateDetected, ""},
			{"8210006003", "007003", "5", "", reconcile.StatePaid, tx("6003")},
		}},
	} {
		rec, err := read(t, sources.FileOptions{}, c.file, fixture(t, c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
		if diff := cmp.Diff(c.want, briefs(rec), cmp.AllowUnexported(brief{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.file, diff)
		}
	}
}

// TestWholeOrder compares every field of a row.
func TestWholeOrder(t *testing.T) {
	rec, err := read(t, sources.FileOptions{}, "table.csv", fixture(t, "table.csv"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) reconcile.Instant {
		i, err := sources.ParseTime(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	want := reconcile.Order{At: reconcile.At{Line: 2}, Provider: "blockatm", OrderID: "8210006001", OrderNo: "007001", Account: "86100021", Customer: "cust-1",
		Method: "scan", Chain: "1", Asset: "USDT", Symbol: "USDT", Due: quantity(t, "20.00"), Recorded: quantity(t, "19.99"), Status: "SUCCESS", State: reconcile.StatePaid,
		TXIDs: []string{tx("6001")}, PayTo: "0x00000000000000000000000000000000000000a1", Payers: []string{"0x00000000000000000000000000000000000000f1"},
		Created: at("2026-01-01T09:00:00Z"), Expires: at("2026-01-01T09:30:00Z"), Updated: at("2026-01-01T09:03:20Z"), PaidAt: at("2026-01-01T09:02:00Z"), Resends: 1}
	if diff := cmp.Diff(want, rec.Orders[0], quantities); diff != "" {
		t.Error(diff)
	}
	if second := rec.Orders[1]; second.Created != want.Created || second.Resends != -1 || second.Payers != nil {
		t.Errorf("seconds in place of milliseconds, and cells that are empty: %+v", second)
	}
	if third := rec.Orders[2]; third.Method != "scan" || third.Account != "" {
		t.Errorf("the V1 row: %+v", third)
	}
	if rec.Scope != 1 {
		t.Errorf("%d rows out of scope, the payout is one", rec.Scope)
	}
}

func TestRejects(t *testing.T) {
	rec, err := read(t, sources.FileOptions{}, "table.csv", fixture(t, "table.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		line              int
		column, no, about string
	}{
		{6, "id", "007005", "scientific notation"},
		{7, "txId", "007006", "no whole transaction id"},
		{8, "id", "007007", "column of fractions"},
		{9, "createTime", "007008", "day and month"},
		{10, "amount", "007009", "separator"},
		{11, "resends", "007010", "no number of resends"},
	}
	if len(rec.Rejects) != len(want) {
		t.Fatalf("%d rejects, want %d: %+v", len(rec.Rejects), len(want), rec.Rejects)
	}
	for i, w := range want {
		if r := rec.Rejects[i]; r.At.Line != w.line || r.Column != w.column || r.OrderNo != w.no || !strings.Contains(r.Reason, w.about) {
			t.Errorf("line %d: %+v", w.line, r)
		}
	}
}

func TestErrorEnvelope(t *testing.T) {
	rec, err := read(t, sources.FileOptions{}, "refused.json", fixture(t, "refused.json"))
	if err == nil || !strings.Contains(err.Error(), "System error") || len(rec.Covers) > 0 {
		t.Errorf("%v, covers %v", err, rec.Covers)
	}
}

func TestTables(t *testing.T) {
	const id = "8210007001"
	for _, c := range []struct {
		name    string
		options sources.FileOptions
		content string
		want    []brief
		scope   int
		problem string
	}{
		{name: "headers of one's own, named as every book names them",
			options: sources.FileOptions{Columns: map[string]string{"order_no": "Merchant Order No.", "amount_paid": "Paid", "status": "State", "txid": "Hash"}},
			content: "Merchant Order No.;State;Paid;Hash\nA-1;Completed;5.5;" + tx("1") + "\n", want: []brief{{"", "A-1", "5.5", "", reconcile.StatePaid, tx("1")}}},
		{name: "or as the API names them", options: sources.FileOptions{Columns: map[string]string{"orderNo": "No.", "amount": "Paid"}},
			content: "No.,status,Paid\nA-1,Expired,5\n", want: []brief{{"", "A-1", "5", "", reconcile.StateExpired, ""}}},
		{name: "only one cashier", options: sources.FileOptions{Only: map[string][]string{"cashierId": {"86100021"}}},
			content: "id,status,cashierId\n" + id + ",SUCCESS,86100021\n2,SUCCESS,86100022\n", want: []brief{{id, "", "", "", reconcile.StatePaid, ""}}, scope: 1},
		{name: "both generations, told apart row by row", content: "id,platOrderNo,status\n" + id + ",,1\n,8210007002,1\n",
			want: []brief{{id, "", "", "", reconcile.StateDetected, ""}, {"8210007002", "", "", "", reconcile.StatePaid, ""}}},
		{name: "a generation that does not show", content: "orderNo,status\nA-1,1\nA-2,9\n",
			want: []brief{{"", "A-1", "", "", reconcile.StateUnknown, ""}, {"", "A-2", "", "", reconcile.StatePaid, ""}}},
		{name: "placeholders are nothing", content: "id,orderNo,status,txId,toAddress,fromAddress\n" + id + ",N/A,PENDING,0x....,0x....,0x....\n",
			want: []brief{{id, "", "", "", reconcile.StateCreated, ""}}},
		{name: "no key", content: "status,amount\nSUCCESS,5\n", problem: "none of id, platOrderNo, orderNo"},
		{name: "no status", content: "id,Status text,amount\n1,SUCCESS,5\n", problem: "status"},
	} {
		rec, err := read(t, c.options, "t.csv", []byte(c.content))
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, briefs(rec), cmp.AllowUnexported(brief{})); diff != "" || err != nil || rec.Scope != c.scope || len(rec.Rejects) > 0 {
			t.Errorf("%s: %v, %d out of scope, rejects %+v\n%s", c.name, err, rec.Scope, rec.Rejects, diff)
		}
		for _, o := range rec.Orders {
			if strings.Contains(o.PayTo+strings.Join(o.Payers, ""), "..") {
				t.Errorf("%s: a placeholder is kept as an address: %+v", c.name, o)
			}
		}
	}
}

func TestWorkbook(t *testing.T) {
	book := excelize.NewFile()
	for cell, value := range map[string]any{"A1": "id", "B1": "orderNo", "C1": "status", "D1": "amount", "E1": "createTime",
		"A2": 8210007001, "B2": "0071", "C2": 9, "D2": 12.5, "E2": 1767258000000} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	var content bytes.Buffer
	if err := book.Write(&content); err != nil {
		t.Fatal(err)
	}
	rec, err := read(t, sources.FileOptions{}, "list.xlsx", content.Bytes())
	want := []brief{{"8210007001", "0071", "12.5", "", reconcile.StatePaid, ""}}
	if diff := cmp.Diff(want, briefs(rec), cmp.AllowUnexported(brief{})); diff != "" || err != nil || rec.Orders[0].Created.String() != "2026-01-01T09:00:00Z" {
		t.Errorf("%v %+v\n%s", err, rec.Rejects, diff)
	}
}

func TestConform(t *testing.T) {
	samples := map[string][]byte{}
	for _, name := range []string{"list-v2.json", "list-2026.json", "callbacks-v1.jsonl", "table.csv"} {
		samples[name] = fixture(t, name)
	}
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Orders(sources.FileOptions{Name: "cashier", Profile: published(t), Files: files})
	}, samples)
}
