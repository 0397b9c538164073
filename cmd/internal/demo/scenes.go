package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// cleanOrders is how many orders nothing is wrong with.
const cleanOrders = 262

// tell makes the whole day: clean orders, then everything that goes wrong.
func tell() *story {
	s := &story{}
	s.clean(rand.New(rand.NewPCG(17, 3)))
	s.lost()
	s.webhooksThatWentWrong()
	s.amountsThatDiffer()
	s.severalTransfers()
	s.paidWithoutMoney()
	s.booksThatDiffer()
	s.damagedRows()
	s.stillOpen()
	s.sharedTill()
	s.strangeMoney()
	return s
}

// prices are the shop's, in cents: equal amounts are the rule, not the exception.
var prices = []int64{9_90, 14_90, 19_00, 24_50, 29_90, 39_00, 49_00, 49_00, 79_00, 99_00, 129_00, 199_00, 249_00, 499_00}

// clean orders are the bulk: paid in time, notified, credited; a few expired
// unpaid. Every other one of cashier 1 is paid at the shared till.
func (s *story) clean(rnd *rand.Rand) {
	for i := range cleanOrders {
		created := day.Add(time.Duration(rnd.IntN(11*60)+rnd.IntN(11*60)) * time.Minute)
		if i%6 == 0 { // some on the days before
			created = created.AddDate(0, 0, -1-i%3)
		}
		o := s.order(fmt.Sprintf("S-%04d", 1000+i), []string{"cashier1", "cashier2", "bvnk"}[i%3], created, prices[rnd.IntN(len(prices))])
		o.customer = fmt.Sprintf("C%03d", rnd.IntN(120)+1)
		o.other = i%12 == 0 || i%9 == 2 // cashier 1 before it moved to V2, and BVNK's new payins
		switch {
		case o.provider == "bvnk" && i%2 == 0:
			o.chain = &bsc
		case o.provider == "cashier1" && i%2 == 0:
			o.payTo = till
		}
		if i%17 == 0 {
			s.expire(o)
			continue
		}
		s.settle(o, o.created.Add(time.Duration(90+rnd.IntN(19*60))*time.Second))
	}
}

// lost orders: the money is there, the provider does not call them paid.
func (s *story) lost() {
	in := s.expired("L-IN-TIME", "cashier1", clock(9, 0), 120_00)
	in.verdict = broken("lost_order")
	s.pay(in, 120_00, clock(9, 12)).verdict = in.verdict

	after := s.expired("L-LATE", "cashier2", clock(9, 30), 80_00)
	after.verdict = broken("lost_order", "late_payment")
	s.pay(after, 80_00, clock(11, 0)).verdict = after.verdict

	over := s.expired("L-OVER", "cashier1", clock(10, 0), 100_00)
	over.verdict = broken("lost_order", "late_payment", "overpaid")
	s.pay(over, 120_00, clock(11, 30)).verdict = over.verdict

	cancelled := s.order("L-CANCELLED", "cashier1", clock(10, 30), 45_00)
	cancelled.status, cancelled.shop = "CANCELLED", "cancelled"
	cancelled.verdict = broken("lost_order")
	s.pay(cancelled, 45_00, clock(10, 40)).verdict = cancelled.verdict

	inexact := s.expired("L-INEXACT", "cashier2", clock(12, 0), 60_00)
	inexact.verdict = broken("lost_order", "underpaid")
	s.pay(inexact, 59_50, clock(12, 10)).verdict = inexact.verdict

	stuck := s.order("L-STUCK", "cashier1", clock(13, 0), 210_00) // seen by the provider, never completed
	stuck.verdict = broken("lost_order")
	m := s.pay(stuck, 210_00, clock(13, 9))
	stuck.claims, m.verdict = m.tx, stuck.verdict
}

