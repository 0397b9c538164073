package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/reconcile"
)

// traps are what payment providers' formats and rules mislead with, each with the
// tests that hold it: a file, and a test function or the name of a case in it.
var traps = []struct {
	trap  string
	tests []string
}{
	{"BlockATM's amount is what was paid or selected, never what was asked for", []string{"sources/blockatm/orders_test.go func TestWholeOrder", "reconcile/reconciletest/scenarios_money_test.go lost: the merchant's due where the provider's is unknown"}},
	{"one member is a text here and a number there", []string{"sources/blockatm/decode_test.go func TestPublishedSamples", "sources/blockatm/orders_test.go func TestFixtures"}},
	{"status 1 and -1 mean other things in V1 and V2", []string{"sources/blockatm/profile_test.go func TestState"}},
	{"an empty payer and a placeholder of a transaction match nothing", []string{"sources/blockatm/orders_test.go func TestFixtures", "reconcile/reconciletest/scenarios_attribution_test.go never on amount alone"}},
	{"milliseconds here, seconds there", []string{"sources/text_test.go func TestUnixTime", "cmd/tieout/providers_test.go an invoice of the Greenfield API"}},
	{"one chain has many spellings", []string{"sources/blockatm/profile_test.go func TestNetworks", "sources/bvnk/profile_test.go func TestWordsOfTheProfile"}},
	{"case counts in some addresses and ids, and not in others", []string{"reconcile/address_test.go func TestCanonicalAddress", "reconcile/reconciletest/scenarios_attribution_test.go txid: in whatever spelling", "sources/bvnk/orders_test.go func TestIDs"}},
	{"one transaction holds several transfers, one order several transactions", []string{"reconcile/reconciletest/scenarios_attribution_test.go txid: a transaction holds several transfers, each is its own",
		"reconcile/reconciletest/scenarios_money_test.go one transaction for several orders whose sums agree is a batch", "reconcile/reconciletest/scenarios_attribution_test.go split: transfers that only together reach the due"}},
	{"a wallet payment has two logs", []string{"reconcile/reconciletest/scenarios_attribution_test.go a wallet payment's two logs are one payment"}},
	{"sweeps, refunds and payouts are no payments", []string{"reconcile/reconciletest/scenarios_outcome_test.go transfers that are no customer payments", "sources/blockatm/decode_test.go func TestPayoutsAreOutOfScope"}},
	{"a token of the same name, and transfers of nothing", []string{"reconcile/reconciletest/scenarios_outcome_test.go excluded: not_accepted", "reconcile/reconciletest/scenarios_outcome_test.go excluded: zero_value"}},
	{"one symbol has other decimals on another chain", []string{"reconcile/catalogue_test.go func TestCatalogue", "cmd/tieout/traps_test.go func TestDecimalsPerChain"}},
	{"a reverted transaction is on chain and moved nothing", []string{"reconcile/reconciletest/scenarios_money_test.go failed: the claimed transaction reverted"}},
	{"numbers that no float holds", []string{"sources/bvnk/decode_test.go func TestDigitsSurvive", "sources/bvnk/api_test.go func TestAPIRow"}},
	{"times with nine and ten digits behind the point", []string{"sources/text_test.go 1 to 10 digits", "sources/bvnk/decode_test.go 2025-07-24T09:36:17.4643104Z"}},
	{"a received amount of 0 until it is confirmed, a coin that is not picked yet", []string{"sources/bvnk/orders_test.go func TestOrders", "sources/bvnk/orders_test.go a complete payment of zero is a claim"}},
	{"an expired order that holds money", []string{"reconcile/reconciletest/scenarios_money_test.go late: BVNK keeps the order expired by design", "sources/bvnk/orders_test.go LATE expired due 5 received 5"}},
	{"what came late was settled at another rate", []string{"reconcile/reconciletest/scenarios_action_test.go late: credit what was settled"}},
	{"UNDERPAID and COMPLETE are opinions", []string{"reconcile/reconciletest/scenarios_money_test.go a label is a claim: UNDERPAID, and the full amount came", "reconcile/reconciletest/scenarios_money_test.go over: BVNK shows COMPLETE, the amounts decide"}},
	{"a webhook that is still retried is not missed", []string{"reconcile/reconciletest/scenarios_outcome_test.go BlockATM retries for 26 hours and 36 minutes", "reconcile/reconciletest/scenarios_outcome_test.go BVNK retries for 25 hours",
		"reconcile/reconciletest/scenarios_action_test.go resend: not a fourth time"}},
	{"a delivery that we refused was not delivered", []string{"reconcile/reconciletest/scenarios_notice_test.go missed: never arrived", "reconcile/reconciletest/scenarios_notice_test.go missed: refused, the provider accepts 200 only", "reconcile/reconciletest/scenarios_notice_test.go missed_webhook(bad_signature)"}},
	{"webhooks come twice and out of order", []string{"reconcile/reconciletest/scenarios_notice_test.go conflict: a later event goes backwards", "reconcile/reconciletest/scenarios_notice_test.go an earlier event that arrives later is out of order"}},
	{"no word for a failed order is published", []string{"sources/blockatm/profile_test.go FAILED Failed FAIL"}},
	{"invisible characters in samples and exports", []string{"sources/blockatm/decode_test.go zero-width spaces before and inside keys", "sources/tabular/csv_test.go byte order mark before a quoted header"}},
	{"what a spreadsheet did to ids, and what it would do to texts of ours", []string{"sources/text_test.go func TestCleanID", "sources/blockatm/orders_test.go func TestTables", "reports/cell_test.go func TestEscape"}},
	{"an order number may be missing, and stand twice", []string{"reconcile/reconciletest/scenarios_edge_test.go without an order number: by the transaction, no order is missing", "reconcile/reconciletest/scenarios_edge_test.go one order number on several provider ids"}},
	{"two orders of one amount at one address", []string{"reconcile/reconciletest/scenarios_attribution_test.go ambiguous: equal orders of two customers, one transfer"}},
	{"a transfer from before its order, or after its end", []string{"reconcile/reconciletest/scenarios_attribution_test.go address: a transfer from before the order", "reconcile/reconciletest/scenarios_money_test.go lost: expired at BlockATM, paid after expiry"}},
	{"orders that name no expiry have the provider's", []string{"cmd/tieout/traps_test.go func TestDefaultExpiry"}},
	{"one row a payment, a column that is no code, and no row for what nobody paid", []string{"cmd/tieout/providers_test.go an invoice in two payments", "reconcile/reconciletest/scenarios_notice_test.go missing order: unpaid and without money is none"}},
	{"too much has no status, and may be sent back by itself", []string{"cmd/tieout/providers_test.go finished with too much", "reconcile/reconciletest/scenarios_outcome_test.go transfers that are no customer payments"}},
	{"the rows stand in one envelope or another, or in none", []string{"sources/blockatm/api_test.go func TestAPI(", "sources/blockatm/orders_test.go func TestErrorEnvelope", "sources/bvnk/orders_test.go func TestEveryShapeIsTheSame"}},
}

