package reconciletest

import (
	"fmt"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// World is one situation under construction. Its sources are those that were
// spoken of: a webhook log is configured once there is a delivery (or
// WebhookLog was called), a merchant book once Merchant was called. What is
// configured is complete for all time, until told otherwise.
//
// Words that a scenario uses: an order's name is its order number, its
// provider's id is "P-" and the name. Addresses and transactions are any names.
// Every order has an address of its own unless PayTo says otherwise, and asks
// for USDT on Ethereum. Amounts are decimals in units of the asset.
type World struct {
	Policy   reconcile.Policy // DefaultPolicy over Window with the test profiles; change it at will
	Facts    []reconcile.TXFact
	Gaps     []reconcile.Gap    // of the transfers, beside those of Covers
	Unread   []reconcile.Reject // rows of the BlockATM book that could not be read
	Garbled  []reconcile.Reject // rows of the transfer file that could not be read
	Spoilt   []reconcile.Reject // rows of the refund book that could not be read
	orders   []*Order
	moves    []*Transfer
	dropped  []*Transfer // rows that are not there any more, and still have a name
	calls    []*Delivery
	returns  []*Refund
	hears    bool // a webhook log is configured
	repays   bool // a refund book is configured
	limits   map[string]reconcile.Interval
	declared map[string]bool // of limits, those without a gap
	failures map[string]string
}

// Names of the sources of a World, for Covers and Fails. The provider books and
// webhook logs are one source a provider; these stand for all of them.
const (
	Books    = "books"
	Shop     = "shop"
	Webhooks = "webhooks"
	Refunds  = "refunds"
	Chain    = "chain"
)

// New returns an empty world.
func New() *World {
	policy := reconcile.DefaultPolicy()
	policy.Window = Window
	policy.Profiles = Profiles()
	policy.Rates = map[string]money.Quantity{"USDT": Quantity("1"), "USDC": Quantity("1")}
	return &World{Policy: policy, limits: map[string]reconcile.Interval{}, declared: map[string]bool{}, failures: map[string]string{}}
}

// Order adds a row of the provider's book: a BlockATM order of 100 USDT, called
// SUCCESS, created at 10:00 to expire at 10:30.
func (w *World) Order(name string) *Order {
	o := &Order{w: w, name: name, row: reconcile.Order{
		Book: reconcile.BookProvider, OrderID: "P-" + name, OrderNo: name,
		Chain: Ethereum, Asset: Asset(Ethereum, "USDT").ID, PayTo: Address(name),
		Due: Quantity("100"), Created: Clock("10:00"), Expires: Clock("10:30"), Resends: -1,
	}}
	o.Provider("blockatm").Status("SUCCESS")
	w.orders = append(w.orders, o)
	return o
}

// Merchant adds a row of the merchant's own book: 100 USDT due, called PAID. It
// says nothing else; the chain and asset come from the provider's row, where
// there is one, else name them with On.
func (w *World) Merchant(name string) *Order {
	o := &Order{w: w, name: name, row: reconcile.Order{
		Book: reconcile.BookMerchant, Provider: "generic", OrderNo: name,
		Chain: Ethereum, Asset: Asset(Ethereum, "USDT").ID,
		Due: Quantity("100"), Created: Clock("10:00"), Resends: -1,
	}}
	o.Status("PAID")
	w.orders = append(w.orders, o)
	return o
}

// Transfer adds a movement of USDT on Ethereum from a payer to the address
// called to, each in a transaction of its own, final. Its name is that of its
// transaction.
func (w *World) Transfer(name, to, amount, at string) *Transfer {
	t := &Transfer{name: name, source: "chain", row: reconcile.Transfer{
		Chain: Ethereum, TXID: TXID(name), LogIndex: 0, Block: 1, BlockTime: Clock(at),
		Asset: Asset(Ethereum, "USDT").ID, Decimals: -1, Amount: Quantity(amount),
		From: Address("payer of " + name), To: Address(to),
	}}
	t.row.Block = uint64(t.row.BlockTime / (12 * reconcile.Second))
	for _, other := range w.moves {
		if other.row.TXID == t.row.TXID {
			t.row.LogIndex++
		}
	}
	w.moves = append(w.moves, t)
	return t
}

// Delivery adds a webhook delivery for an order: a BlockATM SUCCESS whose
// signature verifies, answered 200.
func (w *World) Delivery(order, at string) *Delivery {
	w.hears = true
	d := &Delivery{w: w, row: reconcile.Delivery{
		OrderID: "P-" + order, OrderNo: order, Received: Clock(at), Requested: Clock(at),
		Response: 200, Signature: reconcile.SignatureValid,
	}}
	d.Provider("blockatm").Status("SUCCESS")
	w.calls = append(w.calls, d)
	return d
}

// WebhookLog configures a webhook log, also where nothing was delivered.
func (w *World) WebhookLog() { w.hears = true }

// RefundBook configures a refund book, also where nothing was refunded.
func (w *World) RefundBook() { w.repays = true }

// Watch lists the addresses to watch, instead of those of the books.
func (w *World) Watch(names ...string) {
	for _, n := range names {
		w.Policy.Watch = append(w.Policy.Watch, Address(n))
	}
}

// Own lists addresses of the merchant's own.
func (w *World) Own(names ...string) {
	for _, n := range names {
		w.Policy.Own = append(w.Policy.Own, Address(n))
	}
}

// Covers narrows what a source, or the book of one provider, is complete for. The rest of the window is a gap.
func (w *World) Covers(source, from, to string) {
	w.limits[source] = reconcile.Interval{From: Clock(from), To: Clock(to)}
}

// Declares is Covers without the gap: what the source set out to read is less than
// the window.
func (w *World) Declares(source, from, to string) {
	w.Covers(source, from, to)
	w.declared[source] = true
}

// Fails makes a source unreadable.
func (w *World) Fails(source, reason string) { w.failures[source] = reason }

// Repair makes a source readable again.
func (w *World) Repair(source string) { delete(w.failures, source) }

// Order is an order row under construction.
type Order struct {
	w    *World
	name string
	row  reconcile.Order
}

// Provider names the profile whose order it is.
func (o *Order) Provider(name string) *Order { o.row.Provider = name; return o }

// Status sets the status word and the state that its profile reads in it.
// Provider comes first.
func (o *Order) Status(word string) *Order {
	o.row.Status = word
	o.row.State = o.w.Policy.Profiles[o.row.Provider].State("", word)
	return o
}

// On asks for another token or chain.
func (o *Order) On(chain, token string) *Order {
	o.row.Chain, o.row.Asset = chain, Asset(chain, token).ID
	return o
}

// Due sets the amount due, "" for an order that does not say.
func (o *Order) Due(amount string) *Order { setQuantity(&o.row.Due, amount); return o }

// Recorded sets the amount that the book says was paid.
func (o *Order) Recorded(amount string) *Order { setQuantity(&o.row.Recorded, amount); return o }

// Claims names the transactions that the book claims for the order.
func (o *Order) Claims(names ...string) *Order {
	for _, n := range names {
		o.row.TXIDs = append(o.row.TXIDs, TXID(n))
	}
	return o
}

// ClaimsText claims a transaction by its id, in any spelling.
func (o *Order) ClaimsText(txid string) *Order { o.row.TXIDs = append(o.row.TXIDs, txid); return o }

// PayTo names the receiving address, "" for none.
func (o *Order) PayTo(name string) *Order { o.row.PayTo = nameAddress(name); return o }

// PaysTo is the order's receiving address.
func (o *Order) PaysTo() string { return o.row.PayTo }

// HasClaim reports whether the book claims a transaction for the order.
func (o *Order) HasClaim() bool { return len(o.row.TXIDs) > 0 }

// Payer names an address that the customer pays from.
func (o *Order) Payer(name string) *Order {
	o.row.Payers = append(o.row.Payers, Address(name))
	return o
}

// Customer names the customer.
func (o *Order) Customer(name string) *Order { o.row.Customer = name; return o }

// Account names the cashier.
func (o *Order) Account(name string) *Order { o.row.Account = name; return o }

// OrderID replaces the provider's order id.
func (o *Order) OrderID(id string) *Order { o.row.OrderID = id; return o }

// Number replaces the order number.
func (o *Order) Number(no string) *Order { o.row.OrderNo = no; return o }

// Created, Expires, Paid and Updated set the order's times, "" for one that the
// row does not give.
func (o *Order) Created(at string) *Order { setClock(&o.row.Created, at); return o }
func (o *Order) Expires(at string) *Order { setClock(&o.row.Expires, at); return o }
func (o *Order) Paid(at string) *Order    { setClock(&o.row.PaidAt, at); return o }
func (o *Order) Updated(at string) *Order { setClock(&o.row.Updated, at); return o }

// CreatedAt, ExpiresAt and PaidAt are Created, Expires and Paid for a computed time.
func (o *Order) CreatedAt(at reconcile.Instant) *Order { o.row.Created = at; return o }
func (o *Order) ExpiresAt(at reconcile.Instant) *Order { o.row.Expires = at; return o }
func (o *Order) PaidAt(at reconcile.Instant) *Order    { o.row.PaidAt = at; return o }

// Resends says how often the notification was already sent again by hand.
func (o *Order) Resends(n int) *Order { o.row.Resends = n; return o }

// Refunded marks an order that its book calls refunded; NotRefunded takes it back.
func (o *Order) Refunded() *Order    { o.row.Flags |= reconcile.FlagRefunded; return o }
func (o *Order) NotRefunded() *Order { o.row.Flags &^= reconcile.FlagRefunded; return o }

// Held marks funds that the provider screens; NotHeld releases them.
func (o *Order) Held() *Order    { o.row.Flags |= reconcile.FlagOnHold; return o }
func (o *Order) NotHeld() *Order { o.row.Flags &^= reconcile.FlagOnHold; return o }

// Transfer is a transfer row under construction.
type Transfer struct {
	name, source string
	row          reconcile.Transfer
}

// From names the sender.
func (t *Transfer) From(name string) *Transfer { t.row.From = Address(name); return t }

// On moves another token, or on another chain.
func (t *Transfer) On(chain, token string) *Transfer {
	t.row.Chain, t.row.Asset = chain, Asset(chain, token).ID
	return t
}

// Pending marks a transfer that is not final.
func (t *Transfer) Pending() *Transfer { t.row.Finality = reconcile.NotFinal; return t }

// Refers names the order of the payment contract's Deposit log.
func (t *Transfer) Refers(order string) *Transfer { t.row.OrderRef = order; return t }

// NoLog makes it a row of a file without log indexes.
func (t *Transfer) NoLog() *Transfer { t.row.LogIndex = -1; return t }

// At sets a computed block time.
func (t *Transfer) At(at reconcile.Instant) *Transfer { t.row.BlockTime = at; return t }

// In moves the row to another transfer source.
func (t *Transfer) In(source string) *Transfer { t.source = source; return t }

// Block names the hash of its block.
func (t *Transfer) Block(hash string) *Transfer { t.row.BlockHash = hash; return t }

// Log sets the log index.
func (t *Transfer) Log(index int64) *Transfer { t.row.LogIndex = index; return t }

// Delivery is a webhook delivery under construction.
type Delivery struct {
	w   *World
	row reconcile.Delivery
}

// Provider names the profile that sent it.
func (d *Delivery) Provider(name string) *Delivery { d.row.Provider = name; return d }

// Status sets the status word and the state that its profile reads in it.
// Provider comes first.
func (d *Delivery) Status(word string) *Delivery {
	d.row.Status = word
	d.row.State = d.w.Policy.Profiles[d.row.Provider].State("", word)
	return d
}

// Answered sets the HTTP status of our answer, 0 when it was not logged.
func (d *Delivery) Answered(code int) *Delivery { d.row.Response = code; return d }

// Forged marks a signature that does not verify.
func (d *Delivery) Forged() *Delivery { d.row.Signature = reconcile.SignatureInvalid; return d }

// Unchecked marks a delivery of a log whose secret nobody configured.
func (d *Delivery) Unchecked() *Delivery {
	d.row.Signature = reconcile.SignatureUnchecked
	return d
}

// Amount sets what the delivery says was paid.
func (d *Delivery) Amount(amount string) *Delivery {
	setQuantity(&d.row.Amount, amount)
	d.row.Chain, d.row.Asset = Ethereum, Asset(Ethereum, "USDT").ID
	return d
}

// Claims names a transaction.
func (d *Delivery) Claims(name string) *Delivery {
	d.row.TXIDs = append(d.row.TXIDs, TXID(name))
	d.row.Chain = Ethereum
	return d
}

// At sets a computed time of receipt, and of the request.
func (d *Delivery) At(at reconcile.Instant) *Delivery {
	d.row.Received, d.row.Requested = at, at
	return d
}

// Requested sets the provider's own time of the event.
func (d *Delivery) Requested(at string) *Delivery { d.row.Requested = Clock(at); return d }

// Late marks the event that announces a late payment.
func (d *Delivery) Late() *Delivery { d.row.Late = true; return d }

// Sources returns what the world's sources would hand over.
func (w *World) Sources() []Source {
	var list roster
	for _, o := range w.orders {
		role, info := Books, reconcile.SourceInfo{Name: o.row.Provider, Kind: reconcile.SourceProviderBook, Provider: o.row.Provider}
		if o.row.Book == reconcile.BookMerchant {
			role, info = Shop, reconcile.SourceInfo{Name: "shop", Kind: reconcile.SourceMerchantBook, Provider: "generic"}
		}
		if _, own := w.limits[info.Name]; own {
			role = info.Name
		}
		s := list.get(info, w.coverage(role))
		o.row.At.Line = len(s.Orders) + 2
		s.Orders = append(s.Orders, o.row)
	}
	for _, d := range w.calls {
		s := list.get(webhookLog(d.row.Provider), w.coverage(Webhooks))
		d.row.At.Line = len(s.Deliveries) + 1
		s.Deliveries = append(s.Deliveries, d.row)
	}
	if w.repays {
		s := list.get(reconcile.SourceInfo{Name: Refunds, Kind: reconcile.SourceRefunds, Provider: "generic"}, w.coverage(Refunds))
		s.Rejects = w.Spoilt
		for _, r := range w.returns {
			r.row.At.Line = len(s.Refunds) + 2
			s.Refunds = append(s.Refunds, r.row)
		}
	}
	if w.hears {
		for _, o := range w.orders {
			if o.row.Book == reconcile.BookProvider {
				list.get(webhookLog(o.row.Provider), w.coverage(Webhooks))
			}
		}
	}
	chain := list.get(reconcile.SourceInfo{Name: "chain", Kind: reconcile.SourceTransfers}, w.coverage(Chain))
	chain.Facts, chain.Gaps = w.Facts, append(chain.Gaps, w.Gaps...)
	chain.Rejects = w.Garbled
	for _, t := range w.moves {
		s := list.get(reconcile.SourceInfo{Name: t.source, Kind: reconcile.SourceTransfers}, w.coverage(Chain))
		t.row.At.Line = len(s.Transfers) + 2
		s.Transfers = append(s.Transfers, t.row)
	}
	if len(w.Unread) > 0 {
		book := reconcile.SourceInfo{Name: "blockatm", Kind: reconcile.SourceProviderBook, Provider: "blockatm"}
		list.get(book, w.coverage(Books)).Rejects = w.Unread
	}
	return list.values()
}

func webhookLog(provider string) reconcile.SourceInfo {
	return reconcile.SourceInfo{Name: provider + "-webhooks", Kind: reconcile.SourceWebhooks, Provider: provider}
}

// coverage returns an empty source that is as complete as the world says of the role.
func (w *World) coverage(role string) Source {
	if reason, failed := w.failures[role]; failed {
		return Source{Failed: reason}
	}
	var s Source
	span := reconcile.Interval{From: Window.From - 90*reconcile.Day, To: Window.To + 90*reconcile.Day}
	if limit, narrowed := w.limits[role]; narrowed {
		if !w.declared[role] {
			s.Gaps = []reconcile.Gap{
				{Span: reconcile.Interval{From: span.From, To: limit.From}, Reason: "not exported"},
				{Span: reconcile.Interval{From: limit.To, To: span.To}, Reason: "not exported"},
			}
		}
		span = limit
	}
	if role != Chain {
		s.Covers = []reconcile.Coverage{{Span: span}}
		return s
	}
	for _, chain := range []string{Ethereum, Polygon} {
		s.Covers = append(s.Covers, reconcile.Coverage{Chain: chain, Span: span})
	}
	return s
}

// roster keeps sources in the order of their first mention.
type roster []*Source

// get returns the source of that name, or adds the blank under it.
func (r *roster) get(info reconcile.SourceInfo, blank Source) *Source {
	for _, s := range *r {
		if s.Info.Name == info.Name {
			return s
		}
	}
	blank.Info, blank.Files = info, []string{info.Name + ".csv"}
	*r = append(*r, &blank)
	return &blank
}

func (r roster) values() []Source {
	list := make([]Source, len(r))
	for i, s := range r {
		list[i] = *s
	}
	return list
}

// CustomerOf is the customer of an order of the provider's book, "" for one that
// has none.
func (w *World) CustomerOf(order string) string {
	for _, o := range w.orders {
		if o.name == order && o.row.Book == reconcile.BookProvider {
			return o.row.Customer
		}
	}
	return ""
}

// String lists the world's orders and transfers, for the reader of a failure.
func (w *World) String() string {
	var b strings.Builder
	hour := func(at reconcile.Instant) string { return at.Time().Format("01-02 15:04:05") }
	for _, o := range w.orders {
		fmt.Fprintf(&b, "  %s %s due %s %s..%s to %.6s of %s, payers %.8s, claims %.8s\n", o.name, o.row.Status, o.row.Due, hour(o.row.Created),
			hour(o.row.Expires), o.row.PayTo, o.row.Customer, o.row.Payers, o.row.TXIDs)
	}
	for _, t := range w.moves {
		fmt.Fprintf(&b, "  %s (%.6s) %s at %s to %.6s from %.6s\n", t.name, t.row.TXID, t.row.Amount, hour(t.row.BlockTime), t.row.To, t.row.From)
	}
	return b.String()
}

// Run reconciles the world and checks the result with Check.
func (w *World) Run(t testing.TB) Outcome {
	t.Helper()
	result, err := reconcile.Reconcile(Input(Catalogue(), w.Policy.Profiles, w.Sources()), w.Policy)
	if err != nil {
		t.Fatalf("reconcile: %v", err)
	}
	if err := Check(result); err != nil {
		t.Errorf("%v", err)
	}
	return w.outcome(result)
}

func setQuantity(q *money.Quantity, text string) {
	*q = money.Quantity{}
	if text != "" {
		*q = Quantity(text)
	}
}

func setClock(at *reconcile.Instant, text string) {
	*at = 0
	if text != "" {
		*at = Clock(text)
	}
}

func nameAddress(name string) string {
	if name == "" {
		return ""
	}
	return Address(name)
}
