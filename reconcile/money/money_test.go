package money

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func bigOf(u Units) *big.Int {
	n := new(big.Int)
	w := u.words()
	for i := len(w) - 1; i >= 0; i-- {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(w[i]))
	}
	if int64(w[4]) < 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 320))
	}
	return n
}

// genUnits draws numbers of every width, and often those beside the edges of a word,
// where the form of a number changes.
func genUnits(t *rapid.T, name string) Units {
	word := func() uint64 { return rapid.Uint64().Draw(t, name) }
	near := func(u Units) Units {
		return u.Add(FromUint64(rapid.Uint64Range(0, 2).Draw(t, name+" beside"))).Sub(FromUint64(1))
	}
	var u Units
	switch rapid.IntRange(0, 6).Draw(t, name+" size") {
	case 0:
		u = FromUint64(word() % 1000)
	case 1:
		u = FromUint64(word())
	case 2:
		u = FromWords([4]uint64{word(), word()})
	case 3:
		u = near(FromWords([4]uint64{0, 1}))
	case 4:
		u = near(FromWords([4]uint64{0, 1 << 63}))
	case 5:
		u = near(FromWords([4]uint64{0, 0, 1}))
	default:
		u = FromWords([4]uint64{word(), word(), word(), word()})
	}
	if rapid.Bool().Draw(t, name+" sign") {
		return u.Neg()
	}
	return u
}

// TestUnitsAgreeWithBigInt: the fixed-width arithmetic is that of the integers.
func TestUnitsAgreeWithBigInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genUnits(t, "a"), genUnits(t, "b")
		x, y := bigOf(a), bigOf(b)
		same := func(op string, got Units, want *big.Int) {
			if bigOf(got).Cmp(want) != 0 {
				t.Fatalf("%s %s %s = %s, want %s", x, op, y, bigOf(got), want)
			}
		}
		same("+", a.Add(b), new(big.Int).Add(x, y))
		same("-", a.Sub(b), new(big.Int).Sub(x, y))
		same("neg", a.Neg(), new(big.Int).Neg(x))
		same("abs", a.Abs(), new(big.Int).Abs(x))
		if a.Add(b).Sub(b) != a || (a == b) != (x.Cmp(y) == 0) || a.IsZero() != (x.Sign() == 0) {
			t.Fatalf("%s and %s have more than one form", x, y)
		}
		if n, ok := a.Uint64(); ok != x.IsUint64() || ok && n != x.Uint64() {
			t.Fatalf("%s in 64 bits: %d, %t", x, n, ok)
		}
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() {
			t.Fatalf("order of %s and %s", x, y)
		}
		n, d := rapid.Uint64Range(0, 1<<62).Draw(t, "n"), rapid.Uint64Range(1, 1<<62).Draw(t, "d")
		want := new(big.Int).Mul(x, new(big.Int).SetUint64(n))
		same("muldiv", a.MulDiv(n, d), want.Quo(want, new(big.Int).SetUint64(d)))
		if a.String() != x.String() {
			t.Fatalf("printed %s, want %s", a, x)
		}
	})
}

// TestDecimalRoundTrip: what is printed parses back to the same base units.
func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, decimals := genUnits(t, "u"), rapid.IntRange(0, MaxDecimals).Draw(t, "decimals")
		text := u.Decimal(decimals)
		q, err := Style{Negative: true}.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		back, err := q.Bind(decimals)
		if err != nil || back != u {
			t.Fatalf("%s with %d decimals came back as %s (%v)", text, decimals, back, err)
		}
		if strings.Contains(text, ".") && strings.HasSuffix(text, "0") {
			t.Fatalf("%s has trailing zeros", text)
		}
	})
}

