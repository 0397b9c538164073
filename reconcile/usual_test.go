package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/reconcile/money"
)

const firstDay = Instant(20_000) * Day // a Friday

// evenly spreads rows over the hours of a day, from eight to twenty-two.
func evenly(rows int) []int {
	hours := make([]int, 24)
	for i := range rows {
		hours[8+i*14/max(rows, 14)]++
	}
	return hours
}

// emptied empties the hours [from, to).
func emptied(hours []int, from, to int) []int {
	cut := slices.Clone(hours)
	clear(cut[from:to])
	return cut
}

func times(n int, hours func(day int) []int) (days [][]int) {
	for i := range n {
		days = append(days, hours(i))
	}
	return days
}

func dayNo(n int) BusinessDay {
	from := firstDay + Instant(n)*Day
	return BusinessDay{from.Time().Format(time.DateOnly), Interval{from, from + Day}}
}

// history is what earlier dates had, the last of them the day before dayNo(len(days)).
func history(source, chain string, days [][]int) (past []Volume) {
	for i, hours := range days {
		d := dayNo(i)
		past = append(past, Volume{Source: source, Chain: chain, Date: d.Date, Span: d.Span, Hours: hours})
	}
	return past
}

// shop is a day of a cashier: every order is paid, and its transfer comes a minute
// later where the transfer file has it.
type shop struct {
	orders, transfers []int // by hour
	past              []Volume
	day               int
	proof             string
}

