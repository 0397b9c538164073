package reconcile

import (
	"cmp"
	"slices"
	"time"

	"tieout/reconcile/money"
)

// BusinessDay is a date of the merchant's calendar and the time that it takes up,
// which is 23 or 25 hours long where clocks change. Whoever knows the zone cuts it.
type BusinessDay struct {
	Date string // YYYY-MM-DD
	Span Interval
}

// DayLine is the identity of one asset on one business date in one account:
// Received - Expected = Breaks + Open + CutOff + Tolerance + NotCovered + Answered + In - Out.
//
// Money stands on the date on which it came, an order, with everything that is said
// about it, on the date of its creation. Where the two differ, In and Out lead from
// one to the other: what goes out of a date comes into another one.
type DayLine struct {
	Date    string // "" = before the dates of the window: what was brought forward, or straddles its early edge
	Whole   bool   // the window holds all of the date
	Account string // cashier, MID; "" = none, or that of no single order
	Asset   money.Asset
	Chain   string

	Received, Expected                                    money.Units
	Breaks, Open, CutOff, Tolerance, NotCovered, Answered money.Units
	In                                                    money.Units // came here for orders of other dates
	Out                                                   money.Units // came on other dates for orders of this one
	Orders, Transfers                                     int
}

// Residual is what the parts of a line do not explain: zero in every result.
func (l *DayLine) Residual() money.Units {
	return l.Received.Sub(l.Expected).Sub(l.Breaks).Sub(l.Open).Sub(l.CutOff).Sub(l.Tolerance).Sub(l.NotCovered).Sub(l.Answered).Sub(l.In).Add(l.Out)
}

// add adds the figures of another line.
func (l *DayLine) add(o *DayLine) {
	l.Received, l.Expected = l.Received.Add(o.Received), l.Expected.Add(o.Expected)
	l.Breaks, l.Open, l.CutOff = l.Breaks.Add(o.Breaks), l.Open.Add(o.Open), l.CutOff.Add(o.CutOff)
	l.Tolerance, l.NotCovered, l.Answered = l.Tolerance.Add(o.Tolerance), l.NotCovered.Add(o.NotCovered), l.Answered.Add(o.Answered)
	l.In, l.Out = l.In.Add(o.In), l.Out.Add(o.Out)
	l.Orders, l.Transfers = l.Orders+o.Orders, l.Transfers+o.Transfers
}

// isEmpty reports whether a line has nothing to say.
func (l *DayLine) isEmpty() bool {
	if l.Orders+l.Transfers > 0 {
		return false
	}
	for _, u := range []money.Units{l.Received, l.Expected, l.Breaks, l.Open, l.CutOff, l.Tolerance, l.NotCovered, l.Answered, l.In, l.Out} {
		if !u.IsZero() {
			return false
		}
	}
	return true
}

// SumDays adds lines up by account and asset, whatever their dates are. The sums
// have no date.
func SumDays(lines []DayLine) []DayLine {
	type key struct{ account, asset string }
	at := map[key]int{}
	var sums []DayLine
	for i := range lines {
		l := &lines[i]
		k := key{l.Account, l.Asset.ID}
		n, known := at[k]
		if !known {
			n = len(sums)
			at[k] = n
			sums = append(sums, DayLine{Account: l.Account, Asset: l.Asset, Chain: l.Chain})
		}
		sums[n].add(l)
	}
	sortDays(sums)
	return sums
}

func sortDays(lines []DayLine) {
	slices.SortFunc(lines, func(a, b DayLine) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Asset.ID, b.Asset.ID))
	})
}

// dayKey is the place of a figure.
type dayKey struct {
	day     int32 // 0 = before the dates of the window
	account uint32
	asset   int32
}

// dayBook takes the figures of the identity apart by date and account.
type dayBook struct {
	calendar
	e      *engine
	at     map[dayKey]int32
	keys   []dayKey
	lines  []DayLine
	last   dayKey // of the line that was used last: most figures follow one of their own
	lastAt int32
	parted []bool           // by transfer: its money is an order's
	owners map[place]holder // of addresses that somebody asked for
}

// holder is the account of an address, where its orders have a single one.
type holder struct {
	account uint32
	known   bool
}

// proveDays takes the tie-out apart, proves each line of it, and holds the sums of
// all lines against those of the window.
func (e *engine) proveDays(window []TieOutLine) []DayLine {
	b := &dayBook{e: e, calendar: calendar{days: e.businessDays()}, at: map[dayKey]int32{}, lastAt: -1, parted: make([]bool, len(e.moves)), owners: map[place]holder{}}
	b.addOrders()
	b.addLoose()
	b.addBreaks()
	b.addItems()
	return b.prove(window)
}

