package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// on returns a chain's transfers in the order of its blocks.
func (s *story) on(c *chain) []*move {
	var list []*move
	for _, m := range s.moves {
		if m.chain == c {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *move) int { return a.at.Compare(b.at) })
	return list
}

// ethereumCSV has the columns of ethereum-etl, with chain and time joined.
func (s *story) ethereumCSV() string {
	var b strings.Builder
	b.WriteString("chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n")
	last, index := int64(0), int64(0)
	for _, m := range s.on(&ethereum) {
		block := ethereum.block(m.at)
		if block != last {
			last, index = block, block*37%400 // other people's logs stand before ours
		}
		index++
		fmt.Fprintf(&b, "1,%d,%s,%s,%d,%s,%s,%s,%s\n", block, m.at.Format("2006-01-02 15:04:05 UTC"), m.tx, index, m.token, m.from, m.to, ethereum.units(m.micros))
	}
	return b.String()
}

// bscCSV has the columns of the Etherscan family's API, which knows no log index.
func (s *story) bscCSV() string {
	var b strings.Builder
	b.WriteString("blockNumber,timeStamp,hash,nonce,blockHash,from,contractAddress,to,value,tokenName,tokenSymbol,tokenDecimal,transactionIndex,gas,gasPrice,gasUsed,cumulativeGasUsed,input,confirmations\n")
	for _, m := range s.on(&bsc) {
		block := bsc.block(m.at)
		fmt.Fprintf(&b, "%d,%d,%s,1,%s,%s,%s,%s,%s,Binance-Peg BSC-USD,BSC-USD,18,%d,60000,100000000,51000,900000,deprecated,%d\n", block, m.at.Unix(), m.tx,
			bsc.txid(fmt.Sprint("block ", block)), m.from, m.token, m.to, bsc.units(m.micros), block%150, bsc.block(clock(36, 0))-block)
	}
	return b.String()
}

// tronCSV has the columns of Tronscan's newer export, which gives the time twice.
func (s *story) tronCSV() string {
	var b strings.Builder
	b.WriteString("Tx Hash,blockHeight,blockTime(UTC+8),blockTime(UTC),from,to,value,symbol,tokenAddress,isConfirm\n")
	for _, m := range s.on(&tron) {
		fmt.Fprintf(&b, "%s,%d,%s,%s,%s,%s,%d.%06d,USDT,%s,%t\n", m.tx, tron.block(m.at), m.at.Add(8*time.Hour).Format(time.DateTime), m.at.Format(time.DateTime),
			m.from, m.to, m.micros/1_000_000, m.micros%1_000_000, m.token, !m.pending)
	}
	return b.String()
}

// watched lists the addresses that receive on a chain.
func (s *story) watched(c *chain) string {
	labels := map[string]string{}
	for _, o := range s.orders {
		if o.chain == c {
			labels[o.payTo] = o.no
		}
	}
	if c == &ethereum {
		labels[till] = "till of cashier 1"
	}
	var lines []string
	for a, label := range labels {
		lines = append(lines, c.name+","+a+","+label)
	}
	slices.Sort(lines)
	return "chain,address,label\n" + strings.Join(lines, "\n") + "\n"
}

// ours lists the addresses that are swept to.
func ours() string {
	return "chain,address,label\nethereum," + treasury + ",treasury\ntron," + tronTreasury + ",treasury\n"
}
