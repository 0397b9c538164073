package reconciletest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Score counts what a result got right of its Case. Scores of several cases add up.
type Score struct {
	Cases, Orders, Exact int // orders whose outcome and set of kinds are exactly the true ones
	Pairs, Found, Wrong  int // true pairs, those found, and pairs that are not true
	Abstained, Ambiguous int // orders called ambiguous, and those that truly are
	Transfers, Placed    int // transfers without an order, and those whose verdict is right
	WrongValue, AllValue money.Units
	Kinds                map[reconcile.Kind]*Hits
	Failures             []Failure // every order, pair or transfer that is not as it should be
}

// Hits are the orders (or free transfers, or claims) that have a kind.
type Hits struct{ True, Found, Right int }

// Failure is one wrong verdict.
type Failure struct{ Play, Subject, Want, Got string }

func (f Failure) String() string {
	return fmt.Sprintf("%s (%s): want %s, got %s", f.Subject, f.Play, f.Want, f.Got)
}

// NewScore returns an empty score.
func NewScore() *Score { return &Score{Kinds: map[reconcile.Kind]*Hits{}} }

// Add counts a result.
func (s *Score) Add(c *Case, r *reconcile.Result) {
	s.Cases++
	pairs := s.addPairs(c, r)
	s.addOrders(c, r, pairs)
	s.addTransfers(c, r)
	s.addClaims(c, r)
}

func (s *Score) fail(play, subject, want, got string) {
	s.Failures = append(s.Failures, Failure{play, subject, want, got})
}

func (s *Score) hits(k reconcile.Kind) *Hits {
	if s.Kinds[k] == nil {
		s.Kinds[k] = &Hits{}
	}
	return s.Kinds[k]
}

// addPairs returns the transfers matched to each order.
func (s *Score) addPairs(c *Case, r *reconcile.Result) map[string][]string {
	pairs := map[string][]string{}
	for m := range r.Matches() {
		order, transfer := OrderKey(m.OrderID, m.OrderNo), TransferKey(m.TXID, m.LogIndex)
		pairs[order] = append(pairs[order], transfer)
		s.AllValue = s.AllValue.Add(m.Amount)
		if !slices.Contains(c.Orders[order].Pairs, transfer) {
			s.Wrong++
			s.WrongValue = s.WrongValue.Add(m.Amount)
			s.fail(c.Orders[order].Play, order, "no pair with "+transfer, "the pair by "+m.Rule.String())
		}
	}
	for order, truth := range c.Orders {
		s.Pairs += len(truth.Pairs)
		for _, transfer := range truth.Pairs {
			if slices.Contains(pairs[order], transfer) {
				s.Found++
			}
		}
	}
	return pairs
}

func (s *Score) addOrders(c *Case, r *reconcile.Result, pairs map[string][]string) {
	net := orderFigures(r)
	seen := map[string]bool{}
	for row := range r.Orders() {
		key := OrderKey(row.OrderID, row.OrderNo)
		truth, ok := c.Orders[key]
		if !ok {
			s.fail("", key, "no such order", row.Outcome.String())
			continue
		}
		seen[key] = true
		s.Orders++
		s.addKinds(truth.Kinds, row.Kinds)
		slices.Sort(pairs[key])
		want := verdictText(truth.Outcome, truth.Kinds, truth.Pairs)
		switch got := verdictText(row.Outcome, row.Kinds, pairs[key]); {
		case got != want:
			s.fail(truth.Play, key, want, got+" "+row.Reason.String())
		case !truth.Grouped && net[key][row.Asset.ID] != truth.Net:
			s.fail(truth.Play, key, "a net of "+truth.Net.String(), net[key][row.Asset.ID].String())
		}
		if row.Outcome == truth.Outcome && slices.Equal(row.Kinds, truth.Kinds) {
			s.Exact++
		}
	}
	for key, truth := range c.Orders {
		if !seen[key] {
			s.Orders++
			s.fail(truth.Play, key, "an order", "none")
		}
	}
}

func verdictText(outcome reconcile.Outcome, kinds []reconcile.Kind, pairs []string) string {
	words := []string{outcome.String()}
	for _, k := range kinds {
		words = append(words, k.String())
	}
	for _, p := range pairs {
		words = append(words, p[:8]+p[strings.IndexByte(p, '#'):])
	}
	return strings.Join(words, " ")
}

