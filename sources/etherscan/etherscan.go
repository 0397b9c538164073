// Package etherscan reads token transfers from the API, version 2, of the Etherscan
// family, which answers for many chains behind one key.
//
// It is a weaker witness than a node: its lists have no log index, are cut at 10,000
// rows, say nothing of how far their index has come, and tell an error with 200 and
// status 0, as they tell that there is nothing. So a list is followed by blocks, never
// by pages; it counts up to the newest transfer of the tokens that the index has; it is
// read from both of its ends, and each transaction in it is held against its receipt;
// where the three do not agree the transaction is left out and its time is a gap.
package etherscan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
	"tieout/sources/internal/fetch"
	"tieout/sources/internal/transport"
)

// Options configure one chain.
type Options struct {
	Name          string
	Chain         string // CAIP-2: eip155:1
	URL           string // https://api.etherscan.io/v2/api
	Key           string // shown nowhere; "" = none
	Addresses     []string
	Assets        []reconcile.CatalogueAsset // tokens to read
	Confirmations int                        // 0 = 64: the API knows no finalized block
	Verify        string                     // none or basic; "" = basic
	Rate          float64                    // requests a second; 0 = 3, what a free key may

	wait func(context.Context, time.Duration) error // nil = transport.Sleep
}

const (
	defaultDepth = 64
	defaultRate  = 3
	maxAddresses = 200 // each is asked for alone
)

// check refuses what would be left out in silence.
func (o Options) check() error {
	if !strings.HasPrefix(o.Chain, "eip155:") || o.URL == "" {
		return fmt.Errorf("%s: a chain such as eip155:1 and an endpoint are needed", o.Name)
	}
	if o.Verify != "none" && o.Verify != "basic" {
		return fmt.Errorf("%s: verify: %s needs nodes; use none or basic", o.Name, o.Verify)
	}
	for _, a := range o.Assets {
		if a.Chain != o.Chain || !strings.Contains(a.Asset.ID, "/erc20:") {
			return fmt.Errorf("%s: %s is no token of %s; list its tokens alone under assets", o.Name, a.Asset.ID, o.Chain)
		}
	}
	if len(o.Assets) == 0 {
		return fmt.Errorf("%s: no accepted token of %s is known; add one to the asset table", o.Name, o.Chain)
	}
	return nil
}

// Transfers returns a source that reads transfers of the tokens into and out of the
// addresses. Read returns an error when the API gives no access or cannot tell its
// blocks.
func Transfers(o Options) sources.Source {
	o.Verify = cmp.Or(o.Verify, "basic")
	o.Rate = cmp.Or(o.Rate, defaultRate)
	o.Confirmations = cmp.Or(o.Confirmations, defaultDepth)
	client := &fetch.Client{HTTP: transport.New(transport.Options{Rate: o.Rate}), Secrets: []string{o.Key}, Sleep: o.wait}
	return &source{o, client}
}

type source struct {
	options Options
	client  *fetch.Client
}

func (s *source) Info() reconcile.SourceInfo {
	return reconcile.SourceInfo{Name: s.options.Name, Kind: reconcile.SourceTransfers}
}

