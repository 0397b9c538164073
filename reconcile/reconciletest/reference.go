package reconciletest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Reference attributes the transfers of a small world to its orders by trying
// every assignment. It reads one provider's book and the chain of one asset,
// without tolerance, and knows the rules txid, address, exact_amount, split and
// batch. It is written from the rules, to be read beside them:
//
//   - A claimed transfer to the order's address is the order's. Claimed by
//     several: all of theirs if their dues are exactly its amount, else that of
//     the order with the exact amount, else of the first created.
//   - At an address that one order names, each transfer inside its payment window
//     is the order's, and past it one of exactly the due. Once the due has come,
//     further ones are duplicates, which are not listed.
//   - At a shared address a pair fits when the transfer is exactly the due, inside
//     the payment window, from a payer of the order where it knows any. Of all
//     one-to-one assignments the best have the most pairs inside running windows,
//     then the most pairs. A transfer that the best assignments give to different
//     customers is ambiguous, and so are the orders that they give it to. Among
//     one customer's orders the one called paid is served first, then open before
//     expired before cancelled, then the first created.
//   - What is left over may be a split (several transfers of one sender are
//     exactly one order's due) or a batch (one transfer is exactly the dues of
//     several orders of one customer or payer), when nothing else explains any
//     part of it.
func (w *World) Reference() Attribution {
	r := &reference{came: map[*party]money.Units{}, after: w.Policy.AfterExpiry, before: w.Policy.BeforeCreated}
	for _, o := range w.orders {
		r.orders = append(r.orders, newParty(o))
	}
	for _, t := range w.moves {
		r.transfers = append(r.transfers, newPiece(t))
	}
	slices.SortStableFunc(r.transfers, func(a, b *piece) int { return cmp.Compare(a.at, b.at) })
	r.attribution = Attribution{Pairs: map[string][]string{}, Ambiguous: map[string]bool{}, Unsure: map[string]bool{}, Sums: map[string]bool{}}
	r.byClaim()
	r.byAddress()
	for _, group := range r.equals() {
		r.solve(group)
	}
	r.bySums()
	return r.attribution
}

// Attribution says which transfers pay which orders.
type Attribution struct {
	Pairs     map[string][]string // order -> its transfers, sorted
	Ambiguous map[string]bool     // transfers that several customers may have sent
	Unsure    map[string]bool     // orders that they may have paid
	Sums      map[string]bool     // transfers that are part of a split or batch
}

// party is an order, piece a transfer, as the reference sees them.
type party struct {
	name, address, customer string
	due                     money.Units
	created, expires        reconcile.Instant
	state                   reconcile.State
	payers, claims          []string
	settled                 bool // it has its transfers, or is part of an ambiguity
}

type piece struct {
	name, txid, to, from string
	amount               money.Units
	at                   reconcile.Instant
	used                 bool
}

func newParty(o *Order) *party {
	p := &party{name: o.name, address: o.row.PayTo, customer: o.row.Customer, created: o.row.Created, expires: o.row.Expires,
		state: o.row.State, payers: o.row.Payers, claims: o.row.TXIDs}
	p.due, _ = o.row.Due.Bind(6)
	if p.customer == "" {
		p.customer = "whoever ordered " + p.name
	}
	return p
}

func newPiece(t *Transfer) *piece {
	p := &piece{name: t.name, txid: t.row.TXID, to: t.row.To, from: t.row.From, at: t.row.BlockTime}
	p.amount, _ = t.row.Amount.Bind(6)
	return p
}

type reference struct {
	orders        []*party
	transfers     []*piece
	before, after reconcile.Instant
	came          map[*party]money.Units
	attribution   Attribution
}

func (r *reference) pair(o *party, t *piece) {
	o.settled, t.used = true, true
	r.came[o] = r.came[o].Add(t.amount)
	list := append(r.attribution.Pairs[o.name], t.name)
	slices.Sort(list)
	r.attribution.Pairs[o.name] = list
}

func byCreation(a, b *party) int {
	return cmp.Or(cmp.Compare(a.created, b.created), strings.Compare(a.name, b.name))
}

func (r *reference) byClaim() {
	for _, t := range r.transfers {
		var claimants []*party
		var sum money.Units
		for _, o := range r.orders {
			if slices.Contains(o.claims, t.txid) && o.address == t.to && r.sharing(o.address) > 1 {
				claimants = append(claimants, o)
				sum = sum.Add(o.due)
			}
		}
		if len(claimants) == 0 {
			continue
		}
		if len(claimants) > 1 && sum == t.amount {
			for _, o := range claimants {
				r.pair(o, t)
			}
			continue
		}
		slices.SortFunc(claimants, byCreation)
		keeper := claimants[0]
		for _, o := range claimants {
			if o.due == t.amount {
				keeper = o
				break
			}
		}
		r.pair(keeper, t)
	}
}

