package audit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// roll is the roll-forward of one asset of one section, as result.json states it:
// how what was open before became what is open now.
type roll struct {
	path    string
	figures map[string]rollFigure
}

// rollFigure is a number of items and what they come to.
type rollFigure struct {
	count            int
	plus, minus, net money.Quantity
}

type rollKey struct{ section, asset string }

// movements are the parts of a roll-forward, with the side on which they count.
var movements = []struct {
	name string
	sign int
}{{"opening", 1}, {"new", 1}, {"reopened", 1}, {"changed", 1}, {"moved_in", 1}, {"moved_out", -1}, {"resolved", -1}, {"written_off", -1}}

// rollForward is the roll-forward of a run.
type rollForward struct {
	stated bool
	opens  string // business date that it opens with, "" for a first run
	lines  map[rollKey]*roll
	listed map[rollKey]map[string]rollFigure // carried, resolved, written_off and moved, as their lists add up
}

// readRolls reads the roll-forward; a report of an earlier version has none.
func readRolls(doc object) rollForward {
	f := rollForward{lines: map[rollKey]*roll{}, listed: map[rollKey]map[string]rollFigure{}}
	if f.stated = doc.has("roll_forward"); !f.stated {
		return f
	}
	o := doc.object("roll_forward")
	if o.has("opening") {
		f.opens = o.text("opening")
	}
	for _, l := range o.objects("lines") {
		key := rollKey{l.text("section"), l.text("asset")}
		l.d.that(f.lines[key] == nil, spot{file: manifestName}, "roll_forward", key.section+" of "+key.asset+" once", "twice")
		f.lines[key] = readRoll(l)
	}
	for _, it := range o.objects("carried") {
		f.list(it, "carried")
	}
	for _, it := range doc.objects("resolved") {
		f.list(it, it.text("how"))
	}
	return f
}

func readRoll(o object) *roll {
	r := &roll{o.path, map[string]rollFigure{}}
	for _, name := range []string{"opening", "new", "reopened", "changed", "moved_in", "moved_out", "resolved", "written_off", "closing", "carried"} {
		f := o.object(name)
		r.figures[name] = rollFigure{f.whole("count"), f.figure("plus"), f.figure("minus"), f.figure("net")}
	}
	return r
}

// list adds an item to the sum of its list. Its id tells breaks from open items.
func (f *rollForward) list(o object, name string) {
	key := rollKey{"open_items", o.text("asset")}
	if strings.HasPrefix(o.text("id"), "B-") {
		key.section = "breaks"
	}
	if f.listed[key] == nil {
		f.listed[key] = map[string]rollFigure{}
	}
	sum := f.listed[key][name]
	sum.count++
	sum.net = sum.net.Add(o.figure("difference"))
	f.listed[key][name] = sum
}

// add adds a figure, or takes it away. How many items changed enters no sum.
func (f rollFigure) add(g rollFigure, sign int) rollFigure {
	if sign < 0 {
		return rollFigure{f.count - g.count, minus(f.plus, g.plus), minus(f.minus, g.minus), minus(f.net, g.net)}
	}
	return rollFigure{f.count + g.count, f.plus.Add(g.plus), f.minus.Add(g.minus), f.net.Add(g.net)}
}

var noFigure = rollFigure{0, nothing, nothing, nothing}

func (d *Date) sameFigure(check string, expected, found rollFigure) {
	at := spot{file: manifestName}
	d.number(at, check+".count", expected.count, found.count)
	d.amount(at, check+".plus", expected.plus, found.plus)
	d.amount(at, check+".minus", expected.minus, found.minus)
	d.amount(at, check+".net", expected.net, found.net)
}

// checkRolls: opening and movements come to the closing, and the closing is what
// the rows show and what is carried beside them.
func (b *book) checkRolls() {
	f := &b.m.rolls
	if !f.stated {
		return
	}
	at, previous := spot{file: manifestName}, ""
	if b.m.previous != nil {
		previous = b.m.previous.asOf
	}
	b.d.same(at, "roll_forward.opening", previous, f.opens)
	for _, key := range both(f.lines, f.listed) {
		r := f.lines[key]
		if r == nil {
			b.d.fail(at, "roll_forward", "a line for "+key.section+" of "+key.asset, "none")
			continue
		}
		b.checkRoll(r)
		b.checkLists(r, f.listed[key])
		if f.opens == "" {
			b.d.sameFigure(r.path+"opening", noFigure, r.figures["opening"])
		}
	}
	b.checkBridge(f.lines)
}

func (b *book) checkRoll(r *roll) {
	sum := noFigure
	for _, m := range movements {
		f := r.figures[m.name]
		if m.name == "changed" {
			f.count = 0
		}
		sum = sum.add(f, m.sign)
	}
	b.d.sameFigure(r.path+"closing", sum, r.figures["closing"])
	for _, name := range slices.Sorted(maps.Keys(r.figures)) {
		f := r.figures[name]
		b.d.amount(spot{file: manifestName}, r.path+name+".net", f.plus.Add(f.minus), f.net)
	}
}

// checkLists: what left and what is carried beside the rows is listed, item by item.
func (b *book) checkLists(r *roll, listed map[string]rollFigure) {
	at := spot{file: manifestName}
	for _, l := range [][2]string{{"resolved", "resolved"}, {"written_off", "written_off"}, {"moved_out", "moved"}} {
		figure, name := l[0], l[1]
		b.d.number(at, r.path+figure+".count, by the items listed", listed[name].count, r.figures[figure].count)
		b.d.amount(at, r.path+figure+".net, by the items listed", known(listed[name].net), r.figures[figure].net)
	}
	b.d.number(at, r.path+"carried.count, by the items listed", listed["carried"].count, r.figures["carried"].count)
}

// checkBridge: what a section closes with, less what no row of this run shows, is
// what its rows add up to.
func (b *book) checkBridge(rolls map[rollKey]*roll) {
	for _, k := range both(rolls, b.standing) {
		shown := noFigure
		if r := rolls[k]; r != nil {
			shown = r.figures["closing"].add(r.figures["carried"], -1)
		}
		rows := b.standing[k]
		at := spot{file: manifestName}
		b.d.number(at, "roll_forward: "+k.section+" of "+k.asset+", rows that stand", rows.count, shown.count)
		b.d.amount(at, "roll_forward: "+k.section+" of "+k.asset+", figure that stands", known(rows.net), shown.net)
	}
}

func compareRolls(a, b rollKey) int {
	return cmp.Or(strings.Compare(a.section, b.section), strings.Compare(a.asset, b.asset))
}

// both are the keys of two maps, sorted.
func both[A, B any](a map[rollKey]A, b map[rollKey]B) []rollKey {
	keys := map[rollKey]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return slices.SortedFunc(maps.Keys(keys), compareRolls)
}

// stand adds a row to what its section shows as open.
func (b *book) stand(section, asset string, q money.Quantity) {
	k := rollKey{section, asset}
	f := b.standing[k]
	f.count++
	f.net = f.net.Add(q)
	b.standing[k] = f
}

// checkOpening: a run opens with what the one before closed with.
func (d *Date) checkOpening(previous *Date) {
	if previous.manifest == nil {
		return
	}
	now, then := d.manifest.rolls.lines, previous.manifest.rolls.lines
	for _, k := range both(now, then) {
		opening, closing := noFigure, noFigure
		if r := now[k]; r != nil {
			opening = r.figures["opening"]
		}
		if r := then[k]; r != nil {
			closing = r.figures["closing"]
		}
		d.sameFigure("roll_forward: opening of "+k.section+" of "+k.asset+", the closing of "+previous.date(), closing, opening)
	}
}
