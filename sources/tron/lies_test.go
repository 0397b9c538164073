package tron

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources/sourcetest"
	"tieout/sources/tron/trontest"
)

// seeds is how often each lie is told in each company; LIES=100 tells them more often.
func seeds(t *testing.T) uint64 {
	text := os.Getenv("LIES")
	if text == "" {
		return 3
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLies: whatever an endpoint does, the transfers are the truth, or the run says
// where they may not be. Never a third thing. A lie that is never told would prove
// nothing, and one that only a second reading finds out must do harm without it.
func TestLies(t *testing.T) {
	for _, speech := range []struct {
		name  string
		grid  bool
		truth func(*world) http.Handler
		lies  map[string]trontest.Lie
	}{
		{"node", false, func(w *world) http.Handler { return w.Node() }, nodeLies},
		{"TronGrid", true, func(w *world) http.Handler { return w.Grid("") }, gridLies},
	} {
		for name, tell := range speech.lies {
			t.Run(speech.name+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				bites, harm := 0, 0
				for seed := range seeds(t) {
					liar := func() (*trontest.Liar, Endpoint) {
						l := trontest.Lies(t, speech.truth(w), seed, tell)
						return l, Endpoint{Name: "liar", URL: l.URL, Grid: speech.grid}
					}
					for company, wrong := range w.companies(t, seed, liar, &bites) {
						for _, text := range wrong {
							t.Errorf("%s, seed %d: %s", company, seed, text)
						}
					}
					_, alone := liar()
					harm += len(w.wrong(t, "none", alone))
				}
				if bites == 0 {
					t.Error("it was never told")
				}
				if silent := strings.Contains(name, "in silence"); silent && harm == 0 {
					t.Error("it does no harm where nothing is read twice")
				}
			})
		}
	}
}

// alone are lies that one endpoint tells each time alike: only another finds them out.
const alone = "again and again"

// companies reads from a liar in different company, and says what was wrong in each.
func (w *world) companies(t *testing.T, seed uint64, liar func() (*trontest.Liar, Endpoint), bites *int) map[string][]string {
	wrong := map[string][]string{}
	honest := truthful(t, "honest", w.Node(), false)
	if seed%2 == 1 {
		honest = truthful(t, "honest", w.Grid(""), true)
	}
	for company, verify := range map[string]string{"alone": "basic", "before an honest one": "quorum", "after an honest one": "quorum", "with one that fails over": "basic"} {
		l, e := liar()
		endpoints := []Endpoint{e, honest}
		switch company {
		case "alone":
			endpoints = endpoints[:1]
			if strings.Contains(t.Name(), strings.ReplaceAll(alone, " ", "_")) {
				continue
			}
		case "after an honest one":
			slices.Reverse(endpoints)
		}
		wrong[company] = w.wrong(t, verify, endpoints...)
		*bites += l.Bites
	}
	return wrong
}

// wrong reads from endpoints and says what of the outcome is wrong.
func (w *world) wrong(t *testing.T, verify string, endpoints ...Endpoint) (wrong []string) {
	t.Helper()
	var rec sourcetest.Recorder
	if err := Transfers(w.options(verify, endpoints...)).Read(context.Background(), w.query(), &rec); err != nil {
		return nil // refused: nothing is covered
	}
	covered := func(at reconcile.Instant) bool {
		return slices.ContainsFunc(rec.Covers, func(c reconcile.Coverage) bool { return c.Span.Contains(at) }) &&
			!slices.ContainsFunc(rec.Gaps, func(g reconcile.Gap) bool { return g.Span.Contains(at) })
	}
	got := w.got(&rec)
	for _, r := range rec.Transfers {
		if r.Finality == reconcile.Final && r.BlockHash != "" && (r.Block > w.Head() || r.BlockHash != w.Hash(r.Block)) {
			wrong = append(wrong, fmt.Sprintf("block %d has the hash %s in %s", r.Block, r.BlockHash, r.TXID))
		}
	}
	times := map[paid]int{}
	for _, row := range got {
		if row.final {
			times[row]++
		}
	}
	truth := map[paid]int{}
	for _, row := range w.truth {
		row.final = true
		truth[row]++
	}
	for row, n := range times {
		if n > truth[row] {
			wrong = append(wrong, fmt.Sprintf("%+v counts %d times, it happened %d times", row, n, truth[row]))
		}
	}
	for row, n := range truth {
		if n > times[row] && covered(row.time) {
			wrong = append(wrong, fmt.Sprintf("%+v is missing, and no gap says so", row))
		}
	}
	return append(wrong, w.wrongFacts(&rec)...)
}

// wrongFacts are answers to claims that are neither true nor "unknown".
func (w *world) wrongFacts(rec *sourcetest.Recorder) (wrong []string) {
	want := map[string]reconcile.TXStatus{w.failed.ID: reconcile.TXReverted, w.other.ID: reconcile.TXFound, w.absent: reconcile.TXAbsent}
	for _, f := range rec.Facts {
		if f.Status != reconcile.TXUnknown && f.Status != want[f.TXID] {
			wrong = append(wrong, fmt.Sprintf("transaction %s is called %d", f.TXID, f.Status))
		}
	}
	return wrong
}

// sometimes tells a lie in one of n answers to what is asked.
func sometimes(n int, asked string, status int, header http.Header, body string) trontest.Lie {
	return func(l *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if strings.Contains(what, asked) && l.Rand.IntN(n) == 0 {
			return status, header, []byte(body)
		}
		return 0, nil, answer
	}
}

// replaced changes answers to what is asked in one of n cases.
func replaced(n int, asked, pattern, by string) trontest.Lie {
	re := regexp.MustCompile(pattern)
	return func(l *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if (asked == "" || what == asked || strings.HasSuffix(what, asked)) && l.Rand.IntN(n) == 0 {
			return 0, nil, re.ReplaceAll(answer, []byte(by))
		}
		return 0, nil, answer
	}
}

// once changes one answer to what is asked, and tells the truth from then on.
func once(asked string, change func([]byte) []byte) trontest.Lie {
	return func(l *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if l.Count++; !strings.HasSuffix(what, asked) || l.Bites > 0 || l.Count <= int(l.Rand.Uint64N(8)) {
			return 0, nil, answer
		}
		return 0, nil, change(answer)
	}
}

func rpcError(code int, message string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":$ID,"error":{"code":%d,"message":%q,"data":"{}"}}`, code, message)
}

// fewer answers a range of more than n blocks with an error.
func fewer(n uint64, message string) trontest.Lie {
	return func(_ *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
		var q struct {
			Params []struct{ FromBlock, ToBlock quantity }
		}
		if what == "eth_getLogs" && json.Unmarshal([]byte(ask), &q) == nil && uint64(q.Params[0].ToBlock-q.Params[0].FromBlock) >= n {
			return 200, nil, []byte(rpcError(-32005, message))
		}
		return 0, nil, answer
	}
}

// cutAt answers as a node does whose head is an older block.
func cutAt(height uint64) trontest.Lie {
	return func(l *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
		if what == "eth_getLogs" {
			var a struct {
				ID     json.RawMessage   `json:"id"`
				Result []json.RawMessage `json:"result"`
			}
			if json.Unmarshal(answer, &a) != nil {
				return 0, nil, answer
			}
			a.Result = slices.DeleteFunc(a.Result, func(raw json.RawMessage) bool {
				var place struct{ BlockNumber quantity }
				return json.Unmarshal(raw, &place) == nil && uint64(place.BlockNumber) > height
			})
			said, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": a.ID, "result": append([]json.RawMessage{}, a.Result...)})
			return 0, nil, said
		}
		var q struct{ Params []any }
		if what == "eth_getBlockByNumber" && json.Unmarshal([]byte(ask), &q) == nil {
			var number quantity
			if json.Unmarshal([]byte(fmt.Sprintf("%q", q.Params[0])), &number) == nil && uint64(number) > height {
				return 200, nil, []byte(`{"jsonrpc":"2.0","id":$ID,"result":null}`)
			}
		}
		return 0, nil, answer
	}
}

// without one row of a list.
func lose(l string) func([]byte) []byte {
	row := regexp.MustCompile(l)
	return func(answer []byte) []byte {
		at := row.FindIndex(answer)
		if at == nil {
			return answer
		}
		return append(slices.Clone(answer[:at[0]]), answer[at[1]:]...)
	}
}

const (
	oneLog = `\{"address"[^{}]*\},`
	oneRow = `\{"block_timestamp"[^{}]*\{[^{}]*\}[^{}]*\},`
)

const suspendedBody = `{"success":false,"error":"The key exceeds the frequency limit(15), and the query server is suspended for 30s","statusCode":403}`

// nodeLies are what a node does, or a balancer before some.
var nodeLies = map[string]trontest.Lie{
	"429 with Retry-After":       sometimes(3, "", 429, http.Header{"Retry-After": {"1"}}, "Too Many Requests"),
	"500":                        sometimes(4, "", 500, nil, "internal"),
	"a page":                     sometimes(4, "", 200, nil, "<html>"),
	"busy with 200":              sometimes(3, "", 200, nil, `{"Error":"lack of computing resources"}`),
	"suspended":                  sometimes(4, "", 403, nil, suspendedBody),
	"cut short":                  replaced(4, "", `.{30}\s*$`, ""),
	"a range of few blocks":      fewer(7, "exceed max block range: 7"),
	"few results":                fewer(3, "query returned more than 10000 results"),
	"every range is too big":     fewer(1, "query returned more than 10000 results"),
	"words that nobody has seen": fewer(5, "java.lang.NullPointerException"),
	"no logs at all":             sometimes(1, "eth_getLogs", 200, nil, rpcError(-32000, "something is broken")),
	"null for logs":              sometimes(2, "eth_getLogs", 200, nil, `{"jsonrpc":"2.0","id":$ID,"result":null}`),
	"fewer recipients":           manyTopics,
	"an empty list in silence": once("eth_getLogs", func(a []byte) []byte {
		return regexp.MustCompile(`"result":\[.*\]`).ReplaceAll(a, []byte(`"result":[]`))
	}),
	"a log lost in silence":            once("eth_getLogs", lose(oneLog)),
	"an index without blocks " + alone: replaced(1, "eth_getLogs", `\{[^{}]*"blockNumber":"0x(?:4|5|b)"[^{}]*\},?`, ""),
	"another amount " + alone:          replaced(1, "eth_getLogs", `("data":"0x0{50})0`, "${1}1"),
	"a made up log " + alone:           replaced(1, "eth_getLogs", `"result":\[((\{[^}]*"logIndex":)"0x[0-9a-f]+"([^}]*\}))`, `"result":[${2}"0x63"${3},${1}`),
	"another payer in silence": once("eth_getLogs", func(a []byte) []byte {
		return regexp.MustCompile(`("topics":\["0x[0-9a-f]+","0x0{24})[0-9a-f]{4}`).ReplaceAll(a, []byte("${1}dead"))
	}),
	"the same log twice":                 replaced(2, "eth_getLogs", `"result":\[(\{[^}]*\})`, `"result":[${1},${1}`),
	"logs without an index":              replaced(2, "eth_getLogs", `"logIndex":"0x[0-9a-f]+",`, ""),
	"logs of another fork":               replaced(2, "eth_getLogs", `("blockHash":"0x[0-9a-f]{20})[0-9a-f]{4}`, "${1}dead"),
	"hashes that are of no block":        replaced(2, "eth_getLogs", `("blockHash":"0x)[0-9a-f]{16}`, "${1}00000000000000ff"),
	"logs of another recipient":          replaced(2, "eth_getLogs", `("topics":\["0x[0-9a-f]+","0x[0-9a-f]+","0x0{24})[0-9a-f]{4}`, "${1}dead"),
	"removed logs":                       replaced(2, "eth_getLogs", `"removed":false`, `"removed":true`),
	"milliseconds where seconds belong":  replaced(3, "eth_getBlockByNumber", `"timestamp":"0x([0-9a-f]+)"`, `"timestamp":"0x${1}fff"`),
	"no time in blocks":                  replaced(4, "eth_getBlockByNumber", `"timestamp":"0x[0-9a-f]+",?`, `"gasUsed":"0x0",`),
	"blocks of another fork":             replaced(9, "eth_getBlockByNumber", `("hash":"0x[0-9a-f]{20})[0-9a-f]{4}`, "${1}dead"),
	"blocks of another height":           replaced(9, "eth_getBlockByNumber", `"number":"0x[0-9a-f]+"`, `"number":"0x9"`),
	"no finalized block":                 refuseTag,
	"behind and silent":                  cutAt(20),
	"a batch with holes":                 sometimes(1, "batch", 200, nil, "[null]"),
	"no batches":                         sometimes(1, "batch", 200, nil, `{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"exceed max batch size: 0"}}`),
	"no receipts":                        noReceipts,
	"receipts of another fork":           receipts(`("blockHash":"0x[0-9a-f]{20})[0-9a-f]{4}`, "${1}dead"),
	"what failed is fine " + alone:       receipts(`"status":"0x[01]"`, `"status":"0x1"`),
	"dead after some calls":              deadAfter(9),
	"a balancer with one that is behind": balanced,
}

func manyTopics(_ *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
	if what == "eth_getLogs" && strings.Count(ask, "000000000000000000000000") > 3 {
		return 200, nil, []byte(rpcError(-32602, "exceed max topics: 1"))
	}
	return 0, nil, answer
}

func refuseTag(_ *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
	if what == "eth_getBlockByNumber" && strings.Contains(ask, "finalized") {
		return 200, nil, []byte(rpcError(-32602, "TAG finalized not supported"))
	}
	return 0, nil, answer
}

func noReceipts(_ *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
	switch what {
	case "batch":
		return 500, nil, nil
	case "eth_getTransactionReceipt":
		return 200, nil, []byte(rpcError(-32601, "the method eth_getTransactionReceipt not exists or is disabled"))
	}
	return 0, nil, answer
}

func receipts(pattern, by string) trontest.Lie {
	batch, one := replaced(1, "batch", pattern, by), replaced(1, "eth_getTransactionReceipt", pattern, by)
	return func(l *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
		if what == "batch" && !strings.Contains(ask, "Receipt") {
			return 0, nil, answer
		}
		if what == "batch" {
			return batch(l, what, ask, answer)
		}
		return one(l, what, ask, answer)
	}
}

func deadAfter(calls int) trontest.Lie {
	return func(l *trontest.Liar, _, _ string, answer []byte) (int, http.Header, []byte) {
		if l.Count++; l.Count > calls+int(l.Rand.Uint64N(20)) {
			return 503, nil, []byte("gone")
		}
		return 0, nil, answer
	}
}

// balanced is behind for some calls in a row.
func balanced(l *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
	if l.Count++; l.Count/4%3 == int(l.Rand.Uint64N(2)) {
		return cutAt(10)(l, what, ask, answer)
	}
	return 0, nil, answer
}

const list = "/transactions/trc20"

// nothing is an empty list in place of one that is not.
func nothing(answer []byte) []byte {
	if !strings.Contains(string(answer), "transaction_id") {
		return answer
	}
	return []byte(`{"data":[],"success":true,"meta":{"page_size":0}}`)
}

// unsized leaves the size out of a list that was changed.
func unsized(answer, changed []byte) []byte {
	if string(answer) == string(changed) {
		return answer
	}
	return regexp.MustCompile(`,"page_size":\d+`).ReplaceAll(changed, nil)
}

// rows changes every list, which does not give its size away.
func rows(pattern, by string) trontest.Lie {
	re := regexp.MustCompile(pattern)
	return func(_ *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if !strings.HasSuffix(what, list) {
			return 0, nil, answer
		}
		return 0, nil, unsized(answer, re.ReplaceAll(answer, []byte(by)))
	}
}

// gridLies are what TronGrid was seen to do, and more.
var gridLies = map[string]trontest.Lie{
	"suspended":                       sometimes(4, "", 403, nil, suspendedBody),
	"suspended with 200":              sometimes(4, "", 200, nil, suspendedBody),
	"429":                             sometimes(3, "", 429, http.Header{"Retry-After": {"30"}}, ""),
	"500":                             sometimes(4, "", 500, nil, "internal"),
	"a page":                          sometimes(4, "", 200, nil, "<html>"),
	"cut short":                       replaced(4, "", `.{30}\s*$`, ""),
	"an empty object":                 sometimes(3, list, 200, nil, "{}"),
	"no success":                      replaced(2, list, `"success":true`, `"success":false`),
	"an empty list in silence":        once(list, nothing),
	"a row lost in silence":           once(list, func(a []byte) []byte { return unsized(a, lose(oneRow)(a)) }),
	"rows lost " + alone:              rows(`\{"block_timestamp"[^{}]*\{[^{}]*\}[^{}]*"value":"[1-5]000000"\},`, ""),
	"rows of another size than said":  replaced(2, list, oneRow, ""),
	"the same row twice":              rows(`"data":\[(\{"block_timestamp"[^{}]*\{[^{}]*\}[^{}]*\})`, `"data":[${1},${1}`),
	"another amount":                  replaced(1, list, `"value":"(\d+)"`, `"value":"9${1}"`),
	"another amount in the receipt":   replaced(1, "gettransactioninfobyid", `("data":"0{50})0`, "${1}1"),
	"another time":                    replaced(1, list, `"block_timestamp":(\d{9})\d`, `"block_timestamp":${1}9`),
	"rows of another recipient":       replaced(2, list, `"to":"T\w+"`, `"to":"`+usdt+`"`),
	"rows of another token":           replaced(2, list, `"address":"T\w+"`, `"address":"`+spam+`"`),
	"approvals among them":            replaced(1, list, `"type":"Transfer"`, `"type":"Approval"`),
	"no transaction is known":         sometimes(1, "transactioninfobyid", 200, nil, "{}"),
	"some transactions are not known": sometimes(3, "transactioninfobyid", 200, nil, "{}"),
	"another transaction":             replaced(2, "gettransactioninfobyid", `"id":"[0-9a-f]{4}`, `"id":"dead`),
	"what failed is fine " + alone:    replaced(1, "gettransactioninfobyid", `"result":"(FAILED|OUT_OF_ENERGY)"`, `"result":"SUCCESS"`),
	"what is fine failed " + alone:    replaced(1, "gettransactioninfobyid", `"result":"SUCCESS"`, `"result":"REVERT"`),
	"times in seconds":                replaced(2, "", `(\d{10})000\b`, "${1}"),
	"a page that leads back":          replaced(1, list, `"meta":\{`, `"meta":{"fingerprint":"7dveEb1D",`),
	"dead after some calls":           deadAfter(9),
}
