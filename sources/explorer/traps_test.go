package explorer

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/sourcetest"
)

const (
	ownHeader   = "block_time,txid,log_index,asset,from,to,value\n"
	scanHeader  = `"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue","USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"` + "\n"
	nativeHead  = `"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","ContractAddress","Value_IN(ETH)","Value_OUT(ETH)","CurrentValue @ $1/ETH","TxnFee(ETH)","TxnFee(USD)","Historical $Price/ETH","Status","ErrCode","Method"` + "\n"
	oldTron     = "transaction_id,block,block_ts,from_address,to_address,confirmed,contractRet,quant\n"
	oldTronRow  = "{tron1},1,2026/05/02 10:00:00,TLKR8DkuCaQmYk3hou4ofJPjKXWTTHaqEY,TEtT9hSy842BCw8PynqdppfH5iEX1UnFG9,true,SUCCESS,5\n"
	etlHeader   = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n"
	etlRow      = "{usdt},{alice},{shop},12500000,{tx1},7,100\n"
	blockHeader = "number,hash,parent_hash,miner,timestamp,transaction_count\n"
)

// Files that cannot be read as they are: each error names the file and the way out.
func TestRefusedFiles(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	usdtOnTron := reconcile.TokenID(tron, trc20)
	for _, tt := range []struct {
		name string
		o    sources.FileOptions
		in   string
		want string
	}{
		{"no chain", sources.FileOptions{}, etlHeader + etlRow, "declare chain: on the source"},
		{"ethereum-etl without blocks", eth, etlHeader + etlRow, "add the blocks file of the same blocks (number, hash, parent_hash, timestamp)"},
		{"Tronscan without a token", sources.FileOptions{Chain: tron, Zone: time.UTC}, oldTron + oldTronRow, "declare assets: with exactly that one on the source (now 0)"},
		{"Tronscan with two tokens declared", sources.FileOptions{Chain: tron, Zone: time.UTC, Assets: []string{usdtOnTron, tron + "/trc20:TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8"}},
			oldTron + oldTronRow, "(now 2)"},
		{"an NFT export", eth, `"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","ContractAddress","TokenName","TokenSymbol","Token ID","Type","Quantity"` + "\n",
			"it is an NFT export: tokens that are told apart by an id are no payments"},
		{"an error answer", eth, `{"status":"0","message":"NOTOK","result":"Max rate limit reached"}`, "it is an error answer of an explorer's API"},
		{"parquet", eth, "PAR1....", "it starts like Parquet and does not end like it: the file is cut"},
		{"empty", eth, "", "it is empty"},
		{"something else", eth, "order_no,amount,status\nA1,5,PAID\n", "map them with `columns:`"},
		{"a renamed column", eth, "chain_id,block_number,block_timestamp,tx_hash,log_index,token_address,from_address,to_address,value\n",
			`it looks like ethereum-etl token transfers, but lacks "transaction_hash": export it again with all columns, or map them with ` + "`columns:`" + `; not recognised: "tx_hash"`},
		{"two amounts under our own names", eth, "txid,block_time,asset,from,to,value,amount\n", "it has both value (base units) and amount"},
		{"no amount", eth, "txid,block_time,asset,from,to\n", "it has no amount"},
		{"two columns for what came in", eth, strings.Replace(nativeHead, "ErrCode", "Value_IN(USD)", 1), "mean the same"},
		{"a mapping to a name that is none", sources.FileOptions{Chain: "eip155:1", Columns: map[string]string{"hash": "TxHash"}}, etlHeader, `columns: "hash" is no column of a transfer file`},
		{"a filter on a column that is not there", sources.FileOptions{Chain: "eip155:1", Only: map[string][]string{"kind": {"in"}}}, ownHeader, `it has no column "kind"`},
		{"a header twice", eth, "txid,block_time,asset,from,to,value,Value\n", "the header has it twice"},
		{"rows of which none can be read", eth, "{\"txid\":1,}\n{\"txid\":2,}\n", "none of its 2 rows can be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.o, file{"in.csv", long(tt.in)}, file{"good.csv", long("chain," + ownHeader + "ETH,2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n")})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want it to say %q", err, tt.want)
			}
			if len(got.Covers) > 0 || len(got.Proofs) > 0 {
				t.Errorf("covers %v in spite of the error", got.Covers)
			}
			if tt.o.Columns == nil && tt.o.Only == nil && len(got.Transfers) != 1 {
				t.Errorf("the good file beside it gave %d transfers, want 1", len(got.Transfers))
			}
		})
	}
}

