package config

import (
	"strings"
	"testing"
)

func TestSchedule(t *testing.T) {
	for text, want := range map[string]struct{ at, first string }{
		``:                                      {"", "1970-01-01"},
		`schedule: "15 2 * * *"`:                {"15 2 * * *", "1970-01-01"},
		`schedule: ["0 8 * * *", "0 20 * * *"]`: {"0 8 * * *, 0 20 * * *", "1970-01-01"},
		`schedule: {at: "@daily"}`:              {"@daily", "1970-01-01"},
		`schedule: {at: ["@daily"], first: 2026-03-01}`: {"@daily", "2026-03-01"},
	} {
		c, err := load(t, good+text+"\n")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		at := ""
		if c.Schedule.At != nil {
			at = c.Schedule.At.String()
		}
		if at != want.at || c.Schedule.First.String() != want.first {
			t.Errorf("%s: %q since %s", text, at, c.Schedule.First)
		}
	}
	for text, want := range map[string]string{
		`schedule: "CRON_TZ=UTC"`:                    "line 8 column 11: cron expression \"CRON_TZ=UTC\": the time zone does not stand in the expression; timezone: says it",
		`schedule: "15 2 * *"`:                       "five fields are expected",
		`schedule: []`:                               "a cron expression is expected",
		`schedule: {first: 2026-03-01}`:              "at: is missing; it says when to look, such as 15 2 * * *",
		`schedule: {at: "@daily", first: yesterday}`: "line 8 column 33: \"yesterday\": a date such as 2026-03-17 is expected",
		`schedule: {at: "@daily", since: 1}`:         "unknown key \"since\"",
	} {
		_, err := load(t, good+text+"\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
