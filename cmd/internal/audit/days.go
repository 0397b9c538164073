package audit

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tieout/reconcile/money"
)

// day is the tie-out of one business date, account and asset as result.json states
// it. What came for orders of other dates goes out of them: in and out.
type day struct {
	date, account, asset string
	whole                bool
	figures              map[string]money.Quantity
	orders, transfers    int
	path                 string
}

// month is the month to date.
type month struct {
	from, to       string
	dates, missing []string
	lines          []day
}

// dayParts are the figures of a line that explain received - expected, and between
// are those that only lead from one date to another.
var (
	dayParts = []string{"breaks", "open", "cut_off", "tolerance", "not_covered", "answered"}
	between  = []string{"in", "out"}
)

// readDays reads the tie-out by business date; a report of an earlier version has none.
func (m *manifest) readDays(tie object) {
	if m.dated = tie.has("days"); !m.dated {
		return
	}
	for _, o := range tie.objects("days") {
		m.days = append(m.days, readDay(o))
	}
	if !tie.has("month_to_date") {
		return
	}
	o := tie.object("month_to_date")
	m.month = &month{from: o.text("from"), to: o.text("to"), dates: o.texts("dates"), missing: o.texts("missing")}
	for _, l := range o.objects("lines") {
		m.month.lines = append(m.month.lines, readDay(l))
	}
}

func readDay(o object) day {
	l := day{date: o.text("date"), account: o.text("account"), asset: o.text("asset"), whole: o.flag("whole"), path: o.path,
		figures: map[string]money.Quantity{}, orders: o.whole("orders"), transfers: o.whole("transfers")}
	o.text("symbol")
	o.text("chain")
	for _, list := range [][]string{{"received", "expected", "residual"}, dayParts, between} {
		for _, name := range list {
			l.figures[name] = o.figure(name)
		}
	}
	return l
}

// checkDays: every line adds up, and all of them come to the line of the window.
func (d *Date) checkDays(m *manifest) {
	if !m.dated {
		return
	}
	at := spot{file: manifestName}
	sums := map[string]*day{}
	seen := map[[3]string]bool{}
	for i := range m.days {
		l := &m.days[i]
		key := [3]string{l.date, l.account, l.asset}
		d.that(!seen[key], at, l.path+"date", "one line for it, its account and its asset", "another one")
		seen[key] = true
		d.checkDayLine(l)
		if sums[l.asset] == nil {
			sums[l.asset] = &day{figures: map[string]money.Quantity{}}
		}
		sums[l.asset].add(l)
	}
	for i := range m.assets {
		d.checkDaySum(&m.assets[i], sums[m.assets[i].Asset])
		delete(sums, m.assets[i].Asset)
	}
	for _, asset := range slices.Sorted(maps.Keys(sums)) {
		d.fail(at, "tie_out.days", "a line of the window for "+asset, "none")
	}
	d.checkMonth(m)
}

// checkDayLine: received - expected is what the parts say, with what goes in and out.
func (d *Date) checkDayLine(l *day) {
	at := spot{file: manifestName}
	rest := minus(l.figures["received"], l.figures["expected"])
	for _, name := range dayParts {
		rest = minus(rest, l.figures[name])
	}
	rest = minus(rest, l.figures["in"]).Add(l.figures["out"])
	d.amount(at, l.path+"residual", rest, l.figures["residual"])
	d.amount(at, l.path+"residual", nothing, rest)
}

func (l *day) add(o *day) {
	for name, q := range o.figures {
		l.figures[name] = known(l.figures[name]).Add(q)
	}
	l.orders, l.transfers = l.orders+o.orders, l.transfers+o.transfers
}

// checkDaySum holds what the dates of an asset come to against its line of the window.
func (d *Date) checkDaySum(l *statedLine, sum *day) {
	if sum == nil {
		sum = &day{figures: map[string]money.Quantity{}}
	}
	at, what := spot{file: manifestName}, "tie_out.days of "+l.Asset+": "
	for name, want := range map[string]money.Quantity{
		"received": l.Received, "expected": l.Expected, "breaks": l.Breaks, "open": l.Open, "cut_off": l.CutOff, "tolerance": l.Tolerance,
		"not_covered": l.NotCovered, "answered": l.Answered, "residual": l.residual,
	} {
		d.amount(at, what+name, want, known(sum.figures[name]))
	}
	d.amount(at, what+"in and out", known(sum.figures["in"]), known(sum.figures["out"]))
	d.number(at, what+"orders", l.orders, sum.orders)
	d.number(at, what+"transfers", l.transfers, sum.transfers)
}

// checkMonth: a month to date is made of every date of the month that it does not
// call missing, and its lines add up.
func (d *Date) checkMonth(m *manifest) {
	if m.month == nil {
		return
	}
	at := spot{file: manifestName}
	for i := range m.month.lines {
		d.checkDayLine(&m.month.lines[i])
	}
	d.same(at, "tie_out.month_to_date.to", m.asOf, m.month.to)
	last, err := time.Parse(time.DateOnly, m.month.to)
	if err != nil {
		return
	}
	var want []string
	for t := last.AddDate(0, 0, 1-last.Day()); !t.After(last); t = t.AddDate(0, 0, 1) {
		want = append(want, t.Format(time.DateOnly))
	}
	d.same(at, "tie_out.month_to_date.from", want[0], m.month.from)
	named := slices.Concat(m.month.dates, m.month.missing)
	slices.Sort(named)
	d.that(slices.Equal(want, named), at, "tie_out.month_to_date.dates", "each date of the month once, there or missing", "others")
}

// checkAccounts holds what the dates expect of each account against its orders.
func (b *book) checkAccounts() {
	if !b.m.dated {
		return
	}
	type key struct{ account, asset string }
	rows, days := map[key]*day{}, map[key]*day{}
	take := func(sums map[key]*day, k key, orders int, expected, tolerance money.Quantity) {
		if sums[k] == nil {
			sums[k] = &day{figures: map[string]money.Quantity{}}
		}
		sums[k].add(&day{orders: orders, figures: map[string]money.Quantity{"expected": expected, "tolerance": tolerance}})
	}
	for _, o := range b.orders {
		if o.outcome != "context" && o.asset != "" {
			take(rows, key{printed(o.account), o.asset}, 1, o.expected, o.tolerance)
		}
	}
	for i := range b.m.days {
		l := &b.m.days[i]
		take(days, key{printed(l.account), l.asset}, l.orders, l.figures["expected"], l.figures["tolerance"])
	}
	at := spot{file: manifestName}
	for k := range rows {
		if days[k] == nil {
			days[k] = &day{}
		}
	}
	for k, have := range days {
		want := rows[k]
		if want == nil {
			want = &day{}
		}
		what := "tie_out.days of account " + k.account + " in " + k.asset + ": "
		b.d.amount(at, what+"expected", known(want.figures["expected"]), known(have.figures["expected"]))
		b.d.amount(at, what+"tolerance", known(want.figures["tolerance"]), known(have.figures["tolerance"]))
		b.d.number(at, what+"orders", want.orders, have.orders)
	}
}

// printed is what of a foreign text every format writes alike.
func printed(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
