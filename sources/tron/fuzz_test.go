package tron

import (
	"encoding/json"
	"testing"

	"tieout/reconcile"
)

// FuzzTransfer: whatever a log holds, a transfer that is read from it has addresses
// with their checksum, and its value survives being written.
func FuzzTransfer(f *testing.F) {
	f.Add("a614f803b6fd780986a42c78ec9c7f77e6ded13c", transferTopic, "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000041a614f803b6fd780986a42c78ec9c7f77e6ded13c", "00000000000000000000000000000000000000000000000000000000000000ff")
	f.Add("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "0x"+transferTopic, "0x01", "", "0x")
	f.Fuzz(func(t *testing.T, address, topic, from, to, data string) {
		m, err := transferOf(address, []string{topic, from, to}, data)
		if err != nil {
			return
		}
		for _, a := range []string{m.token, m.from, m.to} {
			if _, err := reconcile.TronBytes(a); err != nil {
				t.Errorf("%v", err)
			}
		}
		if m.value.Sign() < 0 || len(m.value.String()) > 78 {
			t.Errorf("value %s", m.value)
		}
	})
}

// FuzzAnswers: an answer of whatever bytes is an error or something that can be judged;
// a list that fits its question has only rows of it.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"data":[{"transaction_id":"77ff0c0819cc39b3d24c98a3e94c1789f9e4376509aaadc82894896474c0e6b2","token_info":{"address":"` + usdt + `"},"block_timestamp":1784641290000,"from":"` + usdt + `","to":"` + usdt + `","type":"Transfer","value":"1"}],"success":true,"meta":{"page_size":1}}`))
	f.Add([]byte(`{"success":false,"error":"suspended for 30s"}`))
	f.Add([]byte(`{"id":"aa","blockNumber":1,"log":[{"topics":[]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p page
		l := &listing{address: usdt, token: usdt, to: 1 << 50}
		if decode(text, &p) == nil && l.misfit(p) == "" {
			for _, r := range *p.Data {
				if to, err := base58(r.To); err != nil || to != usdt || r.Timestamp > l.to {
					t.Errorf("%+v", r)
				}
			}
		}
		var i info
		if decode(text, &i) == nil {
			i.moves("", []string{usdt})
		}
		var rc receipt
		if json.Unmarshal(text, &rc) != nil {
			return
		}
		if txid, _ := canonicalTXID(rc.TxHash); rc.of(txid) {
			for j := range rc.Logs {
				_, _ = rc.Logs[j].movement()
			}
		}
	})
}
