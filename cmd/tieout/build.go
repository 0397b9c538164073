package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"tieout/cmd/internal/app"
	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files"
	"tieout/cmd/internal/store"
	"tieout/reconcile"
	"tieout/reports"
	"tieout/sources"
	"tieout/sources/blockatm"
	"tieout/sources/bvnk"
	"tieout/sources/explorer"
	"tieout/sources/generic"
	"tieout/sources/sql"
	"tieout/sources/webhook"
)

// profiles are the built-in providers.
var profiles = map[string][]byte{
	"blockatm": blockatm.ProfileYAML, "bvnk": bvnk.ProfileYAML, "generic": generic.ProfileYAML,
	"btcpay": generic.BTCPayYAML, "coinbase": generic.CoinbaseYAML, "nowpayments": generic.NOWPaymentsYAML,
}

// books are the order readers of providers with a format of their own; every
// other profile is read by column names.
var books = map[string]func(sources.FileOptions) sources.Source{
	"blockatm": blockatm.Orders, "bvnk": bvnk.Orders, "generic": generic.Orders,
}

// refundBooks are the readers of their refunds.
var refundBooks = map[string]func(sources.FileOptions) sources.Source{
	"blockatm": blockatm.Refunds, "bvnk": bvnk.Refunds, "generic": generic.Refunds,
}

// decoders read the webhooks of providers that are known; a log of another
// provider is a plain table.
var decoders = map[string]func(*reconcile.Profile) sources.Decoder{
	"blockatm": blockatm.Decoder, "bvnk": bvnk.Decoder,
}

// builder turns a configuration into the job of one run.
type builder struct {
	conf   *config.Config
	period period
	log    *slog.Logger
	base   string            // paths are shown relative to it
	seen   map[string][]twin // SHA-256 of a file -> as what it is read
	inputs []reports.File
}

// twin is a file and the source that reads it.
type twin struct {
	source config.Source // without its name and files
	path   string
}

// buildJob finds the input files and constructs every source. A source whose files
// are missing stays in the job with its problem: the run is incomplete, not void.
func buildJob(conf *config.Config, p period, log *slog.Logger) (*app.Job, error) {
	if err := files.Check(conf.ReportsTo, conf.Merchant); err != nil {
		return nil, err
	}
	base, err := filepath.Abs(filepath.Dir(conf.Path))
	if err != nil {
		return nil, err
	}
	b := &builder{conf: conf, period: p, log: log, base: base, seen: map[string][]twin{}}
	policy := conf.Policy
	policy.Window, policy.Date, policy.Days = p.window, p.opens, businessDays(p.window, conf.Zone)
	if policy.Own, err = b.addresses("own_addresses", conf.Own); err != nil {
		return nil, err
	}
	if policy.Watch, policy.WatchBooks, err = b.watched(policy.Own); err != nil {
		return nil, err
	}
	job := &app.Job{Catalogue: conf.Catalogue, Policy: policy, Formats: conf.Formats, Log: log}
	for _, s := range conf.Orders {
		if s.API == nil {
			job.Books = append(job.Books, b.book(s))
		}
	}
	for _, s := range conf.Orders { // behind the books that name orders to ask for
		if s.API != nil {
			job.Books = append(job.Books, b.api(s))
		}
	}
	for _, s := range conf.Webhooks {
		job.Webhooks = append(job.Webhooks, b.webhook(s))
	}
	for _, s := range conf.Transfers {
		switch s.Kind {
		case "evm":
			job.Transfers = append(job.Transfers, b.evmSource(s))
		case "tron":
			job.Transfers = append(job.Transfers, b.tronSource(s))
		case "etherscan":
			job.Transfers = append(job.Transfers, b.etherscanSource(s))
		default:
			job.Transfers = append(job.Transfers, b.transfers(s))
		}
	}
	for _, list := range [][]app.Source{job.Books, job.Webhooks, job.Transfers} {
		for i, s := range list {
			if _, files := s.Source.(*watchedFiles); !files { // which mask by themselves
				list[i].Source = maskedSource{s.Source, conf.Secrets}
			}
		}
	}
	slices.SortFunc(b.inputs, func(a, b reports.File) int { return strings.Compare(a.Path, b.Path) })
	b.inputs = slices.Compact(b.inputs)
	job.Facts = reports.Facts{Tool: "tieout " + version, Merchant: conf.Merchant, AsOf: p.name, Zone: conf.Zone.String(),
		ConfigSHA256: conf.SHA256, AssetsSHA256: conf.AssetsSHA, Inputs: b.inputs, Single: conf.Single}
	return job, nil
}

