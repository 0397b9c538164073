package explorer

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

const (
	usdt  = "0xdac17f958d2ee523a2206206994597c13d831ec7"
	shop  = "0x1111111111111111111111111111111111111111"
	alice = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	bob   = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	tx1   = "0x0101010101010101010101010101010101010101010101010101010101010101"
	tx2   = "0x0202020202020202020202020202020202020202020202020202020202020202"
	tron  = "tron:0x2b6653dc"
	trc20 = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
)

func catalogue(t testing.TB) *reconcile.Catalogue {
	t.Helper()
	eth := money.Asset{ID: "eip155:1/slip44:60", Symbol: "ETH", Decimals: 18}
	trx := money.Asset{ID: tron + "/slip44:195", Symbol: "TRX", Decimals: 6}
	pol := money.Asset{ID: "eip155:137/slip44:966", Symbol: "POL", Decimals: 18}
	bnb := money.Asset{ID: "eip155:56/slip44:714", Symbol: "BNB", Decimals: 18}
	cat, err := reconcile.NewCatalogue([]reconcile.Chain{
		{ID: "eip155:1", Aliases: []string{"ETH", "1"}, Native: eth, Finality: "finalized"},
		{ID: "eip155:137", Native: pol, Finality: "12"},
		{ID: "eip155:56", Native: bnb, Finality: "finalized"},
		{ID: tron, Aliases: []string{"TRON"}, Native: trx, Finality: "finalized"},
	}, []reconcile.CatalogueAsset{
		{Key: "usdt", Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: reconcile.TokenID("eip155:1", usdt), Symbol: "USDT", Decimals: 6}},
		{Key: "eth", Chain: "eip155:1", Accepted: true, Asset: eth},
		{Key: "usdt", Chain: tron, Accepted: true, Asset: money.Asset{ID: reconcile.TokenID(tron, trc20), Symbol: "USDT", Decimals: 6}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// may is the month of business that tests ask for.
var may = reconcile.Interval{From: at("2026-05-01T00:00:00Z"), To: at("2026-06-01T00:00:00Z")}

func at(text string) reconcile.Instant {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return reconcile.InstantOf(t)
}

// file is a named file for read; a test with one file leaves out the name.
type file struct{ name, text string }

func read(t testing.TB, o sources.FileOptions, files ...file) (*sourcetest.Recorder, error) {
	t.Helper()
	return readFor(t, o, sources.Query{Window: may, Reach: may}, files...)
}

func readFor(t testing.TB, o sources.FileOptions, q sources.Query, files ...file) (*sourcetest.Recorder, error) {
	t.Helper()
	if o.Name == "" {
		o.Name = "archive"
	}
	for _, f := range files {
		o.Files = append(o.Files, sourcetest.Bytes(f.name, []byte(f.text)))
	}
	r := &sourcetest.Recorder{}
	return r, Transfers(o, catalogue(t)).Read(context.Background(), q, r)
}

// lines renders transfers for comparison; amounts in base units end in "base".
func lines(transfers []reconcile.Transfer) string {
	var b strings.Builder
	for _, t := range transfers {
		unit := t.Symbol
		if t.BaseUnit {
			unit = strings.TrimSpace("base " + t.Symbol)
		}
		fmt.Fprintf(&b, "%d: %s %s", t.At.Line, t.Chain, short(t.TXID))
		if t.LogIndex >= 0 {
			fmt.Fprintf(&b, "#%d", t.LogIndex)
		}
		if t.Trace != "" {
			fmt.Fprintf(&b, "/%s", t.Trace)
		}
		if t.Block > 0 {
			fmt.Fprintf(&b, " @%d", t.Block)
		}
		fmt.Fprintf(&b, " %s %s > %s %s %s of %s", t.BlockTime, short(t.From), short(t.To), t.Amount, unit, short(t.Asset))
		if t.Decimals >= 0 {
			fmt.Fprintf(&b, "(%d)", t.Decimals)
		}
		if t.Finality == reconcile.NotFinal {
			b.WriteString(" not final")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

var shortNames = strings.NewReplacer(usdt, "usdt", shop, "shop", alice, "alice", bob, "bob", tx1, "tx1", tx2, "tx2",
	trc20, "trc20", strings.TrimPrefix(tx1, "0x"), "tx1", strings.TrimPrefix(tx2, "0x"), "tx2")

func short(text string) string { return shortNames.Replace(text) }

// long puts the real addresses and hashes in place of their names in {braces}.
func long(text string) string {
	return strings.NewReplacer("{usdt}", usdt, "{shop}", shop, "{alice}", alice, "{bob}", bob, "{tx1}", tx1, "{tx2}", tx2,
		"{tron1}", strings.TrimPrefix(tx1, "0x"), "{tron2}", strings.TrimPrefix(tx2, "0x"), "{trc20}", trc20).Replace(text)
}

// Each generation of each export, with a row or two of money.
func TestFormats(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	trx := sources.FileOptions{Chain: "TRON", Zone: time.UTC, Assets: []string{reconcile.TokenID(tron, trc20)}}
	token := sources.FileOptions{Chain: "eip155:1", Assets: []string{reconcile.TokenID("eip155:1", usdt)}}
	for _, tt := range []struct {
		name   string
		o      sources.FileOptions
		in     string
		format string
		want   string
	}{
		{"ethereum-etl with chain and time", sources.FileOptions{},
			"chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n" +
				"1,100,2026-05-02T10:00:00Z,{tx1},7,{usdt},{alice},{shop},12500000\n" +
				"137,200,1777716001,{tx2},0,{usdt},{alice},{shop},115792089237316195423570985008687907853269984665640564039457584007913129639935\n",
			"ethereum-etl token transfers",
			"2: eip155:1 tx1#7 @100 2026-05-02T10:00:00Z alice > shop 12500000 base of usdt\n" +
				"3: eip155:137 tx2#0 @200 2026-05-02T10:00:01Z alice > shop 115792089237316195423570985008687907853269984665640564039457584007913129639935 base of usdt\n"},
		{"ethereum-etl as JSON lines: a number above 2^53 stays exact", eth,
			`{"type":"token_transfer","token_address":"{usdt}","from_address":"{alice}","to_address":"{shop}","value":5000000000000000001,"transaction_hash":"{tx1}","log_index":0,"block_number":100,"block_timestamp":1777716000,"block_hash":"0xb1","item_id":"x"}` + "\n",
			"ethereum-etl token transfers",
			"1: eip155:1 tx1#0 @100 2026-05-02T10:00:00Z alice > shop 5000000000000000001 base of usdt\n"},
		{"a warehouse's ethereum-etl, times with a zone in words", eth,
			"token_address,from_address,to_address,value,transaction_hash,log_index,block_timestamp,block_number,block_hash\n" +
				"{usdt},{alice},{shop},1,{tx1},3,2026-05-02 10:00:00.000000 UTC,100,0xb1\n",
			"ethereum-etl token transfers",
			"2: eip155:1 tx1#3 @100 2026-05-02T10:00:00Z alice > shop 1 base of usdt\n"},
		{"cryo", sources.FileOptions{},
			"block_number,block_hash,transaction_index,log_index,transaction_hash,erc20,from_address,to_address,value_binary,value_string,value_f64,timestamp,chain_id\n" +
				"100,0xb1,2,9,{tx1},{usdt},{alice},{shop},0x01,12500000,12500000.0,1777716000,1\n",
			"cryo ERC-20 transfers",
			"2: eip155:1 tx1#9 @100 2026-05-02T10:00:00Z alice > shop 12500000 base of usdt\n"},
		{"tokentx as CSV", sources.FileOptions{Chain: "eip155:56"},
			"blockNumber,timeStamp,hash,nonce,blockHash,from,contractAddress,to,value,tokenName,tokenSymbol,tokenDecimal,transactionIndex,gas,gasPrice,gasUsed,cumulativeGasUsed,input,confirmations\r\n" +
				"100,1777716000,{tx1},1,0xb1,{alice},{usdt},{shop},12500000000000000000,Binance-Peg,USDT,18,1,1,1,1,1,deprecated,10049\r\n",
			"Etherscan API token transfers (tokentx)",
			"2: eip155:56 tx1 @100 2026-05-02T10:00:00Z alice > shop 12500000000000000000 base USDT of usdt(18)\n"},
		{"tokentx as the API answers it", eth,
			`{"status":"1","message":"OK","result":[{"blockNumber":"100","timeStamp":"1777716000","hash":"{tx1}","from":"{alice}","contractAddress":"{usdt}","to":"{shop}","value":"12500000","tokenName":"Tether USD","tokenSymbol":"USDT","tokenDecimal":"6","confirmations":"3"}]}`,
			"Etherscan API token transfers (tokentx)",
			"1: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 12500000 base USDT of usdt(6) not final\n"},
		{"txlist", eth,
			`[{"blockNumber":"100","timeStamp":"1777716000","hash":"{tx1}","from":"{alice}","to":"{shop}","value":"1500000000000000000","gas":"21000","gasPrice":"5","isError":"0","txreceipt_status":"1","input":"0x","contractAddress":"","confirmations":"9000"},` + "\n" +
				`{"blockNumber":"101","timeStamp":"1777716012","hash":"{tx2}","from":"{alice}","to":"","value":"7","gas":"21000","gasPrice":"5","isError":"0","txreceipt_status":"1","input":"0x60","contractAddress":"{bob}","confirmations":"9000"}]`,
			"Etherscan API transactions (txlist)",
			"1: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 1500000000000000000 base of eip155:1/slip44:60\n" +
				"2: eip155:1 tx2 @101 2026-05-02T10:00:12Z alice > bob 7 base of eip155:1/slip44:60\n"},
		{"txlistinternal", eth,
			`[{"blockNumber":"100","timeStamp":"1777716000","hash":"{tx1}","from":"{bob}","to":"{shop}","value":"66616263350003","contractAddress":"","input":"","type":"call","gas":"1","gasUsed":"0","traceId":"0_1","isError":"0","errCode":""}]`,
			"Etherscan API internal transactions (txlistinternal)",
			"1: eip155:1 tx1/0_1 @100 2026-05-02T10:00:00Z bob > shop 66616263350003 base of eip155:1/slip44:60\n"},
		{"ERC-20 export, 2024 on", eth,
			`"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue","USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"` + "\r\n" +
				`"{tx1}","100","1777716000","2026-05-02 10:00:00","{alice}","{shop}","5,247.948673","$5,247.95","{usdt}","Tether USD","USDT"` + "\r\n",
			"Etherscan token transfer export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 5247.948673 USDT of usdt\n"},
		{"ERC-20 export, 2023", eth,
			`"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue","USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"` + "\n" +
				`"{tx1}","100","1777716000","2026-05-02 10:00:00","{alice}","{shop}","12.5","N/A","{usdt}","Tether USD","USDT"` + "\n",
			"Etherscan token transfer export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 12.5 USDT of usdt\n"},
		{"ERC-20 export without block numbers", eth,
			`"Txhash","UnixTimestamp","DateTime","From","To","TokenValue","USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"` + "\n" +
				`"{tx1}","1777716000","2026-05-02 10:00:00","{alice}","{shop}","1,000","N/A","{usdt}","Tether USD","USDT"` + "\n",
			"Etherscan token transfer export",
			"2: eip155:1 tx1 2026-05-02T10:00:00Z alice > shop 1000 USDT of usdt\n"},
		{"ERC-20 export, the oldest", eth,
			`"Txhash","UnixTimestamp","DateTime","From","To","Value","ContractAddress","TokenName","TokenSymbol"` + "\n" +
				`"{tx1}","1777716000","2026-05-02 10:00:00","{alice}","{shop}","0.000001","{usdt}","Tether USD","USDT"`,
			"Etherscan token transfer export",
			"2: eip155:1 tx1 2026-05-02T10:00:00Z alice > shop 0.000001 USDT of usdt\n"},
		{"token page export: the asset is declared", token,
			`"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","Quantity","Method"` + "\n" +
				`"{tx1}","100","1777716000","2026-05-02 10:00:00","{alice}","{shop}","1,250.5","Transfer"` + "\n",
			"Etherscan token page export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 1250.5  of eip155:1/erc20:usdt\n"},
		{"token page export with a UTC date only", token,
			`"Transaction Hash","Status","Method","Blockno","DateTime (UTC)","From","From_Nametag","To","To_Nametag","Amount","Value (USD)"` + "\n" +
				`"{tx1}","Success","Transfer","100","2026-05-02 10:00:00","{alice}","","{shop}","","12.5","$12.50"` + "\n",
			"Etherscan token page export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 12.5  of eip155:1/erc20:usdt\n"},
		{"transactions with a price in the header", eth,
			`"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","ContractAddress","Value_IN(ETH)","Value_OUT(ETH)","CurrentValue @ $3,414.36/ETH","TxnFee(ETH)","TxnFee(USD)","Historical $Price/ETH","Status","ErrCode","Method","PrivateNote"` + "\n" +
				`"{tx1}","100","1777716000","2026-05-02 10:00:00","{alice}","{shop}","","1.5","0","$5,121.54","0.0001","0.3","N/A","","","Transfer",""` + "\n" +
				`"{tx2}","101","1777716012","2026-05-02 10:00:12","{shop}","","{bob}","0","1,000.25","$1","0.0001","0.3","N/A","","","0x60806040",""` + "\n",
			"Etherscan transaction export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 1.5  of eip155:1/slip44:60\n" +
				"3: eip155:1 tx2 @101 2026-05-02T10:00:12Z shop > bob 1000.25  of eip155:1/slip44:60\n"},
		{"transactions of another coin, older names", sources.FileOptions{Chain: "eip155:56"},
			`"Txhash","Blockno","UnixTimestamp","DateTime","From","To","ContractAddress","Value_IN(BNB)","Value_OUT(BNB)","CurrentValue @ $611/BNB","TxnFee(BNB)","TxnFee(USD)","Historical $Price/BNB","Status","ErrCode"` + "\n" +
				`"{tx1}","100","1777716000","2026-05-02 10:00:00","{alice}","{shop}","","0.25","0","$1","0","0","1","",""` + "\n",
			"Etherscan transaction export",
			"2: eip155:56 tx1 @100 2026-05-02T10:00:00Z alice > shop 0.25  of eip155:56/slip44:714\n"},
		{"internal transactions", eth,
			`"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","ParentTxFrom","ParentTxTo","ParentTxETH_Value","From","TxTo","ContractAddress","Value_IN(ETH)","Value_OUT(ETH)","CurrentValue @ $1/ETH","Historical $Price/ETH","Status","ErrCode","Type","PrivateNote"` + "\n" +
				`"{tx1}","100","1777716000","2026-05-02 10:00:00","{alice}","{bob}","0","{bob}","{shop}","","0.5","0","$1","1","0","","call",""` + "\n",
			"Etherscan internal transaction export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z bob > shop 0.5  of eip155:1/slip44:60\n"},
		{"Blockscout token transfers", eth,
			"TxHash,BlockNumber,UnixTimestamp,FromAddress,ToAddress,TokenContractAddress,Type,TokenDecimals,TokenSymbol,TokensTransferred,TransactionFee,Status,ErrCode\n" +
				"{tx1},100,2026-05-02 10:00:00.000000Z,{alice},{shop},{usdt},IN,6,USDT,12500000,1,ok,\n",
			"Blockscout token transfer export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 12500000 base USDT of usdt(6)\n"},
		{"Blockscout token transfers, older", eth,
			"TxHash,BlockNumber,UnixTimestamp,FromAddress,ToAddress,TokenContractAddress,Type,TokenSymbol,TokensTransferred,TransactionFee,Status,ErrCode\n" +
				"{tx1},100,2026-05-02T10:00:00Z,{alice},{shop},{usdt},IN,USDT,12500000,1,ok,\n",
			"Blockscout token transfer export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 12500000 base USDT of usdt\n"},
		{"Blockscout transactions", eth,
			"TxHash,BlockNumber,UnixTimestamp,FromAddress,ToAddress,ContractAddress,Type,Value,Fee,Status,ErrCode,CurrentPrice,TxDateOpeningPrice,TxDateClosingPrice,MethodName\n" +
				"{tx1},100,2026-05-02T10:00:00Z,{alice},{shop},,IN,1500000000000000000,1,ok,,1,1,1,\n",
			"Blockscout transaction export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 1500000000000000000 base of eip155:1/slip44:60\n"},
		{"Blockscout internal transactions: a delegate call moves nothing", eth,
			"TxHash,Index,BlockNumber,TxIndex,UnixTimestamp,FromAddress,ToAddress,ContractAddress,Type,CallType,Gas,GasUsed,Value,Input,Output,ErrCode,Fee\n" +
				"{tx1},3,100,0,2026-05-02T10:00:00Z,{bob},{shop},,IN,call,1,1,500,0x,0x,,1\n" +
				"{tx1},4,100,0,2026-05-02T10:00:00Z,{shop},{bob},,OUT,delegatecall,1,1,500,0x,0x,,1\n",
			"Blockscout internal transaction export",
			"2: eip155:1 tx1/3 @100 2026-05-02T10:00:00Z bob > shop 500 base of eip155:1/slip44:60\n"},
		{"Tronscan's former TRC-20 export", trx,
			"transaction_id,block,block_ts,from_address,to_address,confirmed,contractRet,quant\n" +
				"{tron1},38992007,2026/05/02 10:00:00,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,false,SUCCESS,679.470000\n" +
				"{tron2},38992006,2026/05/02 09:59:57,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,true,SUCCESS,55.000000\n",
			"Tronscan TRC-20 export",
			"2: tron:0x2b6653dc tx1 @38992007 2026-05-02T10:00:00Z TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY > TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9 679.47  of tron:0x2b6653dc/trc20:trc20 not final\n" +
				"3: tron:0x2b6653dc tx2 @38992006 2026-05-02T09:59:57Z TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY > TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9 55  of tron:0x2b6653dc/trc20:trc20\n"},
		{"Tronscan token transfers 2025: the UTC column counts", sources.FileOptions{Chain: "TRON"},
			"Tx Hash,blockHeight,blockTime(UTC+8),blockTime(UTC),from,to,value,symbol,tokenAddress,isConfirm\n" +
				"{tron1},100,2026/05/02 18:00:00,2026/05/02 10:00:00,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,\"1,234.5\",USDT,{trc20},true\n" +
				"{tron2},101,2026/05/02 18:00:03,2026/05/02 10:00:03,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,1.0E-6,USDT,{trc20},false\n",
			"Tronscan / OKLink token transfer export",
			"2: tron:0x2b6653dc tx1 @100 2026-05-02T10:00:00Z TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY > TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9 1234.5 USDT of trc20\n" +
				"3: tron:0x2b6653dc tx2 @101 2026-05-02T10:00:03Z TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY > TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9 0.000001 USDT of trc20 not final\n"},
		{"Tronscan transactions 2025: other tokens are no TRX", sources.FileOptions{Chain: "TRON"},
			"Tx Hash,blockHeight,blockTime(UTC+8),blockTime(UTC),from,to,value,symbol,contractType,status\n" +
				"{tron1},100,2026/05/02 18:00:00,2026/05/02 10:00:00,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,25,TRX,TransferContract,SUCCESS\n" +
				"{tron2},100,2026/05/02 18:00:00,2026/05/02 10:00:00,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,25,USDT,TransferAssetContract,SUCCESS\n",
			"Tronscan / OKLink transaction export",
			"2: tron:0x2b6653dc tx1 @100 2026-05-02T10:00:00Z TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY > TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9 25 TRX of tron:0x2b6653dc/slip44:195\n"},
		{"OKLink transactions on an EVM chain", eth,
			"Tx Hash,blockHeight,blockTime(UTC+8),blockTime(UTC),from,to,value,fee,status\n" +
				"{tx1},100,2026/05/02 18:00:00,2026/05/02 10:00:00,{alice},{shop},0.5,0.001,Success\n",
			"Tronscan / OKLink transaction export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 0.5  of eip155:1/slip44:60\n"},
		{"OKLink in Chinese", eth,
			"交易哈希,区块高度,UTC时间,发送方,接收方,数量,代币符号,代币地址\n" +
				"{tx1},100,2026/05/02 10:00:00,{alice},{shop},\"1,234.5\",USDT,{usdt}\n",
			"Tronscan / OKLink token transfer export",
			"2: eip155:1 tx1 @100 2026-05-02T10:00:00Z alice > shop 1234.5 USDT of usdt\n"},
		{"tieout's own names", sources.FileOptions{},
			"chain,block_number,block_time,txid,log_index,asset,symbol,decimals,from,to,amount,confirmations,status\n" +
				"ETH,100,2026-05-02T10:00:00Z,{tx1},4,{usdt},USDT,6,{alice},{shop},12.5,64,success\n" +
				"eip155:137,100,2026-05-02T10:00:00Z,{tx2},,{usdt},USDT,,{alice},{shop},12.5,11,success\n",
			"transfers under their own names",
			"2: eip155:1 tx1#4 @100 2026-05-02T10:00:00Z alice > shop 12.5 USDT of usdt(6)\n" +
				"3: eip155:137 tx2 @100 2026-05-02T10:00:00Z alice > shop 12.5 USDT of usdt not final\n"},
		{"mapped columns", sources.FileOptions{Chain: "eip155:137", Columns: map[string]string{
			"txid": "TxHash", "block_time": "Block_Time", "block_number": "Block_Height", "asset": "Token_Contract"}},
			"TxHash,Block_Time,Block_Height,Gas,User_Address,From,To,Token_Contract,Value\n" +
				"{tx1},2026-05-02T10:00:00Z,100,1,{bob},{alice},{shop},{usdt},138019351\n",
			"transfers by `columns:`",
			"2: eip155:137 tx1 @100 2026-05-02T10:00:00Z alice > shop 138019351 base of usdt\n"},
		{"a mapping wins over a format that fits too", sources.FileOptions{Chain: "eip155:1", Columns: map[string]string{"asset": "token"}},
			"token,block_hash,block_timestamp," + etlHeader + "{bob},0xb1,1777716000," + etlRow, "transfers by `columns:`",
			"2: eip155:1 tx1#7 @100 2026-05-02T10:00:00Z alice > shop 12500000 base of bob\n"},
		{"a mapped amount hides a column named value", sources.FileOptions{Chain: "eip155:1", Columns: map[string]string{"amount": "tokens"}},
			"txid,block_time,asset,from,to,tokens,value\n{tx1},2026-05-02T10:00:00Z,{usdt},{alice},{shop},12.5,$13\n",
			"transfers by `columns:`",
			"2: eip155:1 tx1 2026-05-02T10:00:00Z alice > shop 12.5  of usdt\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.o, file{"transfers", long(tt.in)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, lines(got.Transfers)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if len(got.Rejects) > 0 {
				t.Errorf("rejected: %+v", got.Rejects)
			}
			if want := "transfers: " + tt.format; len(got.Notes) == 0 || !strings.HasPrefix(got.Notes[0], want) {
				t.Errorf("notes %q, want %q first", got.Notes, want)
			}
		})
	}
}
