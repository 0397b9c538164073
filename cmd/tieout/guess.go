package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/configs"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/explorer"
	"tieout/sources/generic"
	"tieout/sources/tabular"
	"tieout/sources/webhook"
)

// sureness says how sure a guess is.
type sureness int

const (
	impossible sureness = iota
	perhaps             // some of it reads
	likely              // all of it reads, as it would under other names
	certain             // its columns are of no other kind
)

func (s sureness) String() string {
	return [...]string{"no", "perhaps", "likely", "certainly"}[s]
}

// guess is what a file may be.
type guess struct {
	what   string
	sure   sureness
	why    string
	notes  []string
	unused int               // columns that mean nothing to it
	newest reconcile.Instant // of its rows; 0 = none
	draft  draft             // the source for the configuration
}

// sample is a file that is to be recognised, and what it looks like.
type sample struct {
	files.Input
	tabular.Summary
	catalogue *reconcile.Catalogue
	guesses   []guess // the best first
}

// look reads a file and everything that it may be.
func look(ctx context.Context, in files.Input) (*sample, error) {
	catalogue, err := config.Catalogue([]string{"configs/assets.yaml (built in)"}, [][]byte{configs.Assets})
	if err != nil {
		return nil, err
	}
	s := &sample{Input: in, catalogue: catalogue}
	if isDatabase(in) {
		s.Format, s.guesses = "sqlite", []guess{guessDatabase(ctx, in)}
		return s, nil
	}
	if s.Summary, err = header(in); err != nil {
		return nil, err
	}
	s.guesses = s.all(ctx)
	slices.SortStableFunc(s.guesses, func(a, b guess) int {
		return cmp.Or(cmp.Compare(b.sure, a.sure), cmp.Compare(a.unused, b.unused))
	})
	return s, nil
}

// best is the guess that explains most of a file.
func (s *sample) best() *guess { return &s.guesses[0] }

// all tries everything that a source of files can be. Of equally sure guesses the one
// counts that uses more of the columns, and then the plainer one.
func (s *sample) all(ctx context.Context) []guess {
	guesses := []guess{s.transfers(ctx), s.addresses()}
	for _, name := range []string{"generic", "blockatm", "bvnk"} {
		profile, err := config.Profile(name, profiles[name])
		if err != nil {
			guesses = append(guesses, guess{what: name, why: err.Error()})
			continue
		}
		o := sources.FileOptions{Name: "inspect", Profile: profile, Files: s.files()}
		guesses = append(guesses, s.webhooks(ctx, o))
		if refundBooks[name] != nil {
			guesses = append(guesses, s.refunds(ctx, o))
		}
		guesses = append(guesses, s.book(ctx, o))
	}
	return guesses
}

func (s *sample) files() []sources.File { return []sources.File{{Path: s.Path, Open: s.Open}} }

// transfers goes by the header, and reads the rows for what only they show.
func (s *sample) transfers(ctx context.Context) guess {
	format, confidence, missing := explorer.Recognise(s.Header)
	g := guess{what: "transfers", why: "no known export of transfers has such columns"}
	g.draft = draft{section: "transfers", name: "transfers", files: []string{s.Path}}
	switch confidence {
	case explorer.Partial:
		g.why = fmt.Sprintf("the nearest format is %s, which needs %s too", format, strings.Join(missing, ", "))
	case explorer.Refused:
		g.why = format + " is recognised, and holds nothing that can be reconciled"
	}
	if confidence != explorer.Certain {
		return g
	}
	g.what, g.sure, g.why = "transfers ("+format+")", certain, "every column that the format needs is there"
	unused := explorer.Unused(s.Header)
	if format == explorer.Plain { // an order book may have these columns, too
		g.sure, g.unused = likely, len(unused)
	}
	if len(unused) > 0 {
		g.notes = append(g.notes, "columns that are not used: "+strings.Join(unused, ", "))
	}
	t, err := s.readTransfers(ctx, "", nil)
	if g.draft.chainless = err != nil && strings.Contains(err.Error(), "chain:"); g.draft.chainless {
		g.draft.chain = s.chainOf(ctx)
		t, err = s.readTransfers(ctx, cmp.Or(g.draft.chain, "eip155:1"), nil)
	}
	if g.draft.zoneless = t.zoneless || err != nil && needsZone(err.Error()); g.draft.zoneless {
		t, err = s.readTransfers(ctx, cmp.Or(g.draft.chain, "eip155:1"), time.UTC)
	}
	g.newest = t.newest
	if t.rejected > 0 {
		g.notes = append(g.notes, fmt.Sprintf("%d rows cannot be read, the first: %s", t.rejected, t.first))
	}
	if err != nil {
		g.notes = append(g.notes, err.Error())
	}
	return g
}

func (s *sample) readTransfers(ctx context.Context, chain string, zone *time.Location) (*tally, error) {
	t := &tally{catalogue: s.catalogue}
	err := explorer.Transfers(sources.FileOptions{Name: "inspect", Files: s.files(), Chain: chain, Zone: zone}, s.catalogue).Read(ctx, sources.Query{}, t)
	return t, err
}

