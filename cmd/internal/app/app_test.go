package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/reports"
	"tieout/sources"
)

const (
	usdt  = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"
	payTo = "0x1111111111111111111111111111111111111111"
	txid  = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

var noon = reconcile.InstantOf(time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC))

// source is a witness made of a function; asked keeps what it was asked.
type source struct {
	info  reconcile.SourceInfo
	read  func(sources.Sink) error
	order *[]string
	asked *sources.Query
}

func (s source) Info() reconcile.SourceInfo { return s.info }

func (s source) Read(_ context.Context, q sources.Query, into sources.Sink) error {
	*s.order = append(*s.order, s.info.Name)
	if s.asked != nil {
		*s.asked = q
		claims := q.Claims() // they are there while sources read
		s.asked.Claims = func() []sources.Claim { return claims }
	}
	return s.read(into)
}

// publisher keeps what is written; it fails at the file named fail, and panics at the
// one named defect.
type publisher struct {
	writing  sync.Mutex
	names    []string
	manifest string
	fail     string
	defect   string
	sameOnce bool
	ended    string // published or aborted
}

func (p *publisher) Write(name string, write func(io.Writer) error) error {
	if name == p.fail {
		return errors.New("no space left on device")
	}
	if name == p.defect {
		panic("a defect in " + name)
	}
	p.writing.Lock()
	p.names = append(p.names, name)
	p.writing.Unlock()
	return write(io.Discard)
}

func (p *publisher) Files() []reports.File {
	var list []reports.File
	for _, name := range p.names {
		list = append(list, reports.File{Path: name})
	}
	return list
}
func (p *publisher) Dir() string            { return "" }
func (p *publisher) Manifest() string       { return p.manifest }
func (p *publisher) Temp() string           { return ".tmp-1" }
func (p *publisher) Seal() error            { return nil }
func (p *publisher) Publish() (bool, error) { p.ended = "published"; return !p.sameOnce, nil }
func (p *publisher) Abort() error           { p.ended = "aborted"; return nil }

// day is a job over one order of 100 USDT that is called paid, and the transfer
// that pays it.
type day struct {
	*Job
	read  []string
	asked sources.Query
	log   strings.Builder
	out   publisher
}

func newDay(t *testing.T, paid uint64) *day {
	t.Helper()
	catalogue, err := reconcile.NewCatalogue(
		[]reconcile.Chain{{ID: "eip155:1", Aliases: []string{"eth"}, Finality: "finalized"}},
		[]reconcile.CatalogueAsset{{Key: "usdt", Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: usdt, Symbol: "USDT", Decimals: 6}}})
	if err != nil {
		t.Fatal(err)
	}
	policy := reconcile.DefaultPolicy()
	policy.Window = reconcile.Interval{From: noon - 84*reconcile.Hour, To: noon + 12*reconcile.Hour}
	policy.Profiles = map[string]*reconcile.Profile{"generic": {Name: "generic", Statuses: map[string]map[string]reconcile.State{"": {"PAID": reconcile.StatePaid}}}}
	span := reconcile.Interval{From: noon - 365*reconcile.Day, To: noon + 365*reconcile.Day}
	d := &day{}
	book := func(into sources.Sink) error {
		into.AddOrder(&reconcile.Order{Provider: "generic", OrderID: "1", OrderNo: "S-1", Chain: "eth", Asset: "USDT", Due: quantity(100),
			Status: "paid", State: reconcile.StatePaid, TXIDs: []string{txid}, PayTo: payTo, Created: noon, Resends: -1})
		into.Cover(reconcile.Coverage{Span: span})
		return nil
	}
	chain := func(into sources.Sink) error {
		into.AddTransfer(&reconcile.Transfer{Chain: "eip155:1", TXID: txid, LogIndex: 1, Block: 7, BlockTime: noon + reconcile.Minute, Asset: usdt,
			Decimals: -1, Amount: quantity(paid), From: "0x9999999999999999999999999999999999999999", To: payTo})
		into.Cover(reconcile.Coverage{Chain: "eip155:1", Span: span})
		return nil
	}
	d.Job = &Job{
		Catalogue: catalogue, Policy: policy, Formats: []string{"csv", "xlsx"}, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
		Facts: reports.Facts{Tool: "tieout test", Merchant: "demo", AsOf: "2026-03-17", Zone: "UTC"},
		Books: []Source{{Source: source{reconcile.SourceInfo{Name: "cashier", Kind: reconcile.SourceProviderBook, Provider: "generic"}, book, &d.read, nil}}},
		Webhooks: []Source{{Source: source{reconcile.SourceInfo{Name: "hooks", Kind: reconcile.SourceWebhooks, Provider: "generic"},
			func(into sources.Sink) error { into.Cover(reconcile.Coverage{Span: span}); return nil }, &d.read, nil}}},
		Transfers: []Source{{Source: source{reconcile.SourceInfo{Name: "ethereum", Kind: reconcile.SourceTransfers}, chain, &d.read, &d.asked}}},
		Begin:     func() (Publisher, error) { return &d.out, nil },
	}
	return d
}

