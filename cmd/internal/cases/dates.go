package cases

import (
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

var (
	serial  = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
	slashed = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4})$`)
)

// layouts are dates that can only be read in one way.
var layouts = []string{time.DateOnly, time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006/01/02", "2.1.2006", "2 Jan 2006", "2-Jan-2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006"}

// parseDate reads a date as people and spreadsheets write it: YYYY-MM-DD, a day
// number of a spreadsheet, or another way of writing that has one meaning only.
func parseDate(text string, from1904 bool) (string, error) {
	if serial.MatchString(text) {
		days, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "", err
		}
		t, err := excelize.ExcelDateToTime(days, from1904)
		if err != nil {
			return "", err
		}
		return t.Format(time.DateOnly), nil
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1900 && t.Year() < 10000 {
			return t.Format(time.DateOnly), nil
		}
	}
	if m := slashed.FindStringSubmatch(text); m != nil {
		return slashedDate(m[1], m[2], m[3])
	}
	return "", errors.New("is no date: write it as 2026-03-31")
}

// slashedDate reads 3/18/2026 and 18/3/2026, which differ by country, where one
// of the numbers can be no month.
func slashedDate(first, second, year string) (string, error) {
	a, _ := strconv.Atoi(first)
	b, _ := strconv.Atoi(second)
	month, day := a, b
	if a > 12 {
		month, day = b, a
	}
	if a <= 12 && b <= 12 && a != b {
		return "", errors.New("can be read as two dates: write it as 2026-03-31")
	}
	t, err := time.Parse("2006-1-2", year+"-"+strconv.Itoa(month)+"-"+strconv.Itoa(day))
	if err != nil {
		return "", errors.New("is no date: write it as 2026-03-31")
	}
	return t.Format(time.DateOnly), nil
}
