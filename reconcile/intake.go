package reconcile

import (
	"strings"
	"unsafe"
)

// Intake takes the rows of one source into a Builder. Texts may alias a buffer:
// they are copied before a method returns.
type Intake struct {
	in *Input
	id int32
}

// File registers a file (and sheet, "" for none) of the source.
func (k *Intake) File(path, sheet string) FileID {
	k.in.files = append(k.in.files, fileInfo{k.id, strings.Clone(path), strings.Clone(sheet)})
	return FileID(len(k.in.files) - 1)
}

func (k *Intake) source() *intakeInfo { return &k.in.sources[k.id] }

// AddOrder takes one row of an order book. A row whose address has a wrong
// checksum is rejected here: looking for money at a mistyped address would call
// a paid order unpaid.
func (k *Intake) AddOrder(o *Order) {
	in := k.in
	profile := in.profiles[o.Provider]
	chain := in.chainOf(profile, o.Chain)
	asset := in.assetOf(chain, firstOf(o.Asset, o.Symbol))
	if asset != 0 {
		chain = in.assets[asset].chain
	}
	payTo, err := CanonicalAddress(in.chains[chain], o.PayTo)
	if err != nil {
		k.AddReject(&Reject{At: o.At, Column: "pay_to", Value: o.PayTo, Reason: err.Error(), OrderID: o.OrderID, OrderNo: o.OrderNo})
		return
	}
	k.source().Read++
	traits := orderTraits{source: k.id, file: o.At.File,
		provider: in.words.intern(o.Provider), account: in.words.intern(o.Account), method: in.words.intern(o.Method),
		status: in.words.intern(o.Status), symbol: in.words.intern(firstOf(o.Symbol, o.Asset)),
		chainName: in.words.intern(o.Chain), settledIn: in.words.intern(o.SettledIn), chain: chain, asset: asset,
		resends: int32(o.Resends), book: o.Book, state: o.State, flags: o.Flags}
	in.orders.add(orderCells{traits: in.orderTraits.number(traits), rest: k.rest(chain, o), line: uint32(o.At.Line),
		id: in.keys.intern(o.OrderID), no: in.keys.intern(o.OrderNo), customer: in.words.intern(o.Customer), payTo: in.addrs.intern(payTo),
		due: in.pack(o.Due), recorded: in.pack(o.Recorded), txids: k.txids(o.TXIDs),
		created: o.Created, expires: o.Expires, paidAt: o.PaidAt, updated: o.Updated})
}

// rest keeps what few books tell of an order, and returns its number.
func (k *Intake) rest(chain int32, o *Order) uint32 {
	in := k.in
	r := orderRest{settled: in.pack(o.Settled), price: in.pack(o.Price), payers: k.addresses(chain, o.Payers), filled: o.Fulfilled}
	if r == (orderRest{}) {
		return 0
	}
	in.orderRests.add(r)
	return uint32(in.orderRests.len() - 1)
}

// AddTransfer takes one transfer. Its chain must be known to the source: a
// transfer on no chain is rejected, and so is an address with a wrong checksum.
func (k *Intake) AddTransfer(t *Transfer) {
	in := k.in
	chain := in.chainOf(nil, t.Chain)
	from, errFrom := CanonicalAddress(in.chains[chain], t.From)
	to, errTo := CanonicalAddress(in.chains[chain], t.To)
	reject := func(column, value, reason string) {
		k.AddReject(&Reject{At: t.At, Column: column, Value: value, Reason: reason, TXID: t.TXID, Address: t.To})
		k.Gap(Gap{Chain: in.chains[chain], Reason: "a transfer row could not be read"})
	}
	switch {
	case chain == 0:
		reject("chain", t.Chain, "the chain is not in configs/assets.yaml; add it or declare chain: on the source")
		return
	case errFrom != nil:
		reject("from", t.From, errFrom.Error())
		return
	case errTo != nil:
		reject("to", t.To, errTo.Error())
		return
	}
	asset := in.assetOf(chain, firstOf(t.Asset, t.Symbol))
	if asset == 0 { // not resolvable: kept under its own name, never accepted
		asset = in.assetByID(chain, in.chains[chain]+"/unknown:"+firstOf(t.Asset, t.Symbol))
	}
	if a := &in.assets[asset]; !a.known {
		decimals := t.Decimals
		if decimals < 0 && !t.BaseUnit { // a file of units without decimals: its own digits must fit
			decimals = t.Amount.Scale()
		}
		a.Decimals = max(a.Decimals, decimals) // the largest seen: independent of the order of rows
		if t.Decimals >= 0 && t.Symbol != "" && (a.Symbol == "" || t.Symbol < a.Symbol) {
			a.Symbol = strings.Clone(t.Symbol)
		}
	}
	k.source().Read++
	traits := transferTraits{source: k.id, file: t.At.File, chain: chain, asset: asset, baseUnit: t.BaseUnit, finality: t.Finality}
	in.transfers.add(transferCells{
		traits: in.transferTraits.number(traits), txid: k.tx(t.TXID), from: in.addrs.intern(from), to: in.addrs.intern(to),
		trace: in.words.intern(t.Trace), orderRef: in.keys.intern(t.OrderRef), blockHash: in.words.intern(t.BlockHash),
		logIndex: t.LogIndex, block: t.Block, time: t.BlockTime,
		amount: in.pack(t.Amount),
	})
}

