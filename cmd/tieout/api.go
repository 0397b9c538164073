package main

import (
	"context"
	"errors"
	"time"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/sources"
	"tieout/sources/blockatm"
	"tieout/sources/bvnk"
)

// api makes a source that asks a provider for its orders.
func (b *builder) api(s config.Source) app.Source {
	o := sources.FileOptions{Name: s.Name, Profile: b.conf.Profiles[s.Provider], Columns: s.Columns, Only: s.Only}
	return app.Source{Source: masked{b.asking(s, o), b.conf.Secrets}}
}

func (b *builder) asking(s config.Source, o sources.FileOptions) sources.Source {
	if s.Provider == "bvnk" {
		return bvnk.API(bvnk.APIOptions{FileOptions: o, URL: s.API.URL, ID: s.API.ID.Reveal(), Key: s.API.Key.Reveal(), Merchant: s.API.Merchant,
			Channels: s.API.Channels, PerMinute: s.API.PerMinute, Now: time.Now})
	}
	return blockatm.API(blockatm.APIOptions{FileOptions: o, URL: s.API.URL, Key: s.API.Key.Reveal(), PerMinute: s.API.PerMinute, Now: time.Now})
}

// masked is a source whose answers may repeat our keys.
type masked struct {
	sources.Source
	secrets []config.Secret
}

func (m masked) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	err := m.Source.Read(ctx, q, maskedSink{into, m.secrets})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if shown := config.Mask(err.Error(), m.secrets); shown != err.Error() {
		return errors.New(shown)
	}
	return err
}
