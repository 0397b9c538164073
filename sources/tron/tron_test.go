package tron

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
	"tieout/sources/tron/trontest"
)

// TestRead: whatever the endpoints speak, the transfers are the truth, all of the
// solidified chain is covered, and claims are told apart.
func TestRead(t *testing.T) {
	w := newWorld()
	for name, endpoints := range map[string][]Endpoint{
		"a node":             {truthful(t, "node", w.Node(), false)},
		"TronGrid":           {truthful(t, "grid", w.Grid(""), true)},
		"a node and another": {truthful(t, "node", w.Node(), false), truthful(t, "other", w.Node(), false)},
		"a node first":       {truthful(t, "node", w.Node(), false), truthful(t, "grid", w.Grid(""), true)},
		"TronGrid first":     {truthful(t, "grid", w.Grid(""), true), truthful(t, "node", w.Node(), false)},
	} {
		for _, verify := range []string{"none", "basic", "quorum"} {
			if verify == "quorum" && len(endpoints) < 2 {
				continue
			}
			t.Run(name+", "+verify, func(t *testing.T) {
				var rec sourcetest.Recorder
				if err := Transfers(w.options(verify, endpoints...)).Read(t.Context(), w.query(), &rec); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(sorted(w.settled()), sorted(w.got(&rec))); diff != "" {
					t.Errorf("transfers (-want +got):\n%s", diff)
				}
				w.checkFacts(t, &rec)
				checkCovered(t, w, &rec)
				checkPlaces(t, &rec, verify != "none" && len(endpoints) > 1 || !endpoints[0].Grid)
			})
		}
	}
}

func (w *world) checkFacts(t *testing.T, rec *sourcetest.Recorder) {
	t.Helper()
	got := map[string]reconcile.TXStatus{}
	for _, f := range rec.Facts {
		got[f.TXID] = f.Status
	}
	want := map[string]reconcile.TXStatus{w.failed.ID: reconcile.TXReverted, w.other.ID: reconcile.TXFound, w.pending.ID: reconcile.TXUnknown, w.absent: reconcile.TXAbsent}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(rec.Transfers, func(r reconcile.Transfer) bool { return r.TXID == w.other.ID && r.To == w.elsewhere }) {
		t.Error("where the claimed payment went is not said")
	}
}

func checkCovered(t *testing.T, w *world, rec *sourcetest.Recorder) {
	t.Helper()
	for _, c := range rec.Covers {
		if c.Span.From != w.reach.From || c.Span.To != reconcile.InstantOf(w.Time(w.Solid)) {
			t.Errorf("covers %v", c)
		}
	}
	if len(rec.Covers) != 2 || len(rec.Gaps) > 0 {
		t.Errorf("covers %v, gaps %v, notes %v", rec.Covers, rec.Gaps, rec.Notes)
	}
}

// checkPlaces: final transfers have an index in their block where a node read them,
// and no two share one; those of TronGrid alone have none.
func checkPlaces(t *testing.T, rec *sourcetest.Recorder, placed bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range rec.Transfers {
		place := fmt.Sprint(r.Block, r.LogIndex)
		if placed && r.Finality == reconcile.Final && r.TXID != "" && (r.LogIndex < 0 || seen[place]) && !slices.Contains(rec.Facts, reconcile.TXFact{Chain: mainnet, TXID: r.TXID, Status: reconcile.TXFound}) {
			t.Errorf("transfer %+v has no place of its own", r)
		}
		if !placed && r.LogIndex >= 0 {
			t.Errorf("transfer %+v has a place that nobody told", r)
		}
		seen[place] = true
	}
}

