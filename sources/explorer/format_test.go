package explorer

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		header, format, confidence string
		missing                    []string
	}{
		{"token_address,from_address,to_address,value,transaction_hash,log_index,block_number", "ethereum-etl token transfers", Certain, nil},
		{"To Address,VALUE,transaction-hash,LogIndex,block number,token_address,from_address", "ethereum-etl token transfers", Certain, nil},
		{"number,hash,parent_hash,nonce,miner,timestamp", "ethereum-etl blocks", Certain, nil},
		{"block_number,timestamp,author,gas_used", "ethereum-etl blocks", Certain, nil},
		{"Transaction Hash,UnixTimestamp,From,To,TokenValue,ContractAddress,Token ID", "an NFT export", Refused, nil},
		{"blockNumber,timeStamp,hash,from,contractAddress,to,tokenID,tokenName,tokenSymbol,tokenDecimal", "an NFT export", Refused, nil},
		{"blockNumber,timeStamp,hash,from,contractAddress,to,value,tokenName", "Etherscan API token transfers (tokentx)", Partial, []string{"tokenDecimal"}},
		{"transaction_id,block,block_ts,from_address,to_address,confirmed,quant", "Tronscan TRC-20 export", Partial, []string{"contractRet"}},
		{"order_no,amount,status", "", Unknown, nil},
		{"", "", Unknown, nil},
	} {
		format, confidence, missing := Recognise(strings.Split(tt.header, ","))
		if format != tt.format || confidence != tt.confidence || !slices.Equal(missing, tt.missing) {
			t.Errorf("%s:\n%q %s %q, want %q %s %q", tt.header, format, confidence, missing, tt.format, tt.confidence, tt.missing)
		}
	}
}

// Each format recognises the header made of its own names, best ones and last
// ones, and no other format is as good. The last of our own names are those of
// ethereum-etl.
func TestFormatsTellThemselvesApart(t *testing.T) {
	for _, f := range formats {
		for _, last := range []bool{false, true} {
			var header []string
			for fld := range fields {
				if accepted := f.names[fld]; len(accepted) > 0 {
					name := accepted[0]
					if last {
						name = accepted[len(accepted)-1]
					}
					header = append(header, strings.Replace(name, "*", "XYZ)", 1))
				}
			}
			if f.moves == anything {
				header = slices.DeleteFunc(header, func(h string) bool { return h == "amount" })
			}
			if got, confidence, _ := Recognise(header); got != f.name && !(f.moves == anything && last) {
				t.Errorf("%q is taken for %q (%s)", header, got, confidence)
			}
			slices.Reverse(header)
			if again := recognise(formats, header); again.format == nil || again.format.name != f.name && !(f.moves == anything && last) {
				t.Errorf("%q backwards is something else", header)
			}
		}
	}
}

func TestFormatTable(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range formats {
		if seen[f.name] {
			t.Errorf("two formats are called %q", f.name)
		}
		seen[f.name] = true
		for _, fld := range f.need {
			if len(f.names[fld]) == 0 {
				t.Errorf("%s needs field %d, for which it has no name", f.name, fld)
			}
		}
	}
	if diff := cmp.Diff([]string{"chain", "block_number", "block_time", "txid", "log_index", "asset", "symbol", "decimals", "from", "to", "value", "amount", "confirmations", "status"}, canonicalNames()); diff != "" {
		t.Errorf("the names that configurations use (-want +got)\n%s", diff)
	}
}
