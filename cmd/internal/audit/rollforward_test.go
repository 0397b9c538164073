package audit

import (
	"slices"
	"strings"
	"testing"

	"tieout/reconcile/money"
)

// A second run: 3 breaks of together 5 were open, one of 2 came, one of 1 was
// resolved, one of 4 became 3. The rows show two of the breaks that stay, of
// together 4; one of 1 is carried beside them.
const rolledJSON = `{
	"roll_forward": {"date": "2026-03-18", "opening": "2026-03-17", "lines": [
		{"section": "breaks", "asset": "usdt",
		 "opening": {"count": 3, "plus": "6", "minus": "-1", "net": "5"}, "new": {"count": 1, "plus": "2", "minus": "0", "net": "2"},
		 "reopened": {"count": 0, "plus": "0", "minus": "0", "net": "0"}, "changed": {"count": 1, "plus": "-1", "minus": "0", "net": "-1"},
		 "moved_in": {"count": 0, "plus": "0", "minus": "0", "net": "0"}, "moved_out": {"count": 0, "plus": "0", "minus": "0", "net": "0"},
		 "resolved": {"count": 1, "plus": "1", "minus": "0", "net": "1"}, "written_off": {"count": 0, "plus": "0", "minus": "0", "net": "0"},
		 "closing": {"count": 3, "plus": "6", "minus": "-1", "net": "5"}, "carried": {"count": 1, "plus": "1", "minus": "0", "net": "1"}}],
		"carried": [{"id": "B-1", "asset": "usdt", "difference": "1"}]},
	"resolved": [{"id": "B-2", "asset": "usdt", "difference": "1", "how": "resolved"}]}`

func TestRollForward(t *testing.T) {
	for _, c := range []struct{ name, old, new, check string }{
		{"balances", "", "", ""},
		{"another closing", `"closing": {"count": 3, "plus": "6", "minus": "-1", "net": "5"}`, `"closing": {"count": 3, "plus": "7", "minus": "-1", "net": "6"}`, "closing.net"},
		{"an item lost", `"closing": {"count": 3`, `"closing": {"count": 2`, "closing.count"},
		{"a net that is not its sides", `"minus": "-1", "net": "5"}, "new"`, `"minus": "-2", "net": "5"}, "new"`, "opening.net"},
		{"new and resolved alike", `"new": {"count": 1, "plus": "2", "minus": "0", "net": "2"}`, `"new": {"count": 1, "plus": "3", "minus": "0", "net": "3"}`, "closing.net"},
		{"resolved without an item", `"how": "resolved"`, `"how": "moved"`, "resolved.count, by the items listed"},
		{"resolved for another figure", `"id": "B-2", "asset": "usdt", "difference": "1"`, `"id": "B-2", "asset": "usdt", "difference": "2"`, "resolved.net, by the items listed"},
		{"carried without an item", `{"id": "B-1", "asset": "usdt", "difference": "1"}`, ``, "carried.count, by the items listed"},
		{"carried in another section", `"id": "B-1"`, `"id": "I-1"`, "roll_forward"},
		{"rows that do not stand", `"carried": {"count": 1, "plus": "1", "minus": "0", "net": "1"}`, `"carried": {"count": 1, "plus": "2", "minus": "0", "net": "2"}`, "figure that stands"},
		{"another opening", `"opening": "2026-03-17"`, `"opening": "2026-03-16"`, "roll_forward.opening"},
		{"a first run that opens with something", `"opening": "2026-03-17"`, `"opening": null`, "opening.count"},
		{"a figure in words", `"plus": "2"`, `"plus": "two"`, "new.plus"},
		{"a line twice", `"lines": [`, `"lines": [{"section": "breaks", "asset": "usdt"},`, "roll_forward"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(rolledJSON, c.old) {
				t.Fatalf("there is no %s", c.old)
			}
			v, err := decode([]byte(strings.Replace(rolledJSON, c.old, c.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			d := &Date{}
			b := newBook(d, &manifest{previous: &link{"2026-03-17", "a"}, rolls: readRolls(object{d: d, keys: v.(map[string]any)})})
			b.stand("breaks", "usdt", money.NewQuantity(money.FromUint64(3), 0))
			b.stand("breaks", "usdt", money.NewQuantity(money.FromUint64(1), 0))
			b.checkRolls()
			if c.check == "" && d.Failed > 0 {
				t.Errorf("%+v", d.Findings)
			}
			if c.check != "" && !slices.ContainsFunc(d.Findings, func(f Finding) bool { return strings.HasSuffix(f.Check, c.check) }) {
				t.Errorf("no finding of %s: %+v", c.check, d.Findings)
			}
		})
	}
}

// TestAnswered: what a person closed counts on the line answered, and no more among
// what is open.
func TestAnswered(t *testing.T) {
	d := &Date{}
	b := newBook(d, &manifest{})
	five := money.NewQuantity(money.FromUint64(5), 0)
	for i, disposition := range []string{"", "accept", "suppress", "resolved", "write_off"} {
		k := &breakRow{id: string(rune('A' + i)), kind: "unverified_webhook", severity: "low", asset: "usdt", diff: five, disposition: disposition}
		b.countBreak(k)
		b.breaks[k.id] = append(b.breaks[k.id], k)
		b.placeBreak(k)
	}
	l := b.sum("usdt").line
	if l.Breaks.String() != "15" || l.Answered.String() != "10" || b.standing[rollKey{"breaks", "usdt"}].count != 3 {
		t.Errorf("breaks %s, answered %s, standing %+v", l.Breaks, l.Answered, b.standing)
	}
	if b.counted.plain["breaks"] != 3 || b.counted.words["answered"]["resolved"] != 1 {
		t.Errorf("%+v", b.counted)
	}
}
