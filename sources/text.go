package sources

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tieout/reconcile"
)

// The first and last years that a payment's time may have. What lies outside is
// a placeholder or a number in another unit.
const (
	firstYear = 1971
	lastYear  = 2261
	lastUnix  = 9214646399 // seconds, at the end of lastYear
)

// ParseTime reads a time as exports write them: RFC 3339 (up to 10 fraction
// digits, nanoseconds are kept), the same with a space or with slashes in the
// date, " UTC" or an offset or nothing behind it, or unix seconds (10 digits) or
// milliseconds (13). A time without a zone is read in zone, and refused when zone
// is nil, when clocks skip it or when they show it twice. Dates whose day and
// month could be swapped are refused.
func ParseTime(text string, zone *time.Location) (reconcile.Instant, error) {
	text = strings.TrimSpace(text)
	t, err := parseTime(text, zone)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time: %w", shown(text), err)
	}
	return t, nil
}

// UnixTime reads a number of seconds (10 digits), milliseconds (13),
// microseconds (16) or nanoseconds (19) since 1970 UTC; the digits tell which.
func UnixTime(number string) (reconcile.Instant, error) {
	if !digits(number) {
		return 0, fmt.Errorf("%q is not a unix time: it must be whole digits", shown(number))
	}
	unit := unitOf(len(number))
	n, err := strconv.ParseInt(number, 10, 64)
	if unit == 0 || err != nil || number[0] == '0' || n > lastUnix*1e9/int64(unit) {
		return 0, fmt.Errorf("%q is not a unix time: it must have 10 digits (seconds), 13 (milliseconds), 16 or 19", shown(number))
	}
	return reconcile.Instant(n) * unit, nil
}

// unitOf is the unit of a time since 1970 with so many digits, 0 for any other number.
func unitOf(digits int) reconcile.Instant {
	switch digits {
	case 10:
		return 1e9
	case 13:
		return 1e6
	case 16:
		return 1e3
	case 19:
		return 1
	}
	return 0
}

func parseTime(text string, zone *time.Location) (reconcile.Instant, error) {
	switch {
	case text == "":
		return 0, errors.New("it is empty")
	case digits(text) && (len(text) == 10 || len(text) == 13):
		return UnixTime(text)
	case serial(text):
		return 0, errors.New("it looks like a spreadsheet's day number, which has no zone and is rounded: format the column as text (2026-11-24 08:15:00) and export again")
	case !dateFirst(text):
		return 0, otherwise(text)
	}
	year, month, day := number(text[0:4]), number(text[5:7]), number(text[8:10])
	if len(text) < 19 || text[10] != 'T' && text[10] != 't' && text[10] != ' ' || text[13] != ':' || text[16] != ':' {
		return 0, errors.New("the time of day is missing or not written hh:mm:ss")
	}
	hour, minute, second := number(text[11:13]), number(text[14:16]), number(text[17:19])
	if hour < 0 || minute < 0 || second < 0 || hour > 23 || minute > 59 || second > 59 {
		return 0, errors.New("the time of day is not one between 00:00:00 and 23:59:59")
	}
	if year < firstYear || year > lastYear {
		return 0, fmt.Errorf("its year is not between %d and %d", firstYear, lastYear)
	}
	nanos, rest, err := fraction(text[19:])
	if err != nil {
		return 0, err
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return 0, errors.New("there is no such day")
	}
	if rest == "" {
		return local(t, zone)
	}
	offset, err := zoneOffset(strings.TrimPrefix(rest, " "))
	return reconcile.InstantOf(t) - offset, err
}

// dateFirst reports whether text starts like 2026-11-24 or 2026/11/24.
func dateFirst(text string) bool {
	return len(text) >= 10 && digits(text[0:4]) && digits(text[5:7]) && digits(text[8:10]) &&
		(text[4] == '-' || text[4] == '/') && text[7] == text[4]
}

// otherwise says what is wrong with a text that does not start with a date.
func otherwise(text string) error {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '-' || r == '.' || r == ' ' || r == ',' || r == 'T' })
	if len(parts) >= 3 && len(parts[0]) <= 2 && len(parts[1]) <= 2 && digits(parts[0]) && digits(parts[1]) && digits(parts[2]) {
		return errors.New("day and month cannot be told apart: export dates as 2026-11-24")
	}
	return errors.New("expected 2026-11-24T08:15:00Z, 2026-11-24 08:15:00 UTC, or unix seconds (10 digits) or milliseconds (13)")
}

