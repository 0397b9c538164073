package reconciletest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Plan says which world to generate. The same plan gives the same world.
type Plan struct {
	Seed   uint64
	Orders int      // at least that many orders
	Plays  []string // which situations take part, by name; nil = Plays(true)
	// Troubled is how many of 1000 situations are something else than a clean
	// payment or an unpaid order; 0 = 300.
	Troubled int
}

// Case is a generated world and what is true of it.
type Case struct {
	Sources   []Source
	Policy    reconcile.Policy
	Orders    map[string]Truth          // by OrderKey
	Transfers map[string]TransferTruth  // by TransferKey; those that pay an order stand in its Pairs
	Claims    map[string]reconcile.Kind // order number -> unverified or unknown webhook
}

// Truth is what an order's verdict must be.
type Truth struct {
	Play    string
	Outcome reconcile.Outcome
	Kinds   []reconcile.Kind // by name
	Pairs   []string         // TransferKeys of its matches rows, sorted
	Net     money.Units      // received - expected in the order's asset, what its breaks and open items add up to
	Grouped bool             // its figure stands in a group's break: Net is not checked
}

// TransferTruth is what the verdict of a transfer without an order must be.
type TransferTruth struct {
	Play    string
	Outcome reconcile.Outcome
	Kind    reconcile.Kind
}

// OrderKey names an order in a Case and in a result.
func OrderKey(id, no string) string { return id + "/" + no }

// TransferKey names a transfer in a Case and in a result.
func TransferKey(txid string, logIndex int64) string { return fmt.Sprintf("%s#%d", txid, logIndex) }

// Input builds the case's input.
func (c *Case) Input() *reconcile.Input { return Input(Catalogue(), c.Policy.Profiles, c.Sources) }

// Run reconciles the case.
func (c *Case) Run() (*reconcile.Result, error) { return reconcile.Reconcile(c.Input(), c.Policy) }

// Generate makes the world of a plan: situations that are drawn at random and
// interleaved in time, over two providers, the merchant's own book, a webhook log
// a provider and two chains. They share cashier addresses, but no customer, and
// no two payments have the same amount unless the situation is about that.
func Generate(p Plan) *Case {
	names := p.Plays
	if names == nil {
		names = Plays(true)
	}
	if p.Troubled == 0 {
		p.Troubled = 300
	}
	g := newDirector(p.Seed)
	var clean, troubled []play
	for _, pl := range repertoire {
		switch {
		case !slices.Contains(names, pl.name):
		case pl.clean:
			clean = append(clean, pl)
		default:
			troubled = append(troubled, pl)
		}
	}
	g.open()
	for _, pl := range troubled {
		if len(g.acts) < p.Orders/2 || len(troubled) == 1 {
			g.stage(pl)
		}
	}
	for len(g.acts) < p.Orders {
		from := clean
		if len(clean) == 0 || len(troubled) > 0 && g.chance(p.Troubled) {
			from = troubled
		}
		g.stage(from[g.IntN(len(from))])
	}
	return g.finish()
}

// director stages plays in one world.
type director struct {
	*rand.Rand
	w         *World
	play      string
	n         int // orders so far
	forged    int // forged deliveries so far
	tx        int // transactions so far
	back      int // refunds so far
	amounts   map[uint64]bool
	acts      []*act
	transfers map[*Transfer]TransferTruth
	claims    map[string]reconcile.Kind
}

func newDirector(seed uint64) *director {
	w := New()
	w.Policy.AfterExpiry = 24 * reconcile.Hour
	w.hears, w.repays = true, true
	for _, c := range cashiers {
		w.Policy.Watch = append(w.Policy.Watch, Address(c))
	}
	return &director{Rand: rand.New(rand.NewPCG(seed, 1)), w: w, amounts: map[uint64]bool{},
		transfers: map[*Transfer]TransferTruth{}, claims: map[string]reconcile.Kind{}}
}

var cashiers = []string{"cashier 1", "cashier 2", "cashier 3", "cashier 4"}

// open adds clean sales: one at BVNK, so that every source is there, and two a
// cashier, since an address that only one order names is taken for its own.
func (g *director) open() {
	g.play = "exact"
	g.order("bvnk", "COMPLETE").settled()
	for _, cashier := range slices.Concat(cashiers, cashiers) {
		a := g.order("blockatm", "SUCCESS")
		a.own, a.address = false, Address(cashier)
		a.set()
		a.settled()
	}
}

