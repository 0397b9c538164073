package reconcile

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// refund is one refund: its newest row beside the order that it refunds and what
// the chain says of it.
type refund struct {
	row      int32
	pay      int32 // the order, -1 where none of those that were read is meant
	asset    int32 // 0 where nobody can say
	units    Figure
	standing standing
	note     string // why it does not count, "" where it does
	explains bool   // an outgoing transfer was found for it
	twin     int32  // one more than the refund that another book tells of it, 0 without
}

// standing says whether the money of a refund went.
type standing uint8

const (
	refundDone    standing = iota // the book says so, and the chain does not say otherwise
	refundOnWay                   // called pending, or on chain and not final, or it went after the window's end
	refundVoid                    // refused or failed, or its transaction is not on the chain
	refundUnclear                 // an unknown status, or a figure that cannot be read
	refundLater                   // made after the window's end: nothing of it is known yet
	refundTold                    // another book tells of the same one, and that row counts
)

// refunds are what the refund books say, and how to find it.
type refunds struct {
	supplied bool
	blind    bool // a row could not be read, and nobody knows which payment it explains
	list     []refund
	byName   map[string]int32   // by subject
	byTX     map[uint32][]int32 // by transaction
	ofPay    map[int32][]int32  // by order
	unread   map[uint32]bool    // transactions of rows that could not be read
	explains map[int32]string   // outgoing transfers, and the refund that explains each
}

// gatherRefunds drops repeated rows, finds the order of every refund, and says
// whether its money went. Orders have their transfers by now.
func (e *engine) gatherRefunds() {
	b := &e.refunds
	if b.supplied = e.hasBook(SourceRefunds); !b.supplied {
		return
	}
	b.byName, b.byTX, b.ofPay = map[string]int32{}, map[uint32][]int32{}, map[int32][]int32{}
	e.findUnreadRefunds()
	index := e.paymentIndex()
	for _, row := range e.newestRefunds() {
		r := refund{row: row}
		r.pay, r.note = e.refundedOrder(index, &e.in.refunds[row])
		e.bindRefund(&r)
		e.standRefund(&r)
		n := int32(len(b.list))
		b.list = append(b.list, r)
		b.byName[e.refundSubject(row)] = n
		if r.pay >= 0 {
			b.ofPay[r.pay] = append(b.ofPay[r.pay], n)
		}
		for _, tx := range e.in.list(e.in.refunds[row].txids) {
			if list := b.byTX[tx]; !slices.Contains(list, n) {
				b.byTX[tx] = append(list, n)
			}
		}
	}
	e.joinBooks()
	e.explainOutgoing()
}

// joinBooks lets money that several books tell of go back once: refunds of one order
// in one asset that name one transaction are the same one where their books differ.
func (e *engine) joinBooks() {
	for _, tx := range sortedTXs(e.refunds.byTX) {
		list := e.refunds.byTX[tx]
		for i, n := range list {
			if at := slices.IndexFunc(list[:i], func(other int32) bool { return e.sameRefund(n, other) }); at >= 0 {
				e.joinRefunds(list[at], n)
			}
		}
	}
}

// sameRefund compares rows of one transaction. One that names no order has to be of
// the same amount.
func (e *engine) sameRefund(n, other int32) bool {
	a, b := &e.refunds.list[n], &e.refunds.list[other]
	x, y := &e.in.refunds[a.row], &e.in.refunds[b.row]
	switch {
	case x.provider == y.provider || a.twin > 0 || b.twin > 0 || a.asset != b.asset || !a.units.Known || !b.units.Known:
		return false
	case a.standing != b.standing || a.standing != refundDone && a.standing != refundOnWay || x.to != y.to && x.to != 0 && y.to != 0:
		return false
	case a.pay < 0 || b.pay < 0:
		return a.units == b.units
	}
	return a.pay == b.pay
}

// joinRefunds lets one of two rows count: the one that names an order, else that of
// the smaller amount.
func (e *engine) joinRefunds(first, second int32) {
	a, b := &e.refunds.list[first], &e.refunds.list[second]
	a.twin, b.twin = second+1, first+1
	if a.pay < 0 && b.pay >= 0 || b.units.Units.Cmp(a.units.Units) < 0 {
		a, b = b, a
	}
	b.standing, b.note = refundTold, "it is refund "+e.refundLabel(a)+" of another book, by its transaction"
}

// findUnreadRefunds notes which transactions rows name that could not be read. A
// row whose transaction is not legible could explain any payment.
func (e *engine) findUnreadRefunds() {
	b := &e.refunds
	b.unread = map[uint32]bool{}
	for i := range e.in.rejects {
		r := &e.in.rejects[i]
		switch {
		case e.in.sources[r.source].info.Kind != SourceRefunds:
		case r.TXID == "":
			b.blind = true
		default:
			k := Intake{in: e.in, id: r.source}
			b.unread[k.tx(r.TXID)] = true
		}
	}
}

