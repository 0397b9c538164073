package audit

import (
	"fmt"
	"strconv"
	"strings"

	"tieout/reconcile/money"
)

// Bounds of a decimal: a sum of amounts of 256 bits has more digits than one of
// them, and an asset has at most 36 decimals.
const (
	maxDigits   = 90
	maxDecimals = money.MaxDecimals
	chunk       = 15 // digits that are taken at once
)

// parseDecimal reads a figure as reports write it: a minus, digits, at most one
// point between digits. Sums of amounts may be larger than an amount.
func parseDecimal(text string) (money.Quantity, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	digits = whole + fraction
	switch {
	case whole == "" || point && fraction == "" || strings.Trim(digits, "0123456789") != "":
		return money.Quantity{}, fmt.Errorf("%q is no exact decimal", text)
	case len(digits) > maxDigits || len(fraction) > maxDecimals:
		return money.Quantity{}, fmt.Errorf("%q is longer than any amount", text)
	}
	var units money.Units
	for len(digits) > 0 {
		n := min(chunk, len(digits))
		part, err := strconv.ParseUint(digits[:n], 10, 64)
		if err != nil {
			return money.Quantity{}, err
		}
		units, digits = units.MulDiv(power(n), 1).Add(money.FromUint64(part)), digits[n:]
	}
	if negative {
		units = units.Neg()
	}
	return money.NewQuantity(units, len(fraction)), nil
}

func power(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// minus returns a - b.
func minus(a, b money.Quantity) money.Quantity {
	if !b.Known() {
		return a
	}
	return a.Add(money.NewQuantity(b.Coef().Neg(), b.Scale()))
}

// nothing is the figure zero, which is not the same as no figure.
var nothing = money.NewQuantity(money.Units{}, 0)

// known reads no figure as zero.
func known(q money.Quantity) money.Quantity { return q.Add(nothing) }
