package evm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/evm/evmtest"
	"tieout/sources/sourcetest"
)

// paid is one transfer as the test made it: the truth.
type paid struct {
	txid  string
	log   int64
	block uint64
	to    string
	units string
	final reconcile.Finality
	order string // as a payment contract names it
	time  reconcile.Instant
}

// day is what happened on the node.
type day struct {
	node    *evmtest.Node
	token   string
	till    string // a payment contract
	watched []string
	truth   []paid
	failed  evmtest.Payment
	other   evmtest.Payment // to an address that nobody watches
	window  reconcile.Interval
	final   uint64 // all that the test calls final is at most there
}

const (
	alice = "0x00000000000000000000000000000000000a11ce"
	bob   = "0x0000000000000000000000000000000000000b0b"
	carol = "0x00000000000000000000000000000000000ca401"
)

func makeDay(t *testing.T) *day {
	n := evmtest.Start(t)
	d := &day{node: n, token: n.DeployToken(), till: n.DeployCashier()}
	d.watched = []string{alice, bob, d.till}
	add := func(p evmtest.Payment, to string, units int64, log int, final reconcile.Finality) {
		d.truth = append(d.truth, paid{p.TXID, int64(p.Logs[log]), p.Block, to, strconv.FormatInt(units, 10), final, "", reconcile.InstantOf(p.Time)})
	}
	deposit := func(units int64, order string) {
		add(n.Deposit(d.till, d.token, units, order), d.till, units, 0, reconcile.Final)
		d.truth[len(d.truth)-1].order = order
	}
	n.Mine(3)
	add(n.Pay(d.token, alice, 100_000_000), alice, 100_000_000, 0, reconcile.Final)
	n.Mine(2)
	split := n.PayMany(d.token, []string{bob, carol, bob}, []int64{60_000_000, 1, 40_000_000})
	add(split, bob, 60_000_000, 0, reconcile.Final)
	add(split, bob, 40_000_000, 2, reconcile.Final)
	deposit(25_000_000, "S-1001")
	deposit(25_000_000, "S-1002") // the same amount again: only the log tells them apart
	d.failed = n.PayTooMuch(d.token, alice)
	d.other = n.Pay(d.token, carol, 5)
	for i := range int64(30) {
		add(n.Pay(d.token, alice, 1_000_000+i), alice, 1_000_000+i, 0, reconcile.Final)
	}
	d.final = d.truth[len(d.truth)-1].block
	n.Finalize()
	last := n.Pay(d.token, bob, 7_000_000) // above the finalized block
	add(last, bob, 7_000_000, 0, reconcile.NotFinal)
	d.window = reconcile.Interval{From: reconcile.InstantOf(last.Time) - reconcile.Day, To: reconcile.InstantOf(last.Time) - 20*reconcile.Second}
	return d
}