// businessDays are the dates that the window touches.
func (e *engine) businessDays() []BusinessDay {
	if len(e.policy.Days) == 0 {
		return utcDays(e.window)
	}
	return e.policy.Days
}

// utcDays are the dates of a window in UTC.
func utcDays(v Interval) []BusinessDay {
	var days []BusinessDay
	for from := v.From - (v.From%Day+Day)%Day; from < v.To; from += Day {
		days = append(days, BusinessDay{from.Time().Format(time.DateOnly), Interval{from, from + Day}})
	}
	return days
}

// calendar finds the business date of an instant.
type calendar struct {
	days []BusinessDay
	near int32 // the date that was found last
}

// day is the number of the date of an instant: 0 before all of them, and the last
// one for all that comes after.
func (c *calendar) day(t Instant) int32 {
	if c.near > 0 && c.days[c.near-1].Span.Contains(t) {
		return c.near
	}
	n, _ := slices.BinarySearchFunc(c.days, t, func(d BusinessDay, t Instant) int {
		if d.Span.From <= t {
			return -1
		}
		return 1
	})
	c.near = int32(n)
	return c.near
}

// line is the line of a place. It is good until the next one is asked for.
func (b *dayBook) line(k dayKey) *DayLine {
	if b.lastAt >= 0 && b.last == k {
		return &b.lines[b.lastAt]
	}
	n, known := b.at[k]
	if !known {
		n = int32(len(b.lines))
		b.at[k] = n
		b.keys, b.lines = append(b.keys, k), append(b.lines, DayLine{})
	}
	b.last, b.lastAt = k, n
	return &b.lines[n]
}

// home is where an order stands, and whatever is said about it in an asset.
func (b *dayBook) home(p *payment, asset int32) dayKey {
	at := p.created
	switch {
	case at.Known():
	case p.firstPart >= 0:
		at = b.e.moves[b.e.parts[p.firstPart].move].time
	default:
		at = b.e.window.To
	}
	return dayKey{b.day(at), b.e.in.order(p.row()).account, asset}
}

// come books money where it came, and leads to the place of what it is for.
func (b *dayBook) come(m *move, units money.Units, account uint32, home dayKey) {
	k := dayKey{b.day(m.time), account, m.asset}
	l := b.line(k)
	l.Received = l.Received.Add(units)
	if k != home {
		l.In = l.In.Add(units)
		out := b.line(home)
		out.Out = out.Out.Add(units)
	}
}

// counted reports whether a transfer stands in the identity.
func (m *move) counted() bool {
	return m.scope == scopeJudged && m.final && m.excluded == ReasonNone
}

// addOrders books what is expected of each order, and the money that is its own.
func (b *dayBook) addOrders() {
	e := b.e
	for i := range e.pays {
		p := &e.pays[i]
		home := b.home(p, p.asset)
		if p.verdict.outcome != OutcomeContext {
			l := b.line(home)
			l.Orders++
			l.Expected = l.Expected.Add(p.verdict.expected)
			l.Tolerance = l.Tolerance.Add(p.verdict.within)
		}
		for at := p.firstPart; at >= 0; at = e.parts[at].next {
			part := &e.parts[at]
			m := &e.moves[part.move]
			if !m.counted() {
				continue
			}
			b.come(m, part.units, home.account, home)
			if !b.parted[part.move] { // of a batch: once
				b.parted[part.move] = true
				b.line(dayKey{b.day(m.time), home.account, m.asset}).Transfers++
			}
		}
	}
}

// addLoose books the money that is no order's, or an order's in another asset. That
// of an ambiguous group is for its break.
func (b *dayBook) addLoose() {
	for i := range b.e.moves {
		m := &b.e.moves[i]
		if !m.counted() || b.parted[i] {
			continue
		}
		own := dayKey{b.day(m.time), b.account(m), m.asset}
		switch {
		case m.owner >= 0:
			home := b.home(&b.e.pays[m.owner], m.asset)
			own.account = home.account
			b.come(m, m.units, own.account, home)
		case m.group < 0:
			b.come(m, m.units, own.account, own)
		}
		b.line(own).Transfers++
	}
}

// account is that of a transfer without an order: the account of its address, where
// all orders that name it have the same.
func (b *dayBook) account(m *move) uint32 {
	at := place{m.chain, m.to}
	s, asked := b.owners[at]
	if !asked {
		for _, p := range b.e.paysAt(at) {
			account := b.e.in.order(b.e.pays[p].row()).account
			if s.known && s.account != account {
				s.account = 0
				break
			}
			s = holder{account, true}
		}
		b.owners[at] = s
	}
	return s.account
}