func (s *story) webhooksThatWentWrong() {
	// Two days ago, so that the provider's retries are over; our book still waits.
	paid := func(no, provider string, hour int, due int64) (*order, *move) {
		o := s.order(no, provider, clock(hour-48, 0), due)
		m := s.pay(o, due, o.created.Add(8*time.Minute))
		o.confirm(m)
		return o, m
	}
	never, _ := paid("W-NEVER", "cashier1", 8, 75_00)
	never.verdict = broken("missed_webhook")

	refused, m := paid("W-REFUSED", "cashier1", 9, 66_00)
	refused.verdict = broken("missed_webhook")
	var retry time.Duration
	for i, wait := range []time.Duration{time.Minute, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 24 * time.Hour} {
		retry += wait
		if h := s.notify(refused, m.at.Add(retry), 500); i == 0 { // the break is told once
			h.verdict = broken("missed_webhook")
		}
	}

	forged, m := paid("W-SIGNATURE", "cashier2", 10, 33_00)
	forged.verdict = broken("missed_webhook")
	h := s.notify(forged, m.at.Add(2*time.Minute), 401)
	h.forged, h.verdict = true, broken("missed_webhook", "unverified_webhook")

	unapplied := s.order("W-UNAPPLIED", "cashier1", clock(14, 0), 51_00)
	unapplied.confirm(s.pay(unapplied, 51_00, clock(14, 8)))
	unapplied.verdict = broken("webhook_not_applied")
	s.notify(unapplied, clock(14, 10), 200).verdict = unapplied.verdict

	// Somebody claims an order that nobody has.
	stranger := &order{no: "X-STRANGER", provider: "cashier1", chain: &ethereum, customer: "C001", due: 999_00, status: "SUCCESS", claims: ethereum.txid("stranger")}
	h = s.notify(stranger, clock(15, 0), 401)
	h.forged, h.verdict = true, broken("unverified_webhook")
}

func (s *story) amountsThatDiffer() {
	over := s.order("A-OVER", "bvnk", clock(8, 0), 90_00)
	over.verdict = broken("overpaid")
	m := s.pay(over, 93_00, clock(8, 20))
	m.verdict, over.recorded = over.verdict, 93_00
	over.confirm(m) // COMPLETE: BVNK has no word for it
	s.notify(over, clock(8, 22), 200)
	over.credit()

	under := s.order("A-UNDER", "bvnk", clock(8, 30), 150_00)
	under.chain, under.verdict = &bsc, broken("underpaid")
	m = s.pay(under, 149_00, clock(8, 50))
	m.verdict, under.recorded = under.verdict, 149_00
	under.confirm(m)
	under.status = "UNDERPAID"
	s.notify(under, clock(8, 52), 200)
	under.credit()

	// BVNK keeps an order expired when its money comes late, and credits it at the new rate.
	tardy := s.expired("A-LATE", "bvnk", clock(7, 0), 70_00)
	tardy.verdict = broken("late_payment")
	m = s.pay(tardy, 70_00, clock(12, 30))
	m.verdict = tardy.verdict
	tardy.claims, tardy.recorded, tardy.settled = m.tx, 70_00, 63_70
	s.notify(tardy, m.at.Add(3*time.Minute), 200).event = late

	// Late at BlockATM, and completed by hand since.
	byHand := s.order("A-BY-HAND", "cashier1", clock(15, 0), 58_00)
	byHand.verdict = broken("late_payment")
	m = s.pay(byHand, 58_00, clock(16, 0))
	m.verdict = byHand.verdict
	byHand.confirm(m)
	s.notify(byHand, clock(17, 0), 200)
	byHand.credit()
}

func (s *story) severalTransfers() {
	twice := s.order("A-TWICE", "cashier1", clock(11, 0), 40_00)
	twice.verdict = broken("duplicate_payment")
	s.settle(twice, clock(11, 5))
	s.pay(twice, 40_00, clock(11, 9)).verdict = twice.verdict

	split := s.order("A-SPLIT", "cashier1", clock(12, 0), 110_00)
	split.verdict = agreed
	split.confirm(s.pay(split, 60_00, clock(12, 5)))
	s.pay(split, 50_00, clock(12, 8))
	s.notify(split, clock(12, 10), 200)
	split.credit()

	// One transaction pays two orders of one customer, each to its own address.
	first, second := s.order("A-BOTH-1", "cashier1", clock(13, 0), 21_00), s.order("A-BOTH-2", "cashier1", clock(13, 1), 34_00)
	second.customer = first.customer
	a, b := s.pay(first, 21_00, clock(13, 12)), s.pay(second, 34_00, clock(13, 12))
	b.tx = a.tx
	first.confirm(a)
	second.confirm(b)
	for _, o := range []*order{first, second} {
		o.verdict = agreed
		s.notify(o, clock(13, 14), 200)
		o.credit()
	}
}