// TestSpelling: addresses go out in hex and come back in base58, transaction ids lose
// their 0x.
func TestSpelling(t *testing.T) {
	const bytes = "a614f803b6fd780986a42c78ec9c7f77e6ded13c"
	if got := evmForm(usdt); got != "0x"+bytes {
		t.Errorf("%s", got)
	}
	for _, text := range []string{usdt, "41" + bytes, "0x" + bytes, bytes, "0x" + strings.ToUpper(bytes)} {
		if got, err := base58(text); err != nil || got != usdt {
			t.Errorf("%s = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "mkCVeT3J5oCj7L4opm2rzb2UvEcgkWGRC2", "0x12"} {
		if got, err := base58(text); err == nil {
			t.Errorf("%s = %s, which is no address of TRON", text, got)
		}
	}
	const txid = "7614a9840d9422feaef4671e0ee98dd7092ebcba6e41076285f99d0b2b0de5fe"
	for _, text := range []string{txid, "0x" + txid, "0X" + strings.ToUpper(txid)} {
		if got, ok := canonicalTXID(text); !ok || got != txid {
			t.Errorf("%s = %s", text, got)
		}
	}
	const pad = "0x000000000000000000000000"
	for _, topic := range []string{pad + bytes, "0x000000000000000000000041" + bytes} {
		if got, err := topicAddress(topic); err != nil || got != usdt {
			t.Errorf("%s = %s, %v", topic, got, err)
		}
	}
	if got, err := topicAddress("0x000000000000000000000100" + bytes); err == nil {
		t.Errorf("a number is called the address %s", got)
	}
}

// TestTimes: the HTTP API has milliseconds where JSON-RPC has seconds, and one in the
// place of the other is no time.
func TestTimes(t *testing.T) {
	const want = reconcile.Instant(1_788_431_625) * reconcile.Second
	for name, got := range map[string]reconcile.Instant{"milliseconds": milliseconds(1_788_431_625_000).instant(), "seconds": quantity(1_788_431_625).instant()} {
		if got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, got := range map[string]reconcile.Instant{"seconds as milliseconds": milliseconds(1_788_431_625).instant(), "milliseconds as seconds": quantity(1_788_431_625_000).instant(),
		"huge": quantity(1 << 63).instant(), "negative": milliseconds(-1).instant()} {
		if got.Known() {
			t.Errorf("%s are %s", name, got)
		}
	}
}

// TestOptions: what would be left out in silence is refused with what to do.
func TestOptions(t *testing.T) {
	w := newWorld()
	dead := Endpoint{Name: "node", URL: "http://127.0.0.1:1"}
	for want, change := range map[string]func(*Options){
		"a chain such as tron:0x2b6653dc and an endpoint are needed": func(o *Options) { o.Endpoints = nil },
		"verify: proof is not for TRON":                              func(o *Options) { o.Verify = "proof" },
		"verify: quorum needs a second endpoint":                     func(o *Options) { o.Verify = "quorum" },
		"have the same URL":                                          func(o *Options) { o.Endpoints = append(o.Endpoints, Endpoint{Name: "again", URL: dead.URL}) },
		"is no TRC-20 token": func(o *Options) {
			o.Assets[0].Asset.ID = mainnet + "/slip44:195"
		},
		"is not on tron:0x2b6653dc":                           func(o *Options) { o.Assets[0] = asset("tron:0x94a9059e", usdt) },
		"no accepted token of tron:0x2b6653dc is known":       func(o *Options) { o.Assets = nil },
		"no endpoint can be used: endpoint node: eth_chainId": func(*Options) {},
	} {
		o := w.options("basic", dead)
		change(&o)
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(t.Context(), w.query(), &rec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if len(rec.Covers) > 0 {
			t.Errorf("%s: covers %v", want, rec.Covers)
		}
	}
}

// TestOtherNetwork: an endpoint of a test network stops the source, whatever it speaks.
func TestOtherNetwork(t *testing.T) {
	w := newWorld()
	shasta := trontest.New()
	shasta.ID = "94a9059e"
	shasta.Mine(5)
	shasta.Solidify()
	for name, second := range map[string]Endpoint{"node": truthful(t, "second", shasta.Node(), false)} {
		o := w.options("basic", truthful(t, "first", w.Node(), false), second)
		err := Transfers(o).Read(t.Context(), w.query(), &sourcetest.Recorder{})
		if err == nil || !strings.Contains(err.Error(), "endpoint second is of tron:0x94a9059e, the source says "+mainnet) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := w.options("basic", truthful(t, "grid", w.Grid(""), true))
	o.Chain, o.Assets = "tron:0x94a9059e", []reconcile.CatalogueAsset{asset("tron:0x94a9059e", usdt)}
	if err := Transfers(o).Read(t.Context(), w.query(), &sourcetest.Recorder{}); err == nil || !strings.Contains(err.Error(), "is of "+mainnet) {
		t.Errorf("TronGrid: %v", err)
	}
}

// TestKey: the key goes into its header, and into nothing that is written.
func TestKey(t *testing.T) {
	w := newWorld()
	const key = "0f1e2d3c-secret"
	read := func(sent string) (*sourcetest.Recorder, error) {
		e := truthful(t, "grid", w.Grid(key), true)
		e.Key = sent
		var rec sourcetest.Recorder
		return &rec, Transfers(w.options("basic", e)).Read(t.Context(), w.query(), &rec)
	}
	rec, err := read(key)
	if err != nil || len(rec.Transfers) == 0 {
		t.Errorf("%v, %d transfers", err, len(rec.Transfers))
	}
	if _, err := read("another-secret"); err == nil || strings.Contains(err.Error(), "another-secret") || !strings.Contains(err.Error(), "the key *** is not known") {
		t.Errorf("%v", err)
	}
}

// TestManyAddresses: v1 is asked for each alone, so it is not asked for very many; a
// node beside it goes on alone.
func TestManyAddresses(t *testing.T) {
	w := newWorld()
	for i := range maxAddresses {
		w.watched = append(w.watched, trontest.Address(fmt.Sprint("more ", i)))
	}
	grid, node := truthful(t, "grid", w.Grid(""), true), truthful(t, "node", w.Node(), false)
	if err := Transfers(w.options("basic", grid)).Read(t.Context(), w.query(), &sourcetest.Recorder{}); err == nil || !strings.Contains(err.Error(), "add one of JSON-RPC") {
		t.Errorf("%v", err)
	}
	var rec sourcetest.Recorder
	if err := Transfers(w.options("basic", grid, node)).Read(t.Context(), w.query(), &rec); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted(w.settled()), sorted(w.got(&rec))); diff != "" || len(rec.Gaps) > 0 || len(rec.Notes) == 0 {
		t.Errorf("gaps %v, notes %v\n%s", rec.Gaps, rec.Notes, diff)
	}
	rec = sourcetest.Recorder{}
	if err := Transfers(w.options("quorum", grid, node)).Read(t.Context(), w.query(), &rec); err != nil || len(rec.Gaps) == 0 {
		t.Errorf("a quorum of one: %v, gaps %v", err, rec.Gaps)
	}
}

// TestNoAddresses: with nothing to look at, nothing is covered.
func TestNoAddresses(t *testing.T) {
	w := newWorld()
	o := w.options("basic", truthful(t, "node", w.Node(), false))
	o.Addresses = nil
	var rec sourcetest.Recorder
	if err := Transfers(o).Read(t.Context(), w.query(), &rec); err != nil || len(rec.Covers) > 0 || len(rec.Gaps) != 1 {
		t.Errorf("%v, covers %v, gaps %v", err, rec.Covers, rec.Gaps)
	}
	for _, f := range rec.Facts {
		if f.Status == reconcile.TXAbsent {
			t.Errorf("%s is called absent of a chain that was not read", f.TXID)
		}
	}
}

// TestNotYetSolid: where the solidified block has not reached the end of the window the
// rest of it is a gap.
func TestNotYetSolid(t *testing.T) {
	w := newWorld()
	q := w.query()
	q.Window.To = w.reach.To
	var rec sourcetest.Recorder
	if err := Transfers(w.options("basic", truthful(t, "node", w.Node(), false))).Read(t.Context(), q, &rec); err != nil || len(rec.Gaps) != 1 || rec.Gaps[0].Span.From != reconcile.InstantOf(w.Time(w.Solid)) {
		t.Errorf("%v, gaps %v", err, rec.Gaps)
	}
}

// TestConfirmations: a number of confirmations stands in for the solidified block.
func TestConfirmations(t *testing.T) {
	w := newWorld()
	o := w.options("basic", truthful(t, "node", w.Node(), false))
	o.Confirmations = int(w.Head() - w.Solid + 3)
	w.Solid -= 3
	q := w.query()
	w.Solid += 3
	var rec sourcetest.Recorder
	if err := Transfers(o).Read(t.Context(), q, &rec); err != nil || rec.Covers[0].Span.To != q.Window.To {
		t.Errorf("%v, covers %v", err, rec.Covers)
	}
}

// TestCancelled: a run that is stopped says so and covers nothing of what it skipped.
func TestCancelled(t *testing.T) {
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	liar := trontest.Lies(t, w.Node(), 0, func(_ *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if what == "eth_getLogs" {
			cancel()
		}
		return 0, nil, answer
	})
	o := w.options("basic", Endpoint{Name: "node", URL: liar.URL})
	if err := Transfers(o).Read(ctx, w.query(), &sourcetest.Recorder{}); err == nil {
		t.Error("no error")
	}
}

// TestProbe: doctor's lines say what works, and of what does not, what to do.
func TestProbe(t *testing.T) {
	w := newWorld()
	o := w.options("basic", truthful(t, "node", w.Node(), false), truthful(t, "grid", w.Grid(""), true), Endpoint{Name: "dead", URL: "http://127.0.0.1:1"})
	var failed, fine []string
	for _, c := range Probe(t.Context(), o) {
		line := c.Endpoint + " " + c.What
		if c.OK {
			fine = append(fine, line)
		} else {
			failed = append(failed, line+": "+c.Detail)
		}
	}
	if len(failed) != 1 || !strings.HasPrefix(failed[0], "dead network: ") || !strings.HasSuffix(failed[0], "check the URL, its key, its kind (api:) and chain:") {
		t.Errorf("failed %q", failed)
	}
	if len(fine) != 9 {
		t.Errorf("fine %q", fine)
	}
	wrong := w.options("basic", truthful(t, "node", w.Node(), true))
	if list := Probe(t.Context(), wrong); len(list) != 1 || list[0].OK {
		t.Errorf("a node that is called TronGrid: %+v", list)
	}
}

// TestWaits: a suspended key is left alone for as long as the answer says, and
// Retry-After counts.
func TestWaits(t *testing.T) {
	w := newWorld()
	for name, c := range map[string]struct {
		status int
		header http.Header
		body   string
		grid   bool
		least  time.Duration
	}{
		"v1, suspended":       {403, nil, `{"success":false,"error":"The key exceeds the frequency limit(15), and the query server is suspended for 30s","statusCode":403}`, true, 31 * time.Second},
		"a node, suspended":   {503, nil, `{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}`, false, 31 * time.Second},
		"a busy node":         {200, nil, `{"Error":"class java.lang.RuntimeException : lack of computing resources"}`, false, time.Nanosecond},
		"429 and Retry-After": {429, http.Header{"Retry-After": {"7"}}, `slow down`, true, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			handler := w.Node()
			if c.grid {
				handler = w.Grid("")
			}
			liar := trontest.Lies(t, handler, 0, func(l *trontest.Liar, _, _ string, answer []byte) (int, http.Header, []byte) {
				if l.Count++; l.Count%5 == 0 {
					return c.status, c.header, []byte(c.body)
				}
				return 0, nil, answer
			})
			o := w.options("basic", Endpoint{Name: "it", URL: liar.URL, Grid: c.grid})
			var waits []time.Duration
			o.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			var rec sourcetest.Recorder
			if err := Transfers(o).Read(t.Context(), w.query(), &rec); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sorted(w.settled()), sorted(w.got(&rec))); diff != "" || len(rec.Gaps) > 0 {
				t.Errorf("gaps %v\n%s", rec.Gaps, diff)
			}
			if len(waits) == 0 || slices.Min(waits) < c.least {
				t.Errorf("waits %v, want at least %s", waits, c.least)
			}
		})
	}
}

var _ sources.Source = (*source)(nil)
