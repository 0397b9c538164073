package money

import (
	"errors"
	"fmt"
)

// MaxDecimals is the largest number of decimals an asset or a quantity may have.
const MaxDecimals = 36

// Quantity is an amount as a source wrote it: an exact coefficient and the
// number of digits after the point, before anybody knows which asset it is of.
// The zero value means that the source gave none. Two quantities that differ
// only in trailing zeros differ here and are equal once bound.
type Quantity struct {
	coef  Units
	scale uint8
	known bool
}

// NewQuantity returns coef / 10^scale, for a scale up to MaxDecimals.
func NewQuantity(coef Units, scale int) Quantity {
	return Quantity{coef, uint8(scale), true}
}

// Known reports whether a quantity was given at all.
func (q Quantity) Known() bool { return q.known }

// Coef returns the coefficient; the quantity is Coef / 10^Scale.
func (q Quantity) Coef() Units { return q.coef }

// Scale returns the number of digits after the point.
func (q Quantity) Scale() int { return int(q.scale) }

// IsZero reports whether a known quantity is zero.
func (q Quantity) IsZero() bool { return q.known && q.coef.IsZero() }

// String returns the exact decimal, or "" when not known.
func (q Quantity) String() string {
	if !q.known {
		return ""
	}
	return q.coef.Decimal(int(q.scale))
}

// ErrPrecision says that a quantity has more digits after the point than its
// asset, so that binding it would lose money.
var ErrPrecision = errors.New("more decimals than the asset has")

// ErrRange says that an amount does not fit an unsigned 256-bit number.
var ErrRange = errors.New("amount is larger than 2^256-1")

// Bind returns the base units of q for an asset with that many decimals. It is
// exact: ErrPrecision when digits would be lost (zeros may), ErrRange beyond
// 2^256-1 in magnitude.
func (q Quantity) Bind(decimals int) (Units, error) {
	mag := q.coef.Abs()
	scale := int(q.scale)
	for ; scale > decimals; scale-- {
		quo, rem := mag.divSmall(10)
		if rem != 0 {
			return Units{}, fmt.Errorf("%s has more than %d decimals: %w", q, decimals, ErrPrecision)
		}
		mag = quo
	}
	for ; scale < decimals; scale++ {
		mag = mag.mulSmall(10)
		if mag.beyond() {
			return Units{}, fmt.Errorf("%s with %d decimals: %w", q, decimals, ErrRange)
		}
	}
	if q.coef.Sign() < 0 {
		return mag.Neg(), nil
	}
	return mag, nil
}

// Style says how a column writes numbers. The zero value is the strict form:
// digits with an optional point, no grouping, no exponent, no sign but a plus.
type Style struct {
	Decimal  byte // the decimal mark, '.' when 0
	Group    byte // thousands separator, 0 when none is allowed
	Exponent bool // accept 2E+6, as JSON numbers and numeric XLSX cells have
	Negative bool // accept a minus sign
}

// Parse reads a decimal in the strict form: an optional plus, 1 to 78 digits,
// an optional point with 1 to 36 digits. Anything else is an error that says
// what is wrong; empty text is an error too (a source decides what empty means).
func Parse(text string) (Quantity, error) { return Style{}.Parse(text) }

// Parse reads a decimal written in that style. See the package's Parse for the
// strict form; errors quote the text and the reason.
func (s Style) Parse(text string) (Quantity, error) {
	q, err := s.parse(text)
	if err != nil {
		return Quantity{}, fmt.Errorf("%q is not an amount: %w", clip(text), err)
	}
	return q, nil
}

