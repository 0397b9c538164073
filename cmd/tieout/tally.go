package main

import (
	"slices"
	"strings"

	"tieout/reconcile"
)

// tally is a sink that counts what a source reads, and keeps none of it.
type tally struct {
	read, unknown, rejected int
	accepted                int    // transfers of tokens in the asset table
	first                   string // the first reject
	named, scope            int    // refunds with a number; rows out of scope
	balanced                bool   // a running balance proves that no row is missing
	zoneless                bool   // a time names no zone, and none was declared
	unused                  int    // columns that mean nothing
	newest                  reconcile.Instant
	notes                   []string
	catalogue               *reconcile.Catalogue // of transfers
}

// File implements sources.Sink.
func (t *tally) File(string, string) reconcile.FileID { return 0 }

// AddOrder implements sources.Sink.
func (t *tally) AddOrder(o *reconcile.Order) { t.state(o.State, o.Created) }

// AddDelivery implements sources.Sink.
func (t *tally) AddDelivery(d *reconcile.Delivery) { t.state(d.State, d.Received) }

// AddTransfer implements sources.Sink.
func (t *tally) AddTransfer(x *reconcile.Transfer) {
	t.state(reconcile.StatePaid, x.BlockTime)
	if slices.ContainsFunc(t.catalogue.Assets, func(a reconcile.CatalogueAsset) bool {
		return a.Chain == x.Chain && a.Accepted && strings.EqualFold(a.Asset.ID[strings.LastIndexByte(a.Asset.ID, ':')+1:], x.Asset)
	}) {
		t.accepted++
	}
}

// AddRefund implements sources.Sink.
func (t *tally) AddRefund(r *reconcile.Refund) {
	t.state(r.State, r.Created)
	if r.RefundID != "" {
		t.named++
	}
}

func (t *tally) state(s reconcile.State, at reconcile.Instant) {
	t.read++
	t.newest = max(t.newest, at)
	if s == reconcile.StateUnknown {
		t.unknown++
	}
}

// AddReject implements sources.Sink.
func (t *tally) AddReject(r *reconcile.Reject) {
	t.zoneless = t.zoneless || needsZone(r.Reason)
	if t.rejected++; t.rejected == 1 {
		t.first = place(r)
	}
}

// needsZone reports a complaint that only the key timezone: can end.
func needsZone(reason string) bool { return strings.Contains(reason, "timezone:") }

// Note implements sources.Sink.
func (t *tally) Note(text string) {
	t.notes = append(t.notes, strings.Clone(text))
	if _, list, ok := strings.Cut(text, "columns that are not used: "); ok {
		t.unused += 1 + strings.Count(list, ", ")
	}
}

// OutOfScope implements sources.Sink.
func (t *tally) OutOfScope(n int) { t.scope += n }

// AddFact implements sources.Sink.
func (t *tally) AddFact(reconcile.TXFact) {}

// Cover implements sources.Sink.
func (t *tally) Cover(reconcile.Coverage) {}

// Gap implements sources.Sink.
func (t *tally) Gap(reconcile.Gap) {}

// Proof implements sources.Sink.
func (t *tally) Proof(level string) { t.balanced = t.balanced || level == "running balance" }
