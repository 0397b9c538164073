package demo

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// verdict is the truth about an order, a transfer or a delivery. The zero value
// is what most of them deserve: agreed, and not worth a line.
type verdict struct{ outcome, kinds, state string }

var agreed = verdict{outcome: "agreed"} // and worth a line

func broken(kinds ...string) verdict {
	slices.Sort(kinds)
	return verdict{outcome: "break", kinds: strings.Join(kinds, "|")}
}

func open(state string) verdict         { return verdict{outcome: "open", state: state} }
func undetermined(state string) verdict { return verdict{outcome: "undetermined", state: state} }
func excluded(reason string) verdict    { return verdict{outcome: "excluded", state: reason} }

// order is one payment as the story tells it; its amounts are in cents.
type order struct {
	verdict
	no       string
	provider string // cashier1, cashier2, bvnk
	chain    *chain
	customer string
	payTo    string
	due      int64
	created  time.Time
	expires  time.Time

	// The provider's book.
	absent   bool   // it does not have the order
	spoiled  bool   // a spreadsheet rewrote the order's id
	status   string // its word
	claims   string // the TXID that it names
	recorded int64  // what it says was paid; 0 = the due
	settled  int64  // BVNK: what it credited, in euro cents; 0 = at the rate of the order
	paidAt   time.Time
	hold     bool
	other    bool // of the other generation: V1 at BlockATM, v3 at BVNK

	// The shop's book.
	shop     string // its word; "" = it does not have the order
	shopDue  string // the due as its export writes it, where that is no amount
	credited bool
}

// move is one transfer. It carries millionths, since dust is below a cent.
type move struct {
	verdict
	chain    *chain
	tx       string
	token    string
	from, to string
	micros   int64
	at       time.Time
	pending  bool
	pays     *order // whose money it is; nil = nobody can know, or no payment
}

// hook is one webhook delivery.
type hook struct {
	verdict
	order    *order
	at       time.Time
	status   string
	event    string // BVNK's
	seen     bool   // the payment names its transaction
	settled  bool   // and the funds are credited
	response int
	forged   bool
}

// story collects the day.
type story struct {
	orders []*order
	moves  []*move
	hooks  []*hook
}

// clock returns a time of the business date.
func clock(hour, minute int) time.Time {
	return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// jitter is up to a minute, so that nothing happens on the stroke of one.
func jitter(name string) time.Duration {
	sum := sha256.Sum256([]byte("jitter " + name))
	return time.Duration(sum[0]%60) * time.Second
}

// order makes an unpaid order with an address of its own and a customer of its own.
func (s *story) order(no, provider string, created time.Time, due int64) *order {
	o := &order{no: no, provider: provider, chain: &ethereum, customer: fmt.Sprintf("C%03d", len(s.orders)+1), due: due, status: "PENDING", shop: "pending"}
	wait := 30 * time.Minute
	switch provider {
	case "cashier2":
		o.chain = &tron
	case "bvnk":
		wait = 3 * time.Hour
	}
	o.created = created.Add(jitter(no))
	o.expires = o.created.Add(wait)
	o.payTo = o.chain.address(no)
	s.orders = append(s.orders, o)
	return o
}

// expired makes an order that ran out unpaid, as everybody was told.
func (s *story) expired(no, provider string, created time.Time, due int64) *order {
	o := s.order(no, provider, created, due)
	s.expire(o)
	return o
}

func (s *story) expire(o *order) {
	o.status, o.shop = "EXPIRED", "expired"
	s.hooks = append(s.hooks, &hook{order: o, at: o.expires.Add(40 * time.Second), status: "EXPIRED", event: statusChange, response: 200})
}

// payer is the address that a customer pays from.
func (o *order) payer() string { return o.chain.address("customer " + o.customer) }

// pay moves money to an order's address.
func (s *story) pay(o *order, cents int64, at time.Time) *move {
	m := &move{chain: o.chain, tx: o.chain.txid(fmt.Sprint(o.no, len(s.moves))), token: o.chain.usdt, from: o.payer(), to: o.payTo, micros: cents * 10_000,
		at: o.chain.sealed(at), pays: o}
	s.moves = append(s.moves, m)
	return m
}

// confirm lets the provider call the order paid by a transfer.
func (o *order) confirm(m *move) {
	o.claims = m.tx
	o.call(m.at)
}

// call lets the provider call the order paid.
func (o *order) call(at time.Time) {
	o.status, o.paidAt = "SUCCESS", at
	if o.provider == "bvnk" {
		o.status = "COMPLETE"
	}
}

// The events of BVNK that the demo needs.
const (
	statusChange = "bvnk:payment:crypto:status-change"
	late         = "bvnk:payment:crypto:transaction-late"
)

// notify sends the order's status.
func (s *story) notify(o *order, at time.Time, response int) *hook {
	h := &hook{order: o, at: at.Add(jitter(o.no)), status: o.status, event: statusChange, seen: o.claims != "", settled: true, response: response}
	s.hooks = append(s.hooks, h)
	return h
}

func (o *order) credit() { o.shop, o.credited = "paid", true }

// settle pays an order exactly and lets every witness know.
func (s *story) settle(o *order, at time.Time) *move {
	m := s.pay(o, o.due, at)
	o.confirm(m)
	if o.provider == "bvnk" {
		s.hooks = append(s.hooks, &hook{order: o, at: m.at.Add(20 * time.Second), status: "PROCESSING", event: statusChange, seen: true, response: 200})
	}
	s.notify(o, m.at.Add(2*time.Minute), 200)
	o.credit()
	return m
}