func (r *reference) byAddress() {
	for _, o := range r.orders {
		if r.sharing(o.address) > 1 {
			continue
		}
		came := r.came[o]
		for _, t := range r.transfers { // by time
			inside := r.holds(o, t) || slices.Contains(o.claims, t.txid)
			past := t.at > o.expires+r.after && t.amount == o.due
			switch {
			case t.to != o.address || t.used || !inside && !past:
			case came.Cmp(o.due) >= 0:
				t.used = true // a duplicate
			default:
				r.pair(o, t)
				came = came.Add(t.amount)
			}
		}
	}
}

func (r *reference) sharing(address string) (n int) {
	for _, o := range r.orders {
		if o.address == address {
			n++
		}
	}
	return n
}

// holds reports whether the order's payment window holds the transfer.
func (r *reference) holds(o *party, t *piece) bool {
	return o.created-r.before <= t.at && t.at <= o.expires+r.after
}

// running reports whether the order waited for money when the transfer came.
func (r *reference) running(o *party, t *piece) bool {
	return o.created-r.before <= t.at && t.at <= o.expires
}

func (r *reference) fits(o *party, t *piece) bool {
	return o.address == t.to && r.holds(o, t) && (len(o.payers) == 0 || slices.Contains(o.payers, t.from))
}

// field is what competes: the orders and transfers of one amount at one address.
type field struct {
	orders    []*party
	transfers []*piece
}

func (r *reference) equals() []field {
	type key struct {
		to     string
		amount money.Units
	}
	var keys []key
	fields := map[key]*field{}
	for _, t := range r.transfers {
		k := key{t.to, t.amount}
		if t.used || r.sharing(t.to) < 2 {
			continue
		}
		if fields[k] == nil {
			fields[k] = &field{}
			keys = append(keys, k)
			for _, o := range r.orders {
				if !o.settled && o.address == t.to && o.due == t.amount {
					fields[k].orders = append(fields[k].orders, o)
				}
			}
		}
		fields[k].transfers = append(fields[k].transfers, t)
	}
	var list []field
	for _, k := range keys {
		list = append(list, *fields[k])
	}
	return list
}

// choice gives each transfer of a field an index into its orders, -1 for none.
type choice []int

func (r *reference) solve(f field) {
	best := preferred(f, r.best(f))
	unsure := r.unsure(f, best)
	for i, t := range f.transfers {
		if unsure[i] {
			t.used = true
			r.attribution.Ambiguous[t.name] = true
			for _, c := range best {
				if c[i] >= 0 {
					f.orders[c[i]].settled = true
					r.attribution.Unsure[f.orders[c[i]].name] = true
				}
			}
		}
	}
	chosen := slices.MinFunc(best, func(a, b choice) int { return comparePreference(f, a, b) })
	for i, t := range f.transfers {
		if !unsure[i] && chosen[i] >= 0 {
			r.pair(f.orders[chosen[i]], t)
		}
	}
}

// best returns every assignment with the most running pairs, then the most pairs.
func (r *reference) best(f field) []choice {
	var best []choice
	most := [2]int{-1, -1}
	var try func(c choice, score [2]int)
	try = func(c choice, score [2]int) {
		i := len(c)
		if i == len(f.transfers) {
			switch order := slices.Compare(score[:], most[:]); {
			case order > 0:
				most, best = score, []choice{slices.Clone(c)}
			case order == 0:
				best = append(best, slices.Clone(c))
			}
			return
		}
		try(append(c, -1), score)
		for j, o := range f.orders {
			if t := f.transfers[i]; !slices.Contains(c, j) && r.fits(o, t) {
				next := [2]int{score[0], score[1] + 1}
				if r.running(o, t) {
					next[0]++
				}
				try(append(c, j), next)
			}
		}
	}
	try(choice{}, [2]int{})
	return best
}

// preferred keeps, of the assignments that say the same of who paid whom, the one
// that serves the customers' orders in the order of preference, with the earliest
// transfers.
func preferred(f field, best []choice) []choice {
	var list []choice
	for _, c := range best {
		i := slices.IndexFunc(list, func(other choice) bool { return maps.Equal(flows(f, c), flows(f, other)) })
		switch {
		case i < 0:
			list = append(list, c)
		case comparePreference(f, c, list[i]) < 0:
			list[i] = c
		}
	}
	return list
}

// flows says who paid whom. A sender whose transfers went to one customer may
// have sent any of them; one that paid several customers (an exchange does) is
// told by each transfer.
func flows(f field, c choice) map[string]int {
	n := map[string]int{}
	for i, t := range f.transfers {
		flow := t.from + " paid " + customerOf(f, c[i])
		if paysSeveral(f, c, t.from) {
			flow = t.name + " " + flow
		}
		n[flow]++
	}
	return n
}