func quantity(n uint64) money.Quantity { return money.NewQuantity(money.FromUint64(n), 0) }

// TestNamed: a book is told which orders our own books, read before it, name and
// which an earlier date left open.
func TestNamed(t *testing.T) {
	d := newDay(t, 100)
	var named []sources.Named
	shop := source{reconcile.SourceInfo{Name: "shop", Kind: reconcile.SourceMerchantBook}, func(into sources.Sink) error {
		into.AddOrder(&reconcile.Order{Book: reconcile.BookMerchant, OrderNo: "S-1", Created: noon, Status: "paid", State: reconcile.StatePaid, Resends: -1})
		return nil
	}, &d.read, nil}
	d.Books = append([]Source{{Source: shop}}, d.Books...)
	d.Books[1].Source = asking{d.Books[1].Source, func(q sources.Query) { named = q.Named() }}
	d.Policy.Opening = reconcile.Opening{Date: "2026-03-16", Items: []reconcile.Item{
		{ID: "B-1", Kind: "lost_order", Provider: "generic", OrderID: "9", OrderNo: "S-9"},
		{ID: "B-2", Kind: "lost_order", Provider: "generic", OrderNo: "S-8", Answer: &reconcile.Answer{Action: reconcile.Resolved}},
		{ID: "B-3", Kind: "unknown_transfer"},
	}}
	if _, err := d.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []sources.Named{{OrderNo: "S-1", Created: noon}, {Provider: "generic", OrderID: "9", OrderNo: "S-9", Open: true}}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Error(diff)
	}
}

// asking is a source that is asked something before it is read.
type asking struct {
	sources.Source
	ask func(sources.Query)
}

func (a asking) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	a.ask(q)
	return a.Source.Read(ctx, q, into)
}

// TestRecipe: books first, since the addresses and transactions to ask the chain
// for come from them; the manifest last, since it marks the report as complete.
func TestRecipe(t *testing.T) {
	d := newDay(t, 100)
	out, err := d.Run(t.Context())
	if err != nil || !out.Published || out.Document.Facts.Exit != ExitComplete || !out.Document.Facts.Complete {
		t.Fatalf("%+v %v", out.Document.Facts, err)
	}
	if diff := cmp.Diff([]string{"cashier", "hooks", "ethereum"}, d.read); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]sources.Watch{{Chain: "eip155:1", Addresses: []string{payTo}}}, d.asked.Watch); diff != "" {
		t.Errorf("addresses from the books: %s", diff)
	}
	if diff := cmp.Diff([]sources.Claim{{Chain: "eip155:1", TXID: txid}}, d.asked.Claims()); diff != "" {
		t.Errorf("claims from the books: %s", diff)
	}
	var listed []string
	for _, f := range out.Document.Facts.Outputs {
		listed = append(listed, f.Path)
	}
	if diff := cmp.Diff(append(slices.Clone(reports.CSVFiles()), "report.xlsx"), listed); diff != "" || d.out.ended != "published" {
		t.Errorf("the manifest lists all but itself, in the order of the contract; %s: %s", d.out.ended, diff)
	}
	if last := d.out.names[len(d.out.names)-1]; last != "result.json" {
		t.Error("the manifest is written last, not", last)
	}
}

