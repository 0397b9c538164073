package sources

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestParseTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text string
		zone *time.Location
		want string // RFC 3339, or a part of the error behind "!"
	}{
		{"2026-11-24T08:15:00Z", nil, "2026-11-24T08:15:00Z"},
		{"2026-11-24T08:15:00.123Z", nil, "2026-11-24T08:15:00.123Z"},
		{"2025-07-24T09:36:17.464310400Z", nil, "2025-07-24T09:36:17.4643104Z"},
		{"2025-08-12T12:15:47.7656623082", time.UTC, "2025-08-12T12:15:47.765662308Z"},
		{"2025-08-12T12:15:47.7656623082", nil, "!declare timezone: on the source"},
		{"2025-08-12T12:15:47.76566230821Z", nil, "!1 to 10 digits"},
		{"2026-11-24T08:15:00+08:00", nil, "2026-11-24T00:15:00Z"},
		{"2026-11-24T08:15:00-0330", nil, "2026-11-24T11:45:00Z"},
		{"2026-11-24 08:15:00 UTC", nil, "2026-11-24T08:15:00Z"},
		{" 2026-11-24 08:15:00 ", time.UTC, "2026-11-24T08:15:00Z"},
		{"2022/03/17 14:10:00", time.UTC, "2022-03-17T14:10:00Z"},
		{"2026-07-01 12:00:00", berlin, "2026-07-01T10:00:00Z"},
		{"2026-11-24 12:00:00", berlin, "2026-11-24T11:00:00Z"},
		{"2026-03-29 02:30:00", berlin, "!clocks in Europe/Berlin skip this time"},
		{"2026-10-25 02:30:00", berlin, "!clocks in Europe/Berlin show this time twice"},
		{"2026-10-25 03:30:00", berlin, "2026-10-25T02:30:00Z"},
		{"1742729435", nil, "2025-03-23T11:30:35Z"},
		{"1742729435000", nil, "2025-03-23T11:30:35Z"},
		{"1742729435123", nil, "2025-03-23T11:30:35.123Z"},
		{"17427294351", nil, "!expected"},
		{"2024-02-29T00:00:00Z", nil, "2024-02-29T00:00:00Z"},
		{"2023-02-29T00:00:00Z", nil, "!there is no such day"},
		{"2023-13-01T00:00:00Z", nil, "!there is no such day"},
		{"2023-01-01T24:00:00Z", nil, "!between 00:00:00 and 23:59:59"},
		{"2023-01-01T1a:00:00Z", nil, "!between 00:00:00 and 23:59:59"},
		{"0001-01-01T00:00:00Z", nil, "!its year is not between"},
		{"2026-11-24", nil, "!the time of day is missing"},
		{"2026-11-24 8:15", time.UTC, "!the time of day is missing"},
		{"2026-11-24 08:15:00 CET", nil, "!is not a zone that is the same everywhere"},
		{"2026-11-24 08:15:00 +25:00", nil, "!no zone is +2500 away"},
		{"11/12/2026", time.UTC, "!day and month cannot be told apart"},
		{"11/12/2026 08:15:00", time.UTC, "!day and month cannot be told apart"},
		{"24.11.2026 08:15", time.UTC, "!day and month cannot be told apart"},
		{"2026-11/24 08:15:00", time.UTC, "!expected"},
		{"46350.34375", time.UTC, "!spreadsheet's day number"},
		{"46350", time.UTC, "!spreadsheet's day number"},
		{"1.742729435E9", nil, "!expected"},
		{"", nil, "!it is empty"},
		{"yesterday", time.UTC, "!expected"},
	} {
		at, err := ParseTime(tt.text, tt.zone)
		if part, bad := strings.CutPrefix(tt.want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), part) || at != 0 {
				t.Errorf("%q: got %s, error %v, want an error about %q", tt.text, at, err, part)
			}
			continue
		}
		if err != nil || at.String() != tt.want {
			t.Errorf("%q: got %s, %v, want %s", tt.text, at, err, tt.want)
		}
	}
}

func TestUnixTime(t *testing.T) {
	for _, tt := range []struct{ number, want string }{
		{"1742729435", "2025-03-23T11:30:35Z"},
		{"1742729435123", "2025-03-23T11:30:35.123Z"},
		{"1742729435123456", "2025-03-23T11:30:35.123456Z"},
		{"1742729435123456789", "2025-03-23T11:30:35.123456789Z"},
		{"0", ""}, {"", ""}, {"-742729435", ""}, {"174272943", ""}, {"17427294350", ""}, {"1.7E9", ""}, {"0742729435", ""},
		{"9999999999999999999", ""}, {"174272943512", ""}, {"1742729435.5", ""},
	} {
		at, err := UnixTime(tt.number)
		if at.String() != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: got %s, %v, want %q", tt.number, at, err, tt.want)
		}
	}
}

// Whatever is accepted means the same when it is written out and read again.
func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2026-11-24T08:15:00.5Z", "2026/11/24 08:15:00", "1742729435", "11/12/2026", "46350.5", "2026-11-24 08:15:00 +0530"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseTime(text, time.UTC)
		if err != nil {
			if at != 0 {
				t.Fatalf("%q: an error and a time, %s", text, at)
			}
			return
		}
		again, err := ParseTime(at.String(), nil)
		if err != nil || again != at {
			t.Fatalf("%q is %s, which reads as %s, %v", text, at, again, err)
		}
		if std, err := time.Parse(time.RFC3339, text); err == nil && std.UnixNano() != int64(at) {
			t.Fatalf("%q is %s, time.Parse says %s", text, at, std)
		}
	})
}

func TestCleanID(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		bad        bool
	}{
		{" A1 ", "A1", false},
		{"0012", "0012", false},
		{"8210003616", "8210003616", false},
		{"8.21E+09", "", true},
		{"8,21E+09", "", true},
		{"8.21e9", "", true},
		{"1E+16", "", true},
		{"-8.21E+09", "", true},
		{"12E4", "12E4", false}, // no point, no sign: an id
		{"E-12", "E-12", false},
		{"1.E5", "1.E5", false},
		{"0x7614a9840d9422fe", "0x7614a9840d9422fe", false},
		{"A\u200b1", "A\u200b1", false},
		{"", "", false},
	} {
		got, err := CleanID(tt.text)
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q: got %q, %v", tt.text, got, err)
		}
	}
}