func (s Style) parse(text string) (Quantity, error) {
	rest := text
	if rest == "" {
		return Quantity{}, errors.New("it is empty")
	}
	neg := false
	switch rest[0] {
	case '-':
		if !s.Negative {
			return Quantity{}, errors.New("it is negative")
		}
		neg, rest = true, rest[1:]
	case '+':
		rest = rest[1:]
	}
	mantissa, exp, err := s.splitExponent(rest)
	if err != nil {
		return Quantity{}, err
	}
	coef, scale, err := s.mantissa(mantissa)
	if err != nil {
		return Quantity{}, err
	}
	if scale -= exp; scale < 0 {
		if !coef.IsZero() && len(coef.appendDigits(nil))-scale > 78 {
			return Quantity{}, ErrRange
		}
		coef, scale = coef.mulPow10(-scale), 0
	}
	for scale > MaxDecimals { // 1.500E-40 cannot be held, 0E-40 can
		quo, rem := coef.divSmall(10)
		if rem != 0 {
			return Quantity{}, fmt.Errorf("it has more than %d decimals", MaxDecimals)
		}
		coef, scale = quo, scale-1
	}
	if coef.beyond() {
		return Quantity{}, ErrRange
	}
	if neg {
		coef = coef.Neg()
	}
	return NewQuantity(coef, scale), nil
}

func (s Style) splitExponent(text string) (mantissa string, exp int, err error) {
	for i := range len(text) {
		if text[i] != 'e' && text[i] != 'E' {
			continue
		}
		if !s.Exponent {
			return "", 0, errors.New("it is in scientific notation: the export has lost digits or needs another format")
		}
		digits, sign := text[i+1:], 1
		if digits != "" && (digits[0] == '+' || digits[0] == '-') {
			if digits[0] == '-' {
				sign = -1
			}
			digits = digits[1:]
		}
		if len(digits) == 0 || len(digits) > 3 {
			return "", 0, errors.New("its exponent is out of range")
		}
		for _, d := range []byte(digits) {
			if d < '0' || d > '9' {
				return "", 0, errors.New("its exponent is not a number")
			}
			exp = exp*10 + int(d-'0')
		}
		if exp > 2*MaxDecimals {
			return "", 0, errors.New("its exponent is out of range")
		}
		return text[:i], sign * exp, nil
	}
	return text, 0, nil
}

func (s Style) mantissa(text string) (coef Units, scale int, err error) {
	point := s.Decimal
	if point == 0 {
		point = '.'
	}
	var small uint64 // the first 18 digits, without big arithmetic
	var whole, group, frac int
	seenPoint, grouped, tooLarge := false, false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			if whole+frac < 18 {
				small = small*10 + uint64(c-'0')
			} else {
				if whole+frac == 18 {
					coef = FromUint64(small)
				}
				coef = coef.mulSmall(10).Add(FromUint64(uint64(c - '0')))
				tooLarge = tooLarge || coef.beyond() // looked at here, before it comes round to a small one
			}
			if seenPoint {
				frac++
			} else {
				whole++
				group++
			}
			if whole > 78 || frac > MaxDecimals {
				return Units{}, 0, fmt.Errorf("it has more than 78 digits or more than %d decimals", MaxDecimals)
			}
		case c == point && !seenPoint:
			if grouped && group != 3 {
				return Units{}, 0, errors.New("its thousands are not grouped by three")
			}
			seenPoint = true
		case s.Group != 0 && c == s.Group && !seenPoint:
			if whole == 0 || group > 3 || grouped && group != 3 {
				return Units{}, 0, errors.New("its thousands are not grouped by three")
			}
			grouped, group = true, 0
		case c == ',' || c == '.' || c == '\'' || c == ' ':
			return Units{}, 0, errors.New("the separator is ambiguous: declare decimal: on the source")
		default:
			return Units{}, 0, errors.New("it has a character that is no digit")
		}
	}
	switch {
	case whole == 0 || seenPoint && frac == 0:
		return Units{}, 0, errors.New("it needs a digit on both sides of the point")
	case grouped && !seenPoint && group != 3:
		return Units{}, 0, errors.New("its thousands are not grouped by three")
	case tooLarge:
		return Units{}, 0, ErrRange
	}
	if whole+frac <= 18 {
		coef = FromUint64(small)
	}
	return coef, frac, nil
}

func clip(text string) string {
	if len(text) > 90 {
		return text[:90] + "…"
	}
	return text
}
