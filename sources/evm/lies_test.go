package evm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tieout/reconcile"
	"tieout/sources/sourcetest"
)

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
	bites       int // answers that were not the node's
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
	if bytes.HasPrefix(body, []byte("[")) {
		call.Method, call.ID = "batch", json.RawMessage("null")
	} else if err := json.Unmarshal(body, &call); err != nil {
		call.Method = "unreadable"
	}
	p.mu.Lock()
	p.calls++
	status, header, lie := p.lies(p, call.Method, call.Params)
	p.mu.Unlock()
	lie = strings.ReplaceAll(lie, "$ID", string(call.ID))
	truth, err := p.ask(body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	said := truth
	switch {
	case status == -2:
		if said, err = p.ask([]byte(lie)); err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
	case status == -1:
		said = regexp.MustCompile(header).ReplaceAll(truth, []byte(lie))
	case status > 0:
		said = []byte(lie)
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
	}
	if !bytes.Equal(said, truth) {
		p.mu.Lock()
		p.bites++
		p.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	if status > 0 {
		w.WriteHeader(status)
	}
	_, _ = w.Write(said)
}

// upstream keeps its connections: there are many questions.
var upstream = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

// ask passes a question on to the node.
func (p *proxy) ask(body []byte) ([]byte, error) {
	answer, err := upstream.Post(p.node, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return bytes.TrimSpace(text), err
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

// emptyList is the answer that a node gives which has nothing, or nothing to say.
const emptyList = `{"jsonrpc":"2.0","id":$ID,"result":[]}`

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

// lie is one way in which a node goes wrong.
type lie func(p *proxy, method string, params []json.RawMessage) (status int, header, body string)

// seeds is how often each lie is told.
const seeds = 12

// lies: whatever the node does, the transfers are the truth, or the run says where
// they may not be. Never a third thing. A lie that no seed tells would prove
// nothing, and one that only verification finds out must do harm without it.
func lies(t *testing.T, d *day) {
	all := kinds(d)
	for _, name := range silent {
		if all[name] == nil {
			t.Errorf("no lie is called %q", name)
		}
	}
	for name, tell := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bites, harm := 0, 0
			for seed := range uint64(seeds) {
				p, wrong := d.lied(t, tell, seed, "basic")
				bites += p.bites
				for _, w := range wrong {
					t.Errorf("seed %d: %s", seed, w)
				}
				if slices.Contains(silent, name) {
					_, wrong := d.lied(t, tell, seed, "none")
					harm += len(wrong)
				}
			}
			if bites == 0 {
				t.Error("it was never told")
			}
			if slices.Contains(silent, name) && harm == 0 {
				t.Error("it does no harm where nothing is verified")
			}
		})
	}
}

// quorum: beside an honest node no lie does harm, not even those that a single node
// gets away with.
func quorum(t *testing.T, d *day) {
	all := kinds(d)
	maps.Copy(all, single(d))
	for name, tell := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harm := 0
			for seed := range uint64(4) {
				_, wrong := d.lied(t, tell, seed, "quorum")
				for _, w := range wrong {
					t.Errorf("seed %d: %s", seed, w)
				}
				if single(d)[name] != nil {
					_, wrong := d.lied(t, tell, seed, "basic")
					harm += len(wrong)
				}
			}
			if single(d)[name] != nil && harm == 0 {
				t.Error("it does no harm where one node alone is asked")
			}
		})
	}
}

