package etherscan

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// world is the faked API with what is true of it.
type world struct {
	*api
	truth                          []string
	watched                        []string
	failed, other, absent, pending string
	claims                         []sources.Claim
}

const finalBlock = 100

func newWorld() *world {
	w := &world{api: &api{}, absent: "0x" + strings.Repeat("ab", 32)}
	for i := range 3 {
		w.watched = append(w.watched, shop(i))
	}
	in := func(i int, token string, value int) move { return move{token, alice, shop(i), value} }
	w.settle(10, in(0, usdt, 5))
	w.settle(11, in(0, usdt, 7), in(1, usdc, 8), in(0, usdt, 7)) // two alike
	w.settle(20, move{usdt, shop(0), shop(1), 3}, move{usdt, shop(1), alice, 2})
	for i := range 6 {
		w.settle(uint64(30+i), in(i%3, usdt, 100+i))
	}
	w.pay(40, move{"0x" + strings.Repeat("ee", 20), alice, shop(0), 9}) // of a token that nobody accepts
	w.other = w.pay(41, move{usdt, alice, shop(99), 4}).id
	w.failed = w.pay(42).id
	w.txs[len(w.txs)-1].failed = true
	w.pay(finalBlock, move{usdt, alice, alice, 1}) // the index has come so far
	w.pay(110, in(2, usdt, 77))
	w.pending = w.pay(111).id
	w.txs[len(w.txs)-1].failed = true
	w.head = finalBlock + defaultDepth
	for _, txid := range []string{w.failed, strings.ToUpper(w.other[:4]) + w.other[4:], w.pending, w.absent} {
		w.claims = append(w.claims, sources.Claim{TXID: strings.ToLower(txid)})
	}
	return w
}

func (w *world) settle(block uint64, moves ...move) {
	t := w.pay(block, moves...)
	for _, m := range moves {
		w.truth = append(w.truth, fmt.Sprint(t.id, block, at(block), m.token, m.from, m.to, m.value))
	}
}

