package schedule

import (
	"strings"
	"testing"
	"time"
)

func cronOf(t testing.TB, expressions ...string) *Cron {
	t.Helper()
	c, err := ParseCron(expressions...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ zone, expression, after, want string }{
		{"Etc/UTC", "15 2 * * *", "2026-03-17T02:15:00Z", "2026-03-18T02:15:00Z"},
		{"Etc/UTC", "15 2 * * *", "2026-03-17T02:14:59.5Z", "2026-03-17T02:15:00Z"},
		{"Etc/UTC", "@daily", "2026-03-17T02:14:59Z", "2026-03-18T00:00:00Z"},
		{"America/New_York", "30 2 * * *", "2026-03-08T06:59:00Z", "2026-03-08T07:00:00Z"}, // 02:30 is skipped: 03:00
		{"America/New_York", "30 2 * * *", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		{"America/New_York", "30 1 * * *", "2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"},
		{"America/New_York", "30 1 * * *", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}, // the second 01:30 is the same one
		{"America/New_York", "*/30 * * * *", "2026-11-01T05:30:00Z", "2026-11-01T07:00:00Z"},
		{"America/New_York", "*/30 * * * *", "2026-11-01T06:10:00Z", "2026-11-01T07:00:00Z"}, // 01:10 again: 01:30 is over
		{"Pacific/Apia", "0 12 * * *", "2011-12-29T23:00:00Z", "2011-12-30T10:00:00Z"},       // noon of a date that never was
		{"America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z"},
	} {
		got := cronOf(t, c.expression).Next(instant(t, c.after), zone(t, c.zone))
		if !got.Equal(instant(t, c.want)) {
			t.Errorf("%q in %s after %s: %s, want %s", c.expression, c.zone, c.after, got.UTC().Format(time.RFC3339), c.want)
		}
	}
	both := cronOf(t, "0 8 * * *", "0 20 * * *")
	if got := both.Next(instant(t, "2026-03-17T09:00:00Z"), time.UTC); !got.Equal(instant(t, "2026-03-17T20:00:00Z")) {
		t.Errorf("of two expressions the next is %s", got)
	}
	if at := instant(t, "2026-03-17T08:00:00Z"); !both.From(at, time.UTC).Equal(at) {
		t.Error("an instant that is scheduled itself does not count")
	}
}

func TestParseCronRefuses(t *testing.T) {
	for expression, why := range map[string]string{
		"TZ=0":                       "timezone:",
		"TZ=":                        "timezone:",
		"CRON_TZ=UTC":                "timezone:",
		"CRON_TZ=Etc/UTC 15 2 * * *": "timezone:",
		" TZ=UTC 15 2 * * *":         "timezone:",
		"@every 24h":                 "counts from the start",
		"@never":                     "unrecognized descriptor",
		"@":                          "unrecognized descriptor",
		"":                           "five fields",
		"15 2 * *":                   "five fields",
		"0 15 2 * * *":               "five fields",
		"60 2 * * *":                 "above maximum",
		"0 0 30 2 *":                 "every year",
		"0 0 29 2 *":                 "every year",
	} {
		_, err := ParseCron(expression)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want a sentence with %q", expression, err, why)
		}
	}
	if _, err := ParseCron(); err == nil {
		t.Error("no expression at all is taken")
	}
}

func TestNotes(t *testing.T) {
	if n := cronOf(t, "0 0 1 * 1").Notes(); len(n) != 1 || !strings.Contains(n[0], "comes on both") {
		t.Error(n)
	}
	if n := cronOf(t, "0 0 1 * *", "0 0 * * 1", "@daily", "0 0 ? * 1").Notes(); len(n) != 0 {
		t.Error(n)
	}
}

// FuzzParseCron: whatever is written, it is refused with a sentence or it comes.
func FuzzParseCron(f *testing.F) {
	for _, text := range []string{"15 2 * * *", "@daily", "TZ=0", "*/0 * * * *", "0 0 30 2 *", "1-99999999999999999999 * * * *", "? ? ? ? ?", "0 0 L * *", "*/9223372036854775807 * * * *"} {
		f.Add(text)
	}
	berlin := zone(f, "Europe/Berlin")
	now := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCron(text)
		if err != nil {
			return
		}
		if next := c.Next(now, berlin); !next.After(now) || next.Sub(now) > longest+2*time.Hour {
			t.Errorf("%q comes next at %s", text, next)
		}
	})
}