func (b *dayBook) addBreaks() {
	for i := range b.e.breaks {
		f := &b.e.breaks[i]
		k := b.place(f.pay, f.move, f.asset)
		if f.kind == AmbiguousPayment {
			b.addGroup(&b.e.groups[b.e.pays[f.pay].group], k)
		}
		l := b.line(k)
		if f.past.closed() {
			l.Answered = l.Answered.Add(f.diff)
		} else {
			l.Breaks = l.Breaks.Add(f.diff)
		}
	}
}

// place is where a break or an item stands: with its order, else its transfer.
func (b *dayBook) place(pay, move, asset int32) dayKey {
	switch {
	case pay >= 0:
		return b.home(&b.e.pays[pay], asset)
	case move >= 0:
		m := &b.e.moves[move]
		return dayKey{b.day(m.time), b.account(m), asset}
	}
	return dayKey{int32(len(b.days)), 0, asset} // a claim: no money
}

// addGroup books both sides of an ambiguous payment where they belong, and leads
// them to the one place of its break.
func (b *dayBook) addGroup(g *group, at dayKey) {
	for _, i := range g.moves {
		if m := &b.e.moves[i]; m.counted() {
			b.come(m, m.units, b.account(m), at)
		}
	}
	for _, i := range g.pays {
		p := &b.e.pays[i]
		if !p.judged || !p.paid || !p.ask().Known {
			continue
		}
		due := p.ask().Units
		home := b.home(p, p.asset)
		l := b.line(home)
		l.Expected = l.Expected.Add(due)
		if home != at {
			l.Out = l.Out.Add(due)
			l = b.line(at)
			l.In = l.In.Add(due)
		}
	}
}

func (b *dayBook) addItems() {
	for i := range b.e.items {
		it := &b.e.items[i]
		l := b.line(b.place(it.pay, it.move, it.asset))
		switch {
		case it.past.closed():
			l.Answered = l.Answered.Add(it.amount)
		case it.state == CutOff:
			l.CutOff = l.CutOff.Add(it.amount)
		case it.state.undetermined():
			l.NotCovered = l.NotCovered.Add(it.amount)
		default:
			l.Open = l.Open.Add(it.amount)
		}
	}
}

// prove names the lines and checks them: each adds up, all of them come to the
// window's, and what goes out of one place comes into another.
func (b *dayBook) prove(window []TieOutLine) []DayLine {
	sums := make([]DayLine, len(window))
	out := make([]DayLine, 0, len(b.lines))
	for i := range b.lines {
		l, k := &b.lines[i], b.keys[i]
		sums[k.asset].add(l)
		l.Account, l.Asset = b.e.in.words.text(k.account), b.e.asset(k.asset)
		l.Chain = window[k.asset].Chain
		if k.day > 0 {
			d := &b.days[k.day-1]
			l.Date, l.Whole = d.Date, b.e.window.From <= d.Span.From && d.Span.To <= b.e.window.To
		}
		if rest := l.Residual(); !rest.IsZero() {
			b.e.violate("tie-out of %q on %q, account %q: received %s - expected %s leaves a residual of %s base units", l.Asset.ID, l.Date, l.Account, l.Received, l.Expected, rest)
		}
		if k.asset > 0 && !l.isEmpty() {
			out = append(out, *l)
		}
	}
	for i := range sums {
		b.compare(&window[i], &sums[i])
	}
	sortDays(out)
	return out
}

// compare holds the sum of all dates and accounts against the window.
func (b *dayBook) compare(l *TieOutLine, sum *DayLine) {
	for _, f := range []struct {
		name      string
		sum, want money.Units
	}{
		{"received", sum.Received, l.Received}, {"expected", sum.Expected, l.Expected}, {"breaks", sum.Breaks, l.Breaks}, {"open", sum.Open, l.Open},
		{"cut-off", sum.CutOff, l.CutOff}, {"tolerance", sum.Tolerance, l.Tolerance}, {"not covered", sum.NotCovered, l.NotCovered},
		{"answered", sum.Answered, l.Answered}, {"cut-off into", sum.In, sum.Out},
	} {
		if f.sum != f.want {
			b.e.violate("tie-out of %q by date: %s comes to %s, not %s", l.Asset.ID, f.name, f.sum, f.want)
		}
	}
	if sum.Orders != l.Orders || sum.Transfers != l.Transfers {
		b.e.violate("tie-out of %q by date: %d orders and %d transfers, not %d and %d", l.Asset.ID, sum.Orders, sum.Transfers, l.Orders, l.Transfers)
	}
}
