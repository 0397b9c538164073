package bvnk

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/book"
	"tieout/sources/tabular"
)

const (
	accountName = iota
	accountReference
	ledgerCurrency
	runningBalance
	ledgerDate
	transactionID
	transactionUUID
	transactionType
	description
	ledgerAmount
	transactionHash
	paymentType
	paymentStatus
	toCurrency
	ledgerOrderNo
)

// ledgerColumns are those of the ledger export that are used here; the published list
// of its headers is an excerpt.
var ledgerColumns = []tabular.Column{
	accountName:      {Name: "Account Name"},
	accountReference: {Name: "Account Reference"},
	ledgerCurrency:   {Name: "Currency", Required: true},
	runningBalance:   {Name: "Running Balance", Required: true},
	ledgerDate:       {Name: "Date Created", Required: true},
	transactionID:    {Name: "Transaction ID"},
	transactionUUID:  {Name: "Transaction UUID"},
	transactionType:  {Name: "Transaction Type"},
	description:      {Name: "Description"},
	ledgerAmount:     {Name: "Amount", Required: true},
	transactionHash:  {Name: "Transaction Hash"},
	paymentType:      {Name: "Payment Type"},
	paymentStatus:    {Name: "Payment Status"},
	toCurrency:       {Name: "To Currency Code"},
	ledgerOrderNo:    {Name: "refunded_order_no"}, // no header of its own: whether Merchant Reference is that of the order is not published
}

// ledger follows the running balances of the ledger exports of one source. It stands
// between the reader and the sink, so that it knows the files' paths and holds back
// refunds until all their movements were seen.
type ledger struct {
	sources.Sink
	style   money.Style
	partial bool // only: leaves rows out, so no balance can be followed
	paths   map[reconcile.FileID]string
	chains  map[chainKey]*chain
	order   []*chain
	refunds map[string][]reconcile.Refund // by id: a refund may move money more than once
	ids     []string
}

// chainKey is an account in a file.
type chainKey struct {
	file    reconcile.FileID
	account string
}

func newLedger(o *sources.FileOptions, into sources.Sink) *ledger {
	return &ledger{Sink: into, style: o.Style, partial: len(o.Only) > 0, paths: map[reconcile.FileID]string{},
		chains: map[chainKey]*chain{}, refunds: map[string][]reconcile.Refund{}}
}

// File implements sources.Sink.
func (l *ledger) File(path, sheet string) reconcile.FileID {
	id := l.Sink.File(path, sheet)
	l.paths[id] = path
	return id
}

// Cover and Proof implement sources.Sink: finish says what was proven.
func (l *ledger) Cover(reconcile.Coverage) {}
func (l *ledger) Proof(string)             {}

// AddRefund implements sources.Sink.
func (l *ledger) AddRefund(r *reconcile.Refund) {
	own := *r
	for _, text := range []*string{&own.Provider, &own.RefundID, &own.OrderNo, &own.Asset, &own.Symbol, &own.Status} {
		*text = strings.Clone(*text)
	}
	own.TXIDs = nil
	for _, tx := range r.TXIDs {
		own.TXIDs = append(own.TXIDs, strings.Clone(tx))
	}
	if l.refunds[own.RefundID] == nil {
		l.ids = append(l.ids, own.RefundID)
	}
	l.refunds[own.RefundID] = append(l.refunds[own.RefundID], own)
}

// movement reads one row: a step of its account's balance and, where it pays a
// refund or payout, that one.
func (l *ledger) movement(c *book.Cells, r *reconcile.Refund) (inScope bool) {
	m := movement{line: r.At.Line, date: c.Time(ledgerDate), amount: l.signed(c, ledgerAmount), balance: l.signed(c, runningBalance)}
	if !m.date.Known() {
		c.Fail(ledgerDate, "it is empty, so nobody knows when money moved")
	}
	l.follow(c, r.At.File, m)
	kind := strings.ReplaceAll(c.Text(paymentType), " ", "")
	switch {
	case !m.amount.Known() || !m.balance.Known() || !m.date.Known():
		return true // it is a reject
	case !outgoing(kind, "", kind) || isFee(c.Text(transactionType)) || isFee(c.Text(description)):
		return false
	}
	r.TXIDs = c.TXIDs(transactionHash)
	r.RefundID = strings.ToLower(firstOf(c.ID(transactionUUID), c.ID(transactionID)))
	if r.RefundID == "" {
		c.Fail(transactionUUID, "the movement has neither Transaction UUID nor Transaction ID")
	}
	r.OrderNo, r.Created = c.ID(ledgerOrderNo), m.date
	r.Asset = c.Text(ledgerCurrency)
	r.Symbol = r.Asset
	r.Status = c.Text(paymentStatus)
	r.State = c.Profile().State("", r.Status)
	if to := c.Text(toCurrency); to == "" || strings.EqualFold(to, r.Asset) { // else it was exchanged, and what arrived is not known
		r.Amount = money.NewQuantity(m.amount.Coef().Abs(), m.amount.Scale())
	}
	return true
}

func isFee(text string) bool { return strings.Contains(strings.ToLower(text), "fee") }

// signed reads an amount with its sign: a ledger has both.
func (l *ledger) signed(c *book.Cells, column int) money.Quantity {
	text := c.Text(column)
	digits, negative := strings.CutPrefix(text, "-")
	q, err := l.style.Parse(digits)
	switch {
	case text == "":
		c.Fail(column, "it is empty, so the balance cannot be followed")
	case err != nil:
		c.Fail(column, err.Error())
		return money.Quantity{}
	case negative:
		return money.NewQuantity(q.Coef().Neg(), q.Scale())
	}
	return q
}

// follow puts a movement into the chain of its account.
func (l *ledger) follow(c *book.Cells, file reconcile.FileID, m movement) {
	account := strings.Join([]string{firstOf(c.Text(accountReference), c.Text(accountName)), c.Text(ledgerCurrency)}, " ")
	at := l.chains[chainKey{file, account}]
	if at == nil {
		at = &chain{account: strings.TrimSpace(account), file: l.paths[file]}
		l.chains[chainKey{file, account}] = at
		l.order = append(l.order, at)
	}
	at.step(m)
}

// finish hands the refunds over, says what the balances prove, and reports whether
// every chain is unbroken.
func (l *ledger) finish() bool {
	for _, id := range l.ids {
		list := l.refunds[id]
		for i := range list {
			if len(list) > 1 && !sameAmount(list) { // which of its movements is what arrived, nobody can tell
				list[i].Amount = money.Quantity{}
			}
			l.Sink.AddRefund(&list[i])
		}
	}
	if l.partial {
		l.Note("only: leaves movements out, so the running balance is not followed")
		return false
	}
	whole := true
	for _, c := range l.order {
		whole = c.prove(l.Sink) && whole
	}
	return l.connected() && whole
}

func sameAmount(list []reconcile.Refund) bool {
	return !slices.ContainsFunc(list, func(r reconcile.Refund) bool { return r.Amount != list[0].Amount || r.Created != list[0].Created })
}

// connected holds the files of each account against one another: where one ends, the
// next begins.
func (l *ledger) connected() bool {
	byAccount := map[string][]*chain{}
	for _, c := range l.order {
		byAccount[c.account] = append(byAccount[c.account], c)
	}
	whole := true
	for _, c := range l.order {
		list := byAccount[c.account]
		byAccount[c.account] = nil
		slices.SortStableFunc(list, func(a, b *chain) int { return cmp.Compare(a.first().date, b.first().date) })
		for i := 1; i < len(list); i++ {
			whole = joins(list[i-1], list[i], l.Sink) && whole
		}
	}
	return whole
}