// Rows that cannot be read are rejected with their column and legible keys, make
// a gap, and leave the rest of the file alone.
func TestRejectedRows(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	good := "2026-05-02T10:00:00Z,{tx2},2,{usdt},{alice},{shop},7\n"
	for _, tt := range []struct {
		name, in       string
		column, reason string
	}{
		{"a zone-less time", ownHeader + "2026-05-02 10:00:00,{tx1},1,{usdt},{alice},{shop},5\n" + good, "block_time", "declare timezone:"},
		{"no TXID", ownHeader + "2026-05-02T10:00:00Z,,1,{usdt},{alice},{shop},5\n" + good, "txid", "it is empty"},
		{"a TXID from a spreadsheet", ownHeader + "2026-05-02T10:00:00Z,1.01E+62,1,{usdt},{alice},{shop},5\n" + good, "txid", "scientific notation"},
		{"no contract, though there is a column for it", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,,{alice},{shop},5\n" + good, "asset", "it is empty"},
		{"no sender", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},,{shop},5\n" + good, "from", "it is empty"},
		{"no recipient of a coin", nativeHead + `"{tx1}","1","1777716000","","{alice}","","","1","0","1","0","0","1","","",""` + "\n" +
			`"{tx2}","1","1777716000","","{alice}","{shop}","","1","0","1","0","0","1","","",""` + "\n", "To", "it is empty"},
		{"the coin of another chain", "Tx Hash,blockHeight,blockTime(UTC),from,to,value,symbol,contractType,status\n{tx1},1,2026/05/02 10:00:00,{alice},{shop},5,BNB,,Success\n{tx2},1,2026/05/02 10:00:00,{alice},{shop},5,ETH,,Success\n", "symbol", "is not the coin of eip155:1: is chain: right?"},
		{"no recipient", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},,5\n" + good, "to", "it is empty"},
		{"base units with a fraction", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5.5\n" + good, "value", "base units are whole"},
		{"base units in scientific notation", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},2E+6\n" + good, "value", "scientific notation"},
		{"base units with commas", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},\"5,000\"\n" + good, "value", "ambiguous"},
		{"a negative amount", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},-5\n" + good, "value", "negative"},
		{"beyond 256 bits", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},115792089237316195423570985008687907853269984665640564039457584007913129639936\n" + good, "value", "2^256-1"},
		{"a log index that is none", ownHeader + "2026-05-02T10:00:00Z,{tx1},-1,{usdt},{alice},{shop},5\n" + good, "log_index", "not a whole number"},
		{"a status nobody knows", "status," + ownHeader + "weird,2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\nsuccess," + good, "status", "no status that is known"},
		{"confirmations that are none", "confirmations," + ownHeader + "many,2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n99," + good, "confirmations", "not a whole number"},
		{"a field too many", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5,\n" + good, "", "it has 8 fields, the header has 7"},
		{"thousands in wrong groups", scanHeader + `"{tx1}","1","1777716000","","{alice}","{shop}","1,5","N/A","{usdt}","T","USDT"` + "\n" +
			`"{tx2}","1","1777716000","","{alice}","{shop}","15","N/A","{usdt}","T","USDT"` + "\n", "TokenValue", "not grouped by three"},
		{"what came in differs from what went out", nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","1","2","1","0","0","1","","",""` + "\n" +
			`"{tx2}","1","1777716000","","{shop}","{shop}","","2","2","1","0","0","1","","",""` + "\n", "Value_OUT(ETH)", "two amounts that differ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, eth, file{"in.csv", long(tt.in)})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Rejects) != 1 || len(got.Transfers) != 1 || got.Transfers[0].TXID != tx2 {
				t.Fatalf("rejects %+v, transfers %v", got.Rejects, lines(got.Transfers))
			}
			r := got.Rejects[0]
			if r.Column != tt.column || !strings.Contains(r.Reason, tt.reason) || r.At.Line != 2 || r.Raw == "" {
				t.Errorf("rejected line %d column %q: %s (%q)", r.At.Line, r.Column, r.Reason, r.Raw)
			}
			if tt.column == "To" && r.Address != "" {
				t.Errorf("the reject names the address %q, which is the sender's", r.Address)
			}
			if tt.column == "value" && (r.TXID != tx1 || r.Address != shop) {
				t.Errorf("legible keys %q %q were lost", r.TXID, r.Address)
			}
			want := reconcile.Gap{Chain: "eip155:1", Reason: "in.csv: 1 of its 2 rows could not be read"}
			if !slices.Contains(got.Gaps, want) {
				t.Errorf("gaps %+v lack %+v", got.Gaps, want)
			}
		})
	}
}

