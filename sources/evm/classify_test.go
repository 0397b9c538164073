package evm

import (
	"testing"

	"tieout/sources/internal/jsonrpc"
)

// TestClassify: the texts are those that nodes and providers are known to send.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		message string
		code    int
		status  int
		want    verdict
	}{
		{"Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x0, 0xd043b8]", -32602, 0, verdict{suggested, 0, 0xd043b8, 0}},
		{"Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x121eac0, 0x121eac9]. Upgrade to PAYG for expanded block range.", -32600, 400, verdict{suggested, 0x121eac0, 0x121eac9, 0}},
		{"query returned more than 10000 results. Try with this block range [0xBDE5F8, 0x102DBCC].", -32005, 0, verdict{suggested, 0xbde5f8, 0x102dbcc, 0}},
		{"query exceeds max results 20000, retry with the range 24383075-24383096", -32602, 0, verdict{suggested, 24383075, 24383096, 0}},
		{"this block range should work: [0xd043b8, 0x0]", -32602, 0, verdict{class: tooBig}},
		{"this block range should work: [0x0, 0xffffffffff]", -32602, 0, verdict{class: tooBig}},

		{"range 1000000 exceeds limit of 10000", -32602, 0, verdict{class: width, width: 10000}},
		{"eth_getLogs is limited to a 10,000 range", -32614, 413, verdict{class: width, width: 10000}},
		{"eth_getLogs and eth_newFilter are limited to a 10,000 blocks range", -32614, 413, verdict{class: width, width: 10000}},
		{"the range 55074203 - 55124202 exceeds the range allowed for your plan (49999 > 2000).", -32602, 0, verdict{class: width, width: 2000}},
		{"eth_getLogs is limited to a 1000 blocks range", 0, 0, verdict{class: width, width: 1000}},
		{"eth_getLogs is limited to 1024 block range. Please check the parameter requirements", -32602, 0, verdict{class: width, width: 1024}},
		{"exceed maximum block range: 5000", -32000, 0, verdict{class: width, width: 5000}},
		{"exceed maximum block range 1000", -32602, 0, verdict{class: width, width: 1000}},
		{"maximum block range: 50000", 0, 0, verdict{class: width, width: 50000}},
		{"query exceeds max block range 100000", -32602, 0, verdict{class: width, width: 100000}},
		{"exceed max block range: 5000", -32602, 0, verdict{class: width, width: 5000}},
		{"block range is larger than max block range, block range = 1634, max block range = 1000", -32000, 0, verdict{class: width, width: 1000}},
		{"range 9009594 is bigger than range limit 2000", -32602, 0, verdict{class: width, width: 2000}},
		{"eth_getLogs range is too large, max is 10k blocks", -32603, 0, verdict{class: width, width: 10000}},
		{"please limit the query to at most 1000 blocks", -32005, 0, verdict{class: width, width: 1000}},
		{"block range is too wide", -32600, 0, verdict{class: width, width: 3000}},
		{"block range is too wide (maximum 1024)", 0, 0, verdict{class: width, width: 1024}},
		{"maximum [from, to] blocks distance: 10000", 0, 0, verdict{class: width, width: 10000}},
		{"requested too many blocks from 1 to 5000, maximum is set to 2048", 0, 0, verdict{class: width, width: 2048}},
		{"Max range: 800", 0, 0, verdict{class: width, width: 800}},
		{"Maximum allowed number of requested blocks is 1000", 0, 0, verdict{class: width, width: 1000}},
		{"block range greater than 1000 max", 0, 0, verdict{class: width, width: 1000}},
		{"block range exceeds 1000", 0, 0, verdict{class: width, width: 1000}},
		{"query must be smaller than size 1024", 0, 0, verdict{class: width, width: 1024}},
		{"up to a 2000 block range", 0, 0, verdict{class: width, width: 2000}},
		{"query block range exceeds server limit, narrow your filter: 1000", -32602, 0, verdict{class: width, width: 1000}},
		{"block range too large, max range: 1000", -32005, 0, verdict{class: width, width: 1000}},
		{"Block range too large: maximum allowed is 1000 blocks", 0, 0, verdict{class: width, width: 1000}},
		{"Block range limit exceeded.", -32602, 0, verdict{class: width, width: 100}},
		{"ranges over 10000 blocks are not supported on freetier", 35, 0, verdict{class: width, width: 10000}},

		{"query returned more than 10000 results", -32005, 0, verdict{class: tooBig}},
		{"logs matched by query exceeds limit of 10000", -32000, 0, verdict{class: tooBig}},
		{"Log response size exceeded. Please reduce query block range.", 0, 0, verdict{class: tooBig}},
		{"query returns too many logs, narrow your filter: 20000", 0, 0, verdict{class: tooBig}},
		{"Too many logs requested. Max logs per response is 20000.", -32005, 0, verdict{class: tooBig}},
		{"requested logCount/blockCount exceeds server limit: requested 5, maximum 2", 0, 0, verdict{class: tooBig}},
		{"query timeout exceeded", -32005, 0, verdict{class: tooBig}},
		{"Response is too big", -32008, 0, verdict{class: tooBig}},
		{"response too large", -32003, 0, verdict{class: tooBig}},
		{"Response exceeds the limit of 26214400", -32003, 0, verdict{class: tooBig}},
		{"Block range is too large", 0, 0, verdict{class: tooBig}},
		{"response size should not greater than 10000000 bytes", 0, 0, verdict{class: tooBig}},
		{"allowed block range threshold exceeded", 0, 0, verdict{class: tooBig}},
		{"", 0, 413, verdict{class: tooBig}}, {"", 0, 504, verdict{class: tooBig}}, {"", 0, 503, verdict{class: tooBig}},

		{"exceed max addresses or topics per search position", -32000, 0, verdict{class: filterBig}},
		{"This query contains 5006 filters. The current limit is 5000.", 0, 0, verdict{class: filterBig}},
		{"exceed max topics: 1000", 0, 0, verdict{class: filterBig}},
		{"specify less number of address", 0, 0, verdict{class: filterBig}},

		{"block range extends beyond current head block: requested 7, head 5", -32602, 0, verdict{class: behind}},
		{"invalid block range params", -32602, 0, verdict{class: behind}},
		{"One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found", -32000, 0, verdict{class: behind}},
		{"header not found", -32000, 0, verdict{class: behind}},
		{"cannot query unfinalized data", 0, 0, verdict{class: behind}},

		{"pruned history unavailable", 4444, 0, verdict{class: pruned}},
		{"missing trie node abc", -32000, 0, verdict{class: pruned}},

		{"Too Many Requests", 0, 429, verdict{class: limited}}, {"limit exceeded", -32005, 0, verdict{class: limited}}, {"", 0, 429, verdict{class: limited}},
		{"no backend is currently healthy to serve traffic", 0, 0, verdict{class: limited}},
		{"Monthly capacity limit exceeded. Visit /billing", 0, 429, verdict{class: fatal}},
		{"Must be authenticated!", -32600, 401, verdict{class: fatal}}, {"the method eth_getLogs does not exist", -32601, 0, verdict{class: fatal}},
		{"something that nobody has seen", -32000, 0, verdict{class: tooBig}}, {"error code: 1015", 0, 200, verdict{class: limited}}, {"", 0, 500, verdict{class: retry}},
	} {
		got := classify(&jsonrpc.Error{Code: c.code, Status: c.status, Message: c.message}, 0, 20_000_000)
		if c.message == "query exceeds max results 20000, retry with the range 24383075-24383096" {
			got = classify(&jsonrpc.Error{Code: c.code, Message: c.message}, 24383075, 24400000)
		}
		if got != c.want {
			t.Errorf("%q (%d, HTTP %d) = %s %+v, want %s %+v", c.message, c.code, c.status, got.class, got, c.want.class, c.want)
		}
	}
}

