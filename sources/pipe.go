package sources

import (
	"context"
	"fmt"
	"runtime/debug"
	"unsafe"

	"tieout/reconcile"
)

// Piped reads a source whose rows are taken in another goroutine, so that a file is
// parsed while the rows before are kept. The sink sees all that Source.Read hands over,
// in the same order every time, and nothing after Piped has returned.
func Piped(ctx context.Context, s Source, q Query, into Sink) error {
	p := &pipe{into: into, full: make(chan *batch), empty: make(chan *batch, batches), done: make(chan struct{})}
	for range batches {
		p.empty <- &batch{text: make([]byte, 0, batchText)}
	}
	p.fill = <-p.empty
	if claims := q.Claims; claims != nil { // what is asked lies where the rows go
		q.Claims = func() []Claim { p.settle(); return claims() }
	}
	if named := q.Named; named != nil {
		q.Named = func() []Named { p.settle(); return named() }
	}
	go p.take()
	defer p.close()
	return s.Read(ctx, q, p)
}

const (
	batches   = 3         // one is filled, one is taken, one waits
	batchRows = 256       // of a kind
	batchText = 128 << 10 // bytes of their texts
)

// pipe is the Sink of a reader. What is handed over singly waits for what is on its way.
type pipe struct {
	into   Sink
	fill   *batch
	full   chan *batch
	empty  chan *batch
	done   chan struct{}
	defect string // of the sink, with its stack
}

// batch is some rows with texts of their own.
type batch struct {
	orders     []reconcile.Order
	transfers  []reconcile.Transfer
	deliveries []reconcile.Delivery
	refunds    []reconcile.Refund
	rejects    []reconcile.Reject
	facts      []reconcile.TXFact
	outOfScope int
	text       []byte
	lists      []string
}

// take hands what comes through the pipe to the sink. A defect there is kept for
// close: the reader is not left waiting.
func (p *pipe) take() {
	defer close(p.done)
	for b := range p.full {
		if p.defect == "" {
			p.defect = b.handTo(p.into)
		}
		*b = batch{b.orders[:0], b.transfers[:0], b.deliveries[:0], b.refunds[:0], b.rejects[:0], b.facts[:0], 0, b.text[:0], b.lists[:0]}
		p.empty <- b
	}
}

func (b *batch) handTo(into Sink) (defect string) {
	defer func() {
		if v := recover(); v != nil {
			defect = fmt.Sprintf("%v\n%s", v, debug.Stack())
		}
	}()
	for i := range b.orders {
		into.AddOrder(&b.orders[i])
	}
	for i := range b.transfers {
		into.AddTransfer(&b.transfers[i])
	}
	for i := range b.deliveries {
		into.AddDelivery(&b.deliveries[i])
	}
	for i := range b.refunds {
		into.AddRefund(&b.refunds[i])
	}
	for i := range b.rejects {
		into.AddReject(&b.rejects[i])
	}
	for _, f := range b.facts {
		into.AddFact(f)
	}
	if b.outOfScope > 0 {
		into.OutOfScope(b.outOfScope)
	}
	return ""
}

// close waits until the sink has everything.
func (p *pipe) close() {
	p.full <- p.fill
	close(p.full)
	<-p.done
	if p.defect != "" {
		panic(p.defect)
	}
}

// send passes the batch on and begins the next one.
func (p *pipe) send() {
	p.full <- p.fill
	p.fill = <-p.empty
}

// settle returns when the sink has everything so far.
func (p *pipe) settle() {
	p.send()
	var idle [batches - 1]*batch
	for i := range idle {
		idle[i] = <-p.empty
	}
	for _, b := range idle {
		p.empty <- b
	}
}

// own gives a row, which comes after so many of its kind, texts of its own.
func (p *pipe) own(rows int, texts []*string, lists ...*[]string) {
	size := 0
	for _, t := range texts {
		size += len(*t)
	}
	for _, list := range lists {
		for _, t := range *list {
			size += len(t)
		}
	}
	p.room(rows, size)
	for _, t := range texts {
		*t = p.fill.keep(*t)
	}
	for _, list := range lists {
		from := len(p.fill.lists)
		for _, t := range *list {
			p.fill.lists = append(p.fill.lists, p.fill.keep(t))
		}
		*list = p.fill.lists[from:len(p.fill.lists):len(p.fill.lists)]
	}
}