// paidWithoutMoney: the books say paid, the chain knows better.
func (s *story) paidWithoutMoney() {
	called := func(no string, minute int, due int64, kind string) *order {
		o := s.order(no, "cashier1", clock(16, minute), due)
		o.verdict = broken(kind)
		o.call(o.created.Add(9 * time.Minute))
		o.credit()
		return o
	}
	missing := called("N-MISSING", 0, 300_00, "missing_transfer")
	unknown := called("N-TXID", 10, 77_00, "txid_not_found")
	unknown.claims = ethereum.txid("nowhere")

	elsewhere := called("N-ELSEWHERE", 20, 64_00, "wrong_address")
	m := s.pay(elsewhere, 64_00, clock(16, 25))
	m.to, m.verdict, m.pays = ethereum.address("somebody else"), excluded("not_watched"), nil
	elsewhere.claims = m.tx

	owner := s.order("N-OWNER", "cashier1", clock(16, 30), 88_00)
	owner.payTo, owner.verdict = till, agreed
	m = s.settle(owner, clock(16, 35))
	reused := called("N-REUSED", 40, 88_00, "txid_reused")
	reused.payTo, reused.claims = till, m.tx

	for _, o := range []*order{missing, unknown, elsewhere, reused} {
		s.notify(o, o.paidAt.Add(2*time.Minute), 200)
	}

	other := s.expired("N-USDC", "cashier1", clock(17, 0), 55_00)
	other.verdict = broken("wrong_asset")
	m = s.pay(other, 55_00, clock(17, 6))
	m.token, m.verdict = usdc, other.verdict
}

func (s *story) booksThatDiffer() {
	ours := s.expired("B-OURS-PAID", "cashier1", clock(18, 0), 47_00)
	ours.verdict = broken("status_conflict")
	ours.credit()

	theirs := s.order("B-ONLY-THEIRS", "cashier1", clock(18, 10), 39_00)
	theirs.verdict = broken("missing_order")
	s.settle(theirs, clock(18, 15))
	theirs.shop = ""

	shopOnly := s.order("B-ONLY-OURS", "cashier1", clock(18, 20), 29_00)
	shopOnly.absent, shopOnly.verdict = true, broken("missing_order", "missing_transfer")
	shopOnly.credit()

	review := s.order("B-REVIEW", "cashier1", clock(18, 30), 31_00)
	review.status, review.verdict = "REVIEW", undetermined("unknown_status")
}

// damagedRows cannot be read, so nothing is claimed about their orders.
func (s *story) damagedRows() {
	due := s.order("B-DAMAGED", "cashier1", clock(18, 40), 150_00)
	due.shopDue, due.verdict = "15O.00", undetermined("rejected_row") // the letter O
	s.settle(due, clock(18, 45)).verdict = due.verdict

	id := s.order("B-EXCEL", "cashier1", clock(18, 50), 12_00)
	id.spoiled, id.verdict = true, undetermined("rejected_row")
	s.settle(id, clock(18, 55)).verdict = id.verdict
}

