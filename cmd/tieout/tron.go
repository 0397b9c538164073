package main

import (
	"fmt"
	"strconv"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/sources/tron"
)

// tronSource makes a source that reads TRON.
func (b *builder) tronSource(s config.Source) app.Source {
	return app.Source{Source: tron.Transfers(b.tronOptions(s))}
}

func (b *builder) tronOptions(s config.Source) tron.Options {
	o := tron.Options{Name: s.Name, Chain: s.Chain, Assets: b.tokens(s), Verify: s.Verify}
	for i, e := range s.Endpoints {
		o.Endpoints = append(o.Endpoints, tron.Endpoint{Name: fmt.Sprintf("%s %d", s.Name, i+1), URL: e.URL.Reveal(), Key: e.Key.Reveal(), Grid: e.API == "trongrid"})
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