func TestParse(t *testing.T) {
	comma := Style{Decimal: ',', Group: '.'}
	us := Style{Group: ','}
	json := Style{Exponent: true}
	for _, c := range []struct {
		style Style
		text  string
		want  string // exact decimal, or the reason of the refusal
	}{
		{Style{}, "12.50", "12.5"}, {Style{}, "+5", "5"}, {Style{}, "0", "0"}, {Style{}, "007", "7"},
		{Style{}, "326992.94022242059793929", "326992.94022242059793929"},
		{Style{}, "115792089237316195423570985008687907853269984665640564039457584007913129639935", "115792089237316195423570985008687907853269984665640564039457584007913129639935"},
		{Style{}, "115792089237316195423570985008687907853269984665640564039457584007913129639936", "larger than 2^256-1"},
		{Style{}, strings.Repeat("9", 80), "more than 78 digits"},
		{Style{}, "2135987035920910082395021706169552114602704522356652769947041.607822219725780640550022962086936576", "larger than 2^256-1"}, // 2^320
		{Style{}, "1,234.56", "separator is ambiguous"}, {Style{}, "1.234,56", "separator is ambiguous"}, {Style{}, "1 234", "separator is ambiguous"},
		{Style{}, "1e-7", "scientific notation"}, {Style{}, "8.21E+09", "scientific notation"},
		{Style{}, "NaN", "no digit"}, {Style{}, "0x10", "no digit"}, {Style{}, "-1", "negative"}, {Style{}, "", "empty"},
		{Style{}, ".5", "both sides"}, {Style{}, "5.", "both sides"}, {Style{}, "1_000", "no digit"}, {Style{}, "١٢", "no digit"},
		{Style{Negative: true}, "-1.5", "-1.5"},
		{us, "5,247.948673", "5247.948673"}, {us, "1,234,567", "1234567"}, {us, "1,23", "grouped by three"}, {us, "12,3456.7", "grouped by three"}, {us, ",123", "grouped by three"},
		{comma, "1.234,56", "1234.56"}, {comma, "1,5", "1.5"}, {comma, "1.23,5", "grouped by three"},
		{json, "2E+6", "2000000"}, {json, "1.5e-3", "0.0015"}, {json, "1e1000", "out of range"}, {json, "0E-40", "0"}, {json, "1e77", "out of range"}, {json, "12E71", "12" + strings.Repeat("0", 71)},
	} {
		q, err := c.style.Parse(c.text)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: %v, want %s", c.text, err, c.want)
			}
			continue
		}
		if q.String() != c.want {
			t.Errorf("%q = %s, want %s", c.text, q, c.want)
		}
	}
}

func TestBind(t *testing.T) {
	q, _ := Parse("1.2345670")
	if u, err := q.Bind(6); err != nil || u != FromUint64(1234567) {
		t.Errorf("a zero beyond the decimals is no loss: %v, %v", u, err)
	}
	if _, err := q.Bind(5); !errors.Is(err, ErrPrecision) {
		t.Errorf("lost digits must be refused, got %v", err)
	}
	big, _ := Parse("115792089237316195423570985008687907853269984665640564039457584007913129639935")
	if _, err := big.Bind(1); !errors.Is(err, ErrRange) {
		t.Errorf("more than 2^256-1 must be refused, got %v", err)
	}
}

func TestValue(t *testing.T) {
	one, _ := Parse("1")
	rate, _ := Parse("2500.123456789")
	for _, c := range []struct {
		units    Units
		decimals int
		rate     Quantity
		want     string
	}{
		{FromUint64(9_999), 6, one, "0.009999"},
		{FromUint64(1_500_000), 6, one, "1.5"},
		{FromUint64(1_500_000).Neg(), 6, one, "1.5"},
		{FromUint64(1e18), 18, rate, "2500.123456"},
		{FromUint64(7), 0, one, "7"},
		{FromUint64(7), 0, Quantity{}, ""},
	} {
		if got := Value(c.units, c.decimals, c.rate).String(); got != c.want {
			t.Errorf("value of %s at %s = %q, want %q", c.units.Decimal(c.decimals), c.rate, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "12.50", "1,234.56", "2E+6", "-0", "1e-7", "NaN", "99999999999999999999.000000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(strings.TrimPrefix(text, "+"))
		got, ok2 := new(big.Rat).SetString(q.String())
		if !ok || !ok2 || want.Cmp(got) != 0 {
			t.Fatalf("%q parsed as %s", text, q)
		}
	})
}
