package tron

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/sourcetest"
	"tieout/sources/tron/trontest"
)

const (
	mainnet = "tron:0x2b6653dc"
	usdt    = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
	usdc    = "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8"
	spam    = "TXL6rJbvmjD46zeN1JssfgxvSo99qC8MRT" // nobody accepts it
)

// world is a faked network with what is true of it.
type world struct {
	*trontest.Chain
	watched                []string
	truth                  []paid // into watched addresses
	failed, other, pending *trontest.Tx
	reach                  reconcile.Interval
	absent                 string
	claims                 []sources.Claim
	elsewhere, customer    string
}

// paid is a transfer as it should be read.
type paid struct {
	txid, token, from, to string
	value                 int64
	time                  reconcile.Instant
	final                 bool
}

// newWorld has payments of many shapes: several in a block and in a transaction, two
// alike in one, other tokens and recipients, a failed one, and some not yet final.
func newWorld() *world {
	w := &world{Chain: trontest.New(), absent: strings.Repeat("ab", 32), elsewhere: trontest.Address("elsewhere"), customer: trontest.Address("customer")}
	for i := range 4 {
		w.watched = append(w.watched, trontest.Address(fmt.Sprint("cashier ", i)))
	}
	to := func(i int, token string, value int64) trontest.Transfer {
		return trontest.Transfer{Token: token, From: w.customer, To: w.watched[i], Value: value}
	}
	w.Mine(3)
	w.pay(to(0, usdt, 100_000000))
	w.pay(to(0, usdt, 5_000000), to(1, usdc, 7_000000), to(0, usdt, 5_000000)) // two alike
	w.Mine(5)
	for i := range 6 {
		w.pay(to(i%3, usdt, int64(i+1)*1_000000))
		w.Mine(2)
	}
	w.failed = w.Fail()
	w.other = w.Pay(trontest.Transfer{Token: usdt, From: w.customer, To: w.elsewhere, Value: 9_000000})
	w.pay(to(1, spam, 1), to(2, usdt, 0))
	w.Mine(4)
	w.pay(to(3, usdt, 50_000000))
	w.Mine(2)
	w.Solidify()
	w.pay(to(1, usdt, 60_000000))
	w.pending = w.Fail()
	w.reach = reconcile.Interval{From: reconcile.InstantOf(w.Time(2)), To: reconcile.InstantOf(w.Time(w.Head()).Add(time.Minute))}
	for _, txid := range []string{w.failed.ID, "0x" + strings.ToUpper(w.other.ID), w.pending.ID, w.absent} {
		w.claims = append(w.claims, sources.Claim{TXID: txid})
	}
	return w
}

func (w *world) pay(transfers ...trontest.Transfer) {
	tx := w.PayIn(3, transfers...)[0]
	for _, t := range transfers {
		if t.Token != spam {
			w.truth = append(w.truth, paid{tx.ID, t.Token, t.From, t.To, t.Value, reconcile.InstantOf(tx.Time), false})
		}
	}
}

// settled is what is true once the chain's finality is known.
func (w *world) settled() []paid {
	list := slices.Clone(w.truth)
	for i := range list {
		list[i].final = list[i].time <= reconcile.InstantOf(w.Time(w.Solid))
	}
	return list
}

func asset(chain, contract string) reconcile.CatalogueAsset {
	return reconcile.CatalogueAsset{Chain: chain, Asset: money.Asset{ID: chain + "/trc20:" + contract, Decimals: 6}}
}

func (w *world) options(verify string, endpoints ...Endpoint) Options {
	return Options{Name: "tron", Chain: mainnet, Endpoints: endpoints, Addresses: w.watched, Verify: verify, Rate: 1e6,
		Assets: []reconcile.CatalogueAsset{asset(mainnet, usdt), asset(mainnet, usdc)}, wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

// query judges all that is solidified.
func (w *world) query() sources.Query {
	window := w.reach
	window.To = reconcile.InstantOf(w.Time(w.Solid))
	return sources.Query{Window: window, Reach: w.reach, Claims: func() []sources.Claim { return w.claims }}
}

// truthful starts an endpoint that tells the truth.
func truthful(t testing.TB, name string, h http.Handler, grid bool) Endpoint {
	return Endpoint{Name: name, URL: trontest.Lies(t, h, 0, nil).URL, Grid: grid}
}

// got are the transfers into watched addresses as they were read.
func (w *world) got(rec *sourcetest.Recorder) (list []paid) {
	for _, t := range rec.Transfers {
		if slices.Contains(w.watched, t.To) {
			value, _ := t.Amount.Coef().Uint64()
			list = append(list, paid{t.TXID, t.Asset, t.From, t.To, int64(value), t.BlockTime, t.Finality == reconcile.Final})
		}
	}
	return list
}

func sorted(list []paid) []string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = fmt.Sprintf("%+v", p)
	}
	slices.Sort(texts)
	return texts
}