// refundSubject names a refund for ever: by its book's id, else by what it is about.
func (e *engine) refundSubject(row int32) string {
	r := &e.in.refunds[row]
	name := "refund:" + e.in.words.text(r.provider) + "/"
	if r.id != 0 {
		return name + e.in.words.text(r.id)
	}
	for _, tx := range e.in.list(r.txids) {
		name += "tx/" + e.in.txid(r.chain, tx) + "/"
	}
	if order := cmp.Or(r.orderID, r.orderNo); order != 0 {
		return name + e.in.keys.text(order)
	}
	return name + e.in.addrs.text(r.to) // one transaction may pay many
}

// refundLabel names a refund for people.
func (e *engine) refundLabel(r *refund) string {
	row := &e.in.refunds[r.row]
	if row.id != 0 {
		return e.in.words.text(row.id)
	}
	if list := e.in.list(row.txids); len(list) > 0 {
		return e.in.txid(row.chain, list[0])
	}
	return "without an id"
}

// newestRefunds returns the row that counts of every refund, by subject. Other rows
// of it are duplicates or superseded.
func (e *engine) newestRefunds() []int32 {
	same := map[string][]int32{}
	for i := range e.in.refunds {
		name := e.refundSubject(int32(i))
		same[name] = append(same[name], int32(i))
	}
	names := make([]string, 0, len(same))
	for name := range same {
		names = append(names, name)
	}
	slices.Sort(names)
	rows := make([]int32, 0, len(names))
	for _, name := range names {
		list := same[name]
		slices.SortFunc(list, func(a, b int32) int {
			return cmp.Or(e.compareRefunds(b, a), cmp.Compare(e.in.refunds[a].source, e.in.refunds[b].source))
		})
		for n := 1; n < len(list); n++ {
			s := &e.in.sources[e.in.refunds[list[n]].source]
			if e.compareRefunds(list[n-1], list[n]) == 0 {
				s.Duplicates++
			} else {
				s.Superseded++
			}
		}
		rows = append(rows, list[0])
	}
	return rows
}

// compareRefunds orders rows of one refund: the newest update last, then the later
// state, then by everything else that they say.
func (e *engine) compareRefunds(a, b int32) int {
	x, y := &e.in.refunds[a], &e.in.refunds[b]
	return cmp.Or(cmp.Compare(x.updated, y.updated), cmp.Compare(stateRank(x.state), stateRank(y.state)), cmp.Compare(x.created, y.created),
		cmp.Compare(x.state, y.state), compareText(e.in.words, x.status, y.status), compareText(e.in.words, x.symbol, y.symbol),
		compareText(e.in.keys, x.orderID, y.orderID), compareText(e.in.keys, x.orderNo, y.orderNo),
		strings.Compare(e.in.chains[x.chain], e.in.chains[y.chain]), strings.Compare(e.in.assets[x.asset].ID, e.in.assets[y.asset].ID),
		e.compareQty(x.amount, y.amount), compareText(e.in.addrs, x.to, y.to),
		slices.CompareFunc(e.in.list(x.txids), e.in.list(y.txids), func(s, t uint32) int { return compareText(e.in.txs, s, t) }))
}

// refundedOrder finds the order of a refund: by the provider's id, else by the order
// number, of the book's own provider first. A row whose id and number are of two
// orders is about neither.
func (e *engine) refundedOrder(index [2]rowIndex, r *refundRow) (pay int32, note string) {
	byID, byNo := e.meant(index[0], r.orderID, r), e.meant(index[1], r.orderNo, r)
	switch {
	case byID < 0:
		return byNo, ""
	case r.orderNo == 0 || e.pays[byID].no == 0 || e.pays[byID].no == r.orderNo:
		return byID, ""
	}
	return -1, "its order id is that of order " + e.label(&e.pays[byID]) + ", its order number is another one"
}

// meant picks among the orders of a key: those of the refund's provider before
// others, then paid ones, those with money, and the newest.
func (e *engine) meant(x rowIndex, key uint32, r *refundRow) int32 {
	if key == 0 {
		return -1
	}
	best := int32(-1)
	rank := func(i int32) [3]int {
		p := &e.pays[i]
		return [3]int{btoi(e.in.order(p.row()).provider == r.provider), btoi(p.paid), btoi(p.firstPart >= 0)}
	}
	for i := x.head[key]; i >= 0; i = x.next[i] {
		if best < 0 {
			best = i
			continue
		}
		a, b := rank(i), rank(best)
		c := cmp.Or(slices.Compare(a[:], b[:]), cmp.Compare(e.pays[i].created, e.pays[best].created), cmp.Compare(best, i))
		if c > 0 {
			best = i
		}
	}
	return best
}

