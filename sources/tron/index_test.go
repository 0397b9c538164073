package tron

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources/sourcetest"
	"tieout/sources/tron/trontest"
)

// dense is a network with many transfers in every block, of which a few are ours.
func dense(blocks, each int) *world {
	w := &world{Chain: trontest.New(), watched: []string{trontest.Address("cashier")}}
	for b := range blocks {
		to := trontest.Address("somebody")
		if b%500 == 250 {
			to = w.watched[0]
		}
		tx := w.PayIn(each, trontest.Transfer{Token: usdt, From: trontest.Address("customer"), To: to, Value: int64(b)})[0]
		if to == w.watched[0] {
			w.truth = append(w.truth, paid{tx.ID, usdt, trontest.Address("customer"), to, int64(b), reconcile.InstantOf(tx.Time), false})
		}
	}
	w.Solidify()
	w.reach = reconcile.Interval{From: reconcile.InstantOf(w.Time(1)), To: reconcile.InstantOf(w.Time(w.Head()))}
	return w
}

// outage loses the logs of some blocks for ever, as a node does that ran without
// JSON-RPC while they came.
func outage(from, to uint64) trontest.Lie {
	return func(_ *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if what != "eth_getLogs" {
			return 0, nil, answer
		}
		var a struct {
			ID     json.RawMessage
			Result []map[string]any
		}
		if json.Unmarshal(answer, &a) != nil {
			return 0, nil, answer
		}
		left := []map[string]any{}
		for _, l := range a.Result {
			var number uint64
			_, _ = fmt.Sscanf(fmt.Sprint(l["blockNumber"]), "0x%x", &number)
			if number < from || number > to {
				left = append(left, l)
			}
		}
		said, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": a.ID, "result": left})
		return 0, nil, said
	}
}

// TestIndex: blocks in which not even USDT moved are blocks that the node has no logs
// of. Of a token that is rarely moved nothing follows.
func TestIndex(t *testing.T) {
	for name, c := range map[string]struct {
		each  int
		tell  trontest.Lie
		found bool
	}{
		"all there":                  {25, nil, false},
		"half an hour is lost":       {25, outage(1000, 1700), true},
		"of a token of little use":   {3, outage(1000, 1700), false},
		"an empty block or two, now": {25, outage(1100, 1101), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := dense(2200, c.each)
			var rec sourcetest.Recorder
			if err := Transfers(w.options("basic", Endpoint{Name: "node", URL: trontest.Lies(t, w.Node(), 0, c.tell).URL})).Read(t.Context(), w.query(), &rec); err != nil {
				t.Fatal(err)
			}
			if found := len(rec.Gaps) > 0 && strings.Contains(rec.Gaps[0].Reason, "the node's index shows no transfer of the tokens at all"); found != c.found {
				t.Errorf("gaps %v", rec.Gaps)
			}
			if !c.found && c.tell == nil && len(w.got(&rec)) != len(w.truth) {
				t.Errorf("%d transfers of %d", len(w.got(&rec)), len(w.truth))
			}
		})
	}
}

// TestFiveThousand: a range of weeks is asked for in pieces that a node takes, and
// thousands of addresses in parts.
func TestFiveThousand(t *testing.T) {
	w := dense(12_000, 1)
	for i := range 2500 {
		w.watched = append(w.watched, trontest.Address(fmt.Sprint("more ", i)))
	}
	asked := 0
	liar := trontest.Lies(t, w.Node(), 0, func(_ *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if what == "eth_getLogs" {
			asked++
			if strings.Contains(string(answer), `"error"`) {
				t.Errorf("refused: %s", answer)
			}
		}
		return 0, nil, answer
	})
	var rec sourcetest.Recorder
	if err := Transfers(w.options("none", Endpoint{Name: "node", URL: liar.URL})).Read(t.Context(), w.query(), &rec); err != nil {
		t.Fatal(err)
	}
	if len(w.got(&rec)) != len(w.truth) || asked != 9 {
		t.Errorf("%d transfers of %d, %d questions", len(w.got(&rec)), len(w.truth), asked)
	}
}