func (s shop) reconcile(t interface {
	Helper()
	Fatal(...any)
}) *Result {
	t.Helper()
	const token = "0xdac17f958d2ee523a2206206994597c13d831ec7"
	catalogue, err := NewCatalogue([]Chain{{ID: "eip155:1"}}, []CatalogueAsset{{Chain: "eip155:1", Accepted: true, Asset: money.Asset{ID: "eip155:1/erc20:" + token, Symbol: "USDT", Decimals: 6}}})
	if err != nil {
		t.Fatal(err)
	}
	day := dayNo(s.day)
	policy := DefaultPolicy()
	policy.Window, policy.Date, policy.Days, policy.Past = day.Span, day.Date, []BusinessDay{day}, s.past
	b := NewBuilder(catalogue, policy.Profiles)
	orders, transfers := b.Source(SourceInfo{Name: "orders", Kind: SourceProviderBook}), b.Source(SourceInfo{Name: "transfers", Kind: SourceTransfers})
	always := Interval{0, 1 << 62}
	orders.Cover(Coverage{Span: always})
	orders.Proof("declared")
	transfers.Cover(Coverage{Chain: "eip155:1", Span: always})
	transfers.Proof(s.proof)
	due := money.NewQuantity(money.FromUint64(100), 0)
	n := 0
	for hour, count := range s.orders {
		for i := range count {
			at := day.Span.From + Instant(hour)*Hour + Instant(i)*Second
			n++
			id, payTo, tx := fmt.Sprint(n), fmt.Sprintf("0x%040x", n), fmt.Sprintf("0x%064x", n)
			orders.AddOrder(&Order{OrderID: id, Chain: "eip155:1", Asset: token, Due: due, Status: "paid", State: StatePaid, PayTo: payTo, Created: at, Expires: at + Hour, PaidAt: at + Minute, Resends: -1})
			if i < s.transfers[hour] {
				transfers.AddTransfer(&Transfer{Chain: "eip155:1", TXID: tx, LogIndex: 1, Block: uint64(n), BlockTime: at + Minute, Asset: token, Decimals: -1, Amount: due, From: "0x" + strings.Repeat("9", 40), To: payTo})
			}
		}
	}
	r, err := Reconcile(b.Build(), policy)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outcomes counts orders by outcome.
func outcomes(r *Result) map[Outcome]int {
	m := map[Outcome]int{}
	for o := range r.Orders() {
		m[o.Outcome]++
	}
	return m
}

// TestMissingRows: where far fewer rows came than usual, an order without a transfer
// is undetermined and the run is incomplete; where that is no wonder, the order is
// missing its money, and nobody is alarmed.
func TestMissingRows(t *testing.T) {
	busy := func(int) []int { return evenly(140) }
	weekly := func(day int) []int { // closed on Saturday and Sunday
		if day%7 == 1 || day%7 == 2 {
			return evenly(0)
		}
		return evenly(140)
	}
	both := func(days [][]int) []Volume {
		return append(history("orders", "", days), history("transfers", "eip155:1", days)...)
	}
	one := func(hours []int, hour int) []int { // all transfers but one
		cut := slices.Clone(hours)
		cut[hour]--
		return cut
	}
	slow := make([]int, 24)
	slow[8], slow[9], slow[10], slow[17], slow[20] = 2, 2, 2, 2, 1
	for _, c := range []struct {
		name         string
		shop         shop
		undetermined int // orders about which nothing is said
		broken       int // orders that miss 100 USDT each
		says         string
	}{
		{"one transfer is missing on an ordinary day", shop{orders: evenly(140), transfers: one(evenly(140), 12), past: both(times(14, busy)), day: 14}, 0, 1, ""},
		{"the transfers of the afternoon are missing", shop{orders: evenly(140), transfers: emptied(evenly(140), 14, 22), past: both(times(14, busy)), day: 14}, 80, 0,
			"transfers: it has no rows from 2024-10-18T14:00:00Z to 2024-10-18T22:00:00Z, where 14 earlier dates had 80 to 80 (median 80): an export is missing or was cut"},
		{"those of seven hours in the middle are", shop{orders: evenly(140), transfers: emptied(evenly(140), 10, 17), past: both(times(14, busy)), day: 14}, 70, 0, "it has no rows from 2024-10-18T10:00:00Z to 2024-10-18T17:00:00Z"},
		{"five hours without a transfer are a lull", shop{orders: evenly(140), transfers: emptied(evenly(140), 10, 15), past: both(times(14, busy)), day: 14}, 0, 50, ""},
		{"a node says so, and is not doubted", shop{orders: evenly(140), transfers: emptied(evenly(140), 14, 22), past: both(times(14, busy)), day: 14, proof: "verified"}, 0, 80, ""},
		{"the transfers of the whole day are missing", shop{orders: evenly(140), transfers: evenly(0), past: both(times(14, busy)), day: 14}, 140, 0, "it has no rows of 2024-10-18, where 14 earlier dates had 140 to 140"},
		{"one transfer in ten is there", shop{orders: evenly(140), transfers: slices.Repeat([]int{1}, 24), past: both(times(14, busy)), day: 14}, 126, 0, "it has 14 rows of 2024-10-18"},
		{"every source is empty", shop{orders: evenly(0), transfers: evenly(0), past: both(times(14, busy)), day: 14}, 0, 0, "orders: it has no rows of 2024-10-18"},

		{"the first days", shop{orders: evenly(140), transfers: evenly(0), past: both(times(4, busy)), day: 4}, 0, 140, ""},
		{"a weekday that was never seen before", shop{orders: evenly(3), transfers: evenly(0), past: both(times(6, busy)), day: 6}, 0, 3, ""},
		{"a closed Saturday", shop{orders: evenly(3), transfers: evenly(0), past: both(times(15, weekly)), day: 15}, 0, 3, ""},
		{"most of a Tuesday is missing", shop{orders: evenly(140), transfers: emptied(evenly(140), 11, 22), past: both(times(18, busy)), day: 18}, 110, 0, "it has no rows from"},
		{"a holiday with few rows everywhere", shop{orders: evenly(18), transfers: one(evenly(18), 8), past: both(times(14, busy)), day: 14}, 0, 1, ""},
		{"a shop with a handful of rows a day", shop{orders: evenly(4), transfers: evenly(0), past: both(times(20, func(d int) []int { return evenly(1 + d%7) })), day: 20}, 0, 4, ""},
		{"three hours after the night", shop{orders: evenly(140), transfers: emptied(evenly(140), 8, 11), past: both(times(14, busy)), day: 14}, 0, 30, ""},
		{"four earlier dates, one of this weekday", shop{orders: evenly(3), transfers: evenly(0), past: slices.DeleteFunc(both(times(14, busy)), func(v Volume) bool { return v.Date != dayNo(7).Date && v.Date < dayNo(11).Date }), day: 14}, 0, 3, ""},
		{"a slow day with a lull, which no other witness saw", shop{orders: slow, transfers: slow, past: history("orders", "", times(14, func(int) []int { return evenly(42) })), day: 14}, 0, 0, ""},
		{"a shop that grew, on an ordinary day", shop{orders: evenly(300), transfers: one(evenly(300), 12), past: both(times(28, func(d int) []int { return evenly(10 * (d + 1)) })), day: 28}, 0, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.shop.proof == "" {
				c.shop.proof = "declared"
			}
			r := c.shop.reconcile(t)
			got := outcomes(r)
			if got[OutcomeUndetermined] != c.undetermined || got[OutcomeBreak] != c.broken {
				t.Errorf("%d undetermined, %d broken; want %d and %d", got[OutcomeUndetermined], got[OutcomeBreak], c.undetermined, c.broken)
			}
			if lacks := slices.ContainsFunc(r.Volumes(), func(v Volume) bool { return v.Incomplete }); lacks != (c.says != "") {
				t.Errorf("the date is kept as incomplete: %v", lacks)
			}
			why := strings.Join(r.Incomplete(), "\n")
			if r.Complete() != (c.says == "") || !strings.Contains(why, c.says) {
				t.Errorf("incomplete: %q, want %q", why, c.says)
			}
		})
	}
}

