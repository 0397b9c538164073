package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/reconcile"
	"tieout/sources/evm"
)

// evmSource makes a source that reads a node.
func (b *builder) evmSource(s config.Source) app.Source {
	return app.Source{Source: evm.Transfers(b.evmOptions(s))}
}

func (b *builder) evmOptions(s config.Source) evm.Options {
	o := evm.Options{Name: s.Name, Chain: s.Chain, Assets: b.tokens(s), Verify: s.Verify, Internal: s.Internal}
	for i, e := range s.Endpoints {
		o.Endpoints = append(o.Endpoints, evm.Endpoint{Name: fmt.Sprintf("%s %d", s.Name, i+1), URL: e.URL.Reveal()})
	}
	if addresses, err := b.addresses(s.Name, s.Addresses); err == nil { // an error has been reported by watched
		o.Addresses = addresses
	}
	if ch, ok := b.conf.Catalogue.Chain(s.Chain); ok {
		if n, err := strconv.Atoi(ch.Finality); err == nil {
			o.Confirmations = n
		}
	}
	return o
}

// tokens are the accepted tokens of the source's chain, narrowed to its assets. The
// native coin is read where it is listed alone: every block is read for it.
func (b *builder) tokens(s config.Source) []reconcile.CatalogueAsset {
	var list []reconcile.CatalogueAsset
	for _, a := range b.conf.Catalogue.Assets {
		if a.Chain == s.Chain && a.Accepted && (len(s.Assets) == 0 && strings.Contains(a.Asset.ID, "/erc20:") || slices.Contains(s.Assets, a.Asset.ID)) {
			list = append(list, a)
		}
	}
	return list
}