// TestTraps: the table says where each of them is tested, and it is there.
func TestTraps(t *testing.T) {
	if len(traps) != 32 {
		t.Errorf("%d traps", len(traps))
	}
	for i, c := range traps {
		for _, test := range c.tests {
			file, name, _ := strings.Cut(test, " ")
			content, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
			if err != nil || name == "" || !strings.Contains(strings.ReplaceAll(string(content), test, ""), name) {
				t.Errorf("%d, %s: %q is not in %s (%v)", i+1, c.trap, name, file, err)
			}
		}
	}
}

// TestDecimalsPerChain: USDT has 6 decimals on Ethereum, TRON and Arbitrum, and 18 on
// BSC.
func TestDecimalsPerChain(t *testing.T) {
	conf := providerConfig(t, "orders: [{name: orders, files: [o.csv]}]\n", "o.csv", "")
	for chain, want := range map[string]int{"eip155:1": 6, "tron:0x2b6653dc": 6, "eip155:42161": 6, "eip155:56": 18} {
		if a, ok := conf.Catalogue.AssetOn(chain, "USDT"); !ok || a.Asset.Decimals != want {
			t.Errorf("USDT on %s: %+v, want %d decimals", chain, a, want)
		}
	}
}

func TestDefaultExpiry(t *testing.T) {
	conf := providerConfig(t, "orders: [{name: orders, files: [o.csv]}]\n", "o.csv", "")
	for provider, want := range map[string]reconcile.Instant{"blockatm": 30 * reconcile.Minute, "bvnk": 3 * reconcile.Hour, "coinbase": reconcile.Hour} {
		if got := conf.Profiles[provider].DefaultExpiry; got != want {
			t.Errorf("%s: %d, want %d", provider, got, want)
		}
	}
}