func (s *Score) addKinds(want, got []reconcile.Kind) {
	for _, k := range want {
		s.hits(k).True++
	}
	for _, k := range got {
		s.hits(k).Found++
		if slices.Contains(want, k) {
			s.hits(k).Right++
		}
	}
	if slices.Contains(want, reconcile.AmbiguousPayment) {
		s.Ambiguous++
	}
	if slices.Contains(got, reconcile.AmbiguousPayment) {
		s.Abstained++
	}
}

// orderFigures sums the breaks and open items of each order by asset.
func orderFigures(r *reconcile.Result) map[string]map[string]money.Units {
	sums := map[string]map[string]money.Units{}
	add := func(id, no, asset string, u money.Units) {
		key := OrderKey(id, no)
		if sums[key] == nil {
			sums[key] = map[string]money.Units{}
		}
		sums[key][asset] = sums[key][asset].Add(u)
	}
	for _, b := range r.Breaks() {
		add(b.OrderID, b.OrderNo, b.Asset.ID, b.Difference)
	}
	for _, o := range r.OpenItems() {
		add(o.OrderID, o.OrderNo, o.Asset.ID, o.Amount)
	}
	return sums
}

func (s *Score) addTransfers(c *Case, r *reconcile.Result) {
	for row := range r.Transfers() {
		key := TransferKey(row.TXID, row.LogIndex)
		truth, free := c.Transfers[key]
		if !free {
			continue
		}
		s.Transfers++
		var want []reconcile.Kind
		if truth.Kind != reconcile.KindNone {
			want = []reconcile.Kind{truth.Kind}
		}
		if truth.Kind == reconcile.UnknownTransfer || truth.Kind == reconcile.UnmatchedRefund {
			s.addKinds(want, row.Kinds)
		}
		if row.Outcome != truth.Outcome || !slices.Equal(row.Kinds, want) {
			s.fail(truth.Play, key, verdictText(truth.Outcome, want, nil), verdictText(row.Outcome, row.Kinds, nil))
			continue
		}
		s.Placed++
	}
}

func (s *Score) addClaims(c *Case, r *reconcile.Result) {
	for _, k := range c.Claims {
		s.hits(k).True++
	}
	for _, b := range r.Breaks() {
		if b.Kind != reconcile.UnverifiedWebhook && b.Kind != reconcile.UnknownWebhook {
			continue
		}
		s.hits(b.Kind).Found++
		if c.Claims[b.OrderNo] == b.Kind {
			s.hits(b.Kind).Right++
			continue
		}
		s.fail("", b.OrderNo, "no claim", b.Kind.String())
	}
}

// WriteMarkdown writes the accuracy tables.
func (s *Score) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "| measure | value |\n|---|---:|\n")
	fmt.Fprintf(&b, "| orders in %d worlds | %d |\n", s.Cases, s.Orders)
	fmt.Fprintf(&b, "| exact outcome and set of kinds | %s |\n", ratio(s.Exact, s.Orders))
	fmt.Fprintf(&b, "| decidable pairs found | %s |\n", ratio(s.Found, s.Pairs))
	fmt.Fprintf(&b, "| wrong pairs | %d |\n", s.Wrong)
	fmt.Fprintf(&b, "| value of wrong pairs | %s of %s USDT |\n", s.WrongValue.Decimal(6), s.AllValue.Decimal(6))
	fmt.Fprintf(&b, "| orders called ambiguous / truly so | %d / %d |\n", s.Abstained, s.Ambiguous)
	fmt.Fprintf(&b, "| transfers without an order, placed right | %s |\n\n", ratio(s.Placed, s.Transfers))
	fmt.Fprintf(&b, "| kind | true | reported | right | precision | recall |\n|---|---:|---:|---:|---:|---:|\n")
	for _, k := range slices.Sorted(maps.Keys(s.Kinds)) {
		h := s.Kinds[k]
		fmt.Fprintf(&b, "| `%s` | %d | %d | %d | %s | %s |\n", k, h.True, h.Found, h.Right, percentage(h.Right, h.Found), percentage(h.Right, h.True))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func ratio(part, whole int) string {
	return fmt.Sprintf("%d of %d (%s)", part, whole, percentage(part, whole))
}

// percentage is rounded down, so that 100 % means all.
func percentage(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	hundredths := part * 10_000 / whole
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}