func TestExit(t *testing.T) {
	for _, c := range []struct {
		name     string
		paid     uint64 // of 100
		failOn   []reconcile.Kind
		missing  bool
		fails    bool
		want     int
		mentions string
	}{
		{name: "all agrees", paid: 100, failOn: reconcile.Kinds(), want: ExitComplete},
		{name: "20 too much, nobody asked", paid: 120, want: ExitComplete},
		{name: "20 too much, asked", paid: 120, failOn: []reconcile.Kind{reconcile.Overpaid}, want: ExitBreaks},
		{name: "20 too much, another kind asked", paid: 120, failOn: []reconcile.Kind{reconcile.LostOrder}, want: ExitComplete},
		{name: "a file is missing", paid: 120, failOn: reconcile.Kinds(), missing: true, want: ExitIncomplete, mentions: "hooks-*.csv matches no file"},
		{name: "a file cannot be read", paid: 120, fails: true, want: ExitIncomplete, mentions: "hooks.csv line 1"},
	} {
		d := newDay(t, c.paid)
		d.FailOn = c.failOn
		if c.missing {
			d.Webhooks[0].Problem = "hooks-*.csv matches no file"
		}
		if c.fails {
			d.Webhooks[0].Source = source{d.Webhooks[0].Info(), func(sources.Sink) error { return errors.New("hooks.csv line 1: it is no table") }, &d.read, nil}
		}
		out, err := d.Run(t.Context())
		if err != nil || out.Document.Facts.Exit != c.want || d.out.ended != "published" {
			t.Errorf("%s: exit %d, want %d; %v", c.name, out.Document.Facts.Exit, c.want, err)
		}
		if why := strings.Join(out.Document.Facts.Incomplete, "\n"); !strings.Contains(why, c.mentions) || !strings.Contains(d.log.String(), c.mentions) {
			t.Errorf("%s: %q must stand in the report and the log:\n%s\n%s", c.name, c.mentions, why, d.log.String())
		}
		if !slices.Contains(d.read, "ethereum") {
			t.Errorf("%s: the other sources are read all the same", c.name)
		}
	}
}

func TestDryRun(t *testing.T) {
	d := newDay(t, 100)
	d.Begin = nil
	out, err := d.Run(t.Context())
	if err != nil || out.Published || len(d.out.names) > 0 || out.Document.Result == nil {
		t.Errorf("%+v %v", out, err)
	}
}

func TestSameReport(t *testing.T) {
	d := newDay(t, 100)
	d.out.sameOnce = true
	if out, err := d.Run(t.Context()); err != nil || out.Published {
		t.Errorf("%v %v", out.Published, err)
	}
}

// TestWriteFails: nothing is published of a report of which a file is missing.
func TestWriteFails(t *testing.T) {
	for _, name := range []string{"orders.csv", "report.xlsx", "result.json"} {
		d := newDay(t, 100)
		d.out.fail = name
		if out, err := d.Run(t.Context()); err == nil || out.Published || d.out.ended != "aborted" {
			t.Errorf("%s: %s, %v", name, d.out.ended, err)
		}
	}
}

// TestWriterPanics: files are written side by side, and a defect in one of their
// writers is still a panic of the run, for its caller to catch; nothing stays behind.
func TestWriterPanics(t *testing.T) {
	d := newDay(t, 100)
	d.out.defect = "orders.csv"
	defer func() {
		if v := fmt.Sprint(recover()); !strings.Contains(v, "a defect in orders.csv") || !strings.Contains(v, "app_test.go") || d.out.ended != "aborted" {
			t.Errorf("%s; %q", v, d.out.ended)
		}
	}()
	_, err := d.Run(t.Context())
	t.Error("no panic:", err)
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDay(t, 100)
	d.Books[0].Source = source{d.Books[0].Info(), func(sources.Sink) error { cancel(); return ctx.Err() }, &d.read, nil}
	if _, err := d.Run(ctx); !errors.Is(err, context.Canceled) || d.out.ended != "" || slices.Contains(d.read, "ethereum") {
		t.Errorf("%v, %q, %v", err, d.out.ended, d.read)
	}
}
