package trontest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Grid answers like TronGrid: v1's list of an account's TRC-20 transfers, page by page
// behind a fingerprint, and the HTTP API of a node and of its solidified blocks. With a
// key it refuses those who do not send it.
func (c *Chain) Grid(key string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if key != "" && r.Header.Get("TRON-PRO-API-KEY") != key {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"success":false,"error":"the key ` + r.Header.Get("TRON-PRO-API-KEY") + ` is not known","statusCode":401}`))
			return
		}
		if address, ok := strings.CutPrefix(r.URL.Path, "/v1/accounts/"); ok {
			address, _, _ = strings.Cut(address, "/")
			_ = json.NewEncoder(w).Encode(c.list(address, r))
			return
		}
		var ask struct {
			Num   uint64
			Value string
		}
		_ = json.NewDecoder(r.Body).Decode(&ask)
		_ = json.NewEncoder(w).Encode(c.http(r.URL.Path, ask.Num, ask.Value))
	})
}

// http answers the HTTP API; what is not there is an empty object.
func (c *Chain) http(path string, number uint64, txid string) any {
	solid := strings.HasPrefix(path, "/walletsolidity/")
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "getblockbynum":
		return c.block(number)
	case "getnowblock":
		if solid {
			return c.block(c.Solid)
		}
		return c.block(c.Head())
	case "gettransactionbyid":
		if tx := c.tx(txid); tx != nil {
			return map[string]any{"txID": tx.ID}
		}
	case "gettransactioninfobyid":
		if tx := c.tx(txid); tx != nil && (!solid || tx.Block <= c.Solid) {
			return c.info(tx)
		}
	}
	return map[string]any{}
}

func (c *Chain) block(number uint64) any {
	b := c.blocks[number]
	return map[string]any{"blockID": b.hash, "block_header": map[string]any{"raw_data": map[string]any{"number": number, "timestamp": max(0, b.time.UnixMilli())}}}
}

func (c *Chain) info(tx *Tx) any {
	info := map[string]any{"id": tx.ID, "fee": 345000, "blockNumber": tx.Block, "blockTimeStamp": tx.Time.UnixMilli(), "contractResult": []string{""},
		"receipt": map[string]any{"energy_usage_total": 14650, "net_usage": 345, "result": "SUCCESS"}}
	if tx.Failed {
		info["result"], info["receipt"] = "FAILED", map[string]any{"result": "OUT_OF_ENERGY"}
	}
	var logs []any
	for _, t := range tx.Logs {
		logs = append(logs, map[string]any{"address": raw(t.Token), "topics": topics(t, ""), "data": word(t.Value)})
	}
	if logs != nil {
		info["log"] = logs
	}
	return info
}

// list is a page of an account's transfers. Its fingerprint is the number of the first
// row of the next one.
func (c *Chain) list(address string, r *http.Request) any {
	query := r.URL.Query()
	from, _ := strconv.ParseInt(query.Get("min_timestamp"), 10, 64)
	to, _ := strconv.ParseInt(query.Get("max_timestamp"), 10, 64)
	limit, _ := strconv.Atoi(query.Get("limit"))
	rows := []any{}
	for _, b := range c.blocks {
		for _, tx := range b.txs {
			for _, t := range tx.Logs {
				if at := b.time.UnixMilli(); t.To == address && t.Token == query.Get("contract_address") && from <= at && at <= to {
					rows = append(rows, map[string]any{"transaction_id": tx.ID, "token_info": map[string]any{"symbol": "USDT", "address": t.Token, "decimals": 6, "name": "Tether USD"},
						"block_timestamp": at, "from": t.From, "to": t.To, "type": "Transfer", "value": strconv.FormatInt(t.Value, 10)})
				}
			}
		}
	}
	if query.Get("order_by") == "block_timestamp,desc" {
		slices.Reverse(rows)
	}
	start, _ := strconv.Atoi(query.Get("fingerprint"))
	rows = rows[min(start, len(rows)):]
	meta := map[string]any{"at": 1700000000001}
	if len(rows) > limit {
		rows = rows[:limit]
		meta["fingerprint"] = strconv.Itoa(start + limit)
		meta["links"] = map[string]any{"next": "https://elsewhere.example/v1/accounts/" + address + "/transactions/trc20?fingerprint=" + strconv.Itoa(start+limit)}
	}
	meta["page_size"] = len(rows)
	return map[string]any{"data": rows, "success": true, "meta": meta}
}
