package trontest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Node answers like java-tron's JSON-RPC: a range of at most 5,000 blocks, 1,000
// recipients, batches of 100, ranges cut at the head in silence, the tags latest,
// earliest and finalized.
func (c *Chain) Node() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		if !bytes.HasPrefix(body, []byte("[")) {
			_ = json.NewEncoder(w).Encode(c.answer(body))
			return
		}
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || len(list) > 100 {
			_ = json.NewEncoder(w).Encode(failure(nil, -32005, "exceed max batch size: 100"))
			return
		}
		answers := make([]any, len(list))
		for i := range list {
			answers[i] = c.answer(list[i])
		}
		_ = json.NewEncoder(w).Encode(answers)
	})
}

func failure(id json.RawMessage, code int, message string) any {
	return map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": message, "data": "{}"}}
}

// call is a question over JSON-RPC.
type call struct {
	ID     json.RawMessage
	Method string
	Params []json.RawMessage
}

func (c *Chain) answer(body []byte) any {
	var ask call
	if json.Unmarshal(body, &ask) != nil {
		return failure(nil, -32700, "JSON parse error")
	}
	var result any
	switch ask.Method {
	case "eth_chainId":
		result = "0x" + c.ID
	case "eth_getBlockByNumber":
		number, ok := c.number(ask.Params[0])
		if !ok {
			return failure(ask.ID, -32602, "TAG "+strings.Trim(string(ask.Params[0]), `"`)+" not supported")
		}
		result = c.header(number)
	case "eth_getTransactionReceipt":
		result = c.receipt(strings.TrimPrefix(strings.Trim(string(ask.Params[0]), `"`), "0x"))
	case "eth_getLogs":
		list, code, refusal := c.logs(ask.Params[0])
		if refusal != "" {
			return failure(ask.ID, code, refusal)
		}
		result = list
	default:
		return failure(ask.ID, -32601, "the method "+ask.Method+" does not exist/is not available")
	}
	return map[string]any{"jsonrpc": "2.0", "id": ask.ID, "result": result}
}

func (c *Chain) number(param json.RawMessage) (uint64, bool) {
	switch text := strings.Trim(string(param), `"`); text {
	case "latest":
		return c.Head(), true
	case "finalized":
		return c.Solid, true
	case "earliest":
		return 0, true
	default:
		n, err := strconv.ParseUint(text, 0, 64)
		return n, err == nil
	}
}

func (c *Chain) header(number uint64) any {
	if number > c.Head() {
		return nil
	}
	b := c.blocks[number]
	return map[string]any{"number": hexed(number), "hash": "0x" + b.hash, "timestamp": hexed(uint64(max(0, b.time.Unix()))), "transactions": []string{}}
}

func hexed(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

func (c *Chain) log(tx *Tx, t Transfer) map[string]any {
	return map[string]any{"address": "0x" + raw(t.Token), "topics": topics(t, "0x"), "data": "0x" + word(t.Value), "blockNumber": hexed(tx.Block),
		"blockHash": "0x" + c.blocks[tx.Block].hash, "transactionHash": "0x" + tx.ID, "transactionIndex": "0x0", "logIndex": hexed(uint64(t.Index)), "removed": false}
}

func (c *Chain) receipt(id string) any {
	tx := c.tx(id)
	if tx == nil {
		return nil
	}
	status, logs := "0x1", []any{}
	if tx.Failed {
		status = "0x0"
	}
	for _, t := range tx.Logs {
		logs = append(logs, c.log(tx, t))
	}
	return map[string]any{"transactionHash": "0x" + tx.ID, "blockHash": "0x" + c.blocks[tx.Block].hash, "blockNumber": hexed(tx.Block), "status": status, "logs": logs}
}

func (c *Chain) logs(param json.RawMessage) (list []any, code int, refusal string) {
	var f struct {
		Address            []string
		Topics             []json.RawMessage
		FromBlock, ToBlock json.RawMessage
	}
	if json.Unmarshal(param, &f) != nil {
		return nil, -32602, "invalid json request"
	}
	from, _ := c.number(f.FromBlock)
	to, _ := c.number(f.ToBlock)
	var recipients []string
	if len(f.Topics) > 2 {
		_ = json.Unmarshal(f.Topics[2], &recipients)
	}
	switch {
	case to-from > 5000:
		return nil, -32602, "exceed max block range: 5000"
	case len(recipients) > 1000:
		return nil, -32602, "exceed max topics: 1000"
	}
	list = []any{}
	for number := from; number <= min(to, c.Head()); number++ {
		for _, tx := range c.blocks[number].txs {
			for _, t := range tx.Logs {
				if slices.Contains(f.Address, "0x"+raw(t.Token)) && (len(recipients) == 0 || slices.Contains(recipients, topics(t, "0x")[2])) {
					list = append(list, c.log(tx, t))
				}
			}
		}
	}
	if len(list) > 10000 {
		return nil, -32005, fmt.Sprintf("query returned more than %d results", 10000)
	}
	return list, 0, ""
}