func (s *source) Read(ctx context.Context, q sources.Query, into sources.Sink) error {
	if err := s.options.check(); err != nil {
		return err
	}
	r := &reader{source: s, query: q, into: into, times: map[uint64]reconcile.Instant{}}
	if err := r.read(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	return ctx.Err()
}

// reader is one reading of the API.
type reader struct {
	*source
	query       sources.Query
	into        sources.Sink
	times       map[uint64]reconcile.Instant // of blocks
	addresses   []string
	head, final uint64
	gaps        []reconcile.Gap
	moves       []movement
}

// movement is one transfer.
type movement struct {
	block           uint64
	hash, txid      string
	index           int64 // -1 in lists
	time            reconcile.Instant
	token, from, to string
	value           money.Units
}

func (r *reader) read(ctx context.Context) error {
	r.addresses = r.watched()
	if len(r.addresses) > maxAddresses {
		return fmt.Errorf("each address is asked for alone, and %d are more than %d: use source: evm", len(r.addresses), maxAddresses)
	}
	if err := r.bounds(ctx); err != nil {
		return err
	}
	first, err := r.blockAt(ctx, r.query.Reach.From)
	if err != nil {
		return err
	}
	after, err := r.blockAt(ctx, r.query.Reach.To)
	if err != nil {
		return err
	}
	for _, address := range r.addresses {
		for _, token := range r.tokens() {
			r.list(ctx, span{first, min(after-1, r.final)}, span{max(first, r.final+1), after - 1}, address, token)
		}
	}
	r.claims(ctx)
	r.handOver()
	r.cover()
	return nil
}

func (r *reader) watched() (list []string) {
	all := slices.Clone(r.options.Addresses)
	for _, w := range r.query.Watch {
		if w.Chain == r.options.Chain {
			all = append(all, w.Addresses...)
		}
	}
	for _, a := range all {
		if len(a) == 42 && strings.HasPrefix(a, "0x") {
			list = append(list, strings.ToLower(a))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (r *reader) tokens() (list []string) {
	for _, a := range r.options.Assets {
		_, contract, _ := strings.Cut(a.Asset.ID, "/erc20:")
		list = append(list, strings.ToLower(contract))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// list reads what is final of an address and a token, from both ends unless nothing is
// to be verified, and once what is not.
func (r *reader) list(ctx context.Context, final, recent span, address, token string) {
	l := listing{address, token, final, false}
	rows, err := r.rows(ctx, l)
	if err == nil && r.options.Verify != "none" {
		l.descending = true
		var again []movement
		if again, err = r.rows(ctx, l); err == nil {
			rows, err = r.proven(ctx, rows, again, l)
		}
	}
	if err != nil {
		r.gap(r.query.Reach, fmt.Sprintf("transfers of %s: %v", address, err))
		return
	}
	more, err := r.rows(ctx, listing{address, token, recent, false})
	if err == nil { // nothing stands on what is not final
		rows = append(rows, more...)
	}
	for _, m := range rows {
		if m.to == address || !slices.Contains(r.addresses, m.to) { // one to another of ours is in that one's list
			r.moves = append(r.moves, m)
		}
	}
}

// proven are the transfers of a list as the receipts of its transactions have them.
// Where the two readings of the list or a receipt differ, the moment is a gap.
func (r *reader) proven(ctx context.Context, rows, again []movement, l listing) (list []movement, err error) {
	first, second := byTransaction(rows), byTransaction(again)
	txids := slices.Concat(slices.Collect(maps.Keys(first)), slices.Collect(maps.Keys(second)))
	slices.Sort(txids)
	for _, txid := range slices.Compact(txids) {
		rc, at, err := r.receipt(ctx, txid)
		if err != nil {
			return nil, err
		}
		moves := slices.DeleteFunc(rc.transfers([]string{l.token}, at), func(m movement) bool { return m.from != l.address && m.to != l.address })
		if sameMoves(first[txid], moves) && sameMoves(second[txid], moves) {
			list = append(list, moves...)
			continue
		}
		r.gap(reconcile.Interval{From: at, To: at + 1}, fmt.Sprintf("the list of %s, from its two ends, and the receipt do not agree on transaction %s", l.address, txid))
	}
	return list, nil
}

func byTransaction(rows []movement) map[string][]movement {
	groups := map[string][]movement{}
	for _, m := range rows {
		groups[m.txid] = append(groups[m.txid], m)
	}
	return groups
}

// sameMoves reports whether the rows of a list are the transfers of a receipt, which
// have an index in their block besides.
func sameMoves(rows, moves []movement) bool {
	times := map[movement]int{}
	for _, m := range rows {
		times[m]++
	}
	for _, m := range moves {
		m.index = -1
		times[m]--
	}
	for _, n := range times {
		if n != 0 {
			return false
		}
	}
	return true
}

func (r *reader) gap(at reconcile.Interval, reason string) {
	r.gaps = append(r.gaps, reconcile.Gap{Chain: r.options.Chain, Span: at, Reason: reason})
}

// handOver turns the movements into transfers, in the order of the chain.
func (r *reader) handOver() {
	slices.SortFunc(r.moves, func(a, b movement) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.txid, b.txid), cmp.Compare(a.index, b.index), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	for _, m := range r.moves {
		t := reconcile.Transfer{Chain: r.options.Chain, TXID: m.txid, LogIndex: m.index, Block: m.block, BlockHash: m.hash, BlockTime: m.time,
			Asset: m.token, Decimals: -1, Amount: money.NewQuantity(m.value, 0), BaseUnit: true, From: m.from, To: m.to}
		if m.block > r.final {
			t.Finality = reconcile.NotFinal
		}
		r.into.AddTransfer(&t)
	}
}

// cover says what was read: up to the final block, less the gaps.
func (r *reader) cover() {
	r.into.Proof(r.options.Verify)
	span, end := r.query.Reach, r.times[r.final]
	if len(r.addresses) == 0 {
		r.gap(span, "no receiving address is known: neither addresses: nor a pay-to of the books names one, so only claimed transactions were looked up")
	} else {
		if end < r.query.Window.To {
			r.gap(reconcile.Interval{From: end, To: r.query.Window.To}, fmt.Sprintf("block %d, the last that is final and in the API's index, is before the end of the window", r.final))
		}
		span.To = max(span.From, min(span.To, end))
		for _, a := range r.options.Assets {
			r.into.Cover(reconcile.Coverage{Chain: r.options.Chain, Asset: a.Asset.ID, Span: span})
		}
	}
	slices.SortFunc(r.gaps, func(a, b reconcile.Gap) int {
		return cmp.Or(cmp.Compare(a.Span.From, b.Span.From), cmp.Compare(a.Span.To, b.Span.To), strings.Compare(a.Reason, b.Reason))
	})
	for _, g := range slices.Compact(r.gaps) {
		r.into.Gap(g)
	}
}
