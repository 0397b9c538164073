package reconciletest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tieout/reconcile"
	"tieout/reconcile/money"
	rt "tieout/reconcile/reconciletest"
)

// rows is everything that a report would show of a result, and so all that may
// be compared.
type rows struct {
	Orders     []reconcile.OrderRow
	Transfers  []reconcile.TransferRow
	Deliveries []reconcile.DeliveryRow
	Refunds    []reconcile.RefundRow
	Matches    []reconcile.MatchRow
	Breaks     []reconcile.BreakRow
	Open       []reconcile.OpenRow
	Actions    []reconcile.ActionRow
	Rejects    []reconcile.RejectRow
	TieOut     []reconcile.TieOutLine
	Days       []reconcile.DayLine
	Sources    []reconcile.SourceRow
	Incidents  []reconcile.IncidentRow
	Scores     []reconcile.ScoreLine
}

func allRows(r *reconcile.Result) rows {
	return rows{
		slices.Collect(r.Orders()), slices.Collect(r.Transfers()), slices.Collect(r.Deliveries()), slices.Collect(r.Refunds()), slices.Collect(r.Matches()),
		r.Breaks(), r.OpenItems(), r.Actions(), r.Rejects(), r.TieOut(), r.Days(), r.Sources(),
		r.Incidents(), r.Scorecard(),
	}
}

func run(t rapid.TB, c *rt.Case) rows {
	t.Helper()
	r, err := c.Run()
	if err != nil {
		t.Fatalf("reconcile: %v", err)
	}
	if err := rt.Check(r); err != nil {
		t.Errorf("%v", err)
	}
	return allRows(r)
}

// exact compares rows with every field, amounts by value.
var exact = cmp.Exporter(func(reflect.Type) bool { return true })

func diff(t rapid.TB, what string, want, got rows) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		text := cmp.Diff(want, got, exact)
		t.Errorf("%s changes the result:\n%s", what, text[:min(len(text), 4000)])
	}
}

// drawCase draws a world of up to 60 orders with any situations.
func drawCase(t *rapid.T) *rt.Case {
	return rt.Generate(drawPlan(t))
}

func drawPlan(t *rapid.T) rt.Plan {
	return rt.Plan{
		Seed:     rapid.Uint64().Draw(t, "seed"),
		Orders:   rapid.IntRange(1, 60).Draw(t, "orders"),
		Plays:    rapid.SliceOfNDistinct(rapid.SampledFrom(rt.Plays(true)), 1, 12, rapid.ID[string]).Draw(t, "plays"),
		Troubled: rapid.IntRange(1, 1000).Draw(t, "troubled"),
	}
}

// Each generated verdict is the true one, in worlds of any mixture.
func TestWorldsAreJudgedAsBuilt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		r, err := c.Run()
		if err != nil {
			t.Fatalf("reconcile: %v", err)
		}
		if err := rt.Check(r); err != nil {
			t.Errorf("%v", err)
		}
		score := rt.NewScore()
		score.Add(c, r)
		for _, f := range score.Failures {
			t.Errorf("%v", f)
		}
	})
}

// The order of rows in any source, and of the sources, does not matter.
func TestPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want := run(t, c)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 2))
		shuffle(random, c)
		diff(t, "another order of rows", want, run(t, c))
	})
}

func shuffle(random *rand.Rand, c *rt.Case) {
	for i := range c.Sources {
		s := &c.Sources[i]
		shuffled(random, s.Orders)
		shuffled(random, s.Transfers)
		shuffled(random, s.Deliveries)
		shuffled(random, s.Refunds)
		shuffled(random, s.Facts)
	}
	shuffled(random, c.Sources)
	shuffled(random, c.Policy.Watch)
}

