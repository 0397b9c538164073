package reconciletest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// The chains of the test ledger.
const (
	Ethereum = "eip155:1"
	Polygon  = "eip155:137"
	Optimism = "eip155:10" // in the catalogue, but no scenario has a transfer source for it
)

// Tokens of the test ledger by the names that scenarios use. FAKE is a token
// that the catalogue does not know.
var tokens = map[string]map[string]money.Asset{
	Ethereum: {
		"USDT": token(Ethereum, "0xdac17f958d2ee523a2206206994597c13d831ec7", "USDT", 6),
		"USDC": token(Ethereum, "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC", 6),
		"ETH":  {ID: Ethereum + "/slip44:60", Symbol: "ETH", Decimals: 18},
		"FAKE": token(Ethereum, "0x00000000000000000000000000000000000fa4e0", "USDT", 6),
	},
	Polygon: {
		"USDT": token(Polygon, "0xc2132d05d31c914a87c6611c10748aeb04b58e8f", "USDT", 6),
		"POL":  {ID: Polygon + "/slip44:966", Symbol: "POL", Decimals: 18},
	},
	Optimism: {
		"USDT": token(Optimism, "0x94b008aa00579c1307b0ef2c499ad98a8ce58e58", "USDT", 6),
	},
}

func token(chain, contract, symbol string, decimals int) money.Asset {
	return money.Asset{ID: reconcile.TokenID(chain, contract), Symbol: symbol, Decimals: decimals}
}

// Asset returns a token of the test ledger. A name that it does not have is a
// mistake in the test and panics.
func Asset(chain, name string) money.Asset {
	asset, ok := tokens[chain][name]
	if !ok {
		panic(fmt.Sprintf("reconciletest: no token %s on %s", name, chain))
	}
	return asset
}

// Catalogue returns the chains and tokens of the test ledger.
func Catalogue() *reconcile.Catalogue {
	chains := []reconcile.Chain{
		{ID: Ethereum, Aliases: []string{"ETH", "1"}, Native: Asset(Ethereum, "ETH"), Finality: "finalized", Explorer: "https://etherscan.io"},
		{ID: Polygon, Aliases: []string{"POLYGON", "137"}, Native: Asset(Polygon, "POL"), Finality: "finalized", Explorer: "https://polygonscan.com"},
		{ID: Optimism, Aliases: []string{"OPTIMISM", "10"}, Native: money.Asset{ID: Optimism + "/slip44:60", Symbol: "ETH", Decimals: 18}, Finality: "finalized"},
	}
	accepted := func(key, chain, name string) reconcile.CatalogueAsset {
		return reconcile.CatalogueAsset{Key: key, Chain: chain, Asset: Asset(chain, name), Accepted: true}
	}
	c, err := reconcile.NewCatalogue(chains, []reconcile.CatalogueAsset{
		accepted("usdt", Ethereum, "USDT"), accepted("usdc", Ethereum, "USDC"), accepted("eth", Ethereum, "ETH"),
		accepted("usdt-polygon", Polygon, "USDT"), accepted("usdt-optimism", Optimism, "USDT"),
	})
	if err != nil {
		panic("reconciletest: " + err.Error())
	}
	return c
}

// Profiles returns two providers with the published figures of BlockATM and
// BVNK, and the merchant's own book. Each call returns fresh values, so that a
// scenario may change them.
func Profiles() map[string]*reconcile.Profile {
	return map[string]*reconcile.Profile{
		"blockatm": {
			Name: "blockatm",
			Statuses: words(map[string]reconcile.State{
				"PENDING": reconcile.StateCreated, "PROCESSING": reconcile.StateDetected, "SUCCESS": reconcile.StatePaid,
				"EXPIRED": reconcile.StateExpired, "CANCELLED": reconcile.StateCancelled, "FAILED": reconcile.StateFailed,
			}),
			Notifies:    []reconcile.State{reconcile.StatePaid, reconcile.StateFailed},
			NotifiesAll: []reconcile.State{reconcile.StatePaid, reconcile.StateFailed, reconcile.StateExpired, reconcile.StateCancelled},
			RetryWindow: 26*reconcile.Hour + 36*reconcile.Minute, Attempts: 6, DefaultExpiry: 30 * reconcile.Minute,
			Completes: true, Resends: true, ResendLimit: 3,
			ResendStates: []reconcile.State{reconcile.StatePaid, reconcile.StateFailed},
			Operator:     "cashier operator", Support: "BlockATM support",
			ReasonStuck:  "On-chain confirmed but status not synced",
			ReasonUnpaid: "User paid but not received",
		},
		"bvnk": {
			Name: "bvnk",
			Statuses: words(map[string]reconcile.State{
				"PENDING": reconcile.StateCreated, "PROCESSING": reconcile.StateDetected, "COMPLETE": reconcile.StatePaid,
				"UNDERPAID": reconcile.StatePaid, "OVERPAID": reconcile.StatePaid,
				"EXPIRED": reconcile.StateExpired, "CANCELLED": reconcile.StateCancelled,
			}),
			Notifies:     []reconcile.State{reconcile.StatePaid},
			NotifiesAll:  []reconcile.State{reconcile.StatePaid, reconcile.StateExpired, reconcile.StateCancelled},
			NotifiesLate: true, RetryWindow: 25 * reconcile.Hour, Attempts: 100, AcceptsAny2xx: true,
			KeepsExpired: true, AddressForever: true, DefaultExpiry: 30 * reconcile.Minute,
			Support: "BVNK support",
		},
		"generic": {
			Name: "generic",
			Statuses: words(map[string]reconcile.State{
				"CREATED": reconcile.StateCreated, "PENDING": reconcile.StateDetected, "PAID": reconcile.StatePaid,
				"EXPIRED": reconcile.StateExpired, "CANCELLED": reconcile.StateCancelled, "FAILED": reconcile.StateFailed,
			}),
			DefaultExpiry: 30 * reconcile.Minute,
		},
	}
}

func words(table map[string]reconcile.State) map[string]map[string]reconcile.State {
	return map[string]map[string]reconcile.State{"": table}
}

// Window is the judged span of every scenario: the four days up to the end of
// 10 March 2026, UTC.
var Window = reconcile.Interval{From: Clock("03-07 00:00"), To: Clock("03-11 00:00")}

// Clock reads a time of March 2026 in UTC: "03-10 23:58", with seconds if
// needed. A time without a date is on 8 March: long enough before the end of the
// window for every retry and grace to be over, and less than 72 hours before it.
// Text of another form panics.
func Clock(text string) reconcile.Instant {
	for _, layout := range []string{"01-02 15:04", "01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return reconcile.InstantOf(t.AddDate(2026, 0, 0))
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return reconcile.InstantOf(t.AddDate(2026, 2, 7))
		}
	}
	panic(fmt.Sprintf("reconciletest: %q is no time", text))
}

// TXID is the transaction id that a scenario calls by that name.
func TXID(name string) string { return "0x" + digest("transaction "+name, 32) }

// Address is the address that a scenario calls by that name.
func Address(name string) string { return "0x" + digest("address "+name, 20) }

func digest(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:n])
}

// Quantity reads a decimal; text that is none panics.
func Quantity(text string) money.Quantity {
	q, err := money.Parse(text)
	if err != nil {
		panic("reconciletest: " + err.Error())
	}
	return q
}
