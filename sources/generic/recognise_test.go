package generic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecognise(t *testing.T) {
	for _, c := range []struct {
		name, header, confidence string
		mapping                  map[string]string
		unmapped                 string
	}{
		{name: "the contract's own names", header: "order_no,status,amount_due,asset,email", confidence: Certain,
			mapping: map[string]string{"amount_due": "amount_due", "asset": "asset", "order_no": "order_no", "status": "status"}, unmapped: "email"},
		{name: "a shop's spelling", header: "Order Number,Order Status,Tx Hash,Network", confidence: Certain,
			mapping: map[string]string{"chain": "Network", "order_no": "Order Number", "status": "Order Status", "txid": "Tx Hash"}},
		{name: "names with what people add", header: "Order No.,Status,Amount due (USDT),Total", confidence: Likely,
			mapping: map[string]string{"amount_due": "Amount due (USDT)", "order_no": "Order No.", "status": "Status"}, unmapped: "Total"},
		{name: "nothing to compare", header: "order_no,status,e-mail", confidence: Likely,
			mapping: map[string]string{"order_no": "order_no", "status": "status"}, unmapped: "e-mail"},
		{name: "two headers for one column", header: "reference,order number,status,txid", confidence: Certain,
			mapping: map[string]string{"order_no": "reference", "status": "status", "txid": "txid"}, unmapped: "order number"},
		{name: "transfers", header: "transaction_hash,log_index,value", confidence: None,
			mapping: map[string]string{"txid": "transaction_hash"}, unmapped: "log_index,value"},
		{name: "no header", header: "", confidence: None, mapping: map[string]string{}},
	} {
		confidence, mapping, unmapped := Recognise(strings.Split(c.header, ","))
		if confidence != c.confidence || strings.Join(unmapped, ",") != c.unmapped {
			t.Errorf("%s: %s, unmapped %q", c.name, confidence, unmapped)
		}
		if diff := cmp.Diff(c.mapping, mapping); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestNamesMeanOneThing: a header that two columns answer to would go to whichever
// stands first.
func TestNamesMeanOneThing(t *testing.T) {
	owner := map[string]string{}
	for _, c := range Columns {
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if other, taken := owner[letters(name)]; taken {
				t.Errorf("%q means both %s and %s", name, other, c.Name)
			}
			owner[letters(name)] = c.Name
		}
	}
	for _, ambiguous := range []string{"email", "id", "amount", "total", "address", "date"} {
		if owner[ambiguous] != "" {
			t.Errorf("%q means different things in different shops, and here it is %s", ambiguous, owner[ambiguous])
		}
	}
}