// Forgeries are few beside true deliveries: many of them, and hardly one that
// verifies, would be a wrong secret.
const (
	fewForged  = 4
	rareForged = 20 // and one in this many orders
)

func (g *director) stage(p play) {
	if p.forge && g.forged >= max(fewForged, len(g.acts)/rareForged) {
		p = repertoire[0]
	}
	if p.forge {
		g.forged++
	}
	g.play = p.name
	p.stage(g)
}

func (g *director) chance(thousandths int) bool { return g.IntN(1000) < thousandths }

// finish turns the acts into rows, shuffled, and truths.
func (g *director) finish() *Case {
	for _, a := range g.acts {
		if a.own {
			g.w.Policy.Watch = append(g.w.Policy.Watch, a.address)
		}
	}
	g.Shuffle(len(g.w.orders), func(i, j int) { g.w.orders[i], g.w.orders[j] = g.w.orders[j], g.w.orders[i] })
	g.Shuffle(len(g.w.moves), func(i, j int) { g.w.moves[i], g.w.moves[j] = g.w.moves[j], g.w.moves[i] })
	g.Shuffle(len(g.w.calls), func(i, j int) { g.w.calls[i], g.w.calls[j] = g.w.calls[j], g.w.calls[i] })
	g.Shuffle(len(g.w.returns), func(i, j int) { g.w.returns[i], g.w.returns[j] = g.w.returns[j], g.w.returns[i] })
	c := &Case{Sources: g.w.Sources(), Policy: g.w.Policy, Orders: map[string]Truth{}, Transfers: map[string]TransferTruth{}, Claims: g.claims}
	for _, a := range g.acts {
		c.Orders[a.key()] = a.truth()
	}
	for t, truth := range g.transfers {
		c.Transfers[TransferKey(t.row.TXID, t.row.LogIndex)] = truth
	}
	return c
}

// act is one order of a play, in both books unless the play takes one away.
type act struct {
	g        *director
	name     string
	provider string
	word     string // the provider's status
	due      money.Units
	created  reconcile.Instant
	expires  reconcile.Instant
	address  string
	own      bool // the address is the order's alone
	customer string

	book, shop *Order // its rows; nil when the play leaves the book out

	paid    []*Transfer
	outcome reconcile.Outcome
	kinds   []reconcile.Kind
	got     money.Units
	grouped bool
	called  bool // called paid by the book that counts
	play    string
}

// order adds an order that its provider gives the status, in both books, and
// neither money nor deliveries. It agrees until the play says otherwise.
func (g *director) order(provider, word string) *act {
	g.n++
	a := &act{g: g, name: fmt.Sprintf("N%06d", g.n), provider: provider, word: word, due: g.amount(), play: g.play,
		customer: fmt.Sprintf("customer %d", g.n), outcome: reconcile.OutcomeAgreed}
	a.own = provider == "bvnk" || g.chance(500)
	a.address = Address(a.name)
	a.book = g.w.Order(a.name).Provider(provider).Status(word).Customer(a.customer)
	a.shop = g.w.Merchant(a.name).Status(shopWords[a.book.row.State]).Customer(a.customer)
	a.called = a.book.row.State == reconcile.StatePaid
	a.schedule(Window.From + reconcile.Hour + reconcile.Instant(g.Int64N(int64(59*reconcile.Hour))))
	if !a.own {
		a.address = Address(cashiers[g.IntN(len(cashiers))])
		a.book.Account("cashier")
	}
	a.set()
	g.acts = append(g.acts, a)
	return a
}

var shopWords = map[reconcile.State]string{
	reconcile.StateCreated: "CREATED", reconcile.StateDetected: "CREATED", reconcile.StatePaid: "PAID",
	reconcile.StateExpired: "EXPIRED", reconcile.StateCancelled: "CANCELLED", reconcile.StateFailed: "FAILED",
}

// set writes the order's due, times and address into its rows.
func (a *act) set() {
	for _, o := range []*Order{a.book, a.shop} {
		if o == nil {
			continue
		}
		o.row.Due = money.NewQuantity(a.due, 6)
		o.row.Created = a.created
	}
	if a.book != nil {
		a.book.row.Expires, a.book.row.PayTo = a.expires, a.address
	}
	if a.shop != nil && a.book == nil {
		a.shop.row.Expires, a.shop.row.PayTo = a.expires, a.address
	}
}

func (a *act) schedule(created reconcile.Instant) *act {
	a.created, a.expires = created, created+30*reconcile.Minute
	a.set()
	return a
}