func shuffled[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// A day that is fed twice changes nothing but the counters of duplicates.
func TestFedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want := run(t, c)
		once := map[string]int{}
		for i := range c.Sources {
			s := &c.Sources[i]
			once[s.Info.Name] = len(s.Orders) + len(s.Transfers) + len(s.Deliveries) + len(s.Refunds)
			s.Files = append(s.Files, "copy-of-"+s.Files[0])
			s.Orders = append(s.Orders, again(s.Orders, func(o *reconcile.Order) *reconcile.At { return &o.At })...)
			s.Transfers = append(s.Transfers, again(s.Transfers, func(r *reconcile.Transfer) *reconcile.At { return &r.At })...)
			s.Deliveries = append(s.Deliveries, again(s.Deliveries, func(d *reconcile.Delivery) *reconcile.At { return &d.At })...)
			s.Refunds = append(s.Refunds, again(s.Refunds, func(r *reconcile.Refund) *reconcile.At { return &r.At })...)
		}
		got := run(t, c)
		for i, s := range got.Sources {
			if n := once[s.Name]; s.Read != 2*n || s.Duplicates+s.Superseded < n {
				t.Errorf("source %s of %d rows counts them as %+v", s.Name, n, s)
			}
			s.Read, s.Duplicates, s.Superseded = want.Sources[i].Read, want.Sources[i].Duplicates, want.Sources[i].Superseded
			got.Sources[i] = s
		}
		got.Deliveries = slices.DeleteFunc(got.Deliveries, func(d reconcile.DeliveryRow) bool { return d.Reason == reconcile.Duplicate })
		diff(t, "feeding every file twice", want, got)
	})
}

// again returns the rows as they stand in the source's second file.
func again[T any](list []T, at func(*T) *reconcile.At) []T {
	twice := slices.Clone(list)
	for i := range twice {
		at(&twice[i]).File = 1
	}
	return twice
}

// Money of other tokens, to other addresses, changes nothing about the rest.
func TestUnrelatedData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want := run(t, c)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "noise"), 3))
		for i := range c.Sources {
			if s := &c.Sources[i]; s.Info.Kind == reconcile.SourceTransfers {
				addNoise(random, s)
				break
			}
		}
		got := run(t, c)
		got.Transfers = slices.DeleteFunc(got.Transfers, func(row reconcile.TransferRow) bool { return noise[row.TXID] })
		got.Sources = want.Sources
		diff(t, "unrelated data", want, got)
	})
}

var noise = func() map[string]bool {
	ids := map[string]bool{}
	for i := range 20 {
		ids[rt.TXID(fmt.Sprint("noise ", i))] = true
	}
	return ids
}()

// addNoise copies amounts and times of real transfers to addresses that nobody watches.
func addNoise(random *rand.Rand, s *rt.Source) {
	real := len(s.Transfers)
	for i := range 20 {
		row := reconcile.Transfer{Chain: rt.Ethereum, Asset: rt.Asset(rt.Ethereum, "USDT").ID, Decimals: -1,
			Amount: rt.Quantity("5"), BlockTime: rt.Clock("10:00"), Block: 1, From: rt.Address("noise payer")}
		if real > 0 {
			row = s.Transfers[random.IntN(real)]
		}
		row.TXID, row.LogIndex, row.To = rt.TXID(fmt.Sprint("noise ", i)), int64(i), rt.Address(fmt.Sprint("noise address ", i%3))
		row.From, row.At.Line = rt.Address("noise payer"), real+i+2
		s.Transfers = append(s.Transfers, row)
	}
}

// Other names of the same things give the same verdicts. The new names sort as
// the old ones do: the order of rows, and the name that a group goes by, follow it.
func TestRenaming(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want := run(t, c)
		prefix := rapid.StringMatching(`[A-Z]{1,8}-`).Draw(t, "prefix")
		for i := range c.Sources {
			s := &c.Sources[i]
			for j := range s.Orders {
				o := &s.Orders[j]
				o.OrderID, o.OrderNo, o.Customer = renamed(prefix, o.OrderID), renamed(prefix, o.OrderNo), renamed(prefix, o.Customer)
			}
			for j := range s.Deliveries {
				d := &s.Deliveries[j]
				d.OrderID, d.OrderNo = renamed(prefix, d.OrderID), renamed(prefix, d.OrderNo)
			}
			for j := range s.Refunds {
				r := &s.Refunds[j]
				r.RefundID, r.OrderNo = renamed(prefix, r.RefundID), renamed(prefix, r.OrderNo)
			}
		}
		got := run(t, c)
		if w, g := verdicts(want, ""), verdicts(got, prefix); !maps.Equal(w, g) {
			t.Errorf("other names change the verdicts:\n%s", cmp.Diff(w, g))
		}
	})
}

func renamed(prefix, name string) string {
	if name == "" {
		return ""
	}
	return prefix + name
}