func (w *world) options(url string) Options {
	asset := func(contract string) reconcile.CatalogueAsset {
		return reconcile.CatalogueAsset{Chain: "eip155:1", Asset: money.Asset{ID: "eip155:1/erc20:" + contract, Decimals: 6}}
	}
	return Options{Name: "scan", Chain: "eip155:1", URL: url, Addresses: w.watched, Assets: []reconcile.CatalogueAsset{asset(usdt), asset(usdc)}, Rate: 1e6,
		wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func (w *world) query() sources.Query {
	return sources.Query{Window: reconcile.Interval{From: at(5), To: at(90)}, Reach: reconcile.Interval{From: at(5), To: at(finalBlock + 30)}, Claims: func() []sources.Claim { return w.claims }}
}

// got are the final transfers of watched addresses.
func (w *world) got(rec *sourcetest.Recorder) (list []string) {
	for _, t := range rec.Transfers {
		if t.Finality == reconcile.Final && (slices.Contains(w.watched, t.To) || slices.Contains(w.watched, t.From)) {
			list = append(list, fmt.Sprint(t.TXID, t.Block, t.BlockTime, t.Asset, t.From, t.To, t.Amount))
		}
	}
	slices.Sort(list)
	return list
}

// TestRead: the transfers are the truth, each once, and claims are told apart.
func TestRead(t *testing.T) {
	w := newWorld()
	slices.Sort(w.truth)
	for _, verify := range []string{"none", "basic"} {
		o := w.options(w.serve(t, 0, nil))
		o.Verify = verify
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(t.Context(), w.query(), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.truth, w.got(&rec)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", verify, diff)
		}
		facts := map[string]reconcile.TXStatus{}
		for _, f := range rec.Facts {
			facts[f.TXID] = f.Status
		}
		want := map[string]reconcile.TXStatus{w.failed: reconcile.TXReverted, w.other: reconcile.TXFound, w.pending: reconcile.TXUnknown, w.absent: reconcile.TXAbsent}
		if diff := cmp.Diff(want, facts); diff != "" {
			t.Error(diff)
		}
		if len(rec.Covers) != 2 || rec.Covers[0].Span != (reconcile.Interval{From: at(5), To: at(finalBlock)}) || len(rec.Gaps) > 0 {
			t.Errorf("covers %v, gaps %v", rec.Covers, rec.Gaps)
		}
		if !slices.ContainsFunc(rec.Transfers, func(r reconcile.Transfer) bool { return r.TXID == w.other && r.To == shop(99) }) {
			t.Error("where the claimed payment went is not said")
		}
		if !slices.ContainsFunc(rec.Transfers, func(r reconcile.Transfer) bool { return r.Block == 110 && r.Finality == reconcile.NotFinal }) {
			t.Error("what is not final yet is missing")
		}
	}
}

// TestLongLists: a list beyond the cap is followed to its end by blocks, one of a block
// that fills pages by pages, and a slow one in halves; a block beyond the cap is a gap.
func TestLongLists(t *testing.T) {
	slow := func(a *api, action, answer string) string {
		if action == "tokentx" && strings.Count(answer, "blockNumber") > 300 {
			return `{"status":"0","message":"Query Timeout. Please select a smaller result dataset","result":null}`
		}
		return answer
	}
	for name, c := range map[string]struct {
		blocks, each int
		tell         lie
		gap          string
	}{
		"exactly a page":     {50, 20, nil, ""},
		"beyond the cap":     {75, 150, nil, ""},
		"blocks of pages":    {3, 2500, nil, ""},
		"slow":               {90, 100, slow, ""},
		"a block beyond all": {1, 10_001, nil, "more than 10000 transfers of one address"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{api: &api{}, watched: []string{shop(0)}}
			for b := range c.blocks {
				var list []move
				for i := range c.each {
					list = append(list, move{usdt, alice, shop(0), b*c.each + i})
				}
				w.settle(uint64(b+5), list...)
			}
			w.pay(finalBlock, move{usdt, alice, alice, 1})
			w.head = finalBlock + defaultDepth
			w.pay(w.head)
			var rec sourcetest.Recorder
			if err := Transfers(w.options(w.serve(t, 0, c.tell))).Read(t.Context(), w.query(), &rec); err != nil {
				t.Fatal(err)
			}
			if c.gap != "" {
				if len(rec.Gaps) == 0 || !strings.Contains(rec.Gaps[0].Reason, c.gap) {
					t.Errorf("gaps %v", rec.Gaps)
				}
				return
			}
			if got := len(w.got(&rec)); got != len(w.truth) || len(rec.Gaps) > 0 {
				t.Errorf("%d transfers of %d, gaps %v", got, len(w.truth), rec.Gaps)
			}
		})
	}
}

// TestIndexBehind: what the API's index does not have yet is not covered, however new
// the block is that its node knows.
func TestIndexBehind(t *testing.T) {
	w := newWorld()
	w.txs = slices.DeleteFunc(w.txs, func(t tx) bool { return t.block > 60 })
	var rec sourcetest.Recorder
	if err := Transfers(w.options(w.serve(t, 0, nil))).Read(t.Context(), w.query(), &rec); err != nil {
		t.Fatal(err)
	}
	if len(rec.Gaps) != 1 || rec.Gaps[0].Span != (reconcile.Interval{From: at(41), To: at(90)}) || rec.Covers[0].Span.To != at(41) {
		t.Errorf("gaps %v, covers %v", rec.Gaps, rec.Covers)
	}
}

// TestRefused: what cannot be read says why, and shows no key.
func TestRefused(t *testing.T) {
	w := newWorld()
	w.key = "t0p-secret-key"
	for want, change := range map[string]func(*Options){
		"a chain such as eip155:1 and an endpoint are needed": func(o *Options) { o.URL = "" },
		"verify: quorum needs nodes":                          func(o *Options) { o.Verify = "quorum" },
		"is no token of eip155:1":                             func(o *Options) { o.Assets[0].Asset.ID = "eip155:1/slip44:60" },
		"no accepted token of eip155:1":                       func(o *Options) { o.Assets = nil },
		"use source: evm": func(o *Options) {
			for i := range maxAddresses {
				o.Addresses = append(o.Addresses, shop(100+i))
			}
		},
		"Invalid API Key (***)": func(o *Options) { o.Key = "an0ther-key" },
	} {
		o := w.options(w.serve(t, 0, nil))
		o.Key = w.key
		change(&o)
		var rec sourcetest.Recorder
		err := Transfers(o).Read(t.Context(), w.query(), &rec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "an0ther-key") || len(rec.Covers) > 0 {
			t.Errorf("%v, want %q; covers %v", err, want, rec.Covers)
		}
	}
}

// words are what the API says with 200.
func words(n int, answer string) lie {
	return func(a *api, _, truth string) string {
		if a.rnd.IntN(n) == 0 {
			return answer
		}
		return truth
	}
}

func replaced(n int, action, pattern, by string) lie {
	re := regexp.MustCompile(pattern)
	return func(a *api, asked, truth string) string {
		if asked == action && a.rnd.IntN(n) == 0 {
			return re.ReplaceAllString(truth, by)
		}
		return truth
	}
}

// oneRow is a row of a list with the comma before or behind it.
const oneRow = `\{"blockHash"[^{}]*\},`

var lies = map[string]lie{
	"rate limit":           words(3, `{"status":"0","message":"NOTOK","result":"Max rate limit reached"}`),
	"calls a second":       words(3, `{"status":"0","message":"NOTOK","result":"Max calls per sec rate limit reached (3/sec)"}`),
	"429":                  words(3, "429"),
	"calls a day":          words(6, `{"status":"0","message":"NOTOK","result":"Max daily rate limit reached. 110000 (100%) of 100000 day/limit"}`),
	"not for free":         words(20, `{"status":"0","message":"NOTOK","result":"Free API access is not supported for this chain. Please upgrade your api plan"}`),
	"for now":              words(3, `{"status":"0","message":"NOTOK","result":"Free API access is temporarily unavailable"}`),
	"words nobody knows":   words(4, `{"status":"0","message":"NOTOK","result":"Something else"}`),
	"nothing said":         words(4, `{"status":"0","message":"","result":[]}`),
	"a page":               words(4, "<html>"),
	"cut short":            replaced(3, "tokentx", `.{20}$`, ""),
	"null":                 replaced(2, "tokentx", `"result":\[.*\]`, `"result":null`),
	"nothing, in silence":  onceEmpty,
	"a row lost":           once(oneRow, ""),
	"a row twice":          replaced(2, "tokentx", `"result":\[(\{[^{}]*\})`, `"result":[${1},${1}`),
	"another amount":       replaced(3, "tokentx", `"value":"(\d+)"`, `"value":"${1}0"`),
	"an amount in units":   replaced(2, "tokentx", `"value":"(\d+)"`, `"value":"${1}.5"`),
	"another token":        replaced(2, "tokentx", usdt, usdc),
	"another block":        replaced(2, "tokentx", `"blockNumber":"3\d"`, `"blockNumber":"9999"`),
	"another order":        replaced(2, "tokentx", `"blockNumber":"1\d"`, `"blockNumber":"88"`),
	"another time":         replaced(3, "tokentx", `"timeStamp":"(\d{9})\d"`, `"timeStamp":"${1}7"`),
	"no time":              replaced(3, "tokentx", `"timeStamp":"\d+"`, `"timeStamp":""`),
	"no receipt":           replaced(1, "eth_getTransactionReceipt", `.*`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"busy"}}`),
	"a receipt of another": replaced(1, "eth_getTransactionReceipt", `"transactionHash":"0x\d{4}`, `"transactionHash":"0xdead`),
	"no blocks":            replaced(4, "eth_getBlockByNumber", `"result":.*`, `"result":null}`),
	"blocks without time":  replaced(4, "eth_getBlockByNumber", `"timestamp":"0x\w+"`, `"timestamp":"0x0"`),
}

// once changes the first place that fits in one list.
func once(pattern, by string) lie {
	re := regexp.MustCompile(pattern)
	return func(a *api, action, truth string) string {
		at := re.FindStringIndex(truth)
		if action != "tokentx" || a.bites > 0 || at == nil || a.rnd.IntN(3) > 0 {
			return truth
		}
		return truth[:at[0]] + by + truth[at[1]:]
	}
}

// onceEmpty answers one list with nothing.
func onceEmpty(a *api, action, truth string) string {
	if action == "tokentx" && a.bites == 0 && strings.Contains(truth, "blockNumber") && a.rnd.IntN(3) == 0 {
		return `{"status":"0","message":"No transactions found","result":[]}`
	}
	return truth
}

// TestLies: whatever the API does, the transfers are the truth, or the run says where
// they may not be.
func TestLies(t *testing.T) {
	for name, tell := range lies {
		t.Run(name, func(t *testing.T) {
			bites := 0
			for seed := range uint64(10) {
				w := newWorld()
				var rec sourcetest.Recorder
				err := Transfers(w.options(w.serve(t, seed, tell))).Read(t.Context(), w.query(), &rec)
				if bites += w.bites; err != nil {
					continue // refused: nothing is covered
				}
				for _, wrong := range w.wrong(&rec) {
					t.Errorf("seed %d: %s", seed, wrong)
				}
			}
			if bites == 0 {
				t.Error("it was never told")
			}
		})
	}
}

func (w *world) wrong(rec *sourcetest.Recorder) (wrong []string) {
	got := map[string]int{}
	for _, row := range w.got(rec) {
		got[row]++
	}
	truth := map[string]int{}
	for _, row := range w.truth {
		truth[row]++
	}
	for row, n := range got {
		if n > truth[row] {
			wrong = append(wrong, fmt.Sprintf("%s counts %d times, it happened %d times", row, n, truth[row]))
		}
	}
	for _, t := range w.txs {
		inGap := slices.ContainsFunc(rec.Gaps, func(g reconcile.Gap) bool { return g.Span.Contains(at(t.block)) })
		covered := slices.ContainsFunc(rec.Covers, func(c reconcile.Coverage) bool { return c.Span.Contains(at(t.block)) })
		for _, m := range t.moves {
			row := fmt.Sprint(t.id, t.block, at(t.block), m.token, m.from, m.to, m.value)
			if got[row] < truth[row] && covered && !inGap {
				wrong = append(wrong, row+" is missing, and no gap says so")
			}
		}
	}
	want := map[string]reconcile.TXStatus{w.failed: reconcile.TXReverted, w.other: reconcile.TXFound, w.absent: reconcile.TXAbsent}
	for _, f := range rec.Facts {
		if f.Status != reconcile.TXUnknown && f.Status != want[f.TXID] {
			wrong = append(wrong, fmt.Sprintf("transaction %s is called %d", f.TXID, f.Status))
		}
	}
	return wrong
}

// TestContradiction: a transaction that only one end of a list shows is left out, and
// its time is a gap: nobody knows what both ends have lost.
func TestContradiction(t *testing.T) {
	w := newWorld()
	lost := func(a *api, action, truth string) string {
		if a.bites > 0 || action != "tokentx" || strings.Count(truth, "blockNumber") < 2 {
			return truth
		}
		at := regexp.MustCompile(oneRow).FindStringIndex(truth)
		return truth[:at[0]] + truth[at[1]:]
	}
	var rec sourcetest.Recorder
	if err := Transfers(w.options(w.serve(t, 0, lost))).Read(t.Context(), w.query(), &rec); err != nil {
		t.Fatal(err)
	}
	if len(rec.Gaps) != 1 || rec.Gaps[0].Span != (reconcile.Interval{From: at(10), To: at(10) + 1}) || len(w.got(&rec)) != len(w.truth)-1 {
		t.Errorf("gaps %v, %d transfers of %d", rec.Gaps, len(w.got(&rec)), len(w.truth))
	}
}

// TestRecordedAnswers: every recorded tokentx answer, of Etherscan and of those who
// speak like it, is a list or nothing.
func TestRecordedAnswers(t *testing.T) {
	found, err := filepath.Glob("../../../shared/data/rpc/recorded/*_tokentx_api_*.json")
	if err != nil || len(found) == 0 {
		t.Skipf("NOT TESTED: recorded answers are not there: %v", err)
	}
	rows := 0
	for _, name := range found {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Status   struct{ Code int }
			Response envelope
		}
		if err := json.Unmarshal(content, &r); err != nil || r.Status.Code != 200 {
			continue // no answer of this shape
		}
		if err := r.Response.verdict(); err != nil {
			t.Logf("%s: %v", filepath.Base(name), err)
			continue
		}
		list, err := rowsOf(r.Response.Result)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range list {
			if _, err := list[i].movement(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		rows += len(list)
	}
	if rows == 0 {
		t.Error("no row was read")
	}
}

// FuzzAnswers: whatever the bytes, a list that is taken has only rows of its question.
func FuzzAnswers(f *testing.F) {
	w := newWorld()
	get := func(name string) string {
		return map[string]string{"contractaddress": usdt, "address": shop(0), "sort": "asc"}[name]
	}
	f.Add([]byte(w.list(get)))
	f.Add([]byte(`{"status":"0","message":"No transactions found","result":[]}`))
	f.Add([]byte(`{"status":"0","message":"NOTOK","result":"Max rate limit reached"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var e envelope
		if json.Unmarshal(text, &e) != nil || e.verdict() != nil {
			return
		}
		rows, err := rowsOf(e.Result)
		if err != nil {
			return
		}
		l := listing{address: shop(0), token: usdt, span: span{5, 50}}
		list, err := l.movements(rows)
		for _, m := range list {
			if err == nil && (m.token != usdt || m.to != shop(0) && m.from != shop(0) || m.block < 5 || m.block > 50) {
				t.Errorf("%+v", m)
			}
		}
	})
}
