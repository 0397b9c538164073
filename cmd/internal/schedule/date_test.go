package schedule

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func date(t testing.TB, text string) Date {
	t.Helper()
	d, err := ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestDateTilesTime: where a day begins and how long it is, on the days on which
// clocks are strange.
func TestDateTilesTime(t *testing.T) {
	for _, c := range []struct {
		zone, date, begin string
		hours             float64
	}{
		{"Etc/UTC", "2026-03-17", "2026-03-17T00:00:00Z", 24},
		{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23},
		{"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", 25},
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24.5},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23}, // no midnight: 00:00 is 01:00
		{"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25}, // 24:00 is 23:00 again
		{"Africa/Cairo", "2014-05-16", "2014-05-15T22:00:00Z", 23},
		{"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", 25},   // midnight twice on one date
		{"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", 25}, // 00:01 is 23:01 of the day before
		{"America/St_Johns", "2010-11-06", "2010-11-06T02:30:00Z", 24},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0}, // never was
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 24},
		{"Antarctica/Troll", "2026-03-29", "2026-03-29T00:00:00Z", 22},
		{"Europe/Berlin", "2028-12-31", "2028-12-30T23:00:00Z", 24}, // the last day of a leap year
	} {
		z, d := zone(t, c.zone), date(t, c.date)
		if got := d.Begin(z); !got.Equal(instant(t, c.begin)) {
			t.Errorf("%s begins in %s at %s, want %s", d, c.zone, got.UTC().Format(time.RFC3339), c.begin)
		}
		if got := d.End(z).Sub(d.Begin(z)).Hours(); got != c.hours {
			t.Errorf("%s lasts %v hours in %s, want %v", d, got, c.zone, c.hours)
		}
		if d.Exists(z) != (c.hours > 0) {
			t.Errorf("%s in %s: exists is %v", d, c.zone, d.Exists(z))
		}
		if c.hours == 0 {
			continue
		}
		for _, at := range []time.Time{d.Begin(z), d.End(z).Add(-1)} {
			if got := DateAt(at, z); got != d {
				t.Errorf("%s lies in %s of %s, want %s", at, got, c.zone, d)
			}
		}
	}
}

func TestLastOver(t *testing.T) {
	for _, c := range []struct{ zone, now, want string }{
		{"Etc/UTC", "2026-03-18T00:00:00Z", "2026-03-17"},
		{"Etc/UTC", "2026-03-17T23:59:59Z", "2026-03-16"},
		{"America/Sao_Paulo", "2018-11-04T02:30:00Z", "2018-11-02"},
		{"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-29"}, // on the 31st; the 30th never was
		{"America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-06"},
	} {
		if got := LastOver(instant(t, c.now), zone(t, c.zone)); got.String() != c.want {
			t.Errorf("%s in %s: %s is the last date that is over, want %s", c.now, c.zone, got, c.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, text := range []string{"", "tomorrow", "2026-02-30", "2026-3-1", "2026-03-17T00:00:00Z"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
	if d := date(t, "2026-03-17"); (d+15).String() != "2026-04-01" || (d-17).String() != "2026-02-28" {
		t.Error(d, d+15, d-17)
	}
}
