package explorer

import (
	"context"
	"io"
	"testing"

	"tieout/sources"
	"tieout/sources/sourcetest"
	"tieout/sources/tabular"
)

func contextDone() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}

func TestConform(t *testing.T) {
	sourcetest.Conform(t, func(files ...sources.File) sources.Source {
		return Transfers(sources.FileOptions{Name: "archive", Chain: "eip155:1", Files: files}, catalogue(t))
	}, map[string][]byte{
		"etl.csv":  []byte(long("block_timestamp," + etlHeader + "2026-05-02T10:00:00Z," + etlRow + "2026-05-02T10:00:12Z," + etlRow)),
		"scan.csv": []byte(scan("2026-05-02T10:00:00Z", 4, 1)),
		"native.csv": []byte(long(nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","1","0","1","0","0","1","","",""` + "\n" +
			`"{tx2}","1","1777716000","","{bob}","{shop}","","0","0","1","0","0","1","Error(0)","Reverted",""` + "\n")),
		"own.jsonl": []byte(long(`{"block_time":"2026-05-02T10:00:00Z","txid":"{tx1}","log_index":1,"asset":"{usdt}","from":"{alice}","to":"{shop}","value":12500000}` + "\n" +
			`{"block_time":"2026-05-02 10:00:00","txid":"{tx2}","log_index":2,"asset":"{usdt}","from":"{alice}","to":"{shop}","value":1}` + "\n")),
	})
}

// Whatever the bytes: no panic, each row handed over once, no half a transfer,
// and nothing covered after an error.
func FuzzTransfers(f *testing.F) {
	for _, seed := range []string{
		ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n",
		"block_timestamp," + etlHeader + "1777716000," + etlRow,
		scanHeader + `"{tx1}","1","1777716000","","{alice}","{shop}","1,234.5","N/A","{usdt}","T","USDT"` + "\r\n",
		nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","1","0","1","0","0","1","Error(0)","x",""` + "\n",
		oldTron + oldTronRow,
		blockHeader + "100,0xb1,0xb0,0x0,1777716000,5\n",
		`{"status":"1","message":"OK","result":[{"blockNumber":"1","timeStamp":"1777716000","hash":"{tx1}","from":"{alice}","contractAddress":"{usdt}","to":"{shop}","value":"1","tokenDecimal":"6","confirmations":"1"}]}`,
		"交易哈希,区块高度,UTC时间,发送方,接收方,数量,代币符号,代币地址\n{tx1},1,2026/05/02 10:00:00,{alice},{shop},1.0E-6,USDT,{usdt}\n",
		"TxHash,Index,BlockNumber,TxIndex,UnixTimestamp,FromAddress,ToAddress,ContractAddress,Type,CallType,Value,ErrCode\n{tx1},3,1,0,2026-05-02T10:00:00Z,{bob},{shop},,IN,call,5,\n",
	} {
		f.Add([]byte(long(seed)))
	}
	cat := catalogue(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		in := sourcetest.Bytes("in", content)
		r := &sourcetest.Recorder{}
		o := sources.FileOptions{Name: "fuzz", Chain: "eip155:1", Files: []sources.File{in}}
		err := Transfers(o, cat).Read(context.Background(), sources.Query{Window: may, Reach: may}, r)
		if err != nil {
			if len(r.Covers) > 0 {
				t.Fatalf("%v, and yet it covers %v", err, r.Covers)
			}
			return
		}
		sum, err := tabular.Read("in", func() (io.ReadCloser, error) { return in.Open() }, tabular.Contract{}, tabular.Options{}, tabular.Handler{Bad: func(*tabular.Error) error { return nil }})
		if err == nil && len(r.Files) > 0 && sum.Rows != r.Rows() {
			t.Fatalf("%d rows, %d handed over", sum.Rows, r.Rows())
		}
		for _, x := range r.Transfers {
			if x.TXID == "" || x.From == "" || x.To == "" || x.Asset == "" || x.Chain == "" || !x.Amount.Known() || x.Amount.Coef().Sign() < 0 || !x.BlockTime.Known() {
				t.Fatalf("half a transfer: %+v", x)
			}
		}
		if len(r.Rejects) > 0 && len(r.Gaps) == 0 {
			t.Fatal("rows were rejected, and there is no gap")
		}
		for _, c := range r.Covers {
			if c.Span.To < c.Span.From || c.Span.From < may.From || c.Span.To > may.To {
				t.Fatalf("covers %v, beyond what was asked", c)
			}
		}
	})
}
