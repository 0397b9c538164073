package reconciletest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// Many orders of one price at one address: a shop with one till.
var crowdScenarios = []scenario{
	{name: "crowd: 46 orders of one price, decided by their windows", part3: true,
		build: func(w *rt.World) { queue(w, 1, 46) },
		check: each(46, "999")},
	{name: "crowd: 500 orders of one price, decided by their windows", part3: true,
		build: func(w *rt.World) { queue(w, 1, 500) },
		check: each(500, "999")},
	{name: "crowd: 500 orders of one price at once, decided by their payers", part3: true,
		build: func(w *rt.World) {
			for i := range 500 {
				name := fmt.Sprint("ok-", i+1)
				w.Order(name).PayTo("till").Payer("payer of " + name + "-paid")
				w.Transfer(name+"-paid", "till", "100", "10:12")
			}
		},
		check: each(500, "")},
	{name: "crowd: two of 500 orders can be told apart by nothing, the others can", part3: true,
		build: func(w *rt.World) {
			queue(w, 1, 249)
			twins(w, 250)
			queue(w, 251, 499)
		},
		want: twinsBreak, check: each(498, "0")},
	{name: "crowd: two of 800, and too many compete to say by how much the others are decided", part3: true,
		build: func(w *rt.World) {
			queue(w, 1, 399)
			twins(w, 400)
			queue(w, 401, 799)
		},
		want: twinsBreak, check: each(798, "")},
	{name: "crowd: too many at once to tell apart leave those alone who came after them", part3: true,
		build: func(w *rt.World) {
			for i := range 480 {
				w.Order(fmt.Sprint("A-", i+1)).PayTo("till").Created("09:30").Expires("09:40")
				w.Transfer(fmt.Sprint("t", i+1), "till", "100", "09:35")
			}
			queue(w, 1, 50)
		},
		want: "A-1  break: ambiguous_payment 0\n" + lines("A-%d  break: ambiguous_payment", 2, 480),
		check: func(t testing.TB, out rt.Outcome) {
			t.Helper()
			each(50, "")(t, out)
			for _, b := range out.Result.Breaks() {
				if want := "480 orders and 480 transfers of one amount compete: too many to decide between exactly: "; !strings.HasPrefix(b.Explanation, want) {
					t.Errorf("the group says %q, want %q", b.Explanation, want)
				}
			}
		}},
}

// queue adds orders of one price, half a minute apart, each paid at the last moment:
// most transfers come in the windows of sixty orders, but the first could be paid
// by nothing but the first transfer, then the second by the second, and so on.
func queue(w *rt.World, first, last int) {
	for i := first; i <= last; i++ {
		name := fmt.Sprint("ok-", i)
		w.Order(name).PayTo("till").CreatedAt(turn(i)).ExpiresAt(turn(i) + 30*reconcile.Minute)
		w.Transfer(name+"-paid", "till", "100", "10:00").At(turn(i) + 30*reconcile.Minute)
	}
}

func turn(i int) reconcile.Instant {
	return rt.Clock("10:00") + reconcile.Instant(i)*30*reconcile.Second
}

// twins adds two orders of one turn in a queue, and a transfer for each.
func twins(w *rt.World, i int) {
	for _, n := range []string{"1", "2"} {
		w.Order("A-" + n).PayTo("till").CreatedAt(turn(i)).ExpiresAt(turn(i) + 30*reconcile.Minute)
		w.Transfer("t"+n, "till", "100", "10:00").At(turn(i) + 30*reconcile.Minute)
	}
}

const twinsBreak = `
	A-1  break: ambiguous_payment 0
	A-2  break: ambiguous_payment
	t1   break: ambiguous_payment
	t2   break: ambiguous_payment`

func lines(format string, first, last int) string {
	var text strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&text, format+"\n", i)
	}
	return text.String()
}

// each checks that so many orders got their own transfers, and the margin of all.
func each(orders int, margin string) func(testing.TB, rt.Outcome) {
	return func(t testing.TB, out rt.Outcome) {
		t.Helper()
		transfers := map[string]string{}
		for row := range out.Result.Transfers() {
			transfers[rt.TransferKey(row.TXID, row.LogIndex)] = out.Name(row)
		}
		matched := 0
		for m := range out.Result.Matches() {
			matched++
			if name := transfers[rt.TransferKey(m.TXID, m.LogIndex)]; name != m.OrderNo+"-paid" || m.Margin != margin {
				t.Errorf("%s got %s with margin %q, want %q", m.OrderNo, name, m.Margin, margin)
				return
			}
		}
		if matched != orders {
			t.Errorf("%d orders are matched, want %d", matched, orders)
		}
	}
}

// The order of rows does not matter in a crowd, whether it is solved as a whole or
// in pieces.
func TestPermutationOfCrowds(t *testing.T) {
	for _, n := range []int{60, 700} {
		w := rt.New()
		queue(w, 1, n)
		twins(w, n+1)
		c := &rt.Case{Sources: w.Sources(), Policy: w.Policy}
		want := run(t, c)
		shuffle(rand.New(rand.NewPCG(uint64(n), 6)), c)
		diff(t, "another order of rows", want, run(t, c))
	}
}

// BenchmarkCrowd measures orders of one price at one address, all of them one
// component.
func BenchmarkCrowd(b *testing.B) {
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := rt.New()
			queue(w, 1, n)
			in := (&rt.Case{Sources: w.Sources(), Policy: w.Policy}).Input()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := reconcile.Reconcile(in, w.Policy); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}