// TestSettled: what was so for a week, or on two of the same weekday, is how it is
// now, and is reported no more.
func TestSettled(t *testing.T) {
	usually := times(14, func(int) []int { return evenly(140) })
	for _, c := range []struct {
		name  string
		empty []int // days after those that had none and were incomplete
		day   int
		alarm bool
	}{
		{"six empty days", []int{14, 15, 16, 17, 18, 19}, 20, true},
		{"seven empty days", []int{14, 15, 16, 17, 18, 19, 20}, 21, false},
		{"one empty Saturday", []int{15}, 22, true},
		{"two empty Saturdays", []int{15, 22}, 29, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			days := times(c.day, func(int) []int { return evenly(140) })
			copy(days, usually)
			for _, d := range c.empty {
				days[d] = evenly(0)
			}
			past := history("orders", "", days)
			for _, d := range c.empty {
				past[d].Incomplete = true
			}
			s := shop{orders: evenly(0), transfers: evenly(0), past: past, day: c.day, proof: "declared"}
			if r := s.reconcile(t); r.Complete() == c.alarm {
				t.Errorf("incomplete: %v", r.Incomplete())
			}
		})
	}
}

// TestStillIncomplete: a date that lacked rows lacks them for later runs too, until
// the rows are there.
func TestStillIncomplete(t *testing.T) {
	past := history("transfers", "eip155:1", times(14, func(int) []int { return evenly(140) }))
	past = append(past, Volume{Source: "transfers", Chain: "eip155:1", Date: dayNo(14).Date, Span: dayNo(14).Span, Hours: evenly(0), Incomplete: true})
	s := shop{orders: evenly(140), transfers: evenly(140), past: past, day: 15, proof: "declared"}
	r := s.reconcile(t)
	if !r.Complete() { // the gap lies before the window
		t.Error(r.Incomplete())
	}
	for _, row := range r.Sources() {
		if row.Name == "transfers" && (len(row.Gaps) != 1 || row.Gaps[0].Span != dayNo(14).Span) {
			t.Errorf("gaps %v", row.Gaps)
		}
	}
	v := r.Volumes()
	if len(v) != 2 || v[0].Source != "orders" || v[1].Chain != "eip155:1" || v[1].total() != 140 || v[1].Incomplete {
		t.Errorf("volumes %v", v)
	}
}

// TestAsUsual: a date that is like every earlier one is never doubted, whatever the
// shop looks like.
func TestAsUsual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfN(rapid.IntRange(0, 6), 24, 24).Draw(t, "hours")
		n := rapid.IntRange(0, 40).Draw(t, "dates")
		past := append(history("orders", "", times(n, func(int) []int { return hours })), history("transfers", "eip155:1", times(n, func(int) []int { return hours }))...)
		for i := range past {
			past[i].Incomplete = rapid.IntRange(0, 9).Draw(t, "incomplete") == 0 && past[i].Span.To < dayNo(n-8).Span.From
		}
		r := shop{orders: hours, transfers: hours, past: past, day: n, proof: "declared"}.reconcile(t)
		if !r.Complete() {
			t.Fatal("incomplete: ", r.Incomplete())
		}
	})
}

// TestRepeatedRowsCountOnce: exports that overlap are no busier day, be it few rows
// or many of one transaction.
func TestRepeatedRowsCountOnce(t *testing.T) {
	catalogue, err := NewCatalogue([]Chain{{ID: "eip155:1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	policy := DefaultPolicy()
	day := dayNo(0)
	policy.Window, policy.Date, policy.Days = day.Span, day.Date, []BusinessDay{day}
	b := NewBuilder(catalogue, policy.Profiles)
	orders, transfers := b.Source(SourceInfo{Name: "orders", Kind: SourceProviderBook}), b.Source(SourceInfo{Name: "transfers", Kind: SourceTransfers})
	for range 3 {
		for n := range 50 {
			orders.AddOrder(&Order{OrderID: fmt.Sprint(n), Status: "expired", State: StateExpired, Created: day.Span.From + Hour, Resends: -1})
			transfers.AddTransfer(&Transfer{Chain: "eip155:1", TXID: "0x" + strings.Repeat("a", 64), LogIndex: int64(n), Block: 1, BlockTime: day.Span.From + 2*Hour, Asset: "x", Decimals: 0, From: "0x" + strings.Repeat("9", 40), To: "0x" + strings.Repeat("8", 40)})
		}
	}
	r, err := Reconcile(b.Build(), policy)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Volumes() {
		if v.total() != 50 || v.Newest != day.Span.From+2*Hour && v.Source == "transfers" {
			t.Errorf("%s: %d rows, the last of %s", v.Source, v.total(), v.Newest)
		}
	}
}

// TestUsualDates: a date is held against what was before it, and not against itself
// or what came after; of a long history against the newest dates.
func TestUsualDates(t *testing.T) {
	past := history("orders", "", times(60, func(int) []int { return evenly(1) }))
	for _, c := range []struct{ day, want int }{{0, 0}, {14, 14}, {59, 28}} {
		v := &Volume{Source: "orders", Date: dayNo(c.day).Date}
		u := usualOf(v, past)
		if len(u) != c.want || c.want > 0 && u[0].Date != dayNo(c.day-1).Date {
			t.Errorf("day %d: %d dates", c.day, len(u))
		}
	}
}
