package money

// valueScale is the number of decimals of a reference value: enough for dust,
// and a value serves sorting and severity only.
const valueScale = 6

// Value returns |u| of an asset with that many decimals at a rate (value of one
// whole unit), rounded towards zero to six decimals. Unknown when the rate is
// unknown or does not fit 64 bits.
func Value(u Units, decimals int, rate Quantity) Quantity {
	r, ok := rate.coef.Abs().Uint64()
	if !rate.known || !ok {
		return Quantity{}
	}
	v := u.Abs().mulSmall(r)
	for scale := decimals + int(rate.scale); scale != valueScale; {
		if scale > valueScale {
			step := min(scale-valueScale, 19)
			v, _ = v.divSmall(pow10(step))
			scale -= step
		} else {
			v = v.mulPow10(valueScale - scale)
			scale = valueScale
		}
	}
	return NewQuantity(v, valueScale)
}

// Cmp compares two known quantities by their exact value.
func (q Quantity) Cmp(r Quantity) int {
	a, b := q.coef, r.coef
	if d := int(q.scale) - int(r.scale); d < 0 {
		a = a.mulSigned(-d)
	} else {
		b = b.mulSigned(d)
	}
	return a.Cmp(b)
}

func (u Units) mulSigned(pow int) Units {
	if u.Sign() < 0 {
		return u.Neg().mulPow10(pow).Neg()
	}
	return u.mulPow10(pow)
}

// Add returns q + r; an unknown quantity counts as nothing.
func (q Quantity) Add(r Quantity) Quantity {
	switch {
	case !q.known:
		return r
	case !r.known:
		return q
	}
	s := max(q.scale, r.scale)
	return Quantity{q.coef.mulSigned(int(s - q.scale)).Add(r.coef.mulSigned(int(s - r.scale))), s, true}
}
