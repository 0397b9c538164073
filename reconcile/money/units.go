package money

import (
	"cmp"
	"math/bits"
	"unique"
)

// Units is a signed whole number of base units. It holds 320 bits in two's
// complement: any uint256 amount, its negative, and the sum of up to 2^63 of them,
// so adding rows of a file can never overflow. Numbers of 128 bits, which nearly all
// are, stand in the value itself, wider ones apart. The zero value is zero; values
// compare with ==.
type Units struct {
	lo   uint64
	hi   int64
	wide unique.Handle[words] // of a number that needs more; lo and hi are 0 then
}

// words are a number of 320 bits, little endian.
type words [5]uint64

// FromUint64 returns n as Units.
func FromUint64(n uint64) Units { return Units{lo: n} }

// FromWords returns the unsigned 256-bit number of four little-endian words.
func FromWords(w [4]uint64) Units { return words{w[0], w[1], w[2], w[3]}.units() }

// units gives a number its one form.
func (w words) units() Units {
	sign := uint64(int64(w[1]) >> 63)
	if w[2] == sign && w[3] == sign && w[4] == sign {
		return Units{lo: w[0], hi: int64(w[1])}
	}
	return Units{wide: unique.Make(w)}
}

func (u Units) isWide() bool { return u.wide != unique.Handle[words]{} }

func (u Units) words() words {
	if u.isWide() {
		return u.wide.Value()
	}
	sign := uint64(u.hi >> 63)
	return words{u.lo, uint64(u.hi), sign, sign, sign}
}

// beyond reports whether a number that is not negative needs more than 256 bits.
func (u Units) beyond() bool { return u.isWide() && u.wide.Value()[4] != 0 }

// Uint64 returns u when it fits 64 unsigned bits.
func (u Units) Uint64() (uint64, bool) {
	return u.lo, u.hi == 0 && !u.isWide()
}

// Add returns u + v.
func (u Units) Add(v Units) Units {
	lo, c := bits.Add64(u.lo, v.lo, 0)
	sum, _ := bits.Add64(uint64(u.hi), uint64(v.hi), c)
	hi := int64(sum)
	if (u.hi^hi)&(v.hi^hi) < 0 || u.isWide() || v.isWide() {
		return u.words().add(v.words()).units()
	}
	return Units{lo: lo, hi: hi}
}

// Sub returns u - v.
func (u Units) Sub(v Units) Units {
	lo, b := bits.Sub64(u.lo, v.lo, 0)
	diff, _ := bits.Sub64(uint64(u.hi), uint64(v.hi), b)
	hi := int64(diff)
	if (u.hi^v.hi)&(u.hi^hi) < 0 || u.isWide() || v.isWide() {
		return u.words().sub(v.words()).units()
	}
	return Units{lo: lo, hi: hi}
}

func (w words) add(v words) words {
	var c uint64
	for i := range w {
		w[i], c = bits.Add64(w[i], v[i], c)
	}
	return w
}

func (w words) sub(v words) words {
	var b uint64
	for i := range w {
		w[i], b = bits.Sub64(w[i], v[i], b)
	}
	return w
}

// Neg returns -u.
func (u Units) Neg() Units { return Units{}.Sub(u) }

// Abs returns the magnitude of u.
func (u Units) Abs() Units {
	if u.Sign() < 0 {
		return u.Neg()
	}
	return u
}

// Sign returns -1, 0 or 1.
func (u Units) Sign() int {
	top := u.hi
	switch {
	case u.isWide():
		top = int64(u.wide.Value()[4])
	case u.IsZero():
		return 0
	}
	if top < 0 {
		return -1
	}
	return 1
}

// IsZero reports whether u is zero.
func (u Units) IsZero() bool { return u == Units{} }

// Equal reports whether u == v. It is for go-cmp, which cannot look inside.
func (u Units) Equal(v Units) bool { return u == v }

// Cmp returns -1, 0 or 1 as u is less than, equal to or greater than v.
func (u Units) Cmp(v Units) int {
	if u.isWide() || v.isWide() {
		return u.Sub(v).Sign()
	}
	return cmp.Or(cmp.Compare(u.hi, v.hi), cmp.Compare(u.lo, v.lo))
}

// MulDiv returns u * n / d rounded towards zero, for d > 0. It serves
// percentages and reference values, never an amount that is reconciled. The
// product must stay inside 320 bits; with u an uint256 every n < 2^63 does.
func (u Units) MulDiv(n, d uint64) Units {
	neg := u.Sign() < 0
	m := u.Abs().mulSmall(n)
	m, _ = m.divSmall(d)
	if neg {
		return m.Neg()
	}
	return m
}

// mulSmall returns u * n for a u that is not negative.
func (u Units) mulSmall(n uint64) Units {
	if u.hi == 0 && !u.isWide() {
		if hi, lo := bits.Mul64(u.lo, n); int64(hi) >= 0 {
			return Units{lo: lo, hi: int64(hi)}
		}
	}
	w := u.words()
	var carry uint64
	for i := range w {
		hi, lo := bits.Mul64(w[i], n)
		var c uint64
		w[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return w.units()
}

// divSmall returns u / d and what is left, for a u that is not negative.
func (u Units) divSmall(d uint64) (q Units, rem uint64) {
	if u.hi == 0 && !u.isWide() {
		return Units{lo: u.lo / d}, u.lo % d
	}
	w := u.words()
	for i := len(w) - 1; i >= 0; i-- {
		w[i], rem = bits.Div64(rem, w[i], d)
	}
	return w.units(), rem
}

// pow10 returns 10^n for n <= 19.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

func (u Units) mulPow10(n int) Units {
	for ; n > 0; n -= 19 {
		u = u.mulSmall(pow10(min(n, 19)))
	}
	return u
}

// appendDigits appends the decimal digits of a non-negative u.
func (u Units) appendDigits(b []byte) []byte {
	if n, ok := u.Uint64(); ok {
		return appendUint(b, n, 0)
	}
	var parts [6]uint64
	n := 0
	for !u.IsZero() {
		u, parts[n] = u.divSmall(10_000_000_000_000_000_000)
		n++
	}
	b = appendUint(b, parts[n-1], 0)
	for i := n - 2; i >= 0; i-- {
		b = appendUint(b, parts[i], 19)
	}
	return b
}

// appendUint appends n in decimal, left-padded with zeros to width.
func appendUint(b []byte, n uint64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || i == len(buf) {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
	}
	for len(buf)-i < width {
		i--
		buf[i] = '0'
	}
	return append(b, buf[i:]...)
}

// AppendDecimal appends u as an exact decimal of an asset with that many
// decimals: no exponent, no thousands separator, no trailing zeros ("1.5",
// "-0.000001", "12").
func (u Units) AppendDecimal(b []byte, decimals int) []byte {
	if u.Sign() < 0 {
		b, u = append(b, '-'), u.Neg()
	}
	start := len(b)
	b = u.appendDigits(b)
	if decimals == 0 {
		return b
	}
	digits := len(b) - start
	if digits <= decimals { // 0.00x
		pad := decimals + 1 - digits
		for range pad {
			b = append(b, '0')
		}
		copy(b[start+pad:], b[start:start+digits])
		for i := range pad {
			b[start+i] = '0'
		}
	}
	point := len(b) - decimals
	b = append(b, 0)
	copy(b[point+1:], b[point:])
	b[point] = '.'
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// Decimal returns u as AppendDecimal writes it.
func (u Units) Decimal(decimals int) string {
	return string(u.AppendDecimal(make([]byte, 0, 32), decimals))
}

// String returns the whole number of base units.
func (u Units) String() string { return u.Decimal(0) }
