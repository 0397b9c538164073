package explorer

import (
	"errors"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

const maxDecimals = money.MaxDecimals

// money reads the amount of the row at hand.
func (x *rowReader) money(t *reconcile.Transfer) {
	switch {
	case x.has(base):
		t.Amount, t.BaseUnit = x.baseUnits(), true
	case x.has(whole):
		t.Amount = x.wholeUnits(whole)
	default:
		t.Amount = x.inOrOut()
	}
}

// baseUnits reads whole base units. Some writers add a point and zeros to them.
func (x *rowReader) baseUnits() money.Quantity {
	i, text := x.column[base], x.required(base)
	number := x.row.Number(i)
	if number && x.sheet && significant(text) > 15 {
		x.check(base, errors.New("a spreadsheet number keeps 15 digits and this one has more: export the column as text"))
	}
	q, err := money.Style{Exponent: number}.Parse(text)
	if err != nil {
		x.check(base, err)
		return q
	}
	units, err := q.Bind(0)
	if err != nil {
		x.check(base, errors.New("it has a fraction, and base units are whole: map the column as amount if it counts units of the asset"))
	}
	return money.NewQuantity(units, 0)
}

// significant counts the digits of a number between the first and the last that
// is not zero.
func significant(number string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	return len(strings.Trim(strings.Replace(mantissa, ".", "", 1), "0"))
}

// wholeUnits reads an amount in units of the asset.
func (x *rowReader) wholeUnits(fld field) money.Quantity {
	text := x.required(fld)
	style := x.format.style
	if x.format.moves == anything {
		style = x.options.Style
	}
	if x.row.Number(x.column[fld]) {
		style = money.Style{Exponent: true}
	} else if strings.Contains(text, "E+") || strings.Contains(text, "e+") {
		style.Exponent = false // the explorers write E7; E+07 is what a spreadsheet left of a number
	}
	q, err := style.Parse(text)
	x.check(fld, err)
	return q
}

// inOrOut reads the amount of exports that have one column for what the account
// received and one for what it sent. A payment to itself fills both.
func (x *rowReader) inOrOut() money.Quantity {
	received, sent := x.wholeUnits(wholeIn), x.wholeUnits(wholeOut)
	switch {
	case received.IsZero():
		return sent
	case sent.IsZero() || sent == received:
		return received
	}
	x.check(wholeOut, errors.New("the row has two amounts that differ, received and sent"))
	return received
}
