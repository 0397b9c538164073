package main

import (
	"strconv"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/sources/etherscan"
)

// etherscanSource makes a source that asks an explorer's API.
func (b *builder) etherscanSource(s config.Source) app.Source {
	return app.Source{Source: etherscan.Transfers(b.etherscanOptions(s))}
}

func (b *builder) etherscanOptions(s config.Source) etherscan.Options {
	e := s.Endpoints[0]
	o := etherscan.Options{Name: s.Name, Chain: s.Chain, Assets: b.tokens(s), Verify: s.Verify, URL: e.URL.Reveal(), Key: e.Key.Reveal()}
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
