package reconciletest

import (
	"tieout/reconcile"
	"tieout/reconcile/money"
)

// play is one situation: it adds orders and money and says what is true of them.
type play struct {
	name  string
	clean bool // nothing is wrong
	deep  bool // needs a kind or rule beyond the main ones
	forge bool // has a forged delivery
	stage func(*director)
}

// Plays lists the situations that Generate knows, with or without those that
// need a kind or rule beyond the main ones.
func Plays(deep bool) []string {
	var names []string
	for _, p := range repertoire {
		if deep || !p.deep {
			names = append(names, p.name)
		}
	}
	return names
}

var (
	one  = money.FromUint64(1_000_000)
	tiny = money.FromUint64(1)
)

// percent of an amount, at least a base unit.
func percent(u money.Units, p uint64) money.Units {
	if part := u.MulDiv(p, 100); !part.IsZero() {
		return part
	}
	return tiny
}

// paidWord is what a provider calls a paid order.
func paidWord(provider string) string {
	if provider == "bvnk" {
		return "COMPLETE"
	}
	return "SUCCESS"
}

func (g *director) provider() string {
	if g.chance(400) {
		return "bvnk"
	}
	return "blockatm"
}

// sold is an order that its provider calls paid at a time, and said so.
func (g *director) sold() *act {
	provider := g.provider()
	return g.order(provider, paidWord(provider))
}

// settled is the whole of a clean sale: money in time, claimed now and then, notified.
func (a *act) settled() *act {
	t := a.pays(a.due, a.inTime())
	if a.g.chance(500) {
		a.claimed(t)
	}
	return a.closes(t.row.BlockTime)
}

// closes has the provider settle and notify a minute after a payment.
func (a *act) closes(at reconcile.Instant) *act {
	a.settles(at + reconcile.Minute)
	a.notified(at + 2*reconcile.Minute)
	return a
}

// lapsed is an order that its provider calls unpaid: expired, cancelled or stuck.
func (g *director) lapsed(provider string) *act {
	words := []string{"EXPIRED", "EXPIRED", "CANCELLED", "PROCESSING"}
	a := g.order(provider, words[g.IntN(len(words))])
	a.settles(a.expires + reconcile.Minute)
	return a
}

func (g *director) stray(kind reconcile.Kind, t *Transfer) {
	g.transfers[t] = TransferTruth{g.play, reconcile.OutcomeBreak, kind}
}

func (g *director) excluded(t *Transfer) {
	g.transfers[t] = TransferTruth{g.play, reconcile.OutcomeExcluded, reconcile.KindNone}
}