func (d *day) options(url string) Options {
	return Options{Name: "dev", Chain: "eip155:1337", Endpoints: []Endpoint{{Name: "node", URL: url}}, Rate: 1e6, Verify: "basic",
		Assets: []reconcile.CatalogueAsset{{Key: "tusd", Chain: "eip155:1337", Accepted: true, Asset: money.Asset{ID: "eip155:1337/erc20:" + d.token, Symbol: "TUSD", Decimals: 6}}},
		wait:   func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func (d *day) query(claims ...string) sources.Query {
	q := sources.Query{Window: d.window, Reach: reconcile.Interval{From: d.window.From, To: d.window.To + reconcile.Day},
		Watch: []sources.Watch{{Chain: "eip155:1337", Addresses: d.watched}}}
	for _, c := range claims {
		q.Claims = append(q.Claims, sources.Claim{Chain: "eip155:1337", TXID: c})
	}
	return q
}

func transfers(rec *sourcetest.Recorder, watched []string) []paid {
	var got []paid
	for _, t := range rec.Transfers {
		if slices.Contains(watched, t.To) {
			got = append(got, paid{t.TXID, t.LogIndex, t.Block, t.To, t.Amount.String(), t.Finality, t.OrderRef, t.BlockTime})
		}
	}
	return got
}

// TestRealNode reads what really happened on a real node.
func TestRealNode(t *testing.T) {
	d := makeDay(t)
	t.Run("transfers, finality and claims", func(t *testing.T) {
		var rec sourcetest.Recorder
		const absent = "0x00000000000000000000000000000000000000000000000000000000000000aa"
		if err := Transfers(d.options(d.node.URL)).Read(context.Background(), d.query(d.failed.TXID, d.other.TXID, absent, d.truth[0].txid), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" {
			t.Error(diff)
		}
		facts := map[string]reconcile.TXStatus{}
		for _, f := range rec.Facts {
			facts[f.TXID] = f.Status
		}
		want := map[string]reconcile.TXStatus{d.failed.TXID: reconcile.TXReverted, d.other.TXID: reconcile.TXFound, absent: reconcile.TXAbsent}
		if diff := cmp.Diff(want, facts); diff != "" {
			t.Error(diff)
		}
		if n := len(rec.Transfers) - len(d.truth); n != 1 {
			t.Errorf("%d further transfers; the one that a claim names is expected", n)
		}
		if len(rec.Gaps) != 0 || len(rec.Covers) != 1 || rec.Covers[0].Span.To < d.window.To {
			t.Errorf("covers %v, gaps %v", rec.Covers, rec.Gaps)
		}
	})
	t.Run("another chain", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Chain, o.Assets = "eip155:1", []reconcile.CatalogueAsset{{Chain: "eip155:1", Asset: money.Asset{ID: "eip155:1/erc20:" + d.token}}}
		err := Transfers(o).Read(context.Background(), d.query(), &sourcetest.Recorder{})
		if err == nil || !strings.Contains(err.Error(), "endpoint node is on chain 1337, the source says eip155:1") {
			t.Error(err)
		}
	})
	t.Run("an endpoint that is not there", func(t *testing.T) {
		o := d.options("http://127.0.0.1:1/secret-key")
		err := Transfers(o).Read(context.Background(), d.query(), &sourcetest.Recorder{})
		if err == nil || strings.Contains(err.Error(), "secret-key") {
			t.Error(err)
		}
		o.Endpoints = append(o.Endpoints, Endpoint{"second", d.node.URL})
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil || len(rec.Transfers) != len(d.truth) {
			t.Errorf("the second endpoint: %d transfers, %v", len(rec.Transfers), err)
		}
	})
	t.Run("the finalized block has not reached the end", func(t *testing.T) {
		q := d.query()
		q.Window.To += reconcile.Hour
		q.Reach.To = q.Window.To + reconcile.Day
		var rec sourcetest.Recorder
		if err := Transfers(d.options(d.node.URL)).Read(context.Background(), q, &rec); err != nil || len(rec.Gaps) != 1 {
			t.Errorf("gaps %v, %v", rec.Gaps, err)
		}
	})
	t.Run("no address is known", func(t *testing.T) {
		q := d.query(d.other.TXID)
		q.Watch = nil
		var rec sourcetest.Recorder
		if err := Transfers(d.options(d.node.URL)).Read(context.Background(), q, &rec); err != nil {
			t.Fatal(err)
		}
		if len(rec.Transfers) != 1 || rec.Transfers[0].To != carol || len(rec.Facts) != 1 || len(rec.Notes) != 1 {
			t.Errorf("transfers %v, facts %v, notes %q", rec.Transfers, rec.Facts, rec.Notes)
		}
	})
	t.Run("own addresses and the query's", func(t *testing.T) {
		q := d.query()
		q.Watch = []sources.Watch{{Chain: "eip155:1337", Addresses: []string{alice, d.till}}}
		o := d.options(d.node.URL)
		o.Addresses = []string{bob}
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), q, &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("without verification", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Verify = "none"
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.truth, transfers(&rec, d.watched), cmp.AllowUnexported(paid{})); diff != "" || !slices.Equal(rec.Proofs, []string{"none"}) {
			t.Errorf("%s proof %v", diff, rec.Proofs)
		}
	})
	t.Run("confirmations instead of the finalized block", func(t *testing.T) {
		o := d.options(d.node.URL)
		o.Confirmations = 1
		var rec sourcetest.Recorder
		if err := Transfers(o).Read(context.Background(), d.query(), &rec); err != nil {
			t.Fatal(err)
		}
		for _, tr := range rec.Transfers {
			if last := d.truth[len(d.truth)-1].txid; (tr.Finality == reconcile.NotFinal) != (tr.TXID == last) {
				t.Errorf("block %d: finality %d", tr.Block, tr.Finality)
			}
		}
	})
	t.Run("doctor", func(t *testing.T) {
		for _, c := range Probe(context.Background(), d.options(d.node.URL)) {
			if !c.OK {
				t.Errorf("%+v", c)
			}
		}
		o := d.options(d.node.URL)
		o.Chain = "eip155:1"
		if got := Probe(context.Background(), o); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Detail, "is on chain 1337") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("lies", func(t *testing.T) { lies(t, d) })
}

// proxy stands before a node and goes wrong on purpose.
type proxy struct {
	node string
	mu   sync.Mutex
	rnd  *rand.Rand
	// lies returns status 0 for the truth, or an answer of its own; -1 with a pattern
	// and what to put in its place in the node's answer; -2 with another question.
	lies func(p *proxy, method string, params []json.RawMessage) (status int, header, body string)

	calls, logs int
	head        uint64
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var call struct {
		ID     json.RawMessage
		Method string
		Params []json.RawMessage
	}
	pattern, instead := "", ""
	if bytes.HasPrefix(body, []byte("[")) {
		call.Method, call.ID = "batch", json.RawMessage("null")
	} else if err := json.Unmarshal(body, &call); err != nil {
		call.Method = "unreadable"
	}
	p.mu.Lock()
	p.calls++
	status, header, lie := p.lies(p, call.Method, call.Params)
	p.mu.Unlock()
	switch {
	case status == -2:
		body = []byte(strings.ReplaceAll(lie, "$ID", string(call.ID)))
	case status == -1:
		pattern, instead = header, lie
	case status > 0:
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(lie, "$ID", string(call.ID)))
		return
	}
	answer, err := http.Post(p.node, "application/json", bytes.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", "application/json")
	text, _ := io.ReadAll(answer.Body)
	if pattern != "" {
		text = regexp.MustCompile(pattern).ReplaceAll(bytes.TrimSpace(text), []byte(instead))
	}
	_, _ = w.Write(text)
}

// behindAt answers as an old node does whose head is that block: with what it has of
// a range, and without a block above.
func behindAt(head uint64, method string, params []json.RawMessage) (int, string, string) {
	switch method {
	case "eth_getLogs":
		var f map[string]any
		if json.Unmarshal(params[0], &f) != nil || number(f["toBlock"]) <= head {
			break
		}
		if number(f["fromBlock"]) > head {
			return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":[]}`
		}
		f["toBlock"] = hexNumber(head)
		clamped, _ := json.Marshal(f)
		return -2, "", `{"jsonrpc":"2.0","id":$ID,"method":"eth_getLogs","params":[` + string(clamped) + `]}`
	case "eth_getBlockByNumber":
		if number(strings.Trim(string(params[0]), `"`)) > head {
			return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":null}`
		}
	}
	return 0, "", ""
}

// number reads a block number, 0 for a tag.
func number(text any) uint64 {
	n, err := strconv.ParseUint(fmt.Sprint(text), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

func rpcError(code int, message string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":$ID,"error":{"code":%d,"message":%q}}`, code, message)
}

// blocks returns how many blocks a call for logs asks for.
func blocks(params []json.RawMessage) uint64 {
	var f struct{ FromBlock, ToBlock quantity }
	if len(params) == 0 || json.Unmarshal(params[0], &f) != nil {
		return 0
	}
	return uint64(f.ToBlock-f.FromBlock) + 1
}

// lies: whatever the node does, the transfers are the truth, or the run says where
// they may not be. Never a third thing.
func lies(t *testing.T, d *day) {
	kinds := map[string]func(p *proxy, method string, params []json.RawMessage) (int, string, string){
		"429 with Retry-After": func(p *proxy, _ string, _ []json.RawMessage) (int, string, string) {
			if p.rnd.IntN(3) == 0 {
				return 429, "Retry-After: 1", "Too Many Requests"
			}
			return 0, "", ""
		},
		"500": func(p *proxy, _ string, _ []json.RawMessage) (int, string, string) {
			if p.rnd.IntN(4) == 0 {
				return 500, "", "internal"
			}
			return 0, "", ""
		},
		"garbage": func(p *proxy, _ string, _ []json.RawMessage) (int, string, string) {
			if p.rnd.IntN(4) == 0 {
				return 200, "", "<html>hello"
			}
			return 0, "", ""
		},
		"a cap on blocks that is named": func(_ *proxy, method string, params []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && blocks(params) > 7 {
				return 200, "", rpcError(-32000, "exceed maximum block range: 7")
			}
			return 0, "", ""
		},
		"a cap on results without a word": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && blocks(params) > uint64(1+p.rnd.IntN(20)) {
				return 200, "", rpcError(-32005, "query returned more than 10000 results")
			}
			return 0, "", ""
		},
		"every range is too big": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" {
				return 200, "", rpcError(-32005, "query returned more than 10000 results")
			}
			return 0, "", ""
		},
		"no logs are served at all": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" {
				return 200, "", rpcError(-32000, "something is broken")
			}
			return 0, "", ""
		},
		"a node behind": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(2) == 0 {
				return 200, "", rpcError(-32602, "block range extends beyond current head block")
			}
			return 0, "", ""
		},
		"null for logs": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(2) == 0 {
				return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":null}`
			}
			return 0, "", ""
		},
		"logs of another range": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(3) == 0 {
				return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":[{"address":"` + d.token + `","topics":["` + transferTopic.Hex() + `"],"blockNumber":"0xffffff","logIndex":"0x0","blockHash":"0x1"}]}`
			}
			return 0, "", ""
		},
		"dead after some calls": func(p *proxy, _ string, _ []json.RawMessage) (int, string, string) {
			if p.head == 0 {
				p.head = 10 + p.rnd.Uint64N(25)
			}
			if uint64(p.calls) > p.head {
				return 503, "", "gone"
			}
			return 0, "", ""
		},
		"an old node that is behind says nothing": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if p.head == 0 {
				p.head = 5 + p.rnd.Uint64N(60)
			}
			return behindAt(p.head, method, params)
		},
		"a balancer with one such node": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if p.rnd.IntN(3) > 0 {
				return 0, "", ""
			}
			return behindAt(d.final, method, params)
		},
		"blocks of another fork": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getBlockByNumber" && p.rnd.IntN(10) == 0 {
				return -1, `("hash":"0x)[0-9a-f]{4}`, "${1}dead"
			}
			return 0, "", ""
		},
		"no index in logs": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(2) == 0 {
				return -1, `"logIndex":"0x[0-9a-f]+",`, ""
			}
			return 0, "", ""
		},
		"removed logs": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(2) == 0 {
				return -1, `"result":\[(\{[^}]*)"removed":false\}`, `"result":[${1}"removed":true},${1}"removed":false}`
			}
			return 0, "", ""
		},
		"the same log twice": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(2) == 0 {
				return -1, `"result":\[(\{[^}]*\})`, `"result":[${1},${1}`
			}
			return 0, "", ""
		},
		"no time in blocks": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getBlockByNumber" && p.rnd.IntN(10) == 0 {
				return -1, `"timestamp":"0x[0-9a-f]+",?`, ""
			}
			return 0, "", ""
		},
		"an answer cut short": func(p *proxy, _ string, _ []json.RawMessage) (int, string, string) {
			if p.rnd.IntN(5) == 0 {
				return -1, `.{30}$`, ""
			}
			return 0, "", ""
		},
		"gone after the first logs": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && blocks(params) > 15 {
				return 200, "", rpcError(-32000, "exceed maximum block range: 15")
			}
			if p.logs += min(1, strings.Count(method, "eth_getLogs")); p.logs > 1 {
				return 403, "", "who are you"
			}
			return 0, "", ""
		},
		"a balancer that changes its mind with every question for logs": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" {
				p.head = 10 * p.rnd.Uint64N(2)
			}
			if p.head == 0 {
				return 0, "", ""
			}
			return behindAt(p.head, method, params)
		},
		"no receipts": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			switch method {
			case "batch":
				return 500, "", "no batches"
			case "eth_getTransactionReceipt":
				return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":null}`
			}
			return 0, "", ""
		},
		"a batch with holes": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "batch" {
				return 200, "", "[null]"
			}
			return 0, "", ""
		},
		"empty where there is something": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if p.logs += min(1, strings.Count(method, "eth_getLogs")); method == "eth_getLogs" && p.logs == 1 {
				return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":[]}`
			}
			return 0, "", ""
		},
	}
	outcomes := map[string]int{}
	defer func() { t.Log(outcomes) }()
	for name, lie := range kinds {
		for seed := range uint64(12) {
			p := &proxy{node: d.node.URL, rnd: rand.New(rand.NewPCG(seed, 1)), lies: lie}
			server := httptest.NewServer(p)
			o := d.options(server.URL)
			if seed%3 == 2 { // one that lies in the same way stands by
				o.Endpoints = append(o.Endpoints, Endpoint{"second", server.URL})
			}
			var rec sourcetest.Recorder
			err := Transfers(o).Read(context.Background(), d.query(), &rec)
			server.Close()
			got := transfers(&rec, d.watched)
			for _, row := range got {
				if row.order == "" && len(rec.Gaps) > 0 { // its Deposit log may be what could not be read
					row.order = orderOf(d.truth, row.txid)
				}
				if !slices.Contains(d.truth, row) {
					t.Errorf("%s, seed %d: invented %+v", name, seed, row)
				}
			}
			switch {
			case err != nil:
				outcomes[name+": refused"]++
			case slices.Equal(got, d.truth):
				outcomes[name+": the truth"]++
			default:
				outcomes[name+": a gap"]++
			}
			for _, row := range d.truth {
				if err == nil && row.final == reconcile.Final && !slices.Contains(got, row) && !inGap(rec.Gaps, row) {
					t.Errorf("%s, seed %d: %+v is missing, and no gap says so", name, seed, row)
				}
			}
		}
	}
}

// inGap reports whether a gap says that a row may be missing.
func inGap(gaps []reconcile.Gap, row paid) bool {
	return slices.ContainsFunc(gaps, func(g reconcile.Gap) bool { return g.Span.Contains(row.time) })
}

func orderOf(truth []paid, txid string) string {
	for _, row := range truth {
		if row.txid == txid {
			return row.order
		}
	}
	return ""
}
