package audit

import (
	"slices"
	"strings"
	"testing"

	"tieout/reconcile/money"
)

// chained is a run for tests of the chain: its date, its hash, and the run that it
// continues as "date hash", "" for none. A date with a dot is a superseded revision.
func chained(name, sha256, previous string) *Date {
	d := &Date{Name: name, SHA256: sha256, manifest: &manifest{merchant: "shop", revision: 1}}
	if strings.Contains(name, ".") {
		d.Name = superseded + "/" + name
	}
	if date, hash, ok := strings.Cut(previous, " "); ok {
		d.manifest.previous = &link{date, hash}
	}
	return d
}

func rolled(d *Date, opening, closing string) *Date {
	figure := func(text string) rollFigure {
		q, err := parseDecimal(text)
		if err != nil {
			panic(err)
		}
		return rollFigure{1, q, nothing, q}
	}
	d.manifest.rolls.lines = map[rollKey]*roll{{"breaks", "usdt"}: {figures: map[string]rollFigure{"opening": figure(opening), "closing": figure(closing)}}}
	return d
}

func TestChain(t *testing.T) {
	for _, c := range []struct {
		name string
		runs []*Date
		want []string // verdict of each, with what is said
	}{
		{"the first run", []*Date{chained("2026-03-01", "a", "")}, []string{"holds"}},
		{"one after the other", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02", "b", "2026-03-01 a"), chained("2026-03-05", "c", "2026-03-02 b")},
			[]string{"holds", "holds", "holds"}},
		{"another hash", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02", "b", "2026-03-01 x")}, []string{"holds", "fails previous.sha256"}},
		{"from the future", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02", "b", "2026-03-02 b")}, []string{"holds", "fails previous.as_of"}},
		{"cut off", []*Date{chained("2026-03-02", "b", "2026-03-01 a")}, []string{"incomplete the run of 2026-03-01, which it continues, is not here"}},
		{"a former run that cannot be read", []*Date{{Name: "2026-03-01", SHA256: "x"}, chained("2026-03-02", "b", "2026-03-01 a")}, []string{"holds", "fails previous.sha256"}},
		{"run out of order", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02", "b", "2026-03-01 a"), chained("2026-03-03", "c", "2026-03-01 a"), chained("2026-03-04", "d", "2026-03-03 c")},
			[]string{"holds", "holds", "incomplete 2026-03-02 was run after it", "incomplete 2026-03-03, which it continues, is stale"}},
		{"an earlier date came to exist", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02", "b", "")}, []string{"holds", "incomplete 2026-03-01 was run after it"}},
		{"revised", []*Date{chained("2026-03-01.1", "a", ""), chained("2026-03-01", "a2", ""), chained("2026-03-02", "b", "2026-03-01 a")},
			[]string{"holds", "holds", "incomplete 2026-03-01 was revised after it"}},
		{"and run again", []*Date{chained("2026-03-01.1", "a", ""), chained("2026-03-01", "a2", ""), chained("2026-03-02.1", "b", "2026-03-01 a"), chained("2026-03-02", "b2", "2026-03-01 a2")},
			[]string{"holds", "holds", "holds", "holds"}},
		{"a superseded revision of another chain", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02.1", "b", "2026-03-01 x"), chained("2026-03-02", "b2", "2026-03-01 a")},
			[]string{"holds", "fails previous.sha256", "holds"}},
		{"the roll-forward goes on", []*Date{rolled(chained("2026-03-01", "a", ""), "0", "5"), rolled(chained("2026-03-02", "b", "2026-03-01 a"), "5", "7")}, []string{"holds", "holds"}},
		{"the roll-forward breaks off", []*Date{rolled(chained("2026-03-01", "a", ""), "0", "5"), rolled(chained("2026-03-02", "b", "2026-03-01 a"), "6", "7")},
			[]string{"holds", "fails roll_forward: opening of breaks of usdt, the closing of 2026-03-01.plus"}},
		{"a window of one's own stands alone", []*Date{chained("2026-03-01", "a", ""), chained("2026-03-02--2026-03-03", "w", "")}, []string{"holds", "holds"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			follow(c.runs)
			for i, d := range c.runs {
				got := strings.TrimSpace(string(d.Verdict()) + " " + d.Stale)
				for _, why := range d.Unchecked {
					got += " " + why
				}
				if len(d.Findings) > 0 {
					got += " " + d.Findings[0].Check
				}
				if got != c.want[i] {
					t.Errorf("%s: %s, want %s", d.Name, got, c.want[i])
				}
			}
		})
	}
}

// TestRevision: a revision names what it replaces.
func TestRevision(t *testing.T) {
	revised := func(replaces string, revision int) *Date {
		d := chained("2026-03-01", "a2", "")
		d.manifest.replaces, d.manifest.revision = replaces, revision
		return d
	}
	for _, c := range []struct {
		name string
		run  *Date
		want Verdict
	}{
		{"the next number", revised("a", 2), Holds},
		{"a number left out", revised("a", 3), Fails},
		{"of what is not kept", revised("x", 2), Incomplete},
	} {
		follow([]*Date{chained("2026-03-01.1", "a", ""), c.run})
		if c.run.Verdict() != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.run.Verdict(), c.want)
		}
	}
}

// TestDatesInOrder: oldest first, a superseded revision before its successor.
func TestDatesInOrder(t *testing.T) {
	dates := []*Date{chained("2026-03-02", "", ""), chained("2026-03-01", "", ""), chained("2026-03-02.1", "", "")}
	slices.SortStableFunc(dates, compareDates)
	var got []string
	for _, d := range dates {
		got = append(got, d.Name)
	}
	if want := "2026-03-01 .superseded/2026-03-02.1 2026-03-02"; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestDecimals(t *testing.T) {
	for _, text := range []string{"0", "12", "-0.000001", "1.5", "231584178474632390847141970017375815706539969331281128078915168015826259.27987", "115792089237316195423570985008687907853269984665640564039457584007913129639935"} {
		q, err := parseDecimal(text)
		if err != nil || q.String() != text {
			t.Errorf("%s came back as %s, %v", text, q, err)
		}
	}
	for _, text := range []string{"", "-", "1.", ".5", "1e3", "+1", "1,5", " 1", "0x1", strings.Repeat("9", 91), "0." + strings.Repeat("0", 37)} {
		if q, err := parseDecimal(text); err == nil {
			t.Errorf("%q was read as %s", text, q)
		}
	}
	big := money.NewQuantity(money.FromUint64(15), 1)
	if got := minus(big, money.NewQuantity(money.FromUint64(2), 0)).String(); got != "-0.5" {
		t.Errorf("1.5 - 2 = %s", got)
	}
}