// TestClassifyMore: texts in which only the class matters, in whatever member of the
// answer they stand.
func TestClassifyMore(t *testing.T) {
	for class, texts := range map[class][]string{
		tooBig: {"backend response too large", "Response is too big: Exceeded max limit of 167772160", "exceeded max allowed", "range threshold exceeded", "too many results", "please try paginating",
			"logs over more than allowed", "query exceeds limit", "Memory capacity exceeded", "error decoding response body", "block range too large", "unexpected end of JSON input"},
		filterBig: {"exceed max addresses: 1000", "exceed max topics", "topics size should be <= 4", "invalid topic(s)"},
		behind: {"invalid block range", "unknown block", "block not found", "finalized block not found", "safe block not found", "finalized header not found", "after last accepted block",
			"height is not available", "greater than latest", "request beyond head block", "requested data is not available", "receipts not found", "ChainException: Unexpected error (code=40000)"},
		pruned: {"pruned history unavailable: requested 5, earliest available 9", "historical state 0xab is not available", "No state available for block 5", "no historical RPC is available"},
		limited: {"rate limit reached", "request limit reached", "your app has exceeded its compute units", "Exceeded the quota usage", "under too much load", "requests limited to 10 a second", "code: 1015",
			`{"Error":"lack of computing resources"}`, "The key exceeds the frequency limit(15), and the query server is suspended for 30s"},
		fatal: {"reached the free tier", "limit for your current plan", "see /billing", "invalid access key", "UNAUTHORIZED", "token is invalid"},
		width: {"eth_getLogs is limited to a 5 range", "exceed maximum block range: 50000", "eth_getLogs range is too large, max is 1k blocks", `{"payload":"range 9009594 is bigger than range limit 2000"}`},
	} {
		for _, text := range texts {
			for where, e := range map[string]*jsonrpc.Error{
				"message": {Code: -32000, Message: text}, "data": {Code: -32602, Message: "invalid params", Data: text}, "body": {Status: 400, Body: text},
			} {
				if got := classify(e, 0, 1_000_000); got.class != class {
					t.Errorf("%q as %s = %s, want %s", text, where, got.class, class)
				}
			}
		}
	}
}