// Tronscan's newer exports write small numbers with an exponent, as Java does;
// E+09 is what a spreadsheet left of one.
func TestExponents(t *testing.T) {
	const header = "Tx Hash,blockHeight,blockTime(UTC+8),blockTime(UTC),from,to,value,symbol,tokenAddress,isConfirm\n"
	for value, want := range map[string]string{"1.0E-6": "0.000001", "1.25E7": "12500000", "8.21E+09": "", "1,234.5": "1234.5", "NaN": ""} {
		got, err := read(t, sources.FileOptions{Chain: "eip155:1"}, file{"in.csv", long(header + `{tx1},1,,2026/05/02 10:00:00,{alice},{shop},"` + value + `",USDT,{usdt},true` + "\n")})
		if err != nil {
			t.Fatal(err)
		}
		if (want == "") != (len(got.Rejects) == 1) || want != "" && got.Transfers[0].Amount.String() != want {
			t.Errorf("%s: %s rejects %+v", value, lines(got.Transfers), got.Rejects)
		}
	}
}

// A workbook's numbers keep 15 digits, so base units with more are damaged.
func TestSpreadsheetNumbers(t *testing.T) {
	for value, whole := range map[string]bool{"2.5E+20": true, "123456789012345": true, "1234567890123456": false, "3.2493479411873363E+17": false, `"1234567890123456"`: true} {
		s := &source{options: sources.FileOptions{Chain: "eip155:1"}, catalogue: catalogue(t)}
		in := sourcetest.Bytes("in.xlsx", []byte(long(`{"block_time":"2026-05-02T10:00:00Z","txid":"{tx1}","log_index":1,"asset":"{usdt}","from":"{alice}","to":"{shop}","value":`+value+"}\n")))
		l, err := s.look(in, formats)
		if err != nil {
			t.Fatal(err)
		}
		l.workbook = true
		r := &sourcetest.Recorder{}
		if err := s.readTransfers(context.Background(), l, nil, &coverage{source: s, parts: map[group][]*extent{}}, r); err != nil {
			t.Fatal(err)
		}
		if whole != (len(r.Transfers) == 1) || whole == (len(r.Rejects) == 1) {
			t.Errorf("%s: %s rejects %+v", value, lines(r.Transfers), r.Rejects)
		}
	}
}

// Rows of failed transactions move nothing: they are facts about transactions,
// whatever stands in their amount.
func TestFailedRows(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	reverted := []reconcile.TXFact{{Chain: "eip155:1", TXID: tx1, Status: reconcile.TXReverted}}
	for _, tt := range []struct {
		name  string
		o     sources.FileOptions
		in    string
		facts []reconcile.TXFact
	}{
		{"Etherscan transaction", eth, nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","N/A","0","1","0","0","1","Error(0)","Reverted",""` + "\n", reverted},
		{"Etherscan transaction that only names a reason", eth, nativeHead + `"{tx1}","1","1777716000","","{alice}","{shop}","","0","0","1","0","0","1","","out of gas",""` + "\n", reverted},
		{"txlist", eth, `[{"blockNumber":"1","timeStamp":"1777716000","hash":"{tx1}","from":"{alice}","to":"{shop}","value":"5","gasPrice":"1","isError":"1","txreceipt_status":"0","confirmations":"900"}]`, reverted},
		{"a failed creation has no recipient", eth, `[{"blockNumber":"1","timeStamp":"1777716000","hash":"{tx1}","from":"{alice}","to":"","value":"5","gasPrice":"1","isError":"1","contractAddress":"","confirmations":"900"}]`, reverted},
		{"an internal call may fail inside a transaction that succeeds", eth, `[{"blockNumber":"1","timeStamp":"1777716000","hash":"{tx1}","from":"{alice}","to":"{shop}","value":"5","type":"call","traceId":"0","isError":"1","errCode":"out of gas"}]`, nil},
		{"Blockscout", eth, "TxHash,BlockNumber,UnixTimestamp,FromAddress,ToAddress,ContractAddress,Type,Value,Fee,Status,ErrCode\n{tx1},1,2026-05-02T10:00:00Z,{alice},{shop},,IN,5,1,error,Reverted\n", reverted},
		{"Tronscan", sources.FileOptions{Chain: tron, Zone: time.UTC, Assets: []string{reconcile.TokenID(tron, trc20)}},
			oldTron + strings.Replace(oldTronRow, "SUCCESS", "OUT_OF_ENERGY", 1), []reconcile.TXFact{{Chain: tron, TXID: strings.TrimPrefix(tx1, "0x"), Status: reconcile.TXReverted}}},
		{"a mapped status 0", eth, "status," + ownHeader + "0,2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n", reverted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.o, file{"in", long(tt.in)})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Transfers) > 0 || len(got.Rejects) > 0 || got.Scope != 1 {
				t.Errorf("transfers %s rejects %+v out of scope %d", lines(got.Transfers), got.Rejects, got.Scope)
			}
			if diff := cmp.Diff(tt.facts, got.Facts); diff != "" {
				t.Errorf("facts (-want +got)\n%s", diff)
			}
		})
	}
}