// serial reports numbers in the range of spreadsheet days: 36526 is the start of
// 2000, 73050 the end of 2099.
func serial(text string) bool {
	whole, part, _ := strings.Cut(text, ".")
	return len(whole) == 5 && whole >= "36526" && whole <= "73050" && digits(whole) && (part == "" || digits(part))
}

// fraction reads a fraction of a second. The tenth digit, which one provider
// writes, is beyond what an Instant holds and is dropped.
func fraction(text string) (nanos int, rest string, err error) {
	if text == "" || text[0] != '.' && text[0] != ',' {
		return 0, text, nil
	}
	n := 1
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		if n <= 9 {
			nanos = nanos*10 + int(text[n]-'0')
		}
		n++
	}
	if n == 1 || n > 11 {
		return 0, "", errors.New("its fraction of a second must have 1 to 10 digits")
	}
	for i := n; i <= 9; i++ {
		nanos *= 10
	}
	return nanos, text[n:], nil
}

// zoneOffset reads Z, UTC, +08:00 or +0800.
func zoneOffset(text string) (reconcile.Instant, error) {
	switch text {
	case "Z", "z", "UTC":
		return 0, nil
	}
	if len(text) == 6 && text[3] == ':' {
		text = text[:3] + text[4:]
	}
	if len(text) != 5 || text[0] != '+' && text[0] != '-' || !digits(text[1:]) {
		return 0, fmt.Errorf("%q is not a zone that is the same everywhere: write Z, UTC or an offset like +08:00", shown(text))
	}
	hours, minutes := number(text[1:3]), number(text[3:5])
	if hours > 14 || minutes > 59 {
		return 0, fmt.Errorf("no zone is %s away from UTC", text)
	}
	offset := reconcile.Instant(hours)*reconcile.Hour + reconcile.Instant(minutes)*reconcile.Minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, nil
}

// local reads the clock that t shows in zone.
func local(t time.Time, zone *time.Location) (reconcile.Instant, error) {
	if zone == nil {
		return 0, errors.New("it has no zone: declare timezone: on the source")
	}
	if zone == time.UTC {
		return reconcile.InstantOf(t), nil
	}
	year, month, day := t.Date()
	at := time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
	if at.Hour() != t.Hour() || at.Minute() != t.Minute() {
		return 0, fmt.Errorf("clocks in %s skip this time: export times in UTC", zone)
	}
	// Changes of the clock are an hour, or half of one on Lord Howe Island.
	for _, d := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if o := at.Add(d); o.Hour() == at.Hour() && o.Minute() == at.Minute() {
			return 0, fmt.Errorf("clocks in %s show this time twice: export times in UTC", zone)
		}
	}
	return reconcile.InstantOf(at), nil
}

// number reads digits, -1 when there is anything else.
func number(text string) int {
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return -1
		}
		n = n*10 + int(text[i]-'0')
	}
	return n
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// CleanID returns an id (an order number, a transaction hash) without the space
// around it. What a spreadsheet turned into scientific notation is refused: the
// digits are gone. Invisible characters stay, for two ids that differ only in
// them are two ids.
func CleanID(text string) (string, error) {
	id := strings.TrimSpace(text)
	if scientific(id) {
		return "", fmt.Errorf("%q is an id in scientific notation, which lost its digits in a spreadsheet: export the column as text", shown(id))
	}
	return id, nil
}

// scientific reports numbers like 8.21E+09. A bare 12E4 has neither point nor
// sign, so it is an id that happens to look so.
func scientific(id string) bool {
	for i := range len(id) { // a look at the first few bytes settles nearly all ids
		if c := id[i]; (c < '0' || c > '9') && c != 'e' && c != 'E' && c != '.' && c != ',' && c != '+' && c != '-' {
			return false
		}
	}
	mantissa, exponent, ok := strings.Cut(strings.ToLower(id), "e")
	if !ok {
		return false
	}
	unsigned := strings.TrimLeft(exponent, "+-")
	whole, part, point := strings.Cut(strings.Replace(mantissa, ",", ".", 1), ".")
	whole = strings.TrimPrefix(whole, "-")
	return digits(whole) && digits(unsigned) && len(exponent)-len(unsigned) <= 1 &&
		(!point || digits(part)) && (point || unsigned != exponent)
}

// shown cuts a text for an error.
func shown(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