// watched collects the configured receiving addresses, and the chains of sources
// that name none: there the books say what is watched. An address that is also an
// own address contradicts itself: money into it would be both customers' and ours.
func (b *builder) watched(own []string) (list, ofBooks []string, err error) {
	for _, s := range b.conf.Transfers {
		switch {
		case len(s.Addresses.Literal)+len(s.Addresses.Files) > 0:
			addresses, err := b.addresses(s.Name, s.Addresses)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, addresses...)
		case s.Chain != "":
			ofBooks = append(ofBooks, s.Chain)
		default: // its rows name their chains
			for _, ch := range b.conf.Catalogue.Chains {
				ofBooks = append(ofBooks, ch.ID)
			}
		}
	}
	for _, address := range list {
		if slices.Contains(own, address) {
			return nil, nil, &config.Error{File: b.conf.Path, Reason: fmt.Sprintf("the address %s is both watched and an own address; it can only be one", address)}
		}
	}
	return list, ofBooks, nil
}

// addresses reads a configured list. A file that is missing here would change
// verdicts in silence, so it is an error of the configuration.
func (b *builder) addresses(name string, a config.AddressList) ([]string, error) {
	fail := func(err error) error {
		return &config.Error{File: b.conf.Path, Reason: fmt.Sprintf("%s: %v", name, err)}
	}
	var list []string
	for _, text := range a.Literal {
		canonical, err := reconcile.CanonicalAddress("", text)
		if err != nil {
			return nil, fail(err)
		}
		list = append(list, canonical)
	}
	found, err := files.Find(b.base, a.Files)
	if err != nil {
		return nil, fail(err)
	}
	for _, in := range found {
		addresses, err := files.Addresses(in)
		if err != nil {
			return nil, fail(err)
		}
		for _, address := range addresses {
			canonical, err := b.canonical(address)
			if err != nil {
				return nil, fail(fmt.Errorf("%s line %d: %w", in.Path, address.Line, err))
			}
			list = append(list, canonical)
		}
		b.inputs = append(b.inputs, reports.File{Path: in.Path, SHA256: in.SHA256, Bytes: in.Bytes})
	}
	return list, nil
}

// canonical reads an address in the way of its chain, where its list names one.
func (b *builder) canonical(a files.Address) (string, error) {
	if a.Chain == "" {
		return reconcile.CanonicalAddress("", a.Text)
	}
	chain, ok := b.conf.Catalogue.Chain(a.Chain)
	if !ok {
		return "", fmt.Errorf("the chain %q is not in the asset table", a.Chain)
	}
	return reconcile.CanonicalAddress(chain.ID, a.Text)
}

func (b *builder) book(s config.Source) app.Source {
	read := bookReader(s)
	if s.SQL != nil {
		return b.files(s, func(o sources.FileOptions) sources.Source { return sql.Orders(sqlOptions(s, o), read) })
	}
	return b.files(s, func(o sources.FileOptions) sources.Source { return read(o) })
}

// bookReader reads the orders of a provider, or its refunds.
func bookReader(s config.Source) func(sources.FileOptions) sources.Source {
	read, other := books[s.Provider], generic.Orders
	if s.Kind == "refunds" {
		read, other = refundBooks[s.Provider], generic.Refunds
	}
	if read == nil {
		read = other
	}
	return read
}

func (b *builder) webhook(s config.Source) app.Source {
	o := webhook.Options{URL: s.URL, Decoder: b.decoder(s.Provider)}
	for _, w := range s.Secrets {
		o.Secrets = append(o.Secrets, webhook.Secret{Value: w.Secret.Reveal(), From: w.From, To: w.To})
	}
	return b.files(s, func(f sources.FileOptions) sources.Source {
		o.FileOptions = f
		return webhook.Deliveries(o)
	})
}

// decoder reads the raw requests of a provider: by code of its own, or by what its
// profile file says of them.
func (b *builder) decoder(provider string) sources.Decoder {
	profile := b.conf.Profiles[provider]
	if decoder := decoders[provider]; decoder != nil {
		return decoder(profile)
	}
	if f := b.conf.Layouts[provider]; f != nil && f.Webhook != nil {
		return generic.Decoder(profile, f.Webhook)
	}
	return noDecoder(profile)
}

// noDecoder stands in for a provider whose raw requests nobody can read.
func noDecoder(profile *reconcile.Profile) sources.Decoder {
	return sources.Decoder{Decode: func(sources.Request, *reconcile.Delivery) error {
		return fmt.Errorf("raw requests of %s cannot be read; log a plain table with order_no, status and response_status", profile.Name)
	}}
}

func (b *builder) transfers(s config.Source) app.Source {
	return b.files(s, func(o sources.FileOptions) sources.Source { return explorer.Transfers(o, b.conf.Catalogue) })
}