// at a shared address: the first cashier's, or that of another act.
func (a *act) shared(like *act) *act {
	a.own, a.address = false, Address(cashiers[0])
	if like != nil {
		a.address = like.address
	}
	a.set()
	return a
}

func (a *act) alone() *act {
	a.own, a.address = true, Address(a.name)
	a.set()
	return a
}

func (a *act) costs(due money.Units) *act { a.due = due; a.set(); return a }

func (a *act) belongsTo(customer string) *act {
	a.customer = customer
	a.book.Customer(customer)
	a.shop.Customer(customer)
	return a
}

// withoutBook takes the provider's row away, withoutShop the merchant's.
func (a *act) withoutBook() *act { a.g.strike(a.book); a.book = nil; a.set(); return a }
func (a *act) withoutShop() *act { a.g.strike(a.shop); a.shop = nil; return a }

func (g *director) strike(o *Order) {
	g.w.orders = slices.DeleteFunc(g.w.orders, func(other *Order) bool { return other == o })
}

// amount draws an amount of USDT that no other payment has.
func (g *director) amount() money.Units {
	for {
		n := 1_000_000 + g.Uint64N(2_000_000_000)
		if !g.amounts[n] {
			g.amounts[n] = true
			return money.FromUint64(n)
		}
	}
}

// inTime is a moment inside the order's window.
func (a *act) inTime() reconcile.Instant {
	return a.created + reconcile.Minute + reconcile.Instant(a.g.Int64N(int64(25*reconcile.Minute)))
}

// tooLate is a moment up to six hours after the order's expiry.
func (a *act) tooLate() reconcile.Instant {
	return a.expires + reconcile.Minute + reconcile.Instant(a.g.Int64N(int64(6*reconcile.Hour)))
}

// transfer adds a movement to an address, in a new transaction.
func (g *director) transfer(to string, amount money.Units, at reconcile.Instant) *Transfer {
	g.tx++
	t := g.w.Transfer(fmt.Sprintf("tx %d", g.tx), "nobody", "0", "10:00")
	t.row.To, t.row.Amount, t.row.BlockTime = to, money.NewQuantity(amount, 6), at
	t.row.Block = uint64(at / (12 * reconcile.Second))
	t.row.LogIndex = int64(g.IntN(300))
	return t
}

// pays adds a transfer for the order, which the engine must attribute to it.
func (a *act) pays(amount money.Units, at reconcile.Instant) *Transfer {
	t := a.g.transfer(a.address, amount, at)
	a.owns(t, amount)
	return t
}

func (a *act) owns(t *Transfer, amount money.Units) {
	a.paid = append(a.paid, t)
	a.got = a.got.Add(amount)
}

// claimed has the provider name a transfer.
func (a *act) claimed(t *Transfer) *act {
	a.book.row.TXIDs = append(a.book.row.TXIDs, t.row.TXID)
	return a
}

// settles says when the provider changed the status.
func (a *act) settles(at reconcile.Instant) *act {
	a.book.row.Updated = at
	if a.called {
		a.book.row.PaidAt = at
	}
	return a
}

// notified adds the delivery of the order's own status, accepted.
func (a *act) notified(at reconcile.Instant) *Delivery {
	d := a.g.w.Delivery(a.name, "10:00").Provider(a.provider).Status(a.word).At(at)
	return d
}

// breaks says which kinds the order's verdict must hold.
func (a *act) breaks(kinds ...reconcile.Kind) *act {
	a.outcome, a.kinds = reconcile.OutcomeBreak, append(a.kinds, kinds...)
	return a
}

func (a *act) is(outcome reconcile.Outcome) *act { a.outcome = outcome; return a }

func (a *act) key() string {
	if a.book == nil {
		return OrderKey("", a.name)
	}
	return OrderKey(a.book.row.OrderID, a.name)
}

func (a *act) truth() Truth {
	t := Truth{Play: a.play, Outcome: a.outcome, Kinds: slices.Clone(a.kinds), Net: a.got, Grouped: a.grouped}
	if a.called {
		t.Net = t.Net.Sub(a.due)
	}
	slices.SortFunc(t.Kinds, func(x, y reconcile.Kind) int { return cmp.Compare(x.String(), y.String()) })
	for _, p := range a.paid {
		t.Pairs = append(t.Pairs, TransferKey(p.row.TXID, p.row.LogIndex))
	}
	slices.Sort(t.Pairs)
	return t
}
