package reconcile

import (
	"fmt"
	"slices"
	"time"
)

// What is usual is judged with care: a warning that comes without a reason is soon
// one that nobody reads.
const (
	// usualDates are the earlier dates that say what is usual: four of each weekday,
	// so that a growing shop is held against what it has become.
	usualDates = 28
	// usualAtLeast is from how many earlier dates on anything is said; one of them
	// has to be of the same weekday, so that the first weekend is no alarm.
	usualAtLeast = 5
	// zeroFloor: with as many rows on the weakest of 28 dates, none at all comes about
	// by chance less than once in a century; with as many on the weakest of five, once
	// in six years.
	zeroFloor = 5
	// fewShare and fewMedian: fewer than a fifth of the median is far fewer, where
	// the median is large enough not to fall so far by chance.
	fewShare, fewMedian = 5, 50
	// quietHours and quietMedian: a quarter of a day without a row, where all earlier
	// dates had some and the median ten, is no lull.
	quietHours, quietMedian = 6, 10
	// settledDates and settledWeekdays: what was so on each of the last seven dates,
	// or on the last two of this weekday, was reported as often, and is how it is now.
	settledDates, settledWeekdays = 7, 2
)

// thousand is the whole of a share in thousandths.
const thousand = 1000

// findMissingRows holds the rows of files against those of earlier dates. Where far
// fewer came than usual, an export is missing or was cut: that is a gap. What a
// node has proven is not doubted.
func (e *engine) findMissingRows() {
	if len(e.policy.Past) == 0 {
		return
	}
	e.volumes = e.countVolumes()
	for _, k := range e.volumes.keys(e) {
		s := &e.in.sources[k.source]
		if s.Proof != "declared" || s.failed {
			continue
		}
		for n := range e.volumes.days {
			if span, reason := e.judgeVolume(k, n); reason != "" {
				s.Gaps = append(s.Gaps, Gap{Chain: k.chain, Span: span, Reason: reason})
			}
		}
	}
}

// judgeVolume says for which span of a day rows are missing, and why; "" for none.
func (e *engine) judgeVolume(k volumeKey, n int) (span Interval, reason string) {
	v := &e.volumes.lines[k][n]
	u := usualOf(v, e.policy.Past)
	if len(u) < usualAtLeast || len(u.on(v.weekday())) == 0 {
		return Interval{}, ""
	}
	total, totals := v.total(), u.sums(0, 25)
	share := e.shareOfOthers(k, n, 0, 25)
	expected := u.expected(v.weekday()) * share / thousand
	switch {
	case total == 0 && slices.Min(totals)*share/thousand >= zeroFloor:
		return v.Span, fmt.Sprintf("it has no rows of %s, where %s: an export is missing", v.Date, said(totals))
	case total == 0:
		return Interval{}, ""
	case expected >= fewMedian && total*fewShare < expected:
		return v.Span, fmt.Sprintf("it has %d rows of %s, where %s: an export is missing or was cut", total, v.Date, said(totals))
	}
	return e.judgeLulls(k, n, u)
}

// judgeLulls judges every stretch of empty hours in a day that has rows otherwise.
func (e *engine) judgeLulls(k volumeKey, n int, u usual) (span Interval, reason string) {
	hours := e.volumes.lines[k][n].Hours
	for from := 0; from < len(hours); from++ {
		to := from
		for to < len(hours) && hours[to] == 0 {
			to++
		}
		if span, reason = e.judgeHours(k, n, u, from, to); reason != "" {
			return span, reason
		}
		from = to
	}
	return Interval{}, ""
}

