package reconciletest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// TestReference compares the engine's attribution with the reference's on random
// small worlds: up to six orders and six transfers that compete for a few
// addresses and amounts. WORLDS says how many, SEED where to begin.
func TestReference(t *testing.T) {
	worlds, first := envInt(t, "WORLDS", 3000), envInt(t, "SEED", 1)
	tally := map[string]int{}
	for seed := first; seed < first+worlds; seed++ {
		w := smallWorld(uint64(seed))
		want, got := w.Reference(), attribution(w.Run(t))
		verdict := "the same"
		if told(w, want) != told(w, got) {
			verdict = explained(w, want, got)
		}
		if tally[verdict]++; verdict == "wrong" && tally[verdict] <= 5 {
			t.Errorf("world %d\n%s\nreference: %s\nengine:    %s", seed, w, told(w, want), told(w, got))
		}
	}
	t.Logf("%d worlds: %v", worlds, tally)
	// It is known and rare; growth is news.
	if most := worlds/50 + 3; tally[wary] > most {
		t.Errorf("%d of %d worlds: %s; at most %d are expected", tally[wary], worlds, wary, most)
	}
	if tally["wrong"] > 0 {
		t.Errorf("%d of %d worlds differ", tally["wrong"], worlds)
	}
}

const wary = "more cautious than it need be"

// explained names the difference that is known, else "wrong".
func explained(w *rt.World, want, got rt.Attribution) string {
	if cautious(w, want, got) {
		return wary
	}
	return "wrong"
}

// The order of rows does not matter where much is ambiguous, either.
func TestPermutationOfSmallWorlds(t *testing.T) {
	for seed := range uint64(envInt(t, "WORLDS", 3000) / 10) {
		w := smallWorld(seed)
		c := &rt.Case{Sources: w.Sources(), Policy: w.Policy}
		want := run(t, c)
		shuffle(rand.New(rand.NewPCG(seed, 6)), c)
		diff(t, "another order of rows", want, run(t, c))
	}
}

// smallWorld draws one chain, one token, BlockATM orders only. In a world either
// every order knows its payers, or none does and each transfer has a sender of
// its own; a claim is of a transfer to the order's address; orders of one customer are created within
// a minute, so that no transfer is in time for one and late for the other.
func smallWorld(seed uint64) *rt.World {
	random := rand.New(rand.NewPCG(seed, 5))
	w := rt.New()
	w.Policy.AfterExpiry = 2 * reconcile.Hour
	w.Watch("till 1", "till 2")
	payers, customers := random.IntN(3) == 0, 1+random.IntN(4)
	tills, amounts := 1+random.IntN(2), []string{"10", "20", "30", "50"}[:1+random.IntN(4)]
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	address := func() string { return fmt.Sprint("till ", 1+random.IntN(tills)) }
	starts := make([]int, customers)
	for i := range starts {
		starts[i] = random.IntN(5) * 20
	}
	transfers := random.IntN(7)
	var orders []*rt.Order
	for i := range 1 + random.IntN(6) {
		c := random.IntN(customers)
		created := rt.Clock("10:00") + reconcile.Instant(starts[c])*reconcile.Minute + reconcile.Instant(random.IntN(50))*reconcile.Second
		o := w.Order(fmt.Sprint("O", i+1)).PayTo(address()).Due(pick(amounts)).CreatedAt(created).
			ExpiresAt(rt.Clock("10:30") + reconcile.Instant(starts[c])*reconcile.Minute).
			Status(pick([]string{"SUCCESS", "EXPIRED", "PENDING", "CANCELLED"})).Customer(fmt.Sprint("c", c+1))
		if payers {
			o.Payer(fmt.Sprint("payer ", c+1))
		}
		orders = append(orders, o)
	}
	minutes := random.Perm(200)
	for i := range transfers {
		name, to := fmt.Sprint("t", i+1), address()
		t := w.Transfer(name, to, pick(amounts), "10:00").At(rt.Clock("09:50") + reconcile.Instant(minutes[i])*reconcile.Minute)
		if payers {
			t.From(fmt.Sprint("payer ", 1+random.IntN(customers)))
		}
		if o := orders[random.IntN(len(orders))]; random.IntN(8) == 0 && o.PaysTo() == rt.Address(to) && !o.HasClaim() {
			o.Claims(name)
		}
	}
	return w
}

// attribution reads the engine's out of its result.
func attribution(out rt.Outcome) rt.Attribution {
	a := rt.Attribution{Pairs: map[string][]string{}, Ambiguous: map[string]bool{}, Unsure: map[string]bool{}}
	names := map[string]string{}
	for row := range out.Result.Transfers() {
		names[rt.TransferKey(row.TXID, row.LogIndex)] = out.Name(row)
		if slices.Contains(row.Kinds, reconcile.AmbiguousPayment) {
			a.Ambiguous[out.Name(row)] = true
		}
	}
	for row := range out.Result.Orders() {
		if slices.Contains(row.Kinds, reconcile.AmbiguousPayment) {
			a.Unsure[row.OrderNo] = true
		}
	}
	for m := range out.Result.Matches() {
		if m.Rule == reconcile.RuleDuplicate {
			continue // whose it is beyond the due is no question of attribution
		}
		a.Pairs[m.OrderNo] = append(a.Pairs[m.OrderNo], names[rt.TransferKey(m.TXID, m.LogIndex)])
	}
	return a
}

// told lists what an attribution says, at the depth at which it is decided: the
// orders that are paid, and the transfers of each customer. Which of his equal
// orders took which of his transfers is a matter of taste.
func told(w *rt.World, a rt.Attribution) string {
	var lines []string
	for o, list := range a.Pairs {
		lines = append(lines, o+" paid")
		for _, t := range list {
			lines = append(lines, w.CustomerOf(o)+"="+t)
		}
	}
	for t := range a.Ambiguous {
		lines = append(lines, t+"?")
	}
	for o := range a.Unsure {
		lines = append(lines, o+"?")
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), " ")
}

// cautious reports whether the engine differs only by claiming less: each pair of
// its is the reference's, and each that it lacks is of a transfer that it calls
// ambiguous, or part of a sum that it did not accept.
func cautious(w *rt.World, want, got rt.Attribution) bool {
	wanted, found := flows(w, want), flows(w, got)
	for flow := range found {
		if !wanted[flow] {
			return false
		}
	}
	for flow := range wanted {
		if !found[flow] && !got.Ambiguous[flow[1]] && !want.Sums[flow[1]] {
			return false
		}
	}
	for t := range want.Ambiguous {
		if !got.Ambiguous[t] {
			return false
		}
	}
	return true
}

// flows are the pairs of customer and transfer.
func flows(w *rt.World, a rt.Attribution) map[[2]string]bool {
	list := map[[2]string]bool{}
	for o, transfers := range a.Pairs {
		for _, t := range transfers {
			list[[2]string{w.CustomerOf(o), t}] = true
		}
	}
	return list
}
