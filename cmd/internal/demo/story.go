package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

var (
	treasury     = address("treasury")
	tronTreasury = tronAddress("treasury")
)

// clock returns a time of the business date.
func clock(hour, minute int) time.Time {
	return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// tell makes the whole day: clean orders, then everything that goes wrong.
func tell() *story {
	s := &story{}
	s.cleanOrders(rand.New(rand.NewPCG(17, 3)))
	s.lostOrders()
	s.webhooksThatWentWrong()
	s.amountsThatDiffer()
	s.paidWithoutMoney()
	s.booksThatDiffer()
	s.stillOpen()
	s.sharedTill()
	s.strangeMoney()
	return s
}

// cleanOrders are the bulk: paid in time, notified, credited; a few expired unpaid.
func (s *story) cleanOrders(rnd *rand.Rand) {
	for i := range 262 {
		created := day.Add(time.Duration(rnd.IntN(22*60)) * time.Minute)
		if i%6 == 0 { // some on the days before
			created = created.AddDate(0, 0, -1-i%3)
		}
		o := s.order(fmt.Sprintf("S-%04d", 1000+i), []string{"cashier1", "cashier2", "bvnk"}[i%3], created, 500+rnd.Int64N(50_000))
		o.customer = fmt.Sprintf("C%03d", rnd.IntN(120))
		if o.provider == "bvnk" && i%2 == 0 {
			o.chain = &bsc
			o.payTo = address(o.no)
		}
		if i%17 == 0 {
			o.status, o.shop = "EXPIRED", "expired"
			continue
		}
		s.settle(o, created.Add(time.Duration(2+rnd.IntN(20))*time.Minute))
	}
}

// order makes an unpaid order with an address of its own.
func (s *story) order(no, provider string, created time.Time, due int64) *order {
	o := &order{no: no, provider: provider, chain: &ethereum, customer: "C-" + no, due: due, created: created, expires: created.Add(30 * time.Minute),
		status: "PENDING", payTo: address(no), shop: "pending", credited: -1}
	if provider == "cashier2" {
		o.chain, o.payTo = &tron, tronAddress(no)
	}
	if provider == "bvnk" {
		o.expires = created.Add(3 * time.Hour)
	}
	s.orders = append(s.orders, o)
	return o
}

// pay moves money to an order's address.
func (s *story) pay(o *order, cents int64, at time.Time) string {
	tx := txid(o.chain, fmt.Sprint(o.no, len(s.moves)))
	from := address("customer " + o.customer)
	if o.chain == &tron {
		from = tronAddress("customer " + o.customer)
	}
	s.moves = append(s.moves, move{chain: o.chain, tx: tx, from: from, to: o.payTo, cents: cents, at: at})
	return tx
}

// settle pays an order exactly and lets every witness know.
func (s *story) settle(o *order, at time.Time) {
	o.claims = s.pay(o, o.due, at)
	s.confirm(o, at)
	s.notify(o, at.Add(2*time.Minute), 200)
	s.credit(o)
}

// confirm lets the provider call the order paid.
func (s *story) confirm(o *order, at time.Time) {
	o.status, o.paidAt = "SUCCESS", at
	if o.provider == "bvnk" {
		o.status = "COMPLETE"
	}
}

func (s *story) credit(o *order) { o.shop, o.credited = "paid", o.due }

func (s *story) notify(o *order, at time.Time, response int) {
	event := "bvnk:payment:crypto:status-change"
	s.hooks = append(s.hooks, hook{order: o, at: at, status: o.status, event: event, response: response})
}

func (s *story) expect(subject, outcome, kinds, state string) {
	s.expected = append(s.expected, expectation{subject, outcome, kinds, state})
}

// expired makes an order that the provider and the shop let expire.
func (s *story) expired(no, provider string, created time.Time, due int64) *order {
	o := s.order(no, provider, created, due)
	o.status, o.shop = "EXPIRED", "expired"
	return o
}

func (s *story) lostOrders() {
	in := s.expired("L-IN-TIME", "cashier1", clock(9, 0), 120_00)
	s.pay(in, 120_00, clock(9, 12))
	s.expect(in.no, "break", "lost_order", "")

	late := s.expired("L-LATE", "cashier2", clock(9, 30), 80_00)
	s.pay(late, 80_00, clock(11, 0))
	s.expect(late.no, "break", "late_payment|lost_order", "")

	over := s.expired("L-OVER", "cashier1", clock(10, 0), 100_00)
	s.pay(over, 120_00, clock(11, 30))
	s.expect(over.no, "break", "late_payment|lost_order|overpaid", "")

	cancelled := s.expired("L-CANCELLED", "cashier1", clock(10, 30), 45_00)
	cancelled.status, cancelled.shop = "CANCELLED", "cancelled"
	s.pay(cancelled, 45_00, clock(10, 40))
	s.expect(cancelled.no, "break", "lost_order", "")

	inexact := s.expired("L-INEXACT", "cashier2", clock(12, 0), 60_00)
	s.pay(inexact, 59_50, clock(12, 10))
	s.expect(inexact.no, "break", "lost_order|underpaid", "")

	processing := s.order("L-STUCK", "cashier1", clock(13, 0), 210_00)
	processing.claims = s.pay(processing, 210_00, clock(13, 9))
	s.expect(processing.no, "break", "lost_order", "")
}

func (s *story) webhooksThatWentWrong() {
	old := day.AddDate(0, 0, -2) // the provider's retries are over
	never := s.order("W-NEVER", "cashier1", old.Add(8*time.Hour), 75_00)
	never.claims = s.pay(never, 75_00, old.Add(8*time.Hour+9*time.Minute))
	s.confirm(never, old.Add(8*time.Hour+9*time.Minute))
	s.expect(never.no, "break", "missed_webhook", "")

	refused := s.order("W-REFUSED", "cashier1", old.Add(9*time.Hour), 66_00)
	refused.claims = s.pay(refused, 66_00, old.Add(9*time.Hour+5*time.Minute))
	s.confirm(refused, old.Add(9*time.Hour+5*time.Minute))
	for _, after := range []time.Duration{7 * time.Minute, 8 * time.Minute, 13 * time.Minute, 43 * time.Minute, 3 * time.Hour, 27 * time.Hour} {
		s.notify(refused, refused.created.Add(after), 500)
	}
	s.expect(refused.no, "break", "missed_webhook", "")

	forged := s.order("W-SIGNATURE", "cashier2", old.Add(10*time.Hour), 33_00)
	forged.claims = s.pay(forged, 33_00, old.Add(10*time.Hour+4*time.Minute))
	s.confirm(forged, old.Add(10*time.Hour+4*time.Minute))
	s.hooks = append(s.hooks, hook{order: forged, at: old.Add(10*time.Hour + 6*time.Minute), status: "SUCCESS", response: 401, forged: true})
	s.expect(forged.no, "break", "missed_webhook", "")

	unapplied := s.order("W-UNAPPLIED", "cashier1", clock(14, 0), 51_00)
	unapplied.claims = s.pay(unapplied, 51_00, clock(14, 8))
	s.confirm(unapplied, clock(14, 8))
	s.notify(unapplied, clock(14, 10), 200)
	s.expect(unapplied.no, "break", "webhook_not_applied", "")

	stranger := &order{no: "X-STRANGER", provider: "cashier1", chain: &ethereum, due: 999_00, payTo: address("x")}
	s.hooks = append(s.hooks, hook{order: stranger, at: clock(15, 0), status: "SUCCESS", response: 401, forged: true})
}

func (s *story) amountsThatDiffer() {
	over := s.order("A-OVER", "bvnk", clock(8, 0), 90_00)
	over.claims, over.recorded = s.pay(over, 93_00, clock(8, 20)), 93_00
	s.confirm(over, clock(8, 20))
	s.notify(over, clock(8, 22), 200)
	s.credit(over)
	s.expect(over.no, "break", "overpaid", "")

	under := s.order("A-UNDER", "bvnk", clock(8, 30), 150_00)
	under.claims, under.recorded = s.pay(under, 149_00, clock(8, 50)), 149_00
	s.confirm(under, clock(8, 50))
	under.status = "UNDERPAID"
	s.notify(under, clock(8, 52), 200)
	s.credit(under)
	s.expect(under.no, "break", "underpaid", "")

	late := s.expired("A-LATE", "bvnk", clock(7, 0), 70_00)
	late.recorded = 70_00
	late.claims = s.pay(late, 70_00, clock(12, 30))
	s.hooks = append(s.hooks, hook{order: late, at: clock(12, 33), status: "EXPIRED", event: "bvnk:payment:crypto:transaction-late", response: 200})
	s.expect(late.no, "break", "late_payment", "")

	byHand := s.order("A-BY-HAND", "cashier1", clock(15, 0), 58_00)
	byHand.claims = s.pay(byHand, 58_00, clock(16, 0))
	s.confirm(byHand, clock(16, 0))
	s.notify(byHand, clock(17, 0), 200)
	s.credit(byHand)
	s.expect(byHand.no, "break", "late_payment", "")

	twice := s.order("A-TWICE", "cashier1", clock(11, 0), 40_00)
	s.settle(twice, clock(11, 5))
	s.pay(twice, 40_00, clock(11, 9))
	s.expect(twice.no, "break", "duplicate_payment", "")

	split := s.order("A-SPLIT", "cashier1", clock(12, 0), 110_00)
	split.claims = s.pay(split, 60_00, clock(12, 5))
	s.pay(split, 50_00, clock(12, 8))
	s.confirm(split, clock(12, 8))
	s.notify(split, clock(12, 10), 200)
	s.credit(split)
	s.expect(split.no, "agreed", "", "")

	// One transaction pays two orders, each to its own address.
	first, second := s.order("A-BOTH-1", "cashier1", clock(13, 0), 21_00), s.order("A-BOTH-2", "cashier1", clock(13, 1), 34_00)
	tx := s.pay(first, 21_00, clock(13, 12))
	s.moves = append(s.moves, move{chain: &ethereum, tx: tx, from: s.moves[len(s.moves)-1].from, to: second.payTo, cents: 34_00, at: clock(13, 12)})
	for _, o := range []*order{first, second} {
		o.claims = tx
		s.confirm(o, clock(13, 12))
		s.notify(o, clock(13, 14), 200)
		s.credit(o)
		s.expect(o.no, "agreed", "", "")
	}
}

func (s *story) paidWithoutMoney() {
	called := func(no string, at time.Time, due int64) *order {
		o := s.order(no, "cashier1", at, due)
		s.confirm(o, at.Add(9*time.Minute))
		s.notify(o, at.Add(11*time.Minute), 200)
		s.credit(o)
		return o
	}
	missing := called("N-MISSING", clock(16, 0), 300_00)
	s.expect(missing.no, "break", "missing_transfer", "")

	unknown := called("N-TXID", clock(16, 10), 77_00)
	unknown.claims = txid(&ethereum, "nowhere")
	s.expect(unknown.no, "break", "txid_not_found", "")

	elsewhere := called("N-ELSEWHERE", clock(16, 20), 64_00)
	elsewhere.claims = txid(&ethereum, "elsewhere")
	s.moves = append(s.moves, move{chain: &ethereum, tx: elsewhere.claims, from: address("customer e"), to: address("somebody else"), cents: 64_00, at: clock(16, 25)})
	s.expect(elsewhere.no, "break", "wrong_address", "")

	owner := s.order("N-OWNER", "cashier1", clock(16, 30), 88_00)
	owner.payTo = ethereum.till
	s.settle(owner, clock(16, 35))
	reused := called("N-REUSED", clock(16, 40), 88_00)
	reused.payTo, reused.claims = ethereum.till, owner.claims
	s.expect(owner.no, "agreed", "", "")
	s.expect(reused.no, "break", "txid_reused", "")

	other := s.expired("N-USDC", "cashier1", clock(17, 0), 55_00)
	s.moves = append(s.moves, move{chain: &ethereum, tx: txid(&ethereum, "usdc"), token: ethereum.usdc, from: address("customer u"), to: other.payTo, cents: 55_00, at: clock(17, 6)})
	s.expect(other.no, "break", "wrong_asset", "")
}

func (s *story) booksThatDiffer() {
	ours := s.expired("B-OURS-PAID", "cashier1", clock(18, 0), 47_00)
	s.credit(ours)
	s.expect(ours.no, "break", "status_conflict", "")

	theirs := s.order("B-ONLY-THEIRS", "cashier1", clock(18, 10), 39_00)
	theirs.payTo = ethereum.till
	s.settle(theirs, clock(18, 15))
	theirs.shop = "-"
	s.expect(theirs.no, "break", "missing_order", "")

	shopOnly := s.order("B-ONLY-OURS", "cashier1", clock(18, 20), 29_00)
	shopOnly.noBook = true
	s.credit(shopOnly)
	s.expect(shopOnly.no, "break", "missing_order|missing_transfer", "")

	review := s.order("B-REVIEW", "cashier1", clock(18, 30), 31_00)
	review.status = "REVIEW"
	s.expect(review.no, "undetermined", "", "unknown_status")

	damaged := s.order("B-DAMAGED", "cashier1", clock(18, 40), 1_50)
	damaged.due = -1 // written as 1,5O in the shop's export
	s.expect(damaged.no, "undetermined", "", "rejected_row")
}

func (s *story) stillOpen() {
	waiting := s.order("O-WAITING", "cashier1", clock(23, 45), 25_00)
	s.expect(waiting.no, "open", "", "awaiting_payment")

	webhook := s.order("O-WEBHOOK", "cashier1", clock(19, 0), 99_00)
	webhook.claims = s.pay(webhook, 99_00, clock(19, 7))
	s.confirm(webhook, clock(19, 7))
	s.expect(webhook.no, "open", "", "awaiting_webhook")

	confirmation := s.order("O-CONFIRM", "cashier1", clock(23, 30), 62_00)
	s.pay(confirmation, 62_00, clock(23, 41))
	s.expect(confirmation.no, "open", "", "awaiting_confirmation")

	pending := s.order("O-FINALITY", "cashier2", clock(23, 40), 71_00)
	pending.claims = s.pay(pending, 71_00, clock(23, 59))
	s.moves[len(s.moves)-1].pending = true
	s.expect(pending.no, "open", "", "awaiting_finality")

	applying := s.order("O-APPLYING", "cashier1", clock(23, 35), 83_00)
	applying.claims = s.pay(applying, 83_00, clock(23, 50))
	s.confirm(applying, clock(23, 50))
	s.notify(applying, clock(23, 52), 200)
	s.expect(applying.no, "open", "", "awaiting_application")

	cut := s.order("O-MIDNIGHT", "cashier1", clock(23, 58), 36_00)
	cut.claims = s.pay(cut, 36_00, clock(24, 5))
	s.confirm(cut, clock(24, 5))
	s.expect(cut.no, "open", "", "cut_off")

	hold := s.order("O-HOLD", "bvnk", clock(20, 0), 500_00)
	hold.claims, hold.hold, hold.status = s.pay(hold, 500_00, clock(20, 10)), true, "PROCESSING"
	s.expect(hold.no, "open", "", "on_hold")
}

// sharedTill: orders at one address, told apart by amount and time, or not at all.
func (s *story) sharedTill() {
	scan := func(no string, at time.Time, due int64) *order {
		o := s.expired(no, "cashier1", at, due)
		o.payTo = ethereum.till
		return o
	}
	early, later := scan("T-EARLY", clock(9, 0), 55_55), scan("T-LATER", clock(14, 0), 55_55)
	s.pay(early, 55_55, clock(9, 20))
	s.pay(later, 55_55, clock(14, 20))
	s.expect(early.no, "break", "lost_order", "")
	s.expect(later.no, "break", "lost_order", "")

	one, two := scan("T-WHO-1", clock(17, 0), 44_44), scan("T-WHO-2", clock(17, 5), 44_44)
	s.moves = append(s.moves, move{chain: &ethereum, tx: txid(&ethereum, "who"), from: address("exchange"), to: ethereum.till, cents: 44_44, at: clock(17, 15)})
	s.expect(one.no, "break", "ambiguous_payment", "")
	s.expect(two.no, "break", "ambiguous_payment", "")
}

// strangeMoney is what is no customer payment, and one that nobody explains.
func (s *story) strangeMoney() {
	add := func(name, token, from, to string, cents int64, at time.Time) {
		s.moves = append(s.moves, move{chain: &ethereum, tx: txid(&ethereum, name), token: token, from: from, to: to, cents: cents, at: at})
	}
	till := ethereum.till
	add("unexplained", "", address("customer z"), till, 12_34, clock(10, 10))
	add("sweep", "", till, treasury, 900_00, clock(22, 0))
	add("outgoing", "", till, address("supplier"), 15_00, clock(22, 10))
	add("top up", "", treasury, till, 5_00, clock(22, 20))
	add("poisoning", "", address("poison"), till, 0, clock(22, 30))
	add("fake", address("fake usdt contract"), address("poison"), till, 777_00, clock(22, 40))
	s.moves = append(s.moves, move{chain: &tron, tx: txid(&tron, "tron sweep"), from: tronAddress("L-LATE"), to: tronTreasury, cents: 80_00, at: clock(22, 0)})
}