// single are the lies that only another node finds out.
func single(d *day) map[string]lie {
	receipts := func(method string) bool { return method == "batch" || method == "eth_getTransactionReceipt" }
	return map[string]lie{
		"an index that lost some blocks": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method != "eth_getLogs" {
				return 0, "", ""
			}
			if p.head == 0 {
				p.head = 15 + p.rnd.Uint64N(20)
			}
			one := `\{[^{}]*"blockNumber":"` + hexNumber(p.head) + `"[^{}]*\}`
			return -1, `,` + one + `|` + one + `,`, ""
		},
		"a log that is made up": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" {
				return -1, `"result":\[((\{[^}]*"logIndex":)"0x[0-9a-f]+"([^}]*\}))`, `"result":[${2}"0x63"${3},${1}`
			}
			return 0, "", ""
		},
		"another amount": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" {
				return -1, `("data":"0x0{50})0`, "${1}1"
			}
			return 0, "", ""
		},
		"blocks of the day are said to be older": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getBlockByNumber" {
				return -1, `("number":"0x1?[0-9a-f]",.*"timestamp":)"0x[0-9a-f]+"`, `${1}"0x1"`
			}
			return 0, "", ""
		},
		"a block of the day is said to be another day's": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "batch" {
				return -1, `"timestamp":"0x[0-9a-f]+"`, `"timestamp":"0x1"`
			}
			return 0, "", ""
		},
		"a transaction that failed is said to be fine, and the other way round": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if receipts(method) {
				return -1, `"status":"0x1"`, `"status":"0x0"`
			}
			return 0, "", ""
		},
	}
}

// proofs: a node that is alone cannot lie about what hashes to the block.
func proofs(t *testing.T, d *day) {
	all := kinds(d)
	maps.Copy(all, single(d))
	maps.Copy(all, deep())
	for name, tell := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harm := 0
			for seed := range uint64(2) {
				_, wrong := d.lied(t, tell, seed, "proof")
				for _, w := range wrong {
					t.Errorf("seed %d: %s", seed, w)
				}
				if deep()[name] != nil {
					_, wrong := d.lied(t, tell, seed, "basic")
					harm += len(wrong)
				}
			}
			if deep()[name] != nil && harm == 0 {
				t.Error("it does no harm where nothing is proven")
			}
		})
	}
}

// manyLies tells LIES lies at random, at every level that finds them out. The few of
// every day are told by the tests above.
func manyLies(t *testing.T, d *day) {
	count, _ := strconv.Atoi(os.Getenv("LIES"))
	if count == 0 {
		t.Skip("LIES is how many runs are wanted; make soak has 10,000")
	}
	alone := kinds(d)
	rnd := rand.New(rand.NewPCG(uint64(count), 7))
	told := 0
	for i := range count {
		level, all := []string{"basic", "quorum", "balance", "proof"}[rnd.IntN(4)], maps.Clone(alone)
		switch level {
		case "quorum":
			maps.Copy(all, single(d))
		case "balance":
			lost := "an index that lost some blocks"
			all[lost] = single(d)[lost]
		case "proof":
			maps.Copy(all, single(d))
			maps.Copy(all, deep())
		}
		names := slices.Sorted(maps.Keys(all))
		name, seed := names[rnd.IntN(len(names))], rnd.Uint64()
		p, wrong := d.lied(t, all[name], seed, level)
		told += p.bites
		for _, w := range wrong {
			t.Errorf("run %d: %s, seed %d, verify: %s: %s", i, name, seed, level, w)
		}
	}
	t.Logf("%d runs, %d false answers", count, told)
}

// deep are lies that a node keeps up wherever it is asked.
func deep() map[string]lie {
	return map[string]lie{
		"another amount, also in receipts":       everywhere(`("data":"0x0{50})0`, "${1}1"),
		"another transaction, also in receipts":  everywhere(`("transactionHash":"0x)[0-9a-f]{4}`, "${1}dead"),
		"another place, also in receipts":        everywhere(`"logIndex":"0x0"`, `"logIndex":"0x7"`),
		"logs that are lost and a bloom without": everywhere(`"logs":\[(\{[^{}]*\},?)*\]|"logsBloom":"0x[0-9a-f]*"|("result":\[)(\{[^{}]*"logIndex"[^{}]*\},?)*\]`, `"logs":[],"logsBloom":"0x00"`),
	}
}