// verdicts are the outcomes, kinds, figures, pairs and actions of rows, under
// names without the prefix.
func verdicts(r rows, prefix string) map[string]string {
	plain := func(name string) string { return strings.TrimPrefix(name, prefix) }
	v := map[string]string{}
	for _, o := range r.Orders {
		v["order "+plain(o.OrderNo)] = fmt.Sprint(o.Outcome, o.Reason, o.Kinds, o.Received)
	}
	for _, x := range r.Transfers {
		v["transfer "+rt.TransferKey(x.TXID, x.LogIndex)] = fmt.Sprint(x.Outcome, x.Reason, x.Kinds, plain(x.OrderNo))
	}
	for _, f := range r.Refunds {
		v["refund "+plain(f.RefundID)] = fmt.Sprint(f.Outcome, plain(f.OrderNo))
	}
	for _, m := range r.Matches {
		v["pair "+plain(m.OrderNo)+rt.TransferKey(m.TXID, m.LogIndex)] = fmt.Sprint(m.Rule, m.Amount)
	}
	for _, b := range r.Breaks {
		v["break "+plain(b.OrderNo)+strings.Join(b.TXIDs, " ")+b.Kind.String()+b.Asset.ID] = fmt.Sprint(b.Difference, b.Severity, b.Deadline, b.Action)
	}
	for _, o := range r.Open {
		v["open "+plain(o.OrderNo)+strings.Join(o.TXIDs, " ")+o.State.String()] = fmt.Sprint(o.Amount, o.Until)
	}
	for _, a := range r.Actions {
		v["action "+plain(a.OrderNo)+a.TXID+a.Action.String()] = fmt.Sprint(a.Who, a.Deadline, a.Severity)
	}
	return v
}

// Amounts k times as large, with the tolerance, dust and materiality as well,
// give the same verdicts with figures k times as large.
func TestScaling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		c.Policy.Tolerance.Absolute = rt.Quantity("0.000001")
		want := run(t, c)
		k := rapid.Uint64Range(2, 1_000_000_000).Draw(t, "k")
		times := func(q *money.Quantity) {
			if q.Known() {
				*q = money.NewQuantity(q.Coef().MulDiv(k, 1), q.Scale())
			}
		}
		for i := range c.Sources {
			s := &c.Sources[i]
			for j := range s.Orders {
				times(&s.Orders[j].Due)
				times(&s.Orders[j].Recorded)
			}
			for j := range s.Transfers {
				times(&s.Transfers[j].Amount)
			}
			for j := range s.Deliveries {
				times(&s.Deliveries[j].Amount)
			}
			for j := range s.Refunds {
				times(&s.Refunds[j].Amount)
			}
		}
		times(&c.Policy.Tolerance.Absolute)
		times(&c.Policy.Dust)
		times(&c.Policy.Materiality)
		got := verdicts(run(t, c), "")
		if scaled := verdicts(scaledRows(want, k), ""); !maps.Equal(scaled, got) {
			t.Errorf("amounts %d times as large change the verdicts:\n%s", k, cmp.Diff(scaled, got))
		}
	})
}

func scaledRows(r rows, k uint64) rows {
	r.Orders, r.Matches, r.Breaks, r.Open = slices.Clone(r.Orders), slices.Clone(r.Matches), slices.Clone(r.Breaks), slices.Clone(r.Open)
	for i := range r.Orders {
		r.Orders[i].Received.Units = r.Orders[i].Received.Units.MulDiv(k, 1)
	}
	for i := range r.Matches {
		r.Matches[i].Amount = r.Matches[i].Amount.MulDiv(k, 1)
	}
	for i := range r.Breaks {
		r.Breaks[i].Difference = r.Breaks[i].Difference.MulDiv(k, 1)
	}
	for i := range r.Open {
		r.Open[i].Amount = r.Open[i].Amount.MulDiv(k, 1)
	}
	return r
}

// Every input row of the judged books, the chain and the logs comes out exactly once.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		got := run(t, c)
		var transfers, deliveries, refunds int
		for _, s := range c.Sources {
			transfers += len(s.Transfers)
			deliveries += len(s.Deliveries)
			refunds += len(s.Refunds)
		}
		if len(got.Orders) != len(c.Orders) || len(got.Transfers) != transfers || len(got.Deliveries) != deliveries || len(got.Refunds) != refunds {
			t.Errorf("%d orders, %d transfers, %d deliveries, %d refunds came out of %d, %d, %d, %d", len(got.Orders), len(got.Transfers), len(got.Deliveries),
				len(got.Refunds), len(c.Orders), transfers, deliveries, refunds)
		}
	})
}