// room makes sure that a row with so many bytes of text fits: what is kept stays where
// it is.
func (p *pipe) room(rows, size int) {
	if rows < batchRows && len(p.fill.text)+size <= cap(p.fill.text) {
		return
	}
	p.send()
	if size > cap(p.fill.text) {
		p.fill.text = make([]byte, 0, size)
	}
}

// keep returns a copy of a text that lies in the batch.
func (b *batch) keep(text string) string {
	if text == "" {
		return ""
	}
	from := len(b.text)
	b.text = append(b.text, text...)
	return unsafe.String(&b.text[from], len(text))
}

// AddOrder implements Sink.
func (p *pipe) AddOrder(o *reconcile.Order) {
	own := *o
	p.own(len(p.fill.orders), []*string{&own.Provider, &own.OrderID, &own.OrderNo, &own.Account, &own.Customer, &own.Method, &own.Chain,
		&own.Asset, &own.Symbol, &own.SettledIn, &own.PriceIn, &own.Status, &own.PayTo}, &own.TXIDs, &own.Payers)
	p.fill.orders = append(p.fill.orders, own)
}

// AddTransfer implements Sink.
func (p *pipe) AddTransfer(t *reconcile.Transfer) {
	own := *t
	p.own(len(p.fill.transfers), []*string{&own.Chain, &own.TXID, &own.Trace, &own.BlockHash, &own.Asset, &own.Symbol, &own.From, &own.To, &own.OrderRef})
	p.fill.transfers = append(p.fill.transfers, own)
}

// AddDelivery implements Sink.
func (p *pipe) AddDelivery(d *reconcile.Delivery) {
	own := *d
	p.own(len(p.fill.deliveries), []*string{&own.Provider, &own.OrderID, &own.OrderNo, &own.Event, &own.Status, &own.Chain, &own.Asset,
		&own.Symbol, &own.Scheme}, &own.TXIDs)
	p.fill.deliveries = append(p.fill.deliveries, own)
}

// AddRefund implements Sink.
func (p *pipe) AddRefund(r *reconcile.Refund) {
	own := *r
	p.own(len(p.fill.refunds), []*string{&own.Provider, &own.RefundID, &own.OrderID, &own.OrderNo, &own.Chain, &own.Asset, &own.Symbol,
		&own.To, &own.Status}, &own.TXIDs)
	p.fill.refunds = append(p.fill.refunds, own)
}

// AddReject implements Sink.
func (p *pipe) AddReject(r *reconcile.Reject) {
	own := *r
	p.own(len(p.fill.rejects), []*string{&own.Column, &own.Value, &own.Reason, &own.Raw, &own.OrderID, &own.OrderNo, &own.TXID, &own.Address})
	p.fill.rejects = append(p.fill.rejects, own)
}

// AddFact implements Sink.
func (p *pipe) AddFact(f reconcile.TXFact) {
	p.own(len(p.fill.facts), []*string{&f.Chain, &f.TXID})
	p.fill.facts = append(p.fill.facts, f)
}

// OutOfScope implements Sink.
func (p *pipe) OutOfScope(n int) { p.fill.outOfScope += n }

// File implements Sink.
func (p *pipe) File(path, sheet string) reconcile.FileID {
	p.settle()
	return p.into.File(path, sheet)
}

// Cover implements Sink.
func (p *pipe) Cover(c reconcile.Coverage) { p.settle(); p.into.Cover(c) }

// Gap implements Sink.
func (p *pipe) Gap(g reconcile.Gap) { p.settle(); p.into.Gap(g) }

// Note implements Sink.
func (p *pipe) Note(text string) { p.settle(); p.into.Note(text) }

// Proof implements Sink.
func (p *pipe) Proof(level string) { p.settle(); p.into.Proof(level) }
