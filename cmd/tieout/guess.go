package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/explorer"
	"tieout/sources/generic"
	"tieout/sources/sourcetest"
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
	what  string
	sure  sureness
	why   string
	notes []string
	yaml  string // the source for the configuration
}

// guessAll tries everything that a source of files can be, the more particular
// first: of equally sure guesses that one counts.
func guessAll(ctx context.Context, in files.Input, columns []string) []guess {
	guesses := []guess{guessTransfers(in, columns)}
	for _, name := range []string{"blockatm", "bvnk", "generic"} {
		profile, err := config.Profile(name, profiles[name])
		if err != nil {
			guesses = append(guesses, guess{what: name, why: err.Error()})
			continue
		}
		o := sources.FileOptions{Name: "inspect", Profile: profile, Files: []sources.File{{Path: in.Path, Open: in.Open}}}
		guesses = append(guesses, guessWebhooks(ctx, in, o))
		if refundBooks[name] != nil {
			guesses = append(guesses, guessRefunds(ctx, in, o))
		}
		guesses = append(guesses, guessBook(ctx, in, o, columns))
	}
	return guesses
}

func guessTransfers(in files.Input, columns []string) guess {
	format, confidence, missing := explorer.Recognise(columns)
	g := guess{what: "transfers", why: "no known export of transfers has such columns"}
	g.yaml = fmt.Sprintf(`transfers:
  - name: transfers
    source: csv
    files: [%q]
    # chain: eip155:1        # where the rows name none
    # timezone: Etc/UTC      # where the times name no zone
`, in.Path)
	switch confidence {
	case explorer.Certain:
		g.what, g.sure, g.why = "transfers ("+format+")", certain, "every column that the format needs is there"
	case explorer.Partial:
		g.why = fmt.Sprintf("the nearest format is %s, which needs %s too", format, strings.Join(missing, ", "))
	case explorer.Refused:
		g.why = format + " is recognised, and holds nothing that can be reconciled"
	}
	return g
}

// guessWebhooks reads the file as a webhook log.
func guessWebhooks(ctx context.Context, in files.Input, o sources.FileOptions) guess {
	provider := o.Profile.Name
	w := webhook.Options{FileOptions: o, Decoder: noDecoder(o.Profile)}
	if decoder := decoders[provider]; decoder != nil {
		w.Decoder = decoder(o.Profile)
	}
	var rec sourcetest.Recorder
	err := webhook.Deliveries(w).Read(ctx, sources.Query{}, &rec)
	unknown := 0
	for _, d := range rec.Deliveries {
		if d.State == reconcile.StateUnknown {
			unknown++
		}
	}
	g := judge("a webhook log of "+provider, "deliveries", len(rec.Deliveries), unknown, &rec, err)
	if g.sure == likely {
		g.sure = certain // nothing else has a time of receipt
	}
	g.yaml = fmt.Sprintf(`webhooks:
  - name: receiver
    provider: %s
    files: [%q]
    # secret: "${WEBHOOK_SECRET}"   # to check signatures, where raw bodies were logged
`, provider, in.Path)
	return g
}

// guessRefunds reads the file as a refund book. One that reads at all is certain: no
// other book names its rows by the refund.
func guessRefunds(ctx context.Context, in files.Input, o sources.FileOptions) guess {
	provider := o.Profile.Name
	var rec sourcetest.Recorder
	err := refundBooks[provider](o).Read(ctx, sources.Query{}, &rec)
	named, unknown := 0, 0
	for _, r := range rec.Refunds {
		if r.State == reconcile.StateUnknown {
			unknown++
		}
		if r.RefundID != "" {
			named++
		}
	}
	g := judge("a refund book of "+provider, "refunds", len(rec.Refunds), unknown, &rec, err)
	switch {
	case named < len(rec.Refunds):
		g.sure = impossible
	case g.sure == likely && rec.Scope > 0 && !slices.Contains(rec.Proofs, "running balance"): // payments that come in are more than a refund book has
		g.sure = perhaps
	case g.sure == likely:
		g.sure = certain
	}
	g.yaml = fmt.Sprintf(`orders:
  - name: refunds
    book: refunds
    provider: %s
    files: [%q]
`, provider, in.Path)
	return g
}

// guessBook reads the file as an order book. A generic one that does not read as
// it stands may with its columns mapped.
func guessBook(ctx context.Context, in files.Input, o sources.FileOptions, columns []string) guess {
	provider := o.Profile.Name
	read := func(o sources.FileOptions) guess {
		var rec sourcetest.Recorder
		err := books[provider](o).Read(ctx, sources.Query{}, &rec)
		unknown := 0
		for _, order := range rec.Orders {
			if order.State == reconcile.StateUnknown {
				unknown++
			}
		}
		return judge("an order book of "+provider, "orders", len(rec.Orders), unknown, &rec, err)
	}
	g := read(o)
	if g.sure == impossible && provider == "generic" {
		if confidence, mapping, _ := generic.Recognise(columns); confidence != generic.None {
			o.Columns = mapping
			g = read(o)
		}
	}
	mapped := "# columns: {order_no: \"Header in the file\"}   # canonical column: header, where they differ"
	if len(o.Columns) > 0 {
		mapped = "columns: {" + flow(o.Columns) + "}"
	}
	g.yaml = fmt.Sprintf(`orders:
  - name: orders
    provider: %s
    # book: merchant         # when these are your own orders
    files: [%q]
    %s
`, provider, in.Path, mapped)
	return g
}

// flow writes a mapping in one line of YAML, in order of its keys.
func flow(m map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s: %q", key, m[key]))
	}
	return strings.Join(parts, ", ")
}

// judge says how sure a reading is: a row that was rejected, or whose status the
// provider does not have, speaks against it.
func judge(what, rows string, read, unknown int, rec *sourcetest.Recorder, err error) guess {
	g := guess{what: what, notes: rec.Notes}
	g.why = fmt.Sprintf("%s read: %d, rows rejected: %d, statuses not known: %d", rows, read, len(rec.Rejects), unknown)
	if len(rec.Rejects) > 0 {
		r := rec.Rejects[0]
		g.notes = append(g.notes, fmt.Sprintf("line %d column %q: %s", r.At.Line, r.Column, r.Reason))
	}
	switch good := read - unknown; {
	case err != nil:
		g.why = err.Error()
	case good > 0 && good == read && len(rec.Rejects) == 0:
		g.sure = likely
	case good > len(rec.Rejects)+unknown:
		g.sure = perhaps
	}
	return g
}