// Rows that look wrong and are not: they stay as they are for the core to judge.
func TestKeptRows(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	row := "2026-05-02T10:00:00Z,{tx1},,{usdt},{alice},{shop},5\n"
	for _, tt := range []struct {
		name, in, want string
	}{
		{"a zero value, as poisoners send", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{shop},{bob},0\n", "2: eip155:1 tx1#1 2026-05-02T10:00:00Z shop > bob 0 base of usdt\n"},
		{"equal rows are separate occurrences", ownHeader + row + row, "2: eip155:1 tx1 2026-05-02T10:00:00Z alice > shop 5 base of usdt\n3: eip155:1 tx1 2026-05-02T10:00:00Z alice > shop 5 base of usdt\n"},
		{"a point and zeros behind base units", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},12105584884.0\n", "2: eip155:1 tx1#1 2026-05-02T10:00:00Z alice > shop 12105584884 base of usdt\n"},
		{"an exponent in a JSON number", `{"block_time":"2026-05-02T10:00:00Z","txid":"{tx1}","log_index":1,"asset":"{usdt}","from":"{alice}","to":"{shop}","value":2E+6}` + "\n", "1: eip155:1 tx1#1 2026-05-02T10:00:00Z alice > shop 2000000 base of usdt\n"},
		{"a mint", ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},0x0000000000000000000000000000000000000000,{shop},5\n", "2: eip155:1 tx1#1 2026-05-02T10:00:00Z 0x0000000000000000000000000000000000000000 > shop 5 base of usdt\n"},
		{"an impostor's symbol beside its own contract", scanHeader + `"{tx1}","1","1777716000","","{alice}","{shop}","5","N/A","{bob}","Tether USD","USDT"` + "\n", "2: eip155:1 tx1 @1 2026-05-02T10:00:00Z alice > shop 5 USDT of bob\n"},
		{"decimals beyond belief are none", "decimals," + ownHeader + "255,2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n", "2: eip155:1 tx1#1 2026-05-02T10:00:00Z alice > shop 5 base of usdt\n"},
		{"pending", "status," + ownHeader + "pending,2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n", "2: eip155:1 tx1#1 2026-05-02T10:00:00Z alice > shop 5 base of usdt not final\n"},
		{"a payment to oneself stands in both columns", nativeHead + `"{tx1}","1","1777716000","","{shop}","{shop}","","2","2","1","0","0","1","","",""` + "\n", "2: eip155:1 tx1 @1 2026-05-02T10:00:00Z shop > shop 2  of eip155:1/slip44:60\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, eth, file{"in", long(tt.in)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, lines(got.Transfers)); diff != "" || len(got.Rejects) > 0 {
				t.Errorf("(-want +got)\n%s%+v", diff, got.Rejects)
			}
		})
	}
}

