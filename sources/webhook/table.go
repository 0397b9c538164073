package webhook

import (
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// table reads a row of a plain table.
func (r *reading) table(d *reconcile.Delivery) {
	if len(r.options.Secrets) > 0 {
		r.plain.add(d.At.Line)
	}
	d.OrderNo, d.OrderID = r.id(orderNo), r.id(orderID)
	if d.OrderNo == "" && d.OrderID == "" {
		r.fail(orderNo, "the row has neither a body nor order_no or order_id")
	}
	d.Status = r.row.Text(status)
	d.State = r.state(d.Status)
	if tx := r.id(txid); len(tx) >= 32 && !strings.Contains(tx, "..") { // else a placeholder
		r.tx[0] = tx
		d.TXIDs = r.tx[:]
	}
	d.Amount = r.amount()
}

func (r *reading) id(column int) string {
	id, err := sources.CleanID(r.row.Text(column))
	if err != nil {
		r.fail(column, err.Error())
	}
	return id
}

func (r *reading) amount() money.Quantity {
	text := r.row.Text(amount)
	if text == "" {
		return money.Quantity{}
	}
	style := r.options.Style
	if r.row.Number(amount) {
		style = money.Style{Exponent: true}
	}
	q, err := style.Parse(text)
	if err != nil {
		r.fail(amount, err.Error())
	}
	return q
}

// state is stateOf the word, which is most often that of the row before.
func (r *reading) state(word string) reconcile.State {
	if r.word != word || word == "" {
		r.word, r.meant = strings.Clone(word), stateOf(r.options.Profile, word)
	}
	return r.meant
}

// stateOf reads a status word that does not say which of the provider's schemas it
// is from: all that have it must agree. (At BlockATM 1 is a success in one and none
// in another.)
func stateOf(profile *reconcile.Profile, status string) reconcile.State {
	found, word := reconcile.StateUnknown, strings.ToUpper(strings.TrimSpace(status))
	for _, words := range profile.Statuses {
		switch s := words[word]; {
		case s == reconcile.StateUnknown || s == found:
		case found != reconcile.StateUnknown:
			return reconcile.StateUnknown
		default:
			found = s
		}
	}
	return found
}
