package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// sales writes the exports of a day: sales DATE [FROM TO]. Two paid orders an hour
// from eight to twenty-two, and their transfers, but for those of the hours from
// FROM to TO.
func sales(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 && len(args) != 3 {
		ts.Fatalf("usage: sales DATE [FROM TO]")
	}
	day, err := time.Parse(time.DateOnly, args[0])
	ts.Check(err)
	from, to := 0, 0
	if len(args) == 3 {
		from, err = strconv.Atoi(args[1])
		ts.Check(err)
		to, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	var orders, transfers strings.Builder
	orders.WriteString("order_id,order_no,status,chain,asset,amount_due,pay_to,created_at,expires_at,paid_at\n")
	transfers.WriteString("chain_id,block_number,block_timestamp,transaction_hash,log_index,token_address,from_address,to_address,value\n")
	for n := range 28 {
		at := day.Add(8*time.Hour + time.Duration(n)*30*time.Minute)
		key := at.Unix()
		fmt.Fprintf(&orders, "%d,S-%d,paid,ETH,USDT,100,0x%040x,%s,%s,%s\n", key, key, key, at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339), at.Add(time.Minute).Format(time.RFC3339))
		if at.Hour() < from || at.Hour() >= to {
			fmt.Fprintf(&transfers, "1,%d,%s,0x%064x,1,0xdac17f958d2ee523a2206206994597c13d831ec7,0x%040x,0x%040x,100000000\n", key, at.Add(time.Minute).Format(time.RFC3339), key, 9, key)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("in/orders-"+args[0]+".csv"), []byte(orders.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("in/transfers-"+args[0]+".csv"), []byte(transfers.String()), 0o600))
}

// age sets when files were written: age TIME FILE...
func age(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: age TIME FILE...")
	}
	at, err := time.Parse(time.RFC3339, args[0])
	ts.Check(err)
	for _, name := range args[1:] {
		ts.Check(os.Chtimes(ts.MkAbs(name), at, at))
	}
}