func (s *story) stillOpen() {
	s.order("O-WAITING", "cashier1", clock(23, 45), 25_00).verdict = open("awaiting_payment")

	webhook := s.order("O-WEBHOOK", "cashier1", clock(19, 0), 99_00)
	webhook.verdict = open("awaiting_webhook")
	webhook.confirm(s.pay(webhook, 99_00, clock(19, 7)))

	confirmation := s.order("O-CONFIRM", "cashier1", clock(23, 30), 62_00)
	confirmation.verdict = open("awaiting_confirmation")
	s.pay(confirmation, 62_00, clock(23, 41)).verdict = confirmation.verdict

	pending := s.order("O-FINALITY", "cashier2", clock(23, 40), 71_00)
	pending.verdict = open("awaiting_finality")
	m := s.pay(pending, 71_00, clock(23, 59))
	m.pending, m.verdict = true, pending.verdict
	pending.claims = m.tx

	applying := s.order("O-APPLYING", "cashier1", clock(23, 35), 83_00)
	applying.verdict = open("awaiting_application")
	applying.confirm(s.pay(applying, 83_00, clock(23, 50)))
	s.notify(applying, clock(23, 52), 200)

	cut := s.order("O-MIDNIGHT", "cashier1", clock(23, 58), 36_00)
	cut.verdict = open("cut_off")
	m = s.pay(cut, 36_00, clock(24, 5))
	m.verdict = verdict{outcome: "context"}
	cut.confirm(m)

	hold := s.order("O-HOLD", "bvnk", clock(20, 0), 500_00)
	hold.hold, hold.status, hold.verdict = true, "PROCESSING", open("on_hold")
	m = s.pay(hold, 500_00, clock(20, 10))
	hold.claims, m.verdict = m.tx, hold.verdict
}

// sharedTill: lost orders of equal amounts at one address, told apart by time, or
// only together, or not at all.
func (s *story) sharedTill() {
	scan := func(no string, at time.Time, due int64) *order {
		o := s.expired(no, "cashier1", at, due)
		o.payTo, o.verdict = till, broken("lost_order")
		return o
	}
	early, later := scan("T-EARLY", clock(9, 0), 55_55), scan("T-LATER", clock(14, 0), 55_55)
	s.pay(early, 55_55, clock(9, 20)).verdict = early.verdict
	s.pay(later, 55_55, clock(14, 20)).verdict = later.verdict

	// The second transfer fits both orders, but the first fits only one of them.
	one, two := scan("T-CHAIN-1", clock(10, 0), 66_66), scan("T-CHAIN-2", clock(10, 20), 66_66)
	s.pay(one, 66_66, clock(10, 10)).verdict = one.verdict
	s.pay(two, 66_66, clock(10, 25)).verdict = two.verdict

	who, whom := scan("T-WHO-1", clock(17, 0), 44_44), scan("T-WHO-2", clock(17, 5), 44_44)
	who.verdict, whom.verdict = broken("ambiguous_payment"), broken("ambiguous_payment")
	m := s.pay(who, 44_44, clock(17, 15))
	m.from, m.verdict, m.pays = ethereum.address("exchange"), who.verdict, nil
}

// strangeMoney is no customer payment, but for one transfer that nobody explains.
func (s *story) strangeMoney() {
	add := func(name, from, to string, micros int64, at time.Time, v verdict) *move {
		m := &move{verdict: v, chain: &ethereum, tx: ethereum.txid(name), token: ethereum.usdt, from: from, to: to, micros: micros, at: ethereum.sealed(at)}
		s.moves = append(s.moves, m)
		return m
	}
	poisoner := ethereum.address("poisoner")
	add("unexplained", ethereum.address("passer-by"), till, 12_340000, clock(10, 12), broken("unknown_transfer"))
	add("sweep", till, treasury, 900_000000, clock(22, 0), excluded("sweep"))
	add("outgoing", till, ethereum.address("supplier"), 15_000000, clock(22, 10), excluded("outgoing"))
	add("top up", treasury, till, 5_000000, clock(22, 20), excluded("top_up"))
	add("dust", poisoner, till, 1000, clock(22, 25), excluded("dust"))
	add("poisoning", poisoner, till, 0, clock(22, 30), excluded("zero_value"))
	add("fake", poisoner, till, 777_000000, clock(22, 40), excluded("not_accepted")).token = ethereum.address("a contract that calls itself USDT")

	swept := tron.txid("sweep")
	s.moves = append(s.moves, &move{verdict: excluded("sweep"), chain: &tron, tx: swept, token: tron.usdt, from: tron.address("L-LATE"), to: tronTreasury, micros: 80_000000,
		at: tron.sealed(clock(22, 0))})
}
