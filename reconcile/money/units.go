package money

import (
	"math/bits"
)

// Units is a signed whole number of base units. It has 320 bits in two's
// complement, so it holds any uint256 amount, its negative, and the sum of up
// to 2^63 of them: adding rows of a file can never overflow. The zero value is
// zero; values compare with ==.
type Units struct{ w [5]uint64 } // little endian

// FromUint64 returns n as Units.
func FromUint64(n uint64) Units { return Units{[5]uint64{n}} }

// FromWords returns the unsigned 256-bit number of four little-endian words.
func FromWords(w [4]uint64) Units { return Units{[5]uint64{w[0], w[1], w[2], w[3]}} }

// Uint64 returns u when it fits 64 unsigned bits.
func (u Units) Uint64() (uint64, bool) {
	return u.w[0], u.w[1]|u.w[2]|u.w[3]|u.w[4] == 0
}

// Add returns u + v.
func (u Units) Add(v Units) Units {
	var c uint64
	for i := range u.w {
		u.w[i], c = bits.Add64(u.w[i], v.w[i], c)
	}
	return u
}

// Sub returns u - v.
func (u Units) Sub(v Units) Units {
	var b uint64
	for i := range u.w {
		u.w[i], b = bits.Sub64(u.w[i], v.w[i], b)
	}
	return u
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
	switch {
	case int64(u.w[4]) < 0:
		return -1
	case u == Units{}:
		return 0
	}
	return 1
}

// IsZero reports whether u is zero.
func (u Units) IsZero() bool { return u == Units{} }

// Cmp returns -1, 0 or 1 as u is less than, equal to or greater than v.
func (u Units) Cmp(v Units) int { return u.Sub(v).Sign() }

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

func (u Units) mulSmall(n uint64) Units {
	var carry uint64
	for i := range u.w {
		hi, lo := bits.Mul64(u.w[i], n)
		var c uint64
		u.w[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return u
}

func (u Units) divSmall(d uint64) (q Units, rem uint64) {
	for i := len(u.w) - 1; i >= 0; i-- {
		q.w[i], rem = bits.Div64(rem, u.w[i], d)
	}
	return q, rem
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