// judgeHours judges the empty hours [from, to).
func (e *engine) judgeHours(k volumeKey, n int, u usual, from, to int) (span Interval, reason string) {
	v := &e.volumes.lines[k][n]
	for from < to && u.oftenEmpty(from) {
		from++
	}
	for from < to && u.oftenEmpty(to-1) {
		to--
	}
	if to-from < quietHours {
		return Interval{}, ""
	}
	sums := u.sums(from, to)
	rest := median(u.sums(0, 25)) - median(sums)
	share := min(e.shareOfOthers(k, n, from, to), shareOf(v.total(), rest))
	if slices.Min(sums) == 0 || median(sums)*share/thousand < quietMedian {
		return Interval{}, ""
	}
	span = Interval{v.Span.From + Instant(from)*Hour, min(v.Span.From+Instant(to)*Hour, v.Span.To)}
	return span, fmt.Sprintf("it has no rows from %s to %s, where %s: an export is missing or was cut", span.From, span.To, said(sums))
}

// shareOfOthers is how much of the usual the busiest other witness saw in the same
// hours, in thousandths, at most the whole. On a holiday all of them see little; a
// file that alone has little lacks rows. A witness without any row tells nothing,
// and without a witness the whole is expected.
func (e *engine) shareOfOthers(k volumeKey, n, from, to int) int {
	share, known := 0, false
	for other, line := range e.volumes.lines {
		v := &line[n]
		seen := v.between(from, to)
		if other == k || seen == 0 {
			continue
		}
		u := usualOf(v, e.policy.Past)
		if len(u) < usualAtLeast {
			continue
		}
		if m := median(u.sums(from, to)); m >= quietMedian {
			share, known = max(share, shareOf(seen, m)), true
		}
	}
	if !known {
		return thousand
	}
	return share
}

// shareOf is a part of a whole in thousandths, at most all of it.
func shareOf(part, whole int) int {
	if part >= whole {
		return thousand
	}
	return part * thousand / whole
}

// usual are the volumes of earlier dates that say what is usual, newest first.
type usual []*Volume

// usualOf selects them. Dates that were incomplete tell nothing, until it has been
// so for long enough.
func usualOf(v *Volume, past []Volume) usual {
	var all, sameDay usual
	for i := range past {
		if p := &past[i]; p.Source == v.Source && p.Chain == v.Chain && p.Date < v.Date {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b *Volume) int { return compareStrings(b.Date, a.Date) })
	sameDay = all.on(v.weekday())
	settled, settledDay := all.areIncomplete(settledDates), sameDay.areIncomplete(settledWeekdays)
	var u usual
	for i, p := range all {
		if !p.Incomplete || settled && i < settledDates || settledDay && slices.Contains(sameDay[:settledWeekdays], p) {
			u = append(u, p)
		}
	}
	return u[:min(len(u), usualDates)]
}

// areIncomplete reports whether the newest dates all are.
func (u usual) areIncomplete(newest int) bool {
	return len(u) >= newest && !slices.ContainsFunc(u[:newest], func(p *Volume) bool { return !p.Incomplete })
}

func (u usual) on(d time.Weekday) (list usual) {
	for _, p := range u {
		if p.weekday() == d {
			list = append(list, p)
		}
	}
	return list
}

// sums are the rows that the hours [from, to) of every date had.
func (u usual) sums(from, to int) []int {
	list := make([]int, len(u))
	for i, p := range u {
		list[i] = p.between(from, to)
	}
	return list
}

// oftenEmpty reports whether an hour had no row on half of the dates or more.
func (u usual) oftenEmpty(hour int) bool {
	empty := 0
	for _, p := range u {
		if p.between(hour, hour+1) == 0 {
			empty++
		}
	}
	return 2*empty >= len(u)
}

// expected is what a date usually has: the smaller of the medians over all dates and
// over those of its weekday.
func (u usual) expected(d time.Weekday) int {
	return min(median(u.sums(0, 25)), median(u.on(d).sums(0, 25)))
}

// median is the middle of a list, the lower of two.
func median(list []int) int {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)-1)/2]
}

// said names the figures of earlier dates.
func said(list []int) string {
	return fmt.Sprintf("%d earlier dates had %d to %d (median %d)", len(list), slices.Min(list), slices.Max(list), median(list))
}
