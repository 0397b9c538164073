package book

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
	"tieout/sources/tabular"
)

// The stall is the least that a provider's package can be.
const (
	number = iota
	name
	state
	paidOn
	txs
)

var stall = Shape{
	Columns: []tabular.Column{number: {Name: "number", Aliases: []string{"no"}}, name: {Name: "name"}, state: {Name: "state", Required: true},
		paidOn: {Name: "paidOn"}, txs: {Name: "txs[]", Aliases: []string{"txs.list"}}},
	Keys: []int{number, name},
	Order: func(c *Cells, o *reconcile.Order) bool {
		o.OrderNo, o.Customer, o.Status = c.ID(number), c.Text(name), c.Text(state)
		o.TXIDs, o.Payers, o.PaidAt = c.TXIDs(txs), c.Addresses(name), c.Latest(paidOn)
		return o.Status != "payout"
	},
}

func read(o sources.FileOptions, path, content string) (*sourcetest.Recorder, error) {
	o.Name, o.Profile = "stall", &reconcile.Profile{Name: "stall"}
	o.Files = []sources.File{sourcetest.Bytes(path, []byte(content))}
	var rec sourcetest.Recorder
	err := Orders(o, stall).Read(context.Background(), sources.Query{}, &rec)
	return &rec, err
}

func TestMapping(t *testing.T) {
	for _, c := range []struct {
		name          string
		columns       map[string]string
		file, content string
		no            string // order number of the only order, or
		problem       string // what the error says
		note          string
	}{
		{name: "nothing mapped", file: "a.csv", content: "no,state\nA,paid\n", no: "A"},
		{name: "mapped", columns: map[string]string{"number": "Bon"}, file: "a.csv", content: "bon,state\nA,paid\n", no: "A"},
		{name: "a mapped column takes over another's name", columns: map[string]string{"number": "name"}, file: "a.csv", content: "name,state\nA,paid\n", no: "A"},
		{name: "and another's alias", columns: map[string]string{"name": "no"}, file: "a.csv", content: "no,number,state\nX,A,paid\n", no: "A"},
		{name: "mapped by a name that it goes by", columns: map[string]string{"No": "Bon"}, file: "a.csv", content: "bon,state\nA,paid\n", no: "A"},
		{name: "mapped by two of its names", columns: map[string]string{"no": "Bon", "number": "Nr"}, file: "a.csv", content: "bon,nr,state\nA,B,paid\n", problem: `"number" is another name of number, which is mapped already`},
		{name: "a mapping that no longer fits", columns: map[string]string{"paidOn": "Paid on"}, file: "a.csv", content: "no,state\nA,paid\n", problem: `column "Paid on": the file has no such header`},
		{name: "neither key", file: "a.csv", content: "state,paidOn\npaid,\n", problem: "none of number, name"},
		{name: "no such column", columns: map[string]string{"nmber": "no"}, file: "a.csv", content: "no,state\nA,paid\n", problem: `"nmber" is no column of this source; it has number`},
		{name: "one header for two columns", columns: map[string]string{"number": "No", "name": "no"}, file: "a.csv", content: "no,state\nA,paid\n", problem: `both mapped to "No"`},
		{name: "JSON may leave a member out", columns: map[string]string{"paidOn": "on"}, file: "a.jsonl", content: `{"no":"A","state":"paid"}` + "\n", no: "A", note: `no row has "on"`},
	} {
		rec, err := read(sources.FileOptions{Columns: c.columns}, c.file, c.content)
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) || len(rec.Covers) > 0 {
				t.Errorf("%s: %v, covers %v", c.name, err, rec.Covers)
			}
		case err != nil || len(rec.Orders) != 1 || rec.Orders[0].OrderNo != c.no:
			t.Errorf("%s: %+v %v", c.name, rec.Orders, err)
		case c.note != "" && !strings.Contains(strings.Join(rec.Notes, "\n"), c.note):
			t.Errorf("%s: notes %q", c.name, rec.Notes)
		}
	}
}

func TestFilter(t *testing.T) {
	only := map[string][]string{"STATE": {"paid", "payout"}, "till": {"1"}}
	rec, err := read(sources.FileOptions{Only: only}, "a.csv", "no,state,till\nA,Paid,1\nB,paid,2\nC,open,1\nD,payout,1\n")
	if err != nil || len(rec.Orders) != 1 || rec.Orders[0].OrderNo != "A" || rec.Scope != 3 {
		t.Errorf("%+v, %d out of scope, %v", rec.Orders, rec.Scope, err)
	}
	if _, err := read(sources.FileOptions{Only: only}, "a.csv", "no,state\nA,paid\n"); err == nil || !strings.Contains(err.Error(), "till") {
		t.Errorf("a filter on a column that is not there would keep nothing or everything: %v", err)
	}
}

func TestLists(t *testing.T) {
	for _, c := range []struct {
		file, content string
		txs           []string
		paid          reconcile.Instant
	}{
		{"a.csv", "no,state,paidOn,txs[]\nA,paid,1773741600|1773741660; 0,\"0xa|0xb;0xc,0xd 0xe,,-,0x00\"\n", []string{"0xa", "0xb", "0xc", "0xd", "0xe"}, 1773741660e9},
		{"a.csv", "no,state,txs.list\nA,paid,\n", nil, 0},
		{"a.jsonl", `{"no":"A","state":"paid","txs":["0xa",null,"0xb 0xc",""],"paidOn":1773741600000}` + "\n", []string{"0xa", "0xb", "0xc"}, 1773741600e9},
	} {
		rec, err := read(sources.FileOptions{}, c.file, c.content)
		if err != nil || len(rec.Orders) != 1 || len(rec.Rejects) > 0 {
			t.Fatal(c.content, rec.Rejects, err)
		}
		if diff := cmp.Diff(c.txs, rec.Orders[0].TXIDs); diff != "" || rec.Orders[0].PaidAt != c.paid {
			t.Errorf("%s: paid %s, transactions %s", c.content, rec.Orders[0].PaidAt, diff)
		}
	}
}

// TestListsDoNotOverlap: the lists of one row are split into one buffer.
func TestListsDoNotOverlap(t *testing.T) {
	rec, err := read(sources.FileOptions{}, "a.csv", "no,state,txs[],name\nA,paid,0xa|0xb,x|y|z\nB,paid,0xc,w\n")
	if err != nil || len(rec.Orders) != 2 {
		t.Fatal(rec.Orders, err)
	}
	got := append(rec.Orders[0].TXIDs, append(rec.Orders[0].Payers, append(rec.Orders[1].TXIDs, rec.Orders[1].Payers...)...)...)
	if diff := cmp.Diff([]string{"0xa", "0xb", "x", "y", "z", "0xc", "w"}, got); diff != "" {
		t.Error(diff)
	}
}