// files makes a source of files, watched for change while it is read.
//
// The same content counts once for sources that read it alike. Where anything else
// is configured (another book, another sheet of the same workbook, other rows of
// it, another chain) it says something else, and is read again.
func (b *builder) files(s config.Source, make func(sources.FileOptions) sources.Source) app.Source {
	found, err := files.Find(b.base, s.Files)
	o := sources.FileOptions{Name: s.Name, Profile: b.conf.Profiles[s.Provider], Format: b.conf.Layouts[s.Provider], Book: s.Book, Columns: s.Columns, Only: s.Only, Zone: s.Zone,
		Style: s.Style, Comma: s.Comma, Sheet: s.Sheet, Covers: s.Covers, Chain: s.Chain, Assets: s.Assets}
	watched := &watchedFiles{secrets: b.conf.Secrets, days: b.period.whole(b.conf.Zone)}
	for _, in := range found {
		if path, twice := b.twin(s, in); twice {
			watched.notes = append(watched.notes, fmt.Sprintf("%s is the same file as %s and counts once", in.Path, path))
			continue
		}
		o.Files = append(o.Files, sources.File{Path: in.Path, Open: in.Open})
		watched.inputs = append(watched.inputs, in)
		b.inputs = append(b.inputs, reports.File{Path: in.Path, SHA256: in.SHA256, Bytes: in.Bytes})
	}
	watched.Source = make(o)
	source := app.Source{Source: watched}
	if err != nil && len(found) == 0 {
		source.Problem = err.Error()
	} else if err != nil {
		watched.missing = err
	}
	return source
}

// twin returns the path of a file with the same content that is read alike.
func (b *builder) twin(s config.Source, in files.Input) (path string, twice bool) {
	s.Name, s.Files = "", nil
	for _, t := range b.seen[in.SHA256] {
		if in.Bytes > 0 && reflect.DeepEqual(t.source, s) { // zones are pointers, filters are maps
			return t.path, true
		}
	}
	b.seen[in.SHA256] = append(b.seen[in.SHA256], twin{s, in.Path})
	return "", false
}

// watchedFiles is a source of files that somebody may still be writing.
type watchedFiles struct {
	sources.Source
	inputs  []files.Input
	notes   []string
	missing error // some of the configured files are not there
	secrets []config.Secret
	days    []reconcile.BusinessDay // the judged ones
	earlier []store.Run             // of earlier dates
}

func (w *watchedFiles) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	rows := &newestRows{Sink: maskedSink{into, w.secrets}, paths: map[reconcile.FileID]string{}, newest: map[string]reconcile.Instant{}}
	into = rows
	for _, note := range w.notes {
		into.Note(note)
	}
	failed := []error{w.missing, w.Source.Read(ctx, q, into)}
	for _, in := range w.inputs {
		if in.Changed() {
			failed = append(failed, fmt.Errorf("%s changed while it was read: somebody still writes it", in.Path))
		}
	}
	err := errors.Join(failed...)
	if err == nil {
		w.compare(rows, q)
		return nil
	}
	if shown := config.Mask(err.Error(), w.secrets); shown != err.Error() {
		return errors.New(shown)
	}
	return err
}

// maskedSource keeps our secrets out of what a source says of its answers: a server
// may repeat in them what it was asked with.
type maskedSource struct {
	sources.Source
	secrets []config.Secret
}

func (m maskedSource) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	err := m.Source.Read(ctx, q, maskedSink{into, m.secrets})
	if err == nil {
		return nil
	}
	if shown := config.Mask(err.Error(), m.secrets); shown != err.Error() {
		return errors.New(shown)
	}
	return err
}

// maskedSink keeps our secrets out of what a source quotes from its files: a log
// may hold one anywhere.
type maskedSink struct {
	sources.Sink
	secrets []config.Secret
}

func (m maskedSink) AddReject(r *reconcile.Reject) {
	shown := *r
	for _, text := range []*string{&shown.Column, &shown.Value, &shown.Reason, &shown.Raw} {
		*text = config.Mask(*text, m.secrets)
	}
	m.Sink.AddReject(&shown)
}

// AddDelivery masks what a request says verbatim.
func (m maskedSink) AddDelivery(d *reconcile.Delivery) {
	event, status := config.Mask(d.Event, m.secrets), config.Mask(d.Status, m.secrets)
	if event != d.Event || status != d.Status {
		shown := *d
		shown.Event, shown.Status = event, status
		d = &shown
	}
	m.Sink.AddDelivery(d)
}

func (m maskedSink) Note(text string) { m.Sink.Note(config.Mask(text, m.secrets)) }

func (m maskedSink) Gap(g reconcile.Gap) {
	g.Reason = config.Mask(g.Reason, m.secrets)
	m.Sink.Gap(g)
}

// begin opens the report directory of a period.
func begin(conf *config.Config, p period) func() (app.Publisher, error) {
	return func() (app.Publisher, error) {
		if files.InBucket(conf.ReportsTo) {
			r, err := files.BeginUpload(conf.ReportsTo, p.name)
			return report{r}, err
		}
		r, err := files.Begin(conf.ReportsTo, p.name)
		return report{r}, err
	}
}

// report adapts what files publishes to what app asks of a publisher.
type report struct{ publication }

// publication is a report in the making, for a directory or for a bucket.
type publication interface {
	Write(name string, write func(io.Writer) error) error
	Files() []files.Written
	Dir() string
	Manifest() string
	Temp() string
	Seal() error
	Publish() (published bool, err error)
	Abort() error
}

func (r report) Files() []reports.File {
	var list []reports.File
	for _, f := range r.publication.Files() {
		list = append(list, reports.File{Path: f.Name, SHA256: f.SHA256, Bytes: f.Bytes})
	}
	return list
}