// The same number on a day when Tronscan's former export has no zone.
func TestZonelessTime(t *testing.T) {
	o := sources.FileOptions{Chain: tron, Assets: []string{reconcile.TokenID(tron, trc20)}}
	got, err := read(t, o, file{"tron.csv", long(oldTron + oldTronRow)})
	if err != nil || len(got.Transfers) != 0 || len(got.Rejects) != 1 || !strings.Contains(got.Rejects[0].Reason, "timezone:") {
		t.Errorf("without a zone: %v, %d transfers, rejects %+v", err, len(got.Transfers), got.Rejects)
	}
	o.Zone = time.FixedZone("UTC+8", 8*3600)
	if got, err = read(t, o, file{"tron.csv", long(oldTron + oldTronRow)}); err != nil || len(got.Transfers) != 1 {
		t.Fatalf("with a zone: %v, %+v", err, got.Rejects)
	}
	if want := at("2026-05-02T02:00:00Z"); got.Transfers[0].BlockTime != want {
		t.Errorf("time %s, want %s", got.Transfers[0].BlockTime, want)
	}
}

// Blocks lend their times by number, and their chain where they name one.
func TestBlocks(t *testing.T) {
	eth := sources.FileOptions{Chain: "eip155:1"}
	transfers := file{"token_transfers.csv", long(etlHeader + etlRow)}
	for _, tt := range []struct {
		name   string
		blocks []file
		want   string
		fault  string
	}{
		{"CSV", []file{{"blocks.csv", blockHeader + "100,0xb1,0xb0,0x0,1777716000,5\n"}}, "2: eip155:1 tx1#7 @100 2026-05-02T10:00:00Z alice > shop 12500000 base of usdt\n", ""},
		{"JSON lines", []file{{"blocks.json", `{"type":"block","number":100,"hash":"0xb1","parent_hash":"0xb0","miner":"0x0","timestamp":1777716000}` + "\n"}}, "2: eip155:1 tx1#7 @100 2026-05-02T10:00:00Z alice > shop 12500000 base of usdt\n", ""},
		{"over two files", []file{{"b1.csv", blockHeader + "99,0xb0,0xaf,0x0,1777715988,5\n"}, {"b2.csv", blockHeader + "100,0xb1,0xb0,0x0,1777716000,5\n"}},
			"2: eip155:1 tx1#7 @100 2026-05-02T10:00:00Z alice > shop 12500000 base of usdt\n", ""},
		{"the block is missing", []file{{"blocks.csv", blockHeader + "99,0xb0,0xaf,0x0,1777715988,5\n"}}, "", "block 100 of eip155:1 is in no blocks file"},
		{"a block of another chain", []file{{"blocks.csv", "chain_id," + blockHeader + "137,100,0xb1,0xb0,0x0,1777716000,5\n"}}, "", "block 100 of eip155:1 is in no blocks file"},
		{"two times for a block", []file{{"blocks.csv", blockHeader + "100,0xb1,0xb0,0x0,1777716000,5\n100,0xb2,0xb0,0x0,1777716001,5\n"}}, "", "block 100 has another time elsewhere"},
		{"a number that is none", []file{{"blocks.csv", blockHeader + "0x64,0xb1,0xb0,0x0,1777716000,5\n"}}, "", "is no block number"},
		{"a time that is none", []file{{"blocks.csv", blockHeader + "100,0xb1,0xb0,0x0,soon,5\n"}}, "", "is not a time"},
		{"a broken row", []file{{"blocks.csv", blockHeader + "100,0xb1\n"}}, "", "it has 2 fields"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, eth, append([]file{transfers}, tt.blocks...)...)
			if diff := cmp.Diff(tt.want, lines(got.Transfers)); diff != "" && tt.fault == "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			said := ""
			if err != nil {
				said = err.Error()
			} else if len(got.Rejects) > 0 {
				said = got.Rejects[0].Reason
			}
			if !strings.Contains(said, tt.fault) || (said == "") != (tt.fault == "") {
				t.Errorf("it says %q, want %q", said, tt.fault)
			}
		})
	}
}

// Rows that `only:` leaves out are counted, never lost.
func TestOnly(t *testing.T) {
	o := sources.FileOptions{Chain: "eip155:1", Only: map[string][]string{"asset": {usdt}}}
	got, err := read(t, o, file{"in.csv", long(ownHeader + "2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n2026-05-02T10:00:00Z,{tx2},1,{bob},{alice},{shop},5\n")})
	if err != nil || len(got.Transfers) != 1 || got.Scope != 1 {
		t.Errorf("%v: %d transfers, %d out of scope", err, len(got.Transfers), got.Scope)
	}
}