// bindRefund turns the amount into base units: of the asset that the row names, on
// the order's chain where it names none, else of the order's own.
func (e *engine) bindRefund(r *refund) {
	row := &e.in.refunds[r.row]
	r.asset = row.asset
	if r.asset == 0 && r.pay >= 0 {
		p := &e.pays[r.pay]
		switch symbol := e.in.words.text(row.symbol); {
		case symbol == "" && row.chain == 0:
			r.asset = p.asset
		case symbol == "" || row.chain == 0 && p.asset != 0 && strings.EqualFold(symbol, e.in.assets[p.asset].Symbol):
			if row.chain == 0 || row.chain == p.chain {
				r.asset = p.asset
			}
		case row.chain == 0 && p.chain != 0:
			r.asset = e.in.assetOf(p.chain, symbol)
		}
	}
	q := e.in.quantity(row.amount)
	if r.asset == 0 || !q.Known() {
		return
	}
	units, err := q.Bind(max(e.in.assets[r.asset].Decimals, 0))
	if err == nil && units.Sign() < 0 {
		err = errors.New("a refund gives back a positive amount")
	}
	if err != nil {
		e.rejectRefund(row, q.String(), err.Error())
		r.standing, r.note = refundUnclear, "amount: "+err.Error()
		return
	}
	r.units = Figure{units, true}
}

func (e *engine) rejectRefund(row *refundRow, value, reason string) {
	e.in.sources[row.source].Rejected++
	reject := Reject{At: row.at, Column: "amount", Value: value, Reason: reason, OrderID: e.in.keys.text(row.orderID), OrderNo: e.in.keys.text(row.orderNo)}
	if list := e.in.list(row.txids); len(list) > 0 {
		reject.TXID = e.in.txid(row.chain, list[0])
	}
	e.lateRejects = append(e.lateRejects, rejectRow{reject, row.source})
}

// standRefund says whether the money went: the book's word, unless the chain proves
// that it is wrong or not yet true.
func (e *engine) standRefund(r *refund) {
	row := &e.in.refunds[r.row]
	switch {
	case row.created >= e.window.To:
		r.standing, r.note = refundLater, "made after the end of the window"
	case r.standing == refundUnclear:
	case row.state == StateUnknown:
		r.standing, r.note = refundUnclear, "its status "+quote(e.in.words.text(row.status))+" is not in the profile"
	case row.state == StateCreated || row.state == StateDetected:
		r.standing, r.note = refundOnWay, "its book calls it "+row.state.String()
	case row.state != StatePaid:
		r.standing, r.note = refundVoid, "its book calls it "+row.state.String()
	default:
		e.askChain(r, row)
	}
}

// askChain holds a refund that its book calls done against what is known of its
// transactions. Not to have seen one proves nothing: providers pay refunds from
// addresses of their own.
func (e *engine) askChain(r *refund, row *refundRow) {
	var found, waits, refuted bool
	for _, tx := range e.in.list(row.txids) {
		for m := e.movesByTX.head[tx]; m >= 0; m = e.movesByTX.next[m] {
			mv := &e.moves[m]
			found = found || mv.final && mv.scope != scopeLater
			waits = waits || !mv.final || mv.scope == scopeLater
		}
		switch status, asked := e.fact(row.chain, tx); {
		case status == TXFound:
			found = true
		case status == TXReverted, status == TXAbsent && asked && row.chain != 0:
			refuted = true
		}
	}
	switch {
	case found:
	case waits:
		r.standing, r.note = refundOnWay, "its transaction was not final at the end of the window"
	case refuted:
		r.standing, r.note = refundVoid, "its transaction failed or is not on the chain"
	}
}

// sumRefunds adds up what refunds gave back of an order in an asset, and what is on
// its way. Refunds whose amount nobody can tell in that asset count for nothing.
func (e *engine) sumRefunds(pay, asset int32) (done, onWay money.Units) {
	for _, n := range e.refunds.ofPay[pay] {
		r := &e.refunds.list[n]
		switch {
		case r.asset != asset || !r.units.Known:
		case r.standing == refundDone:
			done = done.Add(r.units.Units)
		case r.standing == refundOnWay:
			onWay = onWay.Add(r.units.Units)
		}
	}
	return done, onWay
}

// refundNames lists the refunds of an order in a standing, for people.
func (e *engine) refundNames(pay, asset int32, of standing) string {
	var list []string
	for _, n := range e.refunds.ofPay[pay] {
		if r := &e.refunds.list[n]; r.standing == of && r.asset == asset && r.units.Known {
			list = append(list, e.refundLabel(r))
		}
	}
	return strings.Join(list, ", ")
}

// refundSubjects are the refunds of an order that a verdict on its money stands on.
func (e *engine) refundSubjects(pay, asset int32) []string {
	var list []string
	for _, n := range e.refunds.ofPay[pay] {
		if r := &e.refunds.list[n]; r.standing == refundDone && r.asset == asset && r.units.Known {
			list = append(list, e.refundSubject(r.row))
		}
	}
	return list
}