func paysSeveral(f field, c choice, sender string) bool {
	customers := map[string]bool{}
	for i, t := range f.transfers {
		if t.from == sender && c[i] >= 0 {
			customers[customerOf(f, c[i])] = true
		}
	}
	return len(customers) > 1
}

// unsure marks the transfers that the assignments give to different customers.
func (r *reference) unsure(f field, best []choice) []bool {
	unsure := make([]bool, len(f.transfers))
	for i := range f.transfers {
		for _, c := range best {
			if customerOf(f, c[i]) != customerOf(f, best[0][i]) {
				unsure[i] = true
			}
		}
	}
	return unsure
}

func customerOf(f field, j int) string {
	if j < 0 {
		return ""
	}
	return f.orders[j].customer
}

// comparePreference orders assignments by whom they serve, position by position
// the most preferred orders, then by how early the transfers are that they use.
func comparePreference(f field, a, b choice) int {
	used := func(c choice) (list []int) {
		for i, j := range c {
			if j >= 0 {
				list = append(list, i) // the transfers of a field stand by time
			}
		}
		return list
	}
	return cmp.Or(slices.CompareFunc(served(f, a), served(f, b), preference), slices.Compare(used(a), used(b)))
}

func served(f field, c choice) []*party {
	var list []*party
	for _, j := range c {
		if j >= 0 {
			list = append(list, f.orders[j])
		}
	}
	slices.SortFunc(list, preference)
	return list
}

// preference is negative when a is served before b.
func preference(a, b *party) int {
	rank := map[reconcile.State]int{reconcile.StatePaid: 0, reconcile.StateCreated: 1, reconcile.StateDetected: 1,
		reconcile.StateExpired: 2, reconcile.StateCancelled: 3, reconcile.StateFailed: 3}
	return cmp.Or(cmp.Compare(rank[a.state], rank[b.state]), byCreation(a, b))
}

// sum is a split (one order) or a batch (one transfer).
type sum struct {
	orders    []*party
	transfers []*piece
}

// bySums accepts the splits and batches that share nothing with another: those
// inside running windows first, then among what is left.
func (r *reference) bySums() {
	r.accept(slices.DeleteFunc(r.sums(), func(s sum) bool { return !r.runs(s) }))
	r.accept(r.sums())
}

func (r *reference) sums() []sum {
	orders := slices.DeleteFunc(slices.Clone(r.orders), func(o *party) bool { return o.settled || r.sharing(o.address) < 2 })
	transfers := slices.DeleteFunc(slices.Clone(r.transfers), func(t *piece) bool { return t.used })
	var found []sum
	for _, o := range orders {
		for _, part := range subsets(transfers) {
			if s := (sum{[]*party{o}, part}); len(part) > 1 && r.adds(s) {
				found = append(found, s)
			}
		}
	}
	for _, t := range transfers {
		for _, part := range subsets(orders) {
			if s := (sum{part, []*piece{t}}); len(part) > 1 && r.adds(s) {
				found = append(found, s)
			}
		}
	}
	return found
}

// runs reports whether every order's running window holds every transfer.
func (r *reference) runs(s sum) bool {
	for _, o := range s.orders {
		for _, t := range s.transfers {
			if !r.running(o, t) {
				return false
			}
		}
	}
	return true
}

func (r *reference) accept(found []sum) {
	for i, s := range found {
		if slices.ContainsFunc(found[:i], s.touches) || slices.ContainsFunc(found[i+1:], s.touches) {
			continue
		}
		for _, o := range s.orders {
			for _, t := range s.transfers {
				r.pair(o, t)
				r.attribution.Sums[t.name] = true
			}
		}
	}
}

func (s sum) touches(other sum) bool {
	return slices.ContainsFunc(s.orders, func(o *party) bool { return slices.Contains(other.orders, o) }) ||
		slices.ContainsFunc(s.transfers, func(t *piece) bool { return slices.Contains(other.transfers, t) })
}

// adds reports whether the sum is exact, everything in it fits, and it stays
// within one customer or payer.
func (r *reference) adds(s sum) bool {
	var due, came money.Units
	oneCustomer, onePayer := true, true
	for _, o := range s.orders {
		due = due.Add(o.due)
		oneCustomer = oneCustomer && o.customer == s.orders[0].customer
		onePayer = onePayer && len(o.payers) > 0
		for _, t := range s.transfers {
			if !r.fits(o, t) || t.from != s.transfers[0].from {
				return false
			}
		}
	}
	for _, t := range s.transfers {
		came = came.Add(t.amount)
	}
	return due == came && (oneCustomer || onePayer)
}

func subsets[T any](list []T) [][]T {
	var all [][]T
	for bits := range 1 << len(list) {
		var part []T
		for i, x := range list {
			if bits>>i&1 == 1 {
				part = append(part, x)
			}
		}
		all = append(all, part)
	}
	return all
}