// lied reads from a node that lies, and says what of the outcome is wrong.
func (d *day) lied(t *testing.T, tell lie, seed uint64, verify string) (*proxy, []string) {
	t.Helper()
	p := &proxy{node: d.node.URL, rnd: rand.New(rand.NewPCG(seed, 1)), lies: tell}
	server := httptest.NewServer(p)
	defer server.Close()
	o := d.options(server.URL)
	o.Verify = verify
	switch {
	case verify == "quorum" && seed%2 == 0: // a node beside it tells the truth
		o.Endpoints = append(o.Endpoints, Endpoint{"honest", d.node.URL})
	case verify == "quorum":
		o.Endpoints = []Endpoint{{"honest", d.node.URL}, o.Endpoints[0]}
	case verify == "proof" && seed%4 != 0: // alone it must not get away with anything
	case seed%3 == 2: // one that lies in the same way stands by
		o.Endpoints = append(o.Endpoints, Endpoint{"second", server.URL})
	}
	var rec sourcetest.Recorder
	if err := Transfers(o).Read(context.Background(), d.query(d.failed.TXID, d.other.TXID, d.pending.TXID, absent), &rec); err != nil {
		return p, nil // refused: nothing is covered
	}
	if verify == "quorum" || verify == "proof" || verify == "balance" { // of what is not final nothing is claimed, and nothing asked twice
		rec.Transfers = slices.DeleteFunc(rec.Transfers, func(t reconcile.Transfer) bool { return t.Block > d.final })
	}
	return p, append(d.wrongRows(&rec), d.wrongFacts(&rec)...)
}

// wrongRows are transfers that were invented, and those that are missing without a
// gap that says so.
func (d *day) wrongRows(rec *sourcetest.Recorder) (wrong []string) {
	got := transfers(rec, d.watched)
	for i, row := range got {
		if slices.Contains(got[:i], row) {
			wrong = append(wrong, fmt.Sprintf("%+v counts twice", row))
		}
		if row.order == "" && inGap(rec.Gaps, row) { // its Deposit log may be what could not be read
			row.order = orderOf(d.truth, row.txid)
		}
		later := row
		later.final = reconcile.Final
		if !slices.Contains(d.truth, row) && (row.final == reconcile.Final || !slices.Contains(d.truth, later)) { // to call less final is no harm
			wrong = append(wrong, fmt.Sprintf("invented %+v", row))
		}
	}
	for _, row := range d.truth {
		if row.final == reconcile.Final && !slices.ContainsFunc(got, func(g paid) bool { return g.txid == row.txid && g.log == row.log }) && !inGap(rec.Gaps, row) {
			wrong = append(wrong, fmt.Sprintf("%+v is missing, and no gap says so", row))
		}
	}
	return wrong
}

// wrongFacts are answers to claims that are neither true nor "unknown", and a
// transaction that was found without the transfer in it.
func (d *day) wrongFacts(rec *sourcetest.Recorder) (wrong []string) {
	want := map[string]reconcile.TXStatus{d.failed.TXID: reconcile.TXReverted, d.other.TXID: reconcile.TXFound, absent: reconcile.TXAbsent}
	for _, f := range rec.Facts {
		if f.Status != reconcile.TXUnknown && f.Status != want[f.TXID] {
			wrong = append(wrong, fmt.Sprintf("transaction %s is called %d", f.TXID, f.Status))
		}
		if f.Status == reconcile.TXFound && !slices.ContainsFunc(rec.Transfers, func(t reconcile.Transfer) bool { return t.TXID == f.TXID && t.BlockHash == d.other.Hash }) {
			wrong = append(wrong, fmt.Sprintf("transaction %s was found without its transfer on the chain", f.TXID))
		}
	}
	return wrong
}

// silent are the lies that only verification finds out.
var silent = []string{
	"a balancer with one such node for a while", "a list of logs cut short", "a balancer that changes its mind with every question for logs",
	"logs of another fork", "empty where there is something", "one empty answer among few",
}

