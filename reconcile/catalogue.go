package reconcile

import (
	"fmt"
	"strings"

	"tieout/reconcile/money"
)

// Chain is one ledger, as configs/assets.yaml describes it.
type Chain struct {
	ID       string      // CAIP-2: eip155:1, tron:0x2b6653dc
	Aliases  []string    // other spellings that exports use: ETH, ETH_MAINNET, 1
	Native   money.Asset // the chain's own coin
	Finality string      // "finalized" or a number of confirmations
	Explorer string      // base URL of a block explorer, https only; empty for none
}

// CatalogueAsset is a token or native coin that the catalogue knows.
type CatalogueAsset struct {
	Key      string // the short name used in configuration: usdt
	Chain    string // CAIP-2 id of its chain
	Asset    money.Asset
	Accepted bool // counts as a payment; others are excluded as not_accepted
}

// Catalogue is the table of chains and assets that names are resolved in. Build
// one with NewCatalogue; it is read-only afterwards.
type Catalogue struct {
	Chains []Chain
	Assets []CatalogueAsset

	chain  map[string]int // upper-cased id or alias -> index into Chains
	asset  map[string]int // lower-cased CAIP-19 id -> index into Assets
	symbol map[string]int // chain id + "\x00" + upper-cased symbol or key -> index, -1 when ambiguous
}

// NewCatalogue checks and indexes the tables. An id or alias that two chains
// share, an asset of an unknown chain or an asset listed twice is an error.
func NewCatalogue(chains []Chain, assets []CatalogueAsset) (*Catalogue, error) {
	c := &Catalogue{Chains: chains, Assets: assets,
		chain: map[string]int{}, asset: map[string]int{}, symbol: map[string]int{}}
	for i, ch := range chains {
		for _, name := range append([]string{ch.ID}, ch.Aliases...) {
			key := strings.ToUpper(name)
			if j, taken := c.chain[key]; taken && j != i {
				return nil, fmt.Errorf("chain name %q stands for both %s and %s", name, chains[j].ID, ch.ID)
			}
			c.chain[key] = i
		}
	}
	for i, a := range assets {
		if j, ok := c.chain[strings.ToUpper(a.Chain)]; !ok || chains[j].ID != a.Chain {
			return nil, fmt.Errorf("asset %s is on the unknown chain %q", a.Asset.ID, a.Chain)
		}
		id := strings.ToLower(a.Asset.ID)
		if _, twice := c.asset[id]; twice {
			return nil, fmt.Errorf("asset %s is listed twice", a.Asset.ID)
		}
		if a.Asset.Decimals < 0 || a.Asset.Decimals > money.MaxDecimals {
			return nil, fmt.Errorf("asset %s has %d decimals; 0 to %d are possible", a.Asset.ID, a.Asset.Decimals, money.MaxDecimals)
		}
		c.asset[id] = i
		c.addSymbol(a.Chain, a.Asset.Symbol, i)
		if !strings.EqualFold(a.Key, a.Asset.Symbol) {
			c.addSymbol(a.Chain, a.Key, i)
		}
	}
	return c, nil
}

func (c *Catalogue) addSymbol(chain, name string, i int) {
	key := chain + "\x00" + strings.ToUpper(name)
	if _, taken := c.symbol[key]; taken {
		i = -1
	}
	c.symbol[key] = i
}

// Chain finds a chain by its CAIP-2 id or an alias, case ignored.
func (c *Catalogue) Chain(name string) (Chain, bool) {
	i, ok := c.chain[strings.ToUpper(name)]
	if !ok {
		return Chain{}, false
	}
	return c.Chains[i], true
}

// Asset finds an asset by its CAIP-19 style id.
func (c *Catalogue) Asset(id string) (CatalogueAsset, bool) {
	i, ok := c.asset[strings.ToLower(id)]
	if !ok {
		return CatalogueAsset{}, false
	}
	return c.Assets[i], true
}

// AssetOn finds an asset by symbol or key on a chain given by its CAIP-2 id.
// A symbol that two assets of the chain share is not found: money is never
// attributed on an ambiguous name.
func (c *Catalogue) AssetOn(chain, symbol string) (CatalogueAsset, bool) {
	i, ok := c.symbol[chain+"\x00"+strings.ToUpper(symbol)]
	if !ok || i < 0 {
		return CatalogueAsset{}, false
	}
	return c.Assets[i], true
}

// TokenID returns the CAIP-19 style id of a token contract on a chain.
func TokenID(chain, contract string) string {
	if strings.HasPrefix(chain, "tron:") {
		return chain + "/trc20:" + contract
	}
	return chain + "/erc20:" + strings.ToLower(contract)
}
