package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Catalogue decodes asset tables, the first one built in; names are what errors
// show. A later table may add chains and assets, never change one.
func Catalogue(names []string, contents [][]byte) (*reconcile.Catalogue, error) {
	var chains []reconcile.Chain
	var assets []reconcile.CatalogueAsset
	for i, content := range contents {
		root, err := parse(names[i], content)
		if err != nil {
			return nil, err
		}
		d := &decoder{file: names[i]}
		d.mapping(root, fields{
			"chains": func(n ast.Node) {
				for _, item := range d.list(n) {
					chains = append(chains, d.chain(item))
				}
			},
			"assets": func(n ast.Node) {
				for _, item := range d.list(n) {
					assets = append(assets, d.asset(item))
				}
			},
		})
		if err := d.err(); err != nil {
			return nil, err
		}
	}
	c, err := reconcile.NewCatalogue(chains, assets)
	if err != nil {
		return nil, &Error{File: names[len(names)-1], Reason: err.Error()}
	}
	return c, nil
}

func (d *decoder) chain(n ast.Node) reconcile.Chain {
	var c reconcile.Chain
	d.mapping(n, fields{
		"id":       func(n ast.Node) { c.ID = d.text(n) },
		"aliases":  func(n ast.Node) { c.Aliases = d.texts(n) },
		"finality": func(n ast.Node) { c.Finality, _ = d.finalityOf(n) },
		"explorer": func(n ast.Node) { c.Explorer = d.text(n) },
		"native": func(n ast.Node) {
			d.mapping(n, fields{
				"id":       func(n ast.Node) { c.Native.ID = d.text(n) },
				"symbol":   func(n ast.Node) { c.Native.Symbol = d.text(n) },
				"decimals": func(n ast.Node) { c.Native.Decimals = d.integer(n) },
			})
		},
	})
	if c.ID == "" {
		d.fail(n, "a chain needs an id")
	}
	if c.Native.ID == "" && c.Native.Symbol != "" {
		coin := "60" // SLIP-44: ether, which the other EVM chains use too
		if strings.HasPrefix(c.ID, "tron:") {
			coin = "195"
		}
		c.Native.ID = c.ID + "/slip44:" + coin
	}
	return c
}

func (d *decoder) asset(n ast.Node) reconcile.CatalogueAsset {
	a := reconcile.CatalogueAsset{Accepted: true}
	decimals := false
	d.mapping(n, fields{
		"key":      func(n ast.Node) { a.Key = d.text(n) },
		"id":       func(n ast.Node) { a.Asset.ID = d.text(n) },
		"symbol":   func(n ast.Node) { a.Asset.Symbol = d.text(n) },
		"decimals": func(n ast.Node) { a.Asset.Decimals, decimals = d.integer(n), true },
		"accepted": func(n ast.Node) { a.Accepted = d.boolean(n) },
	})
	chain, _, ok := strings.Cut(a.Asset.ID, "/")
	if !ok || !decimals || a.Asset.Decimals > money.MaxDecimals {
		d.fail(n, "an asset needs id (eip155:1/erc20:0x...), symbol and decimals")
	}
	a.Chain = chain
	if strings.Contains(a.Asset.ID, "/erc20:") {
		a.Asset.ID = strings.ToLower(a.Asset.ID)
	}
	return a
}
