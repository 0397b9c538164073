package etherscan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tieout/reconcile"
)

// api fakes the API over a made up chain of twelve seconds a block: there is none to
// start in a test. Its answers have the shape of recorded ones, its caps and words are
// the documented ones. It can lie.
type api struct {
	head    uint64
	key     string
	txs     []tx
	mu      sync.Mutex
	rnd     *rand.Rand
	tell    lie
	bites   int
	queries int
}

// lie makes of an answer another.
type lie func(a *api, action string, answer string) string

type tx struct {
	id     string
	block  uint64
	failed bool
	moves  []move
}

type move struct {
	token, from, to string
	value           int
}

const (
	start = 1_777_716_000 // of block 0
	usdt  = "0xdac17f958d2ee523a2206206994597c13d831ec7"
	usdc  = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
	alice = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

func at(block uint64) reconcile.Instant {
	return reconcile.Instant(start+12*block) * reconcile.Second
}
func shop(i int) string          { return fmt.Sprintf("0x%040x", 0xca5e0000+i) }
func hash(n uint64) string       { return fmt.Sprintf("0x%064x", 0xb10c0000+n) }
func word(address string) string { return "0x" + strings.Repeat("0", 24) + address[2:] }

// pay adds a transaction in a block.
func (a *api) pay(block uint64, moves ...move) tx {
	t := tx{id: fmt.Sprintf("0x%064x", len(a.txs)+1), block: block, moves: moves}
	a.txs = append(a.txs, t)
	a.head = max(a.head, block)
	return t
}

// serve starts the API.
func (a *api) serve(t testing.TB, seed uint64, tell lie) string {
	a.rnd, a.tell, a.bites, a.queries = rand.New(rand.NewPCG(seed, 2)), tell, 0, 0
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return server.URL + "/v2/api"
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queries++
	answer := a.answer(q.Get("action"), q.Get)
	said := answer
	if q.Get("chainid") != "1" || a.key != "" && q.Get("apikey") != a.key {
		said = `{"status":"0","message":"NOTOK","result":"Invalid API Key (` + q.Get("apikey") + `)"}`
	} else if a.tell != nil {
		said = a.tell(a, q.Get("action"), answer)
	}
	if said != answer {
		a.bites++
	}
	if strings.HasPrefix(said, "429") {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	_, _ = w.Write([]byte(said))
}

func (a *api) answer(action string, get func(string) string) string {
	proxy := func(v any) string {
		text, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "result": v})
		return string(text)
	}
	switch action {
	case "eth_blockNumber":
		return proxy(hexNumber(a.head))
	case "eth_getBlockByNumber":
		n, _ := strconv.ParseUint(get("tag"), 0, 64)
		if n > a.head {
			return proxy(nil)
		}
		return proxy(map[string]any{"number": hexNumber(n), "timestamp": hexNumber(start + 12*n), "hash": hash(n)})
	case "eth_getTransactionReceipt":
		for _, t := range a.txs {
			if t.id == get("txhash") {
				return proxy(t.receipt())
			}
		}
		return proxy(nil)
	case "tokentx":
		return a.list(get)
	}
	return `{"status":"0","message":"NOTOK","result":"Error! Missing Or invalid Action name"}`
}

func (t tx) receipt() any {
	status, logs := "0x1", []any{}
	if t.failed {
		status = "0x0"
	}
	for i, m := range t.moves {
		logs = append(logs, map[string]any{"address": m.token, "topics": []string{transferTopic, word(m.from), word(m.to)}, "data": fmt.Sprintf("0x%064x", m.value), "logIndex": hexNumber(uint64(i))})
	}
	return map[string]any{"transactionHash": t.id, "blockHash": hash(t.block), "blockNumber": hexNumber(t.block), "status": status, "logs": logs}
}

// list is tokentx: at most 1,000 rows at once and 10,000 in all.
func (a *api) list(get func(string) string) string {
	number := func(name string, without int) int {
		if n, err := strconv.Atoi(get(name)); err == nil {
			return n
		}
		return without
	}
	page, offset, from, to := number("page", 1), min(number("offset", 1000), 1000), number("startblock", 0), number("endblock", 1<<40)
	if page*offset > window {
		return `{"status":"0","message":"Result window is too large, PageNo x Offset size must be less than or equal to 10000","result":null}`
	}
	rows := []any{}
	for _, t := range a.txs {
		for _, m := range t.moves {
			if address := get("address"); m.token == get("contractaddress") && (address == "" || m.from == address || m.to == address) && int(t.block) >= from && int(t.block) <= to {
				rows = append(rows, map[string]any{"blockNumber": strconv.FormatUint(t.block, 10), "timeStamp": strconv.FormatUint(start+12*t.block, 10), "hash": t.id, "blockHash": hash(t.block), "from": m.from,
					"contractAddress": m.token, "to": m.to, "value": strconv.Itoa(m.value), "tokenSymbol": "T", "tokenDecimal": "6", "confirmations": strconv.FormatUint(a.head-t.block, 10)})
			}
		}
	}
	if get("sort") == "desc" {
		slices.Reverse(rows)
	}
	rows = rows[min(len(rows), (page-1)*offset):]
	rows = rows[:min(len(rows), offset)]
	if len(rows) == 0 {
		return `{"status":"0","message":"No transactions found","result":[]}`
	}
	text, _ := json.Marshal(map[string]any{"status": "1", "message": "OK", "result": rows})
	return string(text)
}
