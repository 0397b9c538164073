package bvnk

import (
	"fmt"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// movement is one row of a ledger as its balance sees it.
type movement struct {
	line            int
	date            reconcile.Instant
	amount, balance money.Quantity
}

func (m *movement) legible() bool { return m.amount.Known() && m.balance.Known() }

// chain is the movements of one account in one file. An export runs forwards or
// backwards in time, and writes what leaves with a sign or without: which of these it
// does shows in the end, so a chain is followed in every way at once.
type chain struct {
	account, file string
	start, end    movement // in the order of the file
	rows          int
	signs         bool // an amount is negative: amounts carry their signs
	ways          [4]way
}

// way is one way to read a chain: forwards or backwards, with signs or without.
type way struct {
	broken int     // how often it is
	at     []crack // the first of them
}

// crack is a step that the amount does not explain.
type crack struct{ before, after movement }

const maxCracks = 20

func (c *chain) step(m movement) {
	c.signs = c.signs || m.amount.Known() && m.amount.Coef().Sign() < 0
	if c.rows++; c.rows == 1 {
		c.start, c.end = m, m
		return
	}
	for i := range c.ways {
		before, after := &c.end, &m
		if i&1 == 1 {
			before, after = after, before
		}
		if !explains(before, after, i&2 == 2) {
			w := &c.ways[i]
			if w.broken++; w.broken <= maxCracks {
				w.at = append(w.at, crack{c.end, m})
			}
		}
	}
	c.end = m
}

// explains reports whether the later movement's amount leads from one balance to the
// other.
func explains(before, after *movement, signed bool) bool {
	if !before.legible() || !after.legible() {
		return false
	}
	change := minus(after.balance, before.balance)
	if signed {
		return change.Cmp(after.amount) == 0
	}
	return change.Cmp(after.amount) == 0 || change.Cmp(negative(after.amount)) == 0
}

func negative(q money.Quantity) money.Quantity { return money.NewQuantity(q.Coef().Neg(), q.Scale()) }

func minus(a, b money.Quantity) money.Quantity { return a.Add(negative(b)) }

// way is how the file is written: the direction with fewer cracks, forwards where
// both have as many.
func (c *chain) way() (w *way, backwards bool) {
	forwards, back := &c.ways[0], &c.ways[1]
	if c.signs {
		forwards, back = &c.ways[2], &c.ways[3]
	}
	if back.broken < forwards.broken {
		return back, true
	}
	return forwards, false
}

// prove says whether the balance is unbroken; every row at which it is not is a gap.
func (c *chain) prove(into sources.Sink) bool {
	w, backwards := c.way()
	first, last := c.first(), c.last()
	if w.broken == 0 {
		into.Note(fmt.Sprintf("%s: the running balance of %s is unbroken over %d rows, from %s to %s", c.file, c.account, c.rows, first.date, last.date))
		return true
	}
	for _, k := range w.at {
		before, after := k.before, k.after
		if backwards {
			before, after = after, before
		}
		into.Gap(reconcile.Gap{Span: between(before.date, after.date), Reason: fmt.Sprintf("%s line %d column \"Running Balance\": %s", c.file, k.after.line, says(&before, &after, c.account))})
	}
	if more := w.broken - len(w.at); more > 0 {
		into.Gap(reconcile.Gap{Span: between(first.date, last.date), Reason: fmt.Sprintf("%s: the running balance of %s is broken at %d more rows", c.file, c.account, more)})
	}
	return false
}

// says tells a crack for people.
func says(before, after *movement, account string) string {
	if !before.legible() || !after.legible() {
		return "a row of " + account + " cannot be read, so its balance cannot be followed"
	}
	return fmt.Sprintf("the balance of %s goes from %s (line %d) to %s (line %d), and the amount is %s: rows are missing between them, or were changed",
		account, before.balance, before.line, after.balance, after.line, after.amount)
}

// between is the time in which rows may be missing, everything where it is not known.
func between(a, b reconcile.Instant) reconcile.Interval {
	if !a.Known() || !b.Known() {
		return reconcile.Interval{}
	}
	return reconcile.Interval{From: min(a, b), To: max(a, b) + 1}
}

// first and last are the oldest and the newest movement.
func (c *chain) first() *movement {
	if _, backwards := c.way(); backwards || c.rows > 1 && c.end.date < c.start.date {
		return &c.end
	}
	return &c.start
}

func (c *chain) last() *movement {
	if c.first() == &c.end {
		return &c.start
	}
	return &c.end
}

// joins reports whether a file goes on where the one before it ended. Files that
// overlap in time are not held against one another.
func joins(a, b *chain, into sources.Sink) bool {
	last, first := a.last(), b.first()
	if first.date <= last.date || explains(last, first, a.signs || b.signs) {
		return true
	}
	into.Gap(reconcile.Gap{Span: between(last.date, first.date), Reason: fmt.Sprintf("%s line %d column \"Running Balance\": %s ends at %s in %s line %d; %s",
		b.file, first.line, a.account, last.balance, a.file, last.line, says(last, first, a.account))})
	return false
}