// chainOf is the chain on which the tokens of a file are known, "" when there is none
// or more than one.
func (s *sample) chainOf(ctx context.Context) string {
	var found []string
	for _, ch := range s.catalogue.Chains {
		if t, _ := s.readTransfers(ctx, ch.ID, time.UTC); t.accepted > 0 {
			found = append(found, ch.ID)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// addresses reads the file as a list of our own addresses.
func (s *sample) addresses() guess {
	g := guess{what: "a list of addresses", draft: draft{section: "own_addresses", files: []string{s.Path}}}
	if strings.HasPrefix(s.Format, "json") {
		g.why = "it is JSON, and a list of addresses is CSV"
		return g
	}
	list, err := files.Addresses(s.Input)
	for _, a := range list {
		if _, e := reconcile.CanonicalAddress("", a.Text); e != nil && err == nil {
			err = fmt.Errorf("line %d: %w", a.Line, e)
		}
	}
	switch {
	case err != nil:
		g.why = err.Error()
	case len(list) > 0 && len(s.Header) <= 3:
		g.sure, g.why = certain, fmt.Sprintf("addresses read: %d", len(list))
		g.notes = []string{"as own_addresses these are treasury addresses; under addresses: of a transfers source they are the ones that receive"}
	default:
		g.why = "it has other columns than a list of addresses"
	}
	return g
}

// webhooks reads the file as a webhook log.
func (s *sample) webhooks(ctx context.Context, o sources.FileOptions) guess {
	w := webhook.Options{FileOptions: o, Decoder: noDecoder(o.Profile)}
	if decoder := decoders[o.Profile.Name]; decoder != nil {
		w.Decoder = decoder(o.Profile)
	}
	g := s.judge("a webhook log of "+o.Profile.Name, "deliveries", func(zone *time.Location, t *tally) error {
		w.Zone = zone
		return webhook.Deliveries(w).Read(ctx, sources.Query{}, t)
	})
	if g.sure == likely {
		g.sure = certain // nothing else has a time of receipt
	}
	g.draft.section, g.draft.name, g.draft.provider = "webhooks", "receiver", o.Profile.Name
	return g
}

// refunds reads the file as a refund book. One that reads at all is certain: no
// other book names its rows by the refund.
func (s *sample) refunds(ctx context.Context, o sources.FileOptions) guess {
	provider := o.Profile.Name
	var last *tally
	g := s.judge("a refund book of "+provider, "refunds", func(zone *time.Location, t *tally) error {
		o.Zone, last = zone, t
		return refundBooks[provider](o).Read(ctx, sources.Query{}, t)
	})
	switch {
	case last.named < last.read:
		g.sure = impossible
	case g.sure == likely && last.scope > 0 && !last.balanced: // payments that come in are more than a refund book has
		g.sure = perhaps
	case g.sure == likely:
		g.sure = certain
	}
	g.draft.section, g.draft.name, g.draft.provider, g.draft.book = "orders", "refunds", provider, "refunds"
	return g
}

// book reads the file as an order book. A generic one that does not read as it
// stands may with its columns mapped.
func (s *sample) book(ctx context.Context, o sources.FileOptions) guess {
	provider := o.Profile.Name
	read := func(zone *time.Location, t *tally) error {
		o.Zone = zone
		return books[provider](o).Read(ctx, sources.Query{}, t)
	}
	g := s.judge("an order book of "+provider, "orders", read)
	if g.sure == impossible && provider == "generic" {
		if confidence, mapping, _ := generic.Recognise(s.Header); confidence != generic.None {
			o.Columns = mapping
			g = s.judge("an order book of "+provider, "orders", read)
		}
	}
	_, mapping, _ := generic.Recognise(s.Header)
	g.draft.section, g.draft.name, g.draft.provider, g.draft.columns, g.draft.ids = "orders", "orders", provider, o.Columns, mapping["order_id"] != ""
	return g
}

// judge says how sure a reading is: a row that was rejected, or whose status the
// provider does not have, speaks against it. Times without a zone are read in UTC to
// see what else the file holds; whose clock they show is for its owner to say.
func (s *sample) judge(what, rows string, read func(zone *time.Location, t *tally) error) guess {
	t := &tally{}
	err := read(nil, t)
	zoneless := t.zoneless || err != nil && needsZone(err.Error())
	if zoneless {
		t = &tally{}
		err = read(time.UTC, t)
	}
	g := guess{what: what, notes: t.notes, unused: t.unused, newest: t.newest, draft: draft{files: []string{s.Path}, zoneless: zoneless}}
	g.why = fmt.Sprintf("%s read: %d, rows rejected: %d, statuses not known: %d", rows, t.read, t.rejected, t.unknown)
	if t.rejected > 0 {
		g.notes = append(g.notes, t.first)
	}
	if zoneless {
		g.notes = append(g.notes, "its times name no zone: timezone: on the source says whose clock they show")
	}
	switch good := t.read - t.unknown; {
	case err != nil:
		g.why = err.Error()
	case good > 0 && good == t.read && t.rejected == 0:
		g.sure = likely
	case good > t.rejected+t.unknown:
		g.sure = perhaps
	}
	return g
}

// place is where a reject stands, and why.
func place(r *reconcile.Reject) string {
	return fmt.Sprintf("line %d column %q: %s", r.At.Line, r.Column, r.Reason)
}

// header reads a file without asking for any column.
func header(in files.Input) (tabular.Summary, error) {
	table := explorer.Table(sources.File{Path: in.Path, Open: in.Open})
	return tabular.Read(table.Path, table.Open, tabular.Contract{}, tabular.Options{}, tabular.Handler{
		Row: func(*tabular.Row) error { return nil }, Bad: func(*tabular.Error) error { return nil }})
}

// errNoTable says that a database holds nothing that could be a book.
var errNoTable = errors.New("no table of it has an order number and a status")