var repertoire = []play{
	{name: "exact", clean: true, stage: func(g *director) { g.sold().settled() }},
	{name: "exact without a claim", clean: true, stage: func(g *director) {
		a := g.sold()
		a.closes(a.pays(a.due, a.inTime()).row.BlockTime)
	}},
	{name: "unpaid", clean: true, stage: func(g *director) {
		a := g.order(g.provider(), []string{"EXPIRED", "CANCELLED"}[g.IntN(2)])
		a.settles(a.expires + reconcile.Minute)
	}},
	{name: "several transfers in one transaction", clean: true, stage: func(g *director) {
		a, b := g.sold().alone(), g.sold().alone()
		b.schedule(a.created + reconcile.Minute)
		t := a.pays(a.due, a.created+5*reconcile.Minute)
		u := b.pays(b.due, a.created+5*reconcile.Minute)
		s := g.transfer(Address("stranger"), g.amount(), t.row.BlockTime)
		for i, x := range []*Transfer{t, u, s} {
			x.row.TXID, x.row.LogIndex = t.row.TXID, int64(10+i)
		}
		g.excluded(s)
		a.claimed(t).closes(t.row.BlockTime)
		b.claimed(u).closes(u.row.BlockTime)
	}},
	{name: "in parts to its own address", clean: true, stage: func(g *director) {
		a := g.sold().alone()
		part := percent(a.due, 30+g.Uint64N(40))
		a.pays(part, a.created+5*reconcile.Minute)
		t := a.pays(a.due.Sub(part), a.created+9*reconcile.Minute)
		a.closes(t.row.BlockTime)
	}},
	{name: "money that is none of ours", clean: true, stage: func(g *director) {
		a := g.sold().settled()
		at := a.created + reconcile.Hour
		g.excluded(g.transfer(Address("stranger"), a.due, at)) // look-alike of an amount
		zero := g.transfer(a.address, money.Units{}, at)
		g.excluded(zero)
		fake := g.transfer(a.address, a.due, at)
		fake.row.Asset, fake.row.Decimals = Asset(Ethereum, "FAKE").ID, 6
		g.excluded(fake)
		g.excluded(g.transfer(a.address, money.FromUint64(9_000), at))
		sweep := g.transfer(Address("supplier"), a.due, at)
		sweep.row.From = a.address
		g.excluded(sweep)
		g.refund("", a.due, at).row.TXIDs = []string{sweep.row.TXID}
	}},

	{name: "lost", stage: func(g *director) {
		a := g.lapsed(g.provider())
		a.pays(a.due, a.inTime())
		a.breaks(reconcile.LostOrder)
	}},
	{name: "lost and late", stage: func(g *director) {
		a := g.order("blockatm", "EXPIRED")
		a.settles(a.expires + reconcile.Minute)
		a.pays(a.due, a.tooLate())
		a.breaks(reconcile.LostOrder, reconcile.LatePayment)
	}},
	{name: "lost and over", stage: func(g *director) {
		a := g.lapsed(g.provider()).alone()
		a.pays(a.due.Add(percent(a.due, 1+g.Uint64N(40))), a.inTime())
		a.breaks(reconcile.LostOrder, reconcile.Overpaid)
	}},
	{name: "lost and under", stage: func(g *director) {
		a := g.lapsed(g.provider()).alone()
		a.pays(a.due.Sub(percent(a.due, 1+g.Uint64N(40))), a.inTime())
		a.breaks(reconcile.LostOrder, reconcile.Underpaid)
	}},
	{name: "lost, late and over", stage: func(g *director) {
		a := g.order("blockatm", "EXPIRED").alone()
		a.settles(a.expires + reconcile.Minute)
		a.pays(a.due.Add(tiny), a.tooLate())
		a.breaks(reconcile.LostOrder, reconcile.LatePayment, reconcile.Overpaid)
	}},
	{name: "late where expired is kept", stage: func(g *director) {
		a := g.order("bvnk", "EXPIRED")
		a.settles(a.expires + reconcile.Minute)
		t := a.pays(a.due, a.tooLate())
		a.notified(t.row.BlockTime + reconcile.Minute).Late()
		a.breaks(reconcile.LatePayment)
	}},
	{name: "late, completed afterwards", stage: func(g *director) {
		a := g.sold()
		t := a.pays(a.due, a.tooLate())
		a.claimed(t).closes(t.row.BlockTime)
		if a.provider == "bvnk" {
			a.notified(t.row.BlockTime + 3*reconcile.Minute).Late()
		}
		a.breaks(reconcile.LatePayment)
	}},
	{name: "over", stage: func(g *director) {
		a := g.sold()
		t := a.pays(a.due.Add(percent(a.due, g.Uint64N(30))), a.inTime())
		a.claimed(t).closes(t.row.BlockTime)
		a.breaks(reconcile.Overpaid)
	}},
	{name: "under", stage: func(g *director) {
		a := g.sold()
		t := a.pays(a.due.Sub(percent(a.due, g.Uint64N(30))), a.inTime())
		a.claimed(t).closes(t.row.BlockTime)
		a.breaks(reconcile.Underpaid)
	}},
	{name: "duplicate", stage: func(g *director) {
		a := g.sold().alone().settled()
		a.pays(a.due, a.paid[0].row.BlockTime+2*reconcile.Minute)
		a.breaks(reconcile.DuplicatePayment)
	}},
	{name: "duplicate of another amount, late", stage: func(g *director) {
		a := g.sold().alone().settled()
		t := a.pays(g.amount(), a.tooLate())
		if a.provider == "bvnk" {
			a.notified(t.row.BlockTime + reconcile.Minute).Late()
		}
		a.breaks(reconcile.DuplicatePayment, reconcile.LatePayment)
	}},
	{name: "missing", stage: func(g *director) {
		a := g.sold()
		a.closes(a.inTime()).breaks(reconcile.MissingTransfer)
	}},
	{name: "claimed transaction not found", stage: func(g *director) {
		a := g.sold()
		a.book.Claims("no such transaction of " + a.name)
		a.closes(a.inTime()).breaks(reconcile.TXIDNotFound)
	}},
	{name: "wrong address", stage: func(g *director) {
		a := g.sold()
		t := g.transfer(Address("typo of "+a.name), a.due, a.inTime())
		g.excluded(t)
		a.claimed(t).closes(t.row.BlockTime)
		a.breaks(reconcile.WrongAddress)
	}},
	{name: "wrong asset", stage: func(g *director) {
		a := g.lapsed(g.provider()).alone()
		t := g.transfer(a.address, a.due, a.inTime())
		t.row.Asset = Asset(Ethereum, "USDC").ID
		g.stray(reconcile.WrongAsset, t)
		a.breaks(reconcile.WrongAsset)
	}},
	{name: "wrong asset, called paid", stage: func(g *director) {
		a := g.sold().alone()
		t := g.transfer(a.address, a.due, a.inTime())
		t.row.Asset = Asset(Ethereum, "USDC").ID
		g.stray(reconcile.WrongAsset, t)
		a.closes(t.row.BlockTime).breaks(reconcile.WrongAsset)
	}},
	{name: "one transaction for two orders", stage: func(g *director) {
		a, b := g.order("blockatm", "SUCCESS").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Minute)
		t := a.pays(a.due, a.created+10*reconcile.Minute)
		a.claimed(t).closes(t.row.BlockTime)
		b.claimed(t).closes(t.row.BlockTime).breaks(reconcile.TXIDReused)
	}},
	{name: "unknown money", stage: func(g *director) {
		at := Window.From + reconcile.Hour + reconcile.Instant(g.Int64N(int64(90*reconcile.Hour)))
		g.stray(reconcile.UnknownTransfer, g.transfer(Address(cashiers[g.IntN(len(cashiers))]), g.amount(), at))
		g.sold().settled()
	}},
	{name: "missed: never arrived", stage: func(g *director) {
		a := g.sold()
		t := a.pays(a.due, a.inTime())
		a.settles(t.row.BlockTime + reconcile.Minute)
		if g.chance(500) {
			a.shop.Status("CREATED")
		}
		a.breaks(reconcile.MissedWebhook)
	}},
	{name: "missed: refused", stage: func(g *director) {
		a := g.sold()
		t := a.pays(a.due, a.inTime())
		a.closes(t.row.BlockTime)
		g.w.calls[len(g.w.calls)-1].Answered([]int{500, 403, 302}[g.IntN(3)])
		a.breaks(reconcile.MissedWebhook)
	}},
	{name: "missed: forged only", forge: true, stage: func(g *director) {
		a := g.sold()
		t := a.pays(a.due, a.inTime())
		a.closes(t.row.BlockTime)
		g.w.calls[len(g.w.calls)-1].Forged()
		g.claims[a.name] = reconcile.UnverifiedWebhook
		a.breaks(reconcile.MissedWebhook)
	}},
	{name: "forged beside a good one", forge: true, stage: func(g *director) {
		a := g.sold().settled()
		a.notified(a.inTime() + reconcile.Hour).Forged()
		g.claims[a.name] = reconcile.UnverifiedWebhook
	}},
	{name: "not applied", stage: func(g *director) {
		a := g.sold().settled()
		a.shop.Status("CREATED")
		a.breaks(reconcile.WebhookNotApplied)
	}},
	{name: "paid in our book only", stage: func(g *director) {
		a := g.order(g.provider(), "EXPIRED")
		a.settles(a.expires + reconcile.Minute)
		a.shop.Status("PAID")
		a.breaks(reconcile.StatusConflict)
	}},
	{name: "paid at the provider only", stage: func(g *director) {
		a := g.sold().settled()
		a.shop.Status("CANCELLED")
		a.breaks(reconcile.StatusConflict)
	}},
	{name: "in the provider's book only", stage: func(g *director) {
		g.sold().settled().withoutShop().breaks(reconcile.MissingOrder)
	}},
	{name: "in our book only", stage: func(g *director) {
		a := g.order("blockatm", "SUCCESS").alone().withoutBook()
		a.pays(a.due, a.inTime())
		a.breaks(reconcile.MissingOrder)
	}},
	{name: "in our book only, without money", stage: func(g *director) {
		g.order("blockatm", "SUCCESS").alone().withoutBook().breaks(reconcile.MissingOrder, reconcile.MissingTransfer)
	}},

	{name: "awaiting payment", stage: func(g *director) {
		g.order(g.provider(), waiting).schedule(Window.To - 10*reconcile.Minute).is(reconcile.OutcomeOpen)
	}},
	{name: "awaiting the rest", stage: func(g *director) {
		a := g.order(g.provider(), waiting).alone().schedule(Window.To - 20*reconcile.Minute)
		a.pays(percent(a.due, 40), Window.To-15*reconcile.Minute)
		a.is(reconcile.OutcomeOpen)
	}},
	{name: "awaiting confirmation", stage: func(g *director) {
		a := g.order(g.provider(), waiting).schedule(Window.To - 20*reconcile.Minute)
		a.pays(a.due, Window.To-10*reconcile.Minute)
		a.is(reconcile.OutcomeOpen)
	}},
	{name: "awaiting finality", stage: func(g *director) {
		a := g.sold().schedule(Window.To - 20*reconcile.Minute)
		t := a.pays(a.due, Window.To-10*reconcile.Minute)
		t.Pending()
		a.got = money.Units{}
		a.claimed(t).closes(t.row.BlockTime)
		a.is(reconcile.OutcomeOpen)
	}},
	{name: "awaiting the webhook", stage: func(g *director) {
		a := g.sold().schedule(Window.To - 2*reconcile.Hour)
		t := a.pays(a.due, a.inTime())
		a.claimed(t).settles(t.row.BlockTime + reconcile.Minute)
		a.is(reconcile.OutcomeOpen)
	}},
	{name: "awaiting application", stage: func(g *director) {
		a := g.sold().schedule(Window.To - 20*reconcile.Minute)
		t := a.pays(a.due, Window.To-10*reconcile.Minute)
		a.claimed(t).closes(t.row.BlockTime)
		a.shop.Status("CREATED")
		a.is(reconcile.OutcomeOpen)
	}},
	{name: "cut off at the end", stage: func(g *director) {
		a := g.sold().schedule(Window.To - 5*reconcile.Minute)
		t := a.pays(a.due, Window.To+5*reconcile.Minute)
		a.got = money.Units{}
		a.claimed(t).closes(t.row.BlockTime)
		a.is(reconcile.OutcomeOpen)
	}},
	{name: "cut off at the start", stage: func(g *director) {
		a := g.sold().schedule(Window.From - 5*reconcile.Minute)
		t := a.pays(a.due, Window.From+5*reconcile.Minute)
		a.called = false
		a.claimed(t).closes(t.row.BlockTime)
		a.is(reconcile.OutcomeOpen)
	}},

	{name: "equal amounts, one after the other", clean: true, stage: func(g *director) {
		a, b := g.order("blockatm", "SUCCESS").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Hour)
		for _, x := range []*act{a, b} {
			x.closes(x.pays(x.due, x.inTime()).row.BlockTime)
		}
	}},
	{name: "equal amounts, told apart by payer", clean: true, stage: func(g *director) {
		a, b := g.order("blockatm", "SUCCESS").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Minute)
		for _, x := range []*act{a, b} {
			x.book.Payer(x.customer)
			t := x.pays(x.due, a.created+10*reconcile.Minute+reconcile.Instant(g.Int64N(int64(10*reconcile.Minute)))).From(x.customer)
			x.closes(t.row.BlockTime)
		}
	}},
	{name: "equal amounts, a trap for the first come", clean: true, stage: func(g *director) {
		// The earlier transfer fits both orders, the later one the longer order only.
		a, b := g.order("blockatm", "SUCCESS").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.costs(a.due).schedule(a.created)
		a.expires = a.created + reconcile.Hour
		a.set()
		b.closes(b.pays(b.due, a.created+12*reconcile.Minute).row.BlockTime)
		a.closes(a.pays(a.due, a.created+45*reconcile.Minute).row.BlockTime)
	}},
	{name: "equal amounts of one customer, one paid", stage: func(g *director) {
		a, b := g.order("blockatm", "EXPIRED").shared(nil), g.order("blockatm", "EXPIRED").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Minute).belongsTo(a.customer)
		a.settles(a.expires + reconcile.Minute)
		b.settles(b.expires + reconcile.Minute)
		a.pays(a.due, a.created+10*reconcile.Minute)
		a.breaks(reconcile.LostOrder)
	}},
	{name: "equal amounts of one customer, one called paid", clean: true, stage: func(g *director) {
		a, b := g.order("blockatm", "EXPIRED").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Minute).belongsTo(a.customer)
		a.settles(a.expires + reconcile.Minute)
		b.closes(b.pays(b.due, a.created+10*reconcile.Minute).row.BlockTime)
	}},

	{name: "equal amounts of two customers, one paid", deep: true, stage: func(g *director) {
		a, b := g.order("blockatm", "EXPIRED").shared(nil), g.order("blockatm", "EXPIRED").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Minute)
		for _, x := range []*act{a, b} {
			x.settles(x.expires + reconcile.Minute)
			x.breaks(reconcile.AmbiguousPayment)
			x.grouped = true
		}
		g.stray(reconcile.AmbiguousPayment, g.transfer(a.address, a.due, a.created+10*reconcile.Minute))
	}},
	{name: "equal amounts of two customers, both paid", deep: true, stage: func(g *director) {
		a, b := g.order("blockatm", "SUCCESS").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.costs(a.due).schedule(a.created + reconcile.Minute)
		for i, x := range []*act{a, b} {
			x.breaks(reconcile.AmbiguousPayment)
			x.grouped = true
			t := g.transfer(a.address, a.due, a.created+reconcile.Instant(10+i)*reconcile.Minute)
			g.stray(reconcile.AmbiguousPayment, t)
			x.closes(t.row.BlockTime)
		}
	}},
	{name: "split over a shared address", clean: true, deep: true, stage: func(g *director) {
		a := g.order("blockatm", "SUCCESS").shared(nil)
		a.book.Payer(a.customer)
		part := percent(a.due, 30+g.Uint64N(40))
		a.pays(part, a.created+5*reconcile.Minute).From(a.customer)
		t := a.pays(a.due.Sub(part), a.created+9*reconcile.Minute).From(a.customer)
		a.closes(t.row.BlockTime)
	}},
	{name: "batch of one payer", clean: true, deep: true, stage: func(g *director) {
		a, b := g.order("blockatm", "SUCCESS").shared(nil), g.order("blockatm", "SUCCESS").shared(nil)
		b.schedule(a.created + reconcile.Minute).belongsTo(a.customer)
		t := g.transfer(a.address, a.due.Add(b.due), a.created+10*reconcile.Minute).From(a.customer)
		for _, x := range []*act{a, b} {
			x.book.Payer(a.customer)
			x.owns(t, x.due)
			x.closes(t.row.BlockTime)
		}
	}},
	{name: "wrong chain", deep: true, stage: func(g *director) {
		a := g.lapsed(g.provider()).alone()
		t := g.transfer(a.address, a.due, a.inTime()).On(Polygon, "USDT")
		g.stray(reconcile.WrongChain, t)
		a.breaks(reconcile.WrongChain)
	}},
	{name: "claimed transaction reverted", deep: true, stage: func(g *director) {
		a := g.sold()
		a.book.Claims("reverted of " + a.name)
		g.w.Facts = append(g.w.Facts, reconcile.TXFact{Chain: Ethereum, TXID: TXID("reverted of " + a.name), Status: reconcile.TXReverted})
		a.closes(a.inTime()).breaks(reconcile.FailedTransaction)
	}},
	{name: "misreported", deep: true, stage: func(g *director) {
		a := g.sold().settled()
		a.book.row.Recorded = money.NewQuantity(a.due.Sub(percent(a.due, 10)), 6)
		a.breaks(reconcile.AmountMisreported)
	}},
	{name: "tampered price", deep: true, stage: func(g *director) {
		a := g.sold()
		low := percent(a.due, 50)
		a.book.row.Due = money.NewQuantity(low, 6)
		t := a.pays(low, a.inTime())
		a.claimed(t).closes(t.row.BlockTime)
		a.breaks(reconcile.DueConflict, reconcile.Underpaid)
	}},
	{name: "a delivery contradicts the chain", deep: true, stage: func(g *director) {
		a := g.sold().settled()
		d := g.w.calls[len(g.w.calls)-1].Amount("1")
		d.row.Amount = money.NewQuantity(a.due.Add(one), 6)
		a.breaks(reconcile.WebhookConflict)
	}},
	{name: "a delivery for no order", deep: true, stage: func(g *director) {
		a := g.sold().settled()
		ghost := "ghost of " + a.name
		g.w.Delivery(ghost, "10:00").Provider(a.provider).Status(a.word).At(a.inTime())
		g.claims[ghost] = reconcile.UnknownWebhook
	}},
	{name: "stale", deep: true, stage: func(g *director) {
		a := g.order(g.provider(), waiting)
		a.schedule(Window.From + reconcile.Instant(g.Int64N(int64(40*reconcile.Hour))))
		a.breaks(reconcile.StaleOrder)
	}},
	{name: "credited another amount", deep: true, stage: func(g *director) {
		a := g.sold().settled()
		a.shop.row.Recorded = money.NewQuantity(a.due.Sub(percent(a.due, 5)), 6)
		a.breaks(reconcile.CreditMismatch)
	}},
	{name: "an excess that was refunded", deep: true, stage: func(g *director) {
		a := g.sold().alone()
		excess := percent(a.due, 1+g.Uint64N(40))
		t := a.pays(a.due.Add(excess), a.inTime())
		a.closes(t.row.BlockTime)
		a.breaks(reconcile.Overpaid)
		a.refunded(t, excess)
	}},
	{name: "an excess of which a part was refunded", deep: true, stage: func(g *director) {
		a := g.sold().alone()
		excess := percent(a.due, 10+g.Uint64N(40))
		t := a.pays(a.due.Add(excess), a.inTime())
		a.closes(t.row.BlockTime)
		a.breaks(reconcile.Overpaid)
		a.refunded(t, percent(excess, 40))
	}},
	{name: "a duplicate that was refunded", deep: true, stage: func(g *director) {
		a := g.sold().alone()
		t := a.pays(a.due, a.inTime())
		a.closes(t.row.BlockTime)
		u := a.pays(a.due, t.row.BlockTime+reconcile.Minute)
		a.claimed(t).breaks(reconcile.DuplicatePayment)
		a.refunded(u, a.due)
	}},
	{name: "a sale that was taken back", deep: true, stage: func(g *director) {
		a := g.sold().alone().settled()
		a.refunded(a.paid[0], a.due)
	}},
	{name: "refunded twice", deep: true, stage: func(g *director) {
		a := g.sold().alone().settled()
		a.refunded(a.paid[0], a.due).row.OrderNo = a.name
		a.refunded(a.paid[0], percent(a.due, 50)).row.OrderNo = a.name
		a.breaks(reconcile.RefundExceeds)
	}},
	{name: "money out that nobody recorded", deep: true, stage: func(g *director) {
		a := g.sold().alone().settled()
		out := g.transfer(Address("supplier"), percent(a.due, 50), a.created+reconcile.Hour)
		out.row.From = a.address
		g.stray(reconcile.UnmatchedRefund, out)
	}},
}

// waiting is what both providers call an order that waits.
const waiting = "PENDING"
