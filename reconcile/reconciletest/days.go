package reconciletest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tieout/reconcile"
)

// Diary reconciles a world one business date after the other: each opens with what
// the one before closed. Between two dates the world goes on: a book changes its
// mind, a transfer is mined, a person answers.
type Diary struct {
	World   *World
	Opening reconcile.Opening
	Result  *reconcile.Result // of the last date
}

// NewDiary returns a diary of an empty world.
func NewDiary() *Diary { return &Diary{World: New()} }

// Lookback is how many days a date of a diary judges.
const Lookback = 4 * reconcile.Day

// Run reconciles a date of March 2026, "03-09", over what has happened by its end,
// and returns its lines, sorted:
//
//	A-1 lost_order +100              open at the close
//	A-1 overpaid +20 (not seen)      open, and not in the rows of this date
//	A-1 lost_order +100 [accept]     open, and answered
//	gone A-1 lost_order +100 by evidence
//	gone A-1 overpaid +20 written_off by anna
//	gone A-1 awaiting_finality 0 to lost_order
//	reopened 1
//	rejected accept of A-1 overpaid: stale: …
//	do A-1 complete_transaction
func (d *Diary) Run(t testing.TB, date string) []string {
	t.Helper()
	w := d.World
	to := Clock(date+" 00:00") + reconcile.Day
	w.Policy.Window = reconcile.Interval{From: to - Lookback, To: to}
	w.Policy.Date, w.Policy.Opening = "2026-"+date, d.Opening
	r, err := reconcile.Reconcile(Input(Catalogue(), w.Policy.Profiles, w.until(to)), w.Policy)
	if err != nil {
		t.Fatalf("%s: reconcile: %v", date, err)
	}
	if err := Check(r); err != nil {
		t.Errorf("%s: %v", date, err)
	}
	lines := w.dayLines(r, d.Opening)
	d.Result, d.Opening = r, r.Closing()
	return lines
}

// Answer answers an item of the last close, "A-1 lost_order".
func (d *Diary) Answer(t testing.TB, item string, a reconcile.Answer) {
	t.Helper()
	names := d.World.names()
	for _, it := range d.Opening.Items {
		if strings.HasPrefix(names.item(it)+" ", item+" ") {
			a.ID = it.ID
			if a.Date == "" {
				a.Date = d.Opening.Date
			}
			d.Opening.Answers = append(d.Opening.Answers, a)
			return
		}
	}
	t.Fatalf("there is no item %q to answer", item)
}

// until returns what the world's sources hand over at a time.
func (w *World) until(to reconcile.Instant) []Source {
	list := w.Sources()
	for i := range list {
		s := &list[i]
		s.Orders = slices.DeleteFunc(s.Orders, func(o reconcile.Order) bool { return o.Created >= to })
		s.Transfers = slices.DeleteFunc(s.Transfers, func(t reconcile.Transfer) bool { return t.BlockTime >= to })
		s.Deliveries = slices.DeleteFunc(s.Deliveries, func(d reconcile.Delivery) bool { return d.Received >= to })
		s.Refunds = slices.DeleteFunc(s.Refunds, func(r reconcile.Refund) bool { return r.Created >= to })
	}
	return list
}

// Find returns the row of an order in the provider's book, FindIn in either. A name
// that is not there panics.
func (w *World) Find(name string) *Order { return w.FindIn(name, reconcile.BookProvider) }

// FindIn is Find for either book.
func (w *World) FindIn(name string, book reconcile.Book) *Order {
	for _, o := range w.orders {
		if o.name == name && o.row.Book == book {
			return o
		}
	}
	panic("reconciletest: there is no order " + name)
}

// Deaf takes the webhook log away.
func (w *World) Deaf() { w.hears, w.calls = false, nil }

// Drop takes the rows of a name away: an order from every book, or a transfer.
func (w *World) Drop(name string) {
	w.orders = slices.DeleteFunc(w.orders, func(o *Order) bool { return o.name == name })
	w.moves = slices.DeleteFunc(w.moves, func(t *Transfer) bool {
		if t.name == name {
			w.dropped = append(w.dropped, t)
		}
		return t.name == name
	})
}

// DropFrom takes the row of an order away from one book.
func (w *World) DropFrom(name string, book reconcile.Book) {
	w.orders = slices.DeleteFunc(w.orders, func(o *Order) bool { return o.name == name && o.row.Book == book })
}

func (w *World) dayLines(r *reconcile.Result, opening reconcile.Opening) []string {
	names := w.names()
	var lines []string
	closing := r.Closing()
	unseen := map[string]bool{}
	for _, it := range r.CarriedItems() {
		unseen[it.ID+it.Asset.ID] = true
	}
	for _, it := range closing.Items {
		if it.Closed() {
			continue
		}
		line := names.item(it)
		if it.Answer != nil {
			line += " [" + string(it.Answer.Action) + "]"
		}
		if unseen[it.ID+it.Asset.ID] {
			line += " (not seen)"
		}
		lines = append(lines, line)
	}
	for _, row := range r.ResolvedItems() {
		line := "gone " + names.item(row.Item)
		switch {
		case row.How == reconcile.HowMoved:
			i := slices.IndexFunc(closing.Items, func(it reconcile.Item) bool { return it.ID == row.Became })
			line += " to " + closing.Items[i].Kind + closing.Items[i].State
		case row.How == reconcile.HowWrittenOff:
			line += " written_off by " + row.Answer.By
		case row.Answer != nil:
			line += " by " + row.Answer.By
		default:
			line += " by evidence"
		}
		lines = append(lines, line)
	}
	reopened := 0
	for _, l := range r.RollForward() {
		reopened += l.Reopened.Count
	}
	if reopened > 0 {
		lines = append(lines, fmt.Sprint("reopened ", reopened))
	}
	for _, a := range r.RejectedAnswers() {
		what := "nothing"
		for _, it := range append(slices.Clone(opening.Items), closing.Items...) {
			if it.ID == a.ID {
				what = names.item(it)
			}
		}
		subject, _, _ := strings.Cut(what, " +")
		subject, _, _ = strings.Cut(subject, " -")
		lines = append(lines, "rejected "+string(a.Action)+" of "+subject+": "+a.Why)
	}
	for _, row := range r.Actions() {
		lines = append(lines, "do "+names.subject(row.OrderID, row.OrderNo, []string{row.TXID})+" "+row.Action.String())
	}
	slices.Sort(lines)
	return lines
}

// item is a line of an item: its subject, kind or state, and figure.
func (n names) item(it reconcile.Item) string {
	subject := n.subject(it.OrderID, it.OrderNo, it.TXIDs)
	if strings.HasPrefix(it.Subject, "claim:") {
		subject = strings.TrimPrefix(it.Subject, "claim:")
	}
	return subject + " " + it.Kind + it.State + " " + signed(it.Difference, it.Asset)
}