// What `only:` leaves out may be the payment that nobody finds: as long as there are
// such rows, their account is not complete. Rows to anybody else change nothing.
func TestOnlyProvesNothing(t *testing.T) {
	row := func(day, to, kind string) string {
		return long("2026-05-" + day + "T10:00:00Z,{tx1},1,{usdt},{alice}," + to + ",5," + kind + "\n")
	}
	header := strings.TrimSpace(ownHeader) + ",kind\n"
	scanned := func(kind string) string {
		return strings.Replace(strings.TrimSpace(scanHeader), `"TokenSymbol"`, `"TokenSymbol","Kind"`, 1) + "\n" +
			long(`"{tx1}","1","1777716000","","{alice}","{shop}","5","","`+usdt+`","Tether","USDT","till"`+"\n") +
			long(`"{tx2}","1","1777802400","","{bob}","{shop}","5","","`+usdt+`","Tether","USDT","`+kind+`"`+"\n")
	}
	const all, before, after = "2026-05-01T00:00:00Z - 2026-06-01T00:00:00Z", "2026-05-01T00:00:00Z - 2026-05-03T10:00:00Z", "2026-05-05T10:00:00.000000001Z - 2026-06-01T00:00:00Z"
	for _, tt := range []struct {
		name, text string
		watch      []string
		scope      int
		want       []string
	}{
		{"payments to ours", header + row("02", "{shop}", "till") + row("03", "{shop}", "x") + row("05", "{shop}", "x"), []string{shop}, 2, []string{before, after}},
		{"one that cannot be read", header + row("02", "{shop}", "till") + strings.Replace(row("03", "{shop}", "x"), ",5,", ",y,", 1), []string{shop}, 1,
			[]string{before, "2026-05-03T10:00:00.000000001Z - 2026-06-01T00:00:00Z"}},
		{"one without a time", header + row("02", "{shop}", "till") + strings.Replace(row("03", "{shop}", "x"), "2026-05-03T10:00:00Z", "", 1), []string{shop}, 1,
			[]string{"2026-05-01T00:00:00Z - 2026-05-01T00:00:00Z"}},
		{"payments to others", header + row("02", "{shop}", "till") + row("03", "{bob}", "x"), []string{shop}, 1, []string{all}},
		{"payments to an account that only its export names", scanned("x"), nil, 1,
			[]string{"2026-05-01T00:00:00Z - 2026-05-03T10:00:00Z", "2026-05-03T10:00:00.000000001Z - 2026-06-01T00:00:00Z"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := sources.Query{Window: may, Reach: may, Watch: []sources.Watch{{Chain: "eip155:1", Addresses: tt.watch}}}
			o := sources.FileOptions{Chain: "eip155:1", Only: map[string][]string{"kind": {"till"}}}
			got, err := readFor(t, o, q, file{"export-" + shop + ".csv", tt.text})
			var spans []string
			for _, c := range got.Covers {
				spans = append(spans, c.Span.From.String()+" - "+c.Span.To.String())
			}
			if diff := cmp.Diff(tt.want, spans); err != nil || diff != "" || got.Scope != tt.scope || len(got.Transfers) != 1 || len(got.Rejects)+len(got.Gaps) > 0 {
				t.Errorf("%v: %d out of scope, %d transfers, %v\n%s", err, got.Scope, len(got.Transfers), got.Rejects, diff)
			}
		})
	}
}

// One row may say which chain it is on in several ways.
func TestChains(t *testing.T) {
	for name, want := range map[string]string{"1": "eip155:1", "eth": "eip155:1", "eip155:1": "eip155:1", "137": "eip155:137", "8453": "eip155:8453", "TRON": tron, "moon": "moon", "": "eip155:56"} {
		got, err := read(t, sources.FileOptions{Chain: "eip155:56"}, file{"in.csv", long("chain," + ownHeader + name + ",2026-05-02T10:00:00Z,{tx1},1,{usdt},{alice},{shop},5\n")})
		if err != nil || len(got.Transfers) != 1 || got.Transfers[0].Chain != want {
			t.Errorf("chain %q: %v, %s, want %s", name, err, lines(got.Transfers), want)
		}
	}
	if diff := cmp.Diff(reconcile.SourceInfo{Name: "a", Kind: reconcile.SourceTransfers}, Transfers(sources.FileOptions{Name: "a"}, catalogue(t)).Info(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}