// kinds are the lies.
func kinds(d *day) map[string]lie {
	return map[string]lie{
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
		"an answer to another question": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if method != "eth_getLogs" {
				return 0, "", ""
			}
			if blocks(params) > 9 {
				return 200, "", rpcError(-32000, "exceed maximum block range: 9")
			}
			if p.rnd.IntN(3) > 0 {
				return 0, "", ""
			}
			var f map[string]any
			_ = json.Unmarshal(params[0], &f)
			f["fromBlock"], f["toBlock"] = hexNumber(14), hexNumber(22)
			other, _ := json.Marshal(f)
			return -2, "", `{"jsonrpc":"2.0","id":$ID,"method":"eth_getLogs","params":[` + string(other) + `]}`
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
		"a balancer with one such node for a while": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if p.head == 0 {
				p.head = 1 + p.rnd.Uint64N(6)
			}
			if p.logs > 0 || method == "eth_getLogs" {
				p.logs++
			}
			if at := uint64(p.logs); at < (p.head+1)/2 || at > p.head {
				return 0, "", ""
			}
			return behindAt(d.final-10, method, params)
		},
		"a list of logs cut short": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if p.logs += min(1, strings.Count(method, "eth_getLogs")); method == "eth_getLogs" && p.logs == 1 {
				return -1, `,\{[^{}]*\},\{[^{}]*\}\]`, "]"
			}
			return 0, "", ""
		},
		"blocks of another fork": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getBlockByNumber" && p.rnd.IntN(10) == 0 {
				return -1, `("hash":"0x)[0-9a-f]{4}`, "${1}dead"
			}
			return 0, "", ""
		},
		"logs of another fork": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "eth_getLogs" && p.rnd.IntN(2) == 0 {
				return -1, `("blockHash":"0x)[0-9a-f]{4}`, "${1}dead"
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
				return -1, `"result":\[((\{[^}]*"logIndex":)"0x[0-9a-f]+"([^}]*"removed":)false\})`, `"result":[${2}"0x63"${3}true},${1}`
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
				return 200, "", emptyList
			}
			return 0, "", ""
		},
		"one empty answer among few": func(p *proxy, method string, params []json.RawMessage) (int, string, string) {
			if method != "eth_getLogs" {
				return 0, "", ""
			}
			if blocks(params) > 4 {
				return 200, "", rpcError(-32000, "exceed maximum block range: 4")
			}
			if p.logs++; p.logs == 3 {
				return 200, "", emptyList
			}
			return 0, "", ""
		},
		"no receipts of a block that has some": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			switch {
			case method == "eth_getLogs":
				return 200, "", rpcError(-32005, "query returned more than 10000 results")
			case method == "eth_getBlockReceipts" && p.rnd.IntN(2) == 0:
				return 200, "", emptyList
			}
			return 0, "", ""
		},
		"receipts of a block without their logs": func(p *proxy, method string, _ []json.RawMessage) (int, string, string) {
			switch {
			case method == "eth_getLogs":
				return 200, "", rpcError(-32005, "query returned more than 10000 results")
			case method == "eth_getBlockReceipts" && p.rnd.IntN(2) == 0:
				return -1, `"logs":\[(\{[^{}]*\},?)*\]`, `"logs":[]`
			}
			return 0, "", ""
		},
		"receipts of another fork": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "batch" || method == "eth_getTransactionReceipt" {
				return -1, `("blockHash":"0x)[0-9a-f]{4}`, "${1}dead"
			}
			return 0, "", ""
		},
		"receipts of no block": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "batch" || method == "eth_getTransactionReceipt" {
				return -1, `"blockHash":"0x[0-9a-f]+",`, ""
			}
			return 0, "", ""
		},
		"no index in the logs of receipts": func(_ *proxy, method string, _ []json.RawMessage) (int, string, string) {
			if method == "batch" || method == "eth_getTransactionReceipt" {
				return -1, `"logIndex":"0x[0-9a-f]+",`, ""
			}
			return 0, "", ""
		},
		"no transaction is known to a node that is behind": func(_ *proxy, method string, params []json.RawMessage) (int, string, string) {
			switch {
			case method == "eth_getBlockByNumber" && string(params[0]) == `"finalized"`:
				return -2, "", `{"jsonrpc":"2.0","id":$ID,"method":"eth_getBlockByNumber","params":["0x5",false]}`
			case method == "batch":
				return 500, "", "no batches"
			case method == "eth_getTransactionReceipt" && slices.Contains([]string{d.failed.TXID, d.other.TXID, d.pending.TXID}, strings.Trim(string(params[0]), `"`)):
				return 200, "", `{"jsonrpc":"2.0","id":$ID,"result":null}`
			}
			return 0, "", ""
		},
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
