package evm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

// busy is a server of a busy day, limited to 10,000 logs a call: so many blocks, each
// with so many payments, written anew for every answer as a node does.
type busy struct {
	blocks, perBlock uint64
	payees           []string
	asked            [][]byte // what it was asked, to ask it again
}

const busyToken = "0xdac17f958d2ee523a2206206994597c13d831ec7"

func (s *busy) hash(kind, n uint64) string { return fmt.Sprintf("0x%032x%032x", kind, n) }

func (s *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.asked = append(s.asked, body)
	w.Header().Set("Content-Type", "application/json")
	type call struct {
		ID     json.RawMessage
		Method string
		Params []json.RawMessage
	}
	var one call
	if json.Unmarshal(body, &one) == nil {
		_, _ = w.Write(s.answer(nil, one.ID, one.Method, one.Params))
		return
	}
	var batch []call
	_ = json.Unmarshal(body, &batch)
	out := []byte("[")
	for i, c := range batch {
		if i > 0 {
			out = append(out, ',')
		}
		out = s.answer(out, c.ID, c.Method, c.Params)
	}
	_, _ = w.Write(append(out, ']'))
}

func (s *busy) answer(out []byte, id json.RawMessage, method string, params []json.RawMessage) []byte {
	out = append(append(append(out, `{"jsonrpc":"2.0","id":`...), id...), `,`...)
	switch method {
	case "eth_chainId":
		return append(out, `"result":"0x1"}`...)
	case "eth_getBlockByNumber":
		n := s.blocks - 1
		if tag := strings.Trim(string(params[0]), `"`); strings.HasPrefix(tag, "0x") {
			n = number(tag)
		}
		return append(out, fmt.Sprintf(`"result":{"number":"0x%x","hash":%q,"timestamp":"0x%x"}}`, n, s.hash(1, n), 1_700_000_000+12*n)...)
	case "eth_getLogs":
		return s.logs(out, params[0])
	}
	return append(out, `"result":"0x"}`...)
}

func (s *busy) logs(out []byte, filter json.RawMessage) []byte {
	var f struct{ FromBlock, ToBlock quantity }
	_ = json.Unmarshal(filter, &f)
	from, to := uint64(f.FromBlock), min(uint64(f.ToBlock), s.blocks-2) // the last is empty
	if (to-from+1)*s.perBlock > 10_000 {
		return append(out, `"error":{"code":-32005,"message":"query returned more than 10000 results"}}`...)
	}
	out = append(out, `"result":[`...)
	for n := from; n <= to; n++ {
		for i := range s.perBlock {
			if len(out) > 0 && out[len(out)-1] == '}' {
				out = append(out, ',')
			}
			out = fmt.Appendf(out, `{"address":"%s","topics":["%s","0x%064x","0x000000000000000000000000%s"],"data":"0x%064x","blockNumber":"0x%x","transactionHash":"%s","transactionIndex":"0x%x","blockHash":"%s","blockTimestamp":"0x%x","logIndex":"0x%x","removed":false}`,
				busyToken, transferTopic.Hex(), n*7+i, s.payees[(n+i)%uint64(len(s.payees))][2:], i*1000+n, n, s.hash(2, n*s.perBlock+i), i, s.hash(1, n), 1_700_000_000+12*n, i)
		}
	}
	return append(out, "]}"...)
}

// BenchmarkDay reads a busy day, and beside it asks the same questions without looking
// at the answers: what the server itself needs. LOGS is how many, 100,000 by default.
func BenchmarkDay(b *testing.B) {
	count, _ := strconv.Atoi(os.Getenv("LOGS"))
	if count == 0 {
		count = 100_000
	}
	s := &busy{blocks: 7200}
	s.perBlock = uint64(count) / s.blocks
	for i := range 500 {
		s.payees = append(s.payees, fmt.Sprintf("0x%040x", 0xca5e0000+i))
	}
	server := httptest.NewServer(s)
	defer server.Close()
	o := Options{Name: "eth", Chain: "eip155:1", Endpoints: []Endpoint{{"busy", server.URL}}, Addresses: s.payees, Rate: 1e6,
		Assets: []reconcile.CatalogueAsset{{Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: "eip155:1/erc20:" + busyToken}}}}
	span := reconcile.Interval{From: 1_700_000_000 * reconcile.Second, To: reconcile.Instant(1_700_000_000+12*s.blocks-12) * reconcile.Second}
	read := func() {
		var counted counter
		s.asked = nil
		if err := Transfers(o).Read(context.Background(), sources.Query{Window: span, Reach: span}, &counted); err != nil || len(counted.Gaps) > 0 || counted.rows != int((s.blocks-1)*s.perBlock) {
			b.Fatal(err, counted.Gaps, counted.rows)
		}
	}
	b.Run("source", func(b *testing.B) {
		before := spent(b)
		for b.Loop() {
			read()
		}
		b.ReportMetric((spent(b)-before)/float64(b.N), "cpu-s/op")
	})
	b.Run("server", func(b *testing.B) {
		read()
		asked, before := s.asked, spent(b)
		for b.Loop() {
			for _, body := range asked {
				answer, err := upstream.Post(server.URL, "application/json", strings.NewReader(string(body)))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		}
		b.ReportMetric((spent(b)-before)/float64(b.N), "cpu-s/op")
	})
}

// spent is the processor time of this process, server and source together: it does not
// change with what else the machine does.
func spent(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// counter counts transfers and forgets them.
type counter struct {
	sourcetest.Recorder
	rows int
}

func (c *counter) AddTransfer(*reconcile.Transfer) { c.rows++ }