// AddDelivery takes one webhook delivery.
func (k *Intake) AddDelivery(d *Delivery) {
	in := k.in
	chain := in.chainOf(in.profiles[d.Provider], d.Chain)
	asset := in.assetOf(chain, firstOf(d.Asset, d.Symbol))
	k.source().Read++
	traits := deliveryTraits{
		source: k.id, provider: in.words.intern(d.Provider), event: in.words.intern(d.Event), status: in.words.intern(d.Status),
		symbol: in.words.intern(firstOf(d.Symbol, d.Asset)), chain: chain, asset: asset,
		response: int32(d.Response), state: d.State, signature: d.Signature, late: d.Late,
	}
	in.deliveries.add(deliveryCells{
		traits: in.deliveryTraits.number(traits), id: in.keys.intern(d.OrderID), no: in.keys.intern(d.OrderNo),
		amount: in.pack(d.Amount), txids: k.txids(d.TXIDs), received: d.Received, requested: d.Requested,
	})
}

// AddReject counts a row that could not be read, and keeps its legible keys.
func (k *Intake) AddReject(r *Reject) {
	k.source().Read++
	k.source().Rejected++
	k.in.rejects = append(k.in.rejects, rejectRow{cloneReject(r), k.id})
}

// AddFact answers a claim of the query.
func (k *Intake) AddFact(f TXFact) {
	k.in.facts = append(k.in.facts, factRow{k.in.chainOf(nil, f.Chain), k.tx(f.TXID), f.Status})
}

// OutOfScope counts rows left out on purpose.
func (k *Intake) OutOfScope(n int) {
	k.source().Read += n
	k.source().OutOfScope += n
}

// Cover says what is complete.
func (k *Intake) Cover(c Coverage) {
	c.Address = mustCanonical(c.Chain, c.Address)
	k.source().Covers = append(k.source().Covers, c)
}

// Gap says what is not complete: the run is incomplete.
func (k *Intake) Gap(g Gap) { k.source().Gaps = append(k.source().Gaps, g) }

// Note adds a sentence for the sources page.
func (k *Intake) Note(text string) { k.source().Notes = append(k.source().Notes, text) }

// Proof says what was proven of completeness.
func (k *Intake) Proof(level string) { k.source().Proof = level }

// Failed marks the whole source as missing or unreadable, with the reason: it
// covers nothing, and the run is incomplete.
func (k *Intake) Failed(reason string) {
	s := k.source()
	s.failed, s.Covers = true, nil
	s.Gaps = append(s.Gaps, Gap{Reason: reason})
}

func mustCanonical(chain, address string) string {
	if canonical, err := CanonicalAddress(chain, address); err == nil {
		return canonical
	}
	return address
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tx interns a TXID. A hash is kept in lower case with 0x on every chain, so that a
// claim without a chain finds it on any.
func (k *Intake) tx(text string) uint32 {
	digits := text
	if len(digits) == hashLen && (digits[:2] == "0x" || digits[:2] == "0X") {
		digits = digits[2:]
	}
	switch faults := hexFaults(digits); {
	case len(digits) != hashLen-2 || faults&noHex != 0:
		return k.in.txs.intern(text)
	case faults == 0 && len(text) == hashLen && text[1] == 'x':
		return k.in.txs.intern(text)
	}
	buf := [hashLen]byte{'0', 'x'}
	for i := range digits {
		c := digits[i]
		if c >= 'A' && c <= 'F' {
			c += 'a' - 'A'
		}
		buf[2+i] = c
	}
	return k.in.txs.intern(unsafe.String(&buf[0], hashLen)) // which copies it
}

// hashLen is the length of a transaction hash with its 0x.
const hashLen = 66

func (k *Intake) txids(list []string) span {
	off := uint32(len(k.in.lists))
	for _, text := range list {
		if text != "" {
			k.in.lists = append(k.in.lists, k.tx(text))
		}
	}
	return span{off, uint32(len(k.in.lists)) - off}
}

func (k *Intake) addresses(chain int32, list []string) span {
	off := uint32(len(k.in.lists))
	for _, text := range list {
		if canonical, err := CanonicalAddress(k.in.chains[chain], text); err == nil && canonical != "" {
			k.in.lists = append(k.in.lists, k.in.addrs.intern(canonical))
		}
	}
	if n := uint32(len(k.in.lists)) - off; n > 0 {
		return span{off, n}
	}
	return span{}
}

func cloneReject(r *Reject) Reject {
	return Reject{At: r.At, Column: strings.Clone(r.Column), Value: strings.Clone(r.Value), Reason: strings.Clone(r.Reason),
		Raw: strings.Clone(r.Raw), OrderID: strings.Clone(r.OrderID), OrderNo: strings.Clone(r.OrderNo),
		TXID: strings.Clone(r.TXID), Address: strings.Clone(r.Address)}
}
